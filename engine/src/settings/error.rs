//! What can be wrong with a configuration.

use std::path::PathBuf;

/// What can be wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the configuration: {source} ({path})")]
    Read {
        /// What the system said.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The text is not TOML or holds a key or a type that no setting has.
    #[error("the configuration is not valid: {reason}{}", path_suffix(.path))]
    Parse {
        /// What the parser said, with line and column.
        reason: String,
        /// The file, if it came from one.
        path: Option<PathBuf>,
    },
    /// A page holds no configuration.
    #[error("there is no configuration in this page; open a report, a config.toml or a run folder ({0})")]
    Page(PathBuf),
    /// No setting has this key.
    #[error("there is no setting `{key}`{hint}")]
    UnknownKey {
        /// The key given.
        key: String,
        /// `; did you mean ...?`, or empty.
        hint: String,
    },
    /// A value is of the wrong type or out of range.
    #[error("`{key}` must be {expected}, but is {found}")]
    Value {
        /// The key.
        key: String,
        /// What is wanted.
        expected: String,
        /// What was given.
        found: String,
    },
    /// The path of a folder is not text.
    #[error(
        "the settings of a run can only name a folder whose path is UTF-8 text; rename the folder, or give a link to it with another name ({0})"
    )]
    NotText(String),
    /// Two settings contradict each other.
    #[error("{0}")]
    Conflict(String),
    /// A file holds a value that cannot be, or values that contradict each other.
    #[error("{error} ({path})")]
    InFile {
        /// What is wrong.
        error: Box<SettingsError>,
        /// The file.
        path: PathBuf,
    },
}

fn path_suffix(path: &Option<PathBuf>) -> String {
    path.as_ref().map(|path| format!(" ({})", path.display())).unwrap_or_default()
}
