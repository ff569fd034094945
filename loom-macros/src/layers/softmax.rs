//! `Softmax`, over the last dimension.

use std::rc::Rc;

use loom_ir::layers as ir;

use crate::entry::{Entry, LayerSpec, Part, Shape, Site, product};

pub(super) const SOFTMAX: Entry = Entry::new("Softmax", &[], &[], |_| Rc::new(Softmax));

struct Softmax;

impl LayerSpec for Softmax {
    fn infer(&self, input: &[usize], _: &mut Site<'_>) -> Option<Shape> {
        Some(input.to_vec())
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let len = input[input.len() - 1];
        vec![Part::only(ir::Softmax { rows: product(input) / len, len })]
    }
}
