//! Events: what has happened. Terminal events are never dropped.

use std::path::PathBuf;

use crate::dataset::Split;
use crate::export::Format;
use crate::runs::RunId;

/// Something that happened in the engine.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A dataset is open.
    DatasetOpened {
        /// Its folder.
        folder: PathBuf,
        /// Readable clips.
        num_clips: usize,
        /// Files left out.
        num_faults: usize,
    },
    /// A dataset could not be opened; the one before stays open.
    DatasetFailed {
        /// One sentence, then what to do.
        message: String,
    },
    /// Reading was given up on request.
    DatasetCancelled,
    /// A sound could not be played.
    ClipFailed {
        /// One sentence, then what to do.
        message: String,
    },
    /// A run is in the queue.
    RunQueued(RunId),
    /// A run could not be queued.
    RunRejected {
        /// One sentence, then what to do.
        message: String,
    },
    /// A run has begun.
    RunStarted(RunId),
    /// A run is complete: its folder holds weights and summary.
    RunFinished {
        /// Which run.
        run: RunId,
        /// Accuracy of its best weights on the testing split, 0 to 1.
        test_accuracy: f64,
    },
    /// A run was stopped and thrown away.
    RunDiscarded(RunId),
    /// A run ended before it was complete and can be continued: the program is closing, or it was stopped
    /// before it had anything to keep.
    RunInterrupted(RunId),
    /// A run ended with an error; its last checkpoint and best weights are kept.
    RunFailed {
        /// Which run.
        run: RunId,
        /// One sentence, then what to do.
        message: String,
    },
    /// A run was moved to the trash folder.
    RunDeleted(RunId),
    /// A run is back from the trash folder.
    RunRestored(RunId),
    /// A run folder could not be changed or read.
    RunFolderFailed {
        /// One sentence, then what to do.
        message: String,
    },
    /// A run was measured at other bits.
    BitsSwept(RunId),
    /// Measuring a run at other bits was given up on request.
    SweepCancelled(RunId),
    /// A run could not be measured at other bits.
    SweepFailed {
        /// Which run.
        run: RunId,
        /// One sentence, then what to do.
        message: String,
    },
    /// A run was kept at other bits as this new run.
    RunRounded {
        /// The new run.
        run: RunId,
        /// Its accuracy on the testing split, 0 to 1.
        test_accuracy: f64,
    },
    /// Keeping a run at other bits was given up on request; this one was not made.
    RoundingCancelled(RunId),
    /// A run could not be kept at other bits.
    RoundingFailed {
        /// The run that was not made.
        run: RunId,
        /// One sentence, then what to do.
        message: String,
    },
    /// The files of an export are written.
    Exported {
        /// As what.
        format: Format,
        /// Where they are.
        folder: PathBuf,
        /// How many.
        num_files: usize,
        /// Bytes in all.
        num_bytes: u64,
    },
    /// An export was not written, or not whole.
    ExportFailed {
        /// As what.
        format: Format,
        /// One sentence, then what to do.
        message: String,
    },
    /// The stream is open.
    ListeningStarted,
    /// The stream is closed and the device released: on request, or because the recording is over.
    ListeningStopped,
    /// The stream could not begin or ended by itself: no device, no permission, unplugged, format refused.
    ListeningFailed {
        /// One sentence, then what to do.
        message: String,
    },
    /// The download is complete and the dataset unpacked.
    FetchFinished {
        /// The dataset folder.
        folder: PathBuf,
    },
    /// The download stopped.
    FetchFailed {
        /// One sentence, then what to do.
        message: String,
    },
}

/// A clip that a run reads wrongly, for the confusion matrix.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Prediction {
    /// Path relative to the dataset folder.
    pub path: String,
    /// Split it belongs to.
    pub split: Split,
    /// Index of the true label.
    pub label: usize,
    /// Index of the label with the highest score.
    pub predicted: usize,
    /// That score, 0 to 1.
    pub score: f32,
}
