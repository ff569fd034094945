use super::codec::Layout;
use super::minifloat::{self, E4M3};
use super::{BLOCK, EncodingError, Format};
use crate::arith::{Arith, Fused};
use core::fmt;

/// What a file holds of an encoded weight. The [module](super) says what the parts mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// The format of the codes.
    pub format: Format,
    /// Output channels: the weight's first dimension.
    pub rows: usize,
    /// Weights of one output channel: the product of the other dimensions.
    pub columns: usize,
    /// The codes: little-endian, row after row; of `F4` two in a byte, each row padded to whole bytes.
    pub data: Vec<u8>,
    /// Of integers one for each row, of `F4` one, of floats none.
    pub scale: Vec<f32>,
    /// Of `F4` the E4M3 scales of the blocks, row after row; of others none.
    pub block_scale: Vec<u8>,
    /// Of unsigned integers the zero point of each row, in the code's type, little-endian; of others none.
    pub zero_point: Vec<u8>,
}

/// A weight in one of the thirteen formats, which decodes to finite values.
///
/// ```
/// use loom::dtype::{Encoded, EncodingError, Format};
///
/// let encoded = Encoded::encode(Format::F4, 1, 3, &[3.0, -6.0, 0.4]);
/// assert_eq!(encoded.parts().data, [0xf5, 0x01]);
///
/// let mut parts = encoded.into_parts();
/// parts.scale[0] = -1.0;
/// assert_eq!(Encoded::from_parts(parts), Err(EncodingError::Scale { index: 0, value: -1.0 }));
/// ```
#[derive(Clone, PartialEq)]
pub struct Encoded(Parts);

impl Encoded {
    /// Encodes a weight, given row after row.
    ///
    /// # Panics
    /// Where there are no values or not `rows * columns`, or where one is infinite or not a number.
    pub fn encode(format: Format, rows: usize, columns: usize, values: &[f32]) -> Encoded {
        assert_eq!(rows.checked_mul(columns), Some(values.len()), "{rows} rows of {columns} columns");
        assert!(!values.is_empty(), "a weight has values");
        let snapped: Vec<f32> = values.iter().map(|&value| Fused::snap(value)).collect();
        assert!(snapped.iter().all(|value| value.is_finite()), "a weight to encode is finite");
        let (data, scale, block_scale, zero_point) = Default::default();
        let mut parts = Parts { format, rows, columns, data, scale, block_scale, zero_point };
        let layout = (format.functions().layout)(rows, columns);
        parts.data.reserve_exact(layout.data);
        parts.block_scale.reserve_exact(layout.block_scale);
        (format.functions().encode)(&snapped, &mut parts);
        debug_assert_eq!(lengths(&parts), layout);
        Encoded(parts)
    }

    /// An encoded weight from the parts that a file holds.
    ///
    /// # Errors
    /// Where the parts are not a weight's; see [`EncodingError`].
    pub fn from_parts(parts: Parts) -> Result<Encoded, EncodingError> {
        check_lengths(&parts)?;
        check_scales(&parts)?;
        check_values(&parts)?;
        Ok(Encoded(parts))
    }

    /// What a file holds.
    pub fn parts(&self) -> &Parts {
        &self.0
    }

    /// What a file holds.
    pub fn into_parts(self) -> Parts {
        self.0
    }

    /// The weight's values, row after row.
    ///
    /// # Panics
    /// Where `output` has not one place for each weight.
    pub fn decode(&self, output: &mut [f32]) {
        let parts = &self.0;
        assert_eq!(output.len(), parts.rows * parts.columns, "{} rows of {} columns", parts.rows, parts.columns);
        (parts.format.functions().decode)(parts, output);
    }

    /// The values of one row, from the column `from` on, as many as `output` takes.
    ///
    /// # Panics
    /// Where the row or a column does not exist.
    pub fn decode_row(&self, row: usize, from: usize, output: &mut [f32]) {
        let parts = &self.0;
        assert!(row < parts.rows, "row {row} of {}", parts.rows);
        let fits = from.checked_add(output.len()).is_some_and(|end| end <= parts.columns);
        assert!(fits, "{} columns from {from} of {}", output.len(), parts.columns);
        (parts.format.functions().decode_row)(parts, row, from, output);
    }

    /// Bytes of the codes, scales and zero points.
    pub fn bytes(&self) -> usize {
        let lengths = lengths(&self.0);
        lengths.data + lengths.scale * size_of::<f32>() + lengths.block_scale + lengths.zero_point
    }

    /// Bits of the codes, scales and zero points for each weight.
    pub fn bits_per_weight(&self) -> f64 {
        8.0 * self.bytes() as f64 / (self.0.rows * self.0.columns) as f64
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { format, rows, columns, .. } = &self.0;
        f.debug_struct("Encoded")
            .field("format", format)
            .field("rows", rows)
            .field("columns", columns)
            .finish_non_exhaustive()
    }
}

fn lengths(parts: &Parts) -> Layout {
    Layout {
        data: parts.data.len(),
        scale: parts.scale.len(),
        block_scale: parts.block_scale.len(),
        zero_point: parts.zero_point.len(),
    }
}

fn check_lengths(parts: &Parts) -> Result<(), EncodingError> {
    let &Parts { format, rows, columns, .. } = parts;
    let addressable = rows.checked_mul(columns).and_then(|weights| weights.checked_mul(size_of::<f64>()));
    if addressable.is_none_or(|bytes| bytes == 0) {
        return Err(EncodingError::Shape { rows, columns });
    }
    let (found, wanted) = (lengths(parts), (format.functions().layout)(rows, columns));
    let checks = [
        ("bytes of data", found.data, wanted.data),
        ("scales", found.scale, wanted.scale),
        ("block scales", found.block_scale, wanted.block_scale),
        ("bytes of zero points", found.zero_point, wanted.zero_point),
    ];
    match checks.into_iter().find(|(_, found, wanted)| found != wanted) {
        Some((part, found, wanted)) => Err(EncodingError::Length { format, rows, columns, part, found, wanted }),
        None => Ok(()),
    }
}

fn check_scales(parts: &Parts) -> Result<(), EncodingError> {
    let allowed = f32::MIN_POSITIVE..=f32::MAX;
    if let Some((index, &value)) = parts.scale.iter().enumerate().find(|(_, value)| !allowed.contains(value)) {
        return Err(EncodingError::Scale { index, value });
    }
    let values = parts.block_scale.iter().map(|&pattern| minifloat::decode::<E4M3>(pattern.into()));
    let blocks = parts.columns.div_ceil(BLOCK);
    match values.enumerate().find(|(_, value)| value.is_nan() || value.is_sign_negative()) {
        Some((index, value)) => Err(EncodingError::BlockScale { row: index / blocks, block: index % blocks, value }),
        None => Ok(()),
    }
}

/// Decodes everything, a few columns at a time.
fn check_values(parts: &Parts) -> Result<(), EncodingError> {
    const AT_ONCE: usize = 256;
    let decode_row = parts.format.functions().decode_row;
    let mut buffer = [0.0; AT_ONCE];
    for row in 0..parts.rows {
        for from in (0..parts.columns).step_by(AT_ONCE) {
            let values = &mut buffer[..AT_ONCE.min(parts.columns - from)];
            decode_row(parts, row, from, values);
            if let Some(place) = values.iter().position(|value| !value.is_finite()) {
                return Err(EncodingError::Value { index: row * parts.columns + from + place, value: values[place] });
            }
        }
    }
    Ok(())
}
