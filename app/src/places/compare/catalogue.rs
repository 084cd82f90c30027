//! Every run with its settings as text, made once per run and kept.
//!
//! Turning a configuration into texts costs tens of microseconds, so thousands of runs are worked off
//! over several frames under a time budget.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::evaluate::significance::standard_error;
use engine::protocol::{RunRow, RunState, RunsView};
use engine::runs::{BuiltIn, Comparison, RunId, SeedGroup, Summary, TestingSet};
use engine::settings::{Config, SETTINGS};
use serde_json::Value;

use crate::theme::Method;

/// Time that one frame may spend on new runs.
const BUDGET: Duration = Duration::from_millis(3);

/// One run, or the runs of one experiment, ready to be listed.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The run; of an experiment, what its seeds have in common, with means for figures.
    pub row: Arc<RunRow>,
    /// Its name for people.
    pub name: Arc<str>,
    /// The runs that stand behind it: one, or those of the experiment.
    pub members: Arc<[RunId]>,
    /// The experiment; absent for a single run.
    pub group: Option<Arc<SeedGroup>>,
    /// The model that ships with the workbench, if it is one.
    pub built_in: Option<BuiltIn>,
    /// Its method; absent when damaged.
    pub method: Option<Method>,
    /// One text per setting, in the order of [`SETTINGS`]; shared between runs of equal settings.
    pub settings: Arc<[String]>,
    /// Everything a filter looks at, in lower case.
    pub search: Arc<str>,
    /// Place in [`Catalogue::sets`] of the clips that it was measured on.
    pub set: Option<usize>,
    /// Name of these clips; empty where nothing was measured.
    pub clips: Arc<str>,
    /// On the Pareto front of these clips.
    pub is_pareto: bool,
}

impl Entry {
    /// Its seeds, as they stand in a table.
    pub fn seeds_text(&self) -> String {
        match &self.group {
            Some(group) => group.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
            None => self.row.config.as_ref().map_or(String::new(), |config| config.seed.to_string()),
        }
    }

    /// Its settings as short phrases; of an experiment with all its seeds.
    pub fn phrases(&self) -> Vec<String> {
        let mut phrases = self.row.config.as_ref().map(crate::figure::settings_of).unwrap_or_default();
        if self.group.is_some() {
            let seed = phrases.iter_mut().find(|phrase| phrase.starts_with("seed "));
            seed.into_iter().for_each(|phrase| *phrase = format!("seeds {}", self.seeds_text()));
        }
        phrases
    }

    /// Spread of the testing accuracy: the deviation over seeds, or the standard error of one test on so many clips.
    pub fn test_error(&self) -> Option<f64> {
        match &self.group {
            Some(group) => group.test_accuracy.std,
            None => {
                let summary = self.row.summary.as_ref()?;
                Some(standard_error(summary.test_accuracy, summary.num_test))
            }
        }
    }
}

/// All runs.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    /// Runs ready to be listed, in the order of the snapshot they come from, then the built-in ones.
    pub entries: Vec<Entry>,
    /// The same with the seeds of one experiment as one entry.
    pub grouped: Vec<Entry>,
    /// The clips that accuracies are of.
    pub sets: Vec<TestingSet>,
    /// Grows when the runs are others.
    pub version: u64,
    source: Option<Arc<RunsView>>,
    /// Runs of the newest snapshot; they take the place of `entries` when all are there.
    coming: Vec<Entry>,
    places: HashMap<RunId, usize>,
    /// Place in `grouped` of each entry.
    group_of: Vec<usize>,
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
        } else if self.coming.is_empty() {
            return true;
        }
        let start = Instant::now();
        let count = runs.runs.len() + runs.built_in.len();
        for row in runs.runs.iter().chain(&runs.built_in).skip(self.coming.len()) {
            let known = self.places.get(&row.run).and_then(|index| self.entries.get(*index));
            self.coming.push(entry(row.clone(), known));
            if start.elapsed() > BUDGET && self.coming.len() < count {
                return false;
            }
        }
        self.entries = std::mem::take(&mut self.coming);
        self.take_up(runs);
        self.version += 1;
        true
    }

    /// Takes up what stands together, which was worked out away from the frames.
    fn take_up(&mut self, runs: &RunsView) {
        let comparison = match runs.comparison.is_pareto.len() == self.entries.len() {
            true => runs.comparison.clone(),
            false => {
                let rows: Vec<Arc<RunRow>> = self.entries.iter().map(|entry| entry.row.clone()).collect();
                Arc::new(Comparison::of(&rows))
            }
        };
        let clips: Vec<Arc<str>> = comparison.sets.sets.iter().map(|set| set.name.as_str().into()).collect();
        for (at, entry) in self.entries.iter_mut().enumerate() {
            entry.clips = comparison.sets.of_row[at].map_or_else(|| "".into(), |set| clips[set].clone());
            entry.set = comparison.sets.of_row[at];
            entry.is_pareto = comparison.is_pareto[at];
        }
        self.places =
            self.entries.iter().enumerate().map(|(at, entry)| (entry.row.run.clone(), at)).collect();
        self.sets.clone_from(&comparison.sets.sets);
        self.group(&comparison);
    }

    fn group(&mut self, comparison: &Comparison) {
        let mut group_of_entry: Vec<Option<usize>> = vec![None; self.entries.len()];
        for (at, group) in comparison.groups.iter().enumerate().filter(|(_, group)| group.members.len() > 1) {
            group.members.iter().for_each(|&member| group_of_entry[member] = Some(at));
        }
        let mut place_of_group: HashMap<usize, usize> = HashMap::new();
        self.grouped.clear();
        self.group_of.clear();
        for (at, entry) in self.entries.iter().enumerate() {
            let place = match group_of_entry[at] {
                Some(group) => *place_of_group.entry(group).or_insert_with(|| {
                    self.grouped.push(entry_of_group(&self.entries, &comparison.groups[group]));
                    self.grouped.len() - 1
                }),
                None => {
                    self.grouped.push(entry.clone());
                    self.grouped.len() - 1
                }
            };
            self.group_of.push(place);
        }
        // Alone in its experiment, a run is on the front of experiments or not, whatever single seeds reach.
        for group in comparison.groups.iter().filter(|group| group.members.len() == 1) {
            self.grouped[self.group_of[group.members[0]]].is_pareto = group.is_pareto;
        }
    }

    /// The run of this name.
    pub fn find(&self, run: &RunId) -> Option<&Entry> {
        self.entries.get(*self.places.get(run)?)
    }

    /// The entry that stands for a run in a list by experiment or by run.
    pub fn listed(&self, run: &RunId, by_seed: bool) -> Option<&Entry> {
        let at = *self.places.get(run)?;
        if by_seed { self.grouped.get(*self.group_of.get(at)?) } else { self.entries.get(at) }
    }

    /// The entries of a list by experiment or by run.
    pub fn rows(&self, by_seed: bool) -> &[Entry] {
        if by_seed { &self.grouped } else { &self.entries }
    }

    /// Whether any experiment has several seeds, so that grouping says something.
    pub fn has_groups(&self) -> bool {
        self.grouped.iter().any(|entry| entry.group.as_ref().is_some_and(|group| group.seeds.len() > 1))
    }
}

fn entry(row: Arc<RunRow>, known: Option<&Entry>) -> Entry {
    let method = row.config.as_ref().map(Method::of);
    let kept = known.filter(|known| known.row.config == row.config).map(|known| known.settings.clone());
    let settings = kept.unwrap_or_else(|| setting_texts(row.config.as_ref()));
    let built_in = BuiltIn::of_run(&row.run);
    let name: Arc<str> = match built_in {
        Some(built_in) => built_in.name().into(),
        None => row.run.0.as_str().into(),
    };
    let search = search_text(&name, &row, method, &settings);
    Entry {
        members: [row.run.clone()].into(),
        group: None,
        name,
        built_in,
        row,
        method,
        settings,
        search: search.into(),
        set: None,
        clips: "".into(),
        is_pareto: false,
    }
}

fn search_text(name: &str, row: &RunRow, method: Option<Method>, settings: &[String]) -> String {
    let mut search = format!("{name}\n{}\n", state_name(&row.state));
    search += method.map_or("", Method::name);
    if let Some(from) = row.summary.as_ref().and_then(|summary| summary.rounded_from.as_ref()) {
        search += &format!("\nrounded from {from}");
    }
    for (setting, text) in SETTINGS.iter().zip(settings) {
        search += &format!("\n{}={text}", setting.key);
    }
    search.to_lowercase()
}

/// An experiment as one entry: its figures are means over the seeds, its seeds stand where one stood.
fn entry_of_group(entries: &[Entry], group: &Arc<SeedGroup>) -> Entry {
    let members: Vec<&Entry> = group.members.iter().filter_map(|&at| entries.get(at)).collect();
    let first = members[0];
    let mut row = (*first.row).clone();
    row.created_secs = members.iter().map(|entry| entry.row.created_secs).max().unwrap_or(0);
    // A copy is no seed.
    let seeds = || members.iter().filter(|entry| !group.copies.contains(&entry.row.run));
    let mean = |figure: fn(&Summary) -> f64| {
        let values: Vec<f64> = seeds().filter_map(|entry| entry.row.summary.as_ref()).map(figure).collect();
        values.iter().sum::<f64>() / values.len().max(1) as f64
    };
    if let Some(summary) = &mut row.summary {
        summary.test_accuracy = group.test_accuracy.mean;
        summary.valid_accuracy = group.valid_accuracy.mean;
        summary.memory_bits.total = group.memory_total_bits.round() as u64;
        summary.reduction_vs_fp32 = group.reduction_vs_fp32;
        summary.test_loss = mean(|summary| summary.test_loss);
        summary.macs_per_inference = mean(|summary| summary.macs_per_inference as f64).round() as u64;
        summary.density_achieved = mean(|summary| summary.density_achieved);
        summary.train_seconds = mean(|summary| summary.train_seconds);
        summary.samples_per_sec = mean(|summary| summary.samples_per_sec);
    }
    let mut settings = first.settings.to_vec();
    let names: Vec<&str> = members.iter().map(|entry| entry.name.as_ref()).collect();
    let mut search = format!("{}\n{}\n", group.name, names.join("\n").to_lowercase());
    if let Some(seed) = SETTINGS.iter().position(|setting| setting.key == "seed") {
        settings[seed] = group.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let each = group.seeds.iter().map(|seed| format!("\nseed={seed}"));
        search.extend(each);
    }
    search += &first.search;
    Entry {
        row: Arc::new(row),
        name: group.name.as_str().into(),
        members: members.iter().map(|entry| entry.row.run.clone()).collect(),
        group: Some(group.clone()),
        settings: settings.into(),
        search: search.into(),
        is_pareto: group.is_pareto,
        ..first.clone()
    }
}

/// The state of a run in one word.
pub(super) fn state_name(state: &RunState) -> &'static str {
    match state {
        RunState::Finished => "finished",
        RunState::Running => "running",
        RunState::Waiting => "waiting",
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
        // Written only where they are not the default.
        let may_be_empty = ["data.dir", "data.noise", "data.exclude", "data.scale"];
        for (setting, text) in SETTINGS.iter().zip(entry.settings.iter()) {
            assert!(!text.is_empty() || may_be_empty.contains(&setting.key), "{} has no text", setting.key);
        }
        assert!(entry.search.contains("seed=1"));
        assert!(catalogue.entries[5].search.contains("damaged"));
    }

    #[test]
    fn seeds_of_one_experiment_are_one_entry() {
        let mut view = made_up::runs(6);
        let template = (*view.runs[1]).clone();
        let seeded = |seed: u64, accuracy: f64| {
            let mut row = template.clone();
            row.run = RunId(format!("again-{seed}"));
            row.config.as_mut().unwrap().seed = seed;
            let summary = row.summary.as_mut().unwrap();
            (summary.seed, summary.test_accuracy) = (seed, accuracy);
            Arc::new(row)
        };
        view.runs.extend([seeded(11, 0.8), seeded(12, 0.9)]);
        let mut catalogue = Catalogue::default();
        let runs = Arc::new(view);
        while !catalogue.update(&runs) {}
        assert_eq!((catalogue.entries.len(), catalogue.grouped.len()), (8, 6));
        let group = catalogue.listed(&RunId("again-11".into()), true).unwrap();
        assert_eq!(group.members.len(), 3);
        assert!(group.search.contains("again-12") && group.search.contains("seed=12"), "{}", group.search);
        assert_eq!(group.seeds_text(), "2, 11, 12");
        let own = template.summary.as_ref().unwrap().test_accuracy;
        let mean = group.row.summary.as_ref().unwrap().test_accuracy;
        assert!((mean - (own + 1.7) / 3.0).abs() < 1e-12);
        assert!(group.test_error().unwrap() > 0.0 && catalogue.has_groups());
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
