//! How fast a run goes, how long it will take, and its loss curve in few points.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::step_speed::median;

/// Speed is averaged over this time.
const WINDOW: Duration = Duration::from_secs(5);
/// Steps whose median time is told.
const NUM_TIMES: usize = 31;

/// Where the time of a step went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StepTimes {
    /// Waiting for its inputs.
    pub wait: Duration,
    /// Gradients and update.
    pub work: Duration,
}

/// Measures speed and time left. Pauses do not count.
#[derive(Debug)]
pub struct Pace {
    /// Seconds of earlier sessions, and of this one up to the last pause.
    past_secs: f64,
    since: Instant,
    recent: VecDeque<Step>,
    /// Of all of `recent`.
    recent_samples: usize,
    recent_wait: Duration,
    work_secs: VecDeque<f64>,
    /// Speed and waiting before `recent` was forgotten.
    last: (f64, f64),
    epoch_overhead_secs: f64,
}

/// A finished step.
#[derive(Debug, Clone, Copy)]
struct Step {
    end: Instant,
    num_samples: usize,
    wait: Duration,
}

impl Pace {
    /// Begins now, `past_secs` of training after the run began.
    pub fn new(past_secs: f64) -> Self {
        Self {
            past_secs,
            since: Instant::now(),
            recent: VecDeque::new(),
            recent_samples: 0,
            recent_wait: Duration::ZERO,
            work_secs: VecDeque::new(),
            last: (0.0, 0.0),
            epoch_overhead_secs: 0.0,
        }
    }

    /// Seconds of training so far.
    pub fn elapsed_secs(&self) -> f64 {
        self.past_secs + self.since.elapsed().as_secs_f64()
    }

    /// Counts a finished step of `num_samples` clips.
    pub fn step(&mut self, num_samples: usize, times: StepTimes) {
        self.step_at(Instant::now(), num_samples, times);
    }

    fn step_at(&mut self, end: Instant, num_samples: usize, times: StepTimes) {
        self.recent.push_back(Step { end, num_samples, wait: times.wait });
        self.recent_samples += num_samples;
        self.recent_wait += times.wait;
        while let Some(&first) = self.recent.front()
            && end.duration_since(first.end) > WINDOW
            && self.recent.len() > 2
        {
            self.recent.pop_front();
            self.recent_samples -= first.num_samples;
            self.recent_wait -= first.wait;
        }
        self.work_secs.push_back(times.work.as_secs_f64());
        if self.work_secs.len() > NUM_TIMES {
            self.work_secs.pop_front();
        }
    }

    /// Tells how long validation and saving at the end of an epoch took.
    pub fn epoch_overhead(&mut self, spent: Duration) {
        self.epoch_overhead_secs = spent.as_secs_f64();
        self.forget_recent();
    }

    /// Leaves out time since the last step that was no training.
    pub fn skip(&mut self, spent: Duration) {
        self.since += spent;
        self.recent.iter_mut().for_each(|step| step.end += spent);
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
        self.recently().0
    }

    /// Share of the last seconds that was spent waiting for inputs, 0 to 1; 0 before the second step.
    pub fn wait_share(&self) -> f64 {
        self.recently().1
    }

    /// Median seconds of the gradients and the update of the latest steps; 0 before the first.
    pub fn step_secs(&self) -> f64 {
        median(self.work_secs.iter().copied().collect())
    }

    /// Clips per second, and the share of time spent waiting.
    fn recently(&self) -> (f64, f64) {
        let (Some(first), Some(last)) = (self.recent.front(), self.recent.back()) else { return self.last };
        let secs = last.end.duration_since(first.end).as_secs_f64();
        if secs <= 0.0 {
            return self.last;
        }
        // The first step ended where the measured time begins.
        let wait_secs = (self.recent_wait - first.wait).as_secs_f64();
        ((self.recent_samples - first.num_samples) as f64 / secs, (wait_secs / secs).min(1.0))
    }

    /// Seconds for `num_samples` more clips and `num_epochs` more ends of epochs.
    pub fn left_secs(&self, num_samples: usize, num_epochs: usize) -> Option<f64> {
        let speed = self.samples_per_sec();
        (speed > 0.0).then(|| num_samples as f64 / speed + num_epochs as f64 * self.epoch_overhead_secs)
    }

    /// The time between two steps was no time of training.
    fn forget_recent(&mut self) {
        // The last speed is a better guess for the next step than none.
        self.last = self.recently();
        self.recent.clear();
        (self.recent_samples, self.recent_wait) = (0, Duration::ZERO);
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

    /// A pace after steps of 50 clips, 10 ms apart, of which it waited 4 and worked 5.
    fn after(num_steps: u32) -> (Pace, Instant) {
        let mut pace = Pace::new(10.0);
        let mut now = pace.since;
        for _ in 0..num_steps {
            now += Duration::from_millis(10);
            pace.step_at(now, 50, times(4, 5));
        }
        (pace, now)
    }

    fn times(wait_ms: u64, work_ms: u64) -> StepTimes {
        StepTimes { wait: Duration::from_millis(wait_ms), work: Duration::from_millis(work_ms) }
    }

    fn is_near(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-6 * expected.abs().max(1.0)
    }

    #[test]
    fn speed_and_waiting_are_those_of_the_last_seconds() {
        let (pace, _) = after(1);
        assert_eq!((pace.samples_per_sec(), pace.wait_share()), (0.0, 0.0));
        assert_eq!(pace.left_secs(100, 1), None);
        let (mut pace, now) = after(3);
        assert!(is_near(pace.samples_per_sec(), 5000.0), "{}", pace.samples_per_sec());
        assert!(is_near(pace.wait_share(), 0.4), "{}", pace.wait_share());
        assert!(pace.left_secs(100, 0).is_some_and(|left| is_near(left, 0.02)));
        let late = now + 2 * WINDOW;
        pace.step_at(late, 50, times(0, 5));
        pace.step_at(late + Duration::from_millis(100), 50, times(0, 5));
        assert!(is_near(pace.samples_per_sec(), 500.0), "{}", pace.samples_per_sec());
        assert_eq!(pace.wait_share(), 0.0);
    }

    #[test]
    fn one_slow_step_does_not_move_the_time_of_a_step() {
        let (mut pace, now) = after(NUM_TIMES as u32);
        pace.step_at(now + Duration::from_secs(1), 50, times(0, 900));
        assert!(is_near(pace.step_secs(), 0.005), "{}", pace.step_secs());
        assert_eq!(after(0).0.step_secs(), 0.0);
    }

    #[test]
    fn speed_is_not_lost_where_the_clock_stood_still() {
        let (mut pace, now) = after(3);
        pace.epoch_overhead(Duration::from_millis(30));
        assert!(is_near(pace.samples_per_sec(), 5000.0));
        pace.step_at(now + Duration::from_secs(1), 50, times(0, 5));
        assert!(is_near(pace.samples_per_sec(), 5000.0), "{}", pace.samples_per_sec());
        assert!(pace.left_secs(0, 2).is_some_and(|left| is_near(left, 0.06)));
    }

    #[test]
    fn what_is_skipped_is_in_no_figure() {
        let (mut pace, now) = after(2);
        pace.skip(Duration::from_secs(100));
        pace.step_at(now + Duration::from_millis(100_010), 50, times(4, 5));
        assert!(is_near(pace.samples_per_sec(), 5000.0), "{}", pace.samples_per_sec());
        assert_eq!(pace.elapsed_secs(), 10.0, "the clock starts when the time left out is over");
    }

    #[test]
    fn pauses_do_not_count() {
        let (mut pace, _) = after(2);
        assert!(pace.elapsed_secs() >= 10.0);
        pace.pause();
        let before = pace.past_secs;
        let end = Instant::now();
        pace.resume();
        // Only what was before the pause and what comes after it.
        assert!(pace.past_secs == before && pace.since >= end);
    }
}
