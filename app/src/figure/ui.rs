//! Charts on screen: the same description that is saved, drawn by egui_plot.

use egui::{Color32, FontId, Pos2, Rect, Response, Sense, Stroke, Vec2, pos2, vec2};
use egui_plot::{
    AxisHints, GridInput, GridMark, HLine, HoverPosition, Line, LineStyle, MarkerShape, Plot, Points, VLine,
};

use super::chart_layout::axis_ticks;
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
    /// Drag pans, scroll with Ctrl zooms, double click fits again.
    pub fn show(&self, ui: &mut egui::Ui, theme: &Theme, chart: &Chart) -> (Response, Option<ChartPick>) {
        let top = ui.cursor().top();
        if self.legend {
            ui.vertical(|ui| {
                ui.set_min_height(self.legend_lines as f32 * LEGEND_LINE);
                legend_ui(ui, theme, chart);
            });
        }
        let height = (self.height - (ui.cursor().top() - top)).max(64.0);
        let [x_bounds, y_bounds] = chart.bounds();
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
            .y_grid_spacer(spacer(&chart.y, wanted[1]))
            .label_formatter(|hover| hover_text(chart, hover));
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
                add_series(plot_ui, chart, series, index);
            }
        });
        let pick = shown.response.hover_pos().and_then(|pointer| {
            nearest(chart, pointer, |place| shown.transform.position_from_point(&place.into()))
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

fn hover_text(chart: &Chart, hover: &HoverPosition<'_>) -> Option<String> {
    let HoverPosition::NearDataPoint { plot_name, position, .. } = hover else { return None };
    let x = value_text(&chart.x, position.x);
    let y = value_text(&chart.y, position.y);
    let name = if plot_name.is_empty() { String::new() } else { format!("{plot_name}\n") };
    let remark = remark_at(chart, plot_name, [position.x, position.y]);
    let remark = remark.map_or_else(String::new, |remark| format!("\n{remark}"));
    Some(format!("{name}{}: {x}\n{}: {y}{remark}", chart.x.name, chart.y.name))
}

/// The value at a place of an axis, as people read it.
fn value_text(axis: &Axis, place: f64) -> String {
    let value = axis.scale.value(place);
    match axis.whole && value >= 0.0 && value.fract() == 0.0 {
        true => numbers::whole(value as u64),
        false => axis.unit.value_text(value),
    }
}

/// What is said of the point at this place: by the series of this name, else by any that has a point there, because a
/// line and its markers are two series.
fn remark_at<'a>(chart: &'a Chart, name: &str, place: [f64; 2]) -> Option<&'a str> {
    let (named, others): (Vec<&Series>, Vec<&Series>) =
        chart.series.iter().partition(|series| series.name == name);
    named.into_iter().chain(others).find_map(|series| {
        let mut said = series.points.iter().zip(&series.remarks);
        let here = said.find(|(point, remark)| !remark.is_empty() && placed(chart, point) == Some(place));
        here.map(|(_, remark)| remark.as_str())
    })
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

/// The nearest point of any cloud within reach, as (series, point).
fn nearest(chart: &Chart, pointer: Pos2, on_screen: impl Fn([f64; 2]) -> Pos2) -> Option<(usize, usize)> {
    let clouds = chart.series.iter().enumerate();
    let clouds = clouds.filter(|(_, series)| matches!(series.kind, SeriesKind::Points { .. }));
    clouds
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
    fn a_point_is_remarked_on_by_its_own_series_first() {
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
                remarked("b", ["second", "third"]),
            ],
            ..Chart::default()
        };
        let said = |name: &str, [x, y]: [f64; 2]| {
            let position = egui_plot::PlotPoint::new(x, y);
            hover_text(&chart, &HoverPosition::NearDataPoint { plot_name: name, position, index: 0 }).unwrap()
        };
        assert_eq!(
            said("b", at[0]),
            format!("b\nBits: 2\nAccuracy: {}\nsecond", Unit::Percent.value_text(0.5))
        );
        assert!(said("", at[0]).ends_with("\nfirst"), "{}", said("", at[0]));
        assert!(said("a", at[1]).ends_with("\nthird"), "{}", said("a", at[1]));
        assert_eq!(said("a", [9.0, 0.5]).lines().count(), 3);
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
