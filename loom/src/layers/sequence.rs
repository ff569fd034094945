use crate::arith::{Arith, Element};
use crate::launch::{Extent::PerSample, Launch};
use crate::operator::{Backward, Forward, Operator, Sizes, count};

/// `Mean`: the mean over the steps, `y[f] = 1/T · Σ_t x[t, f]`.
///
/// Shapes: input `[T, F]`, output `[F]`. PyTorch's `x.mean(dim=-2)`.
///
/// It is computed as an [`AvgPool2d`](super::AvgPool2d) over the image `[1, T, F]` whose kernel is (T, 1): the steps are added
/// in ascending order.
pub type Mean = super::AvgPool2d;

/// `Last`: the last step, `y[f] = x[T - 1, f]`.
///
/// Shapes: input `[T, F]`, output `[F]`. PyTorch's `x[..., -1, :]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last {
    /// T.
    pub steps: usize,
    /// F.
    pub features: usize,
}

impl Last {
    fn input_len(&self) -> usize {
        self.steps * self.features
    }
}

impl Operator for Last {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        cx.threads.split_mut(cx.output, self.features, self.features, |first, outputs| {
            let inputs = cx.input.chunks_exact(self.input_len()).skip(first);
            for (output, input) in outputs.chunks_exact_mut(self.features).zip(inputs) {
                output.copy_from_slice(&input[input.len() - self.features..]);
            }
        });
    }

    /// d_x = d_y at the last step, 0 at the others.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        cx.threads.split_mut(d_input, self.input_len(), self.input_len(), |first, d_inputs| {
            let d_outputs = cx.d_output.chunks_exact(self.features).skip(first);
            for (d_input, d_output) in d_inputs.chunks_exact_mut(self.input_len()).zip(d_outputs) {
                let (before, last) = d_input.split_at_mut(d_input.len() - self.features);
                before.fill(A::T::ZERO);
                last.copy_from_slice(d_output);
            }
        });
    }

    fn forward_launches(&self) -> Vec<Launch> {
        vec![Launch::items("forward", PerSample(self.features))]
    }

    fn backward_launches(&self) -> Vec<Launch> {
        vec![Launch::items("d_input", PerSample(self.input_len()))]
    }

    fn sizes(&self) -> Option<Sizes> {
        Some(Sizes::new(count(&[self.steps, self.features])?, self.features))
    }
}
