//! Lists capture devices.
//!
//! A thread of its own, because a sound server that has stopped can take seconds to say so, and a running
//! stream must not wait for that.

use super::{Context, Job, Worker};
use crate::audio::devices::list_devices;
use crate::protocol::{DeviceRow, DevicesView};

/// Makes the list of capture devices on request.
pub(crate) struct DeviceWorker {
    worker: Worker<()>,
}

impl DeviceWorker {
    pub fn start(context: &Context) -> Self {
        Self { worker: Worker::start(1, DeviceJob { context: context.clone() }) }
    }

    /// A list that is already waiting to be made serves this request too.
    pub fn list(&self) {
        let _ = self.worker.send(());
    }
}

struct DeviceJob {
    context: Context,
}

impl Job for DeviceJob {
    type Command = ();
    const THREAD: &'static str = "devices";

    fn handle(&mut self, (): ()) {
        let devices = &self.context.board.devices;
        devices.update(|view| view.listing = true);
        devices.set(match list_devices() {
            Ok(found) => {
                let rows = found.into_iter().map(|device| DeviceRow {
                    id: device.id,
                    name: device.name,
                    is_default: device.is_default,
                    formats: device.formats,
                });
                DevicesView { devices: rows.collect(), listing: false, message: String::new() }
            }
            Err(fault) => DevicesView { message: fault.to_string(), ..DevicesView::default() },
        });
    }

    fn after_panic(&mut self, message: String) {
        self.context.board.devices.set(DevicesView { message, ..DevicesView::default() });
    }
}
