//! What can be wrong with a front end.

/// Settings that describe no front end.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FeatureError {
    /// The filterbank's edges are not in order.
    #[error(
        "the mel filters would span {low_hz} to {high_hz} Hz, but must lie between 0 and 8000 Hz in rising order; change `features.low_hz` or `features.high_hz`"
    )]
    Edges {
        /// Lower edge in hertz.
        low_hz: f64,
        /// Upper edge in hertz.
        high_hz: f64,
    },
    /// A mel filter lies between two lines of the spectrum and would always see nothing.
    #[error(
        "mel filter {filter} of {num_mel} covers no line of the {fft_size}-point spectrum; lower `features.num_mel`, or widen the frame or the band"
    )]
    EmptyFilter {
        /// Number of the filter, from 1.
        filter: usize,
        /// Filters asked for.
        num_mel: usize,
        /// Points of the spectrum.
        fft_size: usize,
    },
    /// More cepstral coefficients than filters.
    #[error(
        "`features.num_ceps` is {num_ceps} but there are only {num_mel} mel filters; lower it or raise `features.num_mel`"
    )]
    TooManyCeps {
        /// Coefficients asked for.
        num_ceps: usize,
        /// Filters.
        num_mel: usize,
    },
    /// The input takes more frames than one second has.
    #[error(
        "`features.num_frames` is {num_frames} but one second has only {available} frames of {frame_length_ms} ms every {frame_shift_ms} ms; lower it"
    )]
    TooManyFrames {
        /// Frames of one input.
        num_frames: usize,
        /// Frames of one second.
        available: usize,
        /// Frame length in milliseconds.
        frame_length_ms: f64,
        /// Frame shift in milliseconds.
        frame_shift_ms: f64,
    },
    /// A number that must be positive or a fraction is not.
    #[error("`features.{key}` is {value}, which describes no front end; use {expected}")]
    Value {
        /// Key within `features`.
        key: &'static str,
        /// What was found.
        value: f64,
        /// What is expected.
        expected: &'static str,
    },
    /// Normalising needs training inputs.
    #[error(
        "the normalisation was asked to learn from {num_values} values, which is not a whole, non-zero number of inputs of {num_inputs} values"
    )]
    NoInputs {
        /// Values given.
        num_values: usize,
        /// Values of one input.
        num_inputs: usize,
    },
}
