//! The watch over an open stream: what its callbacks leave behind, and when to give the stream up.
//!
//! Callbacks of a sound device run on a real-time thread and must neither wait nor allocate: they store
//! into the atomics of [`StreamWatch`] and nothing else. The thread that owns the stream reads them a
//! few times a second and lets a [`Watchdog`] decide. This is needed because drivers do not report their
//! end reliably: an unplugged device may call the error callback hundreds of thousands of times a
//! second, and a sound server that has gone away may just fall silent.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cpal::ErrorKind;

/// A stream that has begun and then stands still this long is given up.
pub(super) const STALL_LIMIT: Duration = Duration::from_secs(5);
/// A stream that reports errors and delivers nothing for this long is given up.
const ERROR_LIMIT: Duration = Duration::from_millis(250);
/// Frames may arrive this much faster than real time before the device counts as a stand-in.
const SPEED_LIMIT: f64 = 3.0;
/// Frames that may come at once when a stream begins, in seconds.
const HEAD_START_SECS: f64 = 3.0;

/// What callbacks leave behind for the thread that owns the stream.
#[derive(Debug)]
pub(super) struct StreamWatch {
    origin: Instant,
    last_callback_micros: AtomicU64,
    num_frames: AtomicU64,
    num_errors: AtomicU64,
    error_class: AtomicU8,
    is_done: AtomicBool,
}

/// How bad an error is, as far as the kind tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum ErrorClass {
    /// None so far, or one that needs no action: an overrun, a rerouted stream.
    Harmless = 0,
    /// Fatal if the stream stops moving.
    Suspicious = 1,
    /// The device is gone.
    Gone = 2,
    /// Permission was withdrawn.
    Forbidden = 3,
}

impl ErrorClass {
    fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::DeviceNotAvailable | ErrorKind::StreamInvalidated | ErrorKind::HostUnavailable => {
                Self::Gone
            }
            ErrorKind::PermissionDenied => Self::Forbidden,
            ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => Self::Harmless,
            _ => Self::Suspicious,
        }
    }

    fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Suspicious,
            2 => Self::Gone,
            3 => Self::Forbidden,
            _ => Self::Harmless,
        }
    }
}

impl StreamWatch {
    pub(super) fn new() -> Self {
        Self {
            origin: Instant::now(),
            last_callback_micros: AtomicU64::new(0),
            num_frames: AtomicU64::new(0),
            num_errors: AtomicU64::new(0),
            error_class: AtomicU8::new(ErrorClass::Harmless as u8),
            is_done: AtomicBool::new(false),
        }
    }

    /// For the data callback: frames have moved.
    pub(super) fn note_frames(&self, num_frames: usize) {
        // 0 means "never", so the first microsecond of a stream counts as its second one.
        let micros = u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX).max(1);
        self.last_callback_micros.store(micros, Ordering::Relaxed);
        self.num_frames.fetch_add(num_frames as u64, Ordering::Relaxed);
    }

    /// For the error callback: something is wrong.
    pub(super) fn note_error(&self, kind: ErrorKind) {
        let class = ErrorClass::of(kind) as u8;
        self.error_class.fetch_max(class, Ordering::Relaxed);
        if class > ErrorClass::Harmless as u8 {
            self.num_errors.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// For the data callback of a playback: all has been handed to the device.
    pub(super) fn note_done(&self) {
        self.is_done.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_done(&self) -> bool {
        self.is_done.load(Ordering::Relaxed)
    }

    /// Time since the last callback, or since the watch was made where there was none.
    pub(super) fn idle_time(&self) -> Duration {
        let last = Duration::from_micros(self.last_callback_micros.load(Ordering::Relaxed));
        self.origin.elapsed().saturating_sub(last)
    }

    pub(super) fn reading(&self) -> Reading {
        let last = self.last_callback_micros.load(Ordering::Relaxed);
        Reading {
            now: self.origin.elapsed(),
            last_callback: (last > 0).then(|| Duration::from_micros(last)),
            num_frames: self.num_frames.load(Ordering::Relaxed),
            num_errors: self.num_errors.load(Ordering::Relaxed),
            error_class: ErrorClass::from_code(self.error_class.load(Ordering::Relaxed)),
        }
    }
}

/// The watch at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    now: Duration,
    last_callback: Option<Duration>,
    num_frames: u64,
    num_errors: u64,
    error_class: ErrorClass,
}

/// Why a stream is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Gone,
    Forbidden,
    Stalled,
    TooFast,
}

/// Decides from successive readings whether a stream is still alive.
#[derive(Debug)]
pub(super) struct Watchdog {
    sample_rate_hz: f64,
    /// When the watch began: opening may have taken long.
    started: Option<Duration>,
    first_callback: Option<Duration>,
    /// When errors began without any frame since, and the frame count then.
    errors_since: Option<(Duration, u64)>,
    num_errors_seen: u64,
}

impl Watchdog {
    pub(super) fn new(sample_rate_hz: u32) -> Self {
        Self {
            sample_rate_hz: f64::from(sample_rate_hz),
            started: None,
            first_callback: None,
            errors_since: None,
            num_errors_seen: 0,
        }
    }

    /// `Some` once the stream is beyond hope.
    pub(super) fn check(&mut self, reading: &Reading) -> Option<Ending> {
        match reading.error_class {
            ErrorClass::Gone => return Some(Ending::Gone),
            ErrorClass::Forbidden => return Some(Ending::Forbidden),
            ErrorClass::Harmless | ErrorClass::Suspicious => {}
        }
        if self.only_errors(reading) {
            return Some(Ending::Gone);
        }
        let started = *self.started.get_or_insert(reading.now);
        let idle = reading.now.saturating_sub(reading.last_callback.unwrap_or_default().max(started));
        if idle > STALL_LIMIT {
            return Some(Ending::Stalled);
        }
        self.too_fast(reading).then_some(Ending::TooFast)
    }

    fn only_errors(&mut self, reading: &Reading) -> bool {
        let has_new_errors = reading.num_errors > self.num_errors_seen;
        self.num_errors_seen = reading.num_errors;
        match self.errors_since {
            Some((since, num_frames)) if num_frames == reading.num_frames => {
                has_new_errors && reading.now.saturating_sub(since) >= ERROR_LIMIT
            }
            _ => {
                self.errors_since = has_new_errors.then_some((reading.now, reading.num_frames));
                false
            }
        }
    }

    fn too_fast(&mut self, reading: &Reading) -> bool {
        let Some(last) = reading.last_callback else { return false };
        let first = *self.first_callback.get_or_insert(last);
        let elapsed_secs = reading.now.saturating_sub(first).as_secs_f64();
        let allowed = (elapsed_secs * SPEED_LIMIT + HEAD_START_SECS) * self.sample_rate_hz;
        reading.num_frames as f64 > allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(now_ms: u64, last_ms: Option<u64>, num_frames: u64, num_errors: u64) -> Reading {
        Reading {
            now: Duration::from_millis(now_ms),
            last_callback: last_ms.map(Duration::from_millis),
            num_frames,
            num_errors,
            error_class: if num_errors > 0 { ErrorClass::Suspicious } else { ErrorClass::Harmless },
        }
    }

    #[test]
    fn a_steady_stream_lives() {
        let mut dog = Watchdog::new(16_000);
        for step in 1..100 {
            let now = step * 100;
            assert_eq!(dog.check(&reading(now, Some(now - 10), now * 16, 0)), None);
        }
    }

    #[test]
    fn a_storm_of_errors_without_sound_is_an_unplugged_device() {
        let mut dog = Watchdog::new(16_000);
        assert_eq!(dog.check(&reading(1000, Some(990), 16_000, 0)), None);
        assert_eq!(dog.check(&reading(1050, Some(1000), 16_160, 9_000)), None);
        assert_eq!(dog.check(&reading(1100, Some(1000), 16_160, 19_000)), None);
        assert_eq!(dog.check(&reading(1301, Some(1000), 16_160, 90_000)), Some(Ending::Gone));
    }

    #[test]
    fn errors_between_which_sound_arrives_are_survived() {
        let mut dog = Watchdog::new(16_000);
        for step in 10..60 {
            let now = step * 100;
            assert_eq!(dog.check(&reading(now, Some(now), now * 16, step)), None);
        }
    }

    #[test]
    fn one_error_before_a_pause_is_not_the_end() {
        let mut dog = Watchdog::new(16_000);
        assert_eq!(dog.check(&reading(1000, Some(1000), 16_000, 1)), None);
        assert_eq!(dog.check(&reading(3000, Some(1000), 16_000, 1)), None);
        assert_eq!(dog.check(&reading(3100, Some(3100), 17_600, 1)), None);
    }

    #[test]
    fn a_stream_that_stands_still_is_given_up() {
        let mut dog = Watchdog::new(16_000);
        assert_eq!(dog.check(&reading(1000, Some(1000), 16_000, 0)), None);
        assert_eq!(dog.check(&reading(5900, Some(1000), 16_000, 0)), None);
        assert_eq!(dog.check(&reading(6100, Some(1000), 16_000, 0)), Some(Ending::Stalled));
    }

    #[test]
    fn a_stream_that_never_begins_is_given_up() {
        let mut dog = Watchdog::new(16_000);
        assert_eq!(dog.check(&reading(3000, None, 0, 0)), None);
        assert_eq!(dog.check(&reading(7900, None, 0, 0)), None);
        assert_eq!(dog.check(&reading(8100, None, 0, 0)), Some(Ending::Stalled));
    }

    #[test]
    fn sound_faster_than_time_is_a_stand_in() {
        let mut dog = Watchdog::new(16_000);
        assert_eq!(dog.check(&reading(10, Some(9), 32_000, 0)), None);
        assert_eq!(dog.check(&reading(60, Some(59), 16_000_000, 0)), Some(Ending::TooFast));
    }

    #[test]
    fn a_device_reported_gone_is_gone_at_once() {
        let watch = StreamWatch::new();
        watch.note_frames(160);
        watch.note_error(ErrorKind::Xrun);
        assert_eq!(Watchdog::new(16_000).check(&watch.reading()), None);
        watch.note_error(ErrorKind::DeviceNotAvailable);
        assert_eq!(Watchdog::new(16_000).check(&watch.reading()), Some(Ending::Gone));
    }
}
