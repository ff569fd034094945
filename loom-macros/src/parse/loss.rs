//! Losses: `loss Elbo(out: VaeOutput, image: [1, 28, 28]) { .. }`.

use proc_macro2::{Delimiter, Ident, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Error, Result, Token, Visibility, token};

use super::function::parse_code;
use super::shape::{parse_dims, skip_item};
use crate::ast::{Block, Body, Compared, InputShape, Node, Stack, Struct};
use crate::group::parse_group;
use crate::report::Errors;
use crate::size::Size;

/// Whether `loss Name` stands here. Two names do not follow one another in a stack.
pub(super) fn begins_loss(input: ParseStream<'_>) -> bool {
    let is_loss = input.fork().parse::<Ident>().is_ok_and(|keyword| keyword == "loss");
    is_loss && input.peek2(syn::Ident)
}

/// `loss Name(output: [dims], target: [dims]) { let name = expression; expression }`
pub(super) fn parse_loss(
    input: ParseStream<'_>,
    attrs: Vec<Attribute>,
    vis: Visibility,
    errors: &mut Errors,
) -> Result<Struct> {
    input.parse::<Ident>()?;
    let name: Ident = input.parse()?;
    let (shape, stack) = parse_parts(&name, input, errors).unwrap_or_else(|error| {
        errors.push(error);
        skip_item(input, |tree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace));
        (InputShape::Compared(Vec::new()), Stack::broken())
    });
    Ok(Struct { attrs, vis, name, input: shape, outputs: Vec::new(), body: Block { lets: Vec::new(), stack } })
}

/// `(output: [dims], target: [dims]) { .. }`
fn parse_parts(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Result<(InputShape, Stack)> {
    let usage = format!("`loss {name}(output: [10], target: [10]) {{ mean(square(output - target)) }}`");
    if !input.peek(token::Paren) {
        return Err(input.error(format!("expected what the loss compares: {usage}")));
    }
    let mut parts = Vec::<(Ident, Compared)>::new();
    let before = errors.len();
    parse_group(input, |input| {
        while !input.is_empty() {
            let part: Ident = input.parse()?;
            let Some(compared) = parse_compared(&part, input, errors)? else {
                while !input.is_empty() && !input.peek(Token![,]) {
                    input.parse::<TokenTree>()?;
                }
                input.parse::<Option<Token![,]>>()?;
                continue;
            };
            // loss_c1: what a loss compares has names of its own, and the output comes first.
            if parts.iter().any(|(other, _)| other.unraw() == part.unraw()) {
                errors.at(&part, format!("`{name}` compares two values of the name `{part}`; write another"));
            } else if let (Compared::Outputs(ty), [_, ..]) = (&compared, parts.as_slice()) {
                errors.at(ty, format!("a target has a shape, as in `{part}: [10]`, or is a `Label<10>`; the network's output comes first"));
            } else if let (Compared::Label(_), []) = (&compared, parts.as_slice()) {
                errors.at(&part, "the network's output comes first, and the label after it");
            }
            parts.push((part, compared));
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    })?;
    if parts.is_empty() && errors.len() == before {
        return Err(input.error(format!("the loss compares nothing; write {usage}")));
    }
    if !input.peek(token::Brace) {
        return Err(input.error(format!("expected what the loss computes: {usage}")));
    }
    let is_right = errors.len() == before;
    let code = parse_group(input, |input| parse_code(name, input)).map_err(|error| errors.push(error));
    let stack = match code.ok().filter(|_| is_right) {
        Some(code) => Stack { nodes: vec![Node::of(Body::Expression(code))] },
        None => Stack::broken(),
    };
    Ok((InputShape::Compared(parts), stack))
}

/// `: [dims]`, `: VaeOutput` or `: Label<10>`; nothing after an error that is reported.
fn parse_compared(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Result<Option<Compared>> {
    let example = format!("what a loss compares has a shape: `{name}: [10]`");
    if input.parse::<Option<Token![:]>>()?.is_none() {
        errors.at(name, example);
        return Ok(None);
    }
    if input.peek(token::Bracket) {
        return Ok(parse_dims(input, errors).map(Compared::Dims));
    }
    if !input.peek(syn::Ident) {
        return Err(input.error(example));
    }
    let ty: Ident = input.parse()?;
    if ty != "Label" {
        return Ok(Some(Compared::Outputs(ty)));
    }
    if input.parse::<Option<Token![<]>>()?.is_none() {
        return Err(Error::new_spanned(ty, "a label is one of so many classes: `Label<10>`"));
    }
    let classes: Size = input.parse()?;
    input.parse::<Token![>]>()?;
    Ok(Some(Compared::Label(classes)))
}
