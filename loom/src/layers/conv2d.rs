use super::activation::differentiate;
use super::{Activation, Window};
use crate::arith::{Arith, Element};
use crate::kernel::{
    Epilogue, Isa, MatMut, Matrix, Offset, Task, ThreadBuffer, column_sums, dispatch, matmul, sum, with_thread_buffer,
};
use crate::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::operator::{Backward, Forward, Operator};

/// `Conv2d<IN, OUT, K, stride = 1, padding = 0, dilation = 1, bias = true>`: two-dimensional cross-correlation.
///
/// `y[o, i, j] = b[o] + Σ W[o, c, u, v] · x[c, i·stride + u·dilation - padding, j·stride + v·dilation - padding]` over c, u
/// and v, where x is 0 outside the image.
///
/// Shapes: input `[IN, H, W]`, output `[OUT, H', W']` with H' = (H + 2·padding - dilation·(K - 1) - 1) / stride + 1, weight
/// `[OUT, IN, K, K]`, bias `[OUT]`. `K`, `stride`, `padding` and `dilation` take one number or (rows, columns). PyTorch's
/// `nn.Conv2d`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conv2d {
    /// IN.
    pub in_channels: usize,
    /// OUT.
    pub out_channels: usize,
    /// The window's walk over the image.
    pub window: Window,
    /// Offset of the weight.
    pub weight: usize,
    /// Offset of the bias.
    pub bias: Option<usize>,
    /// Applied to the sum; one whose derivative follows from its output.
    pub activation: Activation,
}

thread_local! {
    /// The columns of one sample.
    static COLUMNS: ThreadBuffer = const { ThreadBuffer::new(None) };
}

impl Conv2d {
    fn input_len(&self) -> usize {
        self.in_channels * self.window.image_len()
    }

    fn output_len(&self) -> usize {
        self.out_channels * self.window.positions_len()
    }

    /// Inputs that one output sums over.
    fn depth(&self) -> usize {
        self.in_channels * self.window.kernel_len()
    }

    fn weight_len(&self) -> usize {
        self.out_channels * self.depth()
    }

    fn columns_len(&self) -> usize {
        self.depth() * self.window.positions_len()
    }

    /// Multiply-adds for one sample.
    fn cost(&self) -> usize {
        self.out_channels * self.columns_len()
    }

    fn weight_of<'a, T>(&self, weights: &'a [T]) -> Matrix<'a, T> {
        Matrix::rows(&weights[self.weight..self.weight + self.weight_len()], self.depth())
    }
}

/// For each sample, y = W · columns + b, where columns [IN · K · K, H' · W'] holds in row (c, u, v) what tap (u, v) of
/// the window sees of channel c at each position, with zeros for the padding.
impl Operator for Conv2d {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let weight = self.weight_of(cx.weights);
        let offset = match self.bias {
            Some(bias) => Offset::PerRow(&cx.weights[bias..bias + self.out_channels]),
            None => Offset::Zero,
        };
        let epilogue = Epilogue { offset, activation: self.activation };
        let positions = self.window.positions_len();
        cx.threads.split_mut(cx.output, self.output_len(), self.cost(), |first, outputs| {
            with_thread_buffer(&COLUMNS, self.columns_len(), |columns: &mut [A::T]| {
                for (s, output) in outputs.chunks_exact_mut(self.output_len()).enumerate() {
                    let input = &cx.input[(first + s) * self.input_len()..][..self.input_len()];
                    dispatch(ToColumns { conv: self, input, columns });
                    let (columns, output) = (Matrix::rows(columns, positions), MatMut::rows(output, positions));
                    matmul::<A>(cx.threads, weight, columns, self.depth(), output, epilogue);
                }
            });
        });
    }

    /// For each sample: d_W_s = d_y columnsᵀ and d_b_s = Σ_positions d_y; then d_W and d_b are the sums over the samples, 64
    /// at a time. d_columns = Wᵀ d_y, and d_x adds up what each tap (u, v), in order, hands back.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        differentiate::<A>(self.activation, cx.threads, &[], cx.output, cx.d_output);
        let d_output = &*cx.d_output;
        let positions = self.window.positions_len();
        let output_of = |sample: usize| &d_output[sample * self.output_len()..][..self.output_len()];

        let per_sample = &mut cx.scratch[..cx.batch * self.weight_len()];
        cx.threads.split_mut(per_sample, self.weight_len(), self.cost(), |first, d_weights| {
            with_thread_buffer(&COLUMNS, self.columns_len(), |columns: &mut [A::T]| {
                for (s, d_weight) in d_weights.chunks_exact_mut(self.weight_len()).enumerate() {
                    let input = &cx.input[(first + s) * self.input_len()..][..self.input_len()];
                    dispatch(ToColumns { conv: self, input, columns });
                    let d_y = Matrix::rows(output_of(first + s), positions);
                    let columns = Matrix::rows(columns, positions).transposed();
                    let d_weight = MatMut::rows(d_weight, self.depth());
                    matmul::<A>(cx.threads, d_y, columns, positions, d_weight, Epilogue::NONE);
                }
            });
        });
        let d_weight = &mut cx.d_weights[self.weight..self.weight + self.weight_len()];
        column_sums::<A>(cx.threads, per_sample, d_weight);

        if let Some(bias) = self.bias {
            let per_sample = &mut cx.scratch[..cx.batch * self.out_channels];
            cx.threads.split_mut(per_sample, 1, positions, |first, sums| {
                dispatch(RowSums::<A> { columns: positions, rows: &d_output[first * positions..], sums });
            });
            column_sums::<A>(cx.threads, per_sample, &mut cx.d_weights[bias..bias + self.out_channels]);
        }

        if let Some(d_input) = cx.d_input.as_deref_mut() {
            let weight = self.weight_of(cx.weights).transposed();
            cx.threads.split_mut(d_input, self.input_len(), self.cost(), |first, d_inputs| {
                with_thread_buffer(&COLUMNS, self.columns_len(), |columns: &mut [A::T]| {
                    for (s, d_input) in d_inputs.chunks_exact_mut(self.input_len()).enumerate() {
                        let d_y = Matrix::rows(output_of(first + s), positions);
                        let d_columns = MatMut::rows(columns, positions);
                        matmul::<A>(cx.threads, weight, d_y, self.out_channels, d_columns, Epilogue::NONE);
                        dispatch(FromColumns::<A> { conv: self, columns, d_input });
                    }
                });
            });
        }
    }

    fn scratch(&self, batch: usize) -> usize {
        batch * self.weight_len().max(self.out_channels)
    }

    fn forward_launches(&self) -> Vec<Launch> {
        vec![Launch::product("forward", Fixed(self.out_channels), PerSample(self.window.positions_len()))]
    }

    fn backward_launches(&self) -> Vec<Launch> {
        let mut launches = Vec::from_iter(self.activation.launch(self.output_len()));
        launches.extend([
            Launch::product("d_weight", Fixed(self.out_channels), Fixed(self.depth())).planes(PerSample(1)),
            Launch::column_sums("d_weight_sum", self.weight_len()),
        ]);
        if self.bias.is_some() {
            launches.push(Launch::rows("d_bias", PerSample(self.out_channels)));
            launches.push(Launch::column_sums("d_bias_sum", self.out_channels));
        }
        launches.push(Launch::items("d_input", PerSample(self.input_len())));
        launches
    }
}

impl Conv2d {
    /// Calls `f` for each row of the image that a row of the columns meets, in the order of the columns: with the start
    /// of the image's row part, the start of the columns' row part, and the length of both in positions.
    #[inline(always)]
    fn for_each_run(&self, mut f: impl FnMut(usize, usize, usize)) {
        let Window { image, kernel, stride, .. } = self.window;
        let across_len = self.window.positions[1];
        for c in 0..self.in_channels {
            for u in 0..kernel[0] {
                let (down, top) = self.window.taps(0, u);
                for v in 0..kernel[1] {
                    let (across, left) = self.window.taps(1, v);
                    if across.is_empty() {
                        // A wide margin of padding, or far taps: this one never meets the image.
                        continue;
                    }
                    let row = ((c * kernel[0] + u) * kernel[1] + v) * self.window.positions_len();
                    for (i, position) in down.clone().enumerate() {
                        let on_image = (c * image[0] + top + i * stride[0]) * image[1] + left;
                        f(on_image, row + position * across_len + across.start, across.len());
                    }
                }
            }
        }
    }

    /// Whether some tap falls on padding at some position.
    fn is_padded(&self) -> bool {
        self.window.padding != [0, 0]
    }
}

/// columns = what each tap sees of the input.
struct ToColumns<'a, T> {
    conv: &'a Conv2d,
    input: &'a [T],
    columns: &'a mut [T],
}

impl<T: Element> Task for ToColumns<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let ToColumns { conv, input, columns } = self;
        if conv.is_padded() {
            columns.fill(T::ZERO);
        }
        let stride = conv.window.stride[1];
        conv.for_each_run(|from, to, len| {
            let run = &mut columns[to..to + len];
            if stride == 1 {
                run.copy_from_slice(&input[from..from + len]);
            } else {
                run.iter_mut().zip(input[from..].iter().step_by(stride)).for_each(|(to, &x)| *to = x);
            }
        });
    }
}

/// d_input = for each value, the sum over the taps, in order, of what the columns hold for it.
struct FromColumns<'a, A: Arith> {
    conv: &'a Conv2d,
    columns: &'a [A::T],
    d_input: &'a mut [A::T],
}

impl<A: Arith> Task for FromColumns<'_, A> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let FromColumns { conv, columns, d_input } = self;
        d_input.fill(A::T::ZERO);
        let stride = conv.window.stride[1];
        conv.for_each_run(|to, from, len| {
            let run = columns[from..from + len].iter();
            if stride == 1 {
                d_input[to..to + len].iter_mut().zip(run).for_each(|(d, &x)| *d = *d + x);
            } else {
                d_input[to..].iter_mut().step_by(stride).zip(run).for_each(|(d, &x)| *d = *d + x);
            }
        });
        d_input.iter_mut().for_each(|d| *d = A::snap(*d));
    }
}

/// The [`sum`] of each row.
struct RowSums<'a, A: Arith> {
    columns: usize,
    rows: &'a [A::T],
    sums: &'a mut [A::T],
}

impl<A: Arith> Task for RowSums<'_, A> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        for (total, row) in self.sums.iter_mut().zip(self.rows.chunks_exact(self.columns)) {
            *total = A::snap(sum::<A>(row));
        }
    }
}
