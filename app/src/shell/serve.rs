//! What the window does when asked: actions, requests of places, outcomes of files and dialogs.

use std::path::PathBuf;
use std::time::Duration;

use egui::{Context, Key, Modifiers, ViewportCommand};
use engine::protocol::{Command, ModelSource, StopMode};
use engine::settings::Config;

use super::actions::{self, Action};
use super::path_prompt::{PathPrompt, PromptEnd};
use super::{Workbench, command_palette::CommandPalette};
use crate::context::{ModelSlot, PickKind, ShellRequest};
use crate::data_folder::DataFolder;
use crate::files::{DialogRequest, FileJob, FileOutcome, WritePurpose};
use crate::folders;
use crate::places::Place;
use crate::theme::{Mode, Theme};

/// Time from an edit to its being saved.
const SAVE_DELAY_SECS: f64 = 1.0;

impl Workbench {
    pub(super) fn take_input(&mut self, ctx: &Context) {
        let dropped: Vec<PathBuf> =
            ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect());
        for path in dropped {
            self.open_path(path);
        }
        // What is open on top takes the keys: menus and lists close on Esc by themselves, dialogs too.
        let is_covered =
            egui::Popup::is_any_open(ctx) || ctx.memory(|memory| memory.top_modal_layer().is_some());
        let modal_open = is_covered
            || self.overlays.palette.is_some()
            || self.overlays.prompt.is_some()
            || self.overlays.keys
            || self.question.is_some();
        if modal_open {
            return;
        }
        self.actions.extend(actions::pressed(ctx, &self.table));
        let can_close = self.overlays.messages || self.snapshot.dataset.loading.is_some();
        let typing = ctx.egui_wants_keyboard_input();
        if can_close && !typing && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            if self.overlays.messages {
                self.overlays.messages = false;
            } else {
                self.commands.push(Command::CancelDataset);
            }
        }
    }

    pub(super) fn perform(&mut self, ctx: &Context, action: Action) {
        match action {
            Action::GoTo(place) => self.go_to(place),
            Action::Pick(kind) => self.ask(DialogRequest::Pick(kind)),
            Action::OpenDemo => self.serve(ShellRequest::OpenDataset(None)),
            Action::CancelDataset => self.commands.push(Command::CancelDataset),
            Action::SaveConfig => self.save_config(),
            Action::SaveConfigAs => self.save_config_as(),
            Action::Undo => self.step_config("undo"),
            Action::Redo => self.step_config("redo"),
            Action::ResetConfig => {
                let data = self.config.data.clone();
                self.config = Config { data, ..Config::default() };
            }
            Action::Train => {
                match self.places.train.commands(&self.config) {
                    Ok(commands) => self.commands.extend(commands),
                    Err(problem) => self.messages.error(problem),
                }
                self.go_to(Place::Train);
            }
            Action::PauseRun => self.commands.push(Command::PauseRun),
            Action::ResumeRun => self.commands.push(Command::ResumeRun),
            Action::StopAndKeep => self.commands.push(Command::StopRun(StopMode::Keep)),
            Action::RefreshRuns => self.commands.push(Command::RefreshRuns),
            Action::StopListening => self.commands.push(Command::StopListening),
            Action::StopPlayback => self.commands.push(Command::StopPlayback),
            // The window's data are those that are open.
            Action::Set(key, text) if key == "data.dir" => {
                let folder = crate::files::path_from_typed(&text);
                self.serve(ShellRequest::OpenDataset(DataFolder::at(Some(&folder)).path().map(Into::into)));
            }
            Action::Set(key, text) => {
                if let Err(error) = self.config.set(&key, &text) {
                    self.messages.error(format!("{error}."));
                }
            }
            view => self.change_view(ctx, view),
        }
    }

    fn change_view(&mut self, ctx: &Context, action: Action) {
        match action {
            Action::Fullscreen => {
                let now = ctx.input(|input| input.viewport().fullscreen.unwrap_or(false));
                ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!now));
            }
            Action::ZoomIn => egui::gui_zoom::zoom_in(ctx),
            Action::ZoomOut => egui::gui_zoom::zoom_out(ctx),
            Action::ZoomReset => ctx.set_zoom_factor(1.0),
            Action::SwitchTheme => {
                let mode = match self.theme.mode {
                    Mode::Dark => Mode::Light,
                    Mode::Light => Mode::Dark,
                };
                self.theme = Theme::new(mode);
                self.theme.apply(ctx);
            }
            Action::SwitchInspector => self.saved.inspector = !self.saved.inspector,
            Action::SwitchMessages => self.overlays.messages = !self.overlays.messages,
            Action::SwitchWelcome => {
                self.saved.welcome = !(self.saved.welcome && self.place == Place::Data);
                self.go_to(Place::Data);
            }
            Action::ShowKeys => self.overlays.keys = true,
            Action::ShowPalette => self.overlays.palette = Some(CommandPalette::default()),
            _ => {}
        }
    }

    fn step_config(&mut self, direction: &str) {
        let step = if direction == "undo" { self.undo.undo() } else { self.undo.redo() };
        match step {
            Some(config) => self.config = config,
            None => self.messages.info(format!("Nothing to {direction}.")),
        }
    }

    pub(super) fn serve(&mut self, request: ShellRequest) {
        match request {
            ShellRequest::GoTo(place) => self.go_to(place),
            ShellRequest::Pick(kind) => self.ask(DialogRequest::Pick(kind)),
            ShellRequest::SaveAs { file_stem, mut contents } => {
                if contents.is_empty() {
                    return;
                }
                let (ending, bytes) = contents.remove(0);
                self.ask(DialogRequest::Save {
                    file_name: format!("{file_stem}.{ending}"),
                    bytes,
                    others: contents,
                    purpose: WritePurpose::Export,
                });
            }
            ShellRequest::SaveFile { file_name, bytes } => {
                self.ask(DialogRequest::Save {
                    file_name,
                    bytes,
                    others: Vec::new(),
                    purpose: WritePurpose::Export,
                });
            }
            ShellRequest::ShowMessages => self.overlays.messages = true,
            ShellRequest::OpenDataset(folder) => self.commands.push(Command::OpenDataset(folder)),
            ShellRequest::OpenPath(path) => self.open_path(path),
        }
    }

    /// Opens a file or folder by what it is.
    pub(super) fn open_path(&mut self, path: PathBuf) {
        self.submit(FileJob::Open(path));
    }

    fn submit(&mut self, job: FileJob) {
        let taken = self.files.as_ref().is_some_and(|files| files.submit(job));
        if !taken {
            self.messages
                .error("Files are busy: the disk or network drive does not answer. Try again later.");
        }
    }

    fn ask(&mut self, request: DialogRequest) {
        let start_in = match &request {
            DialogRequest::Pick(PickKind::Dataset) => self.saved.recent_datasets.first().cloned(),
            _ => self.saved.config_path.as_ref().and_then(|path| path.parent().map(PathBuf::from)),
        };
        let opened = self.files.as_mut().is_some_and(|files| files.ask(request, start_in));
        if !opened {
            self.messages.error("A file dialog is open already; answer it, or close it, first.");
        }
    }

    pub(super) fn prompt_ended(&mut self, end: PromptEnd) {
        if let PromptEnd::Path(request, path) = end {
            self.submit(FileJob::Answer(request, path));
        }
    }

    pub(super) fn take_outcomes(&mut self) {
        while let Some(outcome) = self.files.as_ref().and_then(|files| files.poll()) {
            self.take_outcome(outcome);
        }
    }

    fn take_outcome(&mut self, outcome: FileOutcome) {
        if !matches!(outcome, FileOutcome::Written(..) | FileOutcome::NoDialog(_) | FileOutcome::Cancelled) {
            self.num_awaited = self.num_awaited.saturating_sub(1);
        }
        match outcome {
            FileOutcome::Dataset(folder) => {
                self.commands.push(Command::OpenDataset(Some(folder)));
                self.go_to(Place::Data);
            }
            FileOutcome::Config { path, config, names_data } => self.take_config(path, *config, names_data),
            FileOutcome::Recording(path) => {
                self.recording = Some(path);
                self.go_to(Place::Live);
            }
            FileOutcome::Run(from) => {
                let into = self.runs_folder.clone();
                self.submit(FileJob::ImportRun { from, into });
            }
            FileOutcome::RunImported(name) => {
                self.messages.info(format!("{name} is in the runs folder."));
                self.commands.push(Command::RefreshRuns);
                self.go_to(Place::Compare);
            }
            FileOutcome::FetchFolder(folder) => {
                self.commands.push(Command::FetchSpeechCommands { folder });
                self.go_to(Place::Data);
            }
            FileOutcome::ExportFolder(folder) => {
                self.places.export.set_folder(&folder);
                self.go_to(Place::Export);
            }
            FileOutcome::Model(slot, path) => self.take_model(slot, path),
            FileOutcome::Written(path, purpose) => {
                if purpose == WritePurpose::Config {
                    self.saved.config_path = Some(path.clone());
                }
                self.messages.info(format!("Saved ({}).", path.display()));
            }
            FileOutcome::NoDialog(request) => {
                let guess = self.guess(&request);
                self.overlays.prompt = Some(PathPrompt::new(request, guess));
            }
            FileOutcome::Cancelled => {}
            FileOutcome::Failed(message) => self.messages.error(message),
        }
    }

    /// A model that was dropped is heard where one listens, and shown in Export elsewhere.
    fn take_model(&mut self, slot: Option<ModelSlot>, path: PathBuf) {
        let is_heard = self.place == Place::Live;
        match slot.unwrap_or(if is_heard { ModelSlot::LiveSecond } else { ModelSlot::Export }) {
            ModelSlot::Export => {
                self.places.export.offer(ModelSource::File(path));
                self.go_to(Place::Export);
            }
            slot @ (ModelSlot::LiveFirst | ModelSlot::LiveSecond) => {
                self.places.live.take_file(usize::from(slot == ModelSlot::LiveSecond), path);
                self.go_to(Place::Live);
            }
        }
    }

    fn guess(&self, request: &DialogRequest) -> String {
        let home = std::env::home_dir().unwrap_or_default();
        let path = match request {
            DialogRequest::Pick(PickKind::Dataset) => {
                self.saved.recent_datasets.first().cloned().unwrap_or(home)
            }
            DialogRequest::Pick(PickKind::FetchFolder) => home.join("speech_commands_v0.02"),
            DialogRequest::Pick(PickKind::ExportFolder | PickKind::Model(_)) => folders::exports_folder(),
            DialogRequest::Pick(_) => home,
            DialogRequest::Save { file_name, .. } => home.join(file_name),
        };
        path.display().to_string()
    }

    fn take_config(&mut self, path: PathBuf, mut config: Config, names_data: bool) {
        self.messages.info(format!("Opened the configuration ({}).", path.display()));
        self.saved.config_path = Some(path);
        if !names_data {
            // A file of settings alone says nothing against the data that are open.
            config.data.dir.clone_from(&self.config.data.dir);
        } else if self.shown().is_none() && !self.has_data_argument {
            // Nothing is shown yet that it could contradict.
            self.tell_roles(&config);
            self.commands.push(Command::OpenDataset(DataFolder::of_config(&config).path().map(Into::into)));
        }
        self.config = config;
        if self.place == Place::Data {
            self.go_to(Place::Network);
        }
    }

    fn save_config(&mut self) {
        match self.saved.config_path.clone() {
            Some(path) => self.submit(FileJob::Write {
                path,
                bytes: self.config.to_toml().into_bytes(),
                purpose: WritePurpose::Config,
            }),
            None => self.save_config_as(),
        }
    }

    fn save_config_as(&mut self) {
        self.ask(DialogRequest::Save {
            file_name: "config.toml".into(),
            bytes: self.config.to_toml().into_bytes(),
            others: Vec::new(),
            purpose: WritePurpose::Config,
        });
    }

    /// Saves a second after the first of a series of inputs, so that a killed window loses next to nothing.
    pub(super) fn autosave(&mut self, ctx: &Context, now_secs: f64) {
        if self.state_path.is_none() {
            return;
        }
        if self.save_due_secs.is_none() && ctx.input(|input| !input.events.is_empty()) {
            self.save_due();
        }
        let Some(due_secs) = self.save_due_secs else { return };
        if now_secs >= due_secs {
            self.save_due_secs = None;
            self.saved.zoom = ctx.zoom_factor();
            self.save_state();
        } else {
            // Asked for in every frame: an earlier frame uses up the wish of the one before.
            ctx.request_repaint_after(Duration::from_secs_f64(due_secs - now_secs + 0.01));
        }
    }

    /// Has the state saved soon.
    pub(super) fn save_due(&mut self) {
        self.save_due_secs = Some(self.now_secs + SAVE_DELAY_SECS);
    }

    pub(super) fn save_state(&mut self) {
        let Some(path) = self.state_path.clone() else { return };
        self.saved.theme = self.theme.mode;
        self.saved.place = self.place;
        self.saved.config = self.config.to_toml();
        self.saved.banks = self.banks;
        self.saved.places = serde_json::to_value(&self.places).unwrap_or_default();
        let text = self.saved.to_json();
        if text != self.saved_text {
            self.saved_text.clone_from(&text);
            self.submit(FileJob::Write { path, bytes: text.into_bytes(), purpose: WritePurpose::State });
        }
    }
}
