//! Getting the bytes: one request at a time, resumed with `Range` where it broke off.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use ureq::http::Response;
use ureq::{Agent, Body};

use super::{Archive, FetchError, FetchOptions, Stage};

/// When a connection counts as lost, and how often it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Time without a byte after which a connection counts as lost. It also bounds how long cancelling can take.
    pub stall: Duration,
    /// Attempts in a row that bring no byte before giving up.
    pub attempts: u32,
    /// Wait before the second attempt; doubled before each further one.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { stall: Duration::from_secs(8), attempts: 5, pause: Duration::from_secs(1) }
    }
}

const BUFFER_BYTES: usize = 128 << 10;

/// Completes `file` to the archive's size.
pub(super) fn download(
    archive: &Archive,
    file: &mut File,
    path: &Path,
    options: &FetchOptions,
) -> Result<(), FetchError> {
    let write_error = |source| FetchError::Write { source, path: path.to_owned() };
    let mut arrived = file.seek(SeekFrom::End(0)).map_err(write_error)?;
    if arrived > archive.size_bytes {
        arrived = 0;
        restart(file).map_err(write_error)?;
    }
    let agent = new_agent(options.patience.stall);
    let mut fruitless = 0;
    while arrived < archive.size_bytes {
        (options.progress)(Stage::Downloading, arrived, archive.size_bytes);
        options.check()?;
        let before = arrived;
        match attempt(archive, &agent, file, &mut arrived, options) {
            Ok(()) => {}
            Err(Interruption::Final(error)) => return Err(error),
            Err(Interruption::Write(source)) => return Err(write_error(source)),
            Err(Interruption::Lost(reason)) => {
                fruitless = if arrived > before { 0 } else { fruitless + 1 };
                if fruitless >= options.patience.attempts {
                    return Err(FetchError::Connection { reason, address: archive.address.clone() });
                }
                tracing::info!("connection lost after {arrived} bytes ({reason}); trying again");
                wait(options.patience.pause * 2u32.saturating_pow(fruitless.saturating_sub(1)), options)?;
            }
        }
    }
    (options.progress)(Stage::Downloading, arrived, archive.size_bytes);
    file.sync_data().map_err(write_error)
}

fn new_agent(stall: Duration) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_resolve(Some(stall))
        .timeout_connect(Some(stall))
        .timeout_recv_response(Some(stall * 2))
        .timeout_per_read(Some(stall))
        .timeout_per_write(Some(stall))
        .user_agent(concat!("coarsegrain/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

/// Why an attempt ended early.
enum Interruption {
    /// Worth another attempt.
    Lost(String),
    /// The archive cannot be written.
    Write(io::Error),
    /// Nothing will help.
    Final(FetchError),
}

fn lost(error: impl std::fmt::Display) -> Interruption {
    Interruption::Lost(error.to_string())
}

/// One request: asks for what is missing and appends what comes.
fn attempt(
    archive: &Archive,
    agent: &Agent,
    file: &mut File,
    arrived: &mut u64,
    options: &FetchOptions,
) -> Result<(), Interruption> {
    let mut request = agent.get(&archive.address);
    if *arrived > 0 {
        request = request.header("Range", format!("bytes={arrived}-"));
    }
    let response = request.call().map_err(|error| request_error(error, archive))?;
    match response.status().as_u16() {
        206 if starts_at(&response, *arrived) => check_size(archive, *arrived, &response)?,
        // A server without ranges sends everything again; one whose range is off is asked for everything.
        200 => {
            restart(file).map_err(Interruption::Write)?;
            *arrived = 0;
            check_size(archive, 0, &response)?;
        }
        206 | 416 => {
            restart(file).map_err(Interruption::Write)?;
            *arrived = 0;
            return Err(lost("the server cannot resume"));
        }
        // Busy or broken for now.
        status @ (408 | 429 | 500 | 502 | 503 | 504) => return Err(lost(format!("status {status}"))),
        status => {
            let address = archive.address.clone();
            return Err(Interruption::Final(FetchError::Refused { status, address }));
        }
    }
    receive(archive, response.into_body(), file, arrived, options)
}

fn request_error(error: ureq::Error, archive: &Archive) -> Interruption {
    match error {
        ureq::Error::BadUri(_)
        | ureq::Error::Http(_)
        | ureq::Error::TooManyRedirects
        | ureq::Error::RedirectFailed => {
            let (reason, address) = (error.to_string(), archive.address.clone());
            Interruption::Final(FetchError::Connection { reason, address })
        }
        other => lost(other),
    }
}

/// Whether `Content-Range: bytes START-END/TOTAL` starts where the file ends.
fn starts_at(response: &Response<Body>, offset: u64) -> bool {
    let range = response.headers().get("content-range").and_then(|value| value.to_str().ok());
    let start = range.and_then(|range| range.strip_prefix("bytes ")?.split_once('-')?.0.trim().parse().ok());
    start == Some(offset)
}

/// Stops before the first byte when the server announces another size.
fn check_size(archive: &Archive, offset: u64, response: &Response<Body>) -> Result<(), Interruption> {
    match response.body().content_length().map(|len| len.saturating_add(offset)) {
        Some(found_bytes) if found_bytes != archive.size_bytes => {
            let (expected_bytes, address) = (archive.size_bytes, archive.address.clone());
            Err(Interruption::Final(FetchError::Size { found_bytes, expected_bytes, address }))
        }
        _ => Ok(()),
    }
}

fn receive(
    archive: &Archive,
    body: Body,
    file: &mut File,
    arrived: &mut u64,
    options: &FetchOptions,
) -> Result<(), Interruption> {
    let mut reader = body.into_reader();
    let mut buffer = vec![0; BUFFER_BYTES];
    while *arrived < archive.size_bytes {
        options.check().map_err(Interruption::Final)?;
        let missing = archive.size_bytes - *arrived;
        let room = buffer.len().min(usize::try_from(missing).unwrap_or(usize::MAX));
        let num_read = match reader.read(&mut buffer[..room]) {
            Ok(0) => return Err(lost("the connection was closed early")),
            Ok(num_read) => num_read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(lost(error)),
        };
        file.write_all(&buffer[..num_read]).map_err(Interruption::Write)?;
        *arrived += num_read as u64;
        (options.progress)(Stage::Downloading, *arrived, archive.size_bytes);
    }
    Ok(())
}

fn restart(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0)).map(|_| ())
}

/// Waits, looking out for cancelling.
fn wait(pause: Duration, options: &FetchOptions) -> Result<(), FetchError> {
    let end = Instant::now() + pause;
    loop {
        options.check()?;
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(Duration::from_millis(50)));
    }
}
