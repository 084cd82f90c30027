//! `coarsegrain bench`: the speed figures, with the dense path of the same build beside each.

mod features;
mod kernels;
mod measure;
mod network;

use clap::ValueEnum;
use engine::settings::Config;

use crate::output::{Usage, print_line};
use measure::{Case, Report, Row, measure};

/// Arguments of `coarsegrain bench`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// What to measure.
    what: What,
    /// Threads to compute with; 0 takes all cores.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Network: keyword spotting 403-512-512-12, or speech recognition 440-1024x4-1947.
    #[arg(long, default_value = "kws")]
    net: Net,
    /// Block size; without it, kernels: 4 to 256, networks: 64.
    #[arg(long)]
    block: Option<usize>,
    /// Drop probability; without it, kernels: 0.75, networks: 0.75 and 0.9375.
    #[arg(long)]
    drop: Option<f64>,
    /// Samples computed together; without it 512, inference also 1.
    #[arg(long)]
    batch: Option<usize>,
    /// Weight bits, 1 to 16, or 32 for floating point.
    #[arg(long, default_value_t = 32)]
    bits: u32,
    /// Seconds spent on each row.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// The three products of one layer: forward, gradient to the inputs, gradient to the blocks.
    Kernels,
    /// A whole training step: forward, loss, backward, SGD with momentum.
    Train,
    /// Inference.
    Infer,
    /// The front end.
    Features,
}

/// Networks to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Net {
    /// Keyword spotting.
    Kws,
    /// Speech recognition.
    Asr,
}

/// Runs the measurements and prints them.
pub fn run(args: Args) -> anyhow::Result<()> {
    if args.seconds.is_nan() || args.seconds <= 0.0 || args.block == Some(0) || args.batch == Some(0) {
        return Err(Usage("--seconds, --block and --batch must be above 0".into()).into());
    }
    if args.drop.is_some_and(|drop| !(0.0..=1.0).contains(&drop)) {
        return Err(Usage("--drop must be between 0 and 1".into()).into());
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.threads).build()?;
    let report = pool.install(|| match args.what {
        What::Kernels => kernels::bench(&args),
        What::Train => network::bench_train(&args),
        What::Infer => network::bench_infer(&args),
        What::Features => features::bench(&args),
    })?;
    match args.json {
        true => print_line(&serde_json::to_string_pretty(&report.to_json())?),
        false => print_line(report.to_text().trim_end()),
    }
}

impl Args {
    /// The network's configuration with one level of blocks everywhere, the output layer included.
    fn config(&self, block: usize, drop: f64) -> anyhow::Result<Config> {
        let mut config = Config::default();
        if self.net == Net::Asr {
            config.set("model.hidden", "[1024, 1024, 1024, 1024]")?;
            config.set("model.inputs", "440")?;
            config.set("model.outputs", "1947")?;
        }
        for key in ["sparsity.block", "sparsity.output.block"] {
            config.set(key, &block.to_string())?;
        }
        for key in ["sparsity.drop", "sparsity.output.drop"] {
            config.set(key, &format!("{drop:?}"))?;
        }
        config.set("quant.weight_bits", &self.bits.to_string())?;
        config.set("model.dropout", "0.0")?;
        config.check()?;
        Ok(config)
    }
}
