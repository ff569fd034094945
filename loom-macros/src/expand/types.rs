//! A network's struct, its methods and its `Model` implementation.

use loom_ir::plan::Plan;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Path, Token};

use super::plan::expand_plan;
use super::show::{Texts, ports};
use crate::ast::Struct;
use crate::check::{Network, Port};
use crate::entry::number;
use crate::plan::Source;

/// What a network's signatures say of its plan.
pub(super) struct Shapes {
    input: Sample,
    output: Sample,
    parameters: TokenStream,
}

impl Shapes {
    /// A shape that is not known becomes the type `unknown`, which there is after an error.
    pub(super) fn of(
        krate: &TokenStream,
        decl: &Struct,
        network: &Network,
        parameters: TokenStream,
        unknown: Option<&TokenStream>,
    ) -> Self {
        let sample = |suffix, ports| Sample::of(krate, decl, suffix, ports, unknown);
        Self { input: sample("Input", &network.inputs), output: sample("Output", &network.outputs), parameters }
    }
}

/// The type of a sample.
struct Sample {
    ty: TokenStream,
    /// The struct, where the type is one that is to be written.
    item: Option<TokenStream>,
}

impl Sample {
    fn of(
        krate: &TokenStream,
        Struct { vis, name, .. }: &Struct,
        suffix: &str,
        ports: &[Port],
        unknown: Option<&TokenStream>,
    ) -> Self {
        let shapes: Option<Vec<&[usize]>> = ports.iter().map(|port| port.shape.as_deref()).collect();
        let own = format_ident!("{name}{suffix}").into_token_stream();
        let is_struct = ports.len() > 1;
        let item = match shapes.as_deref() {
            Some([shape]) => return Self { ty: array_type(shape), item: None },
            Some(shapes @ [_, ..]) => {
                let doc = format!(" One {} of [`{name}`].", suffix.to_lowercase());
                let fields = ports.iter().zip(shapes).map(|(port, shape)| {
                    let (name, ty, doc) = (field_name(&port.name), array_type(shape), format!(" `{shape:?}`"));
                    quote!(#[doc = #doc] #name: #ty)
                });
                quote!(#krate::private::sample! { #[doc = #doc] #vis struct #own { #(#fields),* } })
            }
            Some([]) | None => {
                let ty = unknown.cloned().unwrap_or_default();
                if !is_struct {
                    return Self { ty, item: None };
                }
                quote!(#[allow(dead_code)] #vis type #own = #ty;)
            }
        };
        Self { ty: own, item: Some(item) }
    }
}

/// A field of a value's name, which may be a keyword. `gen` is one for the user's edition, and not for `syn`.
fn field_name(name: &str) -> Ident {
    let plain = syn::parse_str(name).ok().filter(|_| name != "gen");
    plain.unwrap_or_else(|| format_ident!("r#{name}"))
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
    let samples = input.item.iter().chain(&output.item);
    let Texts { summary: table, dot } = texts;
    let [p, q] = precisions(name);
    let summary = format!(
        " One sample in: `{}`. One sample out: `{}`. Trainable values: {}.",
        ports(plan.inputs),
        ports(plan.outputs),
        plan.parameters()
    );
    let forward = format!(" The output `{}` for one sample `{}`.", ports(plan.outputs), ports(plan.inputs));
    let (input, output) = (&input.ty, &output.ty);
    // Rustdoc joins the user's text and the summary, which is a paragraph of its own.
    let gap = summary_gap(attrs);
    // Programs have constants such as 2/√π, as near as binary32 has them.
    let approximate = (!plan.programs.is_empty()).then(|| quote!(#[allow(clippy::approx_constant)]));
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

            #approximate
            const PLAN: &'static #krate::plan::Plan = #plan;

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
        #(#samples)*
    }
}

/// What stands between the user's documentation and that of the macro.
pub(super) fn summary_gap(attrs: &[Attribute]) -> Option<TokenStream> {
    attrs.iter().any(|attr| attr.path().is_ident("doc")).then(|| quote!(#[doc = ""]))
}

/// The type parameters of a network's precision and of another one, which the network's own name would hide.
fn precisions(network: &Ident) -> [Ident; 2] {
    if network == "P" || network == "Q" { ["T", "U"] } else { ["P", "Q"] }.map(|name| format_ident!("{name}"))
}

/// Whether the user derives a trait, under any path.
pub(super) fn derives(attrs: &[Attribute], name: &str) -> bool {
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
