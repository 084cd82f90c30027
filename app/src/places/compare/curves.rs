//! Curves of the selected runs, one over the other.

use std::sync::Arc;

use engine::protocol::RunDetails;
use engine::runs::RunId;
use engine::train::EpochMetrics;

use super::catalogue::Catalogue;
use super::selection::Selection;
use crate::figure::{
    Axis, Body, Chart, ChartView, Dash, Figure, Glyph, Ink, Series, SeriesKind, Unit, method_phrase, rgb,
};
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

/// Shapes of the overlaid runs: methods keep their colour, so shapes tell runs of one method apart.
const SHAPES: [Glyph; super::selection::MOST_OVERLAID] =
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

/// One line and one row of markers per run.
pub(super) fn chart(
    details: &[Arc<RunDetails>],
    catalogue: &Catalogue,
    selection: &Selection,
    metric: Metric,
    theme: &Theme,
) -> Chart {
    let mut chart = Chart {
        x: Axis::new("Epoch", Unit::Plain).whole(),
        y: Axis::new(metric.name(), metric.unit()),
        ..Chart::default()
    };
    let without = without_curves(catalogue, selection.overlaid());
    for (index, run) in selection.overlaid().iter().enumerate() {
        let Some(details) = details.iter().find(|details| details.run == *run) else { continue };
        if without.iter().any(|(rounded, _)| rounded == run) {
            continue;
        }
        let method = catalogue.find(run).and_then(|entry| entry.method).unwrap_or(Method::Dense);
        let colour = rgb(theme.method(method));
        let points: Vec<[f64; 2]> =
            details.history.iter().map(|epoch| [epoch.epoch as f64, metric.value(epoch)]).collect();
        let best = details.history.iter().rev().find(|epoch| epoch.is_best);
        let note = best.map_or_else(String::new, |best| {
            format!("{} at its best, epoch {}", metric.unit().value_text(metric.value(best)), best.epoch)
        });
        // Markers of different runs are offset, so that they do not hide each other.
        let stride = points.len().div_ceil(MARKERS).max(1);
        let offset = index * stride / selection.overlaid().len().max(1);
        let markers = points.iter().skip(offset).step_by(stride).copied().collect();
        chart.series.push(Series::line("", colour, metric.dash(), points));
        let shape = SHAPES[index % SHAPES.len()];
        let mut markers = Series::points(&run.0, colour, shape, markers).sized(4.0).noted(note);
        if let SeriesKind::Points { filled, .. } = &mut markers.kind {
            *filled = index % 2 == 0;
        }
        chart.series.push(markers);
    }
    chart
}

/// Draws the chart.
pub(super) fn ui(ui: &mut egui::Ui, theme: &Theme, chart: &Chart, height: f32) {
    ChartView::new("overlaid curves", height.max(96.0)).show(ui, theme, chart);
}

/// The chart as a figure; the settings of each run stand below it.
pub(super) fn figure(chart: Chart, catalogue: &Catalogue, selection: &Selection, theme: &Theme) -> Figure {
    let settings = selection.overlaid().iter().filter_map(|run| {
        let config = catalogue.find(run)?.row.config.as_ref()?;
        Some(format!("{}: {}, seed {}", run.0, method_phrase(config), config.seed))
    });
    Figure {
        title: chart.y.name.clone(),
        settings: settings.collect(),
        body: Body::Chart(chart),
        ink: Ink::of_theme(theme.mode == Mode::Dark),
    }
}
