//! Random draws that depend on their key alone: same key, same draws, on every platform and thread.

use sha2::{Digest as _, Sha256};

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
#[derive(Debug, Clone)]
pub(super) struct Draws(u64);

impl Draws {
    /// Starts from a key; every number of the key passes through the mixing function.
    pub(super) fn new(key: &[u64]) -> Self {
        Self(
            key.iter().fold(0x9e37_79b9_7f4a_7c15, |state, &part| mix(state ^ mix(part.wrapping_add(state)))),
        )
    }

    /// 64 uniform bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Uniform in `[0, 1)`, 53 bits.
    pub(super) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in `[low, high)`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    /// Uniform in `0..count` (multiply and shift; its bias, below `count / 2^64`, cannot be measured); 0 for
    /// `count` 0.
    pub(super) fn below(&mut self, count: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(count)) >> 64) as u64
    }

    /// Shuffles in place (Fisher and Yates).
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number that depends on the text alone.
pub(super) fn key_of_text(text: &str) -> u64 {
    let full = Sha256::digest(text.as_bytes());
    full.iter().take(8).fold(0, |key, &byte| key << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_its_published_values() {
        // First outputs of the reference implementation for seed 1234567.
        let mut draws = Draws(1_234_567);
        assert_eq!(draws.bits(), 6_457_827_717_110_365_317);
        assert_eq!(draws.bits(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn keys_in_another_order_give_other_draws() {
        let first = |key: &[u64]| Draws::new(key).bits();
        assert_ne!(first(&[1, 2]), first(&[2, 1]));
        assert_ne!(first(&[0]), first(&[0, 0]));
        assert_eq!(first(&[7, 8]), first(&[7, 8]));
    }

    #[test]
    fn draws_stay_in_range_and_fill_it() {
        let mut draws = Draws::new(&[3]);
        let mut seen = [0u32; 7];
        for _ in 0..7000 {
            seen[draws.below(7) as usize] += 1;
            assert!((0.0..1.0).contains(&draws.unit()));
            assert!((-2.0..3.0).contains(&draws.between(-2.0, 3.0)));
        }
        assert!(seen.iter().all(|&count| (850..1150).contains(&count)), "{seen:?}");
        assert_eq!(draws.below(0), 0);
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..100).collect();
        Draws::new(&[5]).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
