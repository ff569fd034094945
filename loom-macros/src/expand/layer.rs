//! A layer's constant, printed field by field from its description.

use loom_ir::layers::Activation;
use loom_ir::{Fields, Layer, Value};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use crate::entry::number;
use crate::plan::Op;

/// `$crate::layers::Layer::Dense($crate::layers::Dense { .. })`
///
/// The names of the struct and of its activation have the places of the user's tokens, so that an editor shows their documentation
/// there.
pub(super) fn layer(krate: &TokenStream, op: &Op<'_>) -> TokenStream {
    let (ident, alias, epilogue) = match op {
        Op::Layer(layer) => (layer.ident, layer.spec.alias(), layer.epilogue.map(|(_, ident)| ident)),
        Op::Fork(_, ident) | Op::Join(_, ident) => (*ident, None, None),
    };
    let layer = op.description();
    let fields: &dyn Fields = layer.description();
    // An activation that is a step of its own is what the user's token names.
    let (at, activation) = match layer {
        Layer::Elementwise(_) => (Span::call_site(), ident.span()),
        _ => (ident.span(), epilogue.map_or_else(Span::call_site, Ident::span)),
    };
    let printer = Printer { krate, activation };
    let (variant, name) = (Ident::new(fields.name(), Span::call_site()), alias.unwrap_or(fields.name()));
    let value = printer.fields(path(krate, name, at), fields);
    quote!(#krate::layers::Layer::#variant(#value))
}

/// The path of a type of `loom::layers`.
pub(super) fn path(krate: &TokenStream, name: &str, at: Span) -> TokenStream {
    let name = Ident::new(name, at.resolved_at(Span::call_site()));
    quote!(#krate::layers::#name)
}

struct Printer<'a> {
    krate: &'a TokenStream,
    /// The place of an activation.
    activation: Span,
}

impl Printer<'_> {
    /// `path { rows: 1, .. }`
    fn fields(&self, path: TokenStream, of: &dyn Fields) -> TokenStream {
        let mut fields = TokenStream::new();
        of.for_each(&mut |name, value| {
            let (name, value) = (Ident::new(name, Span::call_site()), self.value(value));
            fields.extend(quote!(#name: #value,));
        });
        quote!(#path { #fields })
    }

    fn value(&self, value: Value<'_>) -> TokenStream {
        let krate = self.krate;
        match value {
            Value::Size(size) => {
                let size = number(size);
                quote!(#size)
            }
            Value::Offset(Some(offset)) => {
                let offset = number(offset);
                quote!(::core::option::Option::Some(#offset))
            }
            Value::Offset(None) => quote!(::core::option::Option::None),
            Value::Pair(pair) => {
                let [rows, columns] = pair.map(number);
                quote!([#rows, #columns])
            }
            Value::Word(word) => {
                let word = Literal::u32_unsuffixed(word);
                quote!(#word)
            }
            Value::Number(number) => quote!(#number),
            Value::Flag(flag) => quote!(#flag),
            Value::Activation(activation) => {
                let slope = match activation {
                    Activation::LeakyRelu { slope } => Some(quote!({ slope: #slope })),
                    _ => None,
                };
                let name = Ident::new(activation.name(), self.activation.resolved_at(Span::call_site()));
                quote!(#krate::layers::Activation::#name #slope)
            }
            Value::Cell(cell) => {
                let name = Ident::new(cell.name(), Span::call_site());
                quote!(#krate::layers::Cell::#name)
            }
            Value::Struct(inner) => self.fields(path(krate, inner.name(), Span::call_site()), inner),
        }
    }
}
