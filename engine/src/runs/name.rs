//! Names of runs.

use serde::{Deserialize, Serialize};

use super::RunError;
use crate::settings::{Config, ModelConfig};

/// Name of a run: the name of its folder below the runs folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl RunId {
    /// Checks that a name is that of a folder directly below the runs folder, on every system.
    ///
    /// # Errors
    /// Empty, longer than 120 bytes, beginning with a dot, or holding characters that paths give a meaning.
    pub fn new(name: &str) -> Result<Self, RunError> {
        let fail = |reason| Err(RunError::Name { name: name.into(), reason });
        if name.trim().is_empty() || name.trim() != name {
            return fail("give at least one letter or digit, without spaces around it");
        }
        if name.len() > 120 {
            return fail("it is longer than 120 bytes; shorten it");
        }
        if name.starts_with('.') || name.ends_with('.') {
            return fail("it begins or ends with a dot; begin and end with a letter or digit");
        }
        if name.contains(|c: char| c.is_control() || "/\\:*?\"<>|".contains(c)) {
            return fail("it holds one of / \\ : * ? \" < > |; use letters, digits, - and _");
        }
        Ok(Self(name.into()))
    }
}

impl std::fmt::Display for RunId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A name that tells what is special about a configuration, such as `cgs-64x75-5bit-seed1` or
/// `dense-200-200-float-seed3`; a number makes it unique when the folder is made.
pub fn base_name(config: &Config) -> String {
    let blocks = config.sparsity.block.to_vec();
    let drops = config.sparsity.drop.to_vec();
    let is_dense = drops.iter().all(|&drop| drop == 0.0) && config.sparsity.layers.is_empty();
    let mut parts = vec![
        match (is_dense, blocks.len()) {
            (true, _) => "dense",
            (false, 1) => "cgs",
            (false, _) => "hcgs",
        }
        .to_string(),
    ];
    let defaults = ModelConfig::default();
    if config.model.hidden != defaults.hidden {
        // A very deep network would make a name that no file system takes.
        parts.extend(config.model.hidden.iter().take(8).map(usize::to_string));
    }
    if !is_dense {
        parts.extend(blocks.iter().zip(&drops).map(|(block, drop)| format!("{block}x{}", percent(*drop))));
        match config.sparsity.selection {
            crate::settings::Selection::Balanced => {}
            crate::settings::Selection::Connected => parts.push("connected".into()),
            crate::settings::Selection::Independent => parts.push("independent".into()),
        }
    }
    parts.push(match config.quant.weight_bits {
        32 => "float".into(),
        bits => format!("{bits}bit"),
    });
    parts.push(format!("seed{}", config.seed));
    parts.join("-")
}

/// 0.75 is `75`, 0.9375 is `93.75`.
fn percent(share: f64) -> String {
    let text = format!("{:.3}", share * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_configuration() {
        let mut config = Config::default();
        assert_eq!(base_name(&config), "cgs-64x75-5bit-seed1");
        config.set("sparsity.block", "32,4").unwrap();
        config.set("sparsity.drop", "0.75,0.9375").unwrap();
        config.set("sparsity.selection", "connected").unwrap();
        assert_eq!(base_name(&config), "hcgs-32x75-4x93.75-connected-5bit-seed1");
        config.set("sparsity.block", "64").unwrap();
        config.set("sparsity.drop", "0").unwrap();
        config.set("model.hidden", "200,200").unwrap();
        config.set("quant.weight_bits", "32").unwrap();
        assert_eq!(base_name(&config), "dense-200-200-float-seed1");
    }

    #[test]
    fn names_cannot_leave_the_runs_folder() {
        for name in ["", " ", "..", "a/b", "/etc", "a\\b", ".hidden", "a\nb", "a ", &"x".repeat(121)] {
            assert!(RunId::new(name).is_err(), "{name:?}");
        }
        assert_eq!(RunId::new("My run 3").unwrap().0, "My run 3");
    }
}
