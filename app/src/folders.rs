//! Where the window keeps its things, by the habits of each system.

use std::path::PathBuf;

/// Folder name on every system.
const NAME: &str = "coarsegrain-workbench";

fn absolute_from_env(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

fn home(below: &[&str]) -> Option<PathBuf> {
    std::env::home_dir().map(|home| below.iter().fold(home, |path, part| path.join(part)))
}

fn place(on_windows: &str, on_mac: &[&str], variable: &str, otherwise: &[&str]) -> PathBuf {
    let base = if cfg!(windows) {
        absolute_from_env(on_windows)
    } else if cfg!(target_os = "macos") {
        home(on_mac)
    } else {
        absolute_from_env(variable).or_else(|| home(otherwise))
    };
    // A machine without a home folder still gets a place that works until it is switched off.
    base.unwrap_or_else(std::env::temp_dir).join(NAME)
}

/// Settings of the window.
pub fn config_folder() -> PathBuf {
    place("APPDATA", &["Library", "Application Support"], "XDG_CONFIG_HOME", &[".config"])
}

/// Runs.
pub fn runs_folder() -> PathBuf {
    place("LOCALAPPDATA", &["Library", "Application Support"], "XDG_DATA_HOME", &[".local", "share"])
        .join("runs")
}

/// Exported models.
pub fn exports_folder() -> PathBuf {
    home(&["coarsegrain-exports"]).unwrap_or_else(|| std::env::temp_dir().join("coarsegrain-exports"))
}

/// What can be made again: decoded recordings, features.
pub fn cache_folder() -> PathBuf {
    place("LOCALAPPDATA", &["Library", "Caches"], "XDG_CACHE_HOME", &[".cache"]).join("cache")
}
