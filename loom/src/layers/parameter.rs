//! Learned tensors of functions.

use super::Parameter;
use crate::kernels::column_sums;
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const FORWARD: Kernel = Kernel::weighted(Form::Items, &[include_str!("parameter/forward.wgsl")]);
const D_WEIGHT: Kernel = Kernel::backward("d_weight", Form::ColumnSums, &[include_str!("positions/d_weight.wgsl")]);

impl Operator for Parameter {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let (len, batch) = (self.rows * self.columns, cx.output.len());
        if batch > 0 {
            cx.weights.matrix(cx.offsets.param(0), [1, len]).read(&mut cx.output[..len]);
            (len..batch).step_by(len).for_each(|sample| cx.output.copy_within(..len, sample));
        }
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let d_weight = &mut cx.d_weights[cx.offsets.gradient(0)..][..self.rows * self.columns];
        column_sums::<A>(cx.threads, cx.d_output, d_weight);
    }

    fn launches(&self) -> Vec<Launch> {
        let len = self.rows * self.columns;
        vec![Launch::new(&FORWARD, PerSample(len)), Launch::new(&D_WEIGHT, Fixed(len))]
    }
}
