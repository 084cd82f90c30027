//! The one family of the window: Inter with tabular digits, in two weights, built in.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily};

/// Name of the family of the medium weight, for titles and figures.
pub const MEDIUM: &str = "medium";

/// The built-in faces, with egui's own behind them for signs that they lack.
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let faces: [(&str, &'static [u8]); 2] = [
        ("inter", include_bytes!("../../../assets/fonts/InterTabular-Regular.otf")),
        ("inter-medium", include_bytes!("../../../assets/fonts/InterTabular-Medium.otf")),
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
