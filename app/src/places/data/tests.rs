//! The place Data: a clip is always shown, or said why not.

use std::sync::Arc;

use egui_kittest::Harness;
use engine::dataset::{ClipId, Split};
use engine::protocol::{
    ClipRow, ClipState, ClipView, ClipWish, Command, DatasetState, DatasetView, Grid, PlaybackView, Playing,
    Snapshot, WordRow,
};
use engine::settings::FeatureConfig;

use crate::places::Place;
use crate::places::bench::{Bench, click, spoken};

fn dataset(opening: u64) -> Arc<DatasetState> {
    let clip = |index: usize| ClipRow {
        path: format!("yes/speaker{index}_nohash_{opening}.wav"),
        word: 0,
        split: Split::Train,
        speaker: format!("speaker{index}").into(),
        length_ms: 1000,
    };
    let view = DatasetView {
        opening,
        clips: (0..5).map(clip).collect(),
        words: vec![WordRow { word: "yes".into(), counts: [5, 0, 0] }],
        ..DatasetView::default()
    };
    Arc::new(DatasetState { open: Some(Arc::new(view)), ..DatasetState::default() })
}

fn bench(opening: u64) -> Bench {
    Bench::new(Place::Data, Snapshot { dataset: dataset(opening), ..Snapshot::default() })
}

fn wish(opening: u64, clip: u32) -> ClipWish {
    ClipWish { opening, clip: ClipId(clip), features: FeatureConfig::default() }
}

/// Pictures of a clip of so many frames.
fn view(num_frames: usize) -> Arc<ClipView> {
    let grid = |cols: usize| Grid { rows: num_frames, cols, values: vec![0.5; num_frames * cols] };
    Arc::new(ClipView {
        samples: vec![0.1; num_frames * 160],
        spectrogram: grid(129),
        features: grid(13),
        input_frames: (0..31).collect(),
        frame_shift_secs: 0.01,
    })
}

fn answer(harness: &mut Harness<'_, Bench>, wish: ClipWish, answer: Option<Result<Arc<ClipView>, String>>) {
    harness.state_mut().snapshot.clip = Arc::new(ClipState { wish: Some(wish), answer });
    harness.state_mut().commands.clear();
    harness.run_steps(3);
}

fn is_asked(harness: &Harness<'_, Bench>, wish: &ClipWish) -> bool {
    harness.state().commands.contains(&Command::InspectClip(wish.clone()))
}

#[test]
fn a_clip_is_asked_for_until_the_engine_knows_of_it_and_then_no_more() {
    let mut harness = bench(1).open();
    assert!(is_asked(&harness, &wish(1, 0)));
    assert!(spoken(&harness).contains("Reading the clip"));
    answer(&mut harness, wish(1, 0), None);
    assert!(!is_asked(&harness, &wish(1, 0)), "it is being read");
    answer(&mut harness, wish(1, 0), Some(Ok(view(98))));
    assert!(spoken(&harness).contains("Spectrogram: ") && harness.state().commands.is_empty());
    click(&mut harness, "Clip yes/speaker3_nohash_1.wav");
    assert!(is_asked(&harness, &wish(1, 3)));
    assert!(!spoken(&harness).contains("Spectrogram: "), "the picture of another clip is not shown for it");
}

#[test]
fn a_dataset_that_opens_behind_another_tab_shows_its_first_clip_all_the_same() {
    for tab in ["Show: Faults (0)", "Show: Background noise (0)", "Show: Clips"] {
        let mut harness = bench(1).open();
        answer(&mut harness, wish(1, 0), Some(Ok(view(98))));
        click(&mut harness, tab);
        harness.state_mut().snapshot.dataset = dataset(2);
        harness.state_mut().snapshot.clip = Arc::default();
        harness.run_steps(3);
        assert!(is_asked(&harness, &wish(2, 0)), "{tab}");
        answer(&mut harness, wish(2, 0), Some(Ok(view(98))));
        assert!(spoken(&harness).contains("Spectrogram: "), "{tab}");
    }
}

#[test]
fn the_same_folder_opened_again_is_looked_at_again() {
    let mut harness = bench(1).open();
    answer(&mut harness, wish(1, 0), Some(Ok(view(98))));
    click(&mut harness, "Clip yes/speaker4_nohash_1.wav");
    answer(&mut harness, wish(1, 4), Some(Ok(view(98))));
    // Whatever lies at its address: the engine says that it is another opening.
    harness.state_mut().snapshot.dataset = dataset(7);
    harness.run_steps(3);
    assert!(is_asked(&harness, &wish(7, 0)) && !is_asked(&harness, &wish(1, 4)));
}

#[test]
fn a_clip_that_cannot_be_shown_says_why_and_can_be_tried_again() {
    for reason in ["`yes/a.wav` has changed since the dataset was opened; open it again", "no such clip"] {
        let mut harness = bench(1).open();
        answer(&mut harness, wish(1, 0), Some(Err(reason.into())));
        let said = spoken(&harness);
        assert!(said.contains(&crate::messages::quoted(reason)), "{said}");
        assert!(!said.contains("Reading the clip"));
        assert!(harness.state().commands.is_empty(), "it is not tried again by itself");
        click(&mut harness, "Try again");
        assert!(is_asked(&harness, &wish(1, 0)));
    }
}

#[test]
fn pictures_stay_until_those_of_another_front_end_are_there() {
    let mut harness = bench(1).open();
    answer(&mut harness, wish(1, 0), Some(Ok(view(98))));
    harness.state_mut().config.features.num_mel = 40;
    harness.run_steps(3);
    let other = ClipWish { features: harness.state().config.features.clone(), ..wish(1, 0) };
    assert!(is_asked(&harness, &other) && spoken(&harness).contains("Spectrogram: "));
    answer(&mut harness, other.clone(), None);
    assert!(spoken(&harness).contains("Spectrogram: "), "no flicker");
    answer(&mut harness, other, Some(Err("`features.num_mel` is too large".into())));
    assert!(spoken(&harness).contains("too large"), "what is not true of the settings is not shown");
}

#[test]
fn a_clip_of_many_minutes_is_shown_and_other_sounds_do_not_move_its_line() {
    let mut harness = bench(1).open();
    // Ten minutes: more frames than a texture has columns.
    answer(&mut harness, wish(1, 0), Some(Ok(view(60_000))));
    assert!(spoken(&harness).contains("Spectrogram: "));
    let playing = |what| PlaybackView { what, name: "a".into(), position_secs: 0.5, length_secs: 1.0 };
    for what in [Playing::File, Playing::Stream { from_secs: 3.0 }, Playing::Clip(ClipId(0))] {
        harness.state_mut().snapshot.playback = Arc::new(Some(playing(what)));
        harness.run_steps(2);
        assert!(spoken(&harness).contains("Stop"));
    }
}
