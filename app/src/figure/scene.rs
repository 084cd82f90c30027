//! A laid-out picture: a handful of primitive marks in points, origin at the top left.

use super::Rgb;

/// Where text sits relative to its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The text begins here.
    Start,
    /// The text is centred here.
    Middle,
    /// The text ends here.
    End,
}

/// One primitive.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A filled rectangle: left, top, width, height.
    Rect {
        /// Left, top, width, height.
        rect: [f32; 4],
        /// Its colour.
        fill: Rgb,
    },
    /// Many rectangles of one colour; kept together so that large maps stay small files.
    Rects {
        /// Left, top, width, height of each.
        rects: Vec<[f32; 4]>,
        /// Their colour.
        fill: Rgb,
    },
    /// An open line through points.
    Line {
        /// Its points.
        points: Vec<[f32; 2]>,
        /// Its colour.
        colour: Rgb,
        /// Its width.
        width: f32,
        /// Lengths of strokes and gaps; empty for a solid line.
        dash: Vec<f32>,
    },
    /// A closed outline, filled or not.
    Shape {
        /// Its corners.
        points: Vec<[f32; 2]>,
        /// Colour inside, if any.
        fill: Option<Rgb>,
        /// Colour of the outline.
        stroke: Rgb,
        /// Width of the outline.
        width: f32,
    },
    /// A disc or ring.
    Circle {
        /// Its centre.
        centre: [f32; 2],
        /// Its radius.
        radius: f32,
        /// Colour inside, if any.
        fill: Option<Rgb>,
        /// Colour of the outline.
        stroke: Rgb,
        /// Width of the outline.
        width: f32,
    },
    /// One line of text.
    Text {
        /// Its baseline position.
        at: [f32; 2],
        /// The text.
        text: String,
        /// Its size.
        size: f32,
        /// Its colour.
        colour: Rgb,
        /// Which end of it is at the position.
        anchor: Anchor,
        /// Whether it reads upwards.
        upwards: bool,
        /// Whether it is set in bold.
        bold: bool,
    },
}

/// Marks on paper, first drawn first.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Width in points.
    pub width: f32,
    /// Height in points.
    pub height: f32,
    /// Background.
    pub paper: Rgb,
    /// What is drawn.
    pub marks: Vec<Mark>,
}

impl Scene {
    /// Empty paper.
    pub fn new(width: f32, height: f32, paper: Rgb) -> Self {
        Self { width, height, paper, marks: Vec::new() }
    }

    /// A straight solid line.
    pub(super) fn segment(&mut self, from: [f32; 2], to: [f32; 2], colour: Rgb, width: f32) {
        self.marks.push(Mark::Line { points: vec![from, to], colour, width, dash: Vec::new() });
    }

    /// One horizontal line of regular text.
    pub(super) fn text(&mut self, at: [f32; 2], text: &str, size: f32, colour: Rgb, anchor: Anchor) {
        let text = text.to_string();
        self.marks.push(Mark::Text { at, text, size, colour, anchor, upwards: false, bold: false });
    }
}

/// Approximate width of a line of text in points.
///
/// Layout needs no more than this: readers of an SVG see it in a font of their own. Shares of the size
/// follow a humanist sans serif, rounded up.
pub(super) fn text_width(text: &str, size: f32) -> f32 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '|' | '!' | '\'' | ' ' | '\u{2009}' => 0.3,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' => 0.4,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.9,
        c if c.is_ascii_uppercase() => 0.68,
        _ => 0.57,
    };
    text.chars().map(em).sum::<f32>() * size
}

/// Shortens a text to at most `width` points, with an ellipsis where it was cut.
pub(super) fn fit_text(text: &str, size: f32, width: f32) -> String {
    if text_width(text, size) <= width {
        return text.to_string();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while !kept.is_empty() && text_width(&kept.iter().collect::<String>(), size) + 0.8 * size > width {
        kept.pop();
    }
    kept.into_iter().chain(['…']).collect()
}
