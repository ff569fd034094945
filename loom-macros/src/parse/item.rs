//! What stands at the top of a `network!`: constants, structs, or one stack.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Result, Token, Visibility, token};

use super::function::parse_function;
use super::loss::{begins_loss, parse_loss};
use super::shape::{parse_dims, parse_ident, skip_item};
use super::stack::{parse_body, parse_stack};
use crate::ast::{Block, COMBINATORS, Const, Form, Generic, Input, InputShape, Stack, Struct};
use crate::group::{parse_group, peek_group};
use crate::report::Errors;
use crate::size::{Dims, Size};

/// `(krate) consts structs`, or `(krate) consts stack`.
pub(super) fn parse_input(input: ParseStream<'_>, errors: &mut Errors) -> Result<Input> {
    let krate = input.parse::<Group>()?;
    // See `cfg::split`.
    let may_be_empty = krate.delimiter() == Delimiter::Bracket;
    let mut items = Input {
        krate: krate.stream(),
        consts: Vec::new(),
        form: Form::Items,
        blocks: Vec::new(),
        functions: Vec::new(),
        structs: Vec::new(),
    };
    while !input.is_empty() {
        let is_stack =
            items.structs.is_empty() && items.blocks.is_empty() && items.functions.is_empty() && !begins_item(input);
        let attrs = input.call(Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;
        if input.peek(Token![const]) {
            let item = parse_const(input, attrs, vis, errors)?;
            // const_c1: each constant has a name of its own.
            if items.consts.iter().any(|other| other.name == item.name) {
                errors.at(&item.name, format!("the const `{}` is declared twice", item.name));
            } else {
                items.consts.push(item);
            }
        } else if input.peek(Token![struct]) || begins_loss(input) {
            let item = match input.peek(Token![struct]) {
                true => parse_struct(input, attrs, vis, errors)?,
                false => parse_loss(input, attrs, vis, errors)?,
            };
            // network_c2: each struct and each loss has a name of its own.
            if let Some(other) = items.structs.iter().find(|other| other.name == item.name) {
                let what = match (other.is_loss(), item.is_loss()) {
                    (true, true) => "the loss ",
                    (false, false) => "the struct ",
                    _ => "",
                };
                errors.at(&item.name, format!("{what}`{}` is declared twice", item.name));
            } else {
                items.structs.push(item);
            }
        } else if input.peek(Token![fn]) {
            // fn_c2: no item comes of a function.
            if let Some(attr) = attrs.iter().find(|attr| !attr.path().is_ident("doc")) {
                errors.at(attr, "a function takes no attributes, since no item comes of it");
            }
            if !matches!(vis, Visibility::Inherited) {
                errors.at(&vis, "a function has no visibility, since no item comes of it; leave it out");
            }
            items.functions.push(parse_function(input, errors)?);
        } else if begins_block(input) {
            let item = parse_generic(input, errors)?;
            // block_c1: each block has a name of its own, and no attributes.
            if let Some(attr) = attrs.iter().find(|attr| !attr.path().is_ident("doc")) {
                errors.at(attr, "a block takes no attributes, since no item comes of it");
            }
            if !matches!(vis, Visibility::Inherited) {
                errors.at(&vis, "a block has no visibility, since no item comes of it; leave it out");
            }
            items.blocks.push(item);
        } else if is_stack {
            let stack = parse_stack(input, errors);
            let name = Ident::new("Network", Span::call_site());
            let body = Block { lets: Vec::new(), stack };
            items.structs.push(Struct { attrs, vis, name, input: InputShape::Absent, outputs: Vec::new(), body });
            return Ok(Input { form: Form::Expression, ..items });
        } else {
            let message = "expected `struct`, `block`, `fn`, `loss` or `const`; layers without a struct stand alone in their `network!`";
            errors.push(input.error(message));
            // The items that are read already stay, so that their uses raise no errors.
            input.parse::<TokenStream>()?;
            return Ok(items);
        }
    }
    if items.structs.is_empty() && !may_be_empty {
        return Err(Error::new(
            Span::call_site(),
            "no network; write `struct Name { Dense<2, 1> }`, or `Dense<2, 1>` alone for an expression",
        ));
    }
    Ok(items)
}

/// Whether an attribute, a visibility or a keyword stands here, and no layer.
fn begins_item(input: ParseStream<'_>) -> bool {
    input.peek(Token![#])
        || input.peek(Token![pub])
        || input.peek(Token![fn])
        || begins_block(input)
        || begins_loss(input)
}

/// Whether `block Name` stands here. Two names do not follow one another in a stack.
fn begins_block(input: ParseStream<'_>) -> bool {
    let is_block = input.fork().parse::<Ident>().is_ok_and(|keyword| keyword == "block");
    is_block && input.peek2(syn::Ident)
}

/// `block Name<A, B> { let name = stack; stack }`
fn parse_generic(input: ParseStream<'_>, errors: &mut Errors) -> Result<Generic> {
    input.parse::<Ident>()?;
    let name: Ident = input.parse()?;
    if COMBINATORS.iter().any(|combinator| name == combinator) {
        errors.at(&name, format!("`{name}` is a layer's name"));
    }
    let mut params: Vec<Ident> = Vec::new();
    let parsed = (|| {
        if input.parse::<Option<Token![<]>>()?.is_some() {
            while !input.peek(Token![>]) {
                let param: Ident = input.parse()?;
                if params.contains(&param) {
                    errors.at(&param, format!("two sizes of this block have the name `{param}`"));
                }
                params.push(param);
                if !input.peek(Token![>]) {
                    input.parse::<Token![,]>()?;
                }
            }
            input.parse::<Token![>]>()?;
        }
        if !input.peek(token::Brace) {
            let example = format!("`block {name}<IN, OUT> {{ Dense<IN, OUT> -> Relu }}`");
            return Err(
                input.error(format!("expected the layers: {example}; a block takes the shape of where it is used"))
            );
        }
        Ok(parse_body(input, &[], errors))
    })();
    let body = parsed.unwrap_or_else(|error| {
        errors.push(error);
        skip_item(input, |tree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace));
        Block { lets: Vec::new(), stack: Stack::broken() }
    });
    Ok(Generic { name, params, body })
}

/// `const NAME: usize = size;`
fn parse_const(input: ParseStream<'_>, attrs: Vec<Attribute>, vis: Visibility, errors: &mut Errors) -> Result<Const> {
    input.parse::<Token![const]>()?;
    let name: Ident = input.parse()?;
    let value = parse_const_value(&name, input);
    let value = value.map_err(|error| {
        errors.push(error);
        skip_item(input, |tree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ';'));
    });
    Ok(Const { attrs, vis, name, value: value.ok() })
}

/// `: usize = size;`
fn parse_const_value(name: &Ident, input: ParseStream<'_>) -> Result<Size> {
    input.parse::<Token![:]>()?;
    let ty: Ident = input.parse()?;
    if ty != "usize" {
        return Err(Error::new_spanned(ty, format!("a size is a `usize`; write `const {name}: usize`")));
    }
    input.parse::<Token![=]>()?;
    let value = Size::parse_until(input, |input| input.peek(Token![;]))?;
    input.parse::<Token![;]>()?;
    Ok(value)
}

/// `struct Name: [dims] { let name = stack; stack }`, or `struct Name(input: [dims], ..) -> (output, ..) { .. }`
fn parse_struct(input: ParseStream<'_>, attrs: Vec<Attribute>, vis: Visibility, errors: &mut Errors) -> Result<Struct> {
    input.parse::<Token![struct]>()?;
    let name: Ident = input.parse()?;
    if COMBINATORS.iter().any(|combinator| name == combinator) {
        errors.at(&name, format!("`{name}` is a layer's name"));
    }
    let (shape, outputs, body) = parse_network(&name, input, errors).unwrap_or_else(|error| {
        errors.push(error);
        skip_item(input, |tree| match tree {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(punct) => punct.as_char() == ';',
            _ => false,
        });
        (InputShape::Broken, Vec::new(), Block { lets: Vec::new(), stack: Stack::broken() })
    });
    Ok(Struct { attrs, vis, name, input: shape, outputs, body })
}

/// `: [dims] { let name = stack; stack }`, or `(input: [dims], ..) -> (output, ..) { .. }`
fn parse_network(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Result<(InputShape, Vec<Ident>, Block)> {
    if input.peek(Token![<]) {
        return Err(input.error("a network takes no generics: every size is known when the macro runs"));
    }
    let colon: Option<Token![:]> = input.parse()?;
    let shape = if input.peek(token::Bracket) {
        let dims = parse_dims(input, errors);
        if let (None, Some(dims)) = (colon, &dims) {
            let sizes = Vec::from_iter(dims.sizes.iter().map(Size::to_string)).join(", ");
            errors.at(&dims.group, format!("the input shape follows a `:`; write `struct {name}: [{sizes}]`"));
        }
        dims.map_or(InputShape::Broken, InputShape::Dims)
    } else if input.peek(token::Paren) {
        parse_inputs(name, input, errors)?
    } else if colon.is_some() {
        return Err(input.error("expected the shape of one input, such as `[1, 28, 28]`"));
    } else {
        InputShape::Absent
    };
    let outputs = if input.peek(Token![->]) { parse_outputs(name, input, errors)? } else { Vec::new() };
    if !input.peek(token::Brace) {
        return Err(input.error(format!("expected the layers: `struct {name} {{ Dense<2, 1> }}`")));
    }
    let body = parse_body(input, &outputs, errors);
    Ok((shape, outputs, body))
}

/// `(name: [dims], ..)`
fn parse_inputs(network: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Result<InputShape> {
    let (group, mut inputs) = (peek_group(input), Vec::<(Ident, Option<Dims>)>::new());
    parse_group(input, |input| {
        while !input.is_empty() {
            let name = parse_ident(input)?;
            let is_shaped = input.parse::<Option<Token![:]>>()?.is_some() && input.peek(token::Bracket);
            let dims = if is_shaped {
                parse_dims(input, errors)
            } else {
                errors.at(&name, format!("an input has a shape; write `{name}: [n]`"));
                while !input.is_empty() && !input.peek(Token![,]) {
                    input.parse::<TokenTree>()?;
                }
                None
            };
            // port_c1: each input and each output has a name of its own.
            if inputs.iter().any(|(other, _)| other.unraw() == name.unraw()) {
                errors.at(&name, format!("two inputs of `{network}` have the name `{name}`"));
            } else {
                inputs.push((name, dims));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    })?;
    if inputs.is_empty() {
        errors.at(group, format!("no inputs; write `struct {network}(image: [1, 28, 28], age: [1]) {{ .. }}`"));
        return Ok(InputShape::Broken);
    }
    Ok(InputShape::Named(inputs))
}

/// `-> (name, ..)`
fn parse_outputs(network: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Result<Vec<Ident>> {
    input.parse::<Token![->]>()?;
    let example = format!("the outputs of `{network}` are values in parentheses: `-> (class, boxes)`");
    let Some(group) = peek_group(input).filter(|group| group.delimiter() == Delimiter::Parenthesis) else {
        return Err(input.error(example));
    };
    let names = parse_group(input, |input| Punctuated::<Ident, Token![,]>::parse_terminated_with(input, parse_ident))?;
    if names.is_empty() {
        return Err(Error::new_spanned(group, example));
    }
    let mut outputs: Vec<Ident> = Vec::new();
    for name in names {
        // port_c1: each input and each output has a name of its own.
        if outputs.iter().any(|other| other.unraw() == name.unraw()) {
            errors.at(&name, format!("`{name}` is an output of `{network}` already"));
        } else {
            outputs.push(name);
        }
    }
    Ok(outputs)
}
