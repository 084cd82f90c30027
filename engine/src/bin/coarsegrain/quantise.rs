//! `coarsegrain quantise`: other bits for a trained model.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use engine::dataset::{ComputeOptions, Inputs, OpenOptions};
use engine::evaluate::{BitsPoint, calibration_inputs, requantise, sweep_bits, validation_inputs};
use engine::memory::Bill;
use engine::model::StoredModel;
use serde_json::json;

use crate::arguments::SetArgs;
use crate::figures;
use crate::listen::load_model;
use crate::output::{Usage, print_line};
use crate::progress::{self, Unit};

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
    #[arg(long, value_name = "FILE", required_unless_present = "sweep")]
    out: Option<PathBuf>,
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
    let mut config = model.config.clone();
    args.set.apply(&mut config)?;
    let Some(out) = &args.out else {
        let varied = |change: &&String| {
            ["quant.weight_bits", "quant.activation_bits"]
                .iter()
                .any(|key| change.trim_start().starts_with(key))
        };
        if let Some(change) = args.set.set.iter().find(varied) {
            return Err(Usage(format!("`--sweep` tries many widths, so leave `--set {change}` out")).into());
        }
        let points = Prepared::of(&model, &args)?.sweep(&StoredModel { config, ..model })?;
        return print_points(&points, args.json);
    };
    let prepared = Prepared::of(&model, &args)?;
    let converted = requantise(&model, &config, &prepared.calibration)?;
    converted.save(out)?;
    let bits = Bill::of(&converted.plan).total;
    match args.json {
        true => print_line(&serde_json::to_string_pretty(&json!({
            "model": out,
            "weight_bits": config.quant.weight_bits,
            "activation_bits": config.quant.activation_bits,
            "activation_exponents": converted.activation_exponents,
            "memory_bits": bits,
        }))?),
        false => print_line(&format!(
            "{}: weights of {} bits, activations of {} bits, {} bits in all ({:.1}x under dense fp32)",
            out.display(),
            config.quant.weight_bits,
            config.quant.activation_bits,
            figures::thousands(bits.total),
            bits.reduction_vs_fp32()
        )),
    }
}

/// What is read of the dataset.
struct Prepared {
    calibration: Vec<f32>,
    valid: Option<Inputs>,
}

impl Prepared {
    fn of(model: &StoredModel, args: &Args) -> anyhow::Result<Self> {
        let trained_on = Some(model.config.data.dir.as_str()).filter(|dir| !dir.is_empty()).map(Path::new);
        let dataset = crate::dataset::open(args.data.as_deref().or(trained_on), &OpenOptions::default())?;
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
        Ok(Self { calibration, valid })
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

fn print_points(points: &[BitsPoint], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        return print_line(&serde_json::to_string_pretty(&json!({ "split": "valid", "points": points }))?);
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
