//! Opus packets to samples, with the corrections that the stream's header asks for (RFC 7845).

use opus_rs::OpusDecoder;
use opus_rs::multistream::{ChannelMappingTable, MultistreamDecoder};
use symphonia::core::errors::Error as DecoderError;

/// Sample rate of decoded Opus, in hertz.
pub(super) const OPUS_RATE_HZ: u32 = 48_000;
/// Longest packet: 120 ms.
const MAX_PACKET_SAMPLES: usize = 5_760;
/// Shortest header.
const HEADER_BYTES: usize = 19;
/// Most channels of a stream that is decoded: the surround layouts of RFC 7845.
const MAX_CHANNELS: usize = 8;

enum Streams {
    /// One stream of one or two channels.
    One(Box<OpusDecoder>),
    /// Several streams that make up the channels.
    Several(Box<MultistreamDecoder>),
}

/// The decoder of one stream.
pub(super) struct OpusPackets {
    streams: Streams,
    num_channels: usize,
    /// Factor that the header asks for.
    gain: f32,
    /// Samples per channel at the start that are no sound.
    num_skipped: usize,
}

impl OpusPackets {
    /// A decoder for the stream with this header (`OpusHead`).
    ///
    /// # Errors
    /// A header that makes no sense, more than eight channels.
    pub(super) fn new(header: &[u8]) -> Result<Self, DecoderError> {
        let Some(fixed) = header.get(..HEADER_BYTES).filter(|head| head.starts_with(b"OpusHead")) else {
            return Err(DecoderError::DecodeError("its Opus header is incomplete"));
        };
        let (num_channels, family) = (usize::from(fixed[9]), fixed[18]);
        if num_channels > MAX_CHANNELS {
            return Err(DecoderError::Unsupported("it has more than eight Opus channels"));
        }
        let gain_db = f32::from(i16::from_le_bytes([fixed[16], fixed[17]])) / 256.0;
        let streams = if family == 0 {
            let decoder = OpusDecoder::new(OPUS_RATE_HZ as i32, num_channels);
            Streams::One(Box::new(decoder.map_err(DecoderError::DecodeError)?))
        } else {
            let decoder = MultistreamDecoder::new(OPUS_RATE_HZ as i32, channel_table(header, num_channels)?);
            Streams::Several(Box::new(decoder.map_err(DecoderError::DecodeError)?))
        };
        Ok(Self {
            streams,
            num_channels,
            gain: 10f32.powf(gain_db / 20.0),
            num_skipped: usize::from(u16::from_le_bytes([fixed[10], fixed[11]])),
        })
    }

    /// A decoder for a stream without a header, as in CAF, of one or two channels.
    ///
    /// # Errors
    /// More channels: which belong together is not known.
    pub(super) fn of_channels(num_channels: usize) -> Result<Self, DecoderError> {
        let mut header = *b"OpusHead\x01\0\0\0\x80\xbb\0\0\0\0\0";
        header[9] = num_channels.min(usize::from(u8::MAX)) as u8;
        Self::new(&header)
    }

    /// Channels of the stream.
    pub(super) fn num_channels(&self) -> usize {
        self.num_channels
    }

    /// Decodes a packet, without its last `num_trimmed` samples per channel.
    ///
    /// # Errors
    /// A packet that is damaged.
    pub(super) fn decode(
        &mut self,
        packet: &[u8],
        num_trimmed: usize,
        interleaved: &mut Vec<f32>,
    ) -> Result<(), DecoderError> {
        interleaved.resize(MAX_PACKET_SAMPLES * self.num_channels, 0.0);
        let num_decoded = match &mut self.streams {
            Streams::One(decoder) => decoder.decode(packet, MAX_PACKET_SAMPLES, interleaved),
            Streams::Several(decoder) => decoder.decode(packet, MAX_PACKET_SAMPLES, interleaved),
        };
        let num_decoded = num_decoded.map_err(DecoderError::DecodeError)?;
        let num_kept = num_decoded.saturating_sub(num_trimmed);
        let num_skipped = self.num_skipped.min(num_decoded);
        self.num_skipped -= num_skipped;
        interleaved.truncate(num_kept * self.num_channels);
        interleaved.drain(..(num_skipped * self.num_channels).min(interleaved.len()));
        interleaved.iter_mut().for_each(|sample| *sample *= self.gain);
        Ok(())
    }
}

/// Which channel comes from which stream, checked: the decoder takes it as it is.
fn channel_table(header: &[u8], num_channels: usize) -> Result<ChannelMappingTable, DecoderError> {
    let table = header.get(HEADER_BYTES..).unwrap_or_default();
    let table = ChannelMappingTable::parse(header[18], num_channels as u8, table)
        .ok_or(DecoderError::DecodeError("its Opus header is incomplete"))?;
    let num_decoded = usize::from(table.stream_count) + usize::from(table.coupled_count);
    let is_known = |&source: &u8| source == u8::MAX || usize::from(source) < num_decoded;
    // More streams than channels would only be decoded to be thrown away.
    let is_sound = (1..=num_channels).contains(&usize::from(table.stream_count))
        && table.coupled_count <= table.stream_count
        && table.mapping.iter().all(is_known);
    is_sound.then_some(table).ok_or(DecoderError::DecodeError("its Opus header makes no sense"))
}
