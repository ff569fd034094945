//! `SwiGlu<D, hidden = D, bias = false>`, which consists of a `Dense`, its gate and a `Dense`.

use std::rc::Rc;

use loom_ir::layers as ir;

use super::dense::dense;
use crate::entry::{Args, Entry, LayerSpec, Part, Shape, Site, count, product};

pub(super) const SWI_GLU: Entry = Entry::new("SwiGlu", &["D"], &[("hidden", "D"), ("bias", "false")], read);

struct SwiGlu {
    features: usize,
    hidden: usize,
    bias: bool,
}

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    let features = args.size(0);
    let hidden = args.size_option("hidden", features, 1);
    let bias = args.flag("bias", false);
    Rc::new(SwiGlu { features, hidden, bias })
}

impl LayerSpec for SwiGlu {
    fn fixed_input(&self) -> Option<Shape> {
        Some(vec![self.features])
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        let (last, features) = (input.last()?, self.features);
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

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let SwiGlu { features, hidden, bias } = *self;
        let rows = product(input) / features;
        // W_gate above W_up.
        let gate_up = Part::named("gate_up_proj", dense(rows, [features, hidden.saturating_mul(2)], bias));
        let down = Part::named("down_proj", dense(rows, [hidden, features], bias));
        vec![
            gate_up.params_named(["gate_up_proj.weight", "gate_up_proj.bias"]),
            Part::named("gate", ir::Glu { rows, hidden }),
            down.params_named(["down_proj.weight", "down_proj.bias"]),
        ]
    }
}
