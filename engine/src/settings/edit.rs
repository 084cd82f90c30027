//! Reading, checking and editing a [`Config`] by dotted keys.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::config::Config;
use super::error::SettingsError;
use super::page;
use super::table::{SETTINGS, Setting, ValueKind, setting};

/// The `config.toml` meant by a path to a file, to a run folder, or to an experiment folder.
pub fn config_path(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("config.toml") } else { path.to_path_buf() }
}

/// A Markdown table of every setting with its default.
pub fn documentation() -> String {
    let defaults = Config::default();
    let mut text = String::from("| key | default | unit | values | meaning |\n|---|---|---|---|---|\n");
    for setting in SETTINGS {
        let default = defaults.get(setting.key).unwrap_or_default();
        text += &format!(
            "| `{}` | `{}` | {} | {} | {} |\n",
            setting.key,
            default,
            setting.unit,
            setting.kind.describe(),
            setting.help
        );
    }
    text
}

impl ValueKind {
    /// The accepted values in words.
    pub fn describe(&self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Switch => "true or false".into(),
            Self::Whole { min, max } if *max == i64::MAX => format!("a whole number from {min}"),
            Self::Whole { min, max } => format!("a whole number from {min} to {max}"),
            Self::Real { min, max } => format!("a number from {min} to {max}"),
            Self::Choice(names) => format!("one of {}", names.join(", ")),
            Self::Bits { min, max } if max < min => "32 (floating point)".into(),
            Self::Bits { min, max } => format!("{min} to {max}, or 32 for floating point"),
            Self::Texts => "a list of words".into(),
            Self::Wholes { min, max } => format!("a list of whole numbers from {min} to {max}"),
            Self::LevelWholes { min, max } => {
                format!("a whole number from {min} to {max}, or a list, outer level first")
            }
            Self::LevelReals { min, max } => {
                format!("a number from {min} to {max}, or a list, outer level first")
            }
        }
    }

    fn accepts(&self, value: &Value) -> bool {
        let whole = |value: &Value, min, max| matches!(value, Value::Integer(n) if (min..=max).contains(n));
        let real = |value: &Value, min: f64, max: f64| {
            number(value).is_some_and(|x| x.is_finite() && (min..=max).contains(&x))
        };
        match (self, value) {
            (Self::Text, Value::String(_)) | (Self::Switch, Value::Boolean(_)) => true,
            (Self::Choice(names), Value::String(name)) => names.contains(&name.as_str()),
            (Self::Whole { min, max }, value) => whole(value, *min, *max),
            (Self::Bits { min, max }, value) => whole(value, *min, *max) || whole(value, 32, 32),
            (Self::Real { min, max }, value) => real(value, *min, *max),
            (Self::Texts, Value::Array(list)) => list.iter().all(Value::is_str),
            (Self::Wholes { min, max }, Value::Array(list)) => {
                list.iter().all(|item| whole(item, *min, *max))
            }
            (Self::LevelWholes { min, max }, Value::Array(list)) => {
                !list.is_empty() && list.iter().all(|item| whole(item, *min, *max))
            }
            (Self::LevelWholes { min, max }, value) => whole(value, *min, *max),
            (Self::LevelReals { min, max }, Value::Array(list)) => {
                !list.is_empty() && list.iter().all(|item| real(item, *min, *max))
            }
            (Self::LevelReals { min, max }, value) => real(value, *min, *max),
            _ => false,
        }
    }

    /// Reads a value as a person types it: quotes and brackets may be left out.
    fn parse(&self, text: &str) -> Option<Value> {
        let text = text.trim();
        match self {
            Self::Text | Self::Choice(_) => Some(Value::String(text.trim_matches('"').to_string())),
            Self::Texts => Some(Value::Array(
                list_items(text).map(|item| Value::String(item.trim_matches('"').to_string())).collect(),
            )),
            Self::Wholes { .. } => list_items(text).map(scalar).collect::<Option<_>>().map(Value::Array),
            Self::LevelWholes { .. } | Self::LevelReals { .. } if text.contains([',', '[']) => {
                list_items(text).map(scalar).collect::<Option<_>>().map(Value::Array)
            }
            _ => scalar(text),
        }
    }

    /// Whole numbers where reals are meant become reals, so that files and hashes do not depend on how a
    /// number was typed; a list of one level becomes a plain value.
    fn normalise(&self, value: Value) -> Value {
        match (self, value) {
            (Self::Real { .. } | Self::LevelReals { .. }, Value::Integer(n)) => Value::Float(n as f64),
            (Self::LevelWholes { .. } | Self::LevelReals { .. }, Value::Array(mut list))
                if list.len() == 1 =>
            {
                self.normalise(list.remove(0))
            }
            (Self::LevelReals { .. }, Value::Array(list)) => {
                Value::Array(list.into_iter().map(|item| self.normalise(item)).collect())
            }
            (_, value) => value,
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(n) => Some(*n as f64),
        Value::Float(x) => Some(*x),
        _ => None,
    }
}

fn scalar(text: &str) -> Option<Value> {
    match text {
        "true" => Some(Value::Boolean(true)),
        "false" => Some(Value::Boolean(false)),
        _ => match text.parse::<i64>() {
            Ok(n) => Some(Value::Integer(n)),
            Err(_) => text.parse::<f64>().ok().map(Value::Float),
        },
    }
}

fn list_items(text: &str) -> impl Iterator<Item = &str> {
    text.trim_start_matches('[')
        .trim_end_matches(']')
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

fn lookup<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    match (table.get(first)?, rest) {
        (value, None) => Some(value),
        (Value::Table(inner), Some(rest)) => lookup(inner, rest),
        _ => None,
    }
}

fn replace(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_string(), value);
        }
        Some((first, rest)) => {
            let inner = table.entry(first).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                replace(inner, rest, value);
            }
        }
    }
}

fn nearest_key(key: &str) -> String {
    let tail = key.rsplit('.').next().unwrap_or(key);
    SETTINGS
        .iter()
        .map(|setting| setting.key)
        .find(|known| {
            known.ends_with(&format!(".{tail}"))
                || known.rsplit('.').next().is_some_and(|t| t.starts_with(tail))
        })
        .map(|known| format!("; did you mean `{known}`?"))
        .unwrap_or_else(|| "; `coarsegrain settings` lists all of them".into())
}

/// The configuration in a file, be it TOML or a report.
fn toml_of_file(path: &Path) -> Result<String, SettingsError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| SettingsError::Read { source, path: path.to_path_buf() })?;
    match page::is_page(&text) {
        // Some editors put a byte order mark in front.
        false => Ok(text.trim_start_matches('\u{feff}').to_string()),
        true => page::toml_of_page(&text).ok_or_else(|| SettingsError::Page(path.to_path_buf())),
    }
}

impl Config {
    /// Reads and checks a configuration file, the `config.toml` of a folder, or the configuration in a report
    /// (`report.html`).
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, is a page without a configuration, names an unknown key, or holds a value
    /// out of range.
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        Self::load_with_text(path).map(|(config, _)| config)
    }

    /// Like [`Config::load`], with the TOML text that the configuration was read from.
    ///
    /// # Errors
    /// See [`Config::load`].
    pub fn load_with_text(path: &Path) -> Result<(Self, String), SettingsError> {
        let path = config_path(path);
        let text = toml_of_file(&path)?;
        let config = Self::from_toml(&text).map_err(|error| match error {
            SettingsError::Parse { reason, .. } => SettingsError::Parse { reason, path: Some(path) },
            error => SettingsError::InFile { error: Box::new(error), path },
        })?;
        Ok((config, text))
    }

    /// Whether a configuration file states this key itself, and does not leave it to its default. False where the file
    /// cannot be read.
    pub fn file_states(path: &Path, key: &str) -> bool {
        let table = toml_of_file(&config_path(path)).ok().and_then(|text| text.parse::<Table>().ok());
        table.is_some_and(|table| lookup(&table, key).is_some())
    }

    /// Reads and checks a configuration from TOML text. Absent keys take their defaults.
    ///
    /// # Errors
    /// The text is not TOML, names an unknown key, or holds a value out of range.
    pub fn from_toml(text: &str) -> Result<Self, SettingsError> {
        let parse = |reason: String| SettingsError::Parse { reason, path: None };
        let table: Table = text.parse().map_err(|error: toml::de::Error| parse(error.to_string()))?;
        for setting in SETTINGS {
            if let Some(value) = lookup(&table, setting.key) {
                check(setting, value)?;
            }
        }
        let config: Self = toml::from_str(text).map_err(|error| parse(error.to_string()))?;
        config.normalised()?.checked()
    }

    /// The configuration as TOML, every key written out.
    pub fn to_toml(&self) -> String {
        // Serialising plain structs of numbers, texts and lists cannot fail; an empty file would be caught
        // by every reader.
        toml::to_string(self).unwrap_or_default()
    }

    /// The value of one setting as text, as `--set` would take it.
    pub fn get(&self, key: &str) -> Option<String> {
        let table = Table::try_from(self).ok()?;
        match lookup(&table, key) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
            // What older configurations did not have is written only where it is not the default: an empty list, or the
            // first choice.
            None => match setting(key)?.kind {
                ValueKind::Texts => Some("[]".to_owned()),
                ValueKind::Choice(names) => names.first().map(|name| (*name).to_owned()),
                _ => None,
            },
        }
    }

    /// Sets one setting from text, as typed after `--set key=`.
    ///
    /// # Errors
    /// No such key, or a value it does not take; the configuration is then unchanged.
    pub fn set(&mut self, key: &str, text: &str) -> Result<(), SettingsError> {
        let Some(setting) = setting(key) else {
            return Err(SettingsError::UnknownKey { key: key.into(), hint: nearest_key(key) });
        };
        let value = setting.kind.parse(text).ok_or_else(|| wrong(setting, text))?;
        check(setting, &value)?;
        let mut table =
            Table::try_from(&*self).map_err(|error| SettingsError::Conflict(error.to_string()))?;
        replace(&mut table, key, setting.kind.normalise(value));
        *self = from_table(&table).map_err(|_| wrong(setting, text))?;
        Ok(())
    }

    /// Checks what single keys cannot say: how settings fit together.
    ///
    /// # Errors
    /// A sentence that names both settings and the way out.
    pub fn checked(self) -> Result<Self, SettingsError> {
        self.check()?;
        Ok(self)
    }

    /// See [`Config::checked`].
    ///
    /// # Errors
    /// A sentence that names both settings and the way out.
    pub fn check(&self) -> Result<(), SettingsError> {
        let conflict = |text: String| Err(SettingsError::Conflict(text));
        if self.features.kind == super::FeatureKind::Mfcc && self.features.num_ceps > self.features.num_mel {
            return conflict(format!(
                "`features.num_ceps` is {} but there are only {} mel filters; lower it or raise `features.num_mel`",
                self.features.num_ceps, self.features.num_mel
            ));
        }
        if self.data.words.is_empty() {
            return conflict("`data.words` is empty; name at least one target word".into());
        }
        if let Some(label) = self.data.words.iter().find(|word| matches!(&***word, "silence" | "unknown")) {
            return conflict(format!(
                "`{label}` is a label of its own and cannot be a target word; take it out of `data.words`"
            ));
        }
        if self.data.words.iter().any(|word| word.trim().is_empty()) {
            return conflict("`data.words` holds a word without letters; take it out".into());
        }
        let mut words = self.data.words.clone();
        words.sort();
        if let Some(pair) = words.windows(2).find(|pair| pair[0] == pair[1]) {
            return conflict(format!("`data.words` names `{}` twice; name each word once", pair[0]));
        }
        self.check_layers()
    }

    fn normalised(self) -> Result<Self, SettingsError> {
        let mut table = Table::try_from(&self).map_err(|error| SettingsError::Conflict(error.to_string()))?;
        for setting in SETTINGS {
            if let Some(value) = lookup(&table, setting.key).cloned() {
                replace(&mut table, setting.key, setting.kind.normalise(value));
            }
        }
        from_table(&table).map_err(|error| SettingsError::Conflict(error.to_string()))
    }
}

/// Goes by way of text, so that only one of the two deserialisers is compiled for every type of a configuration.
fn from_table(table: &Table) -> Result<Config, toml::de::Error> {
    toml::from_str(&table.to_string())
}

/// Kinds of networks that have a name, but cannot be built by this version.
const NOT_BUILT: [&str; 3] = ["ds_cnn", "tc_resnet", "lstm"];

fn check(setting: &Setting, value: &Value) -> Result<(), SettingsError> {
    if setting.kind.accepts(value) {
        return Ok(());
    }
    match value.as_str().filter(|name| setting.key == "model.kind" && NOT_BUILT.contains(name)) {
        Some(name) => Err(SettingsError::Conflict(format!(
            "`model.kind` is `{name}`, which this version cannot build yet; use `dnn`"
        ))),
        None => Err(wrong(setting, &value.to_string())),
    }
}

fn wrong(setting: &Setting, found: &str) -> SettingsError {
    SettingsError::Value {
        key: setting.key.into(),
        expected: setting.kind.describe(),
        found: if found.is_empty() { "empty".into() } else { found.into() },
    }
}

#[cfg(test)]
mod tests {
    use super::super::config_hash;
    use super::*;

    fn leaf_keys(prefix: &str, table: &Table, keys: &mut Vec<String>) {
        for (name, value) in table {
            let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            match value {
                Value::Table(inner) => leaf_keys(&key, inner, keys),
                _ => keys.push(key),
            }
        }
    }

    #[test]
    fn table_and_config_name_the_same_keys() {
        let mut config = Config::default();
        // Written only where they name something.
        (config.data.noise, config.data.exclude) = (vec!["noise".into()], vec!["old".into()]);
        config.data.scale = crate::settings::SampleScale::Integers;
        let table = Table::try_from(config).unwrap();
        let mut found = Vec::new();
        leaf_keys("", &table, &mut found);
        let mut known: Vec<String> = SETTINGS.iter().map(|setting| setting.key.to_string()).collect();
        found.sort();
        known.sort();
        assert_eq!(found, known);
    }

    #[test]
    fn every_default_is_within_its_range_and_survives_text() {
        let defaults = Config::default();
        for setting in SETTINGS {
            let text = defaults.get(setting.key).unwrap();
            let mut copy = defaults.clone();
            copy.set(setting.key, &text).unwrap_or_else(|error| panic!("{}: {error}", setting.key));
            assert_eq!(copy, defaults, "{}", setting.key);
        }
        assert_eq!(Config::from_toml(&defaults.to_toml()).unwrap(), defaults);
    }

    #[test]
    fn lists_and_numbers_read_as_typed() {
        let mut config = Config::default();
        config.set("sparsity.block", "[32, 4]").unwrap();
        config.set("sparsity.drop", "0.75,0.5").unwrap();
        config.set("model.hidden", "128,64").unwrap();
        config.set("data.words", "yes, no").unwrap();
        config.check().unwrap();
        assert_eq!(config.sparsity.block, OneOrMany::Many(vec![32, 4]));
        assert_eq!(config.model.hidden, [128, 64]);
        assert_eq!(config.data.words, ["yes", "no"]);
        config.set("sparsity.drop", "1").unwrap();
        config.set("sparsity.block", "[16]").unwrap();
        assert_eq!(config.sparsity.drop, OneOrMany::One(1.0));
        assert_eq!(config.sparsity.block, OneOrMany::One(16));
    }

    use super::super::config::OneOrMany;

    #[test]
    fn a_value_that_cannot_be_is_told_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, "[sparsity]\ndrop = 1.75\n").unwrap();
        let told = Config::load(&path).unwrap_err().to_string();
        assert!(told.contains("`sparsity.drop` must be") && told.contains("config.toml"), "{told}");
    }

    #[test]
    fn a_report_is_read_as_the_configuration_that_it_holds() {
        let mut config = Config::default();
        config.data.dir = "/data/a < b & \"c\" 'd' </pre>\u{1}\ne\\".into();
        config.data.words = vec!["<yes>".into(), "&amp;".into()];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        let page = |toml: &str| format!("<!DOCTYPE html>\n<html>{}</html>\n", page::config_element(toml));
        std::fs::write(&path, page(&config.to_toml())).unwrap();
        let read = Config::load(&path).unwrap();
        assert_eq!(read, config);
        assert_eq!(config_hash(&read), config_hash(&config));
        std::fs::write(&path, page("seed = -1")).unwrap();
        assert!(Config::load(&path).unwrap_err().to_string().contains("report.html"));
        std::fs::write(&path, "<html></html>").unwrap();
        let told = Config::load(&path).unwrap_err().to_string();
        assert!(told.contains("no configuration") && told.contains("report.html"), "{told}");
    }

    #[test]
    fn equal_configurations_hash_alike_however_they_were_typed() {
        let a = Config::from_toml("[sparsity]\ndrop = [0]\nblock = [64]").unwrap();
        let b = Config::from_toml("[sparsity]\ndrop = 0.0\nblock = 64").unwrap();
        assert_eq!(config_hash(&a), config_hash(&b));
        assert_ne!(config_hash(&a), config_hash(&Config::default()));
        assert!(!a.to_toml().contains("exclude"), "hashes of before settings of folders stay");
    }

    #[test]
    fn bad_values_are_named() {
        let mut config = Config::default();
        let message = |result: Result<(), SettingsError>| result.unwrap_err().to_string();
        assert!(message(config.set("sparsity.dorp", "1")).contains("no setting"));
        assert!(message(config.set("sparsity.drop", "1.5")).contains("0 to 1"));
        assert!(message(config.set("sparsity.drop", "nan")).contains("0 to 1"));
        assert!(message(config.set("quant.weight_bits", "17")).contains("32 for floating point"));
        assert!(message(config.set("train.epochs", "many")).contains("whole number"));
        assert_eq!(config, Config::default());
        let unknown = Config::from_toml("[train]\nepoch = 3").unwrap_err().to_string();
        assert!(unknown.contains("epoch"), "{unknown}");
        let levels =
            Config::from_toml("[sparsity]\nblock = [32, 5]\ndrop = [0.5, 0.5]").unwrap_err().to_string();
        assert!(levels.contains("divide"), "{levels}");
        let range = Config::from_toml("[train]\nbatch = 0").unwrap_err().to_string();
        assert!(range.contains("train.batch"), "{range}");
    }
}
