//! Where and when a report is made.

/// The machine that a program runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Machine {
    pub processor: String,
    pub num_cores: usize,
    pub system: String,
}

impl Machine {
    /// This machine, as far as it can be found out without asking other programs.
    pub fn this() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let architecture = std::env::consts::ARCH;
        let processor = value_of(&read("/proc/cpuinfo"), "model name", ':');
        let system = value_of(&read("/etc/os-release"), "PRETTY_NAME", '=');
        let kind = std::env::consts::OS;
        Self {
            processor: processor.unwrap_or_else(|| architecture.to_string()),
            num_cores: std::thread::available_parallelism().map_or(1, usize::from),
            system: system.map_or_else(
                || format!("{kind}, {architecture}"),
                |name| format!("{kind} ({name}), {architecture}"),
            ),
        }
    }
}

/// The first value of a key in lines of keys and values.
fn value_of(lines: &str, key: &str, separator: char) -> Option<String> {
    let pairs = lines.lines().filter_map(|line| line.split_once(separator));
    let value = pairs.into_iter().find(|(name, _)| name.trim() == key)?.1;
    let value = value.trim().trim_matches('"').trim();
    (!value.is_empty()).then(|| value.to_string())
}

/// A time, in seconds since 1970, as `2026-05-09 07:30 UTC`.
pub(super) fn utc(secs: u64) -> String {
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut days = secs / 86_400;
    // In 400 years the calendar comes round, which bounds the steps below.
    let mut year = 1970 + days / 146_097 * 400;
    days %= 146_097;
    loop {
        let length = 365 + u64::from(is_leap(year));
        if days < length {
            break;
        }
        days -= length;
        year += 1;
    }
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let minutes = secs % 86_400 / 60;
    format!("{year}-{month:02}-{:02} {:02}:{:02} UTC", days + 1, minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_dates() {
        for (secs, wanted) in [
            (0, "1970-01-01 00:00 UTC"),
            (86_399, "1970-01-01 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (951_868_800, "2000-03-01 00:00 UTC"),
            (1_735_689_599, "2024-12-31 23:59 UTC"),
            (1_778_311_800, "2026-05-09 07:30 UTC"),
            (13_569_465_600, "2400-01-01 00:00 UTC"),
        ] {
            assert_eq!(utc(secs), wanted);
        }
    }

    #[test]
    fn machines_are_read_from_what_systems_tell() {
        let cpuinfo = "processor\t: 0\nmodel name\t: A \"fast\" one @ 2 GHz\nflags\t\t: fpu\n";
        assert_eq!(value_of(cpuinfo, "model name", ':').unwrap(), "A \"fast\" one @ 2 GHz");
        assert_eq!(
            value_of("NAME=x\nPRETTY_NAME=\"Some OS 12\"\n", "PRETTY_NAME", '=').unwrap(),
            "Some OS 12"
        );
        assert_eq!(value_of("BogoMIPS\t: 50.00\n", "model name", ':'), None);
        assert!(Machine::this().num_cores >= 1 && !Machine::this().processor.is_empty());
    }
}
