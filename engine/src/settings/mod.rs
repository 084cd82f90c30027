//! Settings: the typed configuration of a run, and the one table that describes every key.
//!
//! [`Config`] is what code reads. [`SETTINGS`] is what people read: key, name, unit, range and help of
//! each setting. Files, `--set key=value`, the window's inspectors and the documentation all go through
//! the same table, and a test holds that table and struct name the same keys.

mod config;
mod edit;
mod error;
mod hash;
mod layers;
mod page;
mod role;
mod table;

pub use config::*;
pub use edit::{config_path, documentation};
pub use error::SettingsError;
#[cfg(test)]
pub(crate) use hash::hash_of_text;
pub use hash::{config_hash, is_hash_of, is_hash_of_text, is_result_hash_of, result_hash, result_settings};
pub use layers::LayerSettings;
pub(crate) use page::{config_element, escape};
pub use role::{Role, experiment_text};
pub use table::{SETTINGS, Setting, ValueKind, setting};
