use std::sync::Mutex;
use std::time::Duration;

use super::testing::{Habits, Server, Tar, append, archive_of, header, packed, small_archive};
use super::*;
use crate::dataset::testing::{TestFolder, open};

const FAST: Patience =
    Patience { stall: Duration::from_millis(300), attempts: 3, pause: Duration::from_millis(1) };

fn run(archive: &Archive, folder: &Path) -> Result<PathBuf, FetchError> {
    fetch(
        archive,
        folder,
        &FetchOptions { progress: &|_, _, _| {}, cancel: &AtomicBool::new(false), patience: FAST },
    )
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn an_archive_becomes_a_dataset() {
    let body = small_archive();
    let server = Server::start(body.clone(), Habits::default());
    let folder = TestFolder::new();
    let stages = Mutex::new(Vec::new());
    let progress = |stage, done, total| {
        assert!(done <= total);
        let mut stages = stages.lock().unwrap();
        if stages.last() != Some(&stage) {
            stages.push(stage);
        }
    };
    let options = FetchOptions { progress: &progress, cancel: &AtomicBool::new(false), patience: FAST };
    let archive = archive_of(&body, &server);
    let target = fetch(&archive, &folder.data, &options).unwrap();
    assert_eq!(target, folder.data.join("small"));
    assert_eq!(*stages.lock().unwrap(), [Stage::Downloading, Stage::Verifying, Stage::Unpacking]);
    assert_eq!(names(&folder.data), ["small"], "archive and working folder are gone");
    let dataset = open(&target, &folder.options).unwrap();
    assert_eq!(dataset.clips().len(), 40);
    assert!(dataset.faults().is_empty());
    // What is there is not fetched again.
    assert_eq!(run(&archive, &folder.data).unwrap(), target);
    assert_eq!(run(&archive, &target).unwrap(), target, "the dataset folder itself may be named");
    assert_eq!(server.ranges(), [""]);
}

#[test]
fn a_lost_connection_is_resumed_where_it_broke() {
    let body = small_archive();
    let server =
        Server::start(body.clone(), Habits { cut_after: Some(1000), num_cut: 2, ..Habits::default() });
    let folder = tempfile::tempdir().unwrap();
    let target = run(&archive_of(&body, &server), folder.path()).unwrap();
    assert_eq!(server.ranges(), ["", "1000-", "2000-"]);
    assert!(target.join("yes/s3_nohash_0.wav").is_file());
}

#[test]
fn a_later_start_goes_on_with_what_is_there() {
    let body = small_archive();
    let server =
        Server::start(body.clone(), Habits { cut_after: Some(1500), num_cut: 1, ..Habits::default() });
    let folder = tempfile::tempdir().unwrap();
    let archive = archive_of(&body, &server);
    let cancel = AtomicBool::new(false);
    let progress = |_, done, _| cancel.store(done >= 1500, Ordering::Relaxed);
    let stopped = fetch(
        &archive,
        folder.path(),
        &FetchOptions { progress: &progress, cancel: &cancel, patience: FAST },
    );
    assert!(matches!(stopped, Err(FetchError::Cancelled)));
    assert_eq!(names(folder.path()), ["small.tar.gz.part"]);
    run(&archive, folder.path()).unwrap();
    assert_eq!(server.ranges(), ["", "1500-"]);
}

#[test]
fn a_server_without_ranges_sends_everything_again() {
    let body = small_archive();
    let habits = Habits { cut_after: Some(1000), num_cut: 1, ignores_ranges: true, ..Habits::default() };
    let server = Server::start(body.clone(), habits);
    let folder = tempfile::tempdir().unwrap();
    run(&archive_of(&body, &server), folder.path()).unwrap();
    assert_eq!(server.ranges(), ["", "1000-"]);
}

#[test]
fn too_much_left_over_is_thrown_away() {
    let body = small_archive();
    let server = Server::start(body.clone(), Habits::default());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.tar.gz.part"), vec![7; body.len() + 1]).unwrap();
    run(&archive_of(&body, &server), folder.path()).unwrap();
    assert_eq!(server.ranges(), [""]);
}

#[test]
fn a_wrong_checksum_unpacks_nothing_and_starts_afresh() {
    let body = small_archive();
    let server = Server::start(body.clone(), Habits::default());
    let folder = tempfile::tempdir().unwrap();
    let wrong = Archive { sha256: "0".repeat(64), ..archive_of(&body, &server) };
    assert!(matches!(run(&wrong, folder.path()), Err(FetchError::Checksum { .. })));
    assert!(names(folder.path()).is_empty());
    // Damage in what had arrived before shows the same way, and the next attempt is clean.
    fs::write(folder.path().join("small.tar.gz.part"), vec![7; 500]).unwrap();
    let archive = archive_of(&body, &server);
    assert!(matches!(run(&archive, folder.path()), Err(FetchError::Checksum { .. })));
    run(&archive, folder.path()).unwrap();
    assert_eq!(server.ranges(), ["", "500-", ""]);
}

#[test]
fn another_size_stops_before_the_first_byte() {
    let body = small_archive();
    let server = Server::start(body.clone(), Habits::default());
    let folder = tempfile::tempdir().unwrap();
    let wrong = Archive { size_bytes: body.len() as u64 + 9, ..archive_of(&body, &server) };
    let error = run(&wrong, folder.path()).unwrap_err();
    assert!(matches!(error, FetchError::Size { .. }), "{error}");
    assert_eq!(fs::metadata(folder.path().join("small.tar.gz.part")).unwrap().len(), 0);
}

#[test]
fn refusals_stalls_and_dead_servers_end_with_a_remedy() {
    let body = small_archive();
    let folder = tempfile::tempdir().unwrap();
    let gone = Server::start(body.clone(), Habits { status: Some(404), ..Habits::default() });
    assert!(matches!(
        run(&archive_of(&body, &gone), folder.path()),
        Err(FetchError::Refused { status: 404, .. })
    ));
    assert_eq!(gone.ranges().len(), 1);
    let busy = Server::start(body.clone(), Habits { status: Some(503), ..Habits::default() });
    assert!(matches!(run(&archive_of(&body, &busy), folder.path()), Err(FetchError::Connection { .. })));
    assert_eq!(busy.ranges().len(), 3);
    let stalled = Server::start(body.clone(), Habits { stalls: true, ..Habits::default() });
    let error = run(&archive_of(&body, &stalled), folder.path());
    assert!(matches!(error, Err(FetchError::Connection { .. })), "{error:?}");
    let mut dead = archive_of(&body, &stalled);
    dead.address = "http://127.0.0.1:9/nothing".into();
    let message = run(&dead, folder.path()).unwrap_err().to_string();
    assert!(message.contains("goes on where it stopped"), "{message}");
}

#[test]
fn two_programs_do_not_write_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let first = open_part(&folder.path().join("small.tar.gz.part")).unwrap();
    assert!(matches!(open_part(&folder.path().join("small.tar.gz.part")), Err(FetchError::Busy { .. })));
    drop(first);
    assert!(open_part(&folder.path().join("small.tar.gz.part")).is_ok());
}

#[test]
fn dangerous_archives_are_refused_whole() {
    let link = |kind: tar::EntryType, tar: &mut Tar| {
        let mut header = header("yes/link", kind);
        header.set_link_name("/etc/passwd").unwrap();
        header.set_cksum();
        tar.append(&header, [].as_slice()).unwrap();
    };
    type Fill = Box<dyn Fn(&mut Tar)>;
    let cases: [(&str, Fill); 7] = [
        ("up and out", Box::new(|tar| append(tar, "../evil.wav", b"x"))),
        ("up in the middle", Box::new(|tar| append(tar, "yes/../../evil.wav", b"x"))),
        ("absolute", Box::new(|tar| append(tar, "/tmp/coarsegrain-evil.wav", b"x"))),
        ("link", Box::new(move |tar| link(tar::EntryType::Symlink, tar))),
        ("hard link", Box::new(move |tar| link(tar::EntryType::Link, tar))),
        ("twice", Box::new(|tar| (0..2).for_each(|_| append(tar, "yes/a.wav", b"x")))),
        ("too large", Box::new(|tar| append(tar, "yes/a.wav", &vec![0; 11 << 20]))),
    ];
    for (what, fill) in cases {
        let body = packed(|tar| {
            append(tar, "yes/first.wav", b"x");
            fill(tar);
        });
        let server = Server::start(body.clone(), Habits::default());
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("inner");
        let error = run(&archive_of(&body, &server), &folder).unwrap_err();
        assert!(matches!(error, FetchError::Unsafe { .. }), "{what}: {error}");
        assert_eq!(names(root.path()), ["inner"], "{what}");
        assert_eq!(names(&folder), ["small.tar.gz.part"], "{what}: nothing unpacked is left");
    }
}

#[test]
fn what_is_no_archive_is_damaged() {
    let body = b"this is no archive at all, whatever its checksum".to_vec();
    let server = Server::start(body.clone(), Habits::default());
    let folder = tempfile::tempdir().unwrap();
    let error = run(&archive_of(&body, &server), folder.path()).unwrap_err();
    assert!(matches!(error, FetchError::Damaged { .. }), "{error}");
    assert!(!folder.path().join("small").exists());
}

#[test]
fn the_published_archive_is_named_in_full() {
    let archive = Archive::speech_commands();
    assert_eq!((archive.size_bytes, archive.sha256.len()), (2_428_923_189, 64));
    assert!(archive.address.ends_with("speech_commands_v0.02.tar.gz"));
}
