//! Settings given on the command line.

use std::path::Path;

use engine::runs::RunError;
use engine::settings::{Config, DetectConfig};

use crate::output::Usage;

/// `--set key=value`, given any number of times.
#[derive(Debug, Clone, clap::Args)]
pub struct SetArgs {
    /// Change a setting, such as `sparsity.drop=0.75`; `coarsegrain settings` lists all of them.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

impl SetArgs {
    /// Applies the changes in order, then checks that the settings fit together.
    pub fn apply(&self, config: &mut Config) -> anyhow::Result<()> {
        for change in &self.set {
            let (key, value) = change
                .split_once('=')
                .ok_or_else(|| Usage(format!("`--set {change}` has no `=`; write --set key=value")))?;
            config.set(key.trim(), value)?;
        }
        Ok(config.check()?)
    }
}

/// How a model's scores become detections: its own settings with `--set` applied.
pub fn detect_config(config: &Config, set: &SetArgs) -> anyhow::Result<DetectConfig> {
    if let Some(other) = set.set.iter().find(|change| !change.trim_start().starts_with("detect.")) {
        return Err(Usage(format!(
            "`--set {other}` cannot be changed while listening; only the settings `detect.*` can, the rest \
             belongs to the trained model"
        ))
        .into());
    }
    let mut config = config.clone();
    set.apply(&mut config)?;
    Ok(config.detect)
}

/// Reads the configuration of a file, run folder or experiment folder, and applies `--set`.
pub fn load_config(path: &Path, set: &SetArgs) -> anyhow::Result<Config> {
    let mut config = read_config(path)?;
    set.apply(&mut config)?;
    Ok(config)
}

/// Reads the configuration of a file, run folder or experiment folder.
pub fn read_config(path: &Path) -> anyhow::Result<Config> {
    engine::runs::load_config(path).map_err(|error| match error {
        // What is wrong with a person's own file is wrong usage.
        RunError::Settings(error) => error.into(),
        other => other.into(),
    })
}
