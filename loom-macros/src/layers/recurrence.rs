//! `Rnn<IN, HIDDEN, relu = false>`, `Lstm<IN, HIDDEN>` and `Gru<IN, HIDDEN>`: each a `Dense` over all steps, and a recurrence.

use std::rc::Rc;

use loom_ir::Layer;
use loom_ir::layers::{self as ir, Cell};

use super::dense::Dense;
use crate::entry::{Args, Entry, LayerSpec, ParamSpec, Part, Places, Role, Shape, Site, Start, product};

pub(super) const RNN: Entry = Entry {
    name: "Rnn",
    positional: &["IN", "HIDDEN"],
    variadic: false,
    options: &[("relu", "false")],
    read: |args| {
        let cell = if args.flag("relu", false) { Cell::Relu } else { Cell::Tanh };
        read(args, cell)
    },
};

pub(super) const LSTM: Entry = Entry {
    name: "Lstm",
    positional: &["IN", "HIDDEN"],
    variadic: false,
    options: &[],
    read: |args| read(args, Cell::Lstm),
};

pub(super) const GRU: Entry = Entry {
    name: "Gru",
    positional: &["IN", "HIDDEN"],
    variadic: false,
    options: &[],
    read: |args| read(args, Cell::Gru),
};

struct Recurrent {
    inputs: usize,
    hidden: usize,
    projection: Projection,
    recurrence: Recurrence,
}

fn read(args: &mut Args<'_>, cell: Cell) -> Rc<dyn LayerSpec> {
    let (inputs, hidden) = (args.size(0), args.size(1));
    let dense = Dense::new(inputs, cell.gates().saturating_mul(hidden), true);
    Rc::new(Recurrent {
        inputs,
        hidden,
        projection: Projection { dense, hidden },
        recurrence: Recurrence { cell, hidden },
    })
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

    fn parts(&self, input: &[usize]) -> Vec<Part<'_>> {
        let part = |name, spec, width| Part { name, spec, output: vec![input[0], width] };
        vec![
            part("input", &self.projection as &dyn LayerSpec, self.projection.dense.outputs),
            part("recurrence", &self.recurrence, self.hidden),
        ]
    }

    fn layer(&self, _: &Places<'_>) -> Option<Layer> {
        None
    }
}

/// Two parameters of a recurrent layer; all begin with U(1 / √HIDDEN), as PyTorch's do.
fn params(names: [&'static str; 2], [outputs, inputs]: [usize; 2], hidden: usize) -> Vec<ParamSpec> {
    let param =
        |name, shape, role| ParamSpec { name, shape, role, start: Start::FanIn, fan_in: hidden, fan_out: outputs };
    vec![param(names[0], vec![outputs, inputs], Role::Weight), param(names[1], vec![outputs], Role::Bias)]
}

/// z = x W_ihᵀ + b_ih: the `Dense` over all steps, under PyTorch's names.
struct Projection {
    dense: Dense,
    hidden: usize,
}

impl LayerSpec for Projection {
    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        self.dense.infer(input, site)
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        params(["weight_ih_l0", "bias_ih_l0"], [self.dense.outputs, self.dense.inputs], self.hidden)
    }

    fn layer(&self, cx: &Places<'_>) -> Option<Layer> {
        self.dense.layer(cx)
    }
}

/// h from z, step by step.
struct Recurrence {
    cell: Cell,
    hidden: usize,
}

impl LayerSpec for Recurrence {
    fn infer(&self, input: &[usize], _: &mut Site<'_>) -> Option<Shape> {
        Some(vec![input[0], self.hidden])
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        let outputs = self.cell.gates().saturating_mul(self.hidden);
        params(["weight_hh_l0", "bias_hh_l0"], [outputs, self.hidden], self.hidden)
    }

    fn layer(&self, cx: &Places<'_>) -> Option<Layer> {
        let Recurrence { cell, hidden } = *self;
        Some(ir::Recurrence { cell, steps: cx.input[0], hidden, weight: cx.params[0], bias: cx.params[1] }.into())
    }
}
