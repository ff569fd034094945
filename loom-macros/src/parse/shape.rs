//! Shapes, and what is left of an item with a syntax error.

use proc_macro2::TokenTree;
use syn::Token;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;

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
