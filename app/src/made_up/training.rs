//! Made-up runs in progress.

use std::sync::Arc;

use engine::protocol::{CurrentRun, Progress, RunPhase, RunRow, RunState, TrainingView};
use engine::runs::{Failure, Remedy, RunId};
use engine::settings::Config;
use engine::train::{AgainstDense, EpochMetrics, StepSpeed};

use super::{Dice, network};

/// Curves of `epochs` finished epochs.
pub(super) fn history(epochs: usize, seed: u64, floor: f64) -> Vec<EpochMetrics> {
    let mut dice = Dice::new(seed);
    let mut best = 0.0;
    (1..=epochs)
        .map(|epoch| {
            let x = epoch as f64;
            let train_loss = 0.18 + 2.3 * (-x / 7.0).exp() + 0.02 * dice.roll();
            let valid_loss = floor + 2.0 * (-x / 6.0).exp() + 0.004 * x + 0.05 * dice.roll();
            let train_accuracy = 0.97 - 0.85 * (-x / 6.0).exp() + 0.01 * dice.roll();
            let valid_accuracy = 1.0 - 0.3 * floor - 0.75 * (-x / 5.0).exp() + 0.02 * dice.roll();
            let is_best = valid_accuracy > best;
            best = f64::max(best, valid_accuracy);
            let learning_rate = 0.5e-3 * (1.0 + (std::f64::consts::PI * x / 40.0).cos());
            EpochMetrics {
                epoch,
                learning_rate,
                train_loss,
                train_accuracy,
                valid_loss,
                valid_accuracy,
                seconds: 3.1,
                is_best,
            }
        })
        .collect()
}

fn current(config: Config, phase: RunPhase, epochs: usize) -> CurrentRun {
    let patterns = network::patterns(&config);
    let mut dice = Dice::new(5);
    let against_dense = if patterns.iter().all(|pattern| pattern.is_dense()) {
        AgainstDense::IsDense
    } else {
        AgainstDense::Measured(StepSpeed { block_secs: 0.0019, dense_secs: 0.0068 })
    };
    let growth = 0.02 + 0.05 * (epochs as f64 / 40.0);
    let block_magnitudes = patterns
        .iter()
        .map(|pattern| {
            // Eight by eight cells a block.
            let cells = pattern.num_blocks() * 64;
            (0..cells).map(|_| (growth * (0.3 + dice.roll())) as f32).collect()
        })
        .collect();
    let step_losses = (0..300)
        .map(|step| {
            let x = f64::from(step) / 300.0 * (epochs as f64 + 0.6);
            (x, (0.2 + 2.4 * (-x / 7.0).exp() + 0.25 * dice.roll()) as f32)
        })
        .collect();
    CurrentRun {
        run: RunId("cgs-b64-p75-5bit-seed1".into()),
        num_epochs: config.train.epochs,
        config,
        phase,
        progress: Progress::default(),
        learning_rate: 7.3e-4,
        epoch: epochs + 1,
        batch: 31,
        num_batches: 52,
        samples_per_sec: 21_480.0,
        step_secs: 0.0023,
        wait_share: 0.62,
        against_dense,
        elapsed_secs: 61.0,
        left_secs: Some(78.0),
        history: history(epochs, 3, 0.5),
        step_losses,
        block_magnitudes: Arc::new(block_magnitudes),
        patterns: Arc::new(patterns),
        failure: None,
    }
}

/// A queue of `count` runs.
fn queue(count: usize) -> Vec<(RunId, Config)> {
    (0..count)
        .map(|index| {
            let config = Config { seed: index as u64 + 2, ..Config::default() };
            (RunId(format!("cgs-b64-p75-5bit-seed{}", config.seed)), config)
        })
        .collect()
}

/// Epoch 18 of 40, with two runs waiting.
pub fn mid_training(config: Config) -> TrainingView {
    TrainingView { queue: queue(2), current: Some(current(config, RunPhase::Training, 17)) }
}

/// Before the first step.
pub fn preparing() -> TrainingView {
    let mut run = current(Config::default(), RunPhase::Preparing, 0);
    run.progress = Progress {
        what: "computing features of the training split".into(),
        done: 3210,
        total: 8662,
        left_secs: Some(4.0),
    };
    run.step_losses.clear();
    run.samples_per_sec = 0.0;
    run.step_secs = 0.0;
    run.wait_share = 0.0;
    run.against_dense = AgainstDense::Unknown;
    run.left_secs = None;
    TrainingView { queue: Vec::new(), current: Some(run) }
}

/// Complete.
pub fn finished() -> TrainingView {
    TrainingView { queue: Vec::new(), current: Some(current(Config::default(), RunPhase::Finished, 40)) }
}

/// Ended with an error.
pub fn failed() -> TrainingView {
    let mut run = current(Config::default(), RunPhase::Failed, 9);
    run.failure =
        Some("the loss became infinite in epoch 10; lower the learning rate and start again".into());
    TrainingView { queue: Vec::new(), current: Some(run) }
}

/// A run that ended with an error.
pub fn failed_row(name: &str, remedy: Remedy, message: &str) -> Arc<RunRow> {
    let failure = Failure { message: message.into(), remedy };
    let row = RunRow::clone(&interrupted_row());
    Arc::new(RunRow { run: RunId(name.into()), state: RunState::Failed(failure), ..row })
}

/// A run that can be continued.
pub fn interrupted_row() -> Arc<RunRow> {
    Arc::new(RunRow {
        run: RunId("hcgs-32-4-6bit".into()),
        config: Some(Config::default()),
        state: RunState::Interrupted,
        summary: None,
        created_secs: 1_760_000_000,
        is_pareto: false,
        experiment: String::new(),
    })
}
