//! `Last` and `Mean`, which make one step of a sequence `[steps, features]`.

use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::quote;

use super::window::Window;
use crate::entry::{Emit, Entry, Header, LayerSpec, Shape, Site, number, product};

pub(super) const LAST: Entry =
    Entry { name: "Last", positional: &[], variadic: false, options: &[], read: |_| Rc::new(Last) };

pub(super) const MEAN: Entry =
    Entry { name: "Mean", positional: &[], variadic: false, options: &[], read: |_| Rc::new(Mean) };

struct Last;

/// An `AvgPool2d` over the image [1, steps, features], with a kernel of one column and all rows.
struct Mean;

impl LayerSpec for Last {
    fn keeps_values(&self) -> bool {
        true
    }

    fn input_hint(&self) -> String {
        "[steps, features]".to_owned()
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        step(input, site)
    }

    fn header(&self, _: &Emit<'_>) -> Header {
        Header::new("LAST")
    }

    fn emit(&self, cx: &Emit<'_>) -> TokenStream {
        let (steps, features) = (number(cx.input[0]), number(cx.input[1]));
        cx.layer("Last", quote!(steps: #steps, features: #features))
    }
}

impl LayerSpec for Mean {
    fn input_hint(&self) -> String {
        "[steps, features]".to_owned()
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        step(input, site)
    }

    fn header(&self, cx: &Emit<'_>) -> Header {
        column(cx.input[0]).pool_header("AVG_POOL2D", [1, cx.input[0], cx.input[1]])
    }

    fn emit(&self, cx: &Emit<'_>) -> TokenStream {
        cx.layer_as("AvgPool2d", "Mean", column(cx.input[0]).pool_fields([1, cx.input[0], cx.input[1]], cx))
    }
}

/// A window of one column and so many rows.
fn column(rows: usize) -> Window {
    Window { kernel: [rows, 1], stride: [1, 1], padding: [0, 0], dilation: [1, 1], is_row: false }
}

/// One step of a sequence.
fn step(input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
    // last_c1, mean_c1: the input is [steps, features].
    if let [_, features] = *input {
        return Some(vec![features]);
    }
    let call = site.call;
    let cure = match input {
        [steps, rest @ ..] if !rest.is_empty() => site.reshaped(&[*steps, product(rest)]),
        _ => "leave it out, since that is one step already".to_owned(),
    };
    site.error(&call.name, format!("`{call}` takes a sequence [steps, features], but {}", site.found()), cure);
    None
}
