//! Weights as a network holds them: the codes of a format, so laid out that a product reads them where they lie.
//!
//! Sixteen rows, which are sixteen outputs, make a *group*, and the codes of a column of a group lie side by side: a vector
//! register takes them as they come, and no sum goes across its lanes. The last group has as many rows as are left. Codes of
//! four bits lie eight columns of a row in a word, as in a file, and the words of sixteen rows side by side. Scales, block
//! scales and zero points lie as the codes do.
//!
//! A code whose weight is snapped to 0 is held as the code of 0, so that what products decode needs no snap.

mod codes;
mod decode;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use codes::{Codes, Lines, Visit, visit};
pub(crate) use decode::Transposed;

use crate::dtype::{BLOCK, E4M3, Encoded, Format, Parts, minifloat};
use core::fmt;

/// Rows of a group.
pub(crate) const LANES: usize = 16;

/// A weight in one of the formats, as products read it.
#[derive(Clone, PartialEq)]
pub(crate) struct Packed {
    /// The parts of the encoded weight, each laid out by groups and followed by [`LANES`] zeros, so that a whole line can be
    /// read where the last group is narrow.
    parts: Parts,
    /// Of F4, whether each product of a block's scale and the weight's is exact.
    is_exact: bool,
}

impl Packed {
    pub(crate) fn new(encoded: &Encoded) -> Packed {
        let parts = encoded.parts();
        let &Parts { format, rows, columns, .. } = parts;
        let (data, block_scale, zero_point) = Default::default();
        let group = parts.group;
        let held = Parts { format, rows, columns, group, data, scale: parts.scale.clone(), block_scale, zero_point };
        let mut packed = Packed { parts: held, is_exact: is_exact(parts) };
        let unit = packed.unit();
        packed.parts.data = vec![0; (rows * packed.units() + LANES) * unit];
        let mut row_bytes = vec![0; packed.units() * unit];
        for row in 0..rows {
            normal_row(encoded, row, &mut row_bytes);
            scatter(rows, row, unit, &row_bytes, &mut packed.parts.data);
        }
        if packed.has_row_scales() {
            packed.parts.scale = spread(bytemuck::cast_slice(&parts.scale), rows, size_of::<f32>())
                .as_chunks()
                .0
                .iter()
                .map(|&bytes| f32::from_ne_bytes(bytes))
                .collect();
        }
        packed.parts.block_scale = spread(&parts.block_scale, rows, 1);
        packed.parts.zero_point = spread(&parts.zero_point, rows, format.bits() / 8);
        packed
    }

    /// The weight as files hold it.
    pub(crate) fn encoded(&self) -> Encoded {
        let Parts { format, rows, columns, .. } = self.parts;
        let (unit, len) = (self.unit(), row_len(format, columns));
        let mut data = Vec::with_capacity(rows * len);
        let mut row_bytes = vec![0; self.units() * unit];
        for row in 0..rows {
            gather(rows, row, unit, &self.parts.data, &mut row_bytes);
            data.extend(&row_bytes[..len]);
        }
        let scale = if self.has_row_scales() {
            let bytes = gathered(bytemuck::cast_slice(&self.parts.scale), rows, size_of::<f32>());
            bytes.as_chunks().0.iter().map(|&bytes| f32::from_ne_bytes(bytes)).collect()
        } else {
            self.parts.scale.clone()
        };
        let block_scale = gathered(&self.parts.block_scale, rows, 1);
        let zero_point = gathered(&self.parts.zero_point, rows, format.bits() / 8);
        let parts = Parts { data, scale, block_scale, zero_point, ..self.parts };
        Encoded::from_parts(parts).expect("what is packed is an encoded weight")
    }

    /// Bytes of the codes, scales and zero points in a file.
    pub(crate) fn bytes(&self) -> usize {
        let Parts { format, rows, columns, .. } = self.parts;
        let part = |len: usize, unit: usize| len.saturating_sub(LANES * unit);
        let scale = if self.has_row_scales() { part(self.parts.scale.len(), 1) } else { self.parts.scale.len() };
        rows * row_len(format, columns)
            + size_of::<f32>() * scale
            + part(self.parts.block_scale.len(), 1)
            + part(self.parts.zero_point.len(), format.bits() / 8)
    }

    /// Output channels.
    pub(crate) fn rows(&self) -> usize {
        self.parts.rows
    }

    /// Weights of a row.
    pub(crate) fn columns(&self) -> usize {
        self.parts.columns
    }

    /// Columns that share a scale.
    fn group(&self) -> usize {
        if self.parts.format == Format::F4 { BLOCK } else { self.parts.columns }
    }

    /// Whether the scales are of rows, as those of integers are.
    fn has_row_scales(&self) -> bool {
        self.parts.format != Format::F4 && !self.parts.scale.is_empty()
    }

    /// Bytes that stay together: a code or, of F4, a word of eight.
    fn unit(&self) -> usize {
        if self.parts.format == Format::F4 { size_of::<u32>() } else { self.parts.format.bits() / 8 }
    }

    /// Units of a row.
    fn units(&self) -> usize {
        row_len(self.parts.format, self.parts.columns).div_ceil(self.unit())
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { format, rows, columns, .. } = self.parts;
        write!(f, "Packed({format}, {rows} x {columns})")
    }
}

/// Bytes of a row's codes in a file.
fn row_len(format: Format, columns: usize) -> usize {
    (columns * format.bits()).div_ceil(8)
}

/// Whether binary32 holds each product of a block's scale and the weight's. A code times it is then rounded once, as the
/// product of all three is.
fn is_exact(parts: &Parts) -> bool {
    let mut seen = [false; 256];
    parts.block_scale.iter().for_each(|&pattern| seen[usize::from(pattern)] = true);
    let mut scales = (0..=255_u8).filter(|&pattern| seen[usize::from(pattern)]);
    scales.all(|pattern| {
        let (block, scale) = (minifloat::decode::<E4M3>(pattern.into()), parts.scale[0]);
        f64::from(block * scale) == f64::from(block) * f64::from(scale)
    })
}

/// The codes of a row, those of weights that are 0 replaced by the code of 0, followed by zeros.
fn normal_row(encoded: &Encoded, row: usize, into: &mut [u8]) {
    let Parts { format, columns, data, zero_point, .. } = encoded.parts();
    let (len, bytes) = (row_len(*format, *columns), format.bits() / 8);
    into[..len].copy_from_slice(&data[row * len..][..len]);
    let zero = zero_point.chunks_exact(bytes.max(1)).nth(row);
    const AT_ONCE: usize = 256;
    let mut buffer = [0.0; AT_ONCE];
    for from in (0..*columns).step_by(AT_ONCE) {
        let values = &mut buffer[..AT_ONCE.min(columns - from)];
        encoded.decode_row(row, from, values);
        for column in (from..).zip(&*values).filter(|(_, value)| **value == 0.0).map(|(column, _)| column) {
            match zero {
                _ if *format == Format::F4 => into[column / 2] &= [0xf0, 0x0f][column % 2],
                Some(zero) => into[column * bytes..][..bytes].copy_from_slice(zero),
                None => into[column * bytes..][..bytes].fill(0),
            }
        }
    }
}

/// Where the first unit of a row lies, and how far apart its units are.
fn place(rows: usize, row: usize, units: usize) -> (usize, usize) {
    let first = row / LANES * LANES;
    (first * units + row % LANES, LANES.min(rows - first))
}

/// Writes a row's units of `unit` bytes, 1, 2, 4 or 8, to their places.
fn scatter(rows: usize, row: usize, unit: usize, from: &[u8], to: &mut [u8]) {
    fn units<const N: usize>(rows: usize, row: usize, from: &[u8], to: &mut [u8]) {
        let (from, to) = (from.as_chunks::<N>().0, to.as_chunks_mut::<N>().0);
        let (start, stride) = place(rows, row, from.len());
        to[start..].iter_mut().step_by(stride).zip(from).for_each(|(to, from)| *to = *from);
    }
    match unit {
        1 => units::<1>(rows, row, from, to),
        2 => units::<2>(rows, row, from, to),
        4 => units::<4>(rows, row, from, to),
        _ => units::<8>(rows, row, from, to),
    }
}

/// Reads a row's units of `unit` bytes from their places.
fn gather(rows: usize, row: usize, unit: usize, from: &[u8], to: &mut [u8]) {
    let (start, stride) = place(rows, row, to.len() / unit);
    for (index, to) in to.chunks_exact_mut(unit).enumerate() {
        to.copy_from_slice(&from[(start + index * stride) * unit..][..unit]);
    }
}

/// A part of a file, laid out by groups; a part that is empty stays so.
fn spread(part: &[u8], rows: usize, unit: usize) -> Vec<u8> {
    if part.is_empty() {
        return Vec::new();
    }
    let mut spread = vec![0; part.len() + LANES * unit];
    for (row, from) in part.chunks_exact(part.len() / rows).enumerate() {
        scatter(rows, row, unit, from, &mut spread);
    }
    spread
}

/// What [`spread`] was given.
fn gathered(spread: &[u8], rows: usize, unit: usize) -> Vec<u8> {
    if spread.is_empty() {
        return Vec::new();
    }
    let mut part = vec![0; spread.len() - LANES * unit];
    let row_bytes = part.len() / rows;
    for (row, to) in part.chunks_exact_mut(row_bytes).enumerate() {
        gather(rows, row, unit, spread, to);
    }
    part
}

#[cfg(test)]
mod tests;
