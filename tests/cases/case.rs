//! One case: a copy of its folder, and the programs run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use end_to_end::program;
use serde_json::Value;

/// A copy of the folder of a case, gone when dropped.
pub struct Case {
    root: tempfile::TempDir,
}

/// What a program said.
pub struct Said {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        Self {
            status: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// All that a person reads.
    pub fn all(&self) -> String {
        format!("{}\n{}", self.out, self.err)
    }

    /// Fails unless the program succeeded.
    pub fn done(self) -> Self {
        assert_eq!(self.status, Some(0), "{}", self.err);
        self
    }

    /// What a program that succeeded printed, as JSON.
    pub fn json(self) -> Value {
        let said = self.done();
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}", said.out))
    }

    /// Fails unless every one of these words is said, in any case.
    #[track_caller]
    pub fn mentions(&self, words: &[&str]) {
        let text = self.all().to_lowercase();
        for word in words {
            assert!(text.contains(&word.to_lowercase()), "nothing says `{word}`: {}", self.all());
        }
    }
}

impl Case {
    /// Copies a case, and makes what its `make.sh` makes.
    pub fn copy(from: &Path) -> Self {
        let case = Self { root: tempfile::tempdir().unwrap() };
        copy_folder(from, &case.path("case"));
        if case.path("case/make.sh").exists() {
            case.shell("sh make.sh").done();
        }
        case
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// A file of the case.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path("case").join(name)
    }

    /// `coarsegrain` with these arguments, in the folder of the case.
    pub fn run(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(program("coarsegrain"));
        Said::of(&self.in_case(&mut command).args(arguments).output().unwrap())
    }

    /// A line of the shell, in the folder of the case; `coarsegrain` is the built program.
    pub fn shell(&self, line: &str) -> Said {
        let mut command = Command::new("bash");
        let folder = program("coarsegrain").parent().unwrap().to_path_buf();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(folder).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(paths).unwrap());
        Said::of(&self.in_case(&mut command).args(["-c", line]).output().unwrap())
    }

    fn in_case<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.current_dir(self.path("case")).env("COARSEGRAIN_CACHE", self.path("cache"))
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &to),
            // The content alone: the cases may be read-only.
            false => std::fs::write(to, std::fs::read(entry.path()).unwrap()).unwrap(),
        }
    }
}
