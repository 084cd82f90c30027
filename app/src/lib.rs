//! The window of Coarsegrain Workbench.
//!
//! It draws [`engine::protocol::Snapshot`]s and sends [`engine::protocol::Command`]s; it computes
//! nothing on tensors or samples.

pub mod arguments;
pub mod context;
pub mod data_folder;
pub mod engine_link;
pub mod figure;
pub mod files;
pub mod folders;
pub mod frame_log;
#[cfg(test)]
mod made_up;
pub mod messages;
pub mod places;
pub mod screenshot;
pub mod shell;
pub mod theme;
pub mod widgets;

pub use engine::look::numbers;
