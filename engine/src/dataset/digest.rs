//! Hashes of contents: SHA-256, shortened where only damage and change must be told.

use sha2::{Digest as _, Sha256};

/// The first 128 bits of SHA-256.
pub(super) type Digest = [u8; 16];

/// Digest of bytes.
pub(super) fn digest(bytes: &[u8]) -> Digest {
    shorten(&Sha256::digest(bytes))
}

fn shorten(full: &[u8]) -> Digest {
    let mut short = Digest::default();
    short.copy_from_slice(&full[..16]);
    short
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes behind 32 hexadecimal digits; `None` for any other text.
pub(super) fn digest_from_hex(text: &str) -> Option<Digest> {
    let mut out = Digest::default();
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

/// SHA-256 of fields that cannot run into each other: every field is preceded by its length.
pub(super) struct FieldHasher(Sha256);

impl FieldHasher {
    /// Begins a hash; `purpose` keeps hashes for different uses apart.
    pub(super) fn new(purpose: &str) -> Self {
        let mut hasher = Self(Sha256::new());
        hasher.text(purpose);
        hasher
    }

    /// Adds bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// Adds text.
    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Adds a number.
    pub(super) fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    /// 32 hexadecimal digits.
    pub(super) fn finish(self) -> String {
        hex(&shorten(&self.0.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_round_trips_and_rejects_other_text() {
        let value = digest(b"clip");
        assert_eq!(digest_from_hex(&hex(&value)), Some(value));
        assert_eq!(digest_from_hex("zz"), None);
        assert_eq!(digest_from_hex(&"z".repeat(32)), None);
        assert_eq!(digest_from_hex(&"é".repeat(16)), None);
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let hash = |fields: &[&str]| {
            let mut hasher = FieldHasher::new("test");
            fields.iter().for_each(|field| hasher.text(field));
            hasher.finish()
        };
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["a"]), hash(&["a", ""]));
    }
}
