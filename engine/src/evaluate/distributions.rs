//! The two distributions that tests of accuracies need, by the regularised incomplete beta function.

/// Probability that of `a + b` fair coins one side falls at least as rarely as `min(a, b)`, either side counted:
/// `min(1, 2 P(X <= min(a, b)))`, exact for any number of coins.
pub(super) fn symmetric_binomial_two_sided(a: u64, b: u64) -> f64 {
    let (rare, often) = (a.min(b), a.max(b));
    if rare == often {
        return 1.0;
    }
    // P(X <= k) of n coins is I_{1/2}(n - k, k + 1).
    (2.0 * incomplete_beta(often as f64, rare as f64 + 1.0, 0.5)).min(1.0)
}

/// Probability that Student's t with these degrees of freedom is at least this far from zero; NaN stays NaN.
pub(super) fn student_two_sided(t: f64, degrees: f64) -> f64 {
    if t.is_infinite() {
        return 0.0;
    }
    incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + t * t))
}

/// The regularised incomplete beta function `I_x(a, b)` by its continued fraction (W. H. Press et al., Numerical Recipes,
/// third edition, section 6.4).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    // The fraction converges fast on this side of the mean.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * continued_fraction(a, b, x) / a
    } else {
        1.0 - front * continued_fraction(b, a, 1.0 - x) / b
    }
}

/// Lentz's method for the continued fraction of the incomplete beta function.
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for step in 1..10_000 {
        let m = f64::from(step);
        for numerator in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / away(1.0 + numerator * d);
            c = away(1.0 + numerator / c);
            value *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// Logarithm of the gamma function for positive arguments (Lanczos, g = 7, nine terms; relative error below 1e-14).
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let base = x + 7.5;
    let sum: f64 = TERMS.iter().enumerate().skip(1).map(|(at, term)| term / (x + at as f64)).sum();
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * base.ln() - base + (TERMS[0] + sum).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_agree_with_counting() {
        for total in 1..=60_u64 {
            // Binomial coefficients over 2^n, summed.
            let mut chance = 0.5_f64.powi(total as i32);
            let mut below = 0.0;
            for rare in 0..=(total - 1) / 2 {
                below += chance;
                let found = symmetric_binomial_two_sided(rare, total - rare);
                assert!((found - (2.0 * below).min(1.0)).abs() < 1e-12, "{rare} of {total}: {found}");
                chance *= (total - rare) as f64 / (rare + 1) as f64;
            }
        }
        // Large numbers keep their sense: 50 deviations is no chance, half a deviation is.
        assert!(symmetric_binomial_two_sided(450_000, 550_000) < 1e-12);
        assert!((symmetric_binomial_two_sided(499_750, 500_250) - 0.617_5).abs() < 1e-3);
    }

    #[test]
    fn student_has_the_values_of_tables() {
        // Two-sided points of 5 %: 12.706 at 1, 4.303 at 2, 2.228 at 10, 1.980 at 120 degrees.
        for (degrees, t) in [(1.0, 12.706_2), (2.0, 4.302_65), (10.0, 2.228_14), (120.0, 1.979_93)] {
            assert!((student_two_sided(t, degrees) - 0.05).abs() < 1e-5, "{degrees}");
            assert!((student_two_sided(-t, degrees) - 0.05).abs() < 1e-5, "{degrees}");
        }
        assert_eq!(student_two_sided(0.0, 7.0), 1.0);
        assert_eq!(student_two_sided(f64::INFINITY, 7.0), 0.0);
    }
}
