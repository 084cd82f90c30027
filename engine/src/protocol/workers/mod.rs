//! The threads behind the engine: one module each, every thread named, owned and joined.
//!
//! A worker is a [`Job`] on a thread of its own with a bounded queue of commands. A panic while a command
//! is handled becomes a failure event, and the worker goes on with the next command.

pub(crate) mod bits;
pub(crate) mod clip;
pub(crate) mod dataset;
pub(crate) mod devices;
pub(crate) mod export;
pub(crate) mod fetch;
pub(crate) mod live;
pub(crate) mod models;
pub(crate) mod planner;
pub(crate) mod playback;
pub(crate) mod runs;
pub(crate) mod trainer;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

use super::Event;
use super::engine::EngineOptions;
use super::latest::{Latest, Waker};
use super::model_views::{BitsView, ExportView};
use super::snapshot::{
    ClipState, DatasetState, DevicesView, FetchView, LiveView, PlanView, PlaybackView, RunDetails, RunsView,
    Snapshot, TrainingView,
};
use crate::dataset::Dataset;

/// What every worker is given: where to publish, whom to tell, where files are.
#[derive(Clone)]
pub(crate) struct Context {
    /// Folders.
    pub options: Arc<EngineOptions>,
    /// The parts of the snapshot.
    pub board: Arc<Board>,
    /// The dataset that is open: set by the dataset worker, used by those that train and play.
    pub open_dataset: Arc<Latest<Option<OpenDataset>>>,
    /// Events to the window.
    pub events: EventSender,
    /// Set when the engine is being dropped: long work should end.
    pub closing: Arc<AtomicBool>,
}

/// A dataset, and which of those opened since the start it is: clip ids belong to it.
#[derive(Clone)]
pub(crate) struct OpenDataset {
    pub opening: u64,
    pub dataset: Arc<Dataset>,
}

/// The parts of the snapshot, each published by one worker.
pub(crate) struct Board {
    pub dataset: Latest<DatasetState>,
    pub clip: Latest<ClipState>,
    pub playback: Latest<Option<PlaybackView>>,
    pub plan: Latest<Option<PlanView>>,
    pub training: Latest<TrainingView>,
    pub runs: Latest<RunsView>,
    pub details: Latest<Vec<Arc<RunDetails>>>,
    pub bits: Latest<BitsView>,
    pub export: Latest<ExportView>,
    pub devices: Latest<DevicesView>,
    pub live: Latest<LiveView>,
    pub fetch: Latest<FetchView>,
}

impl Board {
    pub fn new(waker: &Waker) -> Self {
        fn part<T: Default>(waker: &Waker) -> Latest<T> {
            Latest::new(T::default(), waker.clone())
        }
        Self {
            dataset: part(waker),
            clip: part(waker),
            playback: part(waker),
            plan: part(waker),
            training: part(waker),
            runs: part(waker),
            details: part(waker),
            bits: part(waker),
            export: part(waker),
            devices: part(waker),
            live: part(waker),
            fetch: part(waker),
        }
    }

    /// A handful of pointer copies.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            dataset: self.dataset.get(),
            clip: self.clip.get(),
            playback: self.playback.get(),
            plan: self.plan.get(),
            training: self.training.get(),
            runs: self.runs.get(),
            details: self.details.get(),
            bits: self.bits.get(),
            export: self.export.get(),
            devices: self.devices.get(),
            live: self.live.get(),
            fetch: self.fetch.get(),
        }
    }
}

/// Sends events to the window.
#[derive(Clone)]
pub(crate) struct EventSender {
    events: Sender<Event>,
    waker: Waker,
}

impl EventSender {
    pub fn new(events: Sender<Event>, waker: Waker) -> Self {
        Self { events, waker }
    }

    /// Delivers an event. Waits while the window is more than a thousand events behind, because events say
    /// how things ended and must not be lost; returns at once when the engine is being dropped.
    /// Call it from worker threads only.
    pub fn send(&self, event: Event) {
        if self.events.send(event).is_ok() {
            self.waker.wake();
        }
    }

    /// Delivers an event from the window's own thread, which must never wait: it is the thread that would
    /// have to make room.
    pub fn try_send(&self, event: Event) {
        if self.events.try_send(event).is_ok() {
            self.waker.wake();
        }
    }
}

/// Work that a thread does, command by command.
pub(crate) trait Job: Send + 'static {
    /// What it can be asked.
    type Command: Send + 'static;
    /// Name of its thread; at most 15 characters, or Linux cuts it.
    const THREAD: &'static str;

    /// Does what was asked.
    fn handle(&mut self, command: Self::Command);

    /// How long to wait for a command before [`Job::tick`]; `None` waits for ever.
    fn tick_interval(&self) -> Option<Duration> {
        None
    }

    /// Called when no command came within the interval.
    fn tick(&mut self) {}

    /// A command or tick panicked: report it as a failure event and return to a state that can go on.
    fn after_panic(&mut self, message: String);
}

/// Handle of a worker thread; dropping it ends and joins the thread.
pub(crate) struct Worker<C> {
    commands: Option<Sender<C>>,
    thread: Option<JoinHandle<()>>,
}

impl<C: Send + 'static> Worker<C> {
    /// Starts the thread with a queue of `capacity` commands.
    ///
    /// If the system refuses a thread the worker takes no commands: [`Worker::send`] says so.
    pub fn start<J: Job<Command = C>>(capacity: usize, mut job: J) -> Self {
        let (sender, receiver) = bounded(capacity);
        let thread = std::thread::Builder::new()
            .name(J::THREAD.into())
            .spawn(move || serve(&mut job, &receiver))
            .inspect_err(|error| tracing::error!("cannot start the thread {}: {error}", J::THREAD))
            .ok();
        Self { commands: thread.is_some().then_some(sender), thread }
    }

    /// Another way to send; must be dropped before the worker, which is joined once nobody can send.
    pub fn sender(&self) -> Option<Sender<C>> {
        self.commands.clone()
    }

    /// Whether there is a thread that takes commands.
    pub fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Queues a command without waiting; `false` when the queue is full or the thread is gone.
    #[must_use]
    pub fn send(&self, command: C) -> bool {
        self.commands.as_ref().is_some_and(|commands| match commands.try_send(command) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        })
    }
}

impl<C> Drop for Worker<C> {
    fn drop(&mut self) {
        drop(self.commands.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a worker thread ended by a panic outside of its commands");
        }
    }
}

fn serve<J: Job>(job: &mut J, commands: &Receiver<J::Command>) {
    loop {
        let command = match job.tick_interval() {
            None => match commands.recv() {
                Ok(command) => Some(command),
                Err(_) => return,
            },
            Some(interval) => match commands.recv_timeout(interval) {
                Ok(command) => Some(command),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            },
        };
        // After a panic the job is asked to put itself right before it is used again.
        let outcome = catch_unwind(AssertUnwindSafe(|| match command {
            Some(command) => job.handle(command),
            None => job.tick(),
        }));
        if let Err(payload) = outcome {
            job.after_panic(panic_message(payload.as_ref()));
        }
    }
}

/// The text of a panic, as a sentence that a person can report.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_string())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no reason given".into());
    format!("the program made a mistake ({text}); nothing on disk is lost, please report it")
}

/// Ends long work of all workers; called before they are joined.
pub(crate) fn close(context: &Context) {
    context.closing.store(true, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fragile {
        seen: Sender<String>,
    }

    impl Job for Fragile {
        type Command = u32;
        const THREAD: &'static str = "fragile";

        fn handle(&mut self, command: u32) {
            assert_ne!(command, 1, "one is unlucky");
            let _ = self.seen.send(format!("did {command}"));
        }

        fn after_panic(&mut self, message: String) {
            let _ = self.seen.send(message);
        }
    }

    #[test]
    fn a_panic_is_reported_and_the_worker_goes_on() {
        let (sender, seen) = bounded(8);
        let worker = Worker::start(8, Fragile { seen: sender });
        assert!(worker.send(1));
        assert!(worker.send(2));
        drop(worker);
        let seen: Vec<String> = seen.iter().collect();
        assert_eq!(seen.len(), 2);
        assert!(seen[0].contains("one is unlucky"), "{}", seen[0]);
        assert_eq!(seen[1], "did 2");
    }
}
