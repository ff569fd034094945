//! `MultiHeadAttention<D, HEADS, causal = false, rotary = false, bias = true>`

use std::rc::Rc;

use loom_ir::layers as ir;
use loom_ir::plan::Start;

use super::dense::dense;
use super::positions::as_steps;
use crate::entry::{Args, Entry, LayerSpec, Part, Shape, Site, divisors, nearest_divisors, option_place};
use crate::size::{MAX, values};

pub(super) const MULTI_HEAD_ATTENTION: Entry = Entry::new(
    "MultiHeadAttention",
    &["D", "HEADS"],
    &[("causal", "false"), ("rotary", "false"), ("bias", "true")],
    read,
);

/// Queries, keys and values of all heads by one product; the heads; and the product that mixes them.
struct MultiHeadAttention {
    heads: usize,
    /// D / HEADS.
    width: usize,
    causal: bool,
    rotary: bool,
    bias: bool,
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
        let fits = |fewer: &usize| *fewer < heads && (features / fewer).is_multiple_of(2);
        let cure = match divisors(features).filter(fits).max() {
            Some(fewer) => format!("write `{}`, or leave `rotary` out", call.with(1, fewer)),
            None => "leave `rotary` out".to_owned(),
        };
        let message = format!("`rotary` turns pairs of features, but each head of `{call}` has {width}; {cure}");
        args.error(option_place(call, "rotary"), message);
    }
    Rc::new(MultiHeadAttention { heads, width, causal, rotary, bias })
}

impl MultiHeadAttention {
    /// D.
    fn features(&self) -> usize {
        self.heads * self.width
    }

    /// The number of heads nearest to the present one that so many features can be shared between.
    fn heads_for(&self, features: usize) -> Option<usize> {
        let MultiHeadAttention { heads, rotary, .. } = *self;
        let unit = if rotary { 2 } else { 1 };
        let fitting = divisors(features).filter(|fitting| (features / fitting).is_multiple_of(unit));
        // Of two that are as near, the smaller.
        fitting.min_by_key(|fitting| (fitting.abs_diff(heads), *fitting))
    }
}

impl LayerSpec for MultiHeadAttention {
    fn input_hint(&self) -> String {
        format!("[steps, {}]", self.features())
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        let features = self.features();
        // multi_head_attention_c3: the input is [steps, D].
        let [steps, found] = as_steps(input, Some(features), site)?;
        // multi_head_attention_c4: its steps have D features.
        if found != features {
            let call = site.call;
            let complaint = format!("`{call}` takes steps of {features} features, but {}", site.found());
            let cure = match self.heads_for(found) {
                Some(heads) if heads == self.heads => format!("write `{}`", call.with(0, found)),
                Some(heads) => format!("write `{}`", call.with_each([(0, found), (1, heads)])),
                None => format!("insert `Dense<{found}, {features}> ->` before it"),
            };
            site.error(&call.positional[0], complaint, cure);
            return None;
        }
        // size_c6: a tensor has at most `size::MAX` values.
        if values(&[self.heads, steps, steps]).is_none() {
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

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let MultiHeadAttention { heads, width, causal, rotary, bias } = *self;
        let (steps, features) = (input[0], self.features());
        let scale = (1.0 / (width as f64).sqrt()) as f32;
        let in_proj = Part::named("in_proj", dense(steps, [features, 3 * features], bias));
        let out_proj = Part::named("out_proj", dense(steps, [features, features], bias));
        vec![
            in_proj.params_named(["in_proj_weight", "in_proj_bias"]).starting([Start::Xavier, Start::Zeros]),
            Part::named("attention", ir::Attention { steps, heads, width, causal, scale, rotary }),
            out_proj.params_named(["out_proj.weight", "out_proj.bias"]).starting([Start::FanIn, Start::Zeros]),
        ]
    }
}
