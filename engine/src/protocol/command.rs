//! Commands: what a window may ask of the engine.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::dataset::{ClipId, FolderRoles};
use crate::export::{ExportOptions, Format};
use crate::memory::banks::{BankSpec, EnergyTable};
use crate::protocol::ClipWish;
use crate::runs::{BuiltIn, RunId};
use crate::settings::{Config, DetectConfig};

/// How a run in progress ends before its last epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopMode {
    /// Keep the best weights so far, evaluate them, finish the folder.
    Keep,
    /// Remove the run's folder.
    Discard,
}

/// Where a live stream comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamSource {
    /// A capture device by its id; `None` is the system's default.
    Microphone(Option<String>),
    /// A recording, played at real-time pace.
    Recording(PathBuf),
}

/// A model that can listen and leave the workbench.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSource {
    /// The dense model that ships with the workbench.
    BuiltInDense,
    /// The compressed model that ships with the workbench.
    BuiltInCompressed,
    /// The best weights of a run.
    Run(RunId),
    /// A model file, packed or as training writes it.
    File(PathBuf),
}

impl ModelSource {
    /// The model of a run, or of a built-in model that stands among the runs.
    pub fn of_run(run: &RunId) -> Self {
        match BuiltIn::of_run(run) {
            Some(BuiltIn::Dense) => Self::BuiltInDense,
            Some(BuiltIn::Compressed) => Self::BuiltInCompressed,
            None => Self::Run(run.clone()),
        }
    }
}

/// The memory that planned networks are laid into, and what its accesses cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BankSettings {
    /// Banks and multipliers.
    pub spec: BankSpec,
    /// Energies.
    pub energy: EnergyTable,
}

/// A run at other widths, to be kept as a run of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundOrder {
    /// The finished run whose weights are rounded.
    pub run: RunId,
    /// Weight bits of every layer.
    pub weight_bits: u32,
    /// Activation bits of every layer.
    pub activation_bits: u32,
    /// Name of the new run; one that is there already is left as it is.
    pub name: RunId,
}

/// Files to be made of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportOrder {
    /// Which model.
    pub model: ModelSource,
    /// As what.
    pub format: Format,
    /// What was chosen about it.
    pub options: ExportOptions,
    /// Folder for the files; made where it does not exist.
    pub folder: PathBuf,
}

/// A request to the engine. Every command returns at once; its effect shows in snapshots and events.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Read a dataset folder; `None` is the built-in demo dataset.
    OpenDataset(Option<PathBuf>),
    /// Read a dataset folder with other folders of it as background noise, or left out, from now on. Where it is open or
    /// being read, it is read again at once.
    TreatFolders {
        /// The dataset folder.
        folder: PathBuf,
        /// What its folders are.
        roles: FolderRoles,
    },
    /// Give up reading the dataset; what was open before stays open.
    CancelDataset,
    /// Compute waveform, spectrogram and features of a clip of the open dataset. Only the latest wish counts; it stands
    /// in the snapshot at once, and its answer after it.
    InspectClip(ClipWish),
    /// Play a clip through the sound device.
    PlayClip(ClipId),
    /// Play a sound file through the sound device.
    PlayFile(PathBuf),
    /// Play a stretch of the latest live stream, which must have ended, through the sound device.
    PlayTape {
        /// Seconds of the stream at which it begins.
        from_secs: f64,
        /// Seconds of the stream at which it ends; cut to what is kept.
        to_secs: f64,
    },
    /// Stop playing.
    StopPlayback,
    /// Draw patterns and price the network of this configuration. Only the latest request counts.
    PlanNetwork(Box<Config>),
    /// Lay the network of the latest plan, and those to come, into these memory banks.
    PlanBanks(Box<BankSettings>),
    /// Append a run to the queue; it starts when those before it are done.
    QueueRun {
        /// Its configuration.
        config: Box<Config>,
        /// Its name; `None` makes one from the configuration.
        name: Option<String>,
    },
    /// Continue an interrupted run from its last checkpoint.
    ContinueRun(RunId),
    /// Take a run out of the queue.
    DequeueRun(RunId),
    /// Hold the run in progress at the next step.
    PauseRun,
    /// Go on with a held run.
    ResumeRun,
    /// End the run in progress now.
    StopRun(StopMode),
    /// Read the runs folder again.
    RefreshRuns,
    /// Move a finished or interrupted run to the trash folder inside the runs folder.
    DeleteRun(RunId),
    /// Take a deleted run back out of the trash folder.
    RestoreRun(RunId),
    /// Load curves, confusion matrix and misread clips of these runs.
    LoadRunDetails(Vec<RunId>),
    /// Measure the accuracy of a run at other weight and activation bits, after training, on the validation split, and
    /// count how its numbers fill their codes.
    SweepBits(RunId),
    /// Give up measuring; what was measured before stays.
    CancelSweep,
    /// Round a run to other bits after training, calibrate and measure it, and keep it as a new run.
    RoundRun(Box<RoundOrder>),
    /// Give up the roundings asked for; nothing is left of them.
    CancelRounding,
    /// Read what can be exported of a model: its arithmetic, its bill, its layers.
    DescribeModel(ModelSource),
    /// Write a model as files that others compute with.
    Export(Box<ExportOrder>),
    /// List capture devices with their formats.
    ListDevices,
    /// Begin listening with up to two models on the same stream.
    StartListening {
        /// Where the sound comes from.
        source: StreamSource,
        /// One or two models.
        models: Vec<ModelSource>,
        /// How scores become detections.
        detect: DetectConfig,
    },
    /// Change how scores become detections on the running stream.
    SetDetection(DetectConfig),
    /// Silence the loudspeaker while recordings are listened to, or let them be heard; they are heard until this is said.
    MuteRecordings(bool),
    /// Stop listening and release the device.
    StopListening,
    /// Download and unpack the full Speech Commands archive into this folder.
    FetchSpeechCommands {
        /// Folder that receives archive and recordings.
        folder: PathBuf,
    },
    /// Stop the download; what has arrived is kept for resuming.
    CancelFetch,
}
