//! The question that comes up where settings or runs speak of other data than are shown.

use egui::{Context, Modal};
use engine::protocol::Command;
use engine::settings::Config;

use crate::data_folder::DataFolder;
use crate::theme::{Theme, size, text};
use crate::widgets::primary_button;

/// What led to other data.
#[derive(Debug)]
pub(super) enum Occasion {
    /// Settings that were taken over.
    Settings(Box<Config>),
    /// New runs.
    Start(Vec<Command>),
    /// Runs that go on, which they can only on their own data.
    Continue(Vec<Command>),
}

/// The open question.
#[derive(Debug)]
pub(super) struct DataQuestion {
    pub occasion: Occasion,
    /// What is open.
    pub shown: DataFolder,
    /// What the settings or runs speak of.
    pub wanted: DataFolder,
    /// Whether that is being read already.
    pub is_reading: bool,
}

/// What the person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DataAnswer {
    /// Stay with the data that are shown.
    Shown,
    /// Open the other data.
    Open,
    /// Neither.
    Cancel,
}

impl DataQuestion {
    /// Draws it; `None` while it stays open.
    pub fn ui(&self, ctx: &Context, theme: &Theme) -> Option<DataAnswer> {
        let (shown, wanted) = (self.shown.name(), self.wanted.name());
        let mut answer = None;
        let modal = Modal::new(egui::Id::unique("other data")).frame(theme.modal()).show(ctx, |ui| {
            ui.set_width(560.0);
            ui.label(text::title(self.title()));
            ui.add_space(size::STEP);
            ui.label(self.reason());
            ui.add_space(size::STEP);
            for (what, data) in [("Open now", &self.shown), ("Asked for", &self.wanted)] {
                ui.label(text::small(format!("{what}: {} ({})", data.name(), data.place())));
            }
            ui.add_space(size::MARGIN);
            ui.horizontal_wrapped(|ui| {
                let mut offer = |name: String, is_main: bool, means: DataAnswer| {
                    let clicked = if is_main {
                        primary_button(ui, theme, &name).clicked()
                    } else {
                        ui.button(name).clicked()
                    };
                    if clicked {
                        answer = Some(means);
                    }
                };
                match &self.occasion {
                    Occasion::Settings(_) => {
                        offer(format!("Open {wanted}"), true, DataAnswer::Open);
                        offer(format!("Use them with {shown}"), false, DataAnswer::Shown);
                    }
                    Occasion::Start(_) => {
                        let open = if self.is_reading { "Wait for" } else { "Open" };
                        offer(format!("Train on {shown}"), true, DataAnswer::Shown);
                        offer(format!("{open} {wanted}, then train"), false, DataAnswer::Open);
                    }
                    Occasion::Continue(_) => {
                        offer(format!("Open {wanted} and continue"), true, DataAnswer::Open);
                    }
                }
                offer("Cancel".into(), false, DataAnswer::Cancel);
            });
        });
        answer.or(modal.should_close().then_some(DataAnswer::Cancel))
    }

    fn title(&self) -> &'static str {
        match self.occasion {
            Occasion::Settings(_) => "These settings were made with other data",
            Occasion::Start(_) if self.is_reading => "Another dataset is being read",
            Occasion::Start(_) => "This would train on other data",
            Occasion::Continue(_) => "This run learns from other data",
        }
    }

    fn reason(&self) -> &'static str {
        match self.occasion {
            Occasion::Settings(_) => {
                "The settings name another dataset than the one that is open. Nothing has been changed yet."
            }
            Occasion::Start(_) => {
                "What is trained is what is shown: choose which of the two datasets that shall be."
            }
            Occasion::Continue(_) => {
                "A run goes on only with the recordings that it began with; they are opened first."
            }
        }
    }
}
