//! Figures as files, checked from the outside.

use super::*;

fn curves() -> Figure {
    let line = |name: &str, dash, offset: f64| {
        Series::line(
            name,
            [0, 102, 168],
            dash,
            (1..=40).map(|e| [f64::from(e), offset / f64::from(e)]).collect(),
        )
    };
    let mut best = Series::points("best", [0, 102, 168], Glyph::Diamond, vec![[12.0, 0.4]]);
    best.points.push([f64::NAN, 1.0]);
    let chart = Chart {
        x: Axis::new("Epoch", Unit::Plain).whole(),
        y: Axis::new("Loss", Unit::Plain),
        series: vec![line("training", Dash::Solid, 2.0), line("validation", Dash::Dashed, 2.4), best],
        rules: vec![Rule { name: "threshold".into(), value: 0.7, colour: [150, 60, 0] }],
    };
    Figure {
        title: "Loss <of> one & the same run".into(),
        body: Body::Chart(chart),
        settings: vec!["b = 64".into(), "p = 75 %".into(), "seed 1".into()],
        ink: Ink::LIGHT,
    }
}

#[test]
fn svg_says_everything_a_reader_needs() {
    let text = svg(&curves(), 640.0, 420.0);
    for needed in [
        "Epoch",
        "Loss",
        "training",
        "validation",
        "best",
        "threshold",
        "b = 64 · p = 75 % · seed 1",
        "&lt;of&gt; one &amp;",
    ] {
        assert!(text.contains(needed), "{needed} is missing");
    }
    assert!(text.contains("stroke-dasharray"));
    assert!(!text.contains("NaN"), "a value without a place must be left out");
}

#[test]
fn png_has_the_size_asked_and_ink_on_it() {
    let bytes = png(&curves(), 640.0, 420.0, 2.0).unwrap();
    assert_eq!(&bytes[1..4], b"PNG");
    let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((side(16), side(20)), (1280, 840));
    assert!(bytes.len() > 10_000, "text and lines must be visible: {} bytes", bytes.len());
    let error = png(&curves(), 4000.0, 4000.0, 4.0).unwrap_err().to_string();
    assert!(error.contains("16000"), "{error}");
}

#[test]
fn charts_without_data_still_have_axes() {
    let empty = Chart { x: Axis::new("Memory", Unit::Bytes).log(), ..Chart::default() };
    assert_eq!(empty.bounds(), [(0.0, 1.0); 2]);
    let figure = Figure { body: Body::Chart(empty), ..curves() };
    assert!(svg(&figure, 300.0, 200.0).contains("Memory"));
}

#[test]
fn matrices_name_both_axes() {
    let matrix = Matrix {
        labels: vec!["yes".into(), "no".into()],
        row_axis: "true".into(),
        col_axis: "predicted".into(),
        counts: vec![vec![9, 1], vec![0, 10]],
        fills: vec![vec![[253, 231, 36], [68, 1, 84]], vec![[68, 1, 84], [253, 231, 36]]],
        scale: ColourScale {
            name: "share".into(),
            low: "0".into(),
            high: "1".into(),
            stops: vec![[0; 3]; 8],
        },
    };
    assert!(matrix.table().csv().starts_with("true \\ predicted,yes,no\r\nyes,9,1"));
    let figure = Figure { body: Body::Matrix(matrix), ..curves() };
    let text = svg(&figure, 480.0, 480.0);
    assert!(text.contains(">true<") && text.contains(">predicted<") && text.contains(">10<"));
}

#[test]
fn block_maps_end_with_the_matrix() {
    let layer = CellLayer {
        name: "hidden 1".into(),
        out_features: 10,
        in_features: 10,
        block: 8,
        cells: vec![(1, 1, [200, 0, 0])],
    };
    let cells = CellMap { layers: vec![layer], empty: [240; 3], scale: ColourScale::default() };
    let scene = Figure { body: Body::Cells(cells), ..curves() }.scene(400.0, 400.0);
    let empty = scene.marks.iter().find_map(|mark| match mark {
        Mark::Rect { rect, fill } if *fill == [240; 3] => Some(*rect),
        _ => None,
    });
    let kept = scene.marks.iter().find_map(|mark| match mark {
        Mark::Rects { rects, .. } => Some(rects[0]),
        _ => None,
    });
    let ([x, y, w, h], [kx, ky, kw, kh]) = (empty.unwrap(), kept.unwrap());
    assert!((kx + kw - (x + w)).abs() < 1e-3 && (ky + kh - (y + h)).abs() < 1e-3);
    assert!((kw - 0.2 * w).abs() < 1e-3);
}
