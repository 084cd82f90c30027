//! The place Export, used as a person uses it.

use std::path::PathBuf;
use std::sync::Arc;

use egui_kittest::kittest::Queryable as _;
use engine::export::{ExportOptions, Format, IndexStorage};
use engine::protocol::{Command, ExportOrder, ExportView, ModelSource, ModelView, Snapshot};

use crate::context::{ModelSlot, PickKind, ShellRequest};
use crate::made_up;
use crate::places::Place;
use crate::places::bench::{Bench, click, spoken, type_into};

/// A window on the newest of six runs, described as this.
fn bench(view: impl FnOnce(&ModelSource) -> ExportView) -> Bench {
    let runs = made_up::runs(6);
    let source = ModelSource::Run(runs.runs[0].run.clone());
    let export = Arc::new(view(&source));
    Bench::new(Place::Export, Snapshot { runs: Arc::new(runs), export, ..Snapshot::default() })
}

fn described(is_integer: bool) -> impl FnOnce(&ModelSource) -> ExportView {
    move |source| {
        let model = Some(Arc::new(made_up::model(source.clone(), is_integer)));
        ExportView { model, ..ExportView::default() }
    }
}

fn newest(bench: &Bench) -> ModelSource {
    ModelSource::Run(bench.snapshot.runs.runs[0].run.clone())
}

fn orders(bench: &Bench) -> Vec<ExportOrder> {
    let orders = bench.commands.iter().filter_map(|command| match command {
        Command::Export(order) => Some((**order).clone()),
        _ => None,
    });
    orders.collect()
}

#[test]
fn an_empty_place_offers_training_and_the_built_in_model() {
    let mut harness = Bench::new(Place::Export, Snapshot::default()).open();
    click(&mut harness, "Train a first run");
    assert_eq!(harness.state().requests, [ShellRequest::GoTo(Place::Train)]);
    click(&mut harness, "Export the built-in CGS model");
    assert_eq!(harness.state().commands, [Command::DescribeModel(ModelSource::BuiltInCompressed)]);
}

#[test]
fn the_newest_run_is_described_and_goes_where_it_was_told() {
    let bench = bench(described(true));
    let (model, name) = (newest(&bench), bench.snapshot.runs.runs[0].run.0.clone());
    let mut harness = bench.open();
    assert_eq!(harness.state().commands, [Command::DescribeModel(model.clone())], "once");
    harness.get_by_role_and_label(egui::accesskit::Role::TextInput, "Target folder").focus();
    harness.run_steps(1);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.run_steps(1);
    type_into(&mut harness, "Target folder", "/out");
    for format in Format::ALL {
        click(&mut harness, &format!("Export {}", format.name()));
    }
    let orders = orders(harness.state());
    assert_eq!(orders.len(), Format::ALL.len());
    for (order, format) in orders.iter().zip(Format::ALL) {
        let folder = PathBuf::from("/out").join(&name).join(format.name());
        let options = ExportOptions::default();
        assert_eq!(*order, ExportOrder { model: model.clone(), format, options, folder });
    }
}

#[test]
fn what_is_chosen_about_a_format_is_ordered() {
    let mut harness = bench(described(true)).open();
    click(&mut harness, "Block index: From the seed");
    click(&mut harness, "Front end");
    harness.get_by_label("Test vectors of c").click();
    harness.run_steps(2);
    harness.get_by_label("Test vectors of c").type_text("7");
    harness.run_steps(1);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(2);
    click(&mut harness, "Export blocks");
    click(&mut harness, "Export c");
    let orders = orders(harness.state());
    assert_eq!(orders[0].options.index, IndexStorage::Seed);
    assert!(!orders[1].options.front_end);
    assert_eq!(orders[1].options.num_vectors, 7);
    let said = spoken(&harness);
    assert!(said.contains("--format c --out ") && said.contains(" --no-front-end --vectors 7"), "{said}");
}

#[test]
fn the_bill_beside_the_options_leaves_out_an_index_from_the_seed() {
    let mut harness = bench(described(true)).open();
    let bill = |harness: &_| -> Vec<String> {
        let said: Vec<String> = spoken(harness).lines().map(String::from).collect();
        let first = said.iter().position(|line| line == "Kept weights").unwrap();
        let value = |name: &str| said[first..].iter().position(|line| line == name).unwrap() + 1;
        ["Block index", "In all"].map(|name| said[first + value(name)].clone()).to_vec()
    };
    // 432 bits of index, 672 428 in all.
    assert_eq!(bill(&harness), ["54\u{2009}B", "82.1\u{2009}KiB"]);
    click(&mut harness, "Block index: From the seed");
    assert_eq!(bill(&harness), ["0\u{2009}B", "82.0\u{2009}KiB"]);
    // Code always holds its index.
    click(&mut harness, "Format c");
    assert_eq!(bill(&harness)[0], "54\u{2009}B");
}

#[test]
fn a_floating_point_model_says_what_it_cannot_be_and_what_to_do() {
    let mut harness = bench(described(false)).open();
    let said = spoken(&harness);
    assert!(said.contains("No integers to export") && said.contains("Bits in Compare"), "{said}");
    assert_eq!(said.matches("Needs an integer network").count(), 3);
    click(&mut harness, "Export blocks");
    assert!(orders(harness.state()).is_empty());
    click(&mut harness, "Export onnx");
    assert_eq!(orders(harness.state())[0].format, Format::Onnx);
}

#[test]
fn a_floating_point_run_is_handed_to_where_it_is_rounded() {
    let mut harness = bench(described(false)).open();
    click(&mut harness, "Round it in Compare");
    assert!(harness.state().requests.contains(&ShellRequest::GoTo(Place::Compare)));
    harness.state_mut().place = Place::Compare;
    harness.run_steps(3);
    assert!(harness.query_by_label("Measure at other bits").is_some());
}

#[test]
fn a_model_file_is_chosen_in_a_dialog_and_exported() {
    let mut harness = bench(described(true)).open();
    click(&mut harness, "Model");
    click(&mut harness, "Choose a file…");
    assert_eq!(harness.state().requests, [ShellRequest::Pick(PickKind::Model(ModelSlot::Export))]);
    let file = ModelSource::File("/out/word spotter.cgs".into());
    harness.state_mut().places.export.offer(file.clone());
    harness.run_steps(2);
    assert_eq!(harness.state().commands.last(), Some(&Command::DescribeModel(file.clone())));
    click(&mut harness, "Export c");
    let order = orders(harness.state()).pop().unwrap();
    assert_eq!(order.model, file);
    assert!(order.folder.ends_with("word spotter/c"), "{}", order.folder.display());
    assert!(spoken(&harness).contains("coarsegrain export \"/out/word spotter.cgs\" --format c"));
}

#[test]
fn exports_that_wait_say_so() {
    let mut harness = bench(described(true)).open();
    let model = newest(harness.state());
    let order = |format: Format| {
        let options = ExportOptions::default();
        ExportOrder { model: model.clone(), format, options, folder: PathBuf::from("/out") }
    };
    let mut view = (*harness.state().snapshot.export).clone();
    view.writing = Some(order(Format::C));
    view.waiting = vec![order(Format::Rom), order(Format::Onnx)];
    harness.state_mut().snapshot.export = Arc::new(view);
    harness.run_steps(2);
    let said = spoken(&harness);
    assert_eq!(said.matches("Writing…").count(), 1, "{said}");
    assert_eq!(said.matches("Waiting for the exports before it").count(), 2, "{said}");
    click(&mut harness, "Export rom");
    assert!(orders(harness.state()).is_empty(), "it waits already");
    click(&mut harness, "Export bsr");
    assert_eq!(orders(harness.state()).len(), 1);
}

#[test]
fn a_model_without_a_run_has_a_shorter_report() {
    let mut harness = bench(described(true)).open();
    click(&mut harness, "Model");
    click(&mut harness, "CGS, built in");
    assert_eq!(
        harness.state().commands.last(),
        Some(&Command::DescribeModel(ModelSource::BuiltInCompressed))
    );
    assert!(spoken(&harness).contains("of a model without a run it tells no accuracy"));
    click(&mut harness, "Export report");
    let order = orders(harness.state()).pop().unwrap();
    assert_eq!((order.model, order.format), (ModelSource::BuiltInCompressed, Format::Report));
}

#[test]
fn files_sizes_and_failures_are_said() {
    let mut harness = bench(made_up::exported).open();
    let said = spoken(&harness);
    for needed in
        ["model.blocks", "2 files, 84.3", "Memory bill of the model", "a header of 184 bytes", "2⁻⁷"]
    {
        assert!(said.contains(needed), "{needed} is not said in:\n{said}");
    }
    click(&mut harness, "Format c");
    let said = spoken(&harness);
    assert!(said.contains("Not exported") && said.contains("permission denied; choose another"), "{said}");
}

#[test]
fn a_model_that_cannot_be_read_says_why() {
    let harness = bench(|source| {
        let facts = Err("`small` cannot be exported: the model is cut; train it again".into());
        ExportView {
            model: Some(Arc::new(ModelView { source: source.clone(), facts })),
            ..ExportView::default()
        }
    })
    .open();
    assert!(spoken(&harness).contains("the model is cut; train it again"));
}

#[test]
fn the_folder_can_be_chosen_and_must_be_there() {
    let mut harness = bench(described(true)).open();
    click(&mut harness, "Choose…");
    assert_eq!(harness.state().requests, [ShellRequest::Pick(PickKind::ExportFolder)]);
    harness.state_mut().places.export.set_folder(std::path::Path::new(""));
    harness.run_steps(1);
    click(&mut harness, "Export blocks");
    assert!(orders(harness.state()).is_empty());
    assert!(harness.state().messages.latest().is_some_and(|message| message.text.contains("folder")));
}

#[test]
fn a_run_is_handed_over_from_compare() {
    let mut bench = bench(described(true));
    bench.place = Place::Compare;
    let wanted = bench.snapshot.runs.runs[1].run.clone();
    let mut harness = bench.open();
    harness.get_by_label_contains(&format!("{}, ", wanted.0)).click();
    harness.run_steps(4);
    click(&mut harness, "Export it");
    assert!(harness.state().requests.contains(&ShellRequest::GoTo(Place::Export)));
    harness.state_mut().place = Place::Export;
    harness.run_steps(3);
    assert!(harness.state().commands.contains(&Command::DescribeModel(ModelSource::Run(wanted))));
}
