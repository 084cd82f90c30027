//! `coarsegrain dataset`: what a dataset holds.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use engine::dataset::{Dataset, FolderRoles, OpenOptions, Split};
use engine::files::{one_line, path_text};
use engine::look::columns;
use engine::protocol::DatasetView;
use engine::settings::Config;
use serde_json::json;

use crate::output::{Usage, print_line};
use crate::progress::{self, Unit};

/// Faults and notes shown as text; `--json` has all of them.
const MAX_FAULTS: usize = 20;

/// Arguments of `coarsegrain dataset`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder with one sub-folder of recordings per word; without it, the built-in demo dataset.
    dir: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Threads that decode recordings; 0 takes all cores.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// What a folder is: `data.noise=NAMES` reads folders as background noise, `data.exclude=NAMES` leaves them out,
    /// `data.scale=integers` divides samples far outside -1 to 1 by the full scale of whole numbers. The same settings go into the configuration of a run.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Opens the dataset and prints its counts.
pub fn run(args: Args) -> anyhow::Result<()> {
    let options =
        OpenOptions { threads: args.threads, roles: roles_of(&args.set)?, ..OpenOptions::default() };
    let view = open(args.dir.as_deref(), &options)?.view();
    match args.json {
        true => print_line(&serde_json::to_string_pretty(&json_of(&view))?),
        false => print_line(text_of(&view).trim_end()),
    }
}

/// The settings that say what folders are.
fn roles_of(changes: &[String]) -> anyhow::Result<FolderRoles> {
    let mut config = Config::default();
    for change in changes {
        let (key, value) = change
            .split_once('=')
            .ok_or_else(|| Usage(format!("`--set {change}` has no `=`; write --set key=value")))?;
        if !["data.noise", "data.exclude", "data.scale"].contains(&key.trim()) {
            let told =
                format!("`--set {change}` changes nothing here; data.noise, data.exclude and data.scale do");
            return Err(Usage(told).into());
        }
        config.set(key.trim(), value)?;
    }
    Ok(FolderRoles::from(&config.data))
}

/// Opens a folder, or the demo dataset, with a progress bar.
pub fn open(dir: Option<&std::path::Path>, options: &OpenOptions) -> anyhow::Result<Dataset> {
    let bar = progress::bar("Reading recordings", Unit::Count);
    let show = |done, total| progress::show(&bar, done, total);
    let cancel = AtomicBool::new(false);
    let dataset = match dir {
        Some(dir) => Dataset::open(dir, options, &show, &cancel),
        None => Dataset::open_demo(options, &show, &cancel),
    };
    bar.finish_and_clear();
    Ok(dataset?)
}

fn per_split(counts: &[usize; 3]) -> serde_json::Value {
    Split::ALL.iter().map(|split| (split.name().to_owned(), json!(counts[split.index()]))).collect()
}

fn totals(view: &DatasetView) -> [usize; 3] {
    Split::ALL.map(|split| view.words.iter().map(|word| word.counts[split.index()]).sum())
}

fn json_of(view: &DatasetView) -> serde_json::Value {
    let words: serde_json::Map<_, _> =
        view.words.iter().map(|word| (word.word.clone(), per_split(&word.counts))).collect();
    let background: Vec<_> =
        view.background.iter().map(|(path, secs)| json!({ "path": path, "seconds": secs })).collect();
    json!({
        "folder": path_text(&view.folder),
        "is_demo": view.is_demo,
        "num_clips": view.clips.len(),
        "hours": view.hours,
        "splits": per_split(&totals(view)),
        "speakers": per_split(&view.num_speakers),
        "words": words,
        "background": background,
        "faults": view.faults,
        "notes": view.notes,
        "fingerprint": view.fingerprint,
    })
}

fn text_of(view: &DatasetView) -> String {
    let name = if view.is_demo { "Built-in demo dataset".to_owned() } else { path_text(&view.folder) };
    let words = if view.words.len() == 1 { "word" } else { "words" };
    let counts = format!("{} clips, {:.2} h, {} {words}", view.clips.len(), view.hours, view.words.len());
    let mut text = format!("{name}\n{counts}\n\n");
    let width =
        view.words.iter().map(|word| columns::width(&word.word)).max().unwrap_or(0).max("speakers".len());
    let [train, valid, test] = Split::ALL.map(Split::name);
    text += &format!("{:width$} {train:>10} {valid:>10} {test:>10}\n", "word");
    let mut row = |name: &str, [train, valid, test]: [usize; 3]| {
        let name = columns::flush_left(name, width);
        text += &format!("{name} {train:>10} {valid:>10} {test:>10}\n");
    };
    view.words.iter().for_each(|word| row(&word.word, word.counts));
    row("all", totals(view));
    row("speakers", view.num_speakers);
    // A sum of nothing is minus zero.
    let noise_secs = view.background.iter().map(|(_, secs)| secs).sum::<f64>() + 0.0;
    text += &format!("\nBackground noise: {} recordings, {noise_secs:.0} s\n", view.background.len());
    view.notes.iter().for_each(|note| text += &format!("Note: {note}\n"));
    if !view.faults.is_empty() {
        text += &format!("\nLeft out: {}\n", view.faults.len());
        view.faults
            .iter()
            .take(MAX_FAULTS)
            .for_each(|fault| text += &format!("  {}: {}\n", one_line(&fault.path), fault.reason));
        if view.faults.len() > MAX_FAULTS {
            text += &format!("  and {} more; --json lists all\n", view.faults.len() - MAX_FAULTS);
        }
    }
    text + &format!("Fingerprint: {}\n", view.fingerprint)
}
