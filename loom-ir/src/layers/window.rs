//! A window's walk over an image.

use super::Constants;
use crate::fields::{Field, Fields, Value, ValueMut, fields};

/// A window's walk over an image: sizes as (rows, columns).
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Height and width of the image, padding not counted.
    pub image: [usize; 2],
    /// Height and width of the window.
    pub kernel: [usize; 2],
    /// Distance from one position to the next.
    pub stride: [usize; 2],
    /// Rows and columns added on each side.
    pub padding: [usize; 2],
    /// Distance from one tap of the window to the next; 1 for pools.
    pub dilation: [usize; 2],
    /// Positions down and across: the height and width of the output.
    pub positions: [usize; 2],
}

fields!(Window: image kernel stride padding dilation positions);

impl Field for Window {
    fn value(&self) -> Value<'_> {
        Value::Struct(self)
    }

    fn for_each_mut<'a>(&'a mut self, f: &mut dyn FnMut(ValueMut<'a>)) {
        Fields::for_each_mut(self, f);
    }
}

impl Window {
    /// Values of one channel of the image.
    #[inline]
    pub fn image_len(&self) -> usize {
        self.image[0] * self.image[1]
    }

    /// Positions of the window.
    #[inline]
    pub fn positions_len(&self) -> usize {
        self.positions[0] * self.positions[1]
    }

    /// Values under the window.
    #[inline]
    pub fn kernel_len(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Whether the walk has as many positions as its other sizes say, each of which is at least 1 but for the padding.
    pub fn is_consistent(&self) -> bool {
        (0..2).all(|axis| self.count_positions(axis) == Some(self.positions[axis]))
    }

    /// Positions along `axis`, if the window fits into the image and [`taps`](Self::taps) can be counted.
    fn count_positions(&self, axis: usize) -> Option<usize> {
        let [image, kernel, stride, padding, dilation] =
            [self.image, self.kernel, self.stride, self.padding, self.dilation].map(|pair| pair[axis]);
        let gaps = kernel.checked_sub(1).filter(|_| image > 0 && stride > 0 && dilation > 0)?;
        let padded = padding.checked_mul(2)?.checked_add(image)?;
        // A tap may be looked for up to a stride beyond the margin.
        padded.checked_add(stride)?;
        let span = dilation.checked_mul(gaps)?.checked_add(1)?;
        Some(padded.checked_sub(span)? / stride + 1)
    }

    /// Along `axis` (0 down, 1 across): the positions at which tap `tap` of the window lies on the image, and where on
    /// the image it lies at the first of them.
    #[inline(always)]
    pub fn taps(&self, axis: usize, tap: usize) -> (core::ops::Range<usize>, usize) {
        let (stride, padding) = (self.stride[axis], self.padding[axis]);
        let tap = tap * self.dilation[axis];
        let first = padding.saturating_sub(tap).div_ceil(stride);
        // At position p the tap is on the image while p * stride + tap < image + padding.
        let end = (self.image[axis] + padding).saturating_sub(tap).div_ceil(stride).min(self.positions[axis]);
        (first.min(end)..end, (first * stride + tap).saturating_sub(padding))
    }

    /// The window's constants for its kernels.
    pub(crate) fn constants(&self, to: &mut dyn Constants) {
        let Window { image, kernel, stride, padding, dilation, positions } = self;
        let pairs = [
            (["HEIGHT", "WIDTH"], image),
            (["KERNEL_ROWS", "KERNEL_COLUMNS"], kernel),
            (["STRIDE_ROWS", "STRIDE_COLUMNS"], stride),
            (["PADDING_ROWS", "PADDING_COLUMNS"], padding),
            (["DILATION_ROWS", "DILATION_COLUMNS"], dilation),
            (["OUT_ROWS", "OUT_COLUMNS"], positions),
        ];
        for (names, pair) in pairs {
            names.into_iter().zip(pair).for_each(|(name, &size)| to.size(name, size));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn taps_are_where_the_definition_says() {
        for (image, kernel, stride, padding, dilation) in [
            (5, 3, 1, 1, 1),
            (5, 3, 2, 0, 1),
            (7, 2, 3, 1, 1),
            (1, 1, 1, 0, 1),
            (3, 5, 2, 2, 1),
            (9, 3, 1, 2, 2),
            (7, 3, 3, 4, 5),
            (2, 2, 1, 3, 7),
        ] {
            let positions = (image + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
            let window = Window {
                image: [image; 2],
                kernel: [kernel; 2],
                stride: [stride; 2],
                padding: [padding; 2],
                dilation: [dilation; 2],
                positions: [positions; 2],
            };
            for tap in 0..kernel {
                let on_image = |p: &usize| (padding..image + padding).contains(&(p * stride + tap * dilation));
                let expected: Vec<usize> = (0..positions).filter(on_image).collect();
                let (range, first) = window.taps(0, tap);
                assert_eq!(range.clone().collect::<Vec<_>>(), expected, "{window:?} tap {tap}");
                if let Some(p) = expected.first() {
                    assert_eq!(first, p * stride + tap * dilation - padding);
                }
            }
        }
    }
}
