//! The window as a person with a keyboard, a mouse or a screen reader meets it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod folder_roles;
mod one_dataset;
mod stage;

use std::path::PathBuf;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable as _};
use engine::protocol::{Command, Event, ModelSource};
use engine::settings::{Config, OneOrMany, Selection};
use stage::{Stage, stage};
use workbench::places::Place;
use workbench::shell::{Workbench, WorkbenchOptions};

fn open(stage: &Stage, options: WorkbenchOptions) -> Harness<'static, Workbench> {
    let stage = stage.clone();
    Harness::builder()
        .with_size(egui::vec2(1440.0, 900.0))
        .build_eframe(move |cc| Workbench::new(&cc.egui_ctx, Box::new(stage), options))
}

fn open_at(stage: &Stage, place: Place) -> Harness<'static, Workbench> {
    open(stage, WorkbenchOptions { place: Some(place), ..WorkbenchOptions::default() })
}

fn last_planned(stage: &Stage) -> Option<Config> {
    stage.borrow().sent.iter().rev().find_map(|command| match command {
        Command::PlanNetwork(config) => Some((**config).clone()),
        _ => None,
    })
}

fn sent(stage: &Stage, wanted: &Command) -> bool {
    stage.borrow().sent.contains(wanted)
}

#[test]
fn the_rail_and_its_keys_change_the_place() {
    let stage = stage(200);
    let mut harness = open_at(&stage, Place::Data);
    harness.get_by_role_and_label(Role::Tab, "Network").click();
    harness.run();
    assert_eq!(harness.state().place(), Place::Network);
    let keys = [
        (Key::Num1, Place::Data),
        (Key::Num3, Place::Train),
        (Key::Num5, Place::Live),
        (Key::Num6, Place::Export),
    ];
    for (key, place) in keys {
        harness.key_press(key);
        harness.run();
        assert_eq!(harness.state().place(), place);
    }
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num2);
    harness.run();
    assert_eq!(harness.state().place(), Place::Network);
}

#[test]
fn opening_asks_for_the_last_dataset_and_for_a_plan() {
    let stage = stage(10);
    let harness = open(&stage, WorkbenchOptions { opens_dataset: true, ..WorkbenchOptions::default() });
    assert!(sent(&stage, &Command::OpenDataset(None)));
    assert!(sent(&stage, &Command::RefreshRuns), "the runs are there before Compare is");
    let planned = last_planned(&stage).unwrap();
    assert_eq!(planned.sparsity, Config::default().sparsity);
    // The dataset on the stage is open already: it is what runs will be trained on.
    assert_eq!(harness.state().config().data.dir, "/data/speech_commands");
}

#[test]
fn moving_a_slider_plans_the_network_at_once() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Network);
    let slider = harness.get_by_role_and_label(Role::Slider, "Drop probability").rect();
    harness.drag_at(slider.center());
    harness.run();
    harness.hover_at(slider.center() + egui::vec2(40.0, 0.0));
    harness.run();
    let during = last_planned(&stage).unwrap();
    assert_ne!(during.sparsity.drop, OneOrMany::One(0.75), "planned while the button is still down");
    harness.drop_at(slider.center() + egui::vec2(40.0, 0.0));
    harness.run();
    assert_eq!(&last_planned(&stage).unwrap(), harness.state().config());
}

#[test]
fn selection_bits_and_levels_reach_the_configuration() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Network);
    harness.get_by_label("Selection: Connected").click();
    harness.run();
    assert_eq!(harness.state().config().sparsity.selection, Selection::Connected);
    harness.get_by_label("Add inner level").click();
    harness.run();
    assert_eq!(harness.state().config().sparsity.block, OneOrMany::Many(vec![64, 8]));
    harness.get_by_role_and_label(Role::Slider, "Block size, inner level").focus();
    harness.run();
    harness.key_press(Key::ArrowLeft);
    harness.run();
    assert_eq!(harness.state().config().sparsity.block, OneOrMany::Many(vec![64, 4]));
    harness.get_by_role_and_label(Role::Slider, "Activation bits").focus();
    harness.run();
    harness.key_press(Key::ArrowLeft);
    harness.run();
    assert_eq!(harness.state().config().quant.activation_bits, 7);
    harness.get_by_label_contains("Integers throughout, sums of ");
    harness.get_by_label("Weight bits as 32-bit float").click();
    harness.run();
    assert_eq!(harness.state().config().quant.weight_bits, 32);
    harness.get_by_label_contains("Floating point: ");
    assert_eq!(&last_planned(&stage).unwrap(), harness.state().config());
}

#[test]
fn a_layer_picked_in_the_strip_is_set_alone() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Network);
    harness.get_by_label("Layer hidden 2").click();
    harness.run();
    harness.get_by_label("Selection: Independent").click();
    harness.run();
    let sparsity = &harness.state().config().sparsity;
    assert_eq!(sparsity.selection, Selection::Balanced);
    assert_eq!(sparsity.layers[0].layer, 1);
    assert_eq!(sparsity.layers[0].selection, Some(Selection::Independent));
    harness.get_by_role_and_label(Role::Slider, "Activation bits").focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    let config = harness.state().config().clone();
    assert_eq!((config.quant.activation_bits, config.sparsity.layers[0].activation_bits), (8, Some(9)));
    harness.get_by_label("Follow the others").click();
    harness.run();
    assert!(harness.state().config().sparsity.layers.is_empty());
}

#[test]
fn memory_banks_are_planned_as_they_are_edited() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Network);
    harness.get_by_label("Show: Memory banks").click();
    harness.run();
    harness.get_by_label_contains("Bank 0: 1\u{2009}024 of 1\u{2009}024 words used");
    harness.get_by_label("Bank depth").click();
    harness.run();
    harness.get_by_label("Bank depth").type_text("2048");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().banks().spec.depth, 2048);
    assert!(sent(&stage, &Command::PlanBanks(Box::new(harness.state().banks()))));
    harness.get_by_label_contains("Bank 0: 2\u{2009}048 of 2\u{2009}048 words used");
    harness.get_by_label("Memory").click();
    harness.run();
    harness.get_by_label_contains("ice40-spram: ").click();
    harness.run();
    assert_eq!(harness.state().banks().spec.word_bits, 16);
    harness.get_by_label("Energies…").click();
    harness.run();
    assert!(
        harness.query_all_by_label_contains("Horowitz, “Computing").next().is_some(),
        "the source is named"
    );
    let energy = "SRAM read, 64 bits of 8 KiB";
    harness.get_by_role_and_label(Role::SpinButton, energy).click();
    harness.run();
    harness.get_by_role_and_label(Role::SpinButton, energy).type_text("2.5");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().banks().energy.sram_read_64_bits_8_kib_pj, 2.5);
    harness.get_by_label("Weight bits as 32-bit float").click();
    harness.run();
    harness.get_by_label_contains("Banks hold integers");
}

#[test]
fn a_warning_offers_its_remedy() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Network);
    harness.get_by_label("Use connected selection").click();
    harness.run();
    assert_eq!(harness.state().config().sparsity.selection, Selection::Connected);
    assert!(harness.query_by_label("Use connected selection").is_none());
}

#[test]
fn undo_and_redo_step_through_edits() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Network);
    harness.get_by_label("Selection: Connected").click();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run();
    assert_eq!(harness.state().config().sparsity.selection, Selection::Balanced);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    harness.run();
    assert_eq!(harness.state().config().sparsity.selection, Selection::Connected);
}

#[test]
fn the_palette_finds_actions_and_sets_settings() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Data);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run();
    harness.get_by_label("Find an action").type_text("go to comp");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().place(), Place::Compare);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run();
    harness.get_by_label("Find an action").type_text("sparsity.drop=0.9");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().config().sparsity.drop, OneOrMany::One(0.9));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Find an action").is_none());
}

#[test]
fn a_clip_is_selected_inspected_and_played() {
    let stage = stage(500);
    let mut harness = open_at(&stage, Place::Data);
    let first = stage.borrow().snapshot.dataset.open.as_ref().unwrap().clips[0].path.clone();
    harness.get_by_label(&format!("Clip {first}")).click();
    harness.run();
    let clip = engine::dataset::ClipId(0);
    assert!(stage.borrow().sent.iter().any(|c| matches!(c, Command::InspectClip(wish) if wish.clip == clip)));
    harness.get_by_label_contains("Spectrogram: ");
    harness.key_press(Key::Space);
    harness.run();
    assert!(sent(&stage, &Command::PlayClip(clip)));
    harness.key_press(Key::ArrowDown);
    harness.run();
    harness.get_by_label("Play").click();
    harness.run();
    assert!(sent(&stage, &Command::PlayClip(engine::dataset::ClipId(1))));
}

#[test]
fn clips_are_found_by_text_and_word() {
    let stage = stage(3500);
    let mut harness = open_at(&stage, Place::Data);
    harness.get_by_label("Show clips of cat").click();
    harness.run();
    assert!(harness.query_all_by_label_contains("Clip cat/").next().is_some());
    assert!(harness.query_all_by_label_contains("Clip backward/").next().is_none());
    harness.get_by_label("Search clips").focus();
    harness.run();
    harness.get_by_label("Search clips").type_text("NO SUCH CLIP");
    harness.run();
    assert!(harness.query_all_by_label_contains("Clip cat/").next().is_none());
    harness.get_by_label("0 clips");
}

#[test]
fn target_words_are_chips() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Data);
    harness.get_by_label("Target: cat").click();
    harness.get_by_label("Target: yes").click();
    harness.run();
    let words = harness.state().config().data.words.clone();
    assert!(words.contains(&"cat".to_string()) && !words.contains(&"yes".to_string()));
}

#[test]
fn the_archive_is_described_before_it_is_fetched() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Data);
    harness.get_by_label("Speech Commands…").click();
    harness.run();
    harness.get_by_label_contains("speech_commands_v0.02.tar.gz");
    harness.get_by_label("af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58");
    assert!(!stage.borrow().sent.iter().any(|c| matches!(c, Command::FetchSpeechCommands { .. })));
}

#[test]
fn a_typed_path_opens_a_dataset() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Data);
    let field = harness.get_by_label("Dataset folder");
    field.focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    harness.get_by_label("Dataset folder").type_text("/data/other words");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert!(sent(&stage, &Command::OpenDataset(Some(PathBuf::from("/data/other words")))));
}

#[test]
fn failures_are_told_and_kept_in_the_list() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Data);
    let message = "The folder holds no recordings; choose a folder with one sub-folder per word.".to_string();
    stage.borrow_mut().events.push(Event::DatasetFailed { message: message.clone() });
    harness.run();
    harness.get_by_label(&format!("Messages: {message}"));
    harness.get_by_label(&format!("⚠ {message}"));
    harness.get_by_label("Dismiss").click();
    harness.run();
    assert!(harness.query_by_label(&format!("⚠ {message}")).is_none());
    harness.get_by_label(&format!("Messages: {message}")).click();
    harness.run();
    harness.get_by_label(&message);
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Close messages").is_none());
}

#[test]
fn a_message_is_read_to_its_end_on_the_status_line() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Network);
    let remedy = "put it back as it was, or delete the run";
    let message =
        format!("The run is damaged: {}; {remedy}", "config.toml does not hold its settings, ".repeat(9));
    stage.borrow_mut().events.push(Event::RunRejected { message: message.clone() });
    harness.run();
    assert!(harness.query_by_label_contains(remedy).is_some());
    let line = harness.get_by_label(&format!("Messages: {message}")).rect();
    harness.hover_at(line.center());
    harness.run_steps(60);
    harness.get_by_label("Click for all messages");
    harness.get_by_label(&message);
}

#[test]
fn state_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = || WorkbenchOptions {
        state_path: Some(folder.path().join("state.json")),
        ..WorkbenchOptions::default()
    };
    let stage_before = stage(10);
    let mut harness = open(&stage_before, options());
    harness.get_by_role_and_label(Role::Tab, "Network").click();
    harness.run();
    harness.get_by_label("Selection: Connected").click();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::D);
    harness.run();
    let mut window = harness.into_state();
    eframe::App::on_exit(&mut window, None);

    let stage_after = stage(10);
    let harness = open(&stage_after, WorkbenchOptions { opens_dataset: true, ..options() });
    assert_eq!(harness.state().place(), Place::Network);
    assert_eq!(harness.state().config().sparsity.selection, Selection::Connected);
    harness.get_by_label("Dark");
    assert!(sent(&stage_after, &Command::OpenDataset(Some(PathBuf::from("/data/speech_commands")))));
}

#[test]
fn state_is_saved_soon_without_another_input() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let stage = stage(10);
    let options = WorkbenchOptions { state_path: Some(path.clone()), ..WorkbenchOptions::default() };
    let mut harness = open(&stage, options);
    harness.get_by_role_and_label(Role::Tab, "Compare").click();
    harness.run_steps(2);
    // Nobody moves the pointer any more: the window itself asks for the frame that saves.
    let delay = harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
    assert!(delay <= std::time::Duration::from_millis(1100), "next frame in {delay:?}");
    harness.run_steps(8);
    let is_saved = (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        std::fs::read_to_string(&path).is_ok_and(|text| text.contains("\"place\": \"compare\""))
    });
    assert!(is_saved);
}

#[test]
fn escape_closes_what_is_on_top_and_nothing_else() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Network);
    let is_shown = |harness: &Harness<'_, Workbench>, label: &str| {
        harness.query_all_by_label_contains(label).next().is_some()
    };
    let esc = |harness: &mut Harness<'_, Workbench>| {
        harness.key_press(Key::Escape);
        harness.run();
    };
    // The list of messages lies below a menu, which lies below nothing.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::M);
    harness.run();
    harness.get_by_label("Presets").click();
    harness.run();
    let preset = engine::model::PRESETS[1].name;
    assert!(harness.query_by_label(preset).is_some());
    esc(&mut harness);
    assert!(harness.query_by_label(preset).is_none() && is_shown(&harness, "Close messages"));
    esc(&mut harness);
    assert!(!is_shown(&harness, "Close messages"));
    // A list of choices, in Train.
    harness.key_press(Key::Num3);
    harness.run();
    harness.get_by_role_and_label(Role::ComboBox, "Optimiser").click();
    harness.run();
    assert!(harness.query_by_label("sgd").is_some());
    esc(&mut harness);
    assert!(harness.query_by_label("sgd").is_none());
    // A dialog over a reading in progress: the reading goes on.
    let open = stage.borrow().snapshot.dataset.open.clone();
    let loading = Some(engine::protocol::Progress::default());
    stage.borrow_mut().snapshot.dataset =
        std::sync::Arc::new(engine::protocol::DatasetState { open, loading, ..Default::default() });
    harness.run_steps(2);
    harness.get_by_label("Show the keys").click();
    harness.run_steps(3);
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label("Keys").is_none() && !sent(&stage, &Command::CancelDataset));
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(sent(&stage, &Command::CancelDataset));
}

#[test]
fn the_main_key_does_what_the_main_button_says() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Data);
    let press = |harness: &mut Harness<'_, Workbench>| {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
        harness.run();
    };
    let num_queued = || {
        let sent = &stage.borrow().sent;
        sent.iter().filter(|command| matches!(command, Command::QueueRun { .. })).count()
    };
    press(&mut harness);
    assert_eq!((harness.state().place(), num_queued()), (Place::Data, 0), "no main button, nothing done");
    harness.key_press(Key::Num2);
    harness.run();
    press(&mut harness);
    assert_eq!((harness.state().place(), num_queued()), (Place::Train, 0), "Go to training");
    harness.get_by_role_and_label(Role::TextInput, "Seed").focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Seed").type_text("1, 2, 3");
    harness.run();
    assert!(harness.query_by_label("Start 3 runs").is_some());
    press(&mut harness);
    assert_eq!(num_queued(), 3);
    // Nothing is pressed through a dialog.
    harness.get_by_label("Show the keys").click();
    harness.run();
    press(&mut harness);
    assert_eq!(num_queued(), 3);
}

#[test]
fn the_first_page_leads_on_and_comes_back() {
    let on_demo = || {
        let stage = stage(10);
        let mut view = stage::dataset(10);
        view.is_demo = true;
        let open = Some(std::sync::Arc::new(view));
        let state = engine::protocol::DatasetState { open, ..Default::default() };
        stage.borrow_mut().snapshot.dataset = std::sync::Arc::new(state);
        stage
    };
    for (way, place) in [("Talk to it", Place::Live), ("Tune it", Place::Network)] {
        let stage = on_demo();
        let mut harness = open_at(&stage, Place::Data);
        for name in ["Talk to it", "Tune it", "Open my data"] {
            harness.get_by_role_and_label(Role::Button, name);
        }
        harness.get_by_label(way).click();
        harness.run();
        assert_eq!(harness.state().place(), place);
        harness.key_press(Key::Num1);
        harness.run();
        assert!(harness.query_by_label("Talk to it").is_none(), "it was used");
        harness.get_by_label("Begin").click();
        harness.run();
        harness.get_by_label("Close where to begin").click();
        harness.run();
        assert!(harness.query_by_label("Talk to it").is_none());
    }
    let own = stage(10);
    let harness = open_at(&own, Place::Data);
    assert!(harness.query_by_label("Talk to it").is_none(), "who has opened a folder has begun");
    // Live is ready to listen with the two models that come with the program.
    let stage = on_demo();
    let mut harness = open_at(&stage, Place::Data);
    harness.get_by_label("Talk to it").click();
    harness.run();
    harness.get_by_label("Start listening").click();
    harness.run();
    assert!(
        stage.borrow().sent.iter().any(|command| matches!(command, Command::StartListening { models, .. }
        if *models == [ModelSource::BuiltInDense, ModelSource::BuiltInCompressed]))
    );
}

#[test]
fn the_drop_slider_stops_where_the_pattern_changes() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Network);
    harness.get_by_label("asked 75.0\u{2009}% · given 71.4\u{2009}% to 75.0\u{2009}%");
    harness.get_by_role_and_label(Role::Slider, "Drop probability").focus();
    harness.run();
    let kept = |stage: &Stage| -> Vec<usize> {
        let plan = stage.borrow().snapshot.plan.clone();
        let network = plan.as_ref().as_ref().unwrap().network.as_ref().unwrap();
        network.layers.iter().map(|layer| layer.pattern.num_blocks()).collect()
    };
    let mut patterns = vec![kept(&stage)];
    for _ in 0..5 {
        harness.key_press(Key::ArrowLeft);
        harness.run();
        assert!(!patterns.contains(&kept(&stage)), "a step that changes nothing");
        patterns.push(kept(&stage));
    }
}

#[test]
fn training_can_begin_with_the_window() {
    let stage = stage(10);
    let options = WorkbenchOptions { opens_dataset: true, trains: true, ..WorkbenchOptions::default() };
    let mut harness = open(&stage, options);
    harness.run();
    let queued: Vec<Config> = stage
        .borrow()
        .sent
        .iter()
        .filter_map(|command| match command {
            Command::QueueRun { config, .. } => Some((**config).clone()),
            _ => None,
        })
        .collect();
    assert_eq!(queued.len(), 1, "once, and with the dataset that is open");
    assert_eq!(queued[0].data.dir, "/data/speech_commands");
}

#[test]
fn the_map_stays_where_it_is_while_warnings_come_and_go() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Network);
    let map = |harness: &Harness<'_, Workbench>| harness.get_by_label_contains("Pattern map").rect();
    let before = map(&harness);
    for drop in ["0.95", "0.99", "0.0"] {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
        harness.run();
        harness.get_by_label("Find an action").type_text(&format!("sparsity.drop={drop}"));
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(map(&harness), before, "drop {drop}");
    }
}

#[test]
fn a_dropped_configuration_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "[sparsity]\nblock = [32, 4]\ndrop = [0.75, 0.5]\n").unwrap();
    let bad = folder.path().join("bad.toml");
    std::fs::write(&bad, "[sparsity]\nblok = 3\n").unwrap();
    let stage = stage(10);
    let mut harness = open(&stage, WorkbenchOptions { open: vec![path, bad], ..WorkbenchOptions::default() });
    // The thread that reads files wakes the window; here the test looks in on it.
    for _ in 0..500 {
        harness.run();
        if harness.state().messages().iter().count() >= 2 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(harness.state().config().sparsity.block, OneOrMany::Many(vec![32, 4]));
    assert!(harness.state().messages().iter().any(|message| message.text.contains("blok")));
}

#[test]
fn a_dropped_model_is_described_in_export() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spotter.cgs");
    std::fs::write(&path, "").unwrap();
    let stage = stage(10);
    let mut harness =
        open(&stage, WorkbenchOptions { open: vec![path.clone()], ..WorkbenchOptions::default() });
    let wanted = Command::DescribeModel(ModelSource::File(path));
    for _ in 0..500 {
        harness.run();
        if sent(&stage, &wanted) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(sent(&stage, &wanted));
    assert_eq!(harness.state().place(), Place::Export);
}

#[test]
fn every_place_draws_small_and_large_in_both_modes() {
    for size in [[1280.0, 720.0], [2560.0, 1440.0]] {
        for mode in [workbench::theme::Mode::Dark, workbench::theme::Mode::Light] {
            for place in Place::ALL {
                let stage = stage(100);
                let mut harness =
                    Harness::builder().with_size(egui::Vec2::from(size)).build_eframe(move |cc| {
                        let options = WorkbenchOptions {
                            place: Some(place),
                            theme: Some(mode),
                            ..WorkbenchOptions::default()
                        };
                        Workbench::new(&cc.egui_ctx, Box::new(stage), options)
                    });
                harness.run();
            }
        }
    }
}
