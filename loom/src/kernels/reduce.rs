//! Long sums with few results, each of a fixed shape that depends on the length alone.

use super::{Threads, run_kernel};
use crate::numerics::arith::{Arith, Element};

/// Lanes of a [`sum`].
pub(crate) const LANES: usize = 16;

/// Rows that [`column_sums`] adds up before it adds them to the total.
pub(crate) const CHUNK_ROWS: usize = 64;

/// Elements that [`sum_of_squares`] adds up at a time.
const CHUNK: usize = 4096;

/// Σ x_i: lane l adds x_l, x_{l+16}, x_{l+32}, .. in order; then the lanes are added as a tree, 8 apart, 4, 2, 1.
#[inline(always)]
pub(crate) fn sum<A: Arith>(values: &[A::T]) -> A::T {
    let mut lanes = [A::T::ZERO; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = *lane + x;
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane = *lane + x;
    }
    tree::<A>(lanes)
}

/// The lanes added 8 apart, then 4, 2, 1.
#[inline(always)]
pub(crate) fn tree<A: Arith>(mut lanes: [A::T; LANES]) -> A::T {
    for distance in [8, 4, 2, 1] {
        for l in 0..distance {
            lanes[l] = lanes[l] + lanes[l + distance];
        }
    }
    lanes[0]
}

/// Σ x_i y_i: lane l goes on with mul_add(x, y, ..) at l, l + 16, .. in order; then the tree of [`sum`].
#[inline(always)]
pub(crate) fn dot<A: Arith>(x: &[A::T], y: &[A::T]) -> A::T {
    let mut lanes = [A::T::ZERO; LANES];
    let ((x_chunks, x_rest), (y_chunks, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    for (x, y) in x_chunks.iter().zip(y_chunks) {
        for ((lane, &x), &y) in lanes.iter_mut().zip(x).zip(y) {
            *lane = A::mul_add(x, y, *lane);
        }
    }
    for ((lane, &x), &y) in lanes.iter_mut().zip(x_rest).zip(y_rest) {
        *lane = A::mul_add(x, y, *lane);
    }
    tree::<A>(lanes)
}

/// A sum of `len` terms, which `add` makes and adds to a lane: the order is that of [`sum`].
#[inline(always)]
pub(crate) fn lane_sum<A: Arith>(len: usize, add: impl Fn(usize, A::T) -> A::T) -> A::T {
    let mut lanes = [A::T::ZERO; LANES];
    let whole = len - len % LANES;
    for first in (0..whole).step_by(LANES) {
        for (l, lane) in lanes.iter_mut().enumerate() {
            *lane = add(first + l, *lane);
        }
    }
    for (i, lane) in (whole..len).zip(&mut lanes) {
        *lane = add(i, *lane);
    }
    tree::<A>(lanes)
}

/// The value that orders after all others, by lanes. See [`Arith::orders_after`].
#[inline(always)]
pub(crate) fn greatest<A: Arith>(values: &[A::T]) -> A::T {
    let greater = |a, b| if A::orders_after(b, a) { b } else { a };
    let mut lanes = [values[0]; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = greater(*lane, x);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane = greater(*lane, x);
    }
    lanes.into_iter().fold(values[0], greater)
}

/// Σ x_i²: chunks of 4096, each by [`dot`]; then the chunks' sums by [`sum`].
pub(crate) fn sum_of_squares<A: Arith>(threads: &Threads, values: &[A::T], chunk_sums: &mut [A::T]) -> A::T {
    let chunk_sums = &mut chunk_sums[..square_chunks(values.len())];
    threads.split_mut(chunk_sums, 1, CHUNK, |first, sums| {
        run_kernel!(A, move || {
            for (sum, chunk) in sums.iter_mut().zip(values[first * CHUNK..].chunks(CHUNK)) {
                *sum = A::flush_square(dot::<A>(chunk, chunk));
            }
        });
    });
    sum::<A>(chunk_sums)
}

/// How many `chunk_sums` [`sum_of_squares`] needs for `len` values.
pub(crate) fn square_chunks(len: usize) -> usize {
    len.div_ceil(CHUNK)
}

/// The flushed [`sum`] of each row of `len` values, one for each of `sums`.
pub(crate) fn row_sums<A: Arith>(len: usize, rows: &[A::T], sums: &mut [A::T]) {
    run_kernel!(A, move || {
        for (total, row) in sums.iter_mut().zip(rows.chunks_exact(len)) {
            *total = A::flush(sum::<A>(row));
        }
    });
}

/// The sum of each column of a matrix of `sums.len()` columns: chunks of 64 rows, each added up in order from +0; then
/// the chunks in order.
pub(crate) fn column_sums<A: Arith>(threads: &Threads, rows: &[A::T], sums: &mut [A::T]) {
    let columns = sums.len();
    let cost = rows.len() / columns.max(1);
    threads.split_mut(sums, LANES, LANES * cost, |first, sums| {
        run_kernel!(A, move || {
            for (block, sums) in sums.chunks_mut(LANES).enumerate() {
                let start = (first + block) * LANES;
                let mut total = [A::T::ZERO; LANES];
                for chunk in rows.chunks(CHUNK_ROWS * columns) {
                    let mut partial = [A::T::ZERO; LANES];
                    for row in chunk.chunks_exact(columns) {
                        for (lane, &x) in partial.iter_mut().zip(&row[start..start + sums.len()]) {
                            *lane = *lane + x;
                        }
                    }
                    for (total, partial) in total.iter_mut().zip(partial) {
                        *total = *total + partial;
                    }
                }
                for (sum, total) in sums.iter_mut().zip(total) {
                    *sum = A::flush(total);
                }
            }
        });
    });
}
