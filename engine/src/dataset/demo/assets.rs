//! The files of the demo dataset, inside the program so that it stands alone.

/// Table and streams.
pub(super) struct Assets {
    /// Which stretch of which stream is which clip; see [`super::table`].
    pub(super) table: &'static str,
    /// Names and bytes of the Ogg Vorbis streams, 16 kHz mono.
    pub(super) streams: &'static [(&'static str, &'static [u8])],
}

macro_rules! stream {
    ($name:literal) => {
        ($name, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/demo/", $name)).as_slice())
    };
}

static BUILT_IN: Assets = Assets {
    table: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/demo/clips.tsv")),
    streams: &[
        stream!("speech-0.ogg"),
        stream!("speech-1.ogg"),
        stream!("speech-2.ogg"),
        stream!("speech-3.ogg"),
        stream!("speech-4.ogg"),
        stream!("speech-5.ogg"),
        stream!("speech-6.ogg"),
        stream!("speech-7.ogg"),
        stream!("noise.ogg"),
    ],
};

/// The assets this program was built with.
pub(super) fn built_in() -> &'static Assets {
    &BUILT_IN
}
