//! The thirteen number formats that a weight can be stored in, and what each one means to the bit.
//!
//! [`Encoded::encode`] turns a weight into a format, [`Encoded::decode`] gives the `f32` values that the network then
//! computes with. A weight is a matrix of *rows* = output channels (its first dimension) and *columns* = the product of
//! its other dimensions.
//!
//! ```
//! use loom::dtype::{Encoded, Format};
//!
//! let weight = [0.5, -1.0, 0.25, 2.0, 0.0, -2.0];
//! let encoded = Encoded::encode(Format::I8, 2, 3, &weight);
//! let mut decoded = [0.0; 6];
//! encoded.decode(&mut decoded);
//! assert!(weight.iter().zip(decoded).all(|(w, d)| (w - d).abs() <= 2.0 / 254.0));
//! ```
//!
//! # Formats
//!
//! | format | bits a weight | a weight comes back |
//! |---|---|---|
//! | `F64`, `F32` | 64, 32 | exactly |
//! | `F16` | 16 | within 2^-11 of itself or, below 2^-14, within 2^-25; above 65504 as 65504 |
//! | `BF16` | 16 | within 2^-8 of itself; above 3.3895e38 as that |
//! | `F4` | 4.5 + 32 / weights | within 0.25 of the greatest magnitude in its block of 16, or 1.5e-6 of the greatest of all |
//! | `I64`, `U64` | 64 + 32 or 96 / columns | exactly at 2^-39 of its row's greatest magnitude or more |
//! | `I32`, `U32` | 32 + 32 or 64 / columns | exactly at 2^-7 of its row's greatest magnitude or more |
//! | `I16`, `I8` | 16, 8 + 32 / columns | within 0.51 steps; a step is the row's greatest magnitude / (2^(bits - 1) - 1) |
//! | `U16`, `U8` | 16, 8 + 48 or 40 / columns | within 0.7, 0.51 steps; a step is the row's range, 0 included, / (2^bits - 1) |
//!
//! This is where nothing else is chosen; with scales for other [groups](Parts::group) of weights, put the group in the place of
//! the row, and its size in that of the columns. The bounds of `F4` and of 8 and 16 bits grow where a row or a weight reaches 3.3e38 (to 1.51 steps, for integers).
//!
//! # Laws
//!
//! 1. Everything is computed in binary32, binary64 and integers, rounded to nearest even, without a system's
//!    mathematical library: the same bits on every machine.
//! 2. Decoding needs no binary64, so that a GPU can do it, and no multiply-add, so that [`Fused`] and [`Split`] agree.
//! 3. What is decoded is flushed (see [`arith`](crate::arith)): below 2^-60 and -0 are +0. So is what is encoded, first.
//! 4. What is encoded, decoded and encoded again by the same choice of groups and scales has the same bits, scales and zero
//!    points included, unless it was calibrated. Scales have fewer than 24 significant bits for that, and no code stands for
//!    a value that decoding flushes to 0 but the code of 0.
//! 5. What exceeds a format's range takes the greatest value of its sign. Only finite weights can be encoded, and what
//!    does not decode to finite weights is an [`EncodingError`] of [`Encoded::from_parts`].
//!
//! # Floats: `F64` `F32` `F16` `BF16`
//!
//! Little-endian IEEE 754-2019 binary64, binary32, binary16, and bfloat16 (the upper half of a binary32; Wang and Kanwar,
//! "BFloat16: the secret to high performance on Cloud TPUs", 2019), rounded to nearest even, subnormals included.
//! A binary64 that Loom did not write is rounded to binary32.
//!
//! # Integers: `I64` `I32` `I16` `I8` `U64` `U32` `U16` `U8`
//!
//! Each row, or another group of weights, has a scale, and the unsigned formats a zero point (Jacob et al., "Quantization and training of neural
//! networks for efficient integer-arithmetic-only inference", arXiv:1712.05877, equation 1):
//!
//! `weight = flush(f32(code - zero_point) * scale)`
//!
//! The difference is exact, `f32` rounds it to nearest even (which 8 and 16 bits never need), the product is rounded
//! once. How a row is encoded, with `b` bits:
//! - Signed, 8 and 16 bits: `scale = max |w| / N`, `N = 2^(b - 1) - 1`. No zero point; the code -2^(b - 1) is not used.
//! - Unsigned, 8 and 16 bits: `scale = (max - min) / N`, `N = 2^b - 1`, of the range widened to include 0, and
//!   `zero_point = round(-min / scale)`.
//! - These scales are rounded to 16 significant bits for 8-bit formats, so that the product is exact in binary32, and to
//!   20 for 16-bit formats. The scale is the next smaller one while the row's extremes would decode to infinity or, of
//!   unsigned formats, not take the codes 0 and `N`. An extreme that decodes to 0 counts as 0.
//! - 32 and 64 bits: `scale = 2^(e + 2 - b)` where `2^e <= max |w| < 2^(e + 1)`; the zero point is 2^(b - 1).
//! - `code = round(w / scale) + zero_point`, kept in `-N..=N` (signed) or `0..=N`. A row of zeros has the scale 1.
//!
//! [`Search::LeastSquares`] tries, for up to 16 bits, the scales of the range shrunk to 64/64, 63/64 .. 32/64 of itself, and takes
//! the one with the least squared error; what lies outside the range then saturates.
//!
//! # Blocks: `F4`
//!
//! NVFP4: OCP E2M1 codes (0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives; "OCP Microscaling Formats (MX) Specification",
//! version 1.0, section 5.3.3) in blocks of 16 columns, or another group of weights, each block with an E4M3 scale (no infinity, greatest 448; "OCP
//! 8-bit Floating Point Specification (OFP8)", revision 1.0), the weight with one binary32 scale (NVIDIA, "Pretraining large
//! language models with NVFP4", arXiv:2509.25149):
//!
//! `weight = flush((e2m1(code) * e4m3(block_scale)) * scale)`
//!
//! The first product is exact; the second is rounded once, and is exact too for what Loom encodes. How a weight is encoded:
//! - `scale = max |w| / (448 * 6)`, rounded to 16 significant bits, or down where the greatest weight would decode to
//!   infinity; 1 where all weights decode to 0.
//! - `block_scale` is, of the E4M3 numbers from 3 below `e4m3(max |w in the block| / (6 * scale))` to 7 above it, the one
//!   with the least squared error over the block (compare Cook et al., "Four over six", arXiv:2512.02010, who try two); that
//!   one itself in the block of the greatest weight. At least 2^-6: subnormal scales are read, but not written. It is 0
//!   where all codes of the block are 0.
//! - `code = e2m1(w / (block_scale * scale))`, which saturates; the code of -0 is not written.
//!
//! [`Search::Greatest`] takes the first of these block scales without trying others.
//!
//! # Files
//!
//! | tensor | of | safetensors type | shape |
//! |---|---|---|---|
//! | `weight` | floats, integers | the format | the weight's |
//! | `weight` | `F4` | `F4`, even column in the low nibble | `[rows, columns padded to even]` |
//! | `weight_scale` | integers | `F32` | `[rows, 1]`, or that of other groups |
//! | `weight_zero_point` | unsigned integers | the format | that of `weight_scale` |
//! | `weight_scale` | `F4` | `F8_E4M3` | `[rows, blocks of 16, the last one perhaps shorter]`, or that of other groups |
//! | `weight_scale_2` | `F4` | `F32` | `[1]` |
//!
//! Scales for blocks of 16 or 32 columns have the shape `[rows, blocks]`, for rows `[rows, 1]`, for the whole weight `[1, 1]`; by
//! this shape a loader knows them. [`Parts`] holds their bytes. The last column's padding is written as 0 and never read.
//!
//! [`Fused`]: crate::numerics::arith::Fused
//! [`Split`]: crate::numerics::arith::Split

mod block;
mod codec;
mod encoded;
mod error;
mod float;
mod integer;
pub(crate) mod minifloat;
mod precision;
mod tensor;

pub use block::BLOCK;
pub(crate) use codec::Choice;
pub use codec::Search;
pub use encoded::{Encoded, Parts};
pub(crate) use encoded::{scale_groups, usual_group};
pub use error::EncodingError;
pub use precision::{Matrices, Mixed, Precision};
pub(crate) use tensor::Dtype;

use crate::plan::Param;
use block::Blocks;
pub(crate) use codec::Word;
use codec::{Functions, Sealed};
use core::fmt::{self, Debug};
pub(crate) use float::{Float, Floats};
pub(crate) use integer::{Integer, Integers};
pub(crate) use minifloat::{BFloat, E4M3, Half};

/// A number format as a type: [`F64`] and the other twelve.
pub trait DType: Sealed + Precision + Copy + Debug + Default + Eq + Send + Sync + 'static {
    /// The format as a value.
    const FORMAT: Format;
    /// The format's name in safetensors files.
    const NAME: &'static str;
    /// Bits of one code; scales and zero points come on top: see [`Encoded::bits_per_weight`].
    const BITS: usize;
}

/// What to do with a format that is known only at run time. See [`Format::visit`].
///
/// ```
/// use loom::dtype::{DType, Format, Visitor};
///
/// struct Name;
/// impl Visitor for Name {
///     type Output = &'static str;
///     fn visit<D: DType>(self) -> &'static str {
///         D::NAME
///     }
/// }
///
/// assert!(Format::ALL.iter().all(|format| format.visit(Name) == format.name()));
/// ```
pub trait Visitor {
    /// What comes of it.
    type Output;
    /// Called with the format as a type.
    fn visit<D: DType>(self) -> Self::Output;
}

/// The only list of the formats.
macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident: $bits:literal, $codec:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
            pub struct $name;

            impl Sealed for $name {
                type Codec = $codec;
            }

            impl DType for $name {
                const FORMAT: Format = Format::$name;
                const NAME: &'static str = stringify!($name);
                const BITS: usize = $bits;
            }

            impl Precision for $name {
                fn format(param: &Param) -> Format {
                    Format::$name.of(param)
                }
            }
        )*

        /// A number format as a value.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Format {
            $($(#[$doc])* $name,)*
        }

        impl Format {
            /// Every format.
            pub const ALL: &'static [Format] = &[$(Format::$name),*];

            /// The format's name in safetensors files.
            pub const fn name(self) -> &'static str {
                match self { $(Format::$name => $name::NAME,)* }
            }

            /// Bits of one code; scales and zero points come on top: see [`Encoded::bits_per_weight`].
            pub const fn bits(self) -> usize {
                match self { $(Format::$name => $name::BITS,)* }
            }

            /// Calls a visitor with the format as a type.
            pub fn visit<V: Visitor>(self, visitor: V) -> V::Output {
                match self { $(Format::$name => visitor.visit::<$name>(),)* }
            }

            pub(crate) fn safetensors(self) -> Dtype {
                match self { $(Format::$name => Dtype::$name,)* }
            }

            pub(crate) fn functions(self) -> Functions {
                match self { $(Format::$name => Functions::of::<<$name as Sealed>::Codec>(),)* }
            }
        }
    };
}

formats! {
    /// IEEE 754 binary64.
    F64: 64, Floats<f64>;
    /// IEEE 754 binary32.
    F32: 32, Floats<f32>;
    /// IEEE 754 binary16.
    F16: 16, Floats<Half>;
    /// bfloat16: the upper half of a binary32.
    BF16: 16, Floats<BFloat>;
    /// NVFP4: E2M1 in blocks of 16, or other groups, with an E4M3 scale each.
    F4: 4, Blocks;
    /// 64-bit signed integers with a power of two as scale for each row.
    I64: 64, Integers<i64>;
    /// 32-bit signed integers with a power of two as scale for each row.
    I32: 32, Integers<i32>;
    /// 16-bit signed integers with a scale for each row.
    I16: 16, Integers<i16>;
    /// 8-bit signed integers with a scale for each row.
    I8: 8, Integers<i8>;
    /// 64-bit unsigned integers with a power of two as scale and a zero point for each row.
    U64: 64, Integers<u64>;
    /// 32-bit unsigned integers with a power of two as scale and a zero point for each row.
    U32: 32, Integers<u32>;
    /// 16-bit unsigned integers with a scale and a zero point for each row.
    U16: 16, Integers<u16>;
    /// 8-bit unsigned integers with a scale and a zero point for each row.
    U8: 8, Integers<u8>;
}

/// What the codes of a format are, and what comes with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Floats, which need no scales.
    Float,
    /// Signed integers with scales.
    Signed,
    /// Unsigned integers with scales and zero points.
    Unsigned,
    /// Small floats in blocks, with a scale for each and one for the weight.
    Block,
}

impl Format {
    #[inline]
    pub(crate) const fn family(self) -> Family {
        match self {
            Format::F64 | Format::F32 | Format::F16 | Format::BF16 => Family::Float,
            Format::F4 => Family::Block,
            Format::I64 | Format::I32 | Format::I16 | Format::I8 => Family::Signed,
            Format::U64 | Format::U32 | Format::U16 | Format::U8 => Family::Unsigned,
        }
    }

    /// The format of that name in safetensors files.
    pub fn from_name(name: &str) -> Option<Format> {
        Format::ALL.iter().copied().find(|format| format.name() == name)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
