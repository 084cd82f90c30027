//! The task of a configuration: labels, and the examples of every split.

mod checks;
mod fingerprint;
#[cfg(test)]
mod tests;

use super::draws::{Draws, key_of_text};
use super::names::Meaning;
use super::noise::{NoiseSpan, draw_span};
use super::{ClipBuffer, ClipId, Dataset, DatasetError, Split, names, noise};
use crate::settings::{Config, DataConfig};

/// Label of silence.
pub const SILENCE: usize = 0;
/// Label of every word that is no target word.
pub const UNKNOWN: usize = 1;

/// Share of silence examples without any sound at all, as from a muted microphone.
const DIGITAL_SILENCE_SHARE: f64 = 0.2;
/// Loudest silence example, as a factor on the recording of the noise (the published value).
const SILENCE_MAX_VOLUME: f64 = 0.1;

/// A second of sound with its label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Example {
    /// Where the sound comes from.
    pub source: Source,
    /// Index into [`Task::labels`].
    pub label: usize,
}

/// Where the sound of an example comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source {
    /// A recording.
    Clip(ClipId),
    /// Background noise at low volume.
    Silence(Silence),
}

/// A second of background noise at low volume.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Silence {
    pub(super) span: NoiseSpan,
    pub(super) volume: f32,
}

impl Silence {
    /// Draws a second of the noise of `split`, a fifth of them without any sound.
    pub(super) fn draw(dataset: &Dataset, split: Split, max_volume: f64, draws: &mut Draws) -> Self {
        let span = draw_span(dataset.background(), split, draws);
        let is_mute = draws.unit() < DIGITAL_SILENCE_SHARE;
        let volume = draws.unit() * max_volume;
        Self { span, volume: if is_mute { 0.0 } else { volume as f32 } }
    }

    /// Factor on the recording of the noise; 0 is digital silence.
    pub fn volume(&self) -> f32 {
        self.volume
    }
}

/// Labels and examples. The same dataset and `data` settings give the same task; no seed enters, so that all
/// seeds are measured on the same clips.
#[derive(Debug, Clone)]
pub struct Task {
    /// `silence`, `unknown`, then the target words in the order of the configuration.
    pub labels: Vec<String>,
    examples: [Vec<Example>; 3],
    /// Label of every word of the dataset.
    label_of_word: Vec<usize>,
    /// Every training clip of other words; each epoch takes its own share of them.
    unknown_pool: Vec<ClipId>,
    /// Where the unknown clips lie in the training examples.
    unknown_start: usize,
    num_unknown: usize,
    notes: Vec<String>,
}

impl Task {
    /// The task of a run: every target word can be learnt, and every split has clips.
    ///
    /// Per split: all clips of target words; of the other words at most `data.unknown_share` of that number,
    /// chosen by a hash of their names; all clips in folders named after silence; and `data.silence_share` of that number
    /// made from background noise. Words are found by the normal form of their names.
    ///
    /// # Errors
    /// [`DatasetError::NoSuchWord`] with the nearest words, or [`DatasetError::Task`] when a word has no
    /// training clips, a split has none of any target word, or there is only one word.
    pub fn new(dataset: &Dataset, config: &Config) -> Result<Self, DatasetError> {
        checks::check_words(dataset, &config.data)?;
        let task = Self::assemble(dataset, &config.data);
        checks::check_splits(dataset, &task)?;
        Ok(task)
    }

    /// The task of an evaluation, on any dataset: target words that it does not have are only noted.
    ///
    /// # Errors
    /// [`DatasetError::Task`] when the dataset has none of the target words.
    pub fn for_evaluation(dataset: &Dataset, config: &Config) -> Result<Self, DatasetError> {
        let mut task = Self::assemble(dataset, &config.data);
        checks::check_any_word(dataset, &config.data)?;
        task.notes.extend(checks::missing_words_note(dataset, &config.data));
        Ok(task)
    }

    fn assemble(dataset: &Dataset, data: &DataConfig) -> Self {
        let mut labels = vec!["silence".to_owned(), "unknown".to_owned()];
        labels.extend(data.words.iter().cloned());
        let mut task = Self {
            labels,
            examples: Default::default(),
            label_of_word: label_of_words(dataset.words(), &data.words),
            unknown_pool: Vec::new(),
            unknown_start: 0,
            num_unknown: 0,
            notes: Vec::new(),
        };
        for split in Split::ALL {
            task.fill_split(dataset, data, split);
        }
        task.notes = checks::thin_words_notes(&task);
        task.notes.extend(checks::near_words_notes(dataset, data));
        task
    }

    fn fill_split(&mut self, dataset: &Dataset, data: &DataConfig, split: Split) {
        let clips = (0..).map(ClipId).zip(dataset.clips()).filter(|(_, clip)| clip.split == split);
        let mut examples = Vec::new();
        let (mut unknown, mut silent) = (Vec::new(), Vec::new());
        for (id, clip) in clips {
            match self.label_of_word[usize::from(clip.word)] {
                UNKNOWN => unknown.push((key_of_text(names::stem(&clip.path)), id)),
                SILENCE => silent.push(Example { source: Source::Clip(id), label: SILENCE }),
                label => examples.push(Example { source: Source::Clip(id), label }),
            }
        }
        let num_keywords = examples.len();
        let share = |share: f64| (num_keywords as f64 * share).round() as usize;
        unknown.sort_unstable();
        let num_unknown = share(data.unknown_share).min(unknown.len());
        let of_unknown = |&(_, id): &(u64, ClipId)| Example { source: Source::Clip(id), label: UNKNOWN };
        examples.extend(unknown.iter().take(num_unknown).map(of_unknown));
        examples.extend(silent);
        for i in 0..share(data.silence_share) {
            let mut draws = Draws::new(&[key_of_text("silence"), split.index() as u64, i as u64]);
            let silence = Silence::draw(dataset, split, SILENCE_MAX_VOLUME, &mut draws);
            examples.push(Example { source: Source::Silence(silence), label: SILENCE });
        }
        if split == Split::Train {
            self.unknown_pool = unknown.into_iter().map(|(_, id)| id).collect();
            (self.unknown_start, self.num_unknown) = (num_keywords, num_unknown);
        }
        self.examples[split.index()] = examples;
    }

    /// The examples of a split: clips of target words, then unknown ones, then recorded silence, then made silence.
    pub fn examples(&self, split: Split) -> &[Example] {
        &self.examples[split.index()]
    }

    /// Every clip of the dataset once, in its order and without the limit on unknown ones; then the silence
    /// examples of all splits.
    pub fn every_example(&self, dataset: &Dataset) -> Vec<Example> {
        let clips = (0..).map(ClipId).zip(dataset.clips());
        let labelled = clips.map(|(id, clip)| Example {
            source: Source::Clip(id),
            label: self.label_of_word.get(usize::from(clip.word)).copied().unwrap_or(UNKNOWN),
        });
        let is_made = |example: &&Example| matches!(example.source, Source::Silence(_));
        labelled.chain(self.examples.iter().flatten().filter(is_made).copied()).collect()
    }

    /// What a person should know before training: words with few clips, words that are missing.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Training example `index` in an epoch, counted from 0: when there are more unknown clips than
    /// `data.unknown_share` lets in, every epoch hears the next ones.
    pub(super) fn training_example(&self, index: usize, epoch: u64) -> Option<Example> {
        let example = self.examples[Split::Train.index()].get(index).copied()?;
        let place = index.wrapping_sub(self.unknown_start);
        if place >= self.num_unknown {
            return Some(example);
        }
        let pool = self.unknown_pool.len() as u64;
        let turn = (epoch % pool) * (self.num_unknown as u64 % pool) + place as u64;
        let id = self.unknown_pool.get((turn % pool) as usize).copied()?;
        Some(Example { source: Source::Clip(id), label: UNKNOWN })
    }
}

/// The label of every word of a dataset: that of the target word that it is, silence for folders named so, else
/// unknown.
fn label_of_words(words: &[String], targets: &[String]) -> Vec<usize> {
    let found = names::target_of_words(words, targets);
    let label = |(word, target): (&String, Option<usize>)| match target {
        Some(target) => target + 2,
        None if names::meaning(word) == Some(Meaning::Silence) => SILENCE,
        None => UNKNOWN,
    };
    words.iter().zip(found).map(label).collect()
}

impl Dataset {
    /// Reads the sound of an example, unvaried, into `out`: a second of noise, or all samples of a clip.
    ///
    /// # Errors
    /// As [`Dataset::samples`].
    pub fn read_example(
        &self,
        example: &Example,
        buffer: &mut ClipBuffer,
        out: &mut Vec<f32>,
    ) -> Result<(), DatasetError> {
        match example.source {
            Source::Clip(id) => self.read_clip(id, buffer, out),
            Source::Silence(silence) => {
                noise::read_span(self, silence.span, buffer, out)?;
                out.iter_mut().for_each(|sample| *sample *= silence.volume);
                Ok(())
            }
        }
    }

    /// Where the sound of an example comes from, for tables: the clip's path, or the noise with time and volume.
    pub fn describe_example(&self, example: &Example) -> String {
        match example.source {
            Source::Clip(id) => self.clip(id).map_or_else(String::new, |clip| clip.path.clone()),
            Source::Silence(Silence { span: NoiseSpan::Made { key }, volume }) => {
                format!("synthetic noise {key:016x} at volume {volume:.3}")
            }
            Source::Silence(Silence { span: NoiseSpan::Recorded { recording, start, .. }, volume }) => {
                let path = self.background().get(recording as usize).map_or("", |noise| &noise.path);
                let secs = f64::from(start) / f64::from(crate::audio::SAMPLE_RATE_HZ);
                format!("{path} from {secs:.3} s at volume {volume:.3}")
            }
        }
    }
}
