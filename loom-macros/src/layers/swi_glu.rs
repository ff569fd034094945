//! `SwiGlu<D, hidden = D, bias = false>`, which consists of a `Dense`, its gate and a `Dense`.

use std::rc::Rc;

use loom_ir::Layer;
use loom_ir::layers as ir;

use super::dense::Dense;
use crate::entry::{Args, Entry, LayerSpec, Part, Places, Shape, Site, count, product};

pub(super) const SWI_GLU: Entry =
    Entry { name: "SwiGlu", positional: &["D"], variadic: false, options: &[("hidden", "D"), ("bias", "false")], read };

struct SwiGlu {
    /// W_gate above W_up.
    gate_up: Dense,
    gate: Glu,
    down: Dense,
}

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    let features = args.size(0);
    let hidden = args.size_option("hidden", features, 1);
    let bias = args.flag("bias", false);
    Rc::new(SwiGlu {
        gate_up: Dense::new(features, hidden.saturating_mul(2), bias)
            .named(["gate_up_proj.weight", "gate_up_proj.bias"]),
        gate: Glu { hidden },
        down: Dense::new(hidden, features, bias).named(["down_proj.weight", "down_proj.bias"]),
    })
}

impl LayerSpec for SwiGlu {
    fn fixed_input(&self) -> Option<Shape> {
        Some(vec![self.down.outputs])
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        let (last, features) = (input.last()?, self.down.outputs);
        // swi_glu_c1: the last dimension of the input is D.
        if *last != features {
            let call = site.call;
            let complaint = format!("`{call}` takes {}, but {}", count(features, "input"), site.found());
            site.error(&call.positional[0], complaint, format!("write `{}`", call.with(0, last)));
            return None;
        }
        Some(input.to_vec())
    }

    fn width_argument(&self) -> Option<usize> {
        Some(0)
    }

    fn parts(&self, input: &[usize]) -> Vec<Part<'_>> {
        let part = |name, spec, features| Part { name, spec, output: with_last(input, features) };
        vec![
            part("gate_up_proj", &self.gate_up as &dyn LayerSpec, self.gate_up.outputs),
            part("gate", &self.gate, self.gate.hidden),
            part("down_proj", &self.down, self.down.outputs),
        ]
    }

    fn layer(&self, _: &Places<'_>) -> Option<Layer> {
        None
    }
}

/// The shape with another last dimension.
fn with_last(shape: &[usize], last: usize) -> Shape {
    let rows = shape.split_last().map_or(&[][..], |(_, rows)| rows);
    [rows, &[last]].concat()
}

struct Glu {
    hidden: usize,
}

impl LayerSpec for Glu {
    fn infer(&self, input: &[usize], _: &mut Site<'_>) -> Option<Shape> {
        Some(with_last(input, self.hidden))
    }

    fn layer(&self, cx: &Places<'_>) -> Option<Layer> {
        Some(ir::Glu { rows: product(cx.input) / (2 * self.hidden), hidden: self.hidden }.into())
    }
}
