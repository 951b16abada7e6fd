//! Hands the target on to `lambdactl version`; cargo tells it to build scripts only.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=LAMBDACTL_TARGET={}", std::env::var("TARGET").unwrap_or_default());
}
