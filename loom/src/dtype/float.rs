//! F64, F32, F16 and BF16: each weight on its own.

use super::codec::{Choice, Codec, Lengths, Word, words};
use super::encoded::Parts;
use super::minifloat::{self, BFloat, Half, Minifloat};
use crate::numerics::arith::{Arith, Fused};
use core::marker::PhantomData;

/// The family of the floats, with the format's numbers.
pub struct Floats<F>(PhantomData<F>);

/// How a float is stored.
pub trait Float {
    /// What is stored.
    type Word: Word;
    /// What a snapped weight is stored as.
    fn encode(value: f32) -> Self::Word;
    /// The binary32 nearest to what is stored.
    fn decode(word: Self::Word) -> f32;
}

impl Float for f64 {
    type Word = f64;
    fn encode(value: f32) -> f64 {
        value.into()
    }
    #[inline(always)]
    fn decode(word: f64) -> f32 {
        word as f32
    }
}

impl Float for f32 {
    type Word = f32;
    fn encode(value: f32) -> f32 {
        value
    }
    #[inline(always)]
    fn decode(word: f32) -> f32 {
        word
    }
}

impl Float for Half {
    type Word = u16;
    fn encode(value: f32) -> u16 {
        encode_minifloat::<Half>(value)
    }
    #[inline(always)]
    fn decode(word: u16) -> f32 {
        minifloat::decode::<Half>(word.into())
    }
}

impl Float for BFloat {
    type Word = u16;
    fn encode(value: f32) -> u16 {
        encode_minifloat::<BFloat>(value)
    }
    #[inline(always)]
    fn decode(word: u16) -> f32 {
        f32::from_bits(u32::from(word) << 16)
    }
}

/// The nearest pattern, but never that of -0.
fn encode_minifloat<M: Minifloat>(value: f32) -> u16 {
    let pattern = minifloat::encode::<M>(value.into());
    if pattern == M::SIGN { 0 } else { pattern as u16 }
}

impl<F: Float> Codec for Floats<F> {
    fn layout(rows: usize, columns: usize, _: usize) -> Lengths {
        Lengths { data: rows * columns * size_of::<F::Word>(), ..Lengths::default() }
    }

    fn fit(values: &mut [f32], _: Choice<'_>, parts: &mut Parts) {
        values.iter_mut().for_each(|value| *value = Self::nearest(parts, 0, 0, *value));
    }

    fn nearest(_: &Parts, _: usize, _: usize, value: f32) -> f32 {
        Fused::snap(F::decode(F::encode(value)))
    }

    fn encode(values: &[f32], parts: &mut Parts) {
        parts.data.extend(values.iter().flat_map(|&value| F::encode(value).to_le()));
    }

    #[inline(always)]
    fn decode_row(parts: &Parts, row: usize, from: usize, output: &mut [f32]) {
        let row = &words::<F::Word>(&parts.data)[row * parts.columns..][..parts.columns];
        for (value, &word) in output.iter_mut().zip(&row[from..]) {
            *value = Fused::snap(F::decode(F::Word::from_le(word)));
        }
    }
}
