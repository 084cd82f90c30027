//! One dataset: what the window shows is what its configuration says and what its runs are trained on.
//!
//! The open dataset is the owner. Whatever else puts other data into the configuration, or asks for a run on them
//! (settings of a run, a configuration file, a key, undo, a continued run), passes through here: the configuration
//! goes back to what is shown, and the person is asked. Nothing reaches the engine's queue by another way.

use std::sync::Arc;

use engine::dataset::FolderRoles;
use engine::protocol::{Command, DatasetView};
use engine::settings::Config;

use super::Workbench;
use super::data_question::{DataAnswer, DataQuestion, Occasion};
use crate::data_folder::DataFolder;
use crate::messages::{Severity, quoted};
use crate::places::Place;

/// Runs that wait until a dataset is open.
#[derive(Debug)]
pub(super) struct Held {
    wanted: DataFolder,
    commands: Vec<Command>,
}

/// The configuration says of folders what the open dataset was read with.
fn take_roles(config: &mut Config, roles: &FolderRoles) {
    config.data.noise.clone_from(&roles.noise);
    config.data.exclude.clone_from(&roles.exclude);
    config.data.scale = roles.scale;
}

impl Workbench {
    /// The dataset that is shown.
    pub(super) fn shown(&self) -> Option<DataFolder> {
        self.snapshot.dataset.open.as_deref().map(DataFolder::of_open)
    }

    /// The dataset that is being read and will be shown.
    fn coming(&self) -> Option<DataFolder> {
        let dataset = &self.snapshot.dataset;
        dataset.loading.is_some().then(|| DataFolder::at(dataset.loading_folder.as_deref()))
    }

    /// A dataset that has just opened becomes the one that the configuration speaks of.
    pub(super) fn follow_dataset(&mut self) {
        let Some(open) = self.snapshot.dataset.open.clone() else { return };
        if !self.synced_dataset.as_ref().is_some_and(|known| Arc::ptr_eq(known, &open)) {
            self.move_to(&open);
            self.synced_dataset = Some(open);
        }
        self.go_on();
    }

    fn move_to(&mut self, open: &DatasetView) {
        let (before, now) = (DataFolder::of_config(&self.config), DataFolder::of_open(open));
        self.saved.dataset = now.path().map(Into::into);
        if let Some(folder) = now.path() {
            self.saved.remember_dataset(folder);
            // Whoever has opened a folder has begun.
            self.saved.welcome = false;
        }
        if before != now {
            self.saved.remember_words(&before, &self.config.data.words);
            if let Some(words) = self.saved.words_of(&now)
                && words != self.config.data.words
            {
                self.config.data.words = words;
                self.messages.info(format!("The target words are again those of {}.", now.name()));
            }
        }
        take_roles(&mut self.config, &open.roles);
        match now.setting() {
            Some(dir) => self.config.data.dir = dir,
            None => self.messages.push(
                Severity::Warning,
                "The path of this folder has signs that are no text, so nothing can be trained on it; rename the folder.",
            ),
        }
        self.undo.move_to(&self.config);
        self.save_due();
    }

    /// What waited for the dataset goes on once that is open.
    fn go_on(&mut self) {
        if self.coming().is_some() {
            return;
        }
        if self.held.as_ref().is_some_and(|held| Some(&held.wanted) == self.shown().as_ref())
            && let Some(held) = self.held.take()
        {
            let commands: Vec<_> = held.commands.into_iter().map(|command| self.on_shown(command)).collect();
            self.commands.extend(commands);
            self.go_to(Place::Train);
        }
        if self.trains && self.num_awaited == 0 {
            self.trains = false;
            self.commands.push(Command::QueueRun { config: Box::new(self.config.clone()), name: None });
        }
    }

    /// A dataset was given up or did not open: what waited for it does not start on another one later.
    pub(super) fn dataset_ended(&mut self) {
        if self.coming().is_some() || !std::mem::take(&mut self.dataset_has_ended) {
            return;
        }
        if self.held.take().is_some() || std::mem::take(&mut self.trains) {
            self.messages
                .error("Nothing was started: the dataset did not open. Open it in Data, then train.");
        }
    }

    /// A run of the configuration that is shown, on the data that are shown.
    fn on_shown(&self, command: Command) -> Command {
        match (command, self.shown().and_then(|shown| shown.setting())) {
            (Command::QueueRun { mut config, name }, Some(dir)) => {
                config.data.dir = dir;
                if let Some(open) = &self.snapshot.dataset.open {
                    take_roles(&mut config, &open.roles);
                }
                Command::QueueRun { config, name }
            }
            (command, _) => command,
        }
    }

    /// Puts the configuration back where something has led it to other data than are shown, and asks.
    pub(super) fn keep_to_shown(&mut self) {
        let Some(shown) = self.shown() else { return };
        let Some(dir) = shown.setting() else { return };
        if DataFolder::of_config(&self.config) == shown {
            // One form of the path, so that equal data make equal settings.
            self.config.data.dir = dir;
            return self.keep_roles();
        }
        let settings = std::mem::replace(&mut self.config, self.undo.current().clone());
        let wanted = DataFolder::of_config(&settings);
        if let Some(folder) = wanted.path() {
            // Should it be opened, its folders are what these settings say.
            let (folder, roles) = (folder.to_owned(), FolderRoles::from(&settings.data));
            self.commands.push(Command::TreatFolders { folder, roles });
        }
        self.question = Some(DataQuestion {
            occasion: Occasion::Settings(Box::new(settings)),
            shown,
            wanted,
            is_reading: false,
        });
    }

    /// Where settings say that folders of the dataset are something else than they were read as, it is read again.
    fn keep_roles(&mut self) {
        let Some(open) = self.snapshot.dataset.open.clone() else { return };
        let wanted = FolderRoles::from(&self.config.data);
        if open.is_demo || wanted == open.roles {
            return;
        }
        take_roles(&mut self.config, &open.roles);
        self.undo.move_to(&self.config);
        self.commands.push(Command::TreatFolders { folder: open.folder.clone(), roles: wanted });
    }

    /// Tells what the folders are that the configuration trains on, before it is opened.
    pub(super) fn tell_roles(&mut self, config: &Config) {
        if let (Some(folder), roles) = (DataFolder::of_config(config).path(), FolderRoles::from(&config.data))
            && roles != FolderRoles::default()
        {
            self.commands.push(Command::TreatFolders { folder: folder.to_owned(), roles });
        }
    }

    /// Passes on commands; those that train on other data than are shown are asked about instead.
    pub(super) fn send_commands(&mut self) {
        let mut asked_about = Vec::new();
        for command in std::mem::take(&mut self.commands) {
            match self.data_of(&command) {
                Some(data) if self.parts_from_shown(&data) => asked_about.push((command, data)),
                _ => self.engine.send(command),
            }
        }
        let Some((_, data)) = asked_about.first() else { return };
        let data = data.clone();
        self.ask_about(data, asked_about.into_iter().map(|(command, _)| command).collect());
    }

    /// The data that a command trains on, if it trains.
    fn data_of(&self, command: &Command) -> Option<DataFolder> {
        match command {
            Command::QueueRun { config, .. } => Some(DataFolder::of_config(config)),
            Command::ContinueRun(run) => {
                let row = self.snapshot.runs.runs.iter().find(|row| row.run == *run)?;
                row.config.as_ref().map(DataFolder::of_config)
            }
            _ => None,
        }
    }

    fn parts_from_shown(&self, data: &DataFolder) -> bool {
        let coming = self.coming();
        self.shown().as_ref() != Some(data) || coming.is_some_and(|coming| coming != *data)
    }

    fn ask_about(&mut self, data: DataFolder, commands: Vec<Command>) {
        let is_new = commands.iter().all(|command| matches!(command, Command::QueueRun { .. }));
        match (self.shown(), self.coming()) {
            (None, None) if is_new => {
                self.messages.error("No dataset is open, so nothing is trained; open one in Data.");
                self.go_to(Place::Data);
            }
            (None, None) => self.open_and_hold(data, commands),
            (None, Some(coming)) => {
                self.messages.info(format!("Training starts when {} is open.", coming.name()));
                self.held = Some(Held { wanted: coming, commands });
            }
            (Some(shown), coming) => {
                let wanted = if is_new { coming.clone().unwrap_or(data) } else { data };
                let occasion = if is_new { Occasion::Start(commands) } else { Occasion::Continue(commands) };
                let is_reading = coming.as_ref() == Some(&wanted);
                self.question = Some(DataQuestion { occasion, shown, wanted, is_reading });
            }
        }
    }

    fn open_and_hold(&mut self, wanted: DataFolder, commands: Vec<Command>) {
        if self.coming().as_ref() != Some(&wanted) {
            self.engine.send(Command::OpenDataset(wanted.path().map(Into::into)));
        }
        self.held = Some(Held { wanted, commands });
    }

    /// Does what was answered.
    pub(super) fn question_answered(&mut self, answer: DataAnswer) {
        let Some(question) = self.question.take() else { return };
        match (question.occasion, answer) {
            (_, DataAnswer::Cancel) => {}
            (Occasion::Settings(settings), DataAnswer::Shown) => self.take_settings(*settings),
            (Occasion::Settings(settings), DataAnswer::Open) => {
                self.saved.remember_words(&question.wanted, &settings.data.words);
                self.config = Config { data: self.config.data.clone(), ..*settings };
                self.commands.push(Command::OpenDataset(question.wanted.path().map(Into::into)));
            }
            (Occasion::Start(commands), DataAnswer::Shown) => {
                for command in commands {
                    let command = self.on_shown(command);
                    self.engine.send(command);
                }
            }
            (Occasion::Start(commands) | Occasion::Continue(commands), DataAnswer::Open) => {
                self.open_and_hold(question.wanted, commands);
            }
            (Occasion::Continue(_), DataAnswer::Shown) => {}
        }
    }

    /// Takes settings over for the data that are shown: their target words too, where the data have them.
    fn take_settings(&mut self, settings: Config) {
        let Some(open) = self.snapshot.dataset.open.clone() else { return };
        let mut data = self.config.data.clone();
        let has = |word: &String| open.words.iter().any(|row| row.word == *word);
        if settings.data.words.iter().all(has) {
            data = settings.data.clone();
            data.dir.clone_from(&self.config.data.dir);
        } else {
            self.messages.push(
                Severity::Warning,
                quoted("The target words stay as they were: these data lack some of those in the settings."),
            );
        }
        self.config = Config { data, ..settings };
    }
}
