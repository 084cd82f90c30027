//! The figures of the built-in models, measured again on the built-in demo data.

use std::sync::atomic::AtomicBool;

use super::conclusion::{Measured, Origin};
use crate::dataset::{ComputeOptions, Dataset, Inputs, OpenOptions, Split, Task};
use crate::features::FrontEnd;
use crate::runs::{BuiltIn, MeasuredBuiltIn, RunEnd};

/// Set to write what was measured into `assets/models/measured.json` instead of holding it against that.
const WRITE: &str = "COARSEGRAIN_WRITE_ASSETS";

fn measure(built_in: BuiltIn, dataset: &Dataset) -> MeasuredBuiltIn {
    let model = built_in.model().unwrap();
    let task = Task::for_evaluation(dataset, &model.config).unwrap();
    let front_end = FrontEnd::new(&model.config.features).unwrap();
    let cancel = AtomicBool::new(false);
    let options = ComputeOptions { threads: 2, progress: &|_, _| {}, cancel: &cancel };
    let inputs = |split| Inputs::of_split(dataset, &task, split, &front_end, options).unwrap();
    let (valid, test) = (inputs(Split::Valid), inputs(Split::Test));
    let measured = Measured::of(&model, &valid, &test, None).unwrap().unwrap();
    // What is not known of a training long past stays empty.
    let origin = Origin {
        end: RunEnd::Complete,
        rounded_from: None,
        best_epoch: 0,
        num_epochs: model.config.train.epochs,
        train_seconds: 0.0,
        samples_per_sec: 0.0,
        machine: None,
    };
    let predictions = measured.predictions(dataset, &test).into_iter().map(|clip| {
        let score = clip.scores.get(&clip.predicted).copied().unwrap_or(0.0);
        (clip.path, clip.label, clip.predicted, (score * 1e4).round() / 1e4)
    });
    MeasuredBuiltIn {
        predictions: predictions.collect(),
        summary: measured.summary(&model, &origin, dataset, &test),
    }
}

#[test]
fn the_figures_of_the_built_in_models_are_those_that_they_have() {
    let cache = tempfile::tempdir().unwrap();
    let open = OpenOptions { cache: cache.path().into(), threads: 2, ..OpenOptions::default() };
    let dataset = Dataset::open_demo(&open, &|_, _| {}, &AtomicBool::new(false)).unwrap();
    let measured = BuiltIn::ALL.map(|built_in| measure(built_in, &dataset));
    if std::env::var_os(WRITE).is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/models/measured.json");
        std::fs::write(path, serde_json::to_string(&measured).unwrap() + "\n").unwrap();
        return;
    }
    for (built_in, measured) in BuiltIn::ALL.into_iter().zip(measured) {
        let stored = built_in.measured().unwrap();
        let (new, old) = (&measured.summary, &stored.summary);
        assert_eq!((new.test_accuracy, new.valid_accuracy), (old.test_accuracy, old.valid_accuracy));
        assert_eq!((&new.confusion, new.memory_bits), (&old.confusion, old.memory_bits));
        assert_eq!(new.test_accuracy_float, old.test_accuracy_float);
        assert_eq!(
            (&new.data_fingerprint, &new.test_fingerprint),
            (&old.data_fingerprint, &old.test_fingerprint)
        );
        assert!((new.test_loss - old.test_loss).abs() < 1e-6);
        assert_eq!(measured.predictions.len(), stored.predictions.len());
        for (new, old) in measured.predictions.iter().zip(&stored.predictions) {
            assert_eq!((&new.0, &new.1, &new.2), (&old.0, &old.1, &old.2));
            assert!((new.3 - old.3).abs() < 2e-4, "{new:?} {old:?}");
        }
    }
}
