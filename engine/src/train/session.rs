//! One session of a run: from its checkpoint, or from the start, to its end.

use std::cell::Cell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::average::{AVERAGE, WeightAverage};
use super::conclusion::save_model;
use super::prepare::Prepared;
use super::step_speed::SpeedProbe;
use super::{
    Best, Checkpoint, CheckpointState, Control, EpochMetrics, EpochSums, Exact, Observer, Optimiser, Pace,
    RunOptions, StepTimes, TrainError, TrainEvent, Wish, learning_rate,
};
use crate::dataset::{Batch, InputProducer};
use crate::evaluate::{Evaluation, score};
use crate::fixed::{ShippedPredictor, calibrate};
use crate::model::{
    GradientStep, LayerWeights, Mode, Network, NetworkPlan, Predictor, StepOptions, StoredModel,
};
use crate::runs::{MetricsLog, RunError, RunFolder, file_names};
use crate::settings::{Config, result_hash};
use crate::sparse::random::{Purpose, derive_seed};

/// Least time between two pictures of the blocks.
const BLOCKS_INTERVAL: Duration = Duration::from_millis(250);
/// Longest wait for calm before a step is measured against dense.
const CALM_LIMIT: Duration = Duration::from_millis(300);
/// Names of tensors in a checkpoint begin with one of these.
const WEIGHTS: &str = "weights.";
const BEST: &str = "best.";

/// Why the loop over epochs ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// All epochs done.
    Complete,
    /// No better validation accuracy for long.
    Early,
    /// The person's wish; never [`Wish::Go`] or [`Wish::Pause`].
    Asked(Wish),
}

/// Whether an epoch was completed, or what ended it.
type Step<T> = Result<Result<T, Wish>, TrainError>;

pub(super) struct Session<'a> {
    pub run: &'a RunFolder,
    pub config: &'a Config,
    pub prepared: &'a Prepared,
    pub control: &'a Control,
    pub observer: &'a dyn Observer,
    pub network: Network,
    pub state: CheckpointState,
    pub best_weights: Option<Vec<LayerWeights>>,
    average: Option<WeightAverage>,
    step: GradientStep,
    optimiser: Optimiser,
    log: MetricsLog,
    pace: Pace,
    /// Gone once it has its answer.
    probe: Option<SpeedProbe<'a>>,
    checkpoint_interval: Duration,
    last_checkpoint: Instant,
    last_blocks: Option<Instant>,
    /// A batch that was used up; its memory is used again.
    spent: Option<Batch>,
}

impl<'a> Session<'a> {
    /// Takes up the run where its checkpoint left it, or begins it.
    pub fn begin(
        run: &'a RunFolder,
        config: &'a Config,
        prepared: &'a Prepared,
        control: &'a Control,
        observer: &'a dyn Observer,
        options: &RunOptions<'a>,
    ) -> Result<Self, TrainError> {
        let plan = NetworkPlan::new(config, prepared.num_inputs(), prepared.labels().len())?;
        let network = Network::new(&plan, config.seed)?;
        let mut optimiser = Optimiser::new(&config.train, &network);
        let mut state = CheckpointState::new(result_hash(config), prepared.dataset.fingerprint().to_string());
        let mut best_weights = None;
        let average = match config.train.average {
            0.0 => None,
            share => Some(WeightAverage::new(&network, share)?),
        };
        if let Some(checkpoint) = Checkpoint::load(run)? {
            if checkpoint.state.config_hash != state.config_hash {
                return Err(TrainError::OtherSettings);
            }
            state = checkpoint.state;
            let tensors: HashMap<String, candle_core::Tensor> = checkpoint.tensors.into_iter().collect();
            network.set_weights(&weights_from(&tensors, WEIGHTS, plan.layers.len())?)?;
            optimiser.load_state(&tensors)?;
            if let Some(average) = &average {
                average.load(&tensors)?;
            }
            if state.best.is_some() {
                best_weights = Some(weights_from(&tensors, BEST, plan.layers.len())?);
            }
        }
        Ok(Self {
            run,
            config,
            prepared,
            control,
            observer,
            step: GradientStep::new(&network)?,
            optimiser,
            log: MetricsLog::open(&run.file(file_names::METRICS), &state.history)?,
            pace: Pace::new(state.train_seconds),
            probe: options
                .step_speeds
                .map(|speeds| SpeedProbe::new(speeds, &config.train, prepared.num_train())),
            network,
            state,
            best_weights,
            average,
            checkpoint_interval: options.checkpoint_interval,
            last_checkpoint: Instant::now(),
            last_blocks: None,
            spent: None,
        })
    }

    /// Trains until all epochs are done or something ends the run.
    pub fn train(&mut self) -> Result<Ending, TrainError> {
        let patterns: Vec<_> = self.network.plan().layers.iter().map(|layer| layer.pattern.clone()).collect();
        self.observer.observe(TrainEvent::Ready {
            num_batches: self.num_batches(),
            history: &self.state.history,
            patterns: &patterns,
            elapsed_secs: self.state.train_seconds,
        });
        self.observer.observe(TrainEvent::Blocks(self.network.block_magnitudes()?));
        let mut batches = self.prepared.producer(self.config, self.state.num_epochs)?;
        if let Err(wish) = self.skip_done_steps(&mut batches)? {
            return Ok(Ending::Asked(wish));
        }
        while self.state.num_epochs < self.config.train.epochs {
            if self.is_stale() {
                return Ok(Ending::Early);
            }
            if let Err(wish) = self.epoch(&mut batches)? {
                return Ok(Ending::Asked(wish));
            }
        }
        Ok(Ending::Complete)
    }

    /// Passes over the batches of the epoch in progress that the checkpoint has learnt from already.
    fn skip_done_steps(&mut self, batches: &mut InputProducer) -> Step<()> {
        for _ in 0..self.state.num_steps {
            if let Err(wish) = self.obey()? {
                return Ok(Err(wish));
            }
            self.spent = batches.next_batch(self.spent.take())?;
        }
        Ok(Ok(()))
    }

    /// Whether validation accuracy has not risen for as long as the settings allow.
    fn is_stale(&self) -> bool {
        let patience = self.config.train.patience;
        let best_epoch = self.state.best.map_or(0, |best| best.epoch);
        patience > 0 && self.state.num_epochs >= best_epoch + patience
    }

    /// Steps of an epoch.
    fn num_batches(&self) -> usize {
        self.prepared.num_train().div_ceil(self.config.train.batch)
    }

    fn epoch(&mut self, batches: &mut InputProducer) -> Step<()> {
        while self.state.num_steps < self.num_batches() {
            if let Err(wish) = self.obey()? {
                return Ok(Err(wish));
            }
            let asked = Instant::now();
            let Some(mut batch) = batches.next_batch(self.spent.take())? else { break };
            let wait = asked.elapsed();
            self.prepared.normaliser.apply(&mut batch.inputs);
            self.train_step(&batch, wait)?;
            self.spent = Some(batch);
            self.compare_with_dense(batches);
            self.look_around()?;
        }
        self.end_epoch()
    }

    /// Waits while the run is held. `Err` is the wish that ends the run.
    fn obey(&mut self) -> Step<()> {
        match self.control.wish() {
            Wish::Go => Ok(Ok(())),
            Wish::Pause => {
                self.pace.pause();
                self.save_checkpoint()?;
                let wish = self.control.wait_while_paused(|| self.observer.observe(TrainEvent::Paused));
                self.pace.resume();
                if wish != Wish::Go {
                    return Ok(Err(wish));
                }
                self.observer.observe(TrainEvent::Resumed);
                Ok(Ok(()))
            }
            wish => Ok(Err(wish)),
        }
    }

    /// Learning rate of a step of the epoch in progress.
    fn rate_at(&self, step: usize) -> f64 {
        let progress = self.state.num_epochs as f64 + step as f64 / self.num_batches().max(1) as f64;
        learning_rate(&self.config.train, progress)
    }

    /// `wait` is what the inputs were waited for.
    fn train_step(&mut self, batch: &Batch, wait: Duration) -> Result<(), TrainError> {
        let rate = self.rate_at(self.state.num_steps);
        let counter = (self.state.num_epochs * self.num_batches() + self.state.num_steps) as u64;
        let options = StepOptions {
            mode: Mode::Train { dropout_seed: derive_seed(self.config.seed, Purpose::Dropout, counter) },
            label_smoothing: self.config.train.label_smoothing as f32,
        };
        let began = Instant::now();
        let outcome = self.step.run(&self.network, &batch.inputs, &batch.labels, &options)?;
        if !outcome.loss.is_finite() {
            return Err(self.diverged(outcome.loss));
        }
        self.optimiser.step(self.step.grads(), rate)?;
        let work = began.elapsed();
        if let Some(average) = &self.average {
            average.update(&self.network, counter)?;
        }
        let sums = &mut self.state.sums;
        sums.loss.0 += outcome.loss * batch.labels.len() as f64;
        sums.correct += outcome.num_correct as u64;
        sums.count += batch.labels.len() as u64;
        self.state.num_steps += 1;
        self.pace.step(batch.labels.len(), StepTimes { wait, work });
        self.tell_step(outcome.loss, rate);
        Ok(())
    }

    fn tell_step(&self, loss: f64, rate: f64) {
        let epochs_after = self.config.train.epochs - self.state.num_epochs;
        let seen = self.state.sums.count as usize;
        let left = (epochs_after * self.prepared.num_train()).saturating_sub(seen);
        self.observer.observe(TrainEvent::Step {
            epoch: self.state.num_epochs + 1,
            batch: self.state.num_steps,
            loss,
            learning_rate: rate,
            samples_per_sec: self.pace.samples_per_sec(),
            step_secs: self.pace.step_secs(),
            wait_share: self.pace.wait_share(),
            elapsed_secs: self.pace.elapsed_secs(),
            left_secs: self.pace.left_secs(left, epochs_after),
        });
    }

    /// What is done between steps now and then: pictures of the blocks, checkpoints within long epochs.
    fn look_around(&mut self) -> Result<(), TrainError> {
        if self.last_blocks.is_none_or(|last| last.elapsed() >= BLOCKS_INTERVAL) {
            self.last_blocks = Some(Instant::now());
            self.observer.observe(TrainEvent::Blocks(self.network.block_magnitudes()?));
        }
        if self.last_checkpoint.elapsed() >= self.checkpoint_interval {
            self.save_checkpoint()?;
        }
        Ok(())
    }

    /// Goes on with the comparison, while there is one; its time is none of the run's.
    fn compare_with_dense(&mut self, batches: &InputProducer) {
        let Some(probe) = &mut self.probe else { return };
        let began = Instant::now();
        // While it waits for calm, inputs are made that the next steps will not wait for: that is training.
        let waited = Cell::new(Duration::ZERO);
        let calm = || {
            batches.wait_until_idle(CALM_LIMIT);
            waited.set(began.elapsed());
        };
        match probe.after_step(self.network.plan(), calm) {
            Ok(None) => {}
            Ok(Some(answer)) => {
                self.probe = None;
                self.observer.observe(TrainEvent::AgainstDense(answer));
            }
            Err(error) => {
                // A figure beside the run, not worth its end.
                tracing::warn!("the step is not compared with dense: {error}");
                self.probe = None;
            }
        }
        self.pace.skip(began.elapsed().saturating_sub(waited.get()));
    }

    fn end_epoch(&mut self) -> Step<()> {
        let began = Instant::now();
        let Some(validation) = self.validate()? else {
            return Ok(Err(self.control.wish()));
        };
        let sums = self.state.sums;
        if !validation.loss.is_finite() {
            return Err(self.diverged(validation.loss));
        }
        let epoch = self.state.num_epochs + 1;
        let this = Best { epoch, accuracy: Exact(validation.accuracy), loss: Exact(validation.loss) };
        let is_best = self.state.best.is_none_or(|best| this.beats(&best));
        let elapsed_secs = self.pace.elapsed_secs();
        let earlier_secs: f64 = self.state.history.iter().map(|metrics| metrics.seconds).sum();
        let metrics = EpochMetrics {
            epoch,
            learning_rate: self.rate_at(self.num_batches().saturating_sub(1)),
            train_loss: sums.loss.0 / sums.count.max(1) as f64,
            train_accuracy: sums.correct as f64 / sums.count.max(1) as f64,
            valid_loss: validation.loss,
            valid_accuracy: validation.accuracy,
            seconds: elapsed_secs - earlier_secs,
            is_best,
        };
        self.state.num_epochs = epoch;
        self.state.num_steps = 0;
        self.state.sums = EpochSums::default();
        self.state.history.push(metrics);
        if is_best {
            self.state.best = Some(this);
            self.best_weights = Some(self.measured().weights()?);
            save_model(self.run, &self.model(self.measured())?)?;
        }
        self.log.append(&metrics)?;
        self.save_checkpoint()?;
        self.pace.epoch_overhead(began.elapsed());
        self.observer.observe(TrainEvent::Epoch(&metrics));
        Ok(Ok(()))
    }

    /// The network that is measured and kept: the averaged one, if weights are averaged.
    pub fn measured(&self) -> &Network {
        self.average.as_ref().map_or(&self.network, WeightAverage::network)
    }

    /// Loss and accuracy on the validation split of the network that would be kept now; `None` when the run is ending.
    fn validate(&self) -> Result<Option<Evaluation>, TrainError> {
        let Prepared { normaliser, valid, .. } = self.prepared;
        let predictor = ShippedPredictor::Float(Predictor::new(self.measured())?);
        Ok(score(&predictor, normaliser, self.prepared.labels(), valid, Some(self.control.ending()))?)
    }

    /// The model with the weights of `network`, its activations calibrated.
    pub fn model(&self, network: &Network) -> Result<StoredModel, TrainError> {
        let labels = self.prepared.labels().to_vec();
        let mut model = StoredModel::new(network, self.config, labels, self.prepared.normaliser.clone())?;
        model.activation_exponents = calibrate(&model, &self.prepared.calibration)?;
        Ok(model)
    }

    /// Replaces the checkpoint with the state of this moment.
    pub fn save_checkpoint(&mut self) -> Result<(), TrainError> {
        self.state.train_seconds = self.pace.elapsed_secs();
        let mut tensors = std::collections::BTreeMap::new();
        for (name, var) in self.network.vars() {
            tensors.insert(format!("{WEIGHTS}{name}"), var.as_detached_tensor());
        }
        for (name, var) in self.average.iter().flat_map(|average| average.network().vars()) {
            tensors.insert(format!("{AVERAGE}{name}"), var.as_detached_tensor());
        }
        tensors.extend(self.optimiser.state()?);
        for (index, layer) in self.best_weights.iter().flatten().enumerate() {
            for (part, values) in [("blocks", &layer.blocks), ("bias", &layer.bias)] {
                let tensor = candle_core::Tensor::from_slice(values, values.len(), &candle_core::Device::Cpu);
                tensors.insert(
                    format!("{BEST}layers.{index}.{part}"),
                    tensor.map_err(crate::model::ModelError::from)?,
                );
            }
        }
        Checkpoint { state: self.state.clone(), tensors }.save(self.run)?;
        self.last_checkpoint = Instant::now();
        Ok(())
    }

    fn diverged(&self, loss: f64) -> TrainError {
        let kept = match self.state.best {
            Some(best) => format!("the weights of epoch {}, the best so far, are kept", best.epoch),
            None => "no epoch was complete, so there are no weights to keep".into(),
        };
        TrainError::Diverged {
            loss,
            epoch: self.state.num_epochs + 1,
            step: self.state.num_steps + 1,
            kept,
            learning_rate: self.config.train.learning_rate,
        }
    }
}

/// Weights of all layers among the tensors of a checkpoint.
pub(super) fn weights_from(
    tensors: &HashMap<String, candle_core::Tensor>,
    prefix: &str,
    num_layers: usize,
) -> Result<Vec<LayerWeights>, TrainError> {
    let read = |index: usize, part: &str| -> Result<Vec<f32>, TrainError> {
        let name = format!("{prefix}layers.{index}.{part}");
        let tensor = tensors.get(&name).ok_or_else(|| {
            RunError::Damaged(format!("the checkpoint has no `{name}`; remove it to train from the start"))
        })?;
        let flat = tensor.flatten_all().and_then(|tensor| tensor.to_vec1());
        Ok(flat.map_err(crate::model::ModelError::from)?)
    };
    (0..num_layers)
        .map(|index| Ok(LayerWeights { blocks: read(index, "blocks")?, bias: read(index, "bias")? }))
        .collect()
}
