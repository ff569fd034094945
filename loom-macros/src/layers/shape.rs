//! `Flatten` and `Reshape<D, ..>`, which only rename the shape.

use std::rc::Rc;

use proc_macro2::TokenStream;

use super::{Emit, Entry, Header, LayerSpec, Shape, count, product};
use crate::args::Args;
use crate::check::Site;

pub(super) const FLATTEN: Entry =
    Entry { name: "Flatten", positional: &[], variadic: false, options: &[], read: |_| Rc::new(Flatten) };

pub(super) const RESHAPE: Entry = Entry {
    name: "Reshape",
    positional: &["D"],
    variadic: true,
    options: &[],
    read: |args| Rc::new(Reshape { shape: read_shape(args) }),
};

struct Flatten;

struct Reshape {
    shape: Shape,
}

fn read_shape(args: &mut Args<'_>) -> Shape {
    let shape = args.sizes();
    args.limit(&shape);
    shape
}

impl LayerSpec for Flatten {
    fn infer(&self, input: &[usize], _: &mut Site<'_>) -> Option<Shape> {
        Some(vec![product(input)])
    }

    fn is_view(&self) -> bool {
        true
    }

    fn header(&self, _: &Emit<'_>) -> Header {
        Header::default()
    }

    fn emit(&self, cx: &Emit<'_>) -> TokenStream {
        cx.path("Flatten")
    }
}

impl LayerSpec for Reshape {
    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        let (found, wanted) = (product(input), product(&self.shape));
        // reshape_c1: both shapes hold the same number of values.
        if found != wanted {
            let call = site.call;
            let values = if input.len() > 1 { format!(" ({found} values)") } else { String::new() };
            let complaint = format!("`{call}` holds {}, but {}{values}", count(wanted, "value"), site.found());
            let fitting = self.shape.iter().enumerate().find_map(|(index, dim)| {
                let rest = wanted / dim;
                found.is_multiple_of(rest).then_some((index, found / rest))
            });
            match fitting {
                Some((index, dim)) => {
                    site.error(&call.positional[index], format!("{complaint}; write `{}`", call.with(index, dim)))
                }
                None => site.error(&call.name, format!("{complaint}; write dimensions whose product is {found}")),
            }
        }
        Some(self.shape.clone())
    }

    fn declared_output(&self) -> Option<Shape> {
        Some(self.shape.clone())
    }

    fn is_view(&self) -> bool {
        true
    }

    fn header(&self, _: &Emit<'_>) -> Header {
        Header::default()
    }

    fn emit(&self, cx: &Emit<'_>) -> TokenStream {
        cx.path("Reshape")
    }
}
