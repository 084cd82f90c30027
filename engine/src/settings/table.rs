//! The one table of settings.

/// What values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueKind {
    /// Free text.
    Text,
    /// True or false.
    Switch,
    /// Whole number in an inclusive range.
    Whole {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// Real number in an inclusive range.
    Real {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
    },
    /// One of a few names.
    Choice(&'static [&'static str]),
    /// Weight or activation width: a whole number in the range, or 32 for floating point.
    Bits {
        /// Smallest fixed-point width.
        min: i64,
        /// Largest fixed-point width; below `min` when only floating point is offered.
        max: i64,
    },
    /// A list of texts.
    Texts,
    /// A list of whole numbers, each in an inclusive range.
    Wholes {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// A whole number, or a list with the outermost level first.
    LevelWholes {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// A real number, or a list with the outermost level first.
    LevelReals {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
    },
}

/// One setting, as people see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Dotted key in files and on the command line.
    pub key: &'static str,
    /// Name in the window, in sentence case.
    pub name: &'static str,
    /// Unit, empty when the value is a plain number, text or choice.
    pub unit: &'static str,
    /// Values it takes.
    pub kind: ValueKind,
    /// What it does, in one or two sentences a hardware engineer understands.
    pub help: &'static str,
}

const fn row(
    key: &'static str,
    name: &'static str,
    unit: &'static str,
    kind: ValueKind,
    help: &'static str,
) -> Setting {
    Setting { key, name, unit, kind, help }
}

use ValueKind::{Bits, Choice, LevelReals, LevelWholes, Real, Switch, Text, Texts, Whole, Wholes};

/// Every setting, in the order in which files and windows show them.
pub const SETTINGS: &[Setting] = &[
    row(
        "seed",
        "Seed",
        "",
        Whole { min: 0, max: i64::MAX },
        "Seed of every random choice: patterns, initial weights, order of clips, augmentation. The same seed repeats the run bit for bit.",
    ),
    row(
        "data.dir",
        "Dataset folder",
        "",
        Text,
        "Folder with one sub-folder of recordings per word. Empty: the built-in demo dataset.",
    ),
    row(
        "data.words",
        "Target words",
        "",
        Texts,
        "Words the network tells apart. Every other word becomes `unknown`.",
    ),
    row(
        "data.noise",
        "Noise folders",
        "",
        Texts,
        "Folders of background noise beside `_background_noise_`, by name or path.",
    ),
    row("data.exclude", "Folders left out", "", Texts, "Folders that are not read, by name or path."),
    row(
        "data.scale",
        "Sample scale",
        "",
        Choice(&["as-is", "integers"]),
        "Recordings with samples far outside -1 to 1, as floating-point files with whole numbers have: as-is clips them at full scale, integers divides them by the full scale of 16, 24 or 32 bits.",
    ),
    row(
        "data.unknown_share",
        "Unknown share",
        "",
        Real { min: 0.0, max: 10.0 },
        "Most clips of other words per split, as a share of the split's keyword clips.",
    ),
    row(
        "data.silence_share",
        "Silence share",
        "",
        Real { min: 0.0, max: 10.0 },
        "Silence clips made from background noise per split, as a share of the split's keyword clips.",
    ),
    row(
        "features.kind",
        "Feature",
        "",
        Choice(&["mfcc", "logmel"]),
        "MFCC: cosine transform of log-mel energies, the usual input of small networks. Log-mel: the energies themselves.",
    ),
    row(
        "features.frame_length_ms",
        "Frame length",
        "ms",
        Real { min: 5.0, max: 200.0 },
        "Length of the stretch of sound behind one feature vector.",
    ),
    row(
        "features.frame_shift_ms",
        "Frame shift",
        "ms",
        Real { min: 1.0, max: 100.0 },
        "Time between two feature vectors.",
    ),
    row(
        "features.num_mel",
        "Mel filters",
        "",
        Whole { min: 4, max: 128 },
        "Triangular filters, evenly spaced on the mel scale.",
    ),
    row(
        "features.num_ceps",
        "Coefficients",
        "",
        Whole { min: 1, max: 128 },
        "Cepstral coefficients kept of each frame; at most the number of mel filters.",
    ),
    row(
        "features.low_hz",
        "Lowest frequency",
        "Hz",
        Real { min: 0.0, max: 7000.0 },
        "Lower edge of the first mel filter.",
    ),
    row(
        "features.high_hz",
        "Highest frequency",
        "Hz",
        Real { min: -7000.0, max: 8000.0 },
        "Upper edge of the last mel filter; 0 or less counts down from half the sampling rate.",
    ),
    row(
        "features.use_energy",
        "Frame energy",
        "",
        Switch,
        "Adds how loud the frame is: MFCC put its log energy in place of the first coefficient, log-mel in front of the first filter.",
    ),
    row("features.raw_energy", "Raw energy", "", Switch, "Take that energy before pre-emphasis and window."),
    row(
        "features.energy_floor",
        "Energy floor",
        "",
        Real { min: 0.0, max: 1e12 },
        "Smallest energy, on the scale of 16-bit samples, whose logarithm is taken; quieter frames count as this loud.",
    ),
    row(
        "features.remove_dc",
        "Remove offset",
        "",
        Switch,
        "Subtract the mean of each frame from its samples.",
    ),
    row(
        "features.preemphasis",
        "Pre-emphasis",
        "",
        Real { min: 0.0, max: 1.0 },
        "High-pass filter x[t] - a*x[t-1] before the spectrum.",
    ),
    row(
        "features.window",
        "Window",
        "",
        Choice(&["povey", "hanning", "hamming", "blackman", "rectangular"]),
        "Shape that a frame is faded in and out with before the spectrum.",
    ),
    row(
        "features.lifter",
        "Lifter",
        "",
        Real { min: 0.0, max: 100.0 },
        "Scales higher cepstral coefficients up to the size of the lower ones; 0 switches it off.",
    ),
    row(
        "features.num_frames",
        "Input frames",
        "frames",
        Whole { min: 1, max: 400 },
        "Feature vectors that make one network input.",
    ),
    row(
        "features.placement",
        "Frame placement",
        "",
        Choice(&["loudest", "centre", "spread"]),
        "Where the input frames sit: the loudest stretch of the clip, its middle, or evenly over all of it. Live listening places them by the same rule.",
    ),
    row(
        "features.mean_norm",
        "Mean normalisation",
        "",
        Switch,
        "Subtract each coefficient's mean over the input frames: removes the colour of microphone and room.",
    ),
    row(
        "augment.noise_probability",
        "Noise probability",
        "",
        Real { min: 0.0, max: 1.0 },
        "Share of training clips that get background noise.",
    ),
    row(
        "augment.noise_volume",
        "Noise volume",
        "",
        Real { min: 0.0, max: 1.0 },
        "Largest amplitude factor of the noise; each clip draws between 0 and this.",
    ),
    row(
        "augment.shift_ms",
        "Time shift",
        "ms",
        Real { min: 0.0, max: 500.0 },
        "Largest shift to either side.",
    ),
    row(
        "augment.gain_db",
        "Gain",
        "dB",
        Real { min: 0.0, max: 40.0 },
        "Largest change of level to either side.",
    ),
    row(
        "augment.speed",
        "Speed",
        "",
        Real { min: 0.0, max: 0.5 },
        "Largest change of speed and pitch to either side, as a share.",
    ),
    row("model.kind", "Network", "", Choice(&["dnn"]), "dnn: feed-forward layers."),
    row(
        "model.hidden",
        "Hidden layers",
        "units",
        Wholes { min: 1, max: 8192 },
        "Units of each hidden layer, first layer first.",
    ),
    row(
        "model.inputs",
        "Inputs",
        "",
        Whole { min: 0, max: 65536 },
        "Inputs of the network; 0 takes them from the front end. Another value prices a network without training it.",
    ),
    row(
        "model.outputs",
        "Outputs",
        "",
        Whole { min: 0, max: 65536 },
        "Outputs of the network; 0 takes them from the words. Another value prices a network without training it.",
    ),
    row(
        "model.dropout",
        "Dropout",
        "",
        Real { min: 0.0, max: 0.95 },
        "Probability that a hidden unit is silenced in a training step, against overfitting. Not part of the stored network.",
    ),
    row(
        "sparsity.block",
        "Block size",
        "weights",
        LevelWholes { min: 1, max: 4096 },
        "Side of the square weight blocks that are kept or dropped whole. A list sets one size per level, outer first; each must divide the one before.",
    ),
    row(
        "sparsity.drop",
        "Drop probability",
        "",
        LevelReals { min: 0.0, max: 1.0 },
        "Requested share of blocks dropped before training. Dropped weights are never stored, trained or multiplied. A list sets one value per level, outer first.",
    ),
    row(
        "sparsity.selection",
        "Selection",
        "",
        Choice(&["balanced", "connected", "independent"]),
        "balanced: every block row keeps the same number of blocks. connected: balanced, and no unit or input is lost while others are read twice. independent: every block by its own coin.",
    ),
    row(
        "sparsity.output.block",
        "Output block size",
        "weights",
        LevelWholes { min: 1, max: 4096 },
        "Block size of the output layer.",
    ),
    row(
        "sparsity.output.drop",
        "Output drop probability",
        "",
        LevelReals { min: 0.0, max: 1.0 },
        "Drop probability of the output layer. A few outputs share one block row, so dropping here cuts off whole hidden units.",
    ),
    row(
        "quant.weight_bits",
        "Weight bits",
        "bits",
        Bits { min: 1, max: 16 },
        "Bits of each kept weight, trained with rounding in the loop; 32 is floating point.",
    ),
    row(
        "quant.activation_bits",
        "Activation bits",
        "bits",
        Bits { min: 4, max: 16 },
        "Bits of each number that a layer reads, scaled by a power of two that is calibrated on training clips. With \
         fixed-point weights, inference is then in integers throughout. 32 is floating point.",
    ),
    row(
        "quant.quantiser",
        "Quantiser",
        "",
        Choice(&["published", "power-of-two"]),
        "published: weights in [-1, 1] rounded away from zero, as in the authors' training code. power-of-two: rounded to the nearest code with one shift per layer.",
    ),
    row("train.epochs", "Epochs", "", Whole { min: 1, max: 100_000 }, "Passes over the training clips."),
    row("train.batch", "Batch", "clips", Whole { min: 1, max: 65536 }, "Clips in one training step."),
    row("train.learning_rate", "Learning rate", "", Real { min: 1e-8, max: 10.0 }, "Largest step size."),
    row(
        "train.optimiser",
        "Optimiser",
        "",
        Choice(&["adam", "sgd"]),
        "adam: step size adapted per weight. sgd: plain gradient steps with momentum.",
    ),
    row(
        "train.momentum",
        "Momentum",
        "",
        Real { min: 0.0, max: 0.9999 },
        "Share of the last step carried into the next (sgd only).",
    ),
    row(
        "train.weight_decay",
        "Weight decay",
        "",
        Real { min: 0.0, max: 1.0 },
        "Share by which weights shrink per step, times the learning rate.",
    ),
    row(
        "train.schedule",
        "Schedule",
        "",
        Choice(&["constant", "cosine", "step"]),
        "How the learning rate falls over the epochs.",
    ),
    row(
        "train.step_epochs",
        "Step length",
        "epochs",
        Whole { min: 1, max: 100_000 },
        "Epochs between two falls of the learning rate (step schedule only).",
    ),
    row(
        "train.step_factor",
        "Step factor",
        "",
        Real { min: 1e-6, max: 1.0 },
        "Factor on the learning rate at each step (step schedule only).",
    ),
    row(
        "train.patience",
        "Patience",
        "epochs",
        Whole { min: 0, max: 100_000 },
        "Stop after this many epochs without better validation accuracy; 0 never stops early.",
    ),
    row(
        "train.label_smoothing",
        "Label smoothing",
        "",
        Real { min: 0.0, max: 0.9 },
        "Share of the target spread over all labels, against overconfidence.",
    ),
    row(
        "train.average",
        "Weight averaging",
        "",
        Real { min: 0.0, max: 0.9999 },
        "What is measured and kept is a running average of the weights; this share of it stays in each step. 0 keeps the weights as they are.",
    ),
    row(
        "train.threads",
        "Threads",
        "",
        Whole { min: 0, max: 1024 },
        "Processor cores used for training; 0 takes all.",
    ),
    row(
        "detect.hop_ms",
        "Decision interval",
        "ms",
        Real { min: 1.0, max: 1000.0 },
        "Time between two decisions on a live stream; rounded to whole frame shifts.",
    ),
    row(
        "detect.smooth_ms",
        "Smoothing window",
        "ms",
        Real { min: 0.0, max: 5000.0 },
        "Scores are averaged over this time before they are compared with the threshold.",
    ),
    row(
        "detect.threshold",
        "Threshold",
        "",
        Real { min: 0.0, max: 1.0 },
        "Smoothed score at which a word counts as said.",
    ),
    row(
        "detect.refractory_ms",
        "Refractory time",
        "ms",
        Real { min: 0.0, max: 10_000.0 },
        "After a detection nothing is reported for this long.",
    ),
    row(
        "detect.isolation",
        "Isolation",
        "",
        Real { min: 0.0, max: 1.0 },
        "Share of a second's energy that its loudest 310 ms must hold: words in running speech or noise have \
         less. 0 takes words from there too, with many more false detections.",
    ),
];

/// The setting with this key.
pub fn setting(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}
