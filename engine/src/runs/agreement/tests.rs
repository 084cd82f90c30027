//! Runs whose files were emptied, cut, edited, or mixed with those of another.

use std::fs;

use super::*;
use crate::runs::state::tests::{summary, tensor_file_of, texts_of_checkpoint, texts_of_model};
use crate::runs::{RunId, RunState, row_of};
use crate::settings::config_hash;

struct Runs(tempfile::TempDir);

impl Runs {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn begun(&self, name: &str, config: &Config) -> RunFolder {
        RunFolder::create(self.0.path(), Some(&RunId(name.into())), config).unwrap()
    }

    fn finished(&self, name: &str, config: &Config) -> RunFolder {
        let run = self.begun(name, config);
        fs::write(run.file(file_names::MODEL), tensor_file_of(16, &texts_of_model(&config.to_toml())))
            .unwrap();
        let mut figures = summary(0.5, 10);
        figures.config_hash = config_hash(config);
        run.write_summary(&figures).unwrap();
        run
    }
}

fn config(changes: &[(&str, &str)]) -> Config {
    let mut config = Config::default();
    changes.iter().for_each(|(key, value)| config.set(key, value).unwrap());
    config
}

fn edit(run: &RunFolder, change: impl FnOnce(String) -> String) {
    let path = run.file(file_names::CONFIG);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, change(text)).unwrap();
}

fn damage(run: &RunFolder) -> String {
    let row = row_of(run.path()).unwrap();
    assert_eq!(row.config, None, "settings that are not the run's are not shown");
    assert!(run.config().is_err());
    match row.state {
        RunState::Damaged(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn settings_that_were_not_trained_with_are_damage() {
    let runs = Runs::new();
    let usual = runs.finished("usual", &config(&[]));
    edit(&usual, |_| String::new());
    assert!(damage(&usual).contains("it is empty"), "though its settings are the defaults");
    let run = runs.finished("a", &config(&[("train.epochs", "3")]));
    let whole = fs::read_to_string(run.file(file_names::CONFIG)).unwrap();
    assert_eq!(run.state(), Some(RunState::Finished));
    type Edit = fn(String) -> String;
    let edits: [(Edit, &str); 7] = [
        (|_| String::new(), "it is empty"),
        (|_| "\n# nothing\n".into(), "it is empty"),
        (|text| text.split("[train]").next().unwrap_or_default().to_string(), "`train.epochs` is 40, was 3"),
        (|text| text.replace("epochs = 3", "epochs = 4"), "`train.epochs` is 4, was 3"),
        (|text| text.replace("seed = 1", "seed = 2"), "`seed` is 2, was 1"),
        (|text| text + "[[sparsity.layers]]\nlayer = 0\nseed = 5\n", "`sparsity.layers` differs"),
        (
            |_| Config::default().to_toml().replace("dropout = 0.2", "dropout = 0.0"),
            "`model.dropout` is 0.0, was 0.2",
        ),
    ];
    for (change, told) in edits {
        edit(&run, change);
        let damage = damage(&run);
        assert!(damage.contains(told) && damage.contains("delete the run"), "{damage}");
        fs::write(run.file(file_names::CONFIG), &whole).unwrap();
        assert_eq!(run.state(), Some(RunState::Finished));
    }
}

#[test]
fn lost_settings_are_written_again_from_the_weights() {
    let runs = Runs::new();
    let settings = config(&[("train.epochs", "3"), ("data.dir", "/data/here")]);
    let run = runs.finished("a", &settings);
    assert!(!RunFolder::repair_config(run.path()).unwrap(), "all is well");
    for damage in ["", "seed = 7\n", "[[["] {
        edit(&run, |_| damage.into());
        assert!(RunFolder::repair_config(run.path()).unwrap());
        assert_eq!(run.config().unwrap(), settings);
        assert_eq!(run.fingerprint().as_deref(), Some("d"));
        assert_eq!(run.state(), Some(RunState::Finished));
    }
    fs::remove_file(run.file(file_names::CONFIG)).unwrap();
    assert!(RunFolder::repair_config(run.path()).unwrap());
    // Whose figures they are cannot be told.
    let other = runs.finished("b", &config(&[]));
    fs::copy(other.file(file_names::SUMMARY), run.file(file_names::SUMMARY)).unwrap();
    edit(&run, |_| String::new());
    assert!(!RunFolder::repair_config(run.path()).unwrap());
    assert_eq!(row_of(run.path()).unwrap().summary, None, "figures of another run are not shown");
}

#[test]
fn what_decides_over_nothing_may_be_edited() {
    let runs = Runs::new();
    let run = runs.finished("a", &config(&[("data.dir", "/data/here"), ("train.threads", "2")]));
    edit(&run, |text| text.replace("/data/here", "/data/there").replace("threads = 2", "threads = 8"));
    assert_eq!(run.state(), Some(RunState::Finished));
    edit(&run, |text| text.replace("threshold = 0.6", "threshold = 0.9").replace('\n', "\r\n"));
    assert_eq!(run.state(), Some(RunState::Finished));
    edit(&run, |text| format!("\u{feff}{text}"));
    assert_eq!(run.state(), Some(RunState::Finished));
}

#[test]
fn runs_of_earlier_versions_are_whole() {
    let runs = Runs::new();
    let run = runs.finished("a", &config(&[("data.dir", "/data/here")]));
    // A version that knew fewer keys wrote, carried and hashed fewer.
    let fewer = |text: String| -> String {
        let unknown = ["isolation", "average", "label_smoothing", "mean_norm"];
        let lines =
            text.lines().filter(|line| !unknown.iter().any(|key| line.starts_with(&format!("{key} ="))));
        lines.map(|line| format!("{line}\n")).collect()
    };
    edit(&run, fewer);
    let text = fs::read_to_string(run.file(file_names::CONFIG)).unwrap();
    let body = text.split_once("\n\n").unwrap().1;
    let model = |text: &str| tensor_file_of(16, &texts_of_model(text));
    fs::write(run.file(file_names::MODEL), model(body)).unwrap();
    let mut figures = summary(0.5, 10);
    figures.config_hash = crate::settings::hash_of_text(body);
    run.write_summary(&figures).unwrap();
    assert_eq!(run.state(), Some(RunState::Finished));
    edit(&run, |text| text.replace("/data/here", "/data/there"));
    assert_eq!(run.state(), Some(RunState::Finished), "the model knows the settings, too");
    edit(&run, |text| text.replace("dropout = 0.2", "dropout = 0.3"));
    assert!(damage(&run).contains("`model.dropout` is 0.3, was 0.2"));
}

#[test]
fn files_of_another_run_are_damage() {
    let runs = Runs::new();
    let ours = runs.finished("a", &config(&[]));
    let other = runs.finished("b", &config(&[("sparsity.drop", "0.5")]));
    for (name, told) in [
        (file_names::SUMMARY, "summary.json holds the figures of other settings"),
        (file_names::MODEL, "model.safetensors holds the weights of other settings"),
        (file_names::CONFIG, "`sparsity.drop` is 0.5, was 0.75"),
    ] {
        let whole = fs::read(ours.file(name)).unwrap();
        fs::copy(other.file(name), ours.file(name)).unwrap();
        let damage = damage(&ours);
        assert!(damage.contains(told), "{damage}");
        fs::write(ours.file(name), whole).unwrap();
    }
    fs::write(ours.file(file_names::MODEL), tensor_file_of(16, "")).unwrap();
    assert!(damage(&ours).contains("was not written by this program"));
}

#[test]
fn a_checkpoint_tells_its_settings() {
    let runs = Runs::new();
    let settings = config(&[("train.epochs", "9"), ("data.dir", "/data/here")]);
    let run = runs.begun("a", &settings);
    let hash = result_hash(&settings);
    fs::write(run.file(file_names::CHECKPOINT), tensor_file_of(8, &texts_of_checkpoint(&hash))).unwrap();
    assert_eq!(run.state(), Some(RunState::Interrupted));
    edit(&run, |text| text.replace("/data/here", "/data/there"));
    assert_eq!(run.state(), Some(RunState::Interrupted));
    let whole = fs::read_to_string(run.file(file_names::CONFIG)).unwrap();
    edit(&run, |text| text.replace("epochs = 9", "epochs = 90"));
    assert!(damage(&run).contains("checkpoint was written with (their hashes differ)"));
    edit(&run, |_| String::new());
    assert!(damage(&run).contains("(it is empty)"));
    fs::write(run.file(file_names::CONFIG), whole).unwrap();
    assert_eq!(run.state(), Some(RunState::Interrupted));
}

#[test]
fn a_run_that_has_only_settings_needs_all_of_them() {
    let runs = Runs::new();
    let run = runs.begun("a", &config(&[]));
    let whole = fs::read_to_string(run.file(file_names::CONFIG)).unwrap();
    let cut = |at: &str| whole.split_once(at).unwrap().0.to_string();
    for (text, told) in [
        (String::new(), "config.toml is empty"),
        (cut("seed"), "config.toml is empty"),
        (cut("[train]"), "config.toml is cut short"),
        (cut("average ="), "config.toml is cut short"),
        (cut("95\nthreads"), "config.toml is cut short"),
        (cut("am\"\nmomentum"), "config.toml"),
    ] {
        fs::write(run.file(file_names::CONFIG), &text).unwrap();
        let damage = damage(&run);
        assert!(damage.contains(told), "{text:?}: {damage}");
    }
    // A person writes what differs from the defaults.
    fs::write(run.file(file_names::CONFIG), "[train]\nepochs = 3\n").unwrap();
    assert_eq!(run.state(), Some(RunState::Interrupted));
}

#[test]
fn figures_that_cannot_be_are_damage() {
    let runs = Runs::new();
    let run = runs.finished("a", &config(&[]));
    let whole = fs::read_to_string(run.file(file_names::SUMMARY)).unwrap();
    for (right, wrong) in [
        ("\"test_accuracy\": 0.5", "\"test_accuracy\": 5.0"),
        ("\"test_accuracy\": 0.5", "\"test_accuracy\": null"),
        ("\"test_accuracy\": 0.5", "\"test_accuracy\": NaN"),
        ("\"valid_accuracy\": 0.5", "\"valid_accuracy\": -0.5"),
        ("\"train_seconds\": 1.0", "\"train_seconds\": 1e999"),
        ("\"counts\": []", "\"counts\": [[1, 2], [3]]"),
    ] {
        assert!(whole.contains(right), "{whole}");
        let text = whole.replace(right, wrong);
        fs::write(run.file(file_names::SUMMARY), &text).unwrap();
        let state = run.state();
        let is_told =
            matches!(&state, Some(RunState::Damaged(reason)) if reason.contains("summary.json is not valid"));
        assert!(is_told, "{wrong}: {state:?}");
    }
    for cut in [0, 1, whole.len() / 2, whole.len() - 3] {
        fs::write(run.file(file_names::SUMMARY), &whole[..cut]).unwrap();
        assert!(matches!(run.state(), Some(RunState::Damaged(_))), "cut at {cut}");
    }
}
