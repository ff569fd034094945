//! What every family of formats does, and how a family is chosen at run time.
//!
//! A codec encodes in two steps. [`fit`](Codec::fit) finds the scales, and what the weights round to. [`encode`](Codec::encode)
//! writes the codes of values that the format has under these scales. Between the two, `quantize` may put other values of the
//! format in the place of the nearest ones.

use super::encoded::Parts;
use crate::numerics::arith::Fused;
use crate::numerics::isa::run_kernel;
use bytemuck::Pod;

/// Closes [`DType`](super::DType), and leads from a format to its family.
pub trait Sealed {
    /// The family, with the format's numbers.
    type Codec: Codec;
}

/// A family of formats.
pub trait Codec {
    /// The lengths of the parts. Eight times the weights can be addressed.
    fn layout(rows: usize, columns: usize, group: usize) -> Lengths;
    /// Appends the scales of finite and flushed weights to empty parts, and replaces the weights by what they are rounded to.
    fn fit(values: &mut [f32], choice: Choice<'_>, parts: &mut Parts);
    /// What a finite and flushed weight is rounded to under the scales.
    fn nearest(parts: &Parts, row: usize, column: usize, value: f32) -> f32;
    /// Appends the codes of values that the format has under the scales.
    fn encode(values: &[f32], parts: &mut Parts);
    /// Decodes the columns `from .. from + output.len()` of a row.
    fn decode_row(parts: &Parts, row: usize, from: usize, output: &mut [f32]);
}

/// How the scales of a weight are chosen.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    /// Columns that share a scale: see [`Parts::group`].
    pub group: usize,
    /// Which of the scales that a group may have it gets.
    pub search: Search,
    /// What the square of an error counts in each column; empty where all count alike.
    pub importance: &'a [f64],
}

impl Choice<'_> {
    /// What a weight's squared error counts.
    #[inline(always)]
    pub fn importance(&self, column: usize) -> f64 {
        self.importance.get(column).copied().unwrap_or(1.0)
    }
}

/// How the scale of a group of weights is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Search {
    /// With it the greatest code stands for the greatest magnitude, or the codes for the whole range.
    Greatest,
    /// Of several scales, the one with the least squared error, with which the weights of greatest magnitude may saturate.
    LeastSquares,
}

/// The lengths of [`Parts`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lengths {
    /// Bytes of data.
    pub data: usize,
    /// Scales.
    pub scale: usize,
    /// Scales of blocks.
    pub block_scale: usize,
    /// Bytes of zero points.
    pub zero_point: usize,
}

/// A [`Codec`] chosen at run time.
pub struct Functions {
    pub layout: fn(usize, usize, usize) -> Lengths,
    pub fit: fn(&mut [f32], Choice<'_>, &mut Parts),
    pub nearest: fn(&Parts, usize, usize, f32) -> f32,
    pub encode: fn(&[f32], &mut Parts),
    pub decode_row: fn(&Parts, usize, usize, &mut [f32]),
    pub decode: fn(&Parts, &mut [f32]),
}

impl Functions {
    pub fn of<C: Codec>() -> Self {
        Functions {
            layout: C::layout,
            fit: C::fit,
            nearest: C::nearest,
            encode: C::encode,
            decode_row: C::decode_row,
            decode: decode::<C>,
        }
    }
}

/// Decodes all rows.
fn decode<C: Codec>(parts: &Parts, output: &mut [f32]) {
    run_kernel!(Fused, move || for (row, output) in output.chunks_exact_mut(parts.columns).enumerate() {
        C::decode_row(parts, row, 0, output);
    });
}

/// A number of whole bytes, as files hold it.
pub trait Word: Copy {
    /// Its bytes, the least significant first.
    type Bytes: Pod + IntoIterator<Item = u8>;
    /// The number of these bytes.
    fn from_le(bytes: Self::Bytes) -> Self;
    /// Its bytes.
    fn to_le(self) -> Self::Bytes;
}

macro_rules! word {
    ($($t:ty),*) => {$(
        impl Word for $t {
            type Bytes = [u8; size_of::<$t>()];
            #[inline(always)]
            fn from_le(bytes: Self::Bytes) -> Self { <$t>::from_le_bytes(bytes) }
            #[inline(always)]
            fn to_le(self) -> Self::Bytes { self.to_le_bytes() }
        }
    )*};
}
word!(f64, f32, i64, i32, i16, i8, u64, u32, u16, u8);

/// The numbers in `bytes`, each as its bytes.
#[inline(always)]
pub fn words<W: Word>(bytes: &[u8]) -> &[W::Bytes] {
    bytemuck::cast_slice(bytes)
}

/// A normal `x` rounded to that many significant bits, ties to even.
pub fn round_to_bits(x: f64, significant_bits: u32) -> f32 {
    let dropped = 53 - significant_bits;
    let bits = x.to_bits();
    let odd = (bits >> dropped) & 1;
    f64::from_bits(((bits + (1 << (dropped - 1)) - 1 + odd) >> dropped) << dropped) as f32
}

/// The scale with which `steps` are `magnitude`, rounded to that many significant bits; the next below if with it they
/// were infinite.
pub fn symmetric_scale(magnitude: f32, steps: f32, significant_bits: u32) -> f32 {
    let scale = round_to_bits(f64::from(magnitude) / f64::from(steps), significant_bits);
    if (steps * scale).is_finite() { scale } else { next_below(scale, significant_bits) }
}

/// The greatest number of that many significant bits below `x`, which has as many.
pub fn next_below(x: f32, significant_bits: u32) -> f32 {
    f32::from_bits(x.to_bits() - (1 << (24 - significant_bits)))
}
