//! The window on made-up data, to look at every place without recordings, runs or a microphone.
//! Usage: `cargo run -p app --example stage -- --place network`; takes the window's own arguments.

#[path = "../tests/stage/mod.rs"]
mod stage;

use clap::Parser as _;
use workbench::arguments::Arguments;
use workbench::frame_log::FrameLog;
use workbench::screenshot::Screenshot;
use workbench::shell::{Workbench, WorkbenchOptions};

fn main() -> eframe::Result {
    let arguments = Arguments::parse();
    let [width, height] = arguments.size.unwrap_or([1440.0, 900.0]);
    let native = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_inner_size([width, height]),
        persist_window: false,
        ..Default::default()
    };
    let options = WorkbenchOptions {
        place: arguments.place,
        theme: arguments.theme,
        frame_log: arguments.frame_log.as_deref().and_then(|path| FrameLog::create(path).ok()),
        screenshot: arguments.screenshot.map(|path| Screenshot::new(path, arguments.after)),
        state_path: arguments.settings.map(|folder| folder.join("state.json")),
        open: arguments.open,
        ..WorkbenchOptions::default()
    };
    eframe::run_native(
        "Coarsegrain Workbench on a stage",
        native,
        Box::new(|cc| Ok(Box::new(Workbench::new(&cc.egui_ctx, Box::new(stage::stage(105_829)), options)))),
    )
}
