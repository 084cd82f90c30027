//! A server on loopback and small archives, for tests.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::Archive;
use crate::dataset::digest::hex;
use crate::dataset::testing::wav;

/// How the server misbehaves.
#[derive(Clone, Copy, Default)]
pub(crate) struct Habits {
    /// Closes the first connections after this many bytes of the body.
    pub(crate) cut_after: Option<usize>,
    /// Connections that are cut.
    pub(crate) num_cut: usize,
    /// Answers every request with everything.
    pub(crate) ignores_ranges: bool,
    /// Answers with this status and nothing else.
    pub(crate) status: Option<u16>,
    /// Sends the head, then nothing.
    pub(crate) stalls: bool,
}

/// A server on loopback with one file.
pub(crate) struct Server {
    pub(crate) address: String,
    requests: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(body: Vec<u8>, habits: Habits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/data/archive.tar.gz", listener.local_addr().unwrap());
        let (requests, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (seen, stopped) = (Arc::clone(&requests), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let count = AtomicUsize::new(0);
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let number = count.fetch_add(1, Ordering::Relaxed);
                let _ = serve(stream.unwrap(), &body, habits, number, &seen, &stopped);
            }
        });
        Self { address, requests, stop, thread: Some(thread) }
    }

    pub(crate) fn ranges(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address.trim_start_matches("http://").split('/').next().unwrap());
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Answers one request and closes.
fn serve(
    mut stream: TcpStream,
    body: &[u8],
    habits: Habits,
    number: usize,
    seen: &Mutex<Vec<String>>,
    stopped: &AtomicBool,
) -> std::io::Result<()> {
    let mut range = String::new();
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
            range = value.to_owned();
        }
    }
    seen.lock().unwrap().push(range.clone());
    if let Some(status) = habits.status {
        return write!(stream, "HTTP/1.1 {status} Sorry\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    let start = if habits.ignores_ranges { 0 } else { range.trim_end_matches('-').parse().unwrap_or(0) };
    let rest = &body[start..];
    let (status, total) = (if start > 0 { "206 Partial Content" } else { "200 OK" }, body.len());
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", rest.len())?;
    if start > 0 {
        write!(stream, "Content-Range: bytes {start}-{}/{total}\r\n", total - 1)?;
    }
    write!(stream, "\r\n")?;
    if habits.stalls {
        while !stopped.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
        return Ok(());
    }
    match habits.cut_after {
        Some(len) if number < habits.num_cut => stream.write_all(&rest[..len.min(rest.len())]),
        _ => stream.write_all(rest),
    }
}

/// A small archive in the form of Speech Commands.
pub(crate) fn small_archive() -> Vec<u8> {
    let sound: Vec<i16> = (0..8000).map(|i| ((i * 7919) % 20_011) as i16).collect();
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for word in ["yes", "no"] {
        for speaker in 0..20 {
            files.push((format!("./{word}/s{speaker}_nohash_0.wav"), wav(&sound)));
        }
    }
    files.push(("./_background_noise_/hum.wav".into(), wav(&sound)));
    files.push(("./validation_list.txt".into(), b"yes/s0_nohash_0.wav\nno/s0_nohash_0.wav\n".to_vec()));
    files.push(("./testing_list.txt".into(), b"yes/s1_nohash_0.wav\nno/s1_nohash_0.wav\n".to_vec()));
    packed(|tar| {
        append_folder(tar, "./");
        append_folder(tar, "./yes/");
        files.iter().for_each(|(name, bytes)| append(tar, name, bytes));
    })
}

pub(crate) type Tar = tar::Builder<flate2::write::GzEncoder<Vec<u8>>>;

pub(crate) fn packed(fill: impl FnOnce(&mut Tar)) -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    fill(&mut tar);
    tar.into_inner().unwrap().finish().unwrap()
}

/// Appends a file under any name, dangerous ones too.
pub(crate) fn append(tar: &mut Tar, name: &str, bytes: &[u8]) {
    let mut header = header(name, tar::EntryType::Regular);
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    tar.append(&header, bytes).unwrap();
}

fn append_folder(tar: &mut Tar, name: &str) {
    let mut header = header(name, tar::EntryType::Directory);
    header.set_cksum();
    tar.append(&header, [].as_slice()).unwrap();
}

pub(crate) fn header(name: &str, kind: tar::EntryType) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(0);
    header
}

pub(crate) fn archive_of(body: &[u8], server: &Server) -> Archive {
    Archive {
        address: server.address.clone(),
        size_bytes: body.len() as u64,
        sha256: hex(&Sha256::digest(body)),
        name: "small".into(),
        max_unpacked_bytes: 10 << 20,
    }
}
