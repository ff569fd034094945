//! `Pad`: forward, backward and its GPU launches.

use super::{Fill, Pad};
use crate::kernels::run_kernel;
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const NONE: &str = include_str!("pad/none.wgsl");
const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[NONE, include_str!("pad/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[NONE, include_str!("pad/d_input.wgsl")]);

/// The row (axis 0) or column (axis 1) of the image that one of the padded image is; none where it is the constant.
#[inline(always)]
fn source(pad: &Pad, axis: usize, place: usize) -> Option<usize> {
    let (before, last) = (pad.before[axis], pad.image[axis] - 1);
    match (place.checked_sub(before), pad.fill) {
        (Some(place), _) if place <= last => Some(place),
        (_, Fill::Constant) => None,
        (None, Fill::Reflect) => Some(before - place),
        (Some(place), Fill::Reflect) => Some(2 * last - place),
        (None, Fill::Replicate) => Some(0),
        (Some(_), Fill::Replicate) => Some(last),
    }
}

impl Operator for Pad {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let ([height, width], [rows, columns], left) = (self.image, self.padded(), self.before[1]);
        let value = A::flush(A::T::from_f32(self.value));
        cx.threads.split_mut(cx.output, rows * columns, rows * columns, |first, outputs| {
            let images = cx.input[first * height * width..].chunks_exact(height * width);
            for (output, image) in outputs.chunks_exact_mut(rows * columns).zip(images) {
                for (i, row) in output.chunks_exact_mut(columns).enumerate() {
                    let Some(from) = source(self, 0, i).map(|y| &image[y * width..][..width]) else {
                        row.fill(value);
                        continue;
                    };
                    row[left..][..width].copy_from_slice(from);
                    for j in (0..left).chain(left + width..columns) {
                        row[j] = source(self, 1, j).map_or(value, |x| from[x]);
                    }
                }
            }
        });
    }

    /// d_x = the sum of d_y over the places that have the value, in row order.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let ([height, width], [rows, columns]) = (self.image, self.padded());
        cx.threads.split_mut(d_input, height * width, rows * columns, |first, d_images| {
            let d_outputs = &cx.d_output[first * rows * columns..];
            run_kernel!(A, move || sum_gradients::<A>(self, d_outputs, d_images));
        });
    }

    fn launches(&self) -> Vec<Launch> {
        let len = |[rows, columns]: [usize; 2]| PerSample(self.planes * rows * columns);
        vec![Launch::new(&FORWARD, len(self.padded())), Launch::new(&D_INPUT, len(self.image))]
    }
}

/// d_image = the sum of d_output over the places that have the value, image after image.
#[inline(always)]
fn sum_gradients<A: Arith>(pad: &Pad, d_outputs: &[A::T], d_images: &mut [A::T]) {
    let ([height, width], [rows, columns], left) = (pad.image, pad.padded(), pad.before[1]);
    let d_outputs = d_outputs.chunks_exact(rows * columns);
    for (d_image, d_output) in d_images.chunks_exact_mut(height * width).zip(d_outputs) {
        d_image.fill(A::T::ZERO);
        for (i, d_row) in d_output.chunks_exact(columns).enumerate() {
            let Some(to) = source(pad, 0, i).map(|y| &mut d_image[y * width..][..width]) else { continue };
            let side = |to: &mut [A::T], places: core::ops::Range<usize>| {
                for j in places {
                    if let Some(x) = source(pad, 1, j) {
                        to[x] = A::flush(to[x] + d_row[j]);
                    }
                }
            };
            side(to, 0..left);
            to.iter_mut().zip(&d_row[left..]).for_each(|(d, &d_y)| *d = A::flush(*d + d_y));
            side(to, left + width..columns);
        }
    }
}
