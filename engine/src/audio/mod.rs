//! Sound files, devices and sample rates: everything becomes mono samples at 16 kHz.
//!
//! Guarantees: a recording decodes to the same samples whatever its extension says; memory follows what a
//! file really holds, not what its header claims; every sample that leaves this module is finite; resampling
//! is band limited, does not depend on how the input was cut into chunks, and leaves 16 kHz input untouched;
//! a sound device that fails, vanishes or hangs costs its user a sentence, never the program.

pub mod capture;
mod decode;
pub mod devices;
mod error;
mod fault;
mod levels;
pub mod monitor;
mod output;
pub mod playback;
mod quiet;
pub mod remote;
mod resample;
mod sniff;
mod stream_thread;
mod watch;
mod wav;

pub use decode::{
    MAX_DECODE_SECS, Quality, Recording, decode, decode_bytes, decode_bytes_recording, decode_recording,
    decode_scaled,
};
pub use error::AudioError;
pub use fault::{DeviceFault, Direction};
pub use levels::{Hint, LevelMeter};
pub use resample::{MAX_RATE_HZ, MIN_RATE_HZ, Resampler};
pub use sniff::{CONVERT_HINT, EXTENSIONS, OTHER_EXTENSIONS};
pub use wav::{wav_bytes, write_wav};

/// Sample rate of everything behind this module, in hertz.
pub const SAMPLE_RATE_HZ: u32 = 16_000;

#[cfg(test)]
mod tests;
