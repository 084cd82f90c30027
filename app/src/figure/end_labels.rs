//! Names beside the ends of curves: kept apart, so that each can be read.

use super::{Chart, Rgb};

/// A name beside the last point of a curve.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EndLabel {
    /// Place across of the last point.
    pub x: f64,
    /// Place upright of the name, near that of the point.
    pub y: f64,
    /// The name.
    pub text: String,
    /// Colour of the curve.
    pub colour: Rgb,
}

/// The names beside the curves, each at least `gap` (in places of the upright axis) above the one below, and as near to
/// its curve as that allows within `low..=high`.
pub(super) fn end_labels(chart: &Chart, gap: f64, (low, high): (f64, f64)) -> Vec<EndLabel> {
    let named = chart.series.iter().filter(|series| !series.end_label.is_empty());
    let mut labels: Vec<EndLabel> = named
        .filter_map(|series| {
            let place =
                |point: &[f64; 2]| Some([chart.x.scale.place(point[0])?, chart.y.scale.place(point[1])?]);
            let [x, y] = series.points.iter().rev().find_map(place)?;
            Some(EndLabel { x, y, text: series.end_label.clone(), colour: series.colour })
        })
        .collect();
    labels.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut least = low;
    for label in &mut labels {
        label.y = label.y.max(least);
        least = label.y + gap;
    }
    let mut most = high;
    for label in labels.iter_mut().rev() {
        label.y = label.y.min(most);
        most = label.y - gap;
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::super::{Dash, Series};
    use super::*;

    #[test]
    fn names_stand_apart_and_inside() {
        let curve = |name: &str, end: f64| {
            Series::line(name, [0; 3], Dash::Solid, vec![[1.0, 0.0], [2.0, end]]).labelled_at_end(name)
        };
        let unnamed = Series::line("c", [0; 3], Dash::Solid, vec![[1.0, 0.5]]);
        let broken =
            Series::line("d", [0; 3], Dash::Solid, vec![[1.0, 0.99], [2.0, f64::NAN]]).labelled_at_end("d");
        let series = vec![curve("a", 0.98), curve("b", 0.985), unnamed, broken];
        let labels = end_labels(&Chart { series, ..Chart::default() }, 0.1, (0.0, 1.0));
        let names: Vec<&str> = labels.iter().map(|label| label.text.as_str()).collect();
        assert_eq!(names, ["a", "b", "d"]);
        assert!(labels.windows(2).all(|pair| pair[1].y - pair[0].y >= 0.1 - 1e-12), "{labels:?}");
        assert!(labels.iter().all(|label| (0.0..=1.0).contains(&label.y)), "{labels:?}");
        assert_eq!(labels[2].x, 1.0, "the last point that has a place");
    }
}
