//! The front end: feature matrices of clips of one second.

use rayon::prelude::*;

use super::case::random_numbers;
use super::{Case, Path, Row, SpeedError};
use crate::audio::SAMPLE_RATE_HZ;
use crate::features::{Frames, FrontEnd};
use crate::settings::FeatureConfig;

/// Sound of one repeat, in seconds, one clip each.
pub const AUDIO_SECS: usize = 60;

/// Feature matrices of [`AUDIO_SECS`] clips of noise, `features`: clip after clip on one thread, and, where the pool
/// has more, spread over all of them as when a dataset is loaded. Reading and resampling are not part of it.
///
/// # Errors
/// Settings that describe no front end.
pub fn feature_cases(config: &FeatureConfig) -> Result<Vec<Case>, SpeedError> {
    let front_end = FrontEnd::new(config)?;
    let samples = random_numbers(AUDIO_SECS * SAMPLE_RATE_HZ as usize, 1);
    let clips: Vec<Vec<f32>> = samples.chunks(SAMPLE_RATE_HZ as usize).map(<[f32]>::to_vec).collect();
    let threads = rayon::current_num_threads();
    let mut cases = vec![one_thread_case(front_end.clone(), clips.clone())];
    if threads > 1 {
        cases.push(all_threads_case(front_end, clips, threads));
    }
    Ok(cases)
}

fn one_thread_case(front_end: FrontEnd, clips: Vec<Vec<f32>>) -> Case {
    let row = row(&front_end, &clips, 1);
    let (mut scratch, mut frames) = (front_end.scratch(), Frames::default());
    Case::new(row, move || {
        for clip in &clips {
            front_end.frames_into(clip, &mut scratch, &mut frames);
            std::hint::black_box(&frames);
        }
        Ok(())
    })
}

fn all_threads_case(front_end: FrontEnd, clips: Vec<Vec<f32>>, threads: usize) -> Case {
    let row = row(&front_end, &clips, threads);
    let mut matrices = vec![Frames::default(); clips.len()];
    Case::new(row, move || {
        let work = matrices.par_iter_mut().zip(&clips);
        work.for_each_init(
            || front_end.scratch(),
            |scratch, (frames, clip)| front_end.frames_into(clip, scratch, frames),
        );
        std::hint::black_box(&matrices);
        Ok(())
    })
}

fn row(front_end: &FrontEnd, clips: &[Vec<f32>], threads: usize) -> Row {
    Row {
        what: "features",
        path: Path::Dense,
        block: 0,
        drop: 0.0,
        density: 1.0,
        batch: clips.len() * front_end.second_frames(),
        threads,
        flops: 0.0,
        audio_secs: Some(clips.len() as f64),
    }
}
