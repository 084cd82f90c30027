//! A run measured at other bits, in the window's way.

use std::time::{Duration, Instant};

use crate::dataset::testing::TestFolder;
use crate::protocol::{Command, Engine, EngineOptions, Event, RoundOrder, RunBits};
use crate::runs::{RunFolder, RunId, RunState, Summary};
use crate::settings::Config;
use crate::train::{self, Control, Outcome, RunOptions, Silent};

/// Generous, for machines under load: it only keeps a broken test from hanging.
const PATIENCE: Duration = Duration::from_secs(300);

/// A finished run named `small` in this runs folder.
fn trained(data: &TestFolder, runs: &std::path::Path, settings: &[(&str, &str)]) -> Summary {
    let mut config = Config::default();
    config.data.dir = data.data.to_string_lossy().into_owned();
    config.data.words = vec!["yes".into(), "no".into()];
    config.model.hidden = vec![32, 24];
    config.train.epochs = 2;
    config.train.batch = 16;
    for (key, value) in [("sparsity.block", "8"), ("sparsity.drop", "0.5")].iter().chain(settings) {
        config.set(key, value).unwrap();
    }
    let run = RunFolder::create(runs, Some(&small()), &config).unwrap();
    let options = RunOptions::new(&data.options.cache);
    match train::run(&run, options, &Control::default(), &Silent).unwrap() {
        Outcome::Finished(summary) => *summary,
        _ => panic!("the run did not finish"),
    }
}

fn small() -> RunId {
    RunId("small".into())
}

fn engine(data: &TestFolder, runs: &std::path::Path) -> Engine {
    let cache_folder = data.options.cache.clone();
    Engine::start(EngineOptions { runs_folder: runs.to_path_buf(), cache_folder })
}

fn next_event(engine: &Engine) -> Event {
    let began = Instant::now();
    loop {
        if let Some(event) = engine.poll_event() {
            return event;
        }
        assert!(began.elapsed() < PATIENCE, "no event came");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn swept(engine: &Engine) -> RunBits {
    engine.send(Command::SweepBits(small()));
    assert_eq!(next_event(engine), Event::BitsSwept(small()));
    let view = engine.snapshot().bits;
    assert!(view.measuring.is_none() && view.failure.is_none());
    assert_eq!(view.measured.len(), 1);
    (*view.measured[0]).clone()
}

#[test]
fn the_point_of_the_run_is_what_it_ships_and_lies_on_both_curves() {
    let data = TestFolder::with_speakers(40);
    let runs = tempfile::tempdir().unwrap();
    let summary = trained(&data, runs.path(), &[]);
    let engine = engine(&data, runs.path());
    let bits = swept(&engine);
    assert!(bits.is_integer && bits.notes.is_empty(), "{:?}", bits.notes);
    assert_eq!(bits.own.accuracy, summary.valid_accuracy);
    assert_eq!(bits.own.memory_bits, summary.memory_bits.total);
    assert!(bits.num_clips > 0);
    let weights: Vec<u32> = bits.by_weight_bits.iter().map(|point| point.weight_bits).collect();
    assert_eq!(weights, [2, 3, 4, 5, 6, 7, 8]);
    let activations: Vec<u32> = bits.by_activation_bits.iter().map(|point| point.activation_bits).collect();
    assert_eq!(activations, [4, 5, 6, 7, 8]);
    // Rounding the run's own weights to its own bits changes nothing.
    assert_eq!(bits.by_weight_bits[3], bits.own);
    assert_eq!(bits.by_activation_bits[4], bits.own);
    assert!(bits.by_weight_bits.windows(2).all(|pair| pair[0].memory_bits < pair[1].memory_bits));
    assert_eq!((bits.float.weight_bits, bits.float.activation_bits), (32, 32));
}

#[test]
fn numbers_of_every_layer_are_counted_with_what_is_clipped() {
    let data = TestFolder::with_speakers(40);
    let runs = tempfile::tempdir().unwrap();
    trained(&data, runs.path(), &[("quant.weight_bits", "4")]);
    let bits = swept(&engine(&data, runs.path()));
    assert_eq!(bits.layers.len(), 3);
    for layer in &bits.layers {
        for numbers in [&layer.weights, &layer.activations] {
            let codes = numbers.codes.unwrap();
            assert!(numbers.histogram.num_values() > 0);
            assert!((0.0..0.3).contains(&codes.clipped_share), "{}: {codes:?}", layer.name);
            assert!((0.0..=1.0).contains(&codes.lost_share), "{}: {codes:?}", layer.name);
            assert!(codes.step > 0.0 && codes.largest > codes.step);
        }
        assert_eq!(layer.weights.codes.unwrap().bits, 4);
        assert_eq!(layer.activations.codes.unwrap().bits, 8);
    }
}

#[test]
fn a_floating_point_run_is_rounded_too() {
    let data = TestFolder::with_speakers(40);
    let runs = tempfile::tempdir().unwrap();
    let float = [("quant.weight_bits", "32"), ("quant.activation_bits", "32")];
    let summary = trained(&data, runs.path(), &float);
    let bits = swept(&engine(&data, runs.path()));
    assert!(!bits.is_integer);
    assert_eq!(bits.own.accuracy, summary.valid_accuracy);
    assert_eq!(bits.float.accuracy, bits.own.accuracy);
    assert!(bits.layers.iter().all(|layer| layer.weights.codes.is_none()));
    assert!(bits.by_activation_bits.iter().all(|point| point.weight_bits == 8));
}

#[test]
fn what_cannot_be_measured_is_told_and_a_newer_wish_goes_first() {
    let data = TestFolder::with_speakers(40);
    let runs = tempfile::tempdir().unwrap();
    trained(&data, runs.path(), &[]);
    let engine = engine(&data, runs.path());
    let gone = RunId("gone".into());
    engine.send(Command::SweepBits(gone.clone()));
    let Event::SweepFailed { run, message } = next_event(&engine) else { panic!("no failure") };
    assert_eq!(run, gone);
    assert_eq!(engine.snapshot().bits.failure, Some((gone, message)));
    // The first is given up for the second, and that by a person.
    engine.send(Command::SweepBits(small()));
    engine.send(Command::SweepBits(small()));
    engine.send(Command::CancelSweep);
    for _ in 0..2 {
        let event = next_event(&engine);
        assert!(matches!(event, Event::SweepCancelled(_)), "{event:?}");
    }
    assert!(engine.snapshot().bits.measuring.is_none());
}

fn order(weight_bits: u32, activation_bits: u32, name: &str) -> RoundOrder {
    RoundOrder { run: small(), weight_bits, activation_bits, name: RunId(name.into()) }
}

fn ask(engine: &Engine, order: RoundOrder) {
    engine.send(Command::RoundRun(Box::new(order)));
}

#[test]
fn a_run_is_kept_at_other_bits_and_listed() {
    let data = TestFolder::with_speakers(40);
    let runs = tempfile::tempdir().unwrap();
    trained(&data, runs.path(), &[("quant.weight_bits", "32"), ("quant.activation_bits", "32")]);
    let engine = engine(&data, runs.path());
    ask(&engine, order(6, 8, "small-w6a8"));
    assert!(engine.snapshot().bits.rounding.is_some(), "it is seen at once that it was heard");
    let Event::RunRounded { run, test_accuracy } = next_event(&engine) else { panic!("no run") };
    assert!(engine.snapshot().bits.rounding.is_none());
    let began = Instant::now();
    let row = loop {
        let listed = engine.snapshot().runs;
        if let Some(row) = listed.runs.iter().find(|row| row.run == run) {
            break row.clone();
        }
        assert!(began.elapsed() < PATIENCE, "the new run is not listed");
        std::thread::sleep(Duration::from_millis(2));
    };
    let summary = row.summary.clone().unwrap();
    assert_eq!((row.state.clone(), summary.test_accuracy), (RunState::Finished, test_accuracy));
    assert_eq!(summary.rounded_from, Some(small()));
    // The same once more: what is there is left alone, and a person is told.
    ask(&engine, order(6, 8, "small-w6a8"));
    let Event::RoundingFailed { run, message } = next_event(&engine) else { panic!("no failure") };
    assert!(run.0 == "small-w6a8" && message.contains("left as it is"), "{message}");
    assert_eq!(engine.snapshot().bits.rounding_failure, Some((order(6, 8, "small-w6a8"), message)));
    // It cannot be trained further, and says so.
    engine.send(Command::ContinueRun(RunId("small-w6a8".into())));
    let Event::RunRejected { message } = next_event(&engine) else { panic!("not rejected") };
    assert!(message.contains("rounded from small after training"), "{message}");
}

#[test]
fn names_stay_inside_the_runs_folder_and_roundings_can_be_given_up() {
    let data = TestFolder::with_speakers(40);
    let runs = tempfile::tempdir().unwrap();
    trained(&data, runs.path(), &[]);
    let engine = engine(&data, runs.path());
    ask(&engine, order(4, 8, "../elsewhere"));
    assert!(matches!(next_event(&engine), Event::RoundingFailed { .. }));
    ask(&engine, order(4, 8, "one"));
    ask(&engine, order(3, 8, "two"));
    engine.send(Command::CancelRounding);
    let ends = [next_event(&engine), next_event(&engine)];
    assert_eq!(ends[1], Event::RoundingCancelled(RunId("two".into())), "{ends:?}");
    assert!(!runs.path().join("two").exists());
    // What is asked for afterwards is done.
    ask(&engine, order(2, 8, "three"));
    assert!(matches!(next_event(&engine), Event::RunRounded { .. }));
}
