//! Who writes a run folder: two programs must never train into the same one.
//!
//! The file `run.lock` is locked by the operating system while a run is in progress, so a killed program
//! releases it at once. Where a network file system does not pass locks between machines, the file also
//! says which machine and process writes, and its time of change is a heartbeat: another machine's lock
//! counts as held until it has been silent for [`SILENCE`].

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::RunError;

const FILE: &str = "run.lock";
const WHAT: &str = "the lock of the run";
/// Time between two signs of life.
const BEAT: Duration = Duration::from_secs(10);
/// After this long without a sign of life, a lock from another machine is taken for abandoned.
const SILENCE: Duration = Duration::from_secs(90);

/// The right to write one run folder; given back when dropped.
#[derive(Debug)]
pub struct RunLock {
    file: File,
    path: PathBuf,
    last_beat: Mutex<Instant>,
}

impl RunLock {
    /// Takes the lock of a run folder.
    ///
    /// # Errors
    /// Another process holds it, or the file cannot be made.
    pub fn acquire(folder: &Path) -> Result<Self, RunError> {
        let path = folder.join(FILE);
        let in_use = || RunError::InUse { owner: owner(&path), path: folder.to_path_buf() };
        let file = loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(RunError::write(WHAT, &path))?;
            if !try_lock_patiently(&file) || is_held_elsewhere(&file) {
                return Err(in_use());
            }
            // Its owner may have removed the file between our opening and our locking it: a lock on a
            // removed file keeps nobody out.
            if is_at(&file, &path) {
                break file;
            }
        };
        crate::files::remove_abandoned(folder);
        let lock = Self { file, path, last_beat: Mutex::new(Instant::now()) };
        lock.sign().map_err(RunError::write(WHAT, &lock.path))?;
        Ok(lock)
    }

    /// Gives a sign of life if the last one is a while ago; call it often, from any thread.
    pub fn beat(&self) {
        let mut last_beat = self.last_beat.lock().unwrap_or_else(PoisonError::into_inner);
        if last_beat.elapsed() >= BEAT {
            *last_beat = Instant::now();
            // A missed beat only matters to other machines, after many of them.
            let _ = self.sign();
        }
    }

    /// Whether some program is writing the run in `folder`, and who.
    pub fn holder(folder: &Path) -> Option<String> {
        let path = folder.join(FILE);
        let file = File::open(&path).ok()?;
        let is_locked = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        (is_locked || is_held_elsewhere(&file)).then(|| owner(&path))
    }

    fn sign(&self) -> std::io::Result<()> {
        let text = format!("{} {}\n", host(), std::process::id());
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(text.as_bytes())?;
        file.set_len(text.len() as u64)
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // The file goes before the lock, so that nobody can find it unlocked but signed by us. On systems
        // that cannot remove an open file it stays, unlocked and empty, which means the same.
        let _ = self.file.set_len(0);
        let _ = std::fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

/// Whether `path` still names the open file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// An open file cannot be removed here.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

/// Tries for a moment: a program that only looks at the state of the run holds a shared lock briefly.
fn try_lock_patiently(file: &File) -> bool {
    for _ in 0..20 {
        match file.try_lock() {
            Ok(()) => return true,
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            // The file system knows no locks: the heartbeat has to do.
            Err(TryLockError::Error(_)) => return true,
        }
    }
    false
}

/// Whether the file is signed by another machine that is still alive.
fn is_held_elsewhere(file: &File) -> bool {
    let signed = read_signature(file);
    let is_ours = signed.split(' ').next() == Some(host().as_str());
    !signed.trim().is_empty() && !is_ours && silence(file).is_some_and(|silence| silence < SILENCE)
}

fn read_signature(file: &File) -> String {
    let mut text = String::new();
    let mut file = file;
    let _ = file.seek(SeekFrom::Start(0));
    let _ = file.take(512).read_to_string(&mut text);
    text
}

fn silence(file: &File) -> Option<Duration> {
    let changed = file.metadata().ok()?.modified().ok()?;
    // A clock that is ahead on the other machine counts as alive.
    Some(SystemTime::now().duration_since(changed).unwrap_or_default())
}

/// The writer of a lock file, for a message.
fn owner(path: &Path) -> String {
    let Ok(file) = File::open(path) else { return "another program".into() };
    let signed = read_signature(&file);
    let mut words = signed.split_whitespace();
    match (words.next(), words.next()) {
        (Some(host_name), Some(process)) if host_name == host() => {
            format!("process {process} on this machine")
        }
        (Some(host_name), Some(process)) => {
            let seconds = silence(&file).unwrap_or_default().as_secs();
            format!("process {process} on {host_name} (last sign of life {seconds} s ago)")
        }
        _ => "another program".into(),
    }
}

fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())
        .map(|name| name.split_whitespace().collect::<String>())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "this-machine".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writer_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(RunLock::holder(folder.path()), None);
        let lock = RunLock::acquire(folder.path()).unwrap();
        assert!(RunLock::holder(folder.path()).unwrap().contains(&std::process::id().to_string()));
        let error = RunLock::acquire(folder.path()).unwrap_err().to_string();
        assert!(error.contains("on this machine"), "{error}");
        drop(lock);
        assert_eq!(RunLock::holder(folder.path()), None);
        RunLock::acquire(folder.path()).unwrap();
    }

    #[test]
    fn a_killed_writer_here_is_forgotten_and_a_live_one_elsewhere_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        // What a killed process on this machine leaves behind: signed, not locked.
        std::fs::write(&path, format!("{} 999999999\n", host())).unwrap();
        assert_eq!(RunLock::holder(folder.path()), None);
        drop(RunLock::acquire(folder.path()).unwrap());
        // A fresh signature of another machine.
        std::fs::write(&path, "node-17 4242\n").unwrap();
        assert!(RunLock::holder(folder.path()).unwrap().contains("4242 on node-17"));
        assert!(matches!(RunLock::acquire(folder.path()), Err(RunError::InUse { .. })));
        // The same, silent for long.
        let long_ago = SystemTime::now() - 2 * SILENCE;
        File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        assert_eq!(RunLock::holder(folder.path()), None);
        RunLock::acquire(folder.path()).unwrap();
    }
}
