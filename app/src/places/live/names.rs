//! What the models on a stream are called: by what they are, not by the folders they lie in.

use engine::protocol::LiveModel;

use crate::theme::Method;

/// One word for what a model is.
pub(super) fn kind(model: &LiveModel) -> &'static str {
    if model.method == Method::Dense { "dense" } else { "compressed" }
}

/// One name for each model: `Dense`, `Compressed`; `Compressed 1` and `Compressed 2` where two are of one kind.
pub(super) fn names(models: &[LiveModel]) -> Vec<String> {
    let name = |(index, model): (usize, &LiveModel)| {
        let kind = kind(model);
        let has_twin = models.iter().enumerate().any(|(at, other)| at != index && self::kind(other) == kind);
        let mut letters = kind.chars();
        let capital: String =
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        if has_twin { format!("{capital} {}", index + 1) } else { capital }
    };
    models.iter().enumerate().map(name).collect()
}

/// What else there is to say of a model than its kind: `CGS b = 64, p = 75 %, 5 × 8 bit`, `float`.
pub(super) fn title(model: &LiveModel) -> &str {
    let rest = model.title.strip_prefix(Method::Dense.name());
    rest.map_or(&model.title, |rest| rest.trim_start_matches([',', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    #[test]
    fn models_are_called_by_what_they_are() {
        let mut models = made_up::listening().models;
        assert_eq!(names(&models), ["Dense", "Compressed"]);
        assert_eq!(title(&models[0]), "float");
        let compressed = title(&models[1]).replace(crate::numbers::THIN_SPACE, " ");
        assert_eq!(compressed, "CGS b = 64, p = 75 %, 5 × 8 bit");
        models[0].method = Method::Hcgs;
        assert_eq!(names(&models), ["Compressed 1", "Compressed 2"]);
        models.truncate(1);
        assert_eq!(names(&models), ["Compressed"]);
    }
}
