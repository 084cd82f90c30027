//! Timing: cases take turns, so that a machine that drifts drifts for all of them.

use std::time::{Duration, Instant};

use engine::sparse::{Instructions, fma_peak};
use serde_json::json;

/// What a row is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which work, such as `forward` or `train-step`.
    pub what: String,
    /// `block`, `dense` (this build with every block kept) or `candle` (the library's own dense layer).
    pub path: &'static str,
    /// Block size.
    pub block: usize,
    /// Drop probability.
    pub drop: f64,
    /// Kept weights over all weights.
    pub density: f64,
    /// Samples computed together.
    pub batch: usize,
    /// Floating-point operations on kept weights per repeat: two per multiply-accumulate.
    pub flops: f64,
}

/// One thing to time.
pub struct Case {
    pub row: Row,
    pub work: Box<dyn FnMut() -> anyhow::Result<()> + Send>,
}

/// A row with its times, in seconds.
pub struct Timed {
    row: Row,
    median: f64,
    min: f64,
}

/// All rows of a bench.
pub struct Report {
    rows: Vec<Timed>,
    peak: f64,
    threads: usize,
    extra: serde_json::Map<String, serde_json::Value>,
}

/// Multiply-add peak of all threads of the current pool together, in operations per second.
pub fn peak_flops() -> f64 {
    let peaks = rayon::broadcast(|_| fma_peak(Instructions::best(), Duration::from_millis(200)));
    peaks.iter().sum()
}

/// Repeats every case in turns for about `seconds` each, after warm-up.
pub fn measure(mut cases: Vec<Case>, seconds: f64) -> anyhow::Result<Report> {
    const WARM_UP: usize = 3;
    const MOST_REPEATS: usize = 5000;
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); cases.len()];
    for case in &mut cases {
        for _ in 0..WARM_UP {
            (case.work)()?;
        }
    }
    let peak_before = peak_flops();
    let mut is_open = true;
    while is_open {
        is_open = false;
        for (case, times) in cases.iter_mut().zip(&mut times) {
            let spent: f64 = times.iter().sum();
            if times.len() >= 5 && (spent >= seconds || times.len() >= MOST_REPEATS) {
                continue;
            }
            is_open = true;
            // Short work is repeated in a stretch, so that its data is as warm as it is in use.
            let stretch = Instant::now();
            while times.len() < MOST_REPEATS {
                let begin = Instant::now();
                (case.work)()?;
                times.push(begin.elapsed().as_secs_f64());
                if stretch.elapsed() > Duration::from_millis(20) {
                    break;
                }
            }
        }
    }
    let peak = peak_before.max(peak_flops());
    let rows = cases.into_iter().zip(times).map(|(case, mut times)| {
        times.sort_by(f64::total_cmp);
        Timed { row: case.row, median: times[times.len() / 2], min: times[0] }
    });
    Ok(Report {
        rows: rows.collect(),
        peak,
        threads: rayon::current_num_threads(),
        extra: serde_json::Map::new(),
    })
}

impl Report {
    /// A report without rows that were timed here.
    pub fn of(rows: Vec<(Row, f64, f64)>) -> Self {
        Self {
            rows: rows.into_iter().map(|(row, median, min)| Timed { row, median, min }).collect(),
            peak: peak_flops(),
            threads: rayon::current_num_threads(),
            extra: serde_json::Map::new(),
        }
    }

    /// Adds a figure beside the rows.
    pub fn add(&mut self, key: &str, value: serde_json::Value) {
        self.extra.insert(key.into(), value);
    }

    /// Median of the dense path of the same work over that of a row.
    fn speedup(&self, row: &Timed) -> Option<f64> {
        let is_its_dense = |other: &&Timed| {
            other.row.path == "dense" && other.row.what == row.row.what && other.row.batch == row.row.batch
        };
        self.rows.iter().find(is_its_dense).map(|dense| dense.median / row.median)
    }

    /// The report for programs.
    pub fn to_json(&self) -> serde_json::Value {
        let rows: Vec<_> = self.rows.iter().map(|timed| self.row_json(timed)).collect();
        let first_block = self.rows.iter().find(|timed| timed.row.path == "block");
        let mut report = json!({
            "peak_gflops": self.peak / 1e9,
            "instructions": Instructions::best().name(),
            "threads": self.threads,
            "speedup_vs_dense": first_block.and_then(|timed| self.speedup(timed)),
            "rows": rows,
        });
        if let Some(object) = report.as_object_mut() {
            object.extend(self.extra.clone());
        }
        report
    }

    fn row_json(&self, timed: &Timed) -> serde_json::Value {
        let row = &timed.row;
        json!({
            "what": row.what,
            "path": row.path,
            "block": row.block,
            "drop": row.drop,
            "density": row.density,
            "batch": row.batch,
            "threads": self.threads,
            "median_ms": timed.median * 1e3,
            "min_ms": timed.min * 1e3,
            "gflops": row.flops / timed.median / 1e9,
            "share_of_peak": row.flops / timed.median / self.peak,
            "speedup_vs_dense": self.speedup(timed),
        })
    }

    /// The report for people.
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "multiply-add peak {:.1} GFLOP/s on {} ({})\n\n{:<15} {:<7} {:>5} {:>7} {:>8} {:>6} {:>11} {:>11} {:>9} {:>8} {:>9}\n",
            self.peak / 1e9,
            if self.threads == 1 { "1 thread".to_string() } else { format!("{} threads", self.threads) },
            Instructions::best().name(),
            "what",
            "path",
            "block",
            "drop",
            "density",
            "batch",
            "median ms",
            "min ms",
            "GFLOP/s",
            "of peak",
            "vs dense"
        );
        for timed in &self.rows {
            let row = &timed.row;
            text += &format!(
                "{:<15} {:<7} {:>5} {:>5.2} % {:>6.2} % {:>6} {:>11.4} {:>11.4} {:>9.1} {:>6.1} % {:>8}\n",
                row.what,
                row.path,
                row.block,
                row.drop * 100.0,
                row.density * 100.0,
                row.batch,
                timed.median * 1e3,
                timed.min * 1e3,
                row.flops / timed.median / 1e9,
                row.flops / timed.median / self.peak * 100.0,
                self.speedup(timed).map_or(String::new(), |speedup| format!("{speedup:.2}x")),
            );
        }
        for (key, value) in &self.extra {
            text += &format!("{key}: {value}\n");
        }
        text
    }
}
