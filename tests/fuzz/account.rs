//! Compares the manifest with whatever the fuzzer makes up as an account; see `checks/account.rs` for what must hold, and CONTRIBUTING.md for how to
//! run it.
#![no_main]

#[path = "checks/account.rs"]
mod account;
#[path = "checks/desired.rs"]
mod desired;

libfuzzer_sys::fuzz_target!(|text: &[u8]| account::check(text));
