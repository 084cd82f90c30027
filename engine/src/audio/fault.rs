//! What can go wrong with a sound device, as sentences for the person at it.
//!
//! Operating systems report the same mishap in many ways; here each has one name, one sentence that says
//! what happened, and one that says what to do.

use cpal::ErrorKind;

/// Which way the sound flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From a microphone.
    Capture,
    /// To a loudspeaker.
    Playback,
}

impl Direction {
    /// The kind of device, as people call it.
    fn device_word(self) -> &'static str {
        match self {
            Self::Capture => "microphone",
            Self::Playback => "loudspeaker",
        }
    }
}

/// A sound device that cannot be opened, or that ended by itself.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DeviceFault {
    /// There is no device of this direction.
    #[error(
        "no {} was found; plug one in or switch it on in the system's sound settings, then try again",
        .direction.device_word()
    )]
    NoDevice {
        /// Which way the sound should flow.
        direction: Direction,
    },
    /// The device asked for does not exist.
    #[error(
        "there is no sound device `{wanted}`; choose one of: {}; or none for the system's default",
        .known.join(", ")
    )]
    UnknownDevice {
        /// What was asked for.
        wanted: String,
        /// Names of the devices that exist.
        known: Vec<String>,
    },
    /// The device is known, but nothing is behind it: unplugged, or a sound service without devices.
    #[error(
        "there is no {} behind `{device}`; plug one in, switch it on in the system's sound settings or restart \
         the sound service, then try again", .direction.device_word()
    )]
    Absent {
        /// Name of the device.
        device: String,
        /// Which way the sound should flow.
        direction: Direction,
    },
    /// The system forbids the use of the device.
    #[error(
        "the system does not let this program use `{device}`; allow it in the privacy settings, or on \
         Linux add this user to the group `audio`, then try again"
    )]
    NoPermission {
        /// Name of the device.
        device: String,
    },
    /// Another program holds the device.
    #[error("`{device}` is in use by another program; close that program or choose another device")]
    Busy {
        /// Name of the device.
        device: String,
    },
    /// The device refuses every format that was tried.
    #[error(
        "`{device}` refuses every format tried ({}); choose another device, or another format for it in \
         the system's sound settings",
        .tried.join("; ")
    )]
    FormatRefused {
        /// Name of the device.
        device: String,
        /// Formats tried, in words.
        tried: Vec<String>,
    },
    /// No sound server or driver answers.
    #[error(
        "the system's sound service cannot be reached ({detail}); start it (PipeWire or PulseAudio on \
         Linux), check that a {} is connected, then try again", .direction.device_word()
    )]
    NoService {
        /// Which way the sound should flow.
        direction: Direction,
        /// What the system said.
        detail: String,
    },
    /// The sound system took too long.
    #[error(
        "the sound system did not answer within {secs} s; restart the sound service or the computer, then \
         try again"
    )]
    NoAnswer {
        /// Seconds waited.
        secs: u64,
    },
    /// The device went away while it was in use.
    #[error("`{device}` was unplugged or switched off; plug it in again or choose another device")]
    Unplugged {
        /// Name of the device.
        device: String,
    },
    /// The stream is open, but nothing moves any more.
    #[error(
        "nothing has moved through `{device}` for {secs} s: its sound service has stopped or the device is \
         suspended; restart the service or wake the device, then start again"
    )]
    Stalled {
        /// Name of the device.
        device: String,
        /// Seconds without a callback.
        secs: u64,
    },
    /// The stream runs faster than real time, so no hardware is behind it.
    #[error(
        "`{device}` runs faster than real time, so it is a stand-in without hardware; choose a real device"
    )]
    NotReal {
        /// Name of the device.
        device: String,
    },
    /// Anything else that the system reports.
    #[error("`{device}` cannot be used: {detail}; choose another device or restart the sound service")]
    Backend {
        /// Name of the device.
        device: String,
        /// What the system said.
        detail: String,
    },
}

impl DeviceFault {
    /// Names the failure of opening `device`; `format` is what was tried, in words.
    pub(super) fn on_opening(error: &cpal::Error, direction: Direction, device: &str, format: &str) -> Self {
        let device = device.to_owned();
        match error.kind() {
            ErrorKind::PermissionDenied => Self::NoPermission { device },
            ErrorKind::DeviceBusy => Self::Busy { device },
            ErrorKind::DeviceNotAvailable => Self::NoDevice { direction },
            ErrorKind::UnsupportedConfig | ErrorKind::UnsupportedOperation | ErrorKind::InvalidInput => {
                Self::FormatRefused { device, tried: vec![format.to_owned()] }
            }
            ErrorKind::HostUnavailable => Self::NoService { direction, detail: error.to_string() },
            _ if says_no_service(&error.to_string()) => {
                Self::NoService { direction, detail: error.to_string() }
            }
            _ if says_absent(&error.to_string()) => Self::Absent { device, direction },
            _ => Self::Backend { device, detail: error.to_string() },
        }
    }
}

/// ALSA passes on what its PulseAudio and PipeWire plug-ins met, but only as text.
fn says_no_service(detail: &str) -> bool {
    ["ECONNREFUSED", "ENOTCONN", "ECONNRESET", "EHOSTDOWN", "Connection refused"]
        .iter()
        .any(|sign| detail.contains(sign))
}

/// What ALSA says of a device that its sound service no longer has, or that was pulled while it opened.
fn says_absent(detail: &str) -> bool {
    ["EIO", "ENODEV", "ENXIO", "I/O error (5)", "No such device"].iter().any(|sign| detail.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(kind: ErrorKind) -> DeviceFault {
        DeviceFault::on_opening(&cpal::Error::new(kind), Direction::Capture, "desk mic", "48 kHz")
    }

    #[test]
    fn every_kind_of_failure_has_its_own_name() {
        assert!(matches!(opened(ErrorKind::PermissionDenied), DeviceFault::NoPermission { .. }));
        assert!(matches!(opened(ErrorKind::DeviceBusy), DeviceFault::Busy { .. }));
        assert!(matches!(opened(ErrorKind::DeviceNotAvailable), DeviceFault::NoDevice { .. }));
        assert!(matches!(opened(ErrorKind::UnsupportedConfig), DeviceFault::FormatRefused { .. }));
        assert!(matches!(opened(ErrorKind::HostUnavailable), DeviceFault::NoService { .. }));
        assert!(matches!(opened(ErrorKind::BackendError), DeviceFault::Backend { .. }));
    }

    #[test]
    fn a_refused_connection_is_a_missing_service() {
        let error = cpal::Error::with_message(
            ErrorKind::BackendError,
            "ALSA function 'snd_pcm_open' failed with error 'ECONNREFUSED: Connection refused'",
        );
        let fault = DeviceFault::on_opening(&error, Direction::Playback, "default", "");
        assert!(matches!(fault, DeviceFault::NoService { .. }));
        assert!(fault.to_string().contains("loudspeaker"), "{fault}");
    }

    #[test]
    fn a_device_that_its_sound_service_no_longer_has_is_absent() {
        let error = cpal::Error::with_message(
            ErrorKind::BackendError,
            "ALSA function 'snd_pcm_hw_params' failed with error 'I/O error (5)'",
        );
        let fault = DeviceFault::on_opening(&error, Direction::Capture, "desk mic", "");
        assert!(fault.to_string().starts_with("there is no microphone behind `desk mic`"), "{fault}");
    }

    #[test]
    fn messages_say_what_happened_and_what_to_do() {
        let fault = DeviceFault::Unplugged { device: "desk mic".into() };
        assert_eq!(
            fault.to_string(),
            "`desk mic` was unplugged or switched off; plug it in again or choose another device"
        );
    }
}
