//! `coarsegrain quantise`: other bits for a trained model.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use engine::dataset::{ComputeOptions, FolderRoles, Inputs, OpenOptions};
use engine::evaluate::{
    BitsPoint, at_bits, calibration_inputs, other_recordings_note, requantise, sweep_bits, validation_inputs,
};
use engine::files::{one_line, path_text};
use engine::memory::Bill;
use engine::model::StoredModel;
use engine::runs::RunFolder;
use engine::settings::Config;
use engine::train::{Rounding, round_run, rounded_name, trained_run};
use serde_json::json;

use crate::arguments::SetArgs;
use crate::evaluate::Origin;
use crate::figures;
use crate::listen::load_model;
use crate::output::{Usage, print_line};
use crate::progress::{self, Unit};
use crate::train::display::Display;
use crate::train::print_summary;

/// Bits of floating point.
const FLOAT: u32 = 32;

/// Arguments of `coarsegrain quantise`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Run folder or model file, or `dense` or `cgs` for the models that ship with the workbench.
    run: PathBuf,
    /// Dataset folder, instead of the one the run was trained on; activations are calibrated on its training clips.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Write the model with the bits of `--set quant.weight_bits=N` and `--set quant.activation_bits=N`.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["sweep", "keep"])]
    out: Option<PathBuf>,
    /// Keep the run at those bits as a run of its own, measured on the testing split as after training: in FOLDER, or
    /// beside the run with the bits in its name (`RUN-w5a8`).
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, require_equals = true, conflicts_with_all = ["out", "sweep"])]
    keep: Option<Option<PathBuf>>,
    /// Measure the validation split at 2 to 8 weight bits and 4 to 8 activation bits, without training.
    #[arg(long, conflicts_with = "out")]
    sweep: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    set: SetArgs,
}

/// Converts, or measures.
pub fn run(args: Args) -> anyhow::Result<()> {
    let model = load_model(&args.run)?;
    let wrong = args.set.set.iter().find(|change| !change.trim_start().starts_with("quant."));
    if let Some(other) = wrong {
        return Err(Usage(format!(
            "`--set {other}` cannot be changed after training; only the settings `quant.*` can"
        ))
        .into());
    }
    if let Some(folder) = &args.keep {
        return keep(&args, folder.as_deref());
    }
    let config = at_given_bits(&model.config, &args.set)?;
    let Some(out) = &args.out else {
        if names_bits(&args.set) {
            let told =
                "--sweep tries many bits; leave out --set quant.weight_bits and --set quant.activation_bits";
            return Err(Usage(told.into()).into());
        }
        let prepared = Prepared::of(&model, &args)?;
        let points = prepared.sweep(&StoredModel { config, ..model })?;
        return print_points(&points, &prepared, args.json);
    };
    let prepared = Prepared::of(&model, &args)?;
    let converted = requantise(&model, &config, &prepared.calibration)?;
    converted.save(out)?;
    let bits = Bill::of(&converted.plan).total;
    match args.json {
        true => print_line(&serde_json::to_string_pretty(&json!({
            "model": path_text(out),
            "weight_bits": config.quant.weight_bits,
            "activation_bits": config.quant.activation_bits,
            "activation_exponents": converted.activation_exponents,
            "memory_bits": bits,
            "data_fingerprint": prepared.fingerprint,
            "is_run_data": prepared.is_run_data,
            "notes": prepared.note.as_slice(),
        }))?),
        false => print_line(&format!(
            "{}: weights of {} bits, activations of {} bits, {} bits in all ({:.1}x under dense fp32)",
            one_line(&path_text(out)),
            config.quant.weight_bits,
            config.quant.activation_bits,
            figures::thousands(bits.total),
            bits.reduction_vs_fp32()
        ))
        .and_then(|()| prepared.note.iter().try_for_each(|note| print_line(&format!("note: {note}")))),
    }
}

/// The settings with `--set`; where that names bits, every layer has them.
fn at_given_bits(config: &Config, set: &SetArgs) -> anyhow::Result<Config> {
    let mut config = config.clone();
    set.apply(&mut config)?;
    let (weight_bits, activation_bits) = (config.quant.weight_bits, config.quant.activation_bits);
    Ok(if names_bits(set) { at_bits(&config, weight_bits, activation_bits) } else { config })
}

fn names_bits(set: &SetArgs) -> bool {
    let keys = ["quant.weight_bits", "quant.activation_bits"];
    set.set.iter().any(|change| keys.iter().any(|key| change.trim_start().starts_with(key)))
}

/// Makes a run of its own and prints its summary.
fn keep(args: &Args, folder: Option<&Path>) -> anyhow::Result<()> {
    if !names_bits(&args.set) {
        let told = "--keep needs bits: --set quant.weight_bits=N, --set quant.activation_bits=N, or both";
        return Err(Usage(told.into()).into());
    }
    let source = RunFolder::open(&args.run)?;
    let mut config = at_given_bits(&source.config()?, &args.set)?;
    if let Some(data) = &args.data {
        config.data.set_folder(Some(data))?;
    }
    let target = match folder {
        Some(folder) => folder.to_path_buf(),
        None => {
            let trained = trained_run(&source.id(), source.summary()?.as_ref());
            let name = rounded_name(&trained.0, config.quant.weight_bits, config.quant.activation_bits);
            std::path::absolute(&args.run)?.with_file_name(name)
        }
    };
    let options = OpenOptions { roles: FolderRoles::from(&config.data), ..OpenOptions::default() };
    let dataset = crate::dataset::open(config.data.folder().as_deref(), &options)?;
    let dataset = dataset.as_of(&source.fingerprint().unwrap_or_default());
    let display = Display::new(&source, 0);
    let rounding = Rounding { source, config, target };
    let made = round_run(&rounding, &dataset, &display, &AtomicBool::new(false));
    display.close();
    let (run, summary) = made?;
    print_summary(&run, &summary, args.json)
}

/// What is read of the dataset.
struct Prepared {
    calibration: Vec<f32>,
    valid: Option<Inputs>,
    /// Hash of the recordings.
    fingerprint: String,
    /// Whether the run was made with them, where that is known.
    is_run_data: Option<bool>,
    /// What to know where it was not.
    note: Option<String>,
}

impl Prepared {
    fn of(model: &StoredModel, args: &Args) -> anyhow::Result<Self> {
        let folder = args.data.clone().or_else(|| model.config.data.folder());
        let options = OpenOptions { roles: FolderRoles::from(&model.config.data), ..OpenOptions::default() };
        let run = Origin::of(&args.run).fingerprint;
        let dataset =
            crate::dataset::open(folder.as_deref(), &options)?.as_of(run.as_deref().unwrap_or_default());
        let note = run.as_deref().and_then(|run| other_recordings_note(&dataset, run));
        let bar = progress::bar("Computing inputs", Unit::Count);
        let show = |done, total| progress::show(&bar, done, total);
        let cancel = AtomicBool::new(false);
        let options = ComputeOptions { threads: 0, progress: &show, cancel: &cancel };
        let calibration = calibration_inputs(model, &dataset, options)?;
        let valid = match args.sweep {
            true => Some(validation_inputs(model, &dataset, options)?),
            false => None,
        };
        bar.finish_and_clear();
        let is_run_data = run.map(|_| note.is_none());
        Ok(Self { calibration, valid, fingerprint: dataset.fingerprint().to_string(), is_run_data, note })
    }

    fn sweep(&self, model: &StoredModel) -> anyhow::Result<Vec<BitsPoint>> {
        let Some(valid) = &self.valid else { return Ok(Vec::new()) };
        let mut widths: Vec<(u32, u32)> =
            (2..=8).flat_map(|weight| (4..=8).map(move |act| (weight, act))).collect();
        widths.push((FLOAT, FLOAT));
        let bar = progress::bar("Measuring", Unit::Count);
        let show = |done, total| progress::show(&bar, done, total);
        let cancel = AtomicBool::new(false);
        let options = ComputeOptions { threads: 0, progress: &show, cancel: &cancel };
        let points = sweep_bits(model, &widths, valid, &self.calibration, options)?;
        bar.finish_and_clear();
        Ok(points.unwrap_or_default())
    }
}

fn print_points(points: &[BitsPoint], prepared: &Prepared, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        return print_line(&serde_json::to_string_pretty(&json!({
            "split": "valid",
            "points": points,
            "data_fingerprint": prepared.fingerprint,
            "is_run_data": prepared.is_run_data,
            "notes": prepared.note.as_slice(),
        }))?);
    }
    if let Some(note) = &prepared.note {
        print_line(&format!("note: {note}"))?;
    }
    print_line("validation accuracy by weight bits (rows) and activation bits (columns)")?;
    let activations: Vec<u32> = (4..=8).collect();
    let head: String = activations.iter().map(|bits| format!("{bits:>9}")).collect();
    print_line(&format!("{:>7}{head}{:>12}", "", "KiB at 8"))?;
    let (float, swept): (Vec<BitsPoint>, Vec<BitsPoint>) =
        points.iter().partition(|point| point.weight_bits == FLOAT);
    for row in swept.chunk_by(|a, b| a.weight_bits == b.weight_bits) {
        let cells: String =
            row.iter().map(|point| format!("{:>9}", figures::percent(point.accuracy))).collect();
        let last = row.last().map_or(0, |point| point.memory_bits);
        print_line(&format!("{:>7}{cells}{:>12.1}", row[0].weight_bits, last as f64 / 8192.0))?;
    }
    for point in float {
        let kib = point.memory_bits as f64 / 8192.0;
        print_line(&format!("in float: {}, {kib:.1} KiB", figures::percent(point.accuracy)))?;
    }
    Ok(())
}
