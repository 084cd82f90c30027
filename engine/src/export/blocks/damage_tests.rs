//! What becomes of damaged packed files: errors, and nothing else.

use proptest::prelude::*;

use super::header::LayerHeader;
use super::payload::LayerReader;
use super::*;
use crate::export::IndexStorage;
use crate::export::bits::{BitReader, BitWriter};
use crate::fixed::ActivationFormat;
use crate::fixed::testing::model;
use crate::quant::WeightQuantiser;
use crate::settings::Selection;
use crate::sparse::{LayerStructure, Level};

const SMALL: [(&str, &str); 3] =
    [("model.hidden", "[12]"), ("sparsity.block", "[8, 4]"), ("sparsity.drop", "[0.5, 0.5]")];

fn small_file(index: IndexStorage) -> Vec<u8> {
    write(&PackedModel::of(&model(20, 3, &SMALL)).unwrap(), index).unwrap().bytes
}

/// The bytes with the checksum that they would have been written with.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let content = bytes.len().saturating_sub(4);
    let mut crc = flate2::Crc::new();
    crc.update(&bytes[..content]);
    bytes.truncate(content);
    bytes.extend(crc.sum().to_le_bytes());
    bytes
}

#[test]
fn a_changed_byte_or_a_cut_is_an_error() {
    for index in [IndexStorage::Stored, IndexStorage::Seed] {
        let file = small_file(index);
        assert!(read(&file).is_ok());
        for at in 0..file.len() {
            assert!(read(&file[..at]).is_err(), "cut at {at}");
            for flip in [1, 0x80, 0xff] {
                let mut changed = file.clone();
                changed[at] ^= flip;
                assert!(read(&changed).is_err(), "byte {at} xor {flip:#x}");
            }
        }
        assert!(read(&[&file[..], &[0]].concat()).is_err());
    }
}

#[test]
fn claims_beyond_the_file_are_errors_even_with_a_right_checksum() {
    for index in [IndexStorage::Stored, IndexStorage::Seed] {
        let file = small_file(index);
        let header_len = u32::from_le_bytes(file[12..16].try_into().unwrap()) as usize;
        for at in 8..header_len {
            for claim in [&[0xff; 8][..], &[0xff; 4], &[0xff; 2], &[0, 0, 0, 1], &[0, 0, 1]] {
                let mut changed = file.clone();
                let end = (at + claim.len()).min(header_len);
                changed[at..end].copy_from_slice(&claim[..end - at]);
                // Labels, seeds and scales may be anything; then the network must be usable.
                if let Ok(model) = read(&sealed(changed)) {
                    model.network.reference(&vec![1; model.network.num_inputs()]);
                }
            }
        }
    }
}

/// A layer of four blocks of which only the corner is kept, a single weight in a block of nearly `side * side`, and its
/// fields.
fn corner_layer(side: usize, writer: &mut BitWriter) -> LayerHeader {
    let structure = LayerStructure {
        out_features: side,
        in_features: side,
        levels: vec![Level { block: side - 1, drop: 0.5 }],
        selection: Selection::Independent,
        seed: 1,
    };
    writer.push(0, 2);
    writer.push(1, 2);
    writer.push(1, 1);
    writer.push(0, 1);
    (0..side).for_each(|_| writer.push(0, 6));
    LayerHeader {
        name: "output".into(),
        structure,
        quantiser: WeightQuantiser::PowerOfTwo { bits: 1, exponent: 0 },
        input: ActivationFormat { bits: 4, exponent: 0, is_signed: true },
        accumulator_bits: 6,
    }
}

#[test]
fn blocks_that_reach_far_beyond_a_layer_cost_no_memory() {
    // Alone, and after one that is small enough: together they take more than such a file may.
    for (sides, num_good) in [(&[10_001][..], 0), (&[400, 400], 1)] {
        let mut writer = BitWriter::default();
        let headers: Vec<_> = sides.iter().map(|&side| corner_layer(side, &mut writer)).collect();
        let num_bits = writer.num_bits();
        let bytes = writer.into_bytes();
        let bits = BitReader::new(&bytes, num_bits).unwrap();
        let mut reader = LayerReader::new(bits, IndexStorage::Stored, bytes.len());
        for header in &headers[..num_good] {
            reader.read_layer(header, None).unwrap();
        }
        let error = reader.read_layer(&headers[num_good], None).unwrap_err().to_string();
        assert!(error.contains("edges"), "{error}");
    }
}

#[test]
fn scales_that_no_input_has_are_errors() {
    let file = small_file(IndexStorage::Stored);
    // The scale of the first layer's inputs follows its width of 8 bits; its accumulator's width follows.
    let layer = PackedModel::of(&model(20, 3, &SMALL)).unwrap().network.layers()[0].clone();
    let field = [&[8][..], &(layer.input().exponent as i16).to_le_bytes(), &[layer.accumulator().bits as u8]];
    let field = field.concat();
    let at = file.windows(field.len()).position(|window| window == field).unwrap();
    let mut changed = file;
    changed[at + 1..at + 3].copy_from_slice(&(-130i16).to_le_bytes());
    let error = read(&sealed(changed)).unwrap_err().to_string();
    assert!(error.contains("scale"), "{error}");
}

proptest! {
    #[test]
    fn no_damage_breaks_the_reader(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        is_seed: bool,
    ) {
        let index = if is_seed { IndexStorage::Seed } else { IndexStorage::Stored };
        let mut file = small_file(index);
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Ok(model) = read(&sealed(file)) {
            model.network.reference(&vec![1; model.network.num_inputs()]);
        }
    }

    #[test]
    fn bytes_without_meaning_break_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bytes).is_err());
        let with_magic = [&super::header::MAGIC[..], &[1, 0, 0, 0], &bytes].concat();
        prop_assert!(read(&with_magic).is_err());
    }
}
