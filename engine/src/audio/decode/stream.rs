//! One stream, packet by packet, from its container to mono samples at 16 kHz.

use std::io::ErrorKind;
use std::path::Path;

use symphonia::core::codecs::audio::well_known::{CODEC_ID_FLAC, CODEC_ID_OPUS};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as DecoderError;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::packet::Packet;
use symphonia::default::formats::{
    AdtsReader, AiffReader, CafReader, FlacReader, IsoMp4Reader, MkvReader, MpaReader, OggReader, WavReader,
};

use super::super::AudioError;
use super::super::sniff::Container;
use super::from_decoder;
use super::input::{Input, Part, PartSource};
use super::opus::{OPUS_RATE_HZ, OpusPackets};
use super::sink::{Shape, Sink};

/// Most packets in a row without sound: tables of a damaged file may name billions.
const MAX_EMPTY_PACKETS: usize = 100_000;

/// Samples of an MP3 frame.
const MP3_FRAME_SAMPLES: u64 = 1152;

enum Packets {
    Any(Box<dyn AudioDecoder>),
    Opus(OpusPackets),
}

/// One stream being decoded.
pub(super) struct Decoding<'a> {
    path: &'a Path,
    container: Container,
    reader: Box<dyn FormatReader>,
    packets: Packets,
    track_id: u32,
    /// Samples per channel that the header promises, where the format says so reliably.
    num_promised: Option<u64>,
    shape: Shape,
    format: &'static str,
}

impl<'a> Decoding<'a> {
    pub(super) fn open(
        input: &Input,
        part: Part,
        container: Container,
        path: &'a Path,
    ) -> Result<Self, AudioError> {
        let failed = |error| from_decoder(error, container, path);
        let reader = open_reader(input, part.clone(), container).map_err(failed)?;
        let track = reader.default_track(TrackType::Audio).ok_or(DecoderError::Unsupported("no sound track"));
        let track = track.map_err(failed)?;
        let params = track.codec_params.as_ref().and_then(|params| params.audio());
        let params = params.ok_or(DecoderError::Unsupported("unknown coding")).map_err(failed)?;
        let num_channels = params.channels.as_ref().map_or(0, |channels| channels.count());
        let packets = if params.codec == CODEC_ID_OPUS {
            let opus = match (container, params.extra_data.as_deref()) {
                // What CAF keeps beside the packets is not the header of Ogg.
                (Container::Caf, _) | (_, None) => OpusPackets::of_channels(num_channels),
                (_, Some(header)) => OpusPackets::new(header),
            };
            Packets::Opus(opus.map_err(failed)?)
        } else {
            let is_gapless = is_gapless(track, input, part, container).map_err(failed)?;
            Packets::Any(open_decoder(params, is_gapless).map_err(failed)?)
        };
        let shape = match &packets {
            Packets::Opus(opus) => Shape { rate_hz: OPUS_RATE_HZ, num_channels: opus.num_channels() },
            Packets::Any(_) => Shape { rate_hz: params.sample_rate.unwrap_or(0), num_channels },
        };
        let format = match (container, params.codec) {
            (Container::Ogg, CODEC_ID_OPUS) => "Ogg Opus",
            (Container::Ogg, CODEC_ID_FLAC) => "Ogg FLAC",
            _ => container.name(),
        };
        let is_exact = matches!(container, Container::Wav | Container::Flac | Container::Aiff);
        let num_promised = track.num_frames.filter(|_| is_exact);
        let track_id = track.id;
        Ok(Self { path, container, reader, packets, track_id, num_promised, shape, format })
    }

    /// Decodes the stream into `sink`, as far as that takes samples.
    pub(super) fn run(&mut self, sink: &mut Sink<'_>) -> Result<(), AudioError> {
        sink.begin(self.shape, self.format)?;
        let (mut interleaved, mut num_in) = (Vec::<f32>::new(), 0);
        while let Some(shape) = self.next_packet(&mut interleaved)? {
            num_in += sink.push(shape, &interleaved)?;
            if sink.is_full() {
                return Ok(());
            }
        }
        self.check_end(num_in)
    }

    /// Decodes the next packet into `interleaved` and returns its shape, or `None` at the end.
    fn next_packet(&mut self, interleaved: &mut Vec<f32>) -> Result<Option<Shape>, AudioError> {
        for _ in 0..MAX_EMPTY_PACKETS {
            let packet = match self.reader.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) | Err(DecoderError::ResetRequired) => return Ok(None),
                // Files that end early are judged by their length.
                Err(DecoderError::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                    return Ok(None);
                }
                Err(error) => return Err(from_decoder(error, self.container, self.path)),
            };
            // Raw samples have no packets of their own: an empty one is the end.
            if packet.data.is_empty() && self.container.is_raw() {
                return Ok(None);
            }
            if packet.track_id != self.track_id {
                continue;
            }
            let decoded = self.decode(&packet, interleaved);
            match decoded {
                Ok(None) => {}
                Ok(shape) => return Ok(shape),
                // The first packets of a cut MP3 refer to bytes before the cut.
                Err(DecoderError::DecodeError(_)) if self.container == Container::Mp3 => {}
                Err(error) => return Err(from_decoder(error, self.container, self.path)),
            }
        }
        Ok(None)
    }

    /// Decodes a packet; `None` where no sound comes out.
    fn decode(&mut self, packet: &Packet, interleaved: &mut Vec<f32>) -> Result<Option<Shape>, DecoderError> {
        match &mut self.packets {
            Packets::Opus(opus) => {
                // Only Ogg counts in samples of Opus.
                let is_ogg = self.container == Container::Ogg;
                let num_trimmed = if is_ogg { packet.trim_end.get() } else { 0 };
                opus.decode(&packet.data, usize::try_from(num_trimmed).unwrap_or(usize::MAX), interleaved)?;
                Ok((!interleaved.is_empty()).then_some(self.shape))
            }
            Packets::Any(decoder) => {
                let buffer = decoder.decode(packet)?;
                if buffer.is_empty() {
                    return Ok(None);
                }
                let shape = Shape { rate_hz: buffer.spec().rate(), num_channels: buffer.num_planes() };
                buffer.copy_to_vec_interleaved(interleaved);
                Ok(Some(shape))
            }
        }
    }

    /// Whether the file held what its header promised.
    fn check_end(&mut self, num_in: u64) -> Result<(), AudioError> {
        if let Some(expected_samples) = self.num_promised
            && (num_in as f64) < 0.99 * expected_samples as f64
        {
            return Err(AudioError::Truncated {
                format: self.container.name(),
                expected_samples,
                found_samples: num_in,
                path: self.path.to_path_buf(),
            });
        }
        let Packets::Any(decoder) = &mut self.packets else { return Ok(()) };
        if decoder.finalize().verify_ok == Some(false) {
            let error = DecoderError::DecodeError("its checksum does not match its samples");
            return Err(from_decoder(error, self.container, self.path));
        }
        Ok(())
    }
}

fn open_decoder(
    params: &AudioCodecParameters,
    is_gapless: bool,
) -> Result<Box<dyn AudioDecoder>, DecoderError> {
    let options = AudioDecoderOptions::default().gapless(is_gapless).verify(true);
    symphonia::default::get_codecs().make_audio_decoder(params, &options)
}

/// Whether what the encoder added before and after the sound can be cut off.
///
/// Of an MP3 only where a LAME tag states it: without one, the length is an estimate that would cut into the
/// sound. And only where the tag counts all frames: files joined with `cat` keep the tag of the first.
fn is_gapless(track: &Track, input: &Input, part: Part, container: Container) -> Result<bool, DecoderError> {
    if container != Container::Mp3 {
        return Ok(true);
    }
    if track.delay.is_none() {
        return Ok(false);
    }
    let mut reader = open_reader(input, part, container)?;
    let mut num_trimmed = 0;
    while let Ok(Some(packet)) = reader.next_packet() {
        num_trimmed += packet.trim_end.get();
    }
    let padding = u64::from(track.padding.unwrap_or(0));
    Ok(num_trimmed <= padding + MP3_FRAME_SAMPLES)
}

fn open_reader(
    input: &Input,
    part: Part,
    container: Container,
) -> Result<Box<dyn FormatReader>, DecoderError> {
    let source = PartSource::new(input.clone(), part);
    let stream = MediaSourceStream::new(Box::new(source), Default::default());
    let options = FormatOptions::default();
    Ok(match container {
        Container::Wav => Box::new(WavReader::try_new(stream, options)?),
        Container::Flac => Box::new(FlacReader::try_new(stream, options)?),
        Container::Ogg => Box::new(OggReader::try_new(stream, options)?),
        Container::Mp3 => Box::new(MpaReader::try_new(stream, options)?),
        Container::Aiff => Box::new(AiffReader::try_new(stream, options)?),
        Container::Caf => Box::new(CafReader::try_new(stream, options)?),
        Container::Mp4 => Box::new(IsoMp4Reader::try_new(stream, options)?),
        Container::Matroska => Box::new(MkvReader::try_new(stream, options)?),
        Container::Adts => Box::new(AdtsReader::try_new(stream, options)?),
    })
}
