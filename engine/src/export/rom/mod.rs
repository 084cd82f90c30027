//! The `rom` export: a network in memory banks, and an engine that computes with them.
//!
//! The layout is that of [`BankPlan`]: what is planned before training is what is written. Besides the images there is an
//! address map, and a Verilog-2001 engine that reproduces [`FixedNetwork::reference`] bit for bit in as many cycles as the
//! plan says; its testbench replays recorded vectors.

mod images;
mod map;
mod readme;
mod table;
#[cfg(test)]
mod tests;
mod verilog;

use images::{Words, hex_lines, image_bytes};
use verilog::Widths;

use super::{ExportError, ExportOptions, Files, Format, OutFile, integer_network, test_vectors};
use crate::fixed::FixedNetwork;
use crate::memory::banks::{BankPlan, EnergyTable};
use crate::model::StoredModel;

/// Most bytes of images: they are made in memory, and a full image of a deep bank is mostly empty words.
const MOST_IMAGE_BYTES: u64 = 256 << 20;

/// What is written down.
struct Rom<'a> {
    network: &'a FixedNetwork,
    plan: &'a BankPlan,
    widths: Widths,
}

/// The files of a model in the banks of `options`.
///
/// # Errors
/// The model is floating point, or the banks are too few or too narrow.
pub(super) fn files(model: &StoredModel, options: &ExportOptions) -> Result<Files, ExportError> {
    let network = integer_network(model, Format::Rom)?;
    let unsuitable = |reason| ExportError::Unsuitable { format: Format::Rom, reason };
    let plan = BankPlan::of(&model.plan, options.banks, &EnergyTable::default())
        .map_err(|error| unsuitable(error.to_string()))?;
    if !plan.fits {
        return Err(unsuitable(format!(
            "the network takes {} banks of {} words of {} bits, but there are {}; give more, deeper or wider ones, or drop more blocks",
            plan.banks_needed, plan.spec.depth, plan.spec.word_bits, plan.spec.count
        )));
    }
    if image_bytes(&plan) > MOST_IMAGE_BYTES {
        return Err(unsuitable(format!(
            "the images of {} banks of {} words of {} bits would take {} MiB of text, most of it for empty words; give less deep banks, or fewer multipliers to read side by side",
            plan.banks_needed,
            plan.spec.depth,
            plan.spec.word_bits,
            image_bytes(&plan) >> 20
        )));
    }
    let vectors = test_vectors(&network, options.num_vectors.max(1))?;
    let rom = Rom { network: &network, plan: &plan, widths: Widths::of(&network) };
    let inputs = vectors.iter().flat_map(|vector| vector.inputs.iter().map(|&code| code.into()));
    let sums = vectors.iter().flat_map(|vector| vector.outputs.iter().copied());
    let makefile = include_str!("templates/Makefile");
    let json = map::json(&rom).map_err(|error| unsuitable(error.to_string()))?;
    let mut files = vec![
        OutFile::text("README.md", readme::readme(&rom, vectors.len())),
        OutFile::text("Makefile", makefile.replace("@VECTORS@", &vectors.len().to_string())),
        OutFile::text("address_map.txt", map::text(&rom)),
        OutFile::text("address_map.json", json),
        OutFile::text("engine.v", verilog::engine(&rom)),
        OutFile::text("bank_rom.v", verilog::bank_rom()),
        OutFile::text("testbench.v", verilog::testbench(&rom, &vectors)),
        OutFile::text("inputs.hex", hex_lines(inputs, rom.widths.input_bits)),
        OutFile::text("sums.hex", hex_lines(sums, rom.widths.sum_bits)),
    ];
    let images = Words::of(&network, &plan).images(&plan);
    files.extend((0..).zip(images).map(|(bank, image)| OutFile::text(bank_file(bank), image)));
    let network_bytes = Some((plan.num_words * u64::from(plan.spec.word_bits)).div_ceil(8));
    Ok(Files { files, network_bytes, notes: notes(&plan, vectors.len()) })
}

fn notes(plan: &BankPlan, num_vectors: usize) -> Vec<String> {
    vec![
        format!(
            "{} words in {} of {} banks, {:.1} % of their bits carry numbers; {} cycles per inference with {} multipliers",
            plan.num_words,
            plan.banks_needed,
            plan.spec.count,
            plan.fill * 100.0,
            plan.cycles.total,
            plan.spec.multipliers
        ),
        format!("check it with Icarus Verilog: `make` in the folder replays {num_vectors} recorded vectors"),
    ]
}

fn bank_file(bank: u64) -> String {
    format!("bank_{bank:04}.hex")
}
