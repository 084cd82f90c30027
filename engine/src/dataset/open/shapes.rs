//! The shapes in which people bring datasets: layouts, spellings of lists, forms of names, each with its counts.

use std::fs;

use super::*;
use crate::dataset::testing::{TestFolder, wav};
use crate::dataset::{FolderRemedy, FolderRoles, Split};

/// A dataset as it is brought, and what it must open as.
struct Shape {
    name: &'static str,
    /// Paths of recordings; `*4` at the end makes four of them, by four speakers.
    clips: &'static [&'static str],
    /// Other files.
    files: &'static [(&'static str, &'static [u8])],
    /// Word with its clips for training, validation and testing.
    counts: &'static [(&'static str, [usize; 3])],
    /// Part of one of the notes.
    note: &'static str,
}

/// Speakers that the published hash puts into training.
const TRAINING_SPEAKERS: [&str; 6] =
    ["00f0204f", "speaker-a", "4205714c", "cf02869b", "640d87e7", "dd33a084"];
/// Eight clips for training and one each for validation and testing, by lists.
const PLAIN: &[&str] = &["yes/*4", "no/*4", "yes/v_nohash_0.wav", "no/t_nohash_0.wav"];
const HELD_OUT: &[(&str, [usize; 3])] = &[("no", [4, 0, 1]), ("yes", [4, 1, 0])];

const fn plain(name: &'static str, files: &'static [(&'static str, &'static [u8])]) -> Shape {
    Shape {
        name,
        clips: PLAIN,
        files,
        counts: HELD_OUT,
        note: "Splits follow validation_list.txt and testing_list.txt.",
    }
}

const fn folders(
    name: &'static str,
    clips: &'static [&'static str],
    counts: &'static [(&'static str, [usize; 3])],
    note: &'static str,
) -> Shape {
    Shape { name, clips, files: &[], counts, note }
}

const SHAPES: &[Shape] = &[
    // Spellings of lists.
    plain(
        "usual lists",
        &[("validation_list.txt", b"yes/v_nohash_0.wav\n"), ("testing_list.txt", b"no/t_nohash_0.wav\n")],
    ),
    plain(
        "other extensions",
        &[("validation_list.txt", b"yes/v_nohash_0.flac"), ("testing_list.txt", b"no/t_nohash_0")],
    ),
    plain(
        "deep paths",
        &[
            ("validation_list.txt", b"/home/x/sc/yes/v_nohash_0.wav"),
            ("testing_list.txt", b"./a/b/no/t_nohash_0.wav"),
        ],
    ),
    plain(
        "Windows paths",
        &[
            ("validation_list.txt", b"C:\\sc\\yes\\v_nohash_0.wav\r\n"),
            ("testing_list.txt", b".\\no\\t_nohash_0.wav\r\n"),
        ],
    ),
    plain(
        "another case",
        &[("validation_list.txt", b"YES/V_nohash_0.WAV"), ("testing_list.txt", b"No/T_NOHASH_0.wav")],
    ),
    plain(
        "quotes and blanks",
        &[
            ("validation_list.txt", b" \"yes/v_nohash_0.wav\" \n\n"),
            ("testing_list.txt", b"'no/t_nohash_0.wav',\n"),
        ],
    ),
    plain(
        "comments",
        &[
            ("validation_list.txt", b"# held out\nyes/v_nohash_0.wav"),
            ("testing_list.txt", b"#\n\nno/t_nohash_0.wav"),
        ],
    ),
    plain(
        "UTF-8 with mark",
        &[
            ("validation_list.txt", b"\xef\xbb\xbfyes/v_nohash_0.wav"),
            ("testing_list.txt", b"\xef\xbb\xbfno/t_nohash_0.wav"),
        ],
    ),
    plain(
        "bare file names",
        &[("validation_list.txt", b"v_nohash_0.wav"), ("testing_list.txt", b"t_nohash_0.wav")],
    ),
    plain(
        "list names in capitals",
        &[("Validation_List.txt", b"yes/v_nohash_0.wav"), ("TESTING_LIST.TXT", b"no/t_nohash_0.wav")],
    ),
    plain(
        "UTF-16 little endian",
        &[
            ("validation_list.txt", b"\xff\xfey\0e\0s\0/\0v\0_\0n\0o\0h\0a\0s\0h\0_\x000\0.\0w\0a\0v\0"),
            ("testing_list.txt", b"no/t_nohash_0.wav"),
        ],
    ),
    plain(
        "UTF-16 big endian",
        &[
            ("validation_list.txt", b"yes/v_nohash_0.wav"),
            ("testing_list.txt", b"\xfe\xff\0n\0o\0/\0t\0_\0n\0o\0h\0a\0s\0h\0_\x000\0.\0w\0a\0v"),
        ],
    ),
    // Forms of names.
    Shape {
        name: "decomposed folder, composed list",
        clips: &["ho\u{308}her/*4", "tief/*4", "ho\u{308}her/v_nohash_0.wav", "tief/t_nohash_0.wav"],
        files: &[
            ("validation_list.txt", "h\u{f6}her/v_nohash_0.wav".as_bytes()),
            ("testing_list.txt", b"tief/t_nohash_0.wav"),
        ],
        counts: &[("ho\u{308}her", [4, 1, 0]), ("tief", [4, 0, 1])],
        note: "Splits follow validation_list.txt and testing_list.txt.",
    },
    Shape {
        name: "composed folder, decomposed list",
        clips: &["caf\u{e9}/*4", "no/*4", "caf\u{e9}/v_nohash_0.wav", "no/t_nohash_0.wav"],
        files: &[
            ("validation_list.txt", "cafe\u{301}/v_nohash_0.wav".as_bytes()),
            ("testing_list.txt", b"no/t_nohash_0.wav"),
        ],
        counts: &[("caf\u{e9}", [4, 1, 0]), ("no", [4, 0, 1])],
        note: "Splits follow validation_list.txt and testing_list.txt.",
    },
    Shape {
        name: "Latin-1 list",
        clips: &["h\u{f6}her/*4", "no/*4", "h\u{f6}her/v_nohash_0.wav", "no/t_nohash_0.wav"],
        files: &[
            ("validation_list.txt", b"h\xf6her/v_nohash_0.wav"),
            ("testing_list.txt", b"no/t_nohash_0.wav"),
        ],
        counts: &[("h\u{f6}her", [4, 1, 0]), ("no", [4, 0, 1])],
        note: "Splits follow validation_list.txt and testing_list.txt.",
    },
    Shape {
        name: "words that differ in case",
        clips: &["yes/*4", "Yes/v_nohash_0.wav", "no/*4", "no/t_nohash_0.wav"],
        files: &[("validation_list.txt", b"Yes/v_nohash_0.wav"), ("testing_list.txt", b"no/t_nohash_0.wav")],
        counts: &[("Yes", [0, 1, 0]), ("no", [4, 0, 1]), ("yes", [4, 0, 0])],
        note: "`yes` and `Yes` differ only in case",
    },
    Shape {
        name: "a listed file that is gone",
        clips: PLAIN,
        files: &[
            ("validation_list.txt", b"yes/v_nohash_0.wav\nyes/gone_nohash_0.wav\nup/x_nohash_0.wav"),
            ("testing_list.txt", b"no/t_nohash_0.wav"),
        ],
        counts: HELD_OUT,
        note: "for 1 of them the word is there and the file is not, for example `yes/gone_nohash_0.wav`",
    },
    // Layouts.
    folders(
        "training, validation, testing",
        &["training/yes/*4", "training/no/*4", "validation/yes/v_nohash_0.wav", "testing/no/t_nohash_0.wav"],
        HELD_OUT,
        "Splits follow the folders `training`, `validation` and `testing`.",
    ),
    folders(
        "train, val, test in capitals",
        &["Train/yes/*4", "TRAIN/no/*4", "VAL/yes/v_nohash_0.wav", "Test/no/t_nohash_0.wav"],
        HELD_OUT,
        "Splits follow the folders `TRAIN`, `Train`, `VAL` and `Test`.",
    ),
    folders(
        "train_set, dev, eval, with noise beside",
        &[
            "train_set/yes/*4",
            "train_set/no/*4",
            "dev/yes/v_nohash_0.wav",
            "eval/no/t_nohash_0.wav",
            "_background_noise_/hum.wav",
        ],
        HELD_OUT,
        "Splits follow the folders `train_set`, `dev` and `eval`.",
    ),
    folders(
        "noise inside a split",
        &[
            "train/yes/*4",
            "train/no/*4",
            "valid/yes/v_nohash_0.wav",
            "test/no/t_nohash_0.wav",
            "train/_background_noise_/hum.wav",
        ],
        HELD_OUT,
        "Splits follow the folders",
    ),
    folders(
        "no folder for validation",
        &["train/yes/*4", "train/no/*4", "train/yes/speaker-h_nohash_0.wav", "test/no/t_nohash_0.wav"],
        HELD_OUT,
        "There is no folder for validation",
    ),
    folders(
        "splits with speakers below words",
        &[
            "train/yes/anna/1.wav",
            "train/yes/bob/1.wav",
            "train/no/anna/1.wav",
            "dev/yes/cy/1.wav",
            "test/no/dan/1.wav",
        ],
        &[("no", [1, 0, 1]), ("yes", [2, 1, 0])],
        "is taken for the word `yes` by the speaker `cy`",
    ),
    folders(
        "splits with speakers above words",
        &[
            "train/anna/yes/1.wav",
            "train/bob/yes/1.wav",
            "train/anna/no/1.wav",
            "val/cy/yes/1.wav",
            "test/dan/no/1.wav",
        ],
        &[("no", [1, 0, 1]), ("yes", [2, 1, 0])],
        "is taken for the word `no` by the speaker `dan`",
    ),
    folders(
        "speakers above words",
        &[
            "00f0204f/yes/1.wav",
            "speaker-a/no/1.wav",
            "speaker-h/yes/1.wav",
            "speaker-h/no/1.wav",
            "5828dfa2/yes/1.wav",
        ],
        &[("no", [1, 1, 0]), ("yes", [1, 1, 1])],
        "Speakers are read from the folders",
    ),
    folders(
        "speakers below words of another language",
        &["hund/00f0204f/1.wav", "katze/00f0204f/1.wav", "hund/speaker-r/1.wav", "katze/5828dfa2/1.wav"],
        &[("hund", [1, 1, 0]), ("katze", [1, 0, 1])],
        "Speakers are read from the folders",
    ),
    folders(
        "labels in file names, in splits",
        &[
            "training/yes.1.wav",
            "training/yes.2.wav",
            "training/no.1.wav",
            "validation/yes.3.wav",
            "testing/no.4.wav",
        ],
        &[("no", [1, 0, 1]), ("yes", [2, 1, 0])],
        "Words are read from the file names",
    ),
    folders(
        "labels in file names, flat, with lists of no use",
        &[
            "up.00f0204f_nohash_0.wav",
            "up.speaker-h_nohash_0.wav",
            "down.5828dfa2_nohash_0.wav",
            "down.speaker-a_nohash_1.wav",
        ],
        &[("down", [1, 0, 1]), ("up", [1, 1, 0])],
        "Words are read from the file names",
    ),
    Shape {
        name: "labels in file names, listed",
        clips: &["yes.a.wav", "yes.b.wav", "yes.c.wav", "no.a.wav", "no.b.wav"],
        files: &[("validation_list.txt", b"yes.c.wav"), ("testing_list.txt", b"x/no.b")],
        counts: &[("no", [2, 0, 0]), ("yes", [2, 1, 0])],
        note: "None of the 1 names in testing_list.txt",
    },
    folders(
        "a word called test",
        &["yes/*4", "no/*4", "test/*4"],
        &[("no", [4, 0, 0]), ("test", [4, 0, 0]), ("yes", [4, 0, 0])],
        "The folder `test` is taught as a word, but its name means the testing split.",
    ),
    folders(
        "an archive and litter beside words",
        &[
            "yes/*4",
            "no/*4",
            "yes/old/x_nohash_0.wav",
            "__MACOSX/yes/a_nohash_0.wav",
            "@eaDir/a_nohash_0.wav",
            "extra/up/a_nohash_0.wav",
        ],
        &[("no", [4, 0, 0]), ("yes", [4, 0, 0])],
        "2 recordings in 2 folders were not read: `extra`, `yes/old`",
    ),
    folders(
        "labels as folders",
        &["yes/*4", "no/*4", "_silence_/*4", "Unknown/*4"],
        &[("Unknown", [4, 0, 0]), ("_silence_", [4, 0, 0]), ("no", [4, 0, 0]), ("yes", [4, 0, 0])],
        "The recordings in `_silence_` carry the label silence",
    ),
];

fn make(clips: &[&str], files: &[(&str, &[u8])]) -> TestFolder {
    let folder = TestFolder::new();
    for clip in clips {
        match clip.strip_suffix("*4") {
            Some(word) => TRAINING_SPEAKERS[..4]
                .iter()
                .for_each(|speaker| folder.clip(&format!("{word}{speaker}_nohash_0.wav"), 200)),
            None => folder.clip(clip, 200),
        }
    }
    files.iter().for_each(|(path, bytes)| folder.write(path, bytes));
    folder
}

fn counts(dataset: &Dataset) -> Vec<(String, [usize; 3])> {
    dataset.view().words.into_iter().map(|word| (word.word, word.counts)).collect()
}

#[test]
fn every_shape_opens_with_its_counts() {
    assert!(SHAPES.len() >= 25);
    for shape in SHAPES {
        let dataset = make(shape.clips, shape.files).try_open();
        let dataset = dataset.unwrap_or_else(|error| panic!("{}: {error}", shape.name));
        let expected: Vec<_> = shape.counts.iter().map(|&(word, counts)| (word.to_owned(), counts)).collect();
        assert_eq!(counts(&dataset), expected, "{}: {:?}", shape.name, dataset.notes());
        let is_told = dataset.notes().iter().any(|note| note.contains(shape.note));
        assert!(is_told, "{}: {:?}", shape.name, dataset.notes());
    }
}

#[test]
fn lists_of_other_recordings_are_an_error_and_never_followed() {
    for list in ["up/a.wav\n", "yes/gone.wav\nno/gone.wav", "speech/commands\n"] {
        let error = make(PLAIN, &[("testing_list.txt", list.as_bytes())]).try_open().unwrap_err().to_string();
        assert!(error.contains("testing_list.txt is a recording of this dataset"), "{error}");
        assert!(error.contains(list.lines().next().unwrap()) && error.contains("no/"), "{error}");
    }
    let half = [("validation_list.txt", &b"yes/v_nohash_0.wav"[..]), ("testing_list.txt", b"no/gone.wav")];
    let dataset = make(PLAIN, &half).open();
    assert!(
        dataset.notes().iter().any(|note| note == "Splits follow validation_list.txt."),
        "{:?}",
        dataset.notes()
    );
    assert!(
        dataset.notes().iter().any(|note| note.contains("nothing is held out for testing")),
        "{:?}",
        dataset.notes()
    );
}

#[test]
fn a_hint_names_the_folder_that_opens_and_never_one_of_the_splits() {
    let message = |clips: &[&str]| make(clips, &[]).try_open().unwrap_err().to_string();
    assert!(message(&["a/b/yes/1.wav", "a/b/no/1.wav"]).contains("open the folder `a/b` in it"));
    assert!(message(&["a/train/yes/1.wav", "a/test/yes/1.wav"]).contains("open the folder `a` in it"));
    let two = message(&["a/train/yes/1.wav", "b/train/yes/1.wav", "a/test/no/1.wav"]);
    assert!(two.contains("open one of the folders `a`, `b`"), "{two}");
    let deep = message(&["train/a/b/yes/1.wav", "test/a/b/yes/1.wav"]);
    assert!(!deep.contains("`train") && !deep.contains("`test"), "{deep}");
}

#[test]
fn a_doubt_ends_with_one_setting() {
    let folder = make(&["yes/*4", "no/*4", "Noise/hum.wav", "_noise_/hiss.wav", "test/*4"], &[]);
    let before = folder.open();
    let doubts: Vec<_> = before.doubts().iter().map(|doubt| doubt.folder.as_str()).collect();
    assert_eq!(doubts, ["Noise", "test", "_noise_"]);
    assert_eq!(before.words(), ["Noise", "no", "test", "yes"]);
    let mut roles = FolderRoles::default();
    for doubt in before.doubts() {
        assert!(before.notes().contains(&doubt.text));
        assert!(doubt.text.contains(doubt.remedies[0].key()), "{}", doubt.text);
        roles = roles.with(doubt.remedies[0], &doubt.folder);
    }
    assert_eq!(roles.exclude, ["test"]);
    let options = OpenOptions { roles, ..folder.options.clone() };
    let after = crate::dataset::testing::open(&folder.data, &options).unwrap();
    assert_eq!(after.words(), ["no", "yes"]);
    assert_eq!(after.background().len(), 2);
    assert!(after.doubts().is_empty(), "{:?}", after.doubts());
    let vain = FolderRoles::default().with(FolderRemedy::LeaveOut, "gone");
    let options = OpenOptions { roles: vain, ..folder.options.clone() };
    let vain = crate::dataset::testing::open(&folder.data, &options).unwrap();
    assert!(
        vain.notes().iter().any(|note| note.contains("`gone`, which is no folder")),
        "{:?}",
        vain.notes()
    );
}

/// Clips numbered from 0 under every name, so that the same number has the same sound everywhere.
fn numbered(names: &[String]) -> TestFolder {
    let folder = TestFolder::new();
    for word in ["yes", "no"] {
        for (number, name) in names.iter().enumerate() {
            let samples: Vec<i16> = (0..300)
                .map(|i| ((i * (number + 3) * word.len()) % (997 - 13 * word.len())) as i16)
                .collect();
            folder.write(&format!("{word}/{name}"), &wav(&samples));
        }
    }
    folder
}

#[test]
fn neither_splits_nor_fingerprints_depend_on_the_extension() {
    let named =
        |extension: &str| numbered(&(0..60).map(|n| format!("{n}.{extension}")).collect::<Vec<_>>()).open();
    let wave = named("wav");
    let splits = |dataset: &Dataset| dataset.clips().iter().map(|clip| clip.split).collect::<Vec<_>>();
    for split in Split::ALL {
        assert!(splits(&wave).contains(&split));
    }
    for extension in ["WAV", "wave", "flac", "Wav"] {
        let other = named(extension);
        assert_eq!(splits(&other), splits(&wave), "{extension}");
        assert_eq!(other.fingerprint(), wave.fingerprint(), "{extension}");
    }
}

#[test]
fn a_fingerprint_of_before_brings_its_splits_back() {
    let names: Vec<_> = (0..60).map(|n| format!("{n}.flac")).collect();
    let dataset = numbered(&names).open();
    // sha1 of the name with its extension, as the rule was.
    let before = |dataset: &Dataset| -> Vec<Split> {
        let name = |path: &str| path.rsplit('/').next().unwrap().to_owned();
        dataset.clips().iter().map(|clip| crate::dataset::split::published_split(&name(&clip.path))).collect()
    };
    let earlier = dataset.earlier.clone().unwrap().fingerprint;
    assert!(dataset.recognises(&earlier) && dataset.recognises(dataset.fingerprint()));
    assert!(!dataset.recognises("0123"));
    let expected = before(&dataset);
    let dataset = dataset.as_of(&earlier);
    assert_eq!(dataset.clips().iter().map(|clip| clip.split).collect::<Vec<_>>(), expected);
    assert_eq!(dataset.fingerprint(), earlier);
    let plain = numbered(&(0..60).map(|n| format!("{n}.wav")).collect::<Vec<_>>()).open();
    assert!(plain.earlier.is_none(), "nothing changed where the name was that of a WAV file");
}

#[test]
fn copies_stand_on_one_side() {
    let folder = TestFolder::new();
    let sound = |seed: usize| wav(&(0..400).map(|i| ((i * seed) % 1009) as i16).collect::<Vec<_>>());
    for number in 0..40 {
        folder.write(&format!("yes/{number}.wav"), &sound(number + 2));
        folder.write(&format!("yes/copy of {number}.wav"), &sound(number + 2));
        folder.write(&format!("no/{number}.wav"), &sound(number + 90));
    }
    folder.write("no/wrong.wav", &sound(2));
    // Without sound all recordings are alike.
    folder.write("no/mute 1.wav", &wav(&[0; 400]));
    folder.write("yes/mute 2.wav", &wav(&[0; 400]));
    let dataset = folder.open();
    let split = |path: &str| dataset.clips().iter().find(|clip| clip.path == path).unwrap().split;
    for number in 0..40 {
        assert_eq!(
            split(&format!("yes/{number}.wav")),
            split(&format!("yes/copy of {number}.wav")),
            "{number}"
        );
    }
    assert_eq!(split("no/wrong.wav"), split("yes/0.wav"));
    let notes = dataset.notes().join("\n");
    assert!(notes.contains("40 recordings are there more than once (81 files)"), "{notes}");
    assert!(notes.contains("1 recording stands under different words"), "{notes}");
    assert!(dataset.recognises(&dataset.earlier.clone().unwrap().fingerprint));
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_back_are_faults() {
    use std::os::unix::fs::symlink;
    let folder = make(PLAIN, &[]);
    let link = |target: &str, name: &str| symlink(target, folder.data.join(name)).unwrap();
    link("/mnt/gone/up", "up");
    link(".", "again");
    link("..", "yes/above");
    link("gone.wav", "no/z_nohash_0.wav");
    link("self", "self");
    let dataset = folder.open();
    let reason = |path: &str| {
        let fault = dataset.faults().iter().find(|fault| fault.path == path);
        fault.unwrap_or_else(|| panic!("{path}: {:?}", dataset.faults())).reason.clone()
    };
    assert!(reason("up").contains("leads nowhere (/mnt/gone/up); mount"));
    assert!(reason("again").contains("leads back") && reason("yes/above").contains("leads back"));
    assert!(reason("no/z_nohash_0.wav").contains("leads nowhere"));
    assert!(reason("self").contains("cannot be followed"));
    assert_eq!(dataset.words(), ["no", "yes"]);
    // A list that cannot be read is never taken for none.
    link("/mnt/gone/list", "testing_list.txt");
    let error = folder.try_open().unwrap_err().to_string();
    assert!(error.contains("testing_list.txt"), "{error}");
    fs::remove_file(folder.data.join("testing_list.txt")).unwrap();
    assert!(folder.try_open().is_ok());
}
