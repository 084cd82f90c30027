//! `metrics.jsonl`: one line an epoch, appended.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::{RunError, replace_file};
use crate::train::EpochMetrics;

const WHAT: &str = "the metrics of the run";

/// The epochs in `metrics.jsonl`, first to last.
///
/// A last line that was cut short, as a killed program leaves it, is left out; an absent file has none.
///
/// # Errors
/// The file cannot be read, or a line before the last is not what it should be.
pub fn read_metrics(path: &Path) -> Result<Vec<EpochMetrics>, RunError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(RunError::read(WHAT, path)(error)),
    };
    let complete = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    text[..complete]
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .enumerate()
        .map(|(index, line)| {
            serde_json::from_slice(line).map_err(|_| {
                RunError::Damaged(format!(
                    "line {} of metrics.jsonl is not the record of an epoch; continue the run, which repairs it, or delete it ({})",
                    index + 1,
                    path.display()
                ))
            })
        })
        .collect()
}

/// Appends epochs.
#[derive(Debug)]
pub struct MetricsLog {
    file: File,
    path: PathBuf,
    length: u64,
}

impl MetricsLog {
    /// Opens the log so that it holds exactly `history`.
    ///
    /// Lines of epochs that the checkpoint does not yet include, and a line cut short, are taken off; a
    /// log that is damaged or has lost lines is written anew from `history`.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn open(path: &Path, history: &[EpochMetrics]) -> Result<Self, RunError> {
        let wanted: String = history.iter().map(line).collect();
        let found = std::fs::read(path).unwrap_or_default();
        if !found.starts_with(wanted.as_bytes()) {
            replace_file(path, WHAT, |file| file.write_all(wanted.as_bytes()))?;
        }
        let write_error = |error| RunError::write(WHAT, path)(error);
        let file = OpenOptions::new().append(true).create(true).open(path).map_err(write_error)?;
        let length = wanted.len() as u64;
        file.set_len(length).and_then(|()| file.sync_all()).map_err(RunError::write(WHAT, path))?;
        Ok(Self { file, path: path.to_path_buf(), length })
    }

    /// Appends one epoch and flushes it to the disk.
    ///
    /// # Errors
    /// The disk is full or the file cannot be written; the line is then taken off again.
    pub fn append(&mut self, metrics: &EpochMetrics) -> Result<(), RunError> {
        let line = line(metrics);
        let result = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        match result {
            Ok(()) => {
                self.length += line.len() as u64;
                Ok(())
            }
            Err(error) => {
                // If this fails too, reading leaves the torn line out.
                let _ = self.file.set_len(self.length);
                Err(RunError::write(WHAT, &self.path)(error))
            }
        }
    }
}

/// One epoch as a line of JSON.
fn line(metrics: &EpochMetrics) -> String {
    // Plain numbers always serialise; non-finite ones become `null` and would be refused by the reader,
    // but a non-finite loss ends a run before it is logged.
    serde_json::to_string(metrics).map(|text| text + "\n").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(epoch: usize) -> EpochMetrics {
        EpochMetrics {
            epoch,
            learning_rate: 1e-3,
            train_loss: 2.0 / epoch as f64,
            train_accuracy: 0.3,
            valid_loss: 1.0,
            valid_accuracy: 0.5,
            seconds: 1.5,
            is_best: false,
        }
    }

    #[test]
    fn a_torn_line_is_left_out_and_taken_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let mut log = MetricsLog::open(&path, &[]).unwrap();
        log.append(&epoch(1)).unwrap();
        log.append(&epoch(2)).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let read = read_metrics(&path).unwrap();
            let newlines = whole[..cut].iter().filter(|&&byte| byte == b'\n').count();
            assert_eq!(read.len(), newlines);
            let mut log = MetricsLog::open(&path, &read).unwrap();
            log.append(&epoch(read.len() + 1)).unwrap();
            assert_eq!(read_metrics(&path).unwrap().len(), newlines + 1);
        }
    }

    #[test]
    fn lines_beyond_the_checkpoint_go_and_lost_ones_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let history = [epoch(1), epoch(2), epoch(3)];
        MetricsLog::open(&path, &history).unwrap();
        MetricsLog::open(&path, &history[..2]).unwrap();
        assert_eq!(read_metrics(&path).unwrap(), history[..2]);
        std::fs::write(&path, "{\"epoch\": oops}\nmore\n").unwrap();
        assert!(read_metrics(&path).unwrap_err().to_string().contains("line 1"));
        MetricsLog::open(&path, &history).unwrap();
        assert_eq!(read_metrics(&path).unwrap(), history);
    }
}
