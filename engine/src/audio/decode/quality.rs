//! Facts about the samples of a recording that decide whether a network can learn from it.

/// Samples at or beyond this magnitude are at full scale: the largest 16-bit value.
const FULL_SCALE: f32 = 32_767.0 / 32_768.0;

/// Magnitude from which samples are on another scale: 12 dB above full scale. Overshoots of lossy decoders
/// and of mixes in floating point stay far below, and speech in whole numbers lies far above.
const OTHER_SCALE: f32 = 4.0;

/// Full scales of whole numbers: of 16, 24 and 32 bits. Those of 8 bits are left out: as a peak they are a
/// quiet recording of 16.
const INTEGER_SCALES: [f32; 3] = [32_768.0, 8_388_608.0, 2_147_483_648.0];

/// Largest sample of the widest whole numbers.
pub(super) const MAX_INTEGER: f32 = INTEGER_SCALES[2];

/// What the samples of a recording look like, measured while they are decoded, before they are clipped.
///
/// Full scale is -1 to 1. A recording without samples has all values 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quality {
    /// Largest magnitude in any channel.
    pub peak: f32,
    /// Share of the samples of all channels at or beyond full scale.
    pub full_scale_share: f32,
    /// Difference between the largest and the smallest sample of the mono mix.
    pub span: f32,
    /// Energy of the mono mix over the mean energy of the channels: 1 where all channels are equal, about
    /// 1/channels where they have nothing to do with one another, 0 where they cancel; 1 for mono and for
    /// no sound at all.
    pub mix_ratio: f32,
}

impl Quality {
    /// Whether samples lie so far outside -1 to 1 that they are on another scale.
    pub fn has_other_scale(&self) -> bool {
        self.peak > OTHER_SCALE
    }

    /// The full scale of the whole numbers that the samples are, where they are on another scale.
    pub(super) fn integer_scale(&self) -> Option<f32> {
        let fits = |&scale: &f32| self.peak <= scale;
        if self.has_other_scale() { INTEGER_SCALES.into_iter().find(fits) } else { None }
    }

    /// The quality of the same samples divided by `scale`, of which `samples` is the mono mix.
    pub(super) fn divided_by(&self, scale: f32, samples: &[f32]) -> Self {
        let num_full = samples.iter().filter(|sample| sample.abs() >= FULL_SCALE).count();
        Self {
            peak: self.peak / scale,
            full_scale_share: num_full as f32 / samples.len().max(1) as f32,
            span: self.span / scale,
            mix_ratio: self.mix_ratio,
        }
    }

    /// The quality of mono samples of 16 bits.
    pub fn of_codes(codes: &[i16]) -> Self {
        let samples: Vec<f32> = codes.iter().map(|&code| f32::from(code) / 32_768.0).collect();
        let mut meter = QualityMeter::default();
        meter.push(&samples, 1, &samples);
        meter.quality()
    }
}

/// Measures a [`Quality`] as samples come.
#[derive(Debug, Default)]
pub(super) struct QualityMeter {
    num_values: u64,
    num_full_scale: u64,
    peak: f32,
    /// Smallest and largest sample of the mix.
    range: Option<(f32, f32)>,
    mix_energy: f64,
    channel_energy: f64,
}

impl QualityMeter {
    /// Takes the next samples of all channels, and their mean.
    pub(super) fn push(&mut self, interleaved: &[f32], num_channels: usize, mono: &[f32]) {
        self.num_values += interleaved.len() as u64;
        for &sample in interleaved {
            let magnitude = sample.abs();
            self.peak = self.peak.max(magnitude);
            self.num_full_scale += u64::from(magnitude >= FULL_SCALE);
        }
        let (mut low, mut high) = self.range.unwrap_or((f32::INFINITY, f32::NEG_INFINITY));
        for &sample in mono {
            low = low.min(sample);
            high = high.max(sample);
        }
        self.range = (low <= high).then_some((low, high));
        if num_channels > 1 {
            let energy = |samples: &[f32]| samples.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
            self.mix_energy += energy(mono);
            self.channel_energy += energy(interleaved) / num_channels as f64;
        }
    }

    /// What was measured.
    pub(super) fn quality(&self) -> Quality {
        let ratio =
            |part: f64, whole: f64, of_nothing: f64| if whole > 0.0 { part / whole } else { of_nothing };
        Quality {
            peak: self.peak,
            full_scale_share: ratio(self.num_full_scale as f64, self.num_values as f64, 0.0) as f32,
            span: self.range.map_or(0.0, |(low, high)| high - low),
            mix_ratio: ratio(self.mix_energy, self.channel_energy, 1.0) as f32,
        }
    }
}
