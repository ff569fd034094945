//! `Transpose`, which exchanges two dimensions.

use std::rc::Rc;

use loom_ir::layers as ir;

use crate::entry::{Entry, LayerSpec, Part, Shape, Site, product};

pub(super) const TRANSPOSE: Entry = Entry::new("Transpose", &[], &[], |_| Rc::new(Transpose));

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

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        vec![Part::only(ir::Transpose { rows: input[0], columns: input[1] })]
    }
}
