//! Widgets that several places share.

mod basic;
mod figures;
mod icons;
mod segmented;
mod setting;

pub use basic::{
    PRIMARY_KEY, empty_state, focus_ring, labelled, primary_button, primary_button_with, progress_ui,
    section, spell_out,
};
pub use figures::{Figure, fact_ui, figure_column_ui, figure_ui, text_width};
pub use icons::place_icon;
pub use segmented::segmented;
pub use setting::{setting_row, setting_ui};
