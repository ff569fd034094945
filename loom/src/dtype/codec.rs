//! What every family of formats does, and how a family is chosen at run time.

use super::encoded::Parts;
use crate::kernel::{Isa, Task, dispatch};
use bytemuck::Pod;
use core::marker::PhantomData;

/// Closes [`DType`](super::DType), and leads from a format to its family.
pub trait Sealed {
    /// The family, with the format's numbers.
    type Codec: Codec;
}

/// A family of formats.
pub trait Codec {
    /// The lengths of the parts. Eight times the weights can be addressed.
    fn layout(rows: usize, columns: usize) -> Layout;
    /// Appends finite and snapped weights to empty parts.
    fn encode(values: &[f32], parts: &mut Parts);
    /// Decodes the columns `from .. from + output.len()` of a row.
    fn decode_row(parts: &Parts, row: usize, from: usize, output: &mut [f32]);
}

/// The lengths of [`Parts`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Layout {
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
    pub layout: fn(usize, usize) -> Layout,
    pub encode: fn(&[f32], &mut Parts),
    pub decode_row: fn(&Parts, usize, usize, &mut [f32]),
    pub decode: fn(&Parts, &mut [f32]),
}

impl Functions {
    pub fn of<C: Codec>() -> Self {
        Functions { layout: C::layout, encode: C::encode, decode_row: C::decode_row, decode: decode::<C> }
    }
}

/// Decodes all rows.
fn decode<C: Codec>(parts: &Parts, output: &mut [f32]) {
    dispatch(Decode::<C> { parts, output, codec: PhantomData });
}

struct Decode<'a, C> {
    parts: &'a Parts,
    output: &'a mut [f32],
    codec: PhantomData<C>,
}

impl<C: Codec> Task for Decode<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        for (row, output) in self.output.chunks_exact_mut(self.parts.columns).enumerate() {
            C::decode_row(self.parts, row, 0, output);
        }
    }
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
