//! The modules of a crate stand in levels, and none refers to a module of a level above its own.
//!
//! Each list below is in order, the lowest level first. A file belongs to the listed module with the longest name that its own begins
//! with. A name is followed through `pub use` to the module that defines it. Tests may refer to anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A level's name and its modules; the crate's root is "lib".
type Level = (&'static str, &'static [&'static str]);

const MACROS: &[Level] = &[
    ("errors", &["report"]),
    ("delimiters", &["group"]),
    ("sizes", &["size"]),
    ("syntax tree", &["expr", "ast"]),
    ("constants", &["consts"]),
    ("parse", &["cfg", "parse"]),
    ("entry", &["entry"]),
    ("expressions", &["calculus"]),
    ("layers", &["layers"]),
    ("check", &["check"]),
    ("plan", &["plan"]),
    ("expand", &["expand"]),
    ("interface", &["pipeline", "lib"]),
];

const LOOM: &[Level] = &[
    ("numerics", &["numerics", "shaders"]),
    ("plan", &["plan"]),
    ("number formats", &["dtype"]),
    ("error", &["error"]),
    ("files", &["files"]),
    ("kernels", &["kernels"]),
    ("layers", &["layers"]),
    ("run", &["run"]),
    ("weights", &["weights"]),
    ("inference", &["inference"]),
    ("archive", &["archive"]),
    ("data", &["data"]),
    ("losses and optimizers", &["training::loss", "training::custom", "training::optim"]),
    ("training steps", &["training::engine"]),
    ("runs", &["training::trainer::history", "training::trainer::run"]),
    ("files of runs", &["training::checkpoint"]),
    ("progress", &["training::progress"]),
    ("what devices do", &["training::trainer::backend"]),
    ("device", &["training::device"]),
    ("training", &["training"]),
    ("devices", &["devices"]),
    ("interface", &["interface", "lib"]),
];

#[test]
fn the_macro_refers_downwards() {
    let references = references(&read("loom-macros/src"));
    assert_eq!(faults("loom-macros", &references, MACROS), [""; 0]);
    assert_eq!(circles(&references), [""; 0], "these files refer to each other in a circle");
}

#[test]
fn the_library_refers_downwards() {
    let faults = faults("loom", &references(&read("loom/src")), LOOM);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A path in a file: where it ends, its parts, and the name that a `use` gives to what it leads to.
struct Mention<'a> {
    line: usize,
    parts: Vec<&'a str>,
    name: Option<&'a str>,
}

/// A module's file and the paths in it.
struct Module<'a> {
    file: &'a str,
    paths: Vec<Mention<'a>>,
}

/// A path from one module to another.
struct Reference {
    line: String,
    from: String,
    to: String,
}

/// The files below a folder of the workspace, each with its text.
fn read(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut files, mut folders) = (Vec::new(), vec![root.join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("the folder can be read").path();
            let name = path.strip_prefix(root).expect("it is below the root").to_str().expect("a name is text");
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(extension) if extension == "rs" => {
                    files.push((name.replace('\\', "/"), fs::read_to_string(&path).expect("a source file is text")));
                }
                _ => {}
            }
        }
    }
    files
}

/// The module of a file: "parse::stack" of "loom-macros/src/parse/stack.rs", and nothing of "src/lib.rs".
fn module_of(file: &str) -> String {
    let path = file.split_once("src/").map_or(file, |(_, path)| path).trim_end_matches(".rs");
    if path == "lib" { String::new() } else { path.trim_end_matches("/mod").replace('/', "::") }
}

/// The words and signs of a file up to its tests, each with its line, without comments and literals.
fn tokens(text: &str) -> Vec<(usize, &str)> {
    let (mut tokens, mut line) = (Vec::new(), 1);
    let mut rest = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let raw = rest.strip_prefix('r').map(|raw| raw.trim_start_matches('#')).filter(|raw| raw.starts_with('"'));
        let (len, is_code) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), false)
        } else if let Some(raw) = raw {
            let hashes = rest.len() - raw.len() - 1;
            let end = format!("\"{}", "#".repeat(hashes));
            (hashes + 2 + raw[1..].find(&end).map_or(0, |end| end + 1 + hashes), false)
        } else if first == '"' {
            let mut is_escaped = false;
            let is_end = |c: char| {
                let ends = c == '"' && !is_escaped;
                is_escaped = c == '\\' && !is_escaped;
                ends
            };
            (rest[1..].find(is_end).map_or(rest.len(), |end| end + 2), false)
        } else if rest.starts_with("'\\") {
            (rest[3..].find('\'').map_or(rest.len(), |end| end + 4), false)
        } else if first == '\'' && rest.chars().nth(2) == Some('\'') {
            (rest.chars().take(3).map(char::len_utf8).sum(), false)
        } else if rest.starts_with("::") {
            (2, true)
        } else {
            (word.max(first.len_utf8()), !first.is_whitespace())
        };
        if is_code {
            tokens.push((line, &rest[..len]));
        }
        line += rest[..len].matches('\n').count();
        rest = &rest[len..];
    }
    tokens
}

/// The paths of several parts, and all that a `use` names.
fn paths(text: &str) -> Vec<Mention<'_>> {
    let tokens = tokens(text);
    let is = |index: usize, sign: &str| tokens.get(index).is_some_and(|(_, token)| *token == sign);
    let (mut found, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let is_use = is(at, "use");
        if is_use || (is(at + 1, "::") && !is(at.wrapping_sub(1), "::")) {
            at += usize::from(is_use);
            tree(&tokens, &mut at, Vec::new(), is_use, &mut found);
        } else {
            at += 1;
        }
    }
    found
}

/// Reads one path, or those of a tree in braces, that begins with `parts`.
fn tree<'a>(
    tokens: &[(usize, &'a str)],
    at: &mut usize,
    mut parts: Vec<&'a str>,
    is_use: bool,
    found: &mut Vec<Mention<'a>>,
) {
    let token = |index: usize| tokens.get(index).map_or("", |(_, token)| *token);
    while let Some(&(line, part)) = tokens.get(*at) {
        *at += 1;
        if part == "{" {
            while *at < tokens.len() && token(*at) != "}" {
                match token(*at) {
                    "," => *at += 1,
                    _ => tree(tokens, at, parts.clone(), is_use, found),
                }
            }
            *at += 1;
            return;
        }
        parts.push(part);
        if token(*at) == "::" {
            *at += 1;
            continue;
        }
        let mut name = part;
        if token(*at) == "as" {
            name = token(*at + 1);
            *at += 2;
        }
        found.push(Mention { line, parts, name: is_use.then_some(name) });
        return;
    }
}

/// All references from one module of a crate to another.
fn references(files: &[(String, String)]) -> Vec<Reference> {
    let is_test = |file: &str| file.ends_with("/tests.rs") || file.contains("/tests/");
    let modules = files.iter().filter(|(file, _)| !is_test(file));
    let modules: BTreeMap<String, Module<'_>> =
        modules.map(|(file, text)| (module_of(file), Module { file, paths: paths(text) })).collect();
    let mut references = Vec::new();
    for (from, module) in &modules {
        // The path of a type's own item begins with the type, which a `use` names already.
        let is_type = |path: &&Mention<'_>| path.name.is_none() && path.parts[0].starts_with(char::is_uppercase);
        for path in module.paths.iter().filter(|path| !is_type(path)) {
            let to = resolve(&modules, from, &path.parts);
            if let Some(to) = to.filter(|to| to != from) {
                let line = format!("{}:{}", module.file, path.line);
                references.push(Reference { line, from: from.clone(), to });
            }
        }
    }
    references
}

/// The module that defines what a path in `from` leads to; nothing where that is no module of this crate.
fn resolve(modules: &BTreeMap<String, Module<'_>>, from: &str, parts: &[&str]) -> Option<String> {
    let child = |module: &str, part: &str| format!("{module}::{part}").trim_start_matches("::").to_owned();
    let used = |module: &str, part: &str| {
        let path = modules.get(module)?.paths.iter().find(|path| path.name == Some(part) && path.parts[0] != part);
        path.map(|path| &path.parts)
    };
    let is_name = |part: &str| modules.contains_key(&child(from, part)) || used(from, part).is_some();
    let (mut at, rest) = match parts {
        ["crate", rest @ ..] => (String::new(), rest),
        ["self", rest @ ..] => (from.to_owned(), rest),
        ["super", ..] => (from.to_owned(), parts),
        [first, ..] if is_name(first) => (from.to_owned(), parts),
        _ => return None,
    };
    for &part in rest {
        if part == "super" {
            at = at.rsplit_once("::").map_or(String::new(), |(parent, _)| parent.to_owned());
        } else if modules.contains_key(&child(&at, part)) {
            at = child(&at, part);
        } else if let Some(path) = used(&at, part) {
            at = resolve(modules, &at, path)?;
            if !at.ends_with(path.last().copied().unwrap_or_default()) {
                break;
            }
        } else {
            break;
        }
    }
    Some(at)
}

/// The references of a crate that go upwards.
fn faults(krate: &str, references: &[Reference], levels: &[Level]) -> Vec<String> {
    let ranked = levels.iter().enumerate();
    let places = ranked.flat_map(|(rank, (level, names))| names.iter().map(move |name| (rank, level, *name)));
    let place = |module: &str| {
        let module = if module.is_empty() { "lib" } else { module };
        let holds =
            |name: &str| module.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        let place = places.clone().filter(|(_, _, name)| holds(name)).max_by_key(|(_, _, name)| name.len());
        let (rank, level, _) =
            place.unwrap_or_else(|| panic!("the module `{module}` of {krate} is in no level; add it to the list"));
        (rank, level)
    };
    let mut faults = Vec::new();
    for Reference { line, from, to } in references {
        let ((rank, level), (above, upper)) = (place(from), place(to));
        if above > rank {
            faults.push(format!("{line}: `{from}` ({level}) refers to `{to}` ({upper}), which is above it"));
        }
    }
    println!("{krate}: {} references between modules, {} upwards", references.len(), faults.len());
    faults
}

/// The modules that refer to each other in a circle, and those between two circles.
fn circles(references: &[Reference]) -> Vec<&str> {
    let mut edges: BTreeSet<(&str, &str)> = references.iter().map(|r| (r.from.as_str(), r.to.as_str())).collect();
    loop {
        let goes_on = |&(from, to): &(&str, &str)| {
            edges.iter().any(|edge| edge.0 == to) && edges.iter().any(|edge| edge.1 == from)
        };
        let left: BTreeSet<_> = edges.iter().copied().filter(goes_on).collect();
        if left.len() == edges.len() {
            return left.iter().map(|edge| edge.0).collect::<BTreeSet<_>>().into_iter().collect();
        }
        edges = left;
    }
}

#[test]
fn an_upward_reference_is_found() {
    const LEVELS: &[Level] = &[("low", &["low"]), ("middle", &["middle", "lib"]), ("high", &["high", "middle::guest"])];
    let file = |name: &str, text: &str| (format!("src/{name}.rs"), text.to_owned());
    let found = |low: &str| {
        let files = [
            file("lib", "pub use high::{Roof, inner::Door};"),
            file("low/mod", "pub struct Stone;"),
            file("low/user", low),
            file("middle/mod", "pub use crate::low::Stone;\npub use guest::Chair;"),
            file("middle/guest", "pub struct Chair;"),
            file("high/mod", ""),
            file("high/inner", ""),
        ];
        faults("a crate", &references(&files), LEVELS)
            .into_iter()
            .filter(|fault| fault.contains("low/user"))
            .map(|fault| fault.split(", which").next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    let fault = |line, target| [format!("src/low/user.rs:{line}: `low::user` (low) refers to `{target}")];
    assert_eq!(found("use crate::middle::Room;"), fault(1, "middle` (middle)"));
    assert_eq!(
        found("use crate::{\n    low::Stone as Pebble,\n    high::{inner::Door},\n};"),
        fault(3, "high::inner` (high)")
    );
    assert_eq!(found("use super::super::Door as Gate;"), fault(1, "high::inner` (high)"));
    assert_eq!(found("\n\nfn f() { super::super::high::g::<'a'>() }"), fault(3, "high` (high)"));
    assert_eq!(
        found("use crate::middle;\nfn f() { middle::Chair }"),
        [fault(1, "middle` (middle)"), fault(2, "middle::guest` (high)")].concat()
    );
    for below in [
        "// use crate::high;\n/// [`crate::high`]\nfn f() { \"crate::high\\\" crate::high\"; r#\"\" crate::high\"#; '\"'; '\\''; }",
        "use crate::middle::Stone;\nuse std::high::X;",
        "#[cfg(test)]\nmod tests {\n    use crate::high::X;\n}",
    ] {
        assert_eq!(found(below), [""; 0], "{below}");
    }
    let circle = ["use crate::b::B;", "use super::c::C;", "use crate::a;", "use crate::a;", "use crate::e;", ""];
    let circle = ["a", "b", "c", "d", "b/e", "lib"].iter().zip(circle).map(|(name, text)| file(name, text));
    assert_eq!(circles(&references(&circle.collect::<Vec<_>>())), ["a", "b", "c"]);
}
