//! A stream of bits: field after field without gaps, the lowest bit of a field first, from the lowest bit of a byte up.

/// Bits of a field at most.
const MAX_FIELD: u32 = u64::BITS;

/// Fields to bytes.
#[derive(Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that do not fill a byte yet: fewer than 8 between two fields.
    held: u128,
    num_held: u32,
}

impl BitWriter {
    /// Appends the lowest `bits` bits of `value`.
    pub fn push(&mut self, value: u64, bits: u32) {
        self.held |= u128::from(value & mask(bits)) << self.num_held;
        self.num_held += bits;
        while self.num_held >= 8 {
            self.bytes.push(self.held as u8);
            self.held >>= 8;
            self.num_held -= 8;
        }
    }

    /// Bits appended so far.
    pub fn num_bits(&self) -> u64 {
        self.bytes.len() as u64 * 8 + u64::from(self.num_held)
    }

    /// The bytes; the last one is filled up with zeros.
    pub fn into_bytes(mut self) -> Vec<u8> {
        if self.num_held > 0 {
            self.bytes.push(self.held as u8);
        }
        self.bytes
    }
}

/// Fields of `bits` bits each, at most 64, as bytes.
pub fn pack(fields: impl IntoIterator<Item = u64>, bits: u32) -> Vec<u8> {
    let mut writer = BitWriter::default();
    fields.into_iter().for_each(|field| writer.push(field, bits));
    writer.into_bytes()
}

/// Bytes to fields.
#[derive(Debug)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    at: u64,
    end: u64,
}

impl<'a> BitReader<'a> {
    /// Reads the first `num_bits` bits of `bytes`, which are all of them but what fills up the last byte; `None` where
    /// there are more or fewer bytes, or what fills up is not zero.
    pub fn new(bytes: &'a [u8], num_bits: u64) -> Option<Self> {
        let spare = (bytes.len() as u64 * 8).checked_sub(num_bits)?;
        let filled_with_zeros = match bytes.last() {
            Some(last) => spare < 8 && u32::from(*last) >> (8 - spare) == 0,
            None => true,
        };
        filled_with_zeros.then_some(Self { bytes, at: 0, end: num_bits })
    }

    /// The next field; `None` where fewer bits are left.
    pub fn take(&mut self, bits: u32) -> Option<u64> {
        if bits > MAX_FIELD || u64::from(bits) > self.num_left() {
            return None;
        }
        let first = (self.at / 8) as usize;
        // A field of 64 bits that starts within a byte touches nine.
        let nine = self.bytes[first..].iter().take(9).rev();
        let word = nine.fold(0u128, |word, &byte| word << 8 | u128::from(byte));
        self.at += u64::from(bits);
        Some((word >> ((self.at - u64::from(bits)) % 8)) as u64 & mask(bits))
    }

    /// Bits left.
    pub fn num_left(&self) -> u64 {
        self.end - self.at
    }
}

fn mask(bits: u32) -> u64 {
    if bits >= u64::BITS { u64::MAX } else { (1 << bits) - 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bits_lie_where_the_documentation_says() {
        let mut writer = BitWriter::default();
        for (value, bits) in [(0b1, 1), (0b10, 3), (0b1_0001_1011, 9), (0, 0)] {
            writer.push(value, bits);
        }
        assert_eq!(writer.num_bits(), 13);
        // 1, then 010, then the low four of the nine; then the high five.
        assert_eq!(writer.into_bytes(), [0b1011_0101, 0b0001_0001]);
    }

    #[test]
    fn fields_of_one_width_lie_without_gaps() {
        // 001 10110, and 0 11111 00 with the two bits that are left of the second.
        assert_eq!(pack([0b10110, 0b00001, 0b11111], 5), [0x36, 0x7c]);
        assert_eq!(pack([0x1ff, 0xffff], 8), [0xff, 0xff]);
        assert!(pack([1, 2, 3], 0).is_empty() && pack([], 5).is_empty());
    }

    #[test]
    fn what_is_not_there_is_not_read() {
        assert!(BitReader::new(&[1], 9).is_none());
        assert!(BitReader::new(&[1, 0], 8).is_none());
        assert!(BitReader::new(&[0b100], 2).is_none());
        assert!(BitReader::new(&[], 0).is_some());
        let mut reader = BitReader::new(&[0b100], 3).unwrap();
        assert_eq!(reader.take(4), None);
        assert_eq!(reader.take(3), Some(0b100));
        assert_eq!(reader.take(1), None);
    }

    proptest! {
        #[test]
        fn fields_come_back(fields in proptest::collection::vec((any::<u64>(), 0u32..=64), 0..50)) {
            let mut writer = BitWriter::default();
            fields.iter().for_each(|&(value, bits)| writer.push(value, bits));
            let num_bits = writer.num_bits();
            let bytes = writer.into_bytes();
            prop_assert_eq!(bytes.len() as u64, num_bits.div_ceil(8));
            let mut reader = BitReader::new(&bytes, num_bits).unwrap();
            for (value, bits) in fields {
                prop_assert_eq!(reader.take(bits), Some(value & mask(bits)));
            }
            prop_assert_eq!(reader.num_left(), 0);
        }
    }
}
