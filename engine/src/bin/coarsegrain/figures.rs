//! Final figures as text for people.

use std::path::Path;

use engine::evaluate::{ClassFigures, Confusion};
use engine::files::{one_line, path_text};
use engine::look::columns::{self, flush_left, flush_right};
use engine::runs::{RunEnd, Summary};

/// The summary of a run.
pub fn summary(run: &Path, summary: &Summary) -> String {
    let bits = &summary.memory_bits;
    let end = match summary.end {
        RunEnd::Complete => "",
        RunEnd::Early => ", ended early: validation had stopped improving",
        RunEnd::Stopped => ", stopped by hand; --resume goes on",
        RunEnd::Diverged => ", the loss became no number after that",
        RunEnd::Rounded => "",
    };
    let density = if (summary.density_requested - summary.density_achieved).abs() < 5e-5 {
        format!("{:.4}", summary.density_achieved)
    } else {
        format!("{:.4} achieved, {:.4} requested", summary.density_achieved, summary.density_requested)
    };
    let rows = [
        ("run", one_line(&path_text(run))),
        (
            "testing",
            format!(
                "{} of {} clips, loss {:.4}",
                percent(summary.test_accuracy),
                thousands(summary.num_test as u64),
                summary.test_loss
            ),
        ),
        (
            "validation",
            format!(
                "{}, epoch {} of {}{end}",
                percent(summary.valid_accuracy),
                summary.best_epoch,
                summary.num_epochs
            ),
        ),
        (
            "memory",
            format!(
                "{} = weights {} + index {} + biases {}",
                kibibytes(bits.total),
                kibibytes(bits.weights),
                kibibytes(bits.index),
                kibibytes(bits.biases)
            ),
        ),
        (
            "against dense",
            format!(
                "{:.1}x below fp32 ({}), {:.1}x below fp64 ({})",
                summary.reduction_vs_fp32,
                kibibytes(bits.dense_fp32),
                summary.reduction_vs_fp64,
                kibibytes(bits.dense_fp64)
            ),
        ),
        ("density", density),
        ("multiplications", format!("{} per decision", thousands(summary.macs_per_inference))),
        (
            "training",
            format!(
                "{:.1} s, {} clips/s, seed {}",
                summary.train_seconds,
                thousands(summary.samples_per_sec.round() as u64),
                summary.seed
            ),
        ),
    ];
    let rounded = summary.rounded_from.as_ref();
    let rounded =
        rounded.map(|from| ("rounded", format!("after training, from {from}; it cannot be trained further")));
    rows.iter().chain(&rounded).map(|(name, value)| format!("{name:<16}{value}\n")).collect()
}

/// Precision and recall, label by label, then the confusion matrix.
pub fn classes(confusion: &Confusion, figures: &[ClassFigures]) -> String {
    let width = confusion.labels.iter().map(|label| columns::width(label)).max().unwrap_or(0).max(7);
    let share = |share: Option<f64>| share.map_or("-".into(), percent);
    let mut text = format!("{:<width$}  {:>6}  {:>9}  {:>9}\n", "label", "clips", "recall", "precision");
    for class in figures {
        let (recall, precision) = (share(class.recall), share(class.precision));
        let label = flush_left(&class.label, width);
        text += &format!("{label}  {:>6}  {recall:>9}  {precision:>9}\n", class.num_clips);
    }
    text += "\nrows: true label; columns: what it was taken for\n";
    let cell = width.max(5);
    text += &format!("{:<width$}", "");
    text.extend(confusion.labels.iter().map(|label| format!(" {}", flush_right(label, cell))));
    text.push('\n');
    for (label, row) in confusion.labels.iter().zip(&confusion.counts) {
        text += &flush_left(label, width);
        text.extend(row.iter().map(|count| format!(" {count:>cell$}")));
        text.push('\n');
    }
    text
}

/// 0.8154 is `81.5 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// 131072 is `131 072`, with narrow no-break spaces.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

fn kibibytes(bits: u64) -> String {
    format!("{:.1} KiB", bits as f64 / 8192.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
