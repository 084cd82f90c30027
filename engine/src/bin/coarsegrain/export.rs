//! `coarsegrain export`: a model as files that others compute with.

use std::path::PathBuf;

use clap::ValueEnum;
use engine::export::{ExportOptions, ExportSource, Format, IndexStorage, export};
use engine::files::{one_line, path_text};
use engine::runs::RunFolder;
use serde_json::json;

use crate::banks::BankArgs;
use crate::figures;
use crate::listen::load_model;
use crate::output::print_line;

/// Arguments of `coarsegrain export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Run folder or model file, or `dense` or `cgs` for the models that ship with the workbench.
    run: PathBuf,
    /// What to write.
    #[arg(long, value_enum)]
    format: FormatChoice,
    /// Folder for the files; made where it does not exist.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// `blocks`: leave the block index out; a reader draws the patterns again from their seeds.
    #[arg(long)]
    seed_index: bool,
    /// `c`: leave out the front end, from sound to network inputs.
    #[arg(long)]
    no_front_end: bool,
    /// `c`, `rom`: recorded inputs and outputs for the test program.
    #[arg(long, value_name = "N", default_value_t = ExportOptions::default().num_vectors)]
    vectors: usize,
    #[command(flatten)]
    banks: BankArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatChoice {
    Blocks,
    C,
    Rom,
    Bsr,
    Onnx,
    Report,
}

impl From<FormatChoice> for Format {
    fn from(choice: FormatChoice) -> Self {
        match choice {
            FormatChoice::Blocks => Self::Blocks,
            FormatChoice::C => Self::C,
            FormatChoice::Rom => Self::Rom,
            FormatChoice::Bsr => Self::Bsr,
            FormatChoice::Onnx => Self::Onnx,
            FormatChoice::Report => Self::Report,
        }
    }
}

/// Writes the files and lists them.
pub fn run(args: Args) -> anyhow::Result<()> {
    let model = load_model(&args.run)?;
    let run = if args.run.is_dir() { Some(RunFolder::open(&args.run)?) } else { None };
    let options = ExportOptions {
        index: if args.seed_index { IndexStorage::Seed } else { IndexStorage::Stored },
        front_end: !args.no_front_end,
        num_vectors: args.vectors,
        banks: args.banks.spec()?,
    };
    let source = ExportSource { model: &model, run: run.as_ref() };
    let exported = export(source, args.format.into(), &options, &args.out)?;
    if args.json {
        let files: Vec<_> = exported
            .files
            .iter()
            .map(|(path, bytes)| json!({ "path": path_text(path), "bytes": bytes }))
            .collect();
        return print_line(&serde_json::to_string_pretty(&json!({
            "format": Format::from(args.format).name(),
            "files": files,
            "notes": exported.notes,
        }))?);
    }
    for (path, bytes) in &exported.files {
        print_line(&format!("{:>12} B  {}", figures::thousands(*bytes), one_line(&path_text(path))))?;
    }
    exported.notes.iter().try_for_each(|note| print_line(note))
}
