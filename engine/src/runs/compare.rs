//! Runs side by side: what differs, and means over seeds.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::{RunId, RunRow, RunState, Summary, TestingSets, pareto_fronts, testing_sets};
use crate::look::numbers;
use crate::settings::{Config, Role, SETTINGS};

/// Mean and spread of a figure over several runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation (divisor n - 1); absent for a single run.
    pub std: Option<f64>,
}

impl Spread {
    /// Of these values; `None` when there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len() as f64;
        let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / count)?;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Some(Self { mean, std: (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt()) })
    }
}

/// Finished runs of one experiment: they differ by their seed alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeedGroup {
    /// The first run's name, without seed and number; where two experiments would have the same, what differs follows.
    pub name: String,
    /// Its runs, in order of seed; copies are left out.
    pub runs: Vec<RunId>,
    /// Its different seeds, ascending.
    pub seeds: Vec<u64>,
    /// Runs that repeat one of `runs` exactly: copies of a folder, or the same seed trained again. They are no seeds.
    pub copies: Vec<RunId>,
    /// Accuracy on the testing split over the seeds, 0 to 1.
    pub test_accuracy: Spread,
    /// Accuracy on the validation split over the seeds, 0 to 1.
    pub valid_accuracy: Spread,
    /// Accuracy on the testing split, seed by seed.
    pub test_accuracy_by_seed: Vec<f64>,
    /// Mean memory bill over the seeds, in bits; patterns by independent selection differ between seeds.
    pub memory_total_bits: f64,
    /// Dense fp32 over that.
    pub reduction_vs_fp32: f64,
    /// Clips of the testing split.
    pub num_test: usize,
    /// On the Pareto front of mean test accuracy against mean memory, among groups measured on the same testing clips.
    pub is_pareto: bool,
    /// Place of its testing clips in [`testing_sets`] of the rows it was made of.
    #[serde(skip)]
    pub set: Option<usize>,
    /// Places of its runs in these rows, copies included, in order of seed.
    #[serde(skip)]
    pub members: Vec<usize>,
}

/// A finished run, with its place in the rows.
#[derive(Clone, Copy)]
struct Member<'a> {
    at: usize,
    row: &'a RunRow,
    config: &'a Config,
    summary: &'a Summary,
}

/// Puts finished runs of one experiment together, most accurate group first.
///
/// What an experiment is, [`super::experiment_of`] says: runs on different data are never put together, nor runs that
/// were trained at their widths with runs that were rounded to them. A seed counts once, however many runs have it.
pub fn group_by_seed<R: Borrow<RunRow>>(rows: &[R]) -> Vec<SeedGroup> {
    let sets = testing_sets(rows);
    let mut experiments: BTreeMap<&str, Vec<Member<'_>>> = BTreeMap::new();
    for (at, row) in rows.iter().map(Borrow::borrow).enumerate() {
        if let (RunState::Finished, Some(config), Some(summary)) = (&row.state, &row.config, &row.summary) {
            let member = Member { at, row, config, summary };
            experiments.entry(&row.experiment).or_default().push(member);
        }
    }
    let mut groups: Vec<SeedGroup> = experiments.into_values().filter_map(group_of).collect();
    for group in &mut groups {
        group.set = group.members.first().and_then(|&first| sets.of_row[first]);
    }
    let points: Vec<_> = groups
        .iter()
        .map(|group| {
            let point = (group.test_accuracy.mean, group.memory_total_bits.round() as u64);
            group.set.map(|set| (set, point))
        })
        .collect();
    for (group, is_pareto) in groups.iter_mut().zip(pareto_fronts(&points)) {
        group.is_pareto = is_pareto;
    }
    tell_apart(&mut groups, rows);
    groups.sort_by(|a, b| {
        b.test_accuracy.mean.total_cmp(&a.test_accuracy.mean).then_with(|| a.name.cmp(&b.name))
    });
    groups
}

fn group_of(mut members: Vec<Member<'_>>) -> Option<SeedGroup> {
    members.sort_by(|a, b| a.summary.seed.cmp(&b.summary.seed).then_with(|| a.row.run.cmp(&b.row.run)));
    let (mut by_seed, mut copies): (Vec<Vec<Member<'_>>>, Vec<RunId>) = Default::default();
    for member in &members {
        match by_seed.last_mut().filter(|same| same[0].summary.seed == member.summary.seed) {
            Some(same) if same.iter().any(|known| is_repeat(known.summary, member.summary)) => {
                copies.push(member.row.run.clone());
            }
            Some(same) => same.push(*member),
            None => by_seed.push(vec![*member]),
        }
    }
    // Different results of one seed, from two machines or versions, are one value: their mean.
    let figures = |figure: fn(&Summary) -> f64| -> Vec<f64> {
        let mean =
            |same: &Vec<Member<'_>>| same.iter().map(|m| figure(m.summary)).sum::<f64>() / same.len() as f64;
        by_seed.iter().map(mean).collect()
    };
    let memory = Spread::of(&figures(|summary| summary.memory_bits.total as f64))?;
    let dense = Spread::of(&figures(|summary| summary.memory_bits.dense_fp32 as f64))?;
    let first = members.first()?;
    let test = figures(|summary| summary.test_accuracy);
    Some(SeedGroup {
        name: name_of(first),
        runs: by_seed.iter().flatten().map(|member| member.row.run.clone()).collect(),
        seeds: by_seed.iter().map(|same| same[0].summary.seed).collect(),
        copies,
        test_accuracy: Spread::of(&test)?,
        valid_accuracy: Spread::of(&figures(|summary| summary.valid_accuracy))?,
        test_accuracy_by_seed: test,
        memory_total_bits: memory.mean,
        reduction_vs_fp32: dense.mean / memory.mean,
        num_test: first.summary.num_test,
        is_pareto: false,
        set: None,
        members: members.iter().map(|member| member.at).collect(),
    })
}

/// Whether a run of the same experiment and seed has the same figures; the time that it took does not count.
fn is_repeat(known: &Summary, other: &Summary) -> bool {
    let figures = |summary: &Summary| {
        let exact = |value: f64| value.to_bits();
        (
            exact(summary.test_accuracy),
            exact(summary.valid_accuracy),
            exact(summary.test_loss),
            summary.best_epoch,
            summary.memory_bits.total,
        )
    };
    figures(known) == figures(other) && known.confusion == other.confusion
}

fn name_of(member: &Member<'_>) -> String {
    if let Some(built_in) = super::BuiltIn::of_run(&member.row.run) {
        return built_in.name().into();
    }
    let base = super::base_name(member.config);
    let name = base.rsplit_once("-seed").map_or(base.as_str(), |(name, _)| name);
    let rounded = if member.summary.rounded_from.is_some() { "-rounded" } else { "" };
    format!("{name}{rounded}")
}

/// A setting in a name; of a list of words, how many there are.
fn told_setting(key: &str, value: &str) -> String {
    match value.matches('"').count() / 2 {
        count if key == "data.words" => numbers::count(count as u64, "word", "words"),
        _ => format!("{key}={value}"),
    }
}

/// Says what differs behind names that several experiments have: settings, else the data, else a number.
fn tell_apart<R: Borrow<RunRow>>(groups: &mut [SeedGroup], rows: &[R]) {
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, group) in groups.iter().enumerate() {
        by_name.entry(group.name.clone()).or_default().push(at);
    }
    for (name, places) in by_name.into_iter().filter(|(_, places)| places.len() > 1) {
        let firsts: Vec<&RunRow> =
            places.iter().filter_map(|&at| Some(rows[*groups[at].members.first()?].borrow())).collect();
        let mut settings = differing_settings(&firsts);
        settings.retain(|(key, _)| Role::of(key) == Some(Role::Result));
        let mut taken: Vec<String> = Vec::new();
        for (index, &at) in places.iter().enumerate() {
            let mut parts = vec![name.clone()];
            parts.extend(settings.iter().map(|(key, values)| told_setting(key, &values[index])));
            let data = |row: &&RunRow| row.summary.as_ref().map(|summary| summary.data_fingerprint.clone());
            if firsts.iter().any(|row| data(row) != data(&firsts[0])) {
                let short: String = data(&firsts[index]).unwrap_or_default().chars().take(8).collect();
                parts.push(format!("data {short}"));
            }
            let told = parts.join(", ");
            let number = taken.iter().filter(|other| **other == told).count() + 1;
            groups[at].name = if number > 1 { format!("{told} ({number})") } else { told.clone() };
            taken.push(told);
        }
    }
}

/// Runs side by side, as a table needs them: made once for a list of runs, away from any frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparison {
    /// The testing clips that accuracies are of.
    pub sets: TestingSets,
    /// Which runs are on the Pareto front of their testing clips, run by run.
    pub is_pareto: Vec<bool>,
    /// The experiments, most accurate first.
    pub groups: Vec<Arc<SeedGroup>>,
}

impl Comparison {
    /// Of these runs.
    pub fn of<R: Borrow<RunRow>>(rows: &[R]) -> Self {
        let sets = testing_sets(rows);
        let groups = group_by_seed(rows).into_iter().map(Arc::new).collect();
        Self { is_pareto: fronts_of(rows, &sets), sets, groups }
    }
}

/// Which runs are on the Pareto front of their testing clips.
pub(super) fn fronts_of<R: Borrow<RunRow>>(rows: &[R], sets: &TestingSets) -> Vec<bool> {
    let point = |(row, set): (&R, &Option<usize>)| {
        let row: &RunRow = row.borrow();
        let summary = row.summary.as_ref()?;
        Some(((*set)?, (summary.test_accuracy, summary.memory_bits.total)))
    };
    pareto_fronts(&rows.iter().zip(&sets.of_row).map(point).collect::<Vec<_>>())
}

/// Settings that are not the same in all runs, in the order of the table of settings, with one value per
/// run; runs without a readable configuration have empty values.
pub fn differing_settings<R: Borrow<RunRow>>(rows: &[R]) -> Vec<(&'static str, Vec<String>)> {
    let tables: Vec<Option<toml::Table>> = rows
        .iter()
        .map(|row| row.borrow().config.as_ref().and_then(|config| toml::Table::try_from(config).ok()))
        .collect();
    let value = |table: &toml::Table, key: &str| {
        let mut parts = key.split('.');
        let first = table.get(parts.next()?)?;
        let found = parts.try_fold(first, |value, part| value.get(part))?;
        Some(found.as_str().map_or_else(|| found.to_string(), String::from))
    };
    SETTINGS
        .iter()
        .filter_map(|setting| {
            let values: Vec<Option<String>> = tables
                .iter()
                .map(|table| table.as_ref().map(|table| value(table, setting.key).unwrap_or_default()))
                .collect();
            let mut known = values.iter().flatten();
            let first = known.next()?;
            known
                .any(|value| value != first)
                .then(|| (setting.key, values.into_iter().map(Option::unwrap_or_default).collect()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::experiment_of;
    use crate::runs::state::tests::finished_row;

    fn row(name: &str, seed: u64, settings: &[(&str, &str)], accuracy: f64) -> RunRow {
        let mut row = finished_row(name, seed, accuracy, 100);
        let config = row.config.as_mut().unwrap();
        settings.iter().for_each(|(key, value)| config.set(key, value).unwrap());
        renewed(row)
    }

    /// The row with the experiment that its settings and figures say.
    fn renewed(mut row: RunRow) -> RunRow {
        row.experiment = experiment_of(row.config.as_ref().unwrap(), row.summary.as_ref().unwrap());
        row
    }

    fn changed(row: &RunRow, change: impl Fn(&mut RunRow)) -> RunRow {
        let mut row = row.clone();
        change(&mut row);
        renewed(row)
    }

    #[test]
    fn runs_group_by_everything_but_the_seed() {
        let other_data = changed(&row("e", 4, &[], 0.1), |row| {
            row.summary.as_mut().unwrap().data_fingerprint = "elsewhere".into();
        });
        let mut damaged = row("f", 5, &[], 0.1);
        damaged.state = RunState::Damaged("cut short".into());
        let rounded = changed(&row("g", 6, &[], 0.2), |row| {
            row.summary.as_mut().unwrap().rounded_from = Some(RunId("h".into()));
        });
        let mut half = row("d", 1, &[("sparsity.drop", "0.5")], 0.65);
        half.summary.as_mut().unwrap().memory_bits.total = 200;
        let rows = [
            row("b", 2, &[], 0.8),
            row("a", 1, &[], 0.6),
            row("c", 3, &[], 0.7),
            half,
            other_data,
            damaged,
            rounded,
        ];
        let groups = group_by_seed(&rows);
        assert_eq!(groups.len(), 4);
        assert_eq!(groups[0].seeds, [1, 2, 3]);
        assert_eq!(groups[0].members, [1, 0, 2]);
        assert!((groups[0].test_accuracy.mean - 0.7).abs() < 1e-12);
        assert!((groups[0].test_accuracy.std.unwrap() - 0.1).abs() < 1e-12);
        assert_eq!(groups[1].test_accuracy.std, None);
        assert_eq!((groups[2].name.as_str(), groups[2].runs.len()), ("cgs-64x75-5bit-rounded", 1));
        let fronts: Vec<bool> = groups.iter().map(|group| group.is_pareto).collect();
        assert_eq!(fronts, [true, false, false, true], "other data has a front of its own");
        assert_eq!(groups[0].name, "cgs-64x75-5bit, data d");
        assert_eq!(groups[3].name, "cgs-64x75-5bit, data elsewher");
    }

    #[test]
    fn what_decides_no_result_makes_no_experiment() {
        let rows = [
            row("a", 1, &[], 0.6),
            row("moved", 2, &[("data.dir", "/moved")], 0.7),
            row("threads", 3, &[("train.threads", "2")], 0.8),
            row("threshold", 4, &[("detect.threshold", "0.9"), ("detect.smooth_ms", "100")], 0.9),
        ];
        let groups = group_by_seed(&rows);
        assert_eq!((groups.len(), groups[0].seeds.clone()), (1, vec![1, 2, 3, 4]));
        let epochs = [row("a", 1, &[], 0.6), row("b", 2, &[("train.epochs", "3")], 0.6)];
        let names: Vec<String> = group_by_seed(&epochs).into_iter().map(|group| group.name).collect();
        assert_eq!(names, ["cgs-64x75-5bit, train.epochs=3", "cgs-64x75-5bit, train.epochs=40"]);
    }

    #[test]
    fn a_copy_is_no_seed() {
        let first = row("seed1", 1, &[], 0.6);
        let copy = changed(&first, |row| {
            row.run = RunId("seed1 (copy)".into());
            // The same seed trained again takes another time.
            row.summary.as_mut().unwrap().train_seconds = 77.0;
        });
        let elsewhere = row("seed1 on another machine", 1, &[], 0.62);
        let groups = group_by_seed(&[first.clone(), copy.clone()]);
        assert_eq!((groups.len(), groups[0].seeds.len(), groups[0].test_accuracy.std), (1, 1, None));
        assert_eq!(groups[0].copies, [RunId("seed1 (copy)".into())]);
        let groups = group_by_seed(&[copy, row("seed2", 2, &[], 0.8), elsewhere, first]);
        assert_eq!(groups[0].seeds, [1, 2]);
        assert_eq!(groups[0].runs.len(), 3);
        assert!((groups[0].test_accuracy.mean - 0.705).abs() < 1e-12, "one value a seed");
        assert_eq!(groups[0].members.len(), 4);
    }

    #[test]
    fn only_what_differs_is_told() {
        let rows = [row("a", 1, &[], 0.6), row("b", 2, &[], 0.6)];
        assert_eq!(differing_settings(&rows), [("seed", vec!["1".to_string(), "2".to_string()])]);
        assert!(differing_settings(&rows[..1]).is_empty());
    }
}
