//! `Last`: forward, backward and its GPU launches.

use super::Last;
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[include_str!("sequence/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[include_str!("sequence/d_input.wgsl")]);

fn input_len(last: &Last) -> usize {
    last.steps * last.features
}

impl Operator for Last {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        cx.threads.split_mut(cx.output, self.features, self.features, |first, outputs| {
            let inputs = cx.input.chunks_exact(input_len(self)).skip(first);
            for (output, input) in outputs.chunks_exact_mut(self.features).zip(inputs) {
                output.copy_from_slice(&input[input.len() - self.features..]);
            }
        });
    }

    /// d_x = d_y at the last step, 0 at the others.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        cx.threads.split_mut(d_input, input_len(self), input_len(self), |first, d_inputs| {
            let d_outputs = cx.d_output.chunks_exact(self.features).skip(first);
            for (d_input, d_output) in d_inputs.chunks_exact_mut(input_len(self)).zip(d_outputs) {
                let (before, last) = d_input.split_at_mut(d_input.len() - self.features);
                before.fill(A::T::ZERO);
                last.copy_from_slice(d_output);
            }
        });
    }

    fn launches(&self) -> Vec<Launch> {
        vec![Launch::new(&FORWARD, PerSample(self.features)), Launch::new(&D_INPUT, PerSample(input_len(self)))]
    }
}
