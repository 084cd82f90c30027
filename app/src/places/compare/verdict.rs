//! Whether a difference between two entries is more than chance, in words, with the side that is better.

use std::sync::Arc;

use engine::evaluate::significance::{OverSeeds, Paired, Verdict};
use engine::protocol::{Prediction, RunDetails};

use super::catalogue::Entry;

/// What can be said of two accuracies.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    /// In a sentence or two.
    pub words: String,
    /// The side that is better beyond noise.
    pub better: Option<usize>,
    /// Whether the two can be compared at all.
    pub is_comparable: bool,
}

impl Said {
    fn unknown(words: String) -> Self {
        Self { words, better: None, is_comparable: true }
    }

    fn of(verdict: Verdict, words: String) -> Self {
        let better = match verdict {
            Verdict::Noise => None,
            Verdict::First => Some(0),
            Verdict::Second => Some(1),
        };
        Self { words, better, is_comparable: true }
    }
}

/// What the accuracies of two entries say of them: two runs by their clips, two experiments by their seeds.
pub(super) fn of(a: &Entry, b: &Entry, details: &[Arc<RunDetails>]) -> Said {
    if a.set.is_none() || b.set.is_none() {
        return Said::unknown("Whether one is better shows once both are finished.".into());
    }
    if a.set != b.set {
        let words =
            format!("Not comparable: {} was measured on {}, {} on {}.", a.name, a.clips, b.name, b.clips);
        return Said { is_comparable: false, ..Said::unknown(words) };
    }
    let num_seeds = |entry: &Entry| entry.group.as_ref().map_or(1, |group| group.seeds.len());
    match (&a.group, &b.group) {
        (Some(first), Some(second)) if num_seeds(a) > 1 && num_seeds(b) > 1 => {
            let (x, y) = (&first.test_accuracy_by_seed, &second.test_accuracy_by_seed);
            match OverSeeds::of(x, y, first.num_test) {
                Some(test) => Said::of(test.verdict(), test.words(&a.name, &b.name)),
                None => Said::unknown("Two seeds of each are needed to tell a difference from noise.".into()),
            }
        }
        _ if num_seeds(a) == 1 && num_seeds(b) == 1 => of_runs(a, b, details),
        _ => {
            let single = if num_seeds(a) == 1 { a } else { b };
            Said::unknown(format!(
                "Whether the difference is noise cannot be told from one seed of {}; train more seeds of it, or select two \
                 single runs.",
                single.name
            ))
        }
    }
}

fn of_runs(a: &Entry, b: &Entry, details: &[Arc<RunDetails>]) -> Said {
    let of_run = |entry: &Entry| details.iter().find(|details| entry.members.contains(&details.run));
    let Some((first, second)) = of_run(a).zip(of_run(b)) else {
        return Said::unknown("What both took each clip for is being read.".into());
    };
    match Paired::matching(clips(first), clips(second)) {
        Some(paired) => Said::of(paired.verdict(), paired.words(&a.name, &b.name)),
        None => Said::unknown(
            "Whether the difference is noise cannot be told: it is not known what both took each clip for. \
             `coarsegrain evaluate` writes it again."
                .into(),
        ),
    }
}

fn clips(details: &RunDetails) -> impl Iterator<Item = ((&str, &str), bool)> {
    details.predictions.iter().map(|clip: &Prediction| {
        let label = details.confusion.labels.get(clip.label).map_or("", String::as_str);
        ((clip.path.as_str(), label), clip.label == clip.predicted)
    })
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Catalogue;
    use super::*;
    use crate::made_up;

    #[test]
    fn runs_are_held_against_each_other_clip_by_clip() {
        let runs = Arc::new(made_up::runs(8));
        let mut catalogue = Catalogue::default();
        while !catalogue.update(&runs) {}
        let (a, b) = (&catalogue.entries[0], &catalogue.entries[1]);
        assert!(of(a, b, &[]).words.contains("being read"));
        let details = made_up::details(&runs, &[0, 1]);
        let said = of(a, b, &details);
        assert!(said.words.contains("McNemar test, p"), "{}", said.words);
        let same = of(a, a, &details);
        assert!(same.words.starts_with("No difference") && same.better.is_none(), "{}", same.words);
        // All clips right against all wrong.
        let with = |hits: bool| {
            let mut details = (*details[0]).clone();
            details.predictions.iter_mut().for_each(|clip| {
                clip.predicted = if hits { clip.label } else { clip.label + 1 };
            });
            details
        };
        let (all, mut none) = (with(true), with(false));
        none.run = b.row.run.clone();
        assert_eq!(of(a, b, &[Arc::new(all), Arc::new(none)]).better, Some(0));
    }

    #[test]
    fn other_clips_are_not_compared() {
        let mut view = made_up::runs(4);
        Arc::make_mut(&mut view.runs[1]).summary.as_mut().unwrap().test_fingerprint = Some("other".into());
        view.comparison = Arc::default();
        let runs = Arc::new(view);
        let mut catalogue = Catalogue::default();
        while !catalogue.update(&runs) {}
        let said = of(&catalogue.entries[0], &catalogue.entries[1], &made_up::details(&runs, &[0, 1]));
        assert!(said.words.starts_with("Not comparable") && !said.is_comparable, "{}", said.words);
    }
}
