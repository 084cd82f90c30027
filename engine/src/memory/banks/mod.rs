//! A network in the banks of somebody's chip: which words hold what, and what an inference costs in cycles and energy.
//!
//! A [`BankSpec`] says what memory there is; [`BankPlan::of`] lays a fixed-point network into it before anything is
//! trained, and the `rom` export writes exactly this layout.
//!
//! # Layout
//! Words are numbered through all banks: word `p` is word `p % depth` of bank `p / depth`. Where the multipliers take
//! more weights a cycle than one word holds, `side_by_side` banks (a power of two, `S`) are read at once and take turns:
//! word `p` is then in bank `(p / S / depth) * S + p % S`, there at `p / S % depth`.
//!
//! Layer after layer are stored the weights, the block columns, the block counts and the biases. An entry starts at the
//! low end of a word, the next one above it; none straddles a word, except a bias that is wider than a word, which
//! takes whole words of its own, low part first. Weights lie block by block in the pattern's order, row-major inside, cut
//! at the layer's edges, and each block starts a word. Block columns are those of the innermost blocks, `ceil(log2 C)`
//! bits each, so that one read finds a block; several levels therefore take other bits here than in the bill, whose
//! index names the blocks level by level. A layer that keeps every block stores no columns. Block counts,
//! `ceil(log2 (C + 1))` bits per block row, are stored only where they differ between rows.
//!
//! # Cycles
//! One inference of an engine with `M` multipliers that work on `M` neighbouring weights of one row of a block:
//!
//! ```text
//! inputs + sum over layers (1 + sum over block rows (2 + rows * (words per bias + 1)
//!                                 + sum over kept blocks (3 + rows * ceil(cols / M))))
//! ```
//!
//! where `rows` and `cols` are those of the block, cut at the edges. The products `rows * ceil(cols / M)` multiply, the
//! rest loads inputs and biases, looks blocks up and writes outputs. The engine of the `rom` export takes exactly so many.
//!
//! # Energy
//! See [`EnergyTable`].

mod costs;
mod energy;
mod layout;
mod plan;
mod spec;
#[cfg(test)]
mod tests;

pub use costs::{Accesses, Cycles};
pub use energy::{EnergyPj, EnergyTable};
pub(crate) use layout::words_of_block;
pub use layout::{BlockWords, Region, RegionKind};
pub use plan::{ActivationBuffer, Bank, BankAddress, BankPlan, LayerBanks, Segment};
pub use spec::{BankPreset, BankSpec, PRESETS};

/// Why a network cannot be laid into banks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BankError {
    /// A number of the specification is out of range.
    #[error("{0}")]
    Spec(String),
    /// The network is floating point.
    #[error(
        "banks hold integers, but the network has floating-point weights or activations; set `quant.weight_bits` and `quant.activation_bits` to 16 or less"
    )]
    Float,
    /// A number other than a bias is wider than a word.
    #[error("{layer}: the {} take {bits} bits each, but a word has {word_bits}; use wider words", kind.name())]
    Narrow {
        /// The layer.
        layer: String,
        /// What is too wide.
        kind: RegionKind,
        /// Its width.
        bits: u32,
        /// Width of a word.
        word_bits: u32,
    },
}
