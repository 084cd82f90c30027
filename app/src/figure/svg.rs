//! Scenes as SVG text.

use std::fmt::Write as _;

use super::scene::{Anchor, Mark};
use super::{Figure, Rgb};

/// Fonts named in the file, first choice first; any sans serif will do.
const FONT_FAMILY: &str = "InterTabular, Inter, Ubuntu, 'Segoe UI', Helvetica, Arial, sans-serif";

/// The figure as an SVG document of `width` by `height` points.
///
/// Text stays text. Title and settings are repeated in `<title>` and `<desc>`, so that the file can be
/// searched and read aloud.
pub fn svg(figure: &Figure, width: f32, height: f32) -> String {
    let scene = figure.scene(width, height);
    let mut out = String::with_capacity(64 * 1024);
    let (w, h) = (scene.width, scene.height);
    // Writing into a String cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"{FONT_FAMILY}\">\n<title>{}</title>\n<desc>{}</desc>\n<rect width=\"{w}\" height=\"{h}\" fill=\"{}\"/>\n",
        escape(&figure.title),
        escape(&figure.settings.join("; ")),
        hex(scene.paper),
    );
    for mark in &scene.marks {
        write_mark(&mut out, mark);
    }
    out + "</svg>\n"
}

fn write_mark(out: &mut String, mark: &Mark) {
    let _ = match mark {
        Mark::Rect { rect: [x, y, w, h], fill } => {
            writeln!(
                out,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
                num(*x),
                num(*y),
                num(*w),
                num(*h),
                hex(*fill)
            )
        }
        Mark::Rects { rects, fill } => {
            let mut path = String::with_capacity(rects.len() * 24);
            for [x, y, w, h] in rects {
                let _ = write!(path, "M{} {}h{}v{}h-{}z", num(*x), num(*y), num(*w), num(*h), num(*w));
            }
            writeln!(out, "<path d=\"{path}\" fill=\"{}\"/>", hex(*fill))
        }
        Mark::Line { points, colour, width, dash } => {
            let dash = dash.iter().map(|length| num(*length)).collect::<Vec<_>>().join(" ");
            let dash = if dash.is_empty() { dash } else { format!(" stroke-dasharray=\"{dash}\"") };
            writeln!(
                out,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{dash}/>",
                coordinates(points),
                hex(*colour),
                num(*width)
            )
        }
        Mark::Shape { points, fill, stroke, width } => writeln!(
            out,
            "<polygon points=\"{}\" fill=\"{}\" stroke=\"{}\" stroke-width=\"{}\"/>",
            coordinates(points),
            paint(*fill),
            hex(*stroke),
            num(*width)
        ),
        Mark::Circle { centre, radius, fill, stroke, width } => writeln!(
            out,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\" stroke=\"{}\" stroke-width=\"{}\"/>",
            num(centre[0]),
            num(centre[1]),
            num(*radius),
            paint(*fill),
            hex(*stroke),
            num(*width)
        ),
        Mark::Text { at, text, size, colour, anchor, upwards, bold } => {
            let (x, y) = (num(at[0]), num(at[1]));
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let turn = if *upwards { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
            let weight = if *bold { " font-weight=\"500\"" } else { "" };
            writeln!(
                out,
                "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" fill=\"{}\" text-anchor=\"{anchor}\"{weight}{turn}>{}</text>",
                num(*size),
                hex(*colour),
                escape(text)
            )
        }
    };
}

fn coordinates(points: &[[f32; 2]]) -> String {
    points.iter().map(|[x, y]| format!("{},{}", num(*x), num(*y))).collect::<Vec<_>>().join(" ")
}

fn paint(fill: Option<Rgb>) -> String {
    fill.map_or_else(|| "none".to_string(), hex)
}

fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// A coordinate with two decimals at most: a hundredth of a point is below what any device shows.
fn num(value: f32) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// Escapes markup and leaves out characters that XML 1.0 forbids.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
