//! `Conv2d`, and `Conv1d` as an image of one row: forward, backward and its GPU launches.

use super::Conv2d;
use super::activation::{FUNCTIONS, launch};
use crate::kernels::activation::differentiate;
use crate::kernels::columns::{Columns, FromColumns, Image, Rows, image_room};
use crate::kernels::{
    CHUNKS, Epilogue, MatMut, Matrix, Offset, PANEL, Panels, Right, ThreadBuffer, Threads, column_sums, dispatch,
    multiply, row_sums, with_thread_buffer,
};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const COLUMNS: &str = include_str!("conv2d/columns.wgsl");
const FORWARD: Kernel = Kernel::weighted(Form::Product, &[FUNCTIONS, COLUMNS, include_str!("conv2d/forward.wgsl")]);
/// Leaves a gradient for each sample in `scratch`.
const D_WEIGHT: Kernel =
    Kernel::backward("d_weight", Form::SampleProducts, &[COLUMNS, include_str!("conv2d/d_weight.wgsl")]);
/// Adds up the gradients of the samples.
const D_WEIGHT_SUM: Kernel =
    Kernel::backward("d_weight_sum", Form::ColumnSums, &[include_str!("conv2d/d_weight_sum.wgsl")]);
/// Leaves a gradient for each sample in `scratch`; a row is a channel of a sample.
const D_BIAS: Kernel = Kernel::backward("d_bias", Form::Rows, &[include_str!("conv2d/d_bias.wgsl")]);
/// Adds up the gradients of the samples.
const D_BIAS_SUM: Kernel = Kernel::backward("d_bias_sum", Form::ColumnSums, &[include_str!("conv2d/d_bias_sum.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[include_str!("conv2d/d_input.wgsl")]);

thread_local! {
    /// The image, or the gradients of the columns, of one sample.
    static ROOM: ThreadBuffer = const { ThreadBuffer::new(None) };
}

/// Elements of a matrix that stays in a cache of its own core.
const NEAR: usize = 1 << 15;

/// For each sample, y = W · columns + b, where columns [IN · K · K, H' · W'] holds in row (c, u, v) what tap (u, v) of
/// the window sees of channel c at each position, with zeros for the padding. They are never written out: the products
/// read them from an [`Image`].
impl Operator for Conv2d {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let weight = cx.weights.matrix(cx.offsets.param(0), [self.out_channels, self.depth()]);
        let offset = match self.bias {
            true => Offset::PerRow(cx.weights.vector(cx.offsets.param(1), self.out_channels)),
            false => Offset::Zero,
        };
        let epilogue = Epilogue { offset, activation: self.activation };
        let positions = self.window.positions_len();
        cx.threads.split_mut(cx.output, self.output_len(), self.cost(), |first, outputs| {
            with_thread_buffer(&ROOM, image_room(self), |image: &mut [A::T]| {
                for (s, output) in outputs.chunks_exact_mut(self.output_len()).enumerate() {
                    let input = &cx.input[(first + s) * self.input_len()..][..self.input_len()];
                    let columns = Columns { taps: Image::new(self, input, image) };
                    multiply::<A, _>(
                        cx.threads,
                        weight,
                        columns,
                        self.depth(),
                        MatMut::rows(output, positions),
                        epilogue,
                    );
                }
            });
        });
    }

    /// For each sample: d_W_s = d_y columnsᵀ, d_b_s = Σ_positions d_y, d_columns = Wᵀ d_y, and d_x adds up what each tap (u, v),
    /// in order, hands back. Then d_W and d_b are the sums over the samples, 64 at a time.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let (input, output) = (cx.input, cx.output);
        let weights = &cx.weights[cx.offsets.param(0)..][..self.weight_len()];
        let d_input_len = if cx.d_input.is_some() { self.input_len() } else { 0 };
        let d_input = cx.d_input.as_deref_mut().unwrap_or_default();
        let biases = if self.bias { self.out_channels } else { 0 };
        let (d_weights, d_biases) = cx.scratch.split_at_mut(cx.batch * self.weight_len());
        let d_biases = &mut d_biases[..cx.batch * biases];
        let units = [self.output_len(), self.weight_len(), biases, d_input_len];
        let slices = [&mut *cx.d_output, &mut *d_weights, &mut *d_biases, d_input];
        cx.threads.split_all_mut(
            slices,
            units,
            2 * self.cost(),
            CHUNKS,
            |first, [d_output, d_weights, d_biases, d_input]| {
                // As many samples at a time as have gradients that stay near.
                let at_a_time = (NEAR / units[0]).max(1);
                for (i, d_output) in d_output.chunks_mut(at_a_time * units[0]).enumerate() {
                    let (start, len) = (i * at_a_time, d_output.len() / units[0]);
                    let y = &output[(first + start) * units[0]..][..d_output.len()];
                    differentiate::<A>(self.activation, cx.threads, &[], y, d_output);
                    let sums = &mut d_biases[start * biases..][..len * biases];
                    row_sums::<A>(self.window.positions_len(), d_output, sums);
                    let samples = || (start..start + len).zip(d_output.chunks_exact(units[0]));
                    for (s, d_output) in samples() {
                        let input = &input[(first + s) * self.input_len()..][..self.input_len()];
                        sample_d_weight::<A>(
                            self,
                            cx.threads,
                            input,
                            d_output,
                            &mut d_weights[s * units[1]..][..units[1]],
                        );
                    }
                    for (s, d_output) in samples().filter(|_| units[3] > 0) {
                        sample_d_input::<A>(
                            self,
                            cx.threads,
                            weights,
                            d_output,
                            &mut d_input[s * units[3]..][..units[3]],
                        );
                    }
                }
            },
        );
        let weight = cx.offsets.gradient(0);
        column_sums::<A>(cx.threads, d_weights, &mut cx.d_weights[weight..weight + self.weight_len()]);
        if self.bias {
            let bias = cx.offsets.gradient(1);
            column_sums::<A>(cx.threads, d_biases, &mut cx.d_weights[bias..bias + biases]);
        }
    }

    fn launches(&self) -> Vec<Launch> {
        let positions = PerSample(self.window.positions_len());
        let mut launches = vec![Launch::product(&FORWARD, Fixed(self.out_channels), positions)];
        launches.extend(launch(self.activation, self.output_len()));
        launches.extend([
            Launch::product(&D_WEIGHT, Fixed(self.out_channels), Fixed(self.depth())).planes(PerSample(1)),
            Launch::new(&D_WEIGHT_SUM, Fixed(self.weight_len())),
        ]);
        if self.bias {
            launches.push(Launch::new(&D_BIAS, PerSample(self.out_channels)));
            launches.push(Launch::new(&D_BIAS_SUM, Fixed(self.out_channels)));
        }
        launches.push(Launch::new(&D_INPUT, PerSample(self.input_len())));
        launches
    }
}

/// The gradient of the weight from one sample.
fn sample_d_weight<A: Arith>(
    conv: &Conv2d,
    threads: &Threads,
    input: &[A::T],
    d_output: &[A::T],
    d_weight: &mut [A::T],
) {
    let positions = conv.window.positions_len();
    let d_weight = MatMut::rows(d_weight, conv.depth());
    with_thread_buffer(&ROOM, image_room(conv), |image: &mut [A::T]| {
        let rows = Rows { taps: Image::new(conv, input, image) };
        multiply::<A, _>(threads, Matrix::rows(d_output, positions), rows, positions, d_weight, Epilogue::NONE);
    });
}

/// The gradient of one sample: some channels at a time, whose columns stay near.
fn sample_d_input<A: Arith>(
    conv: &Conv2d,
    threads: &Threads,
    weights: &[A::T],
    d_output: &[A::T],
    d_input: &mut [A::T],
) {
    let (positions, taps, image_len) = (conv.window.positions_len(), conv.window.kernel_len(), conv.window.image_len());
    let channels = (NEAR / (taps * positions)).clamp(1, conv.in_channels);
    let (d_y, panels) = (Matrix::rows(d_output, positions), positions.next_multiple_of(PANEL) * conv.out_channels);
    with_thread_buffer(&ROOM, panels + channels * taps * positions, |room: &mut [A::T]| {
        let (panels, columns) = room.split_at_mut(panels);
        let d_y = Right::Panels(Panels::new::<A>(d_y, positions, panels));
        for (i, d_input) in d_input.chunks_mut(channels * image_len).enumerate() {
            let weight = Matrix::rows(&weights[i * channels * taps..], conv.depth()).transposed();
            let columns = &mut columns[..d_input.len() / image_len * taps * positions];
            let d_columns = MatMut::rows(columns, positions);
            multiply::<A, _>(threads, weight, d_y, conv.out_channels, d_columns, Epilogue::NONE);
            dispatch(FromColumns::<A> { conv, columns, d_input });
        }
    });
}
