//! Fonts of the system, searched for letters that the built-in faces lack.
//!
//! Listing them takes from a tenth of a second to a few, and a font of Chinese letters is 20 MB: nothing is listed
//! before the first letter is missing, only files of which a letter is shown are held, and never more than
//! [`MOST_BYTES`] of them. All of it may block, and is for threads beside the window's.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use resvg::usvg::fontdb::{Database, FaceInfo, ID, Source, Stretch, Style};
use skrifa::MetadataProvider as _;

/// Most bytes of font files held at once.
const MOST_BYTES: usize = 192 << 20;

/// Where the window and its figures look; set once, before the first look.
static INSTALLED: OnceLock<Arc<FallbackFonts>> = OnceLock::new();

/// The fonts in which the window and its figures look for letters that the built-in faces lack.
pub fn installed() -> Arc<FallbackFonts> {
    Arc::clone(INSTALLED.get_or_init(|| Arc::new(FallbackFonts::of_system())))
}

/// Has fonts looked for in this folder instead of the system's. Too late once [`installed`] was asked.
pub fn look_in(folder: PathBuf) {
    INSTALLED.get_or_init(|| Arc::new(FallbackFonts::of_folder(folder)));
}

/// Fonts to fall back on, listed when the first letter is looked for.
#[derive(Debug)]
pub struct FallbackFonts {
    /// The only folder looked into; `None` is where the system keeps its fonts.
    folder: Option<PathBuf>,
    listed: OnceLock<Listed>,
    held: Mutex<HashMap<PathBuf, Arc<Vec<u8>>>>,
}

/// All faces, the plainest first.
#[derive(Debug)]
struct Listed {
    database: Database,
    order: Vec<ID>,
}

/// A face that has the letter looked for.
#[derive(Clone)]
pub struct FoundFont {
    /// Its name, one for each face.
    pub name: String,
    /// Its file.
    pub data: Arc<Vec<u8>>,
    /// Which face of the file.
    pub index: u32,
}

impl FallbackFonts {
    /// The fonts of the system.
    pub fn of_system() -> Self {
        Self { folder: None, listed: OnceLock::new(), held: Mutex::default() }
    }

    /// The fonts below a folder, and no others.
    pub fn of_folder(folder: PathBuf) -> Self {
        Self { folder: Some(folder), ..Self::of_system() }
    }

    /// The plainest face that can draw a letter; `None` where there is none, and where `gives_up` says so meanwhile.
    pub fn find(&self, letter: char, gives_up: &dyn Fn() -> bool) -> Option<FoundFont> {
        let listed = self.listed.get_or_init(|| Listed::of(self.folder.as_deref()));
        let can_draw = |id: &ID| {
            let answer = listed.database.with_face_data(*id, |data, index| has_outline(data, index, letter));
            answer.unwrap_or(false)
        };
        listed
            .order
            .iter()
            .take_while(|_| !gives_up())
            .filter(|id| can_draw(id))
            .find_map(|id| self.load(listed.database.face(*id)?))
    }

    /// Reads the file of a face; `None` where it cannot be read, or would be one too many.
    fn load(&self, face: &FaceInfo) -> Option<FoundFont> {
        let (Source::File(path) | Source::SharedFile(path, _)) = &face.source else { return None };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let data = match held.get(path) {
            Some(data) => Arc::clone(data),
            None => {
                let in_use: usize = held.values().map(|data| data.len()).sum();
                let length = std::fs::metadata(path).ok()?.len();
                if length > (MOST_BYTES.saturating_sub(in_use)) as u64 {
                    tracing::warn!("no room for another font ({})", path.display());
                    return None;
                }
                let data = Arc::new(std::fs::read(path).ok()?);
                held.insert(path.clone(), Arc::clone(&data));
                data
            }
        };
        let name = format!("{} {} ({})", face.post_script_name, face.index, path.display());
        Some(FoundFont { name, data, index: face.index })
    }
}

impl Listed {
    fn of(folder: Option<&Path>) -> Self {
        let start = std::time::Instant::now();
        let mut database = Database::new();
        match folder {
            Some(folder) => database.load_fonts_dir(folder),
            None => database.load_system_fonts(),
        }
        let region = region();
        let mut faces: Vec<&FaceInfo> = database.faces().collect();
        faces.sort_by_cached_key(|face| rank(face, region));
        let order = faces.into_iter().map(|face| face.id).collect::<Vec<_>>();
        tracing::debug!("listed {} faces in {:?}", order.len(), start.elapsed());
        Self { database, order }
    }
}

/// The tag by which fonts of Chinese letters name the forms of this person's country.
fn region() -> &'static str {
    let set = |name: &&str| std::env::var_os(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or_default();
    match locale.to_string_lossy().get(..5).unwrap_or_default() {
        "zh_TW" => " TC",
        "zh_HK" => " HK",
        start if start.starts_with("ja") => " JP",
        start if start.starts_with("ko") => " KR",
        _ => " SC",
    }
}

/// The plainest first: upright, of usual weight and width, sans serif, of the person's region, no stopgap. The name
/// decides the rest, so that the same fonts give the same picture.
fn rank(face: &FaceInfo, region: &str) -> (bool, bool, bool, u16, bool, bool, bool, String) {
    let name = face.families.first().map(|(name, _)| name.as_str()).unwrap_or_default();
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let is_stopgap = has(&["Unifont", "Emoji", "LastResort", "Last Resort", "Blank", "Fallback"]);
    let is_serif = has(&["Serif", "Mincho", "Ming", "Song", "Times", "Batang"]);
    let is_plain = has(&["Sans", "Gothic", "Segoe", "Arial", "Hei"]) && !is_serif;
    (
        is_stopgap,
        face.style != Style::Normal,
        face.stretch != Stretch::Normal,
        face.weight.0.abs_diff(400),
        face.monospaced,
        !is_plain,
        has(&[" SC", " TC", " HK", " JP", " KR"]) && !has(&[region]),
        name.to_string(),
    )
}

/// Whether a face draws a letter as an outline, which is what the window and figures can show.
fn has_outline(data: &[u8], index: u32, letter: char) -> bool {
    let Ok(font) = skrifa::FontRef::from_index(data, index) else { return false };
    font.charmap()
        .map(letter)
        .is_some_and(|glyph| glyph != skrifa::GlyphId::NOTDEF && font.outline_glyphs().get(glyph).is_some())
}
