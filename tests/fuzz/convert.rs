//! Converts whatever the fuzzer makes up; see `checks/convert.rs` for what must hold, and CONTRIBUTING.md for how to
//! run it.
#![no_main]

#[path = "checks/convert.rs"]
mod convert;

libfuzzer_sys::fuzz_target!(|text: &[u8]| convert::check(text));
