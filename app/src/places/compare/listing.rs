//! Which runs are listed, in which order, with which columns; made again only when something changed.

use std::collections::HashMap;

use engine::settings::SETTINGS;

use super::catalogue::{Catalogue, Entry};
use super::columns::{Better, Column, FIRST, LAST, SortKey};

/// What a person asked the list to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    /// Words that must all occur.
    pub filter: String,
    /// Column to sort by.
    pub sort: Column,
    /// Smallest first.
    pub ascending: bool,
    /// Only settings in which the listed runs differ.
    pub differences_only: bool,
}

/// The list.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Places in [`Catalogue::entries`], first to be shown first.
    pub order: Vec<usize>,
    /// Columns, first to be shown first.
    pub columns: Vec<Column>,
    /// The best number of each column that has one.
    pub best: HashMap<Column, f64>,
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
        self.order = filtered(&catalogue.entries, &wanted.filter);
        sort(&mut self.order, &catalogue.entries, wanted.sort, wanted.ascending);
        let listed: Vec<&Entry> = self.order.iter().map(|index| &catalogue.entries[*index]).collect();
        let settings = if wanted.differences_only { differing(&listed) } else { Column::usual_settings() };
        self.columns = FIRST.into_iter().chain(settings).chain(LAST).collect();
        self.best =
            self.columns.iter().filter_map(|column| Some((*column, best(&listed, *column)?))).collect();
    }

    /// Whether this cell holds the best number of its column.
    pub fn is_best(&self, column: Column, entry: &Entry) -> bool {
        self.best.get(&column).is_some_and(|best| column.number(entry) == Some(*best))
    }
}

/// Runs in whose texts every word of the filter occurs.
fn filtered(entries: &[Entry], filter: &str) -> Vec<usize> {
    let filter = filter.to_lowercase();
    let words: Vec<&str> = filter.split_whitespace().collect();
    let matches = |entry: &Entry| words.iter().all(|word| entry.search.contains(word));
    entries.iter().enumerate().filter(|(_, entry)| matches(entry)).map(|(index, _)| index).collect()
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

/// The best number of a column, when it has a better end and more than one run has a number.
fn best(entries: &[&Entry], column: Column) -> Option<f64> {
    let pick = match column.better() {
        Better::Higher => f64::max,
        Better::Lower => f64::min,
        Better::Neither => return None,
    };
    let mut values = entries.iter().filter_map(|entry| column.number(entry));
    let (first, second) = values.next().zip(values.next())?;
    Some(values.fold(pick(first, second), pick))
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
        Wanted { filter: filter.into(), sort, ascending, differences_only: true }
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
            assert_eq!(listing.best[&Column::TestAccuracy], best);
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
}
