//! Paths that are no text: every sub-command of `coarsegrain` on files, folders and runs whose names are not UTF-8. What is
//! asked is done, or refused in one sentence; nothing panics, and what is printed as JSON is JSON.

#![cfg(all(unix, not(target_os = "macos")))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use end_to_end::program;
use engine::audio::write_wav;
use serde_json::Value;

/// What stands for the odd folder in the arguments below.
const ODD: &str = "ODD";

/// How every sub-command is called. `ODD/` is a folder whose name is not text, with a dataset, a run, a clip, settings and a
/// list of truth in it; `plain/` is the same dataset and run under a plain name.
const CALLS: &[(&str, &[&str])] = &[
    ("dataset", &["ODD/data", "ODD/clip.wav", "ODD", "ODD/none"]),
    ("memory", &["ODD/config.toml", "ODD/run", "ODD/none"]),
    (
        "train",
        &[
            "ODD/config.toml --data plain/data --out ODD/trained",
            "ODD/config.toml --data ODD/data --out refused",
            "plain/config.toml --data ODD/none --out refused",
            "--resume --out ODD/run",
            "--resume --out ODD/none",
        ],
    ),
    (
        "evaluate",
        &[
            "ODD/run --data plain/data",
            "ODD/run --data ODD/data --predictions ODD/predictions.jsonl",
            "ODD/run/model.safetensors --data ODD/data --stream",
            "ODD/none",
        ],
    ),
    ("features", &["ODD/clip.wav", "ODD/data", "ODD/none"]),
    (
        "listen",
        &[
            "ODD/run --wav ODD/clip.wav --truth ODD/truth.tsv",
            "ODD/run --wav ODD/none",
            "plain/run --wav ODD/clip.wav --truth ODD/none",
            "plain/run --wav ODD/data",
        ],
    ),
    (
        "compare",
        &["ODD", "ODD/run", "ODD/none", "ODD --format csv", "ODD --format latex", "ODD --format markdown"],
    ),
    (
        "quantise",
        &[
            "ODD/run --data ODD/data --out ODD/rounded.safetensors --set quant.weight_bits=3",
            "ODD/run --data ODD/data --sweep",
            "ODD/run --keep --set quant.weight_bits=4",
            "ODD/run --keep=ODD/kept --set quant.weight_bits=4",
            "ODD/none --data plain/data --sweep",
        ],
    ),
    (
        "export",
        &[
            "ODD/run --format blocks --out ODD/out",
            "ODD/run --format c --out ODD/out",
            "ODD/run --format rom --out ODD/out",
            "ODD/run --format bsr --out ODD/out",
            "ODD/run --format onnx --out ODD/out",
            "ODD/run --format report --out ODD/out",
            "ODD/out/model.cgs --format report --out ODD/clip.wav",
            "ODD/none --format report --out ODD/out",
        ],
    ),
    ("bench", &["ODD", "features --seconds 0.01"]),
    ("demo-data", &["--out ODD/clip.wav", "--out ODD/data"]),
    ("fetch", &["--out ODD --show"]),
    ("settings", &["", "ODD"]),
];

/// A folder with everything in it, twice: under a plain name, and under one that is not text.
struct Bench {
    root: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { root: tempfile::tempdir().unwrap() };
        let plain = bench.root.path().join("plain");
        for (word, step) in [("yes", 37), ("no", 11)] {
            for speaker in 0..30 {
                let sample = |i: usize| ((i * (step + speaker)) % 200) as f32 / 400.0 - 0.25;
                let samples: Vec<f32> = (0..16_000).map(sample).collect();
                let path = plain.join(format!("data/{word}/{speaker:08x}_nohash_0.wav"));
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                write_wav(&path, &samples).unwrap();
            }
        }
        std::fs::copy(plain.join("data/yes/00000001_nohash_0.wav"), plain.join("clip.wav")).unwrap();
        let settings = "[data]\nwords = [\"yes\", \"no\"]\n[model]\nhidden = [8]\n[sparsity]\nblock = 4\n[train]\nepochs = 1\n";
        std::fs::write(plain.join("config.toml"), settings).unwrap();
        std::fs::write(plain.join("truth.tsv"), "0\t1\tyes\n").unwrap();
        let words = ["train", "plain/config.toml", "--data", "plain/data", "--out", "plain/run"];
        let trained = bench.run(bench.root.path(), &words.map(OsString::from));
        assert!(trained.status.success(), "{}", String::from_utf8_lossy(&trained.stderr));
        copy_folder(&plain, &bench.odd());
        // Names below it are not text, either.
        std::fs::create_dir(bench.odd().join(OsStr::from_bytes(b"data/\xe4hm"))).unwrap();
        std::fs::copy(plain.join("clip.wav"), bench.odd().join(OsStr::from_bytes(b"data/yes/\xff.wav")))
            .unwrap();
        copy_folder(&plain.join("run"), &bench.odd().join(OsStr::from_bytes(b"run\xfe")));
        bench
    }

    fn odd(&self) -> PathBuf {
        self.root.path().join(OsStr::from_bytes(b"odd \xff"))
    }

    fn run(&self, folder: &Path, arguments: &[OsString]) -> Output {
        let mut command = Command::new(program("coarsegrain"));
        command.args(arguments).current_dir(folder).env("COARSEGRAIN_CACHE", self.root.path().join("cache"));
        command.output().unwrap()
    }

    /// The arguments of a line, with the odd folder put in.
    fn arguments(&self, command: &str, line: &str) -> Vec<OsString> {
        let odd = self.odd();
        let put_in = |word: &str| {
            let mut bytes = Vec::new();
            for (index, part) in word.split(ODD).enumerate() {
                if index > 0 {
                    bytes.extend_from_slice(odd.as_os_str().as_bytes());
                }
                bytes.extend_from_slice(part.as_bytes());
            }
            OsString::from_vec(bytes)
        };
        std::iter::once(command).chain(line.split_whitespace()).map(put_in).collect()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// The sub-commands that the program names.
fn sub_commands() -> Vec<String> {
    let help = Command::new(program("coarsegrain")).arg("help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let listed = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let names = listed
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(String::from)
        .collect()
}

#[track_caller]
fn expect_whole(call: &[OsString], output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0..=2)), "{call:?}: {:?}: {said}", output.status);
    assert!(!said.contains("panicked"), "{call:?}: {said}");
    let text = std::str::from_utf8(&output.stdout);
    assert!(text.is_ok(), "{call:?} prints what is no text");
    if output.status.success() && call.iter().any(|word| word == "--json") {
        let values = serde_json::Deserializer::from_str(text.unwrap()).into_iter::<Value>();
        assert!(
            values.map(|value| value.map(drop)).collect::<Result<Vec<()>, _>>().is_ok(),
            "{call:?}: {text:?}"
        );
    }
}

#[test]
fn every_sub_command_takes_any_path() {
    let bench = Bench::new();
    let names = sub_commands();
    assert!(names.len() > 10, "{names:?}");
    for name in &names {
        let calls = CALLS.iter().find(|(known, _)| known == name).map(|(_, calls)| *calls);
        let Some(calls) = calls else { panic!("say in `CALLS` how `{name}` takes paths") };
        for line in calls {
            for json in ["", " --json"] {
                if !json.is_empty() && line.contains("--format") && name != "export" {
                    continue;
                }
                let call = bench.arguments(name, &format!("{line}{json}"));
                expect_whole(&call, &bench.run(bench.root.path(), &call));
            }
        }
    }
}

#[test]
fn what_is_done_names_the_path_so_that_it_can_be_told() {
    let bench = Bench::new();
    let call = bench.arguments("features", "ODD/clip.wav --json");
    let features: Value = serde_json::from_slice(&bench.run(bench.root.path(), &call).stdout).unwrap();
    assert!(features["path"].as_str().unwrap().ends_with("odd \\xff/clip.wav"), "{}", features["path"]);
    let call = bench.arguments("evaluate", "ODD/run --data ODD/data --json");
    let report: Value = serde_json::from_slice(&bench.run(bench.root.path(), &call).stdout).unwrap();
    assert!(report["run"].as_str().unwrap().ends_with("odd \\xff/run"), "{}", report["run"]);
    // Settings can only hold text: told before anything is read, and nothing is made.
    for line in ["ODD/config.toml --data ODD/data --out made", "config.toml --data data --out made"] {
        let call = bench.arguments("train", line);
        let output = bench.run(&bench.odd(), &call);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.lines().count() == 1, "{said}");
        assert!(said.contains("UTF-8") && said.contains("rename"), "{said}");
        assert!(!bench.odd().join("made").exists());
    }
}
