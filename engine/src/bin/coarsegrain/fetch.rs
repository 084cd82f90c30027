//! `coarsegrain fetch`: the full Speech Commands archive.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use engine::dataset::fetch::{Archive, FetchOptions, Patience, fetch};
use engine::files::{one_line, path_text};

use crate::output::print_line;
use crate::progress::{self, Unit};

/// Arguments of `coarsegrain fetch`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder that receives the dataset folder `speech_commands_v0.02`.
    #[arg(long)]
    out: PathBuf,
    /// Only show address, size and checksum.
    #[arg(long)]
    show: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Fetch from a mirror; size and checksum stay those of the published archive.
    #[arg(long, value_name = "URL")]
    mirror: Option<String>,
}

/// Shows what will be fetched, fetches, verifies and unpacks it.
pub fn run(args: Args) -> anyhow::Result<()> {
    let mut archive = Archive::speech_commands();
    if let Some(mirror) = args.mirror {
        archive.address = mirror;
    }
    let Archive { address, size_bytes, sha256, .. } = &archive;
    let folder = archive.dataset_folder(&args.out);
    if args.json && args.show {
        let report = serde_json::json!({ "address": address, "size_bytes": size_bytes, "sha256": sha256, "folder": path_text(&folder) });
        return print_line(&serde_json::to_string_pretty(&report)?);
    }
    let facts = format!(
        "Address:  {address}\nSize:     {size_bytes} bytes\nSHA-256:  {sha256}\nFolder:   {}",
        one_line(&path_text(&folder))
    );
    if args.show {
        return print_line(&facts);
    }
    eprintln!("{facts}");
    let bar = progress::bar("Downloading", Unit::Bytes);
    let progress = |stage: engine::dataset::fetch::Stage, done, total| {
        if bar.message() != stage.phrase() {
            bar.set_message(stage.phrase());
            bar.reset_eta();
        }
        progress::show(&bar, done, total);
    };
    let options =
        FetchOptions { progress: &progress, cancel: &AtomicBool::new(false), patience: Patience::default() };
    let fetched = fetch(&archive, &args.out, &options);
    bar.finish_and_clear();
    let folder = fetched?;
    if args.json {
        return print_line(&serde_json::to_string_pretty(
            &serde_json::json!({ "folder": path_text(&folder) }),
        )?);
    }
    print_line(&format!("Complete and verified: {}", one_line(&path_text(&folder))))
}
