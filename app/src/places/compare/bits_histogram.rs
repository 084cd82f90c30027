//! One histogram of magnitudes with the codes that hold them: what becomes zero, what is held, what is clipped.
//!
//! Numbers above and below zero share a bar: an axis of octaves has no place for a sign.

use egui::{Align2, Color32, Rect, Sense, Stroke, TextStyle, Ui, Vec2, WidgetInfo, pos2};
use engine::protocol::{CodeRange, Numbers};

use crate::numbers;
use crate::theme::{Theme, size};

/// Bars of one octave.
const BARS: f64 = 4.0;
/// Octaves shown below half a step and above the largest code.
const BESIDE: f64 = 1.5;
/// Octaves shown where the numbers have no codes.
const FLOAT_OCTAVES: f64 = 14.0;
/// Height of the line of names, and of the line of places.
const TITLE: f32 = 18.0;
const PLACES: f32 = 15.0;

/// Draws a histogram.
pub(super) fn ui(ui: &mut Ui, theme: &Theme, name: &str, counted: &Numbers, colour: Color32, room: Vec2) {
    let (rect, response) = ui.allocate_exact_size(room, Sense::hover());
    let spoken = format!("{name}: {}", words(counted));
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &spoken));
    let palette = &theme.palette;
    let (body, small) = (TextStyle::Body.resolve(ui.style()), TextStyle::Small.resolve(ui.style()));
    let painter = ui.painter_at(rect);
    let title = painter.text(rect.left_top(), Align2::LEFT_TOP, name, body, palette.text);
    let clipped = counted.codes.map_or(0.0, |codes| codes.clipped_share);
    let ink = if clipped > 0.05 { palette.warning } else { palette.weak };
    let room = rect.right() - title.right() - size::STEP;
    let beside = short_words(counted).map(|text| painter.layout_no_wrap(text, small.clone(), ink));
    if let Some(galley) = beside.into_iter().find(|galley| galley.size().x <= room) {
        painter.galley(rect.right_top() + egui::vec2(-galley.size().x, 2.0), galley, ink);
    }
    let plot =
        Rect::from_min_max(pos2(rect.left(), rect.top() + TITLE), pos2(rect.right(), rect.bottom() - PLACES));
    painter.rect_filled(plot, 2.0, palette.sunken);
    let scale = Scale::of(counted, plot);
    bars(counted, &scale).into_iter().for_each(|(octave, share)| {
        let left = scale.x(octave);
        let bar = Rect::from_min_max(
            pos2(left, plot.bottom() - share * (plot.height() - size::HALF)),
            pos2(scale.x(octave + 1.0 / BARS) - 1.0, plot.bottom()),
        );
        let fate = counted.codes.map_or(Fate::Held, |codes| fate(&codes, (octave + 0.5 / BARS).exp2()));
        let fill = match fate {
            Fate::Lost => palette.weak.gamma_multiply(0.55),
            Fate::Held => colour,
            Fate::Clipped => palette.error,
        };
        painter.rect_filled(bar, 0.0, fill);
    });
    if let Some(codes) = counted.codes {
        for edge in [codes.step / 2.0, codes.largest] {
            let x = scale.x(edge.log2());
            painter.vline(x, plot.y_range(), Stroke::new(1.0, palette.text.gamma_multiply(0.6)));
        }
    }
    for octave in scale.marks() {
        let at = pos2(scale.x(f64::from(octave)), plot.bottom() + 2.0);
        let text = numbers::power_of_two(octave);
        // At either end the text stands inside, where it is not cut.
        let anchor = match at.x {
            x if x > plot.right() - 12.0 => Align2::RIGHT_TOP,
            x if x < plot.left() + 12.0 => Align2::LEFT_TOP,
            _ => Align2::CENTER_TOP,
        };
        painter.text(at, anchor, text, small.clone(), palette.weak);
    }
    response.on_hover_text(format!("{}.\n{}", words(counted), how(counted)));
}

/// What becomes of a magnitude, by the end of the codes that reaches further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Lost,
    Held,
    Clipped,
}

fn fate(codes: &CodeRange, magnitude: f64) -> Fate {
    match magnitude {
        small if small < codes.step / 2.0 => Fate::Lost,
        large if large > codes.largest + codes.step / 2.0 => Fate::Clipped,
        _ => Fate::Held,
    }
}

/// Octaves across a plot.
struct Scale {
    low: f64,
    high: f64,
    plot: Rect,
}

impl Scale {
    fn of(counted: &Numbers, plot: Rect) -> Self {
        let occupied = counted.histogram.magnitudes().filter(|(_, count)| *count > 0);
        let largest = occupied.map(|(magnitude, _)| magnitude).last().unwrap_or(1.0).log2();
        let (low, high) = match counted.codes {
            Some(codes) => ((codes.step / 2.0).log2() - BESIDE, codes.largest.log2().max(largest) + 0.5),
            None => (largest - FLOAT_OCTAVES, largest + 0.5),
        };
        Self { low: (low * BARS).floor() / BARS, high: (high * BARS).ceil() / BARS, plot }
    }

    fn x(&self, octave: f64) -> f32 {
        let share = (octave - self.low) / (self.high - self.low).max(1e-9);
        self.plot.left() + self.plot.width() * share.clamp(0.0, 1.0) as f32
    }

    /// Octaves that are named, about one in 56 points.
    fn marks(&self) -> impl Iterator<Item = i32> {
        let octaves = (self.high - self.low).max(1.0);
        let stride = (octaves * 56.0 / f64::from(self.plot.width().max(1.0))).ceil().max(1.0) as i32;
        let (first, last) = (self.low.ceil() as i32, self.high.floor() as i32);
        (first..=last).filter(move |octave| octave.rem_euclid(stride) == 0)
    }
}

/// Height of each bar, 0 to 1, by the octave where it begins; numbers of both signs are in it.
///
/// Magnitudes below the scale have no bar: many octaves in one would flatten the rest, and their share stands in words.
fn bars(counted: &Numbers, scale: &Scale) -> Vec<(f64, f32)> {
    let num_bars = ((scale.high - scale.low) * BARS).round().max(1.0) as usize;
    let mut counts = vec![0u64; num_bars];
    for (magnitude, count) in counted.histogram.magnitudes().filter(|(_, count)| *count > 0) {
        let at = ((magnitude.log2() - scale.low) * BARS).floor();
        if at >= 0.0 {
            counts[(at as usize).min(num_bars - 1)] += count;
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0).max(1);
    let bar = |(index, count): (usize, &u64)| (scale.low + index as f64 / BARS, *count as f32 / most as f32);
    counts.iter().enumerate().map(bar).collect()
}

/// Width and clipped share, as beside the name; the second is for narrow rooms.
fn short_words(counted: &Numbers) -> [String; 2] {
    match counted.codes {
        Some(codes) => {
            let clipped = format!("{} clipped", share(codes.clipped_share));
            [format!("{} bit, {clipped}", codes.bits), clipped]
        }
        None => ["32-bit float".into(), "float".into()],
    }
}

/// Its shares in words.
fn words(counted: &Numbers) -> String {
    let zeros = counted.histogram.num_zeros() as f64 / counted.histogram.num_values().max(1) as f64;
    let mut words = match counted.codes {
        Some(codes) => format!(
            "{} bit, {} clipped, {} become zero",
            codes.bits,
            share(codes.clipped_share),
            share(codes.lost_share)
        ),
        None => "float".into(),
    };
    if zeros > 0.005 {
        words += &format!(", {} are zero", share(zeros));
    }
    words
}

/// A share that is small without being nothing says so.
fn share(share: f64) -> String {
    match share {
        0.0 => format!("0{}%", numbers::THIN_SPACE),
        ..0.0005 => format!("<{}{}", numbers::THIN_SPACE, numbers::percent(0.001, 1)),
        _ => numbers::percent(share, 1),
    }
}

fn how(counted: &Numbers) -> String {
    let all = numbers::whole(counted.histogram.num_values());
    match counted.codes {
        Some(codes) => format!(
            "Magnitudes of {all} numbers, of both signs, on a scale of octaves. Codes of {} bits, one step worth {}, reach from \
             half a step (left line) to {} (right line). Smaller numbers become zero, larger ones are clipped to the code at \
             their end. The step is the power of two with the smallest squared error.",
            codes.bits,
            numbers::power_of_two(codes.step.log2().round() as i32),
            numbers::significant(codes.largest, 3),
        ),
        None => format!(
            "Magnitudes of {all} numbers, of both signs, on a scale of octaves, in floating point: no code clips them."
        ),
    }
}

#[cfg(test)]
mod tests {
    use engine::fixed::MagnitudeHistogram;

    use super::*;

    #[test]
    fn every_magnitude_has_a_fate_and_those_in_view_a_bar() {
        let codes = CodeRange { bits: 4, step: 1.0, largest: 15.0, clipped_share: 0.2, lost_share: 0.2 };
        let fates = [0.4, 0.6, 15.4, 15.6].map(|magnitude| fate(&codes, magnitude));
        assert_eq!(fates, [Fate::Lost, Fate::Held, Fate::Held, Fate::Clipped]);
        let mut histogram = MagnitudeHistogram::new(false);
        histogram.add(&[0.0, 0.001, 1.0, 1.0, 40.0]);
        let counted = Numbers { histogram, codes: Some(codes) };
        let plot = Rect::from_min_max(pos2(0.0, 0.0), pos2(200.0, 80.0));
        let bars = bars(&counted, &Scale::of(&counted, plot));
        let tall: Vec<f64> =
            bars.iter().filter(|(_, share)| *share > 0.0).map(|(octave, _)| *octave).collect();
        assert_eq!(tall.len(), 2, "what is below the scale has no bar: {bars:?}");
        assert_eq!(tall[0], 0.0);
        assert!(words(&counted).contains("20.0\u{2009}% are zero"), "{}", words(&counted));
    }

    #[test]
    fn numbers_below_zero_are_drawn_as_those_above_are() {
        let codes = CodeRange { bits: 4, step: 1.0, largest: 8.0, clipped_share: 0.0, lost_share: 0.0 };
        let plot = Rect::from_min_max(pos2(0.0, 0.0), pos2(200.0, 80.0));
        let drawn = |values: &[f32], codes| {
            let mut histogram = MagnitudeHistogram::new(true);
            histogram.add(values);
            let counted = Numbers { histogram, codes };
            let scale = Scale::of(&counted, plot);
            assert!(
                scale.low.is_finite() && scale.high.is_finite(),
                "{values:?}: {} {}",
                scale.low,
                scale.high
            );
            bars(&counted, &scale)
        };
        for codes in [Some(codes), None] {
            let above = drawn(&[1.0, 1.0, 3.0, 6.0], codes);
            assert_eq!(above.iter().filter(|(_, share)| *share > 0.0).count(), 3);
            assert_eq!(drawn(&[-1.0, -1.0, -3.0, -6.0], codes), above, "all below zero");
            assert_eq!(drawn(&[-1.0, 1.0, -3.0, 6.0], codes), above, "on both sides of it");
        }
    }

    #[test]
    fn tiny_shares_are_not_nothing() {
        assert_eq!(share(0.0), "0\u{2009}%");
        assert_eq!(share(0.00001), "<\u{2009}0.1\u{2009}%");
        assert_eq!(share(0.031), "3.1\u{2009}%");
    }
}
