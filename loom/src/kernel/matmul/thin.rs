//! C = A B for one row, where the memory of B runs along k.

use super::{Epilogue, MatMut, Matrix, Span, span};
use crate::arith::{Arith, Element, Fused};
use crate::kernel::threads::Parts;
use crate::kernel::{Isa, Task, Threads, dispatch};
use core::any::TypeId;
use core::marker::PhantomData;

/// Columns that are summed at a time. More chains would keep the multiplier busier, but their memory streams are more than a
/// processor foresees.
const COLUMNS: usize = 16;
/// Columns that lie a multiple of so many elements apart compete for the same lines of a cache, unless they are read at
/// places that lie `LAG` apart.
const ALIASED: usize = 1024;
const LAG: usize = 32;

/// C = epilogue(A B) for one row.
pub(super) fn thin<A: Arith>(
    threads: &Threads,
    a: &[A::T],
    b: Matrix<'_, A::T>,
    c: MatMut<'_, A::T>,
    epilogue: Epilogue<'_, A::T>,
) {
    let (columns, strides, start) = (c.columns, c.strides, Parts::new(c.start));
    threads.split(columns.div_ceil(COLUMNS), COLUMNS * a.len(), |part| {
        let columns = span(part, COLUMNS, columns);
        let start = start.at(columns.start * strides[1]);
        let c = MatMut { start, strides, rows: 1, columns: columns.len, data: PhantomData };
        dispatch(Thin::<A> { a, b: b.transposed(), columns, c, epilogue });
    });
}

/// Eight columns of B at a time are turned in registers, so that a vector holds one k of eight sums.
pub(super) struct Thin<'a, A: Arith> {
    pub(super) a: &'a [A::T],
    /// Bᵀ.
    pub(super) b: Matrix<'a, A::T>,
    pub(super) columns: Span,
    pub(super) c: MatMut<'a, A::T>,
    pub(super) epilogue: Epilogue<'a, A::T>,
}

impl<A: Arith> Task for Thin<'_, A> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(mut self) {
        let whole = self.columns.len / COLUMNS * COLUMNS;
        for column in (0..whole).step_by(COLUMNS) {
            self.columns::<I, { COLUMNS / 8 }, COLUMNS>(column, COLUMNS);
        }
        for column in (whole..self.columns.len).step_by(8) {
            self.columns::<I, 1, 8>(column, 8.min(self.columns.len - column));
        }
    }
}

impl<A: Arith> Thin<'_, A> {
    /// `len` columns from `column` on, at most `N`, which is `EIGHTS` times eight.
    #[inline(always)]
    fn columns<I: Isa, const EIGHTS: usize, const N: usize>(&mut self, column: usize, len: usize) {
        let first = self.columns.start + column;
        let line = |r: usize| self.b.line(first + r.min(len - 1), Span::all(self.a.len()));
        let lag = if self.b.row_stride.is_multiple_of(ALIASED) { LAG } else { 0 };
        let sums = dots::<A, I, EIGHTS>(line, self.a, lag);
        let mut sums: [A::T; N] = sums.as_flattened().try_into().expect("`N` is `EIGHTS` times eight");
        self.epilogue.apply::<A, N>(0, first, len, &mut sums);
        self.c.put([0, column], [1, len], &[sums]);
    }
}

/// sums[i][r] = Σ_k row(8 i + r)[k] b[k], k ascending; each eight may be read `lag` behind the one before.
#[inline(always)]
fn dots<'a, A: Arith, I: Isa, const EIGHTS: usize>(
    row: impl Fn(usize) -> &'a [A::T],
    b: &[A::T],
    lag: usize,
) -> [[A::T; 8]; EIGHTS] {
    let mut rows: [[&[A::T]; 8]; EIGHTS] = [[&[]; 8]; EIGHTS];
    for (i, rows) in rows.iter_mut().enumerate() {
        for (r, to) in rows.iter_mut().enumerate() {
            *to = &row(8 * i + r)[..b.len()];
        }
    }
    let (mut sums, mut first) = ([[A::T::ZERO; 8]; EIGHTS], 0);
    #[cfg(target_arch = "x86_64")]
    if I::HAS_AVX2 && TypeId::of::<A>() == TypeId::of::<Fused>() {
        let rows = rows.map(|rows| rows.map(|row| row.as_ptr().cast()));
        first = b.len() / 8 * 8;
        // SAFETY: the machine has AVX2 and FMA, as the instruction set says, and the rows and b have `first` values.
        let found = unsafe { super::x86::dots(&rows, b.as_ptr().cast(), first, lag) };
        sums = bytemuck::cast_slice(&found).try_into().expect("the sums of `Fused` are of binary32");
    }
    for (k, &b) in b.iter().enumerate().skip(first) {
        for (sums, rows) in sums.iter_mut().zip(&rows) {
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = A::mul_add(row[k], b, *sum);
            }
        }
    }
    sums
}
