//! Packed files from the command, and what reading one costs: `coarsegrain export --format blocks`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod untrained;

use std::alloc::{GlobalAlloc, Layout, System};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use engine::audio::write_wav;
use engine::export::{IndexStorage, blocks};
use engine::fixed::calibrate;
use engine::model::StoredModel;

/// The largest block of memory that was asked for since it was last set to 0.
static LARGEST: AtomicUsize = AtomicUsize::new(0);

/// The system's memory, watched.
struct Watched;

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static MEMORY: Watched = Watched;

fn model() -> StoredModel {
    let mut model = untrained::model();
    let inputs: Vec<f32> = (0..8 * model.plan.num_inputs()).map(|n| (n as f32 * 0.7).sin()).collect();
    model.activation_exponents = calibrate(&model, &inputs).unwrap();
    model
}

fn coarsegrain(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_coarsegrain")).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_packed_file_listens_as_its_model_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    model().save(&folder.path().join("model.safetensors")).unwrap();
    let tone = |n: usize| (n as f32 * (0.05 + 0.02 * (n / 16_000) as f32)).sin() * 0.5;
    let samples: Vec<f32> = (0..40_000).map(tone).collect();
    write_wav(&folder.path().join("tone.wav"), &samples).unwrap();
    let text =
        coarsegrain(&["export", &path("model.safetensors"), "--format", "blocks", "--out", &path("out")]);
    assert!(text.contains("model.cgs") && text.contains("payload"), "{text}");
    let listen = |model: &str| {
        coarsegrain(&["listen", &path(model), "--wav", &path("tone.wav"), "--scores", "--json"])
    };
    let scores = listen("out/model.cgs");
    assert!(scores.lines().count() > 5, "{scores}");
    assert_eq!(scores, listen("model.safetensors"));

    let mut bytes = std::fs::read(path("out/model.cgs")).unwrap();
    let last = bytes.len() - 10;
    bytes[last] ^= 1;
    std::fs::write(path("out/model.cgs"), bytes).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_coarsegrain"))
        .args(["listen", &path("out/model.cgs"), "--wav", &path("tone.wav")])
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("checksum") && message.contains("model.cgs"), "{message}");
}

#[test]
fn claims_of_a_header_do_not_decide_what_is_allocated() {
    let packed = blocks::PackedModel::of(&model()).unwrap();
    for index in [IndexStorage::Stored, IndexStorage::Seed] {
        let file = blocks::write(&packed, index).unwrap();
        let mut highest = 0;
        for at in 0..file.header_len {
            for claim in [&[0xff; 8][..], &[0xff, 0xff, 0xff, 0], &[0xff; 2], &[0, 0, 0, 1], &[0, 0, 1]] {
                let mut changed = file.bytes.clone();
                let end = (at + claim.len()).min(file.header_len);
                changed[at..end].copy_from_slice(&claim[..end - at]);
                let content = changed.len() - 4;
                let mut crc = flate2::Crc::new();
                crc.update(&changed[..content]);
                changed[content..].copy_from_slice(&crc.sum().to_le_bytes());
                LARGEST.store(0, Ordering::Relaxed);
                // Some of these mean another network of the same size, which is fine.
                let _ = blocks::read(&changed);
                highest = highest.max(LARGEST.load(Ordering::Relaxed));
            }
        }
        // The other test of this file runs beside this one and asks for little.
        let bar = 64 * file.bytes.len() + (1 << 20);
        assert!(highest < bar, "{highest} bytes at once for a file of {}", file.bytes.len());
    }
}
