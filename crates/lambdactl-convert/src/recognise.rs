//! Files that are no text of a known tool, told by how they begin.

use crate::converted::ConvertError;

/// What files begin with that cannot be read, and what to do about each.
const BEGINNINGS: [(&[u8], &str); 7] = [
    (
        b"PK\x03\x04",
        "it is a zip archive: for a plan that Terraform has saved, convert what `terraform show -json FILE` prints",
    ),
    (
        b"\xff\xfe",
        "it is UTF-16 text, as PowerShell writes it: save it as UTF-8 (`terraform show -json FILE | Out-File -Encoding utf8 plan.json`)",
    ),
    (
        b"\xfe\xff",
        "it is UTF-16 text, as PowerShell writes it: save it as UTF-8 (`terraform show -json FILE | Out-File -Encoding utf8 plan.json`)",
    ),
    (b"\x1f\x8b", "it is compressed with gzip: unpack it"),
    (b"$ANSIBLE_VAULT;", "it is encrypted by Ansible Vault: convert what `ansible-vault view FILE` prints"),
    (b"\0GITCRYPT", "it is encrypted by git-crypt: unlock the repository"),
    (b"age-encryption.org/", "it is encrypted by age: decrypt it"),
];

const JSONNET: &str =
    "it is Jsonnet, which is a program: convert what `lambroll render --function FILE` or `jsonnet FILE` prints";

/// Returns a file's text.
pub(crate) fn text_of<'a>(bytes: &'a [u8], name: &str) -> Result<&'a str, ConvertError> {
    if let Some((_, what)) = BEGINNINGS.iter().find(|(beginning, _)| bytes.starts_with(beginning)) {
        return Err(ConvertError::Form(what));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        let is_wide = bytes.len() > 4 && (bytes[1] == 0 || bytes[0] == 0);
        return Err(ConvertError::Form(if is_wide {
            "it is UTF-16 text: save it as UTF-8"
        } else {
            "it is not UTF-8"
        }));
    };
    if text.len() > 4 && (text.as_bytes()[0] == 0 || text.as_bytes()[1] == 0) {
        return Err(ConvertError::Form("it is UTF-16 text: save it as UTF-8"));
    }
    if [".jsonnet", ".libsonnet"].iter().any(|end| name.ends_with(end)) {
        return Err(ConvertError::Form(JSONNET));
    }
    Ok(text)
}

/// Returns a better reason why a text cannot be parsed, by what it looks like.
pub(crate) fn why_not(text: &str) -> Option<ConvertError> {
    let begins = |line: &str, words: &[&str]| words.iter().any(|word| line.trim_start().starts_with(word));
    let code = |line: &&str| !line.trim().is_empty() && !begins(line, &["//", "#", "/*", "*"]);
    let first = text.lines().find(code).unwrap_or_default();
    if begins(first, &["local "])
        || ["std.extVar(", "std.native(", "importstr ", "import '"].iter().any(|sign| text.contains(sign))
    {
        return Some(ConvertError::Form(JSONNET));
    }
    if begins(first, &["resource \"", "terraform {", "provider \"", "module \"", "variable \""]) {
        return Some(ConvertError::Form(
            "it is Terraform's configuration: plan, and convert what `terraform show -json PLAN` prints",
        ));
    }
    if begins(first, &["import ", "const ", "module.exports", "export "]) {
        return Some(ConvertError::Form(
            "it is a program: convert what it writes (`serverless print`, `cdk synth`, `terraform show -json`)",
        ));
    }
    if text.contains("{{") && first.trim_start().starts_with('{') {
        return Some(ConvertError::Form(
            "its templates (`{{ … }}`) stand where JSON has no text: convert what `lambroll render` prints",
        ));
    }
    if begins(first, &["{", "["]) && text.lines().any(|line| begins(line, &["//", "/*"])) {
        return Some(ConvertError::Form("it is JSON with comments, which JSON does not have: take them out"));
    }
    None
}
