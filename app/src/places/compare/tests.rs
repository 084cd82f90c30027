//! The place Compare, used as a person uses it.

use std::sync::Arc;

use egui_kittest::kittest::Queryable as _;
use engine::dataset::{ClipId, Split};
use engine::protocol::{
    BitsView, ClipRow, Command, DatasetState, DatasetView, Progress, RoundOrder, RunsView, Snapshot,
};
use engine::runs::{RunEnd, RunId};

use crate::context::ShellRequest;
use crate::made_up;
use crate::places::Place;
use crate::places::bench::{Bench, click, spoken, type_into};

fn bench(count: usize) -> Bench {
    let runs = made_up::runs(count);
    let details = made_up::details(&runs, &[0, 1]);
    let snapshot = Snapshot { runs: Arc::new(runs), details: Arc::new(details), ..Snapshot::default() };
    Bench::new(Place::Compare, snapshot)
}

fn name(bench: &Bench, index: usize) -> RunId {
    bench.snapshot.runs.runs[index].run.clone()
}

/// Clicks the row of a run.
fn click_row(harness: &mut egui_kittest::Harness<'_, Bench>, run: &RunId, modifiers: egui::Modifiers) {
    harness.get_by_label_contains(&format!("{}, ", run.0)).click_modifiers(modifiers);
    harness.run_steps(4);
}

#[test]
fn an_empty_place_offers_the_next_step() {
    let mut harness = Bench::new(Place::Compare, Snapshot::default()).open();
    click(&mut harness, "Train a first run");
    assert_eq!(harness.state().requests, [ShellRequest::GoTo(Place::Train)]);
}

#[test]
fn a_click_selects_and_asks_for_the_curves() {
    let bench = bench(8);
    let (first, second) = (name(&bench, 0), name(&bench, 1));
    let mut harness = bench.open();
    click_row(&mut harness, &first, egui::Modifiers::NONE);
    click_row(&mut harness, &second, egui::Modifiers::COMMAND);
    assert_eq!(
        harness.state().commands,
        [Command::LoadRunDetails(vec![first.clone()]), Command::LoadRunDetails(vec![first, second]),]
    );
    click(&mut harness, "View: Curves");
    assert!(spoken(&harness).contains("at its best, epoch"));
}

#[test]
fn the_table_sorts_filters_and_says_what_it_shows() {
    let mut harness = bench(40).open();
    click(&mut harness, "Sort by Test accuracy");
    assert!(harness.query_by_label("Sort by Test accuracy, largest first").is_some());
    let order = |harness: &egui_kittest::Harness<'_, Bench>| -> Vec<f64> {
        let compare = &harness.state().places.compare;
        let values = compare.listing.order.iter();
        values
            .filter_map(|index| compare.catalogue.grouped[*index].row.summary.as_ref())
            .map(|summary| summary.test_accuracy)
            .collect()
    };
    assert!(order(&harness).windows(2).all(|pair| pair[0] >= pair[1]));
    type_into(&mut harness, "Filter runs", "hcgs seed=2");
    let spoken = spoken(&harness);
    assert!(spoken.contains(" of 40 runs"), "{spoken}");
    assert!(order(&harness).len() < 10);
}

#[test]
fn delete_can_be_undone() {
    let bench = bench(8);
    let run = name(&bench, 2);
    let mut harness = bench.open();
    click_row(&mut harness, &run, egui::Modifiers::NONE);
    harness.state_mut().commands.clear();
    click(&mut harness, "Delete run");
    click(&mut harness, "Undo delete");
    assert_eq!(harness.state().commands, [Command::DeleteRun(run.clone()), Command::RestoreRun(run)]);
    assert!(harness.query_by_label("Undo delete").is_none());
}

#[test]
fn a_cell_lists_its_clips_and_plays_them() {
    let mut bench = bench(8);
    let run = name(&bench, 0);
    let details = bench.snapshot.details[0].clone();
    let label = |name: &str| details.confusion.labels.iter().position(|label| label == name).unwrap();
    let hit =
        details.predictions.iter().find(|clip| clip.label == label("yes") && clip.predicted == clip.label);
    let path = hit.unwrap().path.clone();
    let clip =
        ClipRow { path: path.clone(), word: 0, split: Split::Test, speaker: "a".into(), length_ms: 1000 };
    let open = DatasetView { is_demo: true, clips: vec![clip], ..DatasetView::default() };
    bench.snapshot.dataset = Arc::new(DatasetState { open: Some(Arc::new(open)), ..DatasetState::default() });
    let mut harness = bench.open();
    click_row(&mut harness, &run, egui::Modifiers::NONE);
    click(&mut harness, "View: Confusion");
    let count = details.confusion.counts[label("yes")][label("yes")];
    harness.state_mut().commands.clear();
    click(&mut harness, &format!("true yes, predicted yes: {count} clips"));
    click(&mut harness, &format!("Play {path}"));
    assert_eq!(harness.state().commands, [Command::PlayClip(ClipId(0))]);
}

#[test]
fn clips_of_a_folder_that_is_not_open_are_played_as_files() {
    let mut bench = bench(8);
    let mut row = (*bench.snapshot.runs.runs[0]).clone();
    row.config.as_mut().unwrap().data.dir = "/data/commands".into();
    let run = row.run.clone();
    bench.snapshot.runs = Arc::new(RunsView { runs: vec![Arc::new(row)], ..RunsView::default() });
    let details = bench.snapshot.details[0].clone();
    let clip =
        details.predictions.iter().find(|clip| clip.label == 2 && clip.predicted == 2).unwrap().clone();
    let count = details.confusion.counts[2][2];
    let mut harness = bench.open();
    click_row(&mut harness, &run, egui::Modifiers::NONE);
    click(&mut harness, "View: Confusion");
    click(&mut harness, &format!("true yes, predicted yes: {count} clips"));
    harness.state_mut().commands.clear();
    click(&mut harness, &format!("Play {}", clip.path));
    let file = std::path::Path::new("/data/commands").join(&clip.path);
    assert_eq!(harness.state().commands, [Command::PlayFile(file)]);
}

#[test]
fn two_runs_stand_side_by_side() {
    let bench = bench(8);
    let (first, second) = (name(&bench, 0), name(&bench, 1));
    let mut harness = bench.open();
    click(&mut harness, "View: Side by side");
    assert!(spoken(&harness).contains("Select two runs"));
    click_row(&mut harness, &first, egui::Modifiers::NONE);
    click_row(&mut harness, &second, egui::Modifiers::COMMAND);
    let spoken = spoken(&harness);
    assert!(spoken.contains("Settings that differ") && spoken.contains("Memory of the block index"));
}

#[test]
fn damaged_runs_say_what_is_wrong() {
    let bench = bench(8);
    let run = name(&bench, 7);
    let mut harness = bench.open();
    click_row(&mut harness, &run, egui::Modifiers::NONE);
    assert!(spoken(&harness).contains("summary.json is not valid JSON"));
    assert!(harness.query_by_label("Listen with it").is_none());
}

#[test]
fn thousands_of_runs_lay_out_only_what_is_seen() {
    let mut harness = bench(2000).open();
    for _ in 0..200 {
        harness.step();
    }
    let rows = spoken(&harness).lines().filter(|line| line.contains(", finished, ")).count();
    assert!((3..60).contains(&rows), "{rows} rows were laid out");
    assert_eq!(harness.state().places.compare.catalogue.entries.len(), 2000);
}

#[test]
fn the_table_and_settings_go_out() {
    let bench = bench(8);
    let run = name(&bench, 1);
    let expected = bench.snapshot.runs.runs[1].config.clone().unwrap();
    let mut harness = bench.open();
    click(&mut harness, "Save runs");
    click(&mut harness, "Save numbers as CSV");
    let saved = harness.state().requests.iter().find_map(|request| match request {
        ShellRequest::SaveAs { file_stem, contents } => Some((file_stem.clone(), contents.clone())),
        _ => None,
    });
    let (file_stem, contents) = saved.unwrap();
    assert_eq!((file_stem.as_str(), contents[0].0), ("runs", "csv"));
    let text = |ending: &str| {
        let found = contents.iter().find(|(other, _)| *other == ending).unwrap();
        String::from_utf8(found.1.clone()).unwrap()
    };
    assert_eq!(text("csv").lines().count(), 9);
    for key in ["sparsity.block", "sparsity.drop", "seed", "dataset", "data_fingerprint", "num_seeds"] {
        let head = text("csv").lines().next().unwrap().to_string();
        assert_eq!(head.split(',').filter(|name| *name == key).count(), 1, "{key} in {head}");
    }
    assert!(text("tex").contains("\\begin{tabular}") && text("md").starts_with("| run |"), "{}", text("md"));
    click_row(&mut harness, &run, egui::Modifiers::NONE);
    click(&mut harness, "Use its settings");
    assert_eq!(harness.state().config, expected);
}

#[test]
fn a_run_is_measured_at_other_bits_on_demand() {
    let bench = bench(8);
    let run = name(&bench, 1);
    let mut harness = bench.open();
    click_row(&mut harness, &run, egui::Modifiers::NONE);
    harness.state_mut().commands.clear();
    click(&mut harness, "View: Bits");
    click(&mut harness, "Measure at other bits");
    assert_eq!(harness.state().commands, [Command::SweepBits(run.clone())]);
    let progress = Progress { what: "Measuring".into(), done: 3, total: 14, left_secs: None };
    let measuring = BitsView { measuring: Some((run.clone(), progress)), ..BitsView::default() };
    harness.state_mut().snapshot.bits = Arc::new(measuring);
    harness.run_steps(2);
    assert!(spoken(&harness).contains("3 of 14"));
    click(&mut harness, "Stop measuring");
    assert_eq!(harness.state().commands.last(), Some(&Command::CancelSweep));
    let message = "there is no such folder; choose another".to_string();
    let failed = BitsView { failure: Some((run.clone(), message)), ..BitsView::default() };
    harness.state_mut().snapshot.bits = Arc::new(failed);
    harness.run_steps(2);
    assert!(spoken(&harness).contains("There is no such folder; choose another"));
    click(&mut harness, "Measure at other bits");
    assert_eq!(harness.state().commands.last(), Some(&Command::SweepBits(run)));
}

#[test]
fn curves_and_histograms_say_what_bits_cost() {
    let mut bench = bench(8);
    let run = name(&bench, 1);
    bench.snapshot.bits = Arc::new(made_up::measured(&run));
    let mut harness = bench.open();
    click_row(&mut harness, &run, egui::Modifiers::NONE);
    click(&mut harness, "View: Bits");
    let said = spoken(&harness);
    for needed in [
        "weight bits, at 8-bit activations",
        "activation bits, at 5-bit weights",
        "this run 5 × 8 bit, ",
        "float 91.6",
        "803 clips of the validation split",
        "integer, 5 × 8 bit, 84\u{2009}054\u{2009}bytes by the bill",
        "hidden 2, weights: 5 bit, ",
        "output, inputs: 8 bit, ",
        "clipped",
    ] {
        assert!(said.contains(needed), "{needed} is not said in:\n{said}");
    }
    click(&mut harness, "Measure again");
    assert_eq!(harness.state().commands.last(), Some(&Command::SweepBits(run.clone())));
    // The measurement of one run is not shown for another.
    let other = name(harness.state(), 2);
    click_row(&mut harness, &other, egui::Modifiers::NONE);
    assert!(harness.query_by_label("Measure at other bits").is_some());
}

/// The row of a run as one that was rounded from another.
fn rounded(bench: &mut Bench, index: usize, name: &str, from: &RunId) {
    let mut view = (*bench.snapshot.runs).clone();
    let mut row = (*view.runs[index]).clone();
    row.run = RunId(name.into());
    let summary = row.summary.as_mut().unwrap();
    (summary.rounded_from, summary.end) = (Some(from.clone()), RunEnd::Rounded);
    view.runs[index] = Arc::new(row);
    bench.snapshot.runs = Arc::new(view);
}

/// Sets a number field.
fn set_number(harness: &mut egui_kittest::Harness<'_, Bench>, label: &str, number: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(2);
    harness.get_by_label(label).type_text(number);
    harness.run_steps(1);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(2);
}

#[test]
fn a_run_is_kept_at_chosen_bits() {
    let mut bench = bench(8);
    let run = name(&bench, 1);
    bench.snapshot.bits = Arc::new(made_up::measured(&run));
    let mut harness = bench.open();
    click_row(&mut harness, &run, egui::Modifiers::NONE);
    click(&mut harness, "View: Bits");
    set_number(&mut harness, "Weight bits to keep", "3");
    set_number(&mut harness, "Activation bits to keep", "8");
    // A point of the curve: 130 048 weights of 3 bits, and what the made-up network has beside them.
    assert!(spoken(&harness).contains("51\u{2009}542\u{2009}bytes by the bill"), "{}", spoken(&harness));
    set_number(&mut harness, "Activation bits to keep", "6");
    assert!(spoken(&harness).contains("Not measured together"));
    click(&mut harness, "Keep as a run");
    let name = RunId(format!("{run}-w3a6"));
    let order = RoundOrder { run, weight_bits: 3, activation_bits: 6, name };
    assert_eq!(harness.state().commands.last(), Some(&Command::RoundRun(Box::new(order.clone()))));

    let progress = Progress { what: "Measuring".into(), done: 1, total: 3, left_secs: None };
    let view = |change: &dyn Fn(&mut BitsView)| {
        let mut view = made_up::measured(&order.run);
        change(&mut view);
        Arc::new(view)
    };
    harness.state_mut().snapshot.bits = view(&|view| view.rounding = Some((order.clone(), progress.clone())));
    harness.run_steps(2);
    assert!(
        spoken(&harness).contains("-w3a6: Measuring") && harness.query_by_label("Keep as a run").is_none()
    );
    click(&mut harness, "Stop rounding");
    assert_eq!(harness.state().commands.last(), Some(&Command::CancelRounding));
    harness.state_mut().snapshot.bits =
        view(&|view| view.rounding_failure = Some((order.clone(), "the disk is full; make room".into())));
    harness.run_steps(2);
    assert!(spoken(&harness).contains("-w3a6 was not made: the disk is full; make room"));
}

#[test]
fn a_run_that_is_there_is_not_made_again() {
    let mut bench = bench(8);
    let run = name(&bench, 1);
    let kept = format!("{run}-w3a6");
    rounded(&mut bench, 0, &kept, &run);
    bench.snapshot.bits = Arc::new(made_up::measured(&run));
    let mut harness = bench.open();
    click_row(&mut harness, &run, egui::Modifiers::NONE);
    click(&mut harness, "View: Bits");
    set_number(&mut harness, "Weight bits to keep", "3");
    set_number(&mut harness, "Activation bits to keep", "6");
    harness.state_mut().commands.clear();
    click(&mut harness, "Keep as a run");
    assert!(harness.state().commands.is_empty());
    click(&mut harness, "Select it");
    let said = spoken(&harness);
    assert!(said.contains(&format!("Rounded after training from {run}")), "{said}");
    assert!(said.contains(", rounded") && said.contains("then rounded"), "{said}");
    assert!(harness.query_by_label("Continue training").is_none());
    click(&mut harness, "View: Curves");
    assert!(spoken(&harness).contains(&format!("the curves are those of {run}")));
    click(&mut harness, &format!("Select {run}"));
    assert!(!spoken(&harness).contains("Rounded after training from"));
}

#[test]
fn the_arithmetic_of_a_run_is_named() {
    let bench = bench(8);
    let rows = &bench.snapshot.runs.runs;
    let integer = rows
        .iter()
        .find(|row| row.summary.as_ref().is_some_and(|summary| summary.test_accuracy_float.is_some()));
    let (run, bits) =
        integer.map(|row| (row.run.clone(), row.summary.as_ref().unwrap().weight_bits)).unwrap();
    let mut harness = bench.open();
    click_row(&mut harness, &run, egui::Modifiers::NONE);
    let said = spoken(&harness);
    assert!(said.contains(&format!("integer, {bits} × 8 bit")) && said.contains("– in float"), "{said}");
}

/// Three seeds of one experiment, a copy of the first, and two runs of another experiment.
fn seeds() -> Bench {
    let mut bench = bench(6);
    let mut view = (*bench.snapshot.runs).clone();
    let template = view.runs[1].clone();
    let other = view.runs[2].clone();
    let of = |template: &Arc<engine::protocol::RunRow>, name: &str, seed: u64, accuracy: f64| {
        let mut row = (**template).clone();
        row.run = RunId(name.into());
        row.config.as_mut().unwrap().seed = seed;
        let summary = row.summary.as_mut().unwrap();
        (summary.seed, summary.test_accuracy) = (seed, accuracy);
        Arc::new(row)
    };
    view.runs = vec![
        of(&template, "sparse-1", 1, 0.80),
        of(&template, "sparse-1-copied", 1, 0.80),
        of(&template, "sparse-2", 2, 0.84),
        of(&template, "sparse-3", 3, 0.82),
        of(&other, "other-1", 1, 0.90),
        of(&other, "other-2", 2, 0.91),
    ];
    bench.snapshot.runs = Arc::new(RunsView { comparison: Arc::default(), ..view });
    bench
}

#[test]
fn seeds_of_one_experiment_are_one_row_and_one_point() {
    let mut harness = seeds().open();
    let rows =
        |harness: &egui_kittest::Harness<'_, Bench>| harness.state().places.compare.listing.order.len();
    assert_eq!(rows(&harness), 2);
    let said = spoken(&harness);
    assert!(said.contains("82.0 ± 2.0") && said.contains("3 seeds"), "the copy is no seed: {said}");
    let compare = &harness.state().places.compare;
    assert_eq!(compare.scatter.table().rows.len(), 2);
    click(&mut harness, "Group seeds");
    assert_eq!(rows(&harness), 6);
    click(&mut harness, "Group seeds");
    assert_eq!(rows(&harness), 2);
}

#[test]
fn two_experiments_are_held_against_each_other_by_their_seeds() {
    let mut harness = seeds().open();
    let name = |harness: &egui_kittest::Harness<'_, Bench>, at: usize| {
        harness.state().places.compare.catalogue.grouped[at].name.to_string()
    };
    let (first, second) = (name(&harness, 0), name(&harness, 1));
    harness.get_by_label_contains(&format!("{first}, ")).click();
    harness.run_steps(4);
    assert!(spoken(&harness).contains("Seed by seed") && spoken(&harness).contains("copy, 80.0"));
    harness.get_by_label_contains(&format!("{second}, ")).click_modifiers(egui::Modifiers::COMMAND);
    harness.run_steps(4);
    click(&mut harness, "View: Side by side");
    let said = spoken(&harness);
    assert!(said.contains("is better, beyond noise") && said.contains("Welch's t-test, p"), "{said}");
}

#[test]
fn two_runs_are_held_against_each_other_by_their_clips() {
    let bench = bench(8);
    let (first, second) = (name(&bench, 0), name(&bench, 1));
    let mut harness = bench.open();
    click_row(&mut harness, &first, egui::Modifiers::NONE);
    click_row(&mut harness, &second, egui::Modifiers::COMMAND);
    click(&mut harness, "View: Side by side");
    assert!(spoken(&harness).contains("McNemar test, p"), "{}", spoken(&harness));
}

#[test]
fn accuracies_on_other_clips_stand_in_a_chart_of_their_own() {
    let mut bench = bench(8);
    let mut view = (*bench.snapshot.runs).clone();
    for row in &mut view.runs[..2] {
        let summary = Arc::make_mut(row).summary.as_mut().unwrap();
        (summary.num_test, summary.test_fingerprint) = (39, Some("other".into()));
        summary.test_accuracy = 0.999;
    }
    bench.snapshot.runs = Arc::new(RunsView { comparison: Arc::default(), ..view });
    let easy = name(&bench, 0);
    let hard = name(&bench, 2);
    let mut harness = bench.open();
    let drawn = |harness: &egui_kittest::Harness<'_, Bench>| {
        harness.state().places.compare.scatter.table().rows.len()
    };
    click_row(&mut harness, &easy, egui::Modifiers::NONE);
    assert_eq!(drawn(&harness), 2);
    assert!(
        spoken(&harness).contains("Pareto front of 10 words on 39 testing clips"),
        "{}",
        spoken(&harness)
    );
    click_row(&mut harness, &hard, egui::Modifiers::NONE);
    assert_eq!(drawn(&harness), 4);
    assert!(spoken(&harness).contains("2 listed runs were measured on other words or clips"));
    let fronts = harness.state().places.compare.catalogue.entries.iter().filter(|entry| entry.is_pareto);
    let sets: std::collections::BTreeSet<_> = fronts.map(|entry| entry.set).collect();
    assert_eq!(sets.len(), 2, "one front each");
    click_row(&mut harness, &easy, egui::Modifiers::COMMAND);
    click(&mut harness, "View: Side by side");
    assert!(spoken(&harness).contains("Not comparable: "));
}

#[test]
fn a_filter_that_is_not_understood_is_marked_and_an_empty_one_says_so() {
    let mut harness = bench(40).open();
    type_into(&mut harness, "Filter runs", "acuracy>90");
    let said = spoken(&harness);
    assert!(
        said.contains(
            "Not understood and left out: “acuracy” is no column or setting; do you mean accuracy?"
        )
    );
    assert!(said.contains("40 runs"), "it filters nothing");
    harness.state_mut().places.compare.filter = "no-such-run".into();
    harness.run_steps(3);
    assert!(spoken(&harness).contains("No run matches “no-such-run”."));
    click(&mut harness, "Clear the filter");
    assert!(!spoken(&harness).contains("No run matches"));
    assert_eq!(harness.state().places.compare.filter, "");
}

#[test]
fn built_in_models_stand_among_the_runs() {
    let built_in = engine::runs::built_in_runs();
    let view = RunsView {
        comparison: Arc::new(engine::runs::Comparison::of(&built_in)),
        built_in,
        ..RunsView::default()
    };
    let snapshot = Snapshot { runs: Arc::new(view), ..Snapshot::default() };
    let mut harness = Bench::new(Place::Compare, snapshot).open();
    let said = spoken(&harness);
    assert!(said.contains("Dense, built in, finished") && said.contains("CGS, built in, finished"), "{said}");
    assert!(said.contains("0 runs and 2 built in"), "{said}");
    assert_eq!(harness.state().places.compare.scatter.table().rows.len(), 2, "the chart is not empty");
    harness.get_by_label_contains("CGS, built in, finished").click();
    harness.run_steps(4);
    for forbidden in ["Delete run", "Continue training"] {
        assert!(harness.query_by_label(forbidden).is_none(), "{forbidden}");
    }
    harness.key_press(egui::Key::Delete);
    harness.run_steps(2);
    assert!(!harness.state().commands.iter().any(|command| matches!(command, Command::DeleteRun(_))));
    click(&mut harness, "Listen with it");
    assert_eq!(harness.state().requests.last(), Some(&ShellRequest::GoTo(Place::Live)));
    click(&mut harness, "Train a first run");
    assert_eq!(harness.state().requests.last(), Some(&ShellRequest::GoTo(Place::Train)));
}

#[test]
fn a_figure_counts_what_it_draws_and_names_its_data() {
    let harness = bench(8).open();
    let compare = &harness.state().places.compare;
    let theme = crate::theme::Theme::new(crate::theme::Mode::Light);
    let figure = super::scatter::Scatter::figure(&compare.catalogue, &compare.listing, Some(0), &theme, "");
    // Eight runs, of which one was interrupted and one is damaged.
    assert_eq!(figure.settings[0], "6 runs");
    assert!(
        figure.settings.iter().any(|phrase| phrase.contains("built-in demo data")),
        "{:?}",
        figure.settings
    );
    let crate::figure::Body::Chart(chart) = &figure.body else { panic!("a chart") };
    let points: usize = chart
        .series
        .iter()
        .filter(|series| matches!(series.kind, crate::figure::SeriesKind::Points { .. }))
        .map(|series| series.points.len())
        .sum();
    assert_eq!(points, 6, "without a ring around the selected run");
}
