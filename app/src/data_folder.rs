//! Which recordings a configuration, a run or an open dataset speaks of, in one form that can be compared and named.

use std::path::{Path, PathBuf};

use engine::files::{expand_home, path_text};
use engine::protocol::DatasetView;
use engine::settings::Config;

/// The recordings of a dataset: the built-in ones, or a folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DataFolder {
    /// The built-in demo dataset.
    BuiltIn,
    /// A folder, absolute and without `.` or a last `/`.
    Folder(PathBuf),
}

impl DataFolder {
    /// The dataset at a path; `None` is the built-in one.
    pub fn at(folder: Option<&Path>) -> Self {
        match folder {
            None => Self::BuiltIn,
            Some(folder) if folder.as_os_str().is_empty() => Self::BuiltIn,
            Some(folder) => {
                let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
                Self::Folder(absolute.components().collect())
            }
        }
    }

    /// What a configuration trains on.
    pub fn of_config(config: &Config) -> Self {
        Self::at(Some(&expand_home(Path::new(config.data.dir.trim()))))
    }

    /// What is open.
    pub fn of_open(open: &DatasetView) -> Self {
        Self::at((!open.is_demo).then_some(&open.folder))
    }

    /// The folder; `None` is the built-in dataset.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::BuiltIn => None,
            Self::Folder(folder) => Some(folder),
        }
    }

    /// What `data.dir` holds for it; `None` where the path is no Unicode text, which a configuration cannot hold.
    pub fn setting(&self) -> Option<String> {
        match self {
            Self::BuiltIn => Some(String::new()),
            Self::Folder(folder) => folder.to_str().map(String::from),
        }
    }

    /// Its name for people: the last part of the path.
    pub fn name(&self) -> String {
        match self {
            Self::BuiltIn => "Demo dataset".into(),
            Self::Folder(folder) => {
                let name = folder.file_name().unwrap_or(folder.as_os_str());
                path_text(name)
            }
        }
    }

    /// Where it is, in full.
    pub fn place(&self) -> String {
        match self {
            Self::BuiltIn => "built into the workbench".into(),
            Self::Folder(folder) => path_text(folder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> DataFolder {
        DataFolder::at(Some(Path::new(path)))
    }

    #[test]
    fn one_folder_is_one_value() {
        assert_eq!(at("/data/words/"), at("/data/./words"));
        assert_eq!(at("words"), at("./words"));
        assert_ne!(at("/data/words"), at("/data/words2"));
        assert_eq!(at(""), DataFolder::BuiltIn);
        let mut config = Config::default();
        assert_eq!(DataFolder::of_config(&config), DataFolder::BuiltIn);
        config.data.dir = "/data/words/ ".into();
        assert_eq!(DataFolder::of_config(&config), at("/data/words"));
        assert_eq!((at("/data/words").name(), at("/").name()), ("words".into(), "/".into()));
        assert_eq!(at("/data/words").setting().as_deref(), Some("/data/words"));
    }
}
