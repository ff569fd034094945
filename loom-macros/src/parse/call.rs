//! A layer with its arguments: `Conv2d<1, 8, (3, 5), padding = 1>`.

use proc_macro2::{Delimiter, Group, Ident, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Error, LitBool, LitFloat, Result, Token};

use crate::ast::{Call, Value};
use crate::parse::{parse_group, peek_group};
use crate::report::Errors;
use crate::size::{Size, not_a_size};

/// What stands after the name `layer`.
pub(crate) fn parse_call(layer: Ident, input: ParseStream<'_>, errors: &mut Errors) -> Result<Call> {
    let mut call = Call { name: layer, positional: Vec::new(), options: Vec::new() };
    if input.parse::<Option<Token![<]>>()?.is_none() {
        return Ok(call);
    }
    let mut disorder = false;
    while !input.peek(Token![>]) {
        let named = input.peek(syn::Ident::peek_any) && input.peek2(Token![=]);
        let name = if named { Some(input.call(syn::Ident::parse_any)?) } else { None };
        if named {
            input.parse::<Token![=]>()?;
        }
        let value = parse_value(input)?;
        match name {
            Some(name) => call.options.push((name, value)),
            None => {
                // args_c5: options come last.
                if !call.options.is_empty() && !disorder {
                    let message = format!("`{value}` stands after an option; write options last");
                    errors.at(&value, message);
                    disorder = true;
                }
                call.positional.push(value);
            }
        }
        if input.peek(Token![>]) {
            break;
        }
        if input.is_empty() || input.peek(Token![->]) {
            let message = format!("`{}<` is not closed; write `>` after its arguments", call.name);
            return Err(Error::new_spanned(call.name, message));
        }
        if !input.peek(Token![,]) {
            return Err(not_a_size(input));
        }
        input.parse::<Token![,]>()?;
    }
    input.parse::<Token![>]>()?;
    Ok(call)
}

/// A size, a pair of sizes, a float or a truth value.
fn parse_value(input: ParseStream<'_>) -> Result<Value> {
    if input.peek(LitBool) {
        return input.parse().map(Value::Bool);
    }
    if input.peek(Token![-]) && input.peek2(LitFloat) {
        return Ok(Value::Float(Some(input.parse()?), input.parse()?));
    }
    if input.peek(LitFloat) && !input.peek(Token![-]) {
        return Ok(Value::Float(None, input.parse()?));
    }
    match peek_group(input).filter(is_pair) {
        Some(group) => parse_pair(group, input),
        None => input.parse().map(Value::Size),
    }
}

/// Whether a group is in parentheses and has a comma in it.
fn is_pair(group: &Group) -> bool {
    let is_comma = |token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    group.delimiter() == Delimiter::Parenthesis && group.stream().into_iter().any(is_comma)
}

/// `(rows, columns)`
fn parse_pair(group: Group, input: ParseStream<'_>) -> Result<Value> {
    let sizes = parse_group(input, Punctuated::<Size, Token![,]>::parse_terminated)?;
    let mut sizes = sizes.into_iter();
    match (sizes.next(), sizes.next(), sizes.next()) {
        (Some(rows), Some(columns), None) => Ok(Value::Pair(group, rows, columns)),
        _ => Err(Error::new_spanned(group, "a pair is `(rows, columns)`")),
    }
}
