use crate::arith::Arith;
use crate::kernel::{Isa, Task, column_sums, dispatch};
use crate::launch::{Extent::PerSample, Launch};
use crate::operator::{Backward, Forward, Needs, Operator, Sizes, count};

/// `SinusoidalPositions`: y = x + P with the constant table P (Vaswani et al., arXiv:1706.03762).
///
/// `P[t, 2i] = sin(t / 10000^(2i / D))`, `P[t, 2i + 1] = cos(t / 10000^(2i / D))`.
///
/// Shapes: input and output `[steps, D]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinusoidalPositions;

/// `LearnedPositions`: y = x + P with the parameter P (Gehring et al., arXiv:1705.03122).
///
/// Shapes: input, output and the weight P `[steps, D]`. PyTorch's `nn.Embedding(steps, D)` of the positions 0, 1, .., added
/// to the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LearnedPositions;

/// What [`SinusoidalPositions`] and [`LearnedPositions`] compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Positions {
    /// Values per sample.
    pub len: usize,
    /// Offset of P.
    pub table: usize,
    /// Whether P is a parameter.
    pub learned: bool,
}

impl Operator for Positions {
    /// y = x + P.
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let table = cx.weights.matrix(self.table, [1, self.len]);
        cx.threads.split_mut(cx.output, self.len, self.len, |first, output| {
            let input = &cx.input[first * self.len..][..output.len()];
            for (x, y) in input.chunks_exact(self.len).zip(output.chunks_exact_mut(self.len)) {
                table.read(y);
                dispatch(Add::<A> { x, y });
            }
        });
    }

    /// d_P = Σ_samples d_y, d_x = d_y.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        if self.learned {
            column_sums::<A>(cx.threads, cx.d_output, &mut cx.d_weights[self.table..self.table + self.len]);
        }
        if let Some(d_input) = cx.d_input.as_deref_mut() {
            d_input.copy_from_slice(cx.d_output);
        }
    }

    fn forward_launches(&self) -> Vec<Launch> {
        vec![Launch::items("forward", PerSample(self.len))]
    }

    fn backward_launches(&self) -> Vec<Launch> {
        let d_weight = self.learned.then(|| Launch::column_sums("d_weight", self.len));
        d_weight.into_iter().chain([Launch::items("d_input", PerSample(self.len))]).collect()
    }

    fn sizes(&self) -> Option<Sizes> {
        let Positions { len, table, learned } = *self;
        let sizes = Sizes::new(count(&[len])?, len);
        Some(if learned { sizes.reads(table, Needs::Values(len)) } else { sizes.table(table, len) })
    }
}

/// y = x + y
struct Add<'a, A: Arith> {
    x: &'a [A::T],
    y: &'a mut [A::T],
}

impl<A: Arith> Task for Add<'_, A> {
    const FITS_AVX512: bool = A::IS_FUSED;
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        self.y.iter_mut().zip(self.x).for_each(|(y, &x)| *y = A::snap(x + *y));
    }
}
