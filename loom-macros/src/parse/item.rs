//! What stands at the top of a `network!`: constants, structs, or one stack.

use proc_macro2::{Group, Ident, Span, TokenTree};
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Result, Token, Visibility, token};

use super::{RESIDUAL, parse_block, parse_group, parse_stack, peek_group};
use crate::ast::{Const, Form, Input, InputShape, Node, Stack, Struct};
use crate::report::Errors;
use crate::size::Size;

/// `(krate) consts structs`, or `(krate) consts stack`.
pub(super) fn parse_input(input: ParseStream<'_>, errors: &mut Errors) -> Result<Input> {
    let krate = input.parse::<Group>()?.stream();
    let (mut consts, mut structs) = (Vec::new(), Vec::new());
    loop {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;
        if input.peek(Token![const]) {
            let item = parse_const(input, attrs, vis, errors)?;
            // const_c1: each constant has a name of its own.
            if consts.iter().any(|other: &Const| other.name == item.name) {
                errors.at(&item.name, format!("the const `{}` is declared twice", item.name));
            } else {
                consts.push(item);
            }
        } else if input.peek(Token![struct]) {
            let item = parse_struct(input, attrs, vis, errors)?;
            // network_c2: each struct has a name of its own.
            if structs.iter().any(|other: &Struct| other.name == item.name) {
                errors.at(&item.name, format!("the struct `{}` is declared twice", item.name));
            } else {
                structs.push(item);
            }
        } else if input.is_empty() && !structs.is_empty() {
            return Ok(Input { krate, consts, form: Form::Items, structs });
        } else if input.is_empty() {
            return Err(Error::new(
                Span::call_site(),
                "no network; write `struct Name { Dense<2, 1> }`, or `Dense<2, 1>` alone for an expression",
            ));
        } else if structs.is_empty() && attrs.is_empty() && matches!(vis, Visibility::Inherited) {
            let stack = parse_stack(input, errors);
            let name = Ident::new("Network", Span::call_site());
            structs.push(Struct { attrs, vis, name, input: InputShape::Absent, stack });
            return Ok(Input { krate, consts, form: Form::Expression, structs });
        } else {
            let message = "expected `struct` or `const`; layers without a struct stand alone in their `network!`";
            return Err(input.error(message));
        }
    }
}

/// `const NAME: usize = size;`
fn parse_const(input: ParseStream<'_>, attrs: Vec<Attribute>, vis: Visibility, errors: &mut Errors) -> Result<Const> {
    input.parse::<Token![const]>()?;
    let name: Ident = input.parse()?;
    input.parse::<Token![:]>()?;
    let ty: Ident = input.parse()?;
    if ty != "usize" {
        errors.at(&ty, format!("a size is a `usize`; write `const {name}: usize`"));
    }
    input.parse::<Token![=]>()?;
    let value = match Size::parse_until(input, |input| input.peek(Token![;])) {
        Ok(size) => Some(size),
        Err(error) => {
            errors.push(error);
            while !input.is_empty() && !input.peek(Token![;]) {
                input.parse::<TokenTree>()?;
            }
            None
        }
    };
    input.parse::<Token![;]>()?;
    Ok(Const { attrs, vis, name, value })
}

/// `struct Name: [dims] { stack }`
fn parse_struct(input: ParseStream<'_>, attrs: Vec<Attribute>, vis: Visibility, errors: &mut Errors) -> Result<Struct> {
    input.parse::<Token![struct]>()?;
    let name: Ident = input.parse()?;
    if name == RESIDUAL {
        errors.at(&name, "`Residual` is a layer's name");
    }
    let generics = input.peek(Token![<]);
    if generics {
        let message = "a network takes no generics: every size is known when the macro runs";
        errors.push(input.error(message));
        while !input.is_empty() && !input.peek(token::Brace) && !input.peek(token::Bracket) {
            input.parse::<TokenTree>()?;
        }
    }
    let colon: Option<Token![:]> = input.parse()?;
    let shape = if colon.is_some() || input.peek(token::Bracket) {
        if !input.peek(token::Bracket) {
            return Err(input.error("expected the shape of one input, such as `[1, 28, 28]`"));
        }
        parse_dims(input, errors)
    } else {
        InputShape::Absent
    };
    if !input.peek(token::Brace) {
        return Err(input.error(format!("expected the layers: `struct {name} {{ Dense<2, 1> }}`")));
    }
    let mut stack = parse_block(input, errors)?;
    if generics {
        // The parameters would be reported as unknown constants.
        stack = Stack { nodes: vec![Node::BROKEN] };
    }
    Ok(Struct { attrs, vis, name, input: shape, stack })
}

/// `[1, 28, 28]`
fn parse_dims(input: ParseStream<'_>, errors: &mut Errors) -> InputShape {
    let Some(group) = peek_group(input) else {
        return InputShape::Broken;
    };
    match parse_group(input, Punctuated::<Size, Token![,]>::parse_terminated) {
        Err(error) => {
            errors.push(error);
            InputShape::Broken
        }
        Ok(dims) if dims.is_empty() => {
            errors.at(&group, "a shape has at least one dimension; write `[1]` for one number");
            InputShape::Broken
        }
        Ok(dims) => InputShape::Dims(group, dims.into_iter().collect()),
    }
}
