//! Weight codes as bytes, in the order in which they are read.

use crate::sparse::{BlockPlace, PackedLayout};

/// Rows whose weights lie side by side.
pub(super) const GROUP: usize = 16;
/// Inputs that are multiplied in one step.
pub(super) const QUAD: usize = 4;
/// Bytes behind the last input that may be read, and are multiplied with zeros.
pub(crate) const INPUT_PADDING: usize = QUAD;

/// Sixteen rows of four weights: what one multiplication of the widest registers reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub(super) struct Line(pub [i8; GROUP * QUAD]);

/// The byte codes of a layer.
///
/// A block row is cut into strips of up to four groups of sixteen rows. A strip runs over the kept blocks of its block
/// row, and over quads of four inputs within each; for each quad it holds one line per group. Rows and inputs beyond a
/// block's edge are zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BytePanels {
    lines: Vec<Line>,
    strips: Vec<Strip>,
    /// First input and number of quads of each block, strip after strip.
    blocks: Vec<BlockQuads>,
    out_features: usize,
    in_features: usize,
    largest_weight: u8,
}

/// Rows that are summed up together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Strip {
    /// First output.
    pub row: usize,
    /// Outputs.
    pub rows: usize,
    /// Groups of rows: 1, 2 or 4.
    pub groups: usize,
    /// First line.
    pub line: usize,
    /// First and end of its entries among the blocks.
    pub blocks: (usize, usize),
}

/// Inputs of one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockQuads {
    pub first_input: usize,
    pub quads: usize,
}

impl BytePanels {
    /// Arranges levels that lie in packed order; `None` where one does not fit into a byte.
    pub(crate) fn new(layout: &PackedLayout, levels: &[i32]) -> Option<Self> {
        let levels = levels.iter().map(|&level| i8::try_from(level).ok()).collect::<Option<Vec<i8>>>()?;
        let mut panels = Self {
            lines: Vec::new(),
            strips: Vec::new(),
            blocks: Vec::new(),
            out_features: layout.out_features(),
            in_features: layout.in_features(),
            largest_weight: levels.iter().map(|level| level.unsigned_abs()).max().unwrap_or(0),
        };
        let places: Vec<_> = layout.blocks().enumerate().collect();
        for row_blocks in places.chunk_by(|(_, a), (_, b)| a.row == b.row) {
            let rows = row_blocks[0].1.rows;
            let mut done = 0;
            while done < rows {
                let groups = match (rows - done).div_ceil(GROUP) {
                    3.. => 4,
                    few => few,
                };
                panels.push_strip(row_blocks, done, groups);
                for (index, place) in row_blocks {
                    let weight = |row: usize, col: usize| match done + row < rows && col < place.cols {
                        true => {
                            levels[index * layout.block_len() + (done + row) * layout.block_width() + col]
                        }
                        false => 0,
                    };
                    panels.push_lines(place.cols.div_ceil(QUAD), groups, weight);
                }
                done += groups * GROUP;
            }
        }
        Some(panels)
    }

    /// The strip of `groups` groups of rows, from row `first` of a block row on; its lines are yet to come.
    fn push_strip(&mut self, row_blocks: &[(usize, BlockPlace)], first: usize, groups: usize) {
        let place = &row_blocks[0].1;
        let first_block = self.blocks.len();
        self.blocks.extend(
            row_blocks
                .iter()
                .map(|(_, place)| BlockQuads { first_input: place.col, quads: place.cols.div_ceil(QUAD) }),
        );
        self.strips.push(Strip {
            row: place.row + first,
            rows: (place.rows - first).min(groups * GROUP),
            groups,
            line: self.lines.len(),
            blocks: (first_block, self.blocks.len()),
        });
    }

    /// The lines of one block; `weight` is by row of the strip and column of the block.
    fn push_lines(&mut self, quads: usize, groups: usize, weight: impl Fn(usize, usize) -> i8) {
        for (quad, group) in (0..quads).flat_map(|quad| (0..groups).map(move |group| (quad, group))) {
            let byte = |at: usize| weight(group * GROUP + at / QUAD, quad * QUAD + at % QUAD);
            self.lines.push(Line(std::array::from_fn(byte)));
        }
    }

    pub(crate) fn in_features(&self) -> usize {
        self.in_features
    }

    pub(crate) fn out_features(&self) -> usize {
        self.out_features
    }

    /// Largest magnitude of a weight.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
    pub(super) fn largest_weight(&self) -> u8 {
        self.largest_weight
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(super) fn strips(&self) -> &[Strip] {
        &self.strips
    }

    pub(super) fn blocks(&self, strip: &Strip) -> &[BlockQuads] {
        &self.blocks[strip.blocks.0..strip.blocks.1]
    }
}
