//! Which runs are listed, in which order, with which columns; made again only when something changed.

use std::collections::HashMap;

use engine::evaluate::significance::standard_error;
use engine::settings::SETTINGS;

use super::catalogue::{Catalogue, Entry};
use super::columns::{Better, Column, FIRST, LAST, SortKey};
use super::filter::Filter;

/// What a person asked the list to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    /// Words and expressions, see [`Filter`].
    pub filter: String,
    /// Column to sort by.
    pub sort: Column,
    /// Smallest first.
    pub ascending: bool,
    /// Only settings in which the listed runs differ.
    pub differences_only: bool,
    /// The seeds of one experiment as one entry.
    pub by_seed: bool,
}

/// The best number of a column among runs measured on the same clips.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Best {
    /// The number.
    pub value: f64,
    /// Whether every other is worse by more than chance gives; figures that are counted always are.
    pub is_clear: bool,
}

/// The list.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Places in [`Catalogue::rows`], first to be shown first.
    pub order: Vec<usize>,
    /// Columns, first to be shown first.
    pub columns: Vec<Column>,
    /// The best number of each column that has one, by the clips that runs were measured on.
    best: HashMap<(Column, Option<usize>), Best>,
    /// What of the filter is not understood.
    pub faults: Vec<String>,
    /// Whether seeds of one experiment are one entry.
    pub by_seed: bool,
    /// Grows whenever the list is made again.
    pub version: u64,
    made_from: Option<(u64, Wanted)>,
}

impl Listing {
    /// Makes the list again if runs or wishes have changed.
    pub fn update(&mut self, catalogue: &Catalogue, wanted: &Wanted) {
        if self
            .made_from
            .as_ref()
            .is_some_and(|(version, made)| *version == catalogue.version && made == wanted)
        {
            return;
        }
        self.made_from = Some((catalogue.version, wanted.clone()));
        self.version += 1;
        self.by_seed = wanted.by_seed;
        let rows = catalogue.rows(wanted.by_seed);
        let filter = Filter::parse(&wanted.filter);
        self.order = (0..rows.len()).filter(|&index| filter.lets_in(&rows[index])).collect();
        self.faults = filter.faults;
        sort(&mut self.order, rows, wanted.sort, wanted.ascending);
        let listed: Vec<&Entry> = self.order.iter().map(|index| &rows[*index]).collect();
        let settings = if wanted.differences_only { differing(&listed) } else { Column::usual_settings() };
        let has_several = |column: Column| {
            let mut texts = listed.iter().map(|entry| column.text(entry)).filter(|text| !text.is_empty());
            texts.next().is_some_and(|first| texts.any(|text| text != first))
        };
        let last = LAST.into_iter().filter(|column| match column {
            Column::Dataset | Column::Clips => has_several(*column),
            _ => true,
        });
        self.columns = FIRST.into_iter().chain(settings).chain(last).collect();
        self.best = bests(&listed, &self.columns);
    }

    /// The listed entries, first to be shown first.
    pub fn entries<'a>(&'a self, catalogue: &'a Catalogue) -> impl Iterator<Item = &'a Entry> {
        let rows = catalogue.rows(self.by_seed);
        self.order.iter().filter_map(move |index| rows.get(*index))
    }

    /// The best of a column, if this cell holds it.
    pub fn best(&self, column: Column, entry: &Entry) -> Option<Best> {
        let best = self.best.get(&(column, entry.set))?;
        (column.number(entry) == Some(best.value)).then_some(*best)
    }
}

/// Sorts stably; runs without a value come last in both directions.
fn sort(order: &mut Vec<usize>, entries: &[Entry], column: Column, ascending: bool) {
    let mut keyed: Vec<(SortKey, usize)> =
        order.iter().map(|index| (column.sort_key(&entries[*index]), *index)).collect();
    keyed.sort_by(|(a, _), (b, _)| {
        let missing = (*a == SortKey::Missing).cmp(&(*b == SortKey::Missing));
        let values = if ascending { a.compare(b) } else { b.compare(a) };
        missing.then(values)
    });
    *order = keyed.into_iter().map(|(_, index)| index).collect();
}

/// Settings in which at least two runs differ; damaged runs have none and do not count.
pub(super) fn differing(entries: &[&Entry]) -> Vec<Column> {
    let with_settings: Vec<&Entry> =
        entries.iter().copied().filter(|entry| entry.row.config.is_some()).collect();
    let Some((first, rest)) = with_settings.split_first() else { return Vec::new() };
    (0..SETTINGS.len())
        .filter(|index| rest.iter().any(|entry| entry.settings[*index] != first.settings[*index]))
        .map(Column::Setting)
        .collect()
}

/// The best number of every column that has a better end, among runs on the same clips where there are two or more.
fn bests(entries: &[&Entry], columns: &[Column]) -> HashMap<(Column, Option<usize>), Best> {
    let mut by_set: HashMap<Option<usize>, Vec<&Entry>> = HashMap::new();
    for entry in entries.iter().filter(|entry| entry.set.is_some()) {
        by_set.entry(entry.set).or_default().push(entry);
    }
    let mut bests = HashMap::new();
    for (set, entries) in by_set.iter().filter(|(_, entries)| entries.len() > 1) {
        for column in columns {
            if let Some(best) = best(entries, *column) {
                bests.insert((*column, *set), best);
            }
        }
    }
    bests
}

fn best(entries: &[&Entry], column: Column) -> Option<Best> {
    let pick = match column.better() {
        Better::Higher => f64::max,
        Better::Lower => f64::min,
        Better::Neither => return None,
    };
    let value = entries.iter().filter_map(|entry| column.number(entry)).reduce(pick)?;
    let is_measured = matches!(column, Column::TestAccuracy | Column::ValidAccuracy);
    let is_clear = !is_measured || is_clear(entries, column, value);
    Some(Best { value, is_clear })
}

/// Whether the best accuracy is above all others by two standard errors of the difference, as of clips of their own: on the
/// same clips the difference of a pair is known better, and side by side tests it.
fn is_clear(entries: &[&Entry], column: Column, best: f64) -> bool {
    let error = |entry: &Entry| match (&entry.group, column) {
        (Some(group), _) if group.seeds.len() > 1 => {
            let spread =
                if column == Column::TestAccuracy { group.test_accuracy } else { group.valid_accuracy };
            spread.std.unwrap_or(0.0) / (group.seeds.len() as f64).sqrt()
        }
        _ => {
            let summary = entry.row.summary.as_ref();
            let clips = summary.map_or(0, |summary| match column {
                Column::TestAccuracy => summary.num_test,
                _ => summary.num_valid.unwrap_or(summary.num_test),
            });
            standard_error(column.number(entry).unwrap_or(0.0), clips)
        }
    };
    let measured = || entries.iter().filter_map(|entry| Some((column.number(entry)?, error(entry))));
    let Some((_, own)) = measured().find(|(value, _)| *value == best) else { return false };
    let near = |(value, error): (f64, f64)| best - value < 2.0 * own.hypot(error).max(1e-9);
    // The best itself is one.
    measured().filter(|other| near(*other)).count() <= 1
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::made_up;

    fn catalogue(count: usize) -> Catalogue {
        let mut catalogue = Catalogue::default();
        let runs = Arc::new(made_up::runs(count));
        while !catalogue.update(&runs) {}
        catalogue
    }

    fn wanted(filter: &str, sort: Column, ascending: bool) -> Wanted {
        Wanted { filter: filter.into(), sort, ascending, differences_only: true, by_seed: false }
    }

    #[test]
    fn sorting_keeps_runs_without_figures_last() {
        let catalogue = catalogue(50);
        let mut listing = Listing::default();
        for ascending in [true, false] {
            listing.update(&catalogue, &wanted("", Column::TestAccuracy, ascending));
            let values: Vec<Option<f64>> = listing
                .order
                .iter()
                .map(|index| Column::TestAccuracy.number(&catalogue.entries[*index]))
                .collect();
            assert_eq!(values[48..], [None, None]);
            let known: Vec<f64> = values[..48].iter().map(|value| value.unwrap()).collect();
            assert!(known.windows(2).all(|pair| if ascending {
                pair[0] <= pair[1]
            } else {
                pair[0] >= pair[1]
            }));
            let best = known.iter().copied().fold(0.0, f64::max);
            let set = catalogue.entries[listing.order[0]].set;
            assert_eq!(listing.best[&(Column::TestAccuracy, set)].value, best);
        }
    }

    #[test]
    fn filters_take_several_words_and_settings() {
        let catalogue = catalogue(60);
        let mut listing = Listing::default();
        listing.update(&catalogue, &wanted("HCGS seed=2", Column::Created, false));
        assert!(!listing.order.is_empty() && listing.order.len() < 20);
        for index in &listing.order {
            assert_eq!(catalogue.entries[*index].row.config.as_ref().unwrap().seed, 2);
        }
        assert!(!listing.columns.contains(&Column::from_key("seed").unwrap()), "all have the same seed");
        listing.update(&catalogue, &wanted("no such run", Column::Created, false));
        assert!(listing.order.is_empty() && listing.best.is_empty());
    }

    #[test]
    fn only_differing_settings_are_columns() {
        let catalogue = catalogue(40);
        let mut listing = Listing::default();
        listing.update(&catalogue, &wanted("", Column::Run, true));
        assert!(listing.columns.contains(&Column::from_key("sparsity.drop").unwrap()));
        assert!(!listing.columns.contains(&Column::from_key("train.epochs").unwrap()));
    }

    #[test]
    fn each_set_of_clips_has_its_best_and_noise_is_none() {
        let mut view = made_up::runs(4);
        for (at, (accuracy, clips)) in
            [(0.905, "t1"), (0.90, "t1"), (0.95, "t2"), (0.70, "t2")].into_iter().enumerate()
        {
            let row = Arc::make_mut(&mut view.runs[at]);
            let summary = row.summary.as_mut().unwrap();
            (summary.test_accuracy, summary.test_fingerprint) = (accuracy, Some(clips.into()));
            // Told apart by more than the fingerprint, as other words are.
            summary.num_test += usize::from(clips == "t2");
        }
        view.comparison = Arc::default();
        let mut catalogue = Catalogue::default();
        let runs = Arc::new(view);
        while !catalogue.update(&runs) {}
        let mut listing = Listing::default();
        listing.update(&catalogue, &wanted("", Column::Created, false));
        let best = |at: usize| listing.best(Column::TestAccuracy, &catalogue.entries[at]);
        assert_eq!(
            best(0),
            Some(Best { value: 0.905, is_clear: false }),
            "half a point on 803 clips is noise"
        );
        assert_eq!(best(2), Some(Best { value: 0.95, is_clear: true }));
        assert_eq!((best(1), best(3)), (None, None));
        assert!(listing.columns.contains(&Column::Clips), "which clips is told where they differ");
    }
}
