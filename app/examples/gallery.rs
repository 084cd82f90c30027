//! Shows a place in a made-up state, for looking at the window without training or a microphone.
//!
//! ```sh
//! cargo run -p app --example gallery -- mid --place train --theme light --size 1280x720
//! ```
//! The first argument names the state; the rest are the window's own arguments.

#[path = "../src/made_up/mod.rs"]
#[allow(unused_imports, dead_code, reason = "tests use more of it than the gallery")]
mod made_up;

use std::sync::Arc;

use clap::Parser as _;
use engine::protocol::{RunsView, Snapshot, TrainingView};
use engine::settings::{Config, OneOrMany};
use workbench::arguments::Arguments;
use workbench::engine_link::StillEngine;
use workbench::frame_log::FrameLog;
use workbench::screenshot::Screenshot;
use workbench::shell::{Workbench, WorkbenchOptions};

/// The states on offer.
const STATES: &str = "empty, preparing, mid, hcgs, finished, failed, few, many";

fn snapshot(state: &str) -> Option<Snapshot> {
    let mut snapshot = Snapshot { devices: Arc::new(made_up::devices()), ..Snapshot::default() };
    let hcgs = || {
        let mut config = Config::default();
        config.sparsity.block = OneOrMany::Many(vec![32, 4]);
        config.sparsity.drop = OneOrMany::Many(vec![0.75, 0.5]);
        config
    };
    let training = match state {
        "preparing" => made_up::preparing(),
        "mid" => made_up::mid_training(Config::default()),
        "hcgs" => made_up::mid_training(hcgs()),
        "finished" => made_up::finished(),
        "failed" => made_up::failed(),
        _ => TrainingView::default(),
    };
    let runs = match state {
        "many" => made_up::runs(2000),
        "empty" => RunsView::default(),
        _ => made_up::runs(40),
    };
    snapshot.details = Arc::new(made_up::details(&runs, &[0, 1, 2, 3]));
    let mut training = training;
    // A finished run stands in the table too.
    if let (Some(run), Some(row), "finished") = (&mut training.current, runs.runs.get(1), state) {
        run.run = row.run.clone();
    }
    if let Some(row) = runs.runs.first().filter(|_| state == "few") {
        let source = engine::protocol::ModelSource::Run(row.run.clone());
        snapshot.bits = Arc::new(made_up::measured(&row.run));
        snapshot.export = Arc::new(made_up::exported(&source));
    }
    snapshot.training = Arc::new(training);
    snapshot.runs = Arc::new(runs);
    if state != "empty" {
        snapshot.live = Arc::new(made_up::listening());
    }
    STATES.split(", ").any(|known| known == state).then_some(snapshot)
}

fn main() -> anyhow::Result<()> {
    let mut words: Vec<String> = std::env::args().collect();
    let state = if words.len() > 1 { words.remove(1) } else { String::new() };
    let snapshot =
        snapshot(&state).ok_or_else(|| anyhow::anyhow!("give one of these states first: {STATES}"))?;
    let arguments = Arguments::parse_from(words);
    let options = WorkbenchOptions {
        place: arguments.place,
        theme: arguments.theme,
        frame_log: arguments.frame_log.as_deref().map(FrameLog::create).transpose()?,
        screenshot: arguments.screenshot.map(|path| Screenshot::new(path, arguments.after)),
        ..WorkbenchOptions::default()
    };
    let viewport =
        egui::ViewportBuilder::default().with_inner_size(arguments.size.unwrap_or([1440.0, 900.0]));
    let native = eframe::NativeOptions { viewport, persist_window: false, ..Default::default() };
    let engine = StillEngine { snapshot, ..StillEngine::default() };
    eframe::run_native(
        "Coarsegrain Workbench (made up)",
        native,
        Box::new(|cc| Ok(Box::new(Workbench::new(&cc.egui_ctx, Box::new(engine), options)))),
    )
    .map_err(|error| anyhow::anyhow!("no window can be opened here ({error})"))
}
