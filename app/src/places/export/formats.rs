//! What each format is to a person.

use engine::export::{ExportOptions, Format, IndexStorage};

/// Its name, as a title.
pub(super) fn title(format: Format) -> &'static str {
    match format {
        Format::Blocks => "Packed blocks",
        Format::C => "C code",
        Format::Rom => "ROM images and Verilog",
        Format::Bsr => "Block-sparse tensors",
        Format::Onnx => "ONNX graph",
        Format::Report => "One-page report",
    }
}

/// Who takes it, and how it is checked.
pub(super) fn purpose(format: Format) -> &'static str {
    match format {
        Format::Blocks => {
            "For a loader of your own: kept weights at their width, block index and biases, in the bytes that the memory \
             bill counts, and a header that says how to read them."
        }
        Format::C => {
            "For a microcontroller: compile it with any C99 compiler. Its test program runs recorded inputs and compares \
             every sum."
        }
        Format::Rom => {
            "For an FPGA or a chip: images of the weight memory, and an engine that reads them. Its testbench plays \
             recorded inputs and compares every sum."
        }
        Format::Bsr => "For research in PyTorch: each layer's kept blocks with row starts and block columns.",
        Format::Onnx => "For onnxruntime and what reads ONNX beside it; dropped blocks are zeros there.",
        Format::Report => {
            "For people: figures, tables and the configuration in one file that a browser opens."
        }
    }
}

/// Where the bytes of an integer network are once it is used.
pub(super) fn place(format: Format) -> &'static str {
    match format {
        Format::Rom => "of words in banks",
        Format::C => "of constants",
        _ => "of payload",
    }
}

/// The flags of the command that choose these options.
pub(super) fn flags(format: Format, options: &ExportOptions) -> String {
    let usual = ExportOptions::default();
    let mut flags = String::new();
    if format == Format::Blocks && options.index == IndexStorage::Seed {
        flags += " --seed-index";
    }
    if format == Format::C && !options.front_end {
        flags += " --no-front-end";
    }
    if format == Format::Rom {
        let (own, usual) = (&options.banks, &usual.banks);
        for (flag, value, usual) in [
            ("word-bits", own.word_bits, usual.word_bits),
            ("depth", own.depth, usual.depth),
            ("bank-count", own.count, usual.count),
            ("multipliers", own.multipliers, usual.multipliers),
        ] {
            if value != usual {
                flags += &format!(" --{flag} {value}");
            }
        }
    }
    if has_vectors(format) && options.num_vectors != usual.num_vectors {
        flags += &format!(" --vectors {}", options.num_vectors);
    }
    flags
}

/// Whether recorded inputs and outputs are part of it.
pub(super) fn has_vectors(format: Format) -> bool {
    matches!(format, Format::C | Format::Rom)
}
