//! The system's file dialogs.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{DialogRequest, FileOutcome, load_config, open, write::write_atomically};
use crate::context::PickKind;

/// A person needs longer than this to close a dialog: an answer that comes sooner means that none came up.
const FASTEST_PERSON: Duration = Duration::from_millis(250);

/// Shows the dialog and waits for it.
pub(super) fn ask(request: DialogRequest, start_in: Option<&Path>) -> FileOutcome {
    let start = Instant::now();
    let chosen = show(&request, start_in);
    match chosen {
        Some(path) => answer(request, path),
        None if start.elapsed() < FASTEST_PERSON => FileOutcome::NoDialog(request),
        None => FileOutcome::Cancelled,
    }
}

/// What choosing `path` in answer to `request` means; also used for typed paths.
pub(super) fn answer(request: DialogRequest, path: PathBuf) -> FileOutcome {
    match request {
        DialogRequest::Pick(PickKind::Dataset) => FileOutcome::Dataset(path),
        DialogRequest::Pick(PickKind::Config) => load_config(&path),
        DialogRequest::Pick(PickKind::Recording) => open(&path),
        DialogRequest::Pick(PickKind::FetchFolder) => FileOutcome::FetchFolder(path),
        DialogRequest::Pick(PickKind::ExportFolder) => FileOutcome::ExportFolder(path),
        DialogRequest::Pick(PickKind::Model(slot)) => FileOutcome::Model(Some(slot), path),
        DialogRequest::Save { bytes, purpose, .. } => match write_atomically(&path, &bytes) {
            Ok(()) => FileOutcome::Written(path, purpose),
            Err(error) => FileOutcome::Failed(format!(
                "Cannot write the file: {error}. Choose another place or free some space. ({})",
                path.display()
            )),
        },
    }
}

fn show(request: &DialogRequest, start_in: Option<&Path>) -> Option<PathBuf> {
    let mut dialog = rfd::FileDialog::new();
    if let Some(folder) = start_in {
        dialog = dialog.set_directory(folder);
    }
    match request {
        DialogRequest::Pick(PickKind::Dataset) => dialog.set_title("Open dataset folder").pick_folder(),
        DialogRequest::Pick(PickKind::FetchFolder) => {
            dialog.set_title("Folder for Speech Commands").pick_folder()
        }
        DialogRequest::Pick(PickKind::ExportFolder) => dialog.set_title("Folder for exports").pick_folder(),
        DialogRequest::Pick(PickKind::Config) => dialog
            .set_title("Open configuration")
            .add_filter("Configuration or report", &["toml", "html"])
            .pick_file(),
        DialogRequest::Pick(PickKind::Recording) => dialog
            .set_title("Listen to a recording")
            .add_filter("Recordings", &engine::audio::EXTENSIONS)
            .pick_file(),
        DialogRequest::Pick(PickKind::Model(_)) => {
            dialog.set_title("Choose a model").add_filter("Models", &["cgs", "safetensors"]).pick_file()
        }
        DialogRequest::Save { file_name, .. } => {
            let ending = Path::new(file_name).extension().map(|e| e.to_string_lossy().to_string());
            let dialog = dialog.set_title("Save").set_file_name(file_name);
            match ending {
                Some(ending) => dialog.add_filter(ending.to_uppercase(), &[ending]).save_file(),
                None => dialog.save_file(),
            }
        }
    }
}
