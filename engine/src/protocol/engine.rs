//! The engine: owns every worker thread, takes commands, hands out events and snapshots.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crossbeam_channel::{Receiver, bounded};

use super::latest::{Latest, Waker};
use super::workers::bits::BitsWorker;
use super::workers::clip::ClipWorker;
use super::workers::dataset::DatasetWorker;
use super::workers::devices::DeviceWorker;
use super::workers::export::ExportWorker;
use super::workers::fetch::FetchWorker;
use super::workers::live::LiveWorker;
use super::workers::planner::PlannerWorker;
use super::workers::playback::PlaybackWorker;
use super::workers::runs::RunsWorker;
use super::workers::trainer::TrainerWorker;
use super::workers::{self, Board, Context, EventSender};
use super::{Command, Event, Snapshot};

/// Events that may wait for the window before workers wait for it.
const EVENT_CAPACITY: usize = 1024;

/// Where the engine keeps its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineOptions {
    /// Folder whose sub-folders are runs; created when the first run starts.
    pub runs_folder: PathBuf,
    /// Folder for decoded sound, features and the index of runs; may be deleted at any time.
    pub cache_folder: PathBuf,
}

/// All worker threads behind a window. Dropping it ends and joins them; a run in progress is
/// checkpointed and can be continued.
///
/// ```text
/// window --send--> Engine --> workers (one named thread each)
/// window <--poll_event / snapshot-- events, Board of Latest<T>
/// ```
pub struct Engine {
    events: Option<Receiver<Event>>,
    context: Context,
    waker: Waker,
    // Dropped in this order, each joining its threads.
    live: LiveWorker,
    devices: DeviceWorker,
    playback: PlaybackWorker,
    fetch: FetchWorker,
    bits: BitsWorker,
    export: ExportWorker,
    planner: PlannerWorker,
    trainer: TrainerWorker,
    clip: ClipWorker,
    dataset: DatasetWorker,
    runs: RunsWorker,
}

impl Engine {
    /// Starts the workers. Nothing is read from disk before the first command.
    pub fn start(options: EngineOptions) -> Self {
        let waker = Waker::default();
        let (sender, events) = bounded(EVENT_CAPACITY);
        let context = Context {
            options: Arc::new(options),
            board: Arc::new(Board::new(&waker)),
            open_dataset: Arc::new(Latest::new(None, waker.clone())),
            events: EventSender::new(sender, waker.clone()),
            closing: Arc::new(AtomicBool::new(false)),
        };
        let runs = RunsWorker::start(&context);
        Self {
            events: Some(events),
            live: LiveWorker::start(&context),
            devices: DeviceWorker::start(&context),
            playback: PlaybackWorker::start(&context),
            fetch: FetchWorker::start(&context),
            bits: BitsWorker::start(&context, runs.refresher()),
            export: ExportWorker::start(&context),
            planner: PlannerWorker::start(&context),
            trainer: TrainerWorker::start(&context, runs.refresher()),
            clip: ClipWorker::start(&context),
            dataset: DatasetWorker::start(&context),
            runs,
            context,
            waker,
        }
    }

    /// Sets what is called, from worker threads, when a snapshot or an event is new; a window asks for a
    /// repaint there. It must return at once.
    pub fn set_waker(&self, wake: Box<dyn Fn() + Send + Sync>) {
        self.waker.set(wake);
    }

    /// Hands a command to its worker and returns at once.
    pub fn send(&self, command: Command) {
        match command {
            Command::OpenDataset(folder) => self.dataset.open(folder),
            Command::TreatFolders { folder, roles } => self.dataset.treat(&folder, roles),
            Command::CancelDataset => self.dataset.cancel(),
            Command::InspectClip(wish) => self.clip.inspect(wish),
            Command::PlayClip(clip) => self.playback.play_clip(clip),
            Command::PlayFile(path) => self.playback.play_file(path),
            Command::PlayTape { from_secs, to_secs } => self.playback.play_tape(from_secs, to_secs),
            Command::StopPlayback => self.playback.stop(),
            Command::PlanNetwork(config) => self.planner.plan(config),
            Command::PlanBanks(banks) => self.planner.plan_banks(*banks),
            Command::QueueRun { config, name } => self.trainer.queue(config, name),
            Command::ContinueRun(run) => self.trainer.continue_run(run),
            Command::DequeueRun(run) => self.trainer.dequeue(run),
            Command::PauseRun => self.trainer.pause(),
            Command::ResumeRun => self.trainer.resume(),
            Command::StopRun(mode) => self.trainer.stop(mode),
            Command::RefreshRuns => self.runs.refresh(),
            Command::DeleteRun(run) => self.runs.delete(run),
            Command::RestoreRun(run) => self.runs.restore(run),
            Command::LoadRunDetails(runs) => self.runs.load_details(runs),
            Command::SweepBits(run) => self.bits.sweep(run),
            Command::CancelSweep => self.bits.cancel_sweep(),
            Command::RoundRun(order) => self.bits.round(*order),
            Command::CancelRounding => self.bits.cancel_rounding(),
            Command::DescribeModel(model) => self.export.describe(model),
            Command::Export(order) => self.export.export(*order),
            Command::ListDevices => self.devices.list(),
            Command::StartListening { source, models, detect } => {
                self.live.start_listening(source, models, detect);
            }
            Command::SetDetection(detect) => self.live.set_detection(detect),
            Command::MuteRecordings(is_muted) => self.live.mute(is_muted),
            Command::StopListening => self.live.stop(),
            Command::FetchSpeechCommands { folder } => self.fetch.fetch(folder),
            Command::CancelFetch => self.fetch.cancel(),
        }
    }

    /// The oldest event that was not yet taken.
    pub fn poll_event(&self) -> Option<Event> {
        self.events.as_ref().and_then(|events| events.try_recv().ok())
    }

    /// The latest state of everything; copies a handful of pointers.
    pub fn snapshot(&self) -> Snapshot {
        self.context.board.snapshot()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        workers::close(&self.context);
        // Workers that wait for room in the event queue go on at once when nobody can receive any more.
        drop(self.events.take());
    }
}
