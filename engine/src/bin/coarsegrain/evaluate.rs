//! `coarsegrain evaluate`: the kept weights of a run on a split.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use clap::ValueEnum;
use engine::dataset::{ComputeOptions, Dataset, FolderRoles, OpenOptions, Split};
use engine::evaluate::{
    Measured, StreamFigures, measure, measure_stream, other_recordings_note, write_predictions,
};
use engine::files::path_text;
use engine::memory::Bill;
use engine::model::StoredModel;
use engine::runs::{RunFolder, RunState, Summary, row_of};
use engine::settings::config_hash;
use serde_json::json;

use crate::arguments::{SetArgs, detect_config};
use crate::figures;
use crate::listen::load_model;
use crate::output::{Usage, print_line};
use crate::progress::{self, Unit};

/// Arguments of `coarsegrain evaluate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Run folder or model file, or `dense` or `cgs` for the models that ship with the workbench.
    run: PathBuf,
    /// Dataset folder, instead of the one the run was trained on.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Which clips.
    #[arg(long, value_enum, default_value_t = SplitChoice::Test)]
    split: SplitChoice,
    /// Write what each clip was taken for, one JSON line a clip: path, label, predicted, scores by label.
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Also play the clips one after the other to the detector: are the scores the same, which words are
    /// found, what is heard that was not said? `--set detect.threshold=0.8` and the like change the detector.
    #[arg(long)]
    stream: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    set: SetArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SplitChoice {
    /// The training split.
    #[value(alias = "training")]
    Train,
    /// The validation split.
    #[value(alias = "validation")]
    Valid,
    /// The testing split.
    #[value(alias = "testing")]
    Test,
    /// Every clip of the dataset.
    All,
}

impl SplitChoice {
    fn split(self) -> Option<Split> {
        match self {
            Self::Train => Some(Split::Train),
            Self::Valid => Some(Split::Valid),
            Self::Test => Some(Split::Test),
            Self::All => None,
        }
    }

    fn name(self) -> &'static str {
        self.split().map_or("all", Split::name)
    }
}

/// Measures and prints.
pub fn run(args: Args) -> anyhow::Result<()> {
    let model = load_model(&args.run)?;
    let origin = Origin::of(&args.run);
    let detect = detect_config(&model.config, &args.set)?;
    if !args.stream && !args.set.set.is_empty() {
        return Err(Usage("`--set` changes the detector, which only `--stream` uses".into()).into());
    }
    let (dataset, mut measured) = measure_split(&args, &model, origin.fingerprint.as_deref())?;
    let note = origin.fingerprint.as_deref().and_then(|run| other_recordings_note(&dataset, run));
    measured.notes.extend(note.clone());
    let stream = match args.stream {
        true => Some(measure_stream(&model, &dataset, &measured, &detect)?),
        false => None,
    };
    if let Some(path) = &args.predictions {
        write_predictions(path, &measured.predictions)?;
    }
    match args.json {
        true => {
            let mut report = json_of(&args, &model, &origin, &measured, note.is_none());
            if let Some(stream) = &stream {
                report["stream"] = serde_json::to_value(stream)?;
            }
            print_line(&serde_json::to_string_pretty(&report)?)
        }
        false => {
            print_line(text_of(&args, &measured, note.as_deref()).trim_end())?;
            stream.iter().try_for_each(|stream| print_line(&stream_text(stream)))
        }
    }
}

/// What a run says of itself.
pub struct Origin {
    /// Its final figures, if it is finished and they are its own.
    pub summary: Option<Summary>,
    /// Hash of the recordings that it was made with; nothing where that is not known, as of a model file.
    pub fingerprint: Option<String>,
}

impl Origin {
    /// Reads the folder of a run; a model file says nothing. A damaged run is told on standard error.
    pub fn of(run: &Path) -> Self {
        let row = if run.is_dir() { row_of(run) } else { None };
        if let Some(RunState::Damaged(reason)) = row.as_ref().map(|row| &row.state) {
            eprintln!("warning: the run is damaged: {reason}");
        }
        let summary = row.and_then(|row| row.summary);
        let written = || RunFolder::open(run).ok()?.fingerprint();
        let fingerprint = summary.as_ref().map(|summary| summary.data_fingerprint.clone()).or_else(written);
        Self { summary, fingerprint }
    }
}

/// Measures on the dataset as it was when the run was made, where `fingerprint` is of that.
fn measure_split(
    args: &Args,
    model: &StoredModel,
    fingerprint: Option<&str>,
) -> anyhow::Result<(Dataset, Measured)> {
    let folder = args.data.clone().or_else(|| model.config.data.folder());
    let options = OpenOptions { roles: FolderRoles::from(&model.config.data), ..OpenOptions::default() };
    let dataset = crate::dataset::open(folder.as_deref(), &options)?.as_of(fingerprint.unwrap_or_default());
    let bar = progress::bar("Computing inputs", Unit::Count);
    let show = |done, total| progress::show(&bar, done, total);
    let cancel = AtomicBool::new(false);
    let options = ComputeOptions { threads: 0, progress: &show, cancel: &cancel };
    let measured = measure(model, &dataset, args.split.split(), options);
    bar.finish_and_clear();
    let measured = measured?;
    for note in &measured.notes {
        eprintln!("note: {note}");
    }
    Ok((dataset, measured))
}

/// Speaks of the recordings that were measured. What the run says of itself stands apart, and stands in for what was not
/// measured only where it is of the same recordings.
fn json_of(
    args: &Args,
    model: &StoredModel,
    origin: &Origin,
    measured: &Measured,
    is_same: bool,
) -> serde_json::Value {
    let evaluation = &measured.evaluation;
    let bits = Bill::of(&model.plan).total;
    let is = |choice| args.split == choice;
    let is_run_data = origin.fingerprint.as_ref().map(|_| is_same);
    let own = origin.summary.as_ref().filter(|_| is_run_data == Some(true));
    let test = is(SplitChoice::Test).then_some(evaluation.accuracy);
    let valid = is(SplitChoice::Valid).then_some(evaluation.accuracy);
    let num_test = is(SplitChoice::Test).then_some(evaluation.num_clips);
    json!({
        "run": path_text(&args.run),
        "split": args.split.name(),
        "data_fingerprint": measured.data_fingerprint,
        "is_run_data": is_run_data,
        "notes": measured.notes,
        "num_clips": evaluation.num_clips,
        "accuracy": evaluation.accuracy,
        "loss": evaluation.loss,
        "test_accuracy": test.or(own.map(|summary| summary.test_accuracy)),
        "valid_accuracy": valid.or(own.map(|summary| summary.valid_accuracy)),
        "num_test": num_test.or(own.map(|summary| summary.num_test)),
        "density_requested": model.plan.density_requested(),
        "density_achieved": model.plan.density_achieved(),
        "weight_bits": model.config.quant.weight_bits,
        "memory_bits": bits,
        "reduction_vs_fp32": bits.reduction_vs_fp32(),
        "reduction_vs_fp64": bits.reduction_vs_fp64(),
        "macs_per_inference": model.plan.macs(),
        "train_seconds": own.map(|summary| summary.train_seconds),
        "samples_per_sec": evaluation.samples_per_sec,
        "seed": model.config.seed,
        "config_hash": config_hash(&model.config),
        "per_class": evaluation.confusion.per_class(),
        "confusion": evaluation.confusion,
        "run_summary": origin.summary,
    })
}

fn stream_text(stream: &StreamFigures) -> String {
    format!(
        "\nOne after the other, {} s: scores differ by {:.1e} at most from those above ({} clips);\n\
         {} of {} words found, {} of the {} that are recognised above; {} false detections ({} per hour)",
        figures::thousands(stream.num_clips as u64),
        stream.largest_difference,
        figures::thousands(stream.num_compared as u64),
        stream.num_hits,
        stream.num_words,
        stream.num_right_hits,
        stream.num_right,
        stream.num_false,
        stream.false_per_hour.map_or("-".into(), |rate| figures::thousands(rate.round() as u64)),
    )
}

fn text_of(args: &Args, measured: &Measured, note: Option<&str>) -> String {
    let evaluation = &measured.evaluation;
    let note = note.map(|note| format!("note: {note}\n")).unwrap_or_default();
    format!(
        "{}: {} of {} clips, loss {:.4}, {} clips/s\n{note}\n{}",
        args.split.name(),
        figures::percent(evaluation.accuracy),
        figures::thousands(evaluation.num_clips as u64),
        evaluation.loss,
        figures::thousands(evaluation.samples_per_sec.round() as u64),
        figures::classes(&evaluation.confusion, &evaluation.confusion.per_class())
    )
}
