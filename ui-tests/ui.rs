//! What `network!` says of wrong programs, and that it accepts the right ones.
//!
//! `TRYBUILD=overwrite` rewrites the `.stderr` files; read the difference.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("fail/*/*.rs");
    cases.pass("pass/*.rs");
}

/// A rule is a comment such as `// dense_c1` in the macro; the test of its error is a file whose name starts so.
#[test]
fn every_rule_has_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = files(&root.join("../loom-macros/src"));
    let rules: BTreeSet<String> =
        sources.iter().flat_map(|path| rules_in(&fs::read_to_string(path).expect("a source file is text"))).collect();
    let tests: Vec<String> =
        files(&root.join("fail")).iter().filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    let tested = |rule: &String| tests.iter().any(|test| test.starts_with(&format!("{rule}_")));
    let untested: Vec<_> = rules.iter().filter(|rule| !tested(rule)).collect();
    assert!(!rules.is_empty() && untested.is_empty(), "rules without a ui test: {untested:?}");
}

/// The words like `dense_c1` in a file's comments.
fn rules_in(source: &str) -> Vec<String> {
    let comments = source.lines().filter_map(|line| line.trim_start().strip_prefix("// "));
    let words = comments.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'));
    let is_rule = |word: &&str| {
        word.rsplit_once("_c").is_some_and(|(_, id)| !id.is_empty() && id.chars().all(|digit| digit.is_ascii_digit()))
    };
    words.filter(is_rule).map(str::to_owned).collect()
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
