//! Curves of loss and accuracy.

use egui::vec2;
use engine::dataset::Split;
use engine::protocol::CurrentRun;
use engine::settings::Config;
use engine::train::EpochMetrics;

use crate::context::PlaceContext;
use crate::figure::{
    Axis, Body, Chart, ChartView, Dash, Figure, Glyph, Ink, Rgb, SaveMenu, Series, Unit, rgb, settings_of,
};
use crate::theme::{Method, Mode, Theme, size, text};

/// Width from which the legend of the losses fits into one line, in points.
const WIDE_LEGEND: f32 = 480.0;

/// The line style of a split in figures, the same as [`Theme::split_line`] on screen.
pub(in crate::places) fn split_dash(split: Split) -> Dash {
    match split {
        Split::Train => Dash::Solid,
        Split::Valid => Dash::Dashed,
        Split::Test => Dash::Dotted,
    }
}

/// The ink of figures drawn in a theme's colours.
pub(in crate::places) fn ink(theme: &Theme) -> Ink {
    Ink::of_theme(theme.mode == Mode::Dark)
}

/// A curve of one number over the epochs.
fn over_epochs(history: &[EpochMetrics], value: impl Fn(&EpochMetrics) -> f64) -> Vec<[f64; 2]> {
    history.iter().map(|epoch| [epoch.epoch as f64, value(epoch)]).collect()
}

/// The best epoch so far.
fn best(history: &[EpochMetrics]) -> Option<&EpochMetrics> {
    history.iter().rev().find(|epoch| epoch.is_best)
}

fn loss_chart(run: &CurrentRun, theme: &Theme) -> Chart {
    let colour = rgb(theme.method(Method::of(&run.config)));
    let faint = mixed(colour, ink(theme).paper, 0.55);
    let steps = run.step_losses.iter().map(|(epoch, loss)| [*epoch, f64::from(*loss)]).collect();
    let mut chart = chart(run, "Loss", Unit::Plain);
    chart.series.push(Series::line("each step", faint, Dash::Solid, steps).sized(0.8));
    add_splits(&mut chart, &run.history, colour, |epoch| (epoch.train_loss, epoch.valid_loss));
    chart
}

fn accuracy_chart(run: &CurrentRun, theme: &Theme) -> Chart {
    let colour = rgb(theme.method(Method::of(&run.config)));
    let mut chart = chart(run, "Accuracy", Unit::Percent);
    add_splits(&mut chart, &run.history, colour, |epoch| (epoch.train_accuracy, epoch.valid_accuracy));
    chart
}

fn chart(run: &CurrentRun, name: &str, unit: Unit) -> Chart {
    // The whole training is in view from the start, so that progress shows as length.
    let x = Axis::new("Epoch", Unit::Plain).whole().between(0.0, run.num_epochs.max(1) as f64 + 0.5);
    Chart { x, y: Axis::new(name, unit), ..Chart::default() }
}

fn add_splits(
    chart: &mut Chart,
    history: &[EpochMetrics],
    colour: Rgb,
    values: impl Fn(&EpochMetrics) -> (f64, f64),
) {
    let train = over_epochs(history, |epoch| values(epoch).0);
    let valid = over_epochs(history, |epoch| values(epoch).1);
    // The latest value stands beside each name, for eyes and for screen readers.
    let show = |value: f64| chart.y.unit.value_text(value);
    let latest = |value: fn((f64, f64)) -> f64| {
        history.last().map_or_else(String::new, |epoch| show(value(values(epoch))))
    };
    let train = Series::line("training", colour, split_dash(Split::Train), train);
    let valid = Series::line("validation", colour, split_dash(Split::Valid), valid);
    let (train, valid) = (train.noted(latest(|both| both.0)), valid.noted(latest(|both| both.1)));
    let best = best(history).map(|best| [best.epoch as f64, values(best).1]);
    // In the legend from the start, so that nothing moves when the first epoch ends.
    let marker = Series::points("best", colour, Glyph::Diamond, best.into_iter().collect()).sized(5.0);
    let marker = marker
        .noted(best.map_or_else(String::new, |[epoch, value]| format!("{}, epoch {epoch:.0}", show(value))));
    chart.series.extend([train, valid, marker]);
}

fn mixed(a: Rgb, b: Rgb, share: f32) -> Rgb {
    std::array::from_fn(|i| (f32::from(a[i]) * (1.0 - share) + f32::from(b[i]) * share).round() as u8)
}

/// Draws both charts, side by side where there is room.
pub(super) fn ui(ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, run: &CurrentRun, save: &mut SaveMenu) {
    let is_wide = ui.available_width() >= 640.0;
    let columns = if is_wide { 2 } else { 1 };
    let height = (ui.ctx().content_rect().height() * 0.28).clamp(176.0, 440.0);
    ui.spacing_mut().item_spacing.x = size::GROUP;
    ui.columns(columns, |uis| {
        chart_ui(&mut uis[0], ctx, run, save, true, height);
        chart_ui(&mut uis[columns - 1], ctx, run, save, false, height);
    });
}

fn chart_ui(
    ui: &mut egui::Ui,
    ctx: &mut PlaceContext<'_>,
    run: &CurrentRun,
    save: &mut SaveMenu,
    of_loss: bool,
    height: f32,
) {
    ui.spacing_mut().item_spacing = vec2(size::STEP, size::HALF);
    let (title, build): (_, fn(&CurrentRun, &Theme) -> Chart) =
        if of_loss { ("Loss", loss_chart) } else { ("Accuracy", accuracy_chart) };
    ui.horizontal(|ui| {
        ui.label(text::heading(title));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let what = format!("{title} of {}", run.run.0);
            save.ui(
                ui,
                ctx,
                &what,
                |_, theme| figure(&what, build(run, theme), &run.config, theme),
                |ctx| build(run, ctx.theme).table(),
            );
        });
    });
    let id = if of_loss { "train loss" } else { "train accuracy" };
    let legend_lines = if ui.available_width() < WIDE_LEGEND { 2 } else { 1 };
    let view = ChartView { linked: Some("train curves"), legend_lines, ..ChartView::new(id, height) };
    view.show(ui, ctx.theme, &build(run, ctx.theme));
}

fn figure(title: &str, chart: Chart, config: &Config, theme: &Theme) -> Figure {
    Figure { title: title.into(), body: Body::Chart(chart), settings: settings_of(config), ink: ink(theme) }
}
