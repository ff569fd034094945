use super::Window;
use crate::arith::{Arith, Element};
use crate::launch::{Extent::PerSample, Launch};
use crate::operator::{Backward, Forward, Operator};

/// `MaxPool2d<K, stride = K, padding = 0>`: the greatest value in each window; padding never wins, NaN always does.
///
/// Shapes: input `[C, H, W]`, output `[C, H', W']` with H' = (H + 2·padding - K) / stride + 1. On ties the gradient goes to
/// the first position in row order. PyTorch's `nn.MaxPool2d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxPool2d {
    /// C.
    pub channels: usize,
    /// The window's walk over the image.
    pub window: Window,
}

/// `AvgPool2d<K, stride = K, padding = 0>`: the mean of each window, padding counted as zeros.
///
/// Shapes: input `[C, H, W]`, output `[C, H', W']` with H' = (H + 2·padding - K) / stride + 1. PyTorch's `nn.AvgPool2d` with
/// its default `count_include_pad=True`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AvgPool2d {
    /// C.
    pub channels: usize,
    /// The window's walk over the image.
    pub window: Window,
}

impl Window {
    /// The indices of the image, in row order, that the window covers at a position.
    #[inline(always)]
    fn covered(&self, down: usize, across: usize) -> impl Iterator<Item = usize> {
        let span = |axis: usize, position: usize| {
            let start = position * self.stride[axis];
            let end = (start + self.kernel[axis]).saturating_sub(self.padding[axis]).min(self.image[axis]);
            start.saturating_sub(self.padding[axis])..end
        };
        let (rows, columns, width) = (span(0, down), span(1, across), self.image[1]);
        rows.flat_map(move |y| columns.clone().map(move |x| y * width + x))
    }

    /// Calls `f` with each position's index and its row and column.
    #[inline(always)]
    fn for_each_position(&self, mut f: impl FnMut(usize, usize, usize)) {
        for down in 0..self.positions[0] {
            for across in 0..self.positions[1] {
                f(down * self.positions[1] + across, down, across);
            }
        }
    }

    /// The image index of the value that max-pooling takes at a position: the first of the greatest.
    #[inline(always)]
    fn greatest<A: Arith>(&self, image: &[A::T], down: usize, across: usize) -> usize {
        let mut covered = self.covered(down, across);
        let first = covered.next().expect("padding is at most half the window, so each position covers the image");
        covered.fold(first, |best, i| if A::orders_after(image[i], image[best]) { i } else { best })
    }

    fn cost(&self) -> usize {
        self.positions_len() * self.kernel_len()
    }
}

impl Operator for MaxPool2d {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let (window, image_len) = (self.window, self.window.image_len());
        cx.threads.split_mut(cx.output, window.positions_len(), window.cost(), |first, outputs| {
            for (plane, output) in outputs.chunks_exact_mut(window.positions_len()).enumerate() {
                let image = &cx.input[(first + plane) * image_len..][..image_len];
                window.for_each_position(|i, down, across| {
                    output[i] = image[window.greatest::<A>(image, down, across)];
                });
            }
        });
    }

    /// Each position's gradient goes to the value taken there; a value taken at several adds them in row order.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let (window, image_len, positions) = (self.window, self.window.image_len(), self.window.positions_len());
        cx.threads.split_mut(d_input, image_len, window.cost(), |first, d_inputs| {
            for (plane, d_image) in d_inputs.chunks_exact_mut(image_len).enumerate() {
                let image = &cx.input[(first + plane) * image_len..][..image_len];
                let d_output = &cx.d_output[(first + plane) * positions..][..positions];
                d_image.fill(A::T::ZERO);
                window.for_each_position(|i, down, across| {
                    let taken = window.greatest::<A>(image, down, across);
                    d_image[taken] = d_image[taken] + d_output[i];
                });
                d_image.iter_mut().for_each(|d| *d = A::snap(*d));
            }
        });
    }

    fn forward_launches(&self) -> Vec<Launch> {
        vec![Launch::items("forward", PerSample(self.channels * self.window.positions_len()))]
    }

    fn backward_launches(&self) -> Vec<Launch> {
        vec![Launch::items("d_input", PerSample(self.channels * self.window.image_len()))]
    }
}

impl AvgPool2d {
    /// 1 / (values under the window).
    fn share<T: Element>(&self) -> T {
        T::from_f32(1.0 / self.window.kernel_len() as f32)
    }
}

impl Operator for AvgPool2d {
    /// The sum of each window in row order, times 1 / (values under the window).
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let (window, image_len) = (self.window, self.window.image_len());
        cx.threads.split_mut(cx.output, window.positions_len(), window.cost(), |first, outputs| {
            for (plane, output) in outputs.chunks_exact_mut(window.positions_len()).enumerate() {
                let image = &cx.input[(first + plane) * image_len..][..image_len];
                window.for_each_position(|i, down, across| {
                    let sum = window.covered(down, across).fold(A::T::ZERO, |sum, i| sum + image[i]);
                    output[i] = A::snap(sum * self.share());
                });
            }
        });
    }

    /// For each value, the sum of the gradients of the positions that cover it, in row order, times the same share.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let (window, image_len, positions) = (self.window, self.window.image_len(), self.window.positions_len());
        cx.threads.split_mut(d_input, image_len, window.cost(), |first, d_inputs| {
            for (plane, d_image) in d_inputs.chunks_exact_mut(image_len).enumerate() {
                let d_output = &cx.d_output[(first + plane) * positions..][..positions];
                d_image.fill(A::T::ZERO);
                window.for_each_position(|i, down, across| {
                    window.covered(down, across).for_each(|j| d_image[j] = d_image[j] + d_output[i]);
                });
                d_image.iter_mut().for_each(|d| *d = A::snap(*d * self.share()));
            }
        });
    }

    fn forward_launches(&self) -> Vec<Launch> {
        vec![Launch::items("forward", PerSample(self.channels * self.window.positions_len()))]
    }

    fn backward_launches(&self) -> Vec<Launch> {
        vec![Launch::items("d_input", PerSample(self.channels * self.window.image_len()))]
    }
}
