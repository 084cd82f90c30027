//! Plays clips, sound files, and what a live stream has heard.

use std::path::PathBuf;
use std::time::Duration;

use super::{Context, Job, Worker};
use crate::audio::decode;
use crate::audio::playback::Playback;
use crate::dataset::ClipId;
use crate::protocol::{Event, PlaybackView, Playing};

/// Time between two positions shown while something plays.
const SHOW_INTERVAL: Duration = Duration::from_millis(33);
/// Commands that may wait; a person cannot click faster than they are handled.
const QUEUE: usize = 16;

/// Plays one sound at a time; a new one replaces it.
pub(crate) struct PlaybackWorker {
    worker: Worker<Order>,
}

enum Order {
    Clip(ClipId),
    File(PathBuf),
    Tape { from_secs: f64, to_secs: f64 },
    Stop,
}

impl PlaybackWorker {
    pub fn start(context: &Context) -> Self {
        let job = PlaybackJob { context: context.clone(), playing: None };
        Self { worker: Worker::start(QUEUE, job) }
    }

    pub fn play_clip(&self, clip: ClipId) {
        let _ = self.worker.send(Order::Clip(clip));
    }

    pub fn play_file(&self, path: PathBuf) {
        let _ = self.worker.send(Order::File(path));
    }

    pub fn play_tape(&self, from_secs: f64, to_secs: f64) {
        let _ = self.worker.send(Order::Tape { from_secs, to_secs });
    }

    pub fn stop(&self) {
        let _ = self.worker.send(Order::Stop);
    }
}

/// A sound and what is shown of it.
struct Sound {
    what: Playing,
    name: String,
    samples: Vec<f32>,
}

struct PlaybackJob {
    context: Context,
    playing: Option<(Playing, String, Playback)>,
}

impl PlaybackJob {
    fn play(&mut self, sound: Result<Sound, String>) {
        // The device is released before it is opened again: some drivers allow one stream only.
        self.playing = None;
        let started = sound.and_then(|Sound { what, name, samples }| {
            let playback = Playback::start(&samples).map_err(|fault| fault.to_string())?;
            Ok((what, name, playback))
        });
        match started {
            Ok(playing) => self.playing = Some(playing),
            Err(message) => self.context.events.send(Event::ClipFailed { message }),
        }
        self.show();
    }

    fn clip(&self, id: ClipId) -> Result<Sound, String> {
        let dataset = self.context.open_dataset.get();
        let open = dataset.as_ref().as_ref().ok_or("no dataset is open; open one, then play its clips")?;
        let name = open.dataset.clip(id).map(|clip| clip.path.clone()).unwrap_or_default();
        let samples = open.dataset.samples(id).map_err(|error| error.to_string())?;
        Ok(Sound { what: Playing::Clip(id), name, samples })
    }

    fn tape(&self, from_secs: f64, to_secs: f64) -> Result<Sound, String> {
        let live = self.context.board.live.get();
        let tape = live.tape.as_ref().ok_or("nothing was heard yet that could be played; listen first")?;
        let from_secs = from_secs.clamp(tape.start_secs, tape.end_secs().max(tape.start_secs));
        let samples = tape.between(from_secs, to_secs).to_vec();
        Ok(Sound { what: Playing::Stream { from_secs }, name: live.source.clone(), samples })
    }

    fn show(&self) {
        self.context.board.playback.set(self.playing.as_ref().map(|(what, name, playback)| PlaybackView {
            what: *what,
            name: name.clone(),
            position_secs: playback.position_secs(),
            length_secs: playback.length_secs(),
        }));
    }
}

fn file(path: PathBuf) -> Result<Sound, String> {
    let samples = decode(&path).map_err(|error| error.to_string())?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Sound { what: Playing::File, name: name.unwrap_or_default(), samples })
}

impl Job for PlaybackJob {
    type Command = Order;
    const THREAD: &'static str = "playback";

    fn handle(&mut self, order: Order) {
        match order {
            Order::Clip(id) => self.play(self.clip(id)),
            Order::File(path) => self.play(file(path)),
            Order::Tape { from_secs, to_secs } => self.play(self.tape(from_secs, to_secs)),
            Order::Stop => {
                self.playing = None;
                self.show();
            }
        }
    }

    fn tick_interval(&self) -> Option<Duration> {
        self.playing.is_some().then_some(SHOW_INTERVAL)
    }

    fn tick(&mut self) {
        let Some((_, _, playback)) = &self.playing else { return };
        if let Some(fault) = playback.fault() {
            self.context.events.send(Event::ClipFailed { message: fault.to_string() });
            self.playing = None;
        } else if playback.is_done() {
            self.playing = None;
        }
        self.show();
    }

    fn after_panic(&mut self, message: String) {
        self.playing = None;
        self.show();
        self.context.events.send(Event::ClipFailed { message });
    }
}
