//! Where the bytes of an output really go: what lies at the end of links, and of what kind it is.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Links followed before a chain is taken for a circle; as many as Linux follows.
const MAX_LINKS: usize = 40;

/// What the path of an output names.
#[derive(Debug)]
pub(super) enum Target {
    /// A regular file, or a place where none is yet: replaced whole.
    File {
        /// Behind all links.
        path: PathBuf,
        /// What is there now.
        existing: Option<Metadata>,
    },
    /// A pipe, a device, or a descriptor that this program holds open: written into.
    Stream(PathBuf),
}

impl Target {
    /// Follows the links of `path` to their end.
    ///
    /// # Errors
    /// A folder lies there, the links go round in a circle, or the system does not let them be read.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut path = path.to_path_buf();
        for _ in 0..=MAX_LINKS {
            if is_descriptor(&path) {
                return Ok(Self::Stream(path));
            }
            let metadata = match fs::symlink_metadata(&path) {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Ok(Self::File { path, existing: None });
                }
                Err(error) => return Err(error),
            };
            if metadata.is_symlink() {
                path = parent_of(&path).join(fs::read_link(&path)?);
            } else if metadata.is_file() {
                return Ok(Self::File { path, existing: Some(metadata) });
            } else if metadata.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            } else {
                return Ok(Self::Stream(path));
            }
        }
        Err(io::Error::other("its links go round in a circle"))
    }
}

/// The folder that a path lies in.
pub(super) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Opens what is no regular file for writing.
///
/// The descriptors of the standard streams are shared rather than opened anew: what is printed afterwards must follow
/// behind what is written here, also where they lead into a file.
pub(super) fn open_stream(path: &Path) -> io::Result<File> {
    match own_descriptor(path) {
        Some(1) => shared(io::stdout()),
        Some(2) => shared(io::stderr()),
        // A descriptor can lead into a file that others have written to: nothing of it may be lost.
        _ => OpenOptions::new().append(true).open(path),
    }
}

#[cfg(unix)]
fn shared(mut stream: impl io::Write + std::os::fd::AsFd) -> io::Result<File> {
    stream.flush()?;
    Ok(File::from(stream.as_fd().try_clone_to_owned()?))
}

#[cfg(windows)]
fn shared(mut stream: impl io::Write + std::os::windows::io::AsHandle) -> io::Result<File> {
    stream.flush()?;
    Ok(File::from(stream.as_handle().try_clone_to_owned()?))
}

/// Whether a path names a descriptor of a process, as `/proc/self/fd/1` does: a link of its own kind, whose text is no path.
fn is_descriptor(path: &Path) -> bool {
    descriptor(path).is_some()
}

/// The number of a descriptor of this very process.
fn own_descriptor(path: &Path) -> Option<u32> {
    let (process, number) = descriptor(path)?;
    (process.is_none() || process == Some(std::process::id())).then_some(number)
}

/// The process, where it is named, and the number of the descriptor that a path names.
fn descriptor(path: &Path) -> Option<(Option<u32>, u32)> {
    if !cfg!(unix) {
        return None;
    }
    let number = path.file_name()?.to_str()?.parse().ok()?;
    let folder = fs::canonicalize(parent_of(path)).ok()?;
    if folder == Path::new("/dev/fd") {
        return Some((None, number));
    }
    let mut parts = folder.strip_prefix("/proc").ok()?.components();
    let process = parts.next()?.as_os_str().to_str()?.parse().ok()?;
    (folder.file_name()? == "fd").then_some((Some(process), number))
}
