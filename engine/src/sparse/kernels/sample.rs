//! The product of one sample: what a live stream computes.
//!
//! Outputs lie along the registers, and weights in [panels](crate::sparse::weight_panels) that are read from front to
//! back, each once. An output adds its products in the same order as in a tile, with the same operations: its bits are
//! those that it has in any batch.
//!
//! Unsafe because of raw pointers in the innermost loop. The argument: [`SampleTask`] is only made by a checking
//! constructor, which holds every slice against the sizes of the layout; a layout's links name only blocks and columns
//! that exist. All offsets below are sums of such in-range parts.

use super::lanes::Lanes;
use crate::sparse::PackedLayout;
use crate::sparse::activation::Activation;
use crate::sparse::weight_panels::{MOST_ROWS, PanelOrder};

/// A layer and one sample of its inputs.
pub(crate) struct SampleTask<'a> {
    layout: &'a PackedLayout,
    order: PanelOrder,
    weights: &'a [f32],
    bias: &'a [f32],
    inputs: &'a [f32],
    activation: Activation,
}

impl<'a> SampleTask<'a> {
    /// All outputs of a layer, whose weights lie in panels, for one sample; nothing is silenced.
    ///
    /// # Panics
    /// A slice has the wrong length: an error of the calling code.
    pub(crate) fn new(
        (layout, order): (&'a PackedLayout, PanelOrder),
        (weights, bias): (&'a [f32], &'a [f32]),
        inputs: &'a [f32],
        activation: Activation,
    ) -> Self {
        assert!(weights.len() == layout.num_blocks() * order.block_len(), "panels of weights");
        assert!(bias.len() == layout.out_features(), "biases");
        assert!(inputs.len() == layout.in_features(), "inputs");
        Self { layout, order, weights, bias, inputs, activation }
    }

    /// Rows of a panel.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn panel_height(&self) -> usize {
        self.order.height()
    }
}

/// Computes all outputs of `task`.
///
/// # Safety
/// The processor has the instructions of `V`, whose registers are no longer than a panel is high.
#[inline(always)]
pub(super) unsafe fn multiply_sample<V: Lanes>(task: &SampleTask<'_>, outputs: &mut [f32]) {
    let height = task.layout.block_height();
    assert!(outputs.len() == task.bias.len() && task.order.height().is_multiple_of(V::LEN), "outputs");
    for (block_row, outputs) in outputs.chunks_mut(height).enumerate() {
        for (panel, outputs) in outputs.chunks_mut(task.order.height()).enumerate() {
            let mut sums = [0.0f32; MOST_ROWS];
            // SAFETY: the caller's promise; block row and panel exist.
            unsafe { multiply_panel::<V>(task, block_row, panel, outputs.len(), &mut sums) };
            let first = block_row * height + panel * task.order.height();
            let bias = &task.bias[first..first + outputs.len()];
            for ((output, sum), bias) in outputs.iter_mut().zip(sums).zip(bias) {
                *output = match task.activation {
                    Activation::Linear => sum + bias,
                    _ => (sum + bias).max(0.0),
                };
            }
        }
    }
}

/// The first `rows` sums of one panel of one block row.
#[inline(always)]
unsafe fn multiply_panel<V: Lanes>(
    task: &SampleTask<'_>,
    block_row: usize,
    panel: usize,
    rows: usize,
    sums: &mut [f32; MOST_ROWS],
) {
    let mut register = 0;
    let registers = rows.div_ceil(V::LEN);
    while register < registers {
        let place = Place { block_row, panel, row: register * V::LEN };
        // SAFETY: forwarded from the caller; the registers lie within the panel.
        register += unsafe {
            match registers - register {
                8.. => add_products::<V, 8>(task, &place, sums),
                4.. => add_products::<V, 4>(task, &place, sums),
                2.. => add_products::<V, 2>(task, &place, sums),
                _ => add_products::<V, 1>(task, &place, sums),
            }
        };
    }
}

/// Which rows: block row, panel of its blocks, row within the panel.
struct Place {
    block_row: usize,
    panel: usize,
    row: usize,
}

/// `COUNT` registers of outputs over all blocks of their block row; returns `COUNT`.
#[inline(always)]
unsafe fn add_products<V: Lanes, const COUNT: usize>(
    task: &SampleTask<'_>,
    place: &Place,
    sums: &mut [f32; MOST_ROWS],
) -> usize {
    let links = task.layout.by_row();
    let (width, stride) = (task.layout.block_width(), task.order.height());
    let offset = place.panel * task.order.panel_len() + place.row;
    debug_assert!(place.row + COUNT * V::LEN <= stride);
    // SAFETY: for each block, weights are read in the panel's rows `place.row..+COUNT * LEN` at depths below `width`, all
    // within the block's panels; inputs below `in_features`. The sums hold a whole panel.
    unsafe {
        let mut totals = [V::zero(); COUNT];
        for position in links.range(place.block_row) {
            let block = *links.blocks.get_unchecked(position) as usize;
            let first = *links.others.get_unchecked(position) as usize * width;
            let depth = width.min(task.inputs.len() - first);
            let mut weights = task.weights.as_ptr().add(block * task.order.block_len() + offset);
            let inputs = task.inputs.as_ptr().add(first);
            for at in 0..depth {
                let input = V::splat(*inputs.add(at));
                for (register, total) in totals.iter_mut().enumerate() {
                    *total = V::load(weights.add(register * V::LEN)).multiply_add(input, *total);
                }
                weights = weights.add(stride);
            }
        }
        for (register, total) in totals.iter().enumerate() {
            total.store(sums.as_mut_ptr().add(place.row + register * V::LEN));
        }
    }
    COUNT
}
