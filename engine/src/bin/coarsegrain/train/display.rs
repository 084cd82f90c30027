//! How a run shows on standard error: bars on a terminal, a line an epoch elsewhere.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use engine::files::{one_line, path_text};
use engine::runs::RunFolder;
use engine::train::{EpochMetrics, Observer, TrainEvent};
use indicatif::{ProgressBar, ProgressStyle};

use crate::progress::{self, Unit};

/// The observer of `coarsegrain train`.
pub struct Display {
    num_epochs: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Bar of the preparation in progress, and what it says.
    preparing: Option<(String, ProgressBar)>,
    steps: Option<ProgressBar>,
    is_paused: bool,
}

impl Display {
    /// Says where the run is.
    pub fn new(run: &RunFolder, num_epochs: usize) -> Self {
        eprintln!("run: {}", one_line(&path_text(run.path())));
        Self { num_epochs, inner: Mutex::default() }
    }

    /// Takes the bars away.
    pub fn close(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.clear();
    }

    fn epoch_line(&self, metrics: &EpochMetrics) -> String {
        let width = self.num_epochs.to_string().len();
        format!(
            "epoch {:>width$}/{}  loss {:.4}  training {:5.1} %  validation {:5.1} %, loss {:.4}  {:.1} s{}",
            metrics.epoch,
            self.num_epochs,
            metrics.train_loss,
            metrics.train_accuracy * 100.0,
            metrics.valid_accuracy * 100.0,
            metrics.valid_loss,
            metrics.seconds,
            if metrics.is_best { "  best so far" } else { "" }
        )
    }
}

impl Inner {
    fn clear(&mut self) {
        for bar in self.steps.take().into_iter().chain(self.preparing.take().map(|(_, bar)| bar)) {
            bar.finish_and_clear();
        }
    }

    /// Prints a line above the bars.
    fn say(&self, line: &str) {
        match (&self.steps, &self.preparing) {
            (Some(bar), _) | (None, Some((_, bar))) if !bar.is_hidden() => bar.println(line),
            _ => eprintln!("{line}"),
        }
    }

    fn prepare(&mut self, what: &str, done: u64, total: u64) {
        if self.preparing.as_ref().is_none_or(|(shown, _)| shown != what) {
            self.clear();
            if !std::io::stderr().is_terminal() {
                eprintln!("{what}");
            }
            self.preparing = Some((what.to_string(), progress::bar(what.to_string(), Unit::Count)));
        }
        if let Some((_, bar)) = &self.preparing {
            progress::show(bar, done, total);
        }
    }
}

impl Observer for Display {
    fn observe(&self, event: TrainEvent<'_>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            TrainEvent::Preparing { what, done, total } => inner.prepare(what, done, total),
            TrainEvent::Notice(text) => inner.say(&format!("note: {text}")),
            TrainEvent::Ready { num_batches, history, .. } => {
                inner.clear();
                if let Some(last) = history.last() {
                    eprintln!("continuing after epoch {}", last.epoch);
                }
                inner.steps = Some(step_bar(num_batches as u64));
            }
            TrainEvent::Step { epoch, batch, loss, samples_per_sec, left_secs, .. } => {
                if let Some(bar) = &inner.steps {
                    bar.set_position(batch as u64);
                    let left = left_secs.map_or(String::new(), |secs| format!(", {} left", duration(secs)));
                    let epochs = self.num_epochs;
                    bar.set_message(format!(
                        "epoch {epoch}/{epochs}  loss {loss:.3}  {samples_per_sec:.0} clips/s{left}"
                    ));
                }
            }
            TrainEvent::Epoch(metrics) => inner.say(&self.epoch_line(metrics)),
            TrainEvent::Testing => {
                inner.clear();
                eprintln!("measuring the best weights on the testing split");
            }
            TrainEvent::Paused if !inner.is_paused => {
                inner.is_paused = true;
                inner.say("paused");
            }
            TrainEvent::Resumed => inner.is_paused = false,
            TrainEvent::Paused | TrainEvent::Blocks(_) | TrainEvent::AgainstDense(_) => {}
        }
    }
}

fn step_bar(num_batches: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:24} {pos}/{len} steps  {msg}");
    ProgressBar::new(num_batches).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// `12 s`, `3 min 20 s`, `2 h 5 min`.
fn duration(secs: f64) -> String {
    let secs = secs.round() as u64;
    match secs {
        0..120 => format!("{secs} s"),
        120..7200 => format!("{} min {} s", secs / 60, secs % 60),
        _ => format!("{} h {} min", secs / 3600, secs % 3600 / 60),
    }
}
