//! A dataset as tables and lists draw it.

use std::collections::HashSet;

use super::open::counts_per_word;
use super::{Dataset, Split};
use crate::audio::SAMPLE_RATE_HZ;
use crate::protocol::{ClipRow, DatasetView, WordRow};

impl Dataset {
    /// Tables and lists of the dataset.
    pub fn view(&self) -> DatasetView {
        let counts = counts_per_word(self.words(), self.clips());
        let word_row = |(index, word): (usize, &String)| WordRow {
            word: word.clone(),
            counts: counts.get(&(index as u16)).copied().unwrap_or_default(),
        };
        let clip_row = |clip: &super::Clip| ClipRow {
            path: clip.path.clone(),
            word: clip.word,
            split: clip.split,
            speaker: clip.speaker.clone(),
            length_ms: (clip.num_samples() as u64 * 1000 / u64::from(SAMPLE_RATE_HZ)) as u32,
        };
        let num_samples: u64 = self.clips().iter().map(|clip| clip.num_samples() as u64).sum();
        let secs = |num_samples: usize| num_samples as f64 / f64::from(SAMPLE_RATE_HZ);
        DatasetView {
            opening: 0,
            folder: self.folder().to_owned(),
            is_demo: self.is_demo(),
            clips: self.clips().iter().map(clip_row).collect(),
            words: self.words().iter().enumerate().map(word_row).collect(),
            num_speakers: Split::ALL.map(|split| self.num_speakers(split)),
            hours: num_samples as f64 / f64::from(SAMPLE_RATE_HZ) / 3600.0,
            faults: self.faults().to_vec(),
            background: self
                .background()
                .iter()
                .map(|noise| (noise.path.clone(), secs(noise.num_samples())))
                .collect(),
            notes: self.notes().to_vec(),
            sound_notes: super::sound::notes(self.clips(), self.background()),
            doubts: self.doubts().to_vec(),
            roles: self.roles().clone(),
            fingerprint: self.fingerprint().to_owned(),
        }
    }

    /// Known speakers of a split.
    pub fn num_speakers(&self, split: Split) -> usize {
        let clips = self.clips().iter().filter(|clip| clip.split == split && !clip.speaker.is_empty());
        clips.map(|clip| &clip.speaker).collect::<HashSet<_>>().len()
    }
}
