//! Every run with its settings as text, made once per run and kept.
//!
//! Turning a configuration into texts costs tens of microseconds, so thousands of runs are worked off
//! over several frames under a time budget.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::protocol::{RunRow, RunState, RunsView};
use engine::runs::RunId;
use engine::settings::{Config, SETTINGS};
use serde_json::Value;

use crate::theme::Method;

/// Time that one frame may spend on new runs.
const BUDGET: Duration = Duration::from_millis(3);

/// One run, ready to be listed.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The run.
    pub row: Arc<RunRow>,
    /// Its method; absent when damaged.
    pub method: Option<Method>,
    /// One text per setting, in the order of [`SETTINGS`]; shared between runs of equal settings.
    pub settings: Arc<[String]>,
    /// Everything a filter looks at, in lower case.
    pub search: String,
}

/// All runs.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    /// Runs ready to be listed, in the order of the snapshot they come from.
    pub entries: Vec<Entry>,
    /// Grows when the runs are others.
    pub version: u64,
    source: Option<Arc<RunsView>>,
    /// Runs of the newest snapshot; they take the place of `entries` when all are there.
    coming: Vec<Entry>,
    known: HashMap<RunId, usize>,
}

impl Catalogue {
    /// Takes up a new snapshot, as far as the budget reaches; false when there is more to do.
    ///
    /// Until a snapshot is wholly taken up, the runs of the one before stay listed.
    pub fn update(&mut self, runs: &Arc<RunsView>) -> bool {
        let is_new = !self.source.as_ref().is_some_and(|source| Arc::ptr_eq(source, runs));
        if is_new {
            self.source = Some(runs.clone());
            self.coming.clear();
            let entries = self.entries.iter().enumerate();
            self.known = entries.map(|(index, entry)| (entry.row.run.clone(), index)).collect();
        } else if self.coming.is_empty() {
            return true;
        }
        let start = Instant::now();
        while let Some(row) = runs.runs.get(self.coming.len()) {
            let known = self.known.get(&row.run).and_then(|index| self.entries.get(*index));
            self.coming.push(entry(row.clone(), known));
            if start.elapsed() > BUDGET && self.coming.len() < runs.runs.len() {
                return false;
            }
        }
        self.entries = std::mem::take(&mut self.coming);
        self.known.clear();
        self.version += 1;
        true
    }

    /// The run of this name.
    pub fn find(&self, run: &RunId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.row.run == *run)
    }
}

fn entry(row: Arc<RunRow>, known: Option<&Entry>) -> Entry {
    let method = row.config.as_ref().map(Method::of);
    let kept = known.filter(|known| known.row.config == row.config).map(|known| known.settings.clone());
    let settings = kept.unwrap_or_else(|| setting_texts(row.config.as_ref()));
    let mut search = format!("{}\n{}\n", row.run.0, state_name(&row.state));
    search += method.map_or("", Method::name);
    if let Some(from) = row.summary.as_ref().and_then(|summary| summary.rounded_from.as_ref()) {
        search += &format!("\nrounded from {from}");
    }
    for (setting, text) in SETTINGS.iter().zip(settings.iter()) {
        search += &format!("\n{}={text}", setting.key);
    }
    search.make_ascii_lowercase();
    Entry { row, method, settings, search }
}

/// The state of a run in one word.
pub(super) fn state_name(state: &RunState) -> &'static str {
    match state {
        RunState::Finished => "finished",
        RunState::Running => "running",
        RunState::Interrupted => "interrupted",
        RunState::Failed(_) => "failed",
        RunState::Damaged(_) => "damaged",
    }
}

/// One text per setting; empty texts when there is no configuration.
fn setting_texts(config: Option<&Config>) -> Arc<[String]> {
    let value = config.and_then(|config| serde_json::to_value(config).ok()).unwrap_or_default();
    SETTINGS
        .iter()
        .map(|setting| {
            let found = setting.key.split('.').try_fold(&value, |inner, part| inner.get(part));
            found.map(text).unwrap_or_default()
        })
        .collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    #[test]
    fn every_setting_has_a_text_and_can_be_searched() {
        let runs = Arc::new(made_up::runs(6));
        let mut catalogue = Catalogue::default();
        while !catalogue.update(&runs) {}
        assert_eq!(catalogue.entries.len(), 6);
        let entry = &catalogue.entries[0];
        let data_dir = SETTINGS.iter().position(|setting| setting.key == "data.dir").unwrap();
        for (index, text) in entry.settings.iter().enumerate() {
            assert!(!text.is_empty() || index == data_dir, "{} has no text", SETTINGS[index].key);
        }
        assert!(entry.search.contains("seed=1"));
        assert!(catalogue.entries[5].search.contains("damaged"));
    }

    #[test]
    fn a_new_snapshot_keeps_what_is_known() {
        let mut catalogue = Catalogue::default();
        let first = Arc::new(made_up::runs(4));
        while !catalogue.update(&first) {}
        let known = catalogue.entries[0].settings.clone();
        let second = Arc::new(made_up::runs(4));
        while !catalogue.update(&second) {}
        assert_eq!(catalogue.entries.len(), 4);
        assert!(Arc::ptr_eq(&known, &catalogue.entries[0].settings));
    }
}
