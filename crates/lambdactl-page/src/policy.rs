//! What the page may load and run: its own script and its own style, told by their digests, and nothing of anybody else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The style of the page, as it stands in it.
pub(crate) const STYLE: &str = include_str!("page.css");
/// The script of the page, as it stands in it. Without it the page shows the same, and has no field to search in.
pub(crate) const SCRIPT: &str = include_str!("page.js");

/// Returns the value of the header `Content-Security-Policy` for whoever serves a page.
pub fn content_security_policy() -> String {
    // Browsers take this directive from a header only, and complain about it in a file.
    format!("{}; frame-ancestors 'none'", of_file())
}

/// Returns the policy that the file carries itself.
pub(crate) fn of_file() -> String {
    let (script, style) = (digest(SCRIPT), digest(STYLE));
    format!(
        "default-src 'none'; script-src {script}; style-src {style}; img-src data:; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

fn digest(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}
