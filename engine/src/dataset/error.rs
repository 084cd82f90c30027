//! What can go wrong with a dataset, in words for a person.

use std::path::PathBuf;

/// Why a dataset could not be opened, read or used.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The path does not exist.
    #[error("there is no such folder; check the path, or leave it empty for the built-in demo dataset: {}", .path.display())]
    Missing {
        /// What was asked for.
        path: PathBuf,
    },
    /// The path is a file.
    #[error("expected a folder with one sub-folder per word, found a file; open the folder above it: {}", .path.display())]
    NotFolder {
        /// What was asked for.
        path: PathBuf,
    },
    /// The folder, or a file that decides over the splits, cannot be read.
    #[error("cannot read ({source}); check that it exists and that you may read it: {}", .path.display())]
    Unreadable {
        /// What could not be read.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Nothing is in the folder.
    #[error("the folder is empty; expected one sub-folder of recordings per word: {}", .path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// Nothing in the folder is a folder of recordings.
    #[error("no word folders: expected sub-folders named after words with recordings (WAV, FLAC, OGG, MP3) in them; {hint}: {}", .path.display())]
    NoWords {
        /// What to do instead.
        hint: String,
        /// The folder.
        path: PathBuf,
    },
    /// The list files are those of other recordings.
    #[error(
        "none of the {num_entries} names in {lists} is a recording of this dataset, so nothing would be held out: the lists name `{example}`, and recordings here are called like `{recording}`. Put the lists of this dataset there, or remove them to split by the published hash"
    )]
    ForeignLists {
        /// File names of the lists.
        lists: String,
        /// Names in them.
        num_entries: usize,
        /// One of the names.
        example: String,
        /// A recording of the dataset.
        recording: String,
    },
    /// More words than can be numbered.
    #[error("there are more than 65,536 words; open a folder with fewer word folders")]
    TooManyWords,
    /// Not one recording could be read.
    #[error("none of the {num_faults} recordings can be read; the first, `{first}`: {reason}; folder: {}", .path.display())]
    NoClips {
        /// Recordings tried.
        num_faults: usize,
        /// Path of one of them.
        first: String,
        /// Why that one is faulty.
        reason: String,
        /// The folder.
        path: PathBuf,
    },
    /// The cache cannot be written.
    #[error("cannot write decoded sound to the cache ({source}); free some disk space, or name another folder in COARSEGRAIN_CACHE: {}", .path.display())]
    Cache {
        /// The cache file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A clip that was readable is so no longer.
    #[error("the recording cannot be read any more ({reason}); open the dataset again: {path}")]
    Clip {
        /// What happened.
        reason: String,
        /// Path relative to the dataset folder.
        path: String,
    },
    /// A target word has no folder.
    #[error("the dataset has no recordings of the target word `{word}`; {remedy}")]
    NoSuchWord {
        /// The word in `data.words`.
        word: String,
        /// The nearest words of the dataset, or all of them.
        remedy: String,
    },
    /// The target words cannot make a task.
    #[error("{problem}; {remedy}")]
    Task {
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// The settings of the front end describe none.
    #[error(transparent)]
    Features(#[from] crate::features::FeatureError),
    /// The demo dataset inside the program is damaged.
    #[error("the built-in demo dataset is damaged ({reason}); install the program again")]
    Demo {
        /// What is wrong with it.
        reason: String,
    },
    /// A folder for the demo dataset cannot be written.
    #[error("cannot write the recordings ({source}); choose a folder that can be written and has free space: {}", .path.display())]
    Export {
        /// File or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A thread could not be started.
    #[error("cannot start a thread ({source}); close other programs and try again")]
    Thread {
        /// The system's reason.
        source: std::io::Error,
    },
    /// The person gave up waiting.
    #[error("reading was cancelled")]
    Cancelled,
}
