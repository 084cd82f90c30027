//! A place under test: everything around it, and what it asked for.

use std::path::PathBuf;

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use engine::protocol::{BankSettings, Command, Snapshot};
use engine::settings::Config;

use super::{Place, Places};
use crate::context::{PlaceContext, ShellRequest};
use crate::messages::Messages;
use crate::theme::{Mode, Theme};

/// State around the places.
pub struct Bench {
    pub snapshot: Snapshot,
    pub config: Config,
    pub banks: BankSettings,
    pub commands: Vec<Command>,
    pub requests: Vec<ShellRequest>,
    pub theme: Theme,
    pub messages: Messages,
    pub recording: Option<PathBuf>,
    pub places: Places,
    pub place: Place,
}

impl Bench {
    pub fn new(place: Place, snapshot: Snapshot) -> Self {
        Self {
            snapshot,
            config: Config::default(),
            banks: BankSettings::default(),
            commands: Vec::new(),
            requests: Vec::new(),
            theme: Theme::new(Mode::Dark),
            messages: Messages::default(),
            recording: None,
            places: Places::default(),
            place,
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        let mut ctx = PlaceContext {
            snapshot: &self.snapshot,
            config: &mut self.config,
            banks: &mut self.banks,
            commands: &mut self.commands,
            requests: &mut self.requests,
            theme: &self.theme,
            messages: &mut self.messages,
            recording: &mut self.recording,
            recent_datasets: &[],
        };
        let (places, place) = (&mut self.places, self.place);
        egui::Panel::right("inspector")
            .exact_size(320.0)
            .show(ui, |ui| places.inspector_ui(place, ui, &mut ctx));
        egui::CentralPanel::default().show(ui, |ui| places.ui(place, ui, &mut ctx));
    }

    /// A window of 1280 by 800 points around the place.
    pub fn open(self) -> Harness<'static, Self> {
        let mut is_dressed = false;
        let mut harness = Harness::builder().with_size([1280.0, 800.0]).build_ui_state(
            move |ui, bench: &mut Self| {
                if !is_dressed {
                    Theme::install_fonts(ui.ctx());
                    bench.theme.apply(ui.ctx());
                    is_dressed = true;
                    return;
                }
                bench.ui(ui);
            },
            self,
        );
        harness.run_steps(3);
        harness
    }
}

/// Clicks the control of this name and lets the window settle.
pub fn click(harness: &mut Harness<'_, Bench>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
}

/// Types into the field of this name.
pub fn type_into(harness: &mut Harness<'_, Bench>, label: &str, text: &str) {
    let field = harness.get_by_role_and_label(egui::accesskit::Role::TextInput, label);
    field.focus();
    harness.run_steps(1);
    harness.get_by_role_and_label(egui::accesskit::Role::TextInput, label).type_text(text);
    harness.run_steps(2);
}

/// Every name and text that a screen reader can find, one per line.
pub fn spoken(harness: &Harness<'_, Bench>) -> String {
    let nodes = harness.root().children_recursive();
    let texts = nodes.filter_map(|node| {
        let node = node.accesskit_node();
        node.label().or_else(|| node.value())
    });
    texts.collect::<Vec<_>>().join("\n")
}
