//! The weight magnitudes of one layer as a grid of cells: each kept block is cut into equal squares.

use engine::sparse::Pattern;

/// A layer's pattern with its magnitudes, as the engine publishes them.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    pattern: &'a Pattern,
    magnitudes: &'a [f32],
    per_side: usize,
}

impl<'a> Cells<'a> {
    /// Takes `magnitudes` as the same number of cells, a square, for every kept block.
    pub fn new(pattern: &'a Pattern, magnitudes: &'a [f32]) -> Self {
        let per_block = magnitudes.len() / pattern.num_blocks().max(1);
        Self { pattern, magnitudes, per_side: per_block.isqrt().max(1) }
    }

    /// Weights along the side of a cell.
    pub fn cell(&self) -> usize {
        (self.pattern.structure.inner_block() / self.per_side).max(1)
    }

    /// Rows and columns of the grid of cells, the dropped ones included.
    pub fn grid(&self) -> (usize, usize) {
        let structure = &self.pattern.structure;
        (structure.block_rows() * self.per_side, structure.block_cols() * self.per_side)
    }

    /// Every cell that exists, as (row, column, mean magnitude).
    pub fn iter(self) -> impl Iterator<Item = (usize, usize, f32)> + 'a {
        self.blocks().flat_map(move |(index, block_row, block_col)| {
            let cells = self.of_block(index);
            cells.iter().enumerate().filter(|(_, value)| value.is_finite()).map(move |(at, value)| {
                let row = block_row * self.per_side + at / self.per_side;
                (row, block_col * self.per_side + at % self.per_side, *value)
            })
        })
    }

    /// Every kept block, as (block row, block column, mean magnitude).
    pub fn block_means(self) -> impl Iterator<Item = (usize, usize, f32)> + 'a {
        self.blocks().filter_map(move |(index, row, col)| Some((row, col, self.block_mean(index, row, col)?)))
    }

    /// Mean magnitude of the weights of one block; cells at a ragged edge count by what they hold.
    pub fn block_mean(&self, index: usize, block_row: usize, block_col: usize) -> Option<f32> {
        let cell = self.cell();
        let (rows, cols) = (self.pattern.rows_of(block_row), self.pattern.cols_of(block_col));
        let (mut sum, mut count) = (0.0, 0.0);
        for (at, value) in self.of_block(index).iter().enumerate() {
            let height = rows.saturating_sub(at / self.per_side * cell).min(cell);
            let width = cols.saturating_sub(at % self.per_side * cell).min(cell);
            let weights = (height * width) as f32;
            if weights > 0.0 {
                sum += value * weights;
                count += weights;
            }
        }
        (count > 0.0).then_some(sum / count)
    }

    fn of_block(&self, index: usize) -> &'a [f32] {
        let per_block = self.per_side * self.per_side;
        self.magnitudes.get(index * per_block..(index + 1) * per_block).unwrap_or(&[])
    }

    fn blocks(self) -> impl Iterator<Item = (usize, usize, usize)> + 'a {
        let starts = self.pattern.row_starts.windows(2).enumerate();
        starts.flat_map(move |(row, ends)| {
            (ends[0] as usize..ends[1] as usize)
                .filter_map(move |index| Some((index, row, *self.pattern.block_cols.get(index)? as usize)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    #[test]
    fn blocks_are_cut_into_cells_and_ragged_ones_count_by_what_they_hold() {
        let config = engine::settings::Config::default();
        let run = made_up::mid_training(config).current.unwrap();
        let pattern = &run.patterns[0];
        // Two by two cells of 32 weights; the last block column of 403 inputs holds 19.
        let magnitudes: Vec<f32> =
            (0..pattern.num_blocks()).flat_map(|_| [1.0, f32::NAN, 3.0, f32::NAN]).collect();
        let cells = Cells::new(pattern, &magnitudes);
        assert_eq!((cells.per_side, cells.cell(), cells.grid()), (2, 32, (16, 14)));
        assert_eq!(cells.iter().count(), 2 * pattern.num_blocks());
        let ragged = cells.block_means().find(|(_, col, _)| *col == 6).unwrap();
        assert_eq!(ragged.2, 2.0);
        let plain = vec![0.5; pattern.num_blocks()];
        assert_eq!(Cells::new(pattern, &plain).per_side, 1);
        assert!(Cells::new(pattern, &plain).block_means().all(|(.., mean)| mean == 0.5));
    }
}
