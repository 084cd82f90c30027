//! What Ctrl-C and a cluster's request to end do to a run.

use std::sync::Arc;
use std::thread::JoinHandle;

use engine::train::Control;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals as Incoming};

/// Listens for signals while a run goes on: the first Ctrl-C stops the run and keeps its best weights, the
/// second ends the program at once; a request to end (SIGTERM, SIGHUP) leaves the run with a checkpoint.
pub struct Signals {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Signals {
    /// Starts listening on a thread of its own, which ends when this is dropped.
    pub fn listen(control: Arc<Control>) -> anyhow::Result<Self> {
        let incoming = Incoming::new([SIGINT, SIGTERM, SIGHUP])?;
        let handle = incoming.handle();
        let thread =
            std::thread::Builder::new().name("signals".into()).spawn(move || obey(incoming, &control))?;
        Ok(Self { handle, thread: Some(thread) })
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn obey(mut incoming: Incoming, control: &Control) {
    let mut was_interrupted = false;
    for signal in incoming.forever() {
        match signal {
            SIGINT if was_interrupted => {
                // Checkpoints are whole at any moment: ending here loses at most the epoch in progress.
                let _ = signal_hook::low_level::emulate_default_handler(SIGINT);
            }
            SIGINT => {
                was_interrupted = true;
                eprintln!("\nstopping; the best weights are kept (Ctrl-C again ends at once)");
                control.stop_and_keep();
            }
            _ => control.leave(),
        }
    }
}
