//! The constant `loom::plan::Plan`, printed field by field.

use loom_ir::facts::Kind;
use loom_ir::plan::Plan;
use loom_ir::{Fields, Layer, List, Value};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use crate::entry::number;
use crate::plan::Source;

/// `$crate::plan::Plan { .. }`, of which each step has its source.
pub(super) fn expand_plan(krate: &TokenStream, plan: &Plan<'_>, sources: &[Source<'_>]) -> TokenStream {
    let mut sources = sources.iter();
    Printer { krate, module: "plan", activation: Span::call_site(), sources: &mut sources }.item(plan)
}

/// The path of a type of a module of the library.
pub(super) fn path(krate: &TokenStream, module: &str, name: &str, at: Span) -> TokenStream {
    let (module, name) = (ident(module), Ident::new(name, at.resolved_at(Span::call_site())));
    quote!(#krate::#module::#name)
}

fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

struct Printer<'a, 's> {
    krate: &'a TokenStream,
    /// Where the structs are.
    module: &'static str,
    /// The place of an activation.
    activation: Span,
    /// Of the layers that are still to come.
    sources: &'a mut std::slice::Iter<'s, Source<'s>>,
}

impl Printer<'_, '_> {
    /// `$crate::module::Name { field: value, .. }`
    fn item(&mut self, of: &dyn Fields) -> TokenStream {
        let path = path(self.krate, self.module, of.name(), Span::call_site());
        self.fields(&path, of)
    }

    fn fields(&mut self, path: &TokenStream, of: &dyn Fields) -> TokenStream {
        let mut fields = TokenStream::new();
        of.for_each(&mut |name, value| {
            let (name, value) = (ident(name), self.value(value));
            fields.extend(quote!(#name: #value,));
        });
        quote!(#path { #fields })
    }

    /// `$crate::layers::Layer::Dense($crate::layers::Dense { .. })`
    ///
    /// The names of the struct and of its activation have the places of the user's tokens, so that an editor shows their
    /// documentation there.
    fn layer(&mut self, layer: &Layer) -> TokenStream {
        let (krate, source) = (self.krate, self.sources.next().expect("each step has its source"));
        let fields: &dyn Fields = layer.description();
        // An activation that is a step of its own is what the user's token names.
        let (at, activation) = match layer.facts().kind {
            Kind::Activation(_) => (Span::call_site(), source.ident.span()),
            _ => (source.ident.span(), source.activation.map_or_else(Span::call_site, Ident::span)),
        };
        let (variant, name) = (ident(fields.name()), source.alias.unwrap_or(fields.name()));
        let path = path(krate, "layers", name, at);
        let value = Printer { krate, module: "layers", activation, sources: self.sources }.fields(&path, fields);
        quote!(#krate::layers::Layer::#variant(#value))
    }

    fn list(&mut self, list: &dyn List) -> TokenStream {
        let mut items = Vec::new();
        list.for_each(&mut |item| items.push(self.item(item)));
        quote!(&[#(#items),*])
    }

    fn value(&mut self, value: Value<'_>) -> TokenStream {
        let krate = self.krate;
        match value {
            Value::Size(size) => {
                let size = number(size);
                quote!(#size)
            }
            Value::Index(Some(index)) => {
                let index = number(index);
                quote!(::core::option::Option::Some(#index))
            }
            Value::Index(None) => quote!(::core::option::Option::None),
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
                let (path, variant) = (path(krate, module, name, Span::call_site()), ident(variant));
                quote!(#path::#variant)
            }
            Value::Numbers(numbers) => quote!(&[#(#numbers),*]),
            Value::ChoiceOf([module, name, variant], number) => {
                let (path, variant) = (path(krate, module, name, Span::call_site()), ident(variant));
                quote!(#path::#variant(#number))
            }
            Value::Activation(activation) => {
                let constant = activation.constant().map(|(name, number)| {
                    let name = ident(name);
                    quote!({ #name: #number })
                });
                let name = Ident::new(activation.name(), self.activation.resolved_at(Span::call_site()));
                quote!(#krate::layers::Activation::#name #constant)
            }
            Value::Layer(layer) => self.layer(layer),
            Value::Struct(inner) => self.item(inner),
            Value::List(list) => self.list(list),
        }
    }
}
