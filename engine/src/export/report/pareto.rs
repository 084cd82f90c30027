//! The place of a run among the others of its folder: accuracy against memory.

use super::chart::{Axis, Chart, Glyph, Kind, Series, outline, range_around};
use super::facts::{Facts, Place};
use super::maps::method_class;
use super::markup::{Cells, Key, STROKE, Table, figure, hint, legend, paragraph, section, text};
use crate::look::numbers::{self, THIN_SPACE};
use crate::look::{AxisScale, Method, Unit};
use crate::runs::{RunRow, Summary};

/// Runs of the front that the table lists at most.
const MOST_LISTED: usize = 20;

/// The section; nothing where the run was not measured.
pub(super) fn section_of(facts: &Facts<'_>) -> String {
    let (Some(run), Some(summary)) = (&facts.run, facts.summary()) else { return String::new() };
    let place = &run.place;
    let mut body = String::new();
    if place.rows.len() < 2 {
        body += &hint(
            "There is no other finished run beside this one that was measured on the same clips and words.",
        );
    } else {
        body += &paragraph(&verdict(place, &run.name, summary));
        let caption = format!(
            "{} {}",
            text("Test accuracy of the best weights by validation, against memory."),
            legend(&keys(place))
        );
        body += &figure("chart", &chart(place, &run.name).svg(), &caption);
        body += &table(place, &run.name).html();
    }
    if place.num_others > 0 {
        let others = numbers::count(place.num_others as u64, "finished run", "finished runs");
        body += &hint(&format!(
            "{others} of the same folder measured on other clips or words cannot be compared and left out."
        ));
    }
    section("pareto", "Place among other runs", &body)
}

/// Bytes and test accuracy.
fn point(row: &RunRow) -> Option<[f64; 2]> {
    let summary = row.summary.as_ref()?;
    Some([summary.memory_bits.total as f64 / 8.0, summary.test_accuracy])
}

fn method(row: &RunRow) -> Method {
    row.config.as_ref().map_or(Method::Dense, Method::of)
}

fn words(row: &RunRow) -> String {
    let [bytes, accuracy] = point(row).unwrap_or([0.0, 0.0]);
    format!("{} at {}", numbers::percent(accuracy, 1), numbers::bytes(bytes as u64))
}

/// Where the run stands, in a sentence.
fn verdict(place: &Place, name: &str, summary: &Summary) -> String {
    let count = numbers::count(place.rows.len() as u64, "comparable run", "comparable runs");
    if place.rows.iter().any(|row| row.run.0 == name && row.is_pareto) {
        return format!(
            "This run is on the Pareto front of {count}: no other reaches its accuracy in its memory or less and is better in one of the two."
        );
    }
    let beats = |row: &&RunRow| {
        row.is_pareto
            && row.summary.as_ref().is_some_and(|other| {
                other.test_accuracy >= summary.test_accuracy
                    && other.memory_bits.total <= summary.memory_bits.total
            })
    };
    match place.rows.iter().find(beats) {
        Some(better) => format!(
            "This run is not on the Pareto front of {count}: {} reaches {}.",
            better.run.0,
            words(better)
        ),
        None => format!("This run is not on the Pareto front of {count}."),
    }
}

/// Runs of the front, smallest memory first.
fn front(place: &Place) -> Vec<&RunRow> {
    let mut front: Vec<&RunRow> =
        place.rows.iter().filter(|row| row.is_pareto && row.summary.is_some()).collect();
    let bits = |row: &RunRow| row.summary.as_ref().map_or(0, |summary| summary.memory_bits.total);
    front.sort_by_key(|row| bits(row));
    front
}

/// Shape of a method, the same as in the window.
fn glyph(method: Method) -> Glyph {
    match method {
        Method::Dense => Glyph::Square,
        Method::ConnectedCgs => Glyph::Triangle,
        Method::IndependentCgs => Glyph::TriangleDown,
        Method::Hcgs => Glyph::Diamond,
        Method::Cgs | Method::Elementwise => Glyph::Circle,
    }
}

/// Whole powers of two around the memory of all runs, so that the axis always has two ticks.
fn memory_range(points: &[[f64; 2]]) -> (f64, f64) {
    let logs = points.iter().map(|point| point[0].max(1.0).log2());
    let (low, high) =
        logs.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), log| (low.min(log), high.max(log)));
    let (low, high) = ((low - 0.1).floor(), (high + 0.1).ceil());
    (low.exp2(), high.exp2())
}

/// The best accuracy that at most so much memory reaches: level up to the next run, then up to it.
fn staircase(front: &[[f64; 2]], end: f64) -> Vec<[f64; 2]> {
    let steps = front.windows(2).flat_map(|pair| [[pair[1][0], pair[0][1]], pair[1]]);
    let last = front.last().map(|last| [end, last[1]]);
    front.first().copied().into_iter().chain(steps).chain(last).collect()
}

fn chart(place: &Place, name: &str) -> Chart {
    let points: Vec<[f64; 2]> = place.rows.iter().filter_map(point).collect();
    let range = memory_range(&points);
    let front: Vec<[f64; 2]> = front(place).into_iter().filter_map(point).collect();
    let mut series =
        vec![Series { class: "front".into(), kind: Kind::Line, points: staircase(&front, range.1) }];
    for method in Method::ALL {
        let (names, points) = place
            .rows
            .iter()
            .filter(|row| self::method(row) == method)
            .filter_map(|row| Some((format!("{}: {}", row.run.0, words(row)), point(row)?)))
            .unzip();
        let class = format!("{} full", method_class(method));
        series.push(Series { class, kind: Kind::Points(glyph(method), 4.5, names), points });
    }
    let own = place.rows.iter().filter(|row| row.run.0 == name);
    let (names, own): (Vec<String>, Vec<[f64; 2]>) =
        own.filter_map(|row| Some((format!("this run: {}", words(row)), point(row)?))).unzip();
    series.push(Series { class: "ring".into(), kind: Kind::Points(Glyph::Circle, 9.0, names), points: own });
    let (low, high) = range_around(points.iter().map(|point| point[1]));
    let words = front_words(place);
    Chart {
        id: "accuracy-memory".into(),
        class: String::new(),
        title: "Accuracy against memory".into(),
        description: words,
        size: [960.0, 360.0],
        x: Axis {
            name: "Memory of weights, index and biases".into(),
            unit: Unit::Bytes,
            scale: AxisScale::Log,
            range,
            is_whole: false,
        },
        y: Axis {
            name: "Test accuracy".into(),
            unit: Unit::Percent,
            scale: AxisScale::Linear,
            range: (low.max(0.0), high.min(1.02)),
            is_whole: false,
        },
        series,
    }
}

fn front_words(place: &Place) -> String {
    let front = front(place);
    let count = numbers::count(front.len() as u64, "run", "runs");
    match front.first().zip(front.last()) {
        Some((smallest, best)) => format!("Front: {count}, from {} to {}.", words(smallest), words(best)),
        None => String::new(),
    }
}

fn keys(place: &Place) -> Vec<Key> {
    let used = Method::ALL.into_iter().filter(|used| place.rows.iter().any(|row| method(row) == *used));
    let methods = used.map(|method| Key {
        class: format!("{} full", method_class(method)),
        path: outline(glyph(method), [12.0, 6.0], 4.5),
        name: method.name().into(),
    });
    let ring =
        Key { class: "ring".into(), path: outline(Glyph::Circle, [12.0, 6.0], 5.0), name: "this run".into() };
    let line = Key { class: "front".into(), path: STROKE.into(), name: "Pareto front".into() };
    methods.chain([ring, line]).collect()
}

fn table(place: &Place, name: &str) -> Table {
    let front = front(place);
    let rest = front.len().saturating_sub(MOST_LISTED);
    let own = place.rows.iter().filter(|row| row.run.0 == name && !row.is_pareto);
    let rows = front.into_iter().take(MOST_LISTED).chain(own).map(|row| {
        let summary = row.summary.as_ref();
        let bytes = summary.map_or(0, |summary| summary.memory_bits.total.div_ceil(8));
        let marks = [(row.run.0 == name, "this run"), (row.is_pareto, "on the front")];
        let marks: Vec<&str> = marks.iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| *mark).collect();
        vec![
            row.run.0.clone(),
            method(row).name().to_string(),
            summary.map_or_else(String::new, |summary| summary.seed.to_string()),
            format!("{}{THIN_SPACE}B", numbers::whole(bytes)),
            summary.map_or_else(String::new, |summary| numbers::percent(summary.test_accuracy, 1)),
            marks.join(", "),
        ]
    });
    let more = if rest > 0 { format!(", {rest} more not listed") } else { String::new() };
    Table {
        caption: format!("Runs on the Pareto front, and this run{more}"),
        cells: Cells::Numbers,
        headings: ["Run", "Method", "Seed", "Memory", "Test accuracy", "Place"].map(String::from).to_vec(),
        rows: rows.collect(),
        total: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_axes_end_at_powers_of_two() {
        assert_eq!(memory_range(&[[25_000.0, 0.9]]), (16_384.0, 32_768.0));
        assert_eq!(memory_range(&[[1024.0, 0.9], [1024.0, 0.8]]), (512.0, 2048.0));
        assert_eq!(
            staircase(&[[1.0, 0.5], [2.0, 0.6]], 4.0),
            [[1.0, 0.5], [2.0, 0.5], [2.0, 0.6], [4.0, 0.6]]
        );
    }
}
