//! Random numbers that are the same on every platform and in every version of the program.
//!
//! Patterns, initial weights and dropout are part of what a run promises to repeat, so their generator is
//! written out here: SplitMix64 (Steele, Lea, Flood 2014) turns seeds into well-mixed states, xoshiro256++
//! (Blackman, Vigna 2019) draws. Both use integer arithmetic only.

/// What a stream of random numbers is for. Each purpose has its own stream, so that drawing more of one
/// kind never shifts another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Kept blocks; the index is the layer.
    Pattern = 1,
    /// Initial weights; the index is the layer.
    Weights = 2,
    /// Silenced units; the index counts training steps.
    Dropout = 3,
    /// Order of the training examples; the index is the epoch.
    Order = 4,
    /// Variations of training clips; the index is up to the caller.
    Augmentation = 5,
}

/// One SplitMix64 output from state `state`.
///
/// A bijection of 64-bit words that changes about half the output bits for every input bit.
pub const fn split_mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The seed of stream `index` for a purpose: `mix(mix(mix(seed) ^ purpose) ^ index)` with [`split_mix`].
///
/// The pattern seed of layer `l` of a run is `derive_seed(run_seed, Purpose::Pattern, l)`.
pub const fn derive_seed(seed: u64, purpose: Purpose, index: u64) -> u64 {
    split_mix(split_mix(split_mix(seed) ^ purpose as u64) ^ index)
}

/// xoshiro256++, seeded with four consecutive SplitMix64 outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// A generator for this seed.
    pub const fn new(seed: u64) -> Self {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        Self {
            state: [
                split_mix(seed),
                split_mix(seed.wrapping_add(STEP)),
                split_mix(seed.wrapping_add(STEP.wrapping_mul(2))),
                split_mix(seed.wrapping_add(STEP.wrapping_mul(3))),
            ],
        }
    }

    /// The next 64 random bits.
    pub const fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A whole number in `0..bound`, every one equally likely (Lemire 2019, with rejection); 0 for an empty range.
    pub const fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = self.next_u64() as u128 * bound as u128;
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// A number in `[0, 1)`, a multiple of 2^-53.
    pub const fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Moves a uniformly drawn subset of `count` items to the front of `items`, in random order (partial
    /// Fisher-Yates). `count` larger than the slice shuffles all of it.
    pub fn draw_to_front<T>(&mut self, items: &mut [T], count: usize) {
        for i in 0..count.min(items.len()) {
            let j = i + self.below((items.len() - i) as u64) as usize;
            items.swap(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generators_give_their_published_vectors() {
        let splits: Vec<u64> = (0..3).map(|i| split_mix(0x9e37_79b9_7f4a_7c15u64.wrapping_mul(i))).collect();
        assert_eq!(splits, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
        let mut xoshiro = Random { state: [1, 2, 3, 4] };
        let drawn: Vec<u64> = (0..6).map(|_| xoshiro.next_u64()).collect();
        let published = [
            41_943_041,
            58_720_359,
            3_588_806_011_781_223,
            3_591_011_842_654_386,
            9_228_616_714_210_784_205,
            9_973_669_472_204_895_162,
        ];
        assert_eq!(drawn, published);
    }

    #[test]
    fn bounded_draws_stay_in_range_and_reach_every_value() {
        let mut random = Random::new(7);
        let mut counts = [0u32; 7];
        for _ in 0..7000 {
            counts[random.below(7) as usize] += 1;
        }
        assert!(counts.iter().all(|&count| (850..1150).contains(&count)), "{counts:?}");
        assert_eq!(random.below(1), 0);
        assert_eq!(random.below(0), 0);
    }

    #[test]
    fn purposes_and_indices_give_different_streams() {
        let mut seeds: Vec<u64> = [Purpose::Pattern, Purpose::Weights, Purpose::Dropout]
            .iter()
            .flat_map(|&purpose| (0..50).map(move |index| derive_seed(1, purpose, index)))
            .collect();
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), 150);
    }
}
