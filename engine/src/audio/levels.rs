//! How loud a stream is, and what is wrong with it: the level meter of the Live place.
//!
//! A model that is good on recordings and poor on a microphone mostly suffers from the sound itself: a
//! muted or flat input, a gain far too low, or clipping. Each is recognised here and said in words.

use std::collections::VecDeque;

use super::SAMPLE_RATE_HZ;

/// Peak and root mean square are those of the last tenth of a second.
const METER_SAMPLES: usize = SAMPLE_RATE_HZ as usize / 10;
/// Meter blocks that are looked back at for hints: five seconds.
const NUM_BLOCKS: usize = 50;
/// Blocks after which silence and flatness are said: one second and a half.
const NUM_DEAD_BLOCKS: usize = 15;
/// Range of a flat line: a 16-bit converter that moves by one step at most.
const FLAT_RANGE: f32 = 1.5 / 32_768.0;
/// Loudest sample of five seconds below which an input is too quiet: -50 dB of full scale.
const QUIET_PEAK: f32 = 0.003_16;
/// Seconds for which clipping is said after it happened.
const CLIP_HINT_SECS: f64 = 2.0;

/// What is wrong with the sound of a stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Hint {
    /// Every sample is exactly zero.
    Silent,
    /// The signal does not move, although it is not zero.
    Flat,
    /// The loudest sample of the last five seconds, in decibels of full scale, is very low.
    Quiet {
        /// That sample.
        peak_db: f32,
    },
    /// Samples touch full scale.
    Clipping,
}

impl Hint {
    /// The same of a recording that is played: there is no device to look after.
    pub fn of_recording(&self) -> String {
        match self {
            Self::Silent => "The recording is digital silence here: no word can be heard in it".into(),
            Self::Flat => {
                "The recording is a flat line here: nothing was recorded; the microphone was muted or \
                           not connected then"
                    .into()
            }
            Self::Quiet { peak_db } => format!(
                "The recording is very quiet here (loudest sample of 5 s: {peak_db:.0} dB of full scale): raise its \
                 level in a sound editor, or record again"
            ),
            Self::Clipping => "The recording clips here: record again at a lower level".into(),
        }
    }
}

impl std::fmt::Display for Hint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Silent => f.write_str(
                "The input is digital silence: unmute the microphone, allow it in the privacy settings, or \
                 choose another device",
            ),
            Self::Flat => f.write_str(
                "The input is a flat line: the device is muted or not connected; check the plug and its \
                 switch, or choose another device",
            ),
            Self::Quiet { peak_db } => write!(
                f,
                "The input is very quiet (loudest sample of 5 s: {peak_db:.0} dB of full scale): raise the \
                 input level or come closer",
            ),
            Self::Clipping => f.write_str("The input clips: lower the input level or move away"),
        }
    }
}

/// Levels of one tenth of a second.
#[derive(Debug, Clone, Copy)]
struct Block {
    low: f32,
    high: f32,
    energy: f64,
}

impl Block {
    const EMPTY: Self = Self { low: f32::INFINITY, high: f32::NEG_INFINITY, energy: 0.0 };

    fn peak(&self) -> f32 {
        self.high.abs().max(self.low.abs())
    }
}

/// Level meter of a stream of samples at 16 kHz.
#[derive(Debug)]
pub struct LevelMeter {
    current: Block,
    num_current: usize,
    blocks: VecDeque<Block>,
    num_samples: u64,
    clipped_at: Option<u64>,
}

impl Default for LevelMeter {
    fn default() -> Self {
        Self {
            current: Block::EMPTY,
            num_current: 0,
            blocks: VecDeque::with_capacity(NUM_BLOCKS + 1),
            num_samples: 0,
            clipped_at: None,
        }
    }
}

impl LevelMeter {
    /// Takes the next samples. Does not allocate.
    pub fn push(&mut self, samples: &[f32]) {
        for &sample in samples {
            self.current.low = self.current.low.min(sample);
            self.current.high = self.current.high.max(sample);
            self.current.energy += f64::from(sample) * f64::from(sample);
            self.num_current += 1;
            if self.num_current == METER_SAMPLES {
                self.blocks.push_back(self.current);
                if self.blocks.len() > NUM_BLOCKS {
                    self.blocks.pop_front();
                }
                self.current = Block::EMPTY;
                self.num_current = 0;
            }
        }
        self.num_samples += samples.len() as u64;
    }

    /// Notes that a sample just pushed touched full scale; the source knows, since resampling and mixing
    /// hide it.
    pub fn note_clipping(&mut self) {
        self.clipped_at = Some(self.num_samples);
    }

    /// Peak of the last complete tenth of a second, 0 where there is none yet.
    pub fn peak(&self) -> f32 {
        self.blocks.back().map_or(0.0, Block::peak)
    }

    /// Root mean square of the last complete tenth of a second, 0 where there is none yet.
    pub fn rms(&self) -> f32 {
        self.blocks.back().map_or(0.0, |block| (block.energy / METER_SAMPLES as f64).sqrt() as f32)
    }

    /// Seconds of sound since a sample last touched full scale.
    pub fn clipped_secs_ago(&self) -> Option<f64> {
        self.clipped_at.map(|at| (self.num_samples - at) as f64 / f64::from(SAMPLE_RATE_HZ))
    }

    /// What is wrong with the sound, the gravest first; `None` when all is well or it is too early to say.
    pub fn hint(&self) -> Option<Hint> {
        if self.clipped_secs_ago().is_some_and(|secs| secs < CLIP_HINT_SECS) {
            return Some(Hint::Clipping);
        }
        if self.blocks.len() < NUM_DEAD_BLOCKS {
            return None;
        }
        let (low, high) = range_of(self.blocks.iter().rev().take(NUM_DEAD_BLOCKS));
        if low == 0.0 && high == 0.0 {
            return Some(Hint::Silent);
        }
        if high - low < FLAT_RANGE {
            return Some(Hint::Flat);
        }
        if self.blocks.len() < NUM_BLOCKS {
            return None;
        }
        let (low, high) = range_of(self.blocks.iter());
        let peak = high.abs().max(low.abs());
        (peak < QUIET_PEAK).then(|| Hint::Quiet { peak_db: 20.0 * peak.log10() })
    }
}

fn range_of<'a>(blocks: impl Iterator<Item = &'a Block>) -> (f32, f32) {
    blocks.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), block| {
        (low.min(block.low), high.max(block.high))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_not_told_to_look_after_its_device() {
        for hint in [Hint::Silent, Hint::Flat, Hint::Quiet { peak_db: -55.0 }, Hint::Clipping] {
            let told = hint.of_recording();
            assert!(told.starts_with("The recording"), "{told}");
            assert!(!told.contains("privacy") && !told.contains("choose another device"), "{told}");
        }
    }

    fn after(samples: impl Iterator<Item = f32>) -> LevelMeter {
        let mut meter = LevelMeter::default();
        meter.push(&samples.collect::<Vec<_>>());
        meter
    }

    fn tone(amplitude: f32, secs: usize) -> impl Iterator<Item = f32> {
        (0..secs * 16_000).map(move |n| amplitude * (n as f32 * 0.3).sin())
    }

    #[test]
    fn a_tone_reads_as_its_peak_and_rms() {
        let meter = after(tone(0.5, 1));
        assert!((meter.peak() - 0.5).abs() < 0.01, "{}", meter.peak());
        assert!((meter.rms() - 0.5 / 2f32.sqrt()).abs() < 0.01, "{}", meter.rms());
        assert_eq!(meter.hint(), None);
        assert_eq!(meter.clipped_secs_ago(), None);
    }

    #[test]
    fn nothing_is_said_before_there_is_anything_to_judge() {
        let meter = after(std::iter::repeat_n(0.0, 16_000));
        assert_eq!(meter.hint(), None);
        assert_eq!((LevelMeter::default().peak(), LevelMeter::default().rms()), (0.0, 0.0));
    }

    #[test]
    fn zeros_are_silence_and_a_constant_is_flat() {
        assert_eq!(after(std::iter::repeat_n(0.0, 32_000)).hint(), Some(Hint::Silent));
        assert_eq!(after(std::iter::repeat_n(0.2, 32_000)).hint(), Some(Hint::Flat));
        let flicker = (0..32_000).map(|n| if n % 7 == 0 { 1.0 / 32_768.0 } else { 0.0 });
        assert_eq!(after(flicker).hint(), Some(Hint::Flat));
    }

    #[test]
    fn a_low_gain_is_told_from_a_pause_in_speech() {
        assert!(
            matches!(after(tone(0.001, 6)).hint(), Some(Hint::Quiet { peak_db }) if (peak_db + 60.0).abs() < 1.0)
        );
        assert_eq!(after(tone(0.1, 3).chain(tone(0.001, 3))).hint(), None);
    }

    #[test]
    fn clipping_is_said_for_a_while() {
        let mut meter = after(tone(0.9, 1));
        meter.note_clipping();
        assert_eq!(meter.hint(), Some(Hint::Clipping));
        meter.push(&tone(0.5, 1).collect::<Vec<_>>());
        assert_eq!(meter.clipped_secs_ago(), Some(1.0));
        meter.push(&tone(0.5, 2).collect::<Vec<_>>());
        assert_eq!(meter.hint(), None);
    }

    #[test]
    fn speech_after_silence_clears_the_hint() {
        let mut meter = after(std::iter::repeat_n(0.0, 80_000));
        assert_eq!(meter.hint(), Some(Hint::Silent));
        meter.push(&tone(0.3, 1).collect::<Vec<_>>());
        assert_eq!(meter.hint(), None);
    }
}
