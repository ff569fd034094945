//! `SinusoidalPositions` and `LearnedPositions`: forward, backward and their GPU launches.

use super::Positions;
use crate::kernels::{column_sums, run_kernel};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const FORWARD: Kernel = Kernel::weighted(Form::Items, &[include_str!("positions/forward.wgsl")]);
const D_WEIGHT: Kernel = Kernel::backward("d_weight", Form::ColumnSums, &[include_str!("positions/d_weight.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[include_str!("positions/d_input.wgsl")]);

impl Operator for Positions {
    /// y = x + P.
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let offset = if self.learned { cx.offsets.param(0) } else { cx.offsets.table() };
        let table = cx.weights.matrix(offset, [1, self.values()]);
        cx.threads.split_mut(cx.output, self.values(), self.values(), |first, output| {
            let input = &cx.input[first * self.values()..][..output.len()];
            for (x, y) in input.chunks_exact(self.values()).zip(output.chunks_exact_mut(self.values())) {
                table.read(y);
                run_kernel!(A, move || y.iter_mut().zip(x).for_each(|(y, &x)| *y = A::flush(x + *y)));
            }
        });
    }

    /// d_P = Σ_samples d_y, d_x = d_y.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        if self.learned {
            column_sums::<A>(cx.threads, cx.d_output, &mut cx.d_weights[cx.offsets.gradient(0)..][..self.values()]);
        }
        if let Some(d_input) = cx.d_input.as_deref_mut() {
            d_input.copy_from_slice(cx.d_output);
        }
    }

    fn launches(&self) -> Vec<Launch> {
        let mut launches = vec![Launch::new(&FORWARD, PerSample(self.values()))];
        launches.extend(self.learned.then(|| Launch::new(&D_WEIGHT, Fixed(self.values()))));
        launches.push(Launch::new(&D_INPUT, PerSample(self.values())));
        launches
    }
}
