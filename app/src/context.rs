//! What a place sees while it draws one frame.

use engine::protocol::{Command, Snapshot};
use engine::settings::Config;

/// Borrowed state of one frame: the engine's snapshot, the configuration being edited, and the outbox.
pub struct PlaceContext<'a> {
    /// Latest state of the engine.
    pub snapshot: &'a Snapshot,
    /// The configuration that the Network place edits and the Train place starts.
    pub config: &'a mut Config,
    /// Commands to send after the frame.
    pub commands: &'a mut Vec<Command>,
}
