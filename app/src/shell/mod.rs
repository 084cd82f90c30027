//! The window around the places: rail, inspector, status line, palette, messages, and what survives a restart.
//!
//! Order of one frame: take events under a time budget, take the snapshot, take outcomes of files and
//! dialogs; draw; send the commands that drawing brought about. Nothing here waits.

pub mod actions;
mod command_palette;
mod data_question;
mod dataset;
mod keys;
mod messages_panel;
mod path_prompt;
mod rail;
mod serve;
pub mod state;
mod status;
mod tell;
mod undo;
mod welcome;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use engine::protocol::{BankSettings, Command, DatasetView, Snapshot};
use engine::settings::Config;

use crate::context::{PlaceContext, ShellRequest};
use crate::engine_link::EngineLink;
use crate::files::Files;
use crate::frame_log::FrameLog;
use crate::messages::Messages;
use crate::places::{Place, Places};
use crate::screenshot::Screenshot;
use crate::theme::{self, FontSearch, Mode, Theme, size};
use actions::{Action, ActionRow};
use state::SavedState;

/// What the window is opened with.
#[derive(Default)]
pub struct WorkbenchOptions {
    /// The file that keeps the state over a restart; `None` keeps nothing.
    pub state_path: Option<PathBuf>,
    /// Folder of the runs, into which dropped runs are copied.
    pub runs_folder: PathBuf,
    /// Dataset to open instead of the last one.
    pub data: Option<PathBuf>,
    /// Whether to open a dataset at all when the window opens.
    pub opens_dataset: bool,
    /// Place to show instead of the last one.
    pub place: Option<Place>,
    /// Colours instead of the last ones.
    pub theme: Option<Mode>,
    /// Recorder of frame times.
    pub frame_log: Option<FrameLog>,
    /// A picture to take.
    pub screenshot: Option<Screenshot>,
    /// Files and folders to open as if dropped.
    pub open: Vec<PathBuf>,
    /// Whether to start training once the dataset is open.
    pub trains: bool,
}

/// What lies over the places.
#[derive(Default)]
struct Overlays {
    palette: Option<command_palette::CommandPalette>,
    prompt: Option<path_prompt::PathPrompt>,
    keys: bool,
    messages: bool,
}

/// The window.
pub struct Workbench {
    engine: Box<dyn EngineLink>,
    files: Option<Files>,
    snapshot: Snapshot,
    theme: Theme,
    saved: SavedState,
    saved_text: String,
    state_path: Option<PathBuf>,
    save_due_secs: Option<f64>,
    now_secs: f64,
    runs_folder: PathBuf,
    place: Place,
    places: Places,
    config: Config,
    planned: Option<Config>,
    banks: BankSettings,
    planned_banks: Option<BankSettings>,
    undo: undo::UndoHistory,
    messages: Messages,
    commands: Vec<Command>,
    requests: Vec<ShellRequest>,
    actions: Vec<Action>,
    table: Vec<ActionRow>,
    overlays: Overlays,
    recording: Option<PathBuf>,
    synced_dataset: Option<Arc<DatasetView>>,
    frame_log: Option<FrameLog>,
    screenshot: Option<Screenshot>,
    trains: bool,
    /// Paths given with the program that are still looked at.
    num_awaited: usize,
    /// Whether the dataset was named when the program was called.
    has_data_argument: bool,
    /// Whether a reading ended without a dataset since the last frame.
    dataset_has_ended: bool,
    /// What waits for a dataset.
    held: Option<dataset::Held>,
    /// What is asked about data.
    question: Option<data_question::DataQuestion>,
    /// Ends with the window.
    fonts: Option<FontSearch>,
}

impl Workbench {
    /// A window on this engine.
    pub fn new(ctx: &egui::Context, engine: Box<dyn EngineLink>, options: WorkbenchOptions) -> Self {
        let saved = options.state_path.as_deref().map(SavedState::load).unwrap_or_default();
        let theme = Theme::new(options.theme.unwrap_or(saved.theme));
        Theme::install_fonts(ctx);
        theme.apply(ctx);
        ctx.set_zoom_factor(saved.zoom.clamp(0.5, 3.0));
        let repaint = ctx.clone();
        let files = Files::start(Arc::new(move || repaint.request_repaint()));
        let config = saved.config();
        let mut workbench = Self {
            engine,
            files: None,
            snapshot: Snapshot::default(),
            theme,
            saved_text: saved.to_json(),
            state_path: options.state_path,
            save_due_secs: None,
            now_secs: 0.0,
            runs_folder: options.runs_folder,
            place: options.place.unwrap_or(saved.place),
            places: saved.places(),
            undo: undo::UndoHistory::new(config.clone()),
            config,
            planned: None,
            banks: saved.banks,
            planned_banks: None,
            messages: Messages::default(),
            commands: Vec::new(),
            requests: Vec::new(),
            actions: Vec::new(),
            table: actions::table(),
            overlays: Overlays::default(),
            recording: None,
            synced_dataset: None,
            frame_log: options.frame_log,
            screenshot: options.screenshot,
            trains: options.trains,
            num_awaited: options.open.len(),
            has_data_argument: options.data.is_some(),
            dataset_has_ended: false,
            held: None,
            question: None,
            // Without a thread, letters that the built-in faces lack stay boxes with their numbers.
            fonts: FontSearch::start(ctx, theme::installed_fonts()).ok(),
            saved,
        };
        match files {
            Ok(files) => workbench.files = Some(files),
            Err(error) => workbench.messages.error(format!(
                "Files cannot be opened or saved in this session, since the system gives no thread: {error}."
            )),
        }
        // The rail counts the runs, and Compare and Live offer them, from the first frame on.
        workbench.commands.push(Command::RefreshRuns);
        if options.opens_dataset {
            let folder = options.data.or_else(|| workbench.saved.dataset.clone());
            workbench.tell_roles(&workbench.config.clone());
            workbench.commands.push(Command::OpenDataset(folder));
        }
        for path in options.open {
            workbench.open_path(path);
        }
        workbench
    }

    /// Shows a place.
    pub fn go_to(&mut self, place: Place) {
        self.place = place;
    }

    /// The place that is shown.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The configuration being edited.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The memory banks that networks are laid into.
    pub fn banks(&self) -> BankSettings {
        self.banks
    }

    /// What the person has been told.
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    fn chrome_ui(&mut self, ui: &mut egui::Ui) {
        let chrome = egui::Frame::new().fill(self.theme.palette.ground);
        egui::Panel::bottom("status").exact_size(size::STATUS).resizable(false).frame(chrome).show(
            ui,
            |ui| {
                self.actions.extend(status::ui(ui, &self.snapshot, &self.messages, &self.theme));
            },
        );
        egui::Panel::left("rail").exact_size(size::RAIL).resizable(false).frame(chrome).show(ui, |ui| {
            if let Some(place) = rail::ui(ui, self.place, &self.snapshot, &self.theme) {
                self.requests.push(ShellRequest::GoTo(place));
            }
        });
        if self.overlays.messages {
            let frame = egui::Frame::new().fill(self.theme.palette.panel).inner_margin(size::MARGIN);
            egui::Panel::bottom("messages").default_size(200.0).frame(frame).show(ui, |ui| {
                self.overlays.messages = messages_panel::ui(ui, &mut self.messages, &self.theme);
            });
        }
    }

    fn place_ui(&mut self, ui: &mut egui::Ui) {
        let fill = self.theme.palette.panel;
        let panel = egui::Frame::new().fill(fill).inner_margin(size::MARGIN);
        let mut ctx = PlaceContext {
            snapshot: &self.snapshot,
            config: &mut self.config,
            banks: &mut self.banks,
            commands: &mut self.commands,
            requests: &mut self.requests,
            theme: &self.theme,
            messages: &mut self.messages,
            recording: &mut self.recording,
            recent_datasets: &self.saved.recent_datasets,
        };
        if self.saved.inspector {
            let mut margin = egui::Margin::same(size::MARGIN as i8);
            // The scroll bar runs in the margin, clear of the numbers.
            margin.right = 0;
            egui::Panel::right("inspector")
                .default_size(size::INSPECTOR)
                .size_range(size::INSPECTOR * 0.8..=size::INSPECTOR * 2.0)
                .frame(panel.inner_margin(margin))
                .show(ui, |ui| {
                    let area = egui::ScrollArea::vertical().id_salt(self.place.name()).auto_shrink(false);
                    area.show(ui, |ui| {
                        ui.set_max_width(ui.available_width() - size::MARGIN);
                        self.places.inspector_ui(self.place, ui, &mut ctx);
                    });
                });
        }
        let shows_welcome = self.saved.welcome && self.place == Place::Data;
        let chosen = egui::CentralPanel::default().frame(panel).show(ui, |ui| {
            let chosen = if shows_welcome { welcome::ui(ui, ctx.theme) } else { None };
            self.places.ui(self.place, ui, &mut ctx);
            chosen
        });
        if let Some(chosen) = chosen.inner {
            self.saved.welcome = false;
            if let welcome::Choice::Go(request) = chosen {
                self.requests.push(request);
            }
        }
    }

    fn overlays_ui(&mut self, ctx: &egui::Context) {
        if let Some(palette) = &mut self.overlays.palette {
            let (action, stays) = palette.ui(ctx, &self.table, &self.config, &self.theme);
            self.actions.extend(action);
            if !stays {
                self.overlays.palette = None;
            }
        }
        if let Some(end) = self.overlays.prompt.as_mut().and_then(|prompt| prompt.ui(ctx, &self.theme)) {
            self.overlays.prompt = None;
            self.prompt_ended(end);
        }
        if let Some(answer) = self.question.as_ref().and_then(|question| question.ui(ctx, &self.theme)) {
            self.question_answered(answer);
        }
        if self.overlays.keys {
            self.overlays.keys = keys::ui(ctx, &self.table, &self.theme);
        }
        if ctx.input(|input| !input.raw.hovered_files.is_empty()) {
            drop_hint_ui(ctx, &self.theme);
        }
    }

    /// Whether anything was asked for while drawing; all of it has then been passed on.
    fn pass_on(&mut self, ctx: &egui::Context) -> bool {
        let asked = !self.requests.is_empty() || !self.actions.is_empty();
        for action in std::mem::take(&mut self.actions) {
            self.perform(ctx, action);
        }
        for request in std::mem::take(&mut self.requests) {
            self.serve(request);
        }
        self.keep_to_shown();
        if self.planned_banks != Some(self.banks) {
            self.planned_banks = Some(self.banks);
            self.commands.push(Command::PlanBanks(Box::new(self.banks)));
        }
        if self.planned.as_ref() != Some(&self.config) {
            self.planned = Some(self.config.clone());
            self.commands.push(Command::PlanNetwork(Box::new(self.config.clone())));
        }
        self.send_commands();
        asked
    }
}

fn drop_hint_ui(ctx: &egui::Context, theme: &Theme) {
    let painter =
        ctx.layer_painter(egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop hint")));
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0.0, theme.palette.ground.gamma_multiply(0.9));
    painter.text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        "Drop to open: dataset folder, run folder, config.toml, or a recording",
        egui::TextStyle::Heading.resolve(&ctx.global_style()),
        theme.palette.text,
    );
}

impl eframe::App for Workbench {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        let start = Instant::now();
        let now_secs = ctx.input(|input| input.time);
        self.now_secs = now_secs;
        self.messages.set_now(now_secs);
        self.take_events();
        self.snapshot = self.engine.snapshot();
        self.follow_dataset();
        self.dataset_ended();
        self.take_outcomes();
        self.take_input(ctx);
        self.autosave(ctx, now_secs);
        if let Some(screenshot) = &mut self.screenshot {
            screenshot.advance(ctx, now_secs);
        }
        self.pass_on(ctx);
        if let Some(log) = &mut self.frame_log {
            log.add_since(start);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let start = Instant::now();
        let ctx = ui.ctx().clone();
        self.chrome_ui(ui);
        self.place_ui(ui);
        self.overlays_ui(&ctx);
        self.keep_to_shown();
        let (now_secs, pointer_down) = ctx.input(|input| (input.time, input.pointer.any_down()));
        self.undo.observe(&self.config, now_secs, pointer_down);
        if self.pass_on(&ctx) {
            ctx.request_repaint();
        }
        if let Some(log) = &mut self.frame_log {
            log.add_since(start);
            log.end_frame();
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.save_state();
        // Joins the thread, which writes what is queued first.
        self.files = None;
        self.fonts = None;
    }
}
