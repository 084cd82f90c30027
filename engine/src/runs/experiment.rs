//! Which experiment a run belongs to, and on which clips it was measured.

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{RunEnd, RunRow, RunState, Summary};
use crate::look::{numbers, phrases};
use crate::settings::{Config, experiment_text};

/// Name of the experiment that a finished run belongs to: runs that differ by their seed alone have the same.
///
/// It follows what decides the result: the settings of [`crate::settings::Role::Result`], the data fingerprint, whether
/// the run was trained at its widths or rounded to them, and for a run that a person stopped, after how many epochs.
pub fn experiment_of(config: &Config, summary: &Summary) -> String {
    let mut hasher = Sha256::new();
    let cut = if summary.end == RunEnd::Stopped { summary.num_epochs } else { 0 };
    let rounded = summary.rounded_from.is_some();
    for part in [&experiment_text(config), &summary.data_fingerprint, &rounded.to_string(), &cut.to_string()]
    {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// Testing clips that accuracies are shares of: only within one set do they compare.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestingSet {
    /// Words, clips and dataset, such as `yes, no on 39 testing clips of speech_commands`; no two sets have the same.
    pub name: String,
    /// Clips.
    pub num_test: usize,
    /// Labels of the clips, in alphabetical order.
    pub labels: Vec<String>,
    /// Fingerprint of the dataset that the first of the runs was measured on.
    pub data_fingerprint: String,
}

/// The testing sets of a list of runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TestingSets {
    /// The sets, that of the most runs first.
    pub sets: Vec<TestingSet>,
    /// Place in `sets`, run by run; `None` for runs that are not finished.
    pub of_row: Vec<Option<usize>>,
}

/// What a run was measured on as far as a summary without `test_fingerprint` tells it: dataset, labels, number of clips,
/// and the shares that choose among them.
type Told = (String, Vec<String>, usize, String);

/// Sorts finished runs by the clips that they were measured on: equal `test_fingerprint`. A summary of before that figure
/// counts as measured on the clips of another one where dataset, words and their shares are the same, because these
/// decide which clips are taken.
pub fn testing_sets<R: Borrow<RunRow>>(rows: &[R]) -> TestingSets {
    let told: Vec<Option<(Told, Option<&str>)>> = rows.iter().map(|row| told_by(row.borrow())).collect();
    let mut known: HashMap<&Told, BTreeSet<&str>> = HashMap::new();
    for (told, fingerprint) in told.iter().flatten() {
        known.entry(told).or_default().extend(*fingerprint);
    }
    let key = |(told, fingerprint): &(Told, Option<&str>)| -> Result<String, Told> {
        let of_others = || known.get(told).filter(|all| all.len() == 1).and_then(|all| all.first().copied());
        fingerprint.or_else(of_others).map(String::from).ok_or_else(|| told.clone())
    };
    let mut places: HashMap<Result<String, Told>, usize> = HashMap::new();
    let mut members: Vec<Vec<usize>> = Vec::new();
    for (index, told) in told.iter().enumerate() {
        if let Some(told) = told {
            let place = *places.entry(key(told)).or_insert(members.len());
            members.resize_with(members.len().max(place + 1), Vec::new);
            members[place].push(index);
        }
    }
    members.sort_by_key(|members| (std::cmp::Reverse(members.len()), members.first().copied()));
    let mut of_row = vec![None; rows.len()];
    for (set, members) in members.iter().enumerate() {
        members.iter().for_each(|&row| of_row[row] = Some(set));
    }
    let firsts = members.iter().filter_map(|members| members.first());
    let sets = firsts.filter_map(|&row| set_of(rows[row].borrow())).collect();
    TestingSets { sets: tell_apart(sets), of_row }
}

fn told_by(row: &RunRow) -> Option<(Told, Option<&str>)> {
    let summary = row.summary.as_ref().filter(|_| row.state == RunState::Finished)?;
    let shares = row.config.as_ref().map(|config| (config.data.unknown_share, config.data.silence_share));
    let told =
        (summary.data_fingerprint.clone(), labels(row, summary), summary.num_test, format!("{shares:?}"));
    Some((told, summary.test_fingerprint.as_deref()))
}

/// Labels in alphabetical order: which output stands for which word does not matter.
fn labels(row: &RunRow, summary: &Summary) -> Vec<String> {
    let mut labels = summary.confusion.labels.clone();
    if let Some(config) = row.config.as_ref().filter(|_| labels.is_empty()) {
        labels.clone_from(&config.data.words);
    }
    labels.sort();
    labels
}

fn set_of(row: &RunRow) -> Option<TestingSet> {
    let summary = row.summary.as_ref()?;
    let labels = labels(row, summary);
    let words: Vec<&str> =
        labels.iter().map(String::as_str).filter(|label| !["silence", "unknown"].contains(label)).collect();
    let words = match words.len() {
        1..=3 => words.join(", "),
        count => numbers::count(count as u64, "word", "words"),
    };
    let clips = numbers::count(summary.num_test as u64, "testing clip", "testing clips");
    let data = row.config.as_ref().map_or("unknown data".into(), phrases::dataset);
    let name = format!("{words} on {clips} of {data}");
    let data_fingerprint = summary.data_fingerprint.clone();
    Some(TestingSet { name, num_test: summary.num_test, labels, data_fingerprint })
}

/// Adds the fingerprint, then a number, to names that several sets have.
fn tell_apart(mut sets: Vec<TestingSet>) -> Vec<TestingSet> {
    let with_fingerprint = |set: &TestingSet| {
        let short: String = set.data_fingerprint.chars().take(8).collect();
        format!("{} ({short})", set.name)
    };
    let is_taken = |sets: &[TestingSet], at: usize| {
        sets.iter().enumerate().any(|(other, set)| other != at && set.name == sets[at].name)
    };
    let ambiguous: Vec<usize> = (0..sets.len()).filter(|&at| is_taken(&sets, at)).collect();
    for &at in &ambiguous {
        sets[at].name = with_fingerprint(&sets[at]);
    }
    let still: Vec<usize> = ambiguous.into_iter().filter(|&at| is_taken(&sets, at)).collect();
    for (number, at) in still.into_iter().enumerate() {
        sets[at].name += &format!(", set {}", number + 1);
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Confusion;
    use crate::runs::state::tests::finished_row;

    fn row(words: &[&str], num_test: usize, data: &str, test: Option<&str>) -> RunRow {
        let mut row = finished_row("a", 1, 0.5, 100);
        let config = row.config.as_mut().unwrap();
        config.data.words = words.iter().map(ToString::to_string).collect();
        config.data.dir = "/data/commands".into();
        let summary = row.summary.as_mut().unwrap();
        summary.confusion = Confusion::new(&config.data.words);
        (summary.num_test, summary.data_fingerprint) = (num_test, data.into());
        summary.test_fingerprint = test.map(String::from);
        row
    }

    #[test]
    fn runs_are_compared_on_the_same_clips_only() {
        let rows = [
            row(&["yes", "no"], 30, "d1", None),
            row(&["yes", "no"], 30, "d1", Some("t1")),
            row(&["no", "yes"], 30, "d1", None),
            row(&["yes", "no"], 30, "d2", Some("t1")),
            row(&["yes", "no"], 30, "d3", None),
            row(&["yes"], 15, "d1", None),
            row(&["yes", "no"], 45, "d1", Some("t2")),
        ];
        let sets = testing_sets(&rows);
        assert_eq!(
            sets.of_row,
            [Some(0), Some(0), Some(0), Some(0), Some(1), Some(2), Some(3)],
            "grown training data with the same testing clips stay together"
        );
        assert_eq!(sets.sets.len(), 4);
        let names: BTreeSet<&str> = sets.sets.iter().map(|set| set.name.as_str()).collect();
        assert_eq!(names.len(), 4, "{names:?}");
        assert!(names.contains("yes on 15 testing clips of commands"), "{names:?}");
    }

    #[test]
    fn shares_of_other_words_choose_other_clips() {
        let mut more_silence = row(&["yes", "no"], 30, "d1", None);
        more_silence.config.as_mut().unwrap().data.silence_share = 0.3;
        let mut running = row(&["yes", "no"], 30, "d1", None);
        running.state = RunState::Running;
        let sets = testing_sets(&[row(&["yes", "no"], 30, "d1", None), more_silence, running]);
        assert_eq!(sets.of_row, [Some(0), Some(1), None]);
        assert!(sets.sets[0].name != sets.sets[1].name);
    }

    #[test]
    fn an_experiment_is_its_result_settings_and_data() {
        let base = row(&["yes"], 10, "d", None);
        let of = |row: &RunRow| experiment_of(row.config.as_ref().unwrap(), row.summary.as_ref().unwrap());
        let changed = |change: &dyn Fn(&mut Config, &mut Summary)| {
            let mut row = base.clone();
            change(row.config.as_mut().unwrap(), row.summary.as_mut().unwrap());
            of(&row)
        };
        let plain = of(&base);
        assert_eq!(changed(&|config, _| config.data.dir = "/moved".into()), plain);
        assert_eq!(changed(&|config, _| config.train.threads = 7), plain);
        assert_eq!(changed(&|config, _| config.detect.threshold = 0.1), plain);
        assert_eq!(changed(&|config, summary| (config.seed, summary.seed) = (9, 9)), plain);
        assert_ne!(changed(&|config, _| config.train.epochs = 3), plain);
        assert_ne!(changed(&|_, summary| summary.data_fingerprint = "other".into()), plain);
        assert_ne!(changed(&|_, summary| summary.rounded_from = Some(base.run.clone())), plain);
        assert_ne!(changed(&|_, summary| summary.end = RunEnd::Stopped), plain);
        assert_eq!(changed(&|_, summary| summary.end = RunEnd::Early), plain);
    }
}
