//! Progress on standard error; nothing is drawn where that is no terminal.

use std::borrow::Cow;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Unit of what is counted.
#[derive(Debug, Clone, Copy)]
pub enum Unit {
    /// Whole things, such as recordings.
    Count,
    /// Bytes.
    Bytes,
}

/// A bar that says what is done, how far it has come, and how long it will take.
pub fn bar(what: impl Into<Cow<'static, str>>, unit: Unit) -> ProgressBar {
    let amounts = match unit {
        Unit::Count => "{human_pos} of {human_len}",
        Unit::Bytes => "{bytes} of {total_bytes}, {bytes_per_sec}",
    };
    let template = format!("{{msg}} {{bar:32}} {amounts}, {{eta}} left");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(0).with_style(style).with_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Shows `done` of `total`.
pub fn show(bar: &ProgressBar, done: u64, total: u64) {
    bar.set_length(total);
    bar.set_position(done);
}
