//! `Softmax`, over the last dimension.

use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::quote;

use crate::entry::{Emit, Entry, Header, LayerSpec, Shape, Site, number, product};

pub(super) const SOFTMAX: Entry =
    Entry { name: "Softmax", positional: &[], variadic: false, options: &[], read: |_| Rc::new(Softmax) };

struct Softmax;

impl LayerSpec for Softmax {
    fn infer(&self, input: &[usize], _: &mut Site<'_>) -> Option<Shape> {
        Some(input.to_vec())
    }

    fn header(&self, cx: &Emit<'_>) -> Header {
        let last = cx.input[cx.input.len() - 1];
        Header::new("SOFTMAX").sizes([("ROWS", product(cx.input) / last), ("LEN", last)])
    }

    fn emit(&self, cx: &Emit<'_>) -> TokenStream {
        let last = cx.input[cx.input.len() - 1];
        let (rows, len) = (number(product(cx.input) / last), number(last));
        cx.layer("Softmax", quote!(rows: #rows, len: #len))
    }
}
