use std::cell::Cell;
use std::fs;

use super::*;
use crate::dataset::testing::{TestFolder, open, real_data, wav};
use crate::dataset::{ClipId, Split};

fn num_cached(options: &OpenOptions) -> usize {
    fs::read_dir(options.cache.join("pcm")).map_or(0, |entries| entries.count())
}

fn fault<'a>(dataset: &'a Dataset, path: &str) -> &'a str {
    let fault = dataset.faults().iter().find(|fault| fault.path == path);
    fault.map_or_else(|| panic!("{path} is not among {:?}", dataset.faults()), |fault| &fault.reason)
}

#[test]
fn a_folder_opens_with_words_speakers_and_noise() {
    let folder = TestFolder::with_speakers(30);
    let dataset = folder.open();
    assert_eq!(dataset.words(), ["left", "no", "yes"]);
    assert_eq!(dataset.clips().len(), 180);
    assert_eq!(dataset.background().len(), 1);
    assert_eq!(dataset.background()[0].num_samples(), 320_000);
    assert!(dataset.faults().is_empty());
    let clip = dataset.clip(ClipId(0)).unwrap();
    assert_eq!(
        (clip.path.as_str(), &*clip.speaker, clip.num_samples()),
        ("left/speaker0_nohash_0.wav", "speaker0", 4000)
    );
    for split in Split::ALL {
        assert!(dataset.num_speakers(split) > 0, "{}", split.name());
    }
}

#[test]
fn samples_are_those_of_the_file() {
    let folder = TestFolder::new();
    let written = [0, 1, -1, i16::MAX, i16::MIN, 12_345];
    folder.write("yes/a_nohash_0.wav", &wav(&written));
    folder.write("no/a_nohash_0.wav", &wav(&[5]));
    let samples = folder.open().samples(ClipId(1)).unwrap();
    assert_eq!(samples, written.map(|sample| f32::from(sample) / 32768.0));
    assert!(matches!(folder.open().samples(ClipId(2)), Err(DatasetError::Clip { .. })));
}

#[test]
fn the_second_opening_decodes_nothing() {
    let folder = TestFolder::with_speakers(5);
    let calls = Cell::new(0);
    let open = || {
        calls.set(0);
        let count = |_, _| calls.set(calls.get() + 1);
        Dataset::open(&folder.data, &folder.options, &count, &AtomicBool::new(false)).unwrap()
    };
    let first = open();
    assert_eq!(calls.get(), 32, "31 recordings, and the end");
    let second = open();
    assert_eq!(calls.get(), 1);
    assert_eq!(first.fingerprint(), second.fingerprint());
    assert_eq!(first.samples(ClipId(3)).unwrap(), second.samples(ClipId(3)).unwrap());
}

#[test]
fn a_changed_recording_is_read_again_and_the_old_sound_removed() {
    let folder = TestFolder::with_speakers(3);
    let before = folder.open();
    folder.write("yes/speaker0_nohash_0.wav", &wav(&[1, 2, 3]));
    let after = folder.open();
    assert_ne!(before.fingerprint(), after.fingerprint());
    let changed = after.clips().iter().find(|clip| clip.path == "yes/speaker0_nohash_0.wav").unwrap();
    assert_eq!(changed.num_samples(), 3);
    assert_eq!(num_cached(&folder.options), 1);
    #[cfg(unix)]
    assert!(before.samples(ClipId(0)).is_ok(), "an open dataset goes on reading what it opened");
}

#[test]
fn a_damaged_cache_is_made_again() {
    let folder = TestFolder::with_speakers(3);
    let good = folder.open().samples(ClipId(0)).unwrap();
    let cached = fs::read_dir(folder.options.cache.join("pcm")).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&cached).unwrap();
    fs::write(&cached, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(folder.open().samples(ClipId(0)).unwrap(), good);
    // Damage among the samples shows when they are read: the recording itself stands in.
    let mut damaged = whole;
    damaged[..4000 * 2 * 18].fill(3);
    fs::write(&cached, &damaged).unwrap();
    let dataset = folder.open();
    assert_eq!(dataset.samples(ClipId(0)).unwrap(), good);
    folder.write("left/speaker0_nohash_0.wav", &wav(&[1]));
    assert!(
        matches!(dataset.samples(ClipId(0)), Err(DatasetError::Clip { .. })),
        "a changed recording may not"
    );
}

#[test]
fn threads_change_nothing() {
    let folder = TestFolder::with_speakers(12);
    let open_with = |threads: usize| {
        let cache = folder.options.cache.join(threads.to_string());
        open(&folder.data, &OpenOptions { cache, threads, ..folder.options.clone() }).unwrap()
    };
    let (one, many) = (open_with(1), open_with(7));
    assert_eq!(one.fingerprint(), many.fingerprint());
    for id in (0..one.clips().len()).map(|id| ClipId(id as u32)) {
        assert_eq!(one.samples(id).unwrap(), many.samples(id).unwrap());
    }
}

#[test]
fn the_fingerprint_follows_contents_and_splits_alone() {
    let folder = TestFolder::with_speakers(4);
    let original = folder.open();
    let copy = TestFolder::with_speakers(4);
    assert_eq!(copy.open().fingerprint(), original.fingerprint(), "another folder, other file times");
    copy.write("testing_list.txt", b"yes/speaker0_nohash_0.wav\n");
    copy.write("validation_list.txt", b"");
    assert_ne!(copy.open().fingerprint(), original.fingerprint(), "other splits");
}

#[test]
fn list_files_match_by_stem() {
    let folder = TestFolder::with_speakers(4);
    folder.write("testing_list.txt", b"yes/speaker0_nohash_0.flac\r\nno/speaker0_nohash_0.flac\r\n");
    folder.write("validation_list.txt", b"yes/speaker1_nohash_0.wav\nyes/nobody_nohash_9.wav\n");
    let dataset = folder.open();
    let split = |path: &str| dataset.clips().iter().find(|clip| clip.path == path).unwrap().split;
    assert_eq!(split("yes/speaker0_nohash_0.wav"), Split::Test);
    assert_eq!(split("yes/speaker1_nohash_0.wav"), Split::Valid);
    assert_eq!(split("yes/speaker2_nohash_0.wav"), Split::Train);
    assert!(
        dataset
            .notes()
            .iter()
            .any(|note| note.starts_with("1 of the 2 names in validation_list.txt are no recordings")),
        "{:?}",
        dataset.notes()
    );
}

#[test]
fn faulty_files_are_listed_and_stop_nothing() {
    let folder = TestFolder::with_speakers(3);
    let good = wav(&[100; 8000]);
    folder.write("yes/empty.wav", b"");
    folder.write("yes/none_nohash_0.wav", &wav(&[]));
    folder.write("yes/cut_nohash_0.wav", &good[..2000]);
    folder.write("yes/text_nohash_0.wav", b"this is a letter and no sound, although it is called .wav");
    folder.write("yes/nan_nohash_0.wav", &float_wav(&[0.0, f32::NAN, 0.5]));
    folder.write("yes/liar_nohash_0.wav", &too_long_header(&good));
    folder.write("yes/other_nohash_0.wma", b"\x30\x26\xb2\x75");
    folder.write("no/fine_nohash_0.flac", &good);
    let dataset = folder.open();
    assert_eq!(dataset.clips().len(), 19, "18 clips, and one whose name is wrong and whose content is right");
    for name in [
        "empty.wav",
        "none_nohash_0.wav",
        "cut_nohash_0.wav",
        "text_nohash_0.wav",
        "nan_nohash_0.wav",
        "liar_nohash_0.wav",
        "other_nohash_0.wma",
    ] {
        let reason = fault(&dataset, &format!("yes/{name}"));
        assert!(reason.len() > 10 && !reason.contains(&*folder.data.to_string_lossy()), "{name}: {reason}");
    }
    assert_eq!(dataset.faults().len(), 7, "{:?}", dataset.faults());
    // Faults are remembered with the cache.
    assert_eq!(folder.open().faults(), dataset.faults());
}

fn float_wav(samples: &[f32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::new(std::io::Cursor::new(&mut bytes), spec).unwrap();
    samples.iter().for_each(|&sample| writer.write_sample(sample).unwrap());
    writer.finalize().unwrap();
    bytes
}

/// A header that claims a gigabyte.
fn too_long_header(wav: &[u8]) -> Vec<u8> {
    let mut bytes = wav.to_vec();
    let data = bytes.windows(4).position(|window| window == b"data").unwrap();
    bytes[data + 4..data + 8].copy_from_slice(&0x4000_0000u32.to_le_bytes());
    bytes
}

#[cfg(unix)]
#[test]
fn unreadable_files_and_folders_are_faults_until_they_are_readable() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TestFolder::with_speakers(3);
    let allow = |path: &str, mode| {
        fs::set_permissions(folder.data.join(path), fs::Permissions::from_mode(mode)).unwrap()
    };
    allow("yes/speaker0_nohash_0.wav", 0o000);
    allow("no", 0o000);
    if fs::read_dir(folder.data.join("no")).is_ok() {
        eprintln!("skipped: this user may read everything");
        return allow("no", 0o755);
    }
    let dataset = folder.open();
    assert!(fault(&dataset, "yes/speaker0_nohash_0.wav").contains("ermission"));
    assert!(fault(&dataset, "no").contains("ermission"));
    assert_eq!(dataset.clips().len(), 11);
    allow("yes/speaker0_nohash_0.wav", 0o644);
    allow("no", 0o755);
    assert_eq!(folder.open().clips().len(), 18);
}

#[test]
fn a_wrong_folder_says_what_to_do() {
    let folder = TestFolder::new();
    let message = |path: &Path| open(path, &folder.options).unwrap_err().to_string();
    assert!(message(&folder.data.join("gone")).starts_with("there is no such folder"));
    assert!(message(&folder.data).starts_with("the folder is empty"));
    folder.clip("loose.wav", 100);
    assert!(message(&folder.data).contains("its 1 recordings lie directly in it"));
    assert!(message(&folder.data.join("loose.wav")).contains("found a file"));
    fs::remove_file(folder.data.join("loose.wav")).unwrap();
    folder.clip("archive/yes/a_nohash_0.wav", 100);
    assert!(message(&folder.data).contains("open the folder `archive`"));
    let all_faulty = TestFolder::new();
    all_faulty.write("yes/a.wav", b"no sound");
    all_faulty.write("no/a.wav", b"no sound");
    let error = all_faulty.try_open().unwrap_err().to_string();
    assert!(error.starts_with("none of the 2 recordings can be read; the first, `no/a.wav`: "), "{error}");
    assert_eq!(num_cached(&folder.options), 0);
}

#[test]
fn cancelling_leaves_nothing_behind() {
    let folder = TestFolder::with_speakers(10);
    let cancel = AtomicBool::new(false);
    let stop_at_ten = |done, _| cancel.store(done >= 10, Ordering::Relaxed);
    let result = Dataset::open(&folder.data, &folder.options, &stop_at_ten, &cancel);
    assert!(matches!(result, Err(DatasetError::Cancelled)));
    assert_eq!(num_cached(&folder.options), 0);
    assert_eq!(folder.open().clips().len(), 60);
}

#[test]
fn a_cache_that_cannot_be_written_is_an_error_with_a_remedy() {
    let folder = TestFolder::with_speakers(2);
    folder.write("../file", b"");
    let options = OpenOptions { cache: folder.data.join("../file/cache"), ..folder.options.clone() };
    let error = open(&folder.data, &options).unwrap_err().to_string();
    assert!(error.contains("COARSEGRAIN_CACHE"), "{error}");
}

#[test]
fn single_words_and_single_speakers_open_with_a_note() {
    let folder = TestFolder::new();
    folder.clip("yes/me_nohash_0.wav", 100);
    folder.clip("yes/me_nohash_1.wav", 100);
    let dataset = folder.open();
    assert!(
        dataset.notes().iter().any(|note| note.starts_with("There is a single word")),
        "{:?}",
        dataset.notes()
    );
    assert!(
        dataset.notes().iter().any(|note| note.starts_with("All clips are by one speaker")),
        "{:?}",
        dataset.notes()
    );
    assert!(dataset.notes().iter().any(|note| note.contains("_background_noise_")), "{:?}", dataset.notes());
}

#[test]
fn a_panic_in_a_decoder_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let decode = |index: usize| match index {
        1 => panic!("decoder"),
        _ => Ok(Decoded { samples: vec![index as i16], quality: Quality::default() }),
    };
    write_store(&path, "key", 3, &decode, 2, &|_, _| {}, &AtomicBool::new(false)).unwrap();
    let (_, outcomes) = Store::open(&path, "key").unwrap();
    let is_faulty = outcomes.iter().map(|outcome| matches!(outcome, Outcome::Faulty(_))).collect::<Vec<_>>();
    assert_eq!(is_faulty, [false, true, false]);
}

#[test]
fn real_recordings_are_counted_as_they_were_published() {
    let Some(folder) = real_data("commands") else { return };
    let cache = tempfile::tempdir().unwrap();
    let dataset =
        open(&folder, &OpenOptions { cache: cache.path().to_owned(), ..OpenOptions::default() }).unwrap();
    let view = dataset.view();
    assert_eq!(view.clips.len(), 8662);
    assert_eq!(view.num_speakers, [1497, 28, 46]);
    assert_eq!(view.words.len(), 35);
    assert_eq!(view.words.iter().map(|word| word.counts[0]).sum::<usize>(), 7462);
    assert!(view.faults.is_empty(), "{:?}", view.faults);
    assert_eq!(view.background.len(), 8);
}
