//! Where every kept weight lies in memory, and who reads it in each of the three products.

use super::{Pattern, SparseError};

/// The packed form of a pattern: the kept blocks one after another, row-major inside.
///
/// Block `j` (in the pattern's order) holds rows `block_row * block_height ..` and columns
/// `col_of_block[j] * block_width ..` of the weight matrix; the weight of output `o` and input `i` of a block
/// lies at `j * block_height * block_width + o * block_width + i`. Blocks at a ragged edge are stored whole; the
/// part beyond the edge is zero, is never read and is not counted in the bill. A block is never stored larger
/// than the layer. A layer that keeps every block is stored as a single block of the layer's own size, which is
/// the plain row-major dense matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedLayout {
    out_features: usize,
    in_features: usize,
    block_height: usize,
    block_width: usize,
    /// By output: blocks of block row `r` are `row_starts[r]..row_starts[r + 1]`.
    by_row: Links,
    /// By input: positions `col_starts[c]..col_starts[c + 1]` name the blocks of block column `c`.
    by_col: Links,
}

/// Compressed lists: who is connected to whom, through which block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Links {
    /// Start of each list; one more entry than lists.
    pub starts: Vec<u32>,
    /// The other side of the connection, ascending within a list.
    pub others: Vec<u32>,
    /// Packed block that makes the connection.
    pub blocks: Vec<u32>,
}

impl PackedLayout {
    /// The packed form of a pattern.
    pub fn of(pattern: &Pattern) -> Self {
        let structure = &pattern.structure;
        let (out_features, in_features) = (structure.out_features, structure.in_features);
        if pattern.is_dense() {
            return Self::dense(out_features, in_features);
        }
        let block = structure.inner_block();
        let by_row = Links {
            starts: pattern.row_starts.clone(),
            others: pattern.block_cols.clone(),
            blocks: (0..pattern.num_blocks() as u32).collect(),
        };
        let by_col = by_row.transposed(structure.block_cols());
        Self {
            out_features,
            in_features,
            block_height: block.min(out_features),
            block_width: block.min(in_features),
            by_row,
            by_col,
        }
    }

    /// The layout of a dense layer: one block of the layer's size.
    pub fn dense(out_features: usize, in_features: usize) -> Self {
        let single = Links { starts: vec![0, 1], others: vec![0], blocks: vec![0] };
        Self {
            out_features,
            in_features,
            block_height: out_features,
            block_width: in_features,
            by_row: single.clone(),
            by_col: single,
        }
    }

    /// Rows of the weight matrix.
    pub fn out_features(&self) -> usize {
        self.out_features
    }

    /// Columns of the weight matrix.
    pub fn in_features(&self) -> usize {
        self.in_features
    }

    /// Stored blocks.
    pub fn num_blocks(&self) -> usize {
        self.by_row.blocks.len()
    }

    /// Rows of a stored block.
    pub fn block_height(&self) -> usize {
        self.block_height
    }

    /// Columns of a stored block.
    pub fn block_width(&self) -> usize {
        self.block_width
    }

    /// Stored numbers per block, padding at ragged edges included.
    pub fn block_len(&self) -> usize {
        self.block_height * self.block_width
    }

    /// Stored numbers, padding at ragged edges included.
    pub fn packed_len(&self) -> usize {
        self.num_blocks() * self.block_len()
    }

    /// Multiply-accumulates of one sample: the kept weights.
    pub fn macs(&self) -> u64 {
        self.blocks().map(|place| (place.rows * place.cols) as u64).sum()
    }

    pub(crate) fn by_row(&self) -> &Links {
        &self.by_row
    }

    pub(crate) fn by_col(&self) -> &Links {
        &self.by_col
    }

    /// Where each stored block lies in the weight matrix, in storage order.
    pub fn blocks(&self) -> impl Iterator<Item = BlockPlace> + '_ {
        (0..self.by_row.num_lists()).flat_map(move |block_row| {
            self.by_row.range(block_row).map(move |position| {
                let row = block_row * self.block_height;
                let col = self.by_row.others[position] as usize * self.block_width;
                BlockPlace {
                    row,
                    col,
                    rows: self.block_height.min(self.out_features - row),
                    cols: self.block_width.min(self.in_features - col),
                }
            })
        })
    }

    /// Mean magnitudes of the weights of every block of `pattern`, in the pattern's order, each block cut into
    /// `cells_per_side` by `cells_per_side` equal cells, row by row; `pattern` is the one that this layout was made of,
    /// and `cells_per_side` divides its block size. Cells beyond a ragged edge are NaN; blocks that `packed` does not hold
    /// are 0.
    pub fn cell_magnitudes(&self, pattern: &Pattern, packed: &[f32], cells_per_side: usize) -> Vec<f32> {
        let side = pattern.structure.inner_block();
        let cell = (side / cells_per_side.max(1)).max(1);
        let is_merged = pattern.is_dense();
        let mut magnitudes = Vec::with_capacity(pattern.num_blocks() * cells_per_side * cells_per_side);
        let mut index = 0;
        for block_row in 0..pattern.structure.block_rows() {
            for &block_col in pattern.kept_in_row(block_row) {
                let extent = (pattern.rows_of(block_row), pattern.cols_of(block_col as usize));
                let start = match is_merged {
                    true => block_row * side * self.block_width + block_col as usize * side,
                    false => index * self.block_len(),
                };
                let block = packed.get(start..).unwrap_or(&[]);
                for at in 0..cells_per_side * cells_per_side {
                    let corner = (at / cells_per_side * cell, at % cells_per_side * cell);
                    magnitudes.push(self.mean_magnitude(block, corner, cell, extent));
                }
                index += 1;
            }
        }
        magnitudes
    }

    /// Mean magnitude of the square of side `cell` at `corner` (row, column) of a block that has `extent` rows and columns.
    fn mean_magnitude(
        &self,
        block: &[f32],
        corner: (usize, usize),
        cell: usize,
        extent: (usize, usize),
    ) -> f32 {
        let rows = extent.0.saturating_sub(corner.0).min(cell);
        let cols = extent.1.saturating_sub(corner.1).min(cell);
        if rows * cols == 0 {
            return f32::NAN;
        }
        let rows_of_cell = block.chunks(self.block_width.max(1)).skip(corner.0).take(rows);
        let sum: f32 =
            rows_of_cell.flat_map(|row| row.iter().skip(corner.1).take(cols)).map(|w| w.abs()).sum();
        sum / (rows * cols) as f32
    }

    /// The dense weight matrix, row-major `(out_features, in_features)`: for exports, pictures and tests, never on
    /// the way of training or inference.
    ///
    /// # Errors
    /// `packed` does not have [`PackedLayout::packed_len`] numbers.
    pub fn dense_from_packed(&self, packed: &[f32]) -> Result<Vec<f32>, SparseError> {
        check_len("packed weights", self.packed_len(), packed.len())?;
        let mut dense = vec![0.0; self.out_features * self.in_features];
        for (place, block) in self.blocks().zip(packed.chunks_exact(self.block_len().max(1))) {
            for row in 0..place.rows {
                let start = (place.row + row) * self.in_features + place.col;
                let source = &block[row * self.block_width..][..place.cols];
                dense[start..start + place.cols].copy_from_slice(source);
            }
        }
        Ok(dense)
    }

    /// Packed weights from a dense matrix; weights outside kept blocks are left out.
    ///
    /// # Errors
    /// `dense` does not have `out_features * in_features` numbers.
    pub fn packed_from_dense(&self, dense: &[f32]) -> Result<Vec<f32>, SparseError> {
        check_len("dense weights", self.out_features * self.in_features, dense.len())?;
        let mut packed = vec![0.0; self.packed_len()];
        for (place, block) in self.blocks().zip(packed.chunks_exact_mut(self.block_len().max(1))) {
            for row in 0..place.rows {
                let start = (place.row + row) * self.in_features + place.col;
                block[row * self.block_width..][..place.cols]
                    .copy_from_slice(&dense[start..start + place.cols]);
            }
        }
        Ok(packed)
    }
}

/// A stored block's place in the weight matrix, cut at the layer's edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockPlace {
    /// First output.
    pub row: usize,
    /// First input.
    pub col: usize,
    /// Outputs.
    pub rows: usize,
    /// Inputs.
    pub cols: usize,
}

impl Links {
    pub(crate) fn num_lists(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub(crate) fn range(&self, list: usize) -> std::ops::Range<usize> {
        self.starts[list] as usize..self.starts[list + 1] as usize
    }

    fn transposed(&self, num_lists: usize) -> Self {
        let mut starts = vec![0u32; num_lists + 1];
        for &other in &self.others {
            starts[other as usize + 1] += 1;
        }
        for list in 0..num_lists {
            starts[list + 1] += starts[list];
        }
        let mut next = starts.clone();
        let mut others = vec![0u32; self.others.len()];
        let mut blocks = vec![0u32; self.others.len()];
        for list in 0..self.num_lists() {
            for position in self.range(list) {
                let slot = &mut next[self.others[position] as usize];
                others[*slot as usize] = list as u32;
                blocks[*slot as usize] = self.blocks[position];
                *slot += 1;
            }
        }
        Self { starts, others, blocks }
    }
}

pub(crate) fn check_len(what: &'static str, expected: usize, found: usize) -> Result<(), SparseError> {
    if expected == found { Ok(()) } else { Err(SparseError::Length { what, expected, found }) }
}
