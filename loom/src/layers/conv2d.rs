use super::activation::differentiate;
use super::{Activation, Window};
use crate::arith::{Arith, Element};
#[cfg(target_arch = "x86_64")]
use crate::kernel::lines_of_runs;
use crate::kernel::{
    Epilogue, Isa, MatMut, Matrix, Offset, Operand, PANEL, Right, Span, Task, ThreadBuffer, Threads, column_sums,
    dispatch, multiply, sum, transpose, with_thread_buffer,
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
    /// The image, or the gradients of the columns, of one sample.
    static ROOM: ThreadBuffer = const { ThreadBuffer::new(None) };
}

/// Elements of a matrix that stays in a cache of its own core.
const NEAR: usize = 1 << 15;

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
}

/// For each sample, y = W · columns + b, where columns [IN · K · K, H' · W'] holds in row (c, u, v) what tap (u, v) of
/// the window sees of channel c at each position, with zeros for the padding. They are never written out: the products
/// read them from an [`Image`].
impl Operator for Conv2d {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let weight = cx.weights.matrix(self.weight, [self.out_channels, self.depth()]);
        let offset = match self.bias {
            Some(bias) => Offset::PerRow(cx.weights.vector(bias, self.out_channels)),
            None => Offset::Zero,
        };
        let epilogue = Epilogue { offset, activation: self.activation };
        let positions = self.window.positions_len();
        cx.threads.split_mut(cx.output, self.output_len(), self.cost(), |first, outputs| {
            with_thread_buffer(&ROOM, self.image_room(), |image: &mut [A::T]| {
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
        let (input, output, weights) = (cx.input, cx.output, cx.weights);
        let d_input_len = if cx.d_input.is_some() { self.input_len() } else { 0 };
        let d_input = cx.d_input.as_deref_mut().unwrap_or_default();
        let biases = if self.bias.is_some() { self.out_channels } else { 0 };
        let (d_weights, d_biases) = cx.scratch.split_at_mut(cx.batch * self.weight_len());
        let d_biases = &mut d_biases[..cx.batch * biases];
        let units = [self.output_len(), self.weight_len(), biases, d_input_len];
        let slices = [&mut *cx.d_output, &mut *d_weights, &mut *d_biases, d_input];
        cx.threads.split_all_mut(slices, units, 2 * self.cost(), |first, [d_output, d_weights, d_biases, d_input]| {
            // As many samples at a time as have gradients that stay near.
            let at_a_time = (NEAR / units[0]).max(1);
            for (i, d_output) in d_output.chunks_mut(at_a_time * units[0]).enumerate() {
                let (start, len) = (i * at_a_time, d_output.len() / units[0]);
                let y = &output[(first + start) * units[0]..][..d_output.len()];
                differentiate::<A>(self.activation, cx.threads, &[], y, d_output);
                let sums = &mut d_biases[start * biases..][..len * biases];
                dispatch(RowSums::<A> { columns: self.window.positions_len(), rows: d_output, sums });
                let samples = || (start..start + len).zip(d_output.chunks_exact(units[0]));
                for (s, d_output) in samples() {
                    let input = &input[(first + s) * self.input_len()..][..self.input_len()];
                    self.d_weight::<A>(cx.threads, input, d_output, &mut d_weights[s * units[1]..][..units[1]]);
                }
                for (s, d_output) in samples().filter(|_| units[3] > 0) {
                    self.d_input::<A>(cx.threads, weights, d_output, &mut d_input[s * units[3]..][..units[3]]);
                }
            }
        });
        column_sums::<A>(cx.threads, d_weights, &mut cx.d_weights[self.weight..self.weight + self.weight_len()]);
        if let Some(bias) = self.bias {
            column_sums::<A>(cx.threads, d_biases, &mut cx.d_weights[bias..bias + biases]);
        }
    }

    fn scratch(&self, batch: usize) -> usize {
        batch * (self.weight_len() + self.out_channels)
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
    /// The gradient of the weight from one sample.
    fn d_weight<A: Arith>(&self, threads: &Threads, input: &[A::T], d_output: &[A::T], d_weight: &mut [A::T]) {
        let positions = self.window.positions_len();
        let d_weight = MatMut::rows(d_weight, self.depth());
        with_thread_buffer(&ROOM, self.image_room(), |image: &mut [A::T]| {
            let rows = Rows { taps: Image::new(self, input, image) };
            multiply::<A, _>(threads, Matrix::rows(d_output, positions), rows, positions, d_weight, Epilogue::NONE);
        });
    }

    /// The gradient of one sample: some channels at a time, whose columns stay near.
    fn d_input<A: Arith>(&self, threads: &Threads, weights: &[A::T], d_output: &[A::T], d_input: &mut [A::T]) {
        let (positions, taps, image_len) =
            (self.window.positions_len(), self.window.kernel_len(), self.window.image_len());
        let channels = (NEAR / (taps * positions)).clamp(1, self.in_channels);
        let weights = &weights[self.weight..self.weight + self.weight_len()];
        let (d_y, panels) = (Matrix::rows(d_output, positions), positions.next_multiple_of(PANEL) * self.out_channels);
        with_thread_buffer(&ROOM, panels + channels * taps * positions, |room: &mut [A::T]| {
            let (panels, columns) = room.split_at_mut(panels);
            let d_y = Right::packed(d_y, positions, panels);
            for (i, d_input) in d_input.chunks_mut(channels * image_len).enumerate() {
                let weight = Matrix::rows(&weights[i * channels * taps..], self.depth()).transposed();
                let columns = &mut columns[..d_input.len() / image_len * taps * positions];
                let d_columns = MatMut::rows(columns, positions);
                multiply::<A, _>(threads, weight, d_y, self.out_channels, d_columns, Epilogue::NONE);
                dispatch(FromColumns::<A> { conv: self, columns, d_input });
            }
        });
    }

    /// Calls `f` for each position of a sample, in order, with what the taps see there: a column of the columns.
    pub(crate) fn for_each_position(&self, input: &[f32], mut f: impl FnMut(&[f32])) {
        let mut room = vec![0.0; self.image_room()];
        let image = Image::new(self, input, &mut room);
        let mut seen = vec![0.0; self.depth()];
        for [from, _, len] in image.runs(Span::all(self.window.positions_len())) {
            for position in from..from + len {
                seen.iter_mut().zip(image.taps).for_each(|(seen, &tap)| *seen = image.values[tap as usize + position]);
                f(&seen);
            }
        }
    }

    /// Calls `f` for each row of the image of so many channels that a row of their columns meets, in the order of the columns:
    /// with the start of the image's row part, the start of the columns' row part, and the length of both in positions.
    #[inline(always)]
    fn for_each_run(&self, channels: usize, mut f: impl FnMut(usize, usize, usize)) {
        let Window { image, kernel, stride, .. } = self.window;
        let across_len = self.window.positions[1];
        for c in 0..channels {
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
}

/// A sample with its padding, cut so that what a tap sees at the positions of one row lies side by side: value x of a row
/// is at `x % stride · phase + x / stride`.
#[derive(Clone, Copy)]
struct Image<'a, T> {
    conv: &'a Conv2d,
    values: &'a [T],
    /// Where each tap, counted over channels, rows and columns of the window, finds its value for the first position.
    taps: &'a [u32],
}

/// Values behind an image that may be read, and mean nothing.
const SLACK: usize = 32;

impl Conv2d {
    /// Rows of an [`Image`]'s channel, columns of one phase, and values of a row.
    fn image_sizes(&self) -> [usize; 3] {
        let Window { image, padding, stride, .. } = self.window;
        let phase = (image[1] + 2 * padding[1]).div_ceil(stride[1]);
        [image[0] + 2 * padding[0], phase, phase * stride[1]]
    }

    /// Room for an [`Image`]: its taps, its values and the slack behind them.
    fn image_room(&self) -> usize {
        let [rows, _, row] = self.image_sizes();
        self.depth() + self.in_channels * rows * row + SLACK
    }

    /// Where each tap finds its value for the first position, as many as there is room for.
    fn write_taps(&self, taps: &mut [u32]) {
        let Window { kernel, dilation, stride, .. } = self.window;
        let [rows, phase, row] = self.image_sizes();
        let mut taps = taps.iter_mut();
        for (c, u) in (0..self.in_channels).flat_map(|c| (0..kernel[0]).map(move |u| (c, u))) {
            let start = (c * rows + u * dilation[0]) * row;
            for (x, tap) in (0..kernel[1]).map(|v| v * dilation[1]).zip(&mut taps) {
                *tap = u32::try_from(start + x % stride[1] * phase + x / stride[1])
                    .expect("an image has less than 2^32 values");
            }
        }
    }
}

impl<'a, T: Element> Image<'a, T> {
    /// Lays a sample out in `room`.
    fn new(conv: &'a Conv2d, input: &[T], room: &'a mut [T]) -> Self {
        let Window { image, padding, stride, .. } = conv.window;
        let [rows, phase, row] = conv.image_sizes();
        let (taps, room) = room.split_at_mut(conv.depth());
        let taps = &mut bytemuck::cast_slice_mut(taps)[..conv.depth()];
        conv.write_taps(taps);
        if padding != [0, 0] {
            room.fill(T::ZERO);
        }
        for (channel, from) in room.chunks_exact_mut(rows * row).zip(input.chunks_exact(image[0] * image[1])) {
            for (to, from) in channel.chunks_exact_mut(row).skip(padding[0]).zip(from.chunks_exact(image[1])) {
                if stride[1] == 1 {
                    to[padding[1]..][..image[1]].copy_from_slice(from);
                    continue;
                }
                for x in padding[1]..(padding[1] + image[1]).min(padding[1] + stride[1]) {
                    let values = from[x - padding[1]..].iter().step_by(stride[1]);
                    let to = &mut to[x % stride[1] * phase + x / stride[1]..];
                    to.iter_mut().zip(values).for_each(|(to, &value)| *to = value);
                }
            }
        }
        Image { conv, values: room, taps }
    }

    /// What a tap sees at a position.
    fn seen(&self, tap: usize, position: usize) -> T {
        let across = self.conv.window.positions[1];
        let [_, _, row] = self.conv.image_sizes();
        self.values[self.taps[tap] as usize + position / across * row * self.conv.window.stride[0] + position % across]
    }

    /// The rows of positions that `positions` has a part of: for each, where the first tap finds its value, the index of the
    /// first position among `positions`, and their number.
    #[inline(always)]
    fn runs(&self, positions: Span) -> impl Iterator<Item = [usize; 3]> {
        let across = self.conv.window.positions[1];
        let row = self.conv.image_sizes()[2] * self.conv.window.stride[0];
        let (mut from, mut left, mut done) = (positions.start / across * row, across - positions.start % across, 0);
        from += across - left;
        core::iter::from_fn(move || {
            let len = left.min(positions.len - done);
            let run = [from, done, len];
            (from, left, done) = (from + row - (across - left), across, done + len);
            (len > 0).then_some(run)
        })
    }
}

/// The columns of a sample: [IN · K · K, H' · W'].
#[derive(Clone, Copy)]
struct Columns<'a, T> {
    taps: Image<'a, T>,
}

impl<T: Element> Operand<T> for Columns<'_, T> {
    fn at(&self, tap: usize, position: usize) -> T {
        self.taps.seen(tap, position)
    }

    #[inline(always)]
    fn pack<I: Isa, const WIDTH: usize>(&self, taps: Span, positions: Span, into: &mut [T]) {
        let into = &mut into[..taps.len * WIDTH];
        // The same for all taps.
        let (mut runs, mut count) = ([[0; 3]; WIDTH], 0);
        for run in self.taps.runs(positions) {
            runs[count] = run;
            count += 1;
        }
        let (runs, own) = (&runs[..count], &self.taps.taps[taps.start..][..taps.len]);
        #[cfg(target_arch = "x86_64")]
        if I::HAS_AVX512 && const { size_of::<T>() == 4 && WIDTH.is_multiple_of(16) } {
            let furthest = own.iter().max().map_or(0, |&tap| tap as usize);
            let end = runs.iter().map(|[from, _, len]| from + len).max().unwrap_or(0);
            assert!(furthest + end <= self.taps.values.len() && taps.len * WIDTH <= into.len());
            // SAFETY: the machine has AVX-512, as the instruction set says; the values and the lines are there, as just seen.
            unsafe { lines_of_runs::<WIDTH>(self.taps.values.as_ptr().cast(), own, runs, into.as_mut_ptr().cast()) };
            return;
        }
        for (k, tap) in own.iter().map(|&tap| tap as usize).enumerate() {
            for &[from, done, len] in runs {
                let (from, to) = (&self.taps.values[tap + from..], &mut into[k * WIDTH + done..]);
                // What is too much here, the next run or line writes anew.
                match (from.first_chunk::<WIDTH>(), to.first_chunk_mut::<WIDTH>()) {
                    (Some(from), Some(to)) => *to = *from,
                    _ => to[..len].copy_from_slice(&from[..len]),
                }
            }
        }
    }
}

/// The columns transposed: [H' · W', IN · K · K].
#[derive(Clone, Copy)]
struct Rows<'a, T> {
    taps: Image<'a, T>,
}

impl<T: Element> Operand<T> for Rows<'_, T> {
    fn at(&self, position: usize, tap: usize) -> T {
        self.taps.seen(tap, position)
    }

    #[inline(always)]
    fn pack<I: Isa, const WIDTH: usize>(&self, positions: Span, taps: Span, into: &mut [T]) {
        let lines = &mut into.as_chunks_mut::<WIDTH>().0[..positions.len];
        let mut starts = [0; WIDTH];
        for (start, &tap) in starts.iter_mut().zip(&self.taps.taps[taps.start..][..taps.len]) {
            *start = tap as usize;
        }
        for [from, done, len] in self.taps.runs(positions) {
            // Eight positions at a time; what is too much, the next run writes anew.
            for first in (0..len).step_by(8) {
                let mut sources: [&[T]; WIDTH] = [&[]; WIDTH];
                for (source, start) in sources.iter_mut().zip(starts) {
                    *source = &self.taps.values[start + from + first..][..8];
                }
                match lines[done + first..].first_chunk_mut::<8>() {
                    Some(lines) => transpose::<I, T, WIDTH>(&sources, lines),
                    None => {
                        let mut eight = [[T::ZERO; WIDTH]; 8];
                        transpose::<I, T, WIDTH>(&sources, &mut eight);
                        let left = &mut lines[done + first..];
                        left.copy_from_slice(&eight[..left.len()]);
                    }
                }
            }
        }
    }
}

/// d_input = for each value of some channels, the sum over the taps, in order, of what their columns hold for it.
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
        conv.for_each_run(d_input.len() / conv.window.image_len(), |to, from, len| {
            let run = &columns[from..from + len];
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{by_isa, run_on};

    /// All of an operand, row after row, packed as one instruction set does.
    struct Packed<O> {
        operand: O,
        rows: usize,
        columns: usize,
    }

    impl<O: Operand<f32>> Task for Packed<O> {
        type Output = Vec<f32>;

        #[inline(always)]
        fn run<I: Isa>(self) -> Vec<f32> {
            by_isa!(I, self.panels::<I, 32>(), self.panels::<I, 16>(), self.panels::<I, 8>())
        }
    }

    impl<O: Operand<f32>> Packed<O> {
        #[inline(always)]
        fn panels<I: Isa, const WIDTH: usize>(self) -> Vec<f32> {
            let mut all = vec![f32::NAN; self.rows * self.columns];
            for start in (0..self.columns).step_by(WIDTH) {
                let columns = Span { start, len: WIDTH.min(self.columns - start) };
                let mut panel = vec![f32::NAN; self.rows * WIDTH];
                self.operand.pack::<I, WIDTH>(Span { start: 0, len: self.rows }, columns, &mut panel);
                for (line, to) in panel.chunks(WIDTH).zip(all.chunks_mut(self.columns)) {
                    to[start..start + columns.len].copy_from_slice(&line[..columns.len]);
                }
            }
            all
        }
    }

    /// What tap `k` sees at position `p`, by the definition.
    fn seen(conv: &Conv2d, input: &[f32], k: usize, p: usize) -> f32 {
        let Window { image, kernel, stride, padding, dilation, positions } = conv.window;
        let (c, tap) = (k / (kernel[0] * kernel[1]), [k / kernel[1] % kernel[0], k % kernel[1]]);
        let position = [p / positions[1], p % positions[1]];
        let at =
            [0, 1].map(|axis| (position[axis] * stride[axis] + tap[axis] * dilation[axis]).checked_sub(padding[axis]));
        match at {
            [Some(y), Some(x)] if y < image[0] && x < image[1] => input[(c * image[0] + y) * image[1] + x],
            _ => 0.0,
        }
    }

    #[test]
    fn columns_are_what_the_taps_see() {
        for (image, kernel, stride, padding, dilation) in [
            ([28, 28], [3, 3], [1, 1], [0, 0], [1, 1]),
            ([9, 12], [3, 3], [1, 1], [1, 1], [1, 1]),
            ([26, 26], [3, 3], [2, 2], [0, 0], [1, 1]),
            ([1, 33], [1, 5], [1, 3], [0, 4], [1, 2]),
            ([17, 19], [3, 4], [2, 3], [3, 7], [5, 2]),
            ([3, 1], [2, 3], [4, 2], [4, 9], [3, 7]),
            ([1, 1], [1, 1], [1, 1], [0, 0], [1, 1]),
        ] {
            let positions =
                [0, 1].map(|a| (image[a] + 2 * padding[a] - dilation[a] * (kernel[a] - 1) - 1) / stride[a] + 1);
            let window = Window { image, kernel, stride, padding, dilation, positions };
            let activation = Activation::Identity;
            let conv = Conv2d { in_channels: 3, out_channels: 1, window, weight: 0, bias: None, activation };
            let input: Vec<f32> = (1..=conv.input_len()).map(|value| value as f32).collect();
            let (taps, places) = (conv.depth(), window.positions_len());
            let expected: Vec<f32> = (0..taps * places).map(|i| seen(&conv, &input, i / places, i % places)).collect();
            let transposed: Vec<f32> = (0..taps * places).map(|i| seen(&conv, &input, i % taps, i / taps)).collect();
            for isa in 0..3 {
                let mut room = vec![f32::NAN; conv.image_room()];
                let image = Image::new(&conv, &input, &mut room);
                let columns = Packed { operand: Columns { taps: image }, rows: taps, columns: places };
                let rows = Packed { operand: Rows { taps: image }, rows: places, columns: taps };
                let Some(found) = run_on(isa, columns) else { continue };
                assert_eq!(found, expected, "columns of {window:?}, instruction set {isa}");
                assert_eq!(run_on(isa, rows), Some(transposed.clone()), "rows of {window:?}, instruction set {isa}");
            }
        }
    }
}
