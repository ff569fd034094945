//! Weights out of their codes: panels for the matrix product, and rows.

use super::{Codes, LANES, Lines, Packed, Visit, visit};
use crate::kernels::{Baseline, Isa, Operand, Span, Task, dispatch};
use crate::numerics::arith::Element;
use core::any::TypeId;

impl Packed {
    /// All weights, row after row.
    pub(crate) fn decode<T: Element>(&self, output: &mut [T]) {
        assert_eq!(output.len(), self.rows() * self.columns());
        visit::<Baseline, _>(self, Rows { packed: self, output });
    }

    /// The weights of a row from the column `from` on, as many as `output` takes.
    pub(crate) fn decode_row<T: Element>(&self, row: usize, from: usize, output: &mut [T]) {
        assert!(row < self.rows() && from + output.len() <= self.columns());
        visit::<Baseline, _>(self, Row { packed: self, row, from, output });
    }

    /// Wᵀ: writes the given columns of W as lines of `width` values, each with the given rows side by side.
    fn panel(&self, columns: Span, rows: Span, width: usize, into: &mut [f32]) {
        assert!(rows.len <= width && rows.start + rows.len <= self.rows());
        assert!(columns.start + columns.len <= self.columns() && columns.len * width <= into.len());
        dispatch(Panel { packed: self, columns, rows, width, into });
    }
}

/// The transpose of a packed weight, as the second operand of a product.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transposed<'a>(pub(crate) &'a Packed);

impl<T: Element> Operand<T> for Transposed<'_> {
    fn at(&self, row: usize, column: usize) -> T {
        let mut value = [T::ZERO];
        self.0.decode_row(column, row, &mut value);
        value[0]
    }

    #[inline(always)]
    fn pack<I: Isa, const WIDTH: usize>(&self, rows: Span, columns: Span, into: &mut [T]) {
        if TypeId::of::<T>() == TypeId::of::<f32>() {
            return self.0.panel(rows, columns, WIDTH, bytemuck::cast_slice_mut(into));
        }
        for (row, line) in (rows.start..).zip(into.chunks_exact_mut(WIDTH)).take(rows.len) {
            for (column, value) in (columns.start..).zip(line).take(columns.len) {
                *value = self.at(row, column);
            }
        }
    }
}

struct Row<'a, T> {
    packed: &'a Packed,
    row: usize,
    from: usize,
    output: &'a mut [T],
}

impl<T: Element> Visit for Row<'_, T> {
    type Output = ();

    fn visit<I: Isa, C: Codes>(self) {
        let Row { packed, row, from, output } = self;
        let (group, lane) = (row / LANES, row % LANES);
        let lines = Lines::<C>::new(packed, group);
        for (block, columns) in packed.by_scale(from..from + output.len()) {
            let scales = lines.scales::<I>(block);
            for column in columns {
                // SAFETY: `decode_row` holds the columns inside the weight.
                let line = unsafe { lines.at(column) };
                output[column - from] = T::from_f32(C::decode::<I>(line, column % C::COLUMNS, &scales)[lane]);
            }
        }
    }
}

struct Rows<'a, T> {
    packed: &'a Packed,
    output: &'a mut [T],
}

impl<T: Element> Visit for Rows<'_, T> {
    type Output = ();

    fn visit<I: Isa, C: Codes>(self) {
        let Rows { packed, output } = self;
        let columns = packed.columns();
        for (group, rows) in output.chunks_mut(LANES * columns).enumerate() {
            let lines = Lines::<C>::new(packed, group);
            for (block, own) in packed.by_scale(0..columns) {
                let scales = lines.scales::<I>(block);
                for column in own {
                    // SAFETY: the column is below the weight's.
                    let values = C::decode::<I>(unsafe { lines.at(column) }, column % C::COLUMNS, &scales);
                    let places = rows[column..].iter_mut().step_by(columns);
                    places.zip(values).for_each(|(to, value)| *to = T::from_f32(value));
                }
            }
        }
    }
}

struct Panel<'a> {
    packed: &'a Packed,
    columns: Span,
    rows: Span,
    width: usize,
    into: &'a mut [f32],
}

impl Task for Panel<'_> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        visit::<I, _>(self.packed, self);
    }
}

impl Visit for Panel<'_> {
    type Output = ();

    /// Group by group, of which the first and the last may have rows that are not wanted.
    #[inline(always)]
    fn visit<I: Isa, C: Codes>(self) {
        let Panel { packed, columns, rows, width, into } = self;
        let mut done = 0;
        while done < rows.len {
            let row = rows.start + done;
            let (group, lane) = (row / LANES, row % LANES);
            let len = (LANES - lane).min(rows.len - done);
            let lines = Lines::<C>::new(packed, group);
            for (block, own) in packed.by_scale(columns.start..columns.start + columns.len) {
                let scales = lines.scales::<I>(block);
                for column in own {
                    // SAFETY: `panel` holds the columns inside the weight.
                    let values = C::decode::<I>(unsafe { lines.at(column) }, column % C::COLUMNS, &scales);
                    let to = &mut into[(column - columns.start) * width + done..][..len];
                    match to.first_chunk_mut() {
                        Some(to) => *to = values,
                        None => to.copy_from_slice(&values[lane..lane + len]),
                    }
                }
            }
            done += len;
        }
    }
}
