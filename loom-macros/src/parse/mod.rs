//! Tokens to `ast`.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::Error;
use syn::parse::{ParseStream, Parser};

use crate::ast::Input;
use crate::group::drain;
use crate::report::Errors;

mod call;
mod function;
mod item;
mod loss;
mod shape;
mod stack;

/// How many delimiters may be open at a time. The parser calls itself at each.
const MAX_DEPTH: usize = 64;

/// Parses one call of `network!`. Nothing comes back when not even the kind of call is clear.
pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<Input> {
    if let Some(group) = too_deep(tokens.clone()) {
        // network_c7: delimiters nest at most `MAX_DEPTH` deep.
        let message =
            format!("more than {MAX_DEPTH} delimiters are open here; give what they hold a `struct` of its own");
        errors.push(Error::new(group.span_open(), message));
        return None;
    }
    let parser = |input: ParseStream<'_>| drain(input, item::parse_input(input, errors));
    let result = parser.parse2(tokens);
    result.map_err(|error| errors.push(error)).ok()
}

/// The first group below `MAX_DEPTH` others.
fn too_deep(tokens: TokenStream) -> Option<Group> {
    let mut open = vec![tokens.into_iter()];
    while let Some(level) = open.last_mut() {
        match level.next() {
            Some(TokenTree::Group(group)) if open.len() > MAX_DEPTH => return Some(group),
            Some(TokenTree::Group(group)) => open.push(group.stream().into_iter()),
            Some(_) => {}
            None => drop(open.pop()),
        }
    }
    None
}
