use std::cell::Cell;

use super::*;
use crate::dataset::testing::TestFolder;
use crate::settings::{Config, FeatureConfig};

struct Parts {
    folder: TestFolder,
    dataset: Dataset,
    task: Task,
    front_end: FrontEnd,
}

fn parts() -> Parts {
    let folder = TestFolder::with_speakers(40);
    let dataset = folder.open();
    let mut config = Config::default();
    config.data.words = vec!["yes".into(), "no".into()];
    let task = Task::new(&dataset, &config).unwrap();
    Parts { folder, dataset, task, front_end: FrontEnd::new(&FeatureConfig::default()).unwrap() }
}

fn compute(parts: &Parts, split: Split, threads: usize) -> Result<Inputs, DatasetError> {
    let cancel = AtomicBool::new(false);
    let options = ComputeOptions { threads, progress: &|_, _| {}, cancel: &cancel };
    Inputs::of_split(&parts.dataset, &parts.task, split, &parts.front_end, options)
}

fn cached(parts: &Parts) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(parts.folder.options.cache.join("inputs")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn inputs_are_those_of_the_front_end_for_any_number_of_threads() {
    let parts = parts();
    let inputs = compute(&parts, Split::Train, 3).unwrap();
    assert_eq!((inputs.rows(), inputs.cols()), (parts.task.examples(Split::Train).len(), 403));
    let (mut sound, mut buffer, mut scratch) = (Vec::new(), ClipBuffer::default(), parts.front_end.scratch());
    for (row, example) in inputs.examples().iter().enumerate() {
        parts.dataset.read_example(example, &mut buffer, &mut sound).unwrap();
        let mut expected = vec![0.0; 403];
        parts.front_end.input(&sound, &mut scratch, &mut expected);
        assert_eq!(*inputs.batch(row..row + 1).unwrap(), expected);
    }
    assert!(inputs.labels().eq(parts.task.examples(Split::Train).iter().map(|example| example.label)));
    assert!(inputs.batch(inputs.rows()..inputs.rows() + 5).unwrap().is_empty());
    std::fs::remove_file(&cached(&parts)[0]).unwrap();
    let alone = compute(&parts, Split::Train, 1).unwrap();
    assert_eq!(*alone.batch(0..usize::MAX).unwrap(), *inputs.batch(0..usize::MAX).unwrap());
}

#[test]
fn the_second_time_they_come_from_the_cache() {
    let parts = parts();
    let computed = compute(&parts, Split::Valid, 2).unwrap();
    // Only the cache can answer once clips cannot be read.
    std::fs::remove_dir_all(&parts.folder.data).unwrap();
    std::fs::remove_dir_all(parts.folder.options.cache.join("pcm")).unwrap();
    let loaded = compute(&parts, Split::Valid, 2).unwrap();
    assert_eq!(*loaded.batch(0..usize::MAX).unwrap(), *computed.batch(0..usize::MAX).unwrap());
    assert_eq!(cached(&parts).len(), 1);
    assert_ne!(
        cache_path(&parts.dataset, parts.task.examples(Split::Test), &parts.front_end),
        cached(&parts)[0]
    );
    let other = FrontEnd::new(&FeatureConfig { num_mel: 24, ..FeatureConfig::default() }).unwrap();
    assert_ne!(cache_path(&parts.dataset, parts.task.examples(Split::Valid), &other), cached(&parts)[0]);
}

#[test]
fn large_inputs_are_read_from_disk() {
    let parts = parts();
    let inputs = compute(&parts, Split::Test, 2).unwrap();
    let path = cached(&parts).remove(0);
    let file = InputFile::open(&path, inputs.rows(), inputs.cols()).unwrap();
    let on_disk = Inputs::from_file(file, inputs.examples.clone(), inputs.cols, false, &path).unwrap();
    assert!(matches!(on_disk.values, Values::Disk(_)));
    assert_eq!(*on_disk.batch(2..5).unwrap(), *inputs.batch(2..5).unwrap());
    assert_eq!(*on_disk.batch(0..usize::MAX).unwrap(), *inputs.batch(0..usize::MAX).unwrap());
}

#[test]
fn a_damaged_cache_is_computed_again_and_an_unwritable_one_does_without() {
    let parts = parts();
    let good = compute(&parts, Split::Valid, 2).unwrap();
    let path = cached(&parts).remove(0);
    std::fs::write(&path, b"damaged").unwrap();
    let again = compute(&parts, Split::Valid, 2).unwrap();
    assert_eq!(*again.batch(0..usize::MAX).unwrap(), *good.batch(0..usize::MAX).unwrap());
    let folder = path.parent().unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    std::fs::write(folder, b"a file where the folder should be").unwrap();
    let without = compute(&parts, Split::Valid, 2).unwrap();
    assert_eq!(*without.batch(0..usize::MAX).unwrap(), *good.batch(0..usize::MAX).unwrap());
}

#[test]
fn progress_counts_up_and_cancelling_stops() {
    let parts = parts();
    let (last, cancel) = (Cell::new((0, 0)), AtomicBool::new(false));
    let progress = |done, total| last.set((done, total));
    let options = ComputeOptions { threads: 2, progress: &progress, cancel: &cancel };
    let run = || Inputs::of_split(&parts.dataset, &parts.task, Split::Train, &parts.front_end, options);
    cancel.store(true, Ordering::Relaxed);
    assert!(matches!(run(), Err(DatasetError::Cancelled)));
    assert!(cached(&parts).is_empty());
    cancel.store(false, Ordering::Relaxed);
    let rows = run().unwrap().rows() as u64;
    assert_eq!(last.get(), (rows, rows));
}
