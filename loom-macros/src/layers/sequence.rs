//! `Last` and `Mean`, which make one step of a sequence `[steps, features]`.

use std::rc::Rc;

use loom_ir::layers as ir;

use super::window::Window;
use crate::entry::{Entry, LayerSpec, Part, Shape, Site, product};

pub(super) const LAST: Entry = Entry::new("Last", &[], &[], |_| Rc::new(Last));

pub(super) const MEAN: Entry = Entry::new("Mean", &[], &[], |_| Rc::new(Mean));

struct Last;

/// An `AvgPool2d` over the image [1, steps, features], with a kernel of one column and all rows.
struct Mean;

impl LayerSpec for Last {
    fn input_hint(&self) -> String {
        "[steps, features]".to_owned()
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        step(input, site)
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        vec![Part::only(ir::Last { steps: input[0], features: input[1] })]
    }
}

impl LayerSpec for Mean {
    fn input_hint(&self) -> String {
        "[steps, features]".to_owned()
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        step(input, site)
    }

    fn alias(&self) -> Option<&'static str> {
        Some("Mean")
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let (steps, features) = (input[0], input[1]);
        vec![Part::only(ir::AvgPool2d { channels: 1, window: column(steps).over([steps, features]) })]
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
