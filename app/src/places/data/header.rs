//! What is open, and the ways to open something else.

use egui::{Align, Layout, TextEdit, Ui};
use engine::protocol::DatasetView;

use crate::context::{PickKind, PlaceContext, ShellRequest};
use crate::files::path_from_typed;
use crate::numbers;
use crate::theme::{size, text};
use crate::widgets::{Figure, figure_ui, labelled};

/// Draws title, path field and the buttons that open something.
pub fn ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, typed: &mut Option<String>, fetch_open: &mut bool) {
    ui.horizontal(|ui| {
        ui.label(text::title("Data"));
        ui.add_space(size::STEP);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Speech Commands…").on_hover_text("Fetch the full public dataset").clicked() {
                *fetch_open = !*fetch_open;
            }
            if ui.button("Demo dataset").on_hover_text("Open the built-in dataset").clicked() {
                ctx.ask(ShellRequest::OpenDataset(None));
            }
            recents_ui(ui, ctx);
            if ui.button("Open folder…").on_hover_text("Choose a dataset folder (Ctrl+O)").clicked() {
                ctx.ask(ShellRequest::Pick(PickKind::Dataset));
            }
            path_ui(ui, ctx, typed);
        });
    });
}

fn recents_ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
    let recents = ctx.recent_datasets;
    ui.add_enabled_ui(!recents.is_empty(), |ui| {
        ui.menu_button("Recent", |ui| {
            for folder in recents {
                if ui.button(folder.display().to_string()).clicked() {
                    ctx.ask(ShellRequest::OpenDataset(Some(folder.clone())));
                }
            }
        });
    });
}

fn path_ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, typed: &mut Option<String>) {
    let shown = match &ctx.snapshot.dataset.open {
        Some(open) if open.is_demo => "Built-in demo dataset".into(),
        Some(open) => open.folder.display().to_string(),
        None => String::new(),
    };
    let mut path = typed.clone().unwrap_or(shown);
    let field = TextEdit::singleline(&mut path)
        .hint_text("Type the path of a dataset folder")
        .desired_width(f32::INFINITY);
    let response = labelled(ui.add(field), "Dataset folder");
    if response.changed() {
        *typed = Some(path.clone());
    }
    if response.lost_focus() {
        let entered = ui.input(|input| input.key_pressed(egui::Key::Enter));
        if entered && typed.is_some() && !path.trim().is_empty() {
            ctx.ask(ShellRequest::OpenDataset(Some(path_from_typed(&path))));
        }
        *typed = None;
    }
}

/// The few figures of an open dataset.
pub fn figures_ui(ui: &mut Ui, open: &DatasetView) {
    let splits: [usize; 3] = open.words.iter().fold([0; 3], |mut sum, word| {
        for (total, count) in sum.iter_mut().zip(word.counts) {
            *total += count;
        }
        sum
    });
    let noise_secs: f64 = open.background.iter().map(|(_, secs)| secs).sum();
    let whole = |value: usize| numbers::whole(value as u64);
    let split = |name, index: usize, how: &str| Figure {
        name,
        value: whole(splits[index]),
        beside: numbers::count(open.num_speakers[index] as u64, "speaker", "speakers"),
        how: format!("{how} No speaker is in two splits."),
    };
    let figures = [
        Figure {
            name: "Clips",
            value: whole(open.clips.len()),
            beside: format!("{}\u{2009}h of sound", numbers::real(open.hours, 2)),
            how: "Readable recordings in all word folders, background noise not counted.".into(),
        },
        Figure {
            name: "Words",
            value: whole(open.words.len()),
            beside: "word folders".into(),
            how: "Folders with at least one readable recording.".into(),
        },
        split("Training", 0, "Clips from which weights are learnt."),
        split("Validation", 1, "Clips that choose the epoch whose weights are kept."),
        split("Testing", 2, "Clips that are only reported on and choose nothing."),
        Figure {
            name: "Background noise",
            value: numbers::duration(noise_secs),
            beside: numbers::count(open.background.len() as u64, "recording", "recordings"),
            how: "Recordings in _background_noise_, for silence and for noise mixed into training clips."
                .into(),
        },
        Figure {
            name: "Faults",
            value: whole(open.faults.len()),
            beside: "files left out".into(),
            how: "Files that could not be read; the tab Faults gives each with its reason.".into(),
        },
    ];
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = size::GROUP + size::STEP;
        for figure in &figures {
            figure_ui(ui, figure);
        }
    });
}
