//! What recordings sound like that no network can learn from, counted before anything is trained.
//!
//! The facts are measured while a recording is decoded and kept beside its samples ([`Quality`]); this
//! module says where they call for a word, with thresholds that leave ordinary speech alone.

use super::CLIP_SAMPLES;
use super::clips::{Background, Clip};
use super::store::Stored;
use crate::audio::{Quality, SAMPLE_RATE_HZ};

/// Samples below this magnitude become 0 in 16 bits.
const INAUDIBLE: f32 = 0.5 / 32_768.0;

/// Largest difference between samples of a recording that holds nothing but an offset: two steps of 16 bits,
/// for converters toggle their last bit.
const OFFSET_SPAN: f32 = 2.0 / 32_768.0;

/// Energy of the mono mix, as a share of the channels' mean, from which on down channels cancel: 20 dB
/// less. Channels that have nothing to do with one another keep 1/channels, an eighth for surround sound.
const CANCELLING: f32 = 0.01;

/// Share of samples at full scale of a clipped recording. The loudest instants of normalised speech are
/// far fewer, and a sine of full scale spends half a percent there.
const CLIPPED_SHARE: f32 = 0.01;

/// Samples of the shortest clip with a whole frame: 25 ms, the usual length.
const FRAME_SAMPLES: usize = SAMPLE_RATE_HZ as usize / 40;

/// Samples by which a clip may be longer than a second before it is counted: 50 ms, five frame shifts.
const SPARE_SAMPLES: usize = SAMPLE_RATE_HZ as usize / 20;

/// Why a network learns nothing right from a recording; the first that applies counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Defect {
    OtherScale,
    Silent,
    Cancelling,
    Offset,
    Clipped,
}

impl Defect {
    const ALL: [Self; 5] = [Self::OtherScale, Self::Silent, Self::Cancelling, Self::Offset, Self::Clipped];

    fn of(quality: &Quality) -> Option<Self> {
        if quality.has_other_scale() {
            Some(Self::OtherScale)
        } else if quality.peak < INAUDIBLE {
            Some(Self::Silent)
        } else if quality.mix_ratio < CANCELLING {
            Some(Self::Cancelling)
        } else if quality.span <= OFFSET_SPAN {
            Some(Self::Offset)
        } else if quality.full_scale_share > CLIPPED_SHARE {
            Some(Self::Clipped)
        } else {
            None
        }
    }

    /// What is wrong, behind a count of recordings, and what to do.
    fn text(self, example: &Quality) -> (String, &'static str) {
        match self {
            Self::OtherScale => (
                format!(
                    "samples far outside -1 to 1 (up to {:.0}), which are clipped to a square wave",
                    example.peak
                ),
                "set `data.scale` to integers, which divides them by full scale, or write them again",
            ),
            Self::Silent => ("nothing but zeros".to_owned(), "record them again or remove them"),
            Self::Cancelling => (
                "channels that cancel each other in the mono mix".to_owned(),
                "keep one channel or turn one over",
            ),
            Self::Offset => ("a constant and no sound".to_owned(), "record them again or remove them"),
            Self::Clipped => (
                format!(
                    "clipped sound (of the first, {:.0} % of the samples)",
                    100.0 * example.full_scale_share
                ),
                "record them again at a lower level",
            ),
        }
    }
}

/// Notes about what the recordings hold, each with a count and an example.
pub(super) fn notes(clips: &[Clip], background: &[Background]) -> Vec<String> {
    let of_clips = clips.iter().map(|clip| (clip.path.as_str(), &clip.stored));
    let of_noise = background.iter().map(|noise| (noise.path.as_str(), &noise.stored));
    let recordings: Vec<(&str, &Stored)> = of_clips.chain(of_noise).collect();
    let mut notes = Vec::new();
    for defect in Defect::ALL {
        let mut found = recordings.iter().filter(|(_, stored)| Defect::of(&stored.quality) == Some(defect));
        let Some((example, stored)) = found.next() else { continue };
        let (what, remedy) = defect.text(&stored.quality);
        let count = counted(1 + found.count(), recordings.len(), "recording");
        notes.push(format!("{count} {what}, such as `{example}`: {remedy}."));
    }
    notes.extend(short_note(clips));
    notes.extend(long_note(clips));
    notes
}

/// `3 of 20 recordings hold`, as the beginning of a sentence.
fn counted(count: usize, total: usize, noun: &str) -> String {
    let verb = if count == 1 { "holds" } else { "hold" };
    let plural = if total == 1 { "" } else { "s" };
    format!("{count} of {total} {noun}{plural} {verb}")
}

fn short_note(clips: &[Clip]) -> Option<String> {
    let mut short = clips.iter().filter(|clip| clip.num_samples() < FRAME_SAMPLES);
    let example = short.next()?;
    let count = 1 + short.count();
    let clip = if count == 1 { "clip is" } else { "clips are" };
    Some(format!(
        "{count} {clip} shorter than a frame of 25 ms, such as `{}` ({:.1} ms): the rest of the second is silence.",
        example.path,
        1000.0 * secs(example.num_samples() as u64)
    ))
}

/// How many clips are longer than what the network hears, and how much of their sound that leaves unused.
fn long_note(clips: &[Clip]) -> Option<String> {
    let long: Vec<&Clip> =
        clips.iter().filter(|clip| clip.num_samples() > CLIP_SAMPLES + SPARE_SAMPLES).collect();
    let example = long.first()?;
    let total: u64 = long.iter().map(|clip| clip.num_samples() as u64).sum();
    let unused = total - (long.len() * CLIP_SAMPLES) as u64;
    let is = if long.len() == 1 { "is" } else { "are" };
    Some(format!(
        "{} of {} clips {is} longer than the second that the network hears, such as `{}` ({:.1} s): the loudest second of \
         each is used, {:.1} s in all ({:.0} % of their sound) are not; cut phrases into words of a second.",
        long.len(),
        clips.len(),
        example.path,
        secs(example.num_samples() as u64),
        secs(unused),
        100.0 * unused as f64 / total as f64
    ))
}

fn secs(num_samples: u64) -> f64 {
    num_samples as f64 / f64::from(SAMPLE_RATE_HZ)
}

#[cfg(test)]
mod tests {
    use crate::dataset::Dataset;
    use crate::dataset::testing::{TestFolder, wav};

    fn float_wav(num_channels: u16, samples: impl Iterator<Item = f32>) -> Vec<u8> {
        let spec = hound::WavSpec {
            channels: num_channels,
            sample_rate: 16_000,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut bytes = std::io::Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        samples.for_each(|sample| writer.write_sample(sample).unwrap());
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    fn wave(n: usize) -> f32 {
        0.5 * (n as f32 * 0.1).sin()
    }

    fn note<'a>(dataset: &'a Dataset, start: &str) -> &'a str {
        let note = dataset.notes().iter().find(|note| note.starts_with(start));
        note.unwrap_or_else(|| panic!("no note starts with {start}: {:#?}", dataset.notes()))
    }

    #[test]
    fn what_cannot_teach_is_counted_with_an_example() {
        let folder = TestFolder::with_speakers(2);
        let plain = folder.open().notes().len();
        for scale in [300.0, 13_000.0, 900_000.0] {
            folder.write(
                &format!("yes/scale{scale}_nohash_0.wav"),
                &float_wav(1, (0..8_000).map(|n| scale * wave(n))),
            );
        }
        folder.write("no/zero_nohash_0.wav", &wav(&[0; 9_000]));
        folder.write("no/zero2_nohash_0.wav", &float_wav(2, (0..9_000).map(|_| 0.0)));
        folder.write("no/offset_nohash_0.wav", &wav(&[512; 9_000]));
        folder.write(
            "left/cancel_nohash_0.wav",
            &float_wav(2, (0..9_000).map(|n| if n % 2 == 0 { wave(n) } else { -wave(n - 1) })),
        );
        let clipped = (0..9_000).map(|n| (40_000.0 * wave(n) * 2.0).clamp(-32_768.0, 32_767.0) as i16);
        folder.write("left/clipped_nohash_0.wav", &wav(&clipped.collect::<Vec<_>>()));
        folder.write("left/tiny_nohash_0.wav", &wav(&[1000; 399].map(|x| x + 1)));
        folder.write("left/click_nohash_0.wav", &wav(&[900, -900, 500]));
        let dataset = folder.open();
        for (start, example) in [
            ("3 of 23 recordings hold samples far outside -1 to 1", "`yes/scale13000_nohash_0.wav`"),
            ("2 of 23 recordings hold nothing but zeros", "`no/zero2_nohash_0.wav`"),
            ("1 of 23 recordings holds channels that cancel", "`left/cancel_nohash_0.wav`"),
            ("2 of 23 recordings hold a constant", "`left/tiny_nohash_0.wav`"),
            ("1 of 23 recordings holds clipped sound", "`left/clipped_nohash_0.wav`"),
            ("2 clips are shorter than a frame", "`left/click_nohash_0.wav`"),
        ] {
            let note = note(&dataset, start);
            assert!(note.contains(example), "{note}");
        }
        assert_eq!(dataset.notes().len(), plain + 6, "{:#?}", dataset.notes());
        // They come from the cache as well.
        assert_eq!(folder.open().notes(), dataset.notes());
    }

    #[test]
    fn whole_numbers_are_divided_where_that_is_asked() {
        use crate::settings::SampleScale;
        let folder = TestFolder::with_speakers(2);
        let of_scale = |scale: f32| float_wav(1, (0..8_000).map(move |n| scale * wave(n)));
        folder.write("yes/plain_nohash_0.wav", &of_scale(1.0));
        folder.write("yes/bits16_nohash_0.wav", &of_scale(32_768.0));
        folder.write("yes/bits24_nohash_0.wav", &of_scale(8_388_608.0));
        folder.write("yes/bits32_nohash_0.wav", &of_scale(2_147_483_648.0));
        let as_is = folder.open();
        note(&as_is, "1 of");
        assert_eq!(as_is.faults().len(), 2, "beyond any loudness: {:?}", as_is.faults());
        assert!(as_is.faults()[0].reason.contains("data.scale"), "{:?}", as_is.faults());
        let mut options = folder.options.clone();
        options.roles.scale = SampleScale::Integers;
        let scaled = crate::dataset::testing::open(&folder.data, &options).unwrap();
        assert!(scaled.faults().is_empty(), "{:?}", scaled.faults());
        assert!(!scaled.notes().iter().any(|note| note.contains("far outside")), "{:?}", scaled.notes());
        let samples = |name: &str| {
            let at = scaled.clips().iter().position(|clip| clip.path.contains(name)).unwrap();
            scaled.samples(crate::dataset::ClipId(at as u32)).unwrap()
        };
        for name in ["bits16", "bits24", "bits32"] {
            assert_eq!(samples(name), samples("plain"), "{name}");
        }
        assert_ne!(scaled.fingerprint(), as_is.fingerprint());
        assert_eq!(folder.open().fingerprint(), as_is.fingerprint(), "each has a cache of its own");
    }

    #[test]
    fn ordinary_recordings_call_for_no_note() {
        let folder = TestFolder::with_speakers(2);
        let plain = folder.open().notes().to_vec();
        // Loud, quiet, off centre, one silent channel, overshooting, and a second and a bit.
        folder.write("yes/loud_nohash_0.wav", &float_wav(1, (0..8_000).map(|n| 2.0 * wave(n))));
        folder.write("yes/quiet_nohash_0.wav", &float_wav(1, (0..8_000).map(|n| 1e-3 * wave(n))));
        folder.write("yes/high_nohash_0.wav", &float_wav(1, (0..8_000).map(|n| 0.3 + 0.1 * wave(n))));
        folder.write(
            "yes/left_nohash_0.wav",
            &float_wav(2, (0..8_000).map(|n| if n % 2 == 0 { wave(n) } else { 0.0 })),
        );
        folder.write(
            "yes/over_nohash_0.wav",
            &float_wav(1, (0..8_000).map(|n| if n % 900 == 0 { 1.5 } else { wave(n) })),
        );
        folder.clip("yes/second_nohash_0.wav", 16_400);
        assert_eq!(folder.open().notes(), plain);
    }

    #[test]
    fn sound_beyond_the_window_is_counted() {
        let folder = TestFolder::with_speakers(2);
        folder.clip("yes/phrase_nohash_0.wav", 32_000);
        folder.clip("no/phrase_nohash_0.wav", 48_000);
        let dataset = folder.open();
        let note = note(&dataset, "2 of 14 clips are longer than the second");
        assert!(note.contains("`no/phrase_nohash_0.wav` (3.0 s)"), "{note}");
        assert!(note.contains("3.0 s in all (60 % of their sound)"), "{note}");
    }
}
