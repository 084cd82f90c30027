//! Letters that the built-in faces lack, in the window: from another font, or as boxes with their numbers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use egui_kittest::Harness;

use super::{FallbackFonts, FontSearch, escaped, spelled_out};
use crate::theme::Theme;

/// A font of one square, for these letters: as much of a TrueType file as readers insist on.
pub fn font_of(family: &str, letters: &[char]) -> Vec<u8> {
    let words = |values: &[i16]| values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<u8>>();
    let longs = |values: &[u32]| values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<u8>>();
    let square = {
        let mut glyph = words(&[1, 100, 0, 900, 700, 3, 0]);
        glyph.extend([1; 4]);
        glyph.extend(words(&[100, 800, 0, -800, 0, 0, 700, 0]));
        glyph
    };
    let mut cmap = words(&[0, 1, 3, 10]);
    cmap.extend(longs(&[12]));
    cmap.extend(words(&[12, 0]));
    cmap.extend(longs(&[16 + 12 * letters.len() as u32, 0, letters.len() as u32]));
    let mut sorted = letters.to_vec();
    sorted.sort_unstable();
    for letter in sorted {
        cmap.extend(longs(&[letter.into(), letter.into(), 1]));
    }
    let text: Vec<u8> = family.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut name = words(&[0, 2, 30]);
    for id in [1, 6] {
        name.extend(words(&[3, 1, 0x409, id, text.len() as i16, 0]));
    }
    name.extend(&text);
    let mut head = longs(&[0x1_0000, 0x1_0000, 0, 0x5f0f_3cf5]);
    head.extend(words(&[0, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1000, 1000, 0, 8, 2, 1, 0]));
    let mut hhea = longs(&[0x1_0000]);
    hhea.extend(words(&[800, -200, 0, 1000, 0, 0, 1000, 1, 0, 0, 0, 0, 0, 0, 0, 1]));
    let mut maxp = longs(&[0x1_0000]);
    maxp.extend(words(&[2, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]));
    let tables: [(&[u8; 4], Vec<u8>); 8] = [
        (b"cmap", cmap),
        (b"glyf", square.clone()),
        (b"head", head),
        (b"hhea", hhea),
        (b"hmtx", words(&[1000, 0, 100])),
        (b"loca", longs(&[0, 0, square.len() as u32])),
        (b"maxp", maxp),
        (b"name", name),
    ];
    let mut file = longs(&[0x1_0000]);
    file.extend(words(&[tables.len() as i16, 128, 3, 0]));
    let mut at = 12 + 16 * tables.len();
    for (tag, table) in &tables {
        file.extend_from_slice(*tag);
        file.extend(longs(&[0, at as u32, table.len() as u32]));
        at += table.len().next_multiple_of(4);
    }
    for (_, table) in tables {
        file.extend(&table);
        file.resize(file.len().next_multiple_of(4), 0);
    }
    file
}

/// Fonts of a folder that has one for each of these sets of letters.
pub fn fonts_in(folder: &Path, sets: &[&[char]]) -> FallbackFonts {
    for (index, letters) in sets.iter().enumerate() {
        let name = format!("Test Sans {index}");
        std::fs::write(folder.join(format!("{index}.ttf")), font_of(&name, letters)).unwrap();
    }
    FallbackFonts::of_folder(folder.to_path_buf())
}

/// A window that shows a name, after the search has had time; and whether it still spells the name out.
fn shown(fonts: FallbackFonts, name: &'static str) -> (Harness<'static, Option<String>>, Option<String>) {
    let fonts = Arc::new(fonts);
    let mut search = None;
    let mut harness = Harness::builder().with_size([200.0, 60.0]).build_ui_state(
        move |ui, spelled: &mut Option<String>| {
            if search.is_none() {
                Theme::install_fonts(ui.ctx());
                search = Some(FontSearch::start(ui.ctx(), Arc::clone(&fonts)).unwrap());
                return;
            }
            ui.label(name);
            *spelled = spelled_out(ui, name);
        },
        None,
    );
    harness.run_steps(2);
    for _ in 0..200 {
        harness.run_steps(1);
        if harness.state().is_none() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let spelled = harness.state().clone();
    (harness, spelled)
}

#[test]
fn a_font_of_the_system_shows_what_the_built_in_one_lacks() {
    let folder = tempfile::tempdir().unwrap();
    // Two scripts, each in a font of its own, and a letter beyond the first plane.
    let sets: [&[char]; 3] = [&['네', '예'], &['は', 'い'], &['\u{20000}']];
    for name in ["네예", "はい", "\u{20000}", "예い"] {
        let (_, spelled) = shown(fonts_in(folder.path(), &sets), name);
        assert_eq!(spelled, None, "{name}");
    }
}

#[test]
fn without_a_font_names_are_boxes_and_spelled_out() {
    let folder = tempfile::tempdir().unwrap();
    for (name, number) in [("نعم", "\\u{646}"), ("हाँ", "\\u{939}"), ("\u{1f9ff}", "\\u{1f9ff}")] {
        let (_, spelled) = shown(FallbackFonts::of_folder(folder.path().to_path_buf()), name);
        assert!(spelled.is_some_and(|spelled| spelled.starts_with(number)), "{name}");
    }
    // And where there is no folder at all, or a file in it is no font.
    std::fs::write(folder.path().join("broken.ttf"), [7; 99]).unwrap();
    let (_, spelled) = shown(FallbackFonts::of_folder(folder.path().to_path_buf()), "はい");
    assert_eq!(spelled.as_deref(), Some("\\u{306f}\\u{3044}"));
    let (_, spelled) = shown(FallbackFonts::of_folder(folder.path().join("gone")), "はい");
    assert_eq!(spelled.as_deref(), Some("\\u{306f}\\u{3044}"));
}

#[test]
fn names_that_look_alike_are_spelled_out() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["yes\u{200b}", "\u{202e}yes", "y\u{ad}es", "yes\n"] {
        let (_, spelled) = shown(FallbackFonts::of_folder(folder.path().to_path_buf()), name);
        assert!(spelled.is_some_and(|spelled| spelled.contains("\\u{")), "{name:?}");
    }
    let (_, spelled) = shown(FallbackFonts::of_folder(folder.path().to_path_buf()), "Müller – ναι да");
    assert_eq!(spelled, None);
    assert_eq!(escaped("né"), "n\\u{e9}");
}

#[test]
fn the_plainest_font_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["Unifont", "Alpha Serif", "Some Sans", "Zeta Emoji"] {
        std::fs::write(folder.path().join(format!("{name}.ttf")), font_of(name, &['ア'])).unwrap();
    }
    let fonts = FallbackFonts::of_folder(folder.path().to_path_buf());
    assert!(fonts.find('ア', &|| false).unwrap().name.starts_with("Some Sans"));
    assert!(fonts.find('イ', &|| false).is_none());
    assert!(fonts.find('ア', &|| true).is_none(), "a window that closes waits for no font");
}
