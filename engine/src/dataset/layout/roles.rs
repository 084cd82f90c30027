//! What a person says that folders are, and folders of which the names leave a doubt.

use serde::{Deserialize, Serialize};

use super::NOISE_FOLDER;
use super::folder::Folder;
use crate::dataset::names::{Meaning, composed, folded, meaning};
use crate::settings::{DataConfig, SampleScale};

/// Folders that are something else than words, and samples on another scale, as settings say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderRoles {
    /// Folders of background noise beside `_background_noise_`, by name or path.
    pub noise: Vec<String>,
    /// Folders that are left out, by name or path.
    pub exclude: Vec<String>,
    /// How samples far outside -1 to 1 are taken.
    pub scale: SampleScale,
}

impl From<&DataConfig> for FolderRoles {
    fn from(data: &DataConfig) -> Self {
        Self { noise: data.noise.clone(), exclude: data.exclude.clone(), scale: data.scale }
    }
}

/// What a folder is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Word,
    Noise,
    Excluded,
}

impl FolderRoles {
    pub(super) fn role(&self, folder: &Folder) -> Role {
        self.role_of(&folder.name, &folder.path)
    }

    /// What a folder, or a label in a file name, is read as.
    pub(super) fn role_of(&self, name: &str, path: &str) -> Role {
        let is_listed = |listed: &[String]| {
            let mut listed = listed.iter().map(|listed| composed(listed.trim_end_matches('/')));
            listed.any(|listed| listed == composed(name) || listed == composed(path))
        };
        if is_listed(&self.exclude) {
            Role::Excluded
        } else if folded(name) == NOISE_FOLDER || is_listed(&self.noise) {
            Role::Noise
        } else if is_set_aside(name) {
            Role::Excluded
        } else {
            Role::Word
        }
    }

    /// The roles with one more folder.
    #[must_use]
    pub fn with(&self, remedy: FolderRemedy, folder: &str) -> Self {
        let mut roles = self.clone();
        let list = match remedy {
            FolderRemedy::UseAsNoise => &mut roles.noise,
            FolderRemedy::LeaveOut => &mut roles.exclude,
        };
        if !list.iter().any(|known| known == folder) {
            list.push(folder.to_owned());
        }
        roles
    }
}

/// Whether a name begins with `_` and is none of those that mean something: words do not begin so.
pub(super) fn is_set_aside(name: &str) -> bool {
    let means_something =
        matches!(meaning(name), Some(Meaning::Split(_) | Meaning::Silence | Meaning::Unknown));
    name.starts_with('_') && !means_something && folded(name) != NOISE_FOLDER
}

/// What can be done about a folder that may be no word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FolderRemedy {
    /// Read it as background noise.
    UseAsNoise,
    /// Do not read it.
    LeaveOut,
}

impl FolderRemedy {
    /// The setting that says so.
    pub fn key(self) -> &'static str {
        match self {
            Self::UseAsNoise => "data.noise",
            Self::LeaveOut => "data.exclude",
        }
    }

    /// What it does, as a verb phrase.
    pub fn verb(self) -> &'static str {
        match self {
            Self::UseAsNoise => "use it as background noise",
            Self::LeaveOut => "leave it out",
        }
    }
}

/// A folder that is read as one thing while its name means another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderDoubt {
    /// The folder, or the label in file names, as [`FolderRoles`] takes it.
    pub folder: String,
    /// The doubt and the settings that end it, as sentences for a person.
    pub text: String,
    /// What can be done, best first.
    pub remedies: Vec<FolderRemedy>,
}

impl FolderDoubt {
    pub(super) fn new(folder: &str, doubt: &str, remedies: &[FolderRemedy]) -> Self {
        let ways: Vec<_> = remedies
            .iter()
            .map(|remedy| format!("set {} = [{folder:?}] to {}", remedy.key(), remedy.verb()))
            .collect();
        let mut ways = ways.join(", or ");
        if let Some(first) = ways.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let text = if ways.is_empty() { doubt.to_owned() } else { format!("{doubt} {ways}.") };
        Self { folder: folder.to_owned(), text, remedies: remedies.to_vec() }
    }
}
