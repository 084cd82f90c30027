//! What the end-to-end tests share.

use std::path::{Path, PathBuf};

/// A program of the workspace, built beside the test that asks for it.
///
/// # Panics
/// It was not built: `cargo test --workspace` does that.
pub fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    let folder = own.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    let path = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "build all programs first, with `cargo test --workspace`: {}", path.display());
    path
}
