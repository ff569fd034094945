//! `LayerNorm<eps = 1e-5, bias = true>` and `RmsNorm<eps = 1.1920929e-7>`, over the last dimension.

use std::rc::Rc;

use loom_ir::layers as ir;

use crate::entry::{Args, Entry, LayerSpec, Part, Shape, Site, product};

pub(super) const LAYER_NORM: Entry = Entry::new("LayerNorm", &[], &[("eps", "1e-5"), ("bias", "true")], |args| {
    Rc::new(LayerNorm { epsilon: epsilon(args, 1e-5), bias: args.flag("bias", true) })
});

pub(super) const RMS_NORM: Entry = Entry::new("RmsNorm", &[], &[("eps", "1.1920929e-7")], |args| {
    Rc::new(RmsNorm { epsilon: epsilon(args, f32::EPSILON) })
});

/// The least `eps`. Devices may disagree on squares below 2^-102, which vanish beside this.
const LEAST_EPSILON: f32 = 1e-15;

/// The option `eps`.
pub(super) fn epsilon(args: &mut Args<'_>, default: f32) -> f32 {
    let Some(value) = args.option("eps") else { return default };
    // norm_c1: eps is finite and at least 1e-15, so that a row of equal values is not divided by 0.
    let range: (fn(f32) -> bool, _) = (
        |epsilon| (LEAST_EPSILON..f32::INFINITY).contains(&epsilon),
        &*format!("finite and at least {LEAST_EPSILON:e}"),
    );
    args.float("eps", value, range, |_| format!("eps = {default:e}"))
}

struct LayerNorm {
    epsilon: f32,
    bias: bool,
}

struct RmsNorm {
    epsilon: f32,
}

/// Rows and their length.
fn rows_of(input: &[usize]) -> [usize; 2] {
    let last = input[input.len() - 1];
    [product(input) / last, last]
}

impl LayerSpec for LayerNorm {
    fn infer(&self, input: &[usize], _: &mut Site<'_>) -> Option<Shape> {
        Some(input.to_vec())
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let ([rows, len], &LayerNorm { epsilon, bias }) = (rows_of(input), self);
        vec![Part::only(ir::LayerNorm { rows, len, epsilon, bias })]
    }
}

impl LayerSpec for RmsNorm {
    fn infer(&self, input: &[usize], _: &mut Site<'_>) -> Option<Shape> {
        Some(input.to_vec())
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let [rows, len] = rows_of(input);
        vec![Part::only(ir::RmsNorm { rows, len, epsilon: self.epsilon })]
    }
}
