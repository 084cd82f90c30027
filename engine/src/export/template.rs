//! Text files with places for numbers.

/// A template with every `@name@` replaced by its value.
pub(super) fn fill(template: &str, values: &[(&str, String)]) -> String {
    values.iter().fold(template.to_string(), |text, (name, value)| text.replace(&format!("@{name}@"), value))
}
