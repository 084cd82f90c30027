//! How the time that one model takes for a decision compares with that of the other.

use engine::protocol::{LiveModel, RunsView};

use crate::numbers;
use crate::places::model_choice::method;
use crate::theme::Method;

/// The other model on the stream.
pub(super) struct Rival {
    decision_micros: f64,
    /// What it is called in a comparison.
    name: &'static str,
}

impl Rival {
    /// The model beside this one, unless it listens alone or beside itself.
    pub fn of(index: usize, models: &[LiveModel], runs: &RunsView) -> Option<Self> {
        let model = models.get(index)?;
        let (_, other) = models.iter().enumerate().find(|(at, _)| *at != index)?;
        if other.source == model.source {
            return None;
        }
        let [own, its] = [model, other].map(|model| family(method(&model.source, runs)));
        let name = if own == its { "the other" } else { its };
        Some(Self { decision_micros: other.decision_micros, name })
    }

    /// Whether `model` is the faster one, by more than two digits hide.
    pub fn is_beaten_by(&self, model: &LiveModel) -> bool {
        model.decision_micros > 0.0 && numbers::is_faster(model.decision_micros, self.decision_micros)
    }

    /// How `model` compares with it: `5.2× faster than dense`; empty until both have decided.
    pub fn words(&self, model: &LiveModel) -> String {
        numbers::faster_than(model.decision_micros, self.decision_micros, self.name)
    }

    /// The time that it takes, as a sentence; empty until it has decided.
    pub fn sentence(&self) -> String {
        if self.decision_micros > 0.0 {
            let time = numbers::short_time(self.decision_micros * 1e-6);
            format!("The other model takes {time} on the same stream.")
        } else {
            String::new()
        }
    }
}

/// What a method is called where one word has to do.
fn family(method: Method) -> &'static str {
    match method {
        Method::Dense => "dense",
        Method::Cgs | Method::ConnectedCgs | Method::IndependentCgs => "CGS",
        Method::Hcgs => "HCGS",
        Method::Elementwise => "element-wise",
    }
}

#[cfg(test)]
mod tests {
    use engine::protocol::ModelSource;

    use super::*;
    use crate::made_up;

    /// What stands beside the time of each model, for these times.
    fn words(sources: [ModelSource; 2], micros: [f64; 2]) -> [String; 2] {
        let mut live = made_up::listening();
        for (model, (source, micros)) in live.models.iter_mut().zip(sources.into_iter().zip(micros)) {
            (model.source, model.decision_micros) = (source, micros);
        }
        let runs = made_up::runs(10);
        [0, 1].map(|index| {
            let rival = Rival::of(index, &live.models, &runs);
            rival.map(|rival| rival.words(&live.models[index])).unwrap_or_default()
        })
    }

    #[test]
    fn models_are_compared_in_the_words_that_fit() {
        let builtin = || [ModelSource::BuiltInDense, ModelSource::BuiltInCompressed];
        assert_eq!(words(builtin(), [21.0, 4.1]), ["5.1× slower than CGS", "5.1× faster than dense"]);
        assert_eq!(words(builtin(), [4.1, 21.0]), ["5.1× faster than CGS", "5.1× slower than dense"]);
        assert_eq!(words(builtin(), [4.1, 4.0]), ["as fast as CGS", "as fast as dense"]);
        assert_eq!(words(builtin(), [21.0, 0.0]), ["", ""], "one has not decided yet");
    }

    #[test]
    fn two_models_of_one_family_and_one_model_twice() {
        let runs = made_up::runs(10);
        let run = |index: usize| ModelSource::Run(runs.runs[index].run.clone());
        // Every fifth run is dense, the next one CGS.
        assert_eq!(words([run(1), run(6)], [2.0, 4.0])[0], "2.0× faster than the other");
        assert_eq!(words([run(0), ModelSource::BuiltInDense], [4.0, 2.0])[0], "2.0× slower than the other");
        assert_eq!(words([run(1), run(1)], [2.0, 4.0]), ["", ""]);
        let mut live = made_up::listening();
        live.models.truncate(1);
        assert!(Rival::of(0, &live.models, &runs).is_none());
    }
}
