//! `model-bsr.safetensors`: the kept blocks as PyTorch's block-sparse rows.
//!
//! | tensor | shape | content |
//! |---|---|---|
//! | `layers.N.crow_indices` | (block rows + 1,) i64 | where each block row begins among the kept blocks |
//! | `layers.N.col_indices` | (kept blocks,) i64 | block column of each, ascending within a row |
//! | `layers.N.values` | (kept blocks, b, b) f32 | values of the weight codes, or the weights where they are floats |
//! | `layers.N.bias` | (outputs,) f32 | biases |
//! | `normaliser.mean`, `normaliser.inv_std` | (inputs,) f32 | a network input is `(x - mean) * inv_std` |
//!
//! `torch.sparse_bsr_tensor(crow_indices, col_indices, values, size)` takes them as they are. It wants whole blocks, so
//! `size` is `padded_shape` of the metadata: blocks at the layer's edges are filled up with zeros, and so must be the
//! inputs; outputs beyond `shape` are 0. With several levels the blocks are the innermost ones. The metadata is one text,
//! `coarsegrain`: a JSON object with `format` (`coarsegrain-bsr`), `version`, `labels`, `features` and `layers`.

use safetensors::tensor::Dtype;

use super::values::{About, dense_values, json};
use super::{ExportError, Files, OutFile};
use crate::model::tensors::{self, NamedTensor, floats, shaped};
use crate::model::{LayerPlan, LayerWeights, ModelError, StoredModel};
use crate::sparse::Pattern;

/// Name of the file.
pub const FILE_NAME: &str = "model-bsr.safetensors";

/// The block-sparse tensors of a model.
///
/// # Errors
/// The model's parts do not fit each other.
pub fn files(model: &StoredModel) -> Result<Files, ExportError> {
    let mut tensors = Vec::new();
    for (index, (layer, weights)) in model.plan.layers.iter().zip(&model.weights).enumerate() {
        tensors.extend(layer_tensors(index, layer, weights)?);
    }
    tensors.push(floats("normaliser.mean", &model.normaliser.mean));
    tensors.push(floats("normaliser.inv_std", &model.normaliser.inv_std));
    let content = tensors::to_bytes(&tensors, json(&About::of(model, "coarsegrain-bsr"))?)?;
    let notes = vec![
        "weight of layer N in Python: torch.sparse_bsr_tensor(t['layers.N.crow_indices'], t['layers.N.col_indices'], t['layers.N.values'], size=padded_shape), with t = safetensors.torch.load_file(...)".into(),
        "shape and padded_shape of each layer are in the metadata `coarsegrain`; weights are the values of their codes, activations are floats".into(),
    ];
    Ok(Files { files: vec![OutFile { name: FILE_NAME.into(), content }], notes, ..Files::default() })
}

fn indices(name: String, values: &[u32]) -> NamedTensor {
    let bytes = values.iter().flat_map(|&value| i64::from(value).to_le_bytes()).collect();
    (name, Dtype::I64, vec![values.len()], bytes)
}

fn layer_tensors(
    index: usize,
    layer: &LayerPlan,
    weights: &LayerWeights,
) -> Result<[NamedTensor; 4], ModelError> {
    let pattern = &layer.pattern;
    let block = pattern.structure.inner_block();
    let values = whole_blocks(pattern, &dense_values(layer, weights)?);
    Ok([
        indices(format!("layers.{index}.crow_indices"), &pattern.row_starts),
        indices(format!("layers.{index}.col_indices"), &pattern.block_cols),
        shaped(format!("layers.{index}.values"), vec![pattern.num_blocks(), block, block], &values),
        floats(format!("layers.{index}.bias"), &weights.bias),
    ])
}

/// The kept blocks of a dense matrix, filled up with zeros beyond its edges.
fn whole_blocks(pattern: &Pattern, dense: &[f32]) -> Vec<f32> {
    let (block, in_features) = (pattern.structure.inner_block(), pattern.structure.in_features);
    let mut values = vec![0.0; pattern.num_blocks() * block * block];
    let mut tiles = values.chunks_exact_mut(block * block);
    for block_row in 0..pattern.structure.block_rows() {
        for (&block_col, tile) in pattern.kept_in_row(block_row).iter().zip(&mut tiles) {
            let cols = pattern.cols_of(block_col as usize);
            for row in 0..pattern.rows_of(block_row) {
                let first = (block_row * block + row) * in_features + block_col as usize * block;
                tile[row * block..][..cols].copy_from_slice(&dense[first..first + cols]);
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::*;
    use crate::fixed::testing::model;

    #[test]
    fn blocks_put_back_in_their_places_are_the_weights() {
        for settings in [
            &[("sparsity.block", "16"), ("sparsity.drop", "0.5")][..],
            &[("sparsity.drop", "0"), ("quant.weight_bits", "32")],
            &[("sparsity.block", "[24, 4]"), ("sparsity.drop", "[0.5, 0.25]")],
        ] {
            let model = model(75, 9, settings);
            let content = files(&model).unwrap().files.remove(0).content;
            let tensors = SafeTensors::deserialize(&content).unwrap();
            for (index, (layer, weights)) in model.plan.layers.iter().zip(&model.weights).enumerate() {
                let tensor = |name: &str| tensors.tensor(&format!("layers.{index}.{name}")).unwrap();
                let whole = |name: &str| -> Vec<i64> {
                    let words = tensor(name).data().as_chunks::<8>().0;
                    words.iter().map(|word| i64::from_le_bytes(*word)).collect()
                };
                let (starts, cols) = (whole("crow_indices"), whole("col_indices"));
                let about = super::super::values::AboutLayer::of(layer);
                let about: serde_json::Value = serde_json::from_str(&json(&about).unwrap()).unwrap();
                let block = about["block"].as_u64().unwrap() as usize;
                let padded_cols = about["padded_shape"][1].as_u64().unwrap() as usize;
                let padded_rows = about["padded_shape"][0].as_u64().unwrap() as usize;
                assert_eq!(tensor("values").shape(), [cols.len(), block, block]);
                assert_eq!(starts.len(), padded_rows / block + 1);
                let values = tensor("values").data().as_chunks::<4>().0;
                let mut padded = vec![0.0f32; padded_rows * padded_cols];
                for row in 0..starts.len() - 1 {
                    for at in starts[row] as usize..starts[row + 1] as usize {
                        for (i, value) in values[at * block * block..][..block * block].iter().enumerate() {
                            let place = (row * block + i / block) * padded_cols
                                + cols[at] as usize * block
                                + i % block;
                            padded[place] = f32::from_le_bytes(*value);
                        }
                    }
                }
                let (rows, cols) =
                    (layer.pattern.structure.out_features, layer.pattern.structure.in_features);
                let dense = dense_values(layer, weights).unwrap();
                for (place, &value) in padded.iter().enumerate() {
                    let (row, col) = (place / padded_cols, place % padded_cols);
                    let wanted = if row < rows && col < cols { dense[row * cols + col] } else { 0.0 };
                    assert_eq!(value, wanted, "{settings:?} layer {index} row {row} column {col}");
                }
            }
        }
    }
}
