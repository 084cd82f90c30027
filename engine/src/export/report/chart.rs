//! Curves and points in two axes, as SVG.

use std::fmt::Write as _;

use super::markup::{Svg, number};
use crate::look::{AxisScale, Ticks, Unit};

/// One axis.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    pub name: String,
    pub unit: Unit,
    pub scale: AxisScale,
    /// Ends, in values.
    pub range: (f64, f64),
    /// Whether ticks are whole numbers only, as for epochs.
    pub is_whole: bool,
}

/// Shape of a point, so that colour is never the only difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glyph {
    Circle,
    Square,
    Diamond,
    Triangle,
    TriangleDown,
}

/// How a series is drawn.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// A line, broken where a number is not finite.
    Line,
    /// Points of this radius, each with a text that shows under the pointer.
    Points(Glyph, f64, Vec<String>),
}

/// One curve or cloud.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub class: String,
    pub kind: Kind,
    pub points: Vec<[f64; 2]>,
}

/// Curves and points in two axes.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    pub id: String,
    pub class: String,
    pub title: String,
    pub description: String,
    pub size: [f64; 2],
    pub x: Axis,
    pub y: Axis,
    pub series: Vec<Series>,
}

const LEFT: f64 = 58.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 44.0;

impl Axis {
    fn places(&self) -> (f64, f64) {
        let place = |value: f64| self.scale.place(value).unwrap_or(0.0);
        (place(self.range.0), place(self.range.1))
    }

    fn ticks(&self, wanted: usize) -> Ticks {
        let mut ticks = Ticks::new(self.scale, self.unit, self.range.0, self.range.1, wanted);
        if self.is_whole && ticks.step > 0.0 && ticks.step < 1.0 {
            ticks.step = 1.0;
            let whole = self.range.0.ceil() as i64..=self.range.1.floor() as i64;
            ticks.major = whole.map(|value| value as f64).collect();
        }
        ticks
    }
}

impl Chart {
    /// The chart as SVG.
    pub fn svg(&self) -> String {
        let [width, height] = self.size;
        let words = [self.title.as_str(), self.description.as_str()];
        let mut svg =
            Svg::new(&self.id, &format!("plot {}", self.class), words, self.size, [0.0, 0.0, width, height]);
        self.draw_axes(&mut svg);
        for series in &self.series {
            self.draw(&mut svg, series);
        }
        svg.finish()
    }

    /// Where a point lies in the picture; `None` where it has no place.
    fn place(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let share = |axis: &Axis, value: f64| {
            let (low, high) = axis.places();
            Some((axis.scale.place(value)? - low) / (high - low))
        };
        let [width, height] = self.size;
        Some([
            LEFT + share(&self.x, x)? * (width - LEFT - RIGHT),
            height - BOTTOM - share(&self.y, y)? * (height - TOP - BOTTOM),
        ])
    }

    fn draw_axes(&self, svg: &mut Svg) {
        let [width, height] = self.size;
        let (right, bottom) = (width - RIGHT, height - BOTTOM);
        let x_ticks = self.x.ticks(((right - LEFT) / 72.0) as usize);
        for &value in &x_ticks.major {
            if let Some([x, _]) = self.place([value, self.y.range.0]) {
                svg.line("grid", &[[x, TOP], [x, bottom]]);
                svg.text("middle", [x, bottom + 16.0], &x_ticks.label(self.x.unit, value));
            }
        }
        let y_ticks = self.y.ticks(((bottom - TOP) / 40.0) as usize);
        for &value in &y_ticks.major {
            if let Some([_, y]) = self.place([self.x.range.0, value]) {
                svg.line("grid", &[[LEFT, y], [right, y]]);
                svg.text("end", [LEFT - 6.0, y + 4.0], &y_ticks.label(self.y.unit, value));
            }
        }
        svg.line("axis", &[[LEFT, TOP], [LEFT, bottom], [right, bottom]]);
        let name = |axis: &Axis| format!("{}{}", axis.name, axis.unit.suffix());
        svg.text("middle name", [(LEFT + right) / 2.0, height - 8.0], &name(&self.x));
        svg.upward_text("middle name", [14.0, (TOP + bottom) / 2.0], &name(&self.y));
    }

    fn draw(&self, svg: &mut Svg, series: &Series) {
        match &series.kind {
            Kind::Line => {
                for stretch in series.points.split(|&point| self.place(point).is_none()) {
                    let points: Vec<[f64; 2]> =
                        stretch.iter().filter_map(|&point| self.place(point)).collect();
                    if let [only] = points[..] {
                        // A line of one point would not be seen.
                        svg.path("full", &outline(Glyph::Circle, only, 2.5));
                    } else if !points.is_empty() {
                        svg.line(&series.class, &points);
                    }
                }
            }
            Kind::Points(glyph, radius, names) => {
                let nameless = String::new();
                let names = names.iter().chain(std::iter::repeat(&nameless));
                for (&point, name) in series.points.iter().zip(names) {
                    let Some(at) = self.place(point) else { continue };
                    svg.named_path(&series.class, &outline(*glyph, at, *radius), name);
                }
            }
        }
    }
}

/// The path of a point.
pub(super) fn outline(glyph: Glyph, [x, y]: [f64; 2], radius: f64) -> String {
    let polygon = |corners: &[[f64; 2]]| {
        let mut path = String::new();
        for (index, [dx, dy]) in corners.iter().enumerate() {
            let command = if index == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{command}{} {}", number(x + dx * radius), number(y + dy * radius));
        }
        path + "z"
    };
    match glyph {
        Glyph::Circle => format!(
            "M{} {}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z",
            number(x - radius),
            number(y),
            r = number(radius),
            d = number(2.0 * radius)
        ),
        Glyph::Square => polygon(&[[-0.88, -0.88], [0.88, -0.88], [0.88, 0.88], [-0.88, 0.88]]),
        Glyph::Diamond => polygon(&[[0.0, -1.25], [1.25, 0.0], [0.0, 1.25], [-1.25, 0.0]]),
        Glyph::Triangle => polygon(&[[0.0, -1.2], [1.1, 0.8], [-1.1, 0.8]]),
        Glyph::TriangleDown => polygon(&[[0.0, 1.2], [1.1, -0.8], [-1.1, -0.8]]),
    }
}

/// Ends of a linear axis around values: a margin of 4 % to both sides, more around a single value; 0 to 1 without any.
pub(super) fn range_around(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return (0.0, 1.0);
    }
    let margin = if high > low { (high - low) * 0.04 } else { (low.abs() * 0.1).max(0.05) };
    (low - margin, high + margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_where_numbers_are_missing_and_single_points_are_seen() {
        let axis = |name: &str| Axis {
            name: name.into(),
            unit: Unit::Plain,
            scale: AxisScale::Linear,
            range: (0.0, 4.0),
            is_whole: false,
        };
        let chart = Chart {
            id: "c".into(),
            class: "cgs".into(),
            title: "a & b".into(),
            description: "d".into(),
            size: [300.0, 200.0],
            x: axis("x"),
            y: axis("y"),
            series: vec![Series {
                class: "train".into(),
                kind: Kind::Line,
                points: vec![[0.0, 1.0], [1.0, 2.0], [2.0, f64::NAN], [3.0, 1.0]],
            }],
        };
        let svg = chart.svg();
        assert_eq!(svg.matches("class=\"train\"").count(), 1);
        assert_eq!(svg.matches("class=\"full\"").count(), 1);
        assert!(svg.contains("a &amp; b") && !svg.contains("NaN"));
        assert_eq!(range_around([f64::NAN].into_iter()), (0.0, 1.0));
        assert_eq!(range_around([0.0, 1.0].into_iter()), (-0.04, 1.04));
    }
}
