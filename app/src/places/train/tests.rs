//! The place Train, used as a person uses it.

use std::sync::Arc;

use egui_kittest::kittest::Queryable as _;
use engine::protocol::{
    Command, CurrentRun, DatasetState, DatasetView, ModelSource, RunPhase, RunsView, Snapshot, StopMode,
    TrainingView,
};
use engine::runs::{Remedy, RunId};
use engine::settings::{Config, Schedule};
use engine::train::AgainstDense;

use crate::context::ShellRequest;
use crate::made_up;
use crate::places::Place;
use crate::places::bench::{Bench, click, spoken, type_into};

fn bench(training: TrainingView) -> Bench {
    let runs = RunsView { runs: vec![made_up::interrupted_row()], ..RunsView::default() };
    let snapshot = Snapshot { training: Arc::new(training), runs: Arc::new(runs), ..Snapshot::default() };
    Bench::new(Place::Train, snapshot)
}

/// A finished run that stands in the table too.
fn bench_of_finished() -> Bench {
    let mut training = made_up::finished();
    let runs = made_up::runs(6);
    if let Some(run) = &mut training.current {
        run.run = runs.runs[1].run.clone();
    }
    let snapshot = Snapshot { training: Arc::new(training), runs: Arc::new(runs), ..Snapshot::default() };
    Bench::new(Place::Train, snapshot)
}

#[test]
fn start_queues_the_configuration_of_network() {
    let mut harness = bench(TrainingView::default()).open();
    harness.state_mut().config.seed = 9;
    click(&mut harness, "Start training");
    let expected = Config { seed: 9, ..Config::default() };
    assert_eq!(harness.state().commands, [Command::QueueRun { config: Box::new(expected), name: None }]);
}

#[test]
fn recordings_that_cannot_teach_are_told_before_the_start() {
    let sound_notes =
        ["3 of 9 recordings hold nothing but zeros.", "2 clips are longer.", "1 of 9 clips is clipped."];
    let open = DatasetView { sound_notes: sound_notes.map(String::from).to_vec(), ..DatasetView::default() };
    let dataset = DatasetState { open: Some(Arc::new(open)), ..DatasetState::default() };
    let snapshot = Snapshot { dataset: Arc::new(dataset), ..Snapshot::default() };
    let mut harness = Bench::new(Place::Train, snapshot).open();
    let said = spoken(&harness);
    assert!(said.contains(sound_notes[0]) && said.contains(sound_notes[1]), "{said}");
    assert!(!said.contains(sound_notes[2]), "{said}");
    click(&mut harness, "Look at the data and 1 more note");
    assert_eq!(harness.state().requests, [ShellRequest::GoTo(Place::Data)]);
    let said = spoken(&bench(TrainingView::default()).open());
    assert!(!said.contains("Look at the data"), "nothing to tell");
}

#[test]
fn how_the_next_run_learns_is_set_here() {
    let mut harness = bench(TrainingView::default()).open();
    let said = spoken(&harness);
    for name in ["Epochs", "Batch", "Learning rate", "Optimiser", "Threads", "Augmentation"] {
        assert!(said.contains(name), "{name} is not in:\n{said}");
    }
    assert!(!said.contains("Step length"), "belongs to another schedule");
    harness.get_by_role_and_label(egui::accesskit::Role::ComboBox, "Schedule").click();
    harness.run_steps(3);
    click(&mut harness, "step");
    assert_eq!(harness.state().config.train.schedule, Schedule::Step);
    assert!(spoken(&harness).contains("Step length"));
}

#[test]
fn a_list_of_seeds_queues_one_run_each() {
    let mut harness = bench(TrainingView::default()).open();
    type_into(&mut harness, "Name", "keyword");
    type_into(&mut harness, "Seed", "1, 2, 3");
    click(&mut harness, "Start 3 runs");
    let queued: Vec<(u64, Option<String>)> = harness
        .state()
        .commands
        .iter()
        .map(|command| match command {
            Command::QueueRun { config, name } => (config.seed, name.clone()),
            other => panic!("unexpected {other:?}"),
        })
        .collect();
    let name = |seed: u64| Some(format!("keyword-s{seed}"));
    assert_eq!(queued, [(1, name(1)), (2, name(2)), (3, name(3))]);
}

#[test]
fn a_mistake_in_a_list_is_said_and_nothing_starts() {
    let mut harness = bench(TrainingView::default()).open();
    type_into(&mut harness, "Drop probability", "0.5, seventy");
    assert!(spoken(&harness).contains("“seventy” is no drop probability"));
    click(&mut harness, "Start training");
    assert!(harness.state().commands.is_empty());
}

#[test]
fn a_running_run_can_be_held_kept_and_discarded() {
    let mut harness = bench(made_up::mid_training(Config::default())).open();
    click(&mut harness, "Pause");
    click(&mut harness, "Stop and keep");
    assert_eq!(harness.state().commands, [Command::PauseRun, Command::StopRun(StopMode::Keep)]);
    harness.state_mut().commands.clear();
    click(&mut harness, "Discard…");
    assert!(harness.state().commands.is_empty(), "discarding asks first");
    click(&mut harness, "Keep training");
    assert!(harness.query_by_label("Discard run").is_none());
    click(&mut harness, "Discard…");
    click(&mut harness, "Discard run");
    assert_eq!(harness.state().commands, [Command::StopRun(StopMode::Discard)]);
}

#[test]
fn a_held_run_goes_on() {
    let mut training = made_up::mid_training(Config::default());
    if let Some(run) = &mut training.current {
        run.phase = RunPhase::Paused;
    }
    let mut harness = bench(training).open();
    click(&mut harness, "Resume");
    assert_eq!(harness.state().commands, [Command::ResumeRun]);
}

#[test]
fn queued_runs_leave_and_interrupted_runs_go_on() {
    let mut harness = bench(made_up::mid_training(Config::default())).open();
    click(&mut harness, "Remove cgs-b64-p75-5bit-seed3 from the queue");
    click(&mut harness, "Continue hcgs-32-4-6bit");
    assert_eq!(
        harness.state().commands,
        [
            Command::DequeueRun(RunId("cgs-b64-p75-5bit-seed3".into())),
            Command::ContinueRun(RunId("hcgs-32-4-6bit".into())),
        ]
    );
}

#[test]
fn a_failed_run_says_why_and_offers_what_helps() {
    let rows = vec![
        made_up::failed_row(
            "diverged",
            Remedy::LowerLearningRate,
            "the loss became NaN; lower `train.learning_rate` (it is 0.1)",
        ),
        made_up::failed_row(
            "no-such-word",
            Remedy::ChangeSettings,
            "there are no target words; name at least one in data.words",
        ),
        made_up::failed_row("disk-full", Remedy::TryAgain, "cannot write the checkpoint: no space left"),
    ];
    let runs = RunsView { runs: rows, ..RunsView::default() };
    let mut harness =
        Bench::new(Place::Train, Snapshot { runs: Arc::new(runs), ..Snapshot::default() }).open();
    let said = spoken(&harness);
    for needed in [
        "The loss became NaN; lower “Learning rate” (it is 0.1)",
        "There are no target words; name at least one in “Target words”",
        "Cannot write the checkpoint: no space left",
    ] {
        assert!(said.contains(needed), "{needed} is not said in:\n{said}");
    }
    assert!(!said.contains("Continue"), "what failed is not merely interrupted");
    let rate = harness.state().config.train.learning_rate;
    click(&mut harness, "Take its settings, half the learning rate: diverged");
    assert_eq!(harness.state().config.train.learning_rate, rate / 2.0);
    click(&mut harness, "Take its settings to change them: no-such-word");
    assert_eq!(harness.state().config, Config::default());
    assert!(harness.state().commands.is_empty());
    click(&mut harness, "Try again: disk-full");
    click(&mut harness, "Remove diverged");
    assert_eq!(
        harness.state().commands,
        [Command::ContinueRun(RunId("disk-full".into())), Command::DeleteRun(RunId("diverged".into()))]
    );
}

#[test]
fn the_run_that_has_just_failed_offers_what_helps_too() {
    let training = made_up::failed();
    let name = training.current.as_ref().map(|run| run.run.0.clone()).unwrap();
    let row = made_up::failed_row(&name, Remedy::LowerLearningRate, "the loss became infinite");
    let runs = RunsView { runs: vec![row], ..RunsView::default() };
    let snapshot = Snapshot { training: Arc::new(training), runs: Arc::new(runs), ..Snapshot::default() };
    let harness = Bench::new(Place::Train, snapshot).open();
    let label = format!("Take its settings, half the learning rate: {name}");
    assert_eq!(harness.query_all_by_label(&label).count(), 1, "once, not in the list too");
}

#[test]
fn hovering_a_cut_name_says_it_once_and_in_full() {
    let long = "cgs-1024-1024-1024-1024-1024-64x75-5bit-seed1-001-again-and-again-and-again";
    let training =
        TrainingView { queue: vec![(RunId(long.into()), Config::default())], ..TrainingView::default() };
    let mut harness = bench(training).open();
    let row = harness.get_by_label(long).rect();
    harness.hover_at(row.center());
    harness.run_steps(60);
    let said = spoken(&harness);
    // The row itself, and one tooltip that begins with it.
    assert_eq!(said.lines().filter(|line| line.starts_with(long)).count(), 2, "{said}");
    assert!(said.contains("40 epochs, batch 256"));
}

#[test]
fn a_mistake_in_the_settings_is_told_in_words_of_the_window() {
    let mut harness = bench(TrainingView::default()).open();
    harness.state_mut().config.data.words.clear();
    harness.run_steps(3);
    let said = spoken(&harness);
    assert!(said.contains("“Target words” is empty") && !said.contains("data.words"), "{said}");
}

#[test]
fn progress_and_curves_are_also_words() {
    let harness = bench(made_up::mid_training(Config::default())).open();
    let spoken = spoken(&harness);
    for needed in [
        "18 of 40",
        "31 of 52",
        "Time left",
        "21\u{2009}480 clips/s",
        "62\u{2009}% waiting for inputs",
        "1.9\u{2009}ms",
        "3.6× faster than dense (6.8\u{2009}ms)",
        "Learning rate",
        "Best validation",
        "validation 8",
        "in epoch",
        "Map of hidden 1",
    ] {
        assert!(spoken.contains(needed), "{needed} is not said in:\n{spoken}");
    }
}

fn against(training: TrainingView, against_dense: AgainstDense) -> TrainingView {
    let current = training.current.map(|run| CurrentRun { against_dense, ..run });
    TrainingView { current, ..training }
}

#[test]
fn a_dense_run_is_compared_with_nothing() {
    let training = against(made_up::mid_training(Config::default()), AgainstDense::IsDense);
    let said = spoken(&bench(training).open());
    assert!(said.contains("dense network") && !said.contains("than dense"), "{said}");
    let said = spoken(&bench(against(made_up::finished(), AgainstDense::IsDense)).open());
    assert!(!said.contains("than dense"), "{said}");
}

#[test]
fn the_outcome_keeps_the_speed_of_a_step() {
    let said = spoken(&bench_of_finished().open());
    for needed in ["Training step", "1.9\u{2009}ms", "3.6× faster than dense (6.8\u{2009}ms)"] {
        assert!(said.contains(needed), "{needed} is not said in:\n{said}");
    }
}

#[test]
fn nothing_moves_when_figures_come_and_change() {
    let places = |training: TrainingView| {
        let harness = bench(training).open();
        let label = |text| harness.get_by_label(text).rect();
        let rates = harness.get_by_label_contains("peak").rect();
        (
            label("Time left").left(),
            label("Speed"),
            label("Training step"),
            rates.left(),
            label("Best validation"),
        )
    };
    let late = made_up::mid_training(Config::default());
    let mut early = against(late.clone(), AgainstDense::Unknown);
    if let Some(run) = &mut early.current {
        (run.epoch, run.batch) = (1, 1);
        (run.samples_per_sec, run.step_secs, run.wait_share) = (0.0, 0.0, 0.0);
        (run.elapsed_secs, run.left_secs) = (0.0, None);
        run.history.clear();
    }
    assert_eq!(places(early), places(late.clone()));
    assert_eq!(places(against(late.clone(), AgainstDense::TooLarge)), places(late));
}

#[test]
fn a_long_name_leaves_room_for_the_buttons() {
    let mut training = made_up::mid_training(Config::default());
    if let Some(run) = &mut training.current {
        run.run = RunId("cgs-1024-1024-1024-1024-1024-64x75-5bit-seed1-001-again-and-again".into());
    }
    let harness = bench(training).open();
    let pause = harness.get_by_label("Pause").rect();
    let phase = harness.get_by_label("training").rect();
    assert!(phase.right() < pause.left(), "{phase:?} {pause:?}");
}

#[test]
fn the_outcome_leads_on() {
    let mut harness = bench(made_up::finished()).open();
    click(&mut harness, "Listen with it");
    assert_eq!(harness.state().requests, [ShellRequest::GoTo(Place::Live)]);
    let run = RunId("cgs-b64-p75-5bit-seed1".into());
    assert_eq!(harness.state().places.live.models()[1], Some(ModelSource::Run(run)));
    let harness = bench(made_up::failed()).open();
    assert!(spoken(&harness).contains("lower the learning rate"));
}

#[test]
fn preparing_shows_how_far_it_is() {
    let harness = bench(made_up::preparing()).open();
    assert!(spoken(&harness).contains("computing features of the training split"));
    assert!(harness.query_by_label("Discard…").is_some(), "a long job has a way out");
}
