//! Charts laid out on paper: frame, axes, grid, legend, data.

use super::end_labels::end_labels;
use super::scene::{Anchor, Mark, Scene, fit_text, text_width};
use super::{Axis, Body, Chart, Dash, Figure, Glyph, Ink, Rgb, Series, SeriesKind, Ticks};

/// Size of the title in points.
const TITLE_SIZE: f32 = 16.0;
/// Size of axis names and the legend.
pub(super) const LABEL_SIZE: f32 = 12.0;
/// Size of tick labels and settings.
pub(super) const SMALL_SIZE: f32 = 10.5;
/// Space around the figure.
const MARGIN: f32 = 16.0;

/// A rectangle on paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

impl Area {
    pub fn right(&self) -> f32 {
        self.left + self.width
    }

    pub fn bottom(&self) -> f32 {
        self.top + self.height
    }
}

/// Writes title, legend and settings; what is left is for the picture.
pub(super) fn frame(scene: &mut Scene, figure: &Figure) -> Area {
    let inner = scene.width - 2.0 * MARGIN;
    scene.marks.push(Mark::Text {
        at: [MARGIN, MARGIN + TITLE_SIZE * 0.8],
        text: fit_text(&figure.title, TITLE_SIZE, inner),
        size: TITLE_SIZE,
        colour: figure.ink.text,
        anchor: Anchor::Start,
        upwards: false,
        bold: true,
    });
    let mut top = MARGIN + TITLE_SIZE + 8.0;
    if let Body::Chart(chart) = &figure.body {
        top = legend(scene, chart, &figure.ink, [MARGIN, top], inner);
    }
    let lines = wrap(&figure.settings, SMALL_SIZE, inner);
    let footer = lines.len() as f32 * SMALL_SIZE * 1.4;
    for (index, line) in lines.iter().enumerate() {
        let y = scene.height - MARGIN - footer + (index as f32 + 1.0) * SMALL_SIZE * 1.4 - 2.0;
        scene.text([MARGIN, y], line, SMALL_SIZE, figure.ink.weak, Anchor::Start);
    }
    let bottom = scene.height - MARGIN - footer - if lines.is_empty() { 0.0 } else { 8.0 };
    Area { left: MARGIN, top, width: inner, height: (bottom - top).max(40.0) }
}

/// Joins phrases with middle dots into lines of at most `width`, eight lines at most; all of them stand in the description
/// of the file.
fn wrap(phrases: &[String], size: f32, width: f32) -> Vec<String> {
    const MOST_LINES: usize = 8;
    let mut lines: Vec<String> = Vec::new();
    for phrase in phrases.iter().filter(|phrase| !phrase.is_empty()) {
        let joined = lines.last().map(|line| format!("{line} · {phrase}"));
        match joined {
            Some(joined) if text_width(&joined, size) <= width => {
                lines.pop();
                lines.push(joined);
            }
            _ if lines.len() == MOST_LINES => {
                if let Some(last) = lines.last_mut() {
                    *last = fit_text(&format!("{last} · {phrase}"), size, width);
                }
                break;
            }
            _ => lines.push(fit_text(phrase, size, width)),
        }
    }
    lines
}

/// Draws the legend in rows from `at`; returns where the picture may begin.
fn legend(scene: &mut Scene, chart: &Chart, ink: &Ink, at: [f32; 2], width: f32) -> f32 {
    const SAMPLE: f32 = 22.0;
    /// More names than this and the picture would have no room.
    const MOST_ROWS: usize = 4;
    let entries = chart.legend();
    let rules = chart.rules.iter().filter(|rule| !rule.name.is_empty());
    let rules = rules.map(|rule| Series::line(&rule.name, rule.colour, Dash::Dotted, Vec::new()));
    let entries: Vec<Series> = entries.into_iter().cloned().chain(rules).collect();
    if entries.is_empty() {
        return at[1];
    }
    let (mut x, mut row) = (0.0, 0);
    for (index, series) in entries.iter().enumerate() {
        let name = fit_text(&series.legend_text(), LABEL_SIZE, width - SAMPLE - 6.0);
        let entry = SAMPLE + 6.0 + text_width(&name, LABEL_SIZE) + 14.0;
        if x > 0.0 && x + entry > width {
            (x, row) = (0.0, row + 1);
        }
        if row == MOST_ROWS {
            let rest = format!("and {} more", entries.len() - index);
            scene.text([at[0], at[1] + row as f32 * 18.0 + 10.0], &rest, SMALL_SIZE, ink.weak, Anchor::Start);
            return at[1] + (row + 1) as f32 * 18.0 + 4.0;
        }
        let y = at[1] + row as f32 * 18.0 + 6.0;
        sample(scene, series, [at[0] + x, y], SAMPLE);
        scene.text([at[0] + x + SAMPLE + 6.0, y + 4.0], &name, LABEL_SIZE, ink.text, Anchor::Start);
        x += entry;
    }
    at[1] + (row + 1) as f32 * 18.0 + 4.0
}

fn sample(scene: &mut Scene, series: &Series, [x, y]: [f32; 2], width: f32) {
    match series.kind {
        SeriesKind::Line { dash, width: stroke } => scene.marks.push(Mark::Line {
            points: vec![[x, y], [x + width, y]],
            colour: series.colour,
            width: stroke,
            dash: dash_lengths(dash),
        }),
        SeriesKind::Points { glyph, radius, filled } => {
            scene.marks.push(glyph_mark(
                glyph,
                [x + width / 2.0, y],
                radius.clamp(3.0, 5.0),
                series.colour,
                filled,
            ));
        }
    }
}

/// Draws axes, grid and data of a chart.
pub(super) fn draw(scene: &mut Scene, chart: &Chart, ink: &Ink, area: Area) {
    let [x_bounds, y_bounds] = chart.bounds();
    let y_ticks = axis_ticks(&chart.y, y_bounds, (area.height / 48.0) as usize);
    let widest = y_ticks
        .major
        .iter()
        .map(|value| text_width(&y_ticks.label(chart.y.unit, *value), SMALL_SIZE))
        .fold(0.0, f32::max);
    let left = area.left + LABEL_SIZE + 10.0 + widest + 6.0;
    let bottom_space = SMALL_SIZE + LABEL_SIZE + 20.0;
    let beside =
        chart.series.iter().map(|series| text_width(&series.end_label, SMALL_SIZE)).fold(0.0, f32::max);
    let beside = if beside > 0.0 { beside.min(area.width * 0.3) + 6.0 } else { 0.0 };
    let plot = Area {
        left,
        top: area.top + 4.0,
        width: (area.right() - left - 8.0 - beside).max(20.0),
        height: (area.height - bottom_space - 4.0).max(20.0),
    };
    let x_ticks = axis_ticks(&chart.x, x_bounds, (plot.width / 84.0) as usize);
    let to_paper = |place: [f64; 2]| {
        let share = |value: f64, (low, high): (f64, f64)| ((value - low) / (high - low)) as f32;
        [
            plot.left + share(place[0], x_bounds) * plot.width,
            plot.bottom() - share(place[1], y_bounds) * plot.height,
        ]
    };
    for value in &x_ticks.major {
        let Some(place) = chart.x.scale.place(*value) else { continue };
        let x = to_paper([place, y_bounds.0])[0];
        scene.segment([x, plot.top], [x, plot.bottom()], ink.grid, 0.75);
        let label = x_ticks.label(chart.x.unit, *value);
        scene.text([x, plot.bottom() + SMALL_SIZE + 5.0], &label, SMALL_SIZE, ink.weak, Anchor::Middle);
    }
    for value in &y_ticks.major {
        let Some(place) = chart.y.scale.place(*value) else { continue };
        let y = to_paper([x_bounds.0, place])[1];
        scene.segment([plot.left, y], [plot.right(), y], ink.grid, 0.75);
        let label = y_ticks.label(chart.y.unit, *value);
        scene.text([plot.left - 6.0, y + SMALL_SIZE * 0.36], &label, SMALL_SIZE, ink.weak, Anchor::End);
    }
    scene.segment([plot.left, plot.top], [plot.left, plot.bottom()], ink.line, 1.0);
    scene.segment([plot.left, plot.bottom()], [plot.right(), plot.bottom()], ink.line, 1.0);
    axis_names(scene, chart, ink, area, plot);
    for rule in &chart.rules {
        let Some(place) = chart.y.scale.place(rule.value) else { continue };
        if (y_bounds.0..=y_bounds.1).contains(&place) {
            let y = to_paper([x_bounds.0, place])[1];
            let points = vec![[plot.left, y], [plot.right(), y]];
            let dash = dash_lengths(Dash::Dotted);
            scene.marks.push(Mark::Line { points, colour: rule.colour, width: 1.4, dash });
        }
    }
    for series in &chart.series {
        draw_whiskers(scene, chart, series, [x_bounds, y_bounds], &to_paper);
        draw_series(scene, chart, series, [x_bounds, y_bounds], &to_paper);
    }
    let gap = f64::from(SMALL_SIZE * 1.2 / plot.height) * (y_bounds.1 - y_bounds.0);
    for label in end_labels(chart, gap, y_bounds) {
        let [x, y] = to_paper([label.x, label.y]);
        let text = fit_text(&label.text, SMALL_SIZE, beside.max(SMALL_SIZE));
        scene.text([x + 6.0, y + SMALL_SIZE * 0.36], &text, SMALL_SIZE, label.colour, Anchor::Start);
    }
}

/// Draws a line with two short caps through each point that has an error.
fn draw_whiskers(
    scene: &mut Scene,
    chart: &Chart,
    series: &Series,
    [x_bounds, y_bounds]: [(f64, f64); 2],
    to_paper: &dyn Fn([f64; 2]) -> [f32; 2],
) {
    const CAP: f32 = 2.5;
    for [x, low, high] in series.whiskers() {
        let Some(x) = chart.x.scale.place(x).filter(|x| (x_bounds.0..=x_bounds.1).contains(x)) else {
            continue;
        };
        let Some(high) = chart.y.scale.place(high).filter(|high| *high >= y_bounds.0) else { continue };
        let low = chart.y.scale.place(low).unwrap_or(y_bounds.0).max(y_bounds.0);
        let [x, bottom] = to_paper([x, low]);
        let top = to_paper([0.0, high.min(y_bounds.1)])[1];
        scene.segment([x, bottom], [x, top], series.colour, 0.8);
        for y in [bottom, top] {
            scene.segment([x - CAP, y], [x + CAP, y], series.colour, 0.8);
        }
    }
}

fn axis_names(scene: &mut Scene, chart: &Chart, ink: &Ink, area: Area, plot: Area) {
    scene.text(
        [plot.left + plot.width / 2.0, plot.bottom() + SMALL_SIZE + LABEL_SIZE + 14.0],
        &fit_text(&chart.x.title(), LABEL_SIZE, plot.width),
        LABEL_SIZE,
        ink.text,
        Anchor::Middle,
    );
    scene.marks.push(Mark::Text {
        at: [area.left + LABEL_SIZE, plot.top + plot.height / 2.0],
        text: fit_text(&chart.y.title(), LABEL_SIZE, plot.height),
        size: LABEL_SIZE,
        colour: ink.text,
        anchor: Anchor::Middle,
        upwards: true,
        bold: false,
    });
}

/// Ticks for bounds given in places.
pub(super) fn axis_ticks(axis: &Axis, (low, high): (f64, f64), wanted: usize) -> Ticks {
    let mut ticks = Ticks::new(axis.scale, axis.unit, axis.scale.value(low), axis.scale.value(high), wanted);
    let whole: Vec<f64> = (low.ceil() as i64..=high.floor() as i64).map(|value| value as f64).collect();
    // Between two whole numbers, where a person has zoomed in, other numbers are better than none.
    if axis.whole && ticks.step > 0.0 && ticks.step < 1.0 && whole.len() > 1 {
        ticks.step = 1.0;
        ticks.major = whole;
    }
    ticks
}

/// Draws one series; a line is broken where a value has no place or leaves the picture.
fn draw_series(
    scene: &mut Scene,
    chart: &Chart,
    series: &Series,
    bounds: [(f64, f64); 2],
    to_paper: &dyn Fn([f64; 2]) -> [f32; 2],
) {
    let place = |point: &[f64; 2]| {
        let (x, y) = (chart.x.scale.place(point[0])?, chart.y.scale.place(point[1])?);
        let is_inside = (bounds[0].0..=bounds[0].1).contains(&x) && (bounds[1].0..=bounds[1].1).contains(&y);
        is_inside.then(|| to_paper([x, y]))
    };
    match series.kind {
        SeriesKind::Line { dash, width } => {
            for stretch in series.points.split(|point| place(point).is_none()) {
                let points: Vec<[f32; 2]> = stretch.iter().filter_map(place).collect();
                if points.len() > 1 {
                    let dash = dash_lengths(dash);
                    scene.marks.push(Mark::Line { points, colour: series.colour, width, dash });
                }
            }
        }
        SeriesKind::Points { glyph, radius, filled } => {
            for at in series.points.iter().filter_map(place) {
                scene.marks.push(glyph_mark(glyph, at, radius, series.colour, filled));
            }
        }
    }
}

/// Lengths of strokes and gaps.
fn dash_lengths(dash: Dash) -> Vec<f32> {
    match dash {
        Dash::Solid => Vec::new(),
        Dash::Dashed => vec![6.0, 4.0],
        Dash::Dotted => vec![1.5, 3.5],
    }
}

fn glyph_mark(glyph: Glyph, [x, y]: [f32; 2], radius: f32, colour: Rgb, filled: bool) -> Mark {
    let fill = filled.then_some(colour);
    let r = radius;
    let points = match glyph {
        Glyph::Circle => {
            return Mark::Circle { centre: [x, y], radius, fill, stroke: colour, width: 1.2 };
        }
        Glyph::Square => {
            let s = r * 0.88;
            vec![[x - s, y - s], [x + s, y - s], [x + s, y + s], [x - s, y + s]]
        }
        Glyph::Diamond => {
            let s = r * 1.25;
            vec![[x, y - s], [x + s, y], [x, y + s], [x - s, y]]
        }
        Glyph::Triangle => vec![[x, y - 1.2 * r], [x + 1.1 * r, y + 0.8 * r], [x - 1.1 * r, y + 0.8 * r]],
        Glyph::TriangleDown => {
            vec![[x, y + 1.2 * r], [x + 1.1 * r, y - 0.8 * r], [x - 1.1 * r, y - 0.8 * r]]
        }
        Glyph::Cross => {
            let (a, b) = (r, 0.35 * r);
            [
                [-a, -a + b],
                [-a + b, -a],
                [0.0, -b],
                [a - b, -a],
                [a, -a + b],
                [b, 0.0],
                [a, a - b],
                [a - b, a],
                [0.0, b],
                [-a + b, a],
                [-a, a - b],
                [-b, 0.0],
            ]
            .map(|[dx, dy]| [x + dx, y + dy])
            .to_vec()
        }
    };
    Mark::Shape { points, fill, stroke: colour, width: 1.2 }
}
