//! Draws patterns and prices networks while sliders move.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Context, Job, Worker};
use crate::protocol::{BankSettings, PlanView};
use crate::settings::Config;

/// Plans the latest configuration asked for, in the latest memory banks.
///
/// A slider sends requests faster than large networks can be drawn: only the newest waits, the others are
/// forgotten.
pub(crate) struct PlannerWorker {
    worker: Worker<()>,
    newest: Arc<Mutex<Wish>>,
}

/// What shall be planned.
#[derive(Default)]
struct Wish {
    /// The latest configuration; stays, so that it can be laid into other banks.
    config: Option<Box<Config>>,
    banks: BankSettings,
    /// Whether it was not planned yet.
    is_new: bool,
}

impl PlannerWorker {
    pub fn start(context: &Context) -> Self {
        let newest = Arc::new(Mutex::new(Wish::default()));
        let job = Planner { context: context.clone(), newest: Arc::clone(&newest), current: None };
        Self { worker: Worker::start(1, job), newest }
    }

    pub fn plan(&self, config: Box<Config>) {
        self.wish(|wish| wish.config = Some(config));
    }

    pub fn plan_banks(&self, banks: BankSettings) {
        self.wish(|wish| wish.banks = banks);
    }

    fn wish(&self, change: impl FnOnce(&mut Wish)) {
        let mut wish = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut wish);
        wish.is_new = true;
        drop(wish);
        // A full queue means that the planner has yet to wake: it will find this wish.
        let _ = self.worker.send(());
    }
}

struct Planner {
    context: Context,
    newest: Arc<Mutex<Wish>>,
    /// What is being planned, for the report of a panic.
    current: Option<Box<Config>>,
}

impl Job for Planner {
    type Command = ();
    const THREAD: &'static str = "planner";

    fn handle(&mut self, (): ()) {
        let (config, banks) = {
            let mut wish = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
            if !std::mem::take(&mut wish.is_new) {
                return;
            }
            (wish.config.clone(), wish.banks)
        };
        self.current.clone_from(&config);
        if let Some(config) = config {
            self.context.board.plan.set(Some(PlanView::of(*config, &banks)));
        }
    }

    fn after_panic(&mut self, message: String) {
        if let Some(config) = self.current.take() {
            let (network, banks) = (Err(message.clone()), Err(message));
            self.context.board.plan.set(Some(PlanView { config: *config, network, banks }));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::protocol::{Command, Engine, EngineOptions};

    /// Waits for the plan that `is_wanted`.
    fn planned(engine: &Engine, is_wanted: impl Fn(&PlanView) -> bool) -> Arc<Option<PlanView>> {
        let began = Instant::now();
        loop {
            let plan = engine.snapshot().plan;
            if plan.as_ref().as_ref().is_some_and(&is_wanted) {
                return plan;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "the plan does not come");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn other_banks_are_laid_out_without_another_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_path_buf();
        let engine = Engine::start(EngineOptions { runs_folder: path.clone(), cache_folder: path });
        let mut banks = BankSettings::default();
        banks.spec.word_bits = 40;
        // Banks without a network are no plan yet.
        engine.send(Command::PlanBanks(Box::new(banks)));
        let config = Config { seed: 7, ..Config::default() };
        engine.send(Command::PlanNetwork(Box::new(config.clone())));
        let first = planned(&engine, |plan| plan.config.seed == 7);
        let laid = first.as_ref().as_ref().unwrap().banks.clone().unwrap();
        assert_eq!(laid.spec, banks.spec);
        banks.spec.depth = 512;
        engine.send(Command::PlanBanks(Box::new(banks)));
        let second = planned(&engine, |plan| plan.banks.as_ref().is_ok_and(|laid| laid.spec.depth == 512));
        assert_eq!(second.as_ref().as_ref().unwrap().config, config);
        let mut float = config;
        float.quant.weight_bits = 32;
        engine.send(Command::PlanNetwork(Box::new(float)));
        let third = planned(&engine, |plan| plan.config.quant.weight_bits == 32);
        let plan = third.as_ref().as_ref().unwrap();
        assert!(plan.network.is_ok(), "what has no banks has a bill");
        assert!(plan.banks.as_ref().is_err_and(|message| message.contains("floating-point")));
    }
}
