//! The payload: per layer its block index, its weight codes and its biases.

use std::sync::Arc;

use super::header::{LayerHeader, damaged};
use super::index::{draw_again, read_index, write_index};
use crate::export::bits::{BitReader, BitWriter};
use crate::export::{ExportError, IndexStorage};
use crate::fixed::{ActivationFormat, FixedLayer};
use crate::quant::Codes;
use crate::sparse::Pattern;

/// Numbers that the layers of a file may take in memory together, per byte of the file: eight weights of one bit, and the
/// rest of blocks that are cut at a layer's edges.
const NUMBERS_PER_BYTE: u64 = 64;
/// As many more for files that hold next to nothing.
const FEW_NUMBERS: u64 = 1 << 18;

/// Writes a layer; `None` where its pattern is not one that its selection rule could draw.
pub fn write_layer(layer: &FixedLayer, index: IndexStorage, writer: &mut BitWriter) -> Option<()> {
    if index == IndexStorage::Stored {
        write_index(layer.pattern(), writer)?;
    }
    let quantiser = layer.codes().quantiser;
    let codes = Codes { quantiser, levels: layer.levels_by_block() };
    for word in codes.words() {
        writer.push(u64::from(word), quantiser.bits());
    }
    for &bias in layer.bias() {
        writer.push(bias as u64, layer.accumulator().bits);
    }
    Some(())
}

/// Reads layers one after the other.
#[derive(Debug)]
pub struct LayerReader<'a> {
    reader: BitReader<'a>,
    index: IndexStorage,
    /// Numbers that the layers to come may take in memory.
    numbers_left: u64,
    /// Which outputs of the layer before carry signal; connected selection looks at it.
    live: Option<Vec<bool>>,
}

impl<'a> LayerReader<'a> {
    /// Reads the layers of a file of `file_len` bytes.
    pub fn new(reader: BitReader<'a>, index: IndexStorage, file_len: usize) -> Self {
        let numbers_left = NUMBERS_PER_BYTE * file_len as u64 + FEW_NUMBERS;
        Self { reader, index, numbers_left, live: None }
    }

    /// Whether every bit was read.
    pub fn is_over(&self) -> bool {
        self.reader.num_left() == 0
    }

    /// The next layer.
    pub fn read_layer(
        &mut self,
        header: &LayerHeader,
        output: Option<ActivationFormat>,
    ) -> Result<FixedLayer, ExportError> {
        let name = &header.name;
        let wrong = |what: String| ExportError::Damaged(format!("layer `{name}`: {what}"));
        let pattern = self.read_pattern(header).map_err(wrong)?;
        let levels = self.read_levels(header, &pattern).map_err(wrong)?;
        let out_features = pattern.structure.out_features;
        let bias = (0..out_features).map_while(|_| self.read_signed(header.accumulator_bits)).collect();
        let codes = Codes { quantiser: header.quantiser, levels };
        let layer =
            FixedLayer::from_codes(name.clone(), Arc::new(pattern), codes, bias, header.input, output)
                .ok_or_else(|| wrong("its biases or scales do not hold".into()))?;
        if layer.accumulator().bits != header.accumulator_bits {
            return damaged(format!(
                "layer `{name}` has accumulators of {} bits, not {}",
                layer.accumulator().bits,
                header.accumulator_bits
            ));
        }
        Ok(layer)
    }

    fn read_pattern(&mut self, header: &LayerHeader) -> Result<Pattern, String> {
        let structure = header.structure.clone();
        let biases = structure.out_features as u64 * u64::from(header.accumulator_bits);
        if biases > self.reader.num_left() {
            return Err("it ends before its biases do".into());
        }
        let pattern = match self.index {
            IndexStorage::Stored => read_index(structure, &mut self.reader)?,
            IndexStorage::Seed => draw_again(structure, self.live.as_deref(), self.reader.num_left())?,
        };
        self.live = Some(pattern.connectivity(self.live.as_deref()).live_outputs);
        Ok(pattern)
    }

    /// Levels in packed order.
    fn read_levels(&mut self, header: &LayerHeader, pattern: &Pattern) -> Result<Vec<i32>, String> {
        let (count, bits) = (pattern.kept_weights(), header.quantiser.bits());
        if count.saturating_mul(u64::from(bits)) > self.reader.num_left() {
            return Err("it ends before its weights do".into());
        }
        if !pattern.is_dense() {
            let structure = &pattern.structure;
            let block = structure.inner_block();
            let block_len =
                block.min(structure.out_features) as u64 * block.min(structure.in_features) as u64;
            let numbers = (pattern.num_blocks() as u64).saturating_mul(block_len);
            let left = self.numbers_left.checked_sub(numbers);
            self.numbers_left = left.ok_or("its blocks lie almost wholly beyond its edges")?;
        }
        let words: Vec<u32> =
            (0..count).map_while(|_| self.reader.take(bits)).map(|word| word as u32).collect();
        let codes =
            Codes::from_words(header.quantiser, &words).ok_or("a weight has a code without meaning")?;
        FixedLayer::packed_from_blocks(pattern, &codes.levels).ok_or_else(|| "weights are missing".into())
    }

    fn read_signed(&mut self, bits: u32) -> Option<i64> {
        let unused = i64::BITS - bits;
        self.reader.take(bits).map(|word| (word << unused) as i64 >> unused)
    }
}
