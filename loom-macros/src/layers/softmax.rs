//! `Softmax`, over the last dimension.

use std::rc::Rc;

use loom_ir::Layer;
use loom_ir::layers as ir;

use crate::entry::{Entry, LayerSpec, Places, Shape, Site, product};

pub(super) const SOFTMAX: Entry =
    Entry { name: "Softmax", positional: &[], variadic: false, options: &[], read: |_| Rc::new(Softmax) };

struct Softmax;

impl LayerSpec for Softmax {
    fn infer(&self, input: &[usize], _: &mut Site<'_>) -> Option<Shape> {
        Some(input.to_vec())
    }

    fn layer(&self, cx: &Places<'_>) -> Option<Layer> {
        let len = cx.input[cx.input.len() - 1];
        Some(ir::Softmax { rows: product(cx.input) / len, len }.into())
    }
}
