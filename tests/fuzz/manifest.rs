//! Reads and validates whatever the fuzzer makes up; see `invariants.rs` for what must hold, and CONTRIBUTING.md for how
//! to run it.
#![no_main]

mod invariants;

libfuzzer_sys::fuzz_target!(|text: &[u8]| invariants::check(text));
