//! Tokens to `ast`. A syntax error inside a stack costs one layer, up to the next `->`, so that the others are checked.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Result, Token, braced, bracketed, parenthesized, token};

use crate::ast::{Body, Input, Node, Stack};
use crate::report::Errors;
use crate::size::Size;

mod call;
mod item;

/// The name of the only layer with a block.
const RESIDUAL: &str = "Residual";

/// Parses one call of `network!`. Nothing comes back when not even the kind of call is clear.
pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<Input> {
    let parser = |input: ParseStream<'_>| drain(input, item::parse_input(input, errors));
    let result = parser.parse2(tokens);
    result.map_err(|error| errors.push(error)).ok()
}

/// Parses all that stands in the next group, which the caller has seen.
pub(crate) fn parse_group<T>(input: ParseStream<'_>, parser: impl FnOnce(ParseStream<'_>) -> Result<T>) -> Result<T> {
    let content;
    if input.peek(token::Paren) {
        parenthesized!(content in input);
    } else if input.peek(token::Bracket) {
        bracketed!(content in input);
    } else if input.peek(token::Brace) {
        braced!(content in input);
    } else {
        // The invisible delimiters that another macro's `$size:expr` leaves.
        let TokenTree::Group(group) = input.parse()? else {
            return Err(input.error("expected a group"));
        };
        return (|inner: ParseStream<'_>| drain(inner, parser(inner))).parse2(group.stream());
    }
    drain(&content, parser(&content))
}

/// Reads what a parser has left over: an error in itself if there was none, and otherwise to be forgotten, since `syn`
/// would report it in the place of the real error.
fn drain<T>(input: ParseStream<'_>, result: Result<T>) -> Result<T> {
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

/// `{ stack }`, where no layer at all is an error.
fn parse_block(input: ParseStream<'_>, errors: &mut Errors) -> Result<Stack> {
    if let Some(group) = peek_group(input).filter(|group| group.stream().is_empty()) {
        input.parse::<Group>()?;
        errors.at(group, "no layers between the braces; write at least one, such as `Dense<2, 1>`");
        return Ok(Stack { nodes: vec![Node::BROKEN] });
    }
    parse_group(input, |input| Ok(parse_stack(input, errors)))
}

/// `node -> node -> ..` up to the end of the tokens.
fn parse_stack(input: ParseStream<'_>, errors: &mut Errors) -> Stack {
    let mut nodes = Vec::new();
    loop {
        let node = parse_node(input, errors).and_then(|node| match input.is_empty() {
            false if !input.peek(Token![->]) => Err(after_node(input)),
            _ => Ok(node),
        });
        nodes.push(node.unwrap_or_else(|error| {
            errors.push(error);
            skip_to_arrow(input);
            Node::BROKEN
        }));
        match input.parse::<Token![->]>() {
            Ok(arrow) if input.is_empty() => errors.at(arrow, "a layer is missing after this `->`"),
            Ok(_) => continue,
            Err(_) => {}
        }
        return Stack { nodes };
    }
}

/// The error for a token after a layer that neither continues nor ends it.
fn after_node(input: ParseStream<'_>) -> Error {
    let next = input.cursor().token_tree().map_or_else(String::new, |(token, _)| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => "{".to_owned(),
        token => token.to_string(),
    });
    match next.as_str() {
        "{" => input.error("only `Residual` takes layers in braces"),
        ":" => input.error("write a layer's name as `name: Layer`, one name for each layer"),
        "+" | "-" | "/" | "%" => input.error("put the number of repetitions in braces: `* {2 + 1}`"),
        _ => input.error(format!("layers are joined by `->`, but this is `{next}`")),
    }
}

fn skip_to_arrow(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![->]) && input.parse::<TokenTree>().is_ok() {}
}

/// `name: Layer<..> * repeat`
fn parse_node(input: ParseStream<'_>, errors: &mut Errors) -> Result<Node> {
    if input.peek(Token![->]) {
        return Err(input.error("a layer is missing before this `->`"));
    }
    let named = input.peek(syn::Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]);
    let name = if named {
        let name = input.call(syn::Ident::parse_any)?;
        input.parse::<Token![:]>()?;
        Some(name)
    } else {
        None
    };
    if !input.peek(syn::Ident) {
        return Err(input.error("expected a layer, such as `Dense<2, 1>`"));
    }
    let layer: Ident = input.parse()?;
    if input.peek(Token![::]) {
        return Err(input.error("a layer is one name, not a path"));
    }
    let body = if layer == RESIDUAL {
        if !input.peek(token::Brace) {
            return Err(Error::new_spanned(
                layer,
                "`Residual` takes layers in braces: `Residual { Dense<8, 8> -> Relu }`",
            ));
        }
        Body::Residual(layer, parse_block(input, errors)?)
    } else {
        Body::Call(call::parse_call(layer, input, errors)?)
    };
    let repeat = match input.parse::<Option<Token![*]>>()? {
        Some(_) => Some(Size::primary(input)?),
        None => None,
    };
    Ok(Node { name, body, repeat })
}
