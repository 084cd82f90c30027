//! How much memory this process has held at most.

/// The most memory that this process has had in use so far, in bytes, as the system counts it: pages that are
/// resident, code and libraries included. `None` where the system does not tell; Linux does (`VmHWM` of
/// `/proc/self/status`).
pub fn peak_resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    peak_from_status(&status)
}

fn peak_from_status(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_from_the_status_of_a_process() {
        assert_eq!(
            peak_from_status("VmPeak:\t  90 kB\nVmHWM:\t   12345 kB\nVmRSS:\t 7 kB\n"),
            Some(12345 * 1024)
        );
        assert_eq!(peak_from_status("VmRSS:\t 7 kB\n"), None);
        assert_eq!(peak_from_status("VmHWM:\t many kB\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_that_is_touched_counts_even_after_it_is_gone() {
        let before = peak_resident_bytes().unwrap();
        let touched = vec![1u8; before as usize + (64 << 20)];
        std::hint::black_box(&touched);
        drop(touched);
        assert!(peak_resident_bytes().unwrap() >= before + (64 << 20));
    }
}
