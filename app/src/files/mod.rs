//! Files and dialogs, off the window's thread: a frame never reads, writes or waits for a dialog.
//!
//! [`Files`] owns one thread, `files`, that works through a bounded queue. A dialog of the system blocks for as
//! long as it is open, so each gets a thread of its own, `dialog`; one that is still open when the
//! window closes is left behind, since no system lets it be closed from outside.

mod classify;
mod dialog;
mod import;
mod write;

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use engine::files::expand_home;
use engine::settings::Config;

use crate::context::{ModelSlot, PickKind};

use classify::Found;
pub use write::write_atomically;

/// Work for the thread `files`.
#[derive(Debug, Clone, PartialEq)]
pub enum FileJob {
    /// Find out what a dropped or typed path is, and open it.
    Open(PathBuf),
    /// A path typed in answer to a dialog that did not come up.
    Answer(DialogRequest, PathBuf),
    /// Write text or a picture, replacing what is there in one step.
    Write {
        /// Where.
        path: PathBuf,
        /// What.
        bytes: Vec<u8>,
        /// Why, for the answer.
        purpose: WritePurpose,
    },
    /// Copy a run folder into the runs folder.
    ImportRun {
        /// The run folder.
        from: PathBuf,
        /// The runs folder.
        into: PathBuf,
    },
}

/// Why a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WritePurpose {
    /// The window's own state; success is not told.
    State,
    /// A configuration.
    Config,
    /// A figure or a table.
    Export,
}

/// What a dialog asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum DialogRequest {
    /// Something to open.
    Pick(PickKind),
    /// Where to save.
    Save {
        /// Suggested file name with its ending.
        file_name: String,
        /// What is written there.
        bytes: Vec<u8>,
        /// What is written instead where the file gets one of these endings.
        others: Vec<(&'static str, Vec<u8>)>,
        /// Why.
        purpose: WritePurpose,
    },
}

/// What came of a job or a dialog.
#[derive(Debug, Clone, PartialEq)]
pub enum FileOutcome {
    /// A dataset folder.
    Dataset(PathBuf),
    /// A configuration, read and checked.
    Config {
        /// Its file.
        path: PathBuf,
        /// What it says.
        config: Box<Config>,
        /// Whether it says itself which data it is for.
        names_data: bool,
    },
    /// A recording.
    Recording(PathBuf),
    /// A run folder.
    Run(PathBuf),
    /// A run was copied into the runs folder under this name.
    RunImported(String),
    /// A folder for the archive of Speech Commands.
    FetchFolder(PathBuf),
    /// A folder for exported models.
    ExportFolder(PathBuf),
    /// A model file, and who asked for it; nobody did where it was dropped.
    Model(Option<ModelSlot>, PathBuf),
    /// A file was written.
    Written(PathBuf, WritePurpose),
    /// No dialog came up: the window asks for a typed path instead.
    NoDialog(DialogRequest),
    /// The dialog was closed without a choice.
    Cancelled,
    /// One sentence, then what to do.
    Failed(String),
}

/// Wakes the window when an outcome waits.
pub type Waker = std::sync::Arc<dyn Fn() + Send + Sync>;

/// The threads behind files and dialogs.
pub struct Files {
    jobs: Option<Sender<FileJob>>,
    worker: Option<JoinHandle<()>>,
    dialog: Option<JoinHandle<()>>,
    outcomes: Receiver<FileOutcome>,
    answers: Sender<FileOutcome>,
    waker: Waker,
}

impl Files {
    /// Starts the thread `files`; `waker` is called after each outcome.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(waker: Waker) -> std::io::Result<Self> {
        let (jobs, queue) = bounded::<FileJob>(32);
        let (answers, outcomes) = bounded(64);
        let answer = Answer { to: answers.clone(), waker: waker.clone() };
        let worker = std::thread::Builder::new().name("files".into()).spawn(move || {
            for job in queue {
                if let Some(outcome) = run(job) {
                    answer.give(outcome);
                }
            }
        })?;
        Ok(Self { jobs: Some(jobs), worker: Some(worker), dialog: None, outcomes, answers, waker })
    }

    /// Queues a job; false when the queue is full, which only a hung file system brings about.
    #[must_use]
    pub fn submit(&self, job: FileJob) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
    }

    /// Opens a dialog; false when one is open already or the system gives no thread.
    #[must_use]
    pub fn ask(&mut self, request: DialogRequest, start_in: Option<PathBuf>) -> bool {
        if self.dialog.as_ref().is_some_and(|dialog| !dialog.is_finished()) {
            return false;
        }
        if let Some(finished) = self.dialog.take() {
            // It has ended, so this does not wait; a panic in it was its own.
            let _ = finished.join();
        }
        let answer = Answer { to: self.answers.clone(), waker: self.waker.clone() };
        let thread = std::thread::Builder::new()
            .name("dialog".into())
            .spawn(move || answer.give(dialog::ask(request, start_in.as_deref())));
        self.dialog = thread.ok();
        self.dialog.is_some()
    }

    /// The oldest outcome not yet taken.
    pub fn poll(&self) -> Option<FileOutcome> {
        self.outcomes.try_recv().ok()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // Closing the queue ends the worker once it has written what was asked.
        drop(self.jobs.take());
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

struct Answer {
    to: Sender<FileOutcome>,
    waker: Waker,
}

impl Answer {
    fn give(&self, outcome: FileOutcome) {
        // A full channel means that the window takes nothing any more; blocking would keep it from closing.
        if self.to.try_send(outcome).is_ok() {
            (self.waker)();
        }
    }
}

fn run(job: FileJob) -> Option<FileOutcome> {
    Some(match job {
        FileJob::Open(path) => open(&path),
        FileJob::Answer(request, path) => dialog::answer(request, path),
        FileJob::Write { path, bytes, purpose } => match write_atomically(&path, &bytes) {
            Ok(()) if purpose == WritePurpose::State => return None,
            Ok(()) => FileOutcome::Written(path, purpose),
            Err(error) => FileOutcome::Failed(format!(
                "Cannot write the file: {error}. Choose another place or free some space. ({})",
                path.display()
            )),
        },
        FileJob::ImportRun { from, into } => match import::import_run(&from, &into) {
            Ok(name) => FileOutcome::RunImported(name),
            Err(error) => FileOutcome::Failed(format!(
                "Cannot copy the run into the runs folder: {error}. ({})",
                from.display()
            )),
        },
    })
}

fn open(path: &Path) -> FileOutcome {
    match classify::classify(path) {
        Found::Dataset(path) => FileOutcome::Dataset(path),
        Found::Run(path) => FileOutcome::Run(path),
        Found::Config(path) => load_config(&path),
        Found::Recording(path) => FileOutcome::Recording(path),
        Found::Model(path) => FileOutcome::Model(None, path),
        Found::Nothing(why) => FileOutcome::Failed(why),
    }
}

fn load_config(path: &Path) -> FileOutcome {
    match engine::runs::load_config(path) {
        Ok(config) => FileOutcome::Config {
            path: path.to_path_buf(),
            config: Box::new(config),
            names_data: Config::file_states(path, "data.dir"),
        },
        Err(error) => FileOutcome::Failed(format!("Cannot open the configuration: {error}")),
    }
}

/// The path that a person typed: quotes and blanks around it are dropped, a leading `~` is the home folder.
pub fn path_from_typed(text: &str) -> PathBuf {
    expand_home(Path::new(text.trim().trim_matches(['"', '\''])))
}
