//! The window's command line.

use std::path::PathBuf;

use clap::Parser;

use crate::places::Place;
use crate::theme::Mode;

/// Coarsegrain Workbench: coarse-grain sparsification of small speech networks, in a window.
///
/// Without a display use the headless command `coarsegrain`.
#[derive(Debug, Clone, Default, Parser)]
#[command(name = "coarsegrain-workbench", version)]
pub struct Arguments {
    /// Dataset folder to open, instead of the one that was open last.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder that holds the runs.
    #[arg(long, value_name = "DIR")]
    pub runs: Option<PathBuf>,
    /// Folder for what can be made again: decoded recordings, features.
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Folder of the window's own settings.
    #[arg(long, value_name = "DIR")]
    pub settings: Option<PathBuf>,
    /// Folder of fonts for letters that the built-in one lacks, instead of the system's fonts.
    #[arg(long, value_name = "DIR")]
    pub fonts: Option<PathBuf>,
    /// Place to show: data, network, train, compare, live, export.
    #[arg(long, value_name = "NAME", value_parser = place)]
    pub place: Option<Place>,
    /// Colours: dark or light.
    #[arg(long, value_name = "MODE", value_parser = mode)]
    pub theme: Option<Mode>,
    /// Size of the window in points.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = window_size)]
    pub size: Option<[f32; 2]>,
    /// Write each frame's CPU time (logic and ui) in microseconds, one per line.
    #[arg(long, value_name = "FILE")]
    pub frame_log: Option<PathBuf>,
    /// Write a picture of the window to this PNG file, and close it.
    #[arg(long, value_name = "FILE")]
    pub screenshot: Option<PathBuf>,
    /// Seconds before the picture is taken.
    #[arg(long, value_name = "SECS", default_value_t = 3.0)]
    pub after: f64,
    /// Start a training run with the current settings as soon as the dataset is open.
    #[arg(long)]
    pub train: bool,
    /// Files and folders to open, as if dropped on the window: datasets, runs, config.toml, models, recordings.
    #[arg(value_name = "PATH")]
    pub open: Vec<PathBuf>,
}

fn place(text: &str) -> Result<Place, String> {
    Place::from_name(text).ok_or_else(|| "give data, network, train, compare, live or export".into())
}

fn mode(text: &str) -> Result<Mode, String> {
    match text {
        "dark" => Ok(Mode::Dark),
        "light" => Ok(Mode::Light),
        _ => Err("give dark or light".into()),
    }
}

fn window_size(text: &str) -> Result<[f32; 2], String> {
    let parse = |side: &str| side.parse::<f32>().ok().filter(|side| (320.0..=16384.0).contains(side));
    text.split_once('x')
        .and_then(|(width, height)| Some([parse(width)?, parse(height)?]))
        .ok_or_else(|| "give width and height such as 1280x720".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_command_line() {
        let arguments = Arguments::try_parse_from([
            "w", "--place", "Live", "--theme", "light", "--size", "1280x720", "a.wav",
        ])
        .unwrap();
        assert_eq!(arguments.place, Some(Place::Live));
        assert_eq!(arguments.theme, Some(Mode::Light));
        assert_eq!(arguments.size, Some([1280.0, 720.0]));
        assert_eq!(arguments.open, [PathBuf::from("a.wav")]);
        assert!(Arguments::try_parse_from(["w", "--size", "1280"]).is_err());
        assert!(Arguments::try_parse_from(["w", "--place", "moon"]).is_err());
    }
}
