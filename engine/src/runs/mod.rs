//! Run folders: everything of one training in files that a person can read.
//!
//! A run is a folder, complete by itself and safe on a network file system:
//!
//! | file | content | written |
//! |---|---|---|
//! | `config.toml` | settings, with the data fingerprint in its heading | at the start |
//! | `metrics.jsonl` | one line an epoch | appended |
//! | `checkpoint.safetensors`, `checkpoint.json` | weights, optimiser, place in the training | replaced whole |
//! | `model.safetensors` | best weights, packed blocks and patterns | replaced whole |
//! | `summary.json` | final figures | at the end; its presence means finished |
//! | `failure.json` | why it ended with an error, and what can help | when it does |
//! | `predictions.jsonl` | what the best weights take each testing clip for | at the end |
//! | `run.lock` | who writes here, and when it last did | while running |
//!
//! A run that was rounded from another after training has no metrics and no checkpoint; the heading of its settings says
//! which run was trained.
//!
//! Every file is written beside its place, flushed to the disk, then renamed: a program killed at any
//! moment, or a full disk, leaves what was there before.

mod agreement;
mod built_in;
mod compare;
mod durable;
mod error;
mod experiment;
pub(crate) mod failure;
mod folder;
mod index;
mod lock;
mod machine;
mod metrics;
mod name;
mod pareto;
mod place;
mod state;
mod summary;
mod tensor_header;
mod trash;

#[cfg(test)]
pub(crate) use built_in::MeasuredBuiltIn;
pub use built_in::{BuiltIn, built_in_runs};
pub use compare::{Comparison, SeedGroup, Spread, differing_settings, group_by_seed};
pub use durable::replace_file;
pub(crate) use durable::replace_files;
pub use error::RunError;
pub use experiment::{TestingSet, TestingSets, experiment_of, testing_sets};
pub use failure::{Failure, Remedy};
pub use folder::{RunFolder, file_names, load_config};
pub use index::{list, mark_pareto};
pub use lock::RunLock;
pub use machine::Machine;
pub use metrics::{MetricsLog, read_metrics};
pub use name::{RunId, base_name};
pub use pareto::{pareto_front, pareto_fronts};
pub use place::{Gathered, gather};
pub use state::{RunRow, RunState, row_of};
pub use summary::{RunEnd, Summary};
pub use trash::{delete, restore};
