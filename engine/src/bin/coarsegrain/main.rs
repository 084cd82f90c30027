//! `coarsegrain`: everything the window does, without a window.
//!
//! Results go to standard output, as text for people or with `--json` as JSON for programs; progress and
//! log lines go to standard error. Exit status: 0 done, 1 the work failed, 2 wrong usage.

mod arguments;
mod banks;
mod bench;
mod compare;
mod dataset;
mod demo_data;
mod evaluate;
mod export;
mod features;
mod fetch;
mod figures;
mod listen;
mod memory;
mod output;
mod progress;
mod quantise;
mod settings;
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use engine::files::home_expanded;

/// Coarse-grain sparsification of small speech networks: price, train, measure and run them.
#[derive(Debug, Parser)]
#[command(name = "coarsegrain", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Count the words, splits and hours of a dataset, and list its faulty files.
    Dataset(dataset::Args),
    /// Price a network layer by layer, without training it.
    Memory(memory::Args),
    /// Train a network into a run folder.
    Train(train::Args),
    /// Measure the kept weights of a run.
    Evaluate(evaluate::Args),
    /// Compute the feature matrix of one recording.
    Features(features::Args),
    /// Detect words in a recording or from the microphone.
    Listen(listen::Args),
    /// Put runs side by side, with the Pareto front marked.
    Compare(compare::Args),
    /// Change the bits of a trained model, calibrated on training clips, or measure it at many.
    Quantise(quantise::Args),
    /// Write a model as packed blocks, C, memory images, ONNX and more.
    Export(export::Args),
    /// Measure the speed of kernels, training, inference or features.
    Bench(bench::Args),
    /// Write the built-in demo dataset as folders of recordings.
    DemoData(demo_data::Args),
    /// Download the full Speech Commands archive, verify it and unpack it.
    Fetch(fetch::Args),
    /// List every setting with default, range and meaning.
    Settings(settings::Args),
}

fn main() -> ExitCode {
    output::start_logging();
    let result = match Cli::parse_from(home_expanded(std::env::args_os())).command {
        Command::Dataset(args) => dataset::run(args),
        Command::Memory(args) => memory::run(args),
        Command::Train(args) => train::run(args),
        Command::Evaluate(args) => evaluate::run(args),
        Command::Features(args) => features::run(args),
        Command::Listen(args) => listen::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Quantise(args) => quantise::run(args),
        Command::Export(args) => export::run(args),
        Command::Bench(args) => bench::run(args),
        Command::DemoData(args) => demo_data::run(args),
        Command::Fetch(args) => fetch::run(args),
        Command::Settings(args) => settings::run(args),
    };
    output::exit_code(result)
}
