//! `Dense`: forward, backward and its GPU launches.

use super::Dense;
use super::activation::{FUNCTIONS, launch};
use crate::kernels::activation::differentiate;
use crate::kernels::{Epilogue, MatMut, Matrix, Offset, column_sums, linear, matmul};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const FORWARD: Kernel = Kernel::weighted(Form::Product, &[FUNCTIONS, include_str!("dense/forward.wgsl")]);
const D_WEIGHT: Kernel = Kernel::backward("d_weight", Form::Product, &[include_str!("dense/d_weight.wgsl")]);
const D_BIAS: Kernel = Kernel::backward("d_bias", Form::ColumnSums, &[include_str!("dense/d_bias.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Product, &[include_str!("dense/d_input.wgsl")]);

impl Operator for Dense {
    /// y = x Wᵀ + b.
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let input = Matrix::rows(cx.input, self.inputs);
        let weight = cx.weights.matrix(cx.offsets.param(0), [self.outputs, self.inputs]);
        let output = MatMut::rows(cx.output, self.outputs);
        let offset = match self.bias {
            true => Offset::PerColumn(cx.weights.vector(cx.offsets.param(1), self.outputs)),
            false => Offset::Zero,
        };
        let epilogue = Epilogue { offset, activation: self.activation };
        linear::<A>(cx.threads, input, weight, self.inputs, output, epilogue);
    }

    /// d_W = d_yᵀ x, d_b = Σ_rows d_y, d_x = d_y W.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let rows = cx.batch * self.rows;
        differentiate::<A>(self.activation, cx.threads, &[], cx.output, cx.d_output);
        let d_output = Matrix::rows(cx.d_output, self.outputs);
        let input = Matrix::rows(cx.input, self.inputs);
        let [weight, d_weight] = [cx.offsets.param(0), cx.offsets.gradient(0)];
        let d_weight = MatMut::rows(&mut cx.d_weights[d_weight..][..self.inputs * self.outputs], self.inputs);
        matmul::<A>(cx.threads, d_output.transposed(), input, rows, d_weight, Epilogue::NONE);
        if self.bias {
            let bias = cx.offsets.gradient(1);
            column_sums::<A>(cx.threads, cx.d_output, &mut cx.d_weights[bias..bias + self.outputs]);
        }
        if let Some(d_input) = cx.d_input.as_deref_mut() {
            let weight = Matrix::rows(&cx.weights[weight..][..self.inputs * self.outputs], self.inputs);
            let d_input = MatMut::rows(d_input, self.inputs);
            matmul::<A>(cx.threads, d_output, weight, self.outputs, d_input, Epilogue::NONE);
        }
    }

    fn launches(&self) -> Vec<Launch> {
        let mut launches = vec![Launch::product(&FORWARD, PerSample(self.rows), Fixed(self.outputs))];
        launches.extend(launch(self.activation, self.rows * self.outputs));
        launches.extend(self.bias.then(|| Launch::new(&D_BIAS, Fixed(self.outputs))));
        launches.push(Launch::product(&D_WEIGHT, Fixed(self.outputs), Fixed(self.inputs)));
        launches.push(Launch::product(&D_INPUT, PerSample(self.rows), Fixed(self.inputs)));
        launches
    }
}
