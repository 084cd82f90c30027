//! The network in memory banks: the banks as settings, their figures, and their picture.

use egui::{ComboBox, DragValue, Label, RichText, Ui};
use engine::memory::banks::{BankPlan, BankSpec, PRESETS};
use engine::protocol::NetworkView;

use super::{banks_picture, bill, energy_table};
use crate::context::PlaceContext;
use crate::messages::sentence;
use crate::numbers::{self, THIN_SPACE};
use crate::theme::size;
use crate::widgets::{Figure, figure_ui, labelled};

/// Draws settings, figures and picture.
pub fn ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, network: &NetworkView, banks: &Result<BankPlan, String>) {
    ui.horizontal(|ui| {
        preset_ui(ui, &mut ctx.banks.spec);
        spec_ui(ui, &mut ctx.banks.spec);
        energy_table::ui(ui, &mut ctx.banks.energy);
    });
    ui.add_space(size::HALF);
    let plan = match banks {
        Ok(plan) => plan,
        Err(message) => {
            let message = RichText::new(format!("⚠ {}", sentence(message))).color(ctx.theme.palette.warning);
            ui.add(Label::new(message).wrap());
            return;
        }
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = size::GROUP + size::STEP;
        for figure in figures(plan, network) {
            figure_ui(ui, &figure);
        }
    });
    if !plan.fits {
        let message = format!(
            "⚠ Does not fit: {} needed, {} there. Drop more blocks, use fewer bits, or take more or deeper banks.",
            numbers::count(plan.banks_needed, "bank", "banks"),
            numbers::whole(plan.spec.count.into())
        );
        ui.add(Label::new(RichText::new(message).color(ctx.theme.palette.warning)).truncate());
    }
    ui.add_space(size::HALF);
    banks_picture::ui(ui, ctx.theme, plan, ctx.theme.method(bill::main_method(network)));
}

/// The choice among memories that exist.
pub fn preset_ui(ui: &mut Ui, spec: &mut BankSpec) {
    let known = PRESETS.iter().find(|preset| preset.spec == *spec);
    let combo = ComboBox::from_id_salt("bank preset")
        .width(128.0)
        .selected_text(known.map_or("Memory of your own", |preset| preset.name));
    let response = combo.show_ui(ui, |ui| {
        for preset in &PRESETS {
            let is_chosen = preset.spec == *spec;
            let row = ui.selectable_label(is_chosen, format!("{}: {}", preset.name, preset.about));
            if row.on_hover_text(format!("Numbers from {}", preset.source)).clicked() {
                *spec = preset.spec;
            }
        }
    });
    let how = match known {
        Some(preset) => format!("{}. Numbers from {}.", preset.about, preset.source),
        None => words(spec),
    };
    labelled(response.response, "Memory").on_hover_text(how);
}

fn spec_ui(ui: &mut Ui, spec: &mut BankSpec) {
    let mut number = |value: &mut u32, range, name: &str, unit: &str, how: &str| {
        let control = DragValue::new(value).range(range).speed(0.25).suffix(format!("{THIN_SPACE}{unit}"));
        labelled(ui.add(control), name).on_hover_text(how);
    };
    number(&mut spec.count, BankSpec::COUNT, "Banks", "banks", "Banks that there are");
    number(&mut spec.depth, BankSpec::DEPTH, "Bank depth", "words", "Words of a bank");
    number(
        &mut spec.word_bits,
        BankSpec::WORD_BITS,
        "Word width",
        "bits",
        "Bits of a word: what one read gives",
    );
    number(
        &mut spec.multipliers,
        BankSpec::MULTIPLIERS,
        "Multipliers",
        "multipliers",
        "Multipliers that work at once, on neighbouring weights of one row of a block",
    );
}

fn figures(plan: &BankPlan, network: &NetworkView) -> [Figure; 5] {
    let spec = &plan.spec;
    let bytes = |bits: u64| numbers::bytes_from_bits(bits);
    let side_by_side = match plan.side_by_side {
        1 => String::new(),
        side => {
            format!(" {side} banks are read at once, since the multipliers take more than one word holds.")
        }
    };
    let cycles = plan.cycles;
    let accesses = &plan.accesses;
    let words = accesses.weight_words + accesses.index_words + accesses.bias_words;
    let share = |of: u64, to: u64| numbers::percent(of as f64 / to.max(1) as f64, 1);
    [
        Figure {
            name: "Banks",
            value: format!("{} of {}", numbers::whole(plan.banks_needed), numbers::whole(spec.count.into())),
            beside: format!("{} each", bytes(spec.bank_bits())),
            how: format!(
                "Words that hold weights, block columns and biases, {} in all, over the words of a bank.{side_by_side}",
                numbers::whole(plan.num_words)
            ),
        },
        Figure {
            name: "Fill",
            value: numbers::percent(plan.fill, 1),
            beside: format!("{} of {} carry numbers", bytes(filled_bits(plan)), bytes(needed_bits(plan))),
            how: format!(
                "Of the banks that are needed. Lost at the ends of words: {}; empty words: {}.",
                bytes(plan.lost_in_words_bits),
                bytes(plan.empty_words_bits)
            ),
        },
        Figure {
            name: "Cycles",
            value: numbers::whole(cycles.total),
            beside: format!("{} multiply", share(cycles.multiply, cycles.total)),
            how: format!(
                "Of one inference with {} multipliers: {} multiply, {} load inputs and biases, look blocks up and write \
                 outputs. The Verilog of the ROM export takes exactly so many.",
                numbers::whole(spec.multipliers.into()),
                numbers::whole(cycles.multiply),
                numbers::whole(cycles.other)
            ),
        },
        Figure {
            name: "Words read",
            value: numbers::whole(words),
            beside: format!("{} are weights", share(accesses.weight_words, words)),
            how: format!(
                "Of one inference: {} of weights, {} of block columns, {} of biases. Beside them {} activation codes are read \
                 and {} written.",
                numbers::whole(accesses.weight_words),
                numbers::whole(accesses.index_words),
                numbers::whole(accesses.bias_words),
                numbers::whole(accesses.activation_reads),
                numbers::whole(accesses.activation_writes)
            ),
        },
        energy_figure(plan, network),
    ]
}

fn energy_figure(plan: &BankPlan, network: &NetworkView) -> Figure {
    let energy = |pj: f64| numbers::energy(pj * 1e-12);
    Figure {
        name: "Energy of an inference",
        value: energy(plan.energy.total),
        beside: format!(
            "dense in such banks: {}",
            numbers::factor(plan.dense_same_banks_pj / plan.energy.total.max(1e-9))
        ),
        how: format!(
            "{}. The same network dense at the same widths, in as many of these banks as it takes: {}. Dense in 32-bit floats, \
             its {} weights read from DRAM: {}; that is another memory and another arithmetic, so no ratio is given. \
             Defaults: {}.",
            energy_table::parts(&plan.energy),
            energy(plan.dense_same_banks_pj),
            numbers::whole(network.dense_macs),
            energy(plan.dense_dram_pj),
            energy_table::SOURCE
        ),
    }
}

fn needed_bits(plan: &BankPlan) -> u64 {
    plan.banks_needed * plan.spec.bank_bits()
}

fn filled_bits(plan: &BankPlan) -> u64 {
    needed_bits(plan) - plan.lost_in_words_bits - plan.empty_words_bits
}

/// What banks there are, in words.
fn words(spec: &BankSpec) -> String {
    format!(
        "{} banks of {} words of {} bits, {} multipliers",
        numbers::whole(spec.count.into()),
        numbers::whole(spec.depth.into()),
        spec.word_bits,
        spec.multipliers
    )
}

#[cfg(test)]
mod tests {
    use engine::protocol::{BankSettings, PlanView};
    use engine::settings::Config;

    use super::*;

    #[test]
    fn the_ratio_of_energies_is_that_of_the_same_memory_and_widths() {
        for (drop, block, bits) in
            [("0.75", "64", "5"), ("0.9", "16", "8"), ("0.5", "32", "3"), ("0", "64", "5")]
        {
            let mut config = Config::default();
            for (key, value) in
                [("sparsity.drop", drop), ("sparsity.block", block), ("quant.weight_bits", bits)]
            {
                config.set(key, value).unwrap();
            }
            let view = PlanView::of(config, &BankSettings::default());
            let (network, plan) = (view.network.unwrap(), view.banks.unwrap());
            let figure = energy_figure(&plan, &network);
            assert!(figure.beside.starts_with("dense in such banks: "), "{}", figure.beside);
            assert!(!figure.beside.contains("DRAM") && figure.how.contains("read from DRAM"));
            // Weights are read once for each multiplication, so no ratio is far from that of the multiplications.
            let ratio = plan.dense_same_banks_pj / plan.energy.total;
            let fewer = network.dense_macs as f64 / network.macs as f64;
            assert!((0.7 * fewer..1.3 * fewer).contains(&ratio), "{ratio} at {fewer} fewer");
        }
    }
}
