//! Timing: cases take turns, so that a machine that drifts drifts for all of them.

use std::time::{Duration, Instant};

use super::{Case, Path, Row, SpeedError};
use crate::sparse::{Instructions, fma_peak};

const WARM_UP_REPEATS: usize = 3;
const FEWEST_REPEATS: usize = 5;
const MOST_REPEATS: usize = 5000;
/// Short work is repeated for so long before the next case has its turn, so that its data is as warm as it is in use.
const STRETCH: Duration = Duration::from_millis(20);
/// One measurement of the peak.
const PEAK_TIME: Duration = Duration::from_millis(20);

/// A row with its times.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed {
    /// What was timed.
    pub row: Row,
    /// Median of all repeats, in seconds.
    pub median_secs: f64,
    /// Shortest repeat, in seconds.
    pub min_secs: f64,
}

/// All rows of a measurement, and what the machine could do meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Rows in the order of the cases.
    pub rows: Vec<Timed>,
    /// Multiply-add peak of all threads of the pool together, in operations per second, once per round of turns and
    /// once at the end; ascending.
    pub peaks: Vec<f64>,
}

/// Repeats every case in turns until each has had about `secs` seconds, 5 repeats at least, after warm-up.
///
/// # Errors
/// The first error of a case.
pub fn measure(mut cases: Vec<Case>, secs: f64) -> Result<Measured, SpeedError> {
    for case in &mut cases {
        for _ in 0..WARM_UP_REPEATS {
            (case.work)()?;
        }
    }
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); cases.len()];
    let mut peaks = Vec::new();
    let is_short = |times: &[f64]| {
        times.len() < FEWEST_REPEATS || (times.len() < MOST_REPEATS && times.iter().sum::<f64>() < secs)
    };
    loop {
        peaks.push(peak_flops());
        let mut open = cases.iter_mut().zip(&mut times).filter(|(_, times)| is_short(times)).peekable();
        if open.peek().is_none() {
            break;
        }
        for (case, times) in open {
            take_turn(case, times)?;
        }
    }
    peaks.sort_by(f64::total_cmp);
    let rows = cases.into_iter().zip(times).map(|(case, mut times)| {
        times.sort_by(f64::total_cmp);
        Timed { row: case.row, median_secs: times[times.len() / 2], min_secs: times[0] }
    });
    Ok(Measured { rows: rows.collect(), peaks })
}

fn take_turn(case: &mut Case, times: &mut Vec<f64>) -> Result<(), SpeedError> {
    let stretch = Instant::now();
    while times.len() < MOST_REPEATS {
        let begin = Instant::now();
        (case.work)()?;
        times.push(begin.elapsed().as_secs_f64());
        if stretch.elapsed() > STRETCH {
            break;
        }
    }
    Ok(())
}

/// Multiply-add peak of all threads of the current pool together, in operations per second.
fn peak_flops() -> f64 {
    rayon::broadcast(|_| fma_peak(Instructions::best(), PEAK_TIME)).iter().sum()
}

impl Measured {
    /// Median of the measured peaks, in operations per second.
    pub fn peak(&self) -> f64 {
        self.peaks.get(self.peaks.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// Median time of the dense path of the same work over that of a row; `None` where nothing dense was measured.
    pub fn speed_up(&self, row: &Timed) -> Option<f64> {
        let is_its_dense = |other: &&Timed| {
            let (dense, asked) = (&other.row, &row.row);
            dense.path == Path::Dense && (dense.what, dense.batch) == (asked.what, asked.batch)
        };
        self.rows.iter().find(is_its_dense).map(|dense| dense.median_secs / row.median_secs)
    }
}

impl Timed {
    /// Operations on kept weights per second, from the median.
    pub fn flops_per_sec(&self) -> f64 {
        self.row.flops / self.median_secs
    }

    /// Seconds of sound per second of work, from the median; `None` where the work is not on sound.
    pub fn times_real_time(&self) -> Option<f64> {
        self.row.audio_secs.map(|secs| secs / self.median_secs)
    }
}
