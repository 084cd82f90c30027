//! What to do about a folder in which no words were found.

use super::FolderRoles;
use super::arrange::arrange;
use super::folder::Folder;
use crate::dataset::Fault;
use crate::dataset::names::{Meaning, meaning};

/// Names the folder that works, where there is one; never one of several splits.
pub(super) fn no_words_hint(root: &Folder, roles: &FolderRoles, faults: &[Fault]) -> String {
    if let Some(fault) = faults.first() {
        return format!("`{}`: {}", fault.path, fault.reason);
    }
    let num_loose = root.files.len();
    if num_loose > 0 {
        return format!(
            "its {num_loose} recordings lie directly in it: open the folder above if this is one word, or call them LABEL.NAME, \
             such as yes.1.wav, if their names say the word"
        );
    }
    let quoted = |folder: &&Folder| format!("`{}`", folder.path);
    match shallowest(root, roles).as_slice() {
        [] => "choose the folder that holds the word folders".to_owned(),
        [one] => format!("open the folder {} in it instead", quoted(one)),
        several => {
            let names: Vec<_> = several.iter().take(5).map(quoted).collect();
            let more = if several.len() > names.len() { ", ..." } else { "" };
            format!(
                "it holds several datasets: open one of the folders {}{more} in it instead",
                names.join(", ")
            )
        }
    }
}

/// The folders inside that open, as far up as there are any.
fn shallowest<'a>(root: &'a Folder, roles: &FolderRoles) -> Vec<&'a Folder> {
    let mut level: Vec<&Folder> = vec![root];
    while !level.is_empty() {
        // A split is a part of a dataset: opened alone, what it should be held out from is gone.
        let is_whole = |folder: &&&Folder| !matches!(meaning(&folder.name), Some(Meaning::Split(_)));
        let inner: Vec<&Folder> = level.iter().flat_map(|folder| &folder.folders).collect();
        let inner: Vec<&Folder> = inner.iter().filter(is_whole).copied().collect();
        let open: Vec<&Folder> =
            inner.iter().copied().filter(|folder| arrange(folder, roles).is_some()).collect();
        if !open.is_empty() {
            return open;
        }
        level = inner;
    }
    Vec::new()
}
