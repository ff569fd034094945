//! A weight in a number format: codes, scales and zero points.

use super::codec::{Choice, Functions, Lengths, Search};
use super::minifloat::{self, E4M3};
use super::{BLOCK, EncodingError, Family, Format};
use crate::numerics::arith::{Arith, Fused};
use crate::numerics::environment::in_default_environment;
use core::fmt;
use core::ops::Range;

/// What a file holds of an encoded weight. The [module](super) says what the parts mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// The format of the codes.
    pub format: Format,
    /// Output channels: the weight's first dimension.
    pub rows: usize,
    /// Weights of one output channel: the product of the other dimensions.
    pub columns: usize,
    /// Columns of a row that share a scale, the last group of a row perhaps fewer: 16 or 32, `columns` for one scale a row,
    /// or 0 for one scale for the whole weight. Floats, which have no scales, count as one group a row.
    pub group: usize,
    /// The codes: little-endian, row after row; of `F4` two in a byte, each row padded to whole bytes.
    pub data: Vec<u8>,
    /// Of integers one for each group, row after row, of `F4` one, of floats none.
    pub scale: Vec<f32>,
    /// Of `F4` the E4M3 scale of each group, row after row; of others none.
    pub block_scale: Vec<u8>,
    /// Of unsigned integers the zero point of each group, in the code's type, little-endian; of others none.
    pub zero_point: Vec<u8>,
}

impl Parts {
    /// A weight without codes and scales yet, in the format's usual groups: a row of integers, a block of 16 of `F4`.
    pub(crate) fn empty(format: Format, rows: usize, columns: usize) -> Parts {
        let group = usual_group(format, columns);
        let (data, scale, block_scale, zero_point) = Default::default();
        Parts { format, rows, columns, group, data, scale, block_scale, zero_point }
    }

    /// Groups of one row; 1 where the whole weight is one.
    pub fn groups(&self) -> usize {
        groups(self.columns, self.group)
    }

    /// The group that a weight belongs to: the index of its scale.
    #[inline(always)]
    pub(crate) fn group_of(&self, row: usize, column: usize) -> usize {
        column.checked_div(self.group).map_or(0, |group| row * self.groups() + group)
    }

    /// The weights of each group, flattened.
    pub(crate) fn spans(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let &Parts { rows, columns, group, .. } = self;
        let whole = (group == 0).then_some(0..rows * columns);
        let rows = if group == 0 { 0..0 } else { 0..rows };
        let of_row = move |row: usize| {
            let end = (row + 1) * columns;
            (row * columns..end).step_by(group.max(1)).map(move |start| start..end.min(start + group))
        };
        whole.into_iter().chain(rows.flat_map(of_row))
    }
}

/// Groups of one row.
pub(crate) fn groups(columns: usize, group: usize) -> usize {
    if group == 0 { 1 } else { columns.div_ceil(group) }
}

/// The shape of a weight's scales in a file.
pub(crate) fn scale_groups([rows, columns]: [usize; 2], group: usize) -> [usize; 2] {
    if group == 0 { [1, 1] } else { [rows, groups(columns, group)] }
}

/// How many scales a weight has.
pub(crate) fn scales(rows: usize, columns: usize, group: usize) -> usize {
    scale_groups([rows, columns], group).iter().product()
}

/// The group of a weight where nothing else is chosen.
pub(crate) fn usual_group(format: Format, columns: usize) -> usize {
    if format == Format::F4 { BLOCK } else { columns }
}

/// The one number for all groups that are the same in this shape, if such groups may be: a row as one group is its columns or,
/// of `F4`, 16 where that is no less; a single row is not a whole weight.
pub(crate) fn canonical_group(format: Format, [rows, columns]: [usize; 2], group: usize) -> Option<usize> {
    let has_scales = format.family() != Family::Float;
    match group {
        0 if has_scales && rows > 1 => Some(0),
        BLOCK | 32 if has_scales && group < columns => Some(group),
        _ if group != 0 && group < columns => None,
        _ if format == Format::F4 && columns <= BLOCK => Some(BLOCK),
        _ => Some(columns),
    }
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
    /// Encodes a weight, given row after row, each value rounded to the nearest that the format has.
    ///
    /// # Panics
    /// Where there are no values or not `rows * columns`, or where one is infinite or not a number.
    pub fn encode(format: Format, rows: usize, columns: usize, values: &[f32]) -> Encoded {
        let search = if format == Format::F4 { Search::LeastSquares } else { Search::Greatest };
        let choice = Choice { group: usual_group(format, columns), search, importance: &[] };
        Encoded::encode_with(format, [rows, columns], values, choice, |_, plain| plain)
    }

    /// Encodes a weight, with `round` between the choice of the scales and the codes: given the scales and the weight, it
    /// gives the values to encode, which must be some that the format has under these scales.
    pub(crate) fn encode_with(
        format: Format,
        shape: [usize; 2],
        values: &[f32],
        choice: Choice<'_>,
        round: impl FnOnce(&Parts, Vec<f32>) -> Vec<f32>,
    ) -> Encoded {
        in_default_environment(|| {
            let (mut parts, rounded) = fit(format, shape, values, choice);
            let rounded = round(&parts, rounded);
            encode_rounded(&mut parts, &rounded);
            Encoded(parts)
        })
    }

    /// An encoded weight from the parts that a file holds.
    ///
    /// # Errors
    /// Where the parts are not a weight's; see [`EncodingError`].
    pub fn from_parts(mut parts: Parts) -> Result<Encoded, EncodingError> {
        check_shape(&parts)?;
        let Parts { format, rows, columns, group, .. } = parts;
        parts.group =
            canonical_group(format, [rows, columns], group).ok_or(EncodingError::Group { format, columns, group })?;
        check_lengths(&parts)?;
        in_default_environment(|| {
            check_scales(&parts)?;
            check_values(&parts)
        })?;
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
        in_default_environment(|| (parts.format.functions().decode)(parts, output));
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
        in_default_environment(|| (parts.format.functions().decode_row)(parts, row, from, output));
    }

    /// Bytes of the codes, scales and zero points.
    pub fn bytes(&self) -> usize {
        let lengths = lengths(&self.0);
        lengths.data + lengths.scale * size_of::<f32>() + lengths.block_scale + lengths.zero_point
    }

    /// Bits of the codes, scales and zero points for each weight.
    pub fn bits_per_weight(&self) -> f64 {
        in_default_environment(|| 8.0 * self.bytes() as f64 / (self.0.rows * self.0.columns) as f64)
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

/// The scales of a weight, without codes yet, and the values that it is rounded to.
fn fit(format: Format, [rows, columns]: [usize; 2], values: &[f32], choice: Choice<'_>) -> (Parts, Vec<f32>) {
    assert_eq!(rows.checked_mul(columns), Some(values.len()), "{rows} rows of {columns} columns");
    assert!(!values.is_empty(), "a weight has values");
    let mut snapped: Vec<f32> = values.iter().map(|&value| Fused::snap(value)).collect();
    assert!(snapped.iter().all(|value| value.is_finite()), "a weight to encode is finite");
    let group =
        canonical_group(format, [rows, columns], choice.group).expect("the caller knows which groups there are");
    let mut parts = Parts { group, ..Parts::empty(format, rows, columns) };
    let Functions { layout, fit, .. } = format.functions();
    let Lengths { scale, block_scale, zero_point, .. } = layout(rows, columns, group);
    parts.scale.reserve_exact(scale);
    parts.block_scale.reserve_exact(block_scale);
    parts.zero_point.reserve_exact(zero_point);
    fit(&mut snapped, choice, &mut parts);
    (parts, snapped)
}

/// Appends the codes of values that the format has.
fn encode_rounded(parts: &mut Parts, rounded: &[f32]) {
    let Functions { layout, encode, .. } = parts.format.functions();
    let layout = layout(parts.rows, parts.columns, parts.group);
    parts.data.reserve_exact(layout.data);
    encode(rounded, parts);
    debug_assert_eq!(lengths(parts), layout);
}

fn lengths(parts: &Parts) -> Lengths {
    Lengths {
        data: parts.data.len(),
        scale: parts.scale.len(),
        block_scale: parts.block_scale.len(),
        zero_point: parts.zero_point.len(),
    }
}

fn check_shape(parts: &Parts) -> Result<(), EncodingError> {
    let &Parts { rows, columns, .. } = parts;
    let addressable = rows.checked_mul(columns).and_then(|weights| weights.checked_mul(size_of::<f64>()));
    if addressable.is_none_or(|bytes| bytes == 0) { Err(EncodingError::Shape { rows, columns }) } else { Ok(()) }
}

fn check_lengths(parts: &Parts) -> Result<(), EncodingError> {
    let &Parts { format, rows, columns, group, .. } = parts;
    let (found, wanted) = (lengths(parts), (format.functions().layout)(rows, columns, group));
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
    let blocks = parts.groups();
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
