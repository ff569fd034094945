//! What surrounds the structs: the constants, and the block of an expression.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use crate::ast::{Const, Form, Input, Struct};
use crate::check::Model;

/// Items as they are, or a block whose value is the network.
pub(super) fn finish(input: &Input, items: TokenStream) -> TokenStream {
    match (input.form, input.structs.as_slice()) {
        (Form::Expression, [Struct { name, .. }]) => {
            let krate = &input.krate;
            quote!({ #items #name::new(#krate::Seed(0)) })
        }
        _ => items,
    }
}

/// The constants, so that the user's code and an editor see them. One that an error leaves without a value is `unknown`.
pub(super) fn expand_consts(input: &Input, model: &Model, unknown: &TokenStream) -> TokenStream {
    let consts = input.consts.iter().map(|Const { attrs, vis, name, .. }| {
        let value = model.consts.get(name).flatten().map(Literal::usize_suffixed);
        let value = value.map_or_else(|| unknown.clone(), |value| value.into_token_stream());
        quote! {
            #(#attrs)*
            #[allow(dead_code)]
            #vis const #name: ::core::primitive::usize = #value;
        }
    });
    consts.collect()
}
