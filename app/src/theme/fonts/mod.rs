//! The one family of the window, Inter with tabular digits in two weights, built in; and what stands behind it: fonts
//! of the system for letters that it lacks, and numbered boxes for letters that no font has.

mod boxes;
mod fallback;
mod provider;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily};

pub use fallback::{FallbackFonts, FoundFont, installed, look_in};
pub use provider::FontSearch;

/// Name of the family of the medium weight, for titles and figures.
pub const MEDIUM: &str = "medium";

/// The built-in faces, with egui's own behind them for signs that they lack.
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let faces: [(&str, &'static [u8]); 2] = [
        ("inter", include_bytes!("../../../../assets/fonts/InterTabular-Regular.otf")),
        ("inter-medium", include_bytes!("../../../../assets/fonts/InterTabular-Medium.otf")),
    ];
    for (name, bytes) in faces {
        fonts.font_data.insert(name.into(), Arc::new(FontData::from_static(bytes)));
    }
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let chain = |first: &str| {
        let mut chain = vec![first.to_string()];
        chain.extend(fallback.iter().cloned());
        chain
    };
    fonts.families.insert(FontFamily::Proportional, chain("inter"));
    fonts.families.insert(FontFamily::Monospace, chain("inter"));
    fonts.families.insert(FontFamily::Name(MEDIUM.into()), chain("inter-medium"));
    fonts
}

/// Puts the built-in faces to use, and boxes for what no font has.
pub(super) fn install(ctx: &egui::Context) {
    ctx.set_fonts(definitions());
    ctx.add_glyph_rasterizer(boxes::rasterizer());
}

/// The text with every sign that is not printable ASCII as its number: `caf\u{e9}`.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            ' '..='~' => out.push(sign),
            other => out.extend(other.escape_unicode()),
        }
    }
    out
}

/// The text by numbers where it has signs that no font can show here.
pub fn spelled_out(ui: &egui::Ui, text: &str) -> Option<String> {
    if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_control()) {
        return None;
    }
    let font = egui::TextStyle::Body.resolve(ui.style());
    let is_hidden = |sign: char| sign.is_control() || is_invisible(sign);
    let lacks = text.chars().any(|sign| {
        is_hidden(sign) || !sign.is_whitespace() && !ui.fonts_mut(|fonts| fonts.has_glyph(&font, sign))
    });
    lacks.then(|| escaped(text))
}

/// Signs that have no picture of their own: joiners, marks of direction, and their like.
fn is_invisible(sign: char) -> bool {
    matches!(sign, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
