//! `coarsegrain compare`: runs side by side.

mod difference;
mod table;

use std::path::PathBuf;

use clap::ValueEnum;
use engine::files::path_text;
use engine::runs::{
    Gathered, RunRow, RunState, differing_settings, gather, group_by_seed, mark_pareto, testing_sets,
};

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
    /// One object with runs, seed groups, testing clips and differences.
    Json,
    /// A tabular environment (package booktabs).
    Latex,
    /// Pipe tables.
    Markdown,
}

/// Prints every run of the folders with the Pareto fronts marked, means over seeds, and whether differences are noise.
pub fn run(args: Args) -> anyhow::Result<()> {
    for folder in &args.folders {
        anyhow::ensure!(folder.is_dir(), "there is no such folder; check the path: {}", path_text(folder));
    }
    let mut gathered = gather(&args.folders)?;
    anyhow::ensure!(
        !gathered.rows.is_empty(),
        "no runs here; name run folders or folders of runs: {}",
        args.folders.iter().map(path_text).collect::<Vec<_>>().join(", ")
    );
    mark_pareto(&mut gathered.rows);
    let Gathered { rows, paths } = sorted(gathered);
    for row in &rows {
        if let RunState::Damaged(reason) = &row.state {
            eprintln!("warning: {} is damaged: {reason}", row.run);
        }
    }
    let (sets, groups) = (testing_sets(&rows), group_by_seed(&rows));
    let settings = differing_settings(&rows);
    let differences = difference::of(&rows, &paths, &sets, &groups);
    let listed = table::Listed {
        rows: &rows,
        paths: &paths,
        sets: &sets,
        groups: &groups,
        settings: &settings,
        differences: &differences,
    };
    let text = match if args.json { Format::Json } else { args.format } {
        Format::Json => listed.json()?,
        Format::Csv => listed.csv(),
        Format::Text => listed.text(),
        Format::Markdown => listed.markdown(),
        Format::Latex => listed.latex(),
    };
    print_line(text.trim_end())
}

/// Finished runs first, set by set of testing clips, most accurate first.
fn sorted(gathered: Gathered) -> Gathered {
    let sets = testing_sets(&gathered.rows);
    let accuracy =
        |row: &RunRow| row.summary.as_ref().map_or(f64::NEG_INFINITY, |summary| summary.test_accuracy);
    let set = |at: usize| sets.of_row[at].unwrap_or(usize::MAX);
    let rows = gathered.rows.into_iter().zip(gathered.paths).enumerate();
    let mut rows: Vec<(usize, (RunRow, PathBuf))> = rows.collect();
    rows.sort_by(|(a_at, (a, _)), (b_at, (b, _))| {
        let by_set = set(*a_at).cmp(&set(*b_at));
        by_set.then_with(|| accuracy(b).total_cmp(&accuracy(a))).then_with(|| a.run.cmp(&b.run))
    });
    let (rows, paths) = rows.into_iter().map(|(_, row)| row).unzip();
    Gathered { rows, paths }
}
