//! Counts of true against predicted labels, and the figures that follow from them.

use serde::{Deserialize, Serialize};

/// Counts of true against predicted labels.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// Labels, in the order of rows and columns.
    pub labels: Vec<String>,
    /// `counts[true_label][predicted_label]`.
    pub counts: Vec<Vec<u32>>,
}

/// Figures of one label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassFigures {
    /// The label.
    pub label: String,
    /// Clips that have it.
    pub num_clips: u32,
    /// Share of those that were recognised; absent without such clips.
    pub recall: Option<f64>,
    /// Share of the clips taken for it that have it; absent when none was taken for it.
    pub precision: Option<f64>,
}

impl Confusion {
    /// No clips yet.
    pub fn new(labels: &[String]) -> Self {
        Self { labels: labels.to_vec(), counts: vec![vec![0; labels.len()]; labels.len()] }
    }

    /// Counts a clip. Labels that do not exist are not counted.
    pub fn add(&mut self, label: usize, predicted: usize) {
        if let Some(count) = self.counts.get_mut(label).and_then(|row| row.get_mut(predicted)) {
            *count += 1;
        }
    }

    /// Whether there is a row and a column for every label, and no sum is too large to be one of clips. An empty matrix,
    /// of a run that was not measured, is whole.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self) -> Result<(), String> {
        let num_labels = self.labels.len();
        let num_rows = self.counts.len();
        if let Some(row) = self.counts.iter().find(|row| row.len() != num_labels || num_rows != num_labels) {
            return Err(format!("{num_labels} labels, but {num_rows} rows and one of {} columns", row.len()));
        }
        if self.num_clips() > u64::from(u32::MAX) {
            return Err(format!("{} clips are more than any dataset has", self.num_clips()));
        }
        Ok(())
    }

    /// Clips counted.
    pub fn num_clips(&self) -> u64 {
        self.counts.iter().flatten().map(|&count| u64::from(count)).sum()
    }

    /// Share of clips recognised, 0 to 1; 0 without clips.
    pub fn accuracy(&self) -> f64 {
        let correct: u64 = self
            .counts
            .iter()
            .enumerate()
            .filter_map(|(label, row)| row.get(label))
            .map(|&n| u64::from(n))
            .sum();
        correct as f64 / self.num_clips().max(1) as f64
    }

    /// Precision and recall, label by label.
    pub fn per_class(&self) -> Vec<ClassFigures> {
        let share = |part: u32, whole: u32| (whole > 0).then(|| f64::from(part) / f64::from(whole));
        let one = |(index, label): (usize, &String)| {
            let num_clips = self.counts.get(index).map_or(0, |row| row.iter().sum());
            let num_taken = self.counts.iter().filter_map(|row| row.get(index)).sum();
            let correct = self.counts.get(index).and_then(|row| row.get(index)).copied().unwrap_or(0);
            ClassFigures {
                label: label.clone(),
                num_clips,
                recall: share(correct, num_clips),
                precision: share(correct, num_taken),
            }
        };
        self.labels.iter().enumerate().map(one).collect()
    }

    /// The `most` commonest confusions: clips, their true label, the one they were taken for; commonest first.
    pub fn largest_errors(&self, most: usize) -> Vec<(u32, &str, &str)> {
        let name = |index: usize| self.labels.get(index).map(String::as_str);
        let rows = self.counts.iter().enumerate();
        let cells = rows.flat_map(|(label, row)| {
            row.iter().enumerate().map(move |(predicted, &count)| (count, label, predicted))
        });
        let errors = cells.filter(|(count, label, predicted)| *count > 0 && label != predicted);
        let mut errors: Vec<(u32, &str, &str)> = errors
            .filter_map(|(count, label, predicted)| Some((count, name(label)?, name(predicted)?)))
            .collect();
        errors.sort_by_key(|error| std::cmp::Reverse(error.0));
        errors.truncate(most);
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_follow_from_counts() {
        let labels = ["a", "b", "c"].map(String::from);
        let mut confusion = Confusion::new(&labels);
        assert_eq!(confusion.accuracy(), 0.0);
        for (label, predicted) in [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (7, 0)] {
            confusion.add(label, predicted);
        }
        assert_eq!(confusion.num_clips(), 5);
        assert_eq!(confusion.accuracy(), 0.6);
        assert_eq!(confusion.largest_errors(9), [(1, "a", "b"), (1, "b", "a")]);
        assert_eq!(confusion.largest_errors(1).len(), 1);
        let figures = confusion.per_class();
        assert_eq!(
            (figures[0].num_clips, figures[0].recall, figures[0].precision),
            (3, Some(2.0 / 3.0), Some(2.0 / 3.0))
        );
        assert_eq!((figures[1].recall, figures[1].precision), (Some(0.5), Some(0.5)));
        assert_eq!((figures[2].num_clips, figures[2].recall, figures[2].precision), (0, None, None));
    }
}
