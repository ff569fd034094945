//! The phases one after the other, on tokens that also exist outside of a compiler: tests and the fuzzer run them there.

use proc_macro2::TokenStream;

use crate::report::Errors;
use crate::{cfg, check, expand, parse, plan};

/// What `network!` gives for its tokens.
pub(crate) fn network_tokens(tokens: TokenStream) -> TokenStream {
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
    expand::expand(&input, &model, &plan::unroll(&model))
}
