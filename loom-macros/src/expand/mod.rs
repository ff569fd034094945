//! Prints the types. Nothing here can fail.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use crate::ast::{Const, Form, Input, Struct};
use crate::check::{Item, Kind, Model};
use crate::plan::Plan;

mod cpu;
mod fallback;
mod layer;
mod types;

pub(crate) use fallback::fallback;

/// The items or the expression for a call of `network!`.
pub(crate) fn expand(input: &Input, model: &Model, plans: &[Plan<'_>]) -> TokenStream {
    let consts = expand_consts(input, model, &TokenStream::new());
    let used = used_structs(model);
    let structs = input.structs.iter().zip(plans).enumerate().map(|(index, (decl, plan))| {
        let shapes = types::Shapes::of(plan);
        types::expand_struct(&input.krate, decl, plan, &shapes, used.contains(&index))
    });
    let references = model.networks.iter().map(|network| references(input, &network.stack));
    finish(input, quote!(#consts #(#structs #references)*))
}

/// Items as they are, or a block whose value is the network.
fn finish(input: &Input, items: TokenStream) -> TokenStream {
    match (input.form, input.structs.as_slice()) {
        (Form::Expression, [Struct { name, .. }]) => {
            let krate = &input.krate;
            quote!({ #items #name::new(#krate::Seed(0)) })
        }
        _ => items,
    }
}

/// The constants, so that the user's code and an editor see them. One that an error leaves without a value is `unknown`.
fn expand_consts(input: &Input, model: &Model, unknown: &TokenStream) -> TokenStream {
    let consts = input.consts.iter().map(|Const { attrs, vis, name, .. }| {
        let value = model.consts.get(name).map(Literal::usize_suffixed);
        let value = value.map_or_else(|| unknown.clone(), |value| value.into_token_stream());
        quote! {
            #(#attrs)*
            #[allow(dead_code)]
            #vis const #name: ::core::primitive::usize = #value;
        }
    });
    consts.collect()
}

/// The structs that stand in a stack of another one; user code need not name them.
fn used_structs(model: &Model) -> Vec<usize> {
    fn collect(stack: &[Item], used: &mut Vec<usize>) {
        for item in stack {
            match &item.kind {
                Kind::Layer { .. } => {}
                Kind::Residual(inner) => collect(inner, used),
                Kind::Network(index) => used.push(*index),
            }
        }
    }
    let mut used = Vec::new();
    model.networks.iter().for_each(|network| collect(&network.stack, &mut used));
    used
}

/// Mentions of what leaves no trace in a plan, views and other structs, so that an editor finds them where the user wrote
/// them.
fn references(input: &Input, stack: &[Item]) -> TokenStream {
    let krate = &input.krate;
    let items = stack.iter().filter(|item| !item.is_copy);
    let mentions = items.map(|item| match &item.kind {
        Kind::Layer { spec, input, .. } if spec.is_view() || !spec.parts(input).is_empty() => {
            let path = layer::path(krate, &item.ident.to_string(), item.ident.span());
            quote!(const _: #path = #path;)
        }
        Kind::Layer { .. } => TokenStream::new(),
        Kind::Residual(inner) => references(input, inner),
        Kind::Network(_) => {
            let name = &item.ident;
            quote! {
                const _: ::core::marker::PhantomData<#name> = ::core::marker::PhantomData;
            }
        }
    });
    mentions.collect()
}
