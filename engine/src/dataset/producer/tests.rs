use super::*;
use crate::dataset::testing::TestFolder;
use crate::settings::{Config, FeatureConfig};

fn dataset_and_task() -> (Arc<Dataset>, Arc<Task>) {
    let dataset = TestFolder::with_speakers(30).open();
    let mut config = Config::default();
    config.data.words = vec!["yes".into(), "no".into()];
    let task = Task::new(&dataset, &config).unwrap();
    (Arc::new(dataset), Arc::new(task))
}

fn options(threads: usize) -> ProducerOptions {
    ProducerOptions {
        seed: 3,
        augment: AugmentConfig::default(),
        batch_size: 16,
        first_epoch: 0,
        end_epoch: 3,
        threads,
    }
}

fn start(parts: &(Arc<Dataset>, Arc<Task>), options: &ProducerOptions) -> InputProducer {
    let front_end = FrontEnd::new(&FeatureConfig::default()).unwrap();
    InputProducer::start(Arc::clone(&parts.0), Arc::clone(&parts.1), front_end, options).unwrap()
}

fn all_batches(mut producer: InputProducer) -> Vec<Batch> {
    let mut batches = Vec::new();
    while let Some(batch) = producer.next_batch(None).unwrap() {
        batches.push(batch);
    }
    batches
}

#[test]
fn threads_and_reused_memory_change_no_bit() {
    let parts = dataset_and_task();
    let expected = all_batches(start(&parts, &options(1)));
    assert_eq!(all_batches(start(&parts, &options(5))), expected);
    let mut producer = start(&parts, &options(3));
    let mut spent = None;
    for batch in &expected {
        let got = producer.next_batch(spent.take()).unwrap().unwrap();
        assert_eq!(&got, batch);
        spent = Some(got);
    }
    assert!(producer.next_batch(spent).unwrap().is_none());
    assert!(producer.next_batch(None).unwrap().is_none(), "and it stays over");
}

#[test]
fn an_epoch_has_every_example_once_in_an_order_of_its_own() {
    let parts = dataset_and_task();
    let producer = start(&parts, &options(2));
    let num_examples = parts.1.examples(Split::Train).len();
    assert_eq!(producer.batches_per_epoch(), num_examples.div_ceil(16));
    let batches = all_batches(producer);
    assert_eq!(batches.len(), 3 * num_examples.div_ceil(16));
    let mut expected: Vec<u32> =
        parts.1.examples(Split::Train).iter().map(|example| example.label as u32).collect();
    expected.sort_unstable();
    let labels = |epoch: u64| -> Vec<u32> {
        batches.iter().filter(|batch| batch.epoch == epoch).flat_map(|batch| batch.labels.clone()).collect()
    };
    for epoch in 0..3 {
        let mut sorted = labels(epoch);
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        let mut order = epoch_order(3, epoch, num_examples).to_vec();
        order.sort_unstable();
        assert!(order.into_iter().eq(0..num_examples as u32));
    }
    assert_ne!(labels(0), labels(1));
    assert!(batches.iter().all(|batch| batch.inputs.len() == batch.rows() * 403));
    assert!(batches.iter().flat_map(|batch| &batch.inputs).all(|value| value.is_finite()));
}

#[test]
fn a_later_epoch_is_the_same_when_started_there() {
    let parts = dataset_and_task();
    let all = all_batches(start(&parts, &options(2)));
    let later = all_batches(start(&parts, &ProducerOptions { first_epoch: 2, ..options(2) }));
    assert_eq!(later[..], all[all.len() - later.len()..]);
    assert_eq!(later[0].epoch, 2);
    let other_seed = all_batches(start(&parts, &ProducerOptions { seed: 4, ..options(2) }));
    assert_ne!(other_seed[0], all[0]);
}

#[test]
fn its_threads_can_be_waited_for_and_go_on_afterwards() {
    let parts = dataset_and_task();
    let expected = all_batches(start(&parts, &options(2)));
    let mut producer = start(&parts, &options(2));
    assert!(!producer.wait_until_idle(Duration::ZERO) || producer.made.len() == 2 + AHEAD);
    let first = producer.next_batch(None).unwrap();
    assert!(producer.wait_until_idle(Duration::from_secs(300)));
    assert_eq!(producer.made.len() + producer.early.len(), 2 + AHEAD - 1);
    let rest = all_batches(producer);
    assert!(first.into_iter().chain(rest).eq(expected));
}

#[test]
fn dropping_ends_it_while_batches_wait() {
    let parts = dataset_and_task();
    let mut producer = start(&parts, &ProducerOptions { end_epoch: u64::MAX, ..options(2) });
    producer.next_batch(None).unwrap();
    drop(producer);
}

#[test]
fn a_clip_that_is_gone_ends_it_with_an_error() {
    let folder = TestFolder::with_speakers(30);
    let dataset = folder.open();
    let mut config = Config::default();
    config.data.words = vec!["yes".into(), "no".into()];
    let task = Arc::new(Task::new(&dataset, &config).unwrap());
    // Damage the decoded sound and remove the recordings behind it.
    let cached = std::fs::read_dir(folder.options.cache.join("pcm")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&cached).unwrap();
    bytes[..100_000].fill(1);
    std::fs::write(&cached, bytes).unwrap();
    std::fs::remove_dir_all(&folder.data).unwrap();
    let mut producer = start(&(Arc::new(dataset), task), &options(2));
    let result = loop {
        match producer.next_batch(None) {
            Ok(Some(_)) => {}
            other => break other,
        }
    };
    assert!(matches!(result, Err(DatasetError::Clip { .. })), "{result:?}");
}
