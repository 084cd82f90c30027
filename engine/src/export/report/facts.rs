//! Everything that a report says, gathered before a line of it is written.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::export::{ExportError, ExportSource};
use crate::fixed::FixedNetwork;
use crate::look::Method;
use crate::memory::Bill;
use crate::model::StoredModel;
use crate::runs::{Machine, RunFolder, RunRow, RunState, Summary, list, mark_pareto};
use crate::settings::Config;
use crate::train::EpochMetrics;

/// Everything that a report says.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub model: &'a StoredModel,
    /// The network in integers, where it ships as one.
    pub fixed: Option<FixedNetwork>,
    pub bill: Bill,
    /// Settings of the run, or those in the model file.
    pub config: Config,
    /// The method of the hidden layers, which colours the page.
    pub method: Method,
    pub run: Option<RunFacts>,
    /// When the report is made, in seconds since 1970.
    pub made_secs: u64,
    pub machine: Machine,
}

/// What a run folder adds to its model.
#[derive(Debug)]
pub(super) struct RunFacts {
    pub name: String,
    pub created_secs: Option<u64>,
    pub fingerprint: Option<String>,
    pub summary: Option<Summary>,
    pub history: Vec<EpochMetrics>,
    pub place: Place,
}

/// The finished runs of the folder around a run that can be compared with it, itself included.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub rows: Vec<RunRow>,
    /// Finished runs that were measured on other clips or other words.
    pub num_others: usize,
}

impl<'a> Facts<'a> {
    /// Reads what there is.
    ///
    /// # Errors
    /// A file of the run is damaged, or the model's parts do not fit each other.
    pub fn gather(source: ExportSource<'a>) -> Result<Self, ExportError> {
        let model = source.model;
        let config = match source.run {
            Some(run) => run.config()?,
            None => model.config.clone(),
        };
        Ok(Self {
            fixed: FixedNetwork::of(model)?,
            bill: Bill::of(&model.plan),
            method: Method::of(&config),
            run: source.run.map(RunFacts::gather).transpose()?,
            model,
            config,
            made_secs: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()),
            machine: Machine::this(),
        })
    }

    /// Final figures, where the run has been measured.
    pub fn summary(&self) -> Option<&Summary> {
        self.run.as_ref()?.summary.as_ref()
    }

    /// Whether the figures of the summary are those of the integer network.
    pub fn is_measured_in_integers(&self) -> bool {
        self.fixed.is_some() && self.summary().is_some_and(|summary| summary.test_accuracy_float.is_some())
    }

    /// Layer widths from inputs to outputs: `403–512–512–12`.
    pub fn widths(&self) -> String {
        let outputs = self.model.plan.layers.iter().map(|layer| layer.pattern.structure.out_features);
        let all = std::iter::once(self.model.plan.num_inputs()).chain(outputs);
        all.map(|width| width.to_string()).collect::<Vec<_>>().join("–")
    }
}

impl RunFacts {
    fn gather(run: &RunFolder) -> Result<Self, ExportError> {
        let summary = run.summary()?;
        Ok(Self {
            name: run.id().0,
            created_secs: run.created_secs(),
            fingerprint: summary
                .as_ref()
                .map(|summary| summary.data_fingerprint.clone())
                .or_else(|| run.fingerprint()),
            place: summary.as_ref().map(|summary| Place::of(run, summary)).unwrap_or_default(),
            history: run.history()?,
            summary,
        })
    }
}

impl Place {
    /// Looks at the other runs; a folder that cannot be read has none, since the report is about this run.
    fn of(run: &RunFolder, own: &Summary) -> Self {
        let path = std::path::absolute(run.path()).unwrap_or_else(|_| run.path().to_path_buf());
        let rows = path.parent().map(|parent| list(parent).unwrap_or_default()).unwrap_or_default();
        Self::among(rows, own)
    }

    /// Accuracies of different clips or words do not compare.
    pub fn among(rows: Vec<RunRow>, own: &Summary) -> Self {
        let is_finished = |row: &RunRow| row.state == RunState::Finished;
        let is_comparable = |row: &RunRow| {
            row.summary.as_ref().is_some_and(|summary| {
                summary.data_fingerprint == own.data_fingerprint
                    && summary.confusion.labels == own.confusion.labels
                    && summary.num_test == own.num_test
            })
        };
        let (mut rows, others): (Vec<_>, Vec<_>) =
            rows.into_iter().filter(is_finished).partition(is_comparable);
        mark_pareto(&mut rows);
        Self { rows, num_others: others.len() }
    }
}
