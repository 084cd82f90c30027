//! Keeps ALSA from writing to standard error.
//!
//! Listing and opening devices makes ALSA print a line for every plug-in it cannot use, which reads like
//! failure and spoils the output of a command. The lines go to a buffer of this thread instead.

/// Runs `work` with ALSA's messages of this thread sent to the debug log.
#[cfg(target_os = "linux")]
pub(super) fn without_alsa_chatter<T>(work: impl FnOnce() -> T) -> T {
    let buffer = alsa::Output::local_error_handler();
    let result = work();
    if let Ok(buffer) = buffer {
        buffer.borrow().buffer_string(|text| {
            if !text.is_empty() {
                tracing::debug!("alsa: {}", String::from_utf8_lossy(text).trim_end());
            }
        });
    }
    result
}

/// Other systems do not chatter.
#[cfg(not(target_os = "linux"))]
pub(super) fn without_alsa_chatter<T>(work: impl FnOnce() -> T) -> T {
    work()
}
