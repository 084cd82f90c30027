//! Layouts, cycles and energies by hand.

use super::*;
use crate::memory::Bill;
use crate::model::NetworkPlan;
use crate::settings::Config;

fn plan(inputs: usize, outputs: usize, settings: &[(&str, &str)]) -> NetworkPlan {
    let mut config = Config::default();
    for (key, value) in settings {
        config.set(key, value).unwrap();
    }
    NetworkPlan::new(&config, inputs, outputs).unwrap()
}

fn laid(plan: &NetworkPlan, spec: BankSpec) -> BankPlan {
    BankPlan::of(plan, spec, &EnergyTable::default()).unwrap()
}

/// One layer of 12 inputs and 6 outputs in blocks of 4, half of the three block columns (two) kept: block rows of 4 and 2.
fn small() -> NetworkPlan {
    plan(
        12,
        6,
        &[
            ("model.hidden", "[]"),
            ("sparsity.output.block", "4"),
            ("sparsity.output.drop", "0.5"),
            ("quant.weight_bits", "5"),
            ("quant.activation_bits", "8"),
        ],
    )
}

const SMALL: BankSpec = BankSpec { word_bits: 16, depth: 16, count: 2, multipliers: 3 };

#[test]
fn a_small_layer_by_hand() {
    let plan = small();
    let laid = laid(&plan, SMALL);
    assert_eq!(laid.side_by_side, 1, "three weights of 5 bits in a word of 16, for three multipliers");
    // Blocks of 16, 16, 8 and 8 weights at three a word: 6 + 6 + 3 + 3 words. Accumulators: 8 inputs * 16 * 128 * 3
    // takes 16 bits and a sign, so two words a bias. Columns: 2 bits of 3 choices, 4 of them in a word of 8.
    let region =
        |kind, first_word, num_words, num_entries, entry_bits, entries_per_word, words_per_entry| Region {
            layer: 0,
            kind,
            first_word,
            num_words,
            num_entries,
            entry_bits,
            entries_per_word,
            words_per_entry,
        };
    let regions = [
        region(RegionKind::Weights, 0, 18, 48, 5, 3, 1),
        region(RegionKind::Columns, 18, 1, 4, 2, 8, 1),
        region(RegionKind::Biases, 19, 12, 6, 17, 1, 2),
    ];
    assert_eq!(laid.regions, regions);
    assert_eq!((laid.num_words, laid.banks_needed, laid.fits), (31, 2, true));
    let payload = 48 * 5 + 4 * 2 + 6 * 17;
    assert_eq!(laid.lost_in_words_bits, 31 * 16 - payload);
    assert_eq!(laid.empty_words_bits, 16);
    assert!((laid.fill - payload as f64 / 512.0).abs() < 1e-12);

    let blocks: Vec<_> = laid.blocks(0, &plan.layers[0].pattern).collect();
    assert_eq!(blocks.iter().map(|block| block.first_word).collect::<Vec<_>>(), [0, 6, 12, 15]);
    assert_eq!(blocks.iter().map(|block| block.num_words).collect::<Vec<_>>(), [6, 6, 3, 3]);
    assert_eq!(
        blocks.iter().map(|block| (block.rows, block.cols)).collect::<Vec<_>>(),
        [(4, 4), (4, 4), (2, 4), (2, 4)]
    );

    let segment = |kind, first_word, num_words| Segment { layer: 0, kind, first_word, num_words };
    assert_eq!(laid.banks[0].segments, [segment(RegionKind::Weights, 0, 16)]);
    assert_eq!(
        laid.banks[1].segments,
        [
            segment(RegionKind::Weights, 0, 2),
            segment(RegionKind::Columns, 2, 1),
            segment(RegionKind::Biases, 3, 12)
        ]
    );
    assert_eq!(laid.address(17), BankAddress { bank: 1, word: 1 });
}

#[test]
fn a_small_layer_in_cycles_and_energy_by_hand() {
    let laid = laid(&small(), SMALL);
    // Rows of 4 in chunks of at most 3: two cycles. 4 rows * 2 blocks * 2, 2 rows * 2 blocks * 2.
    assert_eq!(laid.cycles.multiply, 16 + 8);
    // 12 inputs, 1 for the layer, and for each block row 2, its rows times (2 bias words and an output), 3 a block.
    assert_eq!(laid.cycles.other, 12 + 1 + (2 + 4 * 3 + 6) + (2 + 2 * 3 + 6));
    assert_eq!(laid.cycles.total, laid.cycles.multiply + laid.cycles.other);
    let accesses = Accesses {
        weight_words: 18,
        index_words: 4,
        bias_words: 12,
        activation_reads: 48,
        activation_writes: 12,
    };
    assert_eq!(laid.accesses, accesses);
    // A bank of 256 bits is a 256th of 8 KiB, a read of 16 bits a quarter of 64: 10 / 4 / 16 pJ. The buffer: two halves of
    // three block columns in two words of three 8-bit codes, 288 bits.
    assert_eq!(laid.activation_buffer.total_bits(), 288);
    let close = |got: f64, wanted: f64| assert!((got - wanted).abs() < 1e-9, "{got} {wanted}");
    close(laid.energy.banks, 34.0 * 10.0 / 4.0 / 16.0);
    close(laid.energy.activations, 60.0 * 10.0 / 8.0 * (288f64 / 65_536.0).sqrt());
    close(laid.energy.multiplies, 48.0 * 0.2 * 40.0 / 64.0);
    close(laid.energy.adds, 48.0 * 0.1 * 17.0 / 32.0);
    close(laid.dense_dram_pj, 72.0 * (650.0 + 3.7 + 0.9));
}

#[test]
fn the_dense_network_beside_is_held_in_the_same_banks() {
    let laid = laid(&small(), SMALL);
    // Dense: 72 weights in one block, three a word. Accumulators: 12 inputs * 16 * 128 * 3 takes 17 bits and a sign, two
    // words a bias. The buffer: two halves of 12 inputs in four words of three 8-bit codes, 192 bits.
    let code = 10.0 / 8.0 * (192f64 / 65_536.0).sqrt();
    let banks = (24.0 + 12.0) * 10.0 / 4.0 / 16.0;
    let expected = banks + (72.0 + 12.0) * code + 72.0 * 0.2 * 40.0 / 64.0 + 72.0 * 0.1 * 18.0 / 32.0;
    assert!((laid.dense_same_banks_pj - expected).abs() < 1e-9, "{} {expected}", laid.dense_same_banks_pj);
    // A dense network is compared with itself, whatever its banks and widths.
    for (bits, spec) in [("5", SMALL), ("8", BankSpec { word_bits: 64, ..SMALL }), ("3", PRESETS[1].spec)] {
        let dense = plan(12, 6, &[("model.hidden", "[8]"), ("quant.weight_bits", bits)]).dense().unwrap();
        let laid = self::laid(&dense, spec);
        assert_eq!(laid.dense_same_banks_pj, laid.energy.total, "{bits} bits");
    }
}

#[test]
fn published_energies_come_back() {
    let table = EnergyTable::default();
    let near =
        |got: f64, wanted: f64, share: f64| assert!((got / wanted - 1.0).abs() <= share, "{got} {wanted}");
    near(table.sram_pj(64, 8 * 8192), 10.0, 1e-12);
    near(table.sram_pj(64, 32 * 8192), 20.0, 1e-12);
    near(table.sram_pj(64, 1024 * 8192), 100.0, 0.15);
    near(table.multiply_pj(8, 8), 0.2, 1e-12);
    near(table.multiply_pj(32, 32), 3.1, 0.05);
    near(table.add_pj(32), 0.1, 1e-12);
    near(table.add_pj(8), 0.03, 0.2);
}

#[test]
fn banks_side_by_side_take_turns() {
    let spec = BankSpec { multipliers: 8, ..SMALL };
    let laid = laid(&small(), spec);
    assert_eq!(
        laid.side_by_side, 4,
        "8 weights a cycle at 3 a word are 3 banks, rounded up to a power of two"
    );
    assert_eq!((laid.banks_needed, laid.fits), (4, false));
    assert_eq!(laid.address(17), BankAddress { bank: 1, word: 4 });
    // Words 1, 5, 9, ... are in bank 1: 17 is its fifth, then 21, 25, 29 of the biases.
    let segment = |kind, first_word, num_words| Segment { layer: 0, kind, first_word, num_words };
    assert_eq!(
        laid.banks[1].segments,
        [segment(RegionKind::Weights, 0, 5), segment(RegionKind::Biases, 5, 3)]
    );
}

#[test]
fn every_word_is_in_one_bank_and_every_block_in_its_region() {
    let shapes: [&[(&str, &str)]; 5] = [
        &[("sparsity.drop", "0")],
        &[("sparsity.block", "16"), ("sparsity.drop", "0.75")],
        &[("sparsity.block", "7"), ("sparsity.drop", "0.6"), ("sparsity.selection", "independent")],
        &[("sparsity.block", "[32, 4]"), ("sparsity.drop", "[0.5, 0.5]")],
        &[("sparsity.drop", "1"), ("sparsity.selection", "independent")],
    ];
    for shape in shapes {
        for multipliers in [1, 4, 40] {
            let mut settings = vec![("model.hidden", "[70, 33]")];
            settings.extend_from_slice(shape);
            let plan = plan(101, 6, &settings);
            let spec = BankSpec { word_bits: 36, depth: 64, count: 100, multipliers };
            let laid = laid(&plan, spec);
            let mut next = 0;
            for region in &laid.regions {
                assert_eq!(region.first_word, next, "{region:?}");
                next += region.num_words;
            }
            assert_eq!(next, laid.num_words);
            assert_eq!(laid.banks.iter().map(|bank| bank.used_words).sum::<u64>(), laid.num_words);
            for word in 0..laid.num_words {
                let address = laid.address(word);
                let bank = &laid.banks[address.bank as usize];
                let holds = |s: &&Segment| (s.first_word..s.first_word + s.num_words).contains(&address.word);
                let region =
                    laid.regions.iter().find(|r| (r.first_word..r.first_word + r.num_words).contains(&word));
                let segments: Vec<_> =
                    bank.segments.iter().filter(holds).map(|s| (s.layer, s.kind)).collect();
                assert_eq!(segments, [region.map(|region| (region.layer, region.kind)).unwrap()], "{word}");
            }
            for (index, layer) in plan.layers.iter().enumerate() {
                let weights = laid.region(index, RegionKind::Weights).unwrap();
                let blocks: Vec<_> = laid.blocks(index, &layer.pattern).collect();
                assert_eq!(blocks.len(), layer.pattern.num_blocks());
                let words: u64 = blocks.iter().map(|block| block.num_words).sum();
                assert_eq!(words, weights.num_words);
                assert_eq!(weights.num_entries, layer.pattern.kept_weights());
            }
        }
    }
}

#[test]
fn one_level_of_blocks_takes_the_bits_of_the_bill() {
    for selection in ["balanced", "connected"] {
        let settings =
            [("sparsity.block", "16"), ("sparsity.drop", "0.75"), ("sparsity.selection", selection)];
        let plan = plan(403, 12, &settings);
        let laid = laid(&plan, BankSpec::default());
        let bill = Bill::of(&plan);
        for (layer, bill) in laid.layers.iter().zip(&bill.layers) {
            assert_eq!(layer.payload_bits, bill.bits.total);
        }
    }
}

#[test]
fn what_cannot_be_laid_is_refused() {
    let table = EnergyTable::default();
    let refused =
        |spec, settings: &[(&str, &str)]| BankPlan::of(&plan(20, 3, settings), spec, &table).unwrap_err();
    assert_eq!(refused(BankSpec::default(), &[("quant.weight_bits", "32")]), BankError::Float);
    let narrow = BankSpec { word_bits: 8, ..BankSpec::default() };
    assert!(matches!(
        refused(narrow, &[("quant.weight_bits", "9")]),
        BankError::Narrow { kind: RegionKind::Weights, bits: 9, .. }
    ));
    assert!(matches!(refused(BankSpec { depth: 0, ..narrow }, &[]), BankError::Spec(_)));
    for preset in PRESETS {
        preset.spec.check().unwrap();
    }
}

#[test]
fn the_keyword_network_fits_what_it_is_said_to_fit() {
    let settings = [
        ("model.hidden", "[512, 512]"),
        ("sparsity.block", "64"),
        ("sparsity.drop", "0.75"),
        ("quant.weight_bits", "5"),
    ];
    let plan = plan(403, 12, &settings);
    for preset in PRESETS {
        let laid = laid(&plan, preset.spec);
        assert!(laid.fits, "{}: {} banks of {}", preset.name, laid.banks_needed, preset.spec.count);
        assert_eq!(laid.accesses.activation_reads, plan.macs());
    }
}
