//! `coarsegrain train`: one run, from its settings to its summary.

pub mod display;
mod signals;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine::dataset::default_cache_folder;
use engine::files::path_text;
use engine::runs::{RunEnd, RunFolder, RunState, Summary, row_of};
use engine::settings::{Config, result_hash};
use engine::train::{self, Control, Outcome, RunOptions};

use self::display::Display;
use self::signals::Signals;
use crate::arguments::{SetArgs, read_config};
use crate::figures;
use crate::output::{Usage, print_line};

/// Where runs go without `--out`.
const RUNS_FOLDER: &str = "runs";

/// Arguments of `coarsegrain train`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A configuration file, a report of a run, an experiment folder or a run folder; keys left out take their defaults.
    #[arg(required_unless_present = "resume")]
    config: Option<PathBuf>,
    /// Dataset folder, instead of the configuration's `data.dir`.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Run folder to make; without it, a new one below `runs`.
    #[arg(long, value_name = "RUN")]
    out: Option<PathBuf>,
    #[command(flatten)]
    set: SetArgs,
    /// Continue the run in --out (or CONFIG, if that is a run) from its last checkpoint; begin it where there
    /// is none yet.
    #[arg(long)]
    resume: bool,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
    /// Seconds between two checkpoints within an epoch.
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, hide = true)]
    checkpoint_secs: f64,
}

/// Trains, and prints the summary. Ctrl-C stops and keeps the best weights.
pub fn run(args: Args) -> anyhow::Result<()> {
    let checkpoint_interval = Duration::try_from_secs_f64(args.checkpoint_secs)
        .map_err(|error| Usage(format!("--checkpoint-secs {}: {error}", args.checkpoint_secs)))?;
    let (run, config) = open_run(&args)?;
    let cache_folder = default_cache_folder();
    let options = RunOptions { checkpoint_interval, ..RunOptions::new(&cache_folder) };
    let control = Arc::new(Control::default());
    let display = Display::new(&run, config.train.epochs);
    let signals = Signals::listen(Arc::clone(&control))?;
    let outcome = train::run(&run, options, &control, &display);
    drop(signals);
    display.close();
    match outcome {
        Ok(Outcome::Finished(summary)) => {
            print_summary(&run, &summary, args.json)?;
            anyhow::ensure!(
                summary.end != RunEnd::Diverged,
                "this run diverged; lower `train.learning_rate` and train a new one"
            );
            Ok(())
        }
        Ok(Outcome::Interrupted | Outcome::Discarded) => anyhow::bail!(
            "interrupted before the end; go on with: coarsegrain train --resume --out {}",
            path_text(run.path())
        ),
        Err(error) => {
            // A mistyped path must not leave a folder that is in the way of the next try.
            run.remove_if_unused();
            Err(error.into())
        }
    }
}

/// The run folder that the arguments mean: a new one, or one to be continued.
fn open_run(args: &Args) -> anyhow::Result<(RunFolder, Config)> {
    if args.resume {
        let place = args.out.as_ref().or(args.config.as_ref());
        let Some(place) = place else {
            return Err(Usage("--resume needs the run: name its folder with --out".into()).into());
        };
        if row_of(place).is_some() {
            return continue_run(place, args);
        }
        anyhow::ensure!(
            args.out.is_some() && args.config.is_some(),
            "there is no run to continue here; check the path: {}",
            path_text(place)
        );
    }
    let Some(path) = &args.config else { return Err(Usage("name a configuration".into()).into()) };
    let mut config = read_config(path)?;
    apply(args, &mut config)?;
    train::check_settings(&config)?;
    let run = match &args.out {
        Some(out) => RunFolder::create_at(out, &config)?,
        None => RunFolder::create(Path::new(RUNS_FOLDER), None, &config)?,
    };
    Ok((run, config))
}

/// `--data` and `--set`; the dataset folder becomes absolute, so that the run can be continued from anywhere.
fn apply(args: &Args, config: &mut Config) -> anyhow::Result<()> {
    args.set.apply(config)?;
    let folder = args.data.clone().or_else(|| config.data.folder());
    Ok(config.data.set_folder(folder.as_deref())?)
}

fn continue_run(place: &Path, args: &Args) -> anyhow::Result<(RunFolder, Config)> {
    if RunFolder::repair_config(place)? {
        eprintln!("note: config.toml was not that of the run, and was written again from its weights");
    }
    let run = RunFolder::open(place)?;
    let own = run.config()?;
    let mut wanted = match &args.config {
        Some(path) if args.out.is_some() => read_config(path)?,
        _ => own.clone(),
    };
    apply(args, &mut wanted)?;
    if result_hash(&wanted) != result_hash(&own) {
        return Err(Usage(format!(
            "the run was begun with other settings ({}); leave them as they were, or train a new run: {}",
            differences(&own, &wanted),
            path_text(place)
        ))
        .into());
    }
    if let Some(RunState::Running) = run.state() {
        // Says who writes it.
        drop(engine::runs::RunLock::acquire(place)?);
    }
    if wanted != own {
        run.write_config(&wanted, run.fingerprint().as_deref())?;
    }
    Ok((run, wanted))
}

/// `key: old, now new` of the first few settings that differ.
fn differences(own: &Config, wanted: &Config) -> String {
    let changed = engine::settings::SETTINGS.iter().filter_map(|setting| {
        let (old, new) = (own.get(setting.key)?, wanted.get(setting.key)?);
        (old != new).then(|| format!("`{}` was {old}, now {new}", setting.key))
    });
    let changed: Vec<String> = changed.take(3).collect();
    if changed.is_empty() { "`sparsity.layers` differs".into() } else { changed.join(", ") }
}

/// Prints the summary of a run, as text or as JSON with the run's folder.
pub fn print_summary(run: &RunFolder, summary: &Summary, json: bool) -> anyhow::Result<()> {
    if !json {
        return print_line(figures::summary(run.path(), summary).trim_end());
    }
    let mut object = serde_json::to_value(summary)?;
    object["run"] = serde_json::json!(path_text(run.path()));
    print_line(&serde_json::to_string_pretty(&object)?)
}
