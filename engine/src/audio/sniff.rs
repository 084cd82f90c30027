//! What a file is, by its first bytes: names lie, content does not.

use std::path::Path;

/// A container that is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Wav,
    Flac,
    Ogg,
    Mp3,
    Aiff,
    Caf,
    Mp4,
    Matroska,
    Adts,
}

/// The formats that are read, for messages.
pub(super) const FORMATS: &str = "WAV, FLAC, Ogg (Vorbis, Opus), MP3, M4A, AAC, AIFF, CAF, WebM or Matroska";

/// Extensions of the formats that are read; content decides, the name only says what is worth opening.
pub const EXTENSIONS: [&str; 19] = [
    "wav", "wave", "rf64", "bwf", "flac", "ogg", "oga", "opus", "mp3", "m4a", "mp4", "aac", "aif", "aiff",
    "aifc", "caf", "webm", "mka", "mkv",
];

/// Extensions of sound in formats that are not read.
pub const OTHER_EXTENSIONS: [&str; 10] = ["wma", "au", "snd", "amr", "3gp", "ape", "wv", "ra", "spx", "w64"];

/// What to do about a format that is not read.
pub const CONVERT_HINT: &str = "convert it, for example with `ffmpeg -i FILE NEW.wav`";

impl Container {
    /// Name for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Wav => "WAV",
            Self::Flac => "FLAC",
            Self::Ogg => "Ogg Vorbis",
            Self::Mp3 => "MP3",
            Self::Aiff => "AIFF",
            Self::Caf => "CAF",
            Self::Mp4 => "MP4",
            Self::Matroska => "Matroska",
            Self::Adts => "AAC",
        }
    }

    /// Whether samples lie in it without packets of their own.
    pub(super) fn is_raw(self) -> bool {
        matches!(self, Self::Wav | Self::Aiff | Self::Caf)
    }
}

/// Bytes that [`container`] wants to see.
pub(super) const NUM_SNIFFED_BYTES: usize = 16;

/// Length of an ID3v2 tag at the start of a file, 0 where there is none. Such tags precede MP3, and
/// sometimes FLAC; they may hold pictures in which a frame header could be mistaken for sound.
pub(super) fn id3_len(head: &[u8]) -> u64 {
    match head {
        [b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] => {
            let size = [a, b, c, d].iter().fold(0u64, |size, &&byte| size << 7 | u64::from(byte & 0x7f));
            let footer = if flags & 0x10 != 0 { 10 } else { 0 };
            10 + size + footer
        }
        _ => 0,
    }
}

/// The container that starts with these bytes, or a phrase for what they look like.
pub(super) fn container(head: &[u8], name: &Path) -> Result<Container, String> {
    match head {
        [b'R', b'I', b'F', b'F' | b'X', _, _, _, _, b'W', b'A', b'V', b'E', ..]
        | [b'R', b'F', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..]
        | [b'B', b'W', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Ok(Container::Wav),
        [b'f', b'L', b'a', b'C', ..] => Ok(Container::Flac),
        [b'O', b'g', b'g', b'S', ..] => Ok(Container::Ogg),
        [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', b'F' | b'C', ..] => Ok(Container::Aiff),
        [b'c', b'a', b'f', b'f', ..] => Ok(Container::Caf),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Ok(Container::Mp4),
        [0x1a, b'E', 0xdf, 0xa3, ..] => Ok(Container::Matroska),
        // Its sync word is that of MP3 with the layer that MP3 leaves unused.
        [0xff, second, ..] if second & 0xf6 == 0xf0 => Ok(Container::Adts),
        // Frame sync: eleven bits set, then a version and a layer that are not reserved.
        [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x18 != 0x08 && second & 0x06 != 0 => {
            Ok(Container::Mp3)
        }
        // Streams cut from a broadcast start in the middle of a frame; only their name tells.
        _ if has_mp3_name(name) && !is_text(head) => Ok(Container::Mp3),
        _ => Err(describe(head)),
    }
}

fn has_mp3_name(name: &Path) -> bool {
    name.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("mp3"))
}

fn is_text(head: &[u8]) -> bool {
    head.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

fn describe(head: &[u8]) -> String {
    let known: &[(&[u8], &str)] = &[
        (b"RIFF", "a RIFF file without sound"),
        (b"FORM", "an IFF file without sound"),
        (b"riff\x2e\x91", "a Sony Wave64 file"),
        (b".snd", "a Sun AU file"),
        (b"#!AMR", "an AMR file"),
        (b"MAC ", "a Monkey's Audio file"),
        (b"wvpk", "a WavPack file"),
        (b"\x30\x26\xb2\x75", "a Windows Media (WMA) file"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"\x89PNG", "a PNG picture"),
        (b"%PDF", "a PDF document"),
    ];
    if let Some((_, phrase)) = known.iter().find(|(magic, _)| head.starts_with(magic)) {
        return (*phrase).to_string();
    }
    if is_text(head) { "text".into() } else { "of an unknown kind".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_and_names_only_help_headless_mp3() {
        let wav = Path::new("a.wav");
        assert_eq!(container(b"RIFF\0\0\0\0WAVEfmt ", wav), Ok(Container::Wav));
        assert_eq!(container(b"fLaC\0\0\0\x22", wav), Ok(Container::Flac));
        assert_eq!(container(b"OggS\0\0\0\x22", wav), Ok(Container::Ogg));
        assert_eq!(container(&[0xff, 0xfb, 0x90, 0x64], wav), Ok(Container::Mp3));
        assert_eq!(container(b"hello, this is text", wav), Err("text".into()));
        assert_eq!(container(b"RIFF\0\0\0\0AVI LIST", wav), Err("a RIFF file without sound".into()));
        assert_eq!(container(b"\0\0\0 ftypM4A ", wav), Ok(Container::Mp4));
        assert_eq!(container(b"RIFX\0\0\0\0WAVEfmt ", wav), Ok(Container::Wav));
        assert_eq!(container(b"RF64\xff\xff\xff\xffWAVEds64", wav), Ok(Container::Wav));
        assert_eq!(container(b"FORM\0\0\0\0AIFFCOMM", wav), Ok(Container::Aiff));
        assert_eq!(
            container(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", wav),
            Err("a Windows Media (WMA) file".into())
        );
        assert_eq!(container(&[0, 0x12, 0x34], Path::new("a.MP3")), Ok(Container::Mp3));
        assert!(container(b"hello", Path::new("a.mp3")).is_err());
        assert_eq!(container(&[0xff, 0xf1, 0x50, 0x80], wav), Ok(Container::Adts));
    }

    #[test]
    fn id3_tags_are_measured() {
        assert_eq!(id3_len(b"ID3\x04\0\0\0\0\x02\x01rest"), 10 + 257);
        assert_eq!(id3_len(b"ID3\x04\0\x10\0\0\x02\x01rest"), 20 + 257);
        assert_eq!(id3_len(b"RIFF"), 0);
    }
}
