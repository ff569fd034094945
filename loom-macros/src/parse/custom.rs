//! Layers of the user's own: `layer Roll<COUNT>(x: [C, L]) -> [C, L] = Roll { count: COUNT };`.

use loom_ir::custom::Custom;
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::parse::ParseStream;
use syn::{Error, Result, Token, token};

use super::function::{parse_learned, parse_sizes};
use super::shape::{parse_dims, skip_item};
use crate::expr::{Definition, Function, Parameter, Rule};
use crate::group::parse_group;
use crate::report::Errors;

/// Whether `layer Name` stands here. Two names do not follow one another in a stack.
pub(super) fn begins_layer(input: ParseStream<'_>) -> bool {
    let is_layer = input.fork().parse::<Ident>().is_ok_and(|keyword| keyword == "layer");
    is_layer && input.peek2(syn::Ident)
}

/// `layer Name<SIZES>(x: [dims], scale: Param<[dims]> = 1.0, ..) -> [dims] = value;`
pub(super) fn parse_layer(input: ParseStream<'_>, errors: &mut Errors) -> Result<Function> {
    input.parse::<Ident>()?;
    let name: Ident = input.parse()?;
    let (mut sizes, mut params) = (Vec::new(), Vec::new());
    let before = errors.len();
    let rule = parse_rule(&name, input, (&mut sizes, &mut params), errors).map_err(|error| {
        errors.push(error);
        skip_item(input, |tree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ';'));
    });
    let body = rule.ok().flatten().filter(|_| errors.len() == before).map(Definition::Layer);
    Ok(Function { name, sizes, params, body })
}

/// What stands behind the name; nothing after an error that is reported.
fn parse_rule(
    name: &Ident,
    input: ParseStream<'_>,
    (sizes, params): (&mut Vec<Ident>, &mut Vec<Parameter>),
    errors: &mut Errors,
) -> Result<Option<Rule>> {
    let usage = format!("`layer {name}(x: [C, L]) -> [C, L] = {name};`");
    *sizes = parse_sizes("layer", input, errors)?;
    if !input.peek(token::Paren) {
        return Err(input.error(format!("expected what the layer takes: {usage}")));
    }
    parse_group(input, |input| parse_inputs(input, params, errors))?;
    // layer_c1: a layer takes from 1 to `MAX_INPUTS` values, learned tensors among them.
    if params.iter().all(|param| param.learned.is_some()) {
        errors.at(name, format!("a layer takes a value that flows in; write {usage}"));
    } else if let Some(surplus) = params.get(Custom::MAX_INPUTS) {
        errors.at(&surplus.name, format!("a layer takes at most {} values and learned tensors", Custom::MAX_INPUTS));
    }
    if input.parse::<Option<Token![->]>>()?.is_none() || !input.peek(token::Bracket) {
        return Err(input.error(format!("expected the shape of what the layer gives: {usage}")));
    }
    let output = parse_dims(input, errors);
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(
            input.error(format!("expected what computes the layer, a value whose type is a `CustomLayer`: {usage}"))
        );
    }
    let mut layer = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![;]) {
        layer.extend([input.parse::<TokenTree>()?]);
    }
    if layer.is_empty() {
        return Err(input.error(format!("expected a value whose type is a `CustomLayer`: {usage}")));
    }
    if input.parse::<Option<Token![;]>>()?.is_none() {
        return Err(Error::new_spanned(name, format!("the declaration of `{name}` ends with a `;`")));
    }
    Ok(output.map(|output| Rule { output, layer }))
}

fn parse_inputs(input: ParseStream<'_>, params: &mut Vec<Parameter>, errors: &mut Errors) -> Result<()> {
    while !input.is_empty() {
        if !input.peek(syn::Ident) {
            return Err(input.error("expected the name of what the layer takes, such as `x: [C, L]`"));
        }
        let name: Ident = input.parse()?;
        let mut param = Parameter { name, shape: None, learned: None };
        let has_type = input.parse::<Option<Token![:]>>()?.is_some();
        if has_type && input.peek(token::Bracket) {
            param.shape = parse_dims(input, errors);
        } else if has_type && input.peek(syn::Ident) {
            param.learned = parse_learned(&param.name, input, errors)?;
        } else {
            errors.at(&param.name, format!("what a layer takes has a shape; write `{}: [C, L]`", param.name));
        }
        // fn_c1: each parameter has a name of its own.
        if params.iter().any(|other| other.name == param.name) {
            errors.at(&param.name, format!("two parameters have the name `{}`", param.name));
        } else {
            params.push(param);
        }
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(())
}
