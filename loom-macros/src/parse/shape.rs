//! Shapes, and what is left of an item with a syntax error.

use proc_macro2::TokenTree;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Error, Ident, Result, Token};

use crate::group::{parse_group, peek_group};
use crate::report::Errors;
use crate::size::{Dims, MAX_DIMS, Size};

/// Reads up to the last token of an item with a syntax error.
pub(super) fn skip_item(input: ParseStream<'_>, is_last: fn(&TokenTree) -> bool) {
    while let Ok(tree) = input.parse::<TokenTree>() {
        if is_last(&tree) {
            break;
        }
    }
}

/// The name of an input, an output or a value.
pub(super) fn parse_ident(input: ParseStream<'_>) -> Result<Ident> {
    if input.peek(Ident::peek_any) && !input.peek(Ident) && !input.peek(Token![_]) {
        let word = input.call(Ident::parse_any)?;
        let raw = match word.to_string().as_str() {
            "self" | "Self" | "super" | "crate" => String::new(),
            word => format!("; as a name it is `r#{word}`"),
        };
        return Err(Error::new_spanned(&word, format!("expected a name, but `{word}` is a keyword of Rust{raw}")));
    }
    input.parse()
}

/// `[1, 28, 28]`; nothing after an error.
pub(super) fn parse_dims(input: ParseStream<'_>, errors: &mut Errors) -> Option<Dims> {
    let group = peek_group(input)?;
    match parse_group(input, Punctuated::<Size, Token![,]>::parse_terminated) {
        Err(error) => errors.push(error),
        Ok(sizes) if sizes.is_empty() => {
            errors.at(&group, "a shape has at least one dimension; write `[1]` for one number");
        }
        Ok(sizes) if sizes.len() > MAX_DIMS => {
            // size_c8: a shape has at most `MAX_DIMS` dimensions.
            errors.at(&sizes[MAX_DIMS], format!("a shape has at most {MAX_DIMS} dimensions"));
        }
        Ok(sizes) => return Some(Dims { group, sizes: sizes.into_iter().collect() }),
    }
    None
}
