//! Weights as a network holds them: the codes of a format, so laid out that a product reads them where they lie.
//!
//! Sixteen rows, which are sixteen outputs, make a *group*, and the codes of a column of a group lie side by side: a vector
//! register takes them as they come, and no sum goes across its lanes. The last group has as many rows as are left. Codes of
//! four bits lie eight columns of a row in a word, as in a file, and the words of sixteen rows side by side. Scales, block
//! scales and zero points lie as the codes do.
//!
//! A code whose weight is flushed to 0 is held as the code of 0, so that what products decode needs no flush.

mod codes;
mod decode;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use codes::{Codes, Lines, Visit, visit, visit_light};
pub(crate) use decode::Transposed;

use crate::dtype::{BLOCK, E4M3, Encoded, Family, Format, Parts, minifloat};
use crate::kernels::Buffer;
use core::fmt;
use core::ops::{Deref, DerefMut, Range};

/// Rows of a group.
pub(crate) const LANES: usize = 16;

/// A weight in one of the formats, as products read it.
#[derive(Clone, PartialEq)]
pub(crate) struct Packed {
    /// Codes, scales, block scales and zero points, and then [`LANES`] units of zeros, so that a whole line can be read where the
    /// last group is narrow.
    bytes: Bytes,
    rows: u32,
    columns: u32,
    /// Columns that share a scale.
    shared: u32,
    /// Scales of a row: `columns / shared` rounded up, kept since the kernels of one row would divide for each group.
    blocks: u32,
    /// Whether files have one scale, block scale and zero point for all rows, which here have one each.
    is_uniform: bool,
    format: Format,
    /// Of F4, whether each product of a block's scale and the weight's is exact.
    is_exact: bool,
}

/// Bytes that begin on a cache line, so that no vector of codes is in two, unless they are so few that whole lines would weigh.
#[derive(Clone, PartialEq)]
enum Bytes {
    Few(Box<[u8]>),
    Many(Box<Buffer<u8>>),
}

/// The fewest bytes that lie on cache lines.
const MANY: usize = 4096;

impl Bytes {
    fn zeroed(len: usize) -> Self {
        if len < MANY { Bytes::Few(vec![0; len].into()) } else { Bytes::Many(Box::new(Buffer::zeroed(len))) }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Few(bytes) => bytes,
            Bytes::Many(bytes) => bytes,
        }
    }
}

impl DerefMut for Bytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        match self {
            Bytes::Few(bytes) => bytes,
            Bytes::Many(bytes) => bytes,
        }
    }
}

/// The parts of a packed weight, each with what follows it.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    codes: &'a [u8],
    scale: &'a [u8],
    block_scale: &'a [u8],
    zero_point: &'a [u8],
}

impl Packed {
    pub(crate) fn new(encoded: &Encoded) -> Packed {
        let parts = encoded.parts();
        let is_uniform = parts.group == 0;
        let shared = if is_uniform { parts.columns } else { parts.group.min(parts.columns) };
        let [rows, columns, shared] = [parts.rows, parts.columns, shared]
            .map(|size| u32::try_from(size).expect("a weight has less than 2^32 rows and columns"));
        let (format, is_exact) = (parts.format, is_exact(parts));
        let blocks = columns.div_ceil(shared);
        let mut packed =
            Packed { bytes: Bytes::zeroed(0), rows, columns, shared, blocks, is_uniform, format, is_exact };
        let (unit, lengths) = (packed.unit(), packed.lengths());
        let widest = if lengths[1] > 0 { unit.max(size_of::<f32>()) } else { unit };
        let mut bytes = Bytes::zeroed(lengths.iter().sum::<usize>() + LANES * widest);
        let (codes, rest) = bytes.split_at_mut(lengths[0]);
        let mut row_bytes = vec![0; packed.units() * unit];
        for row in 0..parts.rows {
            normal_row(encoded, row, &mut row_bytes);
            scatter(parts.rows, row, unit, &row_bytes, codes);
        }
        let copies = if is_uniform { parts.rows } else { 1 };
        let (scale, rest) = rest.split_at_mut(lengths[1]);
        match format.family() {
            Family::Block => scale.copy_from_slice(bytemuck::cast_slice(&parts.scale)),
            Family::Float | Family::Signed | Family::Unsigned => {
                spread(&bytemuck::cast_slice(&parts.scale).repeat(copies), parts.rows, size_of::<f32>(), scale);
            }
        }
        let (block_scale, rest) = rest.split_at_mut(lengths[2]);
        spread(&parts.block_scale.repeat(copies), parts.rows, 1, block_scale);
        spread(&parts.zero_point.repeat(copies), parts.rows, unit, &mut rest[..lengths[3]]);
        packed.bytes = bytes;
        packed
    }

    /// The weight as files hold it.
    pub(crate) fn encoded(&self) -> Encoded {
        let (format, rows, columns) = (self.format, self.rows(), self.columns());
        let (unit, len, lengths, view) = (self.unit(), row_len(format, columns), self.lengths(), self.view());
        let [_, scale_len, block_scale_len, zero_point_len] = self.file_lengths();
        let mut data = Vec::with_capacity(rows * len);
        let mut row_bytes = vec![0; self.units() * unit];
        for row in 0..rows {
            gather(rows, row, unit, view.codes, &mut row_bytes);
            data.extend(&row_bytes[..len]);
        }
        let scale = match format.family() {
            Family::Block => view.scale[..lengths[1]].to_vec(),
            Family::Float | Family::Signed | Family::Unsigned => {
                gathered(view.scale, rows, size_of::<f32>(), lengths[1])
            }
        };
        let scale = scale[..scale_len].as_chunks().0.iter().map(|&bytes| f32::from_ne_bytes(bytes)).collect();
        let mut block_scale = gathered(view.block_scale, rows, 1, lengths[2]);
        block_scale.truncate(block_scale_len);
        let mut zero_point = gathered(view.zero_point, rows, unit, lengths[3]);
        zero_point.truncate(zero_point_len);
        // Of blocks that are wider than the weight, the usual number.
        let group = match (self.is_uniform, format) {
            (true, _) => 0,
            (false, Format::F4) if columns <= BLOCK => BLOCK,
            _ => self.shared as usize,
        };
        let parts = Parts { format, rows, columns, group, data, scale, block_scale, zero_point };
        Encoded::from_parts(parts).expect("what is packed is an encoded weight")
    }

    /// Bytes of the codes, scales and zero points in a file.
    pub(crate) fn bytes(&self) -> usize {
        let [_, scale, block_scale, zero_point] = self.file_lengths();
        self.rows() * row_len(self.format, self.columns()) + scale + block_scale + zero_point
    }

    /// Output channels.
    pub(crate) fn rows(&self) -> usize {
        self.rows as usize
    }

    /// Weights of a row.
    pub(crate) fn columns(&self) -> usize {
        self.columns as usize
    }

    /// Whether products of one row have a kernel for the format: where codes have at most 16 bits, so that less comes from memory
    /// than of values.
    pub(crate) fn is_light(&self) -> bool {
        self.format.bits() <= 16
    }

    /// Bytes that stay together: a code or, of F4, a word of eight.
    fn unit(&self) -> usize {
        if self.format == Format::F4 { size_of::<u32>() } else { self.format.bits() / 8 }
    }

    /// Units of a row.
    fn units(&self) -> usize {
        row_len(self.format, self.columns()).div_ceil(self.unit())
    }

    /// Scales of a row.
    fn blocks(&self) -> usize {
        self.blocks as usize
    }

    /// Bytes of the codes, scales, block scales and zero points.
    #[inline]
    fn lengths(&self) -> [usize; 4] {
        let codes = self.rows() * self.units() * self.unit();
        let (blocks, scale) = (self.rows() * self.blocks(), size_of::<f32>());
        match self.format.family() {
            Family::Float => [codes, 0, 0, 0],
            Family::Block => [codes, scale, blocks, 0],
            Family::Signed => [codes, scale * blocks, 0, 0],
            Family::Unsigned => [codes, scale * blocks, 0, blocks * self.unit()],
        }
    }

    /// The same in a file.
    fn file_lengths(&self) -> [usize; 4] {
        let [codes, scale, block_scale, zero_point] = self.lengths();
        let rows = if self.is_uniform { self.rows() } else { 1 };
        let scale = if self.format == Format::F4 { scale } else { scale / rows };
        [codes, scale, block_scale / rows, zero_point / rows]
    }

    #[inline]
    pub(crate) fn view(&self) -> View<'_> {
        let [codes, scale, block_scale, _] = self.lengths();
        let from = |start: usize| &self.bytes[start..];
        View {
            codes: from(0),
            scale: from(codes),
            block_scale: from(codes + scale),
            zero_point: from(codes + scale + block_scale),
        }
    }

    /// The columns of `columns` by the scale that they share, with the number of the scale in the row.
    #[inline(always)]
    pub(crate) fn by_scale(&self, columns: Range<usize>) -> impl Iterator<Item = (usize, Range<usize>)> {
        let shared = self.shared as usize;
        let (mut block, mut start) = (columns.start / shared, columns.start);
        core::iter::from_fn(move || {
            let (this, from) = (block, start);
            (block, start) = (this + 1, ((this + 1) * shared).min(columns.end));
            (from < columns.end).then_some((this, from..start))
        })
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packed({}, {} x {})", self.format, self.rows, self.columns)
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
    let Parts { format, columns, group, data, zero_point, .. } = encoded.parts();
    let (len, bytes) = (row_len(*format, *columns), format.bits() / 8);
    into[..len].copy_from_slice(&data[row * len..][..len]);
    let zero_of = |column: usize| {
        let index = if *group == 0 { 0 } else { row * columns.div_ceil(*group) + column / group };
        zero_point.chunks_exact(bytes.max(1)).nth(index)
    };
    const AT_ONCE: usize = 256;
    let mut buffer = [0.0; AT_ONCE];
    for from in (0..*columns).step_by(AT_ONCE) {
        let values = &mut buffer[..AT_ONCE.min(columns - from)];
        encoded.decode_row(row, from, values);
        for column in (from..).zip(&*values).filter(|(_, value)| **value == 0.0).map(|(column, _)| column) {
            match zero_of(column) {
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

/// Lays a part of a file, of units of so many bytes, out by groups.
fn spread(part: &[u8], rows: usize, unit: usize, into: &mut [u8]) {
    for (row, from) in part.chunks_exact((part.len() / rows).max(1)).enumerate() {
        scatter(rows, row, unit, from, into);
    }
}

/// The `len` bytes that [`spread`] was given.
fn gathered(spread: &[u8], rows: usize, unit: usize, len: usize) -> Vec<u8> {
    let mut part = vec![0; len];
    for (row, to) in part.chunks_exact_mut((len / rows).max(1)).enumerate() {
        gather(rows, row, unit, spread, to);
    }
    part
}

#[cfg(test)]
mod tests;
