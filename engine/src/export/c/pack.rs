//! Numbers of any width without gaps, the lowest bit first.

/// Collects numbers bit by bit.
#[derive(Debug, Clone, Default)]
pub(super) struct BitPacker {
    bytes: Vec<u8>,
    buffer: u128,
    num_bits: u32,
}

impl BitPacker {
    /// Numbers of `width` bits each, at most 64; higher bits are left out.
    pub(super) fn pack(words: impl IntoIterator<Item = u64>, width: u32) -> Vec<u8> {
        let mut packer = Self::default();
        words.into_iter().for_each(|word| packer.push(word, width));
        packer.finish()
    }

    fn push(&mut self, word: u64, width: u32) {
        let word = u128::from(word) & ((1u128 << width) - 1);
        self.buffer |= word << self.num_bits;
        self.num_bits += width;
        while self.num_bits >= 8 {
            self.bytes.push(self.buffer as u8);
            self.buffer >>= 8;
            self.num_bits -= 8;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.num_bits > 0 {
            self.bytes.push(self.buffer as u8);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lie_without_gaps_lowest_bit_first() {
        // 001 10110, and 0 11111 00 with the two bits that are left of the second.
        assert_eq!(BitPacker::pack([0b10110, 0b00001, 0b11111], 5), [0x36, 0x7c]);
        assert_eq!(BitPacker::pack([0x1ff, 0xffff], 8), [0xff, 0xff]);
        assert_eq!(BitPacker::pack([u64::MAX; 3], 47).len(), (3 * 47usize).div_ceil(8));
        assert!(BitPacker::pack([1, 2, 3], 0).is_empty());
        assert!(BitPacker::pack([], 5).is_empty());
    }
}
