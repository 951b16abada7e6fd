//! Takes whatever the fuzzer makes up for a saved plan; see `checks/saved_plan.rs` for what must hold, and CONTRIBUTING.md for how to
//! run it.
#![no_main]

#[path = "checks/desired.rs"]
mod desired;
#[path = "checks/saved_plan.rs"]
mod saved_plan;

libfuzzer_sys::fuzz_target!(|text: &[u8]| saved_plan::check(text));
