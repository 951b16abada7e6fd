# The commands of CONTRIBUTING.md under short names.

# What must pass before a commit.
check: format lint doc test

test:
    cargo test --workspace

format:
    cargo fmt --all --check

lint:
    cargo clippy --workspace --all-targets -- -D warnings

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Rewrites golden texts and the schema file.
golden:
    UPDATE_GOLDEN=1 cargo test -p lambdactl-tests --test golden

deny:
    cargo deny check bans licenses sources
