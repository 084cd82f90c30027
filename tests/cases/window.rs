//! What needs the window.

use crate::case::Case;

pub fn words_in_other_scripts(case: &Case) {
    let dataset = case.run(&["dataset", "data", "--json"]).json();
    for word in ["yes", "نعم", "예", "はい", "是", "हाँ"] {
        assert_eq!(dataset["words"][word].as_object().unwrap().len(), 3, "{word}");
    }
    let text = case.run(&["dataset", "data"]).done();
    text.mentions(&["نعم", "예", "はい", "是", "हाँ"]);
    if !case.shell("command -v xvfb-run && command -v coarsegrain-workbench").out.contains("xvfb-run") {
        eprintln!("39: no window is opened here, for want of xvfb-run");
        return;
    }
    let folders = "--cache cache --settings settings --runs runs";
    let window =
        format!("coarsegrain-workbench --data data --place data --screenshot a.png --after 3 {folders}");
    case.shell(&format!("timeout 120 xvfb-run -a -s '-screen 0 1280x720x24' {window}")).done();
    let picture = std::fs::read(case.file("a.png")).unwrap();
    assert!(picture.starts_with(b"\x89PNG") && picture.len() > 10_000, "{} bytes", picture.len());
}
