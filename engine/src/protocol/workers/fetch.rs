//! Downloads the full Speech Commands archive.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::dataset::Meter;
use super::{Context, Job, Worker};
use crate::dataset::fetch::{Archive, FetchError, FetchOptions, Patience, Stage, fetch};
use crate::protocol::{Event, FetchView};

/// Fetches that may wait; a second one into the same folder finds it complete.
const QUEUE: usize = 2;

/// Downloads, verifies and unpacks.
pub(crate) struct FetchWorker {
    /// Set to give up the fetch in progress; each fetch has its own.
    cancel: Mutex<Arc<AtomicBool>>,
    worker: Worker<FetchOrder>,
}

struct FetchOrder {
    folder: PathBuf,
    cancel: Arc<AtomicBool>,
}

impl FetchWorker {
    pub fn start(context: &Context) -> Self {
        Self::with_archive(context, Archive::speech_commands())
    }

    /// Shows at once what would be fetched: nobody should press the button without knowing.
    fn with_archive(context: &Context, archive: Archive) -> Self {
        context.board.fetch.set(FetchView {
            address: archive.address.clone(),
            size_bytes: archive.size_bytes,
            checksum: archive.sha256.clone(),
            progress: None,
        });
        let job = FetchJob { context: context.clone(), archive };
        Self { cancel: Mutex::new(Arc::new(AtomicBool::new(false))), worker: Worker::start(QUEUE, job) }
    }

    pub fn fetch(&self, folder: PathBuf) {
        let cancel = Arc::new(AtomicBool::new(false));
        *self.cancel.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&cancel);
        let _ = self.worker.send(FetchOrder { folder, cancel });
    }

    pub fn cancel(&self) {
        self.cancel.lock().unwrap_or_else(PoisonError::into_inner).store(true, Ordering::Relaxed);
    }
}

struct FetchJob {
    context: Context,
    archive: Archive,
}

impl FetchJob {
    fn fetch(&self, order: &FetchOrder) -> Result<PathBuf, FetchError> {
        let state = RefCell::new((Stage::Downloading, Meter::new(Stage::Downloading.phrase())));
        let progress = |stage: Stage, done, total| {
            if self.context.closing.load(Ordering::Relaxed) {
                order.cancel.store(true, Ordering::Relaxed);
            }
            let (shown_stage, meter) = &mut *state.borrow_mut();
            if *shown_stage != stage {
                (*shown_stage, *meter) = (stage, Meter::new(stage.phrase()));
            }
            if let Some(progress) = meter.update(done, total) {
                self.context.board.fetch.update(|view| view.progress = Some(progress));
            }
        };
        let options =
            FetchOptions { progress: &progress, cancel: &order.cancel, patience: Patience::default() };
        fetch(&self.archive, &order.folder, &options)
    }

    fn end(&self, event: Event) {
        self.context.board.fetch.update(|view| view.progress = None);
        self.context.events.send(event);
    }
}

impl Job for FetchJob {
    type Command = FetchOrder;
    const THREAD: &'static str = "fetch";

    fn handle(&mut self, order: FetchOrder) {
        match self.fetch(&order) {
            Ok(folder) => self.end(Event::FetchFinished { folder }),
            Err(error) => self.end(Event::FetchFailed { message: error.to_string() }),
        }
    }

    fn after_panic(&mut self, message: String) {
        self.end(Event::FetchFailed { message });
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crossbeam_channel::bounded;

    use super::super::{Board, EventSender};
    use super::*;
    use crate::dataset::fetch::testing::{Habits, Server, archive_of, small_archive};
    use crate::protocol::{EngineOptions, Latest, Waker};

    #[test]
    fn the_window_sees_what_is_fetched_its_progress_and_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let body = small_archive();
        let server = Server::start(body.clone(), Habits::default());
        let (sender, events) = bounded(8);
        let waker = Waker::default();
        let path = folder.path().to_owned();
        let context = Context {
            options: Arc::new(EngineOptions { runs_folder: path.clone(), cache_folder: path.clone() }),
            board: Arc::new(Board::new(&waker)),
            open_dataset: Arc::new(Latest::new(None, waker.clone())),
            events: EventSender::new(sender, waker),
            closing: Arc::new(AtomicBool::new(false)),
        };
        let archive = archive_of(&body, &server);
        let worker = FetchWorker::with_archive(&context, archive.clone());
        let view = context.board.fetch.get();
        assert_eq!(
            (&view.address, view.size_bytes, &view.checksum),
            (&archive.address, archive.size_bytes, &archive.sha256)
        );
        worker.fetch(path.clone());
        let wait = Duration::from_secs(60);
        assert_eq!(events.recv_timeout(wait).unwrap(), Event::FetchFinished { folder: path.join("small") });
        assert!(context.board.fetch.get().progress.is_none());
        drop(worker);
        let broken = Archive { sha256: "0".repeat(64), name: "other".into(), ..archive };
        let worker = FetchWorker::with_archive(&context, broken);
        worker.fetch(path);
        let start = Instant::now();
        let Event::FetchFailed { message } = events.recv_timeout(wait).unwrap() else { panic!("no failure") };
        assert!(message.contains("SHA-256") && start.elapsed() < wait, "{message}");
    }
}
