//! What a layer multiplies by: a matrix of the network's parameters.

use super::{Matrix, Operand, Span, Window, pack_panels};
use crate::arith::Element;
use crate::kernel::{Isa, Task, by_isa, dispatch};
use crate::packed::{Packed, Transposed};

/// A matrix in memory, or packed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Weight<'a, T> {
    /// Its values.
    Plain(Matrix<'a, T>),
    /// Its codes.
    Packed(&'a Packed),
}

/// The second operand of a product: a matrix in memory, or the transpose of a packed one. One type for all, so that products
/// are compiled once.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Right<'a, T> {
    /// Its values.
    Plain(Matrix<'a, T>),
    /// Its values, and their panels of so many columns.
    Panels(Matrix<'a, T>, &'a [T], usize),
    /// The codes of what it is the transpose of.
    Packed(Transposed<'a>),
}

impl<T: Element> Operand<T> for Right<'_, T> {
    #[inline(always)]
    fn window(&self, rows: Span, columns: Span) -> Option<Window<'_, T>> {
        match self {
            Right::Plain(matrix) | Right::Panels(matrix, ..) => Operand::window(matrix, rows, columns),
            Right::Packed(_) => None,
        }
    }

    fn at(&self, row: usize, column: usize) -> T {
        match self {
            Right::Plain(matrix) | Right::Panels(matrix, ..) => matrix.at(row, column),
            Right::Packed(transposed) => transposed.at(row, column),
        }
    }

    #[inline(always)]
    fn pack<I: Isa, const WIDTH: usize>(&self, rows: Span, columns: Span, into: &mut [T]) {
        match self {
            Right::Plain(matrix) | Right::Panels(matrix, ..) => matrix.pack::<I, WIDTH>(rows, columns, into),
            Right::Packed(transposed) => transposed.pack::<I, WIDTH>(rows, columns, into),
        }
    }

    fn panels(&self, width: usize) -> Option<&[T]> {
        match self {
            Right::Panels(_, panels, columns) if *columns == width => Some(panels),
            _ => None,
        }
    }
}

impl<'a, T: Element> Right<'a, T> {
    /// B, [depth, columns], packed once for several products: into `room` for as many columns, a multiple of [`PANEL`].
    pub(crate) fn packed(b: Matrix<'a, T>, columns: usize, room: &'a mut [T]) -> Self {
        let width = dispatch(PackPanels { b, columns, panels: room });
        Right::Panels(b, room, width)
    }
}

/// A multiple of every tile's columns.
pub(crate) const PANEL: usize = 32;

struct PackPanels<'a, T> {
    b: Matrix<'a, T>,
    columns: usize,
    panels: &'a mut [T],
}

impl<T: Element> Task for PackPanels<'_, T> {
    /// Columns of a panel.
    type Output = usize;

    #[inline(always)]
    fn run<I: Isa>(self) -> usize {
        let depth = self.panels.len() / self.columns.next_multiple_of(PANEL);
        by_isa!(I, self.pack::<I, 32>(depth), self.pack::<I, 16>(depth), self.pack::<I, 8>(depth))
    }
}

impl<T: Element> PackPanels<'_, T> {
    #[inline(always)]
    fn pack<I: Isa, const NR: usize>(self, depth: usize) -> usize {
        let len = self.columns.next_multiple_of(NR) * depth;
        pack_panels::<I, T, NR>(self.b, self.columns, &mut self.panels[..len]);
        NR
    }
}

impl<'a, T> From<Matrix<'a, T>> for Weight<'a, T> {
    fn from(matrix: Matrix<'a, T>) -> Self {
        Weight::Plain(matrix)
    }
}

impl<T: Element> Weight<'_, T> {
    /// One element, by the definition.
    pub(super) fn at(&self, row: usize, column: usize) -> T {
        match self {
            Weight::Plain(matrix) => matrix.at(row, column),
            Weight::Packed(packed) => Transposed(packed).at(column, row),
        }
    }

    /// Writes the given columns, one after the other, each with the given rows side by side, padded to `WIDTH`.
    #[inline(always)]
    pub(crate) fn pack_rows<I: Isa, const WIDTH: usize>(&self, columns: Span, rows: Span, into: &mut [T]) {
        match self {
            Weight::Plain(matrix) => matrix.transposed().pack::<I, WIDTH>(columns, rows, into),
            Weight::Packed(packed) => Transposed(packed).pack::<I, WIDTH>(columns, rows, into),
        }
    }

    /// [`pack_panels`] of the transpose, of which there are so many columns.
    #[inline(always)]
    pub(crate) fn pack_panels<I: Isa, const NR: usize>(&self, columns: usize, panels: &mut [T]) {
        match self {
            Weight::Plain(matrix) => pack_panels::<I, T, NR>(matrix.transposed(), columns, panels),
            Weight::Packed(packed) => pack_panels::<I, T, NR>(Transposed(packed), columns, panels),
        }
    }

    /// Reads all of it, row after row.
    pub(crate) fn read(&self, into: &mut [T]) {
        match self {
            Weight::Plain(matrix) => into.copy_from_slice(matrix.line(0, Span::all(into.len()))),
            Weight::Packed(packed) => packed.decode(into),
        }
    }

    /// Reads one row.
    pub(crate) fn read_row(&self, row: usize, into: &mut [T]) {
        match self {
            Weight::Plain(matrix) => into.copy_from_slice(matrix.line(row, Span::all(into.len()))),
            Weight::Packed(packed) => packed.decode_row(row, 0, into),
        }
    }
}
