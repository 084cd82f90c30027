//! Drawing patterns: which blocks are kept.
//!
//! The rule is the published one (the authors' training code; `docs` of [`Level::kept_per_row`] for the
//! rounding): every block row keeps `K` of its `C` block columns; inside each kept block the next level is
//! drawn the same way, afresh. One generator, seeded with the layer's seed, serves the whole layer: level by
//! level, kept blocks in order of row, then column, rows from top to bottom. A row that keeps every column
//! draws nothing.

use super::random::Random;
use super::{LayerStructure, Level, Pattern, SparseError};
use crate::settings::Selection;

impl Pattern {
    /// Draws the kept blocks of a layer.
    ///
    /// `live_inputs` tells which inputs carry signal (`None`: all do); only connected selection looks at it.
    ///
    /// # Errors
    /// See [`LayerStructure::check`]; or `live_inputs` is not one flag per input.
    pub fn draw(structure: LayerStructure, live_inputs: Option<&[bool]>) -> Result<Self, SparseError> {
        structure.check()?;
        if let Some(live) = live_inputs
            && live.len() != structure.in_features
        {
            return Err(SparseError::Structure(format!(
                "the layer has {} inputs, but {} are said to carry signal or not",
                structure.in_features,
                live.len()
            )));
        }
        let mut random = Random::new(structure.seed);
        let mut kept_by_level: Vec<Vec<(u32, u32)>> = Vec::new();
        let whole = Region { row: 0, col: 0, rows: structure.out_features, cols: structure.in_features };
        let mut regions = vec![whole];
        for level in &structure.levels {
            let mut drawer = Drawer::new(&structure, *level, live_inputs);
            for region in &regions {
                drawer.draw_region(region, &mut random);
            }
            let mut kept = drawer.kept;
            kept.sort_unstable();
            regions = kept.iter().map(|&block| Region::of_block(&structure, level.block, block)).collect();
            kept_by_level.push(kept);
        }
        Self::from_kept(structure, kept_by_level)
    }
}

/// A rectangle of weights inside which blocks are drawn; its corner lies on the grid of the blocks.
struct Region {
    row: usize,
    col: usize,
    rows: usize,
    cols: usize,
}

impl Region {
    fn of_block(structure: &LayerStructure, block: usize, (block_row, block_col): (u32, u32)) -> Self {
        let (row, col) = (block_row as usize * block, block_col as usize * block);
        Self {
            row,
            col,
            rows: block.min(structure.out_features - row),
            cols: block.min(structure.in_features - col),
        }
    }
}

/// Draws all regions of one level.
struct Drawer {
    level: Level,
    selection: Selection,
    /// Per block column of the layer: whether it carries signal, and how many block rows read it so far.
    is_live: Vec<bool>,
    num_uses: Vec<u32>,
    /// Block columns of the region at hand; any order will do as the start of a draw.
    columns: Vec<u32>,
    kept: Vec<(u32, u32)>,
}

impl Drawer {
    fn new(structure: &LayerStructure, level: Level, live_inputs: Option<&[bool]>) -> Self {
        let block_cols = structure.in_features.div_ceil(level.block);
        let is_live = match live_inputs {
            Some(live) => live.chunks(level.block).map(|inputs| inputs.contains(&true)).collect(),
            None => vec![true; block_cols],
        };
        Self {
            level,
            selection: structure.selection,
            is_live,
            num_uses: vec![0; block_cols],
            columns: Vec::new(),
            kept: Vec::new(),
        }
    }

    fn draw_region(&mut self, region: &Region, random: &mut Random) {
        let block = self.level.block;
        let (first_row, first_col) = (region.row / block, (region.col / block) as u32);
        let (num_rows, num_cols) = (region.rows.div_ceil(block), region.cols.div_ceil(block));
        self.columns.clear();
        self.columns.extend(first_col..first_col + num_cols as u32);
        for row in first_row..first_row + num_rows {
            let row = row as u32;
            match self.selection {
                Selection::Independent => self.draw_independent(row, random),
                Selection::Balanced => self.draw_balanced(row, random),
                Selection::Connected => self.draw_connected(row, random),
            }
        }
    }

    fn draw_independent(&mut self, row: u32, random: &mut Random) {
        for i in 0..self.columns.len() {
            // Nothing is drawn for certain outcomes, so that p = 0 and p = 1 hold exactly.
            let is_kept = self.level.drop <= 0.0 || self.level.drop < 1.0 && random.unit() >= self.level.drop;
            if is_kept {
                self.kept.push((row, self.columns[i]));
            }
        }
    }

    fn draw_balanced(&mut self, row: u32, random: &mut Random) {
        let count = self.level.kept_per_row(self.columns.len());
        if count < self.columns.len() {
            random.draw_to_front(&mut self.columns, count);
        }
        self.kept.extend(self.columns[..count].iter().map(|&col| (row, col)));
    }

    /// Columns that carry signal before those that do not, least used first, ties in random order.
    fn draw_connected(&mut self, row: u32, random: &mut Random) {
        let count = self.level.kept_per_row(self.columns.len());
        if count < self.columns.len() {
            let all = self.columns.len();
            random.draw_to_front(&mut self.columns, all);
            let mut ranked: Vec<(bool, u32, u32, u32)> = self
                .columns
                .iter()
                .zip(0u32..)
                .map(|(&col, order)| (!self.is_live[col as usize], self.num_uses[col as usize], order, col))
                .collect();
            // The order makes every rank different, so the set picked does not depend on the algorithm.
            ranked.select_nth_unstable(count - 1);
            for (slot, &(_, _, _, col)) in self.columns.iter_mut().zip(&ranked) {
                *slot = col;
            }
            self.columns[..count].sort_unstable();
            self.columns[count..].sort_unstable();
        }
        for &col in &self.columns[..count] {
            self.num_uses[col as usize] += 1;
            self.kept.push((row, col));
        }
    }
}
