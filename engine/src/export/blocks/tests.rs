//! Packed files: their size and their exactness.

use std::sync::Arc;

use super::payload::write_layer;
use super::*;
use crate::export::IndexStorage;
use crate::export::bits::BitWriter;
use crate::fixed::testing::{model, samples};
use crate::fixed::{ActivationFormat, FixedLayer, FixedNetwork, FixedPredictor, ShippedPredictor, calibrate};
use crate::quant::{Codes, WeightQuantiser};
use crate::settings::Selection;
use crate::sparse::{LayerStructure, Level, Pattern};

/// Networks of every kind of pattern and width, with edges that cut blocks.
const NETWORKS: &[&[(&str, &str)]] = &[
    &[("sparsity.block", "16"), ("sparsity.drop", "0.75")],
    &[("sparsity.block", "16"), ("sparsity.drop", "0.75"), ("sparsity.selection", "connected")],
    &[("sparsity.block", "8"), ("sparsity.drop", "0.75"), ("sparsity.selection", "independent")],
    &[("sparsity.block", "16"), ("sparsity.drop", "1"), ("sparsity.selection", "independent")],
    &[("sparsity.block", "[32, 4]"), ("sparsity.drop", "[0.5, 0.5]")],
    &[("sparsity.block", "[40, 8]"), ("sparsity.drop", "[0.5, 0.5]"), ("sparsity.selection", "independent")],
    &[("sparsity.block", "[24, 12, 3]"), ("sparsity.drop", "[0.5, 0, 0.4]")],
    &[("sparsity.block", "[24, 8]"), ("sparsity.drop", "[0, 0.5]"), ("sparsity.selection", "connected")],
    &[("sparsity.drop", "0")],
    &[("sparsity.block", "256"), ("sparsity.drop", "0.5")],
    &[("sparsity.block", "1"), ("sparsity.drop", "0.5"), ("quant.weight_bits", "2")],
    &[("sparsity.block", "16"), ("quant.quantiser", "published"), ("quant.weight_bits", "6")],
    &[("sparsity.block", "16"), ("quant.weight_bits", "1"), ("quant.activation_bits", "4")],
    &[("sparsity.block", "16"), ("quant.weight_bits", "1"), ("quant.quantiser", "published")],
    &[("sparsity.block", "16"), ("quant.weight_bits", "16"), ("quant.activation_bits", "16")],
    &[("sparsity.output.block", "4"), ("sparsity.output.drop", "0.75")],
];

fn network_model(settings: &[(&str, &str)]) -> StoredModel {
    let mut all = vec![("model.hidden", "[70, 33]")];
    all.extend_from_slice(settings);
    model(101, 6, &all)
}

#[test]
fn the_payload_has_the_bits_of_the_bill() {
    for settings in NETWORKS {
        let model = network_model(settings);
        let bill = Bill::of(&model.plan).total;
        let packed = PackedModel::of(&model).unwrap();
        for index in [IndexStorage::Stored, IndexStorage::Seed] {
            let bits = ExportOptions { index, ..ExportOptions::default() }.bill(Format::Blocks, bill).total;
            let file = write(&packed, index).unwrap();
            assert_eq!(file.payload_bits, bits, "{settings:?}");
            let len = file.header_len + bits.div_ceil(8) as usize + 4;
            assert_eq!(file.bytes.len(), len, "{settings:?}");
            assert_eq!(read(&file.bytes).unwrap(), packed, "{settings:?}");
        }
        assert!(files(&model, &ExportOptions::default()).is_ok(), "{settings:?}");
    }
}

#[test]
fn an_index_from_the_seed_is_not_billed() {
    let model = network_model(NETWORKS[0]);
    let stored = Bill::of(&model.plan).total;
    assert!(stored.index > 0);
    let seed = ExportOptions { index: IndexStorage::Seed, ..ExportOptions::default() };
    let bill = seed.bill(Format::Blocks, stored);
    assert_eq!((bill.index, bill.total), (0, bill.weights + bill.biases));
    assert_eq!(bill.total + stored.index, stored.total);
    assert_eq!(seed.bill(Format::C, stored), stored, "of a packed file only");
    let files = files(&model, &seed).unwrap();
    assert_eq!(files.network_bytes, Some(bill.total.div_ceil(8)));
    let payload = &files.notes[0];
    assert!(payload.starts_with(&format!("payload: {} bits, as billed", bill.total)), "{payload}");
    assert!(payload.contains(&format!("{} bits saved", stored.index)), "{payload}");
}

#[test]
fn a_file_scores_as_its_model_does() {
    for settings in NETWORKS {
        let model = network_model(settings);
        let bytes = files(&model, &ExportOptions::default()).unwrap().files.remove(0).content;
        let packed = read(&bytes).unwrap();
        assert_eq!((&packed.labels, &packed.normaliser), (&model.labels, &model.normaliser));
        assert_eq!(packed.features, model.config.features);
        let mut from_file = FixedPredictor::new(packed.network.clone());
        let mut from_model = FixedPredictor::new(FixedNetwork::of(&model).unwrap().unwrap());
        let rows = samples(5, 101, 7);
        for row in rows.chunks_exact(101) {
            assert_eq!(from_file.outputs(row).unwrap(), from_model.outputs(row).unwrap(), "{settings:?}");
        }
        let keeps_nothing = model.plan.layers[0].pattern.num_blocks() == 0;
        let mut stored = match packed.to_stored() {
            Ok(stored) => ShippedPredictor::of(&stored).unwrap(),
            // The scale of a layer without weights is too small for floating-point biases.
            Err(error) => {
                assert!(keeps_nothing, "{settings:?}: {error}");
                continue;
            }
        };
        for row in rows.chunks_exact(101) {
            let (mut wanted, mut scores) = ([0.0; 6], [0.0; 6]);
            ShippedPredictor::Fixed(from_model.clone()).predict(row, &mut wanted).unwrap();
            stored.predict(row, &mut scores).unwrap();
            assert_eq!(scores.map(f32::to_bits), wanted.map(f32::to_bits), "{settings:?}");
        }
    }
}

/// The bar for the network of the keyword task: the file is the bill, 1 % and 2 KiB.
#[test]
fn the_keyword_network_is_as_small_as_its_bill() {
    let model = crate::model::builtin::compressed().unwrap();
    let bill = Bill::of(&model.plan).total.total.div_ceil(8);
    let file = write(&PackedModel::of(&model).unwrap(), IndexStorage::Stored).unwrap();
    let (len, normalisation) = (file.bytes.len() as u64, file.normalisation_len as u64);
    println!(
        "bill {bill} B, file {len} B, header {} B, of them normalisation {normalisation} B",
        file.header_len
    );
    assert!(len <= bill + bill / 100 + 2048, "{len} bytes for a bill of {bill}");
    assert!(normalisation < 403 * 8 * 3 / 4);
    assert_eq!(read(&file.bytes).unwrap(), PackedModel::of(&model).unwrap());
}

#[test]
fn fields_lie_where_the_documentation_says() {
    let structure = LayerStructure {
        out_features: 3,
        in_features: 5,
        levels: vec![Level { block: 2, drop: 0.6 }],
        selection: Selection::Independent,
        seed: 1,
    };
    let pattern = Pattern::from_kept(structure, vec![vec![(0, 0), (0, 2), (1, 2)]]).unwrap();
    let quantiser = WeightQuantiser::PowerOfTwo { bits: 3, exponent: -2 };
    // Block (0, 0) is whole, blocks (0, 2) and (1, 2) have one column, the latter one row.
    let levels = FixedLayer::packed_from_blocks(&pattern, &[1, -1, 2, -4, 3, 0, -3]).unwrap();
    let input = ActivationFormat { bits: 4, exponent: 0, is_signed: true };
    let codes = Codes { quantiser, levels };
    let layer =
        FixedLayer::from_codes("output".into(), Arc::new(pattern), codes, vec![5, -1, 0], input, None)
            .unwrap();
    // At most 3 inputs of a unit, levels up to 4, codes up to 8: sums up to 96, three times that in 10 bits with sign.
    assert_eq!(layer.accumulator().bits, 10);
    let mut writer = BitWriter::default();
    write_layer(&layer, IndexStorage::Stored, &mut writer).unwrap();
    // Count of 0 to 3 blocks in two bits, columns 0 to 2 in two bits; then weights, then biases.
    let fields = "10 00 10, 01 10, 001 111 010 100, 011 000, 101, 0000000101 1111111111 0000000000";
    let bits: Vec<u8> = fields
        .split([' ', ','])
        .flat_map(|field| field.bytes().rev().map(|bit| bit - b'0').collect::<Vec<_>>())
        .collect();
    let expected: Vec<u8> =
        bits.chunks(8).map(|bits| bits.iter().rev().fold(0, |byte, bit| byte << 1 | bit)).collect();
    assert_eq!(writer.num_bits(), bits.len() as u64);
    assert_eq!(writer.into_bytes(), expected);
}

#[test]
fn patterns_that_no_reader_could_know_are_refused() {
    let model = network_model(&[("sparsity.block", "16"), ("sparsity.drop", "0.5")]);
    let with_pattern = |pattern: Pattern| {
        let mut model = model.clone();
        let layout = crate::sparse::PackedLayout::of(&pattern);
        model.weights[0].blocks = vec![0.5; layout.packed_len()];
        model.plan.layers[0].pattern = Arc::new(pattern);
        model
    };
    let pattern = &model.plan.layers[0].pattern;
    let seed = ExportOptions { index: IndexStorage::Seed, ..ExportOptions::default() };

    let structure = LayerStructure { seed: 12345, ..pattern.structure.clone() };
    let reseeded = with_pattern(Pattern::from_kept(structure, pattern.kept_by_level.clone()).unwrap());
    assert!(files(&reseeded, &ExportOptions::default()).is_ok());
    let error = files(&reseeded, &seed).unwrap_err().to_string();
    assert!(error.contains("hidden 1") && error.contains("block index"), "{error}");

    let mut kept = pattern.kept_by_level.clone();
    kept[0].pop();
    let pruned = with_pattern(Pattern::from_kept(pattern.structure.clone(), kept).unwrap());
    let error = files(&pruned, &ExportOptions::default()).unwrap_err().to_string();
    assert!(error.contains("hidden 1"), "{error}");
}

#[test]
fn connected_patterns_are_drawn_again_after_the_layers_before() {
    let settings = [
        ("sparsity.block", "4"),
        ("sparsity.drop", "0.9"),
        ("sparsity.selection", "connected"),
        ("model.hidden", "[40, 40, 40]"),
    ];
    // The first layer is drawn independently, so that later ones have dead inputs to avoid.
    let mut config = crate::settings::Config::default();
    settings.iter().for_each(|(key, value)| config.set(key, value).unwrap());
    config.sparsity.layers.push(crate::settings::LayerSparsity {
        layer: 0,
        selection: Some(Selection::Independent),
        ..Default::default()
    });
    let plan = crate::model::NetworkPlan::new(&config, 20, 3).unwrap();
    let live = plan.connectivity()[0].live_outputs.clone();
    assert!(live.contains(&false) && live.contains(&true));
    let network = crate::model::Network::new(&plan, 1).unwrap();
    let labels = ["a", "b", "c"].map(String::from).to_vec();
    let normaliser = crate::features::Normaliser::identity(20);
    let mut model = StoredModel::new(&network, &config, labels, normaliser).unwrap();
    model.activation_exponents = calibrate(&model, &samples(9, 20, 1)).unwrap();
    let packed = PackedModel::of(&model).unwrap();
    assert_eq!(read(&write(&packed, IndexStorage::Seed).unwrap().bytes).unwrap(), packed);
}

#[test]
fn floating_point_models_are_told_what_to_do() {
    let float = model(20, 3, &[("model.hidden", "[12]"), ("quant.activation_bits", "32")]);
    let error = files(&float, &ExportOptions::default()).unwrap_err().to_string();
    assert!(error.contains("quantise"), "{error}");
}
