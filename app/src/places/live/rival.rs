//! How memory and time of one model compare with those of the other on the same stream.
//!
//! Like with like: memory is the bill of both, weights, index and biases; time is the median of both, on this machine,
//! of the same decisions. Where the two compute differently, in integers or in float, both are named.

use engine::protocol::LiveModel;

use super::names;
use crate::numbers;

/// The other model on the stream.
pub(super) struct Rival<'a> {
    model: &'a LiveModel,
    /// What it is called in a comparison.
    name: &'static str,
}

/// What a model costs, in a few large words, and the figures behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    /// `20.4× smaller`.
    pub words: String,
    /// `88.5 KiB · dense 1.81 MiB`.
    pub figures: String,
    /// The same where there is little room: `83.0 KiB · 1.81 MiB`.
    pub brief: String,
    /// Whether it is the better of the two.
    pub is_gain: bool,
}

impl Claim {
    /// Of a model with nothing beside it.
    fn alone(words: String, figures: &str) -> Self {
        Self { words, figures: figures.into(), brief: figures.into(), is_gain: false }
    }
}

impl<'a> Rival<'a> {
    /// The model beside this one, unless it listens alone or beside itself.
    pub fn of(index: usize, models: &'a [LiveModel]) -> Option<Self> {
        let model = models.get(index)?;
        let (_, other) = models.iter().enumerate().find(|(at, _)| *at != index)?;
        if other.source == model.source {
            return None;
        }
        let [own, its] = [model, other].map(names::kind);
        let name = if own == its { "the other" } else { its };
        Some(Self { model: other, name })
    }
}

/// What `model` takes of memory, beside its rival.
pub(super) fn memory(model: &LiveModel, rival: Option<&Rival<'_>>) -> Claim {
    let own = numbers::bytes_from_bits(model.bits.total);
    let Some(rival) = rival.filter(|rival| rival.model.bits.total > 0 && model.bits.total > 0) else {
        return Claim::alone(own, "of memory");
    };
    let ratio = rival.model.bits.total as f64 / model.bits.total as f64;
    let words = match ratio {
        // What two digits cannot tell apart is the same.
        0.95..1.05 => "as small".to_string(),
        1.05.. => format!("{} smaller", numbers::factor(ratio)),
        _ => format!("{} larger", numbers::factor(1.0 / ratio)),
    };
    let its = numbers::bytes_from_bits(rival.model.bits.total);
    let figures = format!("{own} · {} {its}", rival.name);
    Claim { words, figures, brief: format!("{own} · {its}"), is_gain: ratio >= 1.05 }
}

/// The time that `model` takes for a decision, beside its rival.
pub(super) fn time(model: &LiveModel, rival: Option<&Rival<'_>>) -> Claim {
    let own = micros(model);
    let Some(rival) = rival.filter(|rival| rival.model.decision_micros > 0.0 && model.decision_micros > 0.0)
    else {
        return Claim::alone(own, "a decision");
    };
    let (own_micros, its_micros) = (model.decision_micros, rival.model.decision_micros);
    // The rival itself stands in the line of figures.
    let words = numbers::faster_than(own_micros, its_micros, "");
    let words = words.trim_end_matches([' ']).trim_end_matches(" than").trim_end_matches(" as").to_string();
    let its = micros(rival.model);
    let (own, its) = match (arithmetic(model), arithmetic(rival.model)) {
        (own_way, its_way) if own_way == its_way => (own, its),
        (own_way, its_way) => (format!("{own} {own_way}"), format!("{its} {its_way}")),
    };
    let figures = format!("{own} · {} {its}", rival.name);
    let is_gain = numbers::is_faster(own_micros, its_micros);
    Claim { words, figures, brief: format!("{own} · {its}"), is_gain }
}

fn micros(model: &LiveModel) -> String {
    if model.decision_micros > 0.0 { numbers::short_time(model.decision_micros * 1e-6) } else { "–".into() }
}

/// What a model computes in.
pub(super) fn arithmetic(model: &LiveModel) -> &'static str {
    if model.is_integer { "integer" } else { "float" }
}

#[cfg(test)]
mod tests {
    use engine::protocol::ModelSource;

    use super::*;
    use crate::made_up;
    use crate::theme::Method;

    /// What is claimed of each model, for these bits and times.
    fn claims(
        models: [(ModelSource, Method); 2],
        kib: [u64; 2],
        micros: [f64; 2],
        is_integer: [bool; 2],
    ) -> [[String; 4]; 2] {
        let mut live = made_up::listening();
        for (index, it) in models.into_iter().enumerate() {
            let model = &mut live.models[index];
            (model.source, model.method) = it;
            model.bits.total = kib[index] * 8192;
            (model.decision_micros, model.is_integer) = (micros[index], is_integer[index]);
        }
        [0, 1].map(|index| {
            let (model, rival) = (&live.models[index], Rival::of(index, &live.models));
            let (memory, time) = (memory(model, rival.as_ref()), time(model, rival.as_ref()));
            [memory.words, memory.figures, time.words, time.figures]
                .map(|text| text.replace(numbers::THIN_SPACE, " "))
        })
    }

    fn builtin() -> [(ModelSource, Method); 2] {
        [(ModelSource::BuiltInDense, Method::Dense), (ModelSource::BuiltInCompressed, Method::Cgs)]
    }

    #[test]
    fn smaller_and_faster_are_said_together_with_both_figures() {
        let [dense, compressed] = claims(builtin(), [1800, 90], [21.0, 4.1], [false, true]);
        assert_eq!(
            compressed,
            [
                "20.0× smaller",
                "90.0 KiB · dense 1.76 MiB",
                "5.1× faster",
                "4.1 µs integer · dense 21 µs float"
            ]
        );
        assert_eq!(
            dense,
            [
                "20.0× larger",
                "1.76 MiB · compressed 90.0 KiB",
                "5.1× slower",
                "21 µs float · compressed 4.1 µs integer"
            ]
        );
    }

    #[test]
    fn what_is_measured_may_also_be_no_gain() {
        let [_, compressed] = claims(builtin(), [100, 99], [4.0, 4.1], [true, true]);
        assert_eq!(
            compressed,
            ["as small", "99.0 KiB · dense 100.0 KiB", "as fast", "4.1 µs · dense 4.0 µs"]
        );
        let [_, compressed] = claims(builtin(), [90, 180], [4.0, 8.0], [true, true]);
        assert_eq!([&compressed[0], &compressed[2]], ["2.00× larger", "2.0× slower"]);
        let [dense, compressed] = claims(builtin(), [1800, 90], [21.0, 0.0], [false, true]);
        assert_eq!([&dense[2], &dense[3]], ["21 µs", "a decision"], "the other has not decided yet");
        assert_eq!(compressed[2], "–");
    }

    #[test]
    fn two_models_of_one_kind_and_one_model_twice() {
        let file = |name: &str, method| (ModelSource::File(name.into()), method);
        let pair = [file("a", Method::Cgs), file("b", Method::Hcgs)];
        let [first, _] = claims(pair, [90, 180], [2.0, 4.0], [true, true]);
        assert_eq!(
            first,
            ["2.00× smaller", "90.0 KiB · the other 180.0 KiB", "2.0× faster", "2.0 µs · the other 4.0 µs"]
        );
        let [same, _] =
            claims([file("a", Method::Cgs), file("a", Method::Cgs)], [90, 90], [2.0, 4.0], [true; 2]);
        assert_eq!(same, ["90.0 KiB", "of memory", "2.0 µs", "a decision"]);
        let mut live = made_up::listening();
        live.models.truncate(1);
        assert!(Rival::of(0, &live.models).is_none());
    }
}
