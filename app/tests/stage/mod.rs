//! A stage for the window: an engine that answers at once with made-up data, and remembers what it was asked.
#![allow(dead_code, reason = "each test uses a part of the stage")]

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use engine::dataset::{Fault, Split};
use engine::protocol::{
    BankSettings, ClipRow, ClipState, ClipView, Command, DatasetState, DatasetView, Event, FetchView, Grid,
    PlanView, Snapshot, WordRow,
};
use workbench::engine_link::EngineLink;

/// An engine without threads.
#[derive(Default)]
pub struct StageEngine {
    pub snapshot: Snapshot,
    pub sent: Vec<Command>,
    pub events: Vec<Event>,
    banks: BankSettings,
}

/// The engine, shared by the window and the test.
pub type Stage = Rc<RefCell<StageEngine>>;

impl EngineLink for StageEngine {
    fn send(&mut self, command: Command) {
        match &command {
            Command::PlanNetwork(config) => {
                self.snapshot.plan = Arc::new(Some(PlanView::of((**config).clone(), &self.banks)));
            }
            Command::PlanBanks(banks) => {
                self.banks = **banks;
                if let Some(plan) = self.snapshot.plan.as_ref() {
                    self.snapshot.plan = Arc::new(Some(PlanView::of(plan.config.clone(), banks)));
                }
            }
            Command::InspectClip(wish) => {
                let answer = Some(Ok(Arc::new(clip_view())));
                self.snapshot.clip = Arc::new(ClipState { wish: Some(wish.clone()), answer });
            }
            _ => {}
        }
        self.sent.push(command);
    }

    fn poll_event(&mut self) -> Option<Event> {
        if self.events.is_empty() { None } else { Some(self.events.remove(0)) }
    }

    fn snapshot(&mut self) -> Snapshot {
        self.snapshot.clone()
    }
}

/// A stage with an open dataset of this many clips.
pub fn stage(num_clips: usize) -> Stage {
    let mut engine = StageEngine::default();
    engine.snapshot.dataset =
        Arc::new(DatasetState { open: Some(Arc::new(dataset(num_clips))), ..DatasetState::default() });
    engine.snapshot.fetch = Arc::new(FetchView {
        address: "http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz".into(),
        size_bytes: 2_428_923_189,
        checksum: "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58".into(),
        progress: None,
    });
    Rc::new(RefCell::new(engine))
}

const WORDS: [&str; 35] = [
    "backward", "bed", "bird", "cat", "dog", "down", "eight", "five", "follow", "forward", "four", "go",
    "happy", "house", "learn", "left", "marvin", "nine", "no", "off", "on", "one", "right", "seven",
    "sheila", "six", "stop", "three", "tree", "two", "up", "visual", "wow", "yes", "zero",
];

/// A dataset in the form of Speech Commands.
pub fn dataset(num_clips: usize) -> DatasetView {
    let mut words: Vec<WordRow> =
        WORDS.iter().map(|word| WordRow { word: (*word).into(), counts: [0; 3] }).collect();
    let speakers: Vec<Arc<str>> =
        (0..2618u32).map(|n| format!("{:08x}", n.wrapping_mul(0x9e37_79b9)).into()).collect();
    let mut clips = Vec::with_capacity(num_clips);
    for index in 0..num_clips {
        let word = index * WORDS.len() / num_clips.max(1);
        let speaker = index * 7919 % speakers.len();
        let split = match speaker % 10 {
            0 => Split::Valid,
            1 => Split::Test,
            _ => Split::Train,
        };
        words[word].counts[split as usize] += 1;
        clips.push(ClipRow {
            path: format!("{}/{}_nohash_{}.wav", WORDS[word], speakers[speaker], index % 5),
            word: word as u16,
            split,
            speaker: speakers[speaker].clone(),
            length_ms: 1000 - (index % 7) as u32 * 13,
        });
    }
    DatasetView {
        opening: 1,
        folder: PathBuf::from("/data/speech_commands"),
        is_demo: false,
        hours: num_clips as f64 / 3600.0,
        clips,
        words,
        num_speakers: [2094, 262, 262],
        faults: vec![
            Fault {
                path: "yes/broken.wav".into(),
                reason: "The file ends in the middle of its samples.".into(),
            },
            Fault { path: "no/empty.wav".into(), reason: "The file has no samples.".into() },
        ],
        background: vec![("doing_the_dishes.wav".into(), 95.2), ("white_noise.wav".into(), 60.0)],
        notes: vec!["Splits by validation_list.txt and testing_list.txt.".into()],
        sound_notes: Vec::new(),
        fingerprint: "8c1f0d3ab2775e01".into(),
        ..DatasetView::default()
    }
}

fn clip_view() -> ClipView {
    let samples: Vec<f32> = (0..16_000)
        .map(|n| {
            let t = n as f32 / 16_000.0;
            let envelope = (-((t - 0.45) / 0.14).powi(2)).exp();
            envelope
                * (0.5 * (2.0 * std::f32::consts::PI * (180.0 + 90.0 * t) * t).sin()
                    + 0.2 * (9000.0 * t * t).sin())
        })
        .collect();
    let grid = |rows: usize, cols: usize, value: &dyn Fn(f32, f32) -> f32| Grid {
        rows,
        cols,
        values: (0..rows * cols)
            .map(|at| value((at / cols) as f32 / rows as f32, (at % cols) as f32 / cols as f32))
            .collect(),
    };
    let loud = |t: f32| (-((t - 0.45) / 0.16).powi(2)).exp();
    ClipView {
        samples,
        spectrogram: grid(98, 129, &|t, f| {
            60.0 * loud(t) * (1.0 - f) + 12.0 * (40.0 * f + 8.0 * t).sin() - 60.0
        }),
        features: grid(98, 13, &|t, c| 20.0 * loud(t) * (9.0 * c + 5.0 * t).cos()),
        input_frames: (28..59).collect(),
        frame_shift_secs: 0.01,
    }
}
