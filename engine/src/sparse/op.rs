//! The block-sparse layer as candle ops.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, CustomOp3, Device, Layout, Result, Shape, Storage, Tensor};

use super::activation::{Activation, gate_gradient};
use super::input_panels::InputPanels;
use super::product::{Product, bias_gradient};
use super::tiles::{TILE, num_tiles, rows_from_tiles, tile_rows, tiles_from_rows, tiles_len};

/// A fully connected layer that has kept blocks only: `y = activation(W x + bias)`.
///
/// Weights are the packed blocks, `(num_blocks, block_height, block_width)` as laid out by
/// [`super::PackedLayout`]; their gradient has the same shape. Nothing of the size of the dense matrix is formed, forward
/// or backward.
#[derive(Debug, Clone)]
pub struct BlockLinear {
    product: Arc<Product>,
}

impl BlockLinear {
    /// A layer with these products.
    pub fn new(product: Arc<Product>) -> Self {
        Self { product }
    }

    /// The products behind the layer.
    pub fn product(&self) -> &Arc<Product> {
        &self.product
    }

    /// `inputs` `(tiles, tile_rows(in_features), TILE)` to outputs `(tiles, tile_rows(out_features), TILE)`, of which the
    /// first `batch` samples count. `blocks` are the packed weights, `bias` has one number per output. f32 on the CPU.
    ///
    /// # Errors
    /// A tensor has another shape, type or device.
    pub fn forward_tiles(
        &self,
        inputs: &Tensor,
        batch: usize,
        blocks: &Tensor,
        bias: &Tensor,
        activation: Activation,
    ) -> Result<Tensor> {
        let op = BlockLinearOp { product: self.product.clone(), batch, activation };
        inputs.contiguous()?.apply_op3(&blocks.contiguous()?, &bias.contiguous()?, op)
    }

    /// `inputs` `(batch, in_features)` to outputs `(batch, out_features)`.
    ///
    /// # Errors
    /// A tensor has another shape, type or device.
    pub fn forward(
        &self,
        inputs: &Tensor,
        blocks: &Tensor,
        bias: &Tensor,
        activation: Activation,
    ) -> Result<Tensor> {
        let (batch, _) = inputs.dims2()?;
        let outputs =
            self.forward_tiles(&tiles_from_rows_tensor(inputs)?, batch, blocks, bias, activation)?;
        rows_from_tiles_tensor(&outputs, batch, self.product.layout().out_features())
    }
}

/// `(batch, features)` to `(tiles, tile_rows(features), TILE)`, with gradient; see [`super::TILE`].
///
/// # Errors
/// The tensor is not a matrix of f32 on the CPU.
pub fn tiles_from_rows_tensor(rows: &Tensor) -> Result<Tensor> {
    let (batch, features) = rows.dims2()?;
    rows.contiguous()?.apply_op1(TilesFromRows { batch, features })
}

/// `(tiles, tile_rows(features), TILE)` to the `(batch, features)` it holds, with gradient; see [`super::TILE`].
///
/// # Errors
/// The tensor is not tiles of f32 on the CPU, or holds another number of samples or features.
pub fn rows_from_tiles_tensor(tiles: &Tensor, batch: usize, features: usize) -> Result<Tensor> {
    let wanted = (num_tiles(batch), tile_rows(features), TILE);
    if tiles.dims3()? != wanted {
        candle_core::bail!(
            "{batch} samples of {features} features take {wanted:?} tiles, found {:?}",
            tiles.dims()
        );
    }
    tiles.contiguous()?.apply_op1(RowsFromTiles { batch, features })
}

struct TilesFromRows {
    batch: usize,
    features: usize,
}

impl CustomOp1 for TilesFromRows {
    fn name(&self) -> &'static str {
        "tiles-from-rows"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let num = num_tiles(self.batch);
        let mut tiles = vec![0.0; tiles_len(self.batch, self.features)];
        tiles_from_rows(contiguous_f32(storage, layout)?, self.features, &mut tiles);
        Ok((CpuStorage::F32(tiles), (num, tile_rows(self.features), TILE).into()))
    }

    fn bwd(&self, _rows: &Tensor, _tiles: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(rows_from_tiles_tensor(grad, self.batch, self.features)?))
    }
}

struct RowsFromTiles {
    batch: usize,
    features: usize,
}

impl CustomOp1 for RowsFromTiles {
    fn name(&self) -> &'static str {
        "rows-from-tiles"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut rows = vec![0.0; self.batch * self.features];
        rows_from_tiles(contiguous_f32(storage, layout)?, self.features, &mut rows);
        Ok((CpuStorage::F32(rows), (self.batch, self.features).into()))
    }

    fn bwd(&self, _tiles: &Tensor, _rows: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(tiles_from_rows_tensor(grad)?))
    }
}

struct BlockLinearOp {
    product: Arc<Product>,
    batch: usize,
    activation: Activation,
}

impl CustomOp3 for BlockLinearOp {
    fn name(&self) -> &'static str {
        "block-linear"
    }

    fn cpu_fwd(
        &self,
        inputs: &CpuStorage,
        inputs_layout: &Layout,
        blocks: &CpuStorage,
        blocks_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let outs = self.product.layout().out_features();
        let num = num_tiles(self.batch);
        let mut outputs = vec![0.0; tiles_len(self.batch, outs)];
        self.product
            .forward(
                contiguous_f32(blocks, blocks_layout)?,
                contiguous_f32(bias, bias_layout)?,
                contiguous_f32(inputs, inputs_layout)?,
                self.batch,
                self.activation,
                &mut outputs,
            )
            .map_err(candle_core::Error::wrap)?;
        Ok((CpuStorage::F32(outputs), (num, tile_rows(outs), TILE).into()))
    }

    fn bwd(
        &self,
        inputs: &Tensor,
        blocks: &Tensor,
        bias: &Tensor,
        outputs: &Tensor,
        grad_outputs: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let mut grads = vec_from_tensor(grad_outputs)?;
        if let Some(scale) = self.activation.gate_scale() {
            with_f32(outputs, |outputs| gate_gradient(&mut grads, outputs, scale))?;
        }
        let wrap = candle_core::Error::wrap;
        let input_grads = if inputs.track_op() {
            let mut input_grads = vec![0.0; inputs.elem_count()];
            with_f32(blocks, |blocks| {
                self.product.input_gradient(blocks, &grads, self.batch, None, &mut input_grads)
            })?
            .map_err(wrap)?;
            Some(Tensor::from_vec(input_grads, inputs.shape(), &Device::Cpu)?)
        } else {
            None
        };
        let mut block_grads = vec![0.0; blocks.elem_count()];
        let mut panels = InputPanels::default();
        with_f32(inputs, |inputs| {
            self.product.block_gradient(&grads, inputs, self.batch, &mut panels, &mut block_grads)
        })?
        .map_err(wrap)?;
        let mut bias_grads = vec![0.0; bias.elem_count()];
        bias_gradient(&grads, self.batch, &mut bias_grads).map_err(wrap)?;
        Ok((
            input_grads,
            Some(Tensor::from_vec(block_grads, blocks.shape(), &Device::Cpu)?),
            Some(Tensor::from_vec(bias_grads, bias.shape(), &Device::Cpu)?),
        ))
    }
}

/// The numbers of a contiguous f32 tensor.
pub(crate) fn contiguous_f32<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        _ => candle_core::bail!("expected contiguous f32 numbers on the CPU"),
    }
}

/// Lends the numbers of a contiguous f32 tensor on the CPU.
pub(crate) fn with_f32<R>(tensor: &Tensor, read: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => Ok(read(contiguous_f32(storage, layout)?)),
        _ => candle_core::bail!("expected a tensor on the CPU"),
    }
}

/// A copy of the numbers of an f32 tensor, in row-major order.
pub(crate) fn vec_from_tensor(tensor: &Tensor) -> Result<Vec<f32>> {
    with_f32(&tensor.contiguous()?, <[f32]>::to_vec)
}
