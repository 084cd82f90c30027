//! A run measured at other bits than it was trained with.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{BitsJob, Phases, Undone, numbers};
use crate::dataset::{ComputeOptions, Dataset, DatasetError, Inputs};
use crate::evaluate::significance::Paired;
use crate::evaluate::{
    BitsPoint, EvaluateError, calibration_inputs, other_recordings_note, score, sweep_bits, validation_inputs,
};
use crate::fixed::ShippedPredictor;
use crate::memory::Bill;
use crate::model::StoredModel;
use crate::protocol::{Event, Progress, RunBits};
use crate::runs::{RunFolder, RunId, file_names};

/// Runs whose measurement is kept.
const MOST_KEPT: usize = 16;
/// Weight bits that are tried, beside the run's own.
const WEIGHT_BITS: std::ops::RangeInclusive<u32> = 2..=8;
/// Activation bits that are tried, beside the run's own.
const ACTIVATION_BITS: std::ops::RangeInclusive<u32> = 4..=8;
/// Width of floating point, where a sweep names bits.
const FLOAT: u32 = 32;
/// The other width while one is varied, where the run's own is floating point.
const USUAL_BITS: u32 = 8;

impl BitsJob {
    pub(super) fn sweep(&self, run: RunId, cancel: &AtomicBool) {
        let starting = Progress { what: "Reading the model".into(), ..Progress::default() };
        self.context.board.bits.update(|view| {
            view.measuring = Some((run.clone(), starting));
            view.failure = None;
        });
        let measured = self.measure(&run, cancel);
        self.end_sweep(&run, measured);
    }

    /// Publishes what came of a measurement.
    pub(super) fn end_sweep(&self, run: &RunId, measured: Result<RunBits, Undone>) {
        let event = match &measured {
            Ok(_) => Event::BitsSwept(run.clone()),
            Err(Undone::Cancelled) => Event::SweepCancelled(run.clone()),
            Err(Undone::Failed(message)) => Event::SweepFailed { run: run.clone(), message: message.clone() },
        };
        self.context.board.bits.update(|view| {
            view.measuring = None;
            match measured {
                Ok(bits) => {
                    view.measured.retain(|old| old.run != *run);
                    view.measured.push(Arc::new(bits));
                    let surplus = view.measured.len().saturating_sub(MOST_KEPT);
                    view.measured.drain(..surplus);
                }
                Err(Undone::Cancelled) => {}
                Err(Undone::Failed(message)) => view.failure = Some((run.clone(), message)),
            }
        });
        self.context.events.send(event);
    }

    fn measure(&self, run: &RunId, cancel: &AtomicBool) -> Result<RunBits, Undone> {
        let show =
            |progress| self.context.board.bits.update(|view| view.measuring = Some((run.clone(), progress)));
        let phases = Phases::new(cancel, &self.context.closing, &show);
        let folder =
            RunFolder::open(&self.context.options.runs_folder.join(&run.0)).map_err(Undone::failed)?;
        let model = StoredModel::load(&folder.file(file_names::MODEL)).map_err(Undone::failed)?;
        let dataset =
            phases.run("Reading recordings", |options| self.dataset(&folder, &model.config, options))?;
        let calibration = phases
            .run("Computing training inputs", |options| calibration_inputs(&model, &dataset, options))?;
        let inputs = phases
            .run("Computing validation inputs", |options| validation_inputs(&model, &dataset, options))?;
        if inputs.rows() == 0 {
            let what =
                "the validation split of the run's dataset has no clips to measure on; open Data to see why";
            return Err(Undone::Failed(what.into()));
        }
        let points =
            phases.run("Measuring", |options| measure_points(&model, &inputs, &calibration, options))?;
        let Points { own, is_integer, float, by_weight_bits, by_activation_bits } = points;
        Ok(RunBits {
            run: run.clone(),
            own,
            is_integer,
            float,
            by_weight_bits,
            by_activation_bits,
            num_clips: inputs.rows(),
            layers: numbers::of_layers(&model, &calibration).map_err(Undone::failed)?,
            notes: notes(&folder, &dataset),
        })
    }
}

/// The measured points of a run.
struct Points {
    own: BitsPoint,
    is_integer: bool,
    float: BitsPoint,
    by_weight_bits: Vec<BitsPoint>,
    by_activation_bits: Vec<BitsPoint>,
}

fn measure_points(
    model: &StoredModel,
    inputs: &Inputs,
    calibration: &[f32],
    options: ComputeOptions<'_>,
) -> Result<Points, EvaluateError> {
    let (weight_bits, activation_bits) = (model.config.quant.weight_bits, model.config.quant.activation_bits);
    let predictor = ShippedPredictor::of(model)?;
    let cancelled = || EvaluateError::from(DatasetError::Cancelled);
    let own = score(&predictor, &model.normaliser, &model.labels, inputs, Some(options.cancel))?;
    let own = own.ok_or_else(cancelled)?;
    let hits = own.hits(inputs);
    let own = BitsPoint {
        weight_bits,
        activation_bits,
        accuracy: own.accuracy,
        memory_bits: Bill::of(&model.plan).total.total,
        against_own: Some(Paired::of(hits.iter().copied().zip(hits.iter().copied()))),
    };
    // While one width varies, the other is the run's own.
    let own_or_usual = |bits: u32| if bits == FLOAT { USUAL_BITS } else { bits };
    let by_weights: Vec<_> =
        with_own(WEIGHT_BITS, weight_bits).map(|bits| (bits, own_or_usual(activation_bits))).collect();
    let by_activations =
        with_own(ACTIVATION_BITS, activation_bits).map(|bits| (own_or_usual(weight_bits), bits));
    let mut widths = vec![(FLOAT, FLOAT)];
    widths.extend(&by_weights);
    widths.extend(by_activations);
    let points = sweep_bits(model, &widths, inputs, calibration, options)?.ok_or_else(cancelled)?;
    let (float, swept) = points.split_first().ok_or_else(cancelled)?;
    let (by_weight_bits, by_activation_bits) = swept.split_at(by_weights.len());
    Ok(Points {
        own,
        is_integer: predictor.is_fixed(),
        float: *float,
        by_weight_bits: by_weight_bits.to_vec(),
        by_activation_bits: by_activation_bits.to_vec(),
    })
}

/// The widths of a range and the run's own, ascending.
fn with_own(range: std::ops::RangeInclusive<u32>, own: u32) -> impl Iterator<Item = u32> {
    (1..FLOAT).filter(move |bits| range.contains(bits) || *bits == own)
}

fn notes(run: &RunFolder, dataset: &Dataset) -> Vec<String> {
    let summary = run.summary().ok().flatten();
    summary
        .and_then(|summary| other_recordings_note(dataset, &summary.data_fingerprint))
        .into_iter()
        .collect()
}
