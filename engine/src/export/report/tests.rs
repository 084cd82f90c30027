//! The page: complete, escaped, balanced, and read back.

use std::path::Path;

use super::*;
use crate::evaluate::Confusion;
use crate::fixed::testing::model_of;
use crate::memory::Bill;
use crate::model::StoredModel;
use crate::runs::{Machine, RunEnd, RunFolder, RunId, Summary, file_names};
use crate::settings::{Config, config_hash};
use crate::train::EpochMetrics;

/// Text that breaks a page wherever it is not escaped.
const HOSTILE: &str = "a<script>alert(\"1\")</script>&amp;'b'</pre></title>";

fn config(settings: &[(&str, &str)]) -> Config {
    let mut config = Config::default();
    for (key, value) in [("model.hidden", "[48, 40]"), ("sparsity.block", "8")].iter().chain(settings) {
        config.set(key, value).unwrap();
    }
    config
}

fn model(config: &Config) -> StoredModel {
    let labels = ["silence", "unknown"].map(String::from).into_iter().chain(config.data.words.clone());
    let labels: Vec<String> = labels.collect();
    StoredModel { labels: labels.clone(), ..model_of(config, 30, labels.len()) }
}

fn summary(model: &StoredModel, accuracy: f64) -> Summary {
    let mut confusion = Confusion::new(&model.labels);
    for clip in 0..100 {
        let label = clip % model.labels.len();
        confusion.add(label, if clip % 9 == 0 { 0 } else { label });
    }
    let bits = Bill::of(&model.plan).total;
    Summary {
        test_accuracy: accuracy,
        valid_accuracy: 0.9,
        test_accuracy_float: model.plan.is_fixed().then_some(0.877),
        test_loss: 0.4,
        num_test: 100,
        density_requested: model.plan.density_requested(),
        density_achieved: model.plan.density_achieved(),
        weight_bits: model.config.quant.weight_bits,
        activation_bits: model.config.quant.activation_bits,
        memory_bits: bits,
        reduction_vs_fp32: bits.reduction_vs_fp32(),
        reduction_vs_fp64: bits.reduction_vs_fp64(),
        macs_per_inference: model.plan.macs(),
        train_seconds: 61.0,
        samples_per_sec: 12_345.0,
        seed: model.config.seed,
        config_hash: config_hash(&model.config),
        data_fingerprint: "0123abcd".into(),
        best_epoch: 2,
        num_epochs: 3,
        end: RunEnd::Complete,
        rounded_from: None,
        test_fingerprint: None,
        num_valid: None,
        confusion,
        version: "0.0.9".into(),
        machine: Some(Machine { processor: "Fast One".into(), num_cores: 3, system: "Some OS".into() }),
    }
}

/// A run folder with everything but its checkpoint.
fn finished_run(folder: &Path, name: &str, config: &Config, accuracy: f64) -> (RunFolder, StoredModel) {
    let run = RunFolder::create(folder, Some(&RunId(name.into())), config).unwrap();
    let model = model(config);
    model.save(&run.file(file_names::MODEL)).unwrap();
    let lines: String = (1..=3)
        .map(|epoch| {
            let metrics = EpochMetrics {
                epoch,
                learning_rate: 1e-3,
                train_loss: 2.0 / epoch as f64,
                train_accuracy: 0.2 * epoch as f64,
                valid_loss: 1.5 / epoch as f64,
                valid_accuracy: 0.25 * epoch as f64,
                seconds: 1.0,
                is_best: epoch == 2,
            };
            serde_json::to_string(&metrics).unwrap() + "\n"
        })
        .collect();
    std::fs::write(run.file(file_names::METRICS), lines).unwrap();
    run.write_summary(&summary(&model, accuracy)).unwrap();
    (run, model)
}

fn page_of(model: &StoredModel, run: Option<&RunFolder>) -> String {
    let made = files(ExportSource { model, run }).unwrap();
    assert_eq!(made.files.len(), 1);
    String::from_utf8(made.files[0].content.clone()).unwrap()
}

/// Every tag is closed in its place, every entity is known, and no `<` or `&` stands for itself.
fn check_markup(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    let body = page.strip_prefix("<!DOCTYPE html>\n").expect("a document type");
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag that ends");
        let quotes = tag.matches('"').count();
        assert!(quotes % 2 == 0, "{tag}");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()), "{tag}");
        for (_, rest) in tag.match_indices(" id=\"").map(|(at, found)| ((), &tag[at + found.len()..])) {
            assert!(ids.insert(rest.split('"').next().unwrap()), "twice: {tag}");
        }
        match tag.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed), "before {text:.80}"),
            None if tag.ends_with('/') || matches!(name, "meta" | "br") => {}
            None => open.push(name),
        }
        if name != "style" {
            for entity in text.split('&').skip(1) {
                let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
                assert!(known.iter().any(|known| entity.starts_with(known)), "{entity:.40}");
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// Sections in their order.
fn sections(page: &str) -> Vec<&str> {
    page.split("<section id=\"").skip(1).filter_map(|part| part.split('"').next()).collect()
}

#[test]
fn a_finished_run_has_every_section_with_its_figures() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&[]);
    finished_run(folder.path(), "better", &config, 0.95);
    let smaller = self::config(&[("quant.weight_bits", "2")]);
    finished_run(folder.path(), "smaller", &smaller, 0.5);
    let (run, model) = finished_run(folder.path(), "this-one", &config, 0.8642);
    run.write_config(&config, Some("0123abcd")).unwrap();
    let page = page_of(&model, Some(&run));
    check_markup(&page);
    let all = [
        "question",
        "answer",
        "patterns",
        "memory",
        "training",
        "confusion",
        "pareto",
        "widths",
        "configuration",
    ];
    assert_eq!(sections(&page), all);
    let plain = page.replace(['\u{202f}', '\u{a0}'], " ");
    let bytes = crate::look::numbers::whole(Bill::of(&model.plan).total.total.div_ceil(8));
    for told in [
        "<h1>this-one</h1>",
        "How accurately does a 30–48–40–12 network tell 10 words of the built-in demo data apart when CGS drops 75 % of the hidden weights in blocks of 8 × 8 and it computes with 5-bit weights and 8-bit activations?",
        "Test accuracy, integers",
        "<b>86.4 %</b>",
        "<b>87.7 %</b>",
        &format!("{} bytes by the bill", bytes.replace('\u{2009}', " ")),
        "Pattern of hidden 1",
        "best 50.0 %, epoch 2",
        "This run is not on the Pareto front of 3 comparable runs: better reaches 95.0 %",
        "0123abcd",
        &config_hash(&config),
        "0.0.9 trained the run",
        "Fast One, 3 cores, Some OS",
    ] {
        assert!(plain.contains(told), "{told}");
    }
}

#[test]
fn the_page_needs_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let (run, model) = finished_run(folder.path(), "one", &config(&[]), 0.9);
    let page = page_of(&model, Some(&run));
    for outside in ["http://", "https://", "<script", "<link", "<img", "url(", "@import", "src="] {
        assert!(!page.contains(outside), "{outside}");
    }
    let pictures = page.matches("role=\"img\"").count();
    assert!(pictures >= 7);
    assert_eq!(page.matches("<desc id=").count(), pictures);
    assert_eq!(page.matches("<table").count(), page.matches("<caption>").count());
}

#[test]
fn nothing_gets_in_unescaped() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&[]);
    config.data.dir = format!("/data/{}", HOSTILE.replace('/', "⁄"));
    config.data.words = vec![HOSTILE.into(), "b&lt;".into(), "\"'><i>".into()];
    let name = if cfg!(windows) { "a&b" } else { "a<b>&\"c\" 'd'" };
    finished_run(folder.path(), "<other>", &config, 0.99);
    let (run, mut model) = finished_run(folder.path(), name, &config, 0.9);
    model.labels[0] = HOSTILE.into();
    let page = page_of(&model, Some(&run));
    check_markup(&page);
    for forbidden in ["<script", "<i>", "<other>", "a<b>", "&lt;script&gt;alert(\""] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("&lt;other&gt;") && page.contains("b&amp;lt;"));
}

#[test]
fn the_configuration_comes_back_from_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut config =
        config(&[("seed", "77"), ("sparsity.block", "[16, 4]"), ("sparsity.drop", "[0.5, 0.25]")]);
    config.data.dir = format!("C:\\data\\{HOSTILE}\u{2009}\u{a0}\u{7}\n\u{202f}");
    config.data.words = vec!["<yes>".into(), "a & b".into(), "\"\"\"'''".into()];
    let (run, model) = finished_run(folder.path(), "one", &config, 0.9);
    let path = folder.path().join("report.html");
    std::fs::write(&path, page_of(&model, Some(&run))).unwrap();
    let read = Config::load(&path).unwrap();
    assert_eq!(read, config);
    assert_eq!(config_hash(&read), config_hash(&config));
    // A run begun with it is the same run again.
    let again = RunFolder::create(folder.path(), Some(&RunId("again".into())), &read).unwrap();
    assert_eq!(again.config().unwrap(), config);
}

#[test]
fn a_run_without_metrics_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&[]);
    let run = RunFolder::create(folder.path(), Some(&RunId("begun".into())), &config).unwrap();
    let page = page_of(&model(&config), Some(&run));
    check_markup(&page);
    assert_eq!(
        sections(&page),
        ["question", "answer", "patterns", "memory", "training", "widths", "configuration"]
    );
    assert!(page.contains("The run is not finished") && page.contains("so there are no curves"));
    assert!(page.contains("not known"));
}

#[test]
fn a_model_file_alone_has_a_shorter_page() {
    let model = model(&config(&[("quant.weight_bits", "32"), ("sparsity.drop", "0")]));
    let page = page_of(&model, None);
    check_markup(&page);
    assert_eq!(sections(&page), ["question", "answer", "patterns", "memory", "widths", "configuration"]);
    assert!(!page.contains("demo data"));
    assert!(
        page.contains("model file without its run folder") && page.contains("does not compute in integers")
    );
    assert!(page.contains("every hidden weight is kept and it computes with 32-bit float weights"));
}

#[test]
fn a_damaged_run_is_told_and_not_written_about() {
    let folder = tempfile::tempdir().unwrap();
    let (run, model) = finished_run(folder.path(), "one", &config(&[]), 0.9);
    std::fs::write(run.file(file_names::SUMMARY), "{").unwrap();
    let error = files(ExportSource { model: &model, run: Some(&run) }).unwrap_err();
    assert!(error.to_string().contains("summary.json"), "{error}");
}

#[test]
fn fine_patterns_make_a_page_of_a_size_that_opens() {
    let mut config = config(&[("model.hidden", "[1024]"), ("sparsity.block", "1"), ("sparsity.drop", "0.5")]);
    config.sparsity.layers.clear();
    let model = model_of(&config, 1024, 12);
    let page = page_of(&model, None);
    check_markup(&page);
    assert!(page.contains("each square stands for 4\u{a0}×\u{a0}4 blocks"));
    assert!(page.len() < 4 << 20, "{} bytes", page.len());
}
