//! The newest value of something, shared between the thread that makes it and the window that draws it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Called from worker threads whenever there is something new to draw; must return at once.
type WakeFn = dyn Fn() + Send + Sync;

/// Tells the window that a snapshot or an event is new.
#[derive(Clone, Default)]
pub struct Waker {
    wake: Arc<Mutex<Option<Arc<WakeFn>>>>,
}

impl Waker {
    /// Replaces the function that is called.
    pub fn set(&self, wake: Box<dyn Fn() + Send + Sync>) {
        *lock(&self.wake) = Some(Arc::from(wake));
    }

    /// Calls it, outside of any lock; does nothing while none is set.
    pub fn wake(&self) {
        let wake = lock(&self.wake).clone();
        if let Some(wake) = wake {
            wake();
        }
    }
}

impl std::fmt::Debug for Waker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Waker")
    }
}

/// The newest `T`: one worker sets it, anyone takes it.
///
/// The lock is held for the copy of one pointer, so a frame that takes a snapshot never waits for work.
#[derive(Debug, Default)]
pub struct Latest<T> {
    value: Mutex<Arc<T>>,
    waker: Waker,
}

impl<T> Latest<T> {
    /// Starts with `value`; every later change calls `waker`.
    pub fn new(value: T, waker: Waker) -> Self {
        Self { value: Mutex::new(Arc::new(value)), waker }
    }

    /// The newest value.
    pub fn get(&self) -> Arc<T> {
        Arc::clone(&lock(&self.value))
    }

    /// Publishes a new value and wakes the window.
    pub fn set(&self, value: T) {
        let old = std::mem::replace(&mut *lock(&self.value), Arc::new(value));
        // Large values are freed here, after the lock is released.
        drop(old);
        self.waker.wake();
    }
}

impl<T: Clone> Latest<T> {
    /// Publishes the newest value with a change. Changes made at the same time on other threads are kept:
    /// they wait for each other, readers wait for the change to be applied.
    pub fn update(&self, change: impl FnOnce(&mut T)) {
        change(Arc::make_mut(&mut *lock(&self.value)));
        self.waker.wake();
    }
}

/// A panic while a value was being replaced leaves either the old or the new one: both are whole.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_change_wakes_and_leaves_older_copies_alone() {
        let waker = Waker::default();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        waker.set(Box::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        }));
        let latest = Latest::new(vec![1], waker);
        let before = latest.get();
        latest.update(|list| list.push(2));
        latest.set(vec![7]);
        assert_eq!(*before, [1]);
        assert_eq!(*latest.get(), [7]);
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }
}
