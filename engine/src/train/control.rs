//! How a run in progress is paused and ended from another thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// What the person wants of the run in progress.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wish {
    /// Go on.
    #[default]
    Go,
    /// Hold at the next step.
    Pause,
    /// End now; keep, measure and store the best weights.
    Keep,
    /// End now and remove the run.
    Discard,
    /// End now with a checkpoint, to be continued later: the program is closing.
    Leave,
}

/// Shared between a run and those who control it. The run looks at it at every step, and between the
/// pieces of preparation, validation and testing.
#[derive(Debug, Default)]
pub struct Control {
    wish: Mutex<Wish>,
    changed: Condvar,
    is_ending: AtomicBool,
}

impl Control {
    /// Holds the run at the next step; does nothing when it is ending.
    pub fn pause(&self) {
        self.change(Wish::Pause);
    }

    /// Goes on with a held run.
    pub fn resume(&self) {
        self.change(Wish::Go);
    }

    /// Ends the run and keeps its best weights. An earlier wish to discard stands.
    pub fn stop_and_keep(&self) {
        self.change(Wish::Keep);
    }

    /// Ends the run and removes it.
    pub fn discard(&self) {
        self.change(Wish::Discard);
    }

    /// Ends the run with a checkpoint, to be continued later.
    pub fn leave(&self) {
        self.change(Wish::Leave);
    }

    /// The wish at this moment.
    pub fn wish(&self) -> Wish {
        *self.lock()
    }

    /// Set when the run should end for any reason; for work that takes such a flag.
    pub fn ending(&self) -> &AtomicBool {
        &self.is_ending
    }

    /// Waits while the run is held; `alive` is called at once and every second meanwhile. Returns the wish that ended
    /// the wait, never [`Wish::Pause`].
    pub fn wait_while_paused(&self, mut alive: impl FnMut()) -> Wish {
        let mut wish = self.lock();
        while *wish == Wish::Pause {
            // Not under the lock: whoever listens may want to change the wish.
            drop(wish);
            alive();
            wish = self.lock();
            if *wish == Wish::Pause {
                let waited = self.changed.wait_timeout(wish, Duration::from_secs(1));
                wish = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        *wish
    }

    fn change(&self, wanted: Wish) {
        let mut wish = self.lock();
        // What ends a run cannot be taken back; a wish to discard overrules a wish to keep.
        let rank = |wish| match wish {
            Wish::Go | Wish::Pause => 0,
            Wish::Leave => 1,
            Wish::Keep => 2,
            Wish::Discard => 3,
        };
        if rank(wanted) >= rank(*wish) {
            *wish = wanted;
            self.is_ending.store(rank(wanted) > 0, Ordering::Relaxed);
        }
        self.changed.notify_all();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Wish> {
        // A wish is a plain value: whole even after a panic elsewhere.
        self.wish.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn ends_cannot_be_taken_back() {
        let control = Control::default();
        control.pause();
        assert_eq!(control.wish(), Wish::Pause);
        control.resume();
        assert_eq!(control.wish(), Wish::Go);
        control.stop_and_keep();
        control.pause();
        control.resume();
        assert_eq!(control.wish(), Wish::Keep);
        control.discard();
        control.stop_and_keep();
        assert_eq!(control.wish(), Wish::Discard);
        assert!(control.ending().load(Ordering::Relaxed));
    }

    #[test]
    fn a_held_run_wakes_for_its_end() {
        let control = Arc::new(Control::default());
        control.pause();
        let other = Arc::clone(&control);
        let held = std::thread::spawn(move || other.wait_while_paused(|| {}));
        control.stop_and_keep();
        assert_eq!(held.join().unwrap(), Wish::Keep);
        assert_eq!(Control::default().wait_while_paused(|| {}), Wish::Go);
    }
}
