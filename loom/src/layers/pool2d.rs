//! `MaxPool2d`, `AvgPool2d`, and `Mean` as a column: forward, backward and their GPU launches.

use super::{AvgPool2d, MaxPool2d, Window};
#[cfg(target_arch = "x86_64")]
use crate::kernels::quads;
use crate::kernels::{Isa, Task, dispatch};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const WINDOW: &str = include_str!("pool2d/window.wgsl");
const MAX_FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[WINDOW, include_str!("pool2d/max_forward.wgsl")]);
const MAX_D_INPUT: Kernel =
    Kernel::backward("d_input", Form::Items, &[WINDOW, include_str!("pool2d/max_d_input.wgsl")]);
const AVG_FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[WINDOW, include_str!("pool2d/avg_forward.wgsl")]);
const AVG_D_INPUT: Kernel =
    Kernel::backward("d_input", Form::Items, &[WINDOW, include_str!("pool2d/avg_d_input.wgsl")]);

/// The indices of the image, in row order, that the window covers at a position.
#[inline(always)]
fn covered(window: &Window, down: usize, across: usize) -> impl Iterator<Item = usize> {
    let span = |axis: usize, position: usize| {
        let start = position * window.stride[axis];
        let end = (start + window.kernel[axis]).saturating_sub(window.padding[axis]).min(window.image[axis]);
        start.saturating_sub(window.padding[axis])..end
    };
    let (rows, columns, width) = (span(0, down), span(1, across), window.image[1]);
    rows.flat_map(move |y| columns.clone().map(move |x| y * width + x))
}

/// Calls `f` with each position's index and its row and column.
#[inline(always)]
fn for_each_position(window: &Window, mut f: impl FnMut(usize, usize, usize)) {
    for down in 0..window.positions[0] {
        for across in 0..window.positions[1] {
            f(down * window.positions[1] + across, down, across);
        }
    }
}

/// The image index of the value that max-pooling takes at a position: the first of the greatest.
#[inline(always)]
fn greatest<A: Arith>(window: &Window, image: &[A::T], down: usize, across: usize) -> usize {
    let mut covered = covered(window, down, across);
    let first = covered.next().expect("padding is at most half the window, so each position covers the image");
    covered.fold(first, |best, i| if A::orders_after(image[i], image[best]) { i } else { best })
}

fn cost(window: &Window) -> usize {
    window.positions_len().saturating_mul(window.kernel_len())
}

impl Operator for MaxPool2d {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let (window, image_len) = (&self.window, self.window.image_len());
        cx.threads.split_mut(cx.output, window.positions_len(), cost(window), |first, outputs| {
            dispatch(Take::<A> { window, images: &cx.input[first * image_len..], outputs });
        });
    }

    /// Each position's gradient goes to the value taken there; a value taken at several adds them in row order.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_images) = cx.d_input.as_deref_mut() else { return };
        let (window, image_len) = (&self.window, self.window.image_len());
        cx.threads.split_mut(d_images, image_len, cost(window), |first, d_images| {
            let images = &cx.input[first * image_len..];
            let d_outputs = &cx.d_output[first * window.positions_len()..];
            dispatch(GiveBack::<A> { window, images, d_outputs, d_images });
        });
    }

    fn launches(&self) -> Vec<Launch> {
        vec![
            Launch::new(&MAX_FORWARD, PerSample(self.channels * self.window.positions_len())),
            Launch::new(&MAX_D_INPUT, PerSample(self.channels * self.window.image_len())),
        ]
    }
}

/// Columns of the window, if the windows lie side by side without padding and are so narrow that their columns are worth
/// a loop each.
fn tiling(window: &Window) -> Option<usize> {
    (window.stride == window.kernel && window.padding == [0, 0]).then_some(window.kernel[1])
}

/// The parts of an image's row that the windows of a row of positions cover, for row `u` of the windows.
#[inline(always)]
fn row_of<'a, T, const S: usize>(window: &Window, image: &'a [T], down: usize, u: usize) -> &'a [[T; S]] {
    &image[(down * window.kernel[0] + u) * window.image[1]..].as_chunks().0[..window.positions[1]]
}

/// outputs = the greatest value under the window, image after image.
struct Take<'a, A: Arith> {
    window: &'a Window,
    images: &'a [A::T],
    outputs: &'a mut [A::T],
}

impl<A: Arith> Task<A> for Take<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let Take { window, images, outputs } = self;
        let images = images.chunks_exact(window.image_len());
        for (output, image) in outputs.chunks_exact_mut(window.positions_len()).zip(images) {
            match tiling(window) {
                Some(2) => Self::rows::<I, 2>(window, image, output),
                Some(3) => Self::rows::<I, 3>(window, image, output),
                _ => for_each_position(window, |i, down, across| {
                    output[i] = image[greatest::<A>(window, image, down, across)];
                }),
            }
        }
    }
}

impl<A: Arith> Take<'_, A> {
    #[inline(always)]
    fn rows<I: Isa, const S: usize>(window: &Window, image: &[A::T], output: &mut [A::T]) {
        for (down, output) in output.chunks_exact_mut(window.positions[1]).enumerate() {
            #[cfg(target_arch = "x86_64")]
            if I::HAS_AVX2 && A::IS_FUSED && S == 2 && window.kernel[0] == 2 {
                let rows = [0, 1].map(|u| bytemuck::cast_slice(row_of::<_, 2>(window, image, down, u)));
                // SAFETY: the machine has AVX2, as the instruction set says.
                unsafe { quads::greatest_of_quads(rows, bytemuck::cast_slice_mut(output)) };
                continue;
            }
            for u in 0..window.kernel[0] {
                let row = row_of::<_, S>(window, image, down, u);
                for (best, values) in output.iter_mut().zip(row) {
                    let mut greatest = if u == 0 { values[0] } else { *best };
                    for &x in values {
                        greatest = if A::orders_after(x, greatest) { x } else { greatest };
                    }
                    *best = greatest;
                }
            }
        }
    }
}

/// d_images = at each value that was taken, the sum of the gradients of the positions that took it.
struct GiveBack<'a, A: Arith> {
    window: &'a Window,
    images: &'a [A::T],
    d_outputs: &'a [A::T],
    d_images: &'a mut [A::T],
}

/// Positions of a row that [`GiveBack`] looks at together.
const TOGETHER: usize = 32;

impl<A: Arith> Task<A> for GiveBack<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let GiveBack { window, images, d_outputs, d_images } = self;
        let image_len = window.image_len();
        let images = images.chunks_exact(image_len).zip(d_outputs.chunks_exact(window.positions_len()));
        for (d_image, (image, d_output)) in d_images.chunks_exact_mut(image_len).zip(images) {
            match tiling(window) {
                Some(2) => Self::rows::<I, 2>(window, image, d_output, d_image),
                Some(3) => Self::rows::<I, 3>(window, image, d_output, d_image),
                _ => {
                    d_image.fill(A::T::ZERO);
                    for_each_position(window, |i, down, across| {
                        let taken = greatest::<A>(window, image, down, across);
                        d_image[taken] = d_image[taken] + d_output[i];
                    });
                    d_image.iter_mut().for_each(|d| *d = A::flush(*d));
                }
            }
        }
    }
}

impl<A: Arith> GiveBack<'_, A> {
    /// Each value belongs to one position at most: it gets that one's gradient or 0.
    #[inline(always)]
    fn rows<I: Isa, const S: usize>(window: &Window, image: &[A::T], d_output: &[A::T], d_image: &mut [A::T]) {
        let ([down_len, across_len], [u_len, width]) = (window.positions, [window.kernel[0], window.image[1]]);
        // What no window covers.
        d_image[down_len * u_len * width..].fill(A::T::ZERO);
        d_image.chunks_exact_mut(width).for_each(|row| row[across_len * S..].fill(A::T::ZERO));
        for down in 0..down_len {
            #[cfg(target_arch = "x86_64")]
            if I::HAS_AVX2 && A::IS_FUSED && S == 2 && u_len == 2 {
                let rows = [0, 1].map(|u| bytemuck::cast_slice(row_of::<_, 2>(window, image, down, u)));
                let (top, bottom) = d_image[down * 2 * width..][..2 * width].split_at_mut(width);
                let d_rows = [top, bottom].map(|row| bytemuck::cast_slice_mut(&mut row[..across_len * 2]));
                let d_output = bytemuck::cast_slice(&d_output[down * across_len..][..across_len]);
                // SAFETY: the machine has AVX2, as the instruction set says.
                unsafe { quads::hand_back_to_quads(rows, d_output, d_rows) };
                continue;
            }
            for first in (0..across_len).step_by(TOGETHER) {
                let len = TOGETHER.min(across_len - first);
                let (mut best, mut taken) = ([A::T::ZERO; TOGETHER], [0_u32; TOGETHER]);
                for u in 0..u_len {
                    let row = &row_of::<_, S>(window, image, down, u)[first..first + len];
                    for ((best, taken), values) in best.iter_mut().zip(&mut taken).zip(row) {
                        for (v, &x) in values.iter().enumerate() {
                            let is_better = (u == 0 && v == 0) || A::orders_after(x, *best);
                            *best = if is_better { x } else { *best };
                            *taken = if is_better { (u * S + v) as u32 } else { *taken };
                        }
                    }
                }
                let d_output = &d_output[down * across_len + first..][..len];
                for u in 0..u_len {
                    let start = (down * u_len + u) * width;
                    let row = &mut d_image[start..].as_chunks_mut::<S>().0[first..first + len];
                    for ((d_values, &d), &taken) in row.iter_mut().zip(d_output).zip(&taken) {
                        for (v, to) in d_values.iter_mut().enumerate() {
                            *to = if taken == (u * S + v) as u32 { A::flush(A::T::ZERO + d) } else { A::T::ZERO };
                        }
                    }
                }
            }
        }
    }
}

/// 1 / (values under the window).
fn share<T: Element>(pool: &AvgPool2d) -> T {
    T::from_f32(1.0 / pool.window.kernel_len() as f32)
}

impl Operator for AvgPool2d {
    /// The sum of each window in row order, times 1 / (values under the window).
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let (window, image_len) = (&self.window, self.window.image_len());
        cx.threads.split_mut(cx.output, window.positions_len(), cost(window), |first, outputs| {
            for (plane, output) in outputs.chunks_exact_mut(window.positions_len()).enumerate() {
                let image = &cx.input[(first + plane) * image_len..][..image_len];
                for_each_position(window, |i, down, across| {
                    let sum = covered(window, down, across).fold(A::T::ZERO, |sum, i| sum + image[i]);
                    output[i] = A::flush(sum * share(self));
                });
            }
        });
    }

    /// For each value, the sum of the gradients of the positions that cover it, in row order, times the same share.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let (window, image_len, positions) = (&self.window, self.window.image_len(), self.window.positions_len());
        cx.threads.split_mut(d_input, image_len, cost(window), |first, d_inputs| {
            for (plane, d_image) in d_inputs.chunks_exact_mut(image_len).enumerate() {
                let d_output = &cx.d_output[(first + plane) * positions..][..positions];
                d_image.fill(A::T::ZERO);
                for_each_position(window, |i, down, across| {
                    covered(window, down, across).for_each(|j| d_image[j] = d_image[j] + d_output[i]);
                });
                d_image.iter_mut().for_each(|d| *d = A::flush(*d * share(self)));
            }
        });
    }

    fn launches(&self) -> Vec<Launch> {
        vec![
            Launch::new(&AVG_FORWARD, PerSample(self.channels * self.window.positions_len())),
            Launch::new(&AVG_D_INPUT, PerSample(self.channels * self.window.image_len())),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::run_on;
    use crate::numerics::arith::Fused;

    /// Values of which many order alike, and some are special.
    fn value(i: usize) -> f32 {
        let special = [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, 0.0, 1e-40, -1e-30];
        match i * 7 % 23 {
            k if i.is_multiple_of(5) && k < special.len() => special[k],
            k => (k as f32 - 11.0) / 4.0,
        }
    }

    #[test]
    fn windows_side_by_side_are_pooled_by_the_definition() {
        for (size, [down, across], [below, beside]) in
            [(2, [1, 1], [0, 0]), (2, [3, 7], [1, 1]), (2, [2, 8], [0, 1]), (2, [4, 13], [1, 0]), (2, [5, 33], [0, 0])]
                .into_iter()
                .chain([(3, [2, 5], [2, 1]), (3, [3, 17], [0, 2])])
        {
            let image = [down * size + below, across * size + beside];
            let (kernel, positions) = ([size; 2], [down, across]);
            let window = Window { image, kernel, stride: kernel, padding: [0; 2], dilation: [1; 2], positions };
            let images: Vec<f32> = (0..2 * window.image_len()).map(value).collect();
            let d_outputs: Vec<f32> = (0..2 * window.positions_len()).map(|i| value(i + 3)).collect();
            let (mut expected, mut d_expected) = (Vec::new(), vec![0.0; images.len()]);
            for (plane, image) in images.chunks_exact(window.image_len()).enumerate() {
                for_each_position(&window, |i, down, across| {
                    let taken = greatest::<Fused>(&window, image, down, across);
                    expected.push(image[taken]);
                    let d = d_outputs[plane * window.positions_len() + i];
                    d_expected[plane * window.image_len() + taken] = Fused::flush(d);
                });
            }
            let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            for isa in 0..3 {
                let mut outputs = vec![1.0; expected.len()];
                let take = Take::<Fused> { window: &window, images: &images, outputs: &mut outputs };
                if run_on(isa, take).is_none() {
                    continue;
                }
                assert_eq!(bits(&outputs), bits(&expected), "{window:?}, instruction set {isa}");
                let mut d_images = vec![1.0; images.len()];
                let give = GiveBack::<Fused> {
                    window: &window,
                    images: &images,
                    d_outputs: &d_outputs,
                    d_images: &mut d_images,
                };
                run_on(isa, give);
                assert_eq!(bits(&d_images), bits(&d_expected), "gradient of {window:?}, instruction set {isa}");
            }
        }
    }
}
