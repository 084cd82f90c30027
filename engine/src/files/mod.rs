//! Files of the system: what is written so that nothing is lost, and paths as people and programs read them.
//!
//! The ground of the house: it knows nothing of runs, models or sound. Every output goes through [`write_file`] or
//! [`write_files`], every path that is printed, drawn or put into JSON through [`path_text`], and every path that a person
//! types through [`expand_home`], or [`home_expanded`] for all arguments of a program.

mod home;
mod path_text;
mod target;
mod write;

pub use home::{expand_home, home_expanded};
pub use path_text::{one_line, path_text};
pub use write::{make_folder, remove_abandoned, write_file, write_files};
