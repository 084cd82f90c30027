//! Opens datasets.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Context, Job, OpenDataset, Worker};
use crate::dataset::{Dataset, DatasetError, FolderRoles, OpenOptions};
use crate::protocol::{DatasetState, DatasetView, Event, Progress};

/// Commands that may wait. Older ones are void anyway: only the newest counts.
const QUEUE: usize = 16;
/// Time between two states of progress shown.
const SHOW_INTERVAL: Duration = Duration::from_millis(50);

/// Reads datasets.
pub(crate) struct DatasetWorker {
    context: Context,
    newest: Arc<Newest>,
    /// What the folders of each dataset are, as far as anybody said so.
    roles: Mutex<HashMap<PathBuf, FolderRoles>>,
    opener: Worker<OpenOrder>,
}

/// The flag that gives up the newest reading; each reading has its own.
type Newest = Mutex<Arc<AtomicBool>>;

struct OpenOrder {
    folder: Option<PathBuf>,
    roles: FolderRoles,
    cancel: Arc<AtomicBool>,
}

impl DatasetWorker {
    pub fn start(context: &Context) -> Self {
        let newest = Arc::new(Newest::default());
        let opener = OpenJob { context: context.clone(), newest: Arc::clone(&newest), num_opened: 0 };
        let opener = Worker::start(QUEUE, opener);
        Self { context: context.clone(), newest, roles: Mutex::default(), opener }
    }

    /// Reads a dataset; a reading in progress is given up for it. The snapshot names it from here on until it is
    /// open, given up or faulty.
    pub fn open(&self, folder: Option<PathBuf>) {
        let cancel = Arc::new(AtomicBool::new(false));
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.store(true, Ordering::Relaxed);
        *newest = Arc::clone(&cancel);
        self.context.board.dataset.update(|state| {
            state.loading = Some(Progress { what: "Listing recordings".into(), ..Progress::default() });
            state.loading_folder.clone_from(&folder);
        });
        let roles = self.roles.lock().unwrap_or_else(PoisonError::into_inner);
        let roles =
            folder.as_deref().and_then(|folder| roles.get(&absolute(folder)).cloned()).unwrap_or_default();
        if !self.opener.send(OpenOrder { folder, roles, cancel }) {
            self.context.board.dataset.update(|state| state.loading = None);
            let message = "too many datasets were asked for at once; try again in a moment".into();
            self.context.events.try_send(Event::DatasetFailed { message });
        }
    }

    /// Remembers what the folders of a dataset are; where it is open or being read, it is read again.
    pub fn treat(&self, folder: &Path, roles: FolderRoles) {
        let key = absolute(folder);
        let before =
            self.roles.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), roles.clone());
        let state = self.context.board.dataset.get();
        let is_read = state.loading.is_some()
            && state.loading_folder.as_deref().map(absolute).as_ref() == Some(&key)
            && before.unwrap_or_default() != roles;
        let is_open = state.loading.is_none()
            && state
                .open
                .as_ref()
                .is_some_and(|open| !open.is_demo && absolute(&open.folder) == key && open.roles != roles);
        if is_read || is_open {
            self.open(Some(folder.to_owned()));
        }
    }

    /// Gives up the reading in progress.
    pub fn cancel(&self) {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).store(true, Ordering::Relaxed);
    }
}

/// One form of a path, without looking at the disk.
fn absolute(folder: &Path) -> PathBuf {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()).components().collect()
}

struct OpenJob {
    context: Context,
    newest: Arc<Newest>,
    /// Datasets opened so far.
    num_opened: u64,
}

impl OpenJob {
    fn open(&self, order: &OpenOrder) -> Result<Dataset, DatasetError> {
        let options = OpenOptions {
            cache: self.context.options.cache_folder.clone(),
            roles: order.roles.clone(),
            ..OpenOptions::default()
        };
        let mut meter = Meter::new("Reading recordings");
        let meter = std::cell::RefCell::new(&mut meter);
        let progress = |done, total| {
            if self.context.closing.load(Ordering::Relaxed) {
                order.cancel.store(true, Ordering::Relaxed);
            }
            if let Some(progress) = meter.borrow_mut().update(done, total) {
                self.unless_outdated(order, |state| state.loading = Some(progress));
            }
        };
        match &order.folder {
            Some(folder) => Dataset::open(folder, &options, &progress, &order.cancel),
            None => Dataset::open_demo(&options, &progress, &order.cancel),
        }
    }

    fn publish(&mut self, order: &OpenOrder, dataset: Dataset) {
        self.num_opened += 1;
        let opening = self.num_opened;
        let view = Arc::new(DatasetView { opening, ..dataset.view() });
        let opened = Event::DatasetOpened {
            folder: view.folder.clone(),
            num_clips: view.clips.len(),
            num_faults: view.faults.len(),
        };
        // The picture of a clip stays: it says of which opening it is, so it is never taken for one of this dataset.
        self.context.open_dataset.set(Some(OpenDataset { opening, dataset: Arc::new(dataset) }));
        self.context.board.dataset.update(|state| state.open = Some(view));
        self.unless_outdated(order, |state| state.loading = None);
        self.context.events.send(opened);
    }

    /// The reading has ended without a dataset.
    fn give_up(&self, order: &OpenOrder, event: Event) {
        self.unless_outdated(order, |state| state.loading = None);
        self.context.events.send(event);
    }

    /// Changes what is shown, unless a newer reading is what is shown.
    fn unless_outdated(&self, order: &OpenOrder, change: impl FnOnce(&mut DatasetState)) {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&newest, &order.cancel) {
            self.context.board.dataset.update(change);
        }
    }
}

impl Job for OpenJob {
    type Command = OpenOrder;
    const THREAD: &'static str = "dataset";

    fn handle(&mut self, order: OpenOrder) {
        if order.cancel.load(Ordering::Relaxed) {
            return self.give_up(&order, Event::DatasetCancelled);
        }
        match self.open(&order) {
            // Given up a moment before it was complete.
            Ok(_) if order.cancel.load(Ordering::Relaxed) => self.give_up(&order, Event::DatasetCancelled),
            Ok(dataset) => self.publish(&order, dataset),
            Err(DatasetError::Cancelled) => self.give_up(&order, Event::DatasetCancelled),
            Err(error) => self.give_up(&order, Event::DatasetFailed { message: error.to_string() }),
        }
    }

    fn after_panic(&mut self, message: String) {
        self.context.board.dataset.update(|state| state.loading = None);
        self.context.events.send(Event::DatasetFailed { message });
    }
}

/// Thins progress to what a person can see, and estimates the time left.
pub(super) struct Meter {
    what: String,
    started: Instant,
    shown: Option<Instant>,
    first_done: u64,
}

impl Meter {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), started: Instant::now(), shown: None, first_done: 0 }
    }

    /// What is being done.
    pub(super) fn what(&self) -> &str {
        &self.what
    }

    /// The state to show, when it is time to show one. The speed is measured from the first state on, so that
    /// what was done before a resume does not count.
    pub(super) fn update(&mut self, done: u64, total: u64) -> Option<Progress> {
        let now = Instant::now();
        if self.shown.is_none() {
            (self.started, self.first_done) = (now, done);
        } else if self.shown.is_some_and(|shown| now - shown < SHOW_INTERVAL) && done < total {
            return None;
        }
        self.shown = Some(now);
        let elapsed_secs = (now - self.started).as_secs_f64();
        let fresh = done.saturating_sub(self.first_done);
        let left_secs = (fresh > 0 && elapsed_secs > 0.5)
            .then(|| elapsed_secs / fresh as f64 * total.saturating_sub(done) as f64);
        Some(Progress { what: self.what.clone(), done, total, left_secs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::testing::TestFolder;
    use crate::protocol::{Command, Engine, EngineOptions};

    fn engine(folder: &TestFolder) -> Engine {
        let cache_folder = folder.options.cache.clone();
        Engine::start(EngineOptions { runs_folder: cache_folder.join("runs"), cache_folder })
    }

    fn next_event(engine: &Engine) -> Event {
        let start = Instant::now();
        loop {
            if let Some(event) = engine.poll_event() {
                return event;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "no event came");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn a_folder_opens_and_its_clips_can_be_looked_at() {
        let folder = TestFolder::with_speakers(5);
        let engine = engine(&folder);
        engine.send(Command::OpenDataset(Some(folder.data.clone())));
        assert_eq!(
            next_event(&engine),
            Event::DatasetOpened { folder: folder.data.clone(), num_clips: 30, num_faults: 0 }
        );
        let state = engine.snapshot().dataset;
        assert!(state.loading.is_none());
        assert_eq!(state.open.as_ref().unwrap().words.len(), 3);
        engine.send(Command::OpenDataset(None));
        assert!(matches!(next_event(&engine), Event::DatasetOpened { .. }));
        let reopened = engine.snapshot().dataset.open.clone().unwrap();
        assert!(reopened.is_demo && reopened.opening > state.open.as_ref().unwrap().opening);
    }

    #[test]
    fn what_a_folder_is_holds_from_the_command_on() {
        let folder = TestFolder::with_speakers(4);
        folder.clip("noise/hiss.wav", 4000);
        let engine = engine(&folder);
        let open = || engine.send(Command::OpenDataset(Some(folder.data.clone())));
        open();
        assert!(matches!(next_event(&engine), Event::DatasetOpened { num_clips: 25, .. }));
        let view = engine.snapshot().dataset.open.clone().unwrap();
        let doubt = &view.doubts[0];
        let roles = view.roles.with(doubt.remedies[0], &doubt.folder);
        engine.send(Command::TreatFolders { folder: folder.data.clone(), roles: roles.clone() });
        assert!(matches!(next_event(&engine), Event::DatasetOpened { num_clips: 24, .. }));
        let view = engine.snapshot().dataset.open.clone().unwrap();
        assert_eq!((view.roles.clone(), view.background.len(), view.doubts.len()), (roles, 2, 0));
        // Opened again, it is what was said.
        open();
        assert!(matches!(next_event(&engine), Event::DatasetOpened { num_clips: 24, .. }));
        engine.send(Command::TreatFolders { folder: folder.data.clone(), roles: FolderRoles::default() });
        assert!(matches!(next_event(&engine), Event::DatasetOpened { num_clips: 25, .. }));
    }

    #[test]
    fn a_failure_keeps_what_was_open() {
        let folder = TestFolder::with_speakers(2);
        let engine = engine(&folder);
        engine.send(Command::OpenDataset(Some(folder.data.clone())));
        assert!(matches!(next_event(&engine), Event::DatasetOpened { .. }));
        engine.send(Command::OpenDataset(Some(folder.data.join("gone"))));
        let Event::DatasetFailed { message } = next_event(&engine) else { panic!("no failure") };
        assert!(message.starts_with("there is no such folder"), "{message}");
        let state = engine.snapshot().dataset;
        assert!(state.open.is_some() && state.loading.is_none());
    }

    #[test]
    fn a_newer_wish_or_a_person_stops_the_reading() {
        let folder = TestFolder::with_speakers(150);
        let small = TestFolder::with_speakers(2);
        let engine = engine(&folder);
        engine.send(Command::OpenDataset(Some(folder.data.clone())));
        engine.send(Command::OpenDataset(Some(small.data.clone())));
        assert_eq!(next_event(&engine), Event::DatasetCancelled);
        assert!(matches!(next_event(&engine), Event::DatasetOpened { num_clips: 12, .. }));
        engine.send(Command::OpenDataset(Some(folder.data.clone())));
        engine.send(Command::CancelDataset);
        assert_eq!(next_event(&engine), Event::DatasetCancelled);
        assert!(engine.snapshot().dataset.open.is_some());
        // What was given up for a newer wish never stands for it, neither while both wait nor when it ends.
        engine.send(Command::OpenDataset(Some(small.data.clone())));
        engine.send(Command::OpenDataset(Some(folder.data.clone())));
        assert_eq!(engine.snapshot().dataset.loading_folder.as_deref(), Some(folder.data.as_path()));
        assert_eq!(next_event(&engine), Event::DatasetCancelled);
        let state = engine.snapshot().dataset;
        assert!(state.loading.is_some() && state.loading_folder == Some(folder.data.clone()));
        // Dropping the engine now ends the reading too.
    }

    #[test]
    fn progress_is_thinned_but_its_end_is_shown() {
        let mut meter = Meter::new("Reading");
        assert!(meter.update(1, 1000).is_some());
        let shown = (2..1000).filter(|&done| meter.update(done, 1000).is_some()).count();
        assert!(shown < 500, "{shown}");
        assert_eq!(meter.update(1000, 1000).unwrap().done, 1000);
    }
}
