//! Settings: the typed configuration of a run, and the one table that describes every key.
//!
//! [`Config`] is what code reads. [`SETTINGS`] is what people read: key, name, unit, range and help of
//! each setting. Files, `--set key=value`, the window's inspectors and the documentation all go through
//! the same table, and a test holds that table and struct name the same keys.

mod config;
mod edit;
mod error;
mod page;
mod table;

pub use config::*;
pub use edit::{config_hash, config_path, documentation};
pub use error::SettingsError;
pub(crate) use page::{config_element, escape};
pub use table::{SETTINGS, Setting, ValueKind, setting};
