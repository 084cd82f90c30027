//! `coarsegrain settings`: the table of settings.

use engine::settings::{Config, SETTINGS, documentation};

use crate::output::print_line;

/// Arguments of `coarsegrain settings`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Prints every setting.
pub fn run(args: Args) -> anyhow::Result<()> {
    if !args.json {
        return print_line(documentation().trim_end());
    }
    let defaults = Config::default();
    let rows: Vec<_> = SETTINGS
        .iter()
        .map(|setting| {
            serde_json::json!({
                "key": setting.key,
                "name": setting.name,
                "unit": setting.unit,
                "default": defaults.get(setting.key),
                "values": setting.kind.describe(),
                "help": setting.help,
            })
        })
        .collect();
    print_line(&serde_json::to_string_pretty(&rows)?)
}
