//! `coarsegrain features`: the feature matrix of one recording.

use std::path::PathBuf;

use engine::audio::{SAMPLE_RATE_HZ, decode};
use engine::features::{Frames, FrontEnd, SAMPLE_SCALE};
use engine::files::{one_line, path_text};
use engine::settings::Config;
use serde_json::{Value, json};

use crate::arguments::SetArgs;
use crate::output::print_line;

/// Rows of the text output before the middle is left out.
const MAX_TEXT_ROWS: usize = 40;

/// Arguments of `coarsegrain features`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Recording: WAV, FLAC, Ogg (Vorbis, Opus), MP3, M4A, AIFF, CAF or WebM, any sample rate; `-` reads standard input.
    file: PathBuf,
    #[command(flatten)]
    set: SetArgs,
    /// Print one JSON object with all frames.
    #[arg(long)]
    json: bool,
}

/// Prints the features of the whole recording, before placement and normalisation.
pub fn run(args: Args) -> anyhow::Result<()> {
    let mut config = Config::default();
    args.set.apply(&mut config)?;
    let front_end = FrontEnd::new(&config.features)?;
    let samples = decode(&args.file)?;
    let frames = front_end.frames(&samples);
    if args.json {
        return print_line(&as_json(&args, &front_end, samples.len(), &frames)?.to_string());
    }
    print_text(&args, &front_end, samples.len(), &frames)
}

fn as_json(args: &Args, front_end: &FrontEnd, num_samples: usize, frames: &Frames) -> anyhow::Result<Value> {
    let config = front_end.config();
    Ok(json!({
        "path": path_text(&args.file),
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "num_samples": num_samples,
        "num_frames": frames.num_frames,
        "num_coefs": frames.num_coefs,
        "features": frames.rows().collect::<Vec<_>>(),
        "parameters": {
            "kind": serde_json::to_value(config.kind)?,
            "frame_length_ms": config.frame_length_ms,
            "frame_shift_ms": config.frame_shift_ms,
            "num_mel": config.num_mel,
            "num_ceps": config.num_ceps,
            "low_hz": config.low_hz,
            "high_hz": front_end.high_hz(),
            "use_energy": config.use_energy,
            "raw_energy": config.raw_energy,
            "energy_floor": config.energy_floor,
            "remove_dc": config.remove_dc,
            "preemphasis": config.preemphasis,
            "window": serde_json::to_value(config.window)?,
            "lifter": config.lifter,
            "sample_scale": SAMPLE_SCALE,
            "dither": 0.0,
            "snip_edges": true,
            "fft_size": front_end.fft_size(),
        },
    }))
}

fn print_text(args: &Args, front_end: &FrontEnd, num_samples: usize, frames: &Frames) -> anyhow::Result<()> {
    let config = front_end.config();
    let secs = num_samples as f64 / f64::from(SAMPLE_RATE_HZ);
    print_line(&format!(
        "{}: {} frames x {} coefficients, {secs:.3} s, frames of {} ms every {} ms",
        one_line(&path_text(&args.file)),
        frames.num_frames,
        frames.num_coefs,
        config.frame_length_ms,
        config.frame_shift_ms
    ))?;
    let tail = frames.num_frames.saturating_sub(MAX_TEXT_ROWS / 4);
    let is_long = frames.num_frames > MAX_TEXT_ROWS;
    for (index, row) in frames.rows().enumerate() {
        if is_long && (MAX_TEXT_ROWS * 3 / 4..tail).contains(&index) {
            if index == MAX_TEXT_ROWS * 3 / 4 {
                print_line(&format!("     ... {} frames more; --json prints all", tail - index))?;
            }
            continue;
        }
        let time_secs = index as f64 * config.frame_shift_ms / 1000.0;
        let values: String = row.iter().map(|value| format!("{value:8.2}")).collect();
        print_line(&format!("{time_secs:7.3} s {values}"))?;
    }
    Ok(())
}
