//! Opens the window.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use engine::protocol::{Engine, EngineOptions};
use workbench::arguments::Arguments;
use workbench::folders;
use workbench::frame_log::FrameLog;
use workbench::screenshot::Screenshot;
use workbench::shell::{Workbench, WorkbenchOptions};
use workbench::theme;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "warn,egui_winit=error".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse_from(engine::files::home_expanded(std::env::args_os()))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let settings = arguments.settings.clone().unwrap_or_else(folders::config_folder);
    let frame_log = arguments.frame_log.as_deref().map(create_frame_log).transpose()?;
    if let Some(folder) = &arguments.fonts {
        theme::look_for_fonts_in(folder.clone());
    }
    let options = WorkbenchOptions {
        state_path: Some(settings.join("state.json")),
        runs_folder: arguments.runs.clone().unwrap_or_else(folders::runs_folder),
        data: arguments.data.clone(),
        opens_dataset: true,
        place: arguments.place,
        theme: arguments.theme,
        frame_log,
        screenshot: arguments.screenshot.clone().map(|path| Screenshot::new(path, arguments.after)),
        open: arguments.open.clone(),
        trains: arguments.train,
    };
    let engine_options = EngineOptions {
        runs_folder: options.runs_folder.clone(),
        cache_folder: arguments.cache.clone().unwrap_or_else(folders::cache_folder),
    };
    let native = native_options(&arguments, &settings);
    eframe::run_native(
        "Coarsegrain Workbench",
        native,
        Box::new(|cc| {
            let engine = Engine::start(engine_options);
            let repaint = cc.egui_ctx.clone();
            engine.set_waker(Box::new(move || repaint.request_repaint()));
            Ok(Box::new(Workbench::new(&cc.egui_ctx, Box::new(engine), options)))
        }),
    )
    .map_err(|error| {
        anyhow::anyhow!(
            "No window can be opened here ({error}); use the headless command instead: coarsegrain --help"
        )
    })
}

fn create_frame_log(path: &Path) -> anyhow::Result<FrameLog> {
    FrameLog::create(path)
        .map_err(|error| anyhow::anyhow!("cannot write the frame log: {error} ({})", path.display()))
}

fn native_options(arguments: &Arguments, settings: &Path) -> eframe::NativeOptions {
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("Coarsegrain Workbench")
        .with_app_id("coarsegrain-workbench")
        .with_min_inner_size([960.0, 600.0]);
    viewport = viewport.with_inner_size(arguments.size.unwrap_or([1440.0, 900.0]));
    eframe::NativeOptions {
        viewport,
        // A size given on the command line shall not be overruled by the last session's.
        persist_window: arguments.size.is_none(),
        persistence_path: Some(settings.join("window.ron")),
        // The window brings its own search, which does not hold up a frame.
        system_font_fallback: false,
        ..Default::default()
    }
}
