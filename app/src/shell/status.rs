//! The status line: dataset, run with progress and time left, device, and the latest message.

use egui::{Align, Button, Layout, ProgressBar, RichText, Ui};
use engine::protocol::{RunPhase, Snapshot};

use super::actions::Action;
use crate::data_folder::DataFolder;
use crate::messages::{Message, Messages, Severity};
use crate::numbers;
use crate::theme::{Mode, Theme, size, spelled_out};
use crate::widgets::labelled;

/// Width in which a whole message is read.
const HOVER_WIDTH: f32 = 520.0;

/// Draws the line; returns what was asked for.
pub fn ui(ui: &mut Ui, snapshot: &Snapshot, messages: &Messages, theme: &Theme) -> Option<Action> {
    let mut asked = None;
    ui.horizontal_centered(|ui| {
        ui.add_space(size::MARGIN);
        ui.spacing_mut().item_spacing.x = size::MARGIN;
        dataset_ui(ui, snapshot);
        ui.separator();
        run_ui(ui, snapshot);
        ui.separator();
        let device = if snapshot.live.listening {
            format!("Listening: {}", snapshot.live.source)
        } else {
            "Device closed".into()
        };
        ui.label(RichText::new(device).small().weak());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = size::STEP;
            ui.add_space(size::STEP);
            asked = buttons_ui(ui, theme);
            if message_ui(ui, messages, theme) {
                asked = Some(Action::SwitchMessages);
            }
        });
    });
    asked
}

fn dataset_ui(ui: &mut Ui, snapshot: &Snapshot) {
    let text = match (&snapshot.dataset.loading, &snapshot.dataset.open) {
        (Some(loading), open) => {
            let coming = DataFolder::at(snapshot.dataset.loading_folder.as_deref()).name();
            let share = if loading.total > 0 {
                format!(" {}", numbers::percent(loading.done as f64 / loading.total as f64, 0))
            } else {
                String::new()
            };
            match open {
                // What is trained until the other is there.
                Some(open) => format!("{} · reading {coming}{share}", DataFolder::of_open(open).name()),
                None => format!("Reading {coming}{share}"),
            }
        }
        (None, Some(open)) => DataFolder::of_open(open).name(),
        (None, None) => "No dataset".into(),
    };
    let response = ui.label(RichText::new(&text).small().weak());
    if let Some(open) = &snapshot.dataset.open {
        let folder = DataFolder::of_open(open);
        let spelled = spelled_out(ui, &text).map(|spelled| format!("\n{spelled}")).unwrap_or_default();
        response
            .on_hover_text(format!("The data that are shown and trained on: {}{spelled}", folder.place()));
    }
}

fn run_ui(ui: &mut Ui, snapshot: &Snapshot) {
    let Some(run) = snapshot.training.current.as_ref() else {
        ui.label(RichText::new("No run").small().weak());
        return;
    };
    let (running, word) = match run.phase {
        RunPhase::Preparing => (true, "preparing"),
        RunPhase::Training => (true, "training"),
        RunPhase::Paused => (true, "paused"),
        RunPhase::Testing => (true, "testing"),
        RunPhase::Finished => (false, "finished"),
        RunPhase::Failed => (false, "failed"),
    };
    ui.label(RichText::new(format!("{} {word}", run.run.0)).small());
    if running {
        let epoch_share = if run.num_batches > 0 { run.batch as f32 / run.num_batches as f32 } else { 0.0 };
        let done = run.epoch.saturating_sub(1) as f32 + epoch_share;
        let share = if run.num_epochs > 0 { (done / run.num_epochs as f32).min(1.0) } else { 0.0 };
        let fill = ui.visuals().text_color().gamma_multiply(0.7);
        let bar = ProgressBar::new(share).desired_width(96.0).desired_height(6.0).corner_radius(2).fill(fill);
        labelled(ui.add(bar), "Progress of the run");
        if let Some(left) = run.left_secs {
            ui.label(RichText::new(format!("{} left", numbers::duration(left))).small().weak());
        }
    }
}

fn buttons_ui(ui: &mut Ui, theme: &Theme) -> Option<Action> {
    let mut asked = None;
    let keys = ui.add(Button::new("?").frame_when_inactive(false)).on_hover_text("Show the keys (?)");
    if labelled(keys, "Show the keys").clicked() {
        asked = Some(Action::ShowKeys);
    }
    let begin = Button::new(RichText::new("Begin").small()).frame_when_inactive(false);
    if ui.add(begin).on_hover_text("Show where to begin: talk to it, tune it, open my data").clicked() {
        asked = Some(Action::SwitchWelcome);
    }
    let (name, hover) = match theme.mode {
        Mode::Dark => ("Light", "Switch to light colours"),
        Mode::Light => ("Dark", "Switch to dark colours"),
    };
    let text = RichText::new(name).small();
    if ui.add(Button::new(text).frame_when_inactive(false)).on_hover_text(hover).clicked() {
        asked = Some(Action::SwitchTheme);
    }
    asked
}

fn message_ui(ui: &mut Ui, messages: &Messages, theme: &Theme) -> bool {
    let Some(latest) = messages.latest() else {
        let button = Button::new(RichText::new("No messages").small().weak()).frame_when_inactive(false);
        return ui.add(button).clicked();
    };
    let mut clicked = false;
    // Laid out from the right: the count first, then the message in what room is left.
    let unread = messages.unread_errors();
    if unread > 1 {
        let text = RichText::new(format!("{unread} errors")).small().color(theme.palette.error);
        clicked |= ui.add(Button::new(text).frame_when_inactive(false)).clicked();
    }
    let text = RichText::new(one_line(latest)).small().color(color(latest.severity, theme));
    let response = ui.add(Button::new(text).frame_when_inactive(false).truncate()).on_hover_ui(|ui| {
        // The line may end before what a person can do: the whole message stands here.
        ui.set_max_width(HOVER_WIDTH);
        ui.label(&latest.text);
        ui.label(RichText::new("Click for all messages").small().weak());
    });
    clicked | labelled(response, &format!("Messages: {}", latest.text)).clicked()
}

fn one_line(message: &Message) -> String {
    let sign = match message.severity {
        Severity::Info => "",
        Severity::Warning | Severity::Error => "⚠ ",
    };
    format!("{sign}{}", message.text.lines().collect::<Vec<_>>().join(" "))
}

/// The colour of a message of this weight.
pub fn color(severity: Severity, theme: &Theme) -> egui::Color32 {
    match severity {
        Severity::Info => theme.palette.weak,
        Severity::Warning => theme.palette.warning,
        Severity::Error => theme.palette.error,
    }
}
