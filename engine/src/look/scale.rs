//! Axis scales: where ticks sit and how their numbers read.

use super::numbers;

/// How values become positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AxisScale {
    /// Equal steps for equal differences.
    #[default]
    Linear,
    /// Equal steps for equal ratios; values of zero or less have no place and are left out.
    Log,
}

impl AxisScale {
    /// The coordinate at which a value is drawn; `None` when it has no place on this scale.
    pub fn place(self, value: f64) -> Option<f64> {
        match self {
            Self::Linear if value.is_finite() => Some(value),
            Self::Log if value.is_finite() && value > 0.0 => Some(value.log10()),
            _ => None,
        }
    }

    /// The value at a coordinate: the inverse of [`AxisScale::place`].
    pub fn value(self, place: f64) -> f64 {
        match self {
            Self::Linear => place,
            Self::Log => 10f64.powf(place),
        }
    }
}

/// What the numbers of an axis count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// Plain numbers.
    #[default]
    Plain,
    /// Shares, shown in per cent.
    Percent,
    /// Bytes, shown in B, KiB or MiB.
    Bytes,
    /// Seconds.
    Seconds,
}

impl Unit {
    /// A tick label; `step` is the distance to the next tick and decides the digits.
    pub fn tick_text(self, value: f64, step: f64) -> String {
        match self {
            Self::Plain | Self::Seconds => fixed(value, step),
            Self::Percent => fixed(value * 100.0, step * 100.0),
            // Ticks of memory are whole units, whose decimals say nothing.
            Self::Bytes => numbers::bytes(value.max(0.0) as u64).replace(".00", "").replace(".0", ""),
        }
    }

    /// A value with its unit, as printed beside a point.
    pub fn value_text(self, value: f64) -> String {
        match self {
            Self::Plain => numbers::significant(value, 3),
            Self::Percent => numbers::percent(value, 1),
            Self::Bytes => numbers::bytes(value.max(0.0) as u64),
            Self::Seconds => format!("{}{}s", numbers::real(value, 1), numbers::THIN_SPACE),
        }
    }

    /// What stands after the axis name; empty for plain numbers and for units that each label carries.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Plain | Self::Bytes => "",
            Self::Percent => " (%)",
            Self::Seconds => " (s)",
        }
    }
}

fn fixed(value: f64, step: f64) -> String {
    let decimals = if step > 0.0 && step < 1.0 { (-step.log10() - 1e-9).ceil().clamp(0.0, 9.0) } else { 0.0 };
    numbers::real(value, decimals as usize)
}

/// Ticks of one axis, in axis values.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticks {
    /// Values that get a line and a label.
    pub major: Vec<f64>,
    /// Distance between two of them on a linear scale; 0 on a logarithmic one.
    pub step: f64,
}

impl Ticks {
    /// About `wanted` round ticks inside `low..=high` (axis values).
    ///
    /// Steps are 1, 2 or 5 times a power of ten; on a logarithmic scale of bytes they are powers of two.
    /// Empty when the range is empty, reversed or not finite.
    pub fn new(scale: AxisScale, unit: Unit, low: f64, high: f64, wanted: usize) -> Self {
        let valid = low.is_finite() && high.is_finite() && low < high;
        match scale {
            _ if !valid => Self { major: Vec::new(), step: 0.0 },
            AxisScale::Linear => Self::linear(low, high, wanted.max(1)),
            AxisScale::Log if low <= 0.0 => Self { major: Vec::new(), step: 0.0 },
            AxisScale::Log if unit == Unit::Bytes => Self::powers(low, high, wanted.max(1), 2.0),
            AxisScale::Log => Self::decades(low, high, wanted.max(1)),
        }
    }

    fn linear(low: f64, high: f64, wanted: usize) -> Self {
        let rough = (high - low) / wanted as f64;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= rough * 0.7)
            .unwrap_or(10.0 * power);
        let first = (low / step - 1e-6).ceil();
        let last = (high / step + 1e-6).floor();
        let major = (0..=(last - first).max(-1.0) as i64).map(|index| (first + index as f64) * step);
        let major = if last < first { Vec::new() } else { major.take(1000).collect() };
        Self { major, step }
    }

    fn powers(low: f64, high: f64, wanted: usize, base: f64) -> Self {
        let (first, last) = ((low.ln() / base.ln() - 1e-9).ceil(), (high.ln() / base.ln() + 1e-9).floor());
        if last < first {
            return Self { major: Vec::new(), step: 0.0 };
        }
        let stride = ((last - first + 1.0) / wanted as f64).ceil().max(1.0) as usize;
        let major = (first as i64..=last as i64).step_by(stride).map(|power| base.powi(power as i32));
        Self { major: major.collect(), step: 0.0 }
    }

    fn decades(low: f64, high: f64, wanted: usize) -> Self {
        let num_decades = (high / low).log10();
        let factors: &[f64] = match num_decades / wanted as f64 {
            density if density < 0.4 => &[1.0, 2.0, 5.0],
            _ => &[1.0],
        };
        let stride = (num_decades / wanted as f64).ceil().max(1.0) as usize;
        let first = low.log10().floor() as i32;
        let last = high.log10().ceil() as i32;
        let major = (first..=last)
            .step_by(stride)
            .flat_map(|power| factors.iter().map(move |factor| factor * 10f64.powi(power)))
            .filter(|value| (low * (1.0 - 1e-9)..=high * (1.0 + 1e-9)).contains(value))
            .collect();
        Self { major, step: 0.0 }
    }

    /// Labels of the major ticks.
    pub fn label(&self, unit: Unit, value: f64) -> String {
        let step = if self.step > 0.0 { self.step } else { value.abs().min(1.0) };
        unit.tick_text(value, step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let ticks = Ticks::new(AxisScale::Linear, Unit::Plain, 0.03, 0.97, 5);
        assert_eq!(ticks.step, 0.2);
        assert_eq!(ticks.major.len(), 4);
        assert_eq!(ticks.label(Unit::Plain, ticks.major[0]), "0.2");
        assert_eq!(ticks.label(Unit::Percent, 0.4), "40");
        assert!(Ticks::new(AxisScale::Linear, Unit::Plain, 1.0, 1.0, 5).major.is_empty());
        assert!(Ticks::new(AxisScale::Linear, Unit::Plain, f64::NAN, 1.0, 5).major.is_empty());
    }

    #[test]
    fn memory_axes_tick_in_powers_of_two() {
        let ticks = Ticks::new(AxisScale::Log, Unit::Bytes, 20_000.0, 2_100_000.0, 10);
        assert_eq!(ticks.major.first(), Some(&32768.0));
        assert_eq!(ticks.label(Unit::Bytes, 32768.0), "32\u{2009}KiB");
        assert_eq!(ticks.major.last(), Some(&(2048.0 * 1024.0)));
        assert!(Ticks::new(AxisScale::Log, Unit::Bytes, 0.0, 1.0, 5).major.is_empty());
    }

    #[test]
    fn log_ticks_cover_few_and_many_decades() {
        assert_eq!(Ticks::new(AxisScale::Log, Unit::Plain, 1.0, 10.0, 5).major, [1.0, 2.0, 5.0, 10.0]);
        let many = Ticks::new(AxisScale::Log, Unit::Plain, 1e-6, 1e6, 6).major;
        assert!(many.len() <= 7, "{many:?}");
    }

    #[test]
    fn numbers_read_well() {
        let plain = |text: String| text.replace(numbers::THIN_SPACE, "_");
        assert_eq!(plain(Unit::Percent.value_text(0.8154)), "81.5_%");
        assert_eq!(plain(Unit::Bytes.value_text(84_321.0)), "82.3_KiB");
        assert_eq!(Unit::Plain.tick_text(-0.0, 0.1), "0.0");
        assert_eq!(Unit::Plain.tick_text(0.25, 0.05), "0.25");
    }
}
