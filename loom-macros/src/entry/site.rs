//! Where a layer stands, for its errors.

use std::fmt::Display;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use super::text::{join, product};
use crate::ast::{Call, InputShape, Struct};
use crate::expr::Expr;
use crate::report::Errors;
use crate::size::{MAX, values};

/// Who gave a shape.
#[derive(Clone, Copy)]
pub(crate) enum Origin<'a> {
    /// The declaration of a struct.
    Input(&'a Struct),
    /// A layer or a struct in a stack; the number is the argument that is the last dimension of its output, if there is
    /// one.
    Call(&'a Call, Option<usize>),
    /// A combinator, whose stacks stand in braces.
    Combine(&'a Call),
    /// An expression that a stack begins with.
    Expression(&'a Expr),
    /// A named value, where it is read.
    Value(&'a Ident),
}

impl Origin<'_> {
    /// Who gave a shape, and the shape: "`Dense<2, 8>` before it gives 8".
    pub(crate) fn found(&self, shape: &[usize]) -> String {
        let name = match self {
            Origin::Input(decl) => {
                return format!("the input shape of `{}` is {shape:?}", decl.name);
            }
            Origin::Value(name) => return format!("`{name}` is {shape:?}"),
            Origin::Expression(_) => return format!("the expression before it gives {shape:?}"),
            Origin::Call(call, _) => call.to_string(),
            Origin::Combine(call) => format!("{call} {{ .. }}"),
        };
        match shape {
            [len] => format!("`{name}` before it gives {len}"),
            shape => format!("`{name}` before it gives {shape:?}"),
        }
    }

    /// What it is called in an error.
    pub(crate) fn name(&self) -> String {
        match self {
            Origin::Input(decl) => format!("`{}`", decl.name),
            Origin::Call(call, _) => format!("`{call}`"),
            Origin::Combine(call) => format!("`{call} {{ .. }}`"),
            Origin::Value(name) => format!("`{name}`"),
            Origin::Expression(_) => "an expression".to_owned(),
        }
    }

    /// What makes a shape that it gave another one, to be written before what takes that one.
    pub(crate) fn before(&self, wanted: &[usize], shape: &[usize]) -> Option<String> {
        Some(match (self, wanted, shape) {
            _ if product(wanted) == product(shape) && wanted.len() == 1 => "insert `Flatten ->` before it".to_owned(),
            _ if product(wanted) == product(shape) => format!("insert `Reshape<{}> ->` before it", join(wanted)),
            (Origin::Call(before, Some(width)), [rows @ .., last], [same @ .., _]) if rows == same => {
                format!("write `{}` before it", before.with(*width, last))
            }
            (_, [last], [_]) => format!("insert `Dense<{}, {last}> ->` before it", shape[0]),
            (_, [last], _) => format!("insert `Flatten -> Dense<{}, {last}> ->` before it", product(shape)),
            _ => return None,
        })
    }

    /// The tokens to edit for another shape.
    pub(crate) fn place(&self) -> TokenStream {
        match self {
            Origin::Input(Struct { input: InputShape::Dims(dims), .. }) => dims.group.to_token_stream(),
            Origin::Input(Struct { name, .. }) => quote!(#name),
            Origin::Call(call, _) | Origin::Combine(call) => call.name.to_token_stream(),
            Origin::Value(name) => name.to_token_stream(),
            Origin::Expression(expr) => expr.place(),
        }
    }
}

/// Where a layer stands.
pub(crate) struct Site<'a> {
    pub(crate) call: &'a Call,
    pub(crate) origin: Origin<'a>,
    pub(crate) input: &'a [usize],
    /// A cure that comes before the layer's own.
    pub(crate) remedy: Option<&'a str>,
    pub(crate) errors: &'a mut Errors,
}

impl Site<'_> {
    /// What the layer gets: "`Dense<2, 8>` before it gives 8".
    pub(crate) fn found(&self) -> String {
        self.origin.found(self.input)
    }

    /// Reports that the layer cannot take its input. The cure, when followed, helps; the caret is under what it changes.
    pub(crate) fn error(&mut self, place: impl ToTokens, complaint: impl Display, cure: impl Display) {
        match self.remedy {
            Some(remedy) => self.errors.at(&self.call.name, format!("{complaint}; {remedy}")),
            None => self.errors.at(place, format!("{complaint}; {cure}")),
        }
    }

    /// What turns the input into another shape, of as many values or not.
    pub(crate) fn reshaped(&self, wanted: &[usize]) -> String {
        let (found, wanted_values, shape) = (product(self.input), values(wanted).unwrap_or(MAX), join(wanted));
        match (self.origin, self.input) {
            _ if found == wanted_values => format!("insert `Reshape<{shape}> ->` before it"),
            (Origin::Call(call, Some(width)), [_]) => {
                format!("write `{} -> Reshape<{shape}>` before it", call.with(width, wanted_values))
            }
            (Origin::Input(decl), _) => format!("write `struct {}: [{shape}]`", decl.name),
            (_, [_]) => format!("insert `Dense<{found}, {wanted_values}> -> Reshape<{shape}> ->` before it"),
            _ => format!("insert `Flatten -> Dense<{found}, {wanted_values}> -> Reshape<{shape}> ->` before it"),
        }
    }
}
