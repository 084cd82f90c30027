//! `c`: the network and its front end in C99, with a program that checks them.
//!
//! | file | what it is |
//! |---|---|
//! | `coarsegrain_model.h`, `.c` | the network in integers: input codes to sums, and the best label |
//! | `coarsegrain_front_end.h`, `.c` | one second of 16 kHz sound to the normalised input, if asked for |
//! | `coarsegrain_vectors.h`, `coarsegrain_test.c` | recorded numbers, and the program that compares every one |
//! | `Makefile`, `README.md` | `make test`, `make sanitize`, `make size` |
//!
//! Weights, block columns, counts and biases are `const uint8_t` arrays in which each number takes exactly its bits; so
//! constants are as large as the bill, but for an index of several levels, which is that of the innermost blocks alone.
//! The code is written in `templates/`; here the numbers are put into it.

mod front_end;
mod network;
mod readme;
mod recorded;
#[cfg(test)]
mod tests;
mod text;

use front_end::{FrontEndText, front_end, front_end_text};
use network::{NetworkText, Types, network_text};

use super::template::fill;
use super::{ExportError, ExportOptions, Files, Format, OutFile, integer_network, test_vectors};
use crate::features::FrontEnd;
use crate::fixed::FixedNetwork;
use crate::memory::{Bill, MemoryBits};
use crate::model::StoredModel;

/// Everything that is known about an export before its text is put together.
struct Parts {
    network: FixedNetwork,
    types: Types,
    text: NetworkText,
    front_end: Option<FrontEndText>,
    num_vectors: usize,
    bill: MemoryBits,
    /// What stands for every file: title, version, layer sizes.
    values: Vec<(&'static str, String)>,
}

/// The C files of a model. At least one vector is recorded, because C99 has no empty arrays.
///
/// # Errors
/// The model is not in integers, or `options` ask for its front end and it has none that gives what the network reads.
pub(super) fn files(model: &StoredModel, options: &ExportOptions) -> Result<Files, ExportError> {
    let network = integer_network(model, Format::C)?;
    let front_end = match options.front_end {
        true => Some(front_end(model, network.num_inputs())?),
        false => None,
    };
    let values = common_values(&network);
    let parts = Parts {
        types: Types::of(&network),
        text: network_text(&network, &model.labels),
        front_end: front_end.as_ref().map(|front_end| front_end_text(front_end, &model.normaliser, &values)),
        num_vectors: options.num_vectors.max(1),
        bill: Bill::of(&model.plan).total,
        network,
        values,
    };
    let mut files = parts.model_files();
    if let Some(text) = &parts.front_end {
        files.push(OutFile::text("coarsegrain_front_end.h", text.header.as_str()));
        files.push(OutFile::text("coarsegrain_front_end.c", text.source.as_str()));
    }
    files.push(parts.vectors_file(model, front_end.as_ref())?);
    files.push(parts.test_file());
    files.push(parts.makefile());
    files.push(OutFile::text("README.md", parts.readme()));
    let network_bytes = Some(parts.text.bytes.total() as u64);
    Ok(Files { files, network_bytes, notes: parts.notes() })
}

fn common_values(network: &FixedNetwork) -> Vec<(&'static str, String)> {
    let outputs = network.layers().iter().map(|layer| layer.layout().out_features());
    let shape: Vec<String> =
        std::iter::once(network.num_inputs()).chain(outputs).map(|size| size.to_string()).collect();
    vec![
        ("title", "Coarsegrain speech network".into()),
        ("version", env!("CARGO_PKG_VERSION").into()),
        ("shape", shape.join("-")),
    ]
}

impl Parts {
    fn model_files(&self) -> Vec<OutFile> {
        let (types, text) = (&self.types, &self.text);
        let input = self.network.layers().first().map(|layer| layer.input());
        let mut values = self.values.clone();
        values.extend([
            ("num_layers", self.network.layers().len().to_string()),
            ("num_inputs", self.network.num_inputs().to_string()),
            ("num_outputs", self.network.num_outputs().to_string()),
            ("max_units", types.max_units.to_string()),
            ("input_bits", input.map_or(0, |format| format.bits).to_string()),
            ("input_step", format!("{:?}", input.map_or(1.0, |format| format.step()))),
            ("output_step", format!("{:?}", self.network.output_step())),
            ("weight_bytes", text.bytes.weights.to_string()),
            ("index_bytes", text.bytes.index.to_string()),
            ("bias_bytes", text.bytes.biases.to_string()),
            ("code_type", types.code_type().to_string()),
            ("sum_type", types.sum_type().to_string()),
            ("accumulator_bits", types.accumulator_bits.to_string()),
            ("tables", text.tables.clone()),
            ("layers", text.layers.clone()),
            ("labels", text.labels.clone()),
        ]);
        vec![
            OutFile::text(
                "coarsegrain_model.h",
                fill(include_str!("templates/coarsegrain_model.h"), &values),
            ),
            OutFile::text(
                "coarsegrain_model.c",
                fill(include_str!("templates/coarsegrain_model.c"), &values),
            ),
        ]
    }

    fn vectors_file(
        &self,
        model: &StoredModel,
        front_end: Option<&FrontEnd>,
    ) -> Result<OutFile, ExportError> {
        let header = match front_end {
            Some(_) => "coarsegrain_front_end.h",
            None => "coarsegrain_model.h",
        };
        let mut text = format!(
            "/* What the workbench computes, recorded for coarsegrain_test.c. */\n#include \"{header}\"\n\n"
        );
        text.push_str(&recorded::vectors_text(&test_vectors(&self.network, self.num_vectors)?));
        if let Some(layer) = self.network.layers().first() {
            text.push_str(&recorded::values_text(layer.input()));
        }
        if let Some(front_end) = front_end {
            text.push_str(&recorded::sounds_text(front_end, &model.normaliser));
        }
        Ok(OutFile::text("coarsegrain_vectors.h", text))
    }

    fn test_file(&self) -> OutFile {
        let mut values = self.values.clone();
        let subject = if self.front_end.is_some() { " and its front end" } else { "" };
        values.push(("and_front_end", subject.to_string()));
        OutFile::text("coarsegrain_test.c", fill(include_str!("templates/coarsegrain_test.c"), &values))
    }

    fn makefile(&self) -> OutFile {
        let mut names = vec!["coarsegrain_model"];
        let mut memory = r#"#include "coarsegrain_model.h"\ncg_memory memory;\n"#.to_string();
        if self.front_end.is_some() {
            names.push("coarsegrain_front_end");
            memory.push_str(r#"#include "coarsegrain_front_end.h"\ncg_front_end front_end;\n"#);
        }
        let with_ending =
            |ending: &str| names.iter().map(|name| format!("{name}{ending}")).collect::<Vec<_>>();
        let mut values = self.values.clone();
        values.extend([
            ("headers", with_ending(".h").join(" ")),
            ("sources", with_ending(".c").join(" ")),
            ("memory", memory),
        ]);
        OutFile::text("Makefile", fill(include_str!("templates/Makefile"), &values))
    }
}
