//! Makes, opens and removes the folders of queued runs, so that queueing never waits for training.

use std::sync::Arc;

use crossbeam_channel::Sender;

use super::super::Job;
use super::Shared;
use crate::protocol::Event;
use crate::runs::{self, Remedy, RunEnd, RunError, RunFolder, RunId, RunState, file_names};
use crate::settings::Config;
use crate::train::{TrainError, check_settings};

/// Runs that may wait.
const MAX_WAITING: usize = 10_000;

pub(super) enum ClerkCommand {
    Queue { config: Box<Config>, name: Option<String> },
    Continue(RunId),
    Dequeue(RunId),
}

pub(super) struct Clerk {
    pub shared: Arc<Shared>,
    /// Wakes the trainer.
    pub wake: Option<Sender<()>>,
}

impl Job for Clerk {
    type Command = ClerkCommand;
    const THREAD: &'static str = "run queue";

    fn handle(&mut self, command: ClerkCommand) {
        let result = match command {
            ClerkCommand::Queue { config, name } => self.queue(*config, name),
            ClerkCommand::Continue(run) => self.continue_run(run),
            ClerkCommand::Dequeue(run) => self.dequeue(&run),
        };
        if let Err(message) = result {
            self.shared.context.events.send(Event::RunRejected { message });
        }
    }

    fn after_panic(&mut self, message: String) {
        self.shared.context.events.send(Event::RunRejected { message });
    }
}

impl Clerk {
    fn queue(&self, config: Config, name: Option<String>) -> Result<(), String> {
        check_settings(&config).map_err(plain)?;
        let name = name.map(|name| RunId::new(&name)).transpose().map_err(plain)?;
        let folder = RunFolder::create(&self.shared.context.options.runs_folder, name.as_ref(), &config)
            .map_err(plain)?;
        self.append(folder.id(), config)
    }

    fn continue_run(&self, run: RunId) -> Result<(), String> {
        let run = RunId::new(&run.0).map_err(plain)?;
        if self.shared.is_known(&run) {
            return Err(format!("{run} is in the queue or in progress already"));
        }
        let folder = RunFolder::open(&self.shared.context.options.runs_folder.join(&run.0)).map_err(plain)?;
        let was_stopped =
            || folder.summary().ok().flatten().is_some_and(|summary| summary.end == RunEnd::Stopped);
        let state = folder.state();
        if let (Some(RunState::Finished), Some(from)) = (&state, folder.rounded_from()) {
            return Err(plain(TrainError::Rounded { from }));
        }
        match state {
            Some(RunState::Interrupted) => {}
            Some(RunState::Failed(failure)) if failure.remedy == Remedy::TryAgain => {}
            Some(RunState::Failed(failure)) => {
                return Err(format!(
                    "{run} failed and would fail again in the same way: {}",
                    failure.message
                ));
            }
            Some(RunState::Finished) if was_stopped() => {}
            Some(RunState::Damaged(reason)) => return Err(plain(RunError::Damaged(reason))),
            Some(RunState::Running) => return Err(format!("{run} is in progress in another program")),
            _ => return Err(format!("{run} is complete; queue a new run to train again")),
        }
        let config = folder.config().map_err(plain)?;
        self.append(run, config)
    }

    fn append(&self, run: RunId, config: Config) -> Result<(), String> {
        {
            let mut state = self.shared.state();
            if state.waiting.len() >= MAX_WAITING {
                return Err(format!("{MAX_WAITING} runs are waiting already; let some of them finish first"));
            }
            state.waiting.push_back((run.clone(), config));
        }
        self.shared.publish_queue();
        self.shared.context.events.send(Event::RunQueued(run));
        self.shared.refresher.refresh();
        if let Some(wake) = &self.wake {
            // Full: the trainer has yet to wake and will find this run.
            let _ = wake.try_send(());
        }
        Ok(())
    }

    /// Takes a run out of the queue. The folder of one that never began goes too: it holds settings only.
    fn dequeue(&self, run: &RunId) -> Result<(), String> {
        let mut state = self.shared.state();
        let num_before = state.waiting.len();
        state.waiting.retain(|(waiting, _)| waiting != run);
        let was_waiting = state.waiting.len() < num_before;
        drop(state);
        if !was_waiting {
            return Ok(());
        }
        self.shared.publish_queue();
        let runs_folder = &self.shared.context.options.runs_folder;
        let has_begun = [file_names::CHECKPOINT, file_names::METRICS, file_names::MODEL, file_names::SUMMARY]
            .iter()
            .any(|name| runs_folder.join(&run.0).join(name).exists());
        if !has_begun {
            runs::delete(runs_folder, run).map_err(plain)?;
        }
        self.shared.refresher.refresh();
        Ok(())
    }
}

fn plain(error: impl std::fmt::Display) -> String {
    error.to_string()
}
