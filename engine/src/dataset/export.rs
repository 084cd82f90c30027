//! A dataset as folders in Speech Commands layout.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::clips::Clip;
use super::layout::NOISE_FOLDER;
use super::{ClipBuffer, ClipId, Dataset, DatasetError, Split, names};
use crate::audio::wav_bytes;
use crate::files;

const LISTS: [(Split, &str); 2] = [(Split::Valid, "validation_list.txt"), (Split::Test, "testing_list.txt")];

impl Dataset {
    /// Writes the dataset as 16-bit WAV files in Speech Commands layout: word folders, `_background_noise_` and
    /// both lists. Opened, the folder is the same dataset: same words, splits and samples.
    ///
    /// Every file appears complete or not at all. A folder that holds anything else is refused, so that two
    /// datasets are never mixed; writing into an earlier export again completes it.
    ///
    /// # Errors
    /// [`DatasetError::Export`] when the folder holds something else or cannot be written,
    /// [`DatasetError::Cancelled`], and as [`Dataset::samples`].
    pub fn export(
        &self,
        out: &Path,
        progress: &dyn Fn(u64, u64),
        cancel: &AtomicBool,
    ) -> Result<(), DatasetError> {
        let failed = |path: &Path, source| DatasetError::Export { path: path.to_owned(), source };
        self.refuse_other_contents(out).map_err(|source| failed(out, source))?;
        // Lists go first: without them an interrupted export would open with other splits.
        for (split, name) in LISTS {
            write_file(&out.join(name), self.list(split).as_bytes())
                .map_err(|source| failed(&out.join(name), source))?;
        }
        let total = (self.clips().len() + self.background().len()) as u64;
        let (mut buffer, mut samples) = (ClipBuffer::default(), Vec::new());
        let mut done = 0;
        let mut write = |path: &str, samples: &[f32]| {
            if cancel.load(Ordering::Relaxed) {
                return Err(DatasetError::Cancelled);
            }
            let path = out.join(format!("{}.wav", names::stem(path)));
            write_file(&path, &wav_bytes(samples)).map_err(|source| failed(&path, source))?;
            done += 1;
            progress(done, total);
            Ok(())
        };
        for (id, clip) in (0..).map(ClipId).zip(self.clips()) {
            self.read_clip(id, &mut buffer, &mut samples)?;
            write(&clip.path, &samples)?;
        }
        for (index, noise) in self.background().iter().enumerate() {
            self.read_background(index, 0..u32::MAX, &mut buffer, &mut samples)?;
            write(&noise.path, &samples)?;
        }
        Ok(())
    }

    fn list(&self, split: Split) -> String {
        let listed = |clip: &&Clip| clip.split == split;
        self.clips().iter().filter(listed).map(|clip| format!("{}.wav\n", names::stem(&clip.path))).collect()
    }

    fn refuse_other_contents(&self, out: &Path) -> io::Result<()> {
        let entries = match fs::read_dir(out) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        let mut own: HashSet<&str> = self.words().iter().map(String::as_str).collect();
        own.insert(NOISE_FOLDER);
        own.extend(LISTS.map(|(_, name)| name));
        for entry in entries {
            let name = entry?.file_name();
            if !name.to_str().is_some_and(|name| own.contains(name)) {
                let message =
                    format!("the folder already holds `{}`; datasets are not mixed", name.to_string_lossy());
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
            }
        }
        Ok(())
    }
}

fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    files::make_folder(path.parent().unwrap_or(Path::new(".")))?;
    files::write_file(path, |file| file.write_all(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::testing::{TestFolder, open};

    fn export(dataset: &Dataset, out: &Path) -> Result<(), DatasetError> {
        dataset.export(out, &|_, _| {}, &AtomicBool::new(false))
    }

    #[test]
    fn an_exported_folder_opens_as_the_same_dataset() {
        let folder = TestFolder::with_speakers(20);
        let dataset = folder.open();
        let out = folder.options.cache.join("out");
        export(&dataset, &out).unwrap();
        let copy = open(&out, &folder.options).unwrap();
        assert_eq!(copy.fingerprint(), dataset.fingerprint());
        assert_eq!(copy.samples(ClipId(7)).unwrap(), dataset.samples(ClipId(7)).unwrap());
        export(&dataset, &out).unwrap();
    }

    #[test]
    fn a_folder_with_anything_else_is_left_alone() {
        let folder = TestFolder::with_speakers(2);
        let dataset = folder.open();
        let out = folder.options.cache.join("out");
        fs::create_dir_all(&out).unwrap();
        fs::write(out.join("thesis.txt"), b"years of work").unwrap();
        let error = export(&dataset, &out).unwrap_err().to_string();
        assert!(error.contains("already holds `thesis.txt`"), "{error}");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
    }
}
