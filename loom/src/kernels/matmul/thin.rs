//! C = A B for one row, where the memory of B runs along k.
//!
//! Eight columns of B at a time are transposed in registers, by intrinsics (`x86.rs`): the compiler takes such shuffles apart
//! into scalar loads.

use super::{Epilogue, MatMut, Matrix, Span, Window, row_in_parts};
use crate::kernels::{Isa, Task, Threads, dispatch};
use crate::numerics::arith::{Arith, Element};

/// Columns that are summed at a time, at most.
const COLUMNS: usize = 64;
/// A matrix of more elements than this comes from far away. Then so many columns are summed at a time: more chains of sums would
/// keep the multiplier busier, but their memory streams are more than a processor foresees.
const NEAR: usize = 1 << 16;
const STREAMS: usize = 16;
/// Columns that lie a multiple of so many elements apart compete for the same lines of a cache, unless they are read at
/// places that lie `LAG` apart.
#[cfg(target_arch = "x86_64")]
const ALIASED: usize = 1024;
#[cfg(target_arch = "x86_64")]
const LAG: usize = 32;

/// C = epilogue(A B) for one row, whose values lie side by side.
pub(super) fn thin<A: Arith>(
    threads: &Threads,
    a: &[A::T],
    b: Matrix<'_, A::T>,
    c: MatMut<'_, A::T>,
    epilogue: Epilogue<'_, A::T>,
) {
    row_in_parts::<A>(threads, [COLUMNS, a.len()], c, epilogue, |columns, c| {
        dispatch(Thin::<A> { a, b: b.transposed(), columns, c, epilogue });
    });
}

/// Eight columns of B at a time are turned in registers, so that a vector holds one k of eight sums. What [`Epilogue::follow`] does
/// is left to it.
pub(super) struct Thin<'a, A: Arith> {
    pub(super) a: &'a [A::T],
    /// Bᵀ.
    pub(super) b: Matrix<'a, A::T>,
    pub(super) columns: Span,
    pub(super) c: MatMut<'a, A::T>,
    pub(super) epilogue: Epilogue<'a, A::T>,
}

impl<A: Arith> Task<A> for Thin<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(mut self) {
        let most = match self.columns.len * self.a.len() <= NEAR {
            true if I::HAS_AVX512 => COLUMNS,
            true => COLUMNS / 2,
            false => STREAMS,
        };
        let mut column = 0;
        while column < self.columns.len {
            let left = self.columns.len - column;
            column += match left.min(most) {
                // The last eight, of which some are there already.
                1..8 if column >= 8 => self.columns::<I, 1, 8>(column + left - 8, 8) - (8 - left),
                1..8 => self.columns::<I, 1, 1>(column, 8),
                8 => self.columns::<I, 1, 8>(column, 8),
                // Side by side, as far as they are not the same.
                9..16 => self.columns::<I, 2, 16>(column, left - 8),
                16..24 => self.columns::<I, 2, 16>(column, 8),
                24..32 => self.columns::<I, 3, 24>(column, 8),
                32..64 => self.columns::<I, 4, 32>(column, 8),
                _ => self.columns::<I, 8, 64>(column, 8),
            };
        }
    }
}

impl<A: Arith> Thin<'_, A> {
    /// `EIGHTS` times eight columns, or one, those from `column` on, `column + step`, and so on; how many that are.
    #[inline(always)]
    fn columns<I: Isa, const EIGHTS: usize, const N: usize>(&mut self, column: usize, step: usize) -> usize {
        let (first, depth) = (self.columns.start + column, self.a.len());
        let len = (EIGHTS - 1) * step + N.min(8);
        let rows = self.b.window(Span { start: first, len }, Span::all(depth));
        let mut sums = dots::<A, I, EIGHTS, N>(rows, step, self.a);
        if step == 8 {
            self.epilogue.finish::<A, I, N>(first, &mut sums, &mut self.c, column);
        } else {
            for (i, sums) in sums.as_chunks_mut::<8>().0.iter_mut().enumerate() {
                self.epilogue.finish::<A, I, 8>(first + i * step, sums, &mut self.c, column + i * step);
            }
        }
        len
    }
}

/// sums[8 i + r] = Σ_k row_(step i + r)[k] b[k], k ascending.
#[inline(always)]
fn dots<A: Arith, I: Isa, const EIGHTS: usize, const N: usize>(
    rows: Window<'_, A::T>,
    step: usize,
    b: &[A::T],
) -> [A::T; N] {
    let mut sums = [A::T::ZERO; N];
    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "vectors begin with others"))]
    let mut first = 0;
    #[cfg(target_arch = "x86_64")]
    if I::HAS_AVX2 && A::IS_FUSED && N == 8 * EIGHTS {
        let (start, stride) = rows.rows_side_by_side((EIGHTS - 1) * step + 8, b.len());
        let lag = if stride.is_multiple_of(ALIASED) { LAG } else { 0 };
        first = b.len() / 8 * 8;
        let (b, places) = (b.as_ptr().cast(), [stride, step * stride, lag]);
        let found = if I::HAS_AVX512 {
            // SAFETY: the machine has the features, as the instruction set says, and the rows and b have `first` values.
            unsafe { super::x86::dots_avx512::<EIGHTS>(start.cast(), places, b, first) }
        } else {
            // SAFETY: likewise.
            unsafe { super::x86::dots::<EIGHTS>(start.cast(), places, b, first) }
        };
        sums.copy_from_slice(bytemuck::cast_slice(found.as_flattened()));
    }
    for (i, sums) in sums.chunks_mut(8).enumerate() {
        let rows = rows.tile::<8>(i * step);
        for (k, &b) in b.iter().enumerate().skip(first) {
            for (r, sum) in sums.iter_mut().enumerate() {
                // SAFETY: k is below the length of b, which is that of the rows.
                *sum = A::mul_add(unsafe { rows.at(r, k) }, b, *sum);
            }
        }
    }
    sums
}
