//! Sound devices of this machine, and how one is found and opened.
//!
//! Guarantees: every look at the sound system happens on a named thread with a limit on waiting, because
//! a sound server that has stopped can hold a caller for ever; and devices that are listed have at least
//! one working format.

use std::collections::HashSet;

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{
    BufferSize, SampleFormat, StreamConfig, SupportedBufferSize, SupportedStreamConfig,
    SupportedStreamConfigRange,
};
use crossbeam_channel::bounded;
use serde::{Deserialize, Serialize};

use super::fault::{DeviceFault, Direction};
use super::quiet::without_alsa_chatter;
use super::stream_thread::OPEN_LIMIT;

/// A device that can be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Stable name for the sound system: what [`super::capture::Capture::open`] takes.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Whether it is the system's default.
    pub is_default: bool,
    /// Formats in words: first the one that would be used, then what else the device takes.
    pub formats: Vec<String>,
}

/// Lists the capture devices that have a working format.
///
/// # Errors
/// [`DeviceFault::NoDevice`] where there is none, [`DeviceFault::NoAnswer`] where the sound system hangs.
pub fn list_devices() -> Result<Vec<Device>, DeviceFault> {
    let (answer, answered) = bounded(1);
    std::thread::Builder::new()
        .name("sound-devices".to_owned())
        .spawn(move || drop(answer.send(without_alsa_chatter(list_now))))
        .map_err(|error| no_service(Direction::Capture, &error))?;
    match answered.recv_timeout(OPEN_LIMIT) {
        Ok(devices) => devices,
        Err(_) => Err(DeviceFault::NoAnswer { secs: OPEN_LIMIT.as_secs() }),
    }
}

fn no_service(direction: Direction, error: &dyn std::fmt::Display) -> DeviceFault {
    DeviceFault::NoService { direction, detail: error.to_string() }
}

fn list_now() -> Result<Vec<Device>, DeviceFault> {
    let host = cpal::default_host();
    let default = host.default_input_device();
    let default_id = default.as_ref().and_then(id_of);
    let listed = host.devices().map_err(|error| no_service(Direction::Capture, &error))?;
    let mut seen_ids = HashSet::new();
    let mut seen_names = HashSet::new();
    let mut devices = Vec::new();
    // The list describes the default device better than the default itself does.
    for device in listed.chain(default) {
        let Some(id) = id_of(&device) else { continue };
        if !seen_ids.insert(id.clone()) || is_plug_in_without_hardware(&id) || !may_capture(&device) {
            continue;
        }
        let Some(formats) = capture_formats(&device) else { continue };
        let name = name_of(&device);
        let is_default = Some(&id) == default_id.as_ref();
        if seen_names.insert(name.clone()) {
            devices.push(Device { id, name, is_default, formats });
        }
    }
    if devices.is_empty() {
        return Err(DeviceFault::NoDevice { direction: Direction::Capture });
    }
    devices.sort_by_key(|device: &Device| !device.is_default);
    Ok(devices)
}

fn id_of(device: &cpal::Device) -> Option<String> {
    device.id().ok().map(|id| id.id().to_owned())
}

/// The first line of the system's description; the default device of ALSA is better known as that.
fn name_of(device: &cpal::Device) -> String {
    let id = id_of(device).unwrap_or_default();
    match device.description() {
        Ok(description) if id == "default" => match description.name() {
            "Default Audio Device" => "System default".to_owned(),
            name => format!("System default: {name}"),
        },
        Ok(description) => description.name().to_owned(),
        Err(_) => id,
    }
}

fn may_capture(device: &cpal::Device) -> bool {
    use cpal::DeviceDirection::{Duplex, Input, Unknown};
    device.description().is_ok_and(|text| matches!(text.direction(), Input | Duplex | Unknown))
}

/// ALSA lists its plug-ins beside devices. Of those tied to a card only `plughw` is offered, since it
/// takes every format; of the free ones all but the known converters and routers.
fn is_plug_in_without_hardware(id: &str) -> bool {
    if !cfg!(target_os = "linux") {
        return false;
    }
    const FREE: [&str; 13] = [
        "null",
        "samplerate",
        "speexrate",
        "speex",
        "lavrate",
        "jack",
        "oss",
        "upmix",
        "vdownmix",
        "a52",
        "usbstream",
        "dmix",
        "dsnoop",
    ];
    const TIED: [&str; 15] = [
        "hw",
        "sysdefault",
        "front",
        "rear",
        "center_lfe",
        "side",
        "surround21",
        "surround40",
        "surround41",
        "surround50",
        "surround51",
        "surround71",
        "iec958",
        "dmix",
        "dsnoop",
    ];
    match id.split_once(':') {
        Some((plug_in, _)) => TIED.contains(&plug_in) || FREE.contains(&plug_in) || plug_in == "hdmi",
        None => FREE.contains(&id),
    }
}

/// `None` where the device has no working format; a device in use keeps its place in the list.
fn capture_formats(device: &cpal::Device) -> Option<Vec<String>> {
    match capture_configs(device) {
        Ok(configs) => {
            let first = configs.first()?;
            let ranges = device.supported_input_configs().ok().map(Iterator::collect::<Vec<_>>);
            let mut formats = vec![format_words(first)];
            formats.extend(range_words(&ranges.unwrap_or_default()));
            Some(formats)
        }
        Err(error) if error.kind() == cpal::ErrorKind::DeviceBusy => {
            Some(vec!["in use by another program".to_owned()])
        }
        Err(_) => None,
    }
}

/// Configurations worth trying, best first: the system's own choice, then those that need the least
/// conversion to 16 kHz mono.
pub(super) fn capture_configs(device: &cpal::Device) -> Result<Vec<SupportedStreamConfig>, cpal::Error> {
    let ranges: Vec<_> = device.supported_input_configs()?.collect();
    Ok(candidates(device.default_input_config().ok(), &ranges))
}

/// As [`capture_configs`], for playing.
pub(super) fn playback_configs(device: &cpal::Device) -> Result<Vec<SupportedStreamConfig>, cpal::Error> {
    let ranges: Vec<_> = device.supported_output_configs()?.collect();
    Ok(candidates(device.default_output_config().ok(), &ranges))
}

/// Formats tried before a device is given up.
const MAX_CANDIDATES: usize = 8;

fn candidates(
    default: Option<SupportedStreamConfig>,
    ranges: &[SupportedStreamConfigRange],
) -> Vec<SupportedStreamConfig> {
    let mut configs: Vec<_> = default.into_iter().filter(|config| is_known(config.sample_format())).collect();
    let mut ranges: Vec<_> = ranges.iter().filter(|range| is_known(range.sample_format())).collect();
    ranges.sort_by(|a, b| b.cmp_default_heuristics(a));
    for range in ranges {
        let rate = [48_000, 44_100, 16_000].into_iter().find(|&rate| range.contains_rate(rate));
        let rate = rate.unwrap_or_else(|| range.max_sample_rate());
        let config = range.try_with_sample_rate(rate);
        configs.extend(config.filter(|config| !configs.contains(config)));
    }
    configs.truncate(MAX_CANDIDATES);
    configs
}

/// A configuration with periods of about `period_ms`, where the device takes them, and then as the device
/// likes it best. The sound system keeps two periods; those that devices like best can be as short as 10 ms,
/// too short for a machine that trains on all its cores at the same time.
pub(super) fn stream_configs(config: &SupportedStreamConfig, period_ms: u32) -> Vec<StreamConfig> {
    let by_default = config.config();
    let wanted = config.sample_rate() / 1000 * period_ms;
    let is_taken = match *config.buffer_size() {
        SupportedBufferSize::Range { min, max } => (min..=max).contains(&wanted),
        SupportedBufferSize::Unknown => false,
    };
    let with_period = StreamConfig { buffer_size: BufferSize::Fixed(wanted), ..by_default };
    is_taken.then_some(with_period).into_iter().chain([by_default]).collect()
}

/// Formats that [`super::capture`] converts; others, such as one-bit DSD, are not speech formats.
fn is_known(format: SampleFormat) -> bool {
    use SampleFormat::{F32, F64, I8, I16, I24, I32, U8, U16, U24, U32};
    matches!(format, I8 | I16 | I24 | I32 | U8 | U16 | U24 | U32 | F32 | F64)
}

/// A configuration in words, such as `48 kHz, 2 channels, f32`.
pub(super) fn format_words(config: &SupportedStreamConfig) -> String {
    format!(
        "{}, {}, {}",
        rate_words(config.sample_rate()),
        channel_words(config.channels(), config.channels()),
        config.sample_format()
    )
}

fn rate_words(rate_hz: u32) -> String {
    if rate_hz < 1000 { format!("{rate_hz} Hz") } else { format!("{} kHz", f64::from(rate_hz) / 1000.0) }
}

fn channel_words(fewest: u16, most: u16) -> String {
    match (fewest, most) {
        (1, 1) => "1 channel".to_owned(),
        (a, b) if a == b => format!("{a} channels"),
        (a, b) => format!("{a} to {b} channels"),
    }
}

/// What a device takes, one line per range of rates: `1 to 384 kHz, 1 to 32 channels, i16 or f32`.
fn range_words(ranges: &[SupportedStreamConfigRange]) -> Vec<String> {
    let mut rates: Vec<_> = ranges.iter().map(|r| (r.min_sample_rate(), r.max_sample_rate())).collect();
    rates.sort_unstable();
    rates.dedup();
    rates
        .into_iter()
        .map(|(low, high)| {
            let same =
                |r: &&SupportedStreamConfigRange| (r.min_sample_rate(), r.max_sample_rate()) == (low, high);
            let of_rate: Vec<_> = ranges.iter().filter(same).collect();
            let fewest = of_rate.iter().map(|r| r.channels()).min().unwrap_or(1);
            let most = of_rate.iter().map(|r| r.channels()).max().unwrap_or(1);
            let mut formats: Vec<_> = of_rate.iter().map(|r| r.sample_format().to_string()).collect();
            formats.dedup();
            let mut unique = Vec::new();
            formats.into_iter().for_each(|f| {
                if !unique.contains(&f) {
                    unique.push(f)
                }
            });
            let rate = if low == high {
                rate_words(low)
            } else {
                format!("{} to {}", rate_words(low), rate_words(high))
            };
            format!("{rate}, {}, {}", channel_words(fewest, most), unique.join(" or "))
        })
        .collect()
}

/// Finds a device by id or by name; `None` is the system's default.
pub(super) fn find(
    wanted: Option<&str>,
    direction: Direction,
) -> Result<(cpal::Device, String), DeviceFault> {
    let host = cpal::default_host();
    let default = match direction {
        Direction::Capture => host.default_input_device(),
        Direction::Playback => host.default_output_device(),
    };
    let found = match wanted {
        None => Some(default.ok_or(DeviceFault::NoDevice { direction })?),
        Some(wanted) => {
            let listed = host.devices().map_err(|error| no_service(direction, &error))?;
            listed.chain(default).find(|device| {
                id_of(device).is_some_and(|id| id == wanted) || name_of(device).eq_ignore_ascii_case(wanted)
            })
        }
    };
    match (found, wanted) {
        (Some(device), _) => {
            let name = name_of(&device);
            Ok((device, name))
        }
        (None, wanted) => {
            let known = list_now()?.into_iter().map(|device| device.name).collect();
            Err(DeviceFault::UnknownDevice { wanted: wanted.unwrap_or_default().to_owned(), known })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cpal::SupportedBufferSize::Unknown;

    fn range(channels: u16, low: u32, high: u32, format: SampleFormat) -> SupportedStreamConfigRange {
        SupportedStreamConfigRange::new(channels, low, high, Unknown, format)
    }

    #[test]
    fn formats_read_as_people_say_them() {
        let config = range(2, 48_000, 48_000, SampleFormat::F32).with_max_sample_rate();
        assert_eq!(format_words(&config), "48 kHz, 2 channels, f32");
        let config = range(1, 44_100, 44_100, SampleFormat::I16).with_max_sample_rate();
        assert_eq!(format_words(&config), "44.1 kHz, 1 channel, i16");
    }

    #[test]
    fn ranges_are_gathered_by_rate() {
        let ranges = [
            range(1, 8000, 48_000, SampleFormat::I16),
            range(2, 8000, 48_000, SampleFormat::I16),
            range(2, 8000, 48_000, SampleFormat::F32),
        ];
        assert_eq!(range_words(&ranges), ["8 kHz to 48 kHz, 1 to 2 channels, i16 or f32"]);
        assert_eq!(
            range_words(&[range(1, 1, 384_000, SampleFormat::U8)]),
            ["1 Hz to 384 kHz, 1 channel, u8"]
        );
    }

    #[test]
    fn candidates_begin_with_the_default_and_skip_formats_that_cannot_be_read() {
        let default = range(2, 48_000, 48_000, SampleFormat::I16).with_max_sample_rate();
        let ranges = [
            range(1, 96_000, 96_000, SampleFormat::F32),
            range(2, 8_000, 16_000, SampleFormat::I32),
            range(2, 48_000, 48_000, SampleFormat::DsdU8),
            range(2, 48_000, 48_000, SampleFormat::I16),
        ];
        let words: Vec<_> = candidates(Some(default), &ranges).iter().map(format_words).collect();
        assert_eq!(words, ["48 kHz, 2 channels, i16", "16 kHz, 2 channels, i32", "96 kHz, 1 channel, f32"]);
    }

    #[test]
    fn longer_periods_are_asked_for_first_where_the_device_takes_them() {
        let config = |buffer| {
            SupportedStreamConfigRange::new(2, 48_000, 48_000, buffer, SampleFormat::F32)
                .with_max_sample_rate()
        };
        let sizes = |buffer| -> Vec<BufferSize> {
            stream_configs(&config(buffer), 50).iter().map(|config| config.buffer_size).collect()
        };
        let wide = SupportedBufferSize::Range { min: 64, max: 48_000 };
        assert_eq!(sizes(wide), [BufferSize::Fixed(2400), BufferSize::Default]);
        assert_eq!(sizes(SupportedBufferSize::Range { min: 64, max: 1024 }), [BufferSize::Default]);
        assert_eq!(sizes(Unknown), [BufferSize::Default]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn plug_ins_are_told_from_devices() {
        for id in ["null", "jack", "hw:CARD=PCH,DEV=0", "surround51:CARD=PCH,DEV=0", "hdmi:CARD=PCH,DEV=0"] {
            assert!(is_plug_in_without_hardware(id), "{id}");
        }
        for id in ["default", "pulse", "pipewire", "plughw:CARD=PCH,DEV=0", "my_array"] {
            assert!(!is_plug_in_without_hardware(id), "{id}");
        }
    }
}
