//! Events of the engine as messages.

use std::time::{Duration, Instant};

use engine::protocol::{Command, Event};

use super::Workbench;
use crate::messages::{Severity, quoted, sentence};
use crate::numbers;

/// Longest time that one frame spends on taking events.
const EVENT_BUDGET: Duration = Duration::from_millis(2);

impl Workbench {
    pub(super) fn take_events(&mut self) {
        let start = Instant::now();
        while start.elapsed() < EVENT_BUDGET {
            let Some(event) = self.engine.poll_event() else { break };
            self.tell(event);
        }
    }

    fn tell(&mut self, event: Event) {
        self.dataset_has_ended |= matches!(event, Event::DatasetCancelled | Event::DatasetFailed { .. });
        let messages = &mut self.messages;
        match event {
            Event::DatasetOpened { folder, num_clips, num_faults } => {
                let clips = numbers::count(num_clips as u64, "clip", "clips");
                let text = if folder.as_os_str().is_empty() {
                    format!("Opened the built-in demo dataset: {clips}.")
                } else {
                    format!("Opened {clips} ({}).", folder.display())
                };
                if num_faults == 0 {
                    messages.info(text);
                } else {
                    let left = numbers::count(num_faults as u64, "file was", "files were");
                    messages.push(
                        Severity::Warning,
                        format!("{text} {left} left out; Data lists them under Faults."),
                    );
                }
            }
            Event::DatasetCancelled => messages.info("Reading the dataset was given up."),
            Event::RunQueued(run) => messages.info(format!("{} is in the queue.", run.0)),
            Event::RunStarted(run) => messages.info(format!("{} has begun.", run.0)),
            Event::RunFinished { run, test_accuracy } => messages.info(format!(
                "{} is finished: {} on the testing split.",
                run.0,
                numbers::percent(test_accuracy, 1)
            )),
            Event::RunDiscarded(run) => messages.info(format!("{} was discarded.", run.0)),
            Event::RunInterrupted(run) => {
                messages.info(format!("{} was interrupted and can be continued.", run.0));
            }
            Event::RunFailed { run, message } => messages.error(format!("{}: {message}", run.0)),
            Event::RunDeleted(run) => messages.info(format!("{} was moved to the trash folder.", run.0)),
            Event::RunRestored(run) => messages.info(format!("{} is back.", run.0)),
            Event::BitsSwept(run) => {
                messages.info(format!("{} was measured at other bits; Compare shows it under Bits.", run.0));
            }
            Event::SweepCancelled(run) => {
                messages.info(format!("Measuring {} at other bits was given up.", run.0));
            }
            Event::SweepFailed { run, message } => messages.error(format!("{}: {}", run.0, quoted(&message))),
            Event::RunRounded { run, test_accuracy } => messages.info(format!(
                "{} is in the runs folder: {} on the testing split, rounded after training.",
                run.0,
                numbers::percent(test_accuracy, 1)
            )),
            Event::RoundingCancelled(run) => {
                messages.info(format!("{} was not made: rounding was given up.", run.0));
            }
            Event::RoundingFailed { run, message } => {
                messages.error(format!("{} was not made: {}", run.0, quoted(&message)));
            }
            Event::Exported { format, folder, num_files, num_bytes } => messages.info(format!(
                "Exported {}: {}, {} ({}).",
                format.name(),
                numbers::count(num_files as u64, "file", "files"),
                numbers::bytes(num_bytes),
                folder.display()
            )),
            Event::ListeningStarted => messages.info("Listening."),
            Event::ListeningStopped => messages.info("Stopped listening; the device is released."),
            Event::FetchFinished { folder } => {
                messages.info(format!("Speech Commands is complete ({}).", folder.display()));
                self.commands.push(Command::OpenDataset(Some(folder)));
            }
            Event::DatasetFailed { message } => {
                let message = sentence(&message);
                self.places.data.show_failure(message.clone());
                messages.error(message);
            }
            Event::ClipFailed { message }
            | Event::RunRejected { message }
            | Event::RunFolderFailed { message }
            | Event::ListeningFailed { message }
            | Event::FetchFailed { message }
            | Event::ExportFailed { message, .. } => messages.error(sentence(&message)),
        }
    }
}
