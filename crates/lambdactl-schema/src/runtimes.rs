//! The calendar of runtimes: when AWS stops patching one, and when it stops creating functions with it.
//!
//! AWS moves these dates often, so they are data with a date, and `--as-of` and `--allow-unknown` are the ways past
//! them.

use jiff::civil::{Date, date};

/// The day of the documentation that [`CALENDAR`] was taken from: AWS Lambda runtimes, as published for cfn-lint 1.58.0.
pub const CALENDAR_DATE: Date = date(2026, 10, 20);

/// What AWS has announced for a runtime.
#[derive(Clone, Copy, Debug)]
pub struct RuntimeDates {
    /// The runtime's identifier.
    pub name: &'static str,
    /// From when on it gets no security patches.
    pub deprecated: Date,
    /// From when on no function can be created with it.
    pub create_blocked: Date,
    /// From when on no function that has it can be updated.
    pub update_blocked: Date,
    /// What to move to.
    pub successor: Option<&'static str>,
}

const fn row(
    name: &'static str,
    deprecated: Date,
    create_blocked: Date,
    update_blocked: Date,
    successor: &'static str,
) -> RuntimeDates {
    let successor = if successor.is_empty() { None } else { Some(successor) };
    RuntimeDates { name, deprecated, create_blocked, update_blocked, successor }
}

/// Every runtime with announced dates. Newer ones (`nodejs26.x`, `python3.15`, `java8.al2023`, …) have none yet.
#[rustfmt::skip]
pub const CALENDAR: &[RuntimeDates] = &[
    row("dotnet6", date(2024, 12, 20), date(2027, 2, 1), date(2027, 3, 3), "dotnet10"),
    row("dotnet8", date(2026, 11, 10), date(2027, 2, 1), date(2027, 3, 3), "dotnet10"),
    row("dotnet10", date(2028, 11, 14), date(2028, 12, 14), date(2029, 1, 15), ""),
    row("dotnetcore1.0", date(2019, 6, 27), date(2019, 6, 30), date(2019, 7, 30), "dotnet10"),
    row("dotnetcore2.0", date(2019, 5, 30), date(2019, 4, 30), date(2019, 5, 30), "dotnet10"),
    row("dotnetcore2.1", date(2022, 1, 5), date(2022, 1, 5), date(2022, 4, 13), "dotnet10"),
    row("dotnetcore3.1", date(2023, 4, 3), date(2023, 4, 3), date(2023, 5, 3), "dotnet10"),
    row("go1.x", date(2024, 1, 8), date(2024, 2, 8), date(2027, 3, 3), "provided.al2023"),
    row("java8", date(2024, 1, 8), date(2024, 2, 8), date(2027, 3, 3), "java25"),
    row("java8.al2", date(2027, 6, 30), date(2027, 7, 31), date(2027, 8, 31), "java25"),
    row("java11", date(2027, 6, 30), date(2027, 7, 31), date(2027, 8, 31), "java25"),
    row("java17", date(2027, 6, 30), date(2027, 7, 31), date(2027, 8, 31), "java25"),
    row("java21", date(2029, 6, 30), date(2029, 7, 31), date(2029, 8, 31), "java25"),
    row("java25", date(2029, 6, 30), date(2029, 7, 31), date(2029, 8, 31), ""),
    row("nodejs", date(2016, 8, 30), date(2016, 9, 30), date(2016, 10, 31), "nodejs24.x"),
    row("nodejs4.3", date(2020, 3, 5), date(2020, 2, 3), date(2020, 3, 5), "nodejs24.x"),
    row("nodejs4.3-edge", date(2020, 3, 5), date(2019, 3, 31), date(2019, 4, 30), "nodejs24.x"),
    row("nodejs6.10", date(2019, 8, 12), date(2019, 7, 12), date(2019, 8, 12), "nodejs24.x"),
    row("nodejs8.10", date(2020, 3, 6), date(2020, 2, 4), date(2020, 3, 6), "nodejs24.x"),
    row("nodejs10.x", date(2021, 7, 30), date(2021, 7, 30), date(2022, 2, 14), "nodejs24.x"),
    row("nodejs12.x", date(2023, 3, 31), date(2023, 3, 31), date(2023, 4, 30), "nodejs24.x"),
    row("nodejs14.x", date(2023, 12, 4), date(2024, 1, 9), date(2027, 3, 3), "nodejs24.x"),
    row("nodejs16.x", date(2024, 6, 12), date(2027, 2, 1), date(2027, 3, 3), "nodejs24.x"),
    row("nodejs18.x", date(2025, 9, 1), date(2027, 2, 1), date(2027, 3, 3), "nodejs24.x"),
    row("nodejs20.x", date(2026, 4, 30), date(2027, 2, 1), date(2027, 3, 3), "nodejs24.x"),
    row("nodejs22.x", date(2027, 4, 30), date(2027, 6, 1), date(2027, 7, 1), "nodejs24.x"),
    row("nodejs24.x", date(2028, 4, 30), date(2028, 6, 1), date(2028, 7, 1), ""),
    row("provided", date(2024, 1, 8), date(2024, 2, 8), date(2027, 3, 3), "provided.al2023"),
    row("provided.al2", date(2026, 7, 31), date(2027, 2, 1), date(2027, 3, 3), "provided.al2023"),
    row("provided.al2023", date(2029, 6, 30), date(2029, 7, 31), date(2029, 8, 31), ""),
    row("python2.7", date(2021, 7, 15), date(2021, 7, 15), date(2022, 5, 30), "python3.14"),
    row("python3.6", date(2022, 7, 18), date(2022, 7, 18), date(2022, 8, 29), "python3.14"),
    row("python3.7", date(2023, 12, 4), date(2024, 1, 9), date(2027, 3, 3), "python3.14"),
    row("python3.8", date(2024, 10, 14), date(2027, 2, 1), date(2027, 3, 3), "python3.14"),
    row("python3.9", date(2025, 12, 15), date(2027, 2, 1), date(2027, 3, 3), "python3.14"),
    row("python3.10", date(2026, 10, 31), date(2027, 2, 1), date(2027, 3, 3), "python3.14"),
    row("python3.11", date(2027, 6, 30), date(2027, 7, 31), date(2027, 8, 31), "python3.14"),
    row("python3.12", date(2028, 10, 31), date(2028, 11, 30), date(2029, 1, 10), "python3.14"),
    row("python3.13", date(2029, 6, 30), date(2029, 7, 31), date(2029, 8, 31), "python3.14"),
    row("python3.14", date(2029, 6, 30), date(2029, 7, 31), date(2029, 8, 31), ""),
    row("ruby2.5", date(2021, 7, 30), date(2021, 7, 30), date(2022, 3, 31), "ruby4.0"),
    row("ruby2.7", date(2023, 12, 7), date(2024, 1, 9), date(2027, 3, 3), "ruby4.0"),
    row("ruby3.2", date(2026, 3, 31), date(2027, 2, 1), date(2027, 3, 3), "ruby4.0"),
    row("ruby3.3", date(2027, 3, 31), date(2027, 4, 30), date(2027, 5, 31), "ruby4.0"),
    row("ruby3.4", date(2028, 3, 31), date(2028, 4, 30), date(2028, 5, 31), "ruby4.0"),
    row("ruby4.0", date(2029, 3, 31), date(2029, 4, 30), date(2029, 5, 31), ""),
];

/// Returns what AWS has announced for a runtime.
pub fn dates(runtime: &str) -> Option<&'static RuntimeDates> {
    CALENDAR.iter().find(|row| row.name == runtime)
}

/// Whether SnapStart takes snapshots of functions with a runtime: Java from 11, Python from 3.12 and .NET from 8 on
/// (AWS documentation).
pub fn supports_snap_start(runtime: &str) -> bool {
    let version = |prefix: &str| -> Option<u32> { runtime.strip_prefix(prefix)?.split('.').next()?.parse().ok() };
    version("java").is_some_and(|version| version >= 11)
        || version("python3.").is_some_and(|version| version >= 12)
        || version("dotnet").is_some_and(|version| version >= 8)
}

/// Whether Lambda Managed Instances run functions with a runtime (as other emulators list them; unverified).
pub fn supports_managed_instances(runtime: &str) -> bool {
    const SUPPORTED: [&str; 9] = [
        "dotnet8",
        "dotnet10",
        "java21",
        "java25",
        "nodejs22.x",
        "nodejs24.x",
        "provided.al2023",
        "python3.13",
        "python3.14",
    ];
    SUPPORTED.contains(&runtime)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Runtime;

    #[test]
    fn calendar_names_runtimes_and_successors_of_the_model() {
        for row in CALENDAR {
            assert!(Runtime::KNOWN.contains(&row.name), "{}", row.name);
            if let Some(successor) = row.successor {
                assert!(dates(successor).is_some_and(|dates| dates.deprecated > CALENDAR_DATE), "{successor}");
            }
            assert!(row.create_blocked <= row.update_blocked, "{}", row.name);
        }
    }

    #[test]
    fn snap_start_begins_at_a_version() {
        for (runtime, supported) in [
            ("java11", true),
            ("java8.al2023", false),
            ("java25", true),
            ("python3.11", false),
            ("python3.12", true),
            ("dotnet6", false),
            ("dotnet8", true),
            ("dotnetcore3.1", false),
            ("nodejs24.x", false),
            ("provided.al2023", false),
        ] {
            assert_eq!(supports_snap_start(runtime), supported, "{runtime}");
        }
    }
}
