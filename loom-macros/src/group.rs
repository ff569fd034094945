//! Tokens in delimiters.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Result, braced, bracketed, parenthesized};

/// Parses all that stands in the next group, which the caller has seen.
pub(crate) fn parse_group<T>(input: ParseStream<'_>, parser: impl FnOnce(ParseStream<'_>) -> Result<T>) -> Result<T> {
    let content;
    // `peek` alone would see the parentheses inside invisible delimiters, and leave what stands behind them.
    match peek_group(input).map(|group| group.delimiter()) {
        Some(Delimiter::Parenthesis) => {
            parenthesized!(content in input);
        }
        Some(Delimiter::Bracket) => {
            bracketed!(content in input);
        }
        Some(Delimiter::Brace) => {
            braced!(content in input);
        }
        // The invisible delimiters that another macro's `$size:expr` leaves.
        _ => {
            let TokenTree::Group(group) = input.parse()? else {
                return Err(input.error("expected a group"));
            };
            return (|inner: ParseStream<'_>| drain(inner, parser(inner))).parse2(group.stream());
        }
    }
    drain(&content, parser(&content))
}

/// Reads what a parser has left over: an error in itself if there was none, and otherwise to be forgotten, since `syn`
/// would report it in the place of the real error.
pub(crate) fn drain<T>(input: ParseStream<'_>, result: Result<T>) -> Result<T> {
    let unexpected = input.error("unexpected token");
    let rest: TokenStream = input.parse()?;
    match result {
        Ok(_) if !rest.is_empty() => Err(unexpected),
        result => result,
    }
}

/// The next token if it is a group.
pub(crate) fn peek_group(input: ParseStream<'_>) -> Option<Group> {
    match input.cursor().token_tree() {
        Some((TokenTree::Group(group), _)) => Some(group),
        _ => None,
    }
}
