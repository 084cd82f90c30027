//! The models that ship with the workbench as runs, so that there is always something to compare with.
//!
//! Their weights were trained on recordings that are no part of this project; their figures here are measured on the
//! built-in demo data, where everybody can measure them again: a test does, and writes `assets/models/measured.json`.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::{RunId, RunRow, RunState, Summary};
use crate::model::{ModelError, StoredModel, builtin};

static MEASURED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/models/measured.json"));

/// A model that ships with the workbench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltIn {
    /// The dense model.
    Dense,
    /// The compressed model.
    Compressed,
}

/// What was measured of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MeasuredBuiltIn {
    /// Figures on the built-in demo data; of the training, the number of epochs alone is known.
    pub summary: Summary,
    /// What it takes each testing clip for: path, true label, predicted label, score of that.
    pub predictions: Vec<(String, String, String, f32)>,
}

impl BuiltIn {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Dense, Self::Compressed];

    /// Its name as a run: no folder can have it.
    pub fn run(self) -> RunId {
        RunId(match self {
            Self::Dense => "built-in/dense".into(),
            Self::Compressed => "built-in/cgs".into(),
        })
    }

    /// The built-in model behind the name of a run.
    pub fn of_run(run: &RunId) -> Option<Self> {
        Self::ALL.into_iter().find(|built_in| built_in.run() == *run)
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dense => "Dense, built in",
            Self::Compressed => "CGS, built in",
        }
    }

    /// The model.
    ///
    /// # Errors
    /// As [`builtin::dense`].
    pub fn model(self) -> Result<StoredModel, ModelError> {
        match self {
            Self::Dense => builtin::dense(),
            Self::Compressed => builtin::compressed(),
        }
    }

    /// What was measured of it; `None` where the file that this program was built with is not whole.
    pub(crate) fn measured(self) -> Option<&'static MeasuredBuiltIn> {
        static READ: OnceLock<Vec<MeasuredBuiltIn>> = OnceLock::new();
        let read = READ.get_or_init(|| serde_json::from_str(MEASURED).unwrap_or_default());
        read.get(self as usize)
    }
}

/// The built-in models as finished runs, measured on the built-in demo data. Each is an experiment of its own.
pub fn built_in_runs() -> Vec<Arc<RunRow>> {
    static ROWS: OnceLock<Vec<Arc<RunRow>>> = OnceLock::new();
    let row = |built_in: BuiltIn| {
        Some(Arc::new(RunRow {
            run: built_in.run(),
            config: Some(built_in.model().ok()?.config),
            state: RunState::Finished,
            summary: Some(built_in.measured()?.summary.clone()),
            created_secs: 0,
            is_pareto: false,
            experiment: built_in.run().0,
        }))
    };
    ROWS.get_or_init(|| BuiltIn::ALL.into_iter().filter_map(row).collect()).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::RunId;

    #[test]
    fn built_in_models_are_runs_that_no_folder_can_be() {
        let rows = built_in_runs();
        assert_eq!(rows.len(), 2);
        for (row, built_in) in rows.iter().zip(BuiltIn::ALL) {
            assert_eq!(BuiltIn::of_run(&row.run), Some(built_in));
            assert!(RunId::new(&row.run.0).is_err(), "{}", row.run);
            let summary = row.summary.as_ref().unwrap();
            assert_eq!(summary.num_test, built_in.measured().unwrap().predictions.len());
            assert!(summary.test_fingerprint.is_some());
        }
        assert_eq!(BuiltIn::of_run(&RunId("dense".into())), None);
    }
}
