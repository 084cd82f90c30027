//! The three products of one layer of 512 x 512 on every block size, the dense path, and the tensor library's layer.
//!
//! `cargo bench -p engine --bench kernels`; the same cases as `coarsegrain bench kernels`.

mod shared;

use engine::speed::{
    DEFAULT_BLOCK, KERNEL_BLOCKS, LayerSetting, Net, Path, candle_forward_case, product_cases,
};

fn main() -> anyhow::Result<()> {
    let (side, batch) = (Net::Kws.hidden_side(), 512);
    let mut criterion = shared::criterion_on_one_thread()?;
    let mut cases = Vec::new();
    for block in KERNEL_BLOCKS {
        cases.extend(product_cases(Path::Block, LayerSetting { side, block, drop: 0.75, batch })?);
    }
    let dense = LayerSetting { side, block: DEFAULT_BLOCK, drop: 0.0, batch };
    cases.extend(product_cases(Path::Dense, dense)?);
    cases.push(candle_forward_case(side, batch)?);
    shared::bench(&mut criterion, "kernels", cases)?;
    criterion.final_summary();
    Ok(())
}
