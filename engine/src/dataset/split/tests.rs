use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone, Copy)]
struct File<'a> {
    word: u16,
    folder: &'a str,
    file_name: &'a str,
}

fn named<'a>(word: u16, folder: &'a str, file_name: &'a str) -> File<'a> {
    File { word, folder, file_name }
}

#[derive(Default)]
struct Lists {
    validation: Option<Vec<String>>,
    testing: Option<Vec<String>>,
}

fn lists(validation: &[&str], testing: &[&str]) -> Lists {
    let list = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    Lists { validation: list(validation), testing: list(testing) }
}

/// Matches the lists and assigns, as opening does.
fn assign(files: &[File], lists: &Lists) -> Assignment {
    let listable: Vec<_> = files
        .iter()
        .map(|file| Listable { folder: file.folder, word: file.folder, file_name: file.file_name })
        .collect();
    let parsed =
        |list: &Option<Vec<String>>| list.as_ref().map(|names| ListText::read(names.join("\n").as_bytes()));
    let (given, reports) = match_lists(&listable, [parsed(&lists.validation), parsed(&lists.testing)]);
    let hash_names: Vec<_> = files.iter().map(|file| hash_name(file.file_name)).collect();
    let clips: Vec<_> = (0..files.len())
        .map(|i| Named {
            word: files[i].word,
            file_name: files[i].file_name,
            hash_name: &hash_names[i],
            given: given[i],
            speaker: None,
            is_labelled: false,
        })
        .collect();
    super::assign(&clips, &SplitSource { lists: reports, ..SplitSource::default() })
}

/// Every known speaker is in exactly one split.
fn assert_disjoint(assignment: &Assignment) {
    let mut split_of: HashMap<&str, Split> = HashMap::new();
    for (speaker, &split) in assignment.speakers.iter().zip(&assignment.splits) {
        if !speaker.is_empty() {
            assert_eq!(*split_of.entry(speaker).or_insert(split), split, "speaker {speaker}");
        }
    }
}

#[test]
fn the_published_hash_gives_its_splits() {
    // int(sha1(name).hexdigest(), 16) % 2**27 * 100 / (2**27 - 1), computed with Python's hashlib.
    for (name, split) in PUBLISHED {
        assert_eq!(published_split(name), split, "{name}");
    }
}

const PUBLISHED: [(&str, Split); 6] = [
    ("00f0204f", Split::Train),
    ("speaker-a", Split::Train),
    ("speaker-h", Split::Valid),
    ("speaker-r", Split::Valid),
    ("5828dfa2", Split::Test),
    ("105a0eea", Split::Test),
];

#[test]
fn lists_decide_when_present() {
    let clips = [
        named(0, "yes", "a_nohash_0.flac"),
        named(0, "yes", "b_nohash_0.wav"),
        named(0, "yes", "c_nohash_0.wav"),
    ];
    let got = assign(&clips, &lists(&["yes/b_nohash_0"], &["yes/c_nohash_0"]));
    assert_eq!(got.splits, [Split::Train, Split::Valid, Split::Test]);
    assert_eq!(got.notes.len(), 1, "{:?}", got.notes);
}

#[test]
fn a_leaking_speaker_is_reported_and_moved_out_of_training() {
    let mut clips = vec![named(0, "yes", "leak_nohash_0.wav"), named(0, "yes", "leak_nohash_1.wav")];
    let others: Vec<String> = (0..10).map(|i| format!("s{i}_nohash_0.wav")).collect();
    clips.extend(others.iter().map(|name| named(0, "yes", name)));
    let got = assign(&clips, &lists(&["yes/s0_nohash_0"], &["yes/leak_nohash_1"]));
    assert_disjoint(&got);
    assert_eq!(got.splits[..2], [Split::Test, Split::Test]);
    assert!(
        got.notes.iter().any(|note| note.contains("leak (training 1, validation 0, testing 1)")),
        "{:?}",
        got.notes
    );
}

#[test]
fn lists_that_leak_everybody_give_way_to_the_hash() {
    let names: Vec<String> =
        (0..40).flat_map(|s| (0..10).map(move |n| format!("s{s}_nohash_{n}.wav"))).collect();
    let clips: Vec<_> = names.iter().map(|name| named(0, "yes", name)).collect();
    let nth = |n: usize| -> Vec<String> { (0..40).map(|s| format!("yes/s{s}_nohash_{n}")).collect() };
    let (valid, test) = (nth(0), nth(1));
    let got = assign(&clips, &Lists { validation: Some(valid), testing: Some(test) });
    assert_disjoint(&got);
    assert!(got.splits.iter().filter(|&&split| split == Split::Train).count() > 200);
    assert!(got.notes.iter().any(|note| note.contains("they were ignored")), "{:?}", got.notes);
}

#[test]
fn one_missing_list_is_filled_by_the_hash() {
    let names: Vec<String> = (0..300).map(|s| format!("s{s}_nohash_0.wav")).collect();
    let clips: Vec<_> = names.iter().map(|name| named(0, "yes", name)).collect();
    let testing = Some(vec!["yes/s0_nohash_0".to_owned()]);
    let got = assign(&clips, &Lists { validation: None, testing });
    let count = |wanted: Split| got.splits.iter().filter(|&&split| split == wanted).count();
    assert_eq!(count(Split::Test), 1);
    assert!((15..50).contains(&count(Split::Valid)), "{}", count(Split::Valid));
}

#[test]
fn one_speaker_is_said_to_be_one() {
    let clips = [named(0, "yes", "me_nohash_0.wav"), named(1, "no", "me_nohash_0.wav")];
    let got = assign(&clips, &Lists::default());
    assert!(got.notes.iter().any(|note| note == ONE_SPEAKER_NOTE), "{:?}", got.notes);
}

#[test]
fn names_without_speakers_are_split_one_by_one() {
    let names: Vec<String> = (0..500).map(|i| format!("rec{i}.wav")).collect();
    let clips: Vec<_> = names.iter().enumerate().map(|(i, name)| named((i % 2) as u16, "x", name)).collect();
    let got = assign(&clips, &Lists::default());
    for split in Split::ALL {
        assert!(got.splits.contains(&split));
    }
    assert!(got.speakers.iter().all(|speaker| speaker.is_empty()));
    assert!(got.notes.iter().any(|note| note.contains("do not say who speaks")), "{:?}", got.notes);
}

proptest! {
    #[test]
    fn speakers_never_share_a_split(
        files in prop::collection::vec((0u16..4, 0u8..12, 0u8..5, any::<bool>()), 1..120),
        listed in prop::collection::vec((0u16..4, 0u8..12, 0u8..5, any::<bool>()), 0..60),
        which in 0u8..4,
    ) {
        let words = ["yes", "no", "up", "down"];
        let name = |speaker: u8, take: u8, published: bool| {
            if published { format!("s{speaker}_nohash_{take}.wav") } else { format!("s{speaker}_{take}.wav") }
        };
        let names: Vec<_> = files.iter().map(|&(_, s, t, p)| name(s, t, p)).collect();
        let clips: Vec<_> = files.iter().zip(&names)
            .map(|(&(word, ..), name)| named(word, words[usize::from(word)], name)).collect();
        let list = |half: usize| listed.iter().skip(half).step_by(2)
            .map(|&(word, s, t, p)| format!("{}/{}", words[usize::from(word)], names::stem(&name(s, t, p)))).collect::<Vec<_>>();
        let lists = Lists {
            validation: (which & 1 != 0).then(|| list(0)),
            testing: (which & 2 != 0).then(|| list(1)),
        };
        let got = assign(&clips, &lists);
        prop_assert_eq!(got.splits.len(), clips.len());
        assert_disjoint(&got);
        // The same clips in another order end where they were.
        let mut order: Vec<usize> = (0..clips.len()).collect();
        order.reverse();
        let reversed: Vec<_> = order.iter().map(|&i| clips[i]).collect();
        let again = assign(&reversed, &lists);
        for (position, &i) in order.iter().enumerate() {
            prop_assert_eq!(again.splits[position], got.splits[i]);
        }
    }
}
