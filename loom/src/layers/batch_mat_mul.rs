//! The matrix product of two values.

use super::BatchMatMul;
use crate::kernels::{Epilogue, MatMut, Matrix, matmul};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[include_str!("batch_mat_mul/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[include_str!("batch_mat_mul/d_input.wgsl")]);

impl Operator for BatchMatMul {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let &BatchMatMul { rows, inner, columns, .. } = self;
        let [a, b] = [0, 1].map(|k| cx.operands.get(k));
        let products = a.chunks_exact(rows * inner).zip(b.chunks_exact(inner * columns));
        for ((a, b), y) in products.zip(cx.output.chunks_exact_mut(rows * columns)) {
            let (a, b, y) = (Matrix::rows(a, inner), Matrix::rows(b, columns), MatMut::rows(y, columns));
            matmul::<A>(cx.threads, a, b, inner, y, Epilogue::NONE);
        }
    }

    /// d_a = d_y bᵀ, d_b = aᵀ d_y.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let &BatchMatMul { rows, inner, columns, .. } = self;
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let other = cx.operands.get(1 - cx.operand);
        let d_outputs = cx.d_output.chunks_exact(rows * columns);
        if cx.operand == 0 {
            let d_inputs = d_input.chunks_exact_mut(rows * inner).zip(other.chunks_exact(inner * columns));
            for (d_y, (d_a, b)) in d_outputs.zip(d_inputs) {
                let (d_y, b) = (Matrix::rows(d_y, columns), Matrix::rows(b, columns));
                matmul::<A>(cx.threads, d_y, b.transposed(), columns, MatMut::rows(d_a, inner), Epilogue::NONE);
            }
        } else {
            let d_inputs = d_input.chunks_exact_mut(inner * columns).zip(other.chunks_exact(rows * inner));
            for (d_y, (d_b, a)) in d_outputs.zip(d_inputs) {
                let (d_y, a) = (Matrix::rows(d_y, columns), Matrix::rows(a, inner));
                matmul::<A>(cx.threads, a.transposed(), d_y, rows, MatMut::rows(d_b, columns), Epilogue::NONE);
            }
        }
    }

    fn launches(&self) -> Vec<Launch> {
        let &BatchMatMul { matrices, rows, inner, columns } = self;
        vec![
            Launch::new(&FORWARD, PerSample(matrices * rows * columns)),
            Launch::new(&D_INPUT, PerSample(matrices * (rows * inner + inner * columns))),
        ]
    }
}
