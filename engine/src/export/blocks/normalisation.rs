//! The normalisation of the inputs, exactly, in about two thirds of its bytes.
//!
//! The mean and the spread of a coefficient follow a smooth line from frame to frame. So each of the two lists is written
//! coefficient by coefficient: its value in the first frame as it is, then what each later one differs by from a guess.
//! Differences are of the numbers' places in the order of all 32-bit floats, so nothing is rounded. The [module
//! above](super) has the bits.

use super::header::damaged;
use crate::export::ExportError;
use crate::export::bits::{BitReader, BitWriter};
use crate::features::Normaliser;

/// Ones that say that a difference follows in full.
const ESCAPE: u32 = 8;
const GUESS_BITS: u32 = 2;
const WIDTH_BITS: u32 = 5;

/// The bytes of a normalisation whose inputs of the same coefficient are `stride` apart.
pub fn write_normaliser(normaliser: &Normaliser, stride: usize) -> Vec<u8> {
    let stride = u32::try_from(stride.max(1)).unwrap_or(u32::MAX);
    let mut writer = BitWriter::default();
    writer.push(u64::from(stride), u32::BITS);
    for values in [&normaliser.mean, &normaliser.inv_std] {
        for first in 0..values.len().min(stride as usize) {
            let column: Vec<f32> = values[first..].iter().step_by(stride as usize).copied().collect();
            write_column(&column, &mut writer);
        }
    }
    writer.into_bytes()
}

/// The normalisation of `num_inputs` inputs.
///
/// # Errors
/// The bytes are not exactly those of one, or hold numbers that are not finite.
pub fn read_normaliser(bytes: &[u8], num_inputs: usize) -> Result<Normaliser, ExportError> {
    let num_bits = bytes.len() as u64 * 8;
    // Every value takes a bit at least.
    if 2 * num_inputs as u64 > num_bits {
        return damaged("its normalisation is shorter than its inputs");
    }
    let lists = BitReader::new(bytes, num_bits).and_then(|mut reader| {
        let stride = reader.take(u32::BITS)? as usize;
        let lists =
            [read_list(num_inputs, stride, &mut reader)?, read_list(num_inputs, stride, &mut reader)?];
        let is_over = reader.num_left() < 8 && reader.take(reader.num_left() as u32)? == 0;
        is_over.then_some(lists)
    });
    let Some([mean, inv_std]) = lists else { return damaged("its normalisation is not whole") };
    if !mean.iter().chain(&inv_std).all(|value| value.is_finite()) {
        return damaged("its normalisation holds numbers that are not finite");
    }
    Ok(Normaliser { mean, inv_std })
}

fn read_list(len: usize, stride: usize, reader: &mut BitReader<'_>) -> Option<Vec<f32>> {
    let mut values = vec![0.0; len];
    if stride == 0 {
        return None;
    }
    for first in 0..len.min(stride) {
        read_column(values[first..].iter_mut().step_by(stride), reader)?;
    }
    Some(values)
}

fn write_column(column: &[f32], writer: &mut BitWriter) {
    let Some((first, rest)) = column.split_first() else { return };
    let (guess, width) = (0..3u64)
        .flat_map(|guess| (0..u32::BITS).map(move |width| (guess, width)))
        .min_by_key(|&(guess, width)| {
            differences(column, guess).map(|u| u64::from(cost(u, width))).sum::<u64>()
        })
        .unwrap_or_default();
    writer.push(guess, GUESS_BITS);
    writer.push(u64::from(width), WIDTH_BITS);
    writer.push(u64::from(first.to_bits()), u32::BITS);
    for u in differences(column, guess).take(rest.len()) {
        match u >> width {
            ones if ones < ESCAPE => {
                writer.push((1 << ones) - 1, ones + 1);
                writer.push(u64::from(u), width);
            }
            _ => {
                writer.push((1 << ESCAPE) - 1, ESCAPE);
                writer.push(u64::from(u), u32::BITS);
            }
        }
    }
}

/// Bits of a difference.
fn cost(u: u32, width: u32) -> u32 {
    match u >> width {
        ones if ones < ESCAPE => ones + 1 + width,
        _ => ESCAPE + u32::BITS,
    }
}

/// What the values behind the first differ by from a guess, without sign.
fn differences(column: &[f32], guess: u64) -> impl Iterator<Item = u32> + '_ {
    let mut before = Before::new(guess, column.first().copied().unwrap_or_default());
    column.iter().skip(1).map(move |&value| {
        let difference = place(value).wrapping_sub(before.guessed());
        before.push(value);
        ((difference << 1) ^ (difference >> 31)) as u32
    })
}

fn read_column<'a>(mut column: impl Iterator<Item = &'a mut f32>, reader: &mut BitReader<'_>) -> Option<()> {
    let guess = reader.take(GUESS_BITS)?;
    let width = reader.take(WIDTH_BITS)? as u32;
    let first = f32::from_bits(reader.take(u32::BITS)? as u32);
    if let Some(value) = column.next() {
        *value = first;
    }
    let mut before = Before::new(guess, first);
    for value in column {
        let mut ones = 0;
        while ones < ESCAPE && reader.take(1)? == 1 {
            ones += 1;
        }
        let u = match ones {
            ESCAPE => reader.take(u32::BITS)?,
            _ => u64::from(ones) << width | reader.take(width)?,
        };
        let u = u32::try_from(u).ok()?;
        let place = before.guessed().wrapping_add((u >> 1) as i32 ^ -((u & 1) as i32));
        *value = at_place(place);
        before.push(*value);
    }
    Some(())
}

/// The last two values, and what they make one guess.
struct Before {
    guess: u64,
    last: f32,
    last_but_one: f32,
}

impl Before {
    fn new(guess: u64, first: f32) -> Self {
        Self { guess, last: first, last_but_one: first }
    }

    /// The place of the guess.
    fn guessed(&self) -> i32 {
        let line = self.last + (self.last - self.last_but_one);
        match self.guess {
            0 => 0,
            1 => place(self.last),
            // Overflow is not the same number on every machine.
            _ if !line.is_finite() => place(self.last),
            _ => place(line),
        }
    }

    fn push(&mut self, value: f32) {
        self.last_but_one = std::mem::replace(&mut self.last, value);
    }
}

/// The place of a float among all floats: larger floats have larger places, neighbours have neighbouring ones.
fn place(value: f32) -> i32 {
    let bits = value.to_bits() as i32;
    if bits < 0 { -1 - (bits & i32::MAX) } else { bits }
}

/// The float at a place.
fn at_place(place: i32) -> f32 {
    let bits = if place < 0 { (-1 - place) as u32 | 1 << 31 } else { place as u32 };
    f32::from_bits(bits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn smooth_values_take_fewer_bytes_than_floats() {
        let value = |i: usize| ((i / 13) as f32 * 0.2).sin() * (1 + i % 13) as f32;
        let mean: Vec<f32> = (0..403).map(value).collect();
        let inv_std = mean.iter().map(|mean| 0.3 + 0.01 * mean).collect();
        let normaliser = Normaliser { mean, inv_std };
        let bytes = write_normaliser(&normaliser, 13);
        assert_eq!(read_normaliser(&bytes, 403).unwrap(), normaliser);
        assert!(bytes.len() < 403 * 8 * 3 / 4, "{}", bytes.len());
    }

    #[test]
    fn neighbouring_floats_have_neighbouring_places() {
        let ascending = [f32::MIN, -1.0, -f32::MIN_POSITIVE, -0.0, 0.0, 1e-40, 1.0, f32::MAX];
        assert!(ascending.map(place).is_sorted_by(|a, b| a < b));
        assert_eq!(place(1.0f32.next_up()) - place(1.0), 1);
        assert_eq!(place(0.0) - place(-0.0), 1);
    }

    proptest! {
        #[test]
        fn every_finite_number_comes_back(
            bits in proptest::collection::vec((any::<u32>(), any::<u32>()), 0..60),
            stride in 0usize..70,
        ) {
            let finite = |bits: u32| Some(f32::from_bits(bits)).filter(|x| x.is_finite()).unwrap_or(-0.0);
            let normaliser = Normaliser {
                mean: bits.iter().map(|pair| finite(pair.0)).collect(),
                inv_std: bits.iter().map(|pair| finite(pair.1)).collect(),
            };
            let bytes = write_normaliser(&normaliser, stride);
            let read = read_normaliser(&bytes, bits.len()).unwrap();
            let bits_of = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits_of(&read.mean), bits_of(&normaliser.mean));
            prop_assert_eq!(bits_of(&read.inv_std), bits_of(&normaliser.inv_std));
            if !bytes.is_empty() {
                prop_assert!(read_normaliser(&bytes[..bytes.len() - 1], bits.len()).is_err());
            }
            prop_assert!(read_normaliser(&[&bytes[..], &[0]].concat(), bits.len()).is_err());
        }
    }
}
