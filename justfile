# The commands of CONTRIBUTING.md under short names.

# What must pass before a commit.
check: format lint doc test tools

test:
    cargo test --workspace

format:
    cargo fmt --all --check

lint:
    cargo clippy --workspace --all-targets -- -D warnings

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Rewrites golden texts, the schema file and the reference pages.
golden:
    UPDATE_GOLDEN=1 cargo test -p lambdactl-tests --test golden --test rule-cases --test reference

# Workflows, action, scripts and Dockerfile.
tools:
    ci/lint.sh

deny:
    cargo deny --locked check advisories bans licenses sources
