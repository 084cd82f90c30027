//! `coarsegrain-microphone`: what `coarsegrain listen` hears with.
//!
//! A program of its own, so that `coarsegrain` itself starts on machines without a sound library. It lists
//! capture devices as JSON, or writes what a device hears to standard output (see
//! `engine::audio::remote`) until nobody reads any more.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use engine::audio::{devices, remote};

/// Writes what a microphone hears to standard output, for `coarsegrain listen`.
#[derive(Debug, Parser)]
#[command(name = "coarsegrain-microphone", version)]
struct Cli {
    /// List the capture devices as JSON.
    #[arg(long, conflicts_with = "device")]
    list: bool,
    /// Id or name of the device; the system's default without it.
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = std::io::stdout().lock();
    let result = if cli.list { list(&mut out) } else { remote::serve(cli.device.as_deref(), &mut out) };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn list(out: &mut dyn Write) -> Result<(), String> {
    let devices = devices::list_devices().map_err(|fault| fault.to_string())?;
    let text = serde_json::to_string_pretty(&devices).map_err(|error| error.to_string())?;
    writeln!(out, "{text}").map_err(|error| error.to_string())
}
