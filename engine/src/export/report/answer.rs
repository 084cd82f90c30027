//! The question that a run asks, and its answer in figures.

use std::path::Path;

use super::facts::Facts;
use super::markup::{hint, paragraph, section, text};
use crate::look::Method;
use crate::look::numbers::{self, THIN_SPACE};
use crate::look::phrases::trimmed;
use crate::runs::{RunEnd, Summary};
use crate::settings::Selection;

/// One of the few figures that the page is about.
struct Figure {
    name: &'static str,
    value: String,
    beside: String,
}

/// Both sections.
pub(super) fn sections(facts: &Facts<'_>) -> String {
    let cards: String = figures(facts)
        .iter()
        .map(|Figure { name, value, beside }| {
            format!(
                "<div><dt>{}</dt><dd><b>{}</b> <span>{}</span></dd></div>\n",
                text(name),
                text(value),
                text(beside)
            )
        })
        .collect();
    let remarks: String = remarks(facts).iter().map(|remark| hint(remark)).collect();
    let answer = format!("{}<dl class=\"figures\">\n{cards}</dl>\n{remarks}", paragraph(&answer(facts)));
    section("question", "Question", &paragraph(&question(facts))) + &section("answer", "Answer", &answer)
}

/// One sentence: which network, blocks, drop probability, bits and data.
pub(super) fn question(facts: &Facts<'_>) -> String {
    format!(
        "How accurately does a {} network tell {}{} apart when {} and {}?",
        facts.widths(),
        numbers::count(facts.config.data.words.len() as u64, "word", "words"),
        dataset(facts).map(|name| format!(" of {name}")).unwrap_or_default(),
        sparsity(facts),
        bits(facts)
    )
}

/// The dataset as people call it: the name of its folder. `None` for a model file that names none: it may have been
/// trained on anything.
pub(super) fn dataset(facts: &Facts<'_>) -> Option<String> {
    let folder = facts.config.data.dir.as_str();
    match Path::new(folder).file_name() {
        Some(name) => Some(name.to_string_lossy().into_owned()),
        None if !folder.is_empty() => Some(folder.into()),
        None => facts.run.is_some().then(|| "the built-in demo data".into()),
    }
}

/// What was done to the hidden weights.
fn sparsity(facts: &Facts<'_>) -> String {
    let config = &facts.config;
    if facts.method == Method::Dense {
        return "every hidden weight is kept".into();
    }
    let levels = config.sparsity.block.to_vec().into_iter().zip(config.sparsity.drop.to_vec());
    let words: Vec<String> = levels
        .enumerate()
        .map(|(index, (block, drop))| {
            let of = if index == 0 { "of the hidden weights" } else { "of the rest" };
            format!("{}{THIN_SPACE}% {of} in blocks of {block} × {block}", trimmed(drop * 100.0, 3))
        })
        .collect();
    let name = if facts.method == Method::Hcgs { "hierarchical CGS" } else { "CGS" };
    let selection = match config.sparsity.selection {
        Selection::Balanced => "",
        Selection::Connected => " (connected selection)",
        Selection::Independent => " (independent selection)",
    };
    format!("{name}{selection} drops {}", words.join(", then "))
}

/// Widths of the weights that are kept, and of activations.
fn bits(facts: &Facts<'_>) -> String {
    let layers = &facts.model.plan.layers;
    let range = |width: fn(&crate::model::LayerPlan) -> u32| {
        let widths = || layers.iter().map(width);
        (widths().min().unwrap_or(32), widths().max().unwrap_or(32))
    };
    let words = |(low, high): (u32, u32), what: &str| match (low, high) {
        (32, 32) => format!("32-bit float {what}"),
        _ if low == high => format!("{low}-bit {what}"),
        (_, 32) => format!("{low}-bit to 32-bit float {what}"),
        _ => format!("{low}- to {high}-bit {what}"),
    };
    let weights = words(range(|layer| layer.weight_bits), "weights");
    format!("it computes with {weights} and {}", words(range(|layer| layer.activation_bits), "activations"))
}

/// The answer in one sentence.
fn answer(facts: &Facts<'_>) -> String {
    let (bits, plan) = (&facts.bill.total, &facts.model.plan);
    let cost = format!(
        "{}{THIN_SPACE}bytes of weights, index and biases, {} less than dense 32-bit floats, and {} multiplications per inference instead of {}",
        numbers::whole(bits.total.div_ceil(8)),
        numbers::factor(bits.reduction_vs_fp32()),
        numbers::whole(plan.macs()),
        numbers::whole(plan.dense_weights()),
    );
    match facts.summary() {
        Some(summary) => format!(
            "It recognises {} of {}{} with {cost}.",
            numbers::percent(summary.test_accuracy, 1),
            numbers::count(summary.num_test as u64, "testing clip", "testing clips"),
            if facts.is_measured_in_integers() { ", computed in integers," } else { "" },
        ),
        None => format!("Its accuracy is not known here. It takes {cost}."),
    }
}

fn figures(facts: &Facts<'_>) -> Vec<Figure> {
    let (bits, plan) = (&facts.bill.total, &facts.model.plan);
    let (achieved, requested) = (plan.density_achieved(), plan.density_requested());
    let mut figures = Vec::new();
    if let Some(summary) = facts.summary() {
        figures.extend(accuracies(facts, summary));
    }
    figures.extend([
        Figure {
            name: "Memory",
            value: numbers::bytes_from_bits(bits.total),
            beside: format!("{}{THIN_SPACE}bytes by the bill", numbers::whole(bits.total.div_ceil(8))),
        },
        Figure {
            name: "Smaller than dense fp32",
            value: numbers::factor(bits.reduction_vs_fp32()),
            beside: format!("{} as 32-bit floats", numbers::bytes_from_bits(bits.dense_fp32)),
        },
        Figure {
            name: "Smaller than dense fp64",
            value: numbers::factor(bits.reduction_vs_fp64()),
            beside: format!("{} as 64-bit floats", numbers::bytes_from_bits(bits.dense_fp64)),
        },
        Figure {
            name: "Multiplications",
            value: numbers::whole(plan.macs()),
            beside: format!(
                "per inference, {} of dense",
                numbers::percent(plan.macs() as f64 / plan.dense_weights().max(1) as f64, 1)
            ),
        },
        Figure {
            name: "Density",
            value: numbers::percent(achieved, 1),
            beside: match (achieved - requested).abs() < 5e-4 {
                true => "achieved as requested".into(),
                false => format!("achieved, {} requested", numbers::percent(requested, 1)),
            },
        },
    ]);
    figures
}

/// Accuracy as shipped, and in floating point where that was measured too.
fn accuracies(facts: &Facts<'_>, summary: &Summary) -> Vec<Figure> {
    let clips = summary.num_test.max(1) as f64;
    // Of a share counted over clips that were drawn at random.
    let error = (summary.test_accuracy * (1.0 - summary.test_accuracy) / clips).max(0.0).sqrt();
    let name = if facts.is_measured_in_integers() {
        "Test accuracy, integers"
    } else {
        "Test accuracy, floating point"
    };
    let mut figures = vec![Figure {
        name,
        value: numbers::percent(summary.test_accuracy, 1),
        beside: format!(
            "of {}, standard error {}",
            numbers::count(summary.num_test as u64, "clip", "clips"),
            numbers::percent(error, 1)
        ),
    }];
    if let Some(float) = summary.test_accuracy_float {
        figures.push(Figure {
            name: "Test accuracy, float",
            value: numbers::percent(float, 1),
            beside: "same weights, float activations".into(),
        });
    }
    figures
}

/// What a reader must know beside the figures.
fn remarks(facts: &Facts<'_>) -> Vec<String> {
    let mut remarks = Vec::new();
    let end = facts.summary().map(|summary| summary.end);
    remarks.extend(
        match end {
            Some(RunEnd::Stopped) => Some("The run was stopped by hand and can be continued."),
            Some(RunEnd::Diverged) => {
                Some("The loss became no number; the figures are those of the best weights before that.")
            }
            Some(RunEnd::Early) => Some("The run ended early: validation had stopped improving."),
            Some(RunEnd::Rounded) => {
                Some("Nothing was trained at these widths: the weights of another run were rounded to them.")
            }
            Some(RunEnd::Complete) | None => None,
        }
        .map(String::from),
    );
    if facts.run.is_none() {
        remarks.push(
            "This report is of a model file without its run folder: test accuracy, training curves, confusion matrix and the place among other runs are missing. A report of the run folder has them.".into(),
        );
    } else if facts.summary().is_none() {
        remarks.push(
            "The run is not finished: test accuracy, confusion matrix and the place among other runs are missing. Finish it with `coarsegrain train --resume`.".into(),
        );
    }
    remarks
}
