//! Peak memory of training, each path in a process of its own: the peak of a process never falls again.

use std::process::{Command, Stdio};

use anyhow::Context;
use clap::ValueEnum;
use engine::speed::{self, NetworkSetting, Path};
use serde_json::{Value, json};

use super::{Args, train_paths};
use crate::output::print_line;

/// All memory is there after the first step.
const STEPS: usize = 3;
const BYTES_PER_MIB: f64 = (1 << 20) as f64;

/// What one process needed, in MiB; `None` where the system does not tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// The whole process while it trained.
    pub peak_mib: Option<f64>,
    /// The same process before it built anything: code, libraries and threads.
    pub idle_mib: Option<f64>,
}

/// Trains a path for a few steps and prints the peak memory of this process, as JSON for the process that started it.
pub fn train_and_print(path: Path, setting: NetworkSetting) -> anyhow::Result<()> {
    let idle_mib = peak_mib();
    let mut case = speed::train_case(path, setting)?;
    for _ in 0..STEPS {
        (case.work)()?;
    }
    print_line(&json!({ "peak_mib": peak_mib(), "idle_mib": idle_mib }).to_string())
}

fn peak_mib() -> Option<f64> {
    speed::peak_resident_bytes().map(|bytes| bytes as f64 / BYTES_PER_MIB)
}

/// Peak memory of each row of `bench train`, in their order.
pub fn peaks(args: &Args, settings: &[NetworkSetting]) -> anyhow::Result<Vec<Peak>> {
    train_paths(settings).into_iter().map(|(path, setting)| peak_of(args, path, setting)).collect()
}

fn peak_of(args: &Args, path: Path, setting: NetworkSetting) -> anyhow::Result<Peak> {
    let program = std::env::current_exe().context("cannot find this program to start it again")?;
    let net = args.net.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default();
    let output = Command::new(program)
        .args(["bench", "train", "--memory-of", path.name(), "--net", &net])
        .args(["--threads", &args.threads.to_string(), "--batch", &setting.batch.to_string()])
        .args(["--block", &setting.block.to_string(), "--drop", &format!("{:?}", setting.drop)])
        .args(["--bits", &setting.weight_bits.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start this program again to measure its memory")?;
    anyhow::ensure!(
        output.status.success(),
        "the process whose memory is measured failed: {}",
        output.status
    );
    let told: Value = serde_json::from_slice(&output.stdout).context("the measured process said nothing")?;
    Ok(Peak { peak_mib: told["peak_mib"].as_f64(), idle_mib: told["idle_mib"].as_f64() })
}
