//! The thread that owns a sound stream from opening to release.
//!
//! Opening and dropping a stream can hang in the operating system when a sound server has stopped. So
//! both happen on a thread of their own, every wait for it has a limit, and a thread that does not end
//! in time is left behind rather than taking the program with it.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::fault::{DeviceFault, Direction};
use super::quiet::without_alsa_chatter;
use super::watch::{Ending, STALL_LIMIT, StreamWatch, Watchdog};

/// Longest wait for a device to open.
pub(super) const OPEN_LIMIT: Duration = Duration::from_secs(6);
/// Longest wait for a device to be released.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);
/// Time between two looks at the watch.
const WATCH_INTERVAL: Duration = Duration::from_millis(50);

/// A stream that was opened, with what the watchdog must know of it.
pub(super) struct Opened {
    pub(super) stream: cpal::Stream,
    pub(super) device: String,
    pub(super) sample_rate_hz: u32,
}

/// Owner of one open stream.
#[derive(Debug)]
pub(super) struct StreamThread {
    stop: Sender<()>,
    closed: Receiver<()>,
    thread: Option<JoinHandle<()>>,
    fault: Arc<Mutex<Option<DeviceFault>>>,
}

impl StreamThread {
    /// Runs `open` on a new thread and waits for it, at most [`OPEN_LIMIT`].
    ///
    /// `open` also returns what the caller wants to know of the stream.
    pub(super) fn start<Info: Send + 'static>(
        name: &str,
        direction: Direction,
        watch: Arc<StreamWatch>,
        open: impl FnOnce() -> Result<(Opened, Info), DeviceFault> + Send + 'static,
    ) -> Result<(Self, Info), DeviceFault> {
        let (stop, stop_asked) = bounded::<()>(1);
        let (close, closed) = bounded::<()>(1);
        let (answer, answered) = bounded(1);
        let fault = Arc::new(Mutex::new(None));
        let thread_fault = Arc::clone(&fault);
        let run = move || {
            match without_alsa_chatter(open) {
                Ok((opened, info)) => {
                    if answer.send(Ok(info)).is_ok() {
                        let ending = watch_over(&watch, opened.sample_rate_hz, &stop_asked);
                        let ended = ending.map(|ending| fault_of(ending, opened.device));
                        *thread_fault.lock().unwrap_or_else(PoisonError::into_inner) = ended;
                    }
                    // May hang; whoever waits for `closed` has a limit.
                    drop(opened.stream);
                }
                Err(fault) => drop(answer.send(Err(fault))),
            }
            drop(close);
        };
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
            .map_err(|error| DeviceFault::Backend { device: name.to_owned(), detail: error.to_string() })?;
        match answered.recv_timeout(OPEN_LIMIT) {
            Ok(Ok(info)) => Ok((Self { stop, closed, thread: Some(thread), fault }, info)),
            Ok(Err(fault)) => Err(fault),
            Err(RecvTimeoutError::Timeout) => Err(DeviceFault::NoAnswer { secs: OPEN_LIMIT.as_secs() }),
            Err(RecvTimeoutError::Disconnected) => {
                Err(DeviceFault::NoService { direction, detail: "the sound library failed".into() })
            }
        }
    }

    /// Why the stream ended by itself, if it did.
    pub(super) fn fault(&self) -> Option<DeviceFault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for StreamThread {
    fn drop(&mut self) {
        let _ = self.stop.try_send(());
        // Nothing is ever sent: the channel closes when the stream is released.
        let released = self.closed.recv_timeout(CLOSE_LIMIT) == Err(RecvTimeoutError::Disconnected);
        match self.thread.take() {
            Some(thread) if released => drop(thread.join()),
            _ => tracing::warn!("a sound device was not released within {CLOSE_LIMIT:?}; left behind"),
        }
    }
}

/// Looks at the stream until it is asked to stop (`None`), has played everything (`None`), or is beyond
/// hope.
fn watch_over(watch: &StreamWatch, sample_rate_hz: u32, stop_asked: &Receiver<()>) -> Option<Ending> {
    let mut watchdog = Watchdog::new(sample_rate_hz);
    while stop_asked.recv_timeout(WATCH_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        if watch.is_done() {
            return None;
        }
        let ending = watchdog.check(&watch.reading());
        if ending.is_some() {
            return ending;
        }
    }
    None
}

fn fault_of(ending: Ending, device: String) -> DeviceFault {
    match ending {
        Ending::Gone => DeviceFault::Unplugged { device },
        Ending::Forbidden => DeviceFault::NoPermission { device },
        Ending::Stalled => DeviceFault::Stalled { device, secs: STALL_LIMIT.as_secs() },
        Ending::TooFast => DeviceFault::NotReal { device },
    }
}
