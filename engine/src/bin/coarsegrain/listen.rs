//! `coarsegrain listen`: detections in a recording or from the microphone, as they happen.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use engine::audio::{self, SAMPLE_RATE_HZ, remote};
use engine::detect::trial::{HeardWord, LATE_SECS, SpokenWord, Trial, judge};
use engine::detect::{self, Decision, Heard, StreamModel, StreamingRecogniser, secs_from_samples};
use engine::export::{self, ExportError};
use engine::features::FrontEnd;
use engine::files::{one_line, path_text};
use engine::look::columns::flush_left;
use engine::model::{StoredModel, builtin};
use engine::runs::file_names;
use serde::Serialize;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::arguments::{SetArgs, detect_config};
use crate::output::{Usage, print_line};

/// Samples pushed at once.
const CHUNK_SAMPLES: usize = SAMPLE_RATE_HZ as usize / 50;

/// Arguments of `coarsegrain listen`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Run folder or model file, or `dense` or `cgs` for the models that ship with the workbench.
    #[arg(required_unless_present = "list_devices")]
    run: Option<PathBuf>,
    /// Listen to a sound file instead of the microphone; `-` reads standard input.
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
    /// Adds hits, misses and false detections at the end; words that the model does not know count as neither.
    #[arg(long, value_name = "FILE", requires = "wav")]
    truth: Option<PathBuf>,
    /// Stop after this many seconds of sound.
    #[arg(long, value_name = "SECONDS", value_parser = positive_secs)]
    secs: Option<f64>,
    /// Print JSON lines.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    set: SetArgs,
}

fn positive_secs(text: &str) -> Result<f64, String> {
    let secs = text.parse().ok().filter(|secs: &f64| secs.is_finite() && *secs > 0.0);
    secs.ok_or_else(|| "expected a number of seconds above 0".to_owned())
}

/// Listens until the recording ends, the device ends or the person does.
pub fn run(args: Args) -> anyhow::Result<()> {
    if args.list_devices {
        return list_devices(args.json);
    }
    let Some(run) = &args.run else { return Err(Usage("name a run, `dense` or `cgs`".into()).into()) };
    let model = load_model(run)?;
    let detect = detect_config(&model.config, &args.set)?;
    let truth = args.truth.as_deref().map(read_truth).transpose()?;
    let stream = StreamModel::from_stored(&model)?;
    let mut recogniser = StreamingRecogniser::new(vec![stream], &detect)?;
    let mut report = Report {
        labels: &model.labels,
        json: args.json,
        scores: args.scores,
        heard: Vec::new(),
        num_samples: 0,
    };
    let ended = match &args.wav {
        Some(path) => listen_to_file(path, &args, &mut recogniser, &mut report),
        None => listen_to_microphone(&args, &mut recogniser, &mut report),
    };
    // A stream that ends early, as when its device is unplugged, is summed up too.
    if ended.is_ok() || report.num_samples > 0 {
        report.close(truth.as_deref())?;
    }
    ended
}

/// The model of a run, of a model file or a packed one, or one that ships with the workbench.
pub fn load_model(run: &Path) -> anyhow::Result<StoredModel> {
    Ok(match run.to_str() {
        Some("dense") => builtin::dense()?,
        Some("cgs") => builtin::compressed()?,
        _ if run.is_dir() => StoredModel::load(&run.join(file_names::MODEL))?,
        _ => export::load_model(run).map_err(|error| match error {
            // The others name the file.
            ExportError::Damaged(_) | ExportError::Unsuitable { .. } => {
                anyhow::anyhow!("{error} ({})", path_text(run))
            }
            other => other.into(),
        })?,
    })
}

fn listen_to_file(
    path: &Path,
    args: &Args,
    recogniser: &mut StreamingRecogniser,
    report: &mut Report<'_>,
) -> anyhow::Result<()> {
    let mut samples = audio::decode(path)?;
    if let Some(secs) = args.secs {
        samples.truncate((secs * f64::from(SAMPLE_RATE_HZ)) as usize);
    }
    report.num_samples = samples.len() as u64;
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
    Ok(())
}

/// A recording shorter than a window is padded as file evaluation pads it, so that it gets the same score.
fn at_least_one_second(samples: Vec<f32>, front_end: &FrontEnd) -> Vec<f32> {
    if samples.len() < SAMPLE_RATE_HZ as usize { front_end.fit_second(&samples) } else { samples }
}

fn listen_to_microphone(
    args: &Args,
    recogniser: &mut StreamingRecogniser,
    report: &mut Report<'_>,
) -> anyhow::Result<()> {
    let is_stopped = stopped_by_person()?;
    let mut capture = remote::RemoteCapture::open(args.device.as_deref()).map_err(anyhow::Error::msg)?;
    let greeting = capture.greeting();
    let mut err = std::io::stderr();
    let _ = writeln!(err, "listening to {} ({}); Ctrl+C ends", greeting.device, greeting.format);
    let mut meter = audio::LevelMeter::default();
    let (mut hint, mut num_lost) = (String::new(), 0);
    let mut samples = Vec::new();
    while args.secs.is_none_or(|secs| secs_from_samples(report.num_samples) < secs) {
        samples.clear();
        let packet = match capture.read(&mut samples) {
            Ok(packet) => packet,
            // Ctrl+C in a terminal ends the program that captures, too.
            Err(_) if is_stopped.load(Ordering::Relaxed) => break,
            Err(message) => return Err(anyhow::Error::msg(message)),
        };
        if is_stopped.load(Ordering::Relaxed) {
            break;
        }
        report.num_samples += samples.len() as u64;
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
    Ok(())
}

/// Set by the first Ctrl+C or request to end, so that the stream is summed up; the second ends at once.
fn stopped_by_person() -> anyhow::Result<Arc<AtomicBool>> {
    let is_stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&is_stopped))?;
        signal_hook::flag::register(signal, Arc::clone(&is_stopped))?;
    }
    Ok(is_stopped)
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
    /// Length of the stream so far.
    num_samples: u64,
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
    /// Words said that the model does not know; they are neither hits nor misses.
    num_other: usize,
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
            print_line(&format!(
                "{:8.2} s  {} {:.2}",
                heard.time_secs,
                flush_left(&heard.word, 10),
                heard.score
            ))?;
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
        let text: Vec<_> = pairs.map(|(label, score)| format!("{} {score:.2}", one_line(label))).collect();
        print_line(&format!("{time_secs:8.2} s  {}", text.join("  ")))
    }

    fn close(&self, truth: Option<&[SpokenWord]>) -> anyhow::Result<()> {
        let length_secs = secs_from_samples(self.num_samples);
        let hours = length_secs / 3600.0;
        let per_hour = if hours > 0.0 { self.heard.len() as f64 / hours } else { 0.0 };
        let _ = writeln!(
            std::io::stderr(),
            "{} detections in {length_secs:.1} s ({per_hour:.1} per hour)",
            self.heard.len()
        );
        let Some(truth) = truth else { return Ok(()) };
        let said = detect::known_words(truth, self.labels);
        let num_other = truth.len() - said.len();
        let trial = judge(&said, &self.heard, length_secs, LATE_SECS);
        let (hit_rate, false_per_hour) = (trial.hit_rate(), trial.false_per_hour());
        if self.json {
            let line = TrialLine { trial: &trial, num_other, hit_rate, false_per_hour };
            return print_line(&serde_json::to_string(&line)?);
        }
        print_line(&format!(
            "{} of {} words found ({:.1} %), {} false detections ({:.1} per hour); {num_other} other words said",
            trial.num_hits,
            said.len(),
            100.0 * hit_rate.unwrap_or(0.0),
            trial.num_false,
            false_per_hour.unwrap_or(0.0)
        ))
    }
}

fn read_truth(path: &Path) -> anyhow::Result<Vec<SpokenWord>> {
    let path_text = path_text(path);
    let bytes =
        std::fs::read(path).with_context(|| format!("cannot read the words that are said: {path_text}"))?;
    detect::read_truth(&bytes).map_err(|error| anyhow::anyhow!("{error}: {path_text}"))
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
