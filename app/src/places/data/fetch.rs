//! Fetching the full Speech Commands archive: what, from where, how large, before anything is sent.

use egui::{Frame, Ui};
use engine::protocol::Command;

use crate::context::{PickKind, PlaceContext, ShellRequest};
use crate::numbers;
use crate::theme::{size, text};
use crate::widgets::{fact_ui, primary_button, progress_ui};

/// Draws the card; clears `open` when it was closed.
pub fn ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, open: &mut bool) {
    ui.add_space(size::STEP);
    let palette = &ctx.theme.palette;
    let card = Frame::new().fill(palette.raised).corner_radius(size::ROUNDING).inner_margin(size::MARGIN);
    let fetch = ctx.snapshot.fetch.clone();
    card.show(ui, |ui| {
        ui.set_max_width(640.0);
        ui.label(text::heading("Google Speech Commands v0.02"));
        ui.label(
            "105,829 one-second recordings of 35 words by 2,618 speakers, licensed CC BY 4.0. \
             The archive is downloaded, checked against its checksum and unpacked; a broken download resumes.",
        );
        ui.add_space(size::HALF);
        fact_ui(ui, "Address", fetch.address.as_str(), "");
        fact_ui(ui, "Size", numbers::bytes(fetch.size_bytes), "Download; unpacked it takes about 3.8 GiB.");
        fact_ui(ui, "SHA-256", fetch.checksum.as_str(), "The download is thrown away if it differs.");
        ui.add_space(size::STEP);
        if let Some(progress) = &fetch.progress {
            if progress_ui(ui, progress, Some("Stop fetching")) {
                ctx.commands.push(Command::CancelFetch);
            }
            return;
        }
        ui.horizontal(|ui| {
            if primary_button(ui, ctx.theme, "Choose folder and fetch…").clicked() {
                ctx.ask(ShellRequest::Pick(PickKind::FetchFolder));
            }
            if ui.button("Not now").clicked() {
                *open = false;
            }
        });
    });
}
