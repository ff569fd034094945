//! Lists of layers elsewhere in the repository: none lacks a layer of the registry.

use std::collections::BTreeSet;
use std::path::Path;

use super::model;
use crate::ast::{COMBINATORS, SPLIT};
use crate::check::{Combine, Item, Kind};
use crate::layers::REGISTRY;

/// It has every layer with all its options.
const EVERY_LAYER: &str = "ui-tests/pass/every_layer.rs";

/// A file of the repository.
fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Those of `layers` that are no word of the file outside of its comments.
fn missing<'a>(file: &str, layers: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let text = read(file);
    let comment = if file.ends_with(".rs") { "//" } else { "#" };
    let code = text.lines().filter_map(|line| line.split(comment).next());
    let words: BTreeSet<_> = code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric())).collect();
    layers.into_iter().filter(|name| !words.contains(name)).collect()
}

#[test]
fn every_layer_is_listed() {
    let names = || REGISTRY.iter().map(|entry| entry.name).chain(COMBINATORS).chain([SPLIT]);
    for file in [EVERY_LAYER, "fuzz/dict/parser.dict", "tests/targets/lib.rs"] {
        assert_eq!(missing(file, names()), [""; 0], "{file}");
    }
}

/// The networks whose files are fuzzed have the parameters of every layer.
#[test]
fn every_layer_with_parameters_is_fuzzed() {
    fn collect(stack: &[Item], names: &mut BTreeSet<String>) {
        for Item { ident, kind, .. } in stack {
            match kind {
                Kind::Layer { spec, input, .. } if spec.parts(input, 0).iter().any(|part| !part.params.is_empty()) => {
                    names.insert(ident.to_string());
                }
                Kind::Combine(Combine { arms, .. }) => arms.iter().for_each(|arm| collect(arm, names)),
                Kind::Layer { .. } | Kind::Expression(_) | Kind::Network(_) | Kind::Value(_) | Kind::Bind => {}
            }
        }
    }
    let source = read(EVERY_LAYER);
    let call = source.split("network! {").nth(1).and_then(|rest| rest.split("\n}\n").next()).expect("a network");
    let mut names = BTreeSet::new();
    model(call).networks.iter().for_each(|network| collect(&network.stack, &mut names));
    assert!(names.contains("Dense"), "{names:?}");
    let missing = missing("fuzz/src/networks.rs", names.iter().map(String::as_str));
    assert_eq!(missing, [""; 0], "fuzz/src/networks.rs");
}
