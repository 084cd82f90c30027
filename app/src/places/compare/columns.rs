//! Columns of the table of runs: texts, sort keys, which end is better.

use std::cmp::Ordering;

use engine::evaluate::significance::mean_and_spread;
use engine::look::phrases;
use engine::protocol::RunState;
use engine::runs::{Spread, Summary};
use engine::settings::{SETTINGS, setting};

use super::catalogue::{Entry, state_name};
use crate::numbers;

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Column {
    Run,
    State,
    Method,
    TestAccuracy,
    ValidAccuracy,
    Memory,
    Reduction,
    Macs,
    Density,
    Arithmetic,
    TrainTime,
    Created,
    /// The dataset's name.
    Dataset,
    /// The clips that the accuracy is of.
    Clips,
    /// A setting, by its place in [`SETTINGS`].
    Setting(usize),
}

/// Columns before the settings: what a run is, and the two figures that matter most.
pub(super) const FIRST: [Column; 5] =
    [Column::Run, Column::State, Column::Method, Column::TestAccuracy, Column::Memory];

/// Columns after the settings.
pub(super) const LAST: [Column; 9] = [
    Column::Reduction,
    Column::Macs,
    Column::Density,
    Column::Arithmetic,
    Column::ValidAccuracy,
    Column::TrainTime,
    Column::Created,
    Column::Dataset,
    Column::Clips,
];

/// Settings shown when not only differences are.
const USUAL_SETTINGS: [&str; 6] =
    ["model.hidden", "sparsity.block", "sparsity.drop", "sparsity.selection", "quant.weight_bits", "seed"];

/// Which end of a column's numbers is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Better {
    Higher,
    Lower,
    Neither,
}

/// What a cell sorts by.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SortKey {
    Number(f64),
    Text(String),
    Missing,
}

impl SortKey {
    /// Numbers before texts; the caller keeps missing cells last in both directions.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), _) => Ordering::Less,
            (_, Self::Number(_)) => Ordering::Greater,
            (Self::Text(_), Self::Missing) => Ordering::Less,
            (Self::Missing, Self::Text(_)) => Ordering::Greater,
            (Self::Missing, Self::Missing) => Ordering::Equal,
        }
    }
}

impl Column {
    /// The settings of [`USUAL_SETTINGS`] as columns.
    pub fn usual_settings() -> Vec<Self> {
        let place = |key: &&str| SETTINGS.iter().position(|setting| setting.key == *key);
        USUAL_SETTINGS.iter().filter_map(place).map(Self::Setting).collect()
    }

    /// A name that stays valid between sessions.
    pub fn key(self) -> &'static str {
        match self {
            Self::Setting(index) => SETTINGS[index].key,
            other => other.heading(),
        }
    }

    /// The column with this key.
    pub fn from_key(key: &str) -> Option<Self> {
        FIRST.into_iter().chain(LAST).find(|column| column.key() == key).or_else(|| {
            setting(key)?;
            SETTINGS.iter().position(|setting| setting.key == key).map(Self::Setting)
        })
    }

    /// Its heading.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Run => "Run",
            Self::State => "State",
            Self::Method => "Method",
            Self::TestAccuracy => "Test accuracy",
            Self::ValidAccuracy => "Validation",
            Self::Memory => "Memory",
            Self::Reduction => "Under fp32",
            Self::Macs => "Multiplications",
            Self::Density => "Density",
            Self::Arithmetic => "Arithmetic",
            Self::TrainTime => "Training time",
            Self::Created => "Created (UTC)",
            Self::Dataset => "Dataset",
            Self::Clips => "Measured on",
            Self::Setting(index) => SETTINGS[index].name,
        }
    }

    /// What it means, for the hover.
    pub fn help(self) -> &'static str {
        match self {
            Self::Run => "Name of the run and of its folder",
            Self::State => {
                "finished, running, waiting (in the queue), interrupted (can be continued), failed or damaged"
            }
            Self::Method => "How the hidden layers are made small",
            Self::TestAccuracy => {
                "Accuracy of the best weights by validation, on the testing split, in the run's own arithmetic"
            }
            Self::ValidAccuracy => "Highest accuracy on the validation split",
            Self::Memory => "Kept weights, block index and biases",
            Self::Reduction => "Dense fp32 memory over this run's memory",
            Self::Macs => "Multiply-accumulates of one inference",
            Self::Density => "Kept weights over all weights, achieved",
            Self::Arithmetic => {
                "What the accuracy is of: an integer network, with weight × activation bits, or floating point; rounded \
                 where nothing was trained at these bits"
            }
            Self::TrainTime => "Time of training, pauses excluded",
            Self::Created => "When the run was started",
            Self::Dataset => "Folder of the recordings, or the built-in ones",
            Self::Clips => {
                "Words and testing clips that the accuracy is of; only on the same ones do accuracies compare"
            }
            Self::Setting(index) => SETTINGS[index].help,
        }
    }

    /// Whether its cells are numbers, set to the right.
    pub fn is_number(self) -> bool {
        !matches!(
            self,
            Self::Run
                | Self::State
                | Self::Method
                | Self::Arithmetic
                | Self::Dataset
                | Self::Clips
                | Self::Setting(_)
        )
    }

    /// Whether a filter compares its cells by number.
    pub fn holds_numbers(self) -> bool {
        self.is_number() && self != Self::Created
    }

    /// Which end is better.
    pub fn better(self) -> Better {
        match self {
            Self::TestAccuracy | Self::ValidAccuracy | Self::Reduction => Better::Higher,
            Self::Memory | Self::Macs => Better::Lower,
            _ => Better::Neither,
        }
    }

    /// The text of a cell; empty when the run has no such value.
    pub fn text(self, entry: &Entry) -> String {
        let row = &entry.row;
        let summary = row.summary.as_ref();
        match self {
            Self::Run => entry.name.to_string(),
            Self::State => state_name(&row.state).into(),
            Self::Method => entry.method.map_or(String::new(), |method| method.name().into()),
            Self::Created if row.created_secs == 0 => String::new(),
            Self::Created => date_text(row.created_secs),
            Self::Dataset => row.config.as_ref().map(phrases::dataset).unwrap_or_default(),
            Self::Clips => entry.clips.to_string(),
            Self::Setting(index) => entry.settings.get(index).cloned().unwrap_or_default(),
            _ => summary.map_or(String::new(), |summary| match self {
                Self::TestAccuracy => {
                    with_spread(summary.test_accuracy, entry.group.as_ref().map(|g| g.test_accuracy))
                }
                Self::ValidAccuracy => {
                    with_spread(summary.valid_accuracy, entry.group.as_ref().map(|g| g.valid_accuracy))
                }
                Self::Memory => numbers::bytes_from_bits(summary.memory_bits.total),
                Self::Reduction => numbers::factor(summary.reduction_vs_fp32),
                Self::Macs => numbers::whole(summary.macs_per_inference),
                Self::Density => numbers::percent(summary.density_achieved, 1),
                Self::Arithmetic => arithmetic_text(summary),
                _ if entry.built_in.is_some() => String::new(),
                _ => numbers::duration(summary.train_seconds),
            }),
        }
    }

    /// The number behind a cell, at full precision and in the unit of [`Column::csv_heading`].
    pub fn number(self, entry: &Entry) -> Option<f64> {
        let summary = entry.row.summary.as_ref();
        match self {
            Self::Created => Some(entry.row.created_secs as f64),
            Self::TrainTime if entry.built_in.is_some() => None,
            Self::TestAccuracy => summary.map(|summary| summary.test_accuracy),
            Self::ValidAccuracy => summary.map(|summary| summary.valid_accuracy),
            Self::Memory => summary.map(|summary| summary.memory_bits.total as f64),
            Self::Reduction => summary.map(|summary| summary.reduction_vs_fp32),
            Self::Macs => summary.map(|summary| summary.macs_per_inference as f64),
            Self::Density => summary.map(|summary| summary.density_achieved),
            Self::TrainTime => summary.map(|summary| summary.train_seconds),
            Self::Setting(index) => entry.settings.get(index)?.parse().ok(),
            Self::Run | Self::State | Self::Method | Self::Arithmetic | Self::Dataset | Self::Clips => None,
        }
    }

    /// What a cell sorts by.
    pub fn sort_key(self, entry: &Entry) -> SortKey {
        if let Some(number) = self.number(entry) {
            return SortKey::Number(number);
        }
        match self {
            // Damaged and interrupted runs want to be found: they come before finished ones.
            Self::State => SortKey::Number(match entry.row.state {
                RunState::Damaged(_) => 0.0,
                RunState::Failed(_) => 0.5,
                RunState::Interrupted => 1.0,
                RunState::Waiting => 1.5,
                RunState::Running => 2.0,
                RunState::Finished => 3.0,
            }),
            _ => match self.text(entry) {
                text if text.is_empty() => SortKey::Missing,
                text => SortKey::Text(text.to_lowercase()),
            },
        }
    }

    /// Its heading in a CSV file, unit included.
    pub fn csv_heading(self) -> String {
        match self {
            Self::Memory => "memory_bits".into(),
            Self::Created => "created_secs_since_1970".into(),
            Self::TestAccuracy => "test_accuracy".into(),
            Self::ValidAccuracy => "valid_accuracy".into(),
            Self::Reduction => "reduction_vs_fp32".into(),
            Self::Macs => "macs_per_inference".into(),
            Self::Density => "density_achieved".into(),
            Self::TrainTime => "train_seconds".into(),
            Self::Setting(index) => SETTINGS[index].key.into(),
            Self::Clips => "testing_set".into(),
            other => other.heading().to_lowercase(),
        }
    }

    /// A cell in a CSV file.
    pub fn csv_text(self, entry: &Entry) -> String {
        match self {
            Self::Setting(_) => self.text(entry),
            _ => self.number(entry).map_or_else(|| self.text(entry), |number| number.to_string()),
        }
    }
}

/// A share, and its deviation over seeds where it is a mean.
fn with_spread(share: f64, spread: Option<Spread>) -> String {
    match spread.and_then(|spread| spread.std) {
        Some(std) => mean_and_spread(share, std),
        None => numbers::percent(share, 1),
    }
}

/// What a run computes in: `integer, 5 × 8 bit`, or `float, 5 bit weights`; and whether it was rounded after training.
pub(super) fn arithmetic_text(summary: &Summary) -> String {
    let arithmetic = match (summary.test_accuracy_float, summary.weight_bits) {
        (Some(_), bits) => format!("integer, {}", numbers::bit_widths(bits, summary.activation_bits)),
        (None, 32) => "float".into(),
        (None, bits) => format!("float, {bits} bit weights"),
    };
    let rounded = if summary.rounded_from.is_some() { ", rounded" } else { "" };
    format!("{arithmetic}{rounded}")
}

/// Date and minute in UTC: `2025-11-22 14:03`.
pub(super) fn date_text(secs: u64) -> String {
    // Days to civil date after H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2021.
    let (days, rest) = (secs / 86_400, secs % 86_400);
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", rest / 3600, rest % 3600 / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right() {
        assert_eq!(date_text(0), "1970-01-01 00:00");
        assert_eq!(date_text(951_782_400), "2000-02-29 00:00");
        assert_eq!(date_text(1_763_820_180), "2025-11-22 14:03");
        assert_eq!(date_text(4_102_444_799), "2099-12-31 23:59");
    }

    #[test]
    fn keys_lead_back_to_columns() {
        let settings = (0..SETTINGS.len()).map(Column::Setting);
        for column in FIRST.into_iter().chain(LAST).chain(settings) {
            assert_eq!(Column::from_key(column.key()), Some(column));
        }
        assert_eq!(Column::from_key("no such column"), None);
        assert_eq!(Column::usual_settings().len(), USUAL_SETTINGS.len());
    }
}
