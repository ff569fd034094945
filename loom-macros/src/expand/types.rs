//! A network's struct, its methods and its `Network` implementation.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Path, Token};

use super::cpu;
use crate::ast::Struct;
use crate::layers::number;
use crate::plan::Plan;

/// One struct with all its implementations. `is_used` says that another struct contains it.
pub(super) fn expand_struct(krate: &TokenStream, decl: &Struct, plan: &Plan<'_>, is_used: bool) -> TokenStream {
    let Struct { attrs, vis, name, .. } = decl;
    let [p, _] = precisions(name);
    let cfgs: Vec<_> = attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
    let summary = format!(
        " One sample in: `{:?}`. One sample out: `{:?}`. Trainable values: {}.",
        plan.input,
        plan.output,
        plan.parameters()
    );
    // Rustdoc joins the user's text and the summary, which is a paragraph of its own.
    let gap = attrs.iter().any(|attr| attr.path().is_ident("doc")).then(|| quote!(#[doc = ""]));
    let allow = is_used.then(|| quote!(#[allow(dead_code)]));
    let clone = (!derives(attrs, "Clone")).then(|| quote!(#[derive(::core::clone::Clone)]));
    let debug = (!derives(attrs, "Debug")).then(|| expand_debug(krate, decl));
    let methods = expand_methods(krate, decl, plan);
    let network = expand_network(krate, decl, plan);
    quote! {
        #(#attrs)*
        #gap
        #[doc = #summary]
        #clone
        #allow
        #vis struct #name<#p: #krate::dtype::Precision = #krate::dtype::F32> {
            weights: #krate::Weights<#p>,
        }

        #(#cfgs)*
        #methods

        #(#cfgs)*
        #network

        #(#cfgs)*
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

/// The methods of `Network` once more, so that the user need not import the trait.
fn expand_methods(krate: &TokenStream, decl: &Struct, plan: &Plan<'_>) -> TokenStream {
    let Struct { vis, name, .. } = decl;
    let [p, q] = precisions(name);
    let (input, output) = (array_type(&plan.input), array_type(&plan.output));
    let parameters = number(plan.parameters());
    let network = quote!(<Self as #krate::Network>);
    let forward = format!(" The output `{:?}` for one sample `{:?}`.", plan.output, plan.input);
    quote! {
        #[allow(dead_code)]
        impl #name {
            /// Number of trainable values.
            #vis const PARAMETERS: ::core::primitive::usize = #parameters;

            /// All that is known of the network before it runs: parameters, steps, sizes.
            #vis const PLAN: &'static #krate::plan::Plan = #network::PLAN;

            /// The WGSL that computes the network on a GPU, step by step.
            #vis const WGSL: &'static [#krate::plan::Shader] = #network::PLAN.shaders;

            /// A network with initial weights drawn from `seed`, by the initialisation of choice.
            #[must_use]
            #vis fn with_init(init: #krate::Init, seed: #krate::Seed) -> Self {
                #network::with_init(init, seed)
            }

            /// A network with initial weights drawn from `seed`.
            #[must_use]
            #vis fn new(seed: #krate::Seed) -> Self {
                #network::new(seed)
            }

            /// The network with its weights in another number format.
            ///
            /// # Errors
            ///
            /// When a weight is infinite or not a number.
            #vis fn quantize<#q: #krate::dtype::Precision>(&self) -> ::core::result::Result<#name<#q>, #krate::Error> {
                #network::quantize(self)
            }

            /// Reads a network from a safetensors file.
            ///
            /// # Errors
            ///
            /// When the file cannot be read, or its tensors are not those of this network.
            #vis fn load(
                path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<Self, #krate::Error> {
                #network::load(path)
            }

            /// Reads a network from a safetensors file in another number format.
            ///
            /// # Errors
            ///
            /// When the file cannot be read, or its tensors are not those of this network in that format.
            #vis fn load_as<#q: #krate::dtype::Precision>(
                path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<#name<#q>, #krate::Error> {
                #network::load_as(path)
            }
        }

        #[allow(dead_code)]
        impl<#p: #krate::dtype::Precision> #name<#p> {
            #[doc = #forward]
            #[must_use]
            #vis fn forward(&self, input: &#input) -> #output {
                #network::forward(self, input)
            }

            #[doc = #forward]
            /// It is on the heap, and so may be of any size.
            #[must_use]
            #vis fn forward_boxed(&self, input: &#input) -> ::std::boxed::Box<#output> {
                #network::forward_boxed(self, input)
            }

            /// The outputs for many samples; each gets the same bits as alone.
            #[must_use]
            #vis fn forward_batch(&self, inputs: &[#input]) -> ::std::vec::Vec<#output> {
                #network::forward_batch(self, inputs)
            }

            /// Writes the outputs for many samples into memory that is there.
            ///
            /// # Errors
            ///
            /// When there are not as many outputs as inputs, or there is no memory to compute them.
            #vis fn forward_into(
                &self,
                inputs: &[#input],
                outputs: &mut [#output],
            ) -> ::core::result::Result<(), #krate::Error> {
                #network::forward_into(self, inputs, outputs)
            }

            /// Writes the parameters to a safetensors file, under PyTorch's names and layouts.
            ///
            /// # Errors
            ///
            /// When the file cannot be written.
            #vis fn save(
                &self,
                path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<(), #krate::Error> {
                #network::save(self, path)
            }
        }
    }
}

fn expand_network(krate: &TokenStream, decl: &Struct, plan: &Plan<'_>) -> TokenStream {
    let name = &decl.name;
    let [p, q] = precisions(name);
    let (input, output) = (array_type(&plan.input), array_type(&plan.output));
    let plan = cpu::expand_plan(krate, name, plan);
    quote! {
        impl<#p: #krate::dtype::Precision> #krate::Network for #name<#p> {
            type Input = #input;
            type Output = #output;
            type Precision = #p;
            type In<#q: #krate::dtype::Precision> = #name<#q>;

            const PLAN: &'static #krate::plan::Plan = &#plan;

            fn from_weights(weights: #krate::Weights<#p>) -> Self {
                Self { weights }
            }

            fn weights(&self) -> &#krate::Weights<#p> {
                &self.weights
            }

            fn weights_mut(&mut self) -> &mut #krate::Weights<#p> {
                &mut self.weights
            }
        }
    }
}

/// `Debug` prints no weights, which may be millions.
fn expand_debug(krate: &TokenStream, decl: &Struct) -> TokenStream {
    let name = &decl.name;
    let [p, _] = precisions(name);
    let text = name.to_string();
    quote! {
        impl<#p: #krate::dtype::Precision> ::core::fmt::Debug for #name<#p> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#text).field("parameters", &<#name>::PARAMETERS).finish_non_exhaustive()
            }
        }
    }
}

/// `[[f32; 28]; 28]`
fn array_type(shape: &[usize]) -> TokenStream {
    shape.iter().rev().fold(quote!(::core::primitive::f32), |element, dim| {
        let dim = number(*dim);
        quote!([#element; #dim])
    })
}
