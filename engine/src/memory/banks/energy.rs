//! What reads, multiplications and additions cost.

use serde::{Deserialize, Serialize};

/// Energies that a chip's own figures can replace.
///
/// The defaults are those of M. Horowitz, "Computing's energy problem (and what we can do about it)", ISSCC 2014, for
/// 45 nm at 0.9 V. Away from the published sizes they are scaled:
///
/// | energy | published | scaled by |
/// |---|---|---|
/// | SRAM read | 10 pJ for 64 bits out of 8 KB (20 pJ of 32 KB, 100 pJ of 1 MB) | bits read, square root of the size (gives 20 and 113 pJ) |
/// | integer multiplication | 0.2 pJ for 8 x 8 bits (3.1 pJ for 32 x 32) | product of the widths (gives 3.2 pJ) |
/// | integer addition | 0.1 pJ for 32 bits (0.03 pJ for 8) | width (gives 0.025 pJ) |
/// | DRAM read | 1.3 to 2.6 nJ for 64 bits; the lower end is taken | bits read |
/// | floating-point multiplication and addition, 32 bits | 3.7 pJ and 0.9 pJ | - |
///
/// The SRAM figures are of caches, so a plain array costs less; a write is charged as a read. Leakage, clock, control,
/// and the registers of multipliers and accumulators are left out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EnergyTable {
    /// pJ for one read of 64 bits out of an SRAM of 8 KiB.
    pub sram_read_64_bits_8_kib_pj: f64,
    /// pJ for one multiplication of 8 by 8 bits.
    pub multiply_8_bits_pj: f64,
    /// pJ for one addition of 32 bits.
    pub add_32_bits_pj: f64,
    /// pJ for one read of 64 bits out of DRAM.
    pub dram_read_64_bits_pj: f64,
    /// pJ for one floating-point multiplication of 32 bits.
    pub float_multiply_pj: f64,
    /// pJ for one floating-point addition of 32 bits.
    pub float_add_pj: f64,
}

impl Default for EnergyTable {
    fn default() -> Self {
        Self {
            sram_read_64_bits_8_kib_pj: 10.0,
            multiply_8_bits_pj: 0.2,
            add_32_bits_pj: 0.1,
            dram_read_64_bits_pj: 1300.0,
            float_multiply_pj: 3.7,
            float_add_pj: 0.9,
        }
    }
}

impl EnergyTable {
    /// pJ of reading (or writing) `bits` bits of an SRAM of `sram_bits` bits: `E * bits / 64 * sqrt(sram_bits / 65536)`.
    pub fn sram_pj(&self, bits: u32, sram_bits: u64) -> f64 {
        self.sram_read_64_bits_8_kib_pj * f64::from(bits) / 64.0 * (sram_bits as f64 / 65_536.0).sqrt()
    }

    /// pJ of one multiplication of `weight_bits` by `activation_bits`: `E * weight_bits * activation_bits / 64`.
    pub fn multiply_pj(&self, weight_bits: u32, activation_bits: u32) -> f64 {
        self.multiply_8_bits_pj * f64::from(weight_bits) * f64::from(activation_bits) / 64.0
    }

    /// pJ of one addition of `bits` bits: `E * bits / 32`.
    pub fn add_pj(&self, bits: u32) -> f64 {
        self.add_32_bits_pj * f64::from(bits) / 32.0
    }

    /// pJ of an inference of `dense_weights` 32-bit floating-point weights that are read from DRAM, one multiplication and
    /// one addition each.
    pub fn dense_dram_pj(&self, dense_weights: u64) -> f64 {
        let each = self.dram_read_64_bits_pj / 2.0 + self.float_multiply_pj + self.float_add_pj;
        dense_weights as f64 * each
    }
}

/// Energy of one inference, in pJ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct EnergyPj {
    /// Reads of the banks: weights, block columns and counts, biases.
    pub banks: f64,
    /// Reads and writes of the activation buffer.
    pub activations: f64,
    /// Multiplications.
    pub multiplies: f64,
    /// Additions to accumulators.
    pub adds: f64,
    /// Sum of these.
    pub total: f64,
}

impl EnergyPj {
    pub(super) fn of(banks: f64, activations: f64, multiplies: f64, adds: f64) -> Self {
        Self { banks, activations, multiplies, adds, total: banks + activations + multiplies + adds }
    }
}

impl std::ops::Add for EnergyPj {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::of(
            self.banks + other.banks,
            self.activations + other.activations,
            self.multiplies + other.multiplies,
            self.adds + other.adds,
        )
    }
}
