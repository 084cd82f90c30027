//! Made-up run folders.

use std::sync::Arc;

use engine::dataset::Split;
use engine::evaluate::Confusion;
use engine::protocol::{Prediction, RunDetails, RunRow, RunState, RunsView};
use engine::runs::{Comparison, RunEnd, RunId, Summary, experiment_of};
use engine::settings::{Config, OneOrMany, Selection};

use super::{Dice, network, training};

const LABELS: [&str; 12] =
    ["silence", "unknown", "yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"];

fn config(index: usize, dice: &mut Dice) -> (String, Config) {
    let mut config = Config { seed: 1 + (index % 3) as u64, ..Config::default() };
    let width = [128, 200, 256, 512, 1024][dice.below(5)];
    config.model.hidden = vec![width, width];
    let bits = [4, 5, 6, 8, 32][dice.below(5)];
    config.quant.weight_bits = bits;
    let drop = [0.5, 0.75, 0.875, 0.9375][dice.below(4)];
    let block = [4, 16, 32, 64][dice.below(4)];
    let (name, blocks, drops, selection) = match index % 5 {
        0 => ("dense", OneOrMany::One(64), OneOrMany::One(0.0), Selection::Balanced),
        1 => ("cgs", OneOrMany::One(block), OneOrMany::One(drop), Selection::Balanced),
        2 => ("connected", OneOrMany::One(block), OneOrMany::One(drop), Selection::Connected),
        3 => ("independent", OneOrMany::One(block), OneOrMany::One(drop), Selection::Independent),
        _ => ("hcgs", OneOrMany::Many(vec![32, 4]), OneOrMany::Many(vec![0.75, 0.5]), Selection::Balanced),
    };
    config.sparsity.block = blocks;
    config.sparsity.drop = drops;
    config.sparsity.selection = selection;
    (format!("{name}-{width}-{bits}bit-{index:04}"), config)
}

fn confusion(accuracy: f64, dice: &mut Dice) -> Confusion {
    let labels: Vec<String> = LABELS.map(String::from).to_vec();
    let mut counts = vec![vec![0; labels.len()]; labels.len()];
    for (label, row) in counts.iter_mut().enumerate() {
        for _ in 0..66 {
            let predicted = if dice.roll() < accuracy { label } else { dice.below(LABELS.len()) };
            row[predicted] += 1;
        }
    }
    Confusion { labels, counts }
}

fn summary(config: &Config, dice: &mut Dice) -> Summary {
    let memory_bits = network::bits(config);
    let kilobytes = memory_bits.total as f64 / 8192.0;
    let accuracy = (0.88 - 0.30 / kilobytes.ln().max(1.0) + 0.03 * dice.roll()).clamp(0.1, 0.95);
    let density = if config.sparsity.drop.to_vec().iter().all(|drop| *drop == 0.0) { 1.0 } else { 0.27 };
    Summary {
        test_accuracy: accuracy,
        valid_accuracy: accuracy + 0.04,
        test_loss: 1.6 - 1.4 * accuracy,
        num_test: 803,
        test_fingerprint: Some("7c01".into()),
        num_valid: Some(803),
        density_requested: density * 0.92,
        density_achieved: density,
        weight_bits: config.quant.weight_bits,
        activation_bits: config.quant.activation_bits,
        test_accuracy_float: (config.quant.weight_bits <= 16).then_some(accuracy + 0.004),
        reduction_vs_fp32: memory_bits.dense_fp32 as f64 / memory_bits.total as f64,
        reduction_vs_fp64: memory_bits.dense_fp64 as f64 / memory_bits.total as f64,
        macs_per_inference: memory_bits.weights / u64::from(config.quant.weight_bits),
        memory_bits,
        train_seconds: 118.0 + 60.0 * dice.roll(),
        samples_per_sec: 21_300.0,
        seed: config.seed,
        config_hash: "5f1c7a3e".into(),
        data_fingerprint: "a90b3377".into(),
        best_epoch: 31,
        num_epochs: 40,
        end: RunEnd::Complete,
        rounded_from: None,
        confusion: confusion(accuracy, dice),
        version: "0.1.0".into(),
        machine: None,
    }
}

/// `count` runs, newest first, one of them interrupted and one damaged when there are five or more.
pub fn runs(count: usize) -> RunsView {
    let mut dice = Dice::new(11);
    let mut rows: Vec<RunRow> = (0..count)
        .map(|index| {
            let (name, config) = config(index, &mut dice);
            let summary = summary(&config, &mut dice);
            RunRow {
                run: RunId(name),
                experiment: experiment_of(&config, &summary),
                config: Some(config),
                state: RunState::Finished,
                summary: Some(summary),
                created_secs: 1_763_800_000 - index as u64 * 977,
                is_pareto: false,
            }
        })
        .collect();
    mark_front(&mut rows);
    if let [.., interrupted, damaged] = rows.as_mut_slice()
        && count >= 5
    {
        interrupted.state = RunState::Interrupted;
        interrupted.summary = None;
        let reason = "summary.json is not valid JSON (line 3); train the run again or delete it";
        damaged.state = RunState::Damaged(reason.into());
        damaged.config = None;
        damaged.summary = None;
    }
    let runs: Vec<Arc<RunRow>> = rows.into_iter().map(Arc::new).collect();
    let comparison = Arc::new(Comparison::of(&runs));
    RunsView { folder: "/home/ada/runs".into(), runs, comparison, ..RunsView::default() }
}

fn mark_front(rows: &mut [RunRow]) {
    let point =
        |row: &RunRow| row.summary.as_ref().map(|summary| (summary.memory_bits.total, summary.test_accuracy));
    let points: Vec<_> = rows.iter().filter_map(point).collect();
    for row in rows {
        let Some((bits, accuracy)) = point(row) else { continue };
        row.is_pareto = !points
            .iter()
            .any(|other| (other.0 < bits && other.1 >= accuracy) || (other.0 <= bits && other.1 > accuracy));
    }
}

/// Curves and predictions of these runs.
pub fn details(view: &RunsView, wanted: &[usize]) -> Vec<Arc<RunDetails>> {
    let rows = wanted.iter().filter_map(|index| view.runs.get(*index).map(|row| (index, row)));
    rows.map(|(index, row)| {
        let confusion = row.summary.as_ref().map(|summary| summary.confusion.clone()).unwrap_or_default();
        let mut predictions = Vec::new();
        for (label, counts) in confusion.counts.iter().enumerate() {
            for (predicted, count) in counts.iter().enumerate() {
                for clip in 0..*count {
                    predictions.push(Prediction {
                        path: format!("{}/{:08x}_nohash_{clip}.wav", LABELS[label], 7919 * (clip + 1)),
                        split: Split::Test,
                        label,
                        predicted,
                        score: 0.5 + 0.4 / (clip + 1) as f32,
                    });
                }
            }
        }
        Arc::new(RunDetails {
            run: row.run.clone(),
            history: training::history(40, *index as u64 + 3, 0.4 + 0.05 * (*index % 5) as f64),
            confusion,
            predictions,
            message: String::new(),
        })
    })
    .collect()
}
