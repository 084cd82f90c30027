//! Accuracy against bits as a curve, a figure and a table, each point with its bill.

use engine::evaluate::BitsPoint;
use engine::evaluate::significance::standard_error;
use engine::protocol::RunBits;
use engine::settings::Config;

use crate::figure::{
    Axis, Body, Chart, ChartPick, Dash, Figure, Glyph, Ink, Rule, Series, Table, Unit, rgb, settings_of,
};
use crate::numbers;
use crate::theme::{Method, Mode, Theme};

/// How far the colour of the second curve is from the method's to that of text.
const SHADE: f32 = 0.6;

/// One curve: its name, its points, and the width that varies along it.
struct Curve<'a> {
    name: String,
    points: &'a [BitsPoint],
    varies: fn(&BitsPoint) -> u32,
}

/// The curve over weight bits, and that over activation bits.
fn curves(bits: &RunBits) -> [Curve<'_>; 2] {
    let at = |points: &[BitsPoint], other: fn(&BitsPoint) -> u32| points.first().map_or(8, other);
    let activations = at(&bits.by_weight_bits, |point| point.activation_bits);
    let weights = at(&bits.by_activation_bits, |point| point.weight_bits);
    [
        Curve {
            name: format!("weight bits, at {activations}-bit activations"),
            points: &bits.by_weight_bits,
            varies: |point| point.weight_bits,
        },
        Curve {
            name: format!("activation bits, at {weights}-bit weights"),
            points: &bits.by_activation_bits,
            varies: |point| point.activation_bits,
        },
    ]
}

/// Accuracy against weight bits and against activation bits, with the run's own point and floating point.
pub(super) fn chart(bits: &RunBits, method: Method, theme: &Theme) -> Chart {
    let mut chart = Chart {
        x: Axis::new("Bits", Unit::Plain).whole(),
        y: Axis::new("Validation accuracy", Unit::Percent),
        ..Chart::default()
    };
    let first = theme.method(method);
    let second = first.lerp_to_gamma(theme.palette.text, SHADE);
    let looks = [(first, Glyph::Circle), (second, Glyph::Square)];
    for (curve, (colour, glyph)) in curves(bits).into_iter().zip(looks) {
        let places: Vec<_> =
            curve.points.iter().map(|point| [f64::from((curve.varies)(point)), point.accuracy]).collect();
        // Strokes: the line style of the validation split.
        chart.series.push(Series::line("", rgb(colour), Dash::Dashed, places.clone()));
        let marks = Series::points(&curve.name, rgb(colour), glyph, places);
        let errors =
            curve.points.iter().map(|point| standard_error(point.accuracy, bits.num_clips)).collect();
        chart.series.push(marks.remarked(curve.points.iter().map(remark).collect()).with_errors(errors));
    }
    if bits.is_integer {
        let own = &bits.own;
        let places = [own.weight_bits, own.activation_bits].map(|bits| [f64::from(bits), own.accuracy]);
        let mark = Series::points("this run", rgb(theme.palette.text), Glyph::Diamond, places.to_vec());
        let note = format!("{}, {}", widths(bits), numbers::percent(own.accuracy, 1));
        let remarks = vec![remark(own); places.len()];
        chart.series.push(mark.hollow().sized(8.0).noted(note).remarked(remarks));
    }
    chart.rules.push(Rule {
        name: format!("float {}", numbers::percent(bits.float.accuracy, 1)),
        value: bits.float.accuracy,
        colour: rgb(theme.palette.weak),
    });
    chart
}

/// The measured point under the pointer.
pub(super) fn point(bits: &RunBits, pick: ChartPick) -> Option<&BitsPoint> {
    // Each curve is a line and its markers; then comes the run's own point, once per curve.
    match pick.series {
        1 => bits.by_weight_bits.get(pick.point),
        3 => bits.by_activation_bits.get(pick.point),
        4 => Some(&bits.own),
        _ => None,
    }
}

/// Widths and bill of a point, for the hover.
fn remark(point: &BitsPoint) -> String {
    let widths = numbers::bit_widths(point.weight_bits, point.activation_bits);
    let bits = point.memory_bits;
    let bill = format!("{widths}: {}, {} by the bill", numbers::bytes_from_bits(bits), bytes(bits));
    match against_own(point) {
        Some(words) => format!("{bill}\n{words}"),
        None => bill,
    }
}

/// Whether a point differs from the run as it is shipped by more than noise; nothing where it is the same on every clip.
pub(super) fn against_own(point: &BitsPoint) -> Option<String> {
    let paired = point.against_own.filter(|paired| paired.only_first + paired.only_second > 0)?;
    Some(paired.words("the run as shipped", "this point"))
}

/// A number of bits as bytes, to the byte.
pub(super) fn bytes(bits: u64) -> String {
    format!("{}\u{2009}bytes", numbers::whole(bits.div_ceil(8)))
}

/// Widths of the run as it is shipped.
pub(super) fn widths(bits: &RunBits) -> String {
    let activation_bits = if bits.is_integer { bits.own.activation_bits } else { 32 };
    numbers::bit_widths(bits.own.weight_bits, activation_bits)
}

/// The chart as a figure.
pub(super) fn figure(bits: &RunBits, method: Method, config: Option<&Config>, theme: &Theme) -> Figure {
    let mut settings = config.map(settings_of).unwrap_or_default();
    settings
        .push(format!("rounded after training, {} validation clips", numbers::whole(bits.num_clips as u64)));
    settings.push(format!("as shipped {} by the bill", bytes(bits.own.memory_bits)));
    Figure {
        title: format!("Accuracy against bits: {}", bits.run.0),
        settings,
        body: Body::Chart(chart(bits, method, theme)),
        ink: Ink::of_theme(theme.mode == Mode::Dark),
    }
}

/// Every measured point: widths, accuracy, and the bill in bits and in whole bytes.
pub(super) fn table(bits: &RunBits, config: Option<&Config>) -> Table {
    let headings = [
        "series",
        "weight_bits",
        "activation_bits",
        "valid_accuracy",
        "memory_bits",
        "memory_bytes",
        "standard_error",
        "mcnemar_p_against_shipped",
        "run",
        "sparsity.block",
        "sparsity.drop",
        "seed",
        "dataset",
    ];
    let made = |key: &str| config.and_then(|config| config.get(key)).unwrap_or_default();
    let dataset = config.map(engine::look::phrases::dataset).unwrap_or_default();
    let row = |series: &str, point: &BitsPoint| {
        vec![
            series.to_string(),
            point.weight_bits.to_string(),
            point.activation_bits.to_string(),
            point.accuracy.to_string(),
            point.memory_bits.to_string(),
            point.memory_bits.div_ceil(8).to_string(),
            standard_error(point.accuracy, bits.num_clips).to_string(),
            point.against_own.map_or_else(String::new, |paired| paired.p_value().to_string()),
            bits.run.0.clone(),
            made("sparsity.block"),
            made("sparsity.drop"),
            made("seed"),
            dataset.clone(),
        ]
    };
    let curves = curves(bits);
    let swept = curves.iter().flat_map(|curve| curve.points.iter().map(|point| row(&curve.name, point)));
    let own = [row("this run", &bits.own), row("float", &bits.float)];
    Table { headings: headings.map(String::from).to_vec(), rows: swept.chain(own).collect() }
}

#[cfg(test)]
mod tests {
    use engine::runs::RunId;

    use super::*;
    use crate::made_up;

    #[test]
    fn markers_lead_back_to_their_points() {
        let bits = (*made_up::measured(&RunId("a".into())).measured[0]).clone();
        let chart = chart(&bits, Method::Cgs, &Theme::new(Mode::Dark));
        let mut num_points = 0;
        for (series, drawn) in chart.series.iter().enumerate().filter(|(_, drawn)| !drawn.name.is_empty()) {
            for (index, place) in drawn.points.iter().enumerate() {
                let point = point(&bits, ChartPick { series, point: index, clicked: true }).unwrap();
                assert_eq!(point.accuracy, place[1]);
                let widths = [point.weight_bits, point.activation_bits].map(f64::from);
                assert!(widths.contains(&place[0]), "{}: {point:?}", drawn.name);
                num_points += 1;
            }
        }
        assert_eq!(num_points, 7 + 5 + 2);
    }

    #[test]
    fn every_point_has_its_bill() {
        let bits = (*made_up::measured(&RunId("a".into())).measured[0]).clone();
        let plain = |text: &str| text.replace(numbers::THIN_SPACE, " ");
        let chart = chart(&bits, Method::Cgs, &Theme::new(Mode::Dark));
        let marks = chart.series.iter().find(|series| series.name.starts_with("weight bits")).unwrap();
        assert_eq!(marks.remarks.len(), bits.by_weight_bits.len());
        // Two bits of 130 048 weights, and what the made-up network has beside them: 282 284 bits.
        let said = plain(&marks.remarks[0]);
        assert!(
            said.starts_with("2 × 8 bit: 34.5 KiB, 35 286 bytes by the bill\nthe run as shipped is better"),
            "{said}"
        );
        let near = plain(&marks.remarks[3]);
        assert!(near.contains("Within noise: of 803 clips"), "{near}");
        let table = table(&bits, Some(&Config::default()));
        assert_eq!(table.rows.len(), 7 + 5 + 2);
        assert_eq!(table.rows[0][4..6], ["282284", "35286"]);
        assert_eq!(table.rows[0][9..], ["64", "0.75", "1", "built-in demo data"]);
        assert_eq!(table.rows[12][..3], ["this run", "5", "8"]);
        assert!(table.rows.iter().all(|row| row.len() == table.headings.len()));
    }
}
