//! Runs made by rounding others.

use std::sync::atomic::AtomicBool;

use super::tests::{Bench, bench};
use super::*;
use crate::dataset::{ComputeOptions, Dataset, DatasetError, Split};
use crate::evaluate::{at_bits, measure, read_predictions};
use crate::export::{ExportOptions, blocks};
use crate::fixed::FixedNetwork;
use crate::model::StoredModel;
use crate::runs::{RunEnd, RunError, RunFolder, RunId, RunState, Summary, file_names};

/// Rounds a run of the bench to these widths, as a run of this name.
fn round(
    bench: &Bench,
    source: &str,
    name: &str,
    bits: (u32, u32),
) -> Result<(RunFolder, Summary), TrainError> {
    round_unless(bench, source, name, bits, &AtomicBool::new(false))
}

fn round_unless(
    bench: &Bench,
    source: &str,
    name: &str,
    (weight_bits, activation_bits): (u32, u32),
    cancel: &AtomicBool,
) -> Result<(RunFolder, Summary), TrainError> {
    let source = bench.folder(source);
    let config = at_bits(&source.config().unwrap(), weight_bits, activation_bits);
    let rounding = Rounding { source, config, target: bench.runs.path().join(name) };
    round_run(&rounding, &bench.data.open(), &Silent, cancel)
}

/// Accuracy and clips of the testing split, measured by itself.
fn tested(model: &StoredModel, dataset: &Dataset) -> (f64, usize) {
    let (progress, cancel) = (|_, _| {}, AtomicBool::new(false));
    let options = ComputeOptions { threads: 1, progress: &progress, cancel: &cancel };
    let evaluation = measure(model, dataset, Some(Split::Test), options).unwrap().evaluation;
    (evaluation.accuracy, evaluation.num_clips)
}

#[test]
fn a_rounded_run_is_whole_and_tells_what_it_is() {
    let bench = bench();
    let trained = bench.finished("run");
    let before = bench.model("run");
    let (run, summary) = round(&bench, "run", "run-w3a6", (3, 6)).unwrap();
    assert_eq!((summary.weight_bits, summary.activation_bits), (3, 6));
    assert_eq!((summary.end, summary.rounded_from.clone()), (RunEnd::Rounded, Some(RunId("run".into()))));
    assert_eq!((summary.num_epochs, summary.best_epoch), (trained.num_epochs, trained.best_epoch));
    assert_eq!(summary.data_fingerprint, trained.data_fingerprint);
    assert!(summary.memory_bits.total < trained.memory_bits.total && summary.test_accuracy_float.is_some());
    assert_eq!(run.summary().unwrap(), Some(summary.clone()));
    assert_eq!((run.state(), run.rounded_from()), (Some(RunState::Finished), Some(RunId("run".into()))));
    assert!(run.history().unwrap().is_empty());
    let config = run.config().unwrap();
    assert_eq!((config.quant.weight_bits, config.quant.activation_bits), (3, 6));
    let model = StoredModel::load(&run.file(file_names::MODEL)).unwrap();
    assert_eq!(model.config, config);
    assert!(FixedNetwork::of(&model).unwrap().is_some());
    assert_eq!(tested(&model, &bench.data.open()), (summary.test_accuracy, summary.num_test));
    assert_eq!(read_predictions(&run.file(file_names::PREDICTIONS)).unwrap().len(), summary.num_test);
    assert_eq!(bench.model("run"), before, "the source stays as it is");
}

#[test]
fn rounding_to_its_own_bits_gives_the_run_again() {
    let bench = bench();
    let trained = bench.finished("run");
    let (_, summary) = round(&bench, "run", "again", (5, 8)).unwrap();
    assert_eq!(bench.model("again"), bench.model("run"));
    let wanted = Summary { end: RunEnd::Rounded, rounded_from: Some(RunId("run".into())), ..trained };
    assert_eq!(summary, wanted);
    let predictions = |name: &str| std::fs::read(bench.path(name, file_names::PREDICTIONS)).unwrap();
    assert_eq!(predictions("again"), predictions("run"));
}

#[test]
fn a_floating_point_run_leaves_as_integers() {
    let mut bench = bench();
    bench.config.set("quant.weight_bits", "32").unwrap();
    bench.config.set("quant.activation_bits", "32").unwrap();
    let trained = bench.finished("float");
    assert_eq!(trained.test_accuracy_float, None);
    let (run, summary) = round(&bench, "float", "float-w8a8", (8, 8)).unwrap();
    assert!(summary.test_accuracy_float.is_some());
    let model = StoredModel::load(&run.file(file_names::MODEL)).unwrap();
    blocks::files(&model, &ExportOptions::default()).unwrap();
}

#[test]
fn rounding_again_starts_from_the_trained_weights() {
    let bench = bench();
    bench.finished("run");
    round(&bench, "run", "coarse", (2, 4)).unwrap();
    let (_, direct) = round(&bench, "run", "direct", (6, 8)).unwrap();
    let (_, indirect) = round(&bench, "coarse", "indirect", (6, 8)).unwrap();
    assert_eq!(bench.model("direct"), bench.model("indirect"));
    assert_eq!(indirect.rounded_from, Some(RunId("run".into())));
    assert_eq!(direct, indirect);
}

#[test]
fn exceptions_of_layers_give_way_to_the_widths() {
    let mut bench = bench();
    bench.config.sparsity.layers.push(crate::settings::LayerSparsity {
        layer: 1,
        weight_bits: Some(12),
        ..Default::default()
    });
    bench.finished("mixed");
    let (run, _) = round(&bench, "mixed", "even", (4, 8)).unwrap();
    assert!(run.config().unwrap().sparsity.layers.is_empty());
    let model = StoredModel::load(&run.file(file_names::MODEL)).unwrap();
    assert!(model.plan.layers.iter().all(|layer| layer.weight_bits == 4));
}

#[test]
fn nothing_is_overwritten_and_nothing_is_left_of_what_fails() {
    let bench = bench();
    let error = round(&bench, "unfinished", "new", (4, 8)).unwrap_err();
    assert!(matches!(error, TrainError::Unfinished(_)), "{error}");
    bench.finished("run");
    bench.finished("taken");
    let before = bench.model("taken");
    let error = round(&bench, "run", "taken", (4, 8)).unwrap_err();
    assert!(matches!(error, TrainError::Run(RunError::Finished(_))), "{error}");
    assert_eq!(bench.model("taken"), before);
    let error = round_unless(&bench, "run", "new", (4, 8), &AtomicBool::new(true)).unwrap_err();
    assert!(
        matches!(
            error,
            TrainError::Dataset(DatasetError::Cancelled)
                | TrainError::Evaluate(crate::evaluate::EvaluateError::Dataset(DatasetError::Cancelled))
        ),
        "{error}"
    );
    assert!(round(&bench, "run", "new", (17, 8)).is_err());
    bench.data.clip("yes/newcomer_nohash_0.wav", 4000);
    let error = round(&bench, "run", "new", (4, 8)).unwrap_err();
    assert!(matches!(error, TrainError::OtherData { .. }), "{error}");
    assert!(!bench.runs.path().join("new").exists());
}

#[test]
fn a_rounded_run_is_not_trained() {
    let bench = bench();
    bench.finished("run");
    let (run, summary) = round(&bench, "run", "rounded", (4, 8)).unwrap();
    assert_eq!(bench.finished("rounded"), summary, "whole, it is left as it is");
    std::fs::remove_file(run.file(file_names::MODEL)).unwrap();
    let error = bench.train("rounded", &Control::default(), &Silent).unwrap_err();
    assert!(matches!(&error, TrainError::Rounded { from } if from.0 == "run"), "{error}");
}

#[test]
fn names_go_back_to_the_run_that_was_trained() {
    let bench = bench();
    bench.finished("run");
    let (rounded, summary) = round(&bench, "run", "run-w4a8", (4, 8)).unwrap();
    let trained = trained_run(&rounded.id(), Some(&summary));
    assert_eq!(rounded_name(&trained.0, 3, 6), "run-w3a6");
    assert_eq!(trained_run(&trained, None), trained);
}
