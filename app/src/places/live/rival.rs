//! How the time that one model takes for a decision compares with that of the other.

use engine::protocol::LiveModel;

use crate::numbers;
use crate::theme::Method;

/// The other model on the stream.
pub(super) struct Rival {
    decision_micros: f64,
    /// What it is called in a comparison.
    name: &'static str,
}

impl Rival {
    /// The model beside this one, unless it listens alone or beside itself.
    pub fn of(index: usize, models: &[LiveModel]) -> Option<Self> {
        let model = models.get(index)?;
        let (_, other) = models.iter().enumerate().find(|(at, _)| *at != index)?;
        if other.source == model.source {
            return None;
        }
        let [own, its] = [model, other].map(|model| family(model.method));
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
    fn words(models: [(ModelSource, Method); 2], micros: [f64; 2]) -> [String; 2] {
        let mut live = made_up::listening();
        for (model, (it, micros)) in live.models.iter_mut().zip(models.into_iter().zip(micros)) {
            ((model.source, model.method), model.decision_micros) = (it, micros);
        }
        [0, 1].map(|index| {
            let rival = Rival::of(index, &live.models);
            rival.map(|rival| rival.words(&live.models[index])).unwrap_or_default()
        })
    }

    #[test]
    fn models_are_compared_in_the_words_that_fit() {
        let builtin =
            || [(ModelSource::BuiltInDense, Method::Dense), (ModelSource::BuiltInCompressed, Method::Cgs)];
        assert_eq!(words(builtin(), [21.0, 4.1]), ["5.1× slower than CGS", "5.1× faster than dense"]);
        assert_eq!(words(builtin(), [4.1, 21.0]), ["5.1× faster than CGS", "5.1× slower than dense"]);
        assert_eq!(words(builtin(), [4.1, 4.0]), ["as fast as CGS", "as fast as dense"]);
        assert_eq!(words(builtin(), [21.0, 0.0]), ["", ""], "one has not decided yet");
    }

    #[test]
    fn two_models_of_one_family_and_one_model_twice() {
        let file = |name: &str, method| (ModelSource::File(name.into()), method);
        let pair = [file("a", Method::Cgs), file("b", Method::ConnectedCgs)];
        assert_eq!(words(pair, [2.0, 4.0])[0], "2.0× faster than the other");
        let dense = [file("a", Method::Dense), (ModelSource::BuiltInDense, Method::Dense)];
        assert_eq!(words(dense, [4.0, 2.0])[0], "2.0× slower than the other");
        assert_eq!(words([file("a", Method::Cgs), file("a", Method::Cgs)], [2.0, 4.0]), ["", ""]);
        let mut live = made_up::listening();
        live.models.truncate(1);
        assert!(Rival::of(0, &live.models).is_none());
    }
}
