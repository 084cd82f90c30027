//! Listens with up to two models to a microphone or a recording.
//!
//! The thread takes what the source has heard some thirty times a second, pushes it through the models and
//! publishes one picture of the last ten seconds; once the stream has ended, one of all that is kept, with its sound.
//! Whatever ends a stream early becomes one [`Event::ListeningFailed`] with its reason; the device is released in every
//! case. A recording is heard while it is listened to; a loudspeaker that fails costs a hint, never the stream.

mod models;
mod picture;
mod recording;
mod source;

use std::time::Duration;

use self::models::load;
use self::picture::Picture;
use self::source::{Flow, Source};
use super::{Context, Job, Worker};
use crate::audio::monitor::Monitor;
use crate::detect::StreamingRecogniser;
use crate::protocol::{Event, ModelSource, StreamSource};
use crate::settings::DetectConfig;

/// Time between two pictures: about thirty a second.
const PICTURE_INTERVAL: Duration = Duration::from_millis(33);
/// Commands that may wait. Settings arrive while a slider moves; one that finds no room is followed by
/// another.
const QUEUE: usize = 64;

/// Owns the live stream.
pub(crate) struct LiveWorker {
    worker: Worker<Order>,
}

enum Order {
    Start { source: StreamSource, models: Vec<ModelSource>, detect: DetectConfig },
    Set(DetectConfig),
    Mute(bool),
    Stop,
}

impl LiveWorker {
    pub fn start(context: &Context) -> Self {
        let job = LiveJob { context: context.clone(), session: None, is_muted: false, fading: None };
        Self { worker: Worker::start(QUEUE, job) }
    }

    pub fn start_listening(&self, source: StreamSource, models: Vec<ModelSource>, detect: DetectConfig) {
        let _ = self.worker.send(Order::Start { source, models, detect });
    }

    pub fn set_detection(&self, detect: DetectConfig) {
        let _ = self.worker.send(Order::Set(detect));
    }

    pub fn mute(&self, is_muted: bool) {
        let _ = self.worker.send(Order::Mute(is_muted));
    }

    pub fn stop(&self) {
        let _ = self.worker.send(Order::Stop);
    }
}

struct LiveJob {
    context: Context,
    session: Option<Session>,
    /// Whether recordings are not to be heard.
    is_muted: bool,
    /// The loudspeaker of a recording that is over, until it has played the end.
    fading: Option<Monitor>,
}

/// One stream from opening to release.
struct Session {
    source: Source,
    recogniser: StreamingRecogniser,
    picture: Picture,
    samples: Vec<f32>,
    /// Whether the recording has come to its end.
    is_over: bool,
}

impl Session {
    fn open(
        source: &StreamSource,
        models: &[ModelSource],
        detect: &DetectConfig,
        job: &LiveJob,
    ) -> Result<Self, String> {
        let runs_folder = &job.context.options.runs_folder;
        if models.len() > 2 {
            return Err(format!("two models can listen at once, not {}; choose two of them", models.len()));
        }
        let loaded: Result<Vec<_>, _> = models.iter().map(|model| load(model, runs_folder)).collect();
        let (streams, shown) = loaded?.into_iter().unzip();
        let recogniser = StreamingRecogniser::new(streams, detect).map_err(|error| error.to_string())?;
        // Last, so that a model that cannot be read does not open the device.
        let source = Source::open(source, job.is_muted)?;
        let mut picture = Picture::new(&source, shown, recogniser.front_end());
        picture.note_muted(job.is_muted);
        picture.note_silence(&source);
        Ok(Self { source, recogniser, picture, samples: Vec::new(), is_over: false })
    }

    /// Takes what has been heard since the last call.
    fn advance(&mut self) -> Result<Flow, String> {
        self.samples.clear();
        let flow = self.source.read(&mut self.samples)?;
        self.is_over = flow == Flow::End;
        self.picture.note_samples(&self.samples, &mut self.source);
        let picture = &mut self.picture;
        self.recogniser.push(&self.samples, |heard| picture.note(heard));
        Ok(flow)
    }
}

impl LiveJob {
    fn start(&mut self, source: &StreamSource, models: &[ModelSource], detect: &DetectConfig) {
        // Some drivers allow one stream only, so the old one goes first.
        self.session = None;
        self.fading = None;
        match Session::open(source, models, detect, self) {
            Ok(session) => {
                self.context.board.live.set(session.picture.view());
                self.session = Some(session);
                self.context.events.send(Event::ListeningStarted);
            }
            Err(message) => {
                // What the stream before has heard stays in sight.
                self.context.board.live.update(|view| {
                    view.listening = false;
                    view.failure.clone_from(&message);
                });
                self.context.events.send(Event::ListeningFailed { message });
            }
        }
    }

    fn mute(&mut self, is_muted: bool) {
        self.is_muted = is_muted;
        if let Some(session) = &mut self.session {
            session.source.set_muted(is_muted);
            session.picture.note_muted(is_muted);
            session.picture.note_silence(&session.source);
        }
        self.context.board.live.update(|view| view.is_muted = is_muted);
    }

    /// Releases the device, keeps what was heard, and says why.
    fn end(&mut self, event: Event) {
        let Some(session) = self.session.take() else { return };
        let mut view = session.picture.ended();
        if let Event::ListeningFailed { message } = &event {
            view.failure.clone_from(message);
        }
        self.context.board.live.set(view);
        self.context.events.send(event);
        // A recording that was stopped is cut off, one that is over is heard to its end.
        self.fading = session.source.into_monitor().filter(|_| session.is_over);
    }
}

impl Job for LiveJob {
    type Command = Order;
    const THREAD: &'static str = "live";

    fn handle(&mut self, order: Order) {
        match order {
            Order::Start { source, models, detect } => self.start(&source, &models, &detect),
            Order::Set(detect) => {
                if let Some(session) = &mut self.session {
                    session.recogniser.set_config(&detect);
                }
            }
            Order::Mute(is_muted) => self.mute(is_muted),
            Order::Stop => self.end(Event::ListeningStopped),
        }
    }

    fn tick_interval(&self) -> Option<Duration> {
        (self.session.is_some() || self.fading.is_some()).then_some(PICTURE_INTERVAL)
    }

    fn tick(&mut self) {
        self.fading = self.fading.take().filter(|monitor| !monitor.is_done() && monitor.fault().is_none());
        let Some(session) = &mut self.session else { return };
        let flow = session.advance();
        self.context.board.live.set(session.picture.view());
        match flow {
            Ok(Flow::More) => {}
            Ok(Flow::End) => self.end(Event::ListeningStopped),
            Err(message) => self.end(Event::ListeningFailed { message }),
        }
    }

    fn after_panic(&mut self, message: String) {
        if self.session.is_some() {
            self.end(Event::ListeningFailed { message });
        } else {
            self.context.events.send(Event::ListeningFailed { message });
        }
    }
}
