//! Whether a difference between two accuracies is more than chance: on the same clips, and over seeds.
//!
//! Two networks on the same testing clips are compared by the clips on which they disagree (Q. McNemar, "Note on the
//! sampling error of the difference between correlated proportions or percentages", Psychometrika 12, 1947), with the
//! exact binomial probability. Two experiments with several seeds each are compared by B. L. Welch's t-test ("The
//! generalization of Student's problem when several different population variances are involved", Biometrika 34, 1947).

use std::collections::{HashMap, VecDeque};

use serde::Serialize;

use super::ClipPrediction;
use super::distributions::{student_two_sided, symmetric_binomial_two_sided};
use crate::look::numbers;

/// A difference counts when chance alone would give one as large in fewer than one of twenty comparisons.
pub const LEVEL: f64 = 0.05;

/// What a test says of two results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Chance gives such a difference too often.
    Noise,
    /// The first is better.
    First,
    /// The second is better.
    Second,
}

impl Verdict {
    fn of(difference: f64, p_value: f64) -> Self {
        match p_value < LEVEL {
            true if difference > 0.0 => Self::Second,
            true if difference < 0.0 => Self::First,
            _ => Self::Noise,
        }
    }
}

/// Two networks on the same clips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Paired {
    /// Clips that both were measured on.
    pub num_clips: usize,
    /// Clips that only the first names right.
    pub only_first: usize,
    /// Clips that only the second names right.
    pub only_second: usize,
    /// Clips that only one of the two was measured on: they say nothing.
    pub num_unpaired: usize,
}

impl Paired {
    /// Of clips in the same order: whether each network names each of them right.
    pub fn of(pairs: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut counts = Self { num_clips: 0, only_first: 0, only_second: 0, num_unpaired: 0 };
        for (first, second) in pairs {
            counts.num_clips += 1;
            counts.only_first += usize::from(first && !second);
            counts.only_second += usize::from(second && !first);
        }
        counts
    }

    /// Of clips by name and true label, in any order; `None` without a common clip.
    pub fn matching<'a>(
        first: impl IntoIterator<Item = ((&'a str, &'a str), bool)>,
        second: impl IntoIterator<Item = ((&'a str, &'a str), bool)>,
    ) -> Option<Self> {
        let mut of_first: HashMap<(&str, &str), VecDeque<bool>> = HashMap::new();
        let mut num_first = 0;
        for (clip, is_right) in first {
            of_first.entry(clip).or_default().push_back(is_right);
            num_first += 1;
        }
        let (mut pairs, mut num_second) = (Vec::new(), 0);
        for (clip, is_right) in second {
            num_second += 1;
            // Clips of one name and label come in the same order.
            if let Some(found) = of_first.get_mut(&clip).and_then(VecDeque::pop_front) {
                pairs.push((found, is_right));
            }
        }
        let num_unpaired = num_first + num_second - 2 * pairs.len();
        (!pairs.is_empty()).then(|| Self { num_unpaired, ..Self::of(pairs) })
    }

    /// Of what two networks took the clips of a split for; see [`Paired::matching`].
    pub fn of_predictions(first: &[ClipPrediction], second: &[ClipPrediction]) -> Option<Self> {
        fn clips(all: &[ClipPrediction]) -> impl Iterator<Item = ((&str, &str), bool)> {
            all.iter().map(|clip| ((clip.path.as_str(), clip.label.as_str()), clip.label == clip.predicted))
        }
        Self::matching(clips(first), clips(second))
    }

    /// Accuracy of the second less that of the first, on the common clips.
    pub fn difference(&self) -> f64 {
        (self.only_second as f64 - self.only_first as f64) / self.num_clips.max(1) as f64
    }

    /// Probability that two equally good networks disagree at least this unevenly: the exact two-sided McNemar test,
    /// `min(1, 2 P(X <= min(b, c)))` with `X` binomial of `b + c` fair coins.
    pub fn p_value(&self) -> f64 {
        symmetric_binomial_two_sided(self.only_first as u64, self.only_second as u64)
    }

    /// Who is better, if that is no noise.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.difference(), self.p_value())
    }

    /// The verdict in a sentence or two, with the numbers behind it.
    pub fn words(&self, first: &str, second: &str) -> String {
        let clips = numbers::count(self.num_clips as u64, "clip", "clips");
        if self.only_first + self.only_second == 0 {
            return format!("No difference: {first} and {second} name the same ones of {clips} right.");
        }
        let counts = format!(
            "of {clips}, only {first} names {} right, only {second} {} (McNemar test, {})",
            numbers::whole(self.only_first as u64),
            numbers::whole(self.only_second as u64),
            p_text(self.p_value())
        );
        let verdict = match self.verdict() {
            Verdict::Noise => "Within noise".to_string(),
            Verdict::First => format!("{first} is better, beyond noise"),
            Verdict::Second => format!("{second} is better, beyond noise"),
        };
        let unpaired = match self.num_unpaired {
            0 => String::new(),
            count => format!(
                " {} only one of the two was measured on {} left out.",
                numbers::count(count as u64, "clip that", "clips that"),
                if count == 1 { "is" } else { "are" }
            ),
        };
        format!("{verdict}: {counts}.{unpaired}")
    }
}

/// Two experiments over several seeds each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OverSeeds {
    /// Seeds of either.
    pub num_seeds: [usize; 2],
    /// Mean accuracy of either, 0 to 1.
    pub mean: [f64; 2],
    /// Standard deviation over the seeds of either.
    pub std: [f64; 2],
    /// Welch's statistic.
    pub t: f64,
    /// Its degrees of freedom, after Welch and Satterthwaite.
    pub degrees: f64,
    /// Probability of a difference at least as large between equally good experiments.
    pub p_value: f64,
}

impl OverSeeds {
    /// Accuracies per seed, each measured on `num_clips` clips; `None` with fewer than two seeds on either side.
    ///
    /// No spread counts as smaller than what one clip more or less would hide: variance `1 / (12 n^2)`.
    pub fn of(first: &[f64], second: &[f64], num_clips: usize) -> Option<Self> {
        if first.len() < 2 || second.len() < 2 {
            return None;
        }
        let floor = 1.0 / (12.0 * (num_clips.max(1) as f64).powi(2));
        let moments = |values: &[f64]| {
            let count = values.len() as f64;
            let mean = values.iter().sum::<f64>() / count;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
            (mean, variance, variance.max(floor) / count)
        };
        let (a, b) = (moments(first), moments(second));
        let variance = a.2 + b.2;
        let t = (b.0 - a.0) / variance.sqrt();
        let [m, n] = [first.len(), second.len()].map(|count| count as f64 - 1.0);
        let degrees = variance.powi(2) / (a.2.powi(2) / m + b.2.powi(2) / n);
        Some(Self {
            num_seeds: [first.len(), second.len()],
            mean: [a.0, b.0],
            std: [a.1.sqrt(), b.1.sqrt()],
            t,
            degrees,
            p_value: student_two_sided(t, degrees),
        })
    }

    /// Which experiment is better, if that is no noise.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.mean[1] - self.mean[0], self.p_value)
    }

    /// The verdict in a sentence, with the numbers behind it.
    pub fn words(&self, first: &str, second: &str) -> String {
        let side = |name: &str, at: usize| {
            format!(
                "{name} {} over {}",
                mean_and_spread(self.mean[at], self.std[at]),
                numbers::count(self.num_seeds[at] as u64, "seed", "seeds")
            )
        };
        let verdict = match self.verdict() {
            Verdict::Noise => "Within noise".to_string(),
            Verdict::First => format!("{first} is better, beyond noise"),
            Verdict::Second => format!("{second} is better, beyond noise"),
        };
        format!(
            "{verdict}: {}, {} (Welch's t-test, {}).",
            side(first, 0),
            side(second, 1),
            p_text(self.p_value)
        )
    }
}

/// A mean share with its deviation: `91.2 ± 0.4 %`.
pub fn mean_and_spread(mean: f64, std: f64) -> String {
    format!("{} ± {}", numbers::real(mean * 100.0, 1), numbers::percent(std, 1))
}

/// `p = 0.031`, or `p < 0.001`.
pub fn p_text(p_value: f64) -> String {
    match p_value {
        ..0.001 => "p < 0.001".into(),
        0.995.. => "p = 1".into(),
        _ => format!("p = {}", numbers::significant(p_value, 2)),
    }
}

/// Standard error of a share of `count` independent clips: half the Wilson interval of one deviation,
/// `sqrt(a (1 - a) / n + 1 / (4 n^2)) / (1 + 1 / n)`. Near 0 and 1 it does not vanish; 0 without clips.
pub fn standard_error(share: f64, count: usize) -> f64 {
    if count == 0 || !share.is_finite() {
        return 0.0;
    }
    let n = count as f64;
    (share * (1.0 - share) / n + 0.25 / (n * n)).max(0.0).sqrt() / (1.0 + 1.0 / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paired(only_first: usize, only_second: usize) -> Paired {
        Paired { num_clips: 803, only_first, only_second, num_unpaired: 0 }
    }

    #[test]
    fn mcnemar_has_the_values_of_the_binomial_distribution() {
        // 2 P(X <= k) by summing binomial coefficients over 2^n.
        for (first, second, p) in [
            (0, 6, 0.031_25),
            (6, 0, 0.031_25),
            (5, 15, 0.041_389_465_332),
            (1, 9, 0.021_484_375),
            (2, 8, 0.109_375),
            (10, 10, 1.0),
            (0, 0, 1.0),
            (40, 60, 0.056_887_933_6),
        ] {
            assert!((paired(first, second).p_value() - p).abs() < 1e-9, "{first}, {second}");
        }
    }

    #[test]
    fn only_uneven_disagreement_is_a_verdict() {
        assert_eq!(paired(15, 18).verdict(), Verdict::Noise);
        assert_eq!(paired(5, 20).verdict(), Verdict::Second);
        assert_eq!(paired(20, 5).verdict(), Verdict::First);
        let said = paired(15, 18).words("a", "b").replace(numbers::THIN_SPACE, " ");
        assert_eq!(
            said,
            "Within noise: of 803 clips, only a names 15 right, only b 18 (McNemar test, p = 0.73)."
        );
        assert!(paired(5, 20).words("a", "b").starts_with("b is better, beyond noise: "));
        assert!(paired(0, 0).words("a", "b").starts_with("No difference: "));
    }

    #[test]
    fn clips_are_matched_by_name_and_label() {
        let first = [(("x", "yes"), true), (("y", "no"), false), (("z", "no"), true)];
        let second = [(("y", "no"), true), (("x", "yes"), true), (("x", "no"), false)];
        let counts = Paired::matching(first, second).unwrap();
        assert_eq!(counts, Paired { num_clips: 2, only_first: 0, only_second: 1, num_unpaired: 2 });
        assert!(
            counts
                .words("a", "b")
                .ends_with("2 clips that only one of the two was measured on are left out.")
        );
        assert_eq!(Paired::matching([(("x", "yes"), true)], [(("w", "yes"), true)]), None);
    }

    #[test]
    fn welch_has_the_values_of_r() {
        // t.test(extra ~ group, data = sleep): t = -1.8608, df = 17.776, p = 0.07939.
        let drug = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let other = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let test = OverSeeds::of(&other, &drug, usize::MAX).unwrap();
        assert!((test.t + 1.860_8).abs() < 5e-5, "{}", test.t);
        assert!((test.degrees - 17.776).abs() < 5e-4, "{}", test.degrees);
        assert!((test.p_value - 0.079_39).abs() < 5e-6, "{}", test.p_value);
        assert_eq!(test.verdict(), Verdict::Noise);
    }

    #[test]
    fn seeds_without_spread_are_no_certainty() {
        assert_eq!(OverSeeds::of(&[0.9], &[0.8, 0.81], 100), None);
        let equal = OverSeeds::of(&[0.9, 0.9], &[0.9, 0.9], 100).unwrap();
        assert_eq!((equal.verdict(), equal.p_value), (Verdict::Noise, 1.0));
        let one_clip = OverSeeds::of(&[0.90, 0.90], &[0.905, 0.905], 100).unwrap();
        assert_eq!(one_clip.verdict(), Verdict::Noise, "half a clip apart: p = {}", one_clip.p_value);
        let far = OverSeeds::of(&[0.70, 0.71, 0.72], &[0.90, 0.91, 0.92], 100).unwrap();
        assert_eq!(far.verdict(), Verdict::Second);
        let said = far.words("a", "b").replace(numbers::THIN_SPACE, " ");
        assert!(
            said.starts_with("b is better, beyond noise: a 71.0 ± 1.0 % over 3 seeds, b 91.0 ± 1.0 %"),
            "{said}"
        );
    }

    #[test]
    fn standard_errors_shrink_with_clips_and_never_vanish() {
        assert!((standard_error(0.841, 778) - 0.0131).abs() < 1e-4);
        assert!(standard_error(1.0, 20) > 0.02);
        assert_eq!(standard_error(0.5, 0), 0.0);
        assert_eq!([p_text(0.000_4), p_text(0.0314), p_text(1.0)], ["p < 0.001", "p = 0.031", "p = 1"]);
    }
}
