//! The codes of weights that fake quantisation has rounded.

use super::{FakeQuant, FakeQuantTensor};
use crate::dtype::minifloat::{self, E2M1};
use crate::dtype::{Encoded, EncodingError, Family, Format, Parts};
use crate::error::Error;

/// The least and the greatest code of an integer format that encoding gives.
fn range(format: Format) -> [i128; 2] {
    let bits = format.bits();
    match format.family() {
        Family::Signed => [1 - (1 << (bits - 1)), (1 << (bits - 1)) - 1],
        Family::Unsigned => [0, (1 << bits) - 1],
        Family::Float | Family::Block => unreachable!("{format} has no integers"),
    }
}

/// The zero point of a scale; 0 of signed integers.
fn zero_point(parts: &Parts, index: usize) -> i128 {
    let size = parts.format.bits() / 8;
    let bytes = parts.zero_point.get(index * size..(index + 1) * size).unwrap_or_default();
    bytes.iter().rev().fold(0, |zero, &byte| zero << 8 | i128::from(byte))
}

/// How far codes go below and above the zero point of a scale.
pub(super) fn limits(parts: &Parts, index: usize) -> [f32; 2] {
    let ([least, greatest], zero) = (range(parts.format), zero_point(parts, index));
    [(zero - least) as f32, (greatest - zero) as f32]
}

/// The pattern of a number that is a code of F4.
fn pattern(code: f32) -> u8 {
    minifloat::encode::<E2M1>(code.into()) as u8
}

impl FakeQuant {
    /// A weight with the codes that master weights round to, and the scales of `parts`.
    pub(super) fn encode(&self, tensor: &FakeQuantTensor, parts: &Parts, master: &[f32]) -> Result<Encoded, Error> {
        let FakeQuantTensor { param, quantizer, group, row_scales, first } = *tensor;
        let mut data = Vec::with_capacity(parts.data.len());
        for (row, weights) in master.chunks_exact(parts.columns).enumerate() {
            let start = data.len();
            for (column, &weight) in weights.iter().enumerate() {
                let index = row * row_scales + column / group;
                let scale = self.scales[first + index];
                let code = quantizer.code(weight, scale);
                // No code but that of 0 stands for what decodes to 0.
                let code = if quantizer.weight(code, scale) == 0.0 { 0.0 } else { code };
                match parts.format {
                    Format::F64 => data.extend(f64::from(code).to_le_bytes()),
                    Format::F32 => data.extend(code.to_le_bytes()),
                    Format::F16 => {
                        data.extend((minifloat::encode::<minifloat::Half>(code.into()) as u16).to_le_bytes())
                    }
                    Format::BF16 => data.extend(((code.to_bits() >> 16) as u16).to_le_bytes()),
                    Format::F4 if column % 2 == 0 => data.push(pattern(code)),
                    Format::F4 => data[start + column / 2] |= pattern(code) << 4,
                    Format::I64
                    | Format::I32
                    | Format::I16
                    | Format::I8
                    | Format::U64
                    | Format::U32
                    | Format::U16
                    | Format::U8 => {
                        let format = parts.format;
                        let ([least, greatest], zero) = (range(format), zero_point(parts, index));
                        let code = (zero + code as i128).clamp(least, greatest);
                        data.extend(&code.to_le_bytes()[..format.bits() / 8]);
                    }
                }
            }
        }
        Encoded::from_parts(Parts { data, ..parts.clone() }).map_err(|error| match error {
            EncodingError::Value { index, value } => Error::Weight { tensor: param.name, index, value },
            error => unreachable!("scales and lengths are those of an encoded weight: {error}"),
        })
    }
}
