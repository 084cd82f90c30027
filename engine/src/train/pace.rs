//! How fast a run goes, how long it will take, and its loss curve in few points.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Speed is averaged over this time.
const WINDOW: Duration = Duration::from_secs(5);

/// Measures speed and time left. Pauses do not count.
#[derive(Debug)]
pub struct Pace {
    /// Seconds of earlier sessions, and of this one up to the last pause.
    past_secs: f64,
    since: Instant,
    recent: VecDeque<(Instant, usize)>,
    recent_samples: usize,
    epoch_overhead_secs: f64,
}

impl Pace {
    /// Begins now, `past_secs` of training after the run began.
    pub fn new(past_secs: f64) -> Self {
        Self {
            past_secs,
            since: Instant::now(),
            recent: VecDeque::new(),
            recent_samples: 0,
            epoch_overhead_secs: 0.0,
        }
    }

    /// Seconds of training so far.
    pub fn elapsed_secs(&self) -> f64 {
        self.past_secs + self.since.elapsed().as_secs_f64()
    }

    /// Counts a finished step of `num_samples` clips.
    pub fn step(&mut self, num_samples: usize) {
        let now = Instant::now();
        self.recent.push_back((now, num_samples));
        self.recent_samples += num_samples;
        while let Some(&(time, samples)) = self.recent.front()
            && now.duration_since(time) > WINDOW
            && self.recent.len() > 2
        {
            self.recent.pop_front();
            self.recent_samples -= samples;
        }
    }

    /// Tells how long validation and saving at the end of an epoch took.
    pub fn epoch_overhead(&mut self, spent: Duration) {
        self.epoch_overhead_secs = spent.as_secs_f64();
        self.forget_recent();
    }

    /// Stops the clock for the time of a pause.
    pub fn pause(&mut self) {
        self.past_secs = self.elapsed_secs();
        self.since = Instant::now();
        self.forget_recent();
    }

    /// Starts the clock again.
    pub fn resume(&mut self) {
        self.since = Instant::now();
        self.forget_recent();
    }

    /// Clips per second over the last seconds; 0 before the second step.
    pub fn samples_per_sec(&self) -> f64 {
        let (Some(first), Some(last)) = (self.recent.front(), self.recent.back()) else { return 0.0 };
        let seconds = last.0.duration_since(first.0).as_secs_f64();
        // The first step ended where the measured time begins.
        let samples = self.recent_samples - first.1;
        if seconds > 0.0 { samples as f64 / seconds } else { 0.0 }
    }

    /// Seconds for `num_samples` more clips and `num_epochs` more ends of epochs.
    pub fn left_secs(&self, num_samples: usize, num_epochs: usize) -> Option<f64> {
        let speed = self.samples_per_sec();
        (speed > 0.0).then(|| num_samples as f64 / speed + num_epochs as f64 * self.epoch_overhead_secs)
    }

    /// The time between two steps was no time of training.
    fn forget_recent(&mut self) {
        // The last speed is a better guess for the next step than none; it is replaced step by step.
        self.recent.clear();
        self.recent_samples = 0;
    }
}

/// A curve that is kept to a few hundred points: when it is full, neighbours are averaged in pairs.
#[derive(Debug, Clone)]
pub struct ThinnedCurve {
    points: Vec<(f64, f32)>,
    capacity: usize,
    /// Values averaged into one point.
    stride: usize,
    sum: (f64, f64),
    count: usize,
}

impl ThinnedCurve {
    /// At most `capacity` points, an even number of at least 2.
    pub fn new(capacity: usize) -> Self {
        let capacity = (capacity.max(2) / 2) * 2;
        Self { points: Vec::with_capacity(capacity), capacity, stride: 1, sum: (0.0, 0.0), count: 0 }
    }

    /// Appends a point. Each shown point is the mean of `stride` neighbours, in both coordinates.
    pub fn push(&mut self, x: f64, y: f32) {
        self.sum.0 += x;
        self.sum.1 += f64::from(y);
        self.count += 1;
        if self.count < self.stride {
            return;
        }
        self.points.push((self.sum.0 / self.count as f64, (self.sum.1 / self.count as f64) as f32));
        self.sum = (0.0, 0.0);
        self.count = 0;
        if self.points.len() == self.capacity {
            let halves = self.points.chunks_exact(2);
            self.points =
                halves.map(|pair| ((pair[0].0 + pair[1].0) / 2.0, (pair[0].1 + pair[1].1) / 2.0)).collect();
            self.stride *= 2;
        }
    }

    /// The points, in the order in which they came.
    pub fn points(&self) -> &[(f64, f32)] {
        &self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_keeps_its_mean_in_few_points() {
        let mut curve = ThinnedCurve::new(100);
        for step in 0..6400 {
            curve.push(f64::from(step), (step % 10) as f32);
            assert!(curve.points().len() < 100);
        }
        let points = curve.points();
        assert!(points.len() >= 50 && points.is_sorted_by(|a, b| a.0 < b.0));
        let mean = points.iter().map(|point| point.1).sum::<f32>() / points.len() as f32;
        assert!((mean - 4.5).abs() < 0.05, "{mean}");
    }

    #[test]
    fn speed_counts_only_steps() {
        let mut pace = Pace::new(10.0);
        assert_eq!(pace.samples_per_sec(), 0.0);
        assert_eq!(pace.left_secs(100, 1), None);
        pace.step(50);
        std::thread::sleep(Duration::from_millis(20));
        pace.step(50);
        let speed = pace.samples_per_sec();
        assert!(speed > 0.0 && speed <= 50.0 / 0.02);
        assert!(pace.left_secs(100, 0).is_some_and(|left| left >= 0.04));
        assert!(pace.elapsed_secs() >= 10.02);
        pace.pause();
        let held = pace.elapsed_secs();
        std::thread::sleep(Duration::from_millis(20));
        pace.resume();
        assert!(pace.elapsed_secs() < held + 0.02);
    }
}
