//! What all benches share: one thread, and the cases of `engine::speed` handed to Criterion.

use std::time::Duration;

use criterion::{Criterion, Throughput};
use engine::speed::{Case, SpeedError};

/// Criterion with the arguments of `cargo bench -- ARGUMENTS`, and this thread as the only one that computes.
pub fn criterion_on_one_thread() -> anyhow::Result<Criterion> {
    // This thread is the pool: work is not handed to another one and back.
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global()?;
    Ok(Criterion::default().configure_from_args())
}

/// Times the cases one after another.
pub fn bench(criterion: &mut Criterion, group_name: &str, cases: Vec<Case>) -> Result<(), SpeedError> {
    let mut group = criterion.benchmark_group(group_name);
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    for mut case in cases {
        if case.row.flops > 0.0 {
            // Criterion then shows operations per second.
            group.throughput(Throughput::Elements(case.row.flops as u64));
        }
        let mut outcome = Ok(());
        group.bench_function(name(&case), |bencher| {
            bencher.iter(|| {
                if let Err(error) = (case.work)() {
                    outcome = Err(error);
                }
            });
        });
        outcome?;
    }
    group.finish();
    Ok(())
}

fn name(case: &Case) -> String {
    let row = &case.row;
    format!("{}/{}/b{}/p{}/batch{}", row.what, row.path.name(), row.block, row.drop, row.batch)
}
