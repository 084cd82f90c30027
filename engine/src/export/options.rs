//! What can be chosen about an export.

use crate::memory::MemoryBits;
use crate::memory::banks::BankSpec;

/// A format of export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// One packed file.
    Blocks,
    /// Block-sparse tensors for PyTorch.
    Bsr,
    /// C99.
    C,
    /// Memory images and Verilog.
    Rom,
    /// A graph for onnxruntime.
    Onnx,
    /// One HTML page.
    Report,
}

impl Format {
    /// All formats, in the order in which they are offered.
    pub const ALL: [Self; 6] = [Self::Blocks, Self::C, Self::Rom, Self::Bsr, Self::Onnx, Self::Report];

    /// `blocks`, `bsr`, `c`, `rom`, `onnx` or `report`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::Bsr => "bsr",
            Self::C => "c",
            Self::Rom => "rom",
            Self::Onnx => "onnx",
            Self::Report => "report",
        }
    }

    /// Whether it is nothing without an integer network.
    pub fn needs_integers(self) -> bool {
        matches!(self, Self::Blocks | Self::C | Self::Rom)
    }

    /// Whether a file of this name is one that the format writes for some options and not for others.
    pub(crate) fn writes_sometimes(self, name: &str) -> bool {
        match self {
            Self::C => matches!(name, "coarsegrain_front_end.h" | "coarsegrain_front_end.c"),
            Self::Rom => {
                let number = name.strip_prefix("bank_").and_then(|rest| rest.strip_suffix(".hex"));
                number.is_some_and(|number| number.len() == 4 && number.bytes().all(|b| b.is_ascii_digit()))
            }
            Self::Blocks | Self::Bsr | Self::Onnx | Self::Report => false,
        }
    }

    /// What it is, in one line.
    pub fn about(self) -> &'static str {
        match self {
            Self::Blocks => "One packed file: the bytes of the memory bill, and a small header",
            Self::Bsr => "Block-sparse tensors that torch.sparse_bsr_tensor takes as they are",
            Self::C => "C99 without dependencies or allocation, with a test program",
            Self::Rom => "Memory images in banks, an address map, and a Verilog engine with its testbench",
            Self::Onnx => "A graph that onnxruntime runs",
            Self::Report => "One HTML page with figures, tables and the configuration",
        }
    }
}

/// Where a packed file has its patterns from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IndexStorage {
    /// Block columns are in the file.
    #[default]
    Stored,
    /// The reader draws the patterns again from their seeds.
    Seed,
}

/// What can be chosen about an export; each format looks at what concerns it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportOptions {
    /// `blocks`: where patterns come from.
    pub index: IndexStorage,
    /// `c`: whether the front end, from sound to network inputs, is part of the code.
    pub front_end: bool,
    /// `c`, `rom`: recorded input and output codes that the test program checks.
    pub num_vectors: usize,
    /// `rom`: the memory banks.
    pub banks: BankSpec,
}

impl ExportOptions {
    /// The bill that an export as `format` is held against, from the bill of its model.
    ///
    /// It is the model's own, but for a packed file that leaves its patterns to their seeds.
    pub fn bill(&self, format: Format, model: MemoryBits) -> MemoryBits {
        match (format, self.index) {
            (Format::Blocks, IndexStorage::Seed) => model.without_index(),
            _ => model,
        }
    }
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self { index: IndexStorage::Stored, front_end: true, num_vectors: 32, banks: BankSpec::default() }
    }
}
