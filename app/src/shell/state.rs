//! What the window remembers over a restart.
//!
//! One JSON file, written in one step. It is read leniently: a part that a newer or older version does not
//! understand falls back to its default, the rest survives.

use std::path::{Path, PathBuf};

use engine::protocol::BankSettings;
use engine::settings::Config;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data_folder::DataFolder;
use crate::places::{Place, Places};
use crate::theme::Mode;

/// Paths remembered per list.
const NUM_RECENTS: usize = 8;
/// Datasets whose target words are remembered.
const NUM_WORD_LISTS: usize = 32;

/// What is saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedState {
    /// Dark or light.
    pub theme: Mode,
    /// The place that was shown.
    pub place: Place,
    /// Size of everything; 1 is usual.
    pub zoom: f32,
    /// Whether the inspector is shown.
    pub inspector: bool,
    /// Whether the first page is shown: until one of its ways was taken.
    pub welcome: bool,
    /// The configuration as TOML.
    pub config: String,
    /// The file it was read from or saved to.
    pub config_path: Option<PathBuf>,
    /// The dataset that was open; `None` is the built-in one.
    pub dataset: Option<PathBuf>,
    /// Datasets opened lately, newest first.
    pub recent_datasets: Vec<PathBuf>,
    /// The target words chosen for datasets that were left, latest first; `None` is the built-in one.
    pub target_words: Vec<(Option<PathBuf>, Vec<String>)>,
    /// The memory banks that networks are laid into.
    pub banks: BankSettings,
    /// What each place remembers.
    pub places: Value,
}

impl Default for SavedState {
    fn default() -> Self {
        Self {
            theme: Mode::Dark,
            place: Place::Data,
            zoom: 1.0,
            inspector: true,
            welcome: true,
            config: String::new(),
            config_path: None,
            dataset: None,
            recent_datasets: Vec::new(),
            target_words: Vec::new(),
            banks: BankSettings::default(),
            places: Value::Null,
        }
    }
}

impl SavedState {
    /// Reads the state; an absent or unreadable file gives the defaults.
    pub fn load(path: &Path) -> Self {
        std::fs::read_to_string(path).map(|text| Self::from_json(&text)).unwrap_or_default()
    }

    /// The state from JSON text, part by part, each falling back to its default.
    pub fn from_json(text: &str) -> Self {
        let Ok(Value::Object(saved)) = serde_json::from_str(text) else { return Self::default() };
        let Ok(Value::Object(mut merged)) = serde_json::to_value(Self::default()) else {
            return Self::default();
        };
        for (key, value) in saved {
            let Some(old) = merged.get(&key).cloned() else { continue };
            merged.insert(key.clone(), value);
            if serde_json::from_value::<Self>(Value::Object(merged.clone())).is_err() {
                merged.insert(key, old);
            }
        }
        serde_json::from_value(Value::Object(merged)).unwrap_or_default()
    }

    /// The state as JSON text. A path that is no text, which JSON cannot hold, is forgotten; all else is kept.
    pub fn to_json(&self) -> String {
        let is_text = |path: &PathBuf| path.to_str().is_some();
        let mut kept = self.clone();
        kept.config_path.take_if(|path| !is_text(path));
        kept.dataset.take_if(|path| !is_text(path));
        kept.recent_datasets.retain(is_text);
        kept.target_words.retain(|(folder, _)| folder.as_ref().is_none_or(is_text));
        serde_json::to_string_pretty(&kept).unwrap_or_default()
    }

    /// The configuration, or the default where it cannot be read.
    pub fn config(&self) -> Config {
        Config::from_toml(&self.config).unwrap_or_default()
    }

    /// The places, each with what it remembers or as new.
    pub fn places(&self) -> Places {
        let part = |name: &str| self.places.get(name).cloned().unwrap_or(Value::Null);
        Places {
            data: serde_json::from_value(part("data")).unwrap_or_default(),
            network: serde_json::from_value(part("network")).unwrap_or_default(),
            train: serde_json::from_value(part("train")).unwrap_or_default(),
            compare: serde_json::from_value(part("compare")).unwrap_or_default(),
            live: serde_json::from_value(part("live")).unwrap_or_default(),
            export: serde_json::from_value(part("export")).unwrap_or_default(),
        }
    }

    /// Puts a dataset at the head of the recent ones.
    pub fn remember_dataset(&mut self, folder: &Path) {
        self.recent_datasets.retain(|known| known != folder);
        self.recent_datasets.insert(0, folder.to_path_buf());
        self.recent_datasets.truncate(NUM_RECENTS);
    }

    /// Keeps the target words of a dataset for when it is opened again.
    pub fn remember_words(&mut self, dataset: &DataFolder, words: &[String]) {
        let folder = dataset.path().map(Path::to_path_buf);
        self.target_words.retain(|(known, _)| *known != folder);
        self.target_words.insert(0, (folder, words.to_vec()));
        self.target_words.truncate(NUM_WORD_LISTS);
    }

    /// The target words that were chosen for a dataset.
    pub fn words_of(&self, dataset: &DataFolder) -> Option<Vec<String>> {
        let known = self.target_words.iter().find(|(known, _)| known.as_deref() == dataset.path());
        known.map(|(_, words)| words.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_path_that_is_no_text_costs_nothing_else() {
        use std::os::unix::ffi::OsStrExt;
        let odd = Path::new(std::ffi::OsStr::from_bytes(b"/data/odd\xff"));
        let mut state = SavedState { zoom: 1.5, dataset: Some(odd.into()), ..SavedState::default() };
        state.remember_dataset(Path::new("/a"));
        state.remember_dataset(odd);
        let again = SavedState::from_json(&state.to_json());
        assert_eq!((again.zoom, again.dataset, again.recent_datasets), (1.5, None, vec!["/a".into()]));
    }

    #[test]
    fn survives_a_round_trip() {
        let mut state =
            SavedState { theme: Mode::Light, zoom: 1.5, place: Place::Live, ..SavedState::default() };
        state.remember_dataset(Path::new("/a"));
        state.remember_dataset(Path::new("/b"));
        state.remember_dataset(Path::new("/a"));
        let words = ["yes".to_string()];
        state.remember_words(&DataFolder::BuiltIn, &words);
        state.remember_words(&DataFolder::at(Some(Path::new("/a"))), &[]);
        assert_eq!(state.words_of(&DataFolder::BuiltIn).as_deref(), Some(words.as_slice()));
        state.config = Config { seed: 7, ..Config::default() }.to_toml();
        let again = SavedState::from_json(&state.to_json());
        assert_eq!(again, state);
        assert_eq!(again.recent_datasets, [Path::new("/a"), Path::new("/b")]);
        assert_eq!(again.config().seed, 7);
    }

    #[test]
    fn one_bad_part_does_not_lose_the_rest() {
        let state =
            SavedState::from_json(r#"{"theme": "purple", "zoom": 1.25, "config": "seed = \"x\"", "new": 1}"#);
        assert_eq!(state.theme, Mode::Dark);
        assert_eq!(state.zoom, 1.25);
        assert_eq!(state.config(), Config::default());
        assert_eq!(SavedState::from_json("not json"), SavedState::default());
    }
}
