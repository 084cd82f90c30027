//! Update rules, in place over packed weights.
//!
//! State lives beside the kept weights only. It can be taken out as tensors and put back, after which training goes on
//! to the same bits.

use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor, Var};
use rayon::prelude::*;

use crate::model::{ModelError, Network, with_f32_mut};
use crate::settings::{Optimiser as Rule, TrainConfig};
use crate::sparse::{Instructions, Loop, vec_from_tensor, with_f32};

/// Adam's decay rates and guard against division by zero (Kingma, Ba 2015).
const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f32 = 1e-8;

/// An update rule with its state.
///
/// | rule | update |
/// |---|---|
/// | Adam | `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`, `w -= rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)` |
/// | SGD with momentum | `m = momentum m + g`, `w -= rate m` |
///
/// Both shrink weights (not biases) by `rate * weight_decay` before the update (decoupled decay; Loshchilov,
/// Hutter 2019).
#[derive(Debug)]
pub struct Optimiser {
    rule: Rule,
    momentum: f32,
    weight_decay: f64,
    num_steps: u64,
    slots: Vec<Slot>,
}

/// One trained tensor and its state.
#[derive(Debug)]
struct Slot {
    name: String,
    var: Var,
    decays: bool,
    first: Vec<f32>,
    /// Adam only; empty otherwise.
    second: Vec<f32>,
}

impl Optimiser {
    /// A fresh optimiser for everything that the network trains.
    pub fn new(config: &TrainConfig, network: &Network) -> Self {
        let slots = network
            .vars()
            .into_iter()
            .map(|(name, var)| {
                let count = var.elem_count();
                let second = if config.optimiser == Rule::Adam { vec![0.0; count] } else { Vec::new() };
                Slot { decays: name.ends_with("blocks"), name, var, first: vec![0.0; count], second }
            })
            .collect();
        Self {
            rule: config.optimiser,
            momentum: config.momentum as f32,
            weight_decay: config.weight_decay,
            num_steps: 0,
            slots,
        }
    }

    /// Changes the weights by one step along their gradients; a weight without gradient stays.
    ///
    /// # Errors
    /// A gradient has another shape than its weights.
    pub fn step(&mut self, grads: &GradStore, learning_rate: f64) -> Result<(), ModelError> {
        self.num_steps += 1;
        let update = self.update(learning_rate);
        for slot in &mut self.slots {
            let Some(grad) = grads.get(&slot.var) else { continue };
            if grad.shape() != slot.var.shape() {
                return Err(ModelError::Input(format!(
                    "the gradient of {} has shape {:?} instead of {:?}",
                    slot.name,
                    grad.shape(),
                    slot.var.shape()
                )));
            }
            let grad = grad.contiguous()?;
            let Slot { var, first, second, decays, .. } = slot;
            let update = if *decays { update } else { Update { keep: 1.0, ..update } };
            with_f32(&grad, |grad| {
                with_f32_mut(var, |weights| match self.rule {
                    Rule::Adam => adam(update, weights, grad, first, second),
                    Rule::Sgd => sgd(update, weights, grad, first),
                })
            })??;
        }
        Ok(())
    }

    fn update(&self, learning_rate: f64) -> Update {
        let steps = self.num_steps.min(1 << 30) as i32;
        let keep = (1.0 - learning_rate * self.weight_decay) as f32;
        match self.rule {
            Rule::Adam => Update {
                keep,
                rate: (learning_rate / (1.0 - BETA1.powi(steps))) as f32,
                second_scale: (1.0 / (1.0 - BETA2.powi(steps))) as f32,
                momentum: BETA1 as f32,
            },
            Rule::Sgd => {
                Update { keep, rate: learning_rate as f32, second_scale: 1.0, momentum: self.momentum }
            }
        }
    }

    /// Steps taken.
    pub fn num_steps(&self) -> u64 {
        self.num_steps
    }

    /// The state as named tensors, for a checkpoint: moments per weight, and `optimiser.num_steps`.
    ///
    /// # Errors
    /// The tensor library fails.
    pub fn state(&self) -> Result<Vec<(String, Tensor)>, ModelError> {
        let mut state = Vec::new();
        for slot in &self.slots {
            let shape = slot.var.shape();
            let tensor = |values: &[f32]| Tensor::from_slice(values, shape, &Device::Cpu);
            state.push((format!("optimiser.first.{}", slot.name), tensor(&slot.first)?));
            if !slot.second.is_empty() {
                state.push((format!("optimiser.second.{}", slot.name), tensor(&slot.second)?));
            }
        }
        let steps = i64::try_from(self.num_steps).unwrap_or(i64::MAX);
        state.push(("optimiser.num_steps".into(), Tensor::new(&[steps], &Device::Cpu)?));
        Ok(state)
    }

    /// Puts back a state that [`Optimiser::state`] gave; tensors of other names are left alone.
    ///
    /// # Errors
    /// A tensor is missing or has another shape; the optimiser may then be half restored and must not be used.
    pub fn load_state(
        &mut self,
        state: &std::collections::HashMap<String, Tensor>,
    ) -> Result<(), ModelError> {
        let find = |name: String| {
            state.get(&name).ok_or_else(|| ModelError::Input(format!("the checkpoint has no `{name}`")))
        };
        for slot in &mut self.slots {
            restore(&mut slot.first, find(format!("optimiser.first.{}", slot.name))?)?;
            if self.rule == Rule::Adam {
                restore(&mut slot.second, find(format!("optimiser.second.{}", slot.name))?)?;
            }
        }
        let steps: Vec<i64> = find("optimiser.num_steps".into())?.to_vec1()?;
        self.num_steps = steps.first().map_or(0, |&steps| steps.unsigned_abs());
        Ok(())
    }
}

fn restore(values: &mut Vec<f32>, tensor: &Tensor) -> Result<(), ModelError> {
    let read = vec_from_tensor(tensor)?;
    if read.len() != values.len() {
        return Err(ModelError::Input(format!(
            "the checkpoint's optimiser holds {} numbers where the network has {}",
            read.len(),
            values.len()
        )));
    }
    *values = read;
    Ok(())
}

/// Numbers of one update.
#[derive(Clone, Copy)]
struct Update {
    /// Factor on the weight before the step: 1 minus its decay.
    keep: f32,
    rate: f32,
    second_scale: f32,
    momentum: f32,
}

/// Weights that one thread updates at a time.
const WEIGHTS_AT_ONCE: usize = 1 << 14;

fn adam(update: Update, weights: &mut [f32], grads: &[f32], first: &mut [f32], second: &mut [f32]) {
    weights
        .par_chunks_mut(WEIGHTS_AT_ONCE)
        .zip(grads.par_chunks(WEIGHTS_AT_ONCE))
        .zip(first.par_chunks_mut(WEIGHTS_AT_ONCE).zip(second.par_chunks_mut(WEIGHTS_AT_ONCE)))
        .for_each(|((weights, grads), (first, second))| {
            Instructions::best().run_loop(Adam { update, weights, grads, first, second });
        });
}

struct Adam<'a> {
    update: Update,
    weights: &'a mut [f32],
    grads: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
}

impl Loop for Adam<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (update, beta2) = (self.update, BETA2 as f32);
        let state = self.first.iter_mut().zip(self.second);
        for ((weight, &grad), (m, v)) in self.weights.iter_mut().zip(self.grads).zip(state) {
            *m = update.momentum * *m + (1.0 - update.momentum) * grad;
            *v = beta2 * *v + (1.0 - beta2) * grad * grad;
            *weight =
                update.keep * *weight - update.rate * *m / ((*v * update.second_scale).sqrt() + EPSILON);
        }
    }
}

fn sgd(update: Update, weights: &mut [f32], grads: &[f32], first: &mut [f32]) {
    weights
        .par_chunks_mut(WEIGHTS_AT_ONCE)
        .zip(grads.par_chunks(WEIGHTS_AT_ONCE))
        .zip(first.par_chunks_mut(WEIGHTS_AT_ONCE))
        .for_each(|((weights, grads), first)| {
            Instructions::best().run_loop(Sgd { update, weights, grads, first });
        });
}

struct Sgd<'a> {
    update: Update,
    weights: &'a mut [f32],
    grads: &'a [f32],
    first: &'a mut [f32],
}

impl Loop for Sgd<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let update = self.update;
        for ((weight, &grad), m) in self.weights.iter_mut().zip(self.grads).zip(self.first) {
            *m = update.momentum * *m + grad;
            *weight = update.keep * *weight - update.rate * *m;
        }
    }
}
