//! Opens the window.

use std::process::ExitCode;

fn main() -> ExitCode {
    let options = eframe::NativeOptions::default();
    let opened = eframe::run_native(
        "Coarsegrain Workbench",
        options,
        Box::new(|cc| {
            let engine = Box::new(workbench::engine_link::StillEngine::default());
            Ok(Box::new(workbench::shell::Workbench::new(&cc.egui_ctx, engine)))
        }),
    );
    match opened {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot open a window: {error}");
            ExitCode::FAILURE
        }
    }
}
