//! Activations in tiles of samples.
//!
//! Between layers, activations are kept as `(tiles, tile_rows(features), TILE)`: each tile holds [`TILE`] samples,
//! feature by feature, so that the samples of one feature lie side by side. All three products of a layer then run
//! over contiguous samples whatever the block size is, and a block's rows and columns are whole, contiguous
//! stretches of memory. The last tile is padded with zeros. Where the number of features is even, one unused row ends
//! each tile: tiles a power of two apart would fight for the same places of the caches.

use rayon::prelude::*;

use super::kernels::{Instructions, TransposeTask, transpose};

/// Samples of one tile.
pub const TILE: usize = 64;

/// Tiles that hold `batch` samples.
pub const fn num_tiles(batch: usize) -> usize {
    batch.div_ceil(TILE)
}

/// Rows of one tile: the features, made odd.
pub const fn tile_rows(features: usize) -> usize {
    features | 1
}

/// Numbers of one tile.
pub const fn tile_len(features: usize) -> usize {
    tile_rows(features) * TILE
}

/// Numbers of the tiles that hold `batch` samples.
pub const fn tiles_len(batch: usize, features: usize) -> usize {
    num_tiles(batch) * tile_len(features)
}

/// Tiles that begin at a cache line and grow without losing their place; their content is undefined after growing.
///
/// Vector registers as wide as a cache line are loaded at half speed where they straddle two.
#[derive(Debug, Clone, Default)]
pub struct TileBuffer {
    storage: Vec<f32>,
    start: usize,
    len: usize,
}

impl TileBuffer {
    /// Makes this `len` numbers long.
    pub fn resize(&mut self, len: usize) {
        const LINE: usize = 64 / size_of::<f32>();
        if self.storage.len() < len + LINE {
            self.storage = vec![0.0; len + LINE];
            // An offset that cannot be found only costs speed.
            self.start = self.storage.as_ptr().align_offset(64).min(LINE);
        }
        self.len = len;
    }

    /// The numbers.
    pub fn as_slice(&self) -> &[f32] {
        &self.storage[self.start..self.start + self.len]
    }

    /// The numbers, for writing.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.storage[self.start..self.start + self.len]
    }
}

/// Rearranges rows `(batch, features)` into tiles; padding becomes 0.
///
/// `tiles` must have [`tiles_len`] numbers, and `rows` `batch * features`; what does not
/// fit is left out.
pub fn tiles_from_rows(rows: &[f32], features: usize, tiles: &mut [f32]) {
    if features == 0 {
        return;
    }
    let tiles = tiles.par_chunks_exact_mut(tile_len(features));
    tiles.zip(rows.par_chunks(features * TILE)).for_each(|(tile, samples)| {
        let num_samples = samples.len() / features;
        if num_samples < TILE {
            tile.fill(0.0);
        }
        let task = TransposeTask::new(samples, features, (num_samples, features), TILE);
        transpose(Instructions::best(), &task, tile);
    });
}

/// Rearranges tiles into rows `(batch, features)`; padding is dropped.
pub fn rows_from_tiles(tiles: &[f32], features: usize, rows: &mut [f32]) {
    if features == 0 {
        return;
    }
    let tiles = tiles.par_chunks_exact(tile_len(features));
    tiles.zip(rows.par_chunks_mut(features * TILE)).for_each(|(tile, samples)| {
        let task = TransposeTask::new(tile, TILE, (features, samples.len() / features), features);
        transpose(Instructions::best(), &task, samples);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_survive_tiles_for_every_kind_of_batch() {
        for features in [1, 15, 16, 17, 40] {
            for batch in [0, 1, TILE - 1, TILE, TILE + 1, 3 * TILE] {
                let rows: Vec<f32> = (0..batch * features).map(|i| i as f32 + 1.0).collect();
                let mut tiles = vec![f32::NAN; tiles_len(batch, features)];
                tiles_from_rows(&rows, features, &mut tiles);
                let in_tile = |index: usize| index % tile_len(features) / TILE < features;
                let padding = tiles
                    .iter()
                    .enumerate()
                    .filter(|(index, value)| in_tile(*index) && **value == 0.0)
                    .count();
                assert_eq!(padding, (num_tiles(batch) * TILE - batch) * features);
                let mut back = vec![0.0; rows.len()];
                rows_from_tiles(&tiles, features, &mut back);
                assert_eq!(rows, back);
            }
        }
    }
}
