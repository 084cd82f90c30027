//! Draws patterns and prices networks while sliders move.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Context, Job, Worker};
use crate::protocol::PlanView;
use crate::settings::Config;

/// Plans the latest configuration asked for.
///
/// A slider sends requests faster than large networks can be drawn: only the newest waits, the others are
/// forgotten.
pub(crate) struct PlannerWorker {
    worker: Worker<()>,
    newest: Arc<Mutex<Option<Box<Config>>>>,
}

impl PlannerWorker {
    pub fn start(context: &Context) -> Self {
        let newest = Arc::new(Mutex::new(None));
        let job = Planner { context: context.clone(), newest: Arc::clone(&newest), current: None };
        Self { worker: Worker::start(1, job), newest }
    }

    pub fn plan(&self, config: Box<Config>) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(config);
        // A full queue means that the planner has yet to wake: it will find this configuration.
        let _ = self.worker.send(());
    }
}

struct Planner {
    context: Context,
    newest: Arc<Mutex<Option<Box<Config>>>>,
    /// What is being planned, for the report of a panic.
    current: Option<Box<Config>>,
}

impl Job for Planner {
    type Command = ();
    const THREAD: &'static str = "planner";

    fn handle(&mut self, (): ()) {
        self.current = self.newest.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(config) = self.current.clone() {
            let network = match config.check() {
                Ok(()) => crate::model::network_view(&config),
                Err(error) => Err(error.to_string()),
            };
            self.context.board.plan.set(Some(PlanView { config: *config, network }));
        }
    }

    fn after_panic(&mut self, message: String) {
        if let Some(config) = self.current.take() {
            self.context.board.plan.set(Some(PlanView { config: *config, network: Err(message) }));
        }
    }
}
