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
        DialogRequest::Save { bytes, others, purpose, .. } => {
            match write_atomically(&path, for_ending(&path, &bytes, &others)) {
                Ok(()) => FileOutcome::Written(path, purpose),
                Err(error) => FileOutcome::Failed(format!(
                    "Cannot write the file: {error}. Choose another place or free some space. ({})",
                    path.display()
                )),
            }
        }
    }
}

/// What is written to a file of this name: what goes by its ending, else what was proposed.
fn for_ending<'a>(path: &Path, proposed: &'a [u8], others: &'a [(&'static str, Vec<u8>)]) -> &'a [u8] {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let fitting = others.iter().find(|(other, _)| ending.as_deref() == Some(*other));
    fitting.map_or(proposed, |(_, bytes)| bytes)
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
        DialogRequest::Save { file_name, others, .. } => {
            let ending = Path::new(file_name).extension().map(|e| e.to_string_lossy().to_string());
            let dialog = dialog.set_title("Save").set_file_name(file_name);
            let others = others.iter().map(|(ending, _)| (*ending).to_string());
            let endings = ending.into_iter().chain(others);
            endings
                .fold(dialog, |dialog, ending| dialog.add_filter(ending.to_uppercase(), &[ending]))
                .save_file()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_a_file_decides_what_is_in_it() {
        let others = vec![("md", b"| a |".to_vec()), ("tex", b"\\begin".to_vec())];
        let written = |name: &str| for_ending(Path::new(name), b"a,b", &others).to_vec();
        assert_eq!(written("runs.csv"), b"a,b");
        assert_eq!(written("runs.tex"), b"\\begin");
        assert_eq!(written("RUNS.MD"), b"| a |");
        assert_eq!(written("runs"), b"a,b");
        assert_eq!(written("runs.tex.txt"), b"a,b");
    }
}
