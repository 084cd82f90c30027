//! Asks for fonts of letters while the window draws, and finds them on a thread of its own.
//!
//! egui asks a provider in the middle of a frame and takes "none" for good. This one answers at once with what it
//! knows, looks for the rest beside the frame, and has egui ask again when something was found: until then, a letter
//! is a box with its number.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use egui::{Context, FallbackRequest, FontData, FontInsert, FontPriority, FontProvider, InsertFontFamily};

use super::{FallbackFonts, FoundFont};

/// Letters that may wait. Those beyond are asked for again when the first were found.
const WAITING: usize = 4096;
/// Letters whose answer is remembered; more than any one language writes with.
const KNOWN: usize = 60_000;

/// The search for fonts of one window; its thread ends with it.
pub struct FontSearch {
    shared: Arc<Shared>,
    worker: Option<JoinHandle<()>>,
}

struct Shared {
    /// What was found for each letter asked for: nothing yet, no font, or one.
    known: Mutex<HashMap<char, Answer>>,
    wanted: Mutex<Option<Sender<char>>>,
    is_closing: AtomicBool,
}

#[derive(Clone)]
enum Answer {
    Sought,
    Nowhere,
    Found(FoundFont),
}

impl FontSearch {
    /// Looks into these fonts for every letter that the window lacks.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(ctx: &Context, fonts: Arc<FallbackFonts>) -> std::io::Result<Self> {
        let (sender, wanted) = bounded(WAITING);
        let shared = Arc::new(Shared {
            known: Mutex::default(),
            wanted: Mutex::new(Some(sender)),
            is_closing: AtomicBool::new(false),
        });
        let (ctx_of_worker, shared_of_worker) = (ctx.clone(), Arc::clone(&shared));
        let worker = std::thread::Builder::new()
            .name("fonts".into())
            .spawn(move || work(&ctx_of_worker, &shared_of_worker, &fonts, &wanted))?;
        ctx.set_font_providers(vec![Arc::new(Provider(Arc::clone(&shared)))]);
        Ok(Self { shared, worker: Some(worker) })
    }
}

impl Drop for FontSearch {
    fn drop(&mut self) {
        self.shared.is_closing.store(true, Ordering::Relaxed);
        drop(self.shared.wanted.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(worker) = self.worker.take() {
            // A panic in it was its own: letters stay boxes.
            worker.join().ok();
        }
    }
}

fn work(ctx: &Context, shared: &Arc<Shared>, fonts: &FallbackFonts, wanted: &Receiver<char>) {
    let is_closing = || shared.is_closing.load(Ordering::Relaxed);
    while let Ok(first) = wanted.recv() {
        let mut has_found = false;
        // All that one frame lacked at once, so that the fonts are set up again once.
        for letter in std::iter::once(first).chain(std::iter::from_fn(|| wanted.try_recv().ok())) {
            if is_closing() {
                return;
            }
            let answer = fonts.find(letter, &is_closing).map_or(Answer::Nowhere, Answer::Found);
            has_found |= matches!(answer, Answer::Found(_));
            shared.known.lock().unwrap_or_else(PoisonError::into_inner).insert(letter, answer);
        }
        if has_found && !is_closing() {
            // The same provider anew: egui forgets what it was refused, and asks for it again.
            ctx.set_font_providers(vec![Arc::new(Provider(Arc::clone(shared)))]);
        }
    }
}

/// What egui asks; drops what it knows of the window when that closes.
struct Provider(Arc<Shared>);

impl FontProvider for Provider {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let letter = request.cluster.chars().next()?;
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match known.get(&letter) {
            Some(Answer::Found(found)) => found.clone(),
            Some(Answer::Sought | Answer::Nowhere) => return None,
            None if known.len() >= KNOWN => return None,
            None => {
                let wanted = self.0.wanted.lock().unwrap_or_else(PoisonError::into_inner);
                if wanted.as_ref().is_some_and(|wanted| wanted.try_send(letter).is_ok()) {
                    known.insert(letter, Answer::Sought);
                }
                return None;
            }
        };
        let family = InsertFontFamily { family: request.family.clone(), priority: FontPriority::Lowest };
        Some(FontInsert::new(&found.name, FontData::from_blob(found.data, found.index), vec![family]))
    }
}
