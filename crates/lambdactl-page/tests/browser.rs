//! What a browser makes of a page: `tests/python/browser.py` opens it in headless Chromium.
#![allow(clippy::unwrap_used, missing_docs)]

mod sample;

use std::io::Write;
use std::path::Path;
use std::process::Command;

use lambdactl_page::{Page, PageFunction, PageLocation, Standing, render};

/// The browser's names, as the script has them.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Whether Python and a browser are here; said aloud where not.
fn is_here() -> bool {
    let runs = |name: &str| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    let is_here = runs("python3") && BROWSERS.into_iter().any(runs);
    if !is_here {
        println!("left out: Python 3 or Chromium is not here (Debian's packages: python3, chromium)");
    }
    is_here
}

/// Opens a page, and returns what the script found, without blanks.
fn found(page: &Page) -> String {
    let mut file = tempfile::Builder::new().suffix(".html").tempfile().unwrap();
    file.write_all(render(page).as_bytes()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/python/browser.py");
    let ran = Command::new("python3").arg(script).arg("check").arg(file.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let said = String::from_utf8(ran.stdout).unwrap();
    said.replace(": ", ":").replace(", ", ",")
}

#[test]
fn page_works_in_a_browser() {
    if !is_here() {
        return;
    }
    let found = found(&sample::page());
    for expected in [
        "\"complaints\":[]",
        "\"rows\":53",
        // Everything that can be used has a name, and every id is one.
        "\"nameless\":[],\"ids\":0",
        "\"searched\":1,\"said\":\"1 of 53 shown\",\"address\":\"#search=CHECKOUT+timeout\"",
        "\"nothing\":0,\"nothing_said\":true",
        "\"failed\":1,\"in_step\":49",
        // Scripts of others do not run.
        "\"evil\":null,\"refused\":true",
        "\"reloaded\":[\"checkout\",1]",
        "\"wide_320\":{\"width\":320,\"page\":320,\"wide\":[]}",
        "\"wide_390\":{\"width\":390,\"page\":390,\"wide\":[]}",
        "\"wide_1200\":{\"width\":1200,\"page\":1200,\"wide\":[]}",
        "\"schemes\":[\"rgb(246,247,249)\",\"rgb(14,17,22)\"]",
        // Without scripts there is no field to search in, and the filters work.
        "\"plain\":[false,1]",
    ] {
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

/// Long names and lines, and what is markup elsewhere, are texts of a page that is no wider for them.
#[test]
fn nothing_that_others_write_is_obeyed_or_too_wide() {
    if !is_here() {
        return;
    }
    let evil =
        "</style></script></pre><script>window.evil=1</script><img src=http://evil.example/x onerror=window.evil=2>";
    let function = PageFunction {
        name: format!("{}{evil}", "long".repeat(60)),
        standing: Standing::Failed,
        status: evil.to_owned(),
        state: Some("Active".repeat(20)),
        lines: vec![format!("+ {}", "x".repeat(1_500)), evil.to_owned(), format!("- {}", "W\u{202e}".repeat(300))],
        notes: vec!["n".repeat(900), evil.to_owned()],
        ..PageFunction::default()
    };
    let location = PageLocation {
        name: Some("location".repeat(30)),
        region: "r".repeat(200),
        summary: Some("s".repeat(500)),
        functions: vec![function],
        ..PageLocation::default()
    };
    let page = Page { title: evil.repeat(3), locations: vec![location.clone(), location], ..Page::default() };
    let found = found(&page);
    for expected in [
        "\"complaints\":[]",
        "\"evil\":null",
        "\"failed\":2",
        "\"wide_320\":{\"width\":320,\"page\":320,\"wide\":[]}",
        "\"wide_1200\":{\"width\":1200,\"page\":1200,\"wide\":[]}",
    ] {
        assert!(found.contains(expected), "{expected}: {found}");
    }
}
