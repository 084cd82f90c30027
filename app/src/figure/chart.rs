//! Curves and points in two axes, as data.

use super::{AxisScale, Rgb, Unit};

/// One axis.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Axis {
    /// What it measures, in sentence case.
    pub name: String,
    /// What its numbers count.
    pub unit: Unit,
    /// How values become positions.
    pub scale: AxisScale,
    /// Fixed ends, in axis values; `None` fits the data.
    pub range: Option<(f64, f64)>,
    /// Whether ticks are whole numbers only, as for epochs.
    pub whole: bool,
}

impl Axis {
    /// A linear axis that fits its data.
    pub fn new(name: &str, unit: Unit) -> Self {
        Self { name: name.into(), unit, ..Self::default() }
    }

    /// The same axis with ticks on whole numbers only.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// The same axis with equal steps for equal ratios.
    #[must_use]
    pub fn log(self) -> Self {
        Self { scale: AxisScale::Log, ..self }
    }

    /// The same axis with fixed ends.
    #[must_use]
    pub fn between(self, low: f64, high: f64) -> Self {
        Self { range: Some((low, high)), ..self }
    }

    /// Name with unit, as written along the axis.
    pub fn title(&self) -> String {
        format!("{}{}", self.name, self.unit.suffix())
    }
}

/// How a line is broken; splits have one style each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dash {
    /// Unbroken.
    #[default]
    Solid,
    /// Strokes.
    Dashed,
    /// Dots.
    Dotted,
}

/// Shape of a point, so that colour is never the only difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyph {
    /// Disc.
    #[default]
    Circle,
    /// Square.
    Square,
    /// Square on its corner.
    Diamond,
    /// Triangle, point up.
    Triangle,
    /// Triangle, point down.
    TriangleDown,
    /// Two crossed strokes.
    Cross,
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SeriesKind {
    /// A line through its points.
    Line {
        /// How it is broken.
        dash: Dash,
        /// Width in points.
        width: f32,
    },
    /// Single points.
    Points {
        /// Their shape.
        glyph: Glyph,
        /// Radius in points.
        radius: f32,
        /// Whether they are filled.
        filled: bool,
    },
}

/// One curve or cloud.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name in the legend; empty keeps it out of the legend.
    pub name: String,
    /// What stands after the name in the legend, such as its latest value.
    pub note: String,
    /// Its colour.
    pub colour: Rgb,
    /// How it is drawn.
    pub kind: SeriesKind,
    /// Its points, in axis values.
    pub points: Vec<[f64; 2]>,
    /// What is said of each point on hover beside its values, in the order of the points; may be shorter than they are.
    pub remarks: Vec<String>,
    /// Half the length of the upright whisker of each point, in values of the upright axis, such as its standard error; may
    /// be shorter than the points are, and 0 draws none.
    pub errors: Vec<f64>,
    /// What is written beside its last point; empty writes nothing.
    pub end_label: String,
}

impl Series {
    /// A line of regular width.
    pub fn line(name: &str, colour: Rgb, dash: Dash, points: Vec<[f64; 2]>) -> Self {
        let kind = SeriesKind::Line { dash, width: 1.6 };
        Self::new(name, colour, kind, points)
    }

    /// A cloud of filled points.
    pub fn points(name: &str, colour: Rgb, glyph: Glyph, points: Vec<[f64; 2]>) -> Self {
        let kind = SeriesKind::Points { glyph, radius: 4.0, filled: true };
        Self::new(name, colour, kind, points)
    }

    fn new(name: &str, colour: Rgb, kind: SeriesKind, points: Vec<[f64; 2]>) -> Self {
        Self {
            name: name.into(),
            note: String::new(),
            colour,
            kind,
            points,
            remarks: Vec::new(),
            errors: Vec::new(),
            end_label: String::new(),
        }
    }

    /// The same series with a whisker to both sides of each point.
    #[must_use]
    pub fn with_errors(self, errors: Vec<f64>) -> Self {
        Self { errors, ..self }
    }

    /// The same series with its name beside its last point.
    #[must_use]
    pub fn labelled_at_end(self, end_label: &str) -> Self {
        Self { end_label: end_label.into(), ..self }
    }

    /// Ends of the whiskers that there are: x, lower y, upper y.
    pub fn whiskers(&self) -> impl Iterator<Item = [f64; 3]> + '_ {
        let drawn = self.points.iter().zip(&self.errors).filter(|(_, error)| **error > 0.0);
        drawn.map(|([x, y], error)| [*x, y - error, y + error])
    }

    /// The same series with a note in the legend.
    #[must_use]
    pub fn noted(self, note: String) -> Self {
        Self { note, ..self }
    }

    /// The same series with something said of each point on hover.
    #[must_use]
    pub fn remarked(self, remarks: Vec<String>) -> Self {
        Self { remarks, ..self }
    }

    /// Name and note, as the legend shows them.
    pub fn legend_text(&self) -> String {
        if self.note.is_empty() { self.name.clone() } else { format!("{} {}", self.name, self.note) }
    }

    /// The same series with lines or points of this width or radius.
    #[must_use]
    pub fn sized(mut self, size: f32) -> Self {
        match &mut self.kind {
            SeriesKind::Line { width, .. } => *width = size,
            SeriesKind::Points { radius, .. } => *radius = size,
        }
        self
    }

    /// The same series with hollow points; lines are unchanged.
    #[must_use]
    pub fn hollow(mut self) -> Self {
        if let SeriesKind::Points { filled, .. } = &mut self.kind {
            *filled = false;
        }
        self
    }
}

/// A line across the whole picture at one value of the upright axis, such as a threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What it marks.
    pub name: String,
    /// Where, in values of the upright axis.
    pub value: f64,
    /// Its colour.
    pub colour: Rgb,
}

/// Curves and points in two axes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart {
    /// Axis across.
    pub x: Axis,
    /// Axis upright.
    pub y: Axis,
    /// Curves and clouds, first drawn first.
    pub series: Vec<Series>,
    /// Lines across.
    pub rules: Vec<Rule>,
}

impl Chart {
    /// Ends of both axes in places (see [`AxisScale::place`]), with a margin of 4 % around the data.
    ///
    /// Fixed ends are taken as they are. A chart without data spans 0 to 1; a single value gets room to
    /// both sides. Values without a place, such as NaN, are left out.
    pub fn bounds(&self) -> [(f64, f64); 2] {
        let axis_bounds = |axis: &Axis, index: usize| {
            if let Some((low, high)) = axis.range
                && let (Some(low), Some(high)) = (axis.scale.place(low), axis.scale.place(high))
                && low < high
            {
                return (low, high);
            }
            let whiskers = self.series.iter().flat_map(Series::whiskers);
            let ends = whiskers.flat_map(|[x, low, high]| [[x, low], [x, high]]);
            let points = self.series.iter().flat_map(|series| series.points.iter().copied());
            let places = points.chain(ends).filter_map(|point| axis.scale.place(point[index]));
            let (low, high) = places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), place| {
                (low.min(place), high.max(place))
            });
            if low > high {
                return (0.0, 1.0);
            }
            let margin = if high > low { (high - low) * 0.04 } else { (low.abs() * 0.1).max(0.05) };
            match axis.whole && axis.scale == AxisScale::Linear {
                // Room for two whole numbers, or an axis of epochs would have one number or none.
                true if high - low < 1.0 => (low.floor() - 0.1, high.ceil().max(low.floor() + 1.0) + 0.1),
                _ => (low - margin, high + margin),
            }
        };
        [axis_bounds(&self.x, 0), axis_bounds(&self.y, 1)]
    }

    /// Series that belong in the legend: each name once, at its first place.
    pub fn legend(&self) -> Vec<&Series> {
        let mut seen = Vec::new();
        for series in &self.series {
            if !series.name.is_empty() && !seen.iter().any(|other: &&Series| other.name == series.name) {
                seen.push(series);
            }
        }
        seen
    }

    /// Every point as a table: series, x, y, and the standard error where points have one; axis names are the headings.
    pub fn table(&self) -> super::Table {
        let mut headings = vec!["series".into(), self.x.name.clone(), self.y.name.clone()];
        let has_errors = self.series.iter().any(|series| !series.errors.is_empty());
        if has_errors {
            headings.push("standard error".into());
        }
        let rows = self.series.iter().flat_map(|series| {
            series.points.iter().enumerate().map(move |(at, [x, y])| {
                let error = series.errors.get(at).filter(|error| **error > 0.0);
                let mut row = vec![series.name.clone(), x.to_string(), y.to_string()];
                row.extend(has_errors.then(|| error.map_or(String::new(), f64::to_string)));
                row
            })
        });
        super::Table { headings, rows: rows.collect() }
    }
}
