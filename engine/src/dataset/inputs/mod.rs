//! The unvaried network inputs of a split, computed once and kept on disk by content.

mod file;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use self::file::{InputFile, InputWriter};
use super::digest::FieldHasher;
use super::noise::NoiseSpan;
use super::task::Silence;
use super::{CLIP_SAMPLES, ClipBuffer, Dataset, DatasetError, Example, Source, Split, Task, cache};
use crate::features::FrontEnd;

/// Inputs up to this size are held in memory, larger ones are read from disk batch by batch.
const MAX_MEMORY_BYTES: usize = 256 << 20;
/// Most bytes of inputs kept on disk.
const MAX_CACHE_BYTES: u64 = 4 << 30;
/// Inputs computed between two looks at progress and cancelling.
const ROWS_PER_ROUND: usize = 512;

/// Unvaried inputs of a list of examples: `rows x cols` values, not yet normalised.
#[derive(Debug)]
pub struct Inputs {
    examples: Vec<Example>,
    cols: usize,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Memory(Vec<f32>),
    Disk(InputFile),
}

/// How inputs are computed: on how many threads, who is told, and who may stop it.
#[derive(Clone, Copy)]
pub struct ComputeOptions<'a> {
    /// Threads; 0 takes all cores.
    pub threads: usize,
    /// Called with inputs done and inputs in all.
    pub progress: &'a dyn Fn(u64, u64),
    /// Set to give up.
    pub cancel: &'a AtomicBool,
}

impl Inputs {
    /// The inputs of a split; from the cache when they were computed before.
    ///
    /// # Errors
    /// [`DatasetError::Clip`] when a clip cannot be read any more, [`DatasetError::Cancelled`], and
    /// [`DatasetError::Cache`] when the inputs fit neither into memory nor onto the disk.
    pub fn of_split(
        dataset: &Dataset,
        task: &Task,
        split: Split,
        front_end: &FrontEnd,
        options: ComputeOptions,
    ) -> Result<Self, DatasetError> {
        Self::of_examples(dataset, task.examples(split).to_vec(), front_end, options)
    }

    /// The inputs of any examples, such as [`Task::every_example`].
    ///
    /// # Errors
    /// As [`Self::of_split`].
    pub fn of_examples(
        dataset: &Dataset,
        examples: Vec<Example>,
        front_end: &FrontEnd,
        options: ComputeOptions,
    ) -> Result<Self, DatasetError> {
        let cols = front_end.num_inputs();
        let path = cache_path(dataset, &examples, front_end);
        let fits_memory = examples.len() * cols * size_of::<f32>() <= MAX_MEMORY_BYTES;
        if let Some(file) = InputFile::open(&path, examples.len(), cols) {
            (options.progress)(examples.len() as u64, examples.len() as u64);
            return Self::from_file(file, examples, cols, fits_memory, &path);
        }
        let mut kept = Vec::new();
        write_all(dataset, &examples, front_end, options, &path, fits_memory.then_some(&mut kept))?;
        if fits_memory {
            return Ok(Self { examples, cols, values: Values::Memory(kept) });
        }
        match InputFile::open(&path, examples.len(), cols) {
            Some(file) => Self::from_file(file, examples, cols, false, &path),
            None => Err(DatasetError::Cache { path, source: std::io::ErrorKind::NotFound.into() }),
        }
    }

    fn from_file(
        file: InputFile,
        examples: Vec<Example>,
        cols: usize,
        fits_memory: bool,
        path: &std::path::Path,
    ) -> Result<Self, DatasetError> {
        let values = if fits_memory {
            let all = file.read(0..examples.len());
            Values::Memory(all.map_err(|source| DatasetError::Cache { path: path.to_owned(), source })?)
        } else {
            Values::Disk(file)
        };
        Ok(Self { examples, cols, values })
    }

    /// Number of inputs.
    pub fn rows(&self) -> usize {
        self.examples.len()
    }

    /// Values of one input.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The examples behind the rows.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// Label of every row.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.examples.iter().map(|example| example.label)
    }

    /// The values of some rows, row by row; rows past the end are cut. Inputs larger than 256 MiB are read from
    /// disk, so ask for a batch at a time.
    ///
    /// # Errors
    /// [`DatasetError::Cache`] when the cache file cannot be read any more.
    pub fn batch(&self, rows: Range<usize>) -> Result<Cow<'_, [f32]>, DatasetError> {
        let end = rows.end.min(self.rows());
        let rows = rows.start.min(end)..end;
        match &self.values {
            Values::Memory(values) => {
                Ok(Cow::Borrowed(&values[rows.start * self.cols..rows.end * self.cols]))
            }
            Values::Disk(file) => file
                .read(rows)
                .map(Cow::Owned)
                .map_err(|source| DatasetError::Cache { path: file.path().to_owned(), source }),
        }
    }
}

/// Computes all inputs round by round; writes them to the cache, and to `kept` when it is given. A cache that
/// cannot be written is an error only when nothing else keeps the inputs.
fn write_all(
    dataset: &Dataset,
    examples: &[Example],
    front_end: &FrontEnd,
    options: ComputeOptions,
    path: &std::path::Path,
    mut kept: Option<&mut Vec<f32>>,
) -> Result<(), DatasetError> {
    let mut writer = InputWriter::create(path, front_end.num_inputs());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(super::open::threads_or_all(options.threads))
        .thread_name(|number| format!("dataset-feat-{number}"))
        .build()
        .map_err(|error| DatasetError::Thread { source: std::io::Error::other(error) })?;
    let mut values = Vec::new();
    let mut done = 0;
    for round in examples.chunks(ROWS_PER_ROUND) {
        if options.cancel.load(Ordering::Relaxed) {
            return Err(DatasetError::Cancelled);
        }
        values.resize(round.len() * front_end.num_inputs(), 0.0);
        pool.install(|| compute_round(dataset, round, front_end, &mut values))?;
        writer = writer.and_then(|writer| writer.push(&values));
        match &mut kept {
            Some(kept) => kept.extend_from_slice(&values),
            None if writer.is_err() => break,
            None => {}
        }
        done += round.len() as u64;
        (options.progress)(done, examples.len() as u64);
    }
    match writer.and_then(InputWriter::finish) {
        Ok(()) => {
            path.parent().inspect(|folder| cache::prune(folder, MAX_CACHE_BYTES, path));
            Ok(())
        }
        Err(error) if kept.is_some() => {
            tracing::warn!("inputs are not kept for the next start ({error}): {}", path.display());
            Ok(())
        }
        Err(source) => Err(DatasetError::Cache { path: path.to_owned(), source }),
    }
}

fn compute_round(
    dataset: &Dataset,
    examples: &[Example],
    front_end: &FrontEnd,
    values: &mut [f32],
) -> Result<(), DatasetError> {
    let rows = values.par_chunks_exact_mut(front_end.num_inputs()).zip(examples);
    let scratch = || (ClipBuffer::default(), Vec::new(), front_end.scratch());
    rows.try_for_each_init(scratch, |(buffer, sound, features), (row, example)| {
        dataset.read_example(example, buffer, sound)?;
        front_end.input(sound, features, row);
        Ok(())
    })
}

/// The cache file of these inputs: named by everything that decides over their bits.
fn cache_path(dataset: &Dataset, examples: &[Example], front_end: &FrontEnd) -> PathBuf {
    let mut hasher = FieldHasher::new("inputs 1");
    hasher.text(dataset.fingerprint());
    hasher.text(&format!("{:?}", front_end.config()));
    for bits in probe(front_end) {
        hasher.number(u64::from(bits));
    }
    for example in examples {
        hasher.number(example.label as u64);
        hash_source(&mut hasher, &example.source);
    }
    dataset.cache_folder().join("inputs").join(format!("{}.f32", hasher.finish()))
}

/// The input of a fixed sound: it changes when the program computes features in another way, be it by a new
/// version or by other instructions of the processor.
fn probe(front_end: &FrontEnd) -> Vec<u32> {
    let sound: Vec<f32> = (0..CLIP_SAMPLES).map(|i| ((i * i) % 1009) as f32 / 2018.0 - 0.25).collect();
    let mut input = vec![0.0; front_end.num_inputs()];
    front_end.input(&sound, &mut front_end.scratch(), &mut input);
    input.into_iter().map(f32::to_bits).collect()
}

fn hash_source(hasher: &mut FieldHasher, source: &Source) {
    match source {
        Source::Clip(id) => hasher.number(u64::from(id.0)),
        Source::Silence(Silence { span, volume }) => {
            hasher.text("silence");
            hasher.number(u64::from(volume.to_bits()));
            match *span {
                NoiseSpan::Made { key } => hasher.number(key),
                NoiseSpan::Recorded { recording, start, end } => {
                    [recording, start, end].into_iter().for_each(|part| hasher.number(u64::from(part)));
                }
            }
        }
    }
}
