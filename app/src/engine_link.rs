//! What the window needs of an engine, so that tests can stand in for it.

use engine::protocol::{Command, Engine, Event, Snapshot};

/// The engine as the window sees it. No method waits.
pub trait EngineLink {
    /// Hands over a command.
    fn send(&mut self, command: Command);
    /// The oldest event not yet taken.
    fn poll_event(&mut self) -> Option<Event>;
    /// The latest state; copies a handful of pointers.
    fn snapshot(&mut self) -> Snapshot;
}

impl EngineLink for Engine {
    fn send(&mut self, command: Command) {
        Engine::send(self, command);
    }

    fn poll_event(&mut self) -> Option<Event> {
        Engine::poll_event(self)
    }

    fn snapshot(&mut self) -> Snapshot {
        Engine::snapshot(self)
    }
}

/// An engine that shows a fixed snapshot and remembers what it was asked.
#[derive(Debug, Default)]
pub struct StillEngine {
    /// What [`EngineLink::snapshot`] gives.
    pub snapshot: Snapshot,
    /// What was sent, oldest first.
    pub sent: Vec<Command>,
    /// Events still to be taken, oldest first.
    pub events: std::collections::VecDeque<Event>,
}

impl EngineLink for StillEngine {
    fn send(&mut self, command: Command) {
        self.sent.push(command);
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn snapshot(&mut self) -> Snapshot {
        self.snapshot.clone()
    }
}

impl<T: EngineLink> EngineLink for std::rc::Rc<std::cell::RefCell<T>> {
    fn send(&mut self, command: Command) {
        self.borrow_mut().send(command);
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.borrow_mut().poll_event()
    }

    fn snapshot(&mut self) -> Snapshot {
        self.borrow_mut().snapshot()
    }
}
