//! Which runs are selected, and which of them are looked at closely.

use engine::runs::RunId;

/// Most runs whose curves are overlaid: as many as there are shapes to tell them apart.
pub(super) const MOST_OVERLAID: usize = 6;

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

    /// Changes the selection; `listed` gives the runs in the order of the table, for ranges.
    pub fn pick(&mut self, run: RunId, pick: Pick, listed: &[&RunId]) {
        match pick {
            Pick::Only => self.runs = vec![run.clone()],
            Pick::Toggle => match self.runs.iter().position(|selected| *selected == run) {
                Some(index) => {
                    self.runs.remove(index);
                }
                None => self.runs.push(run.clone()),
            },
            Pick::Range => {
                let place = |wanted: &RunId| listed.iter().position(|listed| *listed == wanted);
                let from = self.anchor.as_ref().and_then(place);
                let Some((from, to)) = from.zip(place(&run)) else {
                    return self.pick(run, Pick::Only, listed);
                };
                let range = &listed[from.min(to)..=from.max(to)];
                self.runs = range.iter().map(|run| (*run).clone()).collect();
                // The anchor stays, so that the next range starts from it too.
                return;
            }
        }
        self.anchor = Some(run);
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
        let listed: Vec<&RunId> = runs.iter().collect();
        let mut selection = Selection::default();
        let names = |selection: &Selection| -> Vec<String> {
            selection.runs().iter().map(|run| run.0.clone()).collect()
        };
        selection.pick(runs[2].clone(), Pick::Only, &listed);
        selection.pick(runs[0].clone(), Pick::Range, &listed);
        assert_eq!(names(&selection), ["a", "b", "c"]);
        selection.pick(runs[3].clone(), Pick::Range, &listed);
        assert_eq!(names(&selection), ["c", "d"]);
        selection.pick(runs[0].clone(), Pick::Toggle, &listed);
        selection.pick(runs[2].clone(), Pick::Toggle, &listed);
        assert_eq!(names(&selection), ["d", "a"]);
        selection.keep(|run| run.0 != "d");
        assert_eq!(names(&selection), ["a"]);
    }
}
