//! The queue of runs and the run in progress.

mod clerk;
mod publisher;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::clerk::{Clerk, ClerkCommand};
use self::publisher::Publisher;
use super::runs::Refresher;
use super::{Context, Job, Worker, panic_message};
use crate::protocol::{Event, RunPhase, StopMode};
use crate::runs::{self, Failure, Remedy, RunFolder, RunId};
use crate::settings::Config;
use crate::train::{self, Control, Outcome, RunOptions, StepSpeeds, TrainError};

/// Requests that may wait for the clerk.
const CAPACITY: usize = 256;

/// Trains queued runs one after the other.
///
/// Two threads: the clerk makes and opens run folders, so that queueing never waits for a run; the trainer
/// trains. Pause and stop act at once on the run's [`Control`], from the caller's thread.
pub(crate) struct TrainerWorker {
    // The clerk wakes the trainer, so it is joined first.
    clerk: Option<Worker<ClerkCommand>>,
    trainer: Option<Worker<()>>,
    shared: Arc<Shared>,
}

/// What clerk, trainer and callers share.
pub(super) struct Shared {
    pub context: Context,
    pub refresher: Refresher,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(RunId, Config)>,
    current: Option<(RunId, Arc<Control>)>,
}

impl TrainerWorker {
    pub fn start(context: &Context, refresher: Refresher) -> Self {
        let shared = Arc::new(Shared { context: context.clone(), refresher, state: Mutex::default() });
        let trainer =
            Worker::start(1, Trainer { shared: Arc::clone(&shared), step_speeds: StepSpeeds::default() });
        let clerk = Clerk { shared: Arc::clone(&shared), wake: trainer.sender() };
        Self { clerk: Some(Worker::start(CAPACITY, clerk)), trainer: Some(trainer), shared }
    }

    pub fn queue(&self, config: Box<Config>, name: Option<String>) {
        self.ask(ClerkCommand::Queue { config, name });
    }

    pub fn continue_run(&self, run: RunId) {
        self.ask(ClerkCommand::Continue(run));
    }

    pub fn dequeue(&self, run: RunId) {
        self.ask(ClerkCommand::Dequeue(run));
    }

    pub fn pause(&self) {
        self.control(Control::pause);
    }

    pub fn resume(&self) {
        self.control(Control::resume);
    }

    pub fn stop(&self, mode: StopMode) {
        self.control(match mode {
            StopMode::Keep => Control::stop_and_keep,
            StopMode::Discard => Control::discard,
        });
    }

    fn ask(&self, command: ClerkCommand) {
        if !self.clerk.as_ref().is_some_and(|clerk| clerk.send(command)) {
            let message = "too many runs were queued at once; try again in a moment".into();
            self.shared.context.events.try_send(Event::RunRejected { message });
        }
    }

    fn control(&self, act: impl FnOnce(&Control)) {
        if let Some((_, control)) = &self.shared.state().current {
            act(control);
        }
    }
}

impl Drop for TrainerWorker {
    fn drop(&mut self) {
        drop(self.clerk.take());
        self.control(Control::leave);
        drop(self.trainer.take());
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // The queue is a list of plain values: whole even after a panic elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_closing(&self) -> bool {
        self.context.closing.load(Ordering::Relaxed)
    }

    fn publish_queue(&self) {
        let queue: Vec<_> = self.state().waiting.iter().cloned().collect();
        self.context.board.training.update(|view| view.queue = queue);
    }

    /// Whether the run waits or is in progress.
    fn is_known(&self, run: &RunId) -> bool {
        let state = self.state();
        state.waiting.iter().any(|(waiting, _)| waiting == run)
            || state.current.as_ref().is_some_and(|(current, _)| current == run)
    }
}

struct Trainer {
    shared: Arc<Shared>,
    /// Of all runs so far, so that a sweep measures once.
    step_speeds: StepSpeeds,
}

impl Job for Trainer {
    type Command = ();
    const THREAD: &'static str = "training";

    fn handle(&mut self, (): ()) {
        while let Some((run, config, control)) = self.next() {
            self.shared.publish_queue();
            self.train(&run, config, &control);
            self.shared.state().current = None;
            self.shared.refresher.refresh();
        }
    }

    fn after_panic(&mut self, message: String) {
        tracing::error!("between two runs: {message}");
        self.shared.state().current = None;
    }
}

impl Trainer {
    fn next(&self) -> Option<(RunId, Config, Arc<Control>)> {
        if self.shared.is_closing() {
            return None;
        }
        let control = Arc::new(Control::default());
        let mut state = self.shared.state();
        let (run, config) = state.waiting.pop_front()?;
        state.current = Some((run.clone(), Arc::clone(&control)));
        Some((run, config, control))
    }

    fn train(&self, run: &RunId, config: Config, control: &Control) {
        let context = &self.shared.context;
        let publisher = Publisher::new(context, run.clone(), config);
        context.events.send(Event::RunStarted(run.clone()));
        self.shared.refresher.refresh();
        // A panic ends the run, not the window: what it saved stays, and the next run in the queue starts.
        let result = catch_unwind(AssertUnwindSafe(|| self.work(run, control, &publisher)));
        let event = match result {
            Ok(Ok(Outcome::Finished(summary))) => {
                publisher.end(RunPhase::Finished, None);
                Event::RunFinished { run: run.clone(), test_accuracy: summary.test_accuracy }
            }
            Ok(Ok(Outcome::Discarded)) => {
                publisher.remove();
                match runs::delete(&context.options.runs_folder, run) {
                    Ok(()) => Event::RunDiscarded(run.clone()),
                    Err(error) => Event::RunFailed { run: run.clone(), message: error.to_string() },
                }
            }
            Ok(Ok(Outcome::Interrupted)) => {
                publisher.remove();
                Event::RunInterrupted(run.clone())
            }
            Ok(Err(error)) => self.failed(run, &publisher, error.to_string()),
            Err(payload) => {
                let message = panic_message(payload.as_ref());
                let failure = Failure { message: message.clone(), remedy: Remedy::TryAgain };
                runs::failure::keep(&context.options.runs_folder.join(&run.0), &failure);
                self.failed(run, &publisher, message)
            }
        };
        context.events.send(event);
    }

    fn failed(&self, run: &RunId, publisher: &Publisher, message: String) -> Event {
        publisher.end(RunPhase::Failed, Some(message.clone()));
        Event::RunFailed { run: run.clone(), message }
    }

    fn work(&self, run: &RunId, control: &Control, publisher: &Publisher) -> Result<Outcome, TrainError> {
        let options = &self.shared.context.options;
        let folder = RunFolder::open(&options.runs_folder.join(&run.0))?;
        let options =
            RunOptions { step_speeds: Some(&self.step_speeds), ..RunOptions::new(&options.cache_folder) };
        train::run(&folder, options, control, publisher)
    }
}
