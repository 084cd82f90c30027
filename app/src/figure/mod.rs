//! Figures: one description of a picture, drawn on screen by egui and saved as SVG, PNG or CSV.
//!
//! A place builds a [`Figure`] from a snapshot. The same value is drawn in the window
//! (`chart_ui`) and written to a file ([`svg`], `png`), so what is saved is what was seen: title,
//! named axes with units, legend, and the settings that made it. Nothing here computes on samples or
//! tensors; numbers arrive ready to be placed.

mod chart;
mod chart_layout;
mod colour;
mod end_labels;
mod formats;
mod maker;
mod matrix;
mod matrix_layout;
mod render;
mod save_menu;
mod scene;
mod svg;
mod table;
mod ui;

pub use chart::{Axis, Chart, Dash, Glyph, Rule, Series, SeriesKind};
pub use colour::{Ink, Rgb, rgb};
pub use engine::look::phrases::{method as method_phrase, settings_of, trimmed, widths};
pub use engine::look::{AxisScale, Ticks, Unit};
pub use formats::TableFormat;
pub use maker::{FigureFormat, FigureMaker, MadeFigure};
pub use matrix::{CellLayer, CellMap, ColourScale, Matrix};
pub use render::{FigureError, png};
pub use save_menu::{SaveMenu, table_menu};
pub use scene::{Anchor, Mark, Scene};
pub use svg::svg;
pub use table::Table;
pub use ui::{ChartPick, ChartView};

/// A picture with everything a reader needs to understand it without the program.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it shows, in sentence case.
    pub title: String,
    /// The picture itself.
    pub body: Body,
    /// The settings that made it, one short phrase each; printed below the picture.
    pub settings: Vec<String>,
    /// Colours of paper, text and lines.
    pub ink: Ink,
}

/// The kinds of picture.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Curves and points in two axes.
    Chart(Chart),
    /// Counts of true against predicted labels.
    Matrix(Matrix),
    /// Layers of kept blocks, coloured by value.
    Cells(CellMap),
}

impl Figure {
    /// Lays the figure out on paper of this size in points.
    ///
    /// Sizes below 240 by 180 are raised to that, so that axes and legend always find room.
    pub fn scene(&self, width: f32, height: f32) -> Scene {
        let (width, height) = (width.max(240.0), height.max(180.0));
        let mut scene = Scene::new(width, height, self.ink.paper);
        let frame = chart_layout::frame(&mut scene, self);
        match &self.body {
            Body::Chart(chart) => chart_layout::draw(&mut scene, chart, &self.ink, frame),
            Body::Matrix(matrix) => matrix_layout::draw_matrix(&mut scene, matrix, &self.ink, frame),
            Body::Cells(cells) => matrix_layout::draw_cells(&mut scene, cells, &self.ink, frame),
        }
        scene
    }
}

#[cfg(test)]
mod tests;
