//! Whether a package has what `Handler` names. How the runtimes look for it: their public interface clients (awslambdaric for
//! Python, Node.js and Ruby), and AWS documentation for the others.

use crate::contents::Contents;

/// What a package lacks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// The handler has not the form that the runtime wants, such as `app.handler`.
    Form(&'static str),
    /// There is no such file.
    File(String),
}

/// Returns what a package lacks to run a handler, where that can be said surely. Layers may have it instead: whoever has some
/// is not asked.
pub(crate) fn lack(runtime: &str, handler: &str, contents: &Contents) -> Option<Lack> {
    if !contents.is_known() {
        return None;
    }
    let family = runtime.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.' || letter == 'x');
    match family {
        "python" => python(handler, contents),
        "nodejs" => nodejs(handler, contents),
        "ruby" => ruby(handler, contents),
        _ if runtime.starts_with("provided") => {
            (!contents.has("bootstrap")).then(|| Lack::File("bootstrap".to_owned()))
        }
        _ if runtime.starts_with("java") => {
            let has_code = contents.has_between("", ".class") || contents.has_between("", ".jar");
            (!has_code).then(|| Lack::File("*.class".to_owned()))
        }
        _ if runtime.starts_with("dotnet") => {
            let assembly = handler.split("::").next().unwrap_or_default();
            let name = format!("{assembly}.dll");
            // A program of its own brings its runtime.
            let is_there = assembly.is_empty() || contents.has(&name) || contents.has("bootstrap");
            (!is_there).then_some(Lack::File(name))
        }
        _ => None,
    }
}

/// `folder/module.function` or `folder.module.function`: what is before the last dot is imported.
fn python(handler: &str, contents: &Contents) -> Option<Lack> {
    let Some((module, _)) = handler.rsplit_once('.') else { return Some(Lack::Form("MODULE.FUNCTION")) };
    let path = module.replace('.', "/");
    let path = path.trim_start_matches('/');
    let is_there =
        [".py", ".pyc", "/__init__.py", "/__init__.pyc", ".so"].iter().any(|end| contents.has(&format!("{path}{end}")))
            || contents.has_between(&format!("{path}."), ".so");
    (!is_there).then(|| Lack::File(format!("{path}.py")))
}

/// `folder/file.export`: the file's name ends at the first dot of its last part.
fn nodejs(handler: &str, contents: &Contents) -> Option<Lack> {
    let (folder, base) = match handler.rsplit_once('/') {
        Some((folder, base)) => (format!("{}/", folder.trim_start_matches("./")), base),
        None => (String::new(), handler),
    };
    let Some((file, _)) = base.split_once('.') else { return Some(Lack::Form("FILE.FUNCTION")) };
    let path = format!("{folder}{file}");
    let path = path.trim_start_matches('/');
    let ends = [".js", ".mjs", ".cjs", ".node", ".json", "/index.js", "/index.mjs", "/package.json"];
    let is_there = |path: &str| ends.iter().any(|end| contents.has(&format!("{path}{end}")));
    let is_module = || is_there(&format!("node_modules/{path}"));
    (!is_there(path) && !is_module()).then(|| Lack::File(format!("{path}.js")))
}

/// `folder/file.method` or `folder/file.Class.method`: the file's name ends at the first dot.
fn ruby(handler: &str, contents: &Contents) -> Option<Lack> {
    let (path, _) = handler.split_once('.')?;
    let name = format!("{}.rb", path.trim_start_matches("./"));
    (!contents.has(&name)).then_some(Lack::File(name))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::write::SimpleFileOptions;
    use zip::{ZipArchive, ZipWriter};

    use super::*;

    fn contents(names: &[&str]) -> Contents {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            zip.start_file(*name, SimpleFileOptions::default()).expect("an entry");
            zip.write_all(b"x").expect("a byte");
        }
        let bytes = zip.finish().expect("an archive").into_inner();
        Contents::of(&mut ZipArchive::new(Cursor::new(bytes)).expect("an archive"))
    }

    #[test]
    fn what_a_runtime_would_find_is_there() {
        for (runtime, handler, name) in [
            ("python3.13", "app.handler", "app.py"),
            ("python3.13", "src/app.handler", "src/app.py"),
            ("python3.13", "src.app.handler", "src/app.py"),
            ("python3.13", "app.handler", "app/__init__.py"),
            ("python3.13", "app.handler", "app.cpython-313-x86_64-linux-gnu.so"),
            ("nodejs24.x", "index.handler", "index.js"),
            ("nodejs24.x", "index.handler", "index.mjs"),
            ("nodejs24.x", "src/index.api.handler", "src/index.cjs"),
            ("nodejs24.x", "lib.handler", "lib/index.js"),
            ("nodejs24.x", "tool/dist.handler", "node_modules/tool/dist.js"),
            ("ruby3.4", "function.handler", "function.rb"),
            ("ruby3.4", "lib/function.Module::Class.handler", "lib/function.rb"),
            ("provided.al2023", "anything", "bootstrap"),
            ("java25", "a.B::c", "a/B.class"),
            ("java25", "a.B::c", "lib/a.jar"),
            ("dotnet10", "Assembly::Type::Method", "Assembly.dll"),
            ("unheard1.x", "a.b", "x.py"),
        ] {
            assert_eq!(lack(runtime, handler, &contents(&[name])), None, "{runtime} {handler} {name}");
        }
    }

    #[test]
    fn what_no_runtime_would_find_is_said() {
        let file = |name: &str| Some(Lack::File(name.to_owned()));
        for (runtime, handler, name, expected) in [
            ("python3.13", "handlers/madeUp.default", "app.py", file("handlers/madeUp.py")),
            ("python3.13", "nope.handler", "app.py", file("nope.py")),
            ("python3.13", "app", "app.py", Some(Lack::Form("MODULE.FUNCTION"))),
            ("python3.13", "app.handler", "pkg/app.py", file("app.py")),
            ("nodejs22.x", "src/idx.handler", "idx.js", file("src/idx.js")),
            ("nodejs22.x", "index", "index.js", Some(Lack::Form("FILE.FUNCTION"))),
            ("ruby3.4", "other.handler", "function.rb", file("other.rb")),
            ("provided.al2023", "x", "main.js", file("bootstrap")),
            ("provided.al2023", "x", "bin/bootstrap", file("bootstrap")),
            ("java21", "a.B::c", "a/B.js", file("*.class")),
            ("dotnet8", "Mine::T::M", "Other.dll", file("Mine.dll")),
        ] {
            assert_eq!(lack(runtime, handler, &contents(&[name])), expected, "{runtime} {handler} {name}");
        }
        assert_eq!(contents(&["pkg/app.py"]).folder_with("app.py"), Some("pkg"));
        assert_eq!(contents(&["app.py"]).folder_with("app.py"), None);
    }
}
