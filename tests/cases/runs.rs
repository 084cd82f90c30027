//! Runs: which is which, what belongs to them, and where their figures go.

use serde_json::Value;

use crate::case::Case;

fn rows(report: &Value) -> &[Value] {
    report["runs"].as_array().unwrap()
}

pub fn two_runs_of_the_same_name(case: &Case) {
    let folders = ["compare", "monday", "tuesday"];
    let text = case.run(&folders).done();
    text.mentions(&["monday", "tuesday"]);
    let report = case.run(&[&folders[..], &["--json"]].concat()).json();
    assert_ne!(rows(&report)[0]["run"], rows(&report)[1]["run"]);
    let csv = case.run(&[&folders[..], &["--format", "csv"]].concat()).done().out;
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let column = |name: &str| head.iter().position(|head| *head == name).unwrap();
    let (bits, group, run) = (column("weight_bits"), column("group"), column("run"));
    let lines: Vec<Vec<&str>> = lines.collect();
    assert_eq!(lines.len(), 2, "{csv}");
    assert_ne!(lines[0][run], lines[1][run], "{csv}");
    for line in lines {
        assert!(line[group].contains(&format!("{}bit", line[bits])), "{csv}");
    }
}

pub fn seeds_of_one_experiment(case: &Case) {
    let report = case.run(&["compare", "runs", "--json"]).json();
    let groups = report["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 1, "{groups:?}");
    assert_eq!(groups[0]["seeds"], serde_json::json!([1, 2]), "{groups:?}");
    assert!(groups[0]["test_accuracy"]["std"].as_f64() > Some(0.0), "{groups:?}");
}

pub fn emptied_configuration(case: &Case) {
    let report = case.run(&["compare", "runs", "--json"]).json();
    let find = |name: &str| {
        let is_it = |row: &&Value| row["run"].as_str().unwrap().ends_with(name);
        rows(&report).iter().find(is_it).unwrap()
    };
    assert_eq!(find("whole")["state"], "finished");
    let emptied = find("emptied");
    assert_eq!(emptied["state"], "damaged");
    assert!(emptied["damage"].as_str().unwrap().contains("config.toml"), "{emptied}");
    assert_eq!(emptied["config"], Value::Null, "no settings that it never had");
    case.run(&["compare", "runs"]).done().mentions(&["damaged"]);
}

pub fn output_that_is_a_link(case: &Case) {
    case.shell("echo kept > target; ln -s target link; echo kept > model; ln -s model bits").done();
    case.run(&["evaluate", "cgs", "--predictions", "link"]).done();
    case.run(&["quantise", "cgs", "--set", "quant.weight_bits=4", "--out", "bits"]).done();
    for link in ["link", "bits"] {
        assert!(case.file(link).is_symlink(), "{link} was replaced");
    }
    let predictions = std::fs::read_to_string(case.file("target")).unwrap();
    assert!(predictions.starts_with('{'), "{predictions}");
    assert!(std::fs::metadata(case.file("model")).unwrap().len() > 10_000);
}

pub fn other_recordings_than_trained_on(case: &Case) {
    let train = "coarsegrain demo-data --out d && coarsegrain train t.toml --data d --out r";
    case.shell(train).done();
    let same = case.run(&["evaluate", "r"]).done();
    assert!(!same.all().contains("other recordings"), "{}", same.all());
    case.shell("ls d/yes | head -100 | while read f; do rm d/yes/$f; done").done();
    case.run(&["evaluate", "r"]).done().mentions(&["other recordings"]);
    let report = case.run(&["evaluate", "r", "--json"]).json();
    let summary = std::fs::read_to_string(case.file("r/summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_ne!(report["data_fingerprint"], summary["data_fingerprint"]);
    assert_eq!(report["is_run_data"], false);
    assert_eq!(report["test_accuracy"], report["accuracy"]);
    assert_eq!(report["valid_accuracy"], Value::Null, "that was measured on the other recordings");
    assert_eq!(report["run_summary"]["test_accuracy"], summary["test_accuracy"]);
    assert_eq!(report["run_summary"]["data_fingerprint"], summary["data_fingerprint"]);
}

pub fn front_across_different_tasks(case: &Case) {
    let report = case.run(&["compare", "runs", "--json"]).json();
    let marked = rows(&report).iter().filter(|row| row["is_pareto"] == true).count();
    assert_ne!(marked, 1, "one front of two tasks: {report}");
}
