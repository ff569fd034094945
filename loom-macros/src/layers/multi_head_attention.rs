//! `MultiHeadAttention<D, HEADS, causal = false, rotary = false, bias = true>`

use std::rc::Rc;

use loom_ir::Layer;
use loom_ir::layers as ir;

use super::dense::Dense;
use super::positions::as_steps;
use crate::entry::{Args, Entry, LayerSpec, Part, Places, Shape, Site, Start, nearest_divisors, option_place};
use crate::size::{MAX, values};

pub(super) const MULTI_HEAD_ATTENTION: Entry = Entry {
    name: "MultiHeadAttention",
    positional: &["D", "HEADS"],
    variadic: false,
    options: &[("causal", "false"), ("rotary", "false"), ("bias", "true")],
    read,
};

/// Queries, keys and values of all heads by one product; the heads; and the product that mixes them.
struct MultiHeadAttention {
    in_proj: Dense,
    attention: Attention,
    out_proj: Dense,
}

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    let call = args.call;
    let (features, heads) = (args.size(0), args.size(1));
    let [causal, rotary] = ["causal", "rotary"].map(|name| args.flag(name, false));
    let bias = args.flag("bias", true);
    if !args.failed() && !features.is_multiple_of(heads) {
        // multi_head_attention_c1: HEADS divides D.
        let cures = nearest_divisors(features, heads).map(|heads| format!("`{}`", call.with(1, heads)));
        let cures = Vec::from_iter(cures).join(" or ");
        let message = format!("`{call}` shares {features} features between {heads} heads; write {cures}");
        args.error(&call.positional[1], message);
    }
    let width = features / heads;
    if !args.failed() && rotary && !width.is_multiple_of(2) {
        // multi_head_attention_c2: rotations turn pairs of features.
        let cure = match (1..heads).rev().find(|&fewer| features.is_multiple_of(2 * fewer)) {
            Some(fewer) => format!("write `{}`, or leave `rotary` out", call.with(1, fewer)),
            None => "leave `rotary` out".to_owned(),
        };
        let message = format!("`rotary` turns pairs of features, but each head of `{call}` has {width}; {cure}");
        args.error(option_place(call, "rotary"), message);
    }
    let dense = |outputs, params| Dense { inputs: features, outputs, bias, params };
    Rc::new(MultiHeadAttention {
        in_proj: dense(3 * features, [("in_proj_weight", Start::Xavier), ("in_proj_bias", Start::Zeros)]),
        attention: Attention { heads, width, causal, rotary },
        out_proj: dense(features, [("out_proj.weight", Start::FanIn), ("out_proj.bias", Start::Zeros)]),
    })
}

impl MultiHeadAttention {
    /// The number of heads nearest to the present one that so many features can be shared between.
    fn heads_for(&self, features: usize) -> Option<usize> {
        let Attention { heads, rotary, .. } = self.attention;
        let unit = if rotary { 2 } else { 1 };
        let fits = |heads: &usize| features.is_multiple_of(heads * unit);
        // There are no more heads than features, and no need to look further away than the present number is large.
        (0..heads).find_map(|away| [heads - away, heads + away].into_iter().find(fits))
    }
}

impl LayerSpec for MultiHeadAttention {
    fn input_hint(&self) -> String {
        format!("[steps, {}]", self.in_proj.inputs)
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        let features = self.in_proj.inputs;
        // multi_head_attention_c3: the input is [steps, D].
        let [steps, found] = as_steps(input, Some(features), site)?;
        // multi_head_attention_c4: its steps have D features.
        if found != features {
            let call = site.call;
            let complaint = format!("`{call}` takes steps of {features} features, but {}", site.found());
            let cure = match self.heads_for(found) {
                Some(heads) if heads == self.attention.heads => format!("write `{}`", call.with(0, found)),
                Some(heads) => format!("write `{}`", call.with_each([(0, found), (1, heads)])),
                None => format!("insert `Dense<{found}, {features}> ->` before it"),
            };
            site.error(&call.positional[0], complaint, cure);
            return None;
        }
        // size_c6: a tensor has at most `size::MAX` values.
        if values(&[self.attention.heads, steps, steps]).is_none() {
            let call = site.call;
            let complaint = format!("`{call}` weighs more than {MAX} pairs of steps a sample");
            let complaint = format!("{complaint}, {steps} by {steps} in each head");
            site.error(&call.name, complaint, "make the sequence shorter");
            return None;
        }
        Some(input.to_vec())
    }

    fn width_argument(&self) -> Option<usize> {
        Some(0)
    }

    fn parts(&self, input: &[usize]) -> Vec<Part<'_>> {
        let shape = |features| vec![input[0], features];
        vec![
            Part { name: "in_proj", spec: &self.in_proj, output: shape(self.in_proj.outputs) },
            Part { name: "attention", spec: &self.attention, output: shape(self.out_proj.inputs) },
            Part { name: "out_proj", spec: &self.out_proj, output: shape(self.out_proj.outputs) },
        ]
    }

    fn layer(&self, _: &Places<'_>) -> Option<Layer> {
        None
    }
}

/// What is between the two products.
struct Attention {
    heads: usize,
    width: usize,
    causal: bool,
    rotary: bool,
}

impl Attention {
    fn scale(&self) -> f32 {
        (1.0 / (self.width as f64).sqrt()) as f32
    }
}

impl LayerSpec for Attention {
    fn infer(&self, input: &[usize], _: &mut Site<'_>) -> Option<Shape> {
        Some(vec![input[0], self.heads * self.width])
    }

    fn table(&self, input: &[usize]) -> Option<[usize; 2]> {
        self.rotary.then_some([input[0], self.width])
    }

    fn layer(&self, cx: &Places<'_>) -> Option<Layer> {
        let (steps, scale, rotations) = (cx.input[0], self.scale(), cx.params.first().copied());
        let Attention { heads, width, causal, .. } = *self;
        Some(ir::Attention { steps, heads, width, causal, scale, rotations }.into())
    }
}
