//! Checkpoints: all that a run needs to go on as if it had never stopped.
//!
//! `checkpoint.safetensors` is the truth: its metadata holds the state, so tensors and state can never
//! come from different moments, wherever a program is killed. `checkpoint.json` is a copy of the state for
//! people, written after it.

use std::collections::{BTreeMap, HashMap};

use candle_core::{DType, Device, Tensor};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{EpochMetrics, Exact};
use crate::runs::{RunError, RunFolder, file_names, replace_file};

/// Key of the state in the metadata of the tensor file.
const STATE: &str = "state";
const WHAT: &str = "the checkpoint";
const VERSION: u32 = 1;

/// Sums over the steps of an epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochSums {
    /// Loss times clips.
    pub loss: Exact,
    /// Clips recognised.
    pub correct: u64,
    /// Clips.
    pub count: u64,
}

/// The epoch whose weights are kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Epoch, from 1.
    pub epoch: usize,
    /// Validation accuracy.
    pub accuracy: Exact,
    /// Validation loss.
    pub loss: Exact,
}

impl Best {
    /// Whether this is better than `other`: higher accuracy, and at equal accuracy lower loss.
    pub fn beats(&self, other: &Self) -> bool {
        (self.accuracy.0, -self.loss.0) > (other.accuracy.0, -other.loss.0)
    }
}

/// Where a run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckpointState {
    /// Layout of this file.
    pub version: u32,
    /// Hash of the configuration.
    pub config_hash: String,
    /// Hash of the dataset.
    pub data_fingerprint: String,
    /// Finished epochs.
    pub num_epochs: usize,
    /// Steps done of the epoch in progress.
    pub num_steps: usize,
    /// Sums over those steps.
    pub sums: EpochSums,
    /// The epoch whose weights are kept so far.
    pub best: Option<Best>,
    /// Seconds of training.
    pub train_seconds: f64,
    /// Finished epochs, one by one.
    pub history: Vec<EpochMetrics>,
    /// SHA-256 of all tensors, hexadecimal.
    pub digest: String,
}

impl CheckpointState {
    /// The state before the first step.
    pub fn new(config_hash: String, data_fingerprint: String) -> Self {
        Self {
            version: VERSION,
            config_hash,
            data_fingerprint,
            num_epochs: 0,
            num_steps: 0,
            sums: EpochSums::default(),
            best: None,
            train_seconds: 0.0,
            history: Vec::new(),
            digest: String::new(),
        }
    }
}

/// A state with its tensors, by name.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// Where the run is.
    pub state: CheckpointState,
    /// Tensors of 32-bit floating-point or 64-bit whole numbers, of any shape.
    pub tensors: BTreeMap<String, Tensor>,
}

impl Checkpoint {
    /// Replaces the checkpoint of a run.
    ///
    /// # Errors
    /// The disk is full or the folder cannot be written; the checkpoint before it is then untouched.
    pub fn save(&self, run: &RunFolder) -> Result<(), RunError> {
        let path = run.file(file_names::CHECKPOINT);
        let other = |error: String| RunError::Write {
            what: WHAT,
            source: std::io::Error::other(error),
            path: path.clone(),
        };
        let bytes = tensor_bytes(&self.tensors).map_err(|error| other(error.to_string()))?;
        let mut state = self.state.clone();
        state.digest = digest(&bytes);
        let text = serde_json::to_string(&state).map_err(|error| other(error.to_string()))?;
        let views = bytes.iter().map(|(name, (dtype, shape, data))| {
            TensorView::new(*dtype, shape.clone(), data).map(|view| (name.as_str(), view))
        });
        let views: Vec<_> = views.collect::<Result<_, _>>().map_err(|error| other(error.to_string()))?;
        let metadata = HashMap::from([(STATE.to_string(), text)]);
        let file = safetensors::serialize(views, Some(metadata)).map_err(|error| other(error.to_string()))?;
        replace_file(&path, WHAT, |out| out.write_all(&file))?;
        replace_file(&run.file(file_names::CHECKPOINT_STATE), WHAT, |out| {
            serde_json::to_writer_pretty(&mut *out, &state)?;
            out.write_all(b"\n")
        })
    }

    /// Reads the checkpoint of a run; `None` when it has none yet.
    ///
    /// # Errors
    /// The file cannot be read, is cut short, or its tensors are not those that were written.
    pub fn load(run: &RunFolder) -> Result<Option<Self>, RunError> {
        let path = run.file(file_names::CHECKPOINT);
        let file = match std::fs::read(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(RunError::read(WHAT, &path)(error)),
        };
        parse(&file).map(Some).map_err(|reason| {
            RunError::Damaged(format!(
                "checkpoint.safetensors {reason}; remove that file to train from the start, or delete the run ({})",
                path.display()
            ))
        })
    }
}

fn parse(file: &[u8]) -> Result<Checkpoint, String> {
    let cut_short = |_| "is cut short or not a tensor file".to_string();
    let (_, header) = SafeTensors::read_metadata(file).map_err(cut_short)?;
    let text = header.metadata().as_ref().and_then(|metadata| metadata.get(STATE));
    let state: CheckpointState =
        text.and_then(|text| serde_json::from_str(text).ok()).ok_or("does not say where the run was")?;
    if state.version != VERSION {
        return Err(format!("was written by another version of the program (layout {})", state.version));
    }
    let tensors = SafeTensors::deserialize(file).map_err(cut_short)?;
    let mut bytes = BTreeMap::new();
    for (name, view) in tensors.iter() {
        bytes.insert(name.to_string(), (view.dtype(), view.shape().to_vec(), view.data().to_vec()));
    }
    if digest(&bytes) != state.digest {
        return Err("holds other numbers than were written".into());
    }
    let tensors = bytes.into_iter().map(|(name, (dtype, shape, data))| {
        let tensor = match dtype {
            Dtype::F32 => {
                let values = data.as_chunks::<4>().0.iter().map(|&value| f32::from_le_bytes(value)).collect();
                Tensor::from_vec::<_, f32>(values, shape, &Device::Cpu)
            }
            Dtype::I64 => {
                let values = data.as_chunks::<8>().0.iter().map(|&value| i64::from_le_bytes(value)).collect();
                Tensor::from_vec::<_, i64>(values, shape, &Device::Cpu)
            }
            _ => return Err(format!("holds `{name}` as {dtype:?}")),
        };
        Ok((name, tensor.map_err(|error| format!("cannot be taken in ({error})"))?))
    });
    Ok(Checkpoint { state, tensors: tensors.collect::<Result<_, _>>()? })
}

type TensorBytes = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn tensor_bytes(tensors: &BTreeMap<String, Tensor>) -> candle_core::Result<TensorBytes> {
    let one = |tensor: &Tensor| -> candle_core::Result<_> {
        let flat = tensor.flatten_all()?;
        let shape = tensor.dims().to_vec();
        if tensor.dtype() == DType::I64 {
            let bytes = flat.to_vec1::<i64>()?.into_iter().flat_map(i64::to_le_bytes).collect();
            return Ok((Dtype::I64, shape, bytes));
        }
        let bytes = flat.to_vec1::<f32>()?.into_iter().flat_map(f32::to_le_bytes).collect();
        Ok((Dtype::F32, shape, bytes))
    };
    tensors.iter().map(|(name, tensor)| Ok((name.clone(), one(tensor)?))).collect()
}

fn digest(tensors: &TensorBytes) -> String {
    let mut hash = Sha256::new();
    for (name, (dtype, shape, data)) in tensors {
        hash.update(format!("{name} {dtype:?} {shape:?}\n"));
        hash.update(data);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Config;

    fn checkpoint(value: f32) -> Checkpoint {
        let tensor = Tensor::from_vec(vec![value, f32::MIN_POSITIVE, -0.0, 1e-40], (2, 2), &Device::Cpu);
        let mut state = CheckpointState::new("c".into(), "d".into());
        state.sums.loss = Exact(0.1 + 0.2);
        state.best = Some(Best { epoch: 3, accuracy: Exact(1.0 / 3.0), loss: Exact(0.7) });
        let count = Tensor::new(&[i64::MAX - 1], &Device::Cpu).unwrap();
        let tensors = [("weights.a".into(), tensor.unwrap()), ("steps".into(), count)];
        Checkpoint { state, tensors: tensors.into_iter().collect() }
    }

    fn bits(checkpoint: &Checkpoint) -> Vec<u32> {
        let tensor = checkpoint.tensors["weights.a"].flatten_all().unwrap();
        tensor.to_vec1::<f32>().unwrap().iter().map(|value| value.to_bits()).collect()
    }

    #[test]
    fn a_checkpoint_comes_back_bit_for_bit() {
        let runs = tempfile::tempdir().unwrap();
        let run = RunFolder::create(runs.path(), None, &Config::default()).unwrap();
        assert!(Checkpoint::load(&run).unwrap().is_none());
        let saved = checkpoint(1.5);
        saved.save(&run).unwrap();
        let loaded = Checkpoint::load(&run).unwrap().unwrap();
        assert_eq!(bits(&loaded), bits(&saved));
        assert_eq!(loaded.tensors["steps"].to_vec1::<i64>().unwrap(), [i64::MAX - 1]);
        assert_eq!(loaded.state.sums, saved.state.sums);
        assert_eq!(loaded.state.best, saved.state.best);
        // Without the copy for people, or with one from another moment, nothing changes.
        std::fs::write(run.file(file_names::CHECKPOINT_STATE), "{}").unwrap();
        assert_eq!(Checkpoint::load(&run).unwrap().unwrap().state, loaded.state);
    }

    #[test]
    fn damage_is_noticed_wherever_it_is() {
        let runs = tempfile::tempdir().unwrap();
        let run = RunFolder::create(runs.path(), None, &Config::default()).unwrap();
        checkpoint(1.5).save(&run).unwrap();
        let path = run.file(file_names::CHECKPOINT);
        let whole = std::fs::read(&path).unwrap();
        for cut in [0, 7, 8, 100, whole.len() - 1] {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(matches!(Checkpoint::load(&run), Err(RunError::Damaged(_))), "cut at {cut}");
        }
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        std::fs::write(&path, &flipped).unwrap();
        let message = Checkpoint::load(&run).unwrap_err().to_string();
        assert!(message.contains("other numbers"), "{message}");
    }

    #[test]
    fn better_is_more_accurate_then_lower_loss() {
        let best = |accuracy, loss| Best { epoch: 1, accuracy: Exact(accuracy), loss: Exact(loss) };
        assert!(best(0.8, 2.0).beats(&best(0.7, 1.0)));
        assert!(best(0.8, 0.9).beats(&best(0.8, 1.0)));
        assert!(!best(0.8, 1.0).beats(&best(0.8, 1.0)));
        assert!(!best(f64::NAN, 1.0).beats(&best(0.1, 1.0)));
    }
}
