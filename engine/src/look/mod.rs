//! How numbers, settings, methods and axes look and read: the same in the window, in figures and in reports.
//!
//! Nothing here draws. The window takes these colours and texts onto its screen, [`crate::export`] into its pages.

mod colour;
pub mod columns;
mod method;
pub mod numbers;
pub mod phrases;
mod scale;

pub use colour::{Ground, Rgb, diverging, of_run, sequential, share_of_label, text_on};
pub use method::Method;
pub use scale::{AxisScale, Ticks, Unit};
