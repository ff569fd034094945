//! `Transpose`, which exchanges two dimensions.

use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::quote;

use crate::entry::{Emit, Entry, Header, LayerSpec, Shape, Site, number, product};

pub(super) const TRANSPOSE: Entry =
    Entry { name: "Transpose", positional: &[], variadic: false, options: &[], read: |_| Rc::new(Transpose) };

struct Transpose;

impl LayerSpec for Transpose {
    fn input_hint(&self) -> String {
        "[rows, columns]".to_owned()
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        // transpose_c1: the input has two dimensions.
        let [rows, columns] = match *input {
            [rows, columns] => return Some(vec![columns, rows]),
            [values] => [1, values],
            _ => [input[0], product(&input[1..])],
        };
        let call = site.call;
        let complaint = format!("`{call}` takes two dimensions [rows, columns], but {}", site.found());
        site.error(&call.name, complaint, site.reshaped(&[rows, columns]));
        None
    }

    fn keeps_values(&self) -> bool {
        true
    }

    fn header(&self, cx: &Emit<'_>) -> Header {
        Header::new("TRANSPOSE").sizes([("ROWS", cx.input[0]), ("COLUMNS", cx.input[1])])
    }

    fn emit(&self, cx: &Emit<'_>) -> TokenStream {
        let (rows, columns) = (number(cx.input[0]), number(cx.input[1]));
        cx.layer("Transpose", quote!(rows: #rows, columns: #columns))
    }
}
