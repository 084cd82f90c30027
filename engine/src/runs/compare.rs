//! Runs side by side: what differs, and means over seeds.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{RunId, RunRow, RunState, Summary, pareto_front};
use crate::settings::{Config, SETTINGS};

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

/// Finished runs that differ only by their seed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeedGroup {
    /// The first run's name, without seed and number.
    pub name: String,
    /// Its runs, in order of seed.
    pub runs: Vec<RunId>,
    /// Their seeds.
    pub seeds: Vec<u64>,
    /// On the testing split, 0 to 1.
    pub test_accuracy: Spread,
    /// On the validation split, 0 to 1.
    pub valid_accuracy: Spread,
    /// Mean memory bill over the runs, in bits; patterns by independent selection differ between seeds.
    pub memory_total_bits: f64,
    /// Dense fp32 over that.
    pub reduction_vs_fp32: f64,
    /// On the Pareto front of mean test accuracy against mean memory.
    pub is_pareto: bool,
}

/// Puts finished runs that differ only by seed together, most accurate group first.
///
/// Runs on different data are never put together, nor runs that were trained at their widths with runs that were rounded
/// to them: both count as a setting.
pub fn group_by_seed(rows: &[RunRow]) -> Vec<SeedGroup> {
    let mut groups: BTreeMap<String, Vec<(&RunRow, &Config, &Summary)>> = BTreeMap::new();
    for row in rows {
        if let (RunState::Finished, Some(config), Some(summary)) = (&row.state, &row.config, &row.summary) {
            let settings = Config { seed: 0, ..config.clone() }.to_toml();
            let key = format!("{settings}{}{}", summary.data_fingerprint, summary.rounded_from.is_some());
            groups.entry(key).or_default().push((row, config, summary));
        }
    }
    let mut groups: Vec<SeedGroup> = groups.into_values().filter_map(group_of).collect();
    let points: Vec<(f64, u64)> = groups
        .iter()
        .map(|group| (group.test_accuracy.mean, group.memory_total_bits.round() as u64))
        .collect();
    for (group, is_pareto) in groups.iter_mut().zip(pareto_front(&points)) {
        group.is_pareto = is_pareto;
    }
    groups.sort_by(|a, b| b.test_accuracy.mean.total_cmp(&a.test_accuracy.mean).then(a.name.cmp(&b.name)));
    groups
}

fn group_of(mut members: Vec<(&RunRow, &Config, &Summary)>) -> Option<SeedGroup> {
    members.sort_by(|a, b| a.2.seed.cmp(&b.2.seed).then(a.0.run.cmp(&b.0.run)));
    let figures = |figure: fn(&Summary) -> f64| -> Vec<f64> { members.iter().map(|m| figure(m.2)).collect() };
    let memory = Spread::of(&figures(|summary| summary.memory_bits.total as f64))?;
    let dense = Spread::of(&figures(|summary| summary.memory_bits.dense_fp32 as f64))?;
    let (_, config, first) = members.first()?;
    let base = super::base_name(config);
    let name = base.rsplit_once("-seed").map_or(base.as_str(), |(name, _)| name);
    let rounded = if first.rounded_from.is_some() { "-rounded" } else { "" };
    Some(SeedGroup {
        name: format!("{name}{rounded}"),
        runs: members.iter().map(|member| member.0.run.clone()).collect(),
        seeds: members.iter().map(|member| member.2.seed).collect(),
        test_accuracy: Spread::of(&figures(|summary| summary.test_accuracy))?,
        valid_accuracy: Spread::of(&figures(|summary| summary.valid_accuracy))?,
        memory_total_bits: memory.mean,
        reduction_vs_fp32: dense.mean / memory.mean,
        is_pareto: false,
    })
}

/// Settings that are not the same in all runs, in the order of the table of settings, with one value per
/// run; runs without a readable configuration have empty values.
pub fn differing_settings(rows: &[RunRow]) -> Vec<(&'static str, Vec<String>)> {
    let tables: Vec<Option<toml::Table>> = rows
        .iter()
        .map(|row| row.config.as_ref().and_then(|config| toml::Table::try_from(config).ok()))
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
    use crate::runs::state::tests::summary;

    fn row(name: &str, seed: u64, drop: &str, accuracy: f64, bits: u64) -> RunRow {
        let mut config = Config { seed, ..Config::default() };
        config.set("sparsity.drop", drop).unwrap();
        RunRow {
            run: RunId(name.into()),
            config: Some(config),
            state: RunState::Finished,
            summary: Some(Summary { seed, ..summary(accuracy, bits) }),
            created_secs: 0,
            is_pareto: false,
        }
    }

    #[test]
    fn runs_group_by_everything_but_the_seed() {
        let mut other_data = row("e", 4, "0.75", 0.1, 100);
        other_data.summary.as_mut().unwrap().data_fingerprint = "elsewhere".into();
        let mut damaged = row("f", 5, "0.75", 0.1, 100);
        damaged.state = RunState::Damaged("cut short".into());
        let mut rounded = row("g", 6, "0.75", 0.2, 100);
        rounded.summary.as_mut().unwrap().rounded_from = Some(RunId("h".into()));
        let rows = [
            row("b", 2, "0.75", 0.8, 100),
            row("a", 1, "0.75", 0.6, 100),
            row("c", 3, "0.75", 0.7, 100),
            row("d", 1, "0.5", 0.65, 200),
            other_data,
            damaged,
            rounded,
        ];
        let groups = group_by_seed(&rows);
        assert_eq!(groups.len(), 4);
        assert_eq!(groups[0].seeds, [1, 2, 3]);
        assert_eq!(groups[0].name, "cgs-64x75-5bit");
        assert!((groups[0].test_accuracy.mean - 0.7).abs() < 1e-12);
        assert!((groups[0].test_accuracy.std.unwrap() - 0.1).abs() < 1e-12);
        assert_eq!(groups[1].test_accuracy.std, None);
        assert_eq!((groups[2].name.as_str(), groups[2].runs.len()), ("cgs-64x75-5bit-rounded", 1));
        let fronts: Vec<bool> = groups.iter().map(|group| group.is_pareto).collect();
        assert_eq!(fronts, [true, false, false, false]);
    }

    #[test]
    fn only_what_differs_is_told() {
        let rows = [row("a", 1, "0.75", 0.6, 100), row("b", 2, "0.75", 0.6, 100)];
        assert_eq!(differing_settings(&rows), [("seed", vec!["1".to_string(), "2".to_string()])]);
        assert!(differing_settings(&rows[..1]).is_empty());
    }
}
