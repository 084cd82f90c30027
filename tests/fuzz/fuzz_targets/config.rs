//! Any text as settings: an error, or settings that come back as they were written and that the planner takes or refuses.

#![no_main]

use engine::settings::{Config, config_hash};
use engine::train::check_settings;
use libfuzzer_sys::fuzz_target;

mod allocation;

/// What settings take beside four times their text: tables of short keys, and the text that is written anew.
const FREE_BYTES: usize = 4 << 20;

fuzz_target!(|text: &str| {
    let (peak, config) = allocation::peak_of(|| Config::from_toml(text).ok());
    assert!(peak <= 4 * text.len() + FREE_BYTES, "{peak} bytes for {}", text.len());
    let Some(config) = config else { return };
    let again = Config::from_toml(&config.to_toml());
    assert!(again.is_ok_and(|again| config_hash(&again) == config_hash(&config)));
    // Networks as large as the settings allow are drawn in minutes, not by the thousand.
    if config.model.hidden.iter().sum::<usize>() < 2_000
        && config.model.inputs.max(config.model.outputs) < 2_000
    {
        check_settings(&config).ok();
    }
});
