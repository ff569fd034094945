//! Several values one behind the other along an axis.

use super::Concat;
use crate::layers::operator::{Backward, Forward, Operands, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const PLACE: &str = include_str!("concat/place.wgsl");
const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[PLACE, include_str!("concat/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[PLACE, include_str!("concat/d_input.wgsl")]);

/// Where the rows of an input begin among those of the output, and how long they are.
fn columns<T>(layer: &Concat, operands: &Operands<'_, T>, number: usize) -> (usize, usize) {
    let width = |k: usize| operands.len(k) / layer.rows;
    ((0..number).map(width).sum(), width(number))
}

impl Operator for Concat {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        cx.threads.split_mut(cx.output, self.len, self.len, |first, rows| {
            for k in 0..cx.operands.count() {
                let (start, width) = columns(self, cx.operands, k);
                let from = cx.operands.get(k)[first * width..].chunks_exact(width);
                rows.chunks_exact_mut(self.len)
                    .zip(from)
                    .for_each(|(row, from)| row[start..][..width].copy_from_slice(from));
            }
        });
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let (start, width) = columns(self, cx.operands, cx.operand);
        cx.threads.split_mut(d_input, width, width, |first, rows| {
            let from = cx.d_output[first * self.len..].chunks_exact(self.len);
            rows.chunks_exact_mut(width).zip(from).for_each(|(row, from)| row.copy_from_slice(&from[start..][..width]));
        });
    }

    fn launches(&self) -> Vec<Launch> {
        vec![
            Launch::new(&FORWARD, PerSample(self.rows * self.len)),
            Launch::new(&D_INPUT, PerSample(self.rows * self.len)),
        ]
    }
}
