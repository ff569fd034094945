//! The macro: for any tokens, its expansion is Rust, and it ends.
//!
//! A crate of macros cannot be linked, so that its modules are compiled here once more.
#![no_main]
#![allow(dead_code, reason = "what a module has for the macro alone")]

#[path = "../../loom-macros/src/ast.rs"]
mod ast;
#[path = "../../loom-macros/src/calculus/mod.rs"]
mod calculus;
#[path = "../../loom-macros/src/cfg.rs"]
mod cfg;
#[path = "../../loom-macros/src/check/mod.rs"]
mod check;
#[path = "../../loom-macros/src/consts.rs"]
mod consts;
#[path = "../../loom-macros/src/entry/mod.rs"]
mod entry;
#[path = "../../loom-macros/src/expand/mod.rs"]
mod expand;
#[path = "../../loom-macros/src/expr.rs"]
mod expr;
#[path = "../../loom-macros/src/group.rs"]
mod group;
#[path = "../../loom-macros/src/layers/mod.rs"]
mod layers;
#[path = "../../loom-macros/src/parse/mod.rs"]
mod parse;
#[path = "../../loom-macros/src/pipeline.rs"]
mod pipeline;
#[path = "../../loom-macros/src/plan/mod.rs"]
mod plan;
#[path = "../../loom-macros/src/report.rs"]
mod report;
#[path = "../../loom-macros/src/size.rs"]
mod size;

use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};
use loom_fuzz::tokens;
use proc_macro2::TokenStream;
use quote::quote;

/// The most layers of an input, all its structs together. A few bytes can ask for 10,000, each of which is a page of Rust.
const MAX_LAYERS: usize = 300;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some(tokens) = str::from_utf8(data).ok().and_then(tokens::tokens) else { return Corpus::Reject };
    if layers(quote!((::loom) #tokens)) > MAX_LAYERS {
        return Corpus::Reject;
    }
    let expansion = pipeline::network_tokens(quote!((::loom) #tokens));
    let is_items = syn::parse2::<syn::File>(expansion.clone()).is_ok();
    assert!(is_items || syn::parse2::<syn::Expr>(expansion.clone()).is_ok(), "this is no Rust: {expansion}");
    Corpus::Keep
});

/// How many layers an expansion would have.
fn layers(tokens: TokenStream) -> usize {
    let mut errors = report::Errors::default();
    let Some(input) = parse::parse(tokens, &mut errors) else { return 0 };
    let model = check::check(&input, &mut errors);
    model.networks.iter().map(|network| network.layers.max(1)).sum()
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    tokens::mutate(data, size, max_size, seed, fuzzer_mutate)
});
