//! What a place sees while it draws one frame.

use std::path::PathBuf;

use engine::protocol::{BankSettings, Command, Snapshot};
use engine::settings::Config;

use crate::messages::Messages;
use crate::places::Place;
use crate::theme::Theme;

/// Borrowed state of one frame: the engine's snapshot, the configuration being edited, and the outbox.
pub struct PlaceContext<'a> {
    /// Latest state of the engine.
    pub snapshot: &'a Snapshot,
    /// The configuration that the Network place edits and the Train place starts.
    pub config: &'a mut Config,
    /// The memory banks that networks are laid into, in Network and in an export.
    pub banks: &'a mut BankSettings,
    /// Commands to send after the frame.
    pub commands: &'a mut Vec<Command>,
    /// What the shell shall do after the frame.
    pub requests: &'a mut Vec<ShellRequest>,
    /// Colours, sizes and type.
    pub theme: &'a Theme,
    /// What the person is told.
    pub messages: &'a mut Messages,
    /// A recording dropped on the window or picked in a dialog, for the place Live to take.
    pub recording: &'a mut Option<PathBuf>,
    /// Datasets opened lately, newest first.
    pub recent_datasets: &'a [PathBuf],
}

/// What a place may ask of the shell.
#[derive(Debug, Clone, PartialEq)]
pub enum ShellRequest {
    /// Show another place.
    GoTo(Place),
    /// Ask for a file or folder in the system's dialog; what is chosen is opened by its kind.
    Pick(PickKind),
    /// Ask where to save, and write these bytes there on another thread.
    SaveFile {
        /// Suggested file name with its ending.
        file_name: String,
        /// What is written.
        bytes: Vec<u8>,
    },
    /// Ask where to save, and write what fits the ending that the person gives the file.
    SaveAs {
        /// Suggested file name without its ending.
        file_stem: String,
        /// Endings with what is written under them; the first is proposed, and taken for any other ending.
        contents: Vec<(&'static str, Vec<u8>)>,
    },
    /// Show the list of messages.
    ShowMessages,
    /// Start opening a dataset, and remember it among the recent ones; `None` is the built-in one.
    OpenDataset(Option<PathBuf>),
    /// Open a file or folder by what it is.
    OpenPath(PathBuf),
}

/// What a dialog asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PickKind {
    /// A dataset folder.
    Dataset,
    /// A `config.toml`.
    Config,
    /// A recording for the place Live.
    Recording,
    /// The folder into which Speech Commands is fetched.
    FetchFolder,
    /// The folder into which models are exported.
    ExportFolder,
    /// A model file.
    Model(ModelSlot),
}

/// Who takes a model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModelSlot {
    /// The place Export.
    Export,
    /// The first model of Live.
    LiveFirst,
    /// The second model of Live.
    LiveSecond,
}

impl PlaceContext<'_> {
    /// Sends a command after this frame.
    pub fn send(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Asks the shell for something after this frame.
    pub fn ask(&mut self, request: ShellRequest) {
        self.requests.push(request);
    }
}
