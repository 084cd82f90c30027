//! Activations in tiles of samples.
//!
//! Between layers, activations are kept as `(tiles, features, TILE)`: each tile holds [`TILE`] samples, feature
//! by feature, so that the samples of one feature lie side by side. All three products of a layer then run
//! over contiguous samples whatever the block size is, and a block's rows and columns are whole, contiguous
//! stretches of memory. The last tile is padded with zeros.

/// Samples of one tile.
pub const TILE: usize = 64;

/// Tiles that hold `batch` samples.
pub const fn num_tiles(batch: usize) -> usize {
    batch.div_ceil(TILE)
}

/// Rearranges rows `(batch, features)` into tiles `(tiles, features, TILE)`; padding becomes 0.
///
/// `tiles` must have `num_tiles(batch) * features * TILE` numbers, and `rows` `batch * features`; what does not
/// fit is left out.
pub fn tiles_from_rows(rows: &[f32], features: usize, tiles: &mut [f32]) {
    if features == 0 {
        return;
    }
    for (tile, samples) in tiles.chunks_exact_mut(features * TILE).zip(rows.chunks(features * TILE)) {
        let num_samples = samples.len() / features;
        if num_samples < TILE {
            tile.fill(0.0);
        }
        // Sixteen features at a time, so that each cache line of the source is read once.
        for first in (0..features).step_by(16) {
            let count = 16.min(features - first);
            for (lane, row) in samples.chunks_exact(features).enumerate() {
                for (offset, &value) in row[first..first + count].iter().enumerate() {
                    tile[(first + offset) * TILE + lane] = value;
                }
            }
        }
    }
}

/// Rearranges tiles `(tiles, features, TILE)` into rows `(batch, features)`; padding is dropped.
pub fn rows_from_tiles(tiles: &[f32], features: usize, rows: &mut [f32]) {
    if features == 0 {
        return;
    }
    for (tile, samples) in tiles.chunks_exact(features * TILE).zip(rows.chunks_mut(features * TILE)) {
        for first in (0..features).step_by(16) {
            let count = 16.min(features - first);
            for (lane, row) in samples.chunks_exact_mut(features).enumerate() {
                for (offset, value) in row[first..first + count].iter_mut().enumerate() {
                    *value = tile[(first + offset) * TILE + lane];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_survive_tiles_for_every_kind_of_batch() {
        for features in [1, 15, 16, 17, 40] {
            for batch in [0, 1, TILE - 1, TILE, TILE + 1, 3 * TILE] {
                let rows: Vec<f32> = (0..batch * features).map(|i| i as f32 + 1.0).collect();
                let mut tiles = vec![f32::NAN; num_tiles(batch) * features * TILE];
                tiles_from_rows(&rows, features, &mut tiles);
                let padding = tiles.iter().filter(|&&value| value == 0.0).count();
                assert_eq!(padding, (num_tiles(batch) * TILE - batch) * features);
                let mut back = vec![0.0; rows.len()];
                rows_from_tiles(&tiles, features, &mut back);
                assert_eq!(rows, back);
            }
        }
    }
}
