//! `Slice`: forward, backward and its GPU launches.

use super::Slice;
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[include_str!("slice/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[include_str!("slice/d_input.wgsl")]);

impl Operator for Slice {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        cx.threads.split_mut(cx.output, self.count, self.count, |first, rows| {
            let from = cx.input[first * self.len..].chunks_exact(self.len);
            rows.chunks_exact_mut(self.count)
                .zip(from)
                .for_each(|(row, from)| row.copy_from_slice(&from[self.start..][..self.count]));
        });
    }

    /// d_x = d_y in the part, 0 elsewhere.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        cx.threads.split_mut(d_input, self.len, self.len, |first, rows| {
            let from = cx.d_output[first * self.count..].chunks_exact(self.count);
            for (row, from) in rows.chunks_exact_mut(self.len).zip(from) {
                row.fill(A::T::ZERO);
                row[self.start..][..self.count].copy_from_slice(from);
            }
        });
    }

    fn launches(&self) -> Vec<Launch> {
        vec![
            Launch::new(&FORWARD, PerSample(self.rows * self.count)),
            Launch::new(&D_INPUT, PerSample(self.rows * self.len)),
        ]
    }
}
