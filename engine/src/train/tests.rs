//! What a run promises, on a dataset of a few hundred clips.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::dataset::testing::TestFolder;
use crate::runs::{RunEnd, RunError, RunFolder, RunId, RunState, Summary, file_names};
use crate::settings::Config;

pub(super) struct Bench {
    pub data: TestFolder,
    pub runs: tempfile::TempDir,
    pub config: Config,
}

pub(super) fn bench() -> Bench {
    let data = TestFolder::with_speakers(40);
    let mut config = Config::default();
    config.data.dir = data.data.to_string_lossy().into_owned();
    config.data.words = vec!["yes".into(), "no".into()];
    config.model.hidden = vec![32, 24];
    config.set("sparsity.block", "8").unwrap();
    config.set("sparsity.drop", "0.5").unwrap();
    config.train.epochs = 4;
    config.train.batch = 32;
    config.train.threads = 2;
    Bench { data, runs: tempfile::tempdir().unwrap(), config }
}

impl Bench {
    pub fn folder(&self, name: &str) -> RunFolder {
        let path = self.runs.path().join(name);
        match RunFolder::open(&path) {
            Ok(run) => run,
            Err(_) => RunFolder::create(self.runs.path(), Some(&RunId(name.into())), &self.config).unwrap(),
        }
    }

    pub fn train(
        &self,
        name: &str,
        control: &Control,
        observer: &dyn Observer,
    ) -> Result<Outcome, TrainError> {
        let options = RunOptions::new(&self.data.options.cache);
        run(&self.folder(name), options, control, observer)
    }

    pub fn finished(&self, name: &str) -> Summary {
        match self.train(name, &Control::default(), &Silent).unwrap() {
            Outcome::Finished(summary) => *summary,
            other => panic!("{name} ended as {other:?}"),
        }
    }

    pub fn model(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder(name).file(file_names::MODEL)).unwrap()
    }

    pub fn path(&self, name: &str, file: &str) -> PathBuf {
        self.folder(name).file(file)
    }

    /// Everything of the curves but the time they took.
    fn curve(&self, name: &str) -> Vec<EpochMetrics> {
        let history = self.folder(name).history().unwrap();
        history.into_iter().map(|metrics| EpochMetrics { seconds: 0.0, ..metrics }).collect()
    }
}

/// Calls `act` once, after `num_steps` steps of this session.
struct After<F> {
    num_steps: Mutex<usize>,
    act: F,
}

impl<F: Fn() + Sync> Observer for After<F> {
    fn observe(&self, event: TrainEvent<'_>) {
        if let TrainEvent::Step { .. } = event {
            let mut left = self.num_steps.lock().unwrap();
            if *left == 1 {
                (self.act)();
            }
            *left = left.wrapping_sub(1);
        }
    }
}

fn after<F: Fn() + Sync>(num_steps: usize, act: F) -> After<F> {
    After { num_steps: Mutex::new(num_steps), act }
}

#[test]
fn the_same_seed_gives_the_same_curve_and_weights_on_any_number_of_threads() {
    let mut bench = bench();
    let first = bench.finished("first");
    bench.finished("second");
    assert_eq!(bench.curve("first"), bench.curve("second"));
    assert_eq!(bench.curve("first").len(), 4);
    assert_eq!(bench.model("first"), bench.model("second"));
    assert_eq!((first.end, first.num_epochs), (RunEnd::Complete, 4));
    assert!(first.num_test > 0 && first.confusion.num_clips() as usize == first.num_test);
    bench.config.train.threads = 1;
    bench.finished("one thread");
    assert_eq!(bench.curve("first"), bench.curve("one thread"));
    bench.config.seed = 2;
    bench.finished("other seed");
    assert_ne!(bench.curve("first"), bench.curve("other seed"));
}

#[test]
fn a_run_interrupted_anywhere_ends_like_one_that_was_not() {
    let bench = bench();
    bench.finished("whole");
    // Within the first epoch, at its end, within a later one; each session goes on from the one before.
    let mut sessions = 0;
    for num_steps in [2, 3, 1, 7] {
        let control = Control::default();
        let outcome = bench.train("parts", &control, &after(num_steps, || control.leave())).unwrap();
        sessions += 1;
        match outcome {
            Outcome::Interrupted => assert_eq!(bench.folder("parts").state(), Some(RunState::Interrupted)),
            Outcome::Finished(_) => break,
            Outcome::Discarded => panic!("discarded"),
        }
    }
    assert!(sessions >= 3);
    bench.finished("parts");
    assert_eq!(bench.curve("whole"), bench.curve("parts"));
    assert_eq!(bench.model("whole"), bench.model("parts"));
}

#[test]
fn stop_and_keep_ends_within_a_step_and_can_be_continued() {
    let bench = bench();
    bench.finished("whole");
    let control = Control::default();
    let seen = Mutex::new(0);
    let observer = |event: TrainEvent<'_>| {
        if let TrainEvent::Step { .. } = event {
            *seen.lock().unwrap() += 1;
            if *seen.lock().unwrap() == 2 {
                control.stop_and_keep();
            }
        }
    };
    let Outcome::Finished(summary) = bench.train("stopped", &control, &observer).unwrap() else { panic!() };
    assert_eq!(*seen.lock().unwrap(), 2);
    assert_eq!((summary.end, summary.best_epoch, summary.num_epochs), (RunEnd::Stopped, 0, 0));
    assert!(summary.valid_accuracy > 0.0);
    assert_eq!(bench.folder("stopped").state(), Some(RunState::Finished));
    assert_eq!(bench.finished("stopped").end, RunEnd::Complete);
    assert_eq!(bench.model("whole"), bench.model("stopped"));
}

#[test]
fn a_complete_run_is_left_as_it_is_and_made_whole_if_a_file_is_lost() {
    let bench = bench();
    let summary = bench.finished("run");
    let model = bench.model("run");
    let modified = || std::fs::metadata(bench.path("run", file_names::MODEL)).unwrap().modified().unwrap();
    let before = modified();
    assert_eq!(bench.finished("run"), summary);
    assert_eq!(modified(), before);
    std::fs::remove_file(bench.path("run", file_names::MODEL)).unwrap();
    std::fs::write(bench.path("run", file_names::SUMMARY), "{ cut").unwrap();
    assert!(matches!(bench.folder("run").state(), Some(RunState::Damaged(_))));
    assert_eq!(bench.finished("run").test_accuracy, summary.test_accuracy);
    assert_eq!(bench.model("run"), model);
}

#[test]
fn a_held_run_waits_and_goes_on() {
    let bench = bench();
    bench.finished("whole");
    let control = Control::default();
    let told = Mutex::new(Vec::new());
    let observer = |event: TrainEvent<'_>| {
        let mut told = told.lock().unwrap();
        match event {
            TrainEvent::Step { .. } => {
                told.push("step");
                if told.len() == 3 {
                    control.pause();
                }
            }
            TrainEvent::Paused => {
                told.push("paused");
                control.resume();
            }
            TrainEvent::Resumed => told.push("resumed"),
            _ => {}
        }
    };
    assert!(matches!(bench.train("held", &control, &observer).unwrap(), Outcome::Finished(_)));
    assert_eq!(told.lock().unwrap()[..6], ["step", "step", "step", "paused", "resumed", "step"]);
    assert_eq!(bench.model("whole"), bench.model("held"));
}

#[test]
fn a_discarded_run_says_so_at_any_time() {
    let bench = bench();
    let control = Control::default();
    control.discard();
    assert_eq!(bench.train("early", &control, &Silent).unwrap(), Outcome::Discarded);
    let control = Control::default();
    let outcome = bench.train("late", &control, &after(5, || control.discard())).unwrap();
    assert_eq!(outcome, Outcome::Discarded);
}

#[test]
fn a_loss_that_is_no_number_ends_the_run_by_name() {
    let mut bench = bench();
    bench.config.set("train.optimiser", "sgd").unwrap();
    bench.config.set("quant.weight_bits", "32").unwrap();
    bench.config.train.learning_rate = 10.0;
    bench.config.train.momentum = 0.999;
    bench.config.train.epochs = 200;
    bench.config.set("train.schedule", "constant").unwrap();
    let error = bench.train("diverging", &Control::default(), &Silent).unwrap_err();
    let TrainError::Diverged { loss, .. } = &error else { panic!("{error}") };
    assert!(!loss.is_finite());
    assert!(error.to_string().contains("train.learning_rate"), "{error}");
    let summary = bench.folder("diverging").summary().unwrap();
    match bench.folder("diverging").history().unwrap().len() {
        0 => assert_eq!(summary, None),
        _ => {
            assert_eq!(summary.unwrap().end, RunEnd::Diverged);
            let model = crate::model::StoredModel::load(&bench.path("diverging", file_names::MODEL));
            assert!(model.is_ok(), "the best weights must be finite");
        }
    }
}

#[test]
fn training_ends_early_when_validation_stands_still() {
    let mut bench = bench();
    bench.config.train.patience = 1;
    bench.config.train.epochs = 500;
    bench.config.train.learning_rate = 1e-8;
    let summary = bench.finished("standing");
    assert_eq!(summary.end, RunEnd::Early);
    assert_eq!(summary.num_epochs, summary.best_epoch + 1);
}

#[test]
fn other_recordings_and_other_settings_are_refused() {
    let mut bench = bench();
    let control = Control::default();
    bench.train("run", &control, &after(6, || control.leave())).unwrap();
    bench.data.clip("yes/newcomer_nohash_0.wav", 4000);
    let error = bench.train("run", &Control::default(), &Silent).unwrap_err();
    assert!(matches!(error, TrainError::OtherData { .. }), "{error}");
    std::fs::remove_file(bench.data.data.join("yes/newcomer_nohash_0.wav")).unwrap();
    bench.config.train.learning_rate *= 2.0;
    bench.folder("run").write_config(&bench.config, None).unwrap();
    let error = bench.train("run", &Control::default(), &Silent).unwrap_err();
    assert!(matches!(error, TrainError::Run(RunError::Damaged(_))), "{error}");
    assert!(error.to_string().contains("checkpoint was written with"), "{error}");
}

#[test]
fn two_programs_do_not_train_the_same_run() {
    let bench = bench();
    let _lock = crate::runs::RunLock::acquire(bench.folder("run").path()).unwrap();
    let error = bench.train("run", &Control::default(), &Silent).unwrap_err();
    assert!(matches!(error, TrainError::Run(RunError::InUse { .. })), "{error}");
}

#[test]
fn a_checkpoint_every_step_changes_nothing() {
    let bench = bench();
    bench.finished("seldom");
    let folder = bench.folder("often");
    let options =
        RunOptions { checkpoint_interval: Duration::ZERO, ..RunOptions::new(&bench.data.options.cache) };
    run(&folder, options, &Control::default(), &Silent).unwrap();
    assert_eq!(bench.model("seldom"), bench.model("often"));
}

#[test]
fn a_network_that_is_only_priced_is_not_trained() {
    let mut bench = bench();
    bench.config.model.inputs = 440;
    let error = bench.train("priced", &Control::default(), &Silent).unwrap_err().to_string();
    assert!(error.contains("model.inputs") && error.contains("403"), "{error}");
}
