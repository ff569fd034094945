//! `Transpose`, which exchanges two dimensions.

use std::rc::Rc;

use loom_ir::Layer;
use loom_ir::layers as ir;

use crate::entry::{Entry, LayerSpec, Places, Shape, Site, product};

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

    fn layer(&self, cx: &Places<'_>) -> Option<Layer> {
        Some(ir::Transpose { rows: cx.input[0], columns: cx.input[1] }.into())
    }
}
