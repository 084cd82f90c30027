//! Runs in the window: what is measured beside them leaves them as they are.

use std::time::{Duration, Instant};

use crate::dataset::testing::TestFolder;
use crate::protocol::{Command, CurrentRun, Engine, EngineOptions, Event, RunPhase};
use crate::runs::{RunFolder, RunId, file_names};
use crate::settings::Config;
use crate::train::{self, AgainstDense, Control, EpochMetrics, Outcome, RunOptions, Silent};

/// Generous, for machines under load: it only keeps a broken test from hanging.
const PATIENCE: Duration = Duration::from_secs(300);

fn config(data: &TestFolder, drop: &str) -> Config {
    let mut config = Config::default();
    config.data.dir = data.data.to_string_lossy().into_owned();
    config.data.words = vec!["yes".into(), "no".into()];
    config.model.hidden = vec![32, 24];
    config.set("sparsity.block", "8").unwrap();
    config.set("sparsity.drop", drop).unwrap();
    config.train.epochs = 3;
    config.train.batch = 16;
    config.train.threads = 2;
    config
}

fn engine(data: &TestFolder, folder: &std::path::Path) -> Engine {
    let cache_folder = data.options.cache.clone();
    Engine::start(EngineOptions { runs_folder: folder.to_path_buf(), cache_folder })
}

/// Trains in the window's way; what the snapshot shows of the run when it is over.
fn train(engine: &Engine, name: &str, config: &Config) -> CurrentRun {
    engine.send(Command::QueueRun { config: Box::new(config.clone()), name: Some(name.into()) });
    let began = Instant::now();
    loop {
        match engine.poll_event() {
            Some(Event::RunFinished { .. }) => break,
            Some(Event::RunFailed { message, .. } | Event::RunRejected { message }) => panic!("{message}"),
            _ => std::thread::sleep(Duration::from_millis(2)),
        }
        assert!(began.elapsed() < PATIENCE, "the run does not end");
    }
    let run = engine.snapshot().training.current.clone().unwrap();
    assert_eq!((run.run.0.as_str(), run.phase), (name, RunPhase::Finished));
    run
}

/// Everything of the curves but the time they took.
fn curve(run: &RunFolder) -> Vec<EpochMetrics> {
    let history = run.history().unwrap().into_iter();
    history.map(|metrics| EpochMetrics { seconds: 0.0, ..metrics }).collect()
}

#[test]
fn a_run_is_measured_against_dense_and_ends_with_the_bits_of_one_that_is_not() {
    let data = TestFolder::with_speakers(40);
    let runs = tempfile::tempdir().unwrap();
    let config = config(&data, "0.5");
    let engine = engine(&data, runs.path());
    let shown = train(&engine, "measured", &config);
    let AgainstDense::Measured(speed) = shown.against_dense else { panic!("{:?}", shown.against_dense) };
    assert!(speed.block_secs.is_finite() && speed.block_secs > 0.0);
    assert!(speed.dense_secs.is_finite() && speed.dense_secs > 0.0);
    assert!(shown.step_secs > 0.0 && (0.0..=1.0).contains(&shown.wait_share));

    let plain = RunFolder::create(runs.path(), Some(&RunId("plain".into())), &config).unwrap();
    let options = RunOptions::new(&data.options.cache);
    let outcome = train::run(&plain, options, &Control::default(), &Silent).unwrap();
    assert!(matches!(outcome, Outcome::Finished(_)));
    let measured = RunFolder::open(&runs.path().join("measured")).unwrap();
    assert_eq!(curve(&measured), curve(&plain));
    for name in [file_names::MODEL, file_names::PREDICTIONS] {
        let bytes = |run: &RunFolder| std::fs::read(run.file(name)).unwrap();
        assert!(bytes(&measured) == bytes(&plain), "{name} differs");
    }

    // The next run of a sweep takes the figure over, to the bit.
    let sibling = train(&engine, "sibling", &Config { seed: 2, ..config });
    assert_eq!(sibling.against_dense, AgainstDense::Measured(speed));
}

#[test]
fn a_dense_run_is_not_held_against_itself() {
    let data = TestFolder::with_speakers(20);
    let runs = tempfile::tempdir().unwrap();
    let shown = train(&engine(&data, runs.path()), "dense", &config(&data, "0"));
    assert_eq!(shown.against_dense, AgainstDense::IsDense);
    assert!(shown.step_secs > 0.0);
}
