//! The line of controls: source, start and stop, level.

use std::path::PathBuf;

use egui::{Align, ComboBox, Layout, Rect, Sense, Stroke, TextEdit, pos2, vec2};
use engine::protocol::{Command, DevicesView, LiveView};

use super::choice::{SourceChoice, SourceKind};
use crate::context::{PickKind, PlaceContext, ShellRequest};
use crate::numbers;
use crate::theme::{Theme, text};
use crate::widgets;

/// Lowest level that the meter shows, in decibels below full scale.
const FLOOR_DB: f32 = -60.0;
/// How long a clipped sample keeps the lamp lit, in seconds.
const CLIP_LAMP_SECS: f64 = 3.0;

/// Draws the choice of source; true when the path of a recording was confirmed with Enter.
pub(super) fn choice_ui(
    ui: &mut egui::Ui,
    ctx: &mut PlaceContext<'_>,
    choice: &mut SourceChoice,
    is_muted: &mut bool,
) -> bool {
    let kinds = [
        (SourceKind::Microphone, "Microphone", "A capture device"),
        (SourceKind::Recording, "Recording", "A sound file instead, at real-time pace"),
    ];
    widgets::segmented(ui, "Source", &mut choice.kind, &kinds);
    match choice.kind {
        SourceKind::Microphone => {
            device_ui(ui, ctx, choice);
            false
        }
        SourceKind::Recording => {
            let is_entered = recording_ui(ui, ctx, choice);
            mute_ui(ui, ctx, is_muted);
            is_entered
        }
    }
}

/// Whether a recording is heard while it is listened to.
fn mute_ui(ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, is_muted: &mut bool) {
    let hover =
        "A recording is heard through the loudspeaker, in time with what the models hear; ticked, it is not";
    if ui.checkbox(is_muted, "Mute").on_hover_text(hover).changed() {
        ctx.send(Command::MuteRecordings(*is_muted));
    }
}

fn device_ui(ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, choice: &mut SourceChoice) {
    let devices = ctx.snapshot.devices.clone();
    let shown = shown_device(&devices, choice.device.as_deref());
    // Room for the button behind it, however long the name of a device is.
    let width = (ui.available_width() - 96.0).clamp(120.0, 560.0);
    let picker = ComboBox::from_id_salt("device").width(width).selected_text(&shown).truncate();
    let response = ui.scope(|ui| {
        ui.set_max_width(width);
        picker.show_ui(ui, |ui| {
            ui.selectable_value(&mut choice.device, None, "System default");
            for device in &devices.devices {
                let label = ui.selectable_value(&mut choice.device, Some(device.id.clone()), &device.name);
                label.on_hover_text(device.formats.join("\n"));
            }
        })
    });
    let formats = formats(&devices, choice.device.as_deref());
    let hover = format!("{shown}\n{formats}");
    widgets::labelled(response.inner.response, "Microphone device").on_hover_text(hover.trim_end());
    let list = widgets::labelled(ui.button("Refresh"), "List devices again");
    if list.on_hover_text("Looks for microphones again").clicked() {
        ctx.send(Command::ListDevices);
    }
}

fn shown_device(devices: &DevicesView, chosen: Option<&str>) -> String {
    match chosen {
        None => {
            let default = devices.devices.iter().find(|device| device.is_default);
            // Some sound systems name their default device so themselves.
            default.map_or("System default".into(), |device| {
                match device.name.starts_with("System default") {
                    true => device.name.clone(),
                    false => format!("System default: {}", device.name),
                }
            })
        }
        Some(id) => {
            let device = devices.devices.iter().find(|device| device.id == id);
            device.map_or_else(|| format!("{id} (not connected)"), |device| device.name.clone())
        }
    }
}

/// Formats of the chosen device, one per line.
pub(super) fn formats(devices: &DevicesView, chosen: Option<&str>) -> String {
    let device = devices.devices.iter().find(|device| match chosen {
        None => device.is_default,
        Some(id) => device.id == id,
    });
    device.map(|device| device.formats.join("\n")).unwrap_or_default()
}

fn recording_ui(ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, choice: &mut SourceChoice) -> bool {
    // Room for the controls behind it.
    let width = (ui.available_width() - 176.0).clamp(120.0, 480.0);
    let field =
        TextEdit::singleline(&mut choice.recording).hint_text("Path of a sound file").desired_width(width);
    let field = widgets::labelled(ui.add(field), "Path of the recording").on_hover_text(
        "WAV, FLAC, OGG, Opus, MP3, M4A, AIFF, CAF or WebM; a file can also be dropped on the window",
    );
    let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if widgets::labelled(ui.button("Choose…"), "Choose a recording").clicked() {
        ctx.ask(ShellRequest::Pick(PickKind::Recording));
    }
    is_entered && !choice.recording.trim().is_empty()
}

/// Takes up a recording that was dropped or chosen; true when there was one.
pub(super) fn take_recording(recording: &mut Option<PathBuf>, choice: &mut SourceChoice) -> bool {
    let Some(path) = recording.take() else { return false };
    choice.kind = SourceKind::Recording;
    choice.recording = path.display().to_string();
    true
}

fn decibels(level: f32) -> f32 {
    if level > 0.0 { (20.0 * level.log10()).max(-99.0) } else { -99.0 }
}

fn level_words(live: &LiveView) -> String {
    let words = |level: f32| match decibels(level) {
        db if db <= -99.0 => "silent".to_string(),
        db => format!("{}{}dB", numbers::real(f64::from(db), 0), numbers::THIN_SPACE),
    };
    format!("peak {} · RMS {}", words(live.peak), words(live.rms))
}

/// Draws level, clipping, source and position.
pub(super) fn level_ui(ui: &mut egui::Ui, theme: &Theme, live: &LiveView) {
    ui.horizontal(|ui| {
        let width = (ui.available_width() * 0.3).clamp(160.0, 360.0);
        let (rect, response) = ui.allocate_exact_size(vec2(width, 12.0), Sense::hover());
        let words = level_words(live);
        paint_meter(ui, theme, live, rect);
        widgets::labelled(response, &format!("Level: {words}")).on_hover_text(
            "Bar: root mean square of the last tenth of a second. Mark: peak. Scale from −60 dB to full scale.",
        );
        ui.label(text::small(words));
        let clipped = live.clipped_secs_ago.filter(|secs| *secs < CLIP_LAMP_SECS);
        if clipped.is_some() {
            ui.colored_label(theme.palette.error, "Clipped")
                .on_hover_text("A sample reached full scale: lower the gain or step back.");
        }
        if live.lost_samples > 0 {
            let lost = numbers::count(live.lost_samples, "sample", "samples");
            ui.colored_label(theme.palette.warning, format!("{lost} lost"))
                .on_hover_text("The machine could not keep up: pause training or choose smaller models.");
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let length = live.length_secs.map_or(String::new(), |secs| format!(" of {}", seconds(secs)));
            ui.label(text::small(format!("{}{length}", seconds(live.position_secs))));
            ui.add(egui::Label::new(text::small(&live.source)).truncate());
        });
    });
}

fn seconds(secs: f64) -> String {
    format!("{}{}s", numbers::real(secs, 1), numbers::THIN_SPACE)
}

fn paint_meter(ui: &egui::Ui, theme: &Theme, live: &LiveView, rect: Rect) {
    let palette = &theme.palette;
    let x = |db: f32| rect.left() + rect.width() * (1.0 - (db / FLOOR_DB).clamp(0.0, 1.0));
    let painter = ui.painter();
    painter.rect_filled(rect, 2.0, palette.sunken);
    let bar = |from: f32, to: f32| Rect::from_min_max(pos2(x(from), rect.top()), pos2(x(to), rect.bottom()));
    let (rms, peak) = (decibels(live.rms), decibels(live.peak));
    painter.rect_filled(bar(FLOOR_DB, rms.min(-6.0)), 2.0, palette.good);
    if rms > -6.0 {
        painter.rect_filled(bar(-6.0, rms), 0.0, palette.warning);
    }
    let colour = if peak > -0.1 { palette.error } else { palette.text };
    if peak > FLOOR_DB {
        painter.vline(x(peak), rect.y_range(), Stroke::new(2.0, colour));
    }
    for db in [-40.0, -20.0, -6.0] {
        painter.vline(x(db), rect.bottom() - 3.0..=rect.bottom(), Stroke::new(1.0, palette.weak));
    }
    painter.rect_stroke(rect, 2.0, Stroke::new(1.0, palette.line), egui::StrokeKind::Inside);
}
