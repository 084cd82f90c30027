use super::*;
use crate::dataset::testing::{TestFolder, open};
use crate::dataset::{ClipId, Split, Task};
use crate::settings::Config;

fn open_demo(options: &OpenOptions) -> Dataset {
    Dataset::open_demo(options, &|_, _| {}, &AtomicBool::new(false)).unwrap()
}

#[test]
fn the_demo_dataset_teaches_the_default_task() {
    let folder = TestFolder::new();
    let demo = open_demo(&folder.options);
    assert!(demo.is_demo() && demo.faults().is_empty());
    assert!(!demo.background().is_empty());
    for split in Split::ALL {
        assert!(demo.num_speakers(split) > 0, "{}", split.name());
    }
    let task = Task::new(&demo, &Config::default()).unwrap();
    assert_eq!(task.labels.len(), 12);
    for id in (0..demo.clips().len() as u32).map(ClipId) {
        let samples = demo.samples(id).unwrap();
        assert!(samples.iter().any(|&x| x.abs() > 0.01), "{} is silent", demo.clip(id).unwrap().path);
    }
    assert_eq!(open_demo(&folder.options).fingerprint(), demo.fingerprint(), "from the cache");
}

#[test]
fn exported_it_opens_as_the_same_dataset() {
    let folder = TestFolder::new();
    let demo = open_demo(&folder.options);
    let out = folder.data.join("demo");
    demo.export(&out, &|_, _| {}, &AtomicBool::new(false)).unwrap();
    let copy = open(&out, &folder.options).unwrap();
    assert_eq!(copy.fingerprint(), demo.fingerprint());
    assert_eq!(copy.words(), demo.words());
    assert!(copy.faults().is_empty());
    let rows = |dataset: &Dataset| {
        let clips = dataset.clips().iter();
        clips.map(|clip| (clip.path.clone(), clip.split, clip.speaker.clone())).collect::<Vec<_>>()
    };
    assert_eq!(rows(&copy), rows(&demo));
    let config = Config::default();
    let (a, b) = (Task::new(&copy, &config).unwrap(), Task::new(&demo, &config).unwrap());
    for split in Split::ALL {
        assert_eq!(a.examples(split), b.examples(split));
    }
}

#[test]
fn cancelling_stops_the_decoding() {
    let folder = TestFolder::new();
    let result = Dataset::open_demo(&folder.options, &|_, _| {}, &AtomicBool::new(true));
    assert!(matches!(result, Err(DatasetError::Cancelled)));
}

#[test]
fn damaged_assets_are_said_to_be_damaged() {
    let folder = TestFolder::new();
    let message = |assets: &Assets| {
        open_assets(assets, &folder.options, &|_, _| {}, &AtomicBool::new(false)).unwrap_err().to_string()
    };
    let good = assets::built_in();
    assert!(message(&Assets { table: "nonsense", ..*good }).contains("install the program again"));
    assert!(
        message(&Assets { streams: &[("speech-0.ogg", b"no sound")], ..*good })
            .contains("install the program again")
    );
}
