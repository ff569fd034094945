//! Where a layer stands, for its errors.

use std::fmt::Display;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use crate::ast::{Call, InputShape, Struct};
use crate::report::Errors;

/// Who gave a shape.
#[derive(Clone, Copy)]
pub(crate) enum Origin<'a> {
    /// The declaration of a struct.
    Input(&'a Struct),
    /// A layer or a struct in a stack; the number is the argument that is the last dimension of its output, if there is
    /// one.
    Call(&'a Call, Option<usize>),
    /// `Residual`, where the user wrote it.
    Residual(&'a Ident),
}

impl Origin<'_> {
    /// Who gave a shape, and the shape: "`Dense<2, 8>` before it gives 8".
    pub(crate) fn found(&self, shape: &[usize]) -> String {
        let name = match self {
            Origin::Input(decl) => {
                return format!("the input shape of `{}` is {shape:?}", decl.name);
            }
            Origin::Call(call, _) => call.to_string(),
            Origin::Residual(_) => "Residual { .. }".to_owned(),
        };
        match shape {
            [len] => format!("`{name}` before it gives {len}"),
            shape => format!("`{name}` before it gives {shape:?}"),
        }
    }

    /// The tokens to edit for another shape.
    pub(crate) fn place(&self) -> TokenStream {
        match self {
            Origin::Input(Struct { input: InputShape::Dims(group, _), .. }) => quote!(#group),
            Origin::Input(Struct { name, .. }) => quote!(#name),
            Origin::Call(call, _) => call.name.to_token_stream(),
            Origin::Residual(ident) => quote!(#ident),
        }
    }
}

/// Where a layer stands.
pub(crate) struct Site<'a> {
    pub(crate) call: &'a Call,
    pub(crate) origin: Origin<'a>,
    pub(crate) input: &'a [usize],
    pub(crate) errors: &'a mut Errors,
}

impl Site<'_> {
    /// What the layer gets: "`Dense<2, 8>` before it gives 8".
    pub(crate) fn found(&self) -> String {
        self.origin.found(self.input)
    }

    /// Reports an error of this layer.
    pub(crate) fn error(&mut self, place: impl ToTokens, message: impl Display) {
        self.errors.at(place, message);
    }
}
