//! `coarsegrain bench`: the speed figures, with the dense path of the same build beside each.

mod memory;
mod report;

use clap::ValueEnum;
use engine::settings::FeatureConfig;
use engine::speed::{self, Case, LayerSetting, Net, NetworkSetting, Path};

use crate::output::{Usage, print_line};
use report::Report;

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
    net: NetName,
    /// Block size, as often as wanted; without it, kernels: 4 to 256, networks: 64.
    #[arg(long)]
    block: Vec<usize>,
    /// Drop probability, as often as wanted; without it, kernels: 0.75, networks: 0.75 and 0.9375.
    #[arg(long)]
    drop: Vec<f64>,
    /// Samples computed together; without it 512, inference also 1.
    #[arg(long)]
    batch: Option<usize>,
    /// Weight bits of networks, 1 to 16, or 32 for floating point.
    #[arg(long, default_value_t = 32)]
    bits: u32,
    /// Seconds spent on each row.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Also measure, for each row of `train`, the peak memory of a process that does nothing else (Linux).
    #[arg(long)]
    memory: bool,
    /// Train this path and print the peak memory of this process.
    #[arg(long, hide = true, value_name = "PATH")]
    memory_of: Option<PathName>,
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
    /// The front end, on one thread and on --threads.
    Features,
}

/// [`Net`] as it is named here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum NetName {
    /// Keyword spotting.
    Kws,
    /// Speech recognition.
    Asr,
}

/// [`Path`] as it is named here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PathName {
    /// Kept blocks.
    Block,
    /// Every block kept.
    Dense,
    /// The tensor library's own layers.
    Candle,
}

/// Runs the measurements and prints them.
pub fn run(args: Args) -> anyhow::Result<()> {
    check(&args)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.threads).build()?;
    if let Some(path) = args.memory_of {
        return pool.install(|| memory::train_and_print(path.into(), args.networks(args.batch_or(512))[0]));
    }
    // Before anything is timed: the measured processes would disturb the rows.
    let settings = args.networks(args.batch_or(512));
    let peaks = if args.memory { memory::peaks(&args, &settings)? } else { Vec::new() };
    let measured = pool.install(|| {
        let cases = match args.what {
            What::Kernels => args.kernel_cases(),
            What::Train => train_cases(&settings),
            What::Infer => args.infer_cases(),
            What::Features => Ok(speed::feature_cases(&FeatureConfig::default())?),
        };
        anyhow::Ok(speed::measure(cases?, args.seconds)?)
    })?;
    let report = Report { measured, threads: pool.current_num_threads(), peaks };
    match args.json {
        true => print_line(&serde_json::to_string_pretty(&report.to_json())?),
        false => print_line(report.to_text().trim_end()),
    }
}

fn check(args: &Args) -> Result<(), Usage> {
    let is_positive = args.seconds > 0.0 && !args.block.contains(&0) && args.batch != Some(0);
    if !is_positive {
        return Err(Usage("--seconds, --block and --batch must be above 0".into()));
    }
    if args.drop.iter().any(|drop| !(0.0..=1.0).contains(drop)) {
        return Err(Usage("--drop must be between 0 and 1".into()));
    }
    if args.memory && args.what != What::Train {
        return Err(Usage("--memory belongs to `bench train`".into()));
    }
    Ok(())
}

impl Args {
    fn batch_or(&self, default: usize) -> usize {
        self.batch.unwrap_or(default)
    }

    /// The block settings asked for.
    fn networks(&self, batch: usize) -> Vec<NetworkSetting> {
        let (net, weight_bits) = (self.net.into(), self.bits);
        let blocks = or_default(&self.block, &[speed::DEFAULT_BLOCK]);
        let drops = or_default(&self.drop, &speed::DEFAULT_DROPS);
        let pairs = blocks.iter().flat_map(|&block| drops.iter().map(move |&drop| (block, drop)));
        pairs.map(|(block, drop)| NetworkSetting { net, block, drop, weight_bits, batch }).collect()
    }

    fn kernel_cases(&self) -> anyhow::Result<Vec<Case>> {
        let (side, batch) = (Net::from(self.net).hidden_side(), self.batch_or(512));
        let mut cases = Vec::new();
        for &block in or_default(&self.block, &speed::KERNEL_BLOCKS) {
            for &drop in or_default(&self.drop, &[0.75]) {
                let setting = LayerSetting { side, block, drop, batch };
                cases.extend(speed::product_cases(Path::Block, setting)?);
            }
        }
        let dense = LayerSetting { side, block: speed::DEFAULT_BLOCK, drop: 0.0, batch };
        cases.extend(speed::product_cases(Path::Dense, dense)?);
        cases.push(speed::candle_forward_case(side, batch)?);
        Ok(cases)
    }

    fn infer_cases(&self) -> anyhow::Result<Vec<Case>> {
        let mut cases = Vec::new();
        for batch in self.batch.map_or(vec![1, 512], |batch| vec![batch]) {
            let settings = self.networks(batch);
            for &setting in &settings {
                cases.push(speed::infer_case(Path::Block, setting)?);
                cases.push(speed::infer_case(Path::Integer, setting)?);
            }
            cases.push(speed::infer_case(Path::Dense, settings[0].dense())?);
        }
        Ok(cases)
    }
}

/// Every path of `bench train`, in the order of its rows.
fn train_paths(settings: &[NetworkSetting]) -> Vec<(Path, NetworkSetting)> {
    let dense = settings[0].dense();
    let blocks = settings.iter().map(|&setting| (Path::Block, setting));
    blocks.chain([(Path::Dense, dense), (Path::Candle, dense)]).collect()
}

fn train_cases(settings: &[NetworkSetting]) -> anyhow::Result<Vec<Case>> {
    let paths = train_paths(settings).into_iter();
    paths.map(|(path, setting)| Ok(speed::train_case(path, setting)?)).collect()
}

fn or_default<'a, T>(given: &'a [T], default: &'a [T]) -> &'a [T] {
    if given.is_empty() { default } else { given }
}

impl From<NetName> for Net {
    fn from(name: NetName) -> Self {
        match name {
            NetName::Kws => Self::Kws,
            NetName::Asr => Self::Asr,
        }
    }
}

impl From<PathName> for Path {
    fn from(name: PathName) -> Self {
        match name {
            PathName::Block => Self::Block,
            PathName::Dense => Self::Dense,
            PathName::Candle => Self::Candle,
        }
    }
}
