//! A training step and inference of both networks, block, dense and with the tensor library's layers.
//!
//! `cargo bench -p engine --bench network`; the same cases as `coarsegrain bench train` and `infer`.

mod shared;

use engine::speed::{
    Case, DEFAULT_BLOCK, DEFAULT_DROPS, Net, NetworkSetting, Path, SpeedError, infer_case, train_case,
};

fn main() -> anyhow::Result<()> {
    let mut criterion = shared::criterion_on_one_thread()?;
    shared::bench(&mut criterion, "kws", cases(Net::Kws)?)?;
    shared::bench(&mut criterion, "asr", cases(Net::Asr)?)?;
    criterion.final_summary();
    Ok(())
}

fn cases(net: Net) -> Result<Vec<Case>, SpeedError> {
    let setting = |drop, batch| NetworkSetting { net, block: DEFAULT_BLOCK, drop, weight_bits: 32, batch };
    let mut cases = Vec::new();
    for drop in DEFAULT_DROPS {
        cases.push(train_case(Path::Block, setting(drop, 512))?);
    }
    cases.push(train_case(Path::Dense, setting(0.0, 512))?);
    cases.push(train_case(Path::Candle, setting(0.0, 512))?);
    for batch in [1, 512] {
        for drop in DEFAULT_DROPS {
            cases.push(infer_case(Path::Block, setting(drop, batch))?);
            cases.push(infer_case(Path::Integer, setting(drop, batch))?);
        }
        cases.push(infer_case(Path::Dense, setting(0.0, batch))?);
    }
    Ok(cases)
}
