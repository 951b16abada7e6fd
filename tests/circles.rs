//! Finds which files of a crate import which other ones, and the circles among them.
//!
//! Only what is built without tests counts. A `mod` declaration is no import; a `use`, a path in code, in a macro's
//! arguments or in an attribute is one. What is imported through a re-export is imported from where it stands.

use std::collections::{BTreeMap, BTreeSet};

use syn::buffer::{Cursor, TokenBuffer};
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{Attribute, ImplItem, Item, ItemMod, ItemUse, Meta, Token, UseTree, Visibility};

/// For each file of a crate the files that it imports.
pub(crate) type Imports = BTreeMap<String, BTreeSet<String>>;

/// Finds the imports between a crate's files, whose paths are those below `src`. Files that no module of the built crate
/// declares are left out.
///
/// # Panics
/// If a file is no Rust, or if the crate's root or a declared module has none.
pub(crate) fn imports(sources: &BTreeMap<String, String>) -> Imports {
    let root =
        ["lib.rs", "main.rs"].into_iter().find(|root| sources.contains_key(*root)).expect("the crate has a root");
    let mut modules = Modules::default();
    modules.read(sources, root, Vec::new());
    modules.imports()
}

/// Finds the sets of files each of which reaches all others of its set.
pub(crate) fn circles(imports: &Imports) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        imports.keys().map(|file| (file, reach(imports, file))).collect();
    let mut found: Vec<BTreeSet<String>> = Vec::new();
    for (file, there) in &reached {
        let circle = there.iter().filter(|other| reached[**other].contains(file)).map(|file| (*file).clone());
        let circle: BTreeSet<String> = circle.collect();
        if circle.len() > 1 && !found.contains(&circle) {
            found.push(circle);
        }
    }
    found
}

fn reach<'a>(imports: &'a Imports, from: &'a String) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        open.extend(imports[file].iter().filter(|next| reached.insert(*next)));
    }
    reached
}

/// The modules of a crate by their paths.
#[derive(Default)]
struct Modules(BTreeMap<Vec<String>, Module>);

#[derive(Default)]
struct Module {
    /// Usually one; two where a platform has a file of its own.
    files: BTreeSet<String>,
    /// The items that are defined here.
    items: BTreeSet<String>,
    /// The names that `use` brings in.
    uses: Vec<Binding>,
    /// What the code of each file names.
    paths: Vec<(String, Vec<String>)>,
}

struct Binding {
    /// Absent for `*`.
    name: Option<String>,
    path: Vec<String>,
    is_public: bool,
}

impl Modules {
    /// Reads a file, and those of the modules that it declares.
    fn read(&mut self, sources: &BTreeMap<String, String>, file: &str, module: Vec<String>) {
        let text = sources.get(file).unwrap_or_else(|| panic!("there is no {file}"));
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        self.0.entry(module.clone()).or_default().files.insert(file.to_owned());
        let mut reader = Reader { modules: self, file, module, declared: Vec::new() };
        reader.visit_file(&parsed);
        for Declared { module, paths } in reader.declared {
            let folder = module.join("/");
            let usual = [format!("{folder}.rs"), format!("{folder}/mod.rs")];
            let beside = file.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
            let named = paths.into_iter().map(|path| format!("{beside}{path}"));
            let files: Vec<String> = usual.into_iter().filter(|file| sources.contains_key(file)).chain(named).collect();
            assert!(!files.is_empty(), "{file} declares {folder}, which has no file");
            for file in files {
                self.read(sources, &file, module.clone());
            }
        }
    }

    fn imports(&self) -> Imports {
        let files = self.0.values().flat_map(|module| &module.files);
        let mut imports: Imports = files.map(|file| (file.clone(), BTreeSet::new())).collect();
        for (place, module) in &self.0 {
            for (file, path) in &module.paths {
                let targets = self.resolve(place, path, 0);
                let others = targets.iter().flat_map(|target| &self.0[target].files).filter(|other| *other != file);
                imports.get_mut(file).expect("each file is in a module").extend(others.cloned());
            }
        }
        imports
    }

    /// Returns the modules in which that stands which a path names; none if it is of another crate.
    fn resolve(&self, from: &[String], path: &[String], depth: usize) -> BTreeSet<Vec<String>> {
        let none = BTreeSet::new();
        let Some((first, rest)) = path.split_first() else { return none };
        let child = [from, std::slice::from_ref(first)].concat();
        match first.as_str() {
            "crate" => self.within(&[], rest, depth),
            "self" => self.within(from, rest, depth),
            // `super::super` comes back here, as the path of the parent.
            "super" => {
                let parent = &from[..from.len().saturating_sub(1)];
                match rest.first().map(String::as_str) {
                    Some("super") => self.resolve(parent, rest, depth),
                    _ => self.within(parent, rest, depth),
                }
            }
            _ if self.0.contains_key(&child) => self.within(&child, rest, depth),
            _ if depth < DEEPEST => {
                let bindings = self.0[from].uses.iter().filter(|binding| binding.name.as_ref() == Some(first));
                // An import of a crate of that name (`use serde::de;` beside `de::Error`) is its own binding.
                let bindings = bindings.filter(|binding| binding.path.first() != Some(first));
                bindings.flat_map(|binding| self.resolve(from, &[&binding.path, rest].concat(), depth + 1)).collect()
            }
            _ => none,
        }
    }

    /// Follows the rest of a path that has come to a module.
    fn within(&self, module: &[String], path: &[String], depth: usize) -> BTreeSet<Vec<String>> {
        let here = BTreeSet::from([module.to_owned()]);
        let Some((first, rest)) = path.split_first() else { return here };
        let child = [module, std::slice::from_ref(first)].concat();
        if self.0.contains_key(&child) {
            return self.within(&child, rest, depth);
        }
        let known = &self.0[module];
        if known.items.contains(first) || depth >= DEEPEST {
            return here;
        }
        let mut targets = BTreeSet::new();
        for binding in &known.uses {
            match &binding.name {
                Some(name) if name == first => {
                    targets.extend(self.resolve(module, &[&binding.path, rest].concat(), depth + 1));
                    // What is borrowed from a parent's own imports depends on the parent.
                    targets.extend((!binding.is_public).then(|| module.to_owned()));
                }
                None if binding.is_public => {
                    let others = self.resolve(module, &binding.path, depth + 1);
                    let others = others.iter().filter(|other| self.provides(other, first, depth + 1));
                    targets.extend(others.flat_map(|other| self.within(other, path, depth + 1)));
                }
                _ => {}
            }
        }
        if targets.is_empty() { here } else { targets }
    }

    /// Whether a module has something of this name, of its own or by a re-export.
    fn provides(&self, module: &[String], name: &String, depth: usize) -> bool {
        let known = &self.0[module];
        let by_glob = |binding: &Binding| {
            let others = self.resolve(module, &binding.path, depth + 1);
            others.iter().any(|other| self.provides(other, name, depth + 1))
        };
        known.items.contains(name)
            || self.0.contains_key(&[module, std::slice::from_ref(name)].concat())
            || known.uses.iter().filter(|binding| binding.is_public && depth < DEEPEST).any(|binding| {
                match &binding.name {
                    Some(own) => own == name,
                    None => by_glob(binding),
                }
            })
    }
}

/// Where following re-exports of re-exports ends.
const DEEPEST: usize = 16;

/// A `mod name;` and the files that its attributes name.
struct Declared {
    module: Vec<String>,
    paths: Vec<String>,
}

struct Reader<'a> {
    modules: &'a mut Modules,
    file: &'a str,
    module: Vec<String>,
    declared: Vec<Declared>,
}

impl Reader<'_> {
    fn here(&mut self) -> &mut Module {
        self.modules.0.entry(self.module.clone()).or_default()
    }

    fn path(&mut self, path: Vec<String>) {
        let file = self.file.to_owned();
        self.here().paths.push((file, path));
    }

    fn use_tree(&mut self, tree: &UseTree, mut path: Vec<String>, is_public: bool) {
        let (name, last) = match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                return self.use_tree(&tree.tree, path, is_public);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.use_tree(tree, path.clone(), is_public));
            }
            UseTree::Glob(_) => (None, None),
            UseTree::Name(tree) => (Some(tree.ident.to_string()), Some(tree.ident.to_string())),
            UseTree::Rename(tree) => (Some(tree.rename.to_string()), Some(tree.ident.to_string())),
        };
        // `use a::{self}` binds `a`.
        let is_self = last.as_deref() == Some("self") && !path.is_empty();
        let name = if name.as_deref() == Some("self") { path.last().cloned() } else { name };
        path.extend(last.filter(|_| !is_self));
        self.path(path.clone());
        self.here().uses.push(Binding { name, path, is_public });
    }

    /// Notes the paths in tokens that are not parsed.
    fn tokens(&mut self, mut cursor: Cursor<'_>, texts_are_paths: bool) {
        while !cursor.eof() {
            if let Some((first, mut next)) = cursor.ident() {
                let mut path = vec![first.to_string()];
                while let Some((segment, after)) = double_colon(next).and_then(Cursor::ident) {
                    path.push(segment.to_string());
                    next = after;
                }
                if path.len() > 1 {
                    self.path(path);
                }
                cursor = next;
            } else if let Some((inside, _, _, next)) = cursor.any_group() {
                self.tokens(inside, texts_are_paths);
                cursor = next;
            } else if let Some((literal, next)) = cursor.literal().filter(|_| texts_are_paths) {
                let path = literal.to_string();
                if let Ok(path) = syn::parse_str::<syn::Path>(path.trim_matches('"')) {
                    self.visit_path(&path);
                }
                cursor = next;
            } else {
                cursor = cursor.token_tree().expect("this is not the end").1;
            }
        }
    }
}

fn double_colon(cursor: Cursor<'_>) -> Option<Cursor<'_>> {
    let (first, cursor) = cursor.punct()?;
    let (second, cursor) = cursor.punct()?;
    (first.as_char() == ':' && second.as_char() == ':').then_some(cursor)
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name) = match item {
            Item::Const(item) => (&item.attrs, Some(&item.ident)),
            Item::Enum(item) => (&item.attrs, Some(&item.ident)),
            Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
            Item::Impl(item) => (&item.attrs, None),
            Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
            Item::Mod(item) => (&item.attrs, None),
            Item::Static(item) => (&item.attrs, Some(&item.ident)),
            Item::Struct(item) => (&item.attrs, Some(&item.ident)),
            Item::Trait(item) => (&item.attrs, Some(&item.ident)),
            Item::Type(item) => (&item.attrs, Some(&item.ident)),
            Item::Use(item) => (&item.attrs, None),
            _ => return syn::visit::visit_item(self, item),
        };
        if is_of_tests(attributes) {
            return;
        }
        self.here().items.extend(name.map(ToString::to_string));
        syn::visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if !matches!(item, ImplItem::Fn(function) if is_of_tests(&function.attrs)) {
            syn::visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        if item.content.is_some() {
            let file = self.file.to_owned();
            self.here().files.insert(file);
            syn::visit::visit_item_mod(self, item);
        } else if !self.module.ends_with(&["tests".to_owned()]) {
            let paths = item.attrs.iter().flat_map(files_named).collect();
            self.declared.push(Declared { module: self.module.clone(), paths });
        }
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.use_tree(&item.tree, Vec::new(), !matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            self.path(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        syn::visit::visit_path(self, path);
    }

    /// Who may see something is no import.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(TokenBuffer::new2(call.tokens.clone()).begin(), false);
    }

    /// serde and schemars take paths as texts.
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(TokenBuffer::new2(list.tokens.clone()).begin(), true);
        }
    }
}

/// Whether what has these attributes is built for tests only.
fn is_of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<Meta>().is_ok_and(|condition| needs_tests(&condition))
    })
}

fn needs_tests(condition: &Meta) -> bool {
    match condition {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => list
            .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            .is_ok_and(|conditions| conditions.iter().any(needs_tests)),
        _ => false,
    }
}

/// The files of `#[path = "…"]`, also under a condition.
fn files_named(attribute: &Attribute) -> Vec<String> {
    fn of(meta: &Meta) -> Vec<String> {
        match meta {
            Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => vec![text.value()],
                _ => Vec::new(),
            },
            Meta::List(list) if list.path.is_ident("cfg_attr") => list
                .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .map(|metas| metas.iter().flat_map(of).collect())
                .unwrap_or_default(),
            _ => Vec::new(),
        }
    }
    of(&attribute.meta)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect()
    }

    /// The circles of a crate, as a text.
    fn found(files: &[(&str, &str)]) -> String {
        let circles = circles(&imports(&sources(files)));
        let circles = circles.iter().map(|files| files.iter().cloned().collect::<Vec<_>>().join(" "));
        circles.collect::<Vec<_>>().join(", ")
    }

    /// What a file imports, as a text.
    fn imported(by: &str, files: &[(&str, &str)]) -> String {
        imports(&sources(files))[by].iter().cloned().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn two_files_that_import_each_other_are_a_circle() {
        let root = ("lib.rs", "mod a; mod b; mod c;");
        let (a, c) = (("a.rs", "use crate::b::B; pub struct A;"), ("c.rs", "use crate::a::A;"));
        assert_eq!(found(&[root, a, ("b.rs", "use crate::a::A; pub struct B;"), c]), "a.rs b.rs");
        assert_eq!(found(&[root, a, ("b.rs", "pub struct B;"), c]), "");
    }

    #[test]
    fn a_group_closes_a_circle_of_three() {
        let root = ("lib.rs", "mod a; mod b; mod c;");
        let (a, b) = (("a.rs", "use crate::b::{self, B};"), ("b.rs", "use super::c::C; pub struct B;"));
        assert_eq!(
            found(&[root, a, b, ("c.rs", "use {crate::{a::{A as Other}}, std::fmt}; struct C;")]),
            "a.rs b.rs c.rs"
        );
        assert_eq!(found(&[root, a, b, ("c.rs", "use std::{a, b}; struct C;")]), "");
    }

    #[test]
    fn a_path_in_code_is_an_import() {
        let root = ("lib.rs", "mod a; mod b;");
        let b = ("b.rs", "use crate::a::A; pub fn y() {}");
        for code in [
            "fn x() { crate::b::y(1) }",
            "fn x() -> super::b::Y { todo!() }",
            "fn x() { println!(\"{}\", (1, [crate::b::y()])) }",
            "fn x() { use crate::b; }",
            "impl crate::b::Y for A {}",
            "#[serde(with = \"crate::b\")] struct A;",
            "#[cfg(not(test))] fn x() { crate::b::y(1) }",
            "mod inner { fn x() { super::super::b::y() } }",
            "macro_rules! m { () => { $crate::b::y() } }",
        ] {
            assert_eq!(found(&[root, ("a.rs", code), b]), "a.rs b.rs", "{code}");
        }
        for code in [
            "/// [`crate::b::y`]\nfn x() { let text = \"crate::b::y\"; }",
            "pub(in crate::b) fn x() { serde::b::y() }",
            "mod b { pub fn y() {} } fn x() { b::y() }",
        ] {
            assert_eq!(found(&[root, ("a.rs", code), b]), "", "{code}");
        }
    }

    #[test]
    fn what_only_tests_import_makes_no_circle() {
        let root = ("lib.rs", "mod a; mod b;");
        let b = ("b.rs", "use crate::a::A;");
        for code in [
            "#[cfg(test)] mod tests { use crate::b::B; }",
            "#[cfg(test)] use crate::b::B;",
            "#[cfg(all(test, unix))] fn x() { crate::b::y() }",
            "impl A { #[cfg(test)] fn x() { crate::b::y() } }",
            "mod tests;",
        ] {
            let files = [root, ("a.rs", code), ("a/tests.rs", "use crate::b::B;"), b];
            assert_eq!(found(&files), "", "{code}");
            assert!(!imports(&sources(&files)).contains_key("a/tests.rs"));
        }
    }

    #[test]
    fn a_re_export_is_an_import_of_what_it_leads_to() {
        let root = ("lib.rs", "mod a; mod b; mod c; pub use b::B; pub use crate::c::*; pub const OWN: u8 = 1;");
        let (b, c) = (("b.rs", "pub struct B;"), ("c.rs", "pub use crate::b::B as Again; pub struct C;"));
        for (code, expected) in [
            ("use crate::B;", "b.rs"),
            ("use crate::C;", "c.rs"),
            ("use crate::Again;", "b.rs"),
            ("use crate::c::Again;", "b.rs"),
            ("fn a() { crate::B::new() }", "b.rs"),
            ("use crate::c; fn a() { c::Again::new() }", "b.rs c.rs"),
            ("use crate::OWN;", "lib.rs"),
            ("use super::*;", "lib.rs"),
        ] {
            assert_eq!(imported("a.rs", &[root, ("a.rs", code), b, c]), expected, "{code}");
        }
        assert_eq!(imported("lib.rs", &[root, ("a.rs", ""), b, c]), "b.rs c.rs");
    }

    #[test]
    fn a_folder_depends_on_its_children_only_where_it_uses_them() {
        let parent = "mod child; pub struct Item; ";
        let files = |parent: &'static str, child| [("main.rs", "mod p;"), ("p.rs", parent), ("p/child.rs", child)];
        assert_eq!(found(&files("mod child; pub struct Item;", "use super::Item;")), "");
        assert_eq!(imported("main.rs", &files(parent, "")), "");
        for uses in [
            "mod child; pub struct Item; use child::A;",
            "mod child; pub struct Item; pub(crate) use self::child::A;",
            "mod child; pub struct Item; fn x() { child::x() }",
        ] {
            assert_eq!(found(&files(uses, "use super::Item;")), "p.rs p/child.rs", "{uses}");
            assert_eq!(found(&files(uses, "use crate::p::Item;")), "p.rs p/child.rs", "{uses}");
            assert_eq!(found(&files(uses, "pub struct A;")), "", "{uses}");
        }
    }

    #[test]
    fn a_module_may_have_a_file_for_each_platform() {
        let root = ("lib.rs", "#[cfg_attr(not(unix), path = \"elsewhere.rs\")] mod a; mod b;");
        let files =
            [root, ("a.rs", "pub struct A;"), ("elsewhere.rs", "use crate::b::B;"), ("b.rs", "use crate::a::A;")];
        assert_eq!(found(&files), "b.rs elsewhere.rs");
    }
}
