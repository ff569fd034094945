//! Activation functions and their derivatives.

use super::{Activation, Elementwise};
use crate::kernels::VECTOR;
use crate::kernels::activation::{COST, apply, differentiate};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

/// The activations and their derivatives in WGSL, for all kernels that need them.
pub(super) const FUNCTIONS: &str = include_str!("activation/activation.wgsl");
const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[FUNCTIONS, include_str!("activation/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[FUNCTIONS, include_str!("activation/d_input.wgsl")]);
/// Turns the gradient of a fused activation's result into that of its argument.
const D_FUSED: Kernel =
    Kernel::backward("d_activation", Form::Items, &[FUNCTIONS, include_str!("activation/d_fused.wgsl")]);

/// The dispatch that turns the gradient of a fused activation's result, of so many values per sample, into that of its
/// argument.
pub(super) fn launch(activation: Activation, len: usize) -> Option<Launch> {
    (activation != Activation::Identity).then(|| Launch::new(&D_FUSED, PerSample(len)))
}

impl Operator for Elementwise {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        cx.threads.split_mut(cx.output, VECTOR, VECTOR * COST, |first, values| {
            values.copy_from_slice(&cx.input[first * VECTOR..][..values.len()]);
            apply::<A>(self.activation, values);
        });
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        d_input.copy_from_slice(cx.d_output);
        differentiate::<A>(self.activation, cx.threads, cx.input, cx.output, d_input);
    }

    fn launches(&self) -> Vec<Launch> {
        vec![Launch::new(&FORWARD, PerSample(self.len)), Launch::new(&D_INPUT, PerSample(self.len))]
    }
}
