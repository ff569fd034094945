//! What a layer multiplies by: a matrix of the network's parameters.

use super::{Matrix, Operand, Panels, Span, Window, pack_panels};
use crate::kernels::Isa;
use crate::kernels::packed::{Packed, Transposed};
use crate::numerics::arith::Element;

/// A matrix in memory, or packed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Weight<'a, T> {
    /// Its values.
    Plain(Matrix<'a, T>),
    /// The panels of its transpose.
    Panels(Panels<&'a [T]>),
    /// Its codes.
    Packed(&'a Packed),
}

/// The second operand of a product: a matrix in memory, or the transpose of a packed one. One type for all, so that products
/// are compiled once.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Right<'a, T> {
    /// Its values.
    Plain(Matrix<'a, T>),
    /// Its panels.
    Panels(Panels<&'a [T]>),
    /// The codes of what it is the transpose of.
    Packed(Transposed<'a>),
}

impl<T: Element> Operand<T> for Right<'_, T> {
    #[inline(always)]
    fn window(&self, rows: Span, columns: Span) -> Option<Window<'_, T>> {
        match self {
            Right::Plain(matrix) => Operand::window(matrix, rows, columns),
            Right::Panels(_) | Right::Packed(_) => None,
        }
    }

    fn at(&self, row: usize, column: usize) -> T {
        match self {
            Right::Plain(matrix) => matrix.at(row, column),
            Right::Panels(panels) => panels.at(row, column),
            Right::Packed(transposed) => transposed.at(row, column),
        }
    }

    #[inline(always)]
    fn pack<I: Isa, const WIDTH: usize>(&self, rows: Span, columns: Span, into: &mut [T]) {
        match self {
            Right::Plain(matrix) => matrix.pack::<I, WIDTH>(rows, columns, into),
            Right::Panels(panels) => panels.pack::<I, WIDTH>(rows, columns, into),
            Right::Packed(transposed) => transposed.pack::<I, WIDTH>(rows, columns, into),
        }
    }

    fn panels(&self) -> Option<Panels<&[T]>> {
        match self {
            Right::Panels(panels) => Some(*panels),
            _ => None,
        }
    }
}

impl<'a, T> From<Matrix<'a, T>> for Weight<'a, T> {
    fn from(matrix: Matrix<'a, T>) -> Self {
        Weight::Plain(matrix)
    }
}

impl<'a, T: Element> Weight<'a, T> {
    /// One element, by the definition.
    pub(super) fn at(&self, row: usize, column: usize) -> T {
        match self {
            Weight::Plain(matrix) => matrix.at(row, column),
            Weight::Panels(panels) => panels.at(column, row),
            Weight::Packed(packed) => Transposed(packed).at(column, row),
        }
    }

    /// Writes the given columns, one after the other, each with the given rows side by side, padded to `WIDTH`.
    #[inline(always)]
    pub(crate) fn pack_rows<I: Isa, const WIDTH: usize>(&self, columns: Span, rows: Span, into: &mut [T]) {
        match self {
            Weight::Plain(matrix) => matrix.transposed().pack::<I, WIDTH>(columns, rows, into),
            Weight::Panels(panels) => panels.pack::<I, WIDTH>(columns, rows, into),
            Weight::Packed(packed) => Transposed(packed).pack::<I, WIDTH>(columns, rows, into),
        }
    }

    /// The panels of the transpose, of which there are so many columns: where they lie, or else in `room`, by [`pack_panels`].
    #[inline(always)]
    pub(crate) fn panels_or_pack<'b, I: Isa, const NR: usize>(&self, columns: usize, room: &'b mut [T]) -> &'b [T]
    where
        'a: 'b,
    {
        match self {
            Weight::Panels(panels) => {
                assert_eq!(panels.width, NR);
                return &panels.values[..room.len()];
            }
            Weight::Plain(matrix) => pack_panels::<I, T, NR>(matrix.transposed(), columns, room),
            Weight::Packed(packed) => pack_panels::<I, T, NR>(Transposed(packed), columns, room),
        }
        room
    }

    /// Reads all of it, row after row.
    pub(crate) fn read(&self, into: &mut [T]) {
        match self {
            Weight::Plain(matrix) => into.copy_from_slice(matrix.line(0, Span::all(into.len()))),
            Weight::Packed(packed) => packed.decode(into),
            Weight::Panels(_) => unreachable!("a table has no panels"),
        }
    }

    /// Reads one row.
    pub(crate) fn read_row(&self, row: usize, into: &mut [T]) {
        match self {
            Weight::Plain(matrix) => into.copy_from_slice(matrix.line(row, Span::all(into.len()))),
            Weight::Packed(packed) => packed.decode_row(row, 0, into),
            Weight::Panels(_) => unreachable!("a table has no panels"),
        }
    }
}
