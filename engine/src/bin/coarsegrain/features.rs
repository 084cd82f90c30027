//! `coarsegrain features`.

/// Arguments of `coarsegrain features`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Not yet written.
pub fn run(_args: Args) -> anyhow::Result<()> {
    anyhow::bail!("not yet written")
}
