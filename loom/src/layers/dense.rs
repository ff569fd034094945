use super::Dense;
use super::activation::{differentiate, launch};
use crate::arith::Arith;
use crate::kernel::{Epilogue, MatMut, Matrix, Offset, column_sums, linear, matmul};
use crate::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::operator::{Backward, Forward, Operator};
use crate::shaders::{self, Kernel};

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
        let weight = cx.offsets.param(0);
        let weight = weight..weight + self.inputs * self.outputs;
        let d_weight = MatMut::rows(&mut cx.d_weights[weight.clone()], self.inputs);
        matmul::<A>(cx.threads, d_output.transposed(), input, rows, d_weight, Epilogue::NONE);
        if self.bias {
            let bias = cx.offsets.param(1);
            column_sums::<A>(cx.threads, cx.d_output, &mut cx.d_weights[bias..bias + self.outputs]);
        }
        if let Some(d_input) = cx.d_input.as_deref_mut() {
            let weight = Matrix::rows(&cx.weights[weight], self.inputs);
            let d_input = MatMut::rows(d_input, self.inputs);
            matmul::<A>(cx.threads, d_output, weight, self.outputs, d_input, Epilogue::NONE);
        }
    }

    fn kernels(&self) -> &'static [Kernel] {
        shaders::DENSE
    }

    fn forward_launches(&self) -> Vec<Launch> {
        vec![Launch::product("forward", PerSample(self.rows), Fixed(self.outputs))]
    }

    fn backward_launches(&self) -> Vec<Launch> {
        let activation = launch(self.activation, self.rows * self.outputs);
        let bias = self.bias.then(|| Launch::column_sums("d_bias", self.outputs));
        let products = [
            Launch::product("d_weight", Fixed(self.outputs), Fixed(self.inputs)),
            Launch::product("d_input", PerSample(self.rows), Fixed(self.inputs)),
        ];
        activation.into_iter().chain(bias).chain(products).collect()
    }
}
