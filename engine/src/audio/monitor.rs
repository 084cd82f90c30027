//! A monitor: a loudspeaker that is fed while something else goes on, and that is the clock of it.
//!
//! Unlike [`Playback`](super::playback::Playback) it is given its sound piece by piece, a moment ahead, so that a
//! recording of hours takes no more memory than a second of it. What it has played says how far the recording is, so
//! that what is computed meanwhile is in time with what is heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rtrb::{Consumer, Producer, RingBuffer};

use super::Resampler;
use super::fault::{DeviceFault, Direction};
use super::output::{FrameSource, TAIL_SECS, open_default};
use super::playback::playable;
use super::stream_thread::StreamThread;
use super::watch::StreamWatch;

/// Sound that the ring holds, in seconds.
const RING_SECS: f64 = 2.0;
/// Samples that are converted at once.
const PIECE: usize = 800;

/// What callback and feeder share.
#[derive(Debug, Default)]
struct Shared {
    played_frames: AtomicU64,
    is_muted: AtomicBool,
    /// Nothing more will be fed.
    is_ended: AtomicBool,
}

/// An open loudspeaker that is fed. Dropping it stops the sound and releases the device.
pub struct Monitor {
    thread: StreamThread,
    watch: Arc<StreamWatch>,
    feed: Feed,
    rate_hz: u32,
}

/// The feeder's end of the ring.
struct Feed {
    ring: Producer<f32>,
    resampler: Resampler,
    shared: Arc<Shared>,
    /// Converted, playable samples on their way into the ring.
    block: Vec<f32>,
    piece: Vec<f32>,
}

impl Monitor {
    /// Opens the system's default device; it plays silence until it is fed.
    ///
    /// # Errors
    /// A [`DeviceFault`] that names what is wrong; it takes six seconds at most.
    pub fn open() -> Result<Self, DeviceFault> {
        let watch = Arc::new(StreamWatch::new());
        let thread_watch = Arc::clone(&watch);
        let open = move || open_default(&thread_watch, ends);
        let (thread, (rate_hz, feed)) =
            StreamThread::start("sound-monitor", Direction::Playback, Arc::clone(&watch), open)?;
        Ok(Self { thread, watch, feed, rate_hz })
    }

    /// Hands over mono samples at 16 kHz, as many as there is room for; gives how many that were. Never waits. Samples
    /// outside -1 to 1 are clipped, and one that is not a number is silence.
    pub fn feed(&mut self, samples: &[f32]) -> usize {
        self.feed.push(samples)
    }

    /// Says that nothing more will be fed.
    pub fn end(&mut self) {
        self.feed.end();
    }

    /// Seconds of what was fed that were handed to the device.
    pub fn played_secs(&self) -> f64 {
        self.feed.shared.played_frames.load(Ordering::Relaxed) as f64 / f64::from(self.rate_hz)
    }

    /// Silences the loudspeaker, or lets it be heard again; it goes on playing either way.
    pub fn set_muted(&self, is_muted: bool) {
        self.feed.shared.is_muted.store(is_muted, Ordering::Relaxed);
    }

    /// Whether all that was fed has been played, and nothing more will be.
    pub fn is_done(&self) -> bool {
        self.watch.is_done()
    }

    /// Why the sound ended early, if it did.
    pub fn fault(&self) -> Option<DeviceFault> {
        self.thread.fault()
    }
}

/// The two ends of a ring for a device of this rate.
fn ends(rate_hz: u32) -> Option<(Tap, Feed)> {
    let resampler = Resampler::to_device(rate_hz).ok()?;
    let frames = |secs: f64| (secs * f64::from(rate_hz)) as usize;
    let (producer, consumer) = RingBuffer::new(frames(RING_SECS));
    let shared = Arc::new(Shared::default());
    let tap = Tap { ring: consumer, shared: Arc::clone(&shared), num_tail: frames(TAIL_SECS) };
    let feed = Feed { ring: producer, resampler, shared, block: Vec::new(), piece: Vec::new() };
    Some((tap, feed))
}

impl Feed {
    fn push(&mut self, samples: &[f32]) -> usize {
        let mut num_taken = 0;
        for piece in samples.chunks(PIECE) {
            if self.ring.slots() < self.resampler.max_output(piece.len()) {
                break;
            }
            self.piece.clear();
            self.piece.extend(piece.iter().map(|sample| playable(*sample)));
            self.block.clear();
            self.resampler.push(&self.piece, &mut self.block);
            self.write_block();
            num_taken += piece.len();
        }
        num_taken
    }

    fn end(&mut self) {
        self.block.clear();
        self.resampler.finish(&mut self.block);
        self.write_block();
        self.shared.is_ended.store(true, Ordering::Relaxed);
    }

    /// What does not fit is dropped; room was asked for before.
    fn write_block(&mut self) {
        let num = self.block.len().min(self.ring.slots());
        if let Ok(mut chunk) = self.ring.write_chunk(num) {
            let (first, second) = chunk.as_mut_slices();
            let (head, rest) = self.block[..num].split_at(first.len());
            first.copy_from_slice(head);
            second.copy_from_slice(rest);
            chunk.commit_all();
        }
    }
}

/// The callback's end of the ring.
struct Tap {
    ring: Consumer<f32>,
    shared: Arc<Shared>,
    /// Silent frames still to be played behind the end.
    num_tail: usize,
}

impl FrameSource for Tap {
    fn next_frame(&mut self) -> f32 {
        match self.ring.pop() {
            Ok(frame) => {
                self.shared.played_frames.fetch_add(1, Ordering::Relaxed);
                if self.shared.is_muted.load(Ordering::Relaxed) { 0.0 } else { frame }
            }
            // The feeder is late, or at its end.
            Err(_) => {
                if self.shared.is_ended.load(Ordering::Relaxed) {
                    self.num_tail = self.num_tail.saturating_sub(1);
                }
                0.0
            }
        }
    }

    fn is_done(&self) -> bool {
        self.num_tail == 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::SAMPLE_RATE_HZ;
    use super::super::output::play_frames;
    use super::*;

    fn ramp(num: usize) -> Vec<f32> {
        (0..num).map(|n| n as f32 / num as f32).collect()
    }

    #[test]
    fn what_is_fed_is_played_in_order_counted_and_then_ended() {
        let (mut tap, mut feed) = ends(SAMPLE_RATE_HZ).unwrap();
        let sound = ramp(2400);
        assert_eq!(feed.push(&sound), 2400);
        feed.end();
        let mut out = vec![9.0f32; 2400];
        play_frames(&mut out, 1, &mut tap);
        assert_eq!(out, sound);
        assert_eq!(feed.shared.played_frames.load(Ordering::Relaxed), 2400);
        assert!(!tap.is_done(), "the device still holds the last of it");
        play_frames(&mut vec![9.0f32; 4000], 1, &mut tap);
        assert!(tap.is_done());
        assert_eq!(feed.shared.played_frames.load(Ordering::Relaxed), 2400, "silence is not counted");
    }

    #[test]
    fn a_full_ring_takes_no_more_and_a_late_feeder_is_silence_that_does_not_count() {
        let (mut tap, mut feed) = ends(48_000).unwrap();
        let sound = ramp(10 * 16_000);
        let taken = feed.push(&sound);
        assert!((16_000..=32_000).contains(&taken), "{taken}");
        assert_eq!(feed.push(&sound[taken..]), 0);
        let mut out = vec![9.0f32; 3 * 48_000];
        play_frames(&mut out, 1, &mut tap);
        let played = feed.shared.played_frames.load(Ordering::Relaxed) as usize;
        assert!((taken * 3 - played) < 600, "what is in the filter is still to come: {played} of {taken}");
        assert!(out[played..].iter().all(|frame| *frame == 0.0) && !tap.is_done());
        assert!(feed.push(&sound[taken..]) > 0, "and it goes on");
    }

    #[test]
    fn muted_it_is_silent_and_stays_in_time() {
        let (mut tap, mut feed) = ends(SAMPLE_RATE_HZ).unwrap();
        feed.push(&[0.5; 800]);
        feed.shared.is_muted.store(true, Ordering::Relaxed);
        let mut out = [9.0f32; 400];
        play_frames(&mut out, 1, &mut tap);
        assert_eq!((out[0], feed.shared.played_frames.load(Ordering::Relaxed)), (0.0, 400));
        feed.shared.is_muted.store(false, Ordering::Relaxed);
        play_frames(&mut out, 1, &mut tap);
        assert_eq!((out[0], out[399]), (0.5, 0.5));
    }

    #[test]
    fn impossible_rates_are_refused() {
        assert!(ends(0).is_none());
    }
}
