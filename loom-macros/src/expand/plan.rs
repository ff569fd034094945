//! The constant `loom::plan::Plan`, printed field by field.

use std::collections::BTreeSet;

use loom_ir::facts::Kind;
use loom_ir::plan::Plan;
use loom_ir::{Fields, Layer, List, Value};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use crate::entry::number;
use crate::plan::Source;

/// `{ use $crate::{layers, plan}; &plan::Plan { .. } }`, of which each step has its source. The compiler's time goes with the number of
/// tokens, so that paths are short.
pub(super) fn expand_plan(krate: &TokenStream, plan: &Plan<'_>, sources: &[Source<'_>]) -> TokenStream {
    let mut printer = Printer { sources: sources.iter(), modules: BTreeSet::new(), has_options: false };
    let plan = printer.item(PLAN, plan);
    let modules = printer.modules.into_iter().map(ident);
    let option = printer.has_options.then(|| {
        quote!(
            use ::core::option::Option;
        )
    });
    quote!({ use #krate::{#(#modules),*}; #option &#plan })
}

/// The module of a plan's structs, and that of layers.
const PLAN: &str = "plan";
const LAYERS: &str = "layers";

/// The path of a type of a module of the library.
pub(super) fn path(krate: &TokenStream, module: &str, name: &str, at: Span) -> TokenStream {
    let (module, name) = (ident(module), Ident::new(name, at.resolved_at(Span::call_site())));
    quote!(#krate::#module::#name)
}

fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

struct Printer<'s> {
    /// Of the layers that are still to come.
    sources: std::slice::Iter<'s, Source<'s>>,
    /// The modules that are named.
    modules: BTreeSet<&'static str>,
    /// Whether an `Option` is named.
    has_options: bool,
}

impl Printer<'_> {
    /// `module::Name { field: value, .. }`
    fn item(&mut self, module: &'static str, of: &dyn Fields) -> TokenStream {
        let path = self.path(module, of.name(), Span::call_site());
        self.fields(&path, of, Span::call_site())
    }

    /// The path of a type of a module that is imported.
    fn path(&mut self, module: &'static str, name: &str, at: Span) -> TokenStream {
        self.modules.insert(module);
        let (module, name) = (ident(module), Ident::new(name, at.resolved_at(Span::call_site())));
        quote!(#module::#name)
    }

    /// The fields of a struct, in which an activation has this place.
    fn fields(&mut self, path: &TokenStream, of: &dyn Fields, activation: Span) -> TokenStream {
        let mut fields = TokenStream::new();
        of.for_each(&mut |name, value| {
            let (name, value) = (ident(name), self.value(value, activation));
            fields.extend(quote!(#name: #value,));
        });
        quote!(#path { #fields })
    }

    /// `layers::Layer::Dense(layers::Dense { .. })`
    ///
    /// The names of the struct and of its activation have the places of the user's tokens, so that an editor shows their
    /// documentation there.
    fn layer(&mut self, layer: &Layer) -> TokenStream {
        let source = self.sources.next().expect("each step has its source");
        let fields: &dyn Fields = layer.description();
        // An activation that is a step of its own is what the user's token names.
        let (at, activation) = match layer.facts().kind {
            Kind::Activation(_) => (Span::call_site(), source.ident.span()),
            _ => (source.ident.span(), source.activation.map_or_else(Span::call_site, Ident::span)),
        };
        let (variant, name) = (ident(fields.name()), source.alias.unwrap_or(fields.name()));
        let path = self.path(LAYERS, name, at);
        let value = self.fields(&path, fields, activation);
        quote!(layers::Layer::#variant(#value))
    }

    fn list(&mut self, list: &dyn List) -> TokenStream {
        let mut items = Vec::new();
        list.for_each(&mut |item| items.push(self.item(PLAN, item)));
        quote!(&[#(#items),*])
    }

    fn value(&mut self, value: Value<'_>, activation: Span) -> TokenStream {
        match value {
            Value::Size(size) => {
                let size = number(size);
                quote!(#size)
            }
            Value::Index(Some(index)) => {
                let index = number(index);
                self.has_options = true;
                quote!(Option::Some(#index))
            }
            Value::Index(None) => {
                self.has_options = true;
                quote!(Option::None)
            }
            Value::Pair(pair) => {
                let [rows, columns] = pair.map(number);
                quote!([#rows, #columns])
            }
            Value::Sizes(sizes) => {
                let sizes = sizes.iter().map(|&size| number(size));
                quote!(&[#(#sizes),*])
            }
            Value::Word(word) => {
                let word = Literal::u32_unsuffixed(word);
                quote!(#word)
            }
            Value::Number(number) => quote!(#number),
            Value::Flag(flag) => quote!(#flag),
            Value::Text(text) => quote!(#text),
            Value::Choice([module, name, variant]) => {
                let (path, variant) = (self.path(module, name, Span::call_site()), ident(variant));
                quote!(#path::#variant)
            }
            Value::Numbers(numbers) => quote!(&[#(#numbers),*]),
            Value::ChoiceOf([module, name, variant], number) => {
                let (path, variant) = (self.path(module, name, Span::call_site()), ident(variant));
                quote!(#path::#variant(#number))
            }
            Value::Activation(function) => {
                let constant = function.constant().map(|(name, number)| {
                    let name = ident(name);
                    quote!({ #name: #number })
                });
                let name = Ident::new(function.name(), activation.resolved_at(Span::call_site()));
                quote!(layers::Activation::#name #constant)
            }
            Value::Layer(layer) => self.layer(layer),
            Value::Struct(inner) => self.item(LAYERS, inner),
            Value::List(list) => self.list(list),
        }
    }
}
