//! What a network took each clip for, as JSON lines.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Confusion;
use crate::dataset::Split;
use crate::files::path_text;
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
                path_text(path)
            ))
        })
    };
    text.lines().enumerate().map(line).collect()
}

/// Reads the predictions of a run: one for every clip that its figures are of, with its labels.
///
/// # Errors
/// See [`read_predictions`]; or clips are missing, or of labels that the run does not have.
pub fn read_predictions_of(path: &Path, confusion: &Confusion) -> Result<Vec<ClipPrediction>, RunError> {
    let predictions = read_predictions(path)?;
    let (found, wanted) = (predictions.len() as u64, confusion.num_clips());
    let is_known = |label: &String| confusion.labels.contains(label);
    let damage = if found != wanted {
        format!("predictions.jsonl holds {found} of {wanted} clips")
    } else if !predictions.iter().all(|clip| is_known(&clip.label) && is_known(&clip.predicted)) {
        "predictions.jsonl holds labels that the run does not have".to_string()
    } else {
        return Ok(predictions);
    };
    Err(RunError::Damaged(format!(
        "{damage}; `coarsegrain evaluate RUN --predictions FILE` writes it again ({})",
        path_text(path)
    )))
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
        let mut confusion = Confusion::new(&["no", "yes"].map(String::from));
        confusion.add(1, 1);
        let told = read_predictions_of(&path, &confusion).unwrap_err().to_string();
        assert!(told.contains("holds 2 of 1 clips"), "{told}");
        confusion.add(1, 1);
        assert_eq!(read_predictions_of(&path, &confusion).unwrap().len(), 2);
        confusion.labels[1] = "up".into();
        assert!(read_predictions_of(&path, &confusion).unwrap_err().to_string().contains("labels"));
        std::fs::write(&path, "").unwrap();
        assert!(read_predictions_of(&path, &confusion).unwrap_err().to_string().contains("0 of 2"));
        std::fs::write(&path, "{}\n").unwrap();
        assert!(read_predictions(&path).unwrap_err().to_string().contains("line 1"));
    }
}
