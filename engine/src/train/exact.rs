//! Numbers that must come back from a file bit for bit.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A 64-bit float stored as its bits in hexadecimal.
///
/// Decimal text need not survive reading with its last bit, and the choice of the best epoch compares sums
/// to the last bit.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Exact(pub f64);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{:016x}", self.0.to_bits()))
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16)
            .map(|bits| Self(f64::from_bits(bits)))
            .map_err(|_| serde::de::Error::custom("a number is not 16 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_float_comes_back() {
        for value in [0.0, -0.0, 1.0 / 3.0, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY, 2.0_f64.powi(-1074)] {
            let text = serde_json::to_string(&Exact(value)).unwrap();
            let back: Exact = serde_json::from_str(&text).unwrap();
            assert_eq!(back.0.to_bits(), value.to_bits());
        }
    }
}
