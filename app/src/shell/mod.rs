//! The window around the places: rail, inspector, status line.

mod rail;
mod status;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use engine::protocol::{Command, Event, Snapshot};
use engine::settings::Config;

use crate::context::{PlaceContext, ShellRequest};
use crate::engine_link::EngineLink;
use crate::messages::Messages;
use crate::places::{Place, Places};
use crate::theme::{Mode, Theme, size};

/// Longest time that one frame spends on taking events.
const EVENT_BUDGET: Duration = Duration::from_millis(2);

/// The window.
pub struct Workbench {
    engine: Box<dyn EngineLink>,
    snapshot: Snapshot,
    theme: Theme,
    place: Place,
    places: Places,
    config: Config,
    messages: Messages,
    commands: Vec<Command>,
    requests: Vec<ShellRequest>,
    recording: Option<PathBuf>,
    planned: Option<Config>,
}

impl Workbench {
    /// A window on this engine.
    pub fn new(egui_ctx: &egui::Context, engine: Box<dyn EngineLink>) -> Self {
        let theme = Theme::new(Mode::Dark);
        theme.apply(egui_ctx);
        Self {
            engine,
            snapshot: Snapshot::default(),
            theme,
            place: Place::Data,
            places: Places::default(),
            config: Config::default(),
            messages: Messages::default(),
            commands: Vec::new(),
            requests: Vec::new(),
            recording: None,
            planned: None,
        }
    }

    /// Shows a place.
    pub fn go_to(&mut self, place: Place) {
        self.place = place;
    }

    fn take_events(&mut self) {
        let start = Instant::now();
        while start.elapsed() < EVENT_BUDGET {
            let Some(event) = self.engine.poll_event() else { break };
            self.tell(event);
        }
    }

    fn tell(&mut self, event: Event) {
        match event {
            Event::DatasetFailed { message }
            | Event::ClipFailed { message }
            | Event::RunRejected { message }
            | Event::RunFailed { message, .. }
            | Event::RunFolderFailed { message }
            | Event::ListeningFailed { message }
            | Event::FetchFailed { message } => self.messages.error(message),
            other => self.messages.info(format!("{other:?}")),
        }
    }

    fn send_commands(&mut self) {
        if self.planned.as_ref() != Some(&self.config) {
            self.planned = Some(self.config.clone());
            self.commands.push(Command::PlanNetwork(Box::new(self.config.clone())));
        }
        for command in self.commands.drain(..) {
            self.engine.send(command);
        }
    }

    fn serve_requests(&mut self) {
        for request in std::mem::take(&mut self.requests) {
            match request {
                ShellRequest::GoTo(place) => self.go_to(place),
                ShellRequest::OpenDataset(folder) => self.commands.push(Command::OpenDataset(folder)),
                _ => {}
            }
        }
    }
}

impl eframe::App for Workbench {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.messages.set_now(ctx.input(|input| input.time));
        self.take_events();
        self.snapshot = self.engine.snapshot();
        self.serve_requests();
        self.send_commands();
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let palette = &self.theme.palette;
        let chrome = egui::Frame::new().fill(palette.ground);
        let margin = egui::Margin::same(size::MARGIN as i8);
        egui::Panel::bottom("status").exact_size(size::STATUS).frame(chrome).show(ui, |ui| {
            status::ui(ui, &self.snapshot, &self.messages);
        });
        egui::Panel::left("rail").exact_size(size::RAIL).resizable(false).frame(chrome).show(ui, |ui| {
            if let Some(place) = rail::ui(ui, self.place, &self.snapshot, &self.theme) {
                self.requests.push(ShellRequest::GoTo(place));
            }
        });
        let mut ctx = PlaceContext {
            snapshot: &self.snapshot,
            config: &mut self.config,
            commands: &mut self.commands,
            requests: &mut self.requests,
            theme: &self.theme,
            messages: &mut self.messages,
            recording: &mut self.recording,
        };
        let panel = egui::Frame::new().fill(palette.panel).inner_margin(margin);
        egui::Panel::right("inspector")
            .default_size(size::INSPECTOR)
            .size_range(240.0..=560.0)
            .frame(panel)
            .show(ui, |ui| self.places.inspector_ui(self.place, ui, &mut ctx));
        egui::CentralPanel::default().frame(panel).show(ui, |ui| self.places.ui(self.place, ui, &mut ctx));
        if !self.commands.is_empty()
            || !self.requests.is_empty()
            || self.planned.as_ref() != Some(&self.config)
        {
            self.serve_requests();
            self.send_commands();
            ui.ctx().request_repaint();
        }
    }
}
