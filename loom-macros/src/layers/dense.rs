//! `Dense<IN, OUT, bias = true, tied = NAME>`

use std::rc::Rc;

use loom_ir::layers as ir;
use proc_macro2::Ident;

use crate::entry::{Args, Entry, LayerSpec, Part, Shape, Site, count, product};

pub(super) const DENSE: Entry = Entry::new("Dense", &["IN", "OUT"], &[("bias", "true"), ("tied", "")], read);

struct Dense {
    inputs: usize,
    outputs: usize,
    bias: bool,
    tied: Option<Ident>,
}

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    let (inputs, outputs) = (args.size(0), args.size(1));
    Rc::new(Dense { inputs, outputs, bias: args.flag("bias", true), tied: args.layer_option("tied") })
}

/// The layer on so many rows.
pub(super) fn dense(rows: usize, [inputs, outputs]: [usize; 2], bias: bool) -> ir::Dense {
    ir::Dense { rows, inputs, outputs, bias, activation: ir::Activation::Identity }
}

impl LayerSpec for Dense {
    fn fixed_input(&self) -> Option<Shape> {
        Some(vec![self.inputs])
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        let (last, rows) = input.split_last()?;
        // dense_c1: the last dimension of the input is IN.
        if *last == self.inputs {
            return Some([rows, &[self.outputs]].concat());
        }
        let call = site.call;
        let complaint = format!("`{call}` takes {}, but {}", count(self.inputs, "input"), site.found());
        if product(input) == self.inputs {
            site.error(&call.name, complaint, "insert `Flatten ->` before it");
            return None;
        }
        let narrow = call.with(0, last);
        if rows.len() > 1 {
            let flat = call.with(0, product(input));
            let cure = format!("write `Flatten -> {flat}`, or `{narrow}` for the last dimension");
            site.error(&call.positional[0], complaint, cure);
            return None;
        }
        site.error(&call.positional[0], complaint, format!("write `{narrow}`"));
        Some([rows, &[self.outputs]].concat())
    }

    fn width_argument(&self) -> Option<usize> {
        Some(1)
    }

    fn tied(&self) -> Option<&Ident> {
        self.tied.as_ref()
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let Dense { inputs, outputs, bias, .. } = *self;
        vec![Part::only(dense(product(input) / inputs, [inputs, outputs], bias))]
    }
}
