//! Whether what stands above what in the table is more than noise.

use std::path::{Path, PathBuf};

use engine::evaluate::read_predictions;
use engine::evaluate::significance::{OverSeeds, Paired, Verdict};
use engine::look::numbers;
use engine::runs::{RunRow, SeedGroup, TestingSets, file_names};
use serde::Serialize;

/// Groups that the best one is held against at most: a page of sentences helps nobody.
const MOST_GROUPS: usize = 20;

/// One comparison, with its verdict.
#[derive(Debug, Serialize)]
pub struct Difference {
    first: String,
    second: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p_value: Option<f64>,
    /// Clips on which two runs disagree.
    #[serde(skip_serializing_if = "Option::is_none")]
    mcnemar: Option<Paired>,
    /// Means over seeds of two groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    welch: Option<OverSeeds>,
    /// The verdict in words.
    pub words: String,
}

impl Difference {
    fn unknown(first: &str, second: &str, words: String) -> Self {
        Self {
            first: first.into(),
            second: second.into(),
            verdict: None,
            p_value: None,
            mcnemar: None,
            welch: None,
            words,
        }
    }
}

/// Two finished runs by their clips; the best group of several seeds against the others of its testing clips by its seeds.
pub fn of(rows: &[RunRow], paths: &[PathBuf], sets: &TestingSets, groups: &[SeedGroup]) -> Vec<Difference> {
    let finished: Vec<usize> = (0..rows.len()).filter(|&at| sets.of_row[at].is_some()).collect();
    if let [first, second] = finished[..] {
        let name = |at: usize| rows[at].run.0.as_str();
        let (first_name, second_name) = (name(first), name(second));
        if sets.of_row[first] != sets.of_row[second] {
            let words = format!(
                "{first_name} and {second_name} were measured on different words or testing clips: their accuracies do not compare."
            );
            return vec![Difference::unknown(first_name, second_name, words)];
        }
        return vec![of_runs([first_name, second_name], [&paths[first], &paths[second]])];
    }
    (0..sets.sets.len()).flat_map(|set| of_groups(groups, set)).collect()
}

fn of_runs([first, second]: [&str; 2], paths: [&Path; 2]) -> Difference {
    let files = paths.map(|path| path.join(file_names::PREDICTIONS));
    if let Some((name, _)) = [first, second].into_iter().zip(&files).find(|(_, file)| !file.exists()) {
        let words = format!(
            "Whether the difference is noise is not known, because {name} has no {file}; `coarsegrain evaluate {name} \
             --predictions {name}/{file}` writes it.",
            file = file_names::PREDICTIONS
        );
        return Difference::unknown(first, second, words);
    }
    let [a, b] = files.map(|file| read_predictions(&file));
    let (a, b) = match (a, b) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(error), _) | (_, Err(error)) => {
            let words =
                format!("Whether the difference is noise needs what both runs took each clip for: {error}");
            return Difference::unknown(first, second, words);
        }
    };
    match Paired::of_predictions(&a, &b) {
        Some(paired) => Difference {
            verdict: Some(paired.verdict()),
            p_value: Some(paired.p_value()),
            words: paired.words(first, second),
            mcnemar: Some(paired),
            ..Difference::unknown(first, second, String::new())
        },
        None => {
            let words = format!("{first} and {second} have no testing clip in common.");
            Difference::unknown(first, second, words)
        }
    }
}

/// The most accurate group of a set against the others, each with two seeds or more.
fn of_groups(groups: &[SeedGroup], set: usize) -> Vec<Difference> {
    let mut of_set = groups.iter().filter(|group| group.set == Some(set) && group.seeds.len() > 1);
    let Some(best) = of_set.next() else { return Vec::new() };
    let others: Vec<&SeedGroup> = of_set.collect();
    let held = others.iter().take(MOST_GROUPS).filter_map(|other| {
        let test = OverSeeds::of(&other.test_accuracy_by_seed, &best.test_accuracy_by_seed, best.num_test)?;
        Some(Difference {
            verdict: Some(test.verdict()),
            p_value: Some(test.p_value),
            words: test.words(&other.name, &best.name),
            welch: Some(test),
            ..Difference::unknown(&other.name, &best.name, String::new())
        })
    });
    let mut differences: Vec<Difference> = held.collect();
    if let Some(rest) = others.len().checked_sub(MOST_GROUPS).filter(|rest| *rest > 0) {
        let groups = numbers::count(rest as u64, "more group is", "more groups are");
        let words = format!("{groups} not held against {}; compare fewer runs at once.", best.name);
        differences.push(Difference::unknown("", &best.name, words));
    }
    differences
}
