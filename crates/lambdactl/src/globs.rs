use anyhow::{Context, bail};
use globset::{Glob, GlobSet};

/// Characters of a pattern for names, which have 140 at most. What takes globset's stack has many more.
const LONGEST: usize = 1024;

/// Makes a pattern of what a flag was given.
pub(crate) fn glob(flag: &'static str, pattern: &str) -> anyhow::Result<GlobSet> {
    let length = pattern.chars().count();
    if length > LONGEST {
        bail!("the glob of {flag} has {length} characters, and {LONGEST} are allowed");
    }
    let is_none = || format!("{flag} {pattern} is not a glob");
    // A single glob panics where it is too deep for the library; a set of one says so.
    GlobSet::builder().add(Glob::new(pattern).with_context(is_none)?).build().with_context(is_none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_or_deep_pattern_is_an_error() {
        assert!(glob("--target", "report-*").unwrap().is_match("report-1"));
        for pattern in ["*", "?", "a", "{", "{a,", "[", "**/"] {
            assert!(glob("--target", &pattern.repeat(100_000)).unwrap_err().to_string().contains("1024 are allowed"));
            // Below the limit it is a pattern or an error.
            let _ = glob("--target", &pattern.repeat(LONGEST / pattern.len()));
            for depth in [10, 100, 250, 340] {
                let _ = glob("--target", &format!("{}{}", pattern.repeat(depth), "}".repeat(depth)));
            }
        }
    }
}
