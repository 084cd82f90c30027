//! Outputs of every kind: what is replaced, what is written into, and what is left alone.

use std::io::Read;

use super::*;

fn put(path: &Path, text: &str) -> io::Result<()> {
    write_file(path, |file| file.write_all(text.as_bytes()))
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap()
}

fn num_entries(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_failed_write_leaves_the_old_file_and_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("summary.json");
    put(&path, "old").unwrap();
    let error = write_file(&path, |file| {
        file.write_all(&[0; 100_000])?;
        Err(io::ErrorKind::StorageFull.into())
    });
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(read(&path), "old");
    assert_eq!(num_entries(folder.path()), 1);
    assert!(put(folder.path(), "a folder is no file").is_err());
    assert!(put(&folder.path().join("none/file"), "x").is_err());
}

#[test]
fn files_that_belong_together_take_their_places_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    write_files(&[(path("a"), b"1"), (path("b"), b"2")]).unwrap();
    assert_eq!((read(path("a")), read(path("b"))), ("1".into(), "2".into()));
    // The second cannot be written, so the first stays as it was.
    let (about, _) = write_files(&[(path("a"), b"3"), (path("gone/b"), b"4")]).unwrap_err();
    assert_eq!(about, path("gone/b"));
    assert_eq!(read(path("a")), "1");
    assert_eq!(num_entries(folder.path()), 2, "no trace is left");
}

#[test]
fn what_killed_programs_left_goes_and_the_rest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let old = std::time::SystemTime::now() - 2 * ABANDONED;
    for name in
        [".coarsegrain-1-0.partial", ".coarsegrain-1-1.partial", ".mine.partial", "coarsegrain-1.partial"]
    {
        let file = File::create(folder.path().join(name)).unwrap();
        if name != ".coarsegrain-1-1.partial" {
            file.set_modified(old).unwrap();
        }
    }
    remove_abandoned(folder.path());
    assert!(!folder.path().join(".coarsegrain-1-0.partial").exists());
    assert_eq!(num_entries(folder.path()), 3);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    #[test]
    fn links_stay_and_what_they_name_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("deep/er")).unwrap();
        put(&path("deep/target"), "kept").unwrap();
        // A relative chain through a linked folder, an absolute link, and a link to nothing.
        symlink("deep/er", path("way")).unwrap();
        symlink("../target", path("deep/er/second")).unwrap();
        symlink("way/second", path("chain")).unwrap();
        symlink(path("deep/target"), path("absolute")).unwrap();
        symlink("deep/new", path("dangling")).unwrap();
        for (link, target, text) in [
            ("chain", "deep/target", "one"),
            ("absolute", "deep/target", "two"),
            ("dangling", "deep/new", "three"),
        ] {
            put(&path(link), text).unwrap();
            assert_eq!(read(path(target)), text);
            assert!(path(link).is_symlink(), "{link}");
        }
        write_files(&[(path("chain"), b"four"), (path("dangling"), b"five")]).unwrap();
        assert_eq!((read(path("deep/target")), read(path("deep/new"))), ("four".into(), "five".into()));
        assert!(path("chain").is_symlink() && path("deep/er/second").is_symlink());
        assert_eq!(num_entries(&path("deep")), 3);
        symlink("round", path("circle")).unwrap();
        symlink("circle", path("round")).unwrap();
        assert!(put(&path("round"), "x").is_err());
        assert!(path("round").is_symlink() && path("circle").is_symlink());
    }

    #[test]
    fn permissions_of_a_replaced_file_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for mode in [0o600, 0o664, 0o444] {
            put(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            put(&path, "new").unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn what_already_has_the_name_of_a_partial_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        put(&folder.path().join("precious"), "mine").unwrap();
        for count in 0..500 {
            let name = format!(".coarsegrain-{}-{count}.partial", std::process::id());
            symlink("precious", folder.path().join(name)).unwrap();
        }
        put(&folder.path().join("out"), "new").unwrap();
        assert_eq!(
            (read(folder.path().join("out")), read(folder.path().join("precious"))),
            ("new".into(), "mine".into())
        );
        assert_eq!(num_entries(folder.path()), 502);
    }

    #[test]
    fn pipes_are_written_into() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        symlink("pipe", folder.path().join("link")).unwrap();
        for (name, by_many) in [("pipe", false), ("link", false), ("pipe", true)] {
            let reader = std::thread::spawn({
                let pipe = pipe.clone();
                move || fs::read_to_string(pipe).unwrap()
            });
            let path = folder.path().join(name);
            match by_many {
                false => put(&path, "through").unwrap(),
                true => write_files(&[(folder.path().join("file"), b"file"), (path, b"through")]).unwrap(),
            }
            assert_eq!(reader.join().unwrap(), "through");
        }
        use std::os::unix::fs::FileTypeExt;
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
        assert!(folder.path().join("link").is_symlink());
        assert_eq!(read(folder.path().join("file")), "file");
        assert_eq!(num_entries(folder.path()), 3);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn descriptors_are_written_into_behind_what_is_there() {
        use std::os::fd::AsRawFd;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "before ").unwrap();
        let file = File::open(&path).unwrap();
        let descriptor = format!("/proc/self/fd/{}", file.as_raw_fd());
        symlink(&descriptor, folder.path().join("stdout")).unwrap();
        put(&folder.path().join("stdout"), "after").unwrap();
        assert_eq!(read(&path), "before after");
        assert!(folder.path().join("stdout").is_symlink());
        let mut null = String::new();
        put(Path::new("/dev/null"), "nothing").unwrap();
        File::open("/dev/null").unwrap().read_to_string(&mut null).unwrap();
        assert!(null.is_empty() && !Path::new("/dev/null").is_file());
    }

    #[test]
    fn folders_are_made_where_links_lead() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        symlink("real/deep", path("link")).unwrap();
        make_folder(&path("link/sub")).unwrap();
        make_folder(&path("link/sub")).unwrap();
        assert!(path("real/deep/sub").is_dir() && path("link").is_symlink());
        fs::write(path("file"), "").unwrap();
        assert!(make_folder(&path("file")).is_err() && make_folder(&path("file/sub")).is_err());
        make_folder(Path::new("")).unwrap();
    }
}
