//! Features against reference values made with kaldi-native-fbank (`scripts/feature_fixtures.py make`).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use engine::audio::decode;
use engine::features::FrontEnd;
use engine::settings::Config;
use serde_json::Value;

const LARGEST_DIFFERENCE: f32 = 1e-3;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/features")
}

fn config(settings: &Value) -> Config {
    let mut config = Config::default();
    for (key, value) in settings.as_object().unwrap() {
        let text = value.as_str().map_or_else(|| value.to_string(), String::from);
        config.set(&format!("features.{key}"), &text).unwrap();
    }
    config
}

fn floats(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[test]
fn features_equal_kaldi_native_fbank() {
    let index: Value =
        serde_json::from_str(&std::fs::read_to_string(folder().join("index.json")).unwrap()).unwrap();
    let fixtures = index["fixtures"].as_array().unwrap();
    assert!(fixtures.len() >= 14, "{}", fixtures.len());
    for fixture in fixtures {
        let name = fixture["values"].as_str().unwrap();
        let samples = decode(&folder().join(fixture["clip"].as_str().unwrap())).unwrap();
        let front_end = FrontEnd::new(&config(&fixture["settings"]).features).unwrap();
        let frames = front_end.frames(&samples);
        assert_eq!(frames.num_frames as u64, fixture["num_frames"].as_u64().unwrap(), "{name}");
        assert_eq!(frames.num_coefs as u64, fixture["num_coefs"].as_u64().unwrap(), "{name}");
        let expected = floats(&folder().join(name));
        assert_eq!(expected.len(), frames.values.len(), "{name}");
        let worst = expected.iter().zip(&frames.values).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
        println!("{name}: largest difference {worst:.1e}");
        assert!(worst < LARGEST_DIFFERENCE, "{name}: {worst}");
    }
}
