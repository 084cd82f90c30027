//! Confusion matrices and block maps, as data.

use super::Rgb;

/// What the colours of a picture mean.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColourScale {
    /// What is shown, unit included.
    pub name: String,
    /// Text at the low end.
    pub low: String,
    /// Text at the high end.
    pub high: String,
    /// Colours from low to high.
    pub stops: Vec<Rgb>,
}

/// Counts of true against predicted labels, with both axes named.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix {
    /// Labels of rows and columns.
    pub labels: Vec<String>,
    /// Name of the rows.
    pub row_axis: String,
    /// Name of the columns.
    pub col_axis: String,
    /// `counts[row][column]`.
    pub counts: Vec<Vec<u32>>,
    /// Colour of each cell.
    pub fills: Vec<Vec<Rgb>>,
    /// What the colours mean.
    pub scale: ColourScale,
}

impl Matrix {
    /// The counts as a table; the first heading names both axes.
    pub fn table(&self) -> super::Table {
        let corner = format!("{} \\ {}", self.row_axis, self.col_axis);
        let headings = std::iter::once(corner).chain(self.labels.iter().cloned()).collect();
        let rows = self.labels.iter().zip(&self.counts).map(|(label, counts)| {
            std::iter::once(label.clone()).chain(counts.iter().map(u32::to_string)).collect()
        });
        super::Table { headings, rows: rows.collect() }
    }
}

/// Kept blocks of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct CellLayer {
    /// Its name and size.
    pub name: String,
    /// Rows of the weight matrix.
    pub out_features: usize,
    /// Columns of the weight matrix.
    pub in_features: usize,
    /// Side of a block in weights.
    pub block: usize,
    /// Kept blocks: block row, block column, colour.
    pub cells: Vec<(u32, u32, Rgb)>,
}

/// Layers of kept blocks, side by side at one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct CellMap {
    /// The layers.
    pub layers: Vec<CellLayer>,
    /// Colour where no block is kept.
    pub empty: Rgb,
    /// What the colours mean.
    pub scale: ColourScale,
}
