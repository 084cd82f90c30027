//! Any bytes as the files of a run: a state that says what is wrong, or a run whose figures can be shown.

#![no_main]

use std::path::Path;

use engine::evaluate::read_predictions;
use engine::runs::{RunFolder, file_names, list, row_of};
use engine::train::Checkpoint;
use libfuzzer_sys::fuzz_target;

mod allocation;

/// Where the files of one input stand apart.
const BETWEEN: &[u8] = b"\n%%\n";
/// In this order.
const FILES: [&str; 6] = [
    file_names::CONFIG,
    file_names::SUMMARY,
    file_names::MODEL,
    file_names::CHECKPOINT,
    file_names::METRICS,
    file_names::PREDICTIONS,
];

/// What a run takes beside four times its files: buffers, and lists of short items.
const FREE_BYTES: usize = 4 << 20;

fuzz_target!(|bytes: &[u8]| {
    // In memory, where there is such a place: the files are read many times.
    let place = Path::new("/dev/shm");
    let place = if place.is_dir() { place.to_path_buf() } else { std::env::temp_dir() };
    let runs = place.join(format!("coarsegrain-fuzz-{}", std::process::id()));
    let run = runs.join("run");
    std::fs::create_dir_all(&run).unwrap();
    let mut rest = bytes;
    for name in FILES {
        let at = rest.windows(BETWEEN.len()).position(|window| window == BETWEEN);
        let (content, after) = at.map_or((rest, &[][..]), |at| (&rest[..at], &rest[at + BETWEEN.len()..]));
        std::fs::write(run.join(name), content).unwrap();
        rest = after;
    }
    let (peak, ()) = allocation::peak_of(|| {
        if let Some(row) = row_of(&run) {
            assert!(row.config.is_none_or(|config| config.check().is_ok()));
            if let Some(summary) = row.summary {
                summary.confusion.per_class();
                summary.confusion.accuracy();
            }
        }
        let folder = RunFolder::open(&run).unwrap();
        (folder.config().ok(), folder.history().ok(), folder.fingerprint(), folder.rounded_from());
        read_predictions(&run.join(file_names::PREDICTIONS)).ok();
        Checkpoint::load(&folder).ok();
    });
    assert!(peak <= 4 * bytes.len() + FREE_BYTES, "{peak} bytes for {}", bytes.len());
    // The same bytes as the index of the folder.
    std::fs::write(runs.join(".coarsegrain-index.json"), bytes).unwrap();
    list(&runs).unwrap();
    std::fs::remove_dir_all(&runs).unwrap();
});
