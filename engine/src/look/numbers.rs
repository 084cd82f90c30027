//! Numbers as people read them: thin thousands separators, units always, digits that the value carries.

/// Separator between groups of three digits (thin space).
pub const THIN_SPACE: char = '\u{2009}';

/// A whole number with thin separators: `474 624`.
pub fn whole(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(THIN_SPACE);
        }
        text.push(digit);
    }
    text
}

/// A real number with this many decimals and thin separators before the point.
pub fn real(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let text = format!("{:.*}", decimals, value.abs());
    let (before, after) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if value < 0.0 && text.chars().any(|c| ('1'..='9').contains(&c)) { "−" } else { "" };
    let before = whole(before.parse().unwrap_or(0));
    if after.is_empty() { format!("{sign}{before}") } else { format!("{sign}{before}.{after}") }
}

/// A real number with this many significant digits.
pub fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return real(value, 0);
    }
    // Of the rounded value: 9.97 with two digits is 10, not 10.0.
    let rounded = format!("{:.*e}", digits.saturating_sub(1), value.abs());
    let magnitude = rounded.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    real(value, (digits as i32 - 1 - magnitude).max(0) as usize)
}

/// A share as a percentage with this many decimals: `30.2 %`.
pub fn percent(share: f64, decimals: usize) -> String {
    format!("{}{THIN_SPACE}%", real(share * 100.0, decimals))
}

/// A number of bits as bytes in binary units: `92.7 KiB`.
pub fn bytes_from_bits(bits: u64) -> String {
    bytes(bits.div_ceil(8))
}

/// A number of bytes in binary units: `2.4 GiB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{}{THIN_SPACE}B", whole(bytes))
    } else {
        let decimals = if value < 10.0 { 2 } else { 1 };
        format!("{}{THIN_SPACE}{}", real(value, decimals), UNITS[unit])
    }
}

/// Widths of weights and activations: `5 × 8 bit`; `float` stands for 32-bit floating point, in which a network with
/// such weights computes throughout.
pub fn bit_widths(weight_bits: u32, activation_bits: u32) -> String {
    match (weight_bits, activation_bits) {
        (32, _) => "float".into(),
        (weights, 32) => format!("{weights} bit × float"),
        (weights, activations) => format!("{weights} × {activations} bit"),
    }
}

/// A power of two: `2⁻⁷`.
pub fn power_of_two(exponent: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raised = exponent
        .to_string()
        .chars()
        .map(|sign| match sign.to_digit(10) {
            Some(digit) => DIGITS[digit as usize],
            None => '⁻',
        })
        .collect::<String>();
    format!("2{raised}")
}

/// An energy in joules: `12.3 nJ`.
pub fn energy(joules: f64) -> String {
    const UNITS: [(f64, &str); 5] = [(1e-12, "pJ"), (1e-9, "nJ"), (1e-6, "µJ"), (1e-3, "mJ"), (1.0, "J")];
    // 999.6 nJ is shown as a microjoule.
    let fitting = UNITS.into_iter().find(|(unit, _)| joules < unit * 999.5);
    let (unit, name) = fitting.unwrap_or(UNITS[UNITS.len() - 1]);
    format!("{}{THIN_SPACE}{name}", significant(joules / unit, 3))
}

/// A factor: `20.4×`.
pub fn factor(value: f64) -> String {
    format!("{}×", significant(value, 3))
}

/// A length of time: `42 s`, `3 min 20 s`, `1 h 05 min`.
pub fn duration(secs: f64) -> String {
    if !secs.is_finite() || secs < 0.0 {
        return "–".into();
    }
    let whole_secs = secs.round() as u64;
    match whole_secs {
        0..60 => format!("{whole_secs}{THIN_SPACE}s"),
        60..3600 => format!("{}{THIN_SPACE}min {:02}{THIN_SPACE}s", whole_secs / 60, whole_secs % 60),
        _ => {
            format!("{}{THIN_SPACE}h {:02}{THIN_SPACE}min", whole(whole_secs / 3600), whole_secs % 3600 / 60)
        }
    }
}

/// A measured time, with the two digits that measuring carries: `850 µs`, `1.9 ms`, `1.2 s`.
pub fn short_time(secs: f64) -> String {
    // 996 ms is shown as a second.
    let (value, unit) = match secs {
        ..0.0 => return "–".into(),
        ..0.000_995 => (secs * 1e6, "µs"),
        ..0.995 => (secs * 1e3, "ms"),
        _ => (secs, "s"),
    };
    // Digits before the point too are no better than the measurement.
    let coarse = if value >= 100.0 { (value / 10.0).round() * 10.0 } else { value };
    if value.is_finite() { format!("{}{THIN_SPACE}{unit}", significant(coarse, 2)) } else { "–".into() }
}

/// Whether a measured time is shorter than another by more than two digits hide.
pub fn is_faster(secs: f64, other_secs: f64) -> bool {
    other_secs >= 1.05 * secs
}

/// How a measured time compares with that of something else: `3.6× faster than dense`, `1.2× slower than dense`,
/// `as fast as dense`; nothing where either was not measured.
pub fn faster_than(secs: f64, other_secs: f64, other: &str) -> String {
    let ratio = other_secs / secs;
    if !(secs > 0.0 && other_secs > 0.0 && ratio.is_finite()) {
        return String::new();
    }
    // What two digits cannot tell apart is the same.
    match ratio {
        0.95..1.05 => format!("as fast as {other}"),
        1.05.. => format!("{}× faster than {other}", significant(ratio, 2)),
        _ => format!("{}× slower than {other}", significant(1.0 / ratio, 2)),
    }
}

/// A count with its noun: `1 clip`, `8 662 clips`.
pub fn count(value: u64, singular: &str, plural: &str) -> String {
    format!("{} {}", whole(value), if value == 1 { singular } else { plural })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        let plain = |text: String| text.replace(THIN_SPACE, "_");
        assert_eq!(plain(whole(0)), "0");
        assert_eq!(plain(whole(999)), "999");
        assert_eq!(plain(whole(1_000)), "1_000");
        assert_eq!(plain(whole(474_624)), "474_624");
        assert_eq!(plain(real(-1234.56, 1)), "−1_234.6");
        assert_eq!(plain(real(-0.04, 1)), "0.0");
        assert_eq!(real(f64::NAN, 1), "–");
        assert_eq!(plain(significant(20.437, 3)), "20.4");
        assert_eq!(plain(significant(0.001234, 2)), "0.0012");
        assert_eq!(plain(significant(9.97, 2)), "10");
        assert_eq!(plain(significant(0.0997, 2)), "0.10");
        assert_eq!(plain(percent(0.3017, 1)), "30.2_%");
        assert_eq!(plain(bytes(900)), "900_B");
        assert_eq!(plain(bytes(1_898_496)), "1.81_MiB");
        assert_eq!(plain(bytes(1024)), "1.00_KiB");
        assert_eq!(plain(bytes_from_bits(9)), "2_B");
        assert_eq!(plain(duration(59.6)), "1_min 00_s");
        assert_eq!(plain(duration(3_661.0)), "1_h 01_min");
        assert_eq!(plain(factor(20.44)), "20.4×");
        assert_eq!(power_of_two(-17), "2⁻¹⁷");
        assert_eq!(plain(energy(12.34e-9)), "12.3_nJ");
        assert_eq!(plain(energy(999.6e-9)), "1.00_µJ");
        assert_eq!(plain(energy(0.0)), "0_pJ");
        assert_eq!(power_of_two(0), "2⁰");
        assert_eq!(bit_widths(5, 8), "5 × 8 bit");
        assert_eq!(bit_widths(5, 32), "5 bit × float");
        assert_eq!(bit_widths(32, 8), "float");
        assert_eq!(plain(short_time(4.12e-6)), "4.1_µs");
        assert_eq!(plain(short_time(0.000_999_7)), "1.0_ms");
        assert_eq!(plain(short_time(0.001_93)), "1.9_ms");
        assert_eq!(plain(short_time(0.2038)), "200_ms");
        assert_eq!(plain(short_time(0.000_679)), "680_µs");
        assert_eq!(plain(short_time(1.25)), "1.2_s");
        assert_eq!(short_time(f64::NAN), "–");
        assert_eq!(plain(count(1, "clip", "clips")), "1 clip");
        assert_eq!(plain(count(8662, "clip", "clips")), "8_662 clips");
    }

    #[test]
    fn times_are_compared_in_the_words_that_fit() {
        let words = |secs, other_secs| faster_than(secs, other_secs, "dense");
        assert_eq!(words(1.9, 6.8), "3.6× faster than dense");
        assert_eq!(words(0.5, 6.8), "14× faster than dense");
        assert_eq!(words(6.8, 1.9), "3.6× slower than dense");
        assert_eq!(words(1.0, 1.049), "as fast as dense");
        assert_eq!(words(1.0, 0.951), "as fast as dense");
        assert_eq!(words(1.0, 1.06), "1.1× faster than dense");
        assert_eq!(words(1.0, 0.94), "1.1× slower than dense");
        for (secs, other_secs) in [(0.0, 1.0), (1.0, 0.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
            assert_eq!(words(secs, other_secs), "");
        }
    }
}
