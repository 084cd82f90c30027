//! The block index of a layer: which blocks its levels keep, in as many bits as the bill counts.

use crate::export::bits::{BitReader, BitWriter};
use crate::memory::IndexFields;
use crate::settings::Selection;
use crate::sparse::{LayerStructure, Pattern, choices};

/// A rectangle of blocks of one level, from which each of its block rows keeps some.
#[derive(Debug, Clone, Copy)]
struct Region {
    first_row: usize,
    first_col: usize,
    num_rows: usize,
    num_cols: usize,
}

/// The regions of level `index`: the layer, or the blocks that the level around it keeps, in their order.
fn regions(structure: &LayerStructure, index: usize, outer: &[(u32, u32)]) -> Vec<Region> {
    let block = structure.levels[index].block;
    let all_rows = structure.out_features.div_ceil(block);
    let all_cols = structure.in_features.div_ceil(block);
    if index == 0 {
        return vec![Region { first_row: 0, first_col: 0, num_rows: all_rows, num_cols: all_cols }];
    }
    let side = structure.levels[index - 1].block / block;
    let region = |&(row, col): &(u32, u32)| {
        let (first_row, first_col) = (row as usize * side, col as usize * side);
        let num_rows = side.min(all_rows.saturating_sub(first_row));
        let num_cols = side.min(all_cols.saturating_sub(first_col));
        Region { first_row, first_col, num_rows, num_cols }
    };
    outer.iter().map(region).collect()
}

/// Blocks that a block row of a region of `cols` block columns keeps; `None` where that varies.
fn fixed_count(structure: &LayerStructure, index: usize, cols: usize) -> Option<usize> {
    let level = structure.levels[index];
    match structure.selection {
        Selection::Independent => (level.drop <= 0.0).then_some(cols),
        Selection::Balanced | Selection::Connected => Some(level.kept_per_row(cols)),
    }
}

/// Writes the index of a pattern; `None` where it is not one that its selection rule could draw.
pub fn write_index(pattern: &Pattern, writer: &mut BitWriter) -> Option<()> {
    let structure = &pattern.structure;
    let mut outer: &[(u32, u32)] = &[];
    for (index, kept) in pattern.kept_by_level.iter().enumerate() {
        let fields = IndexFields::of(structure, index);
        for region in regions(structure, index, outer) {
            let num_rows = fields.map_or(region.num_rows, |fields| fields.rows);
            for row in 0..num_rows {
                let cols = cols_in(kept, &region, row);
                let num_cols = if row < region.num_rows { region.num_cols } else { 0 };
                if fixed_count(structure, index, num_cols).is_some_and(|count| count != cols.len()) {
                    return None;
                }
                let Some(fields) = fields else { continue };
                writer.push(cols.len() as u64, fields.count_bits);
                for &(_, col) in cols {
                    writer.push(u64::from(col) - region.first_col as u64, fields.col_bits);
                }
            }
        }
        outer = kept;
    }
    Some(())
}

/// The kept blocks of a block row of a region.
fn cols_in<'a>(kept: &'a [(u32, u32)], region: &Region, row: usize) -> &'a [(u32, u32)] {
    if row >= region.num_rows {
        return &[];
    }
    let row = (region.first_row + row) as u32;
    let at = |col: usize| kept.partition_point(|&block| block < (row, col as u32));
    &kept[at(region.first_col)..at(region.first_col + region.num_cols)]
}

/// Reads the index of a layer.
///
/// Every kept block comes with a bit at least, of the index or of a weight in it, so what is allocated follows the bits that
/// are there, whatever the structure claims.
///
/// # Errors
/// What does not fit, as the end of a sentence.
pub fn read_index(structure: LayerStructure, reader: &mut BitReader<'_>) -> Result<Pattern, String> {
    structure.check().map_err(|error| error.to_string())?;
    let mut kept_by_level: Vec<Vec<(u32, u32)>> = Vec::with_capacity(structure.levels.len());
    for index in 0..structure.levels.len() {
        let outer = kept_by_level.last().map_or(&[][..], Vec::as_slice);
        let regions = regions(&structure, index, outer);
        let mut kept = match IndexFields::of(&structure, index) {
            Some(fields) => read_level(&structure, index, fields, &regions, reader)?,
            None => every_block(&regions, reader.num_left())?,
        };
        kept.sort_unstable();
        kept_by_level.push(kept);
    }
    Pattern::from_kept(structure, kept_by_level).map_err(|error| error.to_string())
}

fn every_block(regions: &[Region], num_left: u64) -> Result<Vec<(u32, u32)>, String> {
    let count: u64 = regions.iter().map(|region| region.num_rows as u64 * region.num_cols as u64).sum();
    if count > num_left {
        return Err(cut());
    }
    let blocks = regions.iter().flat_map(|region| {
        let cols = region.first_col..region.first_col + region.num_cols;
        let rows = region.first_row..region.first_row + region.num_rows;
        rows.flat_map(move |row| cols.clone().map(move |col| (row as u32, col as u32)))
    });
    Ok(blocks.collect())
}

fn read_level(
    structure: &LayerStructure,
    index: usize,
    fields: IndexFields,
    regions: &[Region],
    reader: &mut BitReader<'_>,
) -> Result<Vec<(u32, u32)>, String> {
    let mut kept = Vec::new();
    for region in regions {
        for row in 0..fields.rows {
            let num_cols = if row < region.num_rows { region.num_cols } else { 0 };
            let counted = reader.take(fields.count_bits).ok_or_else(cut)? as usize;
            let count = fixed_count(structure, index, num_cols).unwrap_or(counted);
            if count > num_cols {
                return Err(format!("a block row keeps {count} of {num_cols} blocks"));
            }
            let mut next = 0;
            for _ in 0..count {
                let col = reader.take(fields.col_bits).ok_or_else(cut)? as usize;
                if col < next || col >= num_cols {
                    return Err("the kept blocks of a row are not in order".into());
                }
                next = col + 1;
                kept.push(((region.first_row + row) as u32, (region.first_col + col) as u32));
            }
        }
    }
    Ok(kept)
}

fn cut() -> String {
    "it ends before its layers do".into()
}

/// Draws the pattern of a layer again from its seed.
///
/// # Errors
/// As [`read_index`]: the structure cannot be met, or keeps more blocks than there are bits for their weights.
pub fn draw_again(
    structure: LayerStructure,
    live_inputs: Option<&[bool]>,
    num_left: u64,
) -> Result<Pattern, String> {
    structure.check().map_err(|error| error.to_string())?;
    let mut density = 1.0;
    for (index, level) in structure.levels.iter().enumerate() {
        let cols = choices(&structure, index);
        density *= match structure.selection {
            Selection::Independent => 1.0 - level.drop,
            Selection::Balanced | Selection::Connected => level.kept_per_row(cols) as f64 / cols as f64,
        };
        let rows = structure.out_features.div_ceil(level.block) as f64;
        let cols = structure.in_features.div_ceil(level.block) as f64;
        // Chance and ragged edges make more of it, but not so much more.
        if density * rows * cols > 4.0 * num_left as f64 + 1024.0 {
            return Err(cut());
        }
    }
    Pattern::draw(structure, live_inputs).map_err(|error| error.to_string())
}
