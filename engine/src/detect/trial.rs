//! How well a detector does on a recording whose words are known: hits, misses, false alarms per hour.
//!
//! These are the figures that a person who leaves a device listening cares about, and they cannot be read
//! off the accuracy on single clips.

use serde::{Deserialize, Serialize};

/// A detection this long after the end of a word still counts for it, in seconds: the word has then all but
/// left the window of one second.
pub const LATE_SECS: f64 = 0.75;

/// A word that is really said in a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpokenWord {
    /// The word.
    pub word: String,
    /// Where it begins, in seconds.
    pub start_secs: f64,
    /// Where it ends, in seconds.
    pub end_secs: f64,
}

/// A word that a detector reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeardWord {
    /// Seconds since the recording began.
    pub time_secs: f64,
    /// The word.
    pub word: String,
    /// Smoothed posterior, 0 to 1.
    pub score: f32,
}

/// What became of the words of a recording.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Words said and heard.
    pub num_hits: usize,
    /// Words said and not heard.
    pub num_misses: usize,
    /// Words heard that were not said then.
    pub num_false: usize,
    /// Length of the recording in hours.
    pub hours: f64,
    /// For each spoken word, in the order given, the index of the detection that found it.
    pub found_by: Vec<Option<usize>>,
}

impl Trial {
    /// Hits over words said; `None` where none was said.
    pub fn hit_rate(&self) -> Option<f64> {
        let num_said = self.num_hits + self.num_misses;
        (num_said > 0).then(|| self.num_hits as f64 / num_said as f64)
    }

    /// False detections per hour; `None` for an empty recording.
    pub fn false_per_hour(&self) -> Option<f64> {
        (self.hours > 0.0).then(|| self.num_false as f64 / self.hours)
    }
}

/// Holds detections against the words said.
///
/// A detection finds the earliest word of the same name that was not found yet and for which
/// `start_secs <= time_secs <= end_secs + late_secs`; every other detection is false. Both lists are in the
/// order of time.
pub fn judge(said: &[SpokenWord], heard: &[HeardWord], length_secs: f64, late_secs: f64) -> Trial {
    let mut found_by = vec![None; said.len()];
    let mut num_hits = 0;
    for (index, detection) in heard.iter().enumerate() {
        let is_match = |word: &SpokenWord| {
            word.word == detection.word
                && (word.start_secs..=word.end_secs + late_secs).contains(&detection.time_secs)
        };
        let found = said.iter().zip(&mut found_by).find(|(word, by)| by.is_none() && is_match(word));
        if let Some((_, by)) = found {
            *by = Some(index);
            num_hits += 1;
        }
    }
    Trial {
        num_hits,
        num_misses: said.len() - num_hits,
        num_false: heard.len() - num_hits,
        hours: length_secs / 3600.0,
        found_by,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(word: &str, start_secs: f64) -> SpokenWord {
        SpokenWord { word: word.into(), start_secs, end_secs: start_secs + 1.0 }
    }

    fn heard(word: &str, time_secs: f64) -> HeardWord {
        HeardWord { word: word.into(), time_secs, score: 0.9 }
    }

    #[test]
    fn hits_misses_and_false_alarms_are_told_apart() {
        let words = [said("yes", 0.0), said("no", 1.0), said("yes", 2.0)];
        let detections = [heard("yes", 0.9), heard("yes", 1.9), heard("yes", 3.2)];
        let trial = judge(&words, &detections, 1800.0, 0.5);
        assert_eq!((trial.num_hits, trial.num_misses, trial.num_false), (2, 1, 1));
        assert_eq!(trial.found_by, [Some(0), None, Some(2)]);
        assert_eq!(trial.hit_rate(), Some(2.0 / 3.0));
        assert_eq!(trial.false_per_hour(), Some(2.0));
    }

    #[test]
    fn one_detection_finds_one_word_and_a_second_one_is_false() {
        let trial = judge(&[said("yes", 0.0)], &[heard("yes", 0.8), heard("yes", 1.2)], 3600.0, 0.5);
        assert_eq!((trial.num_hits, trial.num_false), (1, 1));
    }

    #[test]
    fn early_and_late_detections_are_false() {
        let trial = judge(&[said("yes", 1.0)], &[heard("yes", 0.9), heard("yes", 2.6)], 10.0, 0.5);
        assert_eq!((trial.num_hits, trial.num_misses, trial.num_false), (0, 1, 2));
    }

    #[test]
    fn an_empty_recording_has_no_rates() {
        let trial = judge(&[], &[], 0.0, 0.5);
        assert_eq!((trial.hit_rate(), trial.false_per_hour()), (None, None));
    }
}
