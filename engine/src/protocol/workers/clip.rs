//! Makes the pictures of one clip of the open dataset.
//!
//! A thread beside the one that opens datasets: reading one may take minutes, and clips of the one that is open stay at
//! hand meanwhile. The latest wish stands in the snapshot from the moment it is sent, and it is the snapshot that the
//! thread reads it from. So a wish is answered, with pictures or with a reason, or replaced by a later one; none can be
//! lost between two queues, to a dataset that opens meanwhile, or to a panic.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Context, Job, Worker};
use crate::protocol::{ClipState, ClipView, ClipWish};

/// Makes pictures of clips.
pub(crate) struct ClipWorker {
    context: Context,
    worker: Worker<()>,
}

impl ClipWorker {
    pub fn start(context: &Context) -> Self {
        let job = ClipJob { context: context.clone(), current: None };
        Self { context: context.clone(), worker: Worker::start(1, job) }
    }

    /// Looks at a clip. A wish that is being granted, or was, is not begun again; one that failed is.
    pub fn inspect(&self, wish: ClipWish) {
        let clip = &self.context.board.clip;
        let mut is_new = false;
        clip.update(|state| {
            is_new = state.wish.as_ref() != Some(&wish) || matches!(state.answer, Some(Err(_)));
            if is_new {
                *state = ClipState { wish: Some(wish.clone()), answer: None };
            }
        });
        if !is_new {
            return;
        }
        // A full queue means that the thread is about to look anyway.
        let _ = self.worker.send(());
        if !self.worker.is_running() {
            let why =
                "the system gives no thread for it; close other programs, then start the workbench again";
            answer(&self.context, &wish, Err(why.into()));
        }
    }
}

struct ClipJob {
    context: Context,
    /// The wish that is being granted.
    current: Option<ClipWish>,
}

impl ClipJob {
    /// The wish in the snapshot that has no answer yet.
    fn waiting(&self) -> Option<ClipWish> {
        let state = self.context.board.clip.get();
        state.answer.is_none().then(|| state.wish.clone()).flatten()
    }

    fn look_at(&self, wish: &ClipWish) -> Result<Arc<ClipView>, String> {
        let open = self.context.open_dataset.get();
        let open = open.as_ref().as_ref().ok_or("no dataset is open; open one, then choose a clip")?;
        if open.opening != wish.opening {
            return Err("another dataset was opened meanwhile; choose a clip of it".into());
        }
        let view = open.dataset.inspect(wish.clip, &wish.features).map_err(|error| error.to_string())?;
        Ok(Arc::new(view))
    }
}

/// Publishes an answer, unless another wish has come meanwhile.
fn answer(context: &Context, wish: &ClipWish, answer: Result<Arc<ClipView>, String>) {
    context.board.clip.update(|state| {
        if state.wish.as_ref() == Some(wish) {
            state.answer = Some(answer);
        }
    });
}

impl Job for ClipJob {
    type Command = ();
    const THREAD: &'static str = "clip";

    fn handle(&mut self, (): ()) {
        while let Some(wish) = self.waiting()
            && !self.context.closing.load(Ordering::Relaxed)
        {
            self.current = Some(wish.clone());
            answer(&self.context, &wish, self.look_at(&wish));
        }
    }

    fn after_panic(&mut self, message: String) {
        if let Some(wish) = self.current.take() {
            answer(&self.context, &wish, Err(message));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::dataset::ClipId;
    use crate::dataset::testing::TestFolder;
    use crate::protocol::{Command, Engine, EngineOptions, Event};
    use crate::settings::FeatureConfig;

    fn engine(folder: &TestFolder) -> Engine {
        let cache_folder = folder.options.cache.clone();
        Engine::start(EngineOptions { runs_folder: cache_folder.join("runs"), cache_folder })
    }

    fn wait<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = ask() {
                return found;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "waited too long for {what}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Opens a folder; gives its opening.
    fn open(engine: &Engine, folder: &TestFolder) -> u64 {
        engine.send(Command::OpenDataset(Some(folder.data.clone())));
        wait("the dataset", || engine.poll_event().filter(|e| matches!(e, Event::DatasetOpened { .. })));
        engine.snapshot().dataset.open.as_ref().unwrap().opening
    }

    fn wish(opening: u64, clip: u32) -> ClipWish {
        ClipWish { opening, clip: ClipId(clip), features: FeatureConfig::default() }
    }

    fn answered(engine: &Engine) -> (ClipWish, Result<Arc<ClipView>, String>) {
        wait("an answer", || {
            let state = engine.snapshot().clip;
            state.wish.clone().zip(state.answer.clone())
        })
    }

    #[test]
    fn of_many_wishes_at_once_the_last_is_granted() {
        let folder = TestFolder::with_speakers(5);
        let engine = engine(&folder);
        let opening = open(&engine, &folder);
        (0..30).for_each(|clip| engine.send(Command::InspectClip(wish(opening, clip))));
        let (answered_wish, answer) =
            wait("the last", || Some(answered(&engine)).filter(|(known, _)| known.clip == ClipId(29)));
        assert_eq!(answered_wish, wish(opening, 29));
        assert!(answer.is_ok());
    }

    #[test]
    fn a_wish_is_known_at_once_and_every_failure_says_why() {
        let folder = TestFolder::with_speakers(2);
        let engine = engine(&folder);
        let nothing_open = wish(0, 0);
        engine.send(Command::InspectClip(nothing_open.clone()));
        assert_eq!(engine.snapshot().clip.wish, Some(nothing_open), "before any thread has looked");
        assert!(answered(&engine).1.unwrap_err().contains("no dataset is open"));
        let opening = open(&engine, &folder);
        engine.send(Command::InspectClip(wish(opening, 99)));
        assert!(answered(&engine).1.is_err(), "no such clip");
        let mut nonsense = wish(opening, 0);
        nonsense.features.num_frames = 4000;
        engine.send(Command::InspectClip(nonsense.clone()));
        let (known, answer) = answered(&engine);
        assert_eq!(known, nonsense);
        assert!(answer.is_err(), "no such front end");
        engine.send(Command::InspectClip(wish(opening, 0)));
        assert!(answered(&engine).1.is_ok(), "and the next clip is shown");
    }

    #[test]
    fn a_dataset_that_opens_meanwhile_never_shows_its_clip_for_another() {
        let (first, second) = (TestFolder::with_speakers(2), TestFolder::with_speakers(3));
        let engine = engine(&first);
        let before = open(&engine, &first);
        engine.send(Command::InspectClip(wish(before, 0)));
        assert!(answered(&engine).1.is_ok());
        let after = open(&engine, &second);
        assert!(after > before);
        assert_eq!(engine.snapshot().clip.wish, Some(wish(before, 0)), "what is shown says what it is of");
        // A window that has not seen the new dataset yet.
        engine.send(Command::InspectClip(wish(before, 1)));
        assert!(answered(&engine).1.unwrap_err().contains("another dataset"));
        engine.send(Command::InspectClip(wish(after, 1)));
        assert!(answered(&engine).1.is_ok());
        // The same folder again is another opening: nothing is taken for what it was.
        let again = open(&engine, &second);
        engine.send(Command::InspectClip(wish(again, 1)));
        assert!(answered(&engine).1.is_ok() && again > after);
    }

    /// Cuts all files below a folder to nothing: whoever has them open sees it.
    fn empty_files(folder: &std::path::Path) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => empty_files(&path),
                path => drop(std::fs::File::create(path).unwrap()),
            }
        }
    }

    #[test]
    fn a_recording_that_is_gone_is_an_answer_and_asking_again_tries_again() {
        let folder = TestFolder::with_speakers(2);
        let engine = engine(&folder);
        let opening = open(&engine, &folder);
        empty_files(&folder.options.cache);
        let hidden = folder.data.with_extension("hidden");
        std::fs::rename(&folder.data, &hidden).unwrap();
        engine.send(Command::InspectClip(wish(opening, 0)));
        assert!(answered(&engine).1.is_err());
        std::fs::rename(&hidden, &folder.data).unwrap();
        engine.send(Command::InspectClip(wish(opening, 0)));
        assert!(answered(&engine).1.is_ok());
    }
}
