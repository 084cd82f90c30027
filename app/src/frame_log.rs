//! The recorder behind `--frame-log`: CPU time of each frame in microseconds, one per line.

use std::io::Write as _;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};

/// Measures the time from the start of `logic` to the end of `ui`, and writes it on a thread of its own, so
/// that the recorder does not disturb what it measures.
pub struct FrameLog {
    lines: Option<Sender<u64>>,
    writer: Option<JoinHandle<()>>,
    spent: Duration,
}

impl FrameLog {
    /// Begins a new file.
    ///
    /// # Errors
    /// The file cannot be made or the system gives no thread.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
        let (lines, queue) = bounded::<u64>(4096);
        let writer = std::thread::Builder::new().name("frame-log".into()).spawn(move || {
            for micros in &queue {
                if writeln!(file, "{micros}").is_err() {
                    return;
                }
                if queue.is_empty() && file.flush().is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { lines: Some(lines), writer: Some(writer), spent: Duration::ZERO })
    }

    /// Adds the time since `start` to the frame under way.
    pub fn add_since(&mut self, start: Instant) {
        self.spent += start.elapsed();
    }

    /// Ends a frame and records it.
    pub fn end_frame(&mut self) {
        let micros = self.spent.as_micros() as u64;
        self.spent = Duration::ZERO;
        if let Some(lines) = &self.lines {
            // A writer that hangs on a slow disk costs lines, never a frame.
            let _ = lines.try_send(micros);
        }
    }
}

impl Drop for FrameLog {
    fn drop(&mut self) {
        drop(self.lines.take());
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_per_frame() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frames.txt");
        let mut log = FrameLog::create(&path).unwrap();
        for _ in 0..3 {
            log.add_since(Instant::now());
            log.end_frame();
        }
        drop(log);
        let text = std::fs::read_to_string(path).unwrap();
        let micros: Vec<u64> = text.lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(micros.len(), 3);
    }
}
