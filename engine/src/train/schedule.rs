//! The learning rate over a run.

use crate::settings::{Schedule, TrainConfig};

/// Learning rate of a step.
///
/// `progress` is the place of the step in the run, in epochs with fraction: 0 for the first step.
/// - constant: `lr`
/// - cosine: `lr * (1 + cos(pi * progress / epochs)) / 2`
/// - step: `lr * step_factor ^ floor(progress / step_epochs)`
pub fn learning_rate(config: &TrainConfig, progress: f64) -> f64 {
    let peak = config.learning_rate;
    match config.schedule {
        Schedule::Constant => peak,
        Schedule::Cosine => {
            let share = (progress / config.epochs.max(1) as f64).clamp(0.0, 1.0);
            peak * 0.5 * (1.0 + (std::f64::consts::PI * share).cos())
        }
        Schedule::Step => {
            let num_falls = (progress / config.step_epochs.max(1) as f64).floor();
            peak * config.step_factor.powf(num_falls)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(schedule: Schedule, at: &[f64]) -> Vec<f64> {
        let config = TrainConfig {
            schedule,
            epochs: 20,
            learning_rate: 2.0,
            step_epochs: 5,
            step_factor: 0.5,
            ..TrainConfig::default()
        };
        at.iter().map(|&progress| learning_rate(&config, progress)).collect()
    }

    #[test]
    fn schedules_follow_their_formulas() {
        let at = [0.0, 4.99, 5.0, 10.0, 20.0];
        assert_eq!(rates(Schedule::Constant, &at), [2.0; 5]);
        assert_eq!(rates(Schedule::Step, &at), [2.0, 2.0, 1.0, 0.5, 0.125]);
        let cosine = rates(Schedule::Cosine, &at);
        assert_eq!(cosine[0], 2.0);
        assert!((cosine[3] - 1.0).abs() < 1e-12 && cosine[4].abs() < 1e-12);
        assert!(cosine.is_sorted_by(|a, b| a > b));
    }
}
