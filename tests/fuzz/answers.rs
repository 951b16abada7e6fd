//! Gives the client whatever the fuzzer makes up as the answer of a service; see `checks/answers.rs` for what must hold, and CONTRIBUTING.md for how to
//! run it.
#![no_main]

#[path = "checks/account.rs"]
mod account;
#[path = "checks/answers.rs"]
mod answers;
#[path = "checks/desired.rs"]
mod desired;

libfuzzer_sys::fuzz_target!(|text: &[u8]| answers::check(text));
