//! What the head of a tensor file says, without its tensors.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Largest header of a tensor file that is read; what the format itself allows.
const MAX_HEADER_BYTES: u64 = 100_000_000;
/// Where a header keeps its texts.
const TEXTS: &str = "__metadata__";

/// The head of a safetensors file that is as long as its head says.
#[derive(Debug, Clone)]
pub(super) struct TensorHeader {
    texts: BTreeMap<String, String>,
}

impl TensorHeader {
    /// Reads the head of a file; `None` where there is no file.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read(path: &Path) -> Result<Option<Self>, String> {
        let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        let length = file.metadata().map_err(unreadable)?.len();
        let cut_short = || "is cut short".to_string();
        let mut size = [0; 8];
        file.read_exact(&mut size).map_err(|_| cut_short())?;
        let header_length = u64::from_le_bytes(size);
        if header_length > MAX_HEADER_BYTES {
            return Err("is not a tensor file".into());
        }
        let mut header = Vec::new();
        file.take(header_length).read_to_end(&mut header).map_err(unreadable)?;
        if (header.len() as u64) < header_length {
            return Err(cut_short());
        }
        let (texts, num_bytes) = parse(&header).ok_or("is not a tensor file")?;
        let wanted = (8 + header_length).checked_add(num_bytes).ok_or("is not a tensor file")?;
        match length == wanted {
            true => Ok(Some(Self { texts })),
            false => Err(format!("is {length} bytes long instead of {wanted}")),
        }
    }

    /// The texts that belong to the tensors.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.values().map(String::as_str)
    }
}

/// The texts of a header, and the bytes that the tensors take.
fn parse(header: &[u8]) -> Option<(BTreeMap<String, String>, u64)> {
    let Header { texts, num_bytes } = serde_json::from_slice(header).ok()?;
    Some((texts, num_bytes))
}

/// Read entry by entry: a header of many tensors is not held in memory beside its text.
struct Header {
    texts: BTreeMap<String, String>,
    num_bytes: u64,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the header of a tensor file")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        #[derive(Deserialize)]
        struct Entry {
            data_offsets: (u64, u64),
        }
        let mut header = Header { texts: BTreeMap::new(), num_bytes: 0 };
        while let Some(name) = map.next_key::<String>()? {
            if name == TEXTS {
                header.texts = map.next_value()?;
            } else {
                let entry: Entry = map.next_value()?;
                header.num_bytes = header.num_bytes.max(entry.data_offsets.1);
            }
        }
        Ok(header)
    }
}
