//! Accuracy against memory, with the Pareto front.

use engine::runs::RunId;

use super::catalogue::{Catalogue, Entry};
use super::columns::Column;
use super::listing::Listing;
use super::selection::Selection;
use crate::figure::{Axis, Body, Chart, ChartPick, ChartView, Dash, Figure, Glyph, Ink, Series, Unit, rgb};
use crate::numbers;
use crate::theme::{Method, Mode, Theme};

/// The chart, with the run behind every point.
#[derive(Debug, Default)]
pub(super) struct Scatter {
    chart: Chart,
    /// Names of the runs behind the points, series by series; empty for lines.
    runs: Vec<Vec<RunId>>,
    key_numbers: String,
    made_from: Option<(u64, Mode, Vec<RunId>)>,
}

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

/// Name of the front in the legend.
const FRONT: &str = "Pareto front";

/// Points of the listed runs on the front, smallest memory first.
fn front(listed: &[&Entry]) -> Vec<[f64; 2]> {
    let mut front: Vec<[f64; 2]> =
        listed.iter().filter(|entry| entry.row.is_pareto).filter_map(|entry| point(entry)).collect();
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

/// Points, front and selection of the listed runs.
fn chart(listed: &[&Entry], selected: &[RunId], theme: &Theme) -> (Chart, Vec<Vec<RunId>>) {
    let mut chart = Chart {
        x: Axis::new("Memory of weights, index and biases", Unit::Bytes).log(),
        y: Axis::new("Test accuracy", Unit::Percent),
        ..Chart::default()
    };
    let mut runs = Vec::new();
    let front = front(listed);
    if !front.is_empty() {
        let ink = rgb(theme.palette.weak);
        chart.series.push(Series::line(FRONT, ink, Dash::Solid, staircase(&front)).sized(1.2));
        runs.push(Vec::new());
    }
    for method in Method::ALL {
        let of_method = listed.iter().filter(|entry| entry.method == Some(method));
        let (names, points): (Vec<RunId>, Vec<[f64; 2]>) =
            of_method.filter_map(|entry| Some((entry.row.run.clone(), point(entry)?))).unzip();
        if !points.is_empty() {
            let series = Series::points(method.name(), rgb(theme.method(method)), glyph(method), points);
            chart.series.push(series.sized(if listed.len() > 400 { 2.5 } else { 4.0 }));
            runs.push(names);
        }
    }
    let of_selected = listed.iter().filter(|entry| selected.contains(&entry.row.run));
    let (names, points): (Vec<RunId>, Vec<[f64; 2]>) =
        of_selected.filter_map(|entry| Some((entry.row.run.clone(), point(entry)?))).unzip();
    if !points.is_empty() {
        let ring = Series::points("selected", rgb(theme.palette.text), Glyph::Circle, points);
        chart.series.push(ring.sized(8.0).hollow());
        runs.push(names);
    }
    (chart, runs)
}

fn listed<'a>(catalogue: &'a Catalogue, listing: &Listing) -> Vec<&'a Entry> {
    listing.order.iter().filter_map(|index| catalogue.entries.get(*index)).collect()
}

impl Scatter {
    /// Makes the chart again if runs, selection or colours have changed.
    pub fn update(&mut self, catalogue: &Catalogue, listing: &Listing, selection: &Selection, theme: &Theme) {
        let is_made = self.made_from.as_ref().is_some_and(|(version, mode, selected)| {
            *version == listing.version && *mode == theme.mode && selected == selection.runs()
        });
        if !is_made {
            self.made_from = Some((listing.version, theme.mode, selection.runs().to_vec()));
            let listed = listed(catalogue, listing);
            (self.chart, self.runs) = chart(&listed, selection.runs(), theme);
            self.key_numbers = key_numbers(&front(&listed));
        }
    }

    /// Whether there is nothing to place in the chart.
    pub fn is_empty(&self) -> bool {
        self.chart.series.is_empty()
    }

    /// Draws the chart; returns the run under the pointer and whether it was clicked.
    pub fn ui(&self, ui: &mut egui::Ui, theme: &Theme, height: f32) -> Option<(RunId, bool)> {
        let (response, pick) = ChartView::new("accuracy against memory", height).show(ui, theme, &self.chart);
        let pick = pick.and_then(|pick: ChartPick| {
            Some((self.runs.get(pick.series)?.get(pick.point)?.clone(), pick.clicked))
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

    /// The chart in the colours of a theme, for a file.
    pub fn figure(
        catalogue: &Catalogue,
        listing: &Listing,
        selection: &Selection,
        theme: &Theme,
        filter: &str,
    ) -> Figure {
        let entries = listed(catalogue, listing);
        let (chart, _) = chart(&entries, selection.runs(), theme);
        let mut settings = vec![
            numbers::count(entries.len() as u64, "run", "runs"),
            "test accuracy of the best weights by validation".into(),
        ];
        if !filter.trim().is_empty() {
            settings.push(format!("filter: {}", filter.trim()));
        }
        settings.extend(shared_settings(&entries));
        Figure {
            title: "Accuracy against memory".into(),
            body: Body::Chart(chart),
            settings,
            ink: Ink::of_theme(theme.mode == Mode::Dark),
        }
    }

    /// The points as a table.
    pub fn table(&self) -> crate::figure::Table {
        let headings = ["run", "method", "memory_bytes", "test_accuracy"].map(String::from).to_vec();
        let series = self.chart.series.iter().zip(&self.runs).filter(|(series, _)| series.name != "selected");
        let rows = series.flat_map(|(series, runs)| {
            runs.iter().zip(&series.points).map(|(run, [bytes, accuracy])| {
                vec![run.0.clone(), series.name.clone(), bytes.to_string(), accuracy.to_string()]
            })
        });
        crate::figure::Table { headings, rows: rows.collect() }
    }
}

/// How many runs are on the front, and its two ends.
fn key_numbers(front: &[[f64; 2]]) -> String {
    let Some((smallest, best)) = front.first().zip(front.last()) else { return String::new() };
    let words = |point: &[f64; 2]| {
        format!("{} at {}", numbers::percent(point[1], 1), numbers::bytes(point[0] as u64))
    };
    let count = numbers::count(front.len() as u64, "run", "runs");
    format!("front: {count}, from {} to {}", words(smallest), words(best))
}

/// What all runs have in common of data and training.
fn shared_settings(entries: &[&Entry]) -> Vec<String> {
    let mut configs = entries.iter().filter_map(|entry| entry.row.config.as_ref());
    let Some(first) = configs.next() else { return Vec::new() };
    let rest: Vec<_> = configs.collect();
    let phrases = crate::figure::settings_of(first);
    let mut shared = Vec::new();
    if rest.iter().all(|config| config.data.dir == first.data.dir) {
        shared.extend(phrases.last().cloned());
    }
    if rest.iter().all(|config| config.train.epochs == first.train.epochs) {
        shared.push(format!("{} epochs", first.train.epochs));
    }
    shared
}
