//! Tests of the whole pipeline. What each error looks like is in `ui-tests/`.

mod expressions;
mod golden;
mod graphs;
mod lists;
mod pipeline;
mod plan;
mod shared;

use proc_macro2::TokenStream;

use crate::check::{self, Model};
use crate::parse;
use crate::report::Errors;

/// The tokens that `loom::network!` passes on for `source`.
fn tokens(source: &str) -> TokenStream {
    format!("(::loom) {source}").parse().expect("the test's source can be split into tokens")
}

/// Each error of `source`: the text under the caret, and the message.
fn errors(source: &str) -> Vec<(String, String)> {
    let mut errors = Errors::default();
    if let Some(input) = parse::parse(tokens(source), &mut errors) {
        check::check(&input, &mut errors);
    }
    let texts = errors.list().iter().map(|error| (error.span().source_text().unwrap_or_default(), error.to_string()));
    texts.collect()
}

/// Checks that each program has one error, with this text under the caret, where one is given, and this in its message.
fn assert_one_error(cases: &[(&str, &str, &str)]) {
    for (text, place, message) in cases {
        let found = errors(text);
        assert_eq!(found.len(), 1, "{text}: {found:#?}");
        assert!(found[0].1.contains(message) && (place.is_empty() || found[0].0 == *place), "{text}: {found:?}");
    }
}

/// The checked networks of `source`, which has no errors.
fn model(source: &str) -> Model {
    assert_eq!(errors(source), [], "{source}");
    let mut errors = Errors::default();
    let input = parse::parse(tokens(source), &mut errors).expect("the source has no errors");
    check::check(&input, &mut errors)
}
