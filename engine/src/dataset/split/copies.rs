//! Recordings that stand twice: the same sound is never on both sides.

use std::collections::HashMap;

use super::{Assignment, keeps_enough_training, strictest};
use crate::dataset::Split;

/// What was done about recordings whose copies lay in several splits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dataset) enum CopyCure {
    /// All copies went to the most held-out of their splits, with the clips of their speakers.
    WithSpeakers,
    /// The copies alone went there.
    Alone,
    /// They stayed where they were: moving them would have left less than half of the training clips.
    Left,
}

/// Puts all copies of a recording into one split, the most held-out one among those of the copies, together with
/// everything else by their speakers: whoever's names the same sound bears is one speaker. Where that would leave less
/// than half of the training clips, the copies alone are moved; where that would do so too, nothing is.
///
/// `groups` lists clips of the same sound. Returns how many groups lay in several splits, and what was done about them.
pub(in crate::dataset) fn keep_copies_together(
    assignment: &mut Assignment,
    groups: &[Vec<usize>],
) -> (usize, CopyCure) {
    let splits = &assignment.splits;
    let leaking: Vec<&Vec<usize>> =
        groups.iter().filter(|group| group.iter().any(|&clip| splits[clip] != splits[group[0]])).collect();
    let cures = [
        (CopyCure::WithSpeakers, with_speakers(assignment, &leaking)),
        (CopyCure::Alone, alone(splits, &leaking)),
    ];
    let cure = cures.into_iter().find(|(_, moved)| keeps_enough_training(splits, moved));
    match cure {
        Some((cure, moved)) => {
            assignment.splits = moved;
            (leaking.len(), cure)
        }
        None => (leaking.len(), CopyCure::Left),
    }
}

fn alone(splits: &[Split], groups: &[&Vec<usize>]) -> Vec<Split> {
    let mut moved = splits.to_vec();
    for group in groups {
        let target = most_held_out(splits, group);
        group.iter().for_each(|&clip| moved[clip] = target);
    }
    moved
}

/// Joins speakers (or single clips, where nobody is known) that share a recording, and moves each join as one.
fn with_speakers(assignment: &Assignment, groups: &[&Vec<usize>]) -> Vec<Split> {
    let Assignment { speakers, splits, .. } = assignment;
    let mut unit_of_speaker: HashMap<&str, usize> = HashMap::new();
    let unit_of: Vec<usize> = speakers
        .iter()
        .enumerate()
        .map(|(clip, speaker)| match &**speaker {
            "" => clip,
            speaker => *unit_of_speaker.entry(speaker).or_insert(clip),
        })
        .collect();
    let mut joins = Joins((0..splits.len()).collect());
    for group in groups {
        group.iter().for_each(|&clip| joins.join(unit_of[group[0]], unit_of[clip]));
    }
    let mut counts: HashMap<usize, [usize; 3]> = HashMap::new();
    for group in groups {
        let counts = counts.entry(joins.root(unit_of[group[0]])).or_default();
        group.iter().for_each(|&clip| counts[splits[clip].index()] += 1);
    }
    (0..splits.len())
        .map(|clip| counts.get(&joins.root(unit_of[clip])).map_or(splits[clip], strictest))
        .collect()
}

fn most_held_out(splits: &[Split], group: &[usize]) -> Split {
    group.iter().map(|&clip| splits[clip]).max().unwrap_or(Split::Train)
}

/// Sets that are joined, each known by its smallest member.
struct Joins(Vec<usize>);

impl Joins {
    fn root(&mut self, mut member: usize) -> usize {
        while self.0[member] != member {
            self.0[member] = self.0[self.0[member]];
            member = self.0[member];
        }
        member
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Split::{Test, Train, Valid};

    fn assignment(clips: &[(&str, Split)]) -> Assignment {
        Assignment {
            speakers: clips.iter().map(|&(speaker, _)| speaker.into()).collect(),
            splits: clips.iter().map(|&(_, split)| split).collect(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn copies_go_to_the_most_held_out_of_their_splits() {
        let mut got =
            assignment(&[("", Train), ("", Train), ("", Valid), ("", Train), ("", Test), ("", Train)]);
        assert_eq!(keep_copies_together(&mut got, &[vec![0, 2], vec![2, 4], vec![1, 3]]).0, 2);
        assert_eq!(got.splits, [Test, Train, Test, Train, Test, Train]);
        assert_eq!(keep_copies_together(&mut got, &[vec![0, 2]]).0, 0);
    }

    #[test]
    fn a_speaker_follows_the_copy_of_a_recording() {
        let mut got = assignment(&[("a", Train), ("a", Train), ("b", Test), ("c", Train), ("c", Train)]);
        assert_eq!(keep_copies_together(&mut got, &[vec![1, 2]]), (1, CopyCure::WithSpeakers));
        assert_eq!(got.splits, [Test, Test, Test, Train, Train]);
    }

    #[test]
    fn training_is_never_emptied_for_a_copy() {
        let mut got = assignment(&[("a", Train), ("a", Train), ("a", Train), ("b", Valid)]);
        assert_eq!(keep_copies_together(&mut got, &[vec![0, 3]]), (1, CopyCure::Alone));
        assert_eq!(got.splits, [Valid, Train, Train, Valid]);
        // One sound under every name.
        let mut got = assignment(&[("a", Train), ("b", Train), ("c", Valid), ("d", Test)]);
        assert_eq!(keep_copies_together(&mut got, &[vec![0, 1, 2, 3]]), (1, CopyCure::Left));
        assert_eq!(got.splits, [Train, Train, Valid, Test]);
    }
}
