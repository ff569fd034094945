//! What the taps of a convolution see, as the operands of its products, and the way back.
//!
//! The columns are never written out. Each sample is laid out once, with its padding, and with its columns sorted by stride: what
//! a tap sees is then a run of memory. Panels are packed from there, for the outputs and, transposed, for the gradient of the
//! weights. The place where each tap finds its first value stands beside the sample. With AVX-512 (`kernels/runs.rs`), a vector of
//! a panel is put together from its runs by masked loads, and a vector of the input's gradient is summed from its runs in a
//! register.
//!
//! Backward goes over the samples once. It takes as many samples at a time as have gradients that fit in a core's own cache, and
//! makes the gradients of the columns for as many channels at a time as fit there too.

#[cfg(target_arch = "x86_64")]
use crate::kernels::runs::{Part, WIDE, lines_of_runs, sum_of_parts};
use crate::kernels::{Isa, Operand, Span, Task, transpose};
use crate::numerics::arith::{Arith, Element};
use loom_ir::layers::{Conv2d, Window};

/// Calls `f` for each position of a sample, in order, with what the taps see there: a column of the columns.
pub(crate) fn for_each_position(conv: &Conv2d, input: &[f32], mut f: impl FnMut(&[f32])) {
    let mut room = vec![0.0; image_room(conv)];
    let image = Image::new(conv, input, &mut room);
    let mut seen = vec![0.0; conv.depth()];
    for [from, _, len] in image.runs(Span::all(conv.window.positions_len())) {
        for position in from..from + len {
            seen.iter_mut().zip(image.taps).for_each(|(seen, &tap)| *seen = image.values[tap as usize + position]);
            f(&seen);
        }
    }
}

/// Calls `f` for each row of the image of so many channels that a row of their columns meets, in the order of the columns:
/// with the start of the image's row part, the start of the columns' row part, and the length of both in positions.
#[inline(always)]
fn for_each_run(conv: &Conv2d, channels: usize, mut f: impl FnMut(usize, usize, usize)) {
    let Window { image, kernel, stride, .. } = conv.window;
    let across_len = conv.window.positions[1];
    for c in 0..channels {
        for u in 0..kernel[0] {
            let (down, top) = conv.window.taps(0, u);
            for v in 0..kernel[1] {
                let (across, left) = conv.window.taps(1, v);
                if across.is_empty() {
                    // A wide margin of padding, or far taps: this one never meets the image.
                    continue;
                }
                let row = ((c * kernel[0] + u) * kernel[1] + v) * conv.window.positions_len();
                for (i, position) in down.clone().enumerate() {
                    let on_image = (c * image[0] + top + i * stride[0]) * image[1] + left;
                    f(on_image, row + position * across_len + across.start, across.len());
                }
            }
        }
    }
}

/// A sample with its padding, cut so that what a tap sees at the positions of one row lies side by side: value x of a row
/// is at `x % stride · phase + x / stride`.
#[derive(Clone, Copy)]
pub(crate) struct Image<'a, T> {
    conv: &'a Conv2d,
    values: &'a [T],
    /// Where each tap, counted over channels, rows and columns of the window, finds its value for the first position.
    taps: &'a [u32],
}

/// Values behind an image that may be read, and mean nothing.
const SLACK: usize = 32;

/// Room for an [`Image`]: its taps, its values and the slack behind them.
pub(crate) fn image_room(conv: &Conv2d) -> usize {
    let [rows, _, row] = conv.image_sizes();
    conv.depth() + conv.in_channels * rows * row + SLACK
}

/// Where each tap finds its value for the first position, as many as there is room for.
fn write_taps(conv: &Conv2d, taps: &mut [u32]) {
    let Window { kernel, dilation, stride, .. } = conv.window;
    let [rows, phase, row] = conv.image_sizes();
    let mut taps = taps.iter_mut();
    for (c, u) in (0..conv.in_channels).flat_map(|c| (0..kernel[0]).map(move |u| (c, u))) {
        let start = (c * rows + u * dilation[0]) * row;
        for (x, tap) in (0..kernel[1]).map(|v| v * dilation[1]).zip(&mut taps) {
            *tap = u32::try_from(start + x % stride[1] * phase + x / stride[1])
                .expect("an image has less than 2^32 values");
        }
    }
}

impl<'a, T: Element> Image<'a, T> {
    /// Lays a sample out in `room`.
    pub(crate) fn new(conv: &'a Conv2d, input: &[T], room: &'a mut [T]) -> Self {
        let Window { image, padding, stride, .. } = conv.window;
        let [rows, phase, row] = conv.image_sizes();
        let (taps, room) = room.split_at_mut(conv.depth());
        let taps = &mut bytemuck::cast_slice_mut(taps)[..conv.depth()];
        write_taps(conv, taps);
        if stride[1] == 1 && padding == [0, 0] {
            room[..input.len()].copy_from_slice(input);
            return Image { conv, values: room, taps };
        }
        if padding != [0, 0] {
            room.fill(T::ZERO);
        }
        for (channel, from) in room.chunks_exact_mut(rows * row).zip(input.chunks_exact(image[0] * image[1])) {
            for (to, from) in channel.chunks_exact_mut(row).skip(padding[0]).zip(from.chunks_exact(image[1])) {
                match stride[1] {
                    1 => to[padding[1]..][..image[1]].copy_from_slice(from),
                    2 => halves(from, padding[1], to),
                    stride => {
                        for x in padding[1]..(padding[1] + image[1]).min(padding[1] + stride) {
                            let values = from[x - padding[1]..].iter().step_by(stride);
                            let to = &mut to[x % stride * phase + x / stride..];
                            to.iter_mut().zip(values).for_each(|(to, &value)| *to = value);
                        }
                    }
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
        // Behind the last row of positions lies no other, however far a stride would go.
        let row = self.conv.image_sizes()[2].wrapping_mul(self.conv.window.stride[0]);
        let (mut from, mut left, mut done) = (positions.start / across * row, across - positions.start % across, 0);
        from += across - left;
        core::iter::from_fn(move || {
            let len = left.min(positions.len - done);
            let run = [from, done, len];
            (from, left, done) = (from.wrapping_add(row).wrapping_sub(across - left), across, done + len);
            (len > 0).then_some(run)
        })
    }
}

/// Lays a row of values, before which there are `padding` others, out with those at an even place first.
fn halves<T: Copy>(row: &[T], padding: usize, to: &mut [T]) {
    let (even, odd) = to.split_at_mut(to.len() / 2);
    let (head, rest) = row.split_at(padding % 2);
    let (pairs, tail) = rest.as_chunks::<2>();
    if let [value] = *head {
        odd[padding / 2] = value;
    }
    let (even, odd) = (&mut even[padding.div_ceil(2)..], &mut odd[padding.div_ceil(2)..]);
    for ((even, odd), pair) in even.iter_mut().zip(odd).zip(pairs) {
        [*even, *odd] = *pair;
    }
    if let [value] = *tail {
        even[pairs.len()] = value;
    }
}

/// The columns of a sample: [IN · K · K, H' · W'].
#[derive(Clone, Copy)]
pub(crate) struct Columns<'a, T> {
    pub(crate) taps: Image<'a, T>,
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
            let end = runs.iter().map(|[from, _, len]| from.saturating_add(*len)).max().unwrap_or(0);
            assert!(furthest.saturating_add(end) <= self.taps.values.len() && own.len() * WIDTH <= into.len());
            // SAFETY: the machine has AVX-512, as the instruction set says; the values and the lines are there, as just seen, and
            // no sum has wrapped.
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
pub(crate) struct Rows<'a, T> {
    pub(crate) taps: Image<'a, T>,
}

impl<T: Element> Operand<T> for Rows<'_, T> {
    fn at(&self, position: usize, tap: usize) -> T {
        self.taps.seen(tap, position)
    }

    #[inline(always)]
    fn pack<I: Isa, const WIDTH: usize>(&self, positions: Span, taps: Span, into: &mut [T]) {
        let lines = &mut into.as_chunks_mut::<WIDTH>().0[..positions.len];
        let own = &self.taps.taps[taps.start..][..taps.len];
        let furthest = own.iter().max().map_or(0, |&tap| tap as usize);
        let mut starts = [self.taps.values.as_ptr(); WIDTH];
        for (start, &tap) in starts.iter_mut().zip(own) {
            *start = start.wrapping_add(tap as usize);
        }
        for [from, done, len] in self.taps.runs(positions) {
            // Eight positions at a time: what is too much, the next run writes anew.
            let most = len.next_multiple_of(8);
            assert!(furthest.saturating_add(from).saturating_add(most) <= self.taps.values.len());
            let mut sources = starts;
            for source in &mut sources {
                *source = source.wrapping_add(from);
            }
            let there = most.min((lines.len() - done) / 8 * 8);
            // SAFETY: the values go on for as many positions, as just seen for the furthest tap, and no sum has wrapped.
            unsafe { transpose::<I, T, WIDTH>(&sources, &mut lines[done..done + there]) };
            if there < len {
                let mut eight = [[T::ZERO; WIDTH]; 8];
                for source in &mut sources {
                    *source = source.wrapping_add(there);
                }
                // SAFETY: likewise; these eight are within `most`.
                unsafe { transpose::<I, T, WIDTH>(&sources, &mut eight) };
                lines[done + there..][..len - there].copy_from_slice(&eight[..len - there]);
            }
        }
    }
}

/// d_input = for each value of some channels, the sum over the taps, in order, of what their columns hold for it.
pub(crate) struct FromColumns<'a, A: Arith> {
    pub(crate) conv: &'a Conv2d,
    pub(crate) columns: &'a [A::T],
    pub(crate) d_input: &'a mut [A::T],
}

impl<A: Arith> Task<A> for FromColumns<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let FromColumns { conv, columns, d_input } = self;
        #[cfg(target_arch = "x86_64")]
        if I::HAS_AVX512
            && const { size_of::<A::T>() == 4 }
            && conv.window.stride == [1, 1]
            && conv.window.kernel_len() <= MOST_TAPS
        {
            // SAFETY: the machine has AVX-512, as the instruction set says.
            return unsafe { sum_taps(conv, bytemuck::cast_slice(columns), bytemuck::cast_slice_mut(d_input)) };
        }
        d_input.fill(A::T::ZERO);
        let stride = conv.window.stride[1];
        for_each_run(conv, d_input.len() / conv.window.image_len(), |to, from, len| {
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

/// Taps of a window, at most, for [`sum_taps`].
#[cfg(target_arch = "x86_64")]
const MOST_TAPS: usize = 64;

/// What [`FromColumns`] does, sixteen values at a time, for a stride of 1 and at most [`MOST_TAPS`] taps.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn sum_taps(conv: &Conv2d, columns: &[f32], d_input: &mut [f32]) {
    let Window { image, kernel, padding, dilation, positions, .. } = conv.window;
    let channel = conv.window.kernel_len() * conv.window.positions_len();
    assert_eq!(columns.len() / channel, d_input.len() / conv.window.image_len());
    // Channel by channel, since the columns of one stay in the nearest cache.
    for (columns, d_image) in columns.chunks_exact(channel).zip(d_input.chunks_exact_mut(conv.window.image_len())) {
        for start in (0..image[1]).step_by(WIDE) {
            // What the taps of the window's row `u` have of sixteen places of an image's row is `ends[u]..ends[u + 1]` of the parts,
            // from the row of positions on that meets it with the window's first row.
            let (mut parts, mut ends) = ([Part::default(); MOST_TAPS], [0; MOST_TAPS + 1]);
            for u in 0..kernel[0] {
                let mut end = ends[u];
                for v in 0..kernel[1] {
                    let (across, left) = conv.window.taps(1, v);
                    let row = (u * kernel[1] + v) * conv.window.positions_len();
                    let from = (row + across.start).wrapping_sub(u * dilation[0] * positions[1]);
                    if let Some(part) = Part::of([from, left, across.len()], start) {
                        parts[end] = part;
                        end += 1;
                    }
                }
                ends[u + 1] = end;
            }
            for (y, to) in d_image.chunks_exact_mut(image[1]).enumerate() {
                let below = y + padding[0];
                let last = kernel[0].min(below / dilation[0] + 1);
                let first = below.checked_sub(positions[0]).map_or(0, |far| far / dilation[0] + 1).min(last);
                let (parts, from) =
                    (&parts[ends[first]..ends[last]], columns.as_ptr().wrapping_add(below * positions[1]));
                // SAFETY: the window's rows from `first` up to `last` meet row `y` at a row of positions each, which the columns have: there are
                // as many positions as image, padding and window say (`Window::is_consistent`, by `PlanExt::check`), and all columns of a
                // channel, since `chunks_exact` gives no others. The places are the image's.
                unsafe { sum_of_parts(parts, from, to[start..].as_mut_ptr(), image[1] - start) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{by_isa, run_on};
    use crate::numerics::arith::Fused;
    use loom_ir::layers::Activation;

    /// All of an operand, row after row, packed as one instruction set does.
    struct Packed<O> {
        operand: O,
        rows: usize,
        columns: usize,
    }

    impl<O: Operand<f32>> Task<Fused, Vec<f32>> for Packed<O> {
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

    /// Convolutions of three channels.
    fn convolutions() -> impl Iterator<Item = Conv2d> {
        [
            ([28, 28], [3, 3], [1, 1], [0, 0], [1, 1]),
            ([9, 12], [3, 3], [1, 1], [1, 1], [1, 1]),
            ([26, 26], [3, 3], [2, 2], [0, 0], [1, 1]),
            ([1, 33], [1, 5], [1, 3], [0, 4], [1, 2]),
            ([17, 19], [3, 4], [2, 3], [3, 7], [5, 2]),
            ([3, 1], [2, 3], [4, 2], [4, 9], [3, 7]),
            ([5, 14], [2, 3], [1, 2], [0, 3], [1, 1]),
            ([20, 37], [5, 3], [1, 1], [6, 2], [3, 4]),
            ([5, 5], [2, 2], [1, 1], [0, 0], [4, 4]),
            ([2, 3], [5, 5], [1, 1], [2, 2], [1, 1]),
            ([9, 40], [5, 13], [1, 1], [1, 4], [1, 1]),
            ([1, 1], [1, 1], [1, 1], [0, 0], [1, 1]),
        ]
        .into_iter()
        .map(|(image, kernel, stride, padding, dilation)| {
            let positions =
                [0, 1].map(|a| (image[a] + 2 * padding[a] - dilation[a] * (kernel[a] - 1) - 1) / stride[a] + 1);
            let window = Window { image, kernel, stride, padding, dilation, positions };
            let activation = Activation::Identity;
            Conv2d { in_channels: 3, out_channels: 1, window, bias: false, activation }
        })
    }

    #[test]
    fn columns_are_what_the_taps_see() {
        for conv in convolutions() {
            let window = conv.window;
            let input: Vec<f32> = (1..=conv.input_len()).map(|value| value as f32).collect();
            let (taps, places) = (conv.depth(), window.positions_len());
            let expected: Vec<f32> = (0..taps * places).map(|i| seen(&conv, &input, i / places, i % places)).collect();
            let transposed: Vec<f32> = (0..taps * places).map(|i| seen(&conv, &input, i % taps, i / taps)).collect();
            for isa in 0..3 {
                let mut room = vec![f32::NAN; image_room(&conv)];
                let image = Image::new(&conv, &input, &mut room);
                let columns = Packed { operand: Columns { taps: image }, rows: taps, columns: places };
                let rows = Packed { operand: Rows { taps: image }, rows: places, columns: taps };
                let Some(found) = run_on(isa, columns) else { continue };
                assert_eq!(found, expected, "columns of {window:?}, instruction set {isa}");
                assert_eq!(run_on(isa, rows), Some(transposed.clone()), "rows of {window:?}, instruction set {isa}");
            }
        }
    }

    #[test]
    fn each_value_sums_what_its_taps_hand_back() {
        for conv in convolutions() {
            let window = conv.window;
            // Each value is its place, counted from 1.
            let input: Vec<f32> = (1..=conv.input_len()).map(|place| place as f32).collect();
            let places = window.positions_len();
            let few = [-0.0, 1e-30, f32::INFINITY, f32::NAN, f32::NEG_INFINITY];
            let value = |i: usize| few.get(i % 211).copied().unwrap_or((i * 37 % 101) as f32 / 7.0 - 5.0);
            let columns: Vec<f32> = (0..conv.depth() * places).map(value).collect();
            let mut expected = vec![0.0; input.len()];
            for (i, x) in columns.iter().enumerate() {
                let place = seen(&conv, &input, i / places, i % places) as usize;
                if place > 0 {
                    expected[place - 1] += x;
                }
            }
            expected.iter_mut().for_each(|d| *d = Fused::snap(*d));
            for isa in 0..3 {
                let mut d_input = vec![f32::NAN; input.len()];
                let task = FromColumns::<Fused> { conv: &conv, columns: &columns, d_input: &mut d_input };
                let Some(()) = run_on(isa, task) else { continue };
                let bits = |values: &[f32]| Vec::from_iter(values.iter().map(|value| value.to_bits()));
                assert_eq!(bits(&d_input), bits(&expected), "{window:?}, instruction set {isa}");
            }
        }
    }
}
