//! What a network took each clip for, as JSON lines.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::dataset::Split;
use crate::runs::{RunError, replace_file};

const WHAT: &str = "the predictions";

/// One clip with what the network took it for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipPrediction {
    /// Path relative to the dataset folder; for silence made from noise, where in the noise it lies.
    pub path: String,
    /// Split of the clip; absent for silence where all splits were scored together.
    pub split: Option<Split>,
    /// True label.
    pub label: String,
    /// Label with the highest score.
    pub predicted: String,
    /// Scores by label, 0 to 1, summing to 1.
    pub scores: BTreeMap<String, f32>,
}

/// Writes predictions as JSON lines, replacing the file as a whole.
///
/// # Errors
/// The file cannot be written.
pub fn write_predictions(path: &Path, predictions: &[ClipPrediction]) -> Result<(), RunError> {
    replace_file(path, WHAT, |file| {
        for prediction in predictions {
            serde_json::to_writer(&mut *file, prediction)?;
            file.write_all(b"\n")?;
        }
        Ok(())
    })
}

/// Reads what [`write_predictions`] wrote.
///
/// # Errors
/// The file cannot be read or a line is not a prediction.
pub fn read_predictions(path: &Path) -> Result<Vec<ClipPrediction>, RunError> {
    let text = std::fs::read_to_string(path).map_err(|source| RunError::Read {
        what: WHAT,
        source,
        path: path.to_path_buf(),
    })?;
    let line = |(index, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|_| {
            RunError::Damaged(format!(
                "line {} is not a prediction; `coarsegrain evaluate` writes the file again ({})",
                index + 1,
                path.display()
            ))
        })
    };
    text.lines().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictions_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.jsonl");
        let scores = [("no", 0.125_f32), ("yes", 0.875)].map(|(label, score)| (label.to_string(), score));
        let prediction = ClipPrediction {
            path: "yes/a \"b\".wav".into(),
            split: Some(Split::Test),
            label: "yes".into(),
            predicted: "yes".into(),
            scores: scores.into_iter().collect(),
        };
        write_predictions(&path, &[prediction.clone(), prediction.clone()]).unwrap();
        assert_eq!(read_predictions(&path).unwrap(), [prediction.clone(), prediction]);
        std::fs::write(&path, "{}\n").unwrap();
        assert!(read_predictions(&path).unwrap_err().to_string().contains("line 1"));
    }
}
