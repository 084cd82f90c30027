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
            Self::Bytes => bytes_tick(value.max(0.0), step),
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

/// A tick of memory: whole units without decimals that say nothing, and as many as tell it from the next.
fn bytes_tick(value: f64, step: f64) -> String {
    let mut unit = 1.0;
    while value / unit >= 1023.95 {
        unit *= 1024.0;
    }
    let in_units = value / unit;
    let rounds_away = |decimals: i32| {
        let shown = (in_units * 10f64.powi(decimals)).round() / 10f64.powi(decimals);
        (shown - in_units).abs() * unit > (step * 0.05).max(0.5)
    };
    let decimals = if step > 1.0 { (0..6).find(|decimals| !rounds_away(*decimals)).unwrap_or(6) } else { 2 };
    let name = numbers::bytes(value as u64);
    let name = name.rsplit(numbers::THIN_SPACE).next().unwrap_or("B");
    let text = numbers::real(in_units, if unit > 1.0 { decimals as usize } else { 0 });
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{}{name}", numbers::THIN_SPACE)
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
    /// At least two, so that an axis can be read: where round ones lie too far apart, finer ones are taken. Empty when the range
    /// is empty, reversed or not finite.
    pub fn new(scale: AxisScale, unit: Unit, low: f64, high: f64, wanted: usize) -> Self {
        let valid = low.is_finite() && high.is_finite() && low < high;
        match scale {
            _ if !valid => Self { major: Vec::new(), step: 0.0 },
            AxisScale::Linear => Self::at_least_two(low, high, wanted.max(1)),
            AxisScale::Log if low <= 0.0 => Self { major: Vec::new(), step: 0.0 },
            AxisScale::Log => {
                let ticks = match unit {
                    Unit::Bytes => Self::powers(low, high, wanted.max(1), 2.0),
                    _ => Self::decades(low, high, wanted.max(1)),
                };
                // Within one power the scale is nearly linear.
                if ticks.major.len() > 1 { ticks } else { Self::at_least_two(low, high, wanted.clamp(2, 4)) }
            }
        }
    }

    fn at_least_two(low: f64, high: f64, wanted: usize) -> Self {
        let tried = (wanted..wanted + 8).map(|wanted| Self::linear(low, high, wanted));
        let mut ticks = tried.skip_while(|ticks| ticks.major.len() < 2);
        ticks.next().unwrap_or_else(|| Self::linear(low, high, wanted))
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
    fn every_axis_has_two_numbers_that_differ() {
        let ranges = [
            (80_000.0, 90_000.0),
            (70_000.0, 120_000.0),
            (1.0, 1.5),
            (1_902_000.0, 1_903_000.0),
            (5.0, 5.001),
        ];
        for (low, high) in ranges {
            for (scale, unit) in [
                (AxisScale::Log, Unit::Bytes),
                (AxisScale::Log, Unit::Plain),
                (AxisScale::Linear, Unit::Percent),
                (AxisScale::Linear, Unit::Plain),
            ] {
                for wanted in [1, 2, 5, 12] {
                    let ticks = Ticks::new(scale, unit, low, high, wanted);
                    assert!(ticks.major.len() > 1, "{low} to {high}, {scale:?} {unit:?}: {ticks:?}");
                    assert!(ticks.major.iter().all(|tick| (low * 0.999_99..=high * 1.000_01).contains(tick)));
                    // Bytes are whole: below a byte there is nothing to tell apart.
                    if unit != Unit::Bytes || high - low > 100.0 {
                        let labels: Vec<String> =
                            ticks.major.iter().map(|tick| ticks.label(unit, *tick)).collect();
                        assert!(labels.windows(2).all(|pair| pair[0] != pair[1]), "{labels:?}");
                    }
                }
            }
        }
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
