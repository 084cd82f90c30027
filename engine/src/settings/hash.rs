//! Hashes of configurations: all of one, what decides over a result, and those of files that earlier versions wrote.

use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::config::Config;

/// First 16 hexadecimal digits of the SHA-256 of the configuration's canonical TOML text.
pub fn config_hash(config: &Config) -> String {
    hash_of_text(&config.to_toml())
}

/// Hash of everything that decides over the weights: all settings but where the recordings lie, how many
/// threads compute, and how detections are made afterwards. A run can be continued with others of those.
pub fn result_hash(config: &Config) -> String {
    config_hash(&result_settings(config))
}

/// The settings that decide over the weights; the others have their defaults.
pub fn result_settings(config: &Config) -> Config {
    let mut config = config.clone();
    config.data.dir.clear();
    config.train.threads = 0;
    config.detect = Default::default();
    config
}

/// Whether a hash is that of these settings, or of the text that holds them: a file that an earlier version of the program
/// wrote has fewer keys than this one would write, and so another hash.
///
/// `text` is what `config` was read from, with the comments that head it.
pub fn is_hash_of(hash: &str, config: &Config, text: &str) -> bool {
    is_hash_of_text(hash, text) || hash == config_hash(config)
}

/// Whether a hash is that of the settings as they stand in a text.
pub fn is_hash_of_text(hash: &str, text: &str) -> bool {
    hash == hash_of_text(&body(text))
}

/// Like [`is_hash_of`], for [`result_hash`].
pub fn is_result_hash_of(hash: &str, config: &Config, text: &str) -> bool {
    hash == result_hash(config) || hash == hash_of_text(&result_body(text))
}

/// Hash of settings as they stand in a text.
pub(crate) fn hash_of_text(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The settings of a file as they were written, without the comments that head it.
fn body(text: &str) -> String {
    // Version control can have changed the ends of lines.
    let text = text.replace("\r\n", "\n");
    let mut rest = text.as_str();
    while let Some((line, after)) = rest.split_once('\n')
        && line.starts_with('#')
    {
        rest = after;
    }
    rest.strip_prefix('\n').unwrap_or(rest).to_string()
}

/// The same with what decides over nothing set to its default.
fn result_body(text: &str) -> String {
    let defaults = Table::try_from(Config::default()).unwrap_or_default();
    let mut section = String::new();
    let line = |line: &str| {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_string();
        }
        let default = line.split_once(" = ").and_then(|(key, _)| {
            let is_neutral =
                section == "detect" || matches!((&*section, key), ("data", "dir") | ("train", "threads"));
            let default = defaults.get(&section).and_then(|section| section.get(key));
            default.filter(|_| is_neutral).map(|default: &Value| format!("{key} = {default}"))
        });
        default.unwrap_or_else(|| line.to_string()) + "\n"
    };
    body(text).lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "# Run a: everything needed to repeat it.\n# coarsegrain = 0.1.0\n\n";

    /// What a version of the program wrote that did not know some of the keys.
    fn older(config: &Config, unknown: &[&str]) -> String {
        let text = config.to_toml();
        let lines =
            text.lines().filter(|line| !unknown.iter().any(|key| line.starts_with(&format!("{key} = "))));
        lines.map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn unedited_files_of_every_version_have_their_hash() {
        let mut config = Config::default();
        config.data.dir = "/data/a \"b\"".into();
        config.train.threads = 3;
        config.detect.threshold = 0.9;
        for unknown in
            [&[][..], &["isolation"], &["mean_norm", "average"], &["selection", "isolation", "lifter"]]
        {
            let text = older(&config, unknown);
            let (whole, result) =
                (hash_of_text(&text), hash_of_text(&older(&result_settings(&config), unknown)));
            let file = format!("{HEADING}{text}");
            let read = Config::from_toml(&file).unwrap();
            assert!(is_hash_of(&whole, &read, &file), "{unknown:?}");
            assert!(is_hash_of(&whole, &read, &file.replace('\n', "\r\n")), "{unknown:?}");
            assert!(is_result_hash_of(&result, &read, &file), "{unknown:?}");
            let moved = file.replace("/data/a", "/data/b").replace("threads = 3", "threads = 1");
            let read = Config::from_toml(&moved).unwrap();
            assert!(!is_hash_of(&whole, &read, &moved));
            assert!(is_result_hash_of(&result, &read, &moved), "{unknown:?}");
            let edited = file.replace("epochs = 40", "epochs = 41");
            let read = Config::from_toml(&edited).unwrap();
            assert!(!is_hash_of(&whole, &read, &edited) && !is_result_hash_of(&result, &read, &edited));
        }
        assert!(!is_hash_of(&config_hash(&config), &Config::default(), ""));
    }
}
