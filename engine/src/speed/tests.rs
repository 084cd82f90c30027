//! What is timed is the work it claims to be.

use super::*;
use crate::settings::FeatureConfig;

fn setting(block: usize, drop: f64) -> NetworkSetting {
    NetworkSetting { net: Net::Kws, block, drop, weight_bits: 32, batch: 3 }
}

#[test]
fn operations_are_counted_on_kept_weights() {
    let rows = |drop| -> Vec<Row> {
        let setting = LayerSetting { side: 64, block: 16, drop, batch: 5 };
        product_cases(Path::Block, setting).unwrap().into_iter().map(|case| case.row).collect()
    };
    let names: Vec<&str> = rows(0.0).iter().map(|row| row.what).collect();
    assert_eq!(names, ["forward", "input-gradient", "block-gradient"]);
    assert!(rows(0.0).iter().all(|row| row.flops == (2 * 64 * 64 * 5) as f64 && row.density == 1.0));
    assert!(rows(0.75).iter().all(|row| row.flops == (2 * 64 * 64 * 5 / 4) as f64 && row.density == 0.25));
}

#[test]
fn a_training_step_has_three_products_a_layer_but_no_gradient_to_the_inputs() {
    let row = train_case(Path::Dense, setting(64, 0.75).dense()).unwrap().row;
    assert_eq!(row.density, 1.0);
    assert_eq!(row.flops, (2 * 3 * (3 * (403 * 512 + 512 * 512 + 512 * 12) - 403 * 512)) as f64);
    let row = infer_case(Path::Dense, setting(64, 0.75).dense()).unwrap().row;
    assert_eq!(row.flops, (2 * 3 * (403 * 512 + 512 * 512 + 512 * 12)) as f64);
}

#[test]
fn every_case_runs_and_is_measured_beside_its_dense_path() {
    let mut cases = Vec::new();
    for make in [train_case, infer_case] {
        cases.push(make(Path::Block, setting(64, 0.75)).unwrap());
        cases.push(make(Path::Dense, setting(64, 0.75).dense()).unwrap());
    }
    cases.push(train_case(Path::Candle, setting(64, 0.75).dense()).unwrap());
    cases.push(candle_forward_case(16, 3).unwrap());
    let measured = measure(cases, 1e-6).unwrap();
    assert!(measured.rows.iter().all(|timed| 0.0 < timed.min_secs && timed.min_secs <= timed.median_secs));
    assert!(measured.peaks.len() >= 2 && measured.peak() > 0.0);
    let speed_ups: Vec<Option<f64>> = measured.rows.iter().map(|timed| measured.speed_up(timed)).collect();
    let times: Vec<f64> = measured.rows.iter().map(|timed| timed.median_secs).collect();
    assert_eq!(speed_ups[..4], [Some(times[1] / times[0]), Some(1.0), Some(times[3] / times[2]), Some(1.0)]);
    assert_eq!(speed_ups[4..], [Some(times[1] / times[4]), None]);
}

#[test]
fn features_are_measured_on_one_thread_and_on_all() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let measured = pool.install(|| measure(feature_cases(&FeatureConfig::default()).unwrap(), 1e-6)).unwrap();
    let threads: Vec<usize> = measured.rows.iter().map(|timed| timed.row.threads).collect();
    assert_eq!(threads, [1, 2]);
    for timed in &measured.rows {
        assert_eq!(timed.row.batch, AUDIO_SECS * 98);
        assert!((timed.times_real_time().unwrap() * timed.median_secs - AUDIO_SECS as f64).abs() < 1e-9);
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    assert!(matches!(infer_case(Path::Block, setting(64, 1.5)), Err(SpeedError::Settings(_))));
    assert!(matches!(train_case(Path::Block, setting(0, 0.5)), Err(SpeedError::Settings(_))));
}
