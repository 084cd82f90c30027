//! The front end.

use engine::features::measure_speed;
use engine::settings::FeatureConfig;
use serde_json::json;

use super::{Args, Report, Row};

/// Sound per round: long enough that starting and ending a recording do not count.
const AUDIO_SECS: f64 = 60.0;

/// Times the default front end on one thread.
pub fn bench(args: &Args) -> anyhow::Result<Report> {
    let first = measure_speed(&FeatureConfig::default(), AUDIO_SECS, 3)?;
    let rounds = (args.seconds / first.median_secs.max(1e-6)).clamp(5.0, 1000.0) as usize;
    let speed = measure_speed(&FeatureConfig::default(), AUDIO_SECS, rounds)?;
    let row = Row {
        what: "features".into(),
        path: "dense",
        block: 0,
        drop: 0.0,
        density: 1.0,
        batch: speed.num_frames,
        flops: 0.0,
    };
    let mut report = Report::of(vec![(row, speed.median_secs, speed.min_secs)]);
    report.add("audio_secs", json!(speed.audio_secs));
    report.add("times_real_time", json!(speed.times_real_time));
    Ok(report)
}
