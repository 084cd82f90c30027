//! Curves of the selected runs, one over the other.

use std::collections::HashSet;
use std::sync::Arc;

use engine::evaluate::significance::standard_error;
use engine::look::{of_run, phrases};
use engine::protocol::RunDetails;
use engine::runs::{RunId, Spread};
use engine::train::EpochMetrics;

use super::catalogue::{Catalogue, Entry};
use super::columns::Column;
use crate::figure::{
    Axis, Body, Chart, ChartView, Dash, Figure, Glyph, Ink, Series, SeriesKind, Unit, method_phrase, rgb,
};
use crate::numbers;
use crate::theme::{Method, Mode, Theme};

/// What is drawn over the epochs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Metric {
    #[default]
    ValidAccuracy,
    ValidLoss,
    TrainAccuracy,
    TrainLoss,
}

impl Metric {
    pub const ALL: [Self; 4] = [Self::ValidAccuracy, Self::ValidLoss, Self::TrainAccuracy, Self::TrainLoss];

    pub fn name(self) -> &'static str {
        match self {
            Self::ValidAccuracy => "Validation accuracy",
            Self::ValidLoss => "Validation loss",
            Self::TrainAccuracy => "Training accuracy",
            Self::TrainLoss => "Training loss",
        }
    }

    fn value(self, epoch: &EpochMetrics) -> f64 {
        match self {
            Self::ValidAccuracy => epoch.valid_accuracy,
            Self::ValidLoss => epoch.valid_loss,
            Self::TrainAccuracy => epoch.train_accuracy,
            Self::TrainLoss => epoch.train_loss,
        }
    }

    fn unit(self) -> Unit {
        match self {
            Self::ValidAccuracy | Self::TrainAccuracy => Unit::Percent,
            Self::ValidLoss | Self::TrainLoss => Unit::Plain,
        }
    }

    /// Splits have one line style each, here as in the place Train.
    fn dash(self) -> Dash {
        match self {
            Self::ValidAccuracy | Self::ValidLoss => Dash::Dashed,
            Self::TrainAccuracy | Self::TrainLoss => Dash::Solid,
        }
    }
}

/// Shapes of the overlaid curves, filled and hollow in turn.
const SHAPES: [Glyph; 6] =
    [Glyph::Circle, Glyph::Square, Glyph::Triangle, Glyph::Diamond, Glyph::TriangleDown, Glyph::Cross];

/// Markers along one curve.
const MARKERS: usize = 8;

/// Runs that have no curves of their own, with the run that their weights were trained in.
pub(super) fn without_curves(catalogue: &Catalogue, runs: &[RunId]) -> Vec<(RunId, RunId)> {
    let of_run = |run: &RunId| {
        let from = catalogue.find(run)?.row.summary.as_ref()?.rounded_from.clone()?;
        Some((run.clone(), from))
    };
    runs.iter().filter_map(of_run).collect()
}

/// The curve of an entry: its own, or the mean over its seeds.
struct Curve {
    points: Vec<[f64; 2]>,
    /// Standard errors: over the seeds, or of one test on so many clips.
    errors: Vec<f64>,
    /// Curves of the seeds behind a mean.
    seeds: Vec<Vec<[f64; 2]>>,
    note: String,
}

fn curve(details: &[Arc<RunDetails>], entry: &Entry, metric: Metric) -> Option<Curve> {
    // A copy is no seed.
    let is_copy = |run: &RunId| entry.group.as_ref().is_some_and(|group| group.copies.contains(run));
    let of_members: Vec<&Arc<RunDetails>> = entry
        .members
        .iter()
        .filter(|run| !is_copy(run))
        .filter_map(|run| details.iter().find(|details| details.run == *run && !details.history.is_empty()))
        .collect();
    let points = |details: &RunDetails| -> Vec<[f64; 2]> {
        details.history.iter().map(|epoch| [epoch.epoch as f64, metric.value(epoch)]).collect()
    };
    match of_members.as_slice() {
        [] => None,
        [one] => {
            let best = one.history.iter().rev().find(|epoch| epoch.is_best);
            let note = best.map_or_else(String::new, |best| {
                format!("{} at its best, epoch {}", metric.unit().value_text(metric.value(best)), best.epoch)
            });
            let clips = entry.row.summary.as_ref().and_then(|summary| summary.num_valid);
            let clips = clips.filter(|_| metric == Metric::ValidAccuracy).unwrap_or(0);
            let points = points(one);
            let errors = points.iter().map(|[_, share]| standard_error(*share, clips)).collect();
            Some(Curve { points, errors, seeds: Vec::new(), note })
        }
        several => {
            let seeds: Vec<Vec<[f64; 2]>> = several.iter().map(|details| points(details)).collect();
            let (points, errors) = mean_of(&seeds);
            let note = format!("mean of {}", numbers::count(seeds.len() as u64, "seed", "seeds"));
            Some(Curve { points, errors, seeds, note })
        }
    }
}

/// Mean and its standard error at every epoch that all curves have.
fn mean_of(curves: &[Vec<[f64; 2]>]) -> (Vec<[f64; 2]>, Vec<f64>) {
    let length = curves.iter().map(Vec::len).min().unwrap_or(0);
    let at = |epoch: usize| {
        let values: Vec<f64> = curves.iter().map(|curve| curve[epoch][1]).collect();
        let spread = Spread::of(&values);
        let error = spread.and_then(|spread| spread.std).unwrap_or(0.0) / (values.len() as f64).sqrt();
        ([curves[0][epoch][0], spread.map_or(f64::NAN, |spread| spread.mean)], error)
    };
    (0..length).map(at).unzip()
}

/// One line, one row of markers with standard errors, and one name at its end per entry.
pub(super) fn chart(details: &[Arc<RunDetails>], entries: &[&Entry], metric: Metric, theme: &Theme) -> Chart {
    let mut chart = Chart {
        x: Axis::new("Epoch", Unit::Plain).whole(),
        y: Axis::new(metric.name(), metric.unit()),
        ..Chart::default()
    };
    let curves: Vec<(&Entry, Curve)> =
        entries.iter().filter_map(|entry| Some((*entry, curve(details, entry, metric)?))).collect();
    let methods: HashSet<Option<Method>> = curves.iter().map(|(entry, _)| entry.method).collect();
    let names: Vec<&str> = curves.iter().map(|(entry, _)| entry.name.as_ref()).collect();
    let short = short_names(&names);
    for (index, (entry, curve)) in curves.iter().enumerate() {
        // Where the method tells nothing apart, the colour is free to tell the runs apart.
        let colour = match methods.len() {
            1 => of_run(index, theme.mode.ground()),
            _ => rgb(theme.method(entry.method.unwrap_or(Method::Dense))),
        };
        let faint = rgb(color(colour).lerp_to_gamma(theme.palette.sunken, 0.55));
        for seed in &curve.seeds {
            chart.series.push(Series::line("", faint, metric.dash(), seed.clone()).sized(0.8));
        }
        let line = Series::line("", colour, metric.dash(), curve.points.clone());
        chart.series.push(line.labelled_at_end(if curves.len() > 1 { &short[index] } else { "" }));
        // Markers of different runs are offset, so that they do not hide each other.
        let stride = curve.points.len().div_ceil(MARKERS).max(1);
        let offset = index * stride / curves.len();
        let at: Vec<usize> = (offset..curve.points.len()).step_by(stride).collect();
        let points = at.iter().map(|&at| curve.points[at]).collect();
        let errors = at.iter().map(|&at| curve.errors.get(at).copied().unwrap_or(0.0)).collect();
        let shape = SHAPES[index % SHAPES.len()];
        let mut markers = Series::points(&entry.name, colour, shape, points)
            .sized(4.0)
            .noted(curve.note.clone())
            .with_errors(errors);
        if let SeriesKind::Points { filled, .. } = &mut markers.kind {
            *filled = index % 2 == 0;
        }
        chart.series.push(markers);
    }
    chart
}

fn color([r, g, b]: crate::figure::Rgb) -> egui::Color32 {
    egui::Color32::from_rgb(r, g, b)
}

/// What tells names apart: without the parts that all begin and end with.
fn short_names(names: &[&str]) -> Vec<String> {
    let is_end = |c: char| "-_ ,/".contains(c);
    let Some(first) = names.first() else { return Vec::new() };
    let common = |others: &mut dyn Iterator<Item = usize>| others.min().unwrap_or(0);
    let same = |a: &str, b: &str| {
        a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    let head = common(&mut names.iter().map(|name| same(first, name)));
    let head = first[..head].rfind(is_end).map_or(0, |at| at + 1);
    let cut = |name: &str| {
        let rest = name.get(head..).unwrap_or(name).trim();
        if rest.is_empty() { name.to_string() } else { rest.to_string() }
    };
    names.iter().map(|name| cut(name)).collect()
}

/// The curves as a table, each point with what made it.
pub(super) fn table(details: &[Arc<RunDetails>], entries: &[&Entry], metric: Metric) -> crate::figure::Table {
    let setting = |entry: &Entry, key: &str| {
        Column::from_key(key).map_or_else(String::new, |column| column.text(entry))
    };
    let mut rows = Vec::new();
    for entry in entries {
        let Some(curve) = curve(details, entry, metric) else { continue };
        for (at, [epoch, value]) in curve.points.iter().enumerate() {
            let error = curve.errors.get(at).filter(|error| **error > 0.0);
            let mut row = vec![entry.name.to_string()];
            row.extend(["sparsity.block", "sparsity.drop", "seed"].map(|key| setting(entry, key)));
            row.push(Column::Dataset.text(entry));
            row.extend([epoch.to_string(), value.to_string()]);
            row.push(error.map_or_else(String::new, f64::to_string));
            rows.push(row);
        }
    }
    let value = metric.name().to_lowercase().replace(' ', "_");
    let headings =
        ["run", "sparsity.block", "sparsity.drop", "seed", "dataset", "epoch", &value, "standard_error"];
    crate::figure::Table { headings: headings.map(String::from).to_vec(), rows }
}

/// Draws the chart.
pub(super) fn ui(ui: &mut egui::Ui, theme: &Theme, chart: &Chart, height: f32) {
    ChartView::new("overlaid curves", height.max(96.0)).show(ui, theme, chart);
}

/// The chart as a figure; the settings of each drawn run stand below it.
pub(super) fn figure(chart: Chart, entries: &[&Entry], theme: &Theme) -> Figure {
    let drawn = |entry: &&&Entry| chart.series.iter().any(|series| series.name == entry.name.as_ref());
    let settings = entries.iter().filter(drawn).filter_map(|entry| {
        let config = entry.row.config.as_ref()?;
        let seeds = entry.seeds_text();
        let seeds = if seeds.contains(',') { format!("seeds {seeds}") } else { format!("seed {seeds}") };
        Some(format!("{}: {}, {seeds}, {}", entry.name, method_phrase(config), phrases::dataset(config)))
    });
    Figure {
        title: chart.y.name.clone(),
        settings: settings.collect(),
        body: Body::Chart(chart),
        ink: Ink::of_theme(theme.mode == Mode::Dark),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_at_ends_keep_what_differs() {
        let names = |names: &[&str]| short_names(names);
        assert_eq!(
            names(&["cgs-64x75-5bit-seed1-001", "cgs-64x75-5bit-seed2-001"]),
            ["seed1-001", "seed2-001"]
        );
        assert_eq!(names(&["dense-1", "cgs-1"]), ["dense-1", "cgs-1"]);
        assert_eq!(names(&["a-", "a-b"]), ["a-", "b"]);
        assert_eq!(names(&["größe-1", "größe-2"]), ["1", "2"]);
    }

    #[test]
    fn a_mean_has_the_error_of_its_seeds() {
        let curves = [vec![[1.0, 0.8], [2.0, 0.9]], vec![[1.0, 0.6], [2.0, 0.9], [3.0, 0.95]]];
        let (mean, errors) = mean_of(&curves);
        assert_eq!(mean.len(), 2, "epochs that all seeds have");
        assert!((mean[0][1] - 0.7).abs() < 1e-12 && (errors[0] - 0.1).abs() < 1e-12);
        assert_eq!(errors[1], 0.0);
    }
}
