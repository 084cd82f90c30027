//! Training curves: loss and accuracy of the training and the validation split over the epochs.

use super::chart::{Axis, Chart, Glyph, Kind, Series, outline, range_around};
use super::facts::Facts;
use super::maps::method_class;
use super::markup::{Key, STROKE, figure, hint, legend, section, text};
use crate::look::numbers;
use crate::look::{AxisScale, Unit};
use crate::train::EpochMetrics;

/// A number of an epoch.
type Value = fn(&EpochMetrics) -> f64;

/// What one chart shows.
struct Quantity {
    name: &'static str,
    unit: Unit,
    /// Of the training and of the validation split.
    values: [Value; 2],
}

const LOSS: Quantity = Quantity {
    name: "Loss",
    unit: Unit::Plain,
    values: [|epoch| epoch.train_loss, |epoch| epoch.valid_loss],
};
const ACCURACY: Quantity = Quantity {
    name: "Accuracy",
    unit: Unit::Percent,
    values: [|epoch| epoch.train_accuracy, |epoch| epoch.valid_accuracy],
};

/// The section; nothing where there is no run.
pub(super) fn section_of(facts: &Facts<'_>) -> String {
    let Some(run) = &facts.run else { return String::new() };
    if run.history.is_empty() {
        let rounded_from = run.summary.as_ref().and_then(|summary| summary.rounded_from.as_ref());
        let told = match rounded_from {
            Some(from) => {
                format!(
                    "The weights of this run were trained in {from}; the curves are in a report of that run."
                )
            }
            None => "No epoch of this run was recorded, so there are no curves.".into(),
        };
        return section("training", "Training", &hint(&told));
    }
    let class = method_class(facts.method);
    let charts: String = [LOSS, ACCURACY]
        .iter()
        .map(|quantity| {
            let keys = keys(&run.history, quantity, class);
            let caption =
                format!("{} {}", text(&format!("{} over the epochs.", quantity.name)), legend(&keys));
            figure("chart", &chart(&run.history, quantity, class).svg(), &caption)
        })
        .collect();
    let told = "Training figures are those of the steps, dropout and augmentation included; validation is measured after each epoch. The weights of the best epoch by validation are kept.";
    section("training", "Training", &format!("<div class=\"pair\">\n{charts}</div>\n{}", hint(told)))
}

fn best(history: &[EpochMetrics]) -> Option<&EpochMetrics> {
    history.iter().rev().find(|epoch| epoch.is_best)
}

fn points(history: &[EpochMetrics], value: Value) -> Vec<[f64; 2]> {
    history.iter().map(|epoch| [epoch.epoch as f64, value(epoch)]).collect()
}

fn chart(history: &[EpochMetrics], quantity: &Quantity, class: &str) -> Chart {
    let [train, valid] = quantity.values;
    let all = history.iter().flat_map(|epoch| [train(epoch), valid(epoch)]);
    let (low, high) = range_around(all);
    let high = if quantity.unit == Unit::Percent { high.min(1.0) } else { high };
    let last = history.last().map_or(1, |epoch| epoch.epoch).max(1);
    let line =
        |class: &str, value| Series { class: class.into(), kind: Kind::Line, points: points(history, value) };
    let mut series = vec![line("train", train), line("valid", valid)];
    if let Some(best) = best(history) {
        let name = format!("best epoch {}: {}", best.epoch, quantity.unit.value_text(valid(best)));
        series.push(Series {
            class: "full".into(),
            kind: Kind::Points(Glyph::Diamond, 4.5, vec![name]),
            points: vec![[best.epoch as f64, valid(best)]],
        });
    }
    let ends = [history.first(), history.last()].map(|epoch| {
        epoch.map_or_else(String::new, |epoch| {
            let show = |value: Value| quantity.unit.value_text(value(epoch));
            format!("epoch {}: training {}, validation {}", epoch.epoch, show(train), show(valid))
        })
    });
    Chart {
        id: format!("curve-{}", quantity.name.to_lowercase()),
        class: class.into(),
        title: format!("{} over the epochs", quantity.name),
        description: format!("From {} to {}.", ends[0], ends[1]),
        size: [472.0, 280.0],
        x: Axis {
            name: "Epoch".into(),
            unit: Unit::Plain,
            scale: AxisScale::Linear,
            range: (0.0, last as f64 + 0.5),
            is_whole: true,
        },
        y: Axis {
            name: quantity.name.into(),
            unit: quantity.unit,
            scale: AxisScale::Linear,
            range: (low.max(0.0), high),
            is_whole: false,
        },
        series,
    }
}

fn keys(history: &[EpochMetrics], quantity: &Quantity, class: &str) -> Vec<Key> {
    let latest = |value: Value| {
        history.last().map_or_else(String::new, |epoch| quantity.unit.value_text(value(epoch)))
    };
    let [train, valid] = quantity.values;
    let line = |split: &str, name: &str, value| Key {
        class: format!("{class} {split}"),
        path: STROKE.into(),
        name: format!("{name} {}", latest(value)),
    };
    let mut keys = vec![line("train", "training", train), line("valid", "validation", valid)];
    keys.extend(best(history).map(|best| Key {
        class: format!("{class} full"),
        path: outline(Glyph::Diamond, [12.0, 6.0], 4.0),
        name: format!(
            "best {}, epoch {}",
            quantity.unit.value_text(valid(best)),
            numbers::whole(best.epoch as u64)
        ),
    }));
    keys
}
