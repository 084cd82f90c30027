//! What a dropped or typed path is.

use std::path::{Path, PathBuf};

use engine::audio::EXTENSIONS;

const MODELS: [&str; 2] = ["cgs", "safetensors"];
const FILES_OF_RUNS: [&str; 4] = ["metrics.jsonl", "model.safetensors", "checkpoint.json", "summary.json"];

/// What lies at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// A dataset folder.
    Dataset(PathBuf),
    /// A run folder.
    Run(PathBuf),
    /// A configuration file.
    Config(PathBuf),
    /// A recording.
    Recording(PathBuf),
    /// A model file that belongs to no run.
    Model(PathBuf),
    /// Nothing that can be opened: says why.
    Nothing(String),
}

/// What `path` is, by its ending and what lies inside.
pub(super) fn classify(path: &Path) -> Found {
    let shown = path.display();
    if path.is_dir() {
        let has = |name: &str| path.join(name).is_file();
        return if FILES_OF_RUNS.into_iter().any(has) {
            Found::Run(path.to_path_buf())
        } else if has("config.toml") {
            Found::Config(path.join("config.toml"))
        } else {
            Found::Dataset(path.to_path_buf())
        };
    }
    if !path.exists() {
        return Found::Nothing(format!("There is no such file or folder; check the path. ({shown})"));
    }
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    match path.parent() {
        Some(run) if FILES_OF_RUNS.contains(&name.as_str()) => Found::Run(run.to_path_buf()),
        // A report carries the configuration of its run.
        _ if matches!(ending.as_str(), "toml" | "html") => Found::Config(path.to_path_buf()),
        _ if EXTENSIONS.contains(&ending.as_str()) => Found::Recording(path.to_path_buf()),
        _ if MODELS.contains(&ending.as_str()) => Found::Model(path.to_path_buf()),
        _ => Found::Nothing(format!(
            "A file of this kind cannot be opened; drop a dataset folder, a run folder, a config.toml, a report.html, a model (CGS, safetensors) or a recording (WAV, FLAC, OGG, Opus, MP3, M4A and others). ({shown})"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("data/yes")).unwrap();
        std::fs::create_dir_all(root.join("run")).unwrap();
        std::fs::create_dir_all(root.join("experiment")).unwrap();
        for file in [
            "run/config.toml",
            "run/model.safetensors",
            "experiment/config.toml",
            "report.html",
            "a.WAV",
            "voice.opus",
            "phone.m4a",
            "browser.webm",
            "model.cgs",
            "small.safetensors",
            "b.txt",
        ] {
            std::fs::write(root.join(file), "").unwrap();
        }
        assert_eq!(classify(&root.join("data")), Found::Dataset(root.join("data")));
        assert_eq!(classify(&root.join("run")), Found::Run(root.join("run")));
        assert_eq!(classify(&root.join("run/model.safetensors")), Found::Run(root.join("run")));
        assert!(
            matches!(classify(&root.join("experiment")), Found::Config(path) if path.ends_with("config.toml"))
        );
        assert_eq!(classify(&root.join("report.html")), Found::Config(root.join("report.html")));
        for recording in ["a.WAV", "voice.opus", "phone.m4a", "browser.webm"] {
            assert_eq!(classify(&root.join(recording)), Found::Recording(root.join(recording)));
        }
        for model in ["model.cgs", "small.safetensors"] {
            assert_eq!(classify(&root.join(model)), Found::Model(root.join(model)));
        }
        assert!(matches!(classify(&root.join("b.txt")), Found::Nothing(why) if why.contains("kind")));
        assert!(matches!(classify(&root.join("none")), Found::Nothing(why) if why.contains("no such")));
    }
}
