//! `coarsegrain bench`.

/// Arguments of `coarsegrain bench`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Not yet written.
pub fn run(_args: Args) -> anyhow::Result<()> {
    anyhow::bail!("not yet written")
}
