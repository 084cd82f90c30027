//! Which runs are selected, and which of them are looked at closely.

use engine::runs::RunId;

/// Most runs whose curves are overlaid: as many as there are colours and shapes to tell them apart.
pub(super) const MOST_OVERLAID: usize = 12;

/// Selected runs, in the order in which they were picked.
#[derive(Debug, Default)]
pub(super) struct Selection {
    runs: Vec<RunId>,
    anchor: Option<RunId>,
}

/// How a click changes the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pick {
    /// This run alone.
    Only,
    /// This run more, or less.
    Toggle,
    /// Everything from the last picked run to this one.
    Range,
}

impl Pick {
    /// What the modifier keys ask for.
    pub fn from_modifiers(modifiers: egui::Modifiers) -> Self {
        match modifiers {
            modifiers if modifiers.shift => Self::Range,
            modifiers if modifiers.command => Self::Toggle,
            _ => Self::Only,
        }
    }
}

impl Selection {
    /// The selected runs.
    pub fn runs(&self) -> &[RunId] {
        &self.runs
    }

    /// The selected runs whose curves and errors are shown.
    pub fn overlaid(&self) -> &[RunId] {
        &self.runs[..self.runs.len().min(MOST_OVERLAID)]
    }

    /// Whether this run is selected.
    pub fn contains(&self, run: &RunId) -> bool {
        self.runs.contains(run)
    }

    /// The run picked last.
    pub fn last(&self) -> Option<&RunId> {
        self.anchor.as_ref()
    }

    /// Changes the selection by one entry, which may stand for several runs; `listed` gives the entries in the order of the
    /// table, for ranges.
    pub fn pick(&mut self, picked: &[RunId], pick: Pick, listed: &[&[RunId]]) {
        let Some(first) = picked.first() else { return };
        match pick {
            Pick::Only => self.runs = picked.to_vec(),
            Pick::Toggle if self.contains_all(picked) => self.runs.retain(|run| !picked.contains(run)),
            Pick::Toggle => {
                let missing = picked.iter().filter(|run| !self.runs.contains(run)).cloned();
                self.runs.extend(missing.collect::<Vec<_>>());
            }
            Pick::Range => {
                let place = |wanted: &RunId| listed.iter().position(|listed| listed.contains(wanted));
                let from = self.anchor.as_ref().and_then(place);
                let Some((from, to)) = from.zip(place(first)) else {
                    return self.pick(picked, Pick::Only, listed);
                };
                self.runs = listed[from.min(to)..=from.max(to)].concat();
                // The anchor stays, so that the next range starts from it too.
                return;
            }
        }
        self.anchor = Some(first.clone());
    }

    /// Whether all of these runs are selected, and there are some.
    pub fn contains_all(&self, runs: &[RunId]) -> bool {
        !runs.is_empty() && runs.iter().all(|run| self.runs.contains(run))
    }

    /// Forgets runs that are gone.
    pub fn keep(&mut self, exists: impl Fn(&RunId) -> bool) {
        self.runs.retain(|run| exists(run));
    }

    /// Selects nothing.
    pub fn clear(&mut self) {
        self.runs.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clicks_select_as_in_a_file_list() {
        let runs: Vec<RunId> = ["a", "b", "c", "d"].map(|name| RunId(name.into())).to_vec();
        let listed: Vec<&[RunId]> = runs.iter().map(std::slice::from_ref).collect();
        let mut selection = Selection::default();
        let names = |selection: &Selection| -> Vec<String> {
            selection.runs().iter().map(|run| run.0.clone()).collect()
        };
        selection.pick(&runs[2..=2], Pick::Only, &listed);
        selection.pick(&runs[0..=0], Pick::Range, &listed);
        assert_eq!(names(&selection), ["a", "b", "c"]);
        selection.pick(&runs[3..=3], Pick::Range, &listed);
        assert_eq!(names(&selection), ["c", "d"]);
        selection.pick(&runs[0..=0], Pick::Toggle, &listed);
        selection.pick(&runs[2..=2], Pick::Toggle, &listed);
        assert_eq!(names(&selection), ["d", "a"]);
        selection.keep(|run| run.0 != "d");
        assert_eq!(names(&selection), ["a"]);
        // Two entries, of which one stands for two runs.
        let grouped: [&[RunId]; 3] = [&runs[0..2], &runs[2..3], &runs[3..4]];
        selection.pick(grouped[0], Pick::Only, &grouped);
        selection.pick(grouped[1], Pick::Range, &grouped);
        assert_eq!(names(&selection), ["a", "b", "c"]);
        assert!(selection.contains_all(grouped[0]) && !selection.contains_all(grouped[2]));
        selection.pick(grouped[0], Pick::Toggle, &grouped);
        assert_eq!(names(&selection), ["c"]);
        selection.pick(grouped[0], Pick::Toggle, &grouped);
        assert_eq!(names(&selection), ["c", "a", "b"]);
    }
}
