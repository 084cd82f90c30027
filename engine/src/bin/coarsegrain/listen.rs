//! `coarsegrain listen`: detections in a recording or from the microphone, as they happen.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use engine::audio::{self, SAMPLE_RATE_HZ, remote};
use engine::detect::trial::{HeardWord, SpokenWord, Trial, judge};
use engine::detect::{Decision, Heard, StreamModel, StreamingRecogniser, secs_from_samples};
use engine::features::FrontEnd;
use engine::model::{StoredModel, builtin};
use engine::runs::file_names;
use engine::settings::DetectConfig;
use serde::Serialize;

use crate::common::{SetArgs, Usage, print_line};

/// A detection this long after the end of a word still counts for it: the word has then all but left the
/// window of one second.
const LATE_SECS: f64 = 0.75;
/// Samples pushed at once.
const CHUNK_SAMPLES: usize = SAMPLE_RATE_HZ as usize / 50;

/// Arguments of `coarsegrain listen`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Run folder or model file, or `dense` or `cgs` for the models that ship with the workbench.
    #[arg(required_unless_present = "list_devices")]
    run: Option<PathBuf>,
    /// Listen to a sound file instead of the microphone.
    #[arg(long, value_name = "FILE", conflicts_with = "device")]
    wav: Option<PathBuf>,
    /// Name or id of the microphone; the system's default without it.
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// List the microphones with their formats, and end.
    #[arg(long)]
    list_devices: bool,
    /// Take the file at the pace of the clock instead of as fast as possible.
    #[arg(long, requires = "wav")]
    realtime: bool,
    /// Print the scores of every decision too.
    #[arg(long)]
    scores: bool,
    /// What is really said in the file: lines of start and end in seconds and the word, tab separated.
    /// Adds hits, misses and false detections at the end.
    #[arg(long, value_name = "FILE", requires = "wav")]
    truth: Option<PathBuf>,
    /// Stop after this many seconds of sound.
    #[arg(long, value_name = "SECONDS")]
    secs: Option<f64>,
    /// Print JSON lines.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    set: SetArgs,
}

/// Listens until the recording ends, the device ends or the person does.
pub fn run(args: Args) -> anyhow::Result<()> {
    if args.list_devices {
        return list_devices(args.json);
    }
    let Some(run) = &args.run else { return Err(Usage("name a run, `dense` or `cgs`".into()).into()) };
    let model = load_model(run)?;
    let detect = detect_config(&model, &args.set)?;
    let truth = args.truth.as_deref().map(read_truth).transpose()?;
    let stream = StreamModel::from_stored(&model)?;
    let mut recogniser = StreamingRecogniser::new(vec![stream], &detect)?;
    let mut report =
        Report { labels: &model.labels, json: args.json, scores: args.scores, heard: Vec::new() };
    let length_secs = match &args.wav {
        Some(path) => listen_to_file(path, &args, &mut recogniser, &mut report)?,
        None => listen_to_microphone(&args, &mut recogniser, &mut report)?,
    };
    report.close(truth.as_deref(), length_secs)
}

/// The model of a run, of a file, or one that ships with the workbench.
pub fn load_model(run: &Path) -> anyhow::Result<StoredModel> {
    Ok(match run.to_str() {
        Some("dense") => builtin::dense()?,
        Some("cgs") => builtin::compressed()?,
        _ if run.is_dir() => StoredModel::load(&run.join(file_names::MODEL))?,
        _ => StoredModel::load(run)?,
    })
}

fn detect_config(model: &StoredModel, set: &SetArgs) -> anyhow::Result<DetectConfig> {
    if let Some(other) = set.set.iter().find(|change| !change.trim_start().starts_with("detect.")) {
        return Err(Usage(format!(
            "`--set {other}` cannot be changed while listening; only the settings `detect.*` can, the rest \
             belongs to the trained model"
        ))
        .into());
    }
    let mut config = model.config.clone();
    set.apply(&mut config)?;
    Ok(config.detect)
}

/// Returns the seconds heard.
fn listen_to_file(
    path: &Path,
    args: &Args,
    recogniser: &mut StreamingRecogniser,
    report: &mut Report<'_>,
) -> anyhow::Result<f64> {
    let mut samples = audio::decode(path)?;
    if let Some(secs) = args.secs {
        samples.truncate((secs.max(0.0) * f64::from(SAMPLE_RATE_HZ)) as usize);
    }
    let length_secs = secs_from_samples(samples.len() as u64);
    let samples = at_least_one_second(samples, recogniser.front_end());
    let begun = Instant::now();
    for (index, chunk) in samples.chunks(CHUNK_SAMPLES).enumerate() {
        if args.realtime {
            let due =
                Duration::from_secs_f64(secs_from_samples((index * CHUNK_SAMPLES + chunk.len()) as u64));
            std::thread::sleep(due.saturating_sub(begun.elapsed()));
        }
        push(recogniser, chunk, report)?;
    }
    Ok(length_secs)
}

/// A recording shorter than a window is padded as file evaluation pads it, so that it gets the same score.
fn at_least_one_second(samples: Vec<f32>, front_end: &FrontEnd) -> Vec<f32> {
    if samples.len() < SAMPLE_RATE_HZ as usize { front_end.fit_second(&samples) } else { samples }
}

fn listen_to_microphone(
    args: &Args,
    recogniser: &mut StreamingRecogniser,
    report: &mut Report<'_>,
) -> anyhow::Result<f64> {
    let mut capture = remote::RemoteCapture::open(args.device.as_deref()).map_err(anyhow::Error::msg)?;
    let greeting = capture.greeting();
    let mut err = std::io::stderr();
    let _ = writeln!(err, "listening to {} ({}); Ctrl+C ends", greeting.device, greeting.format);
    let mut meter = audio::LevelMeter::default();
    let (mut hint, mut num_lost) = (String::new(), 0);
    let mut samples = Vec::new();
    let mut num_heard = 0;
    while args.secs.is_none_or(|secs| secs_from_samples(num_heard) < secs) {
        samples.clear();
        let packet = capture.read(&mut samples).map_err(anyhow::Error::msg)?;
        num_heard += samples.len() as u64;
        push(recogniser, &samples, report)?;
        meter.push(&samples);
        if packet.is_clipped {
            meter.note_clipping();
        }
        let now = meter.hint().map(|hint| hint.to_string()).unwrap_or_default();
        // The level of a quiet input changes all the time: what kind of fault it is counts.
        if now.split_once('(').map_or(now.as_str(), |(kind, _)| kind) != hint {
            hint = now.split_once('(').map_or(now.as_str(), |(kind, _)| kind).to_owned();
            if !now.is_empty() {
                let _ = writeln!(err, "{now}");
            }
        }
        if packet.lost_samples > num_lost {
            num_lost = packet.lost_samples;
            let _ = writeln!(err, "{num_lost} samples lost so far: the machine is too busy");
        }
    }
    Ok(secs_from_samples(num_heard))
}

fn push(
    recogniser: &mut StreamingRecogniser,
    samples: &[f32],
    report: &mut Report<'_>,
) -> anyhow::Result<()> {
    let mut result = Ok(());
    recogniser.push(samples, |heard| {
        if let (Heard::Decision(decision), Ok(())) = (heard, &result) {
            result = report.note(&decision);
        }
    });
    result
}

/// Prints what is heard, and keeps it for the end.
struct Report<'a> {
    labels: &'a [String],
    json: bool,
    scores: bool,
    heard: Vec<HeardWord>,
}

/// One line of `--scores --json`.
#[derive(Serialize)]
struct ScoreLine<'a> {
    time_secs: f64,
    scores: Scores<'a>,
    smoothed: Scores<'a>,
}

/// Scores by label, in the order of the outputs.
struct Scores<'a> {
    labels: &'a [String],
    values: &'a [f32],
}

impl Serialize for Scores<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.labels.iter().zip(self.values))
    }
}

/// Last line of `--truth --json`.
#[derive(Serialize)]
struct TrialLine<'a> {
    #[serde(flatten)]
    trial: &'a Trial,
    hit_rate: Option<f64>,
    false_per_hour: Option<f64>,
}

impl Report<'_> {
    fn note(&mut self, decision: &Decision<'_>) -> anyhow::Result<()> {
        if self.scores {
            self.print_scores(decision)?;
        }
        let Some(detection) = decision.detection else { return Ok(()) };
        let word = self.labels[detection.label].clone();
        let heard = HeardWord { time_secs: detection.time_secs(), word, score: detection.score };
        if self.json {
            print_line(&serde_json::to_string(&heard)?)?;
        } else {
            print_line(&format!("{:8.2} s  {:<10} {:.2}", heard.time_secs, heard.word, heard.score))?;
        }
        self.heard.push(heard);
        Ok(())
    }

    fn print_scores(&self, decision: &Decision<'_>) -> anyhow::Result<()> {
        let time_secs = secs_from_samples(decision.position_samples);
        if self.json {
            let of = |values| Scores { labels: self.labels, values };
            let line =
                ScoreLine { time_secs, scores: of(decision.posteriors), smoothed: of(decision.smoothed) };
            return print_line(&serde_json::to_string(&line)?);
        }
        let pairs = self.labels.iter().zip(decision.posteriors);
        let text: Vec<_> = pairs.map(|(label, score)| format!("{label} {score:.2}")).collect();
        print_line(&format!("{time_secs:8.2} s  {}", text.join("  ")))
    }

    fn close(&self, truth: Option<&[SpokenWord]>, length_secs: f64) -> anyhow::Result<()> {
        let hours = length_secs / 3600.0;
        let per_hour = if hours > 0.0 { self.heard.len() as f64 / hours } else { 0.0 };
        let _ = writeln!(
            std::io::stderr(),
            "{} detections in {length_secs:.1} s ({per_hour:.1} per hour)",
            self.heard.len()
        );
        let Some(said) = truth else { return Ok(()) };
        let trial = judge(said, &self.heard, length_secs, LATE_SECS);
        let (hit_rate, false_per_hour) = (trial.hit_rate(), trial.false_per_hour());
        if self.json {
            let line = TrialLine { trial: &trial, hit_rate, false_per_hour };
            return print_line(&serde_json::to_string(&line)?);
        }
        print_line(&format!(
            "{} of {} words found ({:.1} %), {} false detections ({:.1} per hour)",
            trial.num_hits,
            said.len(),
            100.0 * hit_rate.unwrap_or(0.0),
            trial.num_false,
            false_per_hour.unwrap_or(0.0)
        ))
    }
}

/// Lines of start, end and word; a header line and empty lines are skipped.
fn read_truth(path: &Path) -> anyhow::Result<Vec<SpokenWord>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the words that are said: {}", path.display()))?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(index, line)| !(line.trim().is_empty() || *index == 0 && line.starts_with("start")));
    let mut words = Vec::new();
    for (index, line) in lines {
        let word = spoken_word(line).with_context(|| {
            format!(
                "line {} is not `start<tab>end<tab>word` with times in seconds: {}",
                index + 1,
                path.display()
            )
        })?;
        words.push(word);
    }
    words.sort_by(|a, b| a.start_secs.total_cmp(&b.start_secs));
    Ok(words)
}

fn spoken_word(line: &str) -> Option<SpokenWord> {
    let mut fields = line.split('\t').map(str::trim);
    let (start_secs, end_secs) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(SpokenWord { start_secs, end_secs, word: fields.next()?.to_owned() })
}

fn list_devices(json: bool) -> anyhow::Result<()> {
    let devices = remote::list_devices().map_err(anyhow::Error::msg)?;
    if json {
        return print_line(&serde_json::to_string_pretty(&devices)?);
    }
    for device in devices {
        let mark = if device.is_default { "*" } else { " " };
        print_line(&format!("{mark} {} [{}]", device.name, device.id))?;
        for format in device.formats {
            print_line(&format!("    {format}"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_with_or_without_a_header() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("truth.tsv");
        std::fs::write(&path, "start\tend\tword\n2.5\t3.5\tno\n\n0\t1\tyes\textra\n").unwrap();
        let words = read_truth(&path).unwrap();
        let plain: Vec<_> = words.iter().map(|w| (w.start_secs, w.end_secs, w.word.as_str())).collect();
        assert_eq!(plain, [(0.0, 1.0, "yes"), (2.5, 3.5, "no")]);
        std::fs::write(&path, "0\tyes\n").unwrap();
        let error = format!("{:#}", read_truth(&path).unwrap_err());
        assert!(error.contains("line 1"), "{error}");
    }
}
