//! How much faster a run's training step is than that of the dense network of the same sizes.
//!
//! Measured on this machine, on the threads of the run, in a few short rounds between its first steps: a density says
//! how many multiplications are left, not how long they take. The two networks that take turns here have weights,
//! inputs and random numbers of their own, so a run that is measured ends with the bits of one that is not. They are
//! gone when the figure is known.
//!
//! While they take turns the run asks for no inputs, and the threads that make those have nothing to do and disturb
//! neither.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Optimiser;
use crate::model::{GradientStep, LayerPlan, Mode, ModelError, Network, NetworkPlan, StepOptions};
use crate::settings::{Optimiser as Rule, Quantiser, TrainConfig};
use crate::sparse::LayerStructure;
use crate::sparse::random::Random;

/// Rounds that count; the one before them warms caches and buffers up.
const ROUNDS: usize = 9;
/// Rounds that count at least, also where the budget is spent before.
const FEWEST_ROUNDS: usize = 2;
/// Time after which no more than the fewest rounds are done.
const BUDGET: Duration = Duration::from_millis(500);
/// Time that each network has in a round, one step at least. Short steps are repeated, so that their weights are as warm
/// as they are in use, and averaged, so that whatever else runs on the machine slows both networks alike.
const STRETCH: Duration = Duration::from_millis(20);
/// Time between two steps of the run that is filled with rounds, one at least: too short to be seen as a stop.
const SITTING: Duration = Duration::from_millis(200);
/// A dense step that would hold up the run for longer is not taken.
const LONGEST_DENSE_SECS: f64 = 0.8;
/// A dense network of more weights is not made: weights, gradients and Adam's state are 16 bytes each, codes 4 more.
const MOST_DENSE_WEIGHTS: u64 = 1 << 25;
/// Speeds that are remembered.
const MOST_KNOWN: usize = 256;
/// How long a speed holds: what else runs on the machine changes, and a short run of a sweep shall not be measured again.
const HOLDS: Duration = Duration::from_secs(120);
/// Seed of everything that is made up.
const SEED: u64 = 1;

/// Seconds of one training step (forward, loss, backward, update), the median of a few rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepSpeed {
    /// Of the run's network: kept blocks only.
    pub block_secs: f64,
    /// Of the dense network of the same sizes, with the same bits, batch, update rule and threads.
    pub dense_secs: f64,
}

impl StepSpeed {
    /// How many times as fast as dense: `dense_secs / block_secs`; below 1 where dense is faster.
    pub fn speed_up(&self) -> f64 {
        self.dense_secs / self.block_secs
    }
}

/// How a run's training step compares with the dense one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum AgainstDense {
    /// Not measured yet, or not asked for.
    #[default]
    Unknown,
    /// The network keeps every weight: it is the dense one.
    IsDense,
    /// A step of the dense network would take too long, or too much memory, beside a run.
    TooLarge,
    /// Measured.
    Measured(StepSpeed),
}

/// Speeds measured lately, by all that they depend on: the short runs of a sweep share them.
#[derive(Debug, Default)]
pub struct StepSpeeds {
    known: Mutex<VecDeque<Known>>,
}

/// A speed that was measured.
#[derive(Debug)]
struct Known {
    case: Case,
    speed: StepSpeed,
    measured: Instant,
}

impl StepSpeeds {
    /// The speed of a case, where it was measured within [`HOLDS`] before `now`.
    fn find(&self, case: &Case, now: Instant) -> Option<StepSpeed> {
        let holds =
            |known: &&Known| known.case == *case && now.saturating_duration_since(known.measured) < HOLDS;
        self.lock().iter().find(holds).map(|known| known.speed)
    }

    fn keep(&self, case: Case, speed: StepSpeed) {
        let mut known = self.lock();
        known.retain(|old| old.case != case);
        known.push_back(Known { case, speed, measured: Instant::now() });
        if known.len() > MOST_KNOWN {
            known.pop_front();
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Known>> {
        // A list of plain values: whole even after a panic elsewhere.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything that the time of a step depends on.
#[derive(Debug, Clone, PartialEq)]
struct Case {
    layers: Vec<(LayerStructure, u32, Quantiser)>,
    has_dropout: bool,
    batch: usize,
    rule: Rule,
    threads: usize,
}

impl Case {
    /// The case of a run, on the threads of the pool that asks.
    fn of(plan: &NetworkPlan, config: &TrainConfig) -> Self {
        let layer = |layer: &LayerPlan| {
            // Which blocks a seed draws does not change how many there are.
            let structure = LayerStructure { seed: 0, ..layer.pattern.structure.clone() };
            (structure, layer.weight_bits, layer.quantiser)
        };
        Self {
            layers: plan.layers.iter().map(layer).collect(),
            has_dropout: plan.dropout > 0.0,
            batch: config.batch,
            rule: config.optimiser,
            threads: rayon::current_num_threads(),
        }
    }
}

/// Finds out, between the first steps of a run, how it compares with dense.
#[derive(Debug)]
pub(super) struct SpeedProbe<'a> {
    speeds: &'a StepSpeeds,
    config: TrainConfig,
    trial: Option<Trial>,
}

impl<'a> SpeedProbe<'a> {
    /// For a run of these settings on `num_train` clips: no batch is larger than all of them.
    pub fn new(speeds: &'a StepSpeeds, config: &TrainConfig, num_train: usize) -> Self {
        let config = TrainConfig { batch: config.batch.min(num_train), ..config.clone() };
        Self { speeds, config, trial: None }
    }

    /// Called after every step of the run; measures for a short while, or for one step of each network where those are
    /// long. `calm` is called before: it sees to it that nothing else computes. Once it has answered, the probe has done
    /// its work.
    ///
    /// # Errors
    /// The tensor library fails. The run need not care.
    pub fn after_step(
        &mut self,
        plan: &NetworkPlan,
        calm: impl FnOnce(),
    ) -> Result<Option<AgainstDense>, ModelError> {
        if let Some(trial) = &mut self.trial {
            calm();
            let answer = trial.sit()?;
            if let Some(AgainstDense::Measured(speed)) = answer {
                self.speeds.keep(Case::of(plan, &self.config), speed);
            }
            return Ok(answer);
        }
        if plan.layers.iter().all(|layer| layer.pattern.is_dense()) {
            return Ok(Some(AgainstDense::IsDense));
        }
        if let Some(speed) = self.speeds.find(&Case::of(plan, &self.config), Instant::now()) {
            return Ok(Some(AgainstDense::Measured(speed)));
        }
        if plan.dense_weights() > MOST_DENSE_WEIGHTS {
            return Ok(Some(AgainstDense::TooLarge));
        }
        self.trial = Some(Trial::new(plan, &self.config)?);
        Ok(None)
    }
}

/// Two networks that take turns on the same made-up batch.
#[derive(Debug)]
struct Trial {
    block: Twin,
    dense: Twin,
    inputs: Vec<f32>,
    labels: Vec<u32>,
    /// The longest dense step that is taken, in seconds.
    longest_dense_secs: f64,
    num_rounds: usize,
    spent: Duration,
}

impl Trial {
    fn new(plan: &NetworkPlan, config: &TrainConfig) -> Result<Self, ModelError> {
        let mut random = Random::new(SEED);
        let inputs = (0..config.batch * plan.num_inputs()).map(|_| random.unit() as f32 * 2.0 - 1.0);
        let inputs = inputs.collect();
        let labels = (0..config.batch).map(|_| random.below(plan.num_outputs() as u64) as u32).collect();
        Ok(Self {
            block: Twin::new(plan, config)?,
            dense: Twin::new(&plan.dense()?, config)?,
            inputs,
            labels,
            longest_dense_secs: LONGEST_DENSE_SECS,
            num_rounds: 0,
            spent: Duration::ZERO,
        })
    }

    /// Rounds for the time of a sitting; the answer, once there is one.
    fn sit(&mut self) -> Result<Option<AgainstDense>, ModelError> {
        let began = Instant::now();
        loop {
            if !self.round()? {
                return Ok(Some(AgainstDense::TooLarge));
            }
            let speed = self.verdict();
            if speed.is_some() || began.elapsed() >= SITTING {
                return Ok(speed.map(AgainstDense::Measured));
            }
        }
    }

    /// Both networks once, so that a machine that drifts drifts for both. False where a dense step would take too long.
    fn round(&mut self) -> Result<bool, ModelError> {
        let began = Instant::now();
        self.block.stretch(&self.inputs, &self.labels)?;
        if self.num_rounds == 0 && self.dense_guess_secs() > self.longest_dense_secs {
            return Ok(false);
        }
        self.dense.stretch(&self.inputs, &self.labels)?;
        if self.num_rounds == 0 {
            self.block.secs.clear();
            self.dense.secs.clear();
        }
        self.num_rounds += 1;
        self.spent += began.elapsed();
        Ok(true)
    }

    /// Seconds of a dense step as its multiplications let expect, from the quickest steps of blocks.
    fn dense_guess_secs(&self) -> f64 {
        let quickest = self.block.secs.iter().copied().fold(f64::INFINITY, f64::min);
        let [block, dense] = [&self.block, &self.dense].map(|twin| twin.network.plan().macs() as f64);
        quickest * dense / block.max(1.0)
    }

    /// The medians, once there were rounds enough.
    fn verdict(&self) -> Option<StepSpeed> {
        let counted = self.num_rounds.saturating_sub(1);
        let is_over = counted >= ROUNDS || counted >= FEWEST_ROUNDS && self.spent >= BUDGET;
        is_over.then(|| StepSpeed {
            block_secs: median(self.block.secs.clone()),
            dense_secs: median(self.dense.secs.clone()),
        })
    }
}

/// A network with all that its training step needs.
#[derive(Debug)]
struct Twin {
    network: Network,
    step: GradientStep,
    optimiser: Optimiser,
    /// Mean seconds of a step, stretch by stretch.
    secs: Vec<f64>,
}

impl Twin {
    fn new(plan: &NetworkPlan, config: &TrainConfig) -> Result<Self, ModelError> {
        let network = Network::new(plan, SEED)?;
        let step = GradientStep::new(&network)?;
        let optimiser = Optimiser::new(config, &network);
        Ok(Self { network, step, optimiser, secs: Vec::new() })
    }

    fn stretch(&mut self, inputs: &[f32], labels: &[u32]) -> Result<(), ModelError> {
        let options = StepOptions { mode: Mode::Train { dropout_seed: SEED }, label_smoothing: 0.0 };
        let began = Instant::now();
        let mut num_steps = 0;
        while num_steps == 0 || began.elapsed() < STRETCH {
            self.step.run(&self.network, inputs, labels, &options)?;
            // A rate of 0 costs what any other costs, and the weights stay where numbers are ordinary.
            self.optimiser.step(self.step.grads(), 0.0)?;
            num_steps += 1;
        }
        self.secs.push(began.elapsed().as_secs_f64() / f64::from(num_steps));
        Ok(())
    }
}

/// Middle value, the lower of two; 0 where there is none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::settings::Config;
    use crate::sparse::Pattern;

    fn plan(drop: f64, hidden: &[usize]) -> (NetworkPlan, TrainConfig) {
        let mut config = Config::default();
        config.model.hidden = hidden.to_vec();
        config.set("sparsity.block", "8").unwrap();
        config.set("sparsity.drop", &drop.to_string()).unwrap();
        config.train.batch = 16;
        (NetworkPlan::new(&config, 40, 6).unwrap(), config.train)
    }

    /// Steps until the probe answers, and the answer.
    fn ask(speeds: &StepSpeeds, plan: &NetworkPlan, config: &TrainConfig) -> (usize, AgainstDense) {
        let mut probe = SpeedProbe::new(speeds, config, 1000);
        for step in 1..100 {
            if let Some(answer) = probe.after_step(plan, || {}).unwrap() {
                return (step, answer);
            }
        }
        panic!("no answer in a hundred steps");
    }

    #[test]
    fn a_block_sparse_network_is_measured_once_for_all_seeds() {
        let speeds = StepSpeeds::default();
        let (network, config) = plan(0.75, &[32, 24]);
        let (steps, first) = ask(&speeds, &network, &config);
        assert!(steps > 1, "the first step is the run's own");
        let AgainstDense::Measured(speed) = first else { panic!("{first:?}") };
        assert!(speed.block_secs.is_finite() && speed.block_secs > 0.0);
        assert!(speed.dense_secs.is_finite() && speed.dense_secs > 0.0);
        assert_eq!(speed.speed_up(), speed.dense_secs / speed.block_secs);
        let mut other_seed = network.clone();
        for layer in &mut other_seed.layers {
            let structure = LayerStructure { seed: 77, ..layer.pattern.structure.clone() };
            layer.pattern = Arc::new(Pattern::draw(structure, None).unwrap());
        }
        assert_eq!(ask(&speeds, &other_seed, &config), (1, first));
        // Another batch is another case.
        let (steps, _) = ask(&speeds, &network, &TrainConfig { batch: 8, ..config });
        assert!(steps > 1);
    }

    #[test]
    fn a_dense_network_is_not_held_against_itself() {
        let speeds = StepSpeeds::default();
        let (network, config) = plan(0.0, &[32, 24]);
        assert_eq!(ask(&speeds, &network, &config), (1, AgainstDense::IsDense));
        assert!(speeds.lock().is_empty());
    }

    #[test]
    fn what_would_hold_up_the_run_is_left_out() {
        let (large, config) = plan(0.75, &[8192, 8192]);
        assert_eq!(ask(&StepSpeeds::default(), &large, &config), (1, AgainstDense::TooLarge));
        let (small, config) = plan(0.75, &[32, 24]);
        let slow = Trial { longest_dense_secs: 1e-12, ..Trial::new(&small, &config).unwrap() };
        let speeds = StepSpeeds::default();
        let mut probe = SpeedProbe { trial: Some(slow), ..SpeedProbe::new(&speeds, &config, 1000) };
        let mut is_calm = false;
        let answer = probe.after_step(&small, || is_calm = true).unwrap();
        assert_eq!(answer, Some(AgainstDense::TooLarge));
        assert!(is_calm && speeds.lock().is_empty());
        assert_eq!(probe.trial.unwrap().num_rounds, 0, "no dense step was taken");
    }

    #[test]
    fn the_dense_network_has_the_same_sizes_and_bits() {
        let (network, _) = plan(0.75, &[32, 24]);
        let dense = network.dense().unwrap();
        assert_eq!(dense.macs(), network.dense_weights());
        assert!(dense.layers.iter().all(|layer| layer.pattern.is_dense()));
        for (dense, block) in dense.layers.iter().zip(&network.layers) {
            assert_eq!((dense.weight_bits, dense.quantiser), (block.weight_bits, block.quantiser));
            assert_eq!(dense.pattern.structure.out_features, block.pattern.structure.out_features);
            assert_eq!(dense.pattern.structure.in_features, block.pattern.structure.in_features);
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let speeds = StepSpeeds::default();
        let (network, config) = plan(0.75, &[8]);
        let speed = StepSpeed { block_secs: 1.0, dense_secs: 2.0 };
        for batch in 0..MOST_KNOWN + 3 {
            speeds.keep(Case::of(&network, &TrainConfig { batch, ..config.clone() }), speed);
        }
        assert_eq!(speeds.lock().len(), MOST_KNOWN);
        let newest = TrainConfig { batch: MOST_KNOWN + 2, ..config };
        let (case, now) = (Case::of(&network, &newest), Instant::now());
        assert_eq!(speeds.find(&case, now), Some(speed));
        assert_eq!(speeds.find(&case, now + HOLDS), None, "the machine may be busier or calmer by then");
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), 2.0);
        assert_eq!(median(Vec::new()), 0.0);
    }
}
