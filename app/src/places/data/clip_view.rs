//! One clip, looked at closely and heard: waveform, spectrogram, features with the input window marked.

use std::sync::Arc;
use std::time::Duration;

use egui::{
    Color32, ColorImage, Key, Modifiers, Painter, Rect, Sense, Stroke, TextureHandle, TextureOptions, Ui,
    pos2, vec2,
};
use engine::dataset::ClipId;
use engine::protocol::{ClipView, ClipWish, Command, Grid, Playing};
use engine::settings::FeatureKind;

use crate::context::PlaceContext;
use crate::messages::quoted;
use crate::numbers;
use crate::theme::{Theme, scales, size, text};
use crate::widgets::{fact_ui, labelled};

/// Most columns of a picture: a longer clip is thinned, which screens cannot show and textures cannot hold.
const MOST_COLUMNS: usize = 2048;
/// Seconds after which waiting is explained.
const SLOW_SECS: f64 = 5.0;

/// The pictures of the clip shown last, made once per clip.
#[derive(Default)]
pub struct Pictures {
    /// What they are of.
    shown: Option<(ClipWish, Arc<ClipView>)>,
    spectrogram: Option<TextureHandle>,
    feature: Option<TextureHandle>,
    /// Lowest and highest sample of equal stretches.
    envelope: Vec<(f32, f32)>,
    /// When the wait for the clip began, in seconds of the window.
    waiting_since: Option<f64>,
}

/// Draws the selected clip, or how to select one.
pub fn ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, selected: Option<ClipId>, pictures: &mut Pictures) {
    ui.label(text::heading("Clip"));
    let open = ctx.snapshot.dataset.open.clone();
    let found = selected.zip(open.as_ref());
    let found = found.and_then(|(id, open)| open.clips.get(id.0 as usize).map(|row| (open.opening, id, row)));
    let Some((opening, id, row)) = found else {
        ui.label(text::small(
            "Select a clip in the list to see and hear it; Up and Down go through the list.",
        ));
        return;
    };
    let speaker: &str = &row.speaker;
    ui.add(egui::Label::new(&row.path).truncate().selectable(true));
    fact_ui(ui, "Split", row.split.name(), "");
    fact_ui(ui, "Speaker", speaker, "All clips of a speaker are in one split.");
    let length = format!("{}\u{2009}s", numbers::real(f64::from(row.length_ms) / 1000.0, 3));
    fact_ui(ui, "Length", length, "");
    play_ui(ui, ctx, id);
    let wish = ClipWish { opening, clip: id, features: ctx.config.features.clone() };
    let state = ctx.snapshot.clip.clone();
    if state.wish.as_ref() != Some(&wish) {
        // Asked in every frame until it stands there: nothing that happens meanwhile can lose it.
        ctx.send(Command::InspectClip(wish.clone()));
    }
    let answer = state.answer.as_ref().filter(|_| state.wish.as_ref() == Some(&wish));
    match answer {
        Some(Ok(view)) => {
            pictures.waiting_since = None;
            pictures.refresh(ui, &wish, view);
            pictures_ui(ui, ctx, pictures);
        }
        Some(Err(reason)) => {
            pictures.waiting_since = None;
            failure_ui(ui, ctx, reason, wish);
        }
        None if pictures.is_of(&wish) => pictures_ui(ui, ctx, pictures),
        None => pictures.waiting_ui(ui),
    }
}

/// Why there are no pictures, and the way to try again.
fn failure_ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, reason: &str, wish: ClipWish) {
    ui.add_space(size::STEP);
    let words = format!("⚠ This clip cannot be shown: {}", quoted(reason));
    let words = egui::RichText::new(words).color(ctx.theme.palette.error);
    ui.add(egui::Label::new(words).wrap().selectable(true));
    if ui.button("Try again").on_hover_text("Reads the recording once more").clicked() {
        ctx.send(Command::InspectClip(wish));
    }
}

fn play_ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, id: ClipId) {
    let playing = ctx.snapshot.playback.is_some();
    let name = if playing { "Stop" } else { "Play" };
    let button = egui::Button::new(name).shortcut_text("Space");
    let typing = ui.ctx().egui_wants_keyboard_input();
    let space = !typing && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Space));
    if labelled(ui.add(button), name).clicked() || space {
        ctx.send(if playing { Command::StopPlayback } else { Command::PlayClip(id) });
    }
}

impl Pictures {
    /// Whether they are of this clip, be it with another front end.
    fn is_of(&self, wish: &ClipWish) -> bool {
        let of_clip = |shown: &ClipWish| (shown.opening, shown.clip) == (wish.opening, wish.clip);
        self.shown.as_ref().is_some_and(|(shown, _)| of_clip(shown))
    }

    fn refresh(&mut self, ui: &Ui, wish: &ClipWish, view: &Arc<ClipView>) {
        if self.shown.as_ref().is_some_and(|(_, known)| Arc::ptr_eq(known, view)) {
            return;
        }
        let spectrogram = spectrogram_image(&view.spectrogram);
        let features = match wish.features.kind {
            FeatureKind::Mfcc => signed_image(&view.features),
            FeatureKind::Logmel => spectrogram_image(&view.features),
        };
        let load = |name: &str, image| ui.ctx().load_texture(name, image, TextureOptions::NEAREST);
        self.spectrogram = Some(load("spectrogram", spectrogram));
        self.feature = Some(load("features", features));
        self.envelope = envelope(&view.samples);
        self.shown = Some((wish.clone(), view.clone()));
    }

    fn waiting_ui(&mut self, ui: &mut Ui) {
        let now_secs = ui.input(|input| input.time);
        let waited_secs = now_secs - *self.waiting_since.get_or_insert(now_secs);
        ui.add_space(size::STEP);
        if waited_secs < SLOW_SECS {
            ui.label(text::small("Reading the clip…"));
            ui.ctx().request_repaint_after(Duration::from_secs_f64(SLOW_SECS - waited_secs));
        } else {
            let told = "Still reading the clip: the disk, or the network drive, answers slowly. Another clip can be \
                        chosen meanwhile.";
            ui.add(egui::Label::new(text::small(told)).wrap());
        }
    }
}

/// Lowest and highest sample of each of at most [`MOST_COLUMNS`] equal stretches.
fn envelope(samples: &[f32]) -> Vec<(f32, f32)> {
    let columns = samples.len().min(MOST_COLUMNS);
    let stretch = |column: usize| {
        let (from, to) = (column * samples.len() / columns, (column + 1) * samples.len() / columns);
        let ends = |(low, high): (f32, f32), sample: &f32| (low.min(*sample), high.max(*sample));
        samples[from..to].iter().fold((f32::MAX, f32::MIN), ends)
    };
    (0..columns).map(stretch).collect()
}

/// Time runs right, frequency up; the lowest 5 % of values share the darkest colour.
fn spectrogram_image(grid: &Grid) -> ColorImage {
    let mut sorted: Vec<f32> = grid.values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f32::total_cmp);
    let low = sorted.get(sorted.len() / 20).copied().unwrap_or(0.0);
    let high = sorted.last().copied().unwrap_or(1.0);
    let span = (high - low).max(1e-6);
    image(grid, |value, _| scales::sequential((value - low) / span))
}

/// Signed values, each coefficient against its own largest magnitude.
fn signed_image(grid: &Grid) -> ColorImage {
    let largest: Vec<f32> = (0..grid.cols)
        .map(|col| (0..grid.rows).map(|row| grid.values[row * grid.cols + col].abs()).fold(1e-6, f32::max))
        .collect();
    image(grid, |value, col| scales::diverging(value / largest[col]))
}

fn image(grid: &Grid, color: impl Fn(f32, usize) -> Color32) -> ColorImage {
    let step = grid.rows.div_ceil(MOST_COLUMNS).max(1);
    let (width, height) = (grid.rows.div_ceil(step).max(1), grid.cols.max(1));
    let mut image = ColorImage::filled([width, height], Color32::TRANSPARENT);
    if grid.values.len() != grid.rows * grid.cols {
        return image;
    }
    for (x, row) in (0..grid.rows).step_by(step).enumerate() {
        for col in 0..grid.cols {
            let y = grid.cols - 1 - col;
            image.pixels[y * width + x] = color(grid.values[row * grid.cols + col], col);
        }
    }
    image
}

fn pictures_ui(ui: &mut Ui, ctx: &PlaceContext<'_>, pictures: &Pictures) {
    let Some((wish, view)) = &pictures.shown else { return };
    let playback = ctx.snapshot.playback.as_ref().as_ref();
    let playback = playback.filter(|playback| playback.what == Playing::Clip(wish.clip));
    let played = playback.map(|playback| playback.position_secs / playback.length_secs.max(1e-9));
    let theme = ctx.theme;
    let rect = picture_ui(ui, theme, "Waveform", "amplitude over time", 72.0);
    waveform(&ui.painter_at(rect), rect, &pictures.envelope, theme);
    position(&ui.painter_at(rect), rect, played, theme);
    let rect = picture_ui(ui, theme, "Spectrogram", "0 to 8 kHz, power in dB", 112.0);
    if let Some(texture) = &pictures.spectrogram {
        paint(&ui.painter_at(rect), rect, texture);
    }
    position(&ui.painter_at(rect), rect, played, theme);
    let (name, unit) = match wish.features.kind {
        FeatureKind::Mfcc => ("Features", "MFCC, each against its largest magnitude"),
        FeatureKind::Logmel => ("Features", "log-mel energy"),
    };
    let rect = picture_ui(ui, theme, name, unit, 88.0);
    if let Some(texture) = &pictures.feature {
        paint(&ui.painter_at(rect), rect, texture);
    }
    window_ui(ui, rect, view, theme);
    time_axis_ui(ui, rect, view, theme);
    let frames = view.features.rows;
    ui.label(text::small(format!(
        "{} of {} become the input ({}).",
        view.input_frames.len(),
        numbers::count(frames as u64, "frame", "frames"),
        ctx.config.get("features.placement").unwrap_or_default()
    )));
}

/// A titled frame for a picture; gives its inside.
fn picture_ui(ui: &mut Ui, theme: &Theme, name: &str, unit: &str, height: f32) -> Rect {
    ui.add_space(size::STEP);
    ui.horizontal(|ui| {
        ui.label(name);
        ui.add(egui::Label::new(text::small(unit)).truncate());
    });
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let label = format!("{name}: {unit}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Image, true, &label));
    ui.painter().rect_filled(rect, 2.0, theme.palette.sunken);
    rect
}

fn waveform(painter: &Painter, rect: Rect, envelope: &[(f32, f32)], theme: &Theme) {
    let stroke = Stroke::new(1.0, theme.palette.text);
    let y = |value: f32| rect.center().y - value.clamp(-1.0, 1.0) * rect.height() * 0.48;
    painter.hline(rect.x_range(), rect.center().y, Stroke::new(1.0, theme.palette.line));
    let peak = envelope.iter().fold(0.05f32, |peak, (low, high)| peak.max(-low).max(*high));
    let columns = (rect.width().max(1.0) as usize).min(envelope.len());
    for column in 0..columns {
        let (from, to) = (column * envelope.len() / columns, (column + 1) * envelope.len() / columns);
        let ends = |(low, high): (f32, f32), next: &(f32, f32)| (low.min(next.0), high.max(next.1));
        let (low, high) = envelope[from..to].iter().fold((f32::MAX, f32::MIN), ends);
        let x = rect.left() + (column as f32 + 0.5) * rect.width() / columns as f32;
        painter.line_segment([pos2(x, y(high / peak) - 0.5), pos2(x, y(low / peak) + 0.5)], stroke);
    }
}

fn paint(painter: &Painter, rect: Rect, texture: &TextureHandle) {
    let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    painter.image(texture.id(), rect, all, Color32::WHITE);
}

fn position(painter: &Painter, rect: Rect, share: Option<f64>, theme: &Theme) {
    if let Some(share) = share {
        let x = rect.left() + rect.width() * share.clamp(0.0, 1.0) as f32;
        painter.vline(x, rect.y_range(), Stroke::new(1.5, theme.palette.warning));
    }
}

/// The time axis that the three pictures share.
fn time_axis_ui(ui: &mut Ui, above: Rect, view: &ClipView, theme: &Theme) {
    let secs = view.samples.len() as f64 / 16_000.0;
    let (rect, _) = ui.allocate_exact_size(vec2(above.width(), 16.0), Sense::hover());
    let step = [0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0].into_iter().find(|step| secs / step <= 5.0);
    let step = step.unwrap_or(secs.max(1.0));
    let font = egui::TextStyle::Small.resolve(ui.style());
    let mut tick = 0.0;
    while tick <= secs + 1e-9 {
        let share = (tick / secs.max(1e-9)) as f32;
        let x = rect.left() + rect.width() * share;
        let align = match share {
            _ if share < 0.02 => egui::Align2::LEFT_CENTER,
            _ if share > 0.96 => egui::Align2::RIGHT_CENTER,
            _ => egui::Align2::CENTER_CENTER,
        };
        let decimals = if step < 0.2 || step == 0.25 { 2 } else { 1 };
        let text = format!("{}\u{2009}s", numbers::real(tick, decimals));
        ui.painter().text(pos2(x, rect.center().y), align, text, font.clone(), theme.palette.weak);
        tick += step;
    }
}

/// Marks the frames that become the input: a bar below each, joined where they follow on one another.
fn window_ui(ui: &mut Ui, rect: Rect, view: &ClipView, theme: &Theme) {
    let frames = view.features.rows.max(1) as f32;
    let painter = ui.painter();
    for &frame in &view.input_frames {
        let x = |edge: f32| rect.left() + rect.width() * edge / frames;
        let bar = Rect::from_min_max(
            pos2(x(frame as f32), rect.bottom() + 1.0),
            pos2(x(frame as f32 + 1.0), rect.bottom() + 4.0),
        );
        painter.rect_filled(bar, 0.0, theme.palette.text);
    }
    let mut sorted = view.input_frames.clone();
    sorted.sort_unstable();
    let contiguous = sorted.windows(2).all(|pair| pair[1] == pair[0] + 1);
    if let (true, Some(&first), Some(&last)) = (contiguous, sorted.first(), sorted.last()) {
        // Black under white shows on every colour of the scales.
        for stroke in [Stroke::new(4.0, Color32::BLACK), Stroke::new(1.5, Color32::WHITE)] {
            for edge in [first as f32, last as f32 + 1.0] {
                painter.vline(rect.left() + rect.width() * edge / frames, rect.y_range(), stroke);
            }
        }
    }
    ui.add_space(size::STEP);
}
