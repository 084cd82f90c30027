//! Which machine trained a run.

use serde::{Deserialize, Serialize};

/// The machine that a program runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Name of its processor, or its architecture.
    pub processor: String,
    /// Cores that the program may use.
    pub num_cores: usize,
    /// Operating system and architecture.
    pub system: String,
}

impl Machine {
    /// This machine, as far as it can be found out without asking other programs.
    pub fn this() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let architecture = std::env::consts::ARCH;
        let processor = value_of(&read("/proc/cpuinfo"), "model name", ':');
        let system = value_of(&read("/etc/os-release"), "PRETTY_NAME", '=');
        let kind = std::env::consts::OS;
        Self {
            processor: processor.unwrap_or_else(|| architecture.to_string()),
            num_cores: std::thread::available_parallelism().map_or(1, usize::from),
            system: system.map_or_else(
                || format!("{kind}, {architecture}"),
                |name| format!("{kind} ({name}), {architecture}"),
            ),
        }
    }
}

/// The first value of a key in lines of keys and values.
fn value_of(lines: &str, key: &str, separator: char) -> Option<String> {
    let pairs = lines.lines().filter_map(|line| line.split_once(separator));
    let value = pairs.into_iter().find(|(name, _)| name.trim() == key)?.1;
    let value = value.trim().trim_matches('"').trim();
    (!value.is_empty()).then(|| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_read_from_what_systems_tell() {
        let cpuinfo = "processor\t: 0\nmodel name\t: A \"fast\" one @ 2 GHz\nflags\t\t: fpu\n";
        assert_eq!(value_of(cpuinfo, "model name", ':').unwrap(), "A \"fast\" one @ 2 GHz");
        assert_eq!(
            value_of("NAME=x\nPRETTY_NAME=\"Some OS 12\"\n", "PRETTY_NAME", '=').unwrap(),
            "Some OS 12"
        );
        assert_eq!(value_of("BogoMIPS\t: 50.00\n", "model name", ':'), None);
        assert!(Machine::this().num_cores >= 1 && !Machine::this().processor.is_empty());
    }
}
