//! Plans in files: what `plan --out` writes and `apply PLAN` holds the world against.

use std::path::Path;

use anyhow::{Context, bail};
use lambdactl_diff::{Moved, SealedPlan};
use lambdactl_manifest::{LARGEST, read_file};

/// Writes a sealed plan.
pub(crate) fn write(path: &Path, sealed: &SealedPlan) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(sealed).context("cannot write the plan as JSON")?;
    std::fs::write(path, text + "\n").with_context(|| format!("cannot write the plan to {}", path.display()))
}

/// Reads a sealed plan.
pub(crate) fn read(path: &Path) -> anyhow::Result<SealedPlan> {
    let bytes = read_file(path, LARGEST).with_context(|| format!("cannot read the plan {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is not a plan that `plan --out` wrote", path.display()))
}

/// Refuses when anything is not as it was reviewed.
pub(crate) fn refuse(path: &Path, moved: &[Moved]) -> anyhow::Result<()> {
    if moved.is_empty() {
        return Ok(());
    }
    let reasons: Vec<String> = moved.iter().map(|moved| format!("  {moved}")).collect();
    bail!(
        "{} is not what would be applied now; nothing was changed\n{}\n  = help: make the plan again, and have it reviewed again",
        path.display(),
        reasons.join("\n")
    )
}
