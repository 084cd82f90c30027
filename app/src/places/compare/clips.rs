//! The clips behind a cell of a confusion matrix, each playable.

use std::path::PathBuf;

use egui::{Align, Layout, ScrollArea};
use engine::dataset::ClipId;
use engine::protocol::{Command, Prediction, RunDetails, Snapshot};
use engine::settings::Config;

use super::confusion::Cell;
use crate::context::PlaceContext;
use crate::messages::sentence;
use crate::theme::{size, text};
use crate::{numbers, widgets};

/// Clips of a cell, surest mistakes first.
pub(super) fn of_cell<'a>(details: &'a RunDetails, cell: &Cell) -> Vec<&'a Prediction> {
    let mut clips: Vec<&Prediction> = details
        .predictions
        .iter()
        .filter(|clip| clip.label == cell.label && clip.predicted == cell.predicted)
        .collect();
    clips.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.path.cmp(&b.path)));
    clips
}

/// How a clip of a run is played: from the open dataset when it is the run's, otherwise as a file.
///
/// A clip of the built-in dataset can be played only while that dataset is open; then `None`.
fn play(snapshot: &Snapshot, config: Option<&Config>, path: &str) -> Option<Command> {
    let dir = config.map(|config| PathBuf::from(&config.data.dir))?;
    let is_demo = dir.as_os_str().is_empty();
    let open = snapshot.dataset.open.as_ref();
    if let Some(open) = open.filter(|open| if is_demo { open.is_demo } else { open.folder == dir })
        && let Some(index) = open.clips.iter().position(|clip| clip.path == path)
    {
        return Some(Command::PlayClip(ClipId(index as u32)));
    }
    (!is_demo).then(|| Command::PlayFile(dir.join(path)))
}

/// Draws the clips of a cell.
pub(super) fn ui(
    ui: &mut egui::Ui,
    ctx: &mut PlaceContext<'_>,
    cell: &Cell,
    details: Option<&RunDetails>,
    config: Option<&Config>,
) {
    let Some(details) = details else {
        ui.label("The clips of this run are being read.");
        return;
    };
    let name = |index: usize| details.confusion.labels.get(index).map_or("?", String::as_str);
    widgets::section(ui, &format!("True {}, predicted {}", name(cell.label), name(cell.predicted)));
    let clips = of_cell(details, cell);
    ui.label(text::small(format!(
        "{} · {}",
        numbers::count(clips.len() as u64, "clip", "clips"),
        cell.run.0
    )));
    if !details.message.is_empty() {
        ui.colored_label(ctx.theme.palette.warning, sentence(&details.message));
    }
    let mut wanted = None;
    let most = (ui.available_height() - size::STEP).max(5.0 * size::ROW);
    ScrollArea::vertical().id_salt("clips").max_height(most).show_rows(
        ui,
        size::ROW,
        clips.len(),
        |ui, range| {
            for clip in &clips[range] {
                if clip_ui(ui, clip) {
                    wanted = Some(clip.path.clone());
                }
            }
        },
    );
    if let Some(path) = wanted {
        match play(ctx.snapshot, config, &path) {
            Some(command) => ctx.send(command),
            None => ctx.messages.error(
                "This clip belongs to the built-in dataset, which is not open; open it in Data, then play the clip.",
            ),
        }
    }
}

/// One clip: play button, path, score; true when it shall be played.
fn clip_ui(ui: &mut egui::Ui, clip: &Prediction) -> bool {
    ui.horizontal(|ui| {
        let button = widgets::labelled(ui.button("Play"), &format!("Play {}", clip.path));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(text::small(numbers::percent(f64::from(clip.score), 0)))
                .on_hover_text("Score of the predicted label");
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(&clip.path).truncate());
            });
        });
        button.clicked()
    })
    .inner
}
