//! Recordings whose description is wrong and whose sound is right.

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;

use super::super::tests::{assert_is_tone, fixtures, tone};
use super::*;

/// 16-bit samples of the tone, half a second.
fn samples() -> Vec<i16> {
    tone(16_000, 0.5).iter().map(|x| (x * 32_768.0).round() as i16).collect()
}

fn little_endian(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// A chunk with an honest size and padding.
fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    sized(name, body.len() as u32, body)
}

/// A chunk that claims another size than it has.
fn sized(name: &[u8; 4], claimed: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = [name, claimed.to_le_bytes().as_slice(), body].concat();
    if body.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

fn format() -> Vec<u8> {
    chunk(b"fmt ", &[1, 0, 1, 0, 0x80, 0x3e, 0, 0, 0, 0x7d, 0, 0, 2, 0, 16, 0])
}

fn data() -> Vec<u8> {
    chunk(b"data", &little_endian(&samples()))
}

fn riff(chunks: &[&[u8]]) -> Vec<u8> {
    let chunks = chunks.concat();
    [b"RIFF".as_slice(), &(4 + chunks.len() as u32).to_le_bytes(), b"WAVE", &chunks].concat()
}

fn decoded(bytes: &[u8]) -> Result<Vec<f32>, AudioError> {
    decode_bytes(bytes, Path::new("test.wav"))
}

fn assert_is_whole(bytes: &[u8], what: &str) {
    let found = decoded(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
    let expected: Vec<f32> = samples().iter().map(|&sample| f32::from(sample) / 32_768.0).collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    assert!(found == expected, "{what}: other samples");
}

#[test]
fn faulty_chunks_never_cost_the_samples() {
    let title = |len: u32| [b"INFOINAM".as_slice(), &len.to_le_bytes(), b"title\0"].concat();
    let cases: &[(&str, Vec<u8>)] = &[
        ("an inner length past the end of its list", chunk(b"LIST", &title(4_000_000))),
        ("an inner length of 4 GB", chunk(b"LIST", &title(u32::MAX))),
        ("a list shorter than its name", sized(b"LIST", 2, b"IN")),
        ("a list longer than it is", sized(b"LIST", 500, &title(6))),
        ("a list longer than the file", sized(b"LIST", 1 << 30, &title(6))),
        ("a list shorter than it is", sized(b"LIST", 9, &title(6))),
        ("an odd chunk without padding", sized(b"ICMT", 5, b"title")[..13].to_vec()),
        ("an even chunk with padding", [chunk(b"note", b"ab"), vec![0]].concat()),
        ("a studio chunk cut short", sized(b"bext", 602, &[b' '; 100])),
        ("a tag with a size of its own", chunk(b"id3 ", b"ID3\x03\0\0\x7f\x7f\x7f\x7f")),
        ("a filler that ends nowhere", sized(b"JUNK", u32::MAX, &[0; 28])),
        ("a fact of the wrong length", chunk(b"fact", &[1, 2, 3, 4, 5, 6, 7, 8])),
        (
            "the word data in a comment",
            sized(b"LIST", 999_999, b"INFOICMT\x20\0\0\0some data recorded by a person"),
        ),
        ("no name at all", [&[0u8; 4] as &[u8], &7u32.to_le_bytes(), &[0; 8]].concat()),
    ];
    for (what, broken) in cases {
        assert_is_whole(&riff(&[&format(), broken, &data()]), &format!("{what}, before the samples"));
        assert_is_whole(&riff(&[broken, &format(), &data()]), &format!("{what}, before the format"));
        assert_is_whole(&riff(&[&format(), &data(), broken]), &format!("{what}, after the samples"));
    }
    let outer = |len: u32| [b"RIFF".as_slice(), &len.to_le_bytes(), b"WAVE", &format(), &data()].concat();
    for len in [0, 3, 36, 1000, u32::MAX] {
        assert_is_whole(&outer(len), &format!("an outer size of {len}"));
    }
    let late = riff(&[&data(), &format()]);
    assert_is_whole(&late, "the format behind the samples");
}

#[test]
fn formats_with_odd_extensions_are_read() {
    let plain = &format()[8..];
    let extensible = |valid: u16, size: u16| {
        let mut body = plain.to_vec();
        body[..2].copy_from_slice(&[0xfe, 0xff]);
        body.extend_from_slice(&size.to_le_bytes());
        body.extend_from_slice(&valid.to_le_bytes());
        body.extend_from_slice(&[
            4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71,
        ]);
        body
    };
    for (what, body) in [
        ("no bits per sample", plain[..14].to_vec()),
        ("an empty extension", [plain, &[0, 0]].concat()),
        ("an extension of two bytes", [plain, &[2, 0, 0, 0]].concat()),
        ("rubbish behind it", [plain, &[7; 10]].concat()),
        ("an extensible one", extensible(16, 22)),
        ("an extensible one without valid bits", extensible(0, 22)),
        ("an extensible one with more valid bits than bits", extensible(24, 22)),
        ("an extensible one of another size", extensible(16, 0)),
    ] {
        assert_is_whole(&riff(&[&chunk(b"fmt ", &body), &data()]), what);
    }
    let too_long = sized(b"fmt ", 18, &[plain, &[]].concat());
    assert_is_whole(&riff(&[&too_long, &data()]), "a format that claims two bytes too many");
}

#[test]
fn sizes_that_were_never_filled_in_mean_to_the_end() {
    let body = little_endian(&samples());
    for claimed in [
        0,
        u32::MAX,
        u32::MAX - 36,
        0xffff_ff00,
        0x7fff_f000,
        0x7fff_ffff,
        0x7fff_ffdb,
        0x8000_0000,
        0x8000_0024,
        0xf000_0000,
        3_000_000_000,
    ] {
        let file = riff(&[&format(), &sized(b"data", claimed, &body)]);
        assert_is_whole(&file, &format!("{claimed:#x}"));
    }
    // What is less than that was lost.
    for claimed in [20_000, 1 << 24, 1 << 30] {
        let error = decoded(&riff(&[&format(), &sized(b"data", claimed, &body)])).unwrap_err();
        assert!(matches!(error, AudioError::Truncated { .. }), "{claimed}: {error}");
    }
    // No samples, and chunks that say so.
    let title = chunk(b"LIST", b"INFOINAM\x06\0\0\0title\0");
    let empty = riff(&[&format(), &chunk(b"data", &[]), &title]);
    assert!(matches!(decoded(&empty), Err(AudioError::NoSamples { .. })));
    assert_is_whole(&riff(&[&format(), &chunk(b"data", &[]), &title, &data()]), "the second of two");
}

#[test]
fn big_endian_and_64_bit_files_are_read() {
    let body: Vec<u8> = samples().iter().flat_map(|sample| sample.to_be_bytes()).collect();
    let mut rifx =
        b"RIFX\0\0\0\0WAVEfmt \0\0\0\x10\0\x01\0\x01\0\0\x3e\x80\0\0\x7d\0\0\x02\0\x10data".to_vec();
    rifx.extend_from_slice(&(body.len() as u32).to_be_bytes());
    rifx.extend_from_slice(&body);
    assert_is_whole(&rifx, "RIFX");
    let len = little_endian(&samples()).len() as u64;
    let sizes = [&0u64.to_le_bytes() as &[u8], &len.to_le_bytes(), &[0; 12]].concat();
    for name in [b"RF64", b"BW64"] {
        let mut file = riff(&[
            &chunk(b"ds64", &sizes),
            &format(),
            &sized(b"data", u32::MAX, &little_endian(&samples())),
            &chunk(b"LIST", b"INFOINAM\x06\0\0\0title\0"),
        ]);
        file[..4].copy_from_slice(name);
        assert_is_whole(&file, "64-bit");
    }
}

#[test]
fn flac_needs_its_stream_information_alone() {
    let whole = fs::read(fixtures().join("mono-16k.flac")).unwrap();
    let expected = decoded(&whole).unwrap();
    let (info, frames) = (&whole[8..42], {
        let mut at = 4;
        loop {
            let len = usize::from(whole[at + 1]) << 16
                | usize::from(whole[at + 2]) << 8
                | usize::from(whole[at + 3]);
            let is_last = whole[at] & 0x80 != 0;
            at += 4 + len;
            if is_last {
                break &whole[at..];
            }
        }
    });
    let block = |kind: u8, claimed: u32, body: &[u8]| {
        [&(u32::from(kind) << 24 | claimed).to_be_bytes() as &[u8], body].concat()
    };
    let with = |blocks: &[Vec<u8>]| [b"fLaC", &*block(0, 34, info), &*blocks.concat(), frames].concat();
    let comment = |vendor: u32| [&vendor.to_le_bytes() as &[u8], b"abcd", &1u32.to_le_bytes()].concat();
    for (what, blocks) in [
        ("no block besides", vec![block(0x81, 0, &[])]),
        ("a comment whose maker is 4 GB long", vec![block(0x84, 12, &comment(u32::MAX))]),
        ("a comment that lacks its entries", vec![block(0x84, 12, &comment(4))]),
        ("a picture of nothing", vec![block(0x86, 6, &[0xff; 6])]),
        ("a picture longer than the file", vec![block(0x86, 0xff_ffff, &[1; 60])]),
        ("padding longer than it is", vec![block(0x81, 500, &[0; 40])]),
        ("padding shorter than it is", vec![block(0x81, 4, &[0; 40])]),
        ("two seek tables", vec![block(3, 18, &[0; 18]), block(0x83, 18, &[0; 18])]),
        ("a second stream information", vec![block(0x80, 34, info)]),
        ("a cue sheet of zeros", vec![block(0x85, 30, &[0; 30])]),
    ] {
        let found = decoded(&with(&blocks)).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(found == expected, "{what}: {} samples", found.len());
    }
    // An unknown length and an unknown checksum, as encoders write into a pipe.
    let mut unknown = whole.clone();
    unknown[21] &= 0xf0;
    unknown[22..42].fill(0);
    assert!(decoded(&unknown).unwrap() == expected, "an unknown length");
    let title = [b"TAG".as_slice(), &[b' '; 125]].concat();
    let end_of_ape = |size: u32| {
        let fields = [2000, size, 0, 0].map(u32::to_le_bytes).concat();
        [b"APETAGEX".as_slice(), &fields, &[0; 8]].concat()
    };
    for (what, tag) in [
        ("an ID3v1 tag", title.clone()),
        ("an APE tag", [vec![7; 100], end_of_ape(132)].concat()),
        ("an APE tag with a size beyond the file", end_of_ape(u32::MAX)),
        ("two tags", [end_of_ape(32), title].concat()),
    ] {
        let found = decoded(&[&whole[..], &tag].concat()).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(found == expected, "{what}");
    }
}

#[test]
fn chained_streams_follow_one_another() {
    let read = |name: &str| fs::read(fixtures().join(name)).unwrap();
    let names = ["mono-16k.ogg", "stereo-44k.ogg", "mono-48k.opus"];
    let alone: Vec<Vec<f32>> = names.iter().map(|name| decoded(&read(name)).unwrap()).collect();
    for order in [[0, 0, 0], [0, 1, 2], [2, 1, 0], [1, 1, 2], [2, 2, 0]] {
        let chained = order.iter().flat_map(|&index| read(names[index])).collect::<Vec<u8>>();
        let found = decoded(&chained).unwrap();
        let expected: usize = order.iter().map(|&index| alone[index].len()).sum();
        assert!(found.len().abs_diff(expected) <= 2, "{order:?}: {} samples, not {expected}", found.len());
        let first = &alone[order[0]];
        // Streams of one rate go through one filter, whose ends meet between them.
        let len = first.len() - 1_000;
        assert!(found[..len] == first[..len], "{order:?}: the first changed");
        let last = &alone[order[2]];
        let tail = &found[found.len() - last.len() + 1_000..];
        let same = tail.iter().zip(&last[1_000..]).filter(|(a, b)| (**a - **b).abs() < 1e-3).count();
        assert!(same * 10 > tail.len() * 9, "{order:?}: {same} of {} at the end", tail.len());
    }
    let first =
        decode_input(&Input::from_bytes(read(names[1]).repeat(4)), Path::new("a.ogg"), 0.75, MAX_AMPLITUDE)
            .unwrap();
    assert_eq!((first.samples.len(), first.is_cut, first.rate_hz), (12_000, true, 44_100));
    // A stream that is not marked as ended.
    let mut endless = read("mono-16k.ogg");
    let last_page = endless.windows(4).rposition(|bytes| bytes == b"OggS").unwrap();
    endless[last_page + 5] &= !4;
    reseal(&mut endless);
    // What the encoder filled its last packet with is only known from the mark.
    let found = decoded(&endless).unwrap();
    assert!(found.starts_with(&alone[0]), "{} samples", found.len());
    assert!(decoded(&endless.repeat(2)).unwrap().len() >= 2 * alone[0].len());
}

#[test]
fn tags_of_ogg_may_be_anything() {
    // Positions of the tags: behind the name of the second packet.
    for (name, mark) in [("mono-16k.ogg", b"\x03vorbis".as_slice()), ("mono-48k.opus", b"OpusTags")] {
        let whole = fs::read(fixtures().join(name)).unwrap();
        let expected = decoded(&whole).unwrap();
        let at = whole.windows(mark.len()).position(|bytes| bytes == mark).unwrap() + mark.len();
        for broken in [[0xff; 4], [0xff, 0xff, 0, 0], [0; 4], [2, 0, 0, 0]] {
            let mut file = whole.clone();
            file[at..at + 4].copy_from_slice(&broken);
            reseal(&mut file);
            let found = decoded(&file).unwrap_or_else(|error| panic!("{name}, {broken:?}: {error}"));
            assert!(found == expected, "{name}, {broken:?}: {} of {} samples", found.len(), expected.len());
        }
    }
}

/// Gives every page the checksum of its content.
fn reseal(file: &mut [u8]) {
    let mut at = 0;
    while at < file.len() {
        let num_segments = usize::from(file[at + 26]);
        let content: usize = file[at + 27..at + 27 + num_segments].iter().map(|&len| usize::from(len)).sum();
        let page = &mut file[at..at + 27 + num_segments + content];
        page[22..26].fill(0);
        let sum = ogg::checksum(page);
        page[22..26].copy_from_slice(&sum.to_le_bytes());
        at += 27 + num_segments + content;
    }
}

/// Amplitude of a sine in the middle of a recording.
fn amplitude(samples: &[f32], hz: f64) -> f64 {
    let middle = &samples[2_000..6_000];
    let sum = middle.iter().enumerate().fold((0.0, 0.0), |(re, im), (n, &x)| {
        let phase = TAU * hz * n as f64 / 16_000.0;
        (re + f64::from(x) * phase.cos(), im + f64::from(x) * phase.sin())
    });
    2.0 * f64::hypot(sum.0, sum.1) / middle.len() as f64
}

#[test]
fn phones_browsers_and_studios_are_read() {
    for (name, format, rate_hz, num_channels, padding) in [
        ("mono-48k.opus", "Ogg Opus", 48_000, 1, 0),
        ("stereo-48k.webm", "Matroska", 48_000, 2, 640),
        ("mono-48k.caf", "CAF", 48_000, 1, 640),
        ("mono-44k.m4a", "MP4", 44_100, 1, 1_024),
        ("mono-16k-alac.m4a", "MP4", 16_000, 1, 0),
        ("mono-16k.aac", "AAC", 16_000, 1, 2_048),
        ("mono-16k.aiff", "AIFF", 16_000, 1, 0),
        ("stereo-16k.caf", "CAF", 16_000, 2, 0),
        ("mono-48k.mka", "Matroska", 48_000, 1, 640),
        ("mono-16k-lame.mp3", "MP3", 16_000, 1, 0),
    ] {
        let recording =
            decode_recording(&fixtures().join(name), 10.0).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((recording.format, recording.rate_hz), (format, rate_hz), "{name}");
        assert_eq!(recording.num_channels, num_channels, "{name}");
        let len = recording.samples.len();
        assert!((7_990..=8_010 + padding).contains(&len), "{name}: {len} samples");
        // ffmpeg makes two channels of one with equal power.
        let gain = if num_channels == 2 { 0.5f64.sqrt() } else { 1.0 };
        for (hz, expected) in [(400.0, 0.4 * gain), (1000.0, 0.2 * gain)] {
            let found = amplitude(&recording.samples, hz);
            assert!((found - expected).abs() < 0.03, "{name}: {found} at {hz} Hz");
        }
    }
}

#[test]
fn tags_that_lie_about_their_length_do_not_cost_the_sound() {
    for name in ["mono-22k.mp3", "mono-16k.flac", "mono-16k.ogg"] {
        let sound = fs::read(fixtures().join(name)).unwrap();
        let expected = decoded(&sound).unwrap();
        let body = [b"TIT2\0\0\0\x06\0\0\0title".as_slice(), &[0; 200]].concat();
        for claimed in [0, 7, 150, 215, 700, 5_000, 0x0fff_ffff] {
            let size: [u8; 4] = [21, 14, 7, 0].map(|shift| (claimed >> shift & 0x7f) as u8);
            let file = [b"ID3\x04\0\0".as_slice(), &size, &body, &sound].concat();
            let found = decoded(&file).unwrap_or_else(|error| panic!("{name}, {claimed}: {error}"));
            assert!(found == expected, "{name}, {claimed}: {} samples, not {}", found.len(), expected.len());
        }
    }
}

#[test]
fn joined_mp3_files_are_read_to_the_end() {
    let one = fs::read(fixtures().join("mono-16k-lame.mp3")).unwrap();
    let alone = decoded(&one).unwrap().len();
    assert!(alone.abs_diff(8_000) <= 1, "{alone}");
    for count in 2..5 {
        let found = decoded(&one.repeat(count)).unwrap().len();
        assert!(found >= count * alone, "{count}: {found}");
    }
    // A count of frames that is too small.
    let at = one.windows(4).position(|bytes| bytes == b"Info").unwrap() + 8;
    let mut lie = one.clone();
    lie[at..at + 4].copy_from_slice(&3u32.to_be_bytes());
    assert!(decoded(&lie).unwrap().len() >= alone);
}

#[test]
fn descriptions_that_cannot_be_multiplied_are_refused() {
    let mut caf = fs::read(fixtures().join("stereo-16k.caf")).unwrap();
    let mut channels = caf.clone();
    caf[36..40].fill(0xff);
    channels[44..48].fill(0xff);
    let mut aiff = fs::read(fixtures().join("mono-16k.aiff")).unwrap();
    let common = aiff.windows(4).position(|bytes| bytes == b"COMM").unwrap();
    aiff[common + 8] = 0x7f;
    for file in [caf, channels, aiff] {
        let error = decoded(&file).unwrap_err().to_string();
        assert!(error.contains("its description makes no sense"), "{error}");
    }
    let many = [1, 0, 0xff, 0xff, 0x80, 0x3e, 0, 0, 0, 0x7d, 0, 0, 2, 0, 32, 0];
    let error = decoded(&riff(&[&chunk(b"fmt ", &many), &data()])).unwrap_err().to_string();
    assert!(error.contains("more than 64 channels"), "{error}");
}

#[cfg(unix)]
#[test]
fn pipes_are_read_to_their_end() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    for name in ["mono-16k.flac", "stereo-44k.ogg", "mono-44k.m4a", "stereo-48k.webm"] {
        let path = folder.path().join(name);
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let bytes = fs::read(fixtures().join(name)).unwrap();
        let writer = std::thread::spawn({
            let (path, bytes) = (path.clone(), bytes.clone());
            move || fs::OpenOptions::new().write(true).open(path).unwrap().write_all(&bytes).unwrap()
        });
        let piped = decode(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        writer.join().unwrap();
        assert!(piped == decoded(&bytes).unwrap(), "{name}");
    }
    let endless = decode(Path::new("/dev/zero")).unwrap_err();
    assert!(matches!(endless, AudioError::NotAudio { .. }), "{endless}");
    assert!(matches!(decode(Path::new("/dev/null")), Err(AudioError::Empty { .. })));
}

#[test]
fn quality_tells_what_cannot_teach() {
    let quality = |channels: &[&dyn Fn(usize) -> f32]| {
        let spec = hound::WavSpec {
            channels: channels.len() as u16,
            sample_rate: 22_050,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut bytes = std::io::Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        for n in 0..4_000 {
            channels.iter().for_each(|channel| writer.write_sample(channel(n)).unwrap());
        }
        writer.finalize().unwrap();
        decode_input(&Input::from_bytes(bytes.into_inner()), Path::new("a"), 10.0, MAX_AMPLITUDE)
            .unwrap()
            .quality
    };
    let wave = |n: usize| (n as f32 * 0.1).sin();
    let quiet = quality(&[&|_| 0.0]);
    assert_eq!((quiet.peak, quiet.span, quiet.mix_ratio, quiet.full_scale_share), (0.0, 0.0, 1.0, 0.0));
    assert_eq!(quality(&[&|_| 0.25]).span, 0.0);
    assert_eq!(quality(&[&|_| 0.25]).peak, 0.25);
    assert!(quality(&[&|n| 13_000.0 * wave(n)]).peak > 12_900.0);
    let half = quality(&[&|n| if n % 2 == 0 { 1.0 } else { 0.0 }]);
    assert!((half.full_scale_share - 0.5).abs() < 1e-6, "{half:?}");
    assert!(quality(&[&wave, &|n| -wave(n)]).mix_ratio < 1e-6);
    assert!((quality(&[&wave, &wave]).mix_ratio - 1.0).abs() < 1e-6);
    assert!((quality(&[&wave, &|_| 0.0]).mix_ratio - 0.5).abs() < 1e-3);
}

#[test]
fn fixtures_of_before_decode_to_the_same_tone() {
    for name in ["mono-16k.flac", "mono-16k.ogg", "mono-22k.mp3"] {
        assert_is_tone(&decode(&fixtures().join(name)).unwrap(), 0.05, name);
    }
}
