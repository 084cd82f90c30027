//! What `coarsegrain bench` prints.

use engine::sparse::Instructions;
use engine::speed::{Measured, Path, Timed};
use serde_json::{Value, json};

use super::memory::Peak;

/// Measured rows, and for `train --memory` the peak memory of each.
pub struct Report {
    pub measured: Measured,
    pub threads: usize,
    pub peaks: Vec<Peak>,
}

impl Report {
    /// For programs.
    pub fn to_json(&self) -> Value {
        let rows = &self.measured.rows;
        let first_block = rows.iter().find(|timed| timed.row.path == Path::Block);
        let peaks = &self.measured.peaks;
        let mut report = json!({
            "peak_gflops": self.measured.peak() / 1e9,
            "peak_gflops_range": [peaks.first().map(|peak| peak / 1e9), peaks.last().map(|peak| peak / 1e9)],
            "instructions": Instructions::best().name(),
            "threads": self.threads,
            "speedup_vs_dense": first_block.and_then(|timed| self.measured.speed_up(timed)),
            "rows": rows.iter().enumerate().map(|(index, timed)| self.row_json(index, timed)).collect::<Vec<_>>(),
        });
        if let Some(one_thread) = rows.first().filter(|timed| timed.row.audio_secs.is_some()) {
            report["audio_secs"] = json!(one_thread.row.audio_secs);
            report["times_real_time"] = json!(one_thread.times_real_time());
            report["times_real_time_all_threads"] = json!(rows.last().and_then(Timed::times_real_time));
        }
        report
    }

    fn row_json(&self, index: usize, timed: &Timed) -> Value {
        let row = &timed.row;
        let mut json = json!({
            "what": row.what,
            "path": row.path.name(),
            "block": row.block,
            "drop": row.drop,
            "density": row.density,
            "batch": row.batch,
            "threads": row.threads,
            "median_ms": timed.median_secs * 1e3,
            "min_ms": timed.min_secs * 1e3,
            "gflops": timed.flops_per_sec() / 1e9,
            "share_of_peak": timed.flops_per_sec() / self.measured.peak(),
            "speedup_vs_dense": self.measured.speed_up(timed),
        });
        if let Some(times) = timed.times_real_time() {
            json["times_real_time"] = json!(times);
        }
        if let Some(peak) = self.peaks.get(index) {
            json["peak_mib"] = json!(peak.peak_mib);
            json["idle_mib"] = json!(peak.idle_mib);
        }
        json
    }

    /// For people.
    pub fn to_text(&self) -> String {
        let threads = if self.threads == 1 { "1 thread".into() } else { format!("{} threads", self.threads) };
        let mut text = format!(
            "multiply-add peak {:.1} GFLOP/s on {threads} ({})\n\n",
            self.measured.peak() / 1e9,
            Instructions::best().name()
        );
        text += &format!(
            "{:<15} {:<7} {:>5} {:>7} {:>8} {:>6} {:>7} {:>11} {:>11} {:>9} {:>8} {:>9}{}\n",
            "what",
            "path",
            "block",
            "drop",
            "density",
            "batch",
            "threads",
            "median ms",
            "min ms",
            "GFLOP/s",
            "of peak",
            "vs dense",
            if self.peaks.is_empty() { "" } else { "    peak MiB" }
        );
        for (index, timed) in self.measured.rows.iter().enumerate() {
            text += &self.row_text(index, timed);
        }
        for timed in &self.measured.rows {
            if let Some(times) = timed.times_real_time() {
                text += &format!("{times:.0} times real time, threads: {}\n", timed.row.threads);
            }
        }
        if self.peaks.iter().any(|peak| peak.peak_mib.is_none()) {
            text += "this system does not tell the peak memory of a process: measure on Linux\n";
        }
        text
    }

    fn row_text(&self, index: usize, timed: &Timed) -> String {
        let row = &timed.row;
        let speed_up = self.measured.speed_up(timed).map_or(String::new(), |times| format!("{times:.2}x"));
        let memory = match self.peaks.get(index) {
            Some(Peak { peak_mib: Some(mib), .. }) => format!(" {mib:>11.1}"),
            Some(_) => format!(" {:>11}", "unknown"),
            None => String::new(),
        };
        format!(
            "{:<15} {:<7} {:>5} {:>5.2} % {:>6.2} % {:>6} {:>7} {:>11.4} {:>11.4} {:>9.1} {:>6.1} % {speed_up:>8}{memory}\n",
            row.what,
            row.path.name(),
            row.block,
            row.drop * 100.0,
            row.density * 100.0,
            row.batch,
            row.threads,
            timed.median_secs * 1e3,
            timed.min_secs * 1e3,
            timed.flops_per_sec() / 1e9,
            timed.flops_per_sec() / self.measured.peak() * 100.0,
        )
    }
}
