//! The home folder in paths that people type.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A path with a leading `~` in place of the home folder resolved; every other path as it is.
///
/// Shells do this for words of their own, but not behind `--out=`, in quotation marks, in a configuration or in a field
/// of the window. A folder that is itself named `~` is meant by `./~`. The homes of other people (`~name`) are left to the
/// shell: the system has no portable way to name them.
pub fn expand_home(path: &Path) -> PathBuf {
    expand_with(path, std::env::home_dir().as_deref())
}

/// The arguments of a program with [`expand_home`] applied to each word, and to what stands behind `--option=`.
pub fn home_expanded(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    arguments.into_iter().map(|argument| expand_argument(argument, &expand_home)).collect()
}

fn expand_argument(argument: OsString, expand: &dyn Fn(&Path) -> PathBuf) -> OsString {
    let option =
        argument.to_str().filter(|text| text.starts_with("--")).and_then(|text| text.split_once('='));
    match option {
        Some((name, value)) => {
            let mut whole = OsString::from(format!("{name}="));
            whole.push(expand(Path::new(value)));
            whole
        }
        None => expand(Path::new(&argument)).into_os_string(),
    }
}

fn expand_with(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        // Joining nothing would add a separator.
        (Ok(rest), Some(home)) if rest.as_os_str().is_empty() => home.to_path_buf(),
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_leading_home_is_resolved() {
        let home = Some(Path::new("/home/ada"));
        let expand = |path: &str| expand_with(Path::new(path), home);
        assert_eq!(expand("~"), Path::new("/home/ada"));
        assert_eq!(expand("~/data/yes"), Path::new("/home/ada/data/yes"));
        assert_eq!(expand("~//data"), Path::new("/home/ada/data"));
        for other in ["", "data", "/data/~", "./~", "~ada/data", "a/~/b"] {
            assert_eq!(expand(other), Path::new(other));
        }
        assert_eq!(expand_with(Path::new("~/data"), None), Path::new("~/data"));
    }

    #[test]
    fn arguments_are_expanded_behind_their_options_too() {
        let expand = |path: &Path| expand_with(path, Some(Path::new("/home/ada")));
        for (given, meant) in [
            ("~/run", "/home/ada/run"),
            ("--out=~/run", "--out=/home/ada/run"),
            ("--set=data.dir=~/x", "--set=data.dir=~/x"),
            ("--out", "--out"),
            ("a=~/b", "a=~/b"),
            ("--json=", "--json="),
        ] {
            assert_eq!(expand_argument(given.into(), &expand), OsString::from(meant));
        }
    }
}
