//! Memory banks on the command line: what they are, and what of a network they hold.

use engine::memory::banks::{
    Bank, BankPlan, BankSpec, EnergyPj, EnergyTable, LayerBanks, PRESETS, RegionKind,
};

use engine::look::numbers::significant;

use crate::figures::{percent, thousands};
use crate::output::Usage;

/// Memory banks: one that exists, and what differs from it.
#[derive(Debug, Clone, clap::Args)]
pub struct BankArgs {
    /// Memory banks to start from: `sram` (the default), `bram36`, `ice40-spram` or `ecp5-ebr`.
    #[arg(long, value_name = "NAME")]
    bank_preset: Option<String>,
    /// Bits of a word of a bank.
    #[arg(long, value_name = "N")]
    word_bits: Option<u32>,
    /// Words of a bank.
    #[arg(long, value_name = "N")]
    depth: Option<u32>,
    /// Banks that there are.
    #[arg(long, value_name = "N")]
    bank_count: Option<u32>,
    /// Multipliers that work at once.
    #[arg(long, value_name = "N")]
    multipliers: Option<u32>,
}

impl BankArgs {
    /// Whether anything is said about banks.
    pub fn is_given(&self) -> bool {
        let numbers = [self.word_bits, self.depth, self.bank_count, self.multipliers];
        self.bank_preset.is_some() || numbers.iter().any(Option::is_some)
    }

    /// The banks that these arguments mean.
    pub fn spec(&self) -> anyhow::Result<BankSpec> {
        let name = self.bank_preset.as_deref().unwrap_or(PRESETS[0].name);
        let preset = PRESETS.iter().find(|preset| preset.name == name).ok_or_else(|| {
            let names: Vec<_> = PRESETS.iter().map(|preset| format!("`{}`", preset.name)).collect();
            Usage(format!("`--bank-preset {name}` is not known; choose one of {}", names.join(", ")))
        })?;
        let spec = BankSpec {
            word_bits: self.word_bits.unwrap_or(preset.spec.word_bits),
            depth: self.depth.unwrap_or(preset.spec.depth),
            count: self.bank_count.unwrap_or(preset.spec.count),
            multipliers: self.multipliers.unwrap_or(preset.spec.multipliers),
        };
        spec.check().map_err(|error| Usage(error.to_string()))?;
        Ok(spec)
    }
}

/// What accesses and operations cost, in pJ; what is not given has its published value, see [`EnergyTable`].
#[derive(Debug, Clone, clap::Args)]
pub struct EnergyArgs {
    /// pJ of a read of 64 bits out of an SRAM of 8 KiB; other sizes are scaled.
    #[arg(long, value_name = "PJ")]
    sram_read_pj: Option<f64>,
    /// pJ of a multiplication of 8 by 8 bits; other widths are scaled.
    #[arg(long, value_name = "PJ")]
    multiply_pj: Option<f64>,
    /// pJ of an addition of 32 bits; other widths are scaled.
    #[arg(long, value_name = "PJ")]
    add_pj: Option<f64>,
    /// pJ of a read of 64 bits out of DRAM, for the dense network beside.
    #[arg(long, value_name = "PJ")]
    dram_read_pj: Option<f64>,
    /// pJ of a floating-point multiplication of 32 bits, for the dense network beside.
    #[arg(long, value_name = "PJ")]
    float_multiply_pj: Option<f64>,
    /// pJ of a floating-point addition of 32 bits, for the dense network beside.
    #[arg(long, value_name = "PJ")]
    float_add_pj: Option<f64>,
}

impl EnergyArgs {
    /// Whether any energy is given.
    pub fn is_given(&self) -> bool {
        self.given().iter().any(|(_, given)| given.is_some())
    }

    fn given(&self) -> [(&'static str, Option<f64>); 6] {
        [
            ("--sram-read-pj", self.sram_read_pj),
            ("--multiply-pj", self.multiply_pj),
            ("--add-pj", self.add_pj),
            ("--dram-read-pj", self.dram_read_pj),
            ("--float-multiply-pj", self.float_multiply_pj),
            ("--float-add-pj", self.float_add_pj),
        ]
    }

    /// The energies that these arguments mean.
    pub fn table(&self) -> anyhow::Result<EnergyTable> {
        let mut table = EnergyTable::default();
        let entries = [
            &mut table.sram_read_64_bits_8_kib_pj,
            &mut table.multiply_8_bits_pj,
            &mut table.add_32_bits_pj,
            &mut table.dram_read_64_bits_pj,
            &mut table.float_multiply_pj,
            &mut table.float_add_pj,
        ];
        for (entry, (flag, given)) in entries.into_iter().zip(self.given()) {
            let Some(pj) = given else { continue };
            if !(pj.is_finite() && pj >= 0.0) {
                return Err(Usage(format!("`{flag} {pj}`: give an energy in pJ, 0 or more")).into());
            }
            *entry = pj;
        }
        Ok(table)
    }
}

/// A network in banks, for people.
pub fn text_of(plan: &BankPlan, table: &EnergyTable) -> String {
    let spec = plan.spec;
    let mut text = format!(
        "banks           {} of {} words of {} bits, {} multipliers\n",
        spec.count,
        thousands(spec.depth.into()),
        spec.word_bits,
        spec.multipliers
    );
    if plan.side_by_side > 1 {
        text += &format!("                {} banks are read side by side to feed them\n", plan.side_by_side);
    }
    let verdict = if plan.fits { "fits" } else { "does not fit" };
    text += &format!(
        "needed          {} banks, {} words: {verdict}\n",
        thousands(plan.banks_needed),
        thousands(plan.num_words)
    );
    text += &format!(
        "fill            {}; {} bits lost in words, {} in empty words\n\n",
        percent(plan.fill),
        thousands(plan.lost_in_words_bits),
        thousands(plan.empty_words_bits)
    );
    text += &layer_table(plan);
    text += &format!("\nenergy          {} per inference\n", energy(&plan.energy));
    text += &format!(
        "                dense at the same widths in such banks {} per inference: {} times as much\n",
        joules(plan.dense_same_banks_pj),
        significant(plan.dense_same_banks_pj / plan.energy.total.max(1e-9), 3)
    );
    text += &format!(
        "                dense fp32 with weights in DRAM {} per inference: another memory, no ratio\n",
        joules(plan.dense_dram_pj)
    );
    let source =
        if *table == EnergyTable::default() { "45 nm, Horowitz, ISSCC 2014" } else { "energies as given" };
    text += &format!("                {source}, scaled; leakage, clock and control are left out\n\n");
    plan.banks.iter().fold(text, |text, bank| text + &bank_line(plan, bank))
}

/// How full a bank is, and of what.
fn bank_line(plan: &BankPlan, bank: &Bank) -> String {
    let segments = bank.segments.iter().map(|segment| {
        let last = segment.first_word + segment.num_words - 1;
        let layer = &plan.layers[segment.layer].name;
        format!("{}..{last} {layer} {}", segment.first_word, segment.kind.name())
    });
    let segments: Vec<_> = segments.collect();
    let share = percent(bank.used_words as f64 / f64::from(plan.spec.depth));
    format!("bank {:<4} {share:>7} used  {}\n", bank.number, segments.join(", "))
}

fn layer_table(plan: &BankPlan) -> String {
    let mut text = format!(
        "{:<10} {:>4} {:>8} {:>9} {:>9} {:>7} {:>7} {:>10} {:>10} {:>10} {:>11}\n",
        "layer",
        "bits",
        "per word",
        "blocks",
        "weights",
        "index",
        "biases",
        "lost bits",
        "cycles",
        "reads",
        "energy"
    );
    for (index, layer) in plan.layers.iter().enumerate() {
        let words = |kind| plan.region(index, kind).map_or(0, |region| region.num_words);
        text += &layer_row(
            layer,
            words(RegionKind::Weights),
            words(RegionKind::Columns) + words(RegionKind::Counts),
            words(RegionKind::Biases),
        );
    }
    let reads = plan.accesses.weight_words + plan.accesses.index_words + plan.accesses.bias_words;
    text += &format!(
        "{:<10} {:>4} {:>8} {:>9} {:>9} {:>7} {:>7} {:>10} {:>10} {reads:>10} {:>11}\n",
        "network",
        "",
        "",
        "",
        "",
        "",
        "",
        plan.lost_in_words_bits,
        plan.cycles.total,
        joules(plan.energy.total)
    );
    text += "weights, index, biases: words; cycles: multiplications and all else; reads: words of banks\n";
    text
}

fn layer_row(layer: &LayerBanks, weights: u64, index: u64, biases: u64) -> String {
    let accesses = layer.accesses;
    format!(
        "{:<10} {:>4} {:>8} {:>9} {weights:>9} {index:>7} {biases:>7} {:>10} {:>10} {:>10} {:>11}\n",
        layer.name,
        layer.weight_bits,
        layer.weights_per_word,
        layer.num_blocks,
        layer.lost_in_words_bits,
        layer.cycles.total,
        accesses.weight_words + accesses.index_words + accesses.bias_words,
        joules(layer.energy.total)
    )
}

fn energy(energy: &EnergyPj) -> String {
    format!(
        "{} = banks {} + activations {} + multiplications {} + additions {}",
        joules(energy.total),
        joules(energy.banks),
        joules(energy.activations),
        joules(energy.multiplies),
        joules(energy.adds)
    )
}

/// Picojoules with a fitting unit.
fn joules(pj: f64) -> String {
    match pj {
        ..1e3 => format!("{pj:.0} pJ"),
        ..1e6 => format!("{:.2} nJ", pj / 1e3),
        _ => format!("{:.2} uJ", pj / 1e6),
    }
}
