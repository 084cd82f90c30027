//! What leaves the workbench: models as files that others compute with, each with the means to check itself.
//!
//! | format | what it is | what it needs |
//! |---|---|---|
//! | `blocks` | one packed file, the size of the bill plus a stated header: [`blocks`] | an integer network |
//! | `c` | C99 without dependencies, and a test program | an integer network |
//! | `rom` | memory images in banks, an address map, a Verilog engine and its testbench | an integer network |
//! | `bsr` | block-sparse tensors for `torch.sparse_bsr_tensor`: [`bsr`] | any model |
//! | `onnx` | a graph for onnxruntime, from un-normalised features to scores: [`onnx`] | any model |
//! | `report` | one HTML page about a run, a shorter one about a model alone | any model |
//!
//! Every format is made in memory first. Its files take their places once all of them are written, and what an earlier
//! export of the same format left beyond them is removed, so a folder holds one export and not parts of two.

mod bits;
pub mod blocks;
pub mod bsr;
mod c;
mod error;
pub mod onnx;
mod options;
mod report;
mod rom;
mod template;
mod values;
mod vectors;

use std::path::{Path, PathBuf};

pub use error::ExportError;
pub use options::{ExportOptions, Format, IndexStorage};
pub use vectors::{TestVector, test_vectors};

use crate::files::make_folder;
use crate::fixed::FixedNetwork;
use crate::model::{ModelError, StoredModel};
use crate::runs::{RunFolder, replace_files};

/// What is exported.
#[derive(Debug, Clone, Copy)]
pub struct ExportSource<'a> {
    /// The model.
    pub model: &'a StoredModel,
    /// The run that it is of, if it is of one.
    pub run: Option<&'a RunFolder>,
}

/// One file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutFile {
    /// Name within the export's folder.
    pub name: String,
    /// Content.
    pub content: Vec<u8>,
}

impl OutFile {
    pub(crate) fn text(name: impl Into<String>, content: impl Into<String>) -> Self {
        Self { name: name.into(), content: content.into().into_bytes() }
    }
}

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Files, with their sizes in bytes.
    pub files: Vec<(PathBuf, u64)>,
    /// See [`Files::network_bytes`].
    pub network_bytes: Option<u64>,
    /// What a person should know: sizes, how to check it.
    pub notes: Vec<String>,
}

/// The files of an export, and what a person should know of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// The files.
    pub files: Vec<OutFile>,
    /// Bytes that the integer network takes where it is used, whatever text describes it: the payload of a packed file,
    /// the constants of C code, the words in memory banks. Absent where it is not in integers.
    pub network_bytes: Option<u64>,
    /// See [`Exported::notes`].
    pub notes: Vec<String>,
}

/// Makes the files of an export, in memory.
///
/// # Errors
/// The format needs an integer network and there is none; the options do not fit the network; a file of the run that the
/// report is about cannot be read.
pub fn make(source: ExportSource<'_>, format: Format, options: &ExportOptions) -> Result<Files, ExportError> {
    match format {
        Format::Blocks => blocks::files(source.model, options),
        Format::C => c::files(source.model, options),
        Format::Rom => rom::files(source.model, options),
        Format::Bsr => bsr::files(source.model),
        Format::Onnx => onnx::files(source.model),
        Format::Report => report::files(source),
    }
}

/// Ending of packed files.
const PACKED: &str = "cgs";

/// Reads a model from a file: a packed file, as [`Format::Blocks`] writes it, where it ends in `.cgs`, else one as
/// training writes it.
///
/// # Errors
/// The file cannot be read, or is damaged; a packed network has scales that no training would choose.
pub fn load_model(path: &Path) -> Result<StoredModel, ExportError> {
    if path.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case(PACKED)) {
        return Ok(StoredModel::load(path)?);
    }
    let bytes = std::fs::read(path).map_err(|source| ModelError::Io {
        action: "read",
        source,
        path: path.to_path_buf(),
    })?;
    blocks::read(&bytes)?.to_stored()
}

/// The integer network of a model, for the formats that are nothing without one.
pub(crate) fn integer_network(model: &StoredModel, format: Format) -> Result<FixedNetwork, ExportError> {
    FixedNetwork::of(model)?.ok_or(ExportError::NotInteger { format })
}

/// Makes the files of an export and writes them into `folder`, which is made where it does not exist. Files of the same
/// names are replaced, and those that only an earlier export of the format can have written are removed; others stay.
///
/// # Errors
/// See [`make`]; or the files cannot be written.
pub fn export(
    source: ExportSource<'_>,
    format: Format,
    options: &ExportOptions,
    folder: &Path,
) -> Result<Exported, ExportError> {
    let Files { files, network_bytes, notes } = make(source, format, options)?;
    make_folder(folder).map_err(|source| ExportError::Io { source, path: folder.to_path_buf() })?;
    let placed: Vec<_> = files.iter().map(|file| (folder.join(&file.name), &file.content[..])).collect();
    replace_files(&placed, "the export")?;
    remove_left_over(folder, format, &files);
    let written = placed.into_iter().map(|(path, content)| (path, content.len() as u64)).collect();
    Ok(Exported { files: written, network_bytes, notes })
}

/// Removes what an earlier export left that this one did not write.
fn remove_left_over(folder: &Path, format: Format, files: &[OutFile]) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if format.writes_sometimes(&name) && files.iter().all(|file| file.name != name) {
            // A file that stays is not named by what was written, so it misleads nobody but its reader.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixed::testing::model;

    #[test]
    fn an_export_leaves_nothing_of_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let model = model(403, 12, &[("model.hidden", "[16]"), ("sparsity.block", "8")]);
        let source = ExportSource { model: &model, run: None };
        std::fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        std::fs::write(folder.path().join("bank_of_mine.hex"), "mine").unwrap();
        let names = |format, options: &ExportOptions| {
            export(source, format, options, folder.path()).unwrap();
            let entries = std::fs::read_dir(folder.path()).unwrap();
            let mut names: Vec<_> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        let options = |depth, front_end| {
            let banks = crate::memory::banks::BankSpec { depth, count: 4096, ..Default::default() };
            ExportOptions { banks, front_end, ..ExportOptions::default() }
        };
        let has = |names: &[String], name: &str| names.iter().any(|other| other == name);
        let many = names(Format::Rom, &options(16, true));
        assert!(has(&many, "bank_0001.hex"), "{many:?}");
        let few = names(Format::Rom, &options(4096, true));
        assert!(has(&few, "bank_0000.hex") && !has(&few, "bank_0001.hex"), "{few:?}");
        assert!(has(&names(Format::C, &options(4096, true)), "coarsegrain_front_end.c"));
        let without = names(Format::C, &options(4096, false));
        assert!(!has(&without, "coarsegrain_front_end.c") && has(&without, "bank_0000.hex"), "{without:?}");
        assert!(has(&without, "notes.txt") && has(&without, "bank_of_mine.hex"), "{without:?}");
    }
}
