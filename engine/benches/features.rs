//! Feature matrices of one minute of sound in clips of one second, on one thread.
//!
//! `cargo bench -p engine --bench features`; the same case as `coarsegrain bench features`.

mod shared;

use engine::settings::FeatureConfig;
use engine::speed::feature_cases;

fn main() -> anyhow::Result<()> {
    let mut criterion = shared::criterion_on_one_thread()?;
    shared::bench(&mut criterion, "features", feature_cases(&FeatureConfig::default())?)?;
    criterion.final_summary();
    Ok(())
}
