//! The energies that accesses and operations cost, each with the source of its default.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{DragValue, Grid, PopupCloseBehavior, Ui};
use engine::memory::banks::EnergyTable;

use crate::numbers::{self, THIN_SPACE};
use crate::theme::{size, text};
use crate::widgets::labelled;

/// One energy of the table.
struct Row {
    name: &'static str,
    /// What was published, where the default is not just that.
    published: &'static str,
    of: fn(&mut EnergyTable) -> &mut f64,
}

const ROWS: [Row; 6] = [
    Row {
        name: "SRAM read, 64 bits of 8 KiB",
        published: "10 pJ; scaled by the bits read and the square root of the size",
        of: |table| &mut table.sram_read_64_bits_8_kib_pj,
    },
    Row {
        name: "Integer multiplication, 8 × 8 bits",
        published: "0.2 pJ; scaled by the product of the widths",
        of: |table| &mut table.multiply_8_bits_pj,
    },
    Row {
        name: "Integer addition, 32 bits",
        published: "0.1 pJ; scaled by the width",
        of: |table| &mut table.add_32_bits_pj,
    },
    Row {
        name: "DRAM read, 64 bits",
        published: "1.3 to 2.6 nJ; the lower end is taken",
        of: |table| &mut table.dram_read_64_bits_pj,
    },
    Row {
        name: "Float multiplication, 32 bits",
        published: "3.7 pJ",
        of: |table| &mut table.float_multiply_pj,
    },
    Row { name: "Float addition, 32 bits", published: "0.9 pJ", of: |table| &mut table.float_add_pj },
];

/// Where all defaults are from.
pub const SOURCE: &str =
    "M. Horowitz, “Computing's energy problem (and what we can do about it)”, ISSCC 2014, 45 nm at 0.9 V";

/// Draws the button whose menu is the table.
pub fn ui(ui: &mut Ui, table: &mut EnergyTable) {
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (button, _) = MenuButton::new("Energies…").config(config).ui(ui, |ui| {
        ui.set_min_width(520.0);
        ui.visuals_mut().button_frame = true;
        ui.label(text::heading("Energy of one access or operation"));
        Grid::new("energies").num_columns(3).spacing([size::MARGIN, size::HALF]).show(ui, |ui| {
            for heading in ["", "Used", "Published"] {
                ui.label(text::small(heading));
            }
            ui.end_row();
            for row in &ROWS {
                ui.label(row.name);
                let value = DragValue::new((row.of)(table))
                    .range(0.0..=1e6)
                    .speed(0.01)
                    .max_decimals(3)
                    .suffix(format!("{THIN_SPACE}pJ"));
                labelled(ui.add_sized([88.0, size::CONTROL], value), row.name);
                ui.label(text::small(row.published));
                ui.end_row();
            }
        });
        ui.label(text::small(SOURCE));
        ui.label(text::small(
            "The SRAM figures are of caches, so a plain array costs less; a write is charged as a read. Leakage, clock and \
             control are left out. Put your own process's figures in.",
        ));
        let is_usual = *table == EnergyTable::default();
        if ui.add_enabled(!is_usual, egui::Button::new("Back to the published energies")).clicked() {
            *table = EnergyTable::default();
        }
    });
    button.on_hover_text("What reads, multiplications and additions cost; edit them for your process");
}

/// What an energy is made of, for the hover.
pub fn parts(energy: &engine::memory::banks::EnergyPj) -> String {
    let part = |pj: f64| numbers::energy(pj * 1e-12);
    format!(
        "Reads of the banks {}, of and to the activation buffer {}, multiplications {}, additions {}",
        part(energy.banks),
        part(energy.activations),
        part(energy.multiplies),
        part(energy.adds)
    )
}
