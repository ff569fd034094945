//! `Rnn<IN, HIDDEN, relu = false>`, `Lstm<IN, HIDDEN>` and `Gru<IN, HIDDEN>`: each a `Dense` over all steps, and a recurrence.

use std::rc::Rc;

use loom_ir::layers::{self as ir, Cell};

use super::dense::dense;
use crate::entry::{Args, Entry, LayerSpec, Part, Shape, Site, product};

pub(super) const RNN: Entry = Entry::new("Rnn", &["IN", "HIDDEN"], &[("relu", "false")], |args| {
    let cell = if args.flag("relu", false) { Cell::Relu } else { Cell::Tanh };
    read(args, cell)
});

pub(super) const LSTM: Entry = Entry::new("Lstm", &["IN", "HIDDEN"], &[], |args| read(args, Cell::Lstm));

pub(super) const GRU: Entry = Entry::new("Gru", &["IN", "HIDDEN"], &[], |args| read(args, Cell::Gru));

struct Recurrent {
    inputs: usize,
    hidden: usize,
    cell: Cell,
}

fn read(args: &mut Args<'_>, cell: Cell) -> Rc<dyn LayerSpec> {
    let (inputs, hidden) = (args.size(0), args.size(1));
    Rc::new(Recurrent { inputs, hidden, cell })
}

impl LayerSpec for Recurrent {
    fn input_hint(&self) -> String {
        format!("[steps, {}]", self.inputs)
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        let call = site.call;
        let complaint = format!("`{call}` takes a sequence [steps, {}], but {}", self.inputs, site.found());
        let &[steps, features] = input else {
            // recurrence_c1: the input is [steps, features].
            let values = product(input);
            let cure = match input {
                _ if values.is_multiple_of(self.inputs) => {
                    format!("insert `Reshape<{}, {}> ->` before it", values / self.inputs, self.inputs)
                }
                [len] => format!("write `Reshape<{len}, 1> -> {}`", call.with(0, 1)),
                [.., last] => format!("write `Reshape<{}, {last}> -> {}`", values / last, call.with(0, last)),
                [] => return None,
            };
            site.error(&call.name, complaint, cure);
            return None;
        };
        // recurrence_c2: a step has IN features.
        if features != self.inputs {
            let cure = call.with(0, features);
            site.error(&call.positional[0], complaint, format!("write `{cure}`"));
        }
        Some(vec![steps, self.hidden])
    }

    fn width_argument(&self) -> Option<usize> {
        Some(1)
    }

    /// All parameters begin with U(1 / √HIDDEN), as PyTorch's do.
    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let Recurrent { inputs, hidden, cell } = *self;
        let (steps, outputs) = (input[0], cell.gates().saturating_mul(hidden));
        let mut projection = Part::named("input", dense(steps, [inputs, outputs], true));
        projection.params.iter_mut().for_each(|param| param.fans[0] = hidden);
        vec![
            projection.params_named(["weight_ih_l0", "bias_ih_l0"]),
            Part::named("recurrence", ir::Recurrence { cell, steps, hidden }),
        ]
    }
}
