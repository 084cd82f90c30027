//! The front end as C arrays and macros.

use super::text::{array, float};
use crate::export::template::fill;
use crate::export::{ExportError, Format};
use crate::features::{FrontEnd, LOG_FLOOR, Normaliser, WrittenFrontEnd};
use crate::model::StoredModel;
use crate::settings::{FeatureKind, Placement};

/// A front end, written down.
#[derive(Debug, Clone)]
pub(super) struct FrontEndText {
    pub header: String,
    pub source: String,
    /// Bytes of the constant arrays.
    pub table_bytes: usize,
    /// `sizeof(cg_front_end)`.
    pub memory_bytes: usize,
    /// What it computes, in one line.
    pub about: String,
}

/// The front end of a model whose network reads `num_inputs` values.
///
/// # Errors
/// The settings describe no front end, or one that does not give what the network reads.
pub(super) fn front_end(model: &StoredModel, num_inputs: usize) -> Result<FrontEnd, ExportError> {
    let unsuitable = |reason: String| ExportError::Unsuitable { format: Format::C, reason };
    let front_end = FrontEnd::new(&model.config.features).map_err(|error| {
        unsuitable(format!(
            "the model's settings describe no front end: {error}; export without one: `--no-front-end`"
        ))
    })?;
    match front_end.num_inputs() {
        found if found == num_inputs => Ok(front_end),
        found => Err(unsuitable(format!(
            "the network reads {num_inputs} values, but the front end of its settings gives {found}; export without one: `--no-front-end`"
        ))),
    }
}

/// Files of a front end; `values` are what every file is filled with.
pub(super) fn front_end_text(
    front_end: &FrontEnd,
    normaliser: &Normaliser,
    values: &[(&str, String)],
) -> FrontEndText {
    let written = front_end.written();
    let (tables, table_bytes) = tables(&written, normaliser);
    let about = about(front_end);
    let mut values = values.to_vec();
    values.extend(macros(front_end));
    values.extend([
        ("features", super::text::comment(&about)),
        ("front_end_bytes", table_bytes.to_string()),
        ("preemphasis", float(written.preemphasis)),
        ("energy_floor", float(written.energy_floor)),
        ("log_floor", float(LOG_FLOOR)),
        ("first_step", written.first_step.to_string()),
        ("tables", tables),
    ]);
    FrontEndText {
        header: fill(include_str!("templates/coarsegrain_front_end.h"), &values),
        source: fill(include_str!("templates/coarsegrain_front_end.c"), &values),
        table_bytes,
        memory_bytes: memory_bytes(front_end),
        about,
    }
}

fn macros(front_end: &FrontEnd) -> Vec<(&'static str, String)> {
    let config = front_end.config();
    let switch = |on: bool| u8::from(on).to_string();
    vec![
        ("frame_length", front_end.frame_length_samples().to_string()),
        ("frame_shift", front_end.frame_shift_samples().to_string()),
        ("fft_half", (front_end.fft_size() / 2).to_string()),
        ("num_mel", front_end.num_mel().to_string()),
        ("num_coefs", front_end.num_coefs().to_string()),
        ("num_frames", front_end.num_frames().to_string()),
        ("second_frames", front_end.second_frames().to_string()),
        ("is_mfcc", switch(config.kind == FeatureKind::Mfcc)),
        ("use_energy", switch(config.use_energy)),
        ("raw_energy", switch(config.raw_energy)),
        ("remove_dc", switch(config.remove_dc)),
        ("is_loudest", switch(config.placement == Placement::Loudest)),
        ("mean_norm", switch(config.mean_norm)),
    ]
}

/// Definitions of the arrays, and their bytes.
fn tables(written: &WrittenFrontEnd, normaliser: &Normaliser) -> (String, usize) {
    let mut text = String::new();
    let mut bytes = 0;
    let mut floats = |about: &str, name: &str, values: &[f32]| {
        if !values.is_empty() {
            text.push_str(&format!("/* {about} */\n"));
        }
        text.push_str(&array(&format!("float {name}[{}]", values.len()), values.iter().map(|&x| float(x))));
        bytes += 4 * values.len();
    };
    let weights: Vec<f32> = written.filters.iter().flat_map(|(_, weights)| weights).copied().collect();
    floats("Window: one factor per sample of a frame.", "cg_window", &written.window);
    floats(
        "W, W^2, W^3 of every twiddle W = exp(-2 pi i k / (4 num)), real and imaginary, step by step.",
        "cg_twiddles",
        &written.twiddles,
    );
    floats(
        "exp(-i pi (k / CG_FFT_HALF + 1/2)) of every line k, real and imaginary.",
        "cg_turns",
        &written.turns,
    );
    floats("Mel filters, one after the other.", "cg_mel_weights", &weights);
    floats(
        "Cosine transform times lifter: for each filter, a factor per coefficient.",
        "cg_cosine",
        &written.cosine,
    );
    floats("Mean of each value of the input over the training inputs.", "cg_mean", &normaliser.mean);
    floats("One over its standard deviation; 0 where it never varied.", "cg_inv_std", &normaliser.inv_std);
    let mut words = |about: &str, name: &str, values: Vec<usize>| {
        text.push_str(&format!("/* {about} */\n"));
        text.push_str(&array(&format!("uint16_t {name}[{}]", values.len()), &values));
        bytes += 2 * values.len();
    };
    words(
        "First spectral line of each mel filter.",
        "cg_mel_first_line",
        written.filters.iter().map(|(first_line, _)| *first_line).collect(),
    );
    words(
        "Spectral lines of each mel filter.",
        "cg_mel_lines",
        written.filters.iter().map(|(_, weights)| weights.len()).collect(),
    );
    if let Some(frames) = &written.fixed_frames {
        words("Frames of the second that make the input.", "cg_frames", frames.clone());
    }
    (text, bytes)
}

fn memory_bytes(front_end: &FrontEnd) -> usize {
    let is_loudest = front_end.config().placement == Placement::Loudest;
    let energies = if is_loudest { front_end.second_frames() } else { 0 };
    // Two spectra of real and imaginary parts, one value more than half of the transform.
    let spectra = 4 * (front_end.fft_size() / 2 + 1);
    4 * (front_end.frame_length_samples() + spectra + front_end.num_mel() + energies)
}

/// What a front end computes, in one line.
fn about(front_end: &FrontEnd) -> String {
    let config = front_end.config();
    let kind = match config.kind {
        FeatureKind::Mfcc => format!("{} MFCC", front_end.num_coefs()),
        FeatureKind::Logmel => format!("{} log-mel energies", front_end.num_mel()),
    };
    let place = match config.placement {
        Placement::Loudest => "the loudest stretch of",
        Placement::Centre => "the middle of",
        Placement::Spread => "all over",
    };
    format!(
        "{kind} of {} filters, frames of {} ms every {} ms, {} frames from {place} the second",
        front_end.num_mel(),
        config.frame_length_ms,
        config.frame_shift_ms,
        front_end.num_frames()
    )
}
