//! What is needed to repeat a run: settings, seeds, fingerprints, version, machine.

use super::answer::dataset;
use super::date::utc;
use super::facts::Facts;
use super::markup::{Cells, Table, hint, section};
use crate::look::numbers::{self, THIN_SPACE};
use crate::runs::{Machine, RunEnd, Summary};
use crate::settings::{config_element, config_hash};

/// Version of the program that writes the report.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The section.
pub(super) fn section_of(facts: &Facts<'_>) -> String {
    let table = Table {
        caption: if facts.run.is_some() { "What made this run" } else { "What made this model" }.into(),
        cells: Cells::Words,
        headings: Vec::new(),
        rows: rows(facts).into_iter().map(|(name, value)| vec![name.to_string(), value]).collect(),
        total: None,
    };
    // What was rounded after training is not repeated by training at its widths.
    let is_trained = facts.summary().is_none_or(|summary| summary.rounded_from.is_none());
    let what = match facts.run.is_some() && is_trained {
        true => "repeats the run",
        false => "trains with the same settings",
    };
    let how = &format!(
        "The configuration below is complete. `coarsegrain train report.html` {what} (with `--data DIR` where the dataset lies elsewhere), and the window opens this page as a configuration."
    );
    let body = table.html() + &hint(how) + &config_element(&facts.config.to_toml());
    section("configuration", "Configuration and origin", &body)
}

fn rows(facts: &Facts<'_>) -> Vec<(&'static str, String)> {
    let config = &facts.config;
    let mut rows = Vec::new();
    let summary = facts.summary();
    if let Some(run) = &facts.run {
        rows.push(("Run", run.name.clone()));
        rows.extend(run.created_secs.map(|secs| ("Begun", utc(secs))));
    }
    rows.extend(summary.map(|summary| ("Training", training(summary))));
    rows.extend(rounded_from(summary).map(|run| ("Rounded after training from", run)));
    let seeds = facts.model.plan.layers.iter();
    let seeds: Vec<String> =
        seeds.map(|layer| format!("{} {}", layer.name, layer.pattern.structure.seed)).collect();
    rows.push(("Seed of the run", config.seed.to_string()));
    rows.push(("Seeds of the patterns", seeds.join(", ")));
    rows.extend(dataset(facts).map(|name| ("Data", name)));
    rows.push(("Words", config.data.words.join(", ")));
    let fingerprint = facts.run.as_ref().and_then(|run| run.fingerprint.clone());
    rows.push(("Data fingerprint", fingerprint.unwrap_or_else(|| "not known".into())));
    let hash = config_hash(config);
    match summary {
        // Settings that change no result may have been changed after training.
        Some(summary) if summary.config_hash != hash => {
            rows.push(("Configuration hash", format!("{hash} (trained with {})", summary.config_hash)));
        }
        _ => rows.push(("Configuration hash", hash)),
    }
    let trained_with = summary.map(|summary| format!("{} trained the run, ", summary.version));
    rows.push((
        "Program version",
        format!("{}{VERSION} wrote this report", trained_with.unwrap_or_default()),
    ));
    if let Some(machine) = summary.and_then(|summary| summary.machine.as_ref()) {
        rows.push(("Machine of the training", machine_text(machine)));
    }
    rows.push(("Machine of this report", machine_text(&facts.machine)));
    rows.push(("Date of this report", utc(facts.made_secs)));
    rows
}

fn machine_text(machine: &Machine) -> String {
    let cores = numbers::count(machine.num_cores as u64, "core", "cores");
    format!("{}, {cores}, {}", machine.processor, machine.system)
}

fn rounded_from(summary: Option<&Summary>) -> Option<String> {
    summary?.rounded_from.as_ref().map(|run| run.0.clone())
}

fn training(summary: &Summary) -> String {
    let end = match summary.end {
        RunEnd::Complete => "all epochs trained",
        RunEnd::Early => "ended early",
        RunEnd::Stopped => "stopped by hand",
        RunEnd::Diverged => "ended by a loss that became no number",
        RunEnd::Rounded => "then rounded to these widths",
    };
    format!(
        "{}, {end}, best epoch {}, {} at {}{THIN_SPACE}clips/s",
        numbers::count(summary.num_epochs as u64, "epoch", "epochs"),
        summary.best_epoch,
        numbers::duration(summary.train_seconds),
        numbers::whole(summary.samples_per_sec.round() as u64)
    )
}
