//! The place Live: microphone or recording in, words out, two models on the same stream.

mod cards;
mod choice;
mod heard;
mod inspector;
mod names;
mod rival;
mod source_ui;
mod spectrogram;
mod strips;
mod tape;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use egui::{Key, Modifiers};
use engine::protocol::{Command, LiveView, ModelSource};
use serde::{Deserialize, Serialize};

use super::model_choice::ModelChoice;
use crate::context::{PickKind, PlaceContext, ShellRequest};
use crate::messages::{quoted, sentence};
use crate::theme::{size, text};
use crate::widgets;
use choice::{SourceChoice, SourceKind};

/// Seconds of the stream in view: what the engine shows of spectrogram and posteriors while it is open.
const SHOWN_SECS: f64 = 10.0;

/// The place Live: what it remembers between frames and, where not skipped, between sessions.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct LivePlace {
    source: SourceChoice,
    models: [ModelChoice; 2],
    /// Whether recordings are listened to in silence.
    is_muted: bool,
    /// Whether a model was chosen outside of this place, so that a running stream must begin again with it.
    #[serde(skip)]
    is_changed: bool,
    #[serde(skip)]
    filter: String,
    #[serde(skip)]
    has_listed_devices: bool,
    #[serde(skip)]
    spectrogram: spectrogram::Spectrogram,
    #[serde(skip)]
    scrub: tape::Scrub,
}

impl Default for LivePlace {
    fn default() -> Self {
        Self {
            source: SourceChoice::default(),
            models: [ModelChoice::BuiltInDense, ModelChoice::BuiltInCompressed],
            is_muted: false,
            is_changed: false,
            filter: String::new(),
            has_listed_devices: false,
            spectrogram: spectrogram::Spectrogram::default(),
            scrub: tape::Scrub::default(),
        }
    }
}

impl LivePlace {
    /// Draws the centre.
    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        if !self.has_listed_devices {
            self.has_listed_devices = true;
            ctx.send(Command::ListDevices);
        }
        if source_ui::take_recording(ctx.recording, &mut self.source) {
            self.start(ctx);
        }
        if std::mem::take(&mut self.is_changed) && ctx.snapshot.live.listening {
            self.start(ctx);
        }
        self.space_key(ui, ctx);
        let live = ctx.snapshot.live.clone();
        self.scrub.follow(ctx, &live);
        ui.horizontal(|ui| {
            self.start_ui(ui, ctx, &live);
            let before = self.source.clone();
            let is_entered = source_ui::choice_ui(ui, ctx, &mut self.source, &mut self.is_muted);
            let is_changed = self.source != before;
            let is_typing = self.source.kind == SourceKind::Recording;
            if is_entered || is_changed && live.listening && !is_typing {
                self.start(ctx);
            }
        });
        ui.add_space(size::HALF);
        faults_ui(ui, ctx, &live, self.source.kind);
        if live.models.is_empty() {
            self.idle_ui(ui, ctx);
            return;
        }
        source_ui::level_ui(ui, ctx.theme, &live);
        ui.add_space(size::HALF);
        let (at_secs, end_secs) = (self.scrub.at_secs(&live), self.scrub.end_secs(&live));
        cards::ui(ui, ctx.theme, &live, at_secs);
        ui.add(egui::Label::new(text::small(strips::key_numbers(&live, at_secs))).truncate());
        self.scrub.ui(ui, ctx, &live);
        self.spectrogram.update(ui.ctx(), &live, end_secs);
        let instrument = strips::Instrument {
            theme: ctx.theme,
            live: &live,
            spectrogram: &self.spectrogram,
            threshold: ctx.config.detect.threshold,
            end_secs,
            at_secs,
        };
        let area = egui::ScrollArea::vertical().auto_shrink(false);
        if let Some(secs) = area.show(ui, |ui| instrument.ui(ui)).inner {
            self.scrub.point_at(ctx, &live, secs);
        }
    }

    /// Draws the inspector.
    pub fn inspector_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        self.models_ui(ui, ctx);
        self.detection_ui(ui, ctx);
        self.heard_ui(ui, ctx);
    }

    /// Takes up a model picked elsewhere: it becomes the second, so that it is heard beside the first.
    pub fn offer(&mut self, model: ModelSource) {
        self.models[1] = model.into();
    }

    /// Takes up a model file chosen in a dialog, as the first model or the second.
    pub fn take_file(&mut self, index: usize, path: PathBuf) {
        if let Some(model) = self.models.get_mut(index) {
            *model = ModelChoice::File(path);
            self.is_changed = true;
        }
    }

    /// The chosen models.
    #[cfg(test)]
    pub(in crate::places) fn models(&self) -> [Option<ModelSource>; 2] {
        [self.models[0].source(), self.models[1].source()]
    }

    /// Begins to listen, or begins again with other models or another source.
    ///
    /// Says what is missing when source or models are not chosen yet.
    fn start(&mut self, ctx: &mut PlaceContext<'_>) {
        let models: Vec<ModelSource> = self.models.iter().filter_map(ModelChoice::source).collect();
        match self.source.source() {
            Err(missing) => ctx.messages.error(missing),
            Ok(_) if models.is_empty() => ctx.messages.error("Choose at least one model to listen with."),
            Ok(source) => {
                let detect = ctx.config.detect.clone();
                self.scrub = tape::Scrub::default();
                if ctx.snapshot.playback.is_some() {
                    // An open microphone would hear it.
                    ctx.send(Command::StopPlayback);
                }
                if ctx.snapshot.live.is_muted != self.is_muted {
                    ctx.send(Command::MuteRecordings(self.is_muted));
                }
                ctx.send(Command::StartListening { source, models, detect });
            }
        }
    }

    fn start_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, live: &LiveView) {
        if live.listening {
            // As high as the other button, so that the page stays where it is.
            let height = size::CONTROL + size::HALF;
            let stop = ui.add(egui::Button::new("Stop listening").min_size(egui::vec2(0.0, height)));
            if stop.on_hover_text("Space. What was heard stays here; a device is released.").clicked() {
                ctx.send(Command::StopListening);
            }
        } else {
            if widgets::primary_button_with(ui, ctx.theme, "Start listening", "Space").clicked() {
                self.start(ctx);
            }
        }
    }

    /// Space starts and stops, unless a control has the focus and takes the key itself.
    fn space_key(&mut self, ui: &egui::Ui, ctx: &mut PlaceContext<'_>) {
        let is_free = ui.memory(|memory| memory.focused().is_none());
        if is_free && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Space)) {
            if ctx.snapshot.live.listening {
                ctx.send(Command::StopListening);
            } else {
                self.start(ctx);
            }
        }
    }

    fn next_step_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        let (name, hover) = match self.source.kind {
            SourceKind::Microphone => ("Listen to the microphone", "Space"),
            SourceKind::Recording if self.source.source().is_ok() => ("Play the recording", "Space"),
            SourceKind::Recording => ("Choose a recording…", "WAV, FLAC, OGG, MP3, M4A …"),
        };
        if ui.button(name).on_hover_text(hover).clicked() {
            if self.source.source().is_ok() {
                self.start(ctx);
            } else {
                ctx.ask(ShellRequest::Pick(PickKind::Recording));
            }
        }
        if self.source.kind == SourceKind::Microphone {
            ui.add_space(size::HALF);
            if ui.button("Use a recording instead").clicked() {
                self.source.kind = SourceKind::Recording;
            }
        }
    }

    fn idle_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        let devices = ctx.snapshot.devices.clone();
        let purpose = "Here a microphone or a recording plays to two models at once, dense beside compressed. Say \
                       one of the target words: each model shows what it heard, how sure it was, and how much smaller \
                       and faster one is than the other. The last minute stays in memory, to be looked at and heard \
                       again; nothing is written or sent.";
        widgets::empty_state(ui, "Not listening", purpose, |ui| {
            let words = ctx.config.data.words.join(", ");
            ui.label(text::small(format!("Target words: {words}")));
            ui.add_space(size::MARGIN);
            self.next_step_ui(ui, ctx);
            let formats = source_ui::formats(&devices, self.source.device.as_deref());
            if self.source.kind == SourceKind::Microphone && !formats.is_empty() {
                ui.add_space(size::MARGIN);
                ui.label(text::small(format!("Formats of the device: {}", formats.replace('\n', "; "))));
            }
        });
    }
}

/// Says in words what is wrong, and what to do.
fn faults_ui(ui: &mut egui::Ui, ctx: &PlaceContext<'_>, live: &LiveView, kind: SourceKind) {
    let palette = &ctx.theme.palette;
    let devices = &ctx.snapshot.devices;
    if !live.failure.is_empty() {
        ui.colored_label(palette.error, sentence(&live.failure));
    }
    if !devices.message.is_empty() && !live.listening && kind == SourceKind::Microphone {
        ui.colored_label(palette.warning, sentence(&devices.message));
    }
    if live.listening && !live.silence_reason.is_empty() && !live.is_muted {
        let words = format!(
            "The recording is not heard, the models hear it all the same: {}",
            quoted(&live.silence_reason)
        );
        ui.colored_label(palette.warning, words);
    }
    if live.listening && !live.hint.is_empty() {
        ui.colored_label(palette.warning, sentence(&live.hint));
    }
}
