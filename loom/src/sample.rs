//! Samples are nested arrays, Rust's own compile-time-typed tensors; a batch is a slice of them.

use crate::arith::{Arith, Fused};
use crate::kernel::{Isa, Task, Threads, dispatch};
use bytemuck::Pod;
use core::sync::atomic::{AtomicBool, Ordering};

/// A number that a sample may consist of: `f32`, or `u8` for images, which stay bytes in memory.
pub trait Scalar: Pod + Send + Sync {
    /// Whether it is a byte, of which a GPU gets four in a word, and not an `f32`.
    #[doc(hidden)]
    const BYTES: bool;

    /// The same number.
    #[doc(hidden)]
    fn to_f32(self) -> f32;

    /// Writes each value times `scale`, all three snapped. The slices are of one length.
    fn load(from: &[Self], scale: f32, to: &mut [f32]) {
        dispatch(Load { from, scale, to });
    }

    /// The values, where they are `f32`.
    #[doc(hidden)]
    fn as_f32(values: &[Self]) -> Option<&[f32]> {
        let _ = values;
        None
    }

    /// The first value that is infinite or not a number, with its index.
    fn find_non_finite(values: &[Self]) -> Option<(usize, f32)>;

    /// The memory of values, which is what a GPU gets.
    #[doc(hidden)]
    fn raw(values: &[Self]) -> &[u8] {
        bytemuck::cast_slice(values)
    }
}

impl Scalar for f32 {
    const BYTES: bool = false;

    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }

    fn as_f32(values: &[f32]) -> Option<&[f32]> {
        Some(values)
    }

    fn find_non_finite(values: &[f32]) -> Option<(usize, f32)> {
        values.iter().copied().enumerate().find(|(_, x)| !x.is_finite())
    }
}

impl Scalar for u8 {
    const BYTES: bool = true;

    #[inline(always)]
    fn to_f32(self) -> f32 {
        self.into()
    }

    fn find_non_finite(_: &[u8]) -> Option<(usize, f32)> {
        None
    }
}

/// [`Scalar::load`].
struct Load<'a, X> {
    from: &'a [X],
    scale: f32,
    to: &'a mut [f32],
}

impl<X: Scalar> Task for Load<'_, X> {
    const FITS_AVX512: bool = true;
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let scale = Fused::snap(self.scale);
        for (to, &x) in self.to.iter_mut().zip(self.from) {
            *to = Fused::snap(Fused::snap(x.to_f32()) * scale);
        }
    }
}

/// Whether all values are snapped, so that [`Scalar::load`] writes the same for a scale of 1.
pub(crate) fn are_snapped(threads: &Threads, values: &[f32]) -> bool {
    const UNIT: usize = 4096;
    let are = AtomicBool::new(true);
    threads.split(values.len().div_ceil(UNIT), UNIT, |units| {
        if !dispatch(AreSnapped(&values[units.start * UNIT..values.len().min(units.end * UNIT)])) {
            are.store(false, Ordering::Relaxed);
        }
    });
    are.into_inner()
}

/// Whether all values are snapped.
struct AreSnapped<'a>(&'a [f32]);

impl Task for AreSnapped<'_> {
    const FITS_AVX512: bool = true;
    type Output = bool;

    #[inline(always)]
    fn run<I: Isa>(self) -> bool {
        // Not one by one: the compiler makes vectors of what always goes on.
        let mut changed = 0;
        for &x in self.0 {
            changed |= x.to_bits() ^ Fused::snap(x).to_bits();
        }
        changed == 0
    }
}

/// A tensor whose shape is in its type: a nested array such as `[[[f32; 28]; 28]; 1]`, of `f32` or `u8`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sample: a nested array of `f32` or `u8`",
    note = "an image of shape [1, 28, 28] is a `[[[f32; 28]; 28]; 1]`"
)]
pub trait Sample: Pod + Send + Sync {
    /// The number inside.
    type Element: Scalar;
    /// The same shape, of `f32`.
    type AsF32: Sample<Element = f32>;
    /// How many numbers a sample holds.
    const LEN: usize;

    /// The numbers of all samples, one sample after the other, the last dimension fastest.
    fn flat(samples: &[Self]) -> &[Self::Element] {
        bytemuck::cast_slice(samples)
    }
}

impl Sample for f32 {
    type Element = f32;
    type AsF32 = f32;
    const LEN: usize = 1;
}

impl Sample for u8 {
    type Element = u8;
    type AsF32 = f32;
    const LEN: usize = 1;
}

impl<S: Sample, const N: usize> Sample for [S; N] {
    type Element = S::Element;
    type AsF32 = [S::AsF32; N];
    const LEN: usize = N * S::LEN;
}
