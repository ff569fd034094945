//! A network's struct, its methods and its `Model` implementation.

use loom_ir::plan::Plan;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Path, Token};

use super::plan::expand_plan;
use super::show::Texts;
use crate::ast::Struct;
use crate::entry::number;
use crate::plan::Source;

/// What a network's signatures say of its plan.
pub(super) struct Shapes {
    pub(super) input: TokenStream,
    pub(super) output: TokenStream,
    pub(super) parameters: TokenStream,
}

impl Shapes {
    pub(super) fn of(plan: &Plan<'_>) -> Self {
        let parameters = number(plan.parameters()).into_token_stream();
        Self { input: array_type(plan.input), output: array_type(plan.output), parameters }
    }
}

/// One struct with all its implementations. `is_used` says that another struct contains it.
///
/// The methods are written by a macro of the library, `private::methods`, so that they are not in every expansion.
pub(super) fn expand_struct(
    krate: &TokenStream,
    decl: &Struct,
    (plan, sources): (&Plan<'_>, &[Source<'_>]),
    (shapes, texts): (&Shapes, &Texts),
    is_used: bool,
) -> TokenStream {
    let Struct { attrs, vis, name, .. } = decl;
    let Shapes { input, output, parameters } = shapes;
    let Texts { summary: table, dot } = texts;
    let [p, q] = precisions(name);
    let summary = format!(
        " One sample in: `{:?}`. One sample out: `{:?}`. Trainable values: {}.",
        plan.input,
        plan.output,
        plan.parameters()
    );
    let forward = format!(" The output `{:?}` for one sample `{:?}`.", plan.output, plan.input);
    // Rustdoc joins the user's text and the summary, which is a paragraph of its own.
    let gap = attrs.iter().any(|attr| attr.path().is_ident("doc")).then(|| quote!(#[doc = ""]));
    let allow = is_used.then(|| quote!(#[allow(dead_code)]));
    let clone = (!derives(attrs, "Clone")).then(|| quote!(#[derive(::core::clone::Clone)]));
    let debug = (!derives(attrs, "Debug")).then(|| quote!(#krate::private::methods! { Debug for #name<#p> }));
    let plan = expand_plan(krate, plan, sources);
    quote! {
        #(#attrs)*
        #gap
        #[doc = #summary]
        #clone
        #allow
        #vis struct #name<#p: #krate::dtype::Precision = #krate::dtype::F32> {
            weights: #krate::WeightsOf<Self, #p>,
        }

        impl<#p: #krate::dtype::Precision> #krate::Model for #name<#p> {
            type Input = #input;
            type Output = #output;
            type Precision = #p;
            type In<#q: #krate::dtype::Precision> = #name<#q>;

            const PLAN: &'static #krate::plan::Plan = &#plan;

            fn from_own(__loom_weights: #krate::WeightsOf<Self, #p>) -> Self {
                Self { weights: __loom_weights }
            }

            fn own_weights(&self) -> &#krate::WeightsOf<Self, #p> {
                &self.weights
            }

            fn weights_mut(&mut self) -> &mut #krate::WeightsOf<Self, #p> {
                &mut self.weights
            }
        }

        #krate::private::methods! { #vis #name<#p, #q>: #input => #output, #parameters, #forward, #table, #dot }
        #debug
    }
}

/// The type parameters of a network's precision and of another one, which the network's own name would hide.
fn precisions(network: &Ident) -> [Ident; 2] {
    if network == "P" || network == "Q" { ["T", "U"] } else { ["P", "Q"] }.map(|name| format_ident!("{name}"))
}

/// Whether the user derives a trait, under any path.
fn derives(attrs: &[Attribute], name: &str) -> bool {
    attrs.iter().filter(|attr| attr.path().is_ident("derive")).any(|attr| {
        let paths = attr.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
        paths.is_ok_and(|paths| paths.iter().any(|path| path.segments.last().is_some_and(|last| last.ident == name)))
    })
}

/// `[[f32; 28]; 28]`
pub(super) fn array_type(shape: &[usize]) -> TokenStream {
    shape.iter().rev().fold(quote!(::core::primitive::f32), |element, dim| {
        let dim = number(*dim);
        quote!([#element; #dim])
    })
}
