//! What a person should know about the open dataset, and folders that one click reads as what they are.

use egui::{RichText, ScrollArea, Ui};
use engine::dataset::{FolderDoubt, FolderRemedy, FolderRoles};
use engine::protocol::{Command, DatasetView};

use crate::context::PlaceContext;
use crate::messages::quoted;
use crate::theme::{size, text};
use crate::widgets::labelled;

/// Most of the height that notes take before they scroll.
const MAX_HEIGHT: f32 = 132.0;

/// Draws doubts with their remedies, then every note in full, then what was said about folders.
pub fn ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, open: &DatasetView) {
    ui.add_space(size::HALF);
    ScrollArea::vertical().id_salt("dataset notes").max_height(MAX_HEIGHT).auto_shrink([false, true]).show(
        ui,
        |ui| {
            ui.spacing_mut().item_spacing.y = size::HALF;
            for doubt in &open.doubts {
                doubt_ui(ui, ctx, open, doubt);
            }
            roles_ui(ui, ctx, open);
            notes_ui(ui, open);
        },
    );
}

fn doubt_ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, open: &DatasetView, doubt: &FolderDoubt) {
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(format!("⚠ {}", quoted(&doubt.text))).color(ctx.theme.palette.warning));
        for &remedy in &doubt.remedies {
            let (name, label) = match remedy {
                FolderRemedy::UseAsNoise => {
                    ("Use as noise", format!("Use {} as background noise", doubt.folder))
                }
                FolderRemedy::LeaveOut => ("Leave out", format!("Leave {} out", doubt.folder)),
            };
            if labelled(ui.button(name), &label).clicked() {
                treat(ctx, open, open.roles.with(remedy, &doubt.folder));
            }
        }
    });
}

/// Folders that are read as a person said, each with the way back.
fn roles_ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, open: &DatasetView) {
    let FolderRoles { noise, exclude, .. } = &open.roles;
    let said = noise
        .iter()
        .map(|name| (name, "background noise"))
        .chain(exclude.iter().map(|name| (name, "left out")));
    for (name, what) in said {
        ui.horizontal_wrapped(|ui| {
            ui.label(text::small(format!("Folder {name}: {what}.")));
            let button = ui.small_button("Read as a word");
            if labelled(button, &format!("Read {name} as a word")).clicked() {
                let mut roles = open.roles.clone();
                roles.noise.retain(|known| known != name);
                roles.exclude.retain(|known| known != name);
                treat(ctx, open, roles);
            }
        });
    }
}

fn treat(ctx: &mut PlaceContext<'_>, open: &DatasetView, roles: FolderRoles) {
    ctx.commands.push(Command::TreatFolders { folder: open.folder.clone(), roles });
}

/// Where the splits come from and all else, and the hash that runs keep.
fn notes_ui(ui: &mut Ui, open: &DatasetView) {
    let is_doubt = |note: &&String| open.doubts.iter().any(|doubt| doubt.text == **note);
    ui.horizontal_wrapped(|ui| {
        for note in open.notes.iter().filter(|note| !is_doubt(note)) {
            ui.label(text::small(quoted(note)));
        }
        let fingerprint: String = open.fingerprint.chars().take(16).collect();
        if !fingerprint.is_empty() {
            ui.label(text::small(format!("Fingerprint {fingerprint}."))).on_hover_text(
                "Hash of contents and splits; each run keeps it, so that results can be traced to their data.",
            );
        }
    });
}
