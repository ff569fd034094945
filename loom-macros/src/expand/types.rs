//! A network's struct, its methods and its `Network` implementation.

use loom_ir::plan::Plan;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Path, Token};

use super::plan::expand_plan;
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
/// No name in the expansion is one that a user's constant or static may have, in whose place a parameter would be a pattern.
pub(super) fn expand_struct(
    krate: &TokenStream,
    decl: &Struct,
    (plan, sources): (&Plan<'_>, &[Source<'_>]),
    shapes: &Shapes,
    is_used: bool,
) -> TokenStream {
    let Struct { attrs, vis, name, .. } = decl;
    let [p, _] = precisions(name);
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
    let methods = expand_methods(krate, decl, plan, shapes);
    let network = expand_network(krate, decl, &expand_plan(krate, plan, sources), shapes);
    quote! {
        #(#attrs)*
        #gap
        #[doc = #summary]
        #clone
        #allow
        #vis struct #name<#p: #krate::dtype::Precision = #krate::dtype::F32> {
            weights: #krate::WeightsOf<Self, #p>,
        }

        #methods

        #network

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
fn expand_methods(krate: &TokenStream, decl: &Struct, plan: &Plan<'_>, shapes: &Shapes) -> TokenStream {
    let Struct { vis, name, .. } = decl;
    let [p, q] = precisions(name);
    let Shapes { input, output, parameters } = shapes;
    let network = quote!(<Self as #krate::Network>);
    let forward = format!(" The output `{:?}` for one sample `{:?}`.", plan.output, plan.input);
    quote! {
        #[allow(dead_code)]
        impl #name {
            /// Number of trainable values.
            #vis const PARAMETERS: ::core::primitive::usize = #parameters;

            /// All that is known of the network before it runs: parameters, steps, sizes.
            #vis const PLAN: &'static #krate::plan::Plan = #network::PLAN;

            /// A network with initial weights drawn from a seed, by the initialisation of choice.
            #[must_use]
            #vis fn with_init(__loom_init: #krate::Init, __loom_seed: #krate::Seed) -> Self {
                #network::with_init(__loom_init, __loom_seed)
            }

            /// A network with initial weights drawn from a seed.
            #[must_use]
            #vis fn new(__loom_seed: #krate::Seed) -> Self {
                #network::new(__loom_seed)
            }

            /// The network with its weights in another number format.
            ///
            /// # Errors
            ///
            /// When a weight is infinite or not a number.
            #vis fn quantize<#q: #krate::dtype::Precision>(&self) -> ::core::result::Result<#name<#q>, #krate::Error> {
                #network::quantize(self)
            }

            /// The network with its weights in another number format, rounded as the options say.
            ///
            /// # Errors
            ///
            /// When a weight is infinite or not a number, or the format has no use for an option.
            #vis fn quantize_with<#q: #krate::dtype::Precision>(
                &self,
                __loom_rounding: &#krate::quantize::Rounding,
            ) -> ::core::result::Result<#name<#q>, #krate::Error> {
                #network::quantize_with(self, __loom_rounding)
            }

            /// The network with its weights in another number format, so that the outputs for these inputs, each value times a
            /// scale, stay near to what they are.
            ///
            /// # Errors
            ///
            /// When a weight or an input is infinite or not a number, there are no inputs, or the format has no use for an
            /// option.
            #vis fn quantize_calibrated<#q: #krate::dtype::Precision>(
                &self,
                __loom_rounding: &#krate::quantize::Rounding,
                __loom_inputs: &[impl #krate::Sample<AsF32 = #input>],
                __loom_scale: ::core::primitive::f32,
            ) -> ::core::result::Result<#name<#q>, #krate::Error> {
                #network::quantize_calibrated(self, __loom_rounding, __loom_inputs, __loom_scale)
            }

            /// Reads a network from a safetensors file.
            ///
            /// # Errors
            ///
            /// When the file cannot be read, or its tensors are not those of this network.
            #vis fn load(
                __loom_path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<Self, #krate::Error> {
                #network::load(__loom_path)
            }

            /// Reads a network from the bytes of a safetensors file.
            ///
            /// # Errors
            ///
            /// When the bytes are no such file, or its tensors are not those of this network.
            #vis fn from_bytes(
                __loom_bytes: &[::core::primitive::u8],
            ) -> ::core::result::Result<Self, #krate::Error> {
                #network::from_bytes(__loom_bytes)
            }

            /// Reads a network from a safetensors file in another number format.
            ///
            /// # Errors
            ///
            /// When the file cannot be read, or its tensors are not those of this network in that format.
            #vis fn load_as<#q: #krate::dtype::Precision>(
                __loom_path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<#name<#q>, #krate::Error> {
                #network::load_as(__loom_path)
            }

            /// Reads a network from the bytes of a safetensors file in another number format.
            ///
            /// # Errors
            ///
            /// When the bytes are no such file, or its tensors are not those of this network in that format.
            #vis fn from_bytes_as<#q: #krate::dtype::Precision>(
                __loom_bytes: &[::core::primitive::u8],
            ) -> ::core::result::Result<#name<#q>, #krate::Error> {
                #network::from_bytes_as(__loom_bytes)
            }
        }

        #[allow(dead_code)]
        impl<#p: #krate::dtype::Precision> #name<#p> {
            /// The bytes of the safetensors file that `save` writes.
            ///
            /// # Errors
            ///
            /// When a weight is infinite or not a number.
            #vis fn to_bytes(&self) -> ::core::result::Result<::std::vec::Vec<::core::primitive::u8>, #krate::Error> {
                #network::to_bytes(self)
            }

            /// The network with these weights.
            ///
            /// # Errors
            ///
            /// When they were made for another network.
            #vis fn from_weights(__loom_weights: #krate::Weights<#p>) -> ::core::result::Result<Self, #krate::Error> {
                #network::from_weights(__loom_weights)
            }

            /// The parameters.
            #[must_use]
            #vis fn weights(&self) -> &#krate::Weights<#p> {
                #network::weights(self)
            }

            /// The parameters, to change them.
            #[must_use]
            #vis fn weights_mut(&mut self) -> &mut #krate::WeightsOf<Self, #p> {
                #network::weights_mut(self)
            }

            #[doc = #forward]
            #[must_use]
            #vis fn forward(&self, __loom_input: &#input) -> #output {
                #network::forward(self, __loom_input)
            }

            #[doc = #forward]
            /// It is on the heap, and so may be of any size.
            #[must_use]
            #vis fn forward_boxed(&self, __loom_input: &#input) -> ::std::boxed::Box<#output> {
                #network::forward_boxed(self, __loom_input)
            }

            /// The outputs for many samples; each gets the same bits as alone.
            #[must_use]
            #vis fn forward_batch(&self, __loom_inputs: &[#input]) -> ::std::vec::Vec<#output> {
                #network::forward_batch(self, __loom_inputs)
            }

            /// The network on a device of choice.
            #[must_use]
            #vis fn on<'device, __LoomDevice: #krate::Device>(
                &'device self,
                __loom_device: &'device __LoomDevice,
            ) -> __LoomDevice::On<'device, Self> {
                #network::on(self, __loom_device)
            }

            /// Writes the outputs for many samples into memory that is there.
            ///
            /// # Errors
            ///
            /// When there are not as many outputs as inputs, or there is no memory to compute them.
            #vis fn forward_into(
                &self,
                __loom_inputs: &[#input],
                __loom_outputs: &mut [#output],
            ) -> ::core::result::Result<(), #krate::Error> {
                #network::forward_into(self, __loom_inputs, __loom_outputs)
            }

            /// Writes the parameters to a safetensors file, under PyTorch's names and layouts.
            ///
            /// # Errors
            ///
            /// When the file cannot be written.
            #vis fn save(
                &self,
                __loom_path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<(), #krate::Error> {
                #network::save(self, __loom_path)
            }

            /// SHA-256 over the bytes of every weight, in the order of the stack.
            #[must_use]
            #vis fn fingerprint(&self) -> #krate::Fingerprint {
                #network::fingerprint(self)
            }
        }
    }
}

fn expand_network(krate: &TokenStream, decl: &Struct, plan: &TokenStream, shapes: &Shapes) -> TokenStream {
    let name = &decl.name;
    let [p, q] = precisions(name);
    let Shapes { input, output, .. } = shapes;
    quote! {
        impl<#p: #krate::dtype::Precision> #krate::Network for #name<#p> {
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
    }
}

/// `Debug` prints no weights, which may be millions. Its calls have paths: a trait in scope may have methods of these names.
fn expand_debug(krate: &TokenStream, decl: &Struct) -> TokenStream {
    let name = &decl.name;
    let [p, _] = precisions(name);
    let text = name.to_string();
    quote! {
        impl<#p: #krate::dtype::Precision> ::core::fmt::Debug for #name<#p> {
            fn fmt(&self, __loom_f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut __loom_debug = ::core::fmt::Formatter::debug_struct(__loom_f, #text);
                ::core::fmt::DebugStruct::field(&mut __loom_debug, "parameters", &<#name>::PARAMETERS);
                ::core::fmt::DebugStruct::finish_non_exhaustive(&mut __loom_debug)
            }
        }
    }
}

/// `[[f32; 28]; 28]`
pub(super) fn array_type(shape: &[usize]) -> TokenStream {
    shape.iter().rev().fold(quote!(::core::primitive::f32), |element, dim| {
        let dim = number(*dim);
        quote!([#element; #dim])
    })
}
