//! What can go wrong while fetching, in words for a person.

use std::io;
use std::path::PathBuf;

/// Why an archive could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No connection, or it was lost again and again.
    #[error(
        "no connection to the server ({reason}); check the network, then fetch again, which goes on where it stopped: {address}"
    )]
    Connection {
        /// What the network said.
        reason: String,
        /// Address.
        address: String,
    },
    /// The server answered with an error.
    #[error("the server answered {status}; check the address, or try again later: {address}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Address.
        address: String,
    },
    /// The server has a file of another size.
    #[error(
        "the server offers {found_bytes} bytes, expected {expected_bytes}: it is not the expected archive; check the address: {address}"
    )]
    Size {
        /// Bytes offered.
        found_bytes: u64,
        /// Bytes expected.
        expected_bytes: u64,
        /// Address.
        address: String,
    },
    /// Everything arrived, and it is not the archive.
    #[error("the archive has SHA-256 {found}, expected {expected}; it was removed, fetch it again: {}", .path.display())]
    Checksum {
        /// What arrived.
        found: String,
        /// What should have.
        expected: String,
        /// Where it was.
        path: PathBuf,
    },
    /// The archive holds something that a dataset has no need of.
    #[error(
        "the archive is not safe to unpack ({reason}); nothing was kept of it, use another source: {entry}"
    )]
    Unsafe {
        /// What is wrong with the entry.
        reason: String,
        /// Name of the entry.
        entry: String,
    },
    /// The archive cannot be read.
    #[error("the archive is damaged ({source}); remove it and fetch again: {}", .path.display())]
    Damaged {
        /// What the decoder said.
        source: io::Error,
        /// The archive.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("cannot write ({source}); check that the disk has room (about 6 GB for Speech Commands) and that you may write there: {}", .path.display())]
    Write {
        /// The system's reason.
        source: io::Error,
        /// File or folder.
        path: PathBuf,
    },
    /// Another program fetches into the same folder.
    #[error("another program is fetching into the same folder; wait for it or choose another folder: {}", .path.display())]
    Busy {
        /// The file in use.
        path: PathBuf,
    },
    /// The person gave up waiting.
    #[error("fetching was cancelled; what has arrived is kept")]
    Cancelled,
}
