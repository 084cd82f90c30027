//! What memory there is.

use serde::{Deserialize, Serialize};

use super::BankError;

/// Equal memory banks with one read port each, and the multipliers that they feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankSpec {
    /// Bits of a word: what one read gives.
    pub word_bits: u32,
    /// Words of a bank.
    pub depth: u32,
    /// Banks that there are.
    pub count: u32,
    /// Multipliers that work at once.
    pub multipliers: u32,
}

/// A memory that exists, with what says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BankPreset {
    /// Short name, as on the command line.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Where its numbers are from.
    pub source: &'static str,
    /// Its numbers.
    pub spec: BankSpec,
}

/// Memories to start from; the first is the default.
pub const PRESETS: [BankPreset; 4] = [
    BankPreset {
        name: "sram",
        about: "16 SRAM macros of 8 KiB, 64 bits a word",
        source: "the array that the read energy is known of: Horowitz, ISSCC 2014",
        spec: BankSpec { word_bits: 64, depth: 1024, count: 16, multipliers: 8 },
    },
    BankPreset {
        name: "bram36",
        about: "AMD 7 series block RAM of 36 Kb as 1024 words of 36 bits; 50 of them in an XC7A35T",
        source: "AMD UG473 (7 Series FPGAs Memory Resources) and DS180 (7 Series FPGAs Overview)",
        spec: BankSpec { word_bits: 36, depth: 1024, count: 50, multipliers: 8 },
    },
    BankPreset {
        name: "ice40-spram",
        about: "Lattice iCE40 UltraPlus single-port RAM of 256 Kb as 16384 words of 16 bits; 4 of them in a UP5K",
        source: "Lattice FPGA-DS-02008 (iCE40 UltraPlus Family)",
        spec: BankSpec { word_bits: 16, depth: 16_384, count: 4, multipliers: 4 },
    },
    BankPreset {
        name: "ecp5-ebr",
        about: "Lattice ECP5 block RAM of 18 Kb as 512 words of 36 bits; 56 of them in an LFE5U-25",
        source: "Lattice FPGA-DS-02012 (ECP5 and ECP5-5G Family)",
        spec: BankSpec { word_bits: 36, depth: 512, count: 56, multipliers: 8 },
    },
];

impl Default for BankSpec {
    /// Macros of 8 KiB with words of 64 bits: the array whose read energy is published, so nothing is scaled.
    fn default() -> Self {
        PRESETS[0].spec
    }
}

impl BankSpec {
    /// Widths that a word may have.
    pub const WORD_BITS: std::ops::RangeInclusive<u32> = 4..=1024;
    /// Words that a bank may have.
    pub const DEPTH: std::ops::RangeInclusive<u32> = 16..=1 << 24;
    /// Banks that there may be.
    pub const COUNT: std::ops::RangeInclusive<u32> = 1..=4096;
    /// Multipliers that there may be.
    pub const MULTIPLIERS: std::ops::RangeInclusive<u32> = 1..=1024;

    /// Whether every number is within its range.
    ///
    /// # Errors
    /// One is not.
    pub fn check(&self) -> Result<(), BankError> {
        let numbers = [
            ("bits of a word", self.word_bits, Self::WORD_BITS),
            ("words of a bank", self.depth, Self::DEPTH),
            ("the number of banks", self.count, Self::COUNT),
            ("the number of multipliers", self.multipliers, Self::MULTIPLIERS),
        ];
        for (what, number, range) in numbers {
            if !range.contains(&number) {
                return Err(BankError::Spec(format!(
                    "{what}: {number} is out of range; choose {} to {}",
                    range.start(),
                    range.end()
                )));
            }
        }
        Ok(())
    }

    /// Bits of one bank.
    pub fn bank_bits(&self) -> u64 {
        u64::from(self.word_bits) * u64::from(self.depth)
    }

    /// Bits of all banks.
    pub fn total_bits(&self) -> u64 {
        self.bank_bits() * u64::from(self.count)
    }
}
