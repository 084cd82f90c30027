//! Charts on screen: the same description that is saved, drawn by egui_plot.

use egui::{Color32, FontId, Pos2, Rect, Response, Sense, Stroke, Vec2, pos2, vec2};
use egui_plot::{
    AxisHints, GridInput, GridMark, HLine, Line, LineStyle, MarkerShape, Plot, Points, Text, VLine,
};

use super::chart_layout::axis_ticks;
use super::end_labels::end_labels;
use super::{Axis, Chart, Dash, Glyph, Series, SeriesKind};
use crate::numbers;
use crate::theme::{Theme, size, type_size};

/// Height of a line of the legend, in points.
const LEGEND_LINE: f32 = 16.0;
/// How near the pointer must be to a point to pick it, in points.
const PICK_RADIUS: f32 = 12.0;

/// What the pointer is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChartPick {
    /// Index into [`Chart::series`].
    pub series: usize,
    /// Index into [`Series::points`].
    pub point: usize,
    /// Whether it was clicked in this frame.
    pub clicked: bool,
}

/// How a chart is shown in the window.
pub struct ChartView<'a> {
    /// Unique among the charts of a place.
    pub id: &'a str,
    /// Height of plot, axes and legend together, in points.
    pub height: f32,
    /// Whether the legend is drawn above it.
    pub legend: bool,
    /// Lines kept free for the legend, so that charts side by side and charts that grow stay aligned.
    pub legend_lines: usize,
    /// Charts with the same name share their axis across and their cursor.
    pub linked: Option<&'a str>,
    /// Place across that gets a thin upright line, such as the epoch under the pointer elsewhere.
    pub marked_x: Option<f64>,
}

impl<'a> ChartView<'a> {
    /// A view with a legend.
    pub fn new(id: &'a str, height: f32) -> Self {
        Self { id, height, legend: true, legend_lines: 1, linked: None, marked_x: None }
    }

    /// Draws the chart over the full width; returns the plot's response and the point under the pointer.
    ///
    /// Drag pans, scroll with Ctrl zooms, double click fits again. The point under the pointer is told beside it.
    pub fn show(&self, ui: &mut egui::Ui, theme: &Theme, chart: &Chart) -> (Response, Option<ChartPick>) {
        let top = ui.cursor().top();
        if self.legend {
            ui.vertical(|ui| {
                ui.set_min_height(self.legend_lines as f32 * LEGEND_LINE);
                legend_ui(ui, theme, chart);
            });
        }
        let height = (self.height - (ui.cursor().top() - top)).max(64.0);
        let [mut x_bounds, y_bounds] = chart.bounds();
        x_bounds.1 += (x_bounds.1 - x_bounds.0) * room_beside(ui, chart);
        // Grid and labels take the same number of ticks, or labels would round away what tells ticks apart.
        let wanted = [num_ticks(88.0, ui.available_width()), num_ticks(48.0, height)];
        let mut plot = Plot::new(self.id)
            .height(height)
            .allow_scroll(false)
            .allow_boxed_zoom(false)
            .show_crosshair(false)
            .set_margin_fraction(Vec2::ZERO)
            .include_x(x_bounds.0)
            .include_x(x_bounds.1)
            .include_y(y_bounds.0)
            .include_y(y_bounds.1)
            .grid_color(theme.palette.weak.gamma_multiply(0.22))
            .grid_fade(0.0)
            .custom_x_axes(vec![axis_hints(AxisHints::new_x(), &chart.x, wanted[0])])
            .custom_y_axes(vec![axis_hints(AxisHints::new_y(), &chart.y, wanted[1])])
            .x_grid_spacer(spacer(&chart.x, wanted[0]))
            .y_grid_spacer(spacer(&chart.y, wanted[1]));
        if let Some(group) = self.linked {
            let group = egui::Id::unique(group);
            plot = plot.link_axis(group, [true, false]).link_cursor(group, [true, false]);
        }
        let shown = plot.show(ui, |plot_ui| {
            for rule in &chart.rules {
                if let Some(place) = chart.y.scale.place(rule.value) {
                    let stroke = Stroke::new(1.25, color(rule.colour));
                    let line = HLine::new(rule.name.clone(), place).stroke(stroke);
                    plot_ui.hline(line.style(LineStyle::Dotted { spacing: 5.0 }).allow_hover(false));
                }
            }
            if let Some(place) = self.marked_x.and_then(|value| chart.x.scale.place(value)) {
                let stroke = Stroke::new(1.0, theme.palette.weak.gamma_multiply(0.6));
                plot_ui.vline(VLine::new("", place).stroke(stroke).allow_hover(false));
            }
            for (index, series) in chart.series.iter().enumerate() {
                add_whiskers(plot_ui, chart, series, y_bounds.0);
                add_series(plot_ui, chart, series, index);
            }
            let gap = f64::from(type_size::SMALL * 1.2 / height) * (y_bounds.1 - y_bounds.0);
            for label in end_labels(chart, gap, y_bounds) {
                let at = [label.x, label.y].into();
                // A space keeps the name off the marker.
                let text = egui::RichText::new(format!("  {}", label.text)).size(type_size::SMALL);
                let text =
                    Text::new("", at, text).color(color(label.colour)).anchor(egui::Align2::LEFT_CENTER);
                plot_ui.text(text.allow_hover(false));
            }
        });
        let on_screen = |place: [f64; 2]| shown.transform.position_from_point(&place.into());
        let near = shown.response.hover_pos().and_then(|pointer| {
            let any = |series: &Series| !series.name.is_empty() || !series.remarks.is_empty();
            nearest(chart, pointer, on_screen, any)
        });
        if let Some((series, point)) = near.filter(|_| !shown.response.dragged())
            && let Some(place) = chart.series[series].points.get(point).and_then(|point| placed(chart, point))
        {
            tell(ui, self.id, &point_text(chart, series, point), on_screen(place));
        }
        let pick = shown.response.hover_pos().and_then(|pointer| {
            nearest(chart, pointer, on_screen, |series| matches!(series.kind, SeriesKind::Points { .. }))
        });
        let clicked = shown.response.clicked();
        (shown.response, pick.map(|(series, point)| ChartPick { series, point, clicked }))
    }
}

fn axis_hints(hints: AxisHints<'static>, axis: &Axis, wanted: usize) -> AxisHints<'static> {
    hints
        .label(egui::RichText::new(axis.title()).small())
        .tick_label_font(FontId::proportional(type_size::SMALL))
        .formatter(tick_formatter(axis, wanted))
}

fn color([r, g, b]: super::Rgb) -> Color32 {
    Color32::from_rgb(r, g, b)
}

fn placed(chart: &Chart, point: &[f64; 2]) -> Option<[f64; 2]> {
    Some([chart.x.scale.place(point[0])?, chart.y.scale.place(point[1])?])
}

/// Ticks along an axis of this many points, about one per `spacing` points.
fn num_ticks(spacing: f32, extent: f32) -> usize {
    (extent / spacing).max(2.0) as usize
}

/// Grid marks on the axis's own ticks.
fn spacer(axis: &Axis, wanted: usize) -> impl Fn(GridInput) -> Vec<GridMark> {
    let axis = axis.clone();
    move |input| {
        let ticks = axis_ticks(&axis, input.bounds, wanted);
        // A step as large as the whole range keeps every line and label fully visible.
        let step_size = input.bounds.1 - input.bounds.0;
        let places = ticks.major.iter().filter_map(|value| axis.scale.place(*value));
        places.map(|value| GridMark { value, step_size }).collect()
    }
}

fn tick_formatter(
    axis: &Axis,
    wanted: usize,
) -> impl Fn(GridMark, &std::ops::RangeInclusive<f64>) -> String + use<> {
    let axis = axis.clone();
    move |mark, range| {
        let ticks = axis_ticks(&axis, (*range.start(), *range.end()), wanted);
        ticks.label(axis.unit, axis.scale.value(mark.value))
    }
}

/// Share of the axis across that names beside curves need, of the width that there is.
fn room_beside(ui: &egui::Ui, chart: &Chart) -> f64 {
    let font = FontId::proportional(type_size::SMALL);
    let width = |text: &String| {
        ui.painter().layout_no_wrap(format!("  {text}"), font.clone(), Color32::WHITE).size().x
    };
    let names = chart.series.iter().map(|series| &series.end_label).filter(|name| !name.is_empty());
    let widest = names.map(width).fold(0.0, f32::max);
    f64::from((widest / ui.available_width().max(1.0)).min(0.4)) * 1.3
}

/// Says something beside a point: the only text that hovers over a chart.
fn tell(ui: &egui::Ui, id: &str, text: &str, at: Pos2) {
    let point = Rect::from_center_size(at, Vec2::splat(12.0));
    let id = ui.scope_id().with((id, "point"));
    egui::Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), id, egui::PopupAnchor::ParentRect(point))
        .gap(size::HALF)
        .show(|ui| {
            ui.set_max_width(420.0);
            for (index, line) in text.lines().enumerate() {
                let line = egui::RichText::new(line);
                ui.add(egui::Label::new(if index == 0 { line } else { line.small() }).wrap());
            }
        });
}

/// What is said of a point: its series, its values with their error, and its remark.
fn point_text(chart: &Chart, series: usize, point: usize) -> String {
    let Some(series) = chart.series.get(series) else { return String::new() };
    let Some([x, y]) = series.points.get(point).copied() else { return String::new() };
    let value = |axis: &Axis, value: f64| {
        axis.scale.place(value).map_or("–".into(), |place| value_text(axis, place))
    };
    let error = series.errors.get(point).filter(|error| **error > 0.0);
    let error = error.map_or(String::new(), |error| format!(" ± {}", chart.y.unit.value_text(*error)));
    let remark = series.remarks.get(point).filter(|remark| !remark.is_empty());
    let lines = [
        series.name.clone(),
        format!("{}: {}", chart.x.name, value(&chart.x, x)),
        format!("{}: {}{error}", chart.y.name, value(&chart.y, y)),
        remark.cloned().unwrap_or_default(),
    ];
    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The value at a place of an axis, as people read it.
fn value_text(axis: &Axis, place: f64) -> String {
    let value = axis.scale.value(place);
    match axis.whole && value >= 0.0 && value.fract() == 0.0 {
        true => numbers::whole(value as u64),
        false => axis.unit.value_text(value),
    }
}

/// Draws the whiskers of a series as thin lines that cannot be pointed at.
fn add_whiskers(plot_ui: &mut egui_plot::PlotUi<'_>, chart: &Chart, series: &Series, floor: f64) {
    for [x, low, high] in series.whiskers() {
        let (Some(x), Some(high)) = (chart.x.scale.place(x), chart.y.scale.place(high)) else { continue };
        let low = chart.y.scale.place(low).unwrap_or(floor);
        let line = Line::new("", vec![[x, low], [x, high]]);
        plot_ui.line(line.color(color(series.colour).gamma_multiply(0.7)).width(1.0).allow_hover(false));
    }
}

fn add_series<'a>(plot_ui: &mut egui_plot::PlotUi<'a>, chart: &Chart, series: &'a Series, index: usize) {
    match series.kind {
        SeriesKind::Line { dash, width } => {
            // A value without a place breaks the line, as it does on paper.
            let stretches = series.points.split(|point| placed(chart, point).is_none());
            for (part, stretch) in stretches.filter(|stretch| !stretch.is_empty()).enumerate() {
                let places: Vec<[f64; 2]> = stretch.iter().filter_map(|point| placed(chart, point)).collect();
                let line = Line::new(series.name.clone(), places)
                    .id(("line", index, part))
                    .color(color(series.colour))
                    .width(width)
                    // Steps stay lines; a band would fill them.
                    .allow_band(false)
                    .style(line_style(dash));
                plot_ui.line(line);
            }
        }
        SeriesKind::Points { glyph, radius, filled } => {
            let places: Vec<[f64; 2]> =
                series.points.iter().filter_map(|point| placed(chart, point)).collect();
            let points = Points::new(series.name.clone(), places)
                .id(("points", index))
                .color(color(series.colour))
                .shape(marker(glyph))
                .filled(filled)
                .radius(radius);
            plot_ui.points(points);
        }
    }
}

fn line_style(dash: Dash) -> LineStyle {
    match dash {
        Dash::Solid => LineStyle::Solid,
        Dash::Dashed => LineStyle::Dashed { length: 8.0 },
        Dash::Dotted => LineStyle::Dotted { spacing: 5.0 },
    }
}

fn marker(glyph: Glyph) -> MarkerShape {
    match glyph {
        Glyph::Circle => MarkerShape::Circle,
        Glyph::Square => MarkerShape::Square,
        Glyph::Diamond => MarkerShape::Diamond,
        Glyph::Triangle => MarkerShape::Up,
        Glyph::TriangleDown => MarkerShape::Down,
        Glyph::Cross => MarkerShape::Cross,
    }
}

/// The nearest point within reach of any series that counts, as (series, point).
fn nearest(
    chart: &Chart,
    pointer: Pos2,
    on_screen: impl Fn([f64; 2]) -> Pos2,
    counts: impl Fn(&Series) -> bool,
) -> Option<(usize, usize)> {
    let series = chart.series.iter().enumerate().filter(|(_, series)| counts(series));
    series
        .flat_map(|(index, series)| series.points.iter().enumerate().map(move |(i, point)| (index, i, point)))
        .filter_map(|(index, i, point)| {
            Some((index, i, on_screen(placed(chart, point)?).distance_sq(pointer)))
        })
        .filter(|(.., distance)| *distance <= PICK_RADIUS * PICK_RADIUS)
        // Of equal distances the one drawn last lies on top.
        .min_by(|a, b| a.2.total_cmp(&b.2).then(b.0.cmp(&a.0)))
        .map(|(series, point, _)| (series, point))
}

/// Draws the names of all series with a sample of each.
fn legend_ui(ui: &mut egui::Ui, theme: &Theme, chart: &Chart) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(size::MARGIN, 0.0);
        ui.spacing_mut().interact_size.y = LEGEND_LINE;
        for series in chart.legend() {
            entry_ui(ui, theme, &series.legend_text(), series.kind, color(series.colour));
        }
        for rule in chart.rules.iter().filter(|rule| !rule.name.is_empty()) {
            let kind = SeriesKind::Line { dash: Dash::Dotted, width: 1.25 };
            entry_ui(ui, theme, &rule.name, kind, color(rule.colour));
        }
    });
}

/// One entry as one widget, so that sample and name are never parted by a line break.
fn entry_ui(ui: &mut egui::Ui, theme: &Theme, text: &str, kind: SeriesKind, colour: Color32) {
    const SAMPLE: f32 = 20.0;
    let font = egui::TextStyle::Small.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(text.to_string(), font, theme.palette.text);
    let wanted = vec2(SAMPLE + size::HALF + galley.size().x, galley.size().y.max(LEGEND_LINE));
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
    let sample = Rect::from_min_size(rect.min, vec2(SAMPLE, rect.height()));
    paint_sample(ui.painter(), sample, kind, colour);
    let at = pos2(sample.right() + size::HALF, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.palette.text);
}

fn paint_sample(painter: &egui::Painter, rect: Rect, kind: SeriesKind, colour: Color32) {
    let (left, right, middle) = (rect.left(), rect.right(), rect.center());
    match kind {
        SeriesKind::Line { dash, width } => {
            let path = [pos2(left, middle.y), pos2(right, middle.y)];
            let stroke = Stroke::new(width.max(1.5), colour);
            match dash {
                Dash::Solid => {
                    painter.line_segment(path, stroke);
                }
                Dash::Dashed => painter.extend(egui::Shape::dashed_line(&path, stroke, 5.0, 3.0)),
                Dash::Dotted => painter.extend(egui::Shape::dotted_line(&path, colour, 4.0, width * 0.7)),
            }
        }
        SeriesKind::Points { glyph, filled, .. } => {
            glyph_shape(painter, glyph, middle, 4.0, colour, filled);
        }
    }
}

fn glyph_shape(painter: &egui::Painter, glyph: Glyph, at: Pos2, r: f32, colour: Color32, filled: bool) {
    let fill = if filled { colour } else { Color32::TRANSPARENT };
    let stroke = Stroke::new(1.2, colour);
    let corners: &[[f32; 2]] = match glyph {
        Glyph::Circle => {
            painter.circle(at, r, fill, stroke);
            return;
        }
        Glyph::Cross => {
            painter.line_segment([at + vec2(-r, -r), at + vec2(r, r)], stroke);
            painter.line_segment([at + vec2(-r, r), at + vec2(r, -r)], stroke);
            return;
        }
        Glyph::Square => &[[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
        Glyph::Diamond => &[[0.0, -1.2], [1.2, 0.0], [0.0, 1.2], [-1.2, 0.0]],
        Glyph::Triangle => &[[0.0, -1.1], [1.1, 0.8], [-1.1, 0.8]],
        Glyph::TriangleDown => &[[0.0, 1.1], [-1.1, -0.8], [1.1, -0.8]],
    };
    let points = corners.iter().map(|[x, y]| at + vec2(x * r, y * r)).collect();
    painter.add(egui::Shape::convex_polygon(points, fill, stroke));
}

#[cfg(test)]
mod tests {
    use super::super::Unit;
    use super::*;

    #[test]
    fn a_point_is_told_once_by_what_lies_on_top() {
        let at = vec![[2.0, 0.5], [3.0, 0.7]];
        let remarked = |name: &str, remarks: [&str; 2]| {
            Series::points(name, [0; 3], Glyph::Circle, at.clone())
                .remarked(remarks.map(String::from).to_vec())
        };
        let chart = Chart {
            x: Axis::new("Bits", Unit::Plain).whole(),
            y: Axis::new("Accuracy", Unit::Percent),
            series: vec![
                Series::line("", [0; 3], Dash::Solid, at.clone()),
                remarked("a", ["first", ""]),
                remarked("b", ["second", "third"]).with_errors(vec![0.01]),
            ],
            ..Chart::default()
        };
        let percent = |value: f64| Unit::Percent.value_text(value);
        let text = point_text(&chart, 2, 0);
        assert_eq!(text, format!("b\nBits: 2\nAccuracy: {} ± {}\nsecond", percent(0.5), percent(0.01)));
        assert_eq!(point_text(&chart, 0, 1).lines().count(), 2, "a line without a name gives its values");
        let on_screen = |[x, y]: [f64; 2]| pos2(x as f32 * 100.0, y as f32 * 100.0);
        let under = |x: f32, y: f32| nearest(&chart, pos2(x, y), on_screen, |_| true);
        assert_eq!(under(201.0, 52.0), Some((2, 0)));
        assert_eq!(under(250.0, 52.0), None);
    }

    #[test]
    fn an_axis_has_two_numbers_or_more() {
        for (low, high) in [(0.6, 1.4), (3.0, 3.0), (0.9, 2.1), (3.2, 3.8), (1.0, 400.0)] {
            let axis = Axis::new("Epoch", Unit::Plain).whole();
            let points = vec![[low, 0.5], [high, 0.5]];
            let chart = Chart {
                x: axis,
                series: vec![Series::line("", [0; 3], Dash::Solid, points)],
                ..Chart::default()
            };
            for (axis, bounds) in [&chart.x, &chart.y].into_iter().zip(chart.bounds()) {
                for wanted in [2, 4, 9] {
                    let ticks = axis_ticks(axis, bounds, wanted);
                    assert!(ticks.major.len() > 1, "{low} to {high}, {wanted}: {ticks:?}");
                }
            }
        }
        // Epoch 1 alone, as after the first epoch.
        let one = Series::points("", [0; 3], Glyph::Circle, vec![[1.0, 0.9]]);
        let chart =
            Chart { x: Axis::new("Epoch", Unit::Plain).whole(), series: vec![one], ..Chart::default() };
        let ticks = axis_ticks(&chart.x, chart.bounds()[0], 9);
        assert!(ticks.major.contains(&1.0) && ticks.major.len() > 1, "{ticks:?}");
    }

    #[test]
    fn neighbouring_ticks_never_share_a_label() {
        let axis = Axis::new("Test accuracy", Unit::Percent);
        for extent in [120.0, 300.0, 520.0, 900.0] {
            let wanted = num_ticks(48.0, extent);
            let bounds = (0.781, 0.846);
            let marks = spacer(&axis, wanted)(GridInput { bounds, base_step_size: 1.0 });
            let label = tick_formatter(&axis, wanted);
            let labels: Vec<String> =
                marks.into_iter().map(|mark| label(mark, &(bounds.0..=bounds.1))).collect();
            assert!(labels.windows(2).all(|pair| pair[0] != pair[1]), "{extent} points: {labels:?}");
        }
    }
}
