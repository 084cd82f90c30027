//! The confusion matrix with recall and precision of every label.

use std::fmt::Write as _;

use super::facts::Facts;
use super::markup::{hint, section, text};
use crate::evaluate::Confusion;
use crate::look::numbers;

/// Shades of the matrix; equal steps on the square root of the share.
pub(super) const SHADES: usize = 20;

/// The section; nothing where the run was not measured.
pub(super) fn section_of(facts: &Facts<'_>) -> String {
    let Some(confusion) = facts.summary().map(|summary| &summary.confusion) else { return String::new() };
    if confusion.labels.is_empty() {
        return section("confusion", "Confusion", &hint("This run has no confusion matrix."));
    }
    let words: Vec<String> = confusion
        .largest_errors(3)
        .iter()
        .map(|(count, label, predicted)| format!("{label} as {predicted} {count}×"))
        .collect();
    let told = match words.is_empty() {
        true => "No confusions.".to_string(),
        false => format!("Most confused: {}.", words.join(", ")),
    };
    let scale = "Shades: share of the true word's clips, on a square-root scale.";
    section("confusion", "Confusion", &format!("{}{}", table(confusion), hint(&format!("{told} {scale}"))))
}

/// Shade of a cell: 0 for nothing, else 1 to [`SHADES`].
fn shade(count: u32, of: u32) -> usize {
    let share = f64::from(count) / f64::from(of.max(1));
    if count == 0 { 0 } else { ((share.sqrt() * SHADES as f64).round() as usize).clamp(1, SHADES) }
}

fn table(confusion: &Confusion) -> String {
    let figures = confusion.per_class();
    let share =
        |share: Option<f64>| text(&share.map_or_else(|| "–".into(), |share| numbers::percent(share, 1)));
    let headings: String = confusion
        .labels
        .iter()
        .map(|label| format!("<th scope=\"col\" class=\"label\"><span>{}</span></th>", text(label)))
        .collect();
    let count = confusion.labels.len();
    let mut out = format!(
        "<div class=\"wide\"><table class=\"confusion\">\n<caption>Confusion on the testing split: rows are true words, columns what they were taken for</caption>\n<thead><tr><th scope=\"col\">true \\ predicted</th>{headings}<th scope=\"col\">clips</th><th scope=\"col\">recall</th></tr></thead>\n<tbody>\n"
    );
    for (label, (counts, figures)) in confusion.counts.iter().zip(&figures).enumerate() {
        let of: u32 = counts.iter().sum();
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", text(&figures.label));
        for (predicted, &clips) in counts.iter().enumerate() {
            let class = if label == predicted { " hit" } else { "" };
            let shown = if clips == 0 { String::new() } else { clips.to_string() };
            let _ = write!(out, "<td class=\"s{}{class}\">{shown}</td>", shade(clips, of));
        }
        let clips = text(&numbers::whole(u64::from(figures.num_clips)));
        let _ = writeln!(
            out,
            "<td class=\"sum\">{clips}</td><td class=\"sum\">{}</td></tr>",
            share(figures.recall)
        );
    }
    let precisions: String =
        figures.iter().map(|figures| format!("<td><span>{}</span></td>", share(figures.precision))).collect();
    let accuracy = text(&numbers::percent(confusion.accuracy(), 1));
    let clips = text(&numbers::whole(confusion.num_clips()));
    let _ = writeln!(
        out,
        "</tbody>\n<tfoot><tr class=\"p{}\"><th scope=\"row\">precision</th>{precisions}<td class=\"sum\">{clips}</td><td class=\"sum\">{accuracy}</td></tr></tfoot>\n</table></div>",
        usize::from(count > 12)
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_errors_are_seen_and_nothing_is_blank() {
        assert_eq!([shade(0, 100), shade(1, 10_000), shade(25, 100), shade(100, 100)], [0, 1, 10, 20]);
        assert_eq!(shade(0, 0), 0);
    }
}
