//! A layer with its arguments: `Conv2d<1, 8, (3, 5), padding = 1>`.

use proc_macro2::{Delimiter, Group, Ident, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Error, LitBool, LitFloat, LitInt, Result, Token, token};

use crate::ast::{Call, Spelling, Value};
use crate::group::{parse_group, peek_group};
use crate::report::Errors;
use crate::size::{Size, not_a_size, sides};

/// What stands after the name `layer`.
pub(crate) fn parse_call(
    layer: Ident,
    spelling: Option<Spelling>,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> Result<Call> {
    let mut call = Call { name: layer, positional: Vec::new(), options: Vec::new(), spelling };
    if let Some(group) = peek_group(input).filter(is_foreign) {
        parse_group(input, |input| parse_arguments(&mut call, input, |input| input.is_empty(), errors))?;
        let reason = "arguments stand between `<` and `>`";
        call.spelling.get_or_insert(Spelling { place: group.into_token_stream(), reason });
        return Ok(call);
    }
    if let Some(colons) = input.parse::<Option<Token![::]>>()? {
        let reason = "arguments follow the name directly";
        call.spelling.get_or_insert(Spelling { place: colons.into_token_stream(), reason });
    }
    if input.parse::<Option<Token![<]>>()?.is_none() {
        return Ok(call);
    }
    parse_arguments(&mut call, input, |input| input.peek(Token![>]), errors)?;
    input.parse::<Token![>]>()?;
    Ok(call)
}

/// Whether a group holds arguments as calls of functions have them, or indices.
fn is_foreign(group: &Group) -> bool {
    matches!(group.delimiter(), Delimiter::Parenthesis | Delimiter::Bracket)
}

/// Arguments and options up to `is_end`.
fn parse_arguments(
    call: &mut Call,
    input: ParseStream<'_>,
    is_end: fn(ParseStream<'_>) -> bool,
    errors: &mut Errors,
) -> Result<()> {
    let (mut disorder, mut commas_missing) = (false, false);
    while !is_end(input) {
        let name = parse_option(input)?;
        let value = parse_value(input)?;
        match name {
            Some((name, colon)) => {
                if let Some(colon) = colon {
                    errors.at(colon, format!("an option has its value behind a `=`; write `{name} = {value}`"));
                }
                call.options.push((name, value));
            }
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
        if is_end(input) {
            break;
        }
        if input.is_empty() || input.peek(Token![->]) {
            let name = &call.name;
            return Err(Error::new_spanned(name, format!("`{name}<` is not closed; write `>` after its arguments")));
        }
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
        } else if !is_value(input) {
            return Err(not_a_size(input));
        } else if !commas_missing {
            errors.push(input.error("arguments are separated by `,`; write one before this"));
            commas_missing = true;
        }
    }
    Ok(())
}

/// `name =`, or `name :` as a struct's fields are written.
fn parse_option(input: ParseStream<'_>) -> Result<Option<(Ident, Option<Token![:]>)>> {
    let is_field = input.peek2(Token![:]) && !input.peek2(Token![::]);
    if !input.peek(syn::Ident::peek_any) || !(is_field || input.peek2(Token![=])) {
        return Ok(None);
    }
    let name = input.call(syn::Ident::parse_any)?;
    let colon = input.parse()?;
    if !is_field {
        input.parse::<Token![=]>()?;
    }
    Ok(Some((name, colon)))
}

/// Whether an argument may begin here.
fn is_value(input: ParseStream<'_>) -> bool {
    input.peek(LitInt)
        || input.peek(LitFloat)
        || input.peek(syn::Ident)
        || input.peek(LitBool)
        || input.peek(token::Paren)
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
    if let Ok(literal) = input.fork().parse::<LitInt>()
        && let Some([rows, columns]) = sides(&literal)
    {
        let message = format!("`{literal}` is written `({rows}, {columns})`, or `{rows} * {columns}` for one size");
        return Err(Error::new_spanned(literal, message));
    }
    match peek_group(input) {
        // A pair that another macro passes on as `$kernel:expr`.
        Some(group) if group.delimiter() == Delimiter::None && holds_pair(&group) => parse_group(input, parse_value),
        Some(group) if is_pair(&group) => parse_pair(group, input),
        _ => input.parse().map(Value::Size),
    }
}

/// Whether invisible delimiters hold a pair.
fn holds_pair(group: &Group) -> bool {
    let mut inner = group.stream().into_iter();
    matches!((inner.next(), inner.next()), (Some(TokenTree::Group(pair)), None) if is_pair(&pair))
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
