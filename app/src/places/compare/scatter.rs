//! Accuracy against memory, with the Pareto front.

use std::sync::Arc;

use engine::runs::{RunId, TestingSet};

use super::catalogue::{Catalogue, Entry};
use super::columns::Column;
use super::listing::Listing;
use super::selection::Selection;
use crate::figure::{Axis, Body, Chart, ChartPick, ChartView, Dash, Figure, Glyph, Ink, Series, Unit, rgb};
use crate::numbers;
use crate::theme::{Method, Mode, Theme};

/// The chart, with the runs behind every point.
#[derive(Debug, Default)]
pub(super) struct Scatter {
    drawn: Drawn,
    key_numbers: String,
    made_from: Option<(u64, Mode, Vec<RunId>, Option<usize>)>,
}

/// A chart, and what stands behind its points.
#[derive(Debug, Default)]
struct Drawn {
    chart: Chart,
    /// Runs behind the points, series by series; empty for lines.
    runs: Vec<Vec<Arc<[RunId]>>>,
    /// Rows of the table of what is drawn.
    table: Vec<Vec<String>>,
    num_runs: usize,
}

/// More points than this carry no whiskers: they would hide each other.
const MOST_WHISKERS: usize = 150;

/// Shape of a method, so that colour is never the only difference.
pub(super) fn glyph(method: Method) -> Glyph {
    match method {
        Method::Dense => Glyph::Square,
        Method::ConnectedCgs => Glyph::Triangle,
        Method::IndependentCgs => Glyph::TriangleDown,
        Method::Hcgs => Glyph::Diamond,
        Method::Cgs | Method::Elementwise => Glyph::Circle,
    }
}

/// Bytes and test accuracy.
fn point(entry: &Entry) -> Option<[f64; 2]> {
    Some([Column::Memory.number(entry)? / 8.0, Column::TestAccuracy.number(entry)?])
}

/// Points of the listed runs on the front, smallest memory first.
fn front(listed: &[&Entry]) -> Vec<[f64; 2]> {
    let mut front: Vec<[f64; 2]> =
        listed.iter().filter(|entry| entry.is_pareto).filter_map(|entry| point(entry)).collect();
    front.sort_by(|a, b| a[0].total_cmp(&b[0]).then(b[1].total_cmp(&a[1])));
    front.dedup();
    front
}

/// The best accuracy that at most so much memory reaches: level up to the next run, then up to it.
fn staircase(front: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let first = front.first().copied();
    let steps = front.windows(2).flat_map(|pair| [[pair[1][0], pair[0][1]], pair[1]]);
    first.into_iter().chain(steps).collect()
}

/// What is said of a point beside its values.
fn remark(entry: &Entry) -> String {
    let mut lines = vec![entry.name.to_string()];
    if let Some(group) = &entry.group {
        lines.push(format!(
            "mean ± standard deviation of {}",
            numbers::count(group.seeds.len() as u64, "seed", "seeds")
        ));
    } else {
        lines.push("± standard error of one test on so many clips".into());
    }
    lines.push(entry.phrases().join(" · "));
    lines.join("\n")
}

/// Points and front of the listed runs, all measured on the same clips.
fn drawn(listed: &[&Entry], set: Option<&TestingSet>, theme: &Theme) -> Drawn {
    let mut drawn = Drawn::default();
    drawn.chart.x = Axis::new("Memory of weights, index and biases", Unit::Bytes).log();
    drawn.chart.y = Axis::new("Test accuracy", Unit::Percent);
    let front = front(listed);
    if !front.is_empty() {
        let name = format!("Pareto front of {}", set.map_or("the listed runs", |set| &set.name));
        let line = Series::line(&name, rgb(theme.palette.weak), Dash::Solid, staircase(&front));
        drawn.chart.series.push(line.sized(1.2));
        drawn.runs.push(Vec::new());
    }
    let has_whiskers = listed.len() <= MOST_WHISKERS;
    for method in Method::ALL {
        let of_method: Vec<(&Entry, [f64; 2])> = listed
            .iter()
            .filter(|entry| entry.method == Some(method))
            .filter_map(|entry| Some((*entry, point(entry)?)))
            .collect();
        if of_method.is_empty() {
            continue;
        }
        let points = of_method.iter().map(|(_, point)| *point).collect();
        let mut series = Series::points(method.name(), rgb(theme.method(method)), glyph(method), points)
            .sized(match listed.len() {
                0..=30 => 6.0,
                31..=400 => 4.0,
                _ => 2.5,
            });
        if listed.len() <= 2000 {
            series = series.remarked(of_method.iter().map(|(entry, _)| remark(entry)).collect());
        }
        if has_whiskers {
            series = series
                .with_errors(of_method.iter().map(|(entry, _)| entry.test_error().unwrap_or(0.0)).collect());
        }
        drawn.chart.series.push(series);
        drawn.runs.push(of_method.iter().map(|(entry, _)| entry.members.clone()).collect());
        drawn.table.extend(of_method.iter().map(|(entry, point)| table_row(entry, method, *point)));
        drawn.num_runs += of_method.iter().map(|(entry, _)| entry.members.len()).sum::<usize>();
    }
    drawn
}

/// What the table of the points holds of each.
const TABLE: [&str; 14] = [
    "run",
    "method",
    "sparsity.block",
    "sparsity.drop",
    "seed",
    "num_seeds",
    "memory_bytes",
    "test_accuracy",
    "test_accuracy_error",
    "error_is",
    "pareto_front",
    "dataset",
    "data_fingerprint",
    "testing_set",
];

fn table_row(entry: &Entry, method: Method, [bytes, accuracy]: [f64; 2]) -> Vec<String> {
    let setting = |key: &str| Column::from_key(key).map_or_else(String::new, |column| column.text(entry));
    let summary = entry.row.summary.as_ref();
    let num_seeds = entry.group.as_ref().map_or(1, |group| group.seeds.len());
    vec![
        entry.name.to_string(),
        method.name().into(),
        setting("sparsity.block"),
        setting("sparsity.drop"),
        setting("seed"),
        num_seeds.to_string(),
        bytes.to_string(),
        accuracy.to_string(),
        entry.test_error().map_or_else(String::new, |error| error.to_string()),
        if num_seeds > 1 { "standard deviation over seeds" } else { "standard error of one test" }.into(),
        entry.is_pareto.to_string(),
        Column::Dataset.text(entry),
        summary.map_or_else(String::new, |summary| summary.data_fingerprint.clone()),
        entry.clips.to_string(),
    ]
}

/// The listed entries that were measured on these clips.
fn of_set<'a>(catalogue: &'a Catalogue, listing: &'a Listing, set: Option<usize>) -> Vec<&'a Entry> {
    listing.entries(catalogue).filter(|entry| entry.set.is_some() && entry.set == set).collect()
}

impl Scatter {
    /// Makes the chart again if runs, selection, clips or colours have changed.
    pub fn update(
        &mut self,
        catalogue: &Catalogue,
        listing: &Listing,
        selection: &Selection,
        theme: &Theme,
        set: Option<usize>,
    ) {
        let is_made = self.made_from.as_ref().is_some_and(|(version, mode, selected, of_set)| {
            *version == listing.version
                && *mode == theme.mode
                && selected == selection.runs()
                && *of_set == set
        });
        if is_made {
            return;
        }
        self.made_from = Some((listing.version, theme.mode, selection.runs().to_vec(), set));
        let listed = of_set(catalogue, listing, set);
        self.drawn = drawn(&listed, set.and_then(|set| catalogue.sets.get(set)), theme);
        self.key_numbers = key_numbers(&front(&listed));
        // The selection is marked on screen alone: a figure shows what was measured.
        let chosen = listed.iter().filter(|entry| selection.contains_all(&entry.members));
        let (runs, points): (Vec<Arc<[RunId]>>, Vec<[f64; 2]>) =
            chosen.filter_map(|entry| Some((entry.members.clone(), point(entry)?))).unzip();
        if !points.is_empty() {
            let ring = Series::points("", rgb(theme.palette.text), Glyph::Circle, points);
            self.drawn.chart.series.push(ring.sized(9.0).hollow());
            self.drawn.runs.push(runs);
        }
    }

    /// Whether there is nothing to place in the chart.
    pub fn is_empty(&self) -> bool {
        self.drawn.chart.series.is_empty()
    }

    /// Draws the chart; returns the runs under the pointer and whether they were clicked.
    pub fn ui(&self, ui: &mut egui::Ui, theme: &Theme, height: f32) -> Option<(Arc<[RunId]>, bool)> {
        let view = ChartView { legend_lines: 2, ..ChartView::new("accuracy against memory", height) };
        let (response, pick) = view.show(ui, theme, &self.drawn.chart);
        let pick = pick.and_then(|pick: ChartPick| {
            Some((self.drawn.runs.get(pick.series)?.get(pick.point)?.clone(), pick.clicked))
        });
        if pick.is_some() {
            response.on_hover_cursor(egui::CursorIcon::PointingHand);
        }
        pick
    }

    /// The front in words, for people who do not see the chart.
    pub fn key_numbers(&self) -> &str {
        &self.key_numbers
    }

    /// The chart in the colours of a theme, for a file: it counts what it draws, and says of which clips the accuracies are.
    pub fn figure(
        catalogue: &Catalogue,
        listing: &Listing,
        set: Option<usize>,
        theme: &Theme,
        filter: &str,
    ) -> Figure {
        let entries = of_set(catalogue, listing, set);
        let set = set.and_then(|set| catalogue.sets.get(set));
        let drawn = drawn(&entries, set, theme);
        let mut settings = vec![numbers::count(drawn.num_runs as u64, "run", "runs")];
        if entries.iter().any(|entry| entry.group.is_some()) {
            let count = numbers::count(drawn.table.len() as u64, "experiment", "experiments");
            settings.push(format!("{count}; means over seeds, with standard deviation"));
        }
        if let Some(set) = set {
            let fingerprint: String = set.data_fingerprint.chars().take(8).collect();
            settings.push(format!("measured on {} (fingerprint {fingerprint})", set.name));
        }
        settings.push("test accuracy of the best weights by validation".into());
        if !filter.trim().is_empty() {
            settings.push(format!("filter: {}", filter.trim()));
        }
        settings.extend(shared_settings(&entries));
        Figure {
            title: "Accuracy against memory".into(),
            body: Body::Chart(drawn.chart),
            settings,
            ink: Ink::of_theme(theme.mode == Mode::Dark),
        }
    }

    /// The points as a table, with what made them.
    pub fn table(&self) -> crate::figure::Table {
        let headings = TABLE.map(String::from).to_vec();
        crate::figure::Table { headings, rows: self.drawn.table.clone() }
    }
}

/// How many runs are on the front, and its two ends.
fn key_numbers(front: &[[f64; 2]]) -> String {
    let Some((smallest, best)) = front.first().zip(front.last()) else { return String::new() };
    let words = |point: &[f64; 2]| {
        format!("{} at {}", numbers::percent(point[1], 1), numbers::bytes(point[0] as u64))
    };
    if front.len() == 1 {
        return format!("front: 1 point, {}", words(best));
    }
    let count = numbers::count(front.len() as u64, "point", "points");
    format!("front: {count}, from {} to {}", words(smallest), words(best))
}

/// What all runs have in common of data and training.
fn shared_settings(entries: &[&Entry]) -> Vec<String> {
    let mut configs = entries.iter().filter_map(|entry| entry.row.config.as_ref());
    let Some(first) = configs.next() else { return Vec::new() };
    let rest: Vec<_> = configs.collect();
    let mut shared = Vec::new();
    if rest.iter().all(|config| config.train.epochs == first.train.epochs) {
        shared.push(format!("{} epochs", first.train.epochs));
    }
    shared
}
