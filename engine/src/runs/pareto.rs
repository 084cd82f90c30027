//! Pareto fronts of accuracy against memory.

use std::collections::BTreeMap;

/// Which points no other beats: `points` are (test accuracy, total memory in bits); one flag each.
///
/// A point is on the front when no other has at least its accuracy at no more memory and is better in
/// one of the two. Equal points share the front. Points with a non-finite accuracy are never on it.
pub fn pareto_front(points: &[(f64, u64)]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..points.len()).filter(|&index| points[index].0.is_finite()).collect();
    // Least memory first; at equal memory the most accurate first.
    order.sort_by(|&a, &b| points[a].1.cmp(&points[b].1).then(points[b].0.total_cmp(&points[a].0)));
    let mut is_front = vec![false; points.len()];
    let mut best: Option<(f64, u64)> = None;
    for index in order {
        let (accuracy, memory) = points[index];
        is_front[index] = best.is_none_or(|best| accuracy > best.0 || (accuracy, memory) == best);
        if is_front[index] {
            best = Some((accuracy, memory));
        }
    }
    is_front
}

/// The fronts of points that belong to different sets, each ranked within its own: (set, point), `None` for none.
pub fn pareto_fronts(points: &[Option<(usize, (f64, u64))>]) -> Vec<bool> {
    let mut by_set: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, point) in points.iter().enumerate() {
        if let Some((set, _)) = point {
            by_set.entry(*set).or_default().push(index);
        }
    }
    let mut is_front = vec![false; points.len()];
    for members in by_set.into_values() {
        let of_set: Vec<(f64, u64)> =
            members.iter().filter_map(|&index| points[index].map(|(_, point)| point)).collect();
        for (index, flag) in members.into_iter().zip(pareto_front(&of_set)) {
            is_front[index] = flag;
        }
    }
    is_front
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_is_what_no_other_point_beats() {
        let points = [(0.8, 100), (0.7, 100), (0.9, 200), (0.8, 150), (0.85, 300), (0.9, 200), (f64::NAN, 1)];
        assert_eq!(pareto_front(&points), [true, false, true, false, false, true, false]);
        assert!(pareto_front(&[]).is_empty());
    }

    #[test]
    fn each_set_has_a_front_of_its_own() {
        let points =
            [Some((0, (0.5, 100))), Some((1, (0.9, 50))), None, Some((0, (0.6, 200))), Some((1, (0.8, 60)))];
        assert_eq!(pareto_fronts(&points), [true, true, false, true, false]);
    }

    #[test]
    fn it_agrees_with_the_definition() {
        // A small deterministic cloud with many ties.
        let points: Vec<(f64, u64)> =
            (0..200_u64).map(|i| ((i * 37 % 11) as f64 / 11.0, i * 53 % 17)).collect();
        let beaten =
            |a: (f64, u64)| points.iter().any(|b| b.0 >= a.0 && b.1 <= a.1 && (b.0 > a.0 || b.1 < a.1));
        let expected: Vec<bool> = points.iter().map(|&point| !beaten(point)).collect();
        assert_eq!(pareto_front(&points), expected);
    }
}
