//! What sub-commands print, and the exit statuses they end with.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use engine::settings::SettingsError;
use tracing_subscriber::EnvFilter;

/// Wrong usage, as opposed to work that failed: exit status 2 instead of 1.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Log lines go to standard error, warnings and worse unless `RUST_LOG` says otherwise.
pub fn start_logging() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// The exit status of a sub-command; prints the error, cause by cause, on one line.
pub fn exit_code(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {}", describe(&error));
            let is_usage = error.chain().any(|cause| {
                cause.is::<Usage>() || cause.downcast_ref::<SettingsError>().is_some_and(is_wrong_usage)
            });
            ExitCode::from(if is_usage { 2 } else { 1 })
        }
    }
}

/// The error and its causes on one line; a cause that a sentence already tells is not told again.
fn describe(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// A reader that closed early (`coarsegrain ... | head`) is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}

fn is_wrong_usage(error: &SettingsError) -> bool {
    !matches!(error, SettingsError::Read { .. })
}

/// Writes one line to standard output.
pub fn print_line(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}").context("cannot write the result")
}
