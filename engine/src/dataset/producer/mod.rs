//! Batches of augmented training inputs, made ahead of the training steps on threads of their own.
//!
//! Whole batches are the unit of work: each thread takes a ticket (which batch of which epoch, and the memory
//! for it), and the batches are handed out in order. As many tickets go round as batches fit ahead, so memory
//! is bounded and nothing is allocated once all of them have been round. What is in a batch depends on seed,
//! epoch and position alone.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::draws::{Draws, key_of_text};
use super::{AugmentScratch, Augmenter, Dataset, DatasetError, Split, Task};
use crate::features::FrontEnd;
use crate::settings::AugmentConfig;

/// Batches ready or in work beyond one for every thread.
const AHEAD: usize = 2;
/// Time between two looks whether the threads have anything to do.
const IDLE_LOOK: Duration = Duration::from_millis(2);

/// Which batches are made.
#[derive(Debug, Clone, PartialEq)]
pub struct ProducerOptions {
    /// Seed of order and augmentation.
    pub seed: u64,
    /// How clips are varied.
    pub augment: AugmentConfig,
    /// Clips in a batch; the last batch of an epoch may have fewer.
    pub batch_size: usize,
    /// First epoch to make, counted from 0: a continued run starts where it was.
    pub first_epoch: u64,
    /// Epoch after the last.
    pub end_epoch: u64,
    /// Threads; 0 takes all cores.
    pub threads: usize,
}

/// A batch of augmented training inputs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// Epoch, from 0.
    pub epoch: u64,
    /// Position in the epoch, from 0.
    pub index: usize,
    /// `rows x num_inputs` values, row by row, not yet normalised.
    pub inputs: Vec<f32>,
    /// Label of every row, an index into [`Task::labels`].
    pub labels: Vec<u32>,
}

impl Batch {
    /// Clips in the batch.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }
}

struct Ticket {
    number: u64,
    /// Indices of the training examples of this batch are `order[rows]`.
    order: Arc<[u32]>,
    rows: std::ops::Range<usize>,
    batch: Batch,
}

type Made = (u64, Result<Batch, DatasetError>);

/// Makes training batches ahead of the steps that learn from them. Dropping it ends and joins its threads.
#[derive(Debug)]
pub struct InputProducer {
    schedule: Schedule,
    /// `None` only while being dropped.
    tickets: Option<Sender<Ticket>>,
    made: Receiver<Made>,
    early: BTreeMap<u64, Result<Batch, DatasetError>>,
    num_delivered: u64,
    threads: Vec<JoinHandle<()>>,
}

impl InputProducer {
    /// Starts making batches.
    ///
    /// # Errors
    /// [`DatasetError::Thread`] when no thread can be started.
    pub fn start(
        dataset: Arc<Dataset>,
        task: Arc<Task>,
        front_end: FrontEnd,
        options: &ProducerOptions,
    ) -> Result<Self, DatasetError> {
        let num_threads = super::open::threads_or_all(options.threads);
        let depth = num_threads + AHEAD;
        let (tickets, waiting) = bounded(depth);
        let (done, made) = bounded(depth);
        let schedule = Schedule::new(options, task.examples(Split::Train).len());
        let maker =
            Maker { dataset, task, augmenter: Augmenter::new(&options.augment, options.seed), front_end };
        let maker = Arc::new(maker);
        let mut producer = Self {
            schedule,
            tickets: Some(tickets),
            made,
            early: BTreeMap::new(),
            num_delivered: 0,
            threads: Vec::new(),
        };
        for number in 0..num_threads {
            let (maker, waiting, done) = (Arc::clone(&maker), waiting.clone(), done.clone());
            let thread = thread::Builder::new()
                .name(format!("inputs-{number}"))
                .spawn(move || maker.serve(&waiting, &done))
                .map_err(|source| DatasetError::Thread { source })?;
            producer.threads.push(thread);
        }
        for _ in 0..depth {
            producer.issue(Batch::default());
        }
        Ok(producer)
    }

    /// Batches of one epoch.
    pub fn batches_per_epoch(&self) -> usize {
        self.schedule.batches_per_epoch()
    }

    /// The next batch, in order; `None` after the last epoch. Give back the batch that was used up: its memory
    /// is used again.
    ///
    /// # Errors
    /// [`DatasetError::Clip`] when a clip can no longer be read.
    pub fn next_batch(&mut self, spent: Option<Batch>) -> Result<Option<Batch>, DatasetError> {
        if self.num_delivered == self.schedule.num_issued && spent.is_none() {
            self.issue(Batch::default());
        }
        if let Some(batch) = spent {
            self.issue(batch);
        }
        if self.num_delivered == self.schedule.num_issued {
            return Ok(None);
        }
        let batch = loop {
            if let Some(batch) = self.early.remove(&self.num_delivered) {
                break batch;
            }
            match self.made.recv() {
                Ok((number, batch)) => self.early.insert(number, batch),
                Err(_) => return Err(stopped()),
            };
        };
        self.num_delivered += 1;
        batch.map(Some)
    }

    /// Waits, for `limit` at most, until every batch that was asked for is made and the threads have nothing to do;
    /// whether it came to that. They go on with the next [`Self::next_batch`].
    pub fn wait_until_idle(&self, limit: Duration) -> bool {
        let began = Instant::now();
        loop {
            let num_ready = (self.made.len() + self.early.len()) as u64;
            let is_idle = num_ready == self.schedule.num_issued - self.num_delivered;
            if is_idle || began.elapsed() >= limit {
                return is_idle;
            }
            thread::sleep(IDLE_LOOK);
        }
    }

    /// Hands the next batch to a thread, if any is left to be made.
    fn issue(&mut self, batch: Batch) {
        if let (Some(tickets), Some(ticket)) = (&self.tickets, self.schedule.next_ticket(batch)) {
            // There is room: at most `depth` tickets go round.
            let _ = tickets.send(ticket);
        }
    }
}

impl Drop for InputProducer {
    fn drop(&mut self) {
        drop(self.tickets.take());
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn stopped() -> DatasetError {
    DatasetError::Clip { reason: "the threads that make inputs have stopped".into(), path: String::new() }
}

/// Which clips come when.
#[derive(Debug)]
struct Schedule {
    seed: u64,
    batch_size: usize,
    num_examples: usize,
    epoch: u64,
    end_epoch: u64,
    next_row: usize,
    order: Arc<[u32]>,
    num_issued: u64,
}

impl Schedule {
    fn new(options: &ProducerOptions, num_examples: usize) -> Self {
        let batch_size = options.batch_size.max(1);
        // Without examples there is nothing to make in any epoch.
        let end_epoch = if num_examples == 0 { options.first_epoch } else { options.end_epoch };
        Self {
            seed: options.seed,
            batch_size,
            num_examples,
            epoch: options.first_epoch,
            end_epoch,
            next_row: 0,
            order: epoch_order(options.seed, options.first_epoch, num_examples),
            num_issued: 0,
        }
    }

    fn batches_per_epoch(&self) -> usize {
        self.num_examples.div_ceil(self.batch_size)
    }

    fn next_ticket(&mut self, mut batch: Batch) -> Option<Ticket> {
        if self.epoch >= self.end_epoch {
            return None;
        }
        let rows = self.next_row..(self.next_row + self.batch_size).min(self.num_examples);
        (batch.epoch, batch.index) = (self.epoch, self.next_row / self.batch_size);
        let ticket =
            Ticket { number: self.num_issued, order: Arc::clone(&self.order), rows: rows.clone(), batch };
        self.num_issued += 1;
        self.next_row = rows.end;
        if self.next_row == self.num_examples {
            self.next_row = 0;
            self.epoch += 1;
            self.order = epoch_order(self.seed, self.epoch, self.num_examples);
        }
        Some(ticket)
    }
}

/// The order of the training examples in an epoch.
fn epoch_order(seed: u64, epoch: u64, num_examples: usize) -> Arc<[u32]> {
    let mut order: Vec<u32> = (0..num_examples as u32).collect();
    Draws::new(&[key_of_text("order of clips"), seed, epoch]).shuffle(&mut order);
    order.into()
}

/// What the threads share.
struct Maker {
    dataset: Arc<Dataset>,
    task: Arc<Task>,
    augmenter: Augmenter,
    front_end: FrontEnd,
}

impl Maker {
    fn serve(&self, waiting: &Receiver<Ticket>, done: &Sender<Made>) {
        let mut scratch = AugmentScratch::default();
        let mut sound = Vec::new();
        let mut features = self.front_end.scratch();
        for ticket in waiting {
            let number = ticket.number;
            let batch =
                catch_unwind(AssertUnwindSafe(|| self.make(ticket, &mut scratch, &mut sound, &mut features)));
            if done.send((number, batch.unwrap_or_else(|_| Err(stopped())))).is_err() {
                return;
            }
        }
    }

    fn make(
        &self,
        ticket: Ticket,
        scratch: &mut AugmentScratch,
        sound: &mut Vec<f32>,
        features: &mut crate::features::Scratch,
    ) -> Result<Batch, DatasetError> {
        let Ticket { order, rows, mut batch, .. } = ticket;
        let num_inputs = self.front_end.num_inputs();
        batch.inputs.resize(rows.len() * num_inputs, 0.0);
        batch.labels.clear();
        for (&index, input) in order[rows].iter().zip(batch.inputs.chunks_exact_mut(num_inputs)) {
            let (dataset, task) = (&self.dataset, &self.task);
            let label =
                self.augmenter.training_clip(dataset, task, index as usize, batch.epoch, scratch, sound)?;
            self.front_end.input(sound, features, input);
            batch.labels.push(label as u32);
        }
        Ok(batch)
    }
}
