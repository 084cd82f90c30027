//! `coarsegrain compare`: runs side by side.

mod table;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use engine::runs::{RunRow, RunState, differing_settings, group_by_seed, list, mark_pareto, row_of};

use crate::output::print_line;

/// Arguments of `coarsegrain compare`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Run folders, or folders of runs.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// How to print the table.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print JSON; the same as --format json.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Columns for people.
    Text,
    /// One line a run, every figure.
    Csv,
    /// One object with runs and seed groups.
    Json,
    /// A tabular environment (package booktabs).
    Latex,
    /// Pipe tables.
    Markdown,
}

/// Prints every run of the folders with the Pareto front marked, and means over seeds.
pub fn run(args: Args) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for folder in &args.folders {
        rows.extend(runs_at(folder)?);
    }
    anyhow::ensure!(
        !rows.is_empty(),
        "no runs here; name run folders or folders of runs: {}",
        args.folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ")
    );
    mark_pareto(&mut rows);
    sort(&mut rows);
    for row in &rows {
        if let RunState::Damaged(reason) = &row.state {
            eprintln!("warning: {} is damaged: {reason}", row.run);
        }
    }
    let groups = group_by_seed(&rows);
    let settings = differing_settings(&rows);
    let text = match if args.json { Format::Json } else { args.format } {
        Format::Json => table::json(&rows, &groups)?,
        Format::Csv => table::csv(&rows, &groups, &settings),
        Format::Text => table::text(&rows, &groups, &settings),
        Format::Markdown => table::markdown(&rows, &groups, &settings),
        Format::Latex => table::latex(&rows, &groups, &settings),
    };
    print_line(text.trim_end())
}

/// The run in this folder, or the runs below it.
fn runs_at(folder: &Path) -> anyhow::Result<Vec<RunRow>> {
    anyhow::ensure!(folder.is_dir(), "there is no such folder; check the path: {}", folder.display());
    match row_of(folder) {
        Some(row) => Ok(vec![row]),
        None => Ok(list(folder)?),
    }
}

/// Finished runs first, most accurate first.
fn sort(rows: &mut [RunRow]) {
    let accuracy =
        |row: &RunRow| row.summary.as_ref().map_or(f64::NEG_INFINITY, |summary| summary.test_accuracy);
    rows.sort_by(|a, b| accuracy(b).total_cmp(&accuracy(a)).then_with(|| a.run.cmp(&b.run)));
}
