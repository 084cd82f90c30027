//! One colour for each method of making a network small.

use super::{Ground, Rgb};
use crate::settings::{Config, Selection};
use crate::sparse::Pattern;

/// A method, as runs and bills are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Every weight kept.
    Dense,
    /// One level, balanced selection.
    Cgs,
    /// One level, connected selection.
    ConnectedCgs,
    /// One level, independent selection.
    IndependentCgs,
    /// Two levels or more.
    Hcgs,
    /// Weights kept one by one.
    Elementwise,
}

impl Method {
    /// All methods, in the order of legends.
    pub const ALL: [Self; 6] =
        [Self::Dense, Self::Cgs, Self::ConnectedCgs, Self::IndependentCgs, Self::Hcgs, Self::Elementwise];

    /// The method of a list of drop probabilities (outer level first) and a selection.
    pub fn from_levels(drops: &[f64], selection: Selection) -> Self {
        if drops.iter().all(|drop| *drop <= 0.0) {
            return Self::Dense;
        }
        match (drops.len(), selection) {
            (2.., _) => Self::Hcgs,
            (_, Selection::Balanced) => Self::Cgs,
            (_, Selection::Connected) => Self::ConnectedCgs,
            (_, Selection::Independent) => Self::IndependentCgs,
        }
    }

    /// The method of a configuration's hidden layers.
    pub fn of(config: &Config) -> Self {
        Self::from_levels(&config.sparsity.drop.to_vec(), config.sparsity.selection)
    }

    /// The method that a pattern belongs to.
    pub fn of_pattern(pattern: &Pattern) -> Self {
        let drops: Vec<f64> = pattern.structure.levels.iter().map(|level| level.drop).collect();
        Self::from_levels(&drops, pattern.structure.selection)
    }

    /// Its name in legends.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dense => "Dense",
            Self::Cgs => "CGS",
            Self::ConnectedCgs => "CGS, connected",
            Self::IndependentCgs => "CGS, independent",
            Self::Hcgs => "HCGS",
            Self::Elementwise => "Element-wise",
        }
    }

    /// Its colour on a ground.
    ///
    /// Hues after Okabe and Ito, told apart with every common kind of colour blindness; shifted in lightness so that
    /// text in them reaches 4.5:1 on the panels of the window.
    pub fn colour(self, ground: Ground) -> Rgb {
        match (self, ground) {
            (Self::Dense, Ground::Dark) => [0xa9, 0xb3, 0xbd],
            (Self::Cgs, Ground::Dark) => [0x56, 0xb4, 0xe9],
            (Self::ConnectedCgs, Ground::Dark) => [0x2f, 0xc0, 0x96],
            (Self::IndependentCgs, Ground::Dark) => [0xe6, 0xdb, 0x5a],
            (Self::Hcgs, Ground::Dark) => [0xf0, 0x9a, 0x3a],
            (Self::Elementwise, Ground::Dark) => [0xe0, 0x8d, 0xbd],
            (Self::Dense, Ground::Light) => [0x5c, 0x67, 0x72],
            (Self::Cgs, Ground::Light) => [0x00, 0x66, 0xa8],
            (Self::ConnectedCgs, Ground::Light) => [0x00, 0x75, 0x58],
            (Self::IndependentCgs, Ground::Light) => [0x72, 0x68, 0x00],
            (Self::Hcgs, Ground::Light) => [0xa8, 0x4e, 0x00],
            (Self::Elementwise, Ground::Light) => [0x9c, 0x3b, 0x78],
        }
    }
}
