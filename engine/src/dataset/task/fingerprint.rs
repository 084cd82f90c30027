//! What examples are, as one hash: two networks measured on the same ones can be compared.

use super::{Example, NoiseSpan, Source};
use crate::dataset::Dataset;
use crate::dataset::digest::FieldHasher;

impl Dataset {
    /// Hash of examples and their labels, whatever their order and the names and folders of their files: recordings by
    /// the samples in them, silence by the noise that it is made from. `labels` names the labels of the examples, each of
    /// which enters, also one without an example.
    pub fn fingerprint_of_examples(&self, examples: &[Example], labels: &[String]) -> String {
        let mut lines: Vec<Vec<u8>> = examples.iter().map(|example| self.identity(example, labels)).collect();
        lines.sort_unstable();
        let mut known: Vec<&String> = labels.iter().collect();
        known.sort_unstable();
        let mut hasher = FieldHasher::new("examples 1");
        hasher.number(known.len() as u64);
        known.into_iter().for_each(|label| hasher.text(label));
        lines.iter().for_each(|line| hasher.bytes(line));
        hasher.finish()
    }

    fn identity(&self, example: &Example, labels: &[String]) -> Vec<u8> {
        let mut line = labels.get(example.label).map(|label| label.as_bytes().to_vec()).unwrap_or_default();
        line.push(0);
        match example.source {
            Source::Clip(id) => {
                line.extend(self.clip(id).map(|clip| clip.stored.digest).unwrap_or_default());
            }
            Source::Silence(silence) => {
                line.extend(silence.volume.to_le_bytes());
                match silence.span {
                    NoiseSpan::Made { key } => line.extend(key.to_le_bytes()),
                    NoiseSpan::Recorded { recording, start, end } => {
                        let noise = self.background().get(recording as usize);
                        line.extend(noise.map(|noise| noise.stored.digest).unwrap_or_default());
                        line.extend(start.to_le_bytes());
                        line.extend(end.to_le_bytes());
                    }
                }
            }
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use crate::dataset::testing::TestFolder;
    use crate::dataset::{Split, Task};
    use crate::settings::Config;

    #[test]
    fn examples_are_known_by_their_sound_and_label() {
        let data = TestFolder::with_speakers(60);
        let dataset = data.open();
        let of = |words: &[&str], silence: f64| {
            let mut config = Config::default();
            config.data.words = words.iter().map(ToString::to_string).collect();
            config.data.silence_share = silence;
            let task = Task::for_evaluation(&dataset, &config).unwrap();
            dataset.fingerprint_of_examples(task.examples(Split::Test), &task.labels)
        };
        let both = of(&["yes", "no"], 0.1);
        assert_eq!(of(&["yes", "no"], 0.1), both);
        assert_eq!(of(&["no", "yes"], 0.1), both, "the order of words is no other task");
        assert_ne!(of(&["yes"], 0.1), both);
        assert_ne!(of(&["yes", "no", "left"], 0.1), both);
        assert_ne!(of(&["yes", "no"], 1.0), both);
        let task = Task::for_evaluation(&dataset, &Config::default()).unwrap();
        let mut examples = task.examples(Split::Test).to_vec();
        let there = dataset.fingerprint_of_examples(&examples, &task.labels);
        examples.reverse();
        assert_eq!(dataset.fingerprint_of_examples(&examples, &task.labels), there);
        examples.pop();
        assert_ne!(dataset.fingerprint_of_examples(&examples, &task.labels), there);
    }
}
