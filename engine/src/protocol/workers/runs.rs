//! Lists run folders, loads their details, deletes and restores them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use crossbeam_channel::Sender;

use super::{Context, Job, Worker};
use crate::dataset::Split;
use crate::evaluate::{ClipPrediction, read_predictions_of};
use crate::protocol::{Event, Prediction, RunDetails, RunsView};
use crate::runs::{self, BuiltIn, Comparison, RunError, RunFolder, RunId, RunRow, RunState, file_names};
use crate::settings::Config;

/// Commands that may wait; more at once are refused with a message.
const CAPACITY: usize = 64;

enum RunsCommand {
    Refresh,
    Delete(RunId),
    Restore(RunId),
    LoadDetails(Vec<RunId>),
}

/// Reads and changes the runs folder.
pub(crate) struct RunsWorker {
    // Dropped first: the thread ends when nobody can send it anything any more.
    refresher: Refresher,
    worker: Worker<RunsCommand>,
    context: Context,
}

impl RunsWorker {
    pub fn start(context: &Context) -> Self {
        let refresh_waits = Arc::new(AtomicBool::new(false));
        let job = Librarian {
            context: context.clone(),
            refresh_waits: Arc::clone(&refresh_waits),
            wanted: Vec::new(),
            loaded: HashMap::new(),
        };
        let worker = Worker::start(CAPACITY, job);
        let refresher = Refresher { commands: worker.sender(), refresh_waits };
        Self { refresher, worker, context: context.clone() }
    }

    pub fn refresh(&self) {
        self.refresher.refresh();
    }

    /// For workers that change runs; must be dropped before this worker.
    pub fn refresher(&self) -> Refresher {
        self.refresher.clone()
    }

    pub fn delete(&self, run: RunId) {
        self.send(RunsCommand::Delete(run));
    }

    pub fn restore(&self, run: RunId) {
        self.send(RunsCommand::Restore(run));
    }

    pub fn load_details(&self, runs: Vec<RunId>) {
        self.send(RunsCommand::LoadDetails(runs));
    }

    fn send(&self, command: RunsCommand) {
        if !self.worker.send(command) {
            let message = "the runs folder is busy; try again in a moment".into();
            self.context.events.try_send(Event::RunFolderFailed { message });
        }
    }
}

/// Asks for a new listing from another thread.
#[derive(Clone)]
pub(crate) struct Refresher {
    commands: Option<Sender<RunsCommand>>,
    refresh_waits: Arc<AtomicBool>,
}

impl Refresher {
    /// Reads the runs folder again; requests that come while one waits are one request.
    pub fn refresh(&self) {
        let Some(commands) = &self.commands else { return };
        let is_first = !self.refresh_waits.swap(true, Ordering::AcqRel);
        if is_first && commands.try_send(RunsCommand::Refresh).is_err() {
            self.refresh_waits.store(false, Ordering::Release);
        }
    }
}

/// Details of a run, and when the files behind them changed.
type Loaded = (Vec<Option<SystemTime>>, Arc<RunDetails>);

struct Librarian {
    context: Context,
    refresh_waits: Arc<AtomicBool>,
    /// Runs whose details are shown.
    wanted: Vec<RunId>,
    loaded: HashMap<RunId, Loaded>,
}

impl Job for Librarian {
    type Command = RunsCommand;
    const THREAD: &'static str = "runs";

    fn handle(&mut self, command: RunsCommand) {
        let result = match command {
            RunsCommand::Refresh => {
                self.refresh_waits.store(false, Ordering::Release);
                self.list()
            }
            RunsCommand::Delete(run) => self.delete(run),
            RunsCommand::Restore(run) => self.restore(run),
            RunsCommand::LoadDetails(runs) => {
                self.wanted = runs;
                self.load_details();
                Ok(())
            }
        };
        if let Err(error) = result {
            self.context.events.send(Event::RunFolderFailed { message: error.to_string() });
        }
    }

    fn after_panic(&mut self, message: String) {
        self.loaded.clear();
        self.context.board.runs.update(|view| view.reading = false);
        self.context.events.send(Event::RunFolderFailed { message });
    }
}

/// A run that waits in the queue looks like one that was interrupted; it begins by itself.
fn mark_waiting(rows: &mut [RunRow], queue: &[(RunId, Config)]) {
    let waiting: HashSet<&RunId> = queue.iter().map(|(run, _)| run).collect();
    rows.iter_mut()
        .filter(|row| row.state == RunState::Interrupted && waiting.contains(&row.run))
        .for_each(|row| row.state = RunState::Waiting);
}

impl Librarian {
    fn list(&mut self) -> Result<(), RunError> {
        let board = &self.context.board;
        let folder = &self.context.options.runs_folder;
        board.runs.update(|view| {
            view.reading = true;
            // The built-in models are there before anything was read.
            if view.built_in.is_empty() {
                view.built_in = runs::built_in_runs();
                view.comparison = Arc::new(Comparison::of(&view.built_in));
            }
        });
        let listed = runs::list(folder);
        let failure = match listed {
            Ok(mut rows) => {
                mark_waiting(&mut rows, &board.training.get().queue);
                let runs: Vec<_> = rows.into_iter().map(Arc::new).collect();
                let built_in = runs::built_in_runs();
                let comparison = Arc::new(Comparison::of(&[&runs[..], &built_in[..]].concat()));
                let folder = folder.clone();
                board.runs.set(RunsView { folder, runs, built_in, comparison, reading: false });
                None
            }
            Err(error) => {
                board.runs.update(|view| view.reading = false);
                Some(error)
            }
        };
        // What is shown of a run follows its folder.
        self.load_details();
        failure.map_or(Ok(()), Err)
    }

    fn delete(&mut self, run: RunId) -> Result<(), RunError> {
        runs::delete(&self.context.options.runs_folder, &run)?;
        self.list()?;
        self.context.events.send(Event::RunDeleted(run));
        Ok(())
    }

    fn restore(&mut self, run: RunId) -> Result<(), RunError> {
        runs::restore(&self.context.options.runs_folder, &run)?;
        self.list()?;
        self.context.events.send(Event::RunRestored(run));
        Ok(())
    }

    /// Publishes the details of the wanted runs, reading only what has changed.
    fn load_details(&mut self) {
        let mut loaded = HashMap::new();
        let mut shown = Vec::new();
        for run in &self.wanted {
            let folder = self.context.options.runs_folder.join(&run.0);
            let stamp = stamp(&folder);
            let details = match self.loaded.remove(run) {
                Some((known, details)) if known == stamp => details,
                _ => Arc::new(details_of(run, &folder)),
            };
            shown.push(Arc::clone(&details));
            loaded.insert(run.clone(), (stamp, details));
        }
        self.loaded = loaded;
        self.context.board.details.set(shown);
    }
}

fn stamp(folder: &std::path::Path) -> Vec<Option<SystemTime>> {
    [file_names::METRICS, file_names::SUMMARY, file_names::PREDICTIONS]
        .iter()
        .map(|name| std::fs::metadata(folder.join(name)).and_then(|metadata| metadata.modified()).ok())
        .collect()
}

fn details_of(run: &RunId, folder: &std::path::Path) -> RunDetails {
    let mut details = RunDetails {
        run: run.clone(),
        history: Vec::new(),
        confusion: Default::default(),
        predictions: Vec::new(),
        message: String::new(),
    };
    if let Some(measured) = BuiltIn::of_run(run).and_then(BuiltIn::measured) {
        details.confusion = measured.summary.confusion.clone();
        let labels = &details.confusion.labels;
        let index = |name: &String| labels.iter().position(|label| label == name);
        let clip = |(path, label, predicted, score): &(String, String, String, f32)| {
            let (label, predicted) = (index(label)?, index(predicted)?);
            Some(Prediction { path: path.clone(), split: Split::Test, label, predicted, score: *score })
        };
        details.predictions = measured.predictions.iter().filter_map(clip).collect();
        return details;
    }
    let result = RunId::new(&run.0).and_then(|_| RunFolder::open(folder)).and_then(|folder| {
        details.history = folder.history()?;
        if let Some(summary) = folder.summary()? {
            details.confusion = summary.confusion;
            if details.history.len() < summary.num_epochs && summary.rounded_from.is_none() {
                let (found, wanted) = (details.history.len(), summary.num_epochs);
                details.message =
                    format!("metrics.jsonl holds {found} of {wanted} epochs; the rest of its curves is lost");
            }
            let predictions = read_predictions_of(&folder.file(file_names::PREDICTIONS), &details.confusion)?;
            details.predictions =
                predictions.iter().filter_map(|clip| in_short(clip, &details.confusion.labels)).collect();
        }
        Ok(())
    });
    if let Err(error) = result {
        details.message = error.to_string();
    }
    details
}

fn in_short(clip: &ClipPrediction, labels: &[String]) -> Option<Prediction> {
    let index = |label: &String| labels.iter().position(|known| known == label);
    Some(Prediction {
        path: clip.path.clone(),
        split: clip.split.unwrap_or(Split::Test),
        label: index(&clip.label)?,
        predicted: index(&clip.predicted)?,
        score: clip.scores.get(&clip.predicted).copied().unwrap_or(0.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, state: RunState) -> RunRow {
        RunRow {
            run: RunId(name.into()),
            config: None,
            state,
            summary: None,
            created_secs: 0,
            is_pareto: false,
            experiment: String::new(),
        }
    }

    #[test]
    fn what_waits_in_the_queue_is_not_called_interrupted() {
        let mut rows = [
            row("queued", RunState::Interrupted),
            row("left", RunState::Interrupted),
            row("done", RunState::Finished),
        ];
        let queue = ["queued", "done"].map(|name| (RunId(name.into()), Config::default()));
        mark_waiting(&mut rows, &queue);
        let states: Vec<_> = rows.iter().map(|row| row.state.clone()).collect();
        assert_eq!(states, [RunState::Waiting, RunState::Interrupted, RunState::Finished]);
    }
}
