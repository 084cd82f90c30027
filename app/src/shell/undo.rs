//! Undo and redo of configuration edits. One gesture, such as dragging a slider, is one step.

use engine::settings::Config;

/// Steps remembered.
const CAPACITY: usize = 200;
/// Edits closer together than this belong to one gesture.
const GESTURE_SECS: f64 = 0.6;

/// The configurations before and after the one in use.
#[derive(Debug, Default)]
pub struct UndoHistory {
    before: Vec<Config>,
    after: Vec<Config>,
    last: Config,
    last_edit_secs: f64,
    in_gesture: bool,
}

impl UndoHistory {
    /// Begins with this configuration and nothing to undo.
    pub fn new(config: Config) -> Self {
        Self { last: config, ..Self::default() }
    }

    /// Looks at the configuration after a frame; `pointer_down` keeps a gesture together.
    pub fn observe(&mut self, config: &Config, now_secs: f64, pointer_down: bool) {
        if !pointer_down && now_secs - self.last_edit_secs > GESTURE_SECS {
            self.in_gesture = false;
        }
        if *config == self.last {
            return;
        }
        if !self.in_gesture {
            if self.before.len() == CAPACITY {
                self.before.remove(0);
            }
            self.before.push(self.last.clone());
            self.after.clear();
        }
        self.in_gesture = true;
        self.last_edit_secs = now_secs;
        self.last = config.clone();
    }

    /// The configuration as it was seen last.
    pub fn current(&self) -> &Config {
        &self.last
    }

    /// Takes over folder and target words of a dataset that has opened. They are no edits, and no step leads back to
    /// those of another dataset: every step is moved to this one, and steps that only changed words of the other go.
    pub fn move_to(&mut self, config: &Config) {
        self.last = config.clone();
        for steps in [&mut self.before, &mut self.after] {
            for step in steps.iter_mut() {
                step.data = config.data.clone();
            }
            steps.dedup();
            while steps.last() == Some(&self.last) {
                steps.pop();
            }
        }
        self.in_gesture = false;
    }

    /// The configuration one step back.
    pub fn undo(&mut self) -> Option<Config> {
        let config = self.before.pop()?;
        self.after.push(std::mem::replace(&mut self.last, config.clone()));
        self.in_gesture = false;
        Some(config)
    }

    /// The configuration one step forward.
    pub fn redo(&mut self) -> Option<Config> {
        let config = self.after.pop()?;
        self.before.push(std::mem::replace(&mut self.last, config.clone()));
        self.in_gesture = false;
        Some(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_seed(seed: u64) -> Config {
        Config { seed, ..Config::default() }
    }

    #[test]
    fn a_drag_is_one_step() {
        let mut history = UndoHistory::new(with_seed(0));
        for (step, seed) in (1..=5).enumerate() {
            history.observe(&with_seed(seed), step as f64, true);
        }
        history.observe(&with_seed(5), 9.0, false);
        history.observe(&with_seed(9), 9.1, false);
        assert_eq!(history.undo(), Some(with_seed(5)));
        assert_eq!(history.undo(), Some(with_seed(0)));
        assert_eq!(history.undo(), None);
        assert_eq!(history.redo(), Some(with_seed(5)));
        assert_eq!(history.redo(), Some(with_seed(9)));
        assert_eq!(history.redo(), None);
    }

    #[test]
    fn steps_follow_the_dataset() {
        let on = |seed: u64, dir: &str, word: &str| {
            let mut config = with_seed(seed);
            config.data.dir = dir.into();
            config.data.words = vec![word.into()];
            config
        };
        let mut history = UndoHistory::new(on(0, "/a", "yes"));
        history.observe(&on(1, "/a", "yes"), 0.0, false);
        history.observe(&on(1, "/a", "no"), 5.0, false);
        history.move_to(&on(1, "/b", "up"));
        assert_eq!(history.undo(), Some(on(0, "/b", "up")), "the words of /a are no step of /b");
        assert_eq!(history.redo(), Some(on(1, "/b", "up")));
        assert_eq!(history.redo(), None);
    }

    #[test]
    fn an_edit_after_undo_forgets_the_other_branch() {
        let mut history = UndoHistory::new(with_seed(0));
        history.observe(&with_seed(1), 0.0, false);
        assert_eq!(history.undo(), Some(with_seed(0)));
        history.observe(&with_seed(2), 5.0, false);
        assert_eq!(history.redo(), None);
        assert_eq!(history.undo(), Some(with_seed(0)));
    }
}
