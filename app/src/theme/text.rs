//! Text in the few forms that the window uses.

use egui::{RichText, TextStyle};

/// Title of a place.
pub fn title(text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(TextStyle::Name("title".into()))
}

/// One of the few figures that a place is about.
pub fn figure(text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(TextStyle::Name("figure".into()))
}

/// Title of a group.
pub fn heading(text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(TextStyle::Heading)
}

/// Units, hints, axes.
pub fn small(text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(TextStyle::Small).weak()
}
