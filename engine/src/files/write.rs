//! Outputs: regular files are replaced whole or not at all; what is no regular file is written into.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::target::{Target, open_stream, parent_of};

/// How the names of files that are being written begin and end.
const PARTIAL: (&str, &str) = (".coarsegrain-", ".partial");
/// Age at which such a file is taken for the leftover of a killed program.
const ABANDONED: Duration = Duration::from_secs(3600);
/// Names tried for such a file before giving up.
const MAX_TRIES: usize = 1000;

/// Writes the output that `path` names.
///
/// Links are followed, whether or not anything lies at their end. A regular file is replaced so that any reader, at any
/// moment and after any crash, sees the old content or the new one: written beside its place, flushed to the disk,
/// renamed, and the folder flushed; it keeps its permissions. A pipe, a device or an open descriptor (`/dev/stdout`) is
/// written into. Nothing else is touched.
///
/// # Errors
/// Anything the writer or the system reports; an old file is then untouched and no trace is left.
pub fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    match Target::of(path)? {
        Target::Stream(path) => buffered(open_stream(&path)?, write).map(drop),
        Target::File { path, existing } => {
            let partial = Partial::write(&path, existing.as_ref(), write)?;
            partial.take_place()?;
            sync_folder_of(&path)
        }
    }
}

/// Like [`write_file`], for files that belong together: none takes its place before all are written, so a disk that is
/// too full for them leaves every old file. A crash while they take their places can leave some of either.
///
/// # Errors
/// See [`write_file`], with the path it was about; every old file is then untouched unless the very renaming failed.
pub fn write_files(files: &[(PathBuf, &[u8])]) -> Result<(), (PathBuf, io::Error)> {
    let (mut partials, mut streams) = (Vec::new(), Vec::new());
    for (path, content) in files {
        let about = |error| (path.clone(), error);
        match Target::of(path).map_err(about)? {
            Target::Stream(stream) => streams.push((path, stream, content)),
            Target::File { path: place, existing } => {
                let partial = Partial::write(&place, existing.as_ref(), |file| file.write_all(content));
                partials.push((path, partial.map_err(about)?));
            }
        }
    }
    let mut last = None;
    for (path, partial) in partials {
        let place = partial.place.clone();
        partial.take_place().map_err(|error| (path.clone(), error))?;
        last = Some((path, place));
    }
    if let Some((path, place)) = last {
        sync_folder_of(&place).map_err(|error| (path.clone(), error))?;
    }
    for (path, stream, content) in streams {
        open_stream(&stream)
            .and_then(|mut file| file.write_all(content))
            .map_err(|error| (path.clone(), error))?;
    }
    Ok(())
}

/// Makes a folder and those above it; where a link leads to nothing yet, the folder that it names.
///
/// # Errors
/// Something that is no folder is in the way, or the system refuses.
pub fn make_folder(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let place = match Target::of(path)? {
        Target::File { path, existing: None } => path,
        Target::File { .. } | Target::Stream(_) => return Err(io::ErrorKind::NotADirectory.into()),
    };
    make_folder(parent_of(&place))?;
    match fs::create_dir(&place) {
        // Somebody else was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && place.is_dir() => Ok(()),
        made => made,
    }
}

/// Removes what killed programs left half-written in a folder; files that may still be written to stay.
pub fn remove_abandoned(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_partial =
            name.to_str().is_some_and(|name| name.starts_with(PARTIAL.0) && name.ends_with(PARTIAL.1));
        let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
        if is_partial && matches!(age, Ok(Ok(age)) if age > ABANDONED) {
            // It only takes up room.
            fs::remove_file(entry.path()).ok();
        }
    }
}

/// A complete file that has not taken its place yet; dropped before that, it leaves nothing.
struct Partial {
    at: PathBuf,
    place: PathBuf,
}

impl Partial {
    fn write(
        place: &Path,
        existing: Option<&Metadata>,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Self> {
        let (file, at) = create_beside(place)?;
        let partial = Self { at, place: place.to_path_buf() };
        let file = buffered(file, write)?;
        if let Some(existing) = existing {
            keep_owner(&file, existing);
            file.set_permissions(existing.permissions())?;
        }
        file.sync_all()?;
        Ok(partial)
    }

    fn take_place(self) -> io::Result<()> {
        fs::rename(&self.at, &self.place)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Frees the room that a half-written file takes on a full disk; one that took its place is not here any more.
        fs::remove_file(&self.at).ok();
    }
}

/// A new file in the folder of `place`. Its name is nobody's: what lies there already is never opened, so a link with the
/// same name leads nowhere.
fn create_beside(place: &Path) -> io::Result<(File, PathBuf)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut tries = 0;
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}{}-{count}{}", PARTIAL.0, std::process::id(), PARTIAL.1);
        let path = parent_of(place).join(name);
        tries += 1;
        match File::create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < MAX_TRIES => {}
            Err(error) => return Err(error),
            Ok(file) => return Ok((file, path)),
        }
    }
}

fn buffered(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut writer = BufWriter::new(file);
    write(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)
}

/// A file that an administrator's program replaces stays its owner's; others cannot give files away, nor need they.
#[cfg(unix)]
fn keep_owner(file: &File, existing: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let is_same = file.metadata().is_ok_and(|new| (new.uid(), new.gid()) == (existing.uid(), existing.gid()));
    if !is_same {
        fchown(file, Some(existing.uid()), Some(existing.gid())).ok();
    }
}

#[cfg(not(unix))]
fn keep_owner(_file: &File, _existing: &Metadata) {}

/// Makes a rename survive a power cut.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    match File::open(parent_of(path)).and_then(|folder| folder.sync_all()) {
        // Some network file systems cannot flush folders; the rename itself has happened.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        // A folder that can be written but not read, as a drop box is, cannot be opened to be flushed.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
