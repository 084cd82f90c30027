use std::collections::HashSet;

use super::*;
use crate::dataset::testing::{TestFolder, real_data};
use crate::settings::Config;

fn config(words: &[&str]) -> Config {
    let mut config = Config::default();
    config.data.words = words.iter().map(|word| (*word).to_owned()).collect();
    config
}

fn count(task: &Task, split: Split, label: usize) -> usize {
    task.examples(split).iter().filter(|example| example.label == label).count()
}

#[test]
fn splits_hold_keywords_capped_unknown_and_made_silence() {
    let dataset = TestFolder::with_speakers(40).open();
    let mut config = config(&["yes", "no"]);
    config.data.unknown_share = 0.25;
    config.data.silence_share = 0.1;
    let task = Task::new(&dataset, &config).unwrap();
    assert_eq!(task.labels, ["silence", "unknown", "yes", "no"]);
    for split in Split::ALL {
        let keywords = count(&task, split, 2) + count(&task, split, 3);
        assert!(keywords > 0);
        assert_eq!(count(&task, split, UNKNOWN), (keywords as f64 * 0.25).round() as usize);
        assert_eq!(count(&task, split, SILENCE), (keywords as f64 * 0.1).round() as usize);
        for example in task.examples(split) {
            if let Source::Clip(id) = example.source {
                let clip = dataset.clip(id).unwrap();
                assert_eq!(clip.split, split);
                let expected = ["no", "yes"].iter().position(|word| clip.path.starts_with(word));
                assert_eq!(example.label, expected.map_or(UNKNOWN, |at| 3 - at));
            }
        }
    }
}

#[test]
fn the_task_is_the_same_for_every_seed_and_a_large_share_takes_all() {
    let dataset = TestFolder::with_speakers(40).open();
    let mut first = config(&["yes", "no"]);
    first.data.unknown_share = 10.0;
    let mut second = first.clone();
    second.seed = 99;
    let (a, b) = (Task::new(&dataset, &first).unwrap(), Task::new(&dataset, &second).unwrap());
    for split in Split::ALL {
        assert_eq!(a.examples(split), b.examples(split));
    }
    assert_eq!(Split::ALL.map(|split| count(&a, split, UNKNOWN)).iter().sum::<usize>(), 80);
}

#[test]
fn epochs_hear_all_unknown_clips_in_turn() {
    let dataset = TestFolder::with_speakers(40).open();
    let mut config = config(&["yes", "no"]);
    config.data.unknown_share = 0.1;
    let task = Task::new(&dataset, &config).unwrap();
    let num_examples = task.examples(Split::Train).len();
    let mut heard = HashSet::new();
    for epoch in 0..20 {
        let mut in_epoch = HashSet::new();
        for index in 0..num_examples {
            let example = task.training_example(index, epoch).unwrap();
            assert_eq!(example.label, task.examples(Split::Train)[index].label);
            if let (UNKNOWN, Source::Clip(id)) = (example.label, example.source) {
                assert!(in_epoch.insert(id), "twice in an epoch");
                assert_eq!(dataset.clip(id).unwrap().split, Split::Train);
            }
        }
        heard.extend(in_epoch);
    }
    assert_eq!(heard.len(), task.unknown_pool.len());
    assert!(task.training_example(num_examples, 0).is_none());
    assert_eq!(task.training_example(0, 0), task.examples(Split::Train).first().copied());
}

#[test]
fn silence_is_quiet_and_from_its_own_part_of_the_noise() {
    let dataset = TestFolder::with_speakers(60).open();
    let task = Task::new(&dataset, &config(&["yes", "no", "left"])).unwrap();
    let (mut buffer, mut sound) = (ClipBuffer::default(), Vec::new());
    let mut num_mute = 0;
    for split in Split::ALL {
        let part = crate::dataset::noise::parts(320_000)[split.index()].clone();
        for example in task.examples(split).iter().filter(|example| example.label == SILENCE) {
            let Source::Silence(silence) = example.source else { panic!("{example:?}") };
            let NoiseSpan::Recorded { start, end, .. } = silence.span else { panic!("{silence:?}") };
            assert!(part.start <= start && end <= part.end);
            dataset.read_example(example, &mut buffer, &mut sound).unwrap();
            assert_eq!(sound.len(), crate::dataset::CLIP_SAMPLES);
            assert!(sound.iter().all(|x| x.abs() <= 0.1));
            num_mute += usize::from(sound.iter().all(|&x| x == 0.0));
            assert!(dataset.describe_example(example).starts_with("_background_noise_/hum.wav from "));
        }
    }
    assert!(num_mute > 0);
}

#[test]
fn without_noise_recordings_silence_is_synthetic() {
    let folder = TestFolder::with_speakers(40);
    std::fs::remove_dir_all(folder.data.join("_background_noise_")).unwrap();
    let dataset = folder.open();
    let task = Task::new(&dataset, &config(&["yes", "no"])).unwrap();
    let mut sound = Vec::new();
    let is_loud =
        |example: &&Example| matches!(example.source, Source::Silence(silence) if silence.volume > 0.01);
    let example = task.examples(Split::Train).iter().find(is_loud).unwrap();
    dataset.read_example(example, &mut ClipBuffer::default(), &mut sound).unwrap();
    assert!(sound.iter().any(|&x| x != 0.0));
}

#[test]
fn what_cannot_be_learnt_is_said_with_a_remedy() {
    let dataset = TestFolder::with_speakers(40).open();
    let message = |words: &[&str]| Task::new(&dataset, &config(words)).unwrap_err().to_string();
    assert!(message(&["yes", "Lefd"]).contains("did you mean `left`?"));
    assert!(message(&["yes", "marvin"]).contains("choose data.words among `left`, `no`, `yes`"));
    assert!(message(&[]).contains("no target words"));
    assert!(message(&["yes", "yes"]).contains("given twice"));
    assert!(message(&["silence", "yes"]).contains("a label of its own"));
}

#[test]
fn target_words_are_found_in_every_spelling_and_told_where_they_are_not() {
    let folder = TestFolder::with_speakers(40);
    for speaker in 0..40 {
        folder.clip(&format!("ho\u{308}her/speaker{speaker}_nohash_0.wav"), 100);
        folder.clip(&format!("Left/speaker{speaker}_nohash_0.wav"), 100);
    }
    let dataset = folder.open();
    let task = Task::new(&dataset, &config(&["h\u{f6}her", "YES", "left"])).unwrap();
    let taught = |word: &str| {
        let index = dataset.words().iter().position(|known| known == word).unwrap();
        task.label_of_word[index]
    };
    assert_eq!((taught("ho\u{308}her"), taught("yes"), taught("left")), (2, 3, 4));
    assert_eq!((taught("Left"), taught("no")), (UNKNOWN, UNKNOWN));
    let notes = task.notes().join("\n");
    assert!(notes.contains("`Left` is taught as unknown"), "{notes}");
    assert!(notes.contains("\"yes\" are taught as the target word \"YES\""), "{notes}");
    let message = Task::new(&dataset, &config(&["yes", " yes"])).unwrap_err().to_string();
    assert!(message.contains("given twice"), "{message}");
}

#[test]
fn folders_named_after_a_label_carry_it() {
    for (silence, unknown) in [("silence", "unknown"), ("_silence_", "_unknown_"), ("SILENCE", "Unknown ")] {
        let folder = TestFolder::with_speakers(40);
        for speaker in 0..40 {
            folder.clip(&format!("{silence}/speaker{speaker}_nohash_0.wav"), 100);
            folder.clip(&format!("{unknown}/speaker{speaker}_nohash_0.wav"), 100);
        }
        let dataset = folder.open();
        let task = Task::new(&dataset, &config(&["yes", "no"])).unwrap();
        let label_of = |example: &Example| match example.source {
            Source::Clip(id) => {
                Some((dataset.clip(id).unwrap().path.split('/').next().unwrap().to_owned(), example.label))
            }
            Source::Silence(_) => None,
        };
        let all = task.every_example(&dataset);
        let labelled: Vec<_> = all.iter().filter_map(label_of).collect();
        assert_eq!(labelled.len(), dataset.clips().len());
        for (word, label) in labelled {
            let expected = match word.as_str() {
                word if word == silence => SILENCE,
                "yes" => 2,
                "no" => 3,
                _ => UNKNOWN,
            };
            assert_eq!(label, expected, "{word}");
        }
        // Every recorded silence once, beside that which is made.
        let is_recorded = |example: &&Example| example.label == SILENCE && label_of(example).is_some();
        let count = |examples: &[Example]| examples.iter().filter(is_recorded).count();
        assert_eq!(count(&all), 40);
        assert_eq!(Split::ALL.map(|split| count(task.examples(split))).iter().sum::<usize>(), 40);
        // The turn of unknown clips never reaches them.
        for (index, example) in task.examples(Split::Train).iter().enumerate() {
            assert_eq!(task.training_example(index, 3).unwrap().label, example.label);
        }
        assert!(
            dataset.notes().iter().any(|note| note.contains("carry the label silence")),
            "{:?}",
            dataset.notes()
        );
        let message = Task::new(&dataset, &config(&["yes", silence])).unwrap_err().to_string();
        assert!(message.contains("a label of its own"), "{message}");
    }
}

#[test]
fn one_word_or_one_speaker_cannot_be_trained() {
    let one_word = TestFolder::new();
    for speaker in 0..40 {
        one_word.clip(&format!("yes/s{speaker}_nohash_0.wav"), 100);
    }
    let message = |folder: &TestFolder, words: &[&str]| {
        Task::new(&folder.open(), &config(words)).unwrap_err().to_string()
    };
    assert!(message(&one_word, &["yes"]).contains("a single word, `yes`"));
    let one_speaker = TestFolder::new();
    for take in 0..40 {
        one_speaker.clip(&format!("yes/me_nohash_{take}.wav"), 100);
        one_speaker.clip(&format!("no/me_nohash_{take}.wav"), 100);
    }
    assert!(message(&one_speaker, &["yes", "no"]).contains("all clips are by one speaker"));
    // A word that only held-out speakers say.
    let untaught = TestFolder::with_speakers(40);
    untaught.clip("up/speaker-h_nohash_0.wav", 100);
    assert!(message(&untaught, &["yes", "up"]).contains("`up` has no training clips"));
}

#[test]
fn an_evaluation_takes_any_dataset_with_one_of_the_words() {
    let dataset = TestFolder::with_speakers(40).open();
    let task = Task::for_evaluation(&dataset, &config(&["up", "yes"])).unwrap();
    assert_eq!(task.labels, ["silence", "unknown", "up", "yes"]);
    assert!(
        task.notes().iter().any(|note| note == "The dataset has no recordings of up."),
        "{:?}",
        task.notes()
    );
    assert!(Task::for_evaluation(&dataset, &config(&["up", "down"])).is_err());
}

#[test]
fn every_example_is_every_clip_and_all_silence() {
    let dataset = TestFolder::with_speakers(40).open();
    let task = Task::new(&dataset, &config(&["yes"])).unwrap();
    let all = task.every_example(&dataset);
    let num_silence = Split::ALL.map(|split| count(&task, split, SILENCE)).iter().sum::<usize>();
    assert_eq!(all.len(), dataset.clips().len() + num_silence);
    assert_eq!(all.iter().filter(|example| example.label == UNKNOWN).count(), 160);
}

#[test]
fn the_twelve_labels_of_real_recordings() {
    let Some(folder) = real_data("commands") else { return };
    let cache = tempfile::tempdir().unwrap();
    let options = crate::dataset::OpenOptions { cache: cache.path().to_owned(), ..Default::default() };
    let dataset = crate::dataset::testing::open(&folder, &options).unwrap();
    let task = Task::new(&dataset, &Config::default()).unwrap();
    assert_eq!(task.labels.len(), 12);
    let test = task.examples(Split::Test).len();
    assert!((700..900).contains(&test), "{test}");
}
