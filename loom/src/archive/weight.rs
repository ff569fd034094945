//! A weight of a file, of whatever layout, as the library's own encoding.

use super::TensorError;
use super::item::{Item, Layout};
use crate::dtype::{BLOCK, Dtype, Encoded, EncodingError, Family, Format, Parts, scale_groups};
use crate::error::Error;
use crate::files::file::{File, floats};
use crate::files::header::{Header, Tensor};
use crate::numerics::arith::{Arith, Fused};
use crate::weights::safetensors::{SHAPE, group_of_scales, rows_and_columns};
use std::borrow::Cow;

/// Columns that share an exponent in MXFP4.
const MX_BLOCK: usize = 32;
/// 1.0 in E4M3.
const ONE: u8 = 0x38;

impl Item<'_> {
    /// The shape of the weight, which tensors with two codes in a byte have no longer.
    pub(super) fn shape(&self, header: &Header<'_>) -> Result<Vec<usize>, TensorError> {
        let found = &self.data().shape;
        match self.layout {
            Layout::F4 => self.shape_text(header),
            Layout::Bytes | Layout::Packed | Layout::Exponents => match found[..] {
                [rows, bytes] => Ok(vec![rows, bytes.saturating_mul(2)]),
                _ => Err(shape_error(self.data(), "two dimensions".to_owned())),
            },
            Layout::Float(_) | Layout::Integer(_) | Layout::Other => Ok(found.to_vec()),
        }
    }

    /// The metadata's shape of a weight of type F4, whose last column may be padding.
    fn shape_text(&self, header: &Header<'_>) -> Result<Vec<usize>, TensorError> {
        let [rows, columns] = self.data().shape[..] else {
            return Err(shape_error(self.data(), "two dimensions".to_owned()));
        };
        let key = format!("{SHAPE}{}", self.name);
        let found = header.metadata(&key);
        let shape = found.as_ref().and_then(|text| {
            let sizes = text.strip_prefix('[')?.strip_suffix(']')?;
            sizes.split(", ").map(|size| size.parse().ok()).collect::<Option<Vec<usize>>>()
        });
        let fits = |shape: &Vec<usize>| {
            let total = shape.iter().try_fold(1_usize, |total, &size| total.checked_mul(size));
            let is_row = |total: usize| total.div_ceil(rows.max(1)).checked_next_multiple_of(2) == Some(columns);
            shape.first() == Some(&rows) && total.is_some_and(is_row)
        };
        shape.filter(fits).ok_or_else(|| {
            let columns = format!("{} or {columns}", columns.saturating_sub(1));
            TensorError::ShapeText { key, found: found.map(Cow::into_owned), rows, columns }
        })
    }
}

/// The tensors of a weight with their bytes.
pub(super) struct Weight<'a> {
    item: &'a Item<'a>,
    bytes: Vec<Cow<'a, [u8]>>,
}

impl<'a> Weight<'a> {
    /// The tensors with their bytes.
    pub(super) fn read(item: &'a Item<'a>, file: &'a File<'_>) -> Result<Self, Error> {
        let bytes = item.members.iter().map(|member| file.bytes(member)).collect::<Result<_, _>>()?;
        Ok(Weight { item, bytes })
    }

    /// The weight, whose parts are checked.
    pub(super) fn encoded(mut self, header: &Header<'_>) -> Result<Encoded, TensorError> {
        let shape = self.item.shape(header)?;
        let (rows, columns) = rows_and_columns(&shape);
        let mut parts = Parts::empty(Format::F32, rows, columns);
        match self.item.layout {
            Layout::Float(format) => {
                parts.format = format;
                parts.data = self.data();
            }
            Layout::Integer(format) => self.integers(format, &mut parts)?,
            Layout::F4 | Layout::Bytes => {
                self.blocks(&mut parts)?;
                parts.scale = vec![self.one_scale("_scale_2")?];
            }
            Layout::Packed => {
                self.blocks(&mut parts)?;
                parts.scale = vec![of_reciprocal(self.one_scale("_global_scale")?)?];
            }
            Layout::Exponents => return self.exponents(parts),
            Layout::Other => unreachable!("only weights are decoded"),
        }
        Ok(Encoded::from_parts(parts)?)
    }

    fn integers(&mut self, format: Format, parts: &mut Parts) -> Result<(), TensorError> {
        parts.format = format;
        parts.data = self.data();
        let (scale, bytes) = self.need("_scale", &[Dtype::F32, Dtype::F16, Dtype::BF16])?;
        // Other writers give one number without a second dimension.
        let is_of_all = |part: &Tensor<'_>| matches!(part.shape[..], [] | [1]);
        let is_of_tensor = is_of_all(scale) && self.item.part("_zero_point").is_none_or(is_of_all);
        let group = group_of_scales(format, [parts.rows, parts.columns], &scale.shape);
        parts.group = if is_of_tensor { 0 } else { group.unwrap_or(parts.columns) };
        let each = for_each_group(scale, parts)?;
        parts.scale = widen(scale.dtype, bytes)?.repeat(each);
        let is_unsigned = format.family() == Family::Unsigned;
        if is_unsigned {
            let (zero_point, bytes) = self.need("_zero_point", &[self.item.data().dtype])?;
            let each = for_each_group(zero_point, parts)?;
            parts.zero_point = bytes.repeat(each);
        } else if let Some(zero_point) = self.item.part("_zero_point") {
            let (part, found) = (zero_point.name.to_string(), zero_point.dtype.to_string());
            return Err(TensorError::DType { part, found, wanted: format!("none, as {format} has no zero points") });
        }
        if is_unsigned && self.item.data().dtype == Dtype::I8 {
            // c + 128, as bytes: the difference to the zero point stays the same.
            let bytes = parts.data.iter_mut().chain(&mut parts.zero_point);
            bytes.for_each(|byte| *byte ^= 0x80);
        }
        Ok(())
    }

    /// The codes of F4 and the scales of their blocks.
    fn blocks(&mut self, parts: &mut Parts) -> Result<(), TensorError> {
        parts.format = Format::F4;
        parts.data = self.data();
        let (scale, bytes) = self.need("_scale", &[Dtype::F8_E4M3])?;
        let shape = [parts.rows, parts.columns];
        let group = group_of_scales(Format::F4, shape, &scale.shape).filter(|_| self.item.layout == Layout::F4);
        parts.group = group.unwrap_or(BLOCK);
        wants_shape(scale, &scale_groups(shape, parts.group))?;
        parts.block_scale = bytes.to_vec();
        Ok(())
    }

    /// MXFP4, `e2m1(code) * 2^(exponent - 127)`, as the values that it stands for.
    fn exponents(mut self, mut parts: Parts) -> Result<Encoded, TensorError> {
        parts.data = self.data();
        let (scale, exponents) = self.need("_scale", &[Dtype::U8, Dtype::F8_E8M0])?;
        let (rows, columns) = (parts.rows, parts.columns);
        let blocks = columns.div_ceil(MX_BLOCK);
        wants_shape(scale, &[rows, blocks])?;
        // Under scales of 1, codes decode to what they stand for.
        parts.format = Format::F4;
        parts.group = BLOCK;
        parts.scale = vec![1.0];
        parts.block_scale = vec![ONE; rows * columns.div_ceil(BLOCK)];
        let codes = Encoded::from_parts(parts)?;
        let mut values = vec![0.0; rows * columns];
        codes.decode(&mut values);
        for (row, values) in values.chunks_exact_mut(columns).enumerate() {
            for (block, values) in values.chunks_mut(MX_BLOCK).enumerate() {
                let scale = power_of_two(exponents[row * blocks + block]);
                if scale.is_nan() {
                    return Err(EncodingError::BlockScale { row, block, value: scale }.into());
                }
                values.iter_mut().for_each(|value| *value = Fused::snap(*value * scale));
            }
        }
        let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Ok(Encoded::from_parts(Parts { data, ..Parts::empty(Format::F32, rows, columns) })?)
    }

    /// Takes the bytes of the codes or values.
    fn data(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.bytes[0]).into_owned()
    }

    /// A tensor that the codes need, of one of these types, and its bytes.
    fn need(&self, suffix: &str, dtypes: &[Dtype]) -> Result<(&Tensor<'a>, &[u8]), TensorError> {
        let part = || format!("{}{suffix}", self.item.name);
        let place = self.item.place(suffix).ok_or_else(|| TensorError::Missing { part: part() })?;
        let tensor = &self.item.members[place];
        if !dtypes.contains(&tensor.dtype) {
            let wanted = dtypes.iter().map(|dtype| dtype.name()).collect::<Vec<_>>().join(", ");
            return Err(TensorError::DType { part: part(), found: tensor.dtype.to_string(), wanted });
        }
        Ok((tensor, &self.bytes[place]))
    }

    /// The one scale of a whole weight.
    fn one_scale(&self, suffix: &str) -> Result<f32, TensorError> {
        let (scale, bytes) = self.need(suffix, &[Dtype::F32])?;
        match *bytes {
            [a, b, c, d] => Ok(f32::from_le_bytes([a, b, c, d])),
            _ => Err(shape_error(scale, "[1]".to_owned())),
        }
    }
}

fn wants_shape(part: &Tensor<'_>, wanted: &[usize]) -> Result<(), TensorError> {
    if part.shape == wanted { Ok(()) } else { Err(shape_error(part, format!("{wanted:?}"))) }
}

/// How many times the values of a tensor are repeated to give one to each group, of which it has one, or one for all.
fn for_each_group(part: &Tensor<'_>, parts: &Parts) -> Result<usize, TensorError> {
    let (rows, groups) = (parts.rows, scale_groups([parts.rows, parts.columns], parts.group));
    match part.shape[..] {
        _ if part.shape == groups => Ok(1),
        [] | [1] if groups == [1, 1] => Ok(1),
        [found] if groups == [found, 1] => Ok(1),
        _ if groups != [rows, 1] => Err(shape_error(part, format!("{groups:?}"))),
        [] | [1] | [1, 1] => Ok(rows),
        _ => Err(shape_error(part, format!("[{rows}, 1], or [1] for all rows"))),
    }
}

fn shape_error(part: &Tensor<'_>, wanted: String) -> TensorError {
    TensorError::Shape { part: part.name.to_string(), found: part.shape.clone(), wanted }
}

/// The scales of integers, exactly. Whether they are scales is checked with the codes.
fn widen(dtype: Dtype, bytes: &[u8]) -> Result<Vec<f32>, TensorError> {
    match dtype {
        Dtype::F32 => Ok(floats(bytes).collect()),
        Dtype::BF16 => {
            let patterns = bytes.as_chunks::<2>().0.iter().map(|&bytes| u16::from_le_bytes(bytes));
            Ok(patterns.map(|pattern| f32::from_bits(u32::from(pattern) << 16)).collect())
        }
        _ => widen_half(bytes),
    }
}

/// The values of F16, of which even the least is one that decoding keeps.
fn widen_half(bytes: &[u8]) -> Result<Vec<f32>, TensorError> {
    let columns = bytes.len() / 2;
    let parts = Parts { data: bytes.to_vec(), ..Parts::empty(Format::F16, 1, columns) };
    let encoded = Encoded::from_parts(parts).map_err(|error| match error {
        EncodingError::Value { index, value } => EncodingError::Scale { index, value },
        error => error,
    })?;
    let mut values = vec![0.0; columns];
    encoded.decode(&mut values);
    Ok(values)
}

/// The scale to multiply by, from the one that compressed-tensors divides by: of the numbers whose reciprocal, in binary32,
/// it is, the one of at most 16 significant bits, as Loom's scales are; where there is none, its own reciprocal.
fn of_reciprocal(global_scale: f32) -> Result<f32, TensorError> {
    let reciprocal = 1.0 / global_scale;
    if !(reciprocal.is_normal() && reciprocal > 0.0 && global_scale.is_finite()) {
        return Err(TensorError::GlobalScale { value: global_scale });
    }
    let bits = reciprocal.to_bits();
    let rounded = f32::from_bits((bits + 0x7f + ((bits >> 8) & 1)) & !0xff);
    Ok(if 1.0 / rounded == global_scale { rounded } else { reciprocal })
}

/// The value of an E8M0 pattern.
fn power_of_two(pattern: u8) -> f32 {
    if pattern == u8::MAX { f32::NAN } else { f64::from_bits((u64::from(pattern) + 1023 - 127) << 52) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every scale that Loom encodes, which has 16 significant bits, comes back from its reciprocal.
    #[test]
    fn scales_survive_their_reciprocals() {
        for exponent in [1_u32, 40, 127, 128, 200, 253] {
            for mantissa in 0..1 << 15 {
                let scale = f32::from_bits(exponent << 23 | mantissa << 8);
                let found = of_reciprocal(1.0 / scale).expect("it is a scale");
                assert_eq!(found.to_bits(), scale.to_bits(), "{scale:e} comes back as {found:e}");
            }
        }
    }

    /// A scale of others is within a rounding of the exact reciprocal.
    #[test]
    fn other_scales_are_near() {
        for pattern in (0x3f80_0000..0x4080_0000_u32).step_by(97) {
            let global_scale = f32::from_bits(pattern);
            let found = f64::from(of_reciprocal(global_scale).expect("it is a scale"));
            let error = (found * f64::from(global_scale) - 1.0).abs();
            assert!(error <= 1.0 / f64::from(1 << 23), "{global_scale:e} gives {found:e}, {error:e} away");
        }
    }

    #[test]
    fn what_is_no_scale() {
        for global_scale in [0.0, -0.0, -1.0, f32::NAN, f32::INFINITY, f32::from_bits(1), f32::MAX] {
            assert!(matches!(of_reciprocal(global_scale), Err(TensorError::GlobalScale { .. })), "{global_scale:e}");
        }
    }

    #[test]
    fn powers_of_two() {
        for (pattern, expected) in
            [(0, f32::from_bits(1 << 22)), (1, f32::MIN_POSITIVE), (127, 1.0), (254, 1.7014118e38)]
        {
            assert_eq!(power_of_two(pattern), expected, "{pattern}");
        }
        assert!(power_of_two(255).is_nan());
    }
}
