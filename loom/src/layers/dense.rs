use super::Activation;
use super::activation::differentiate;
use crate::arith::Arith;
use crate::kernel::{Epilogue, MatMut, Matrix, Offset, column_sums, linear, matmul};
use crate::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::operator::{Backward, Forward, Needs, Operator, Sizes, count};

/// `Dense<IN, OUT>`: y = x Wᵀ + b on the last dimension. `Dense<IN, OUT, bias = false>` leaves b out.
///
/// Shapes: input `[.., IN]`, output `[.., OUT]`, weight `[OUT, IN]`, bias `[OUT]`. PyTorch's `nn.Linear`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dense {
    /// Product of the sample's dimensions before the last.
    pub rows: usize,
    /// IN.
    pub inputs: usize,
    /// OUT.
    pub outputs: usize,
    /// Offset of the weight.
    pub weight: usize,
    /// Offset of the bias.
    pub bias: Option<usize>,
    /// Applied to the sum; one whose derivative follows from its output.
    pub activation: Activation,
}

impl Operator for Dense {
    /// y = x Wᵀ + b.
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let input = Matrix::rows(cx.input, self.inputs);
        let weight = cx.weights.matrix(self.weight, [self.outputs, self.inputs]);
        let output = MatMut::rows(cx.output, self.outputs);
        let offset = match self.bias {
            Some(bias) => Offset::PerColumn(cx.weights.vector(bias, self.outputs)),
            None => Offset::Zero,
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
        let d_weight = &mut cx.d_weights[self.weight..self.weight + self.inputs * self.outputs];
        let d_weight = MatMut::rows(d_weight, self.inputs);
        matmul::<A>(cx.threads, d_output.transposed(), input, rows, d_weight, Epilogue::NONE);
        if let Some(bias) = self.bias {
            column_sums::<A>(cx.threads, cx.d_output, &mut cx.d_weights[bias..bias + self.outputs]);
        }
        if let Some(d_input) = cx.d_input.as_deref_mut() {
            let weight = &cx.weights[self.weight..self.weight + self.inputs * self.outputs];
            let weight = Matrix::rows(weight, self.inputs);
            let d_input = MatMut::rows(d_input, self.inputs);
            matmul::<A>(cx.threads, d_output, weight, self.outputs, d_input, Epilogue::NONE);
        }
    }

    fn forward_launches(&self) -> Vec<Launch> {
        vec![Launch::product("forward", PerSample(self.rows), Fixed(self.outputs))]
    }

    fn backward_launches(&self) -> Vec<Launch> {
        let activation = self.activation.launch(self.rows * self.outputs);
        let bias = self.bias.map(|_| Launch::column_sums("d_bias", self.outputs));
        let products = [
            Launch::product("d_weight", Fixed(self.outputs), Fixed(self.inputs)),
            Launch::product("d_input", PerSample(self.rows), Fixed(self.inputs)),
        ];
        activation.into_iter().chain(bias).chain(products).collect()
    }

    fn sizes(&self) -> Option<Sizes> {
        let Dense { rows, inputs, outputs, weight, bias, activation } = *self;
        let input = count(&[rows, inputs]).filter(|_| activation.follows_from_output())?;
        let sizes = Sizes::new(input, count(&[rows, outputs])?).reads(weight, Needs::Matrix([outputs, inputs]));
        Some(sizes.reads(bias, Needs::Vector(outputs)))
    }
}
