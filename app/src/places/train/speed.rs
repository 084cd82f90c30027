//! How fast a run is, in figures: clips per second, and its training step against the dense one.

use engine::protocol::{CurrentRun, RunPhase};
use engine::train::{AgainstDense, StepSpeed};

use crate::numbers;
use crate::widgets::Figure;

/// Widest text of the figures of this file, value and what stands beside it.
pub(super) const CLIPS_WIDEST: [&str; 2] = ["888\u{2009}888 clips/s", "88\u{2009}% waiting for inputs"];
pub(super) const STEP_WIDEST: [&str; 2] = ["888\u{2009}ms", "8.8× faster than dense (888\u{2009}ms)"];

/// Share of waiting from which it is making inputs that sets the pace.
const MOSTLY: f64 = 0.5;

/// Training clips per second, and whether the trainer waits for inputs.
pub(super) fn clips(run: &CurrentRun) -> Figure {
    let (value, beside) = if run.samples_per_sec > 0.0 {
        let clips = numbers::significant(run.samples_per_sec, 3);
        (format!("{clips} clips/s"), format!("{} waiting for inputs", numbers::percent(run.wait_share, 0)))
    } else {
        ("–".into(), String::new())
    };
    let pace = if run.wait_share >= MOSTLY {
        "Here it is the making of inputs that sets the pace: a faster network would train hardly faster."
    } else {
        "Here it is the network that sets the pace."
    };
    let how = format!(
        "Training clips per second, and the share of time that the trainer waits for inputs, both over the last \
         seconds. Every epoch varies all clips anew and turns them into features, on threads of their own. {pace}"
    );
    Figure { name: "Speed", value, beside, how }
}

/// One training step, and how it compares with a dense one.
pub(super) fn step(run: &CurrentRun) -> Figure {
    let (value, beside) = match run.against_dense {
        AgainstDense::Measured(speed) => (numbers::short_time(speed.block_secs), comparison(speed)),
        // The first steps are cold, and no time to show for a moment.
        AgainstDense::Unknown if is_comparing(run) => ("–".into(), "comparing with dense…".into()),
        other => (recent(run), without_figure(other).into()),
    };
    Figure { name: "Training step", value, beside, how: how(run) }
}

fn comparison(speed: StepSpeed) -> String {
    let words = numbers::faster_than(speed.block_secs, speed.dense_secs, "dense");
    format!("{words} ({})", numbers::short_time(speed.dense_secs))
}

/// Median of the latest steps.
fn recent(run: &CurrentRun) -> String {
    if run.step_secs > 0.0 { numbers::short_time(run.step_secs) } else { "–".into() }
}

fn is_comparing(run: &CurrentRun) -> bool {
    matches!(run.phase, RunPhase::Training | RunPhase::Paused)
}

fn without_figure(against: AgainstDense) -> &'static str {
    match against {
        AgainstDense::IsDense => "dense network",
        AgainstDense::TooLarge => "dense: too large to time",
        _ => "not compared with dense",
    }
}

fn how(run: &CurrentRun) -> String {
    let batch = numbers::count(run.config.train.batch as u64, "clip", "clips");
    let step =
        format!("A step takes {batch} forward, computes the loss, goes backward and updates the weights.");
    let recent = format!("The latest steps of the run took {} (median).", recent(run));
    match run.against_dense {
        AgainstDense::Measured(speed) => format!(
            "{step} Measured on this machine between the first steps of the run, this network and the dense network of \
             the same sizes in turns, with the same batch, bits, optimiser and threads, on ready inputs: {} against {} \
             (medians). Runs with the same network share the figure. {recent} They share the processor with the \
             making of inputs.",
            numbers::short_time(speed.block_secs),
            numbers::short_time(speed.dense_secs)
        ),
        AgainstDense::IsDense => format!("{step} {recent} This network is the dense one."),
        AgainstDense::TooLarge => format!(
            "{step} {recent} A step of the dense network of the same sizes would hold up the run for too long, or take \
             too much memory, to be measured beside it."
        ),
        AgainstDense::Unknown => format!("{step} {recent}"),
    }
}

#[cfg(test)]
mod tests {
    use engine::settings::Config;

    use super::*;
    use crate::made_up;

    fn run(against_dense: AgainstDense) -> CurrentRun {
        CurrentRun { against_dense, ..made_up::mid_training(Config::default()).current.unwrap() }
    }

    fn plain(text: &str) -> String {
        text.replace(numbers::THIN_SPACE, " ")
    }

    fn shown(against_dense: AgainstDense) -> (String, String) {
        let figure = step(&run(against_dense));
        (plain(&figure.value), plain(&figure.beside))
    }

    fn measured(block_ms: f64, dense_ms: f64) -> AgainstDense {
        AgainstDense::Measured(StepSpeed { block_secs: block_ms / 1e3, dense_secs: dense_ms / 1e3 })
    }

    #[test]
    fn a_step_is_held_against_dense_in_the_words_that_fit() {
        let words = |value: &str, beside: &str| (value.to_string(), beside.to_string());
        assert_eq!(shown(measured(1.9, 6.8)), words("1.9 ms", "3.6× faster than dense (6.8 ms)"));
        assert_eq!(shown(measured(6.8, 1.9)), words("6.8 ms", "3.6× slower than dense (1.9 ms)"));
        assert_eq!(shown(measured(2.0, 2.01)), words("2.0 ms", "as fast as dense (2.0 ms)"));
        assert_eq!(shown(AgainstDense::IsDense), words("2.3 ms", "dense network"));
        assert_eq!(shown(AgainstDense::TooLarge).1, "dense: too large to time");
        assert_eq!(shown(AgainstDense::Unknown), words("–", "comparing with dense…"));
        let early = CurrentRun { step_secs: 0.0, ..run(AgainstDense::IsDense) };
        assert_eq!(step(&early).value, "–");
        let over = CurrentRun { phase: RunPhase::Finished, ..run(AgainstDense::Unknown) };
        assert_eq!(plain(&step(&over).value), "2.3 ms");
        assert_eq!(step(&over).beside, "not compared with dense");
    }

    #[test]
    fn waiting_for_inputs_is_said_and_what_it_means() {
        let slow = CurrentRun { wait_share: 0.62, ..run(AgainstDense::IsDense) };
        let figure = clips(&slow);
        assert_eq!(plain(&figure.value), "21 480 clips/s");
        assert_eq!(plain(&figure.beside), "62 % waiting for inputs");
        assert!(figure.how.contains("the making of inputs that sets the pace"), "{}", figure.how);
        let fast = CurrentRun { wait_share: 0.02, ..slow };
        assert!(clips(&fast).how.contains("the network that sets the pace"));
        let early = CurrentRun { samples_per_sec: 0.0, ..fast };
        assert_eq!((clips(&early).value.as_str(), clips(&early).beside.as_str()), ("–", ""));
    }
}
