//! `coarsegrain demo-data`: the built-in demo dataset as folders of recordings.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use engine::dataset::OpenOptions;
use engine::files::{one_line, path_text};

use crate::dataset::open;
use crate::output::print_line;
use crate::progress::{self, Unit};

/// Arguments of `coarsegrain demo-data`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder to write to; it must be new, empty, or an earlier output of this command.
    #[arg(long)]
    out: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Writes WAV files and split lists in Speech Commands layout.
pub fn run(args: Args) -> anyhow::Result<()> {
    let dataset = open(None, &OpenOptions::default())?;
    let bar = progress::bar("Writing recordings", Unit::Count);
    let written =
        dataset.export(&args.out, &|done, total| progress::show(&bar, done, total), &AtomicBool::new(false));
    bar.finish_and_clear();
    written?;
    let num_clips = dataset.clips().len();
    if args.json {
        let report = serde_json::json!({
            "out": path_text(&args.out),
            "num_clips": num_clips,
            "num_words": dataset.words().len(),
            "fingerprint": dataset.fingerprint(),
        });
        return print_line(&serde_json::to_string_pretty(&report)?);
    }
    print_line(&format!(
        "{num_clips} clips of {} words: {}",
        dataset.words().len(),
        one_line(&path_text(&args.out))
    ))
}
