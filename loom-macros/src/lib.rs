//! The `network!` macro of `loom-nn`.
//!
//! `cfg` leaves what is switched off to the compiler. Then four phases, each in the file of its name: `parse` keeps every span, `check` infers every shape and gathers every
//! error, `plan` lays out parameters and activations as plain numbers, and `expand` prints them and cannot fail. After an
//! error, `expand::fallback` prints the same types without a plan, so that their uses raise no errors of their own.

#![forbid(unsafe_code)]

mod args;
mod ast;
mod cfg;
mod check;
mod consts;
mod expand;
mod layers;
mod parse;
mod plan;
mod report;
mod size;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::report::Errors;

/// Turns a network's description into a type whose shapes are checked.
///
/// Called through `loom::network!` only, which puts `($crate)` in front of what the user wrote.
#[proc_macro]
pub fn network(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    network_tokens(input.into()).into()
}

/// The pipeline, on tokens that also exist outside of a compiler.
fn network_tokens(tokens: TokenStream) -> TokenStream {
    if let Some(calls) = cfg::split(&tokens) {
        return calls;
    }
    let mut errors = Errors::default();
    let Some(input) = parse::parse(tokens, &mut errors) else {
        return errors.into_tokens();
    };
    let model = check::check(&input, &mut errors);
    if !errors.is_empty() {
        return expand::fallback(&input, &model, errors);
    }
    let plans = plan::plan(&model);
    expand::expand(&input, &model, &plans)
}
