//! `Dropout<P>`

use std::rc::Rc;

use loom_ir::layers as ir;

use crate::entry::{Args, Entry, LayerSpec, Part, Shape, Site, product};

pub(super) const DROPOUT: Entry = Entry::new("Dropout", &["P"], &[], read);

struct Dropout {
    probability: f32,
}

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    let call = args.call;
    let mut probability = 0.0;
    if let [value] = call.positional.as_slice() {
        // dropout_c1: 0 <= P < 1; at 1 the scale 1 / (1 - P) would be infinite.
        let range: (fn(f32) -> bool, _) = (|p| (0.0..1.0).contains(&p), "at least 0.0 and below 1.0");
        probability = args.float("P", value, range, |p| {
            // One who is off by the sign or writes percent.
            let meant = [-p, p / 100.0].into_iter().find(|meant| (0.01..1.0).contains(meant) && p != 1.0);
            call.with(0, meant.unwrap_or(0.5))
        });
    }
    Rc::new(Dropout { probability })
}

impl LayerSpec for Dropout {
    fn infer(&self, input: &[usize], _: &mut Site<'_>) -> Option<Shape> {
        Some(input.to_vec())
    }

    fn parts(&self, input: &[usize], stream: u32) -> Vec<Part> {
        vec![Part::only(ir::Dropout { len: product(input), probability: self.probability, stream })]
    }
}
