//! C = A B, k ascending: C[i, j] = mul_add(A[i, k], B[k, j], ..) for k = 0, 1, .., from +0 on, then the epilogue.
//!
//! [`matmul`] is the tiled product that every layer uses. It equals [`matmul_naive`] to the bit: tiles, blocks of k that
//! go on from what C holds, and threads keep each output's order of operations.
//!
//! # Algorithms
//!
//! All give the same bits, since each adds k in order. [`multiply`] and [`linear`] choose:
//!
//! - *Blocked* (`blocked`), for large products: panels of B are packed, and a tile of C stays in registers for all k of a block.
//! - *Thin* (`thin`, `packed`, `panels`), for one row.
//! - *Small* (`small`), for products like those of XOR networks: at most eight columns.
//!
//! A product of fewer than 128 rows, and fewer than it is deep and wide, is computed as Cᵀ = Bᵀ Aᵀ. The weight, which is the
//! larger operand, is then the one that is not packed. With more rows, packing it pays.
//!
//! B is an [`Operand`]: a matrix, a packed weight transposed, or the columns of a convolution, which are never written out.

mod blocked;
mod epilogue;
mod matrix;
mod packed;
#[cfg(target_arch = "x86_64")]
mod panel;
mod panels;
mod shared;
mod small;
mod thin;
#[cfg(target_arch = "x86_64")]
mod tile;
mod transpose;
mod weight;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use epilogue::{Epilogue, Offset};
pub(crate) use matrix::{MatMut, Matrix, Operand, Span, Window};
pub(crate) use panels::{PANEL, Panels, multiply_panels, pack_panels};
pub(crate) use transpose::transpose;
pub(crate) use weight::{Right, Weight};

use super::buffer::{ThreadBuffer, with_thread_buffer};
use super::threads::{CHUNKS, Parts};
use super::{Baseline, Threads, dispatch, has_avx512};
use crate::kernels::packed::Transposed;
use crate::numerics::arith::{Arith, Element};
#[cfg(target_arch = "x86_64")]
use blocked::LINE;
use blocked::{Blocked, most_blocks, room};
use core::marker::PhantomData;
use matrix::Rows;
use shared::Shared;
use small::{NARROW, Small, is_small};

/// So many rows of C pay for turning B, so that C is computed as it lies.
const MANY_ROWS: usize = 128;
/// So many units of rows pay for a chunk of their own, where threads share the panels of B.
const CHUNK_UNITS: usize = 2;
/// So many chunks pay for sharing the panels.
const CHUNKS_TO_SHARE: usize = 4;
/// Elements of panels that threads share, at most.
const MOST_SHARED: usize = 1 << 22;
/// Rows of a register tile, and of a packed tile of A, where there are 32 registers of 512 bits.
const TALL: usize = 14;

/// One product: what it reads, how deep it is, and which part of C it is.
#[derive(Clone, Copy)]
struct Product<'a, T, B> {
    a: Weight<'a, T>,
    b: B,
    depth: usize,
    rows: Span,
    columns: Span,
    epilogue: Epilogue<'a, T>,
}

/// C = epilogue(A B), where `depth` is the number of columns of A and rows of B. The threads share the rows or the
/// columns of C, whichever there are more of.
///
/// Where the memory of both runs along k, as in a `Dense`, and C has few rows, Cᵀ = Bᵀ Aᵀ has the same sums, and its A, the longer
/// side, need not be packed.
#[inline]
pub(crate) fn matmul<A: Arith>(
    threads: &Threads,
    a: Matrix<'_, A::T>,
    b: Matrix<'_, A::T>,
    depth: usize,
    c: MatMut<'_, A::T>,
    epilogue: Epilogue<'_, A::T>,
) {
    let is_definition = threads.is_naive || c.rows.min(c.columns).min(depth) == 0;
    let run_along_k = a.column_stride == 1 && b.row_stride == 1;
    if !is_definition
        && run_along_k
        && c.rows < c.columns.min(depth).min(MANY_ROWS)
        && !is_small(c.rows, c.columns, depth)
    {
        if c.rows == 1 && c.strides[1] == 1 {
            return thin::thin::<A>(threads, a.line(0, Span::all(depth)), b, c, epilogue);
        }
        let (a, b) = (b.transposed(), Right::Plain(a.transposed()));
        return multiply::<A, _>(threads, a, b, depth, c.transposed(), epilogue.transposed());
    }
    multiply::<A, _>(threads, a, Right::Plain(b), depth, c, epilogue);
}

/// C = epilogue(A Wᵀ), where `depth` is the number of columns of A and of W.
pub(crate) fn linear<A: Arith>(
    threads: &Threads,
    a: Matrix<'_, A::T>,
    weight: Weight<'_, A::T>,
    depth: usize,
    c: MatMut<'_, A::T>,
    epilogue: Epilogue<'_, A::T>,
) {
    match weight {
        Weight::Plain(weight) => matmul::<A>(threads, a, weight.transposed(), depth, c, epilogue),
        Weight::Panels(panels) if A::IS_FUSED && c.rows == 1 && c.strides[1] == 1 && panels::serves(threads) => {
            panels::thin::<A>(threads, a.line(0, Span::all(depth)), panels, c, epilogue);
        }
        Weight::Panels(panels) => multiply::<A, _>(threads, a, Right::Panels(panels), depth, c, epilogue),
        Weight::Packed(weight)
            if A::IS_FUSED && c.rows == 1 && c.strides[1] == 1 && !threads.is_naive && packed::serves(weight) =>
        {
            packed::thin::<A>(threads, a.line(0, Span::all(depth)), weight, c, epilogue);
        }
        Weight::Packed(weight) => {
            multiply::<A, _>(threads, a, Right::Packed(Transposed(weight)), depth, c, epilogue);
        }
    }
}

/// [`matmul`] with any kind of A and B.
pub(crate) fn multiply<'a, A: Arith, B: Operand<A::T>>(
    threads: &Threads,
    a: impl Into<Weight<'a, A::T>>,
    b: B,
    depth: usize,
    mut c: MatMut<'_, A::T>,
    epilogue: Epilogue<'_, A::T>,
) {
    let a = a.into();
    if threads.is_naive || c.rows.min(c.columns).min(depth) == 0 {
        return matmul_naive::<A, B>(a, b, depth, c, epilogue);
    }
    let (rows, columns, strides) = (c.rows, c.columns, c.strides);
    let whole = Product { a, b, depth, rows: Span::all(rows), columns: Span::all(columns), epilogue };
    if let Weight::Plain(a) = a
        && strides[1] == 1
        && is_small(rows, columns, depth)
    {
        return with_thread_buffer(&PACK, NARROW * depth, |pack| {
            dispatch(Small::<A, B> { product: &whole, a, c: &mut c, pack });
        });
    }
    let start = Parts::new(c.start);
    let is_packed = b.panels().is_some();
    let compute = |rows: Span, columns: Span, shared: Option<Shared<'_, A::T>>| {
        let product = Product { rows, columns, ..whole };
        let start = start.at(rows.start * strides[0] + columns.start * strides[1]);
        let c = MatMut { start, strides, rows: rows.len, columns: columns.len, data: PhantomData };
        // The buffer is borrowed out here: a closure inside a task would not be compiled for the task's instruction set.
        let to_pack = match shared {
            _ if is_packed => 0,
            Some(_) => PANEL,
            None => columns.len,
        };
        with_thread_buffer(&PACK, room(depth, to_pack), |pack| {
            dispatch(Blocked::<A, B> { product, c, pack, shared });
        });
    };
    // Whole tiles to each thread. Where tiles are tall, each thread packs its A, and B is copied on the way: so rather rows.
    let is_tall = has_avx512() && A::IS_FUSED && strides[1] == 1;
    if columns > rows || (columns == rows && !is_tall) {
        let tiles = columns.div_ceil(32);
        return threads.split_evenly(tiles, rows * depth * 32, |part| {
            compute(whole.rows, span(part, 32, columns), None);
        });
    }
    let unit = if is_tall { 2 * TALL } else { 24 };
    let (units, cost) = (rows.div_ceil(unit), columns * depth * unit);
    let by_rows = |chunks: usize, shared: Option<Shared<'_, A::T>>| {
        threads.share(units, cost, chunks, &|part| {
            let shared = shared.map(|shared| shared.beginning_at(part.start, units));
            compute(span(part, unit, rows), whole.columns, shared);
        });
    };
    let parts = threads.parts(units, cost);
    let chunks = (units / parts / CHUNK_UNITS).checked_ilog2().map_or(1, |halves| 1 + halves as usize);
    let panels_len = columns.next_multiple_of(PANEL) * depth;
    if is_packed {
        // Nothing is done anew for each chunk.
        by_rows(CHUNKS, None);
    } else if is_tall && parts > 1 && chunks >= CHUNKS_TO_SHARE && panels_len <= MOST_SHARED {
        Shared::with(panels_len, most_blocks(columns, depth), |shared| by_rows(chunks, Some(shared)));
    } else {
        by_rows(1, None);
    }
}

/// The only row of a C whose values lie side by side, in parts of `unit` columns for the threads: `compute` writes one, but for what
/// [`Epilogue::follow`] does.
fn row_in_parts<A: Arith>(
    threads: &Threads,
    [unit, depth]: [usize; 2],
    c: MatMut<'_, A::T>,
    epilogue: Epilogue<'_, A::T>,
    compute: impl Fn(Span, MatMut<'_, A::T>) + Sync,
) {
    let (columns, strides, start) = (c.columns, c.strides, Parts::new(c.start));
    assert!(c.rows == 1 && strides[1] == 1);
    threads.split_evenly(columns.div_ceil(unit), unit * depth, |part| {
        let part = span(part, unit, columns);
        let start = start.at(part.start);
        compute(part, MatMut { start, strides, rows: 1, columns: part.len, data: PhantomData });
        // SAFETY: `split_evenly` hands out disjoint parts of C, which is borrowed meanwhile.
        epilogue.follow::<A>(unsafe { core::slice::from_raw_parts_mut(start, part.len) });
    });
}

/// The elements of the units in `part`, of which the last may be cut short by `len`.
fn span(part: core::ops::Range<usize>, unit: usize, len: usize) -> Span {
    let start = part.start * unit;
    Span { start, len: (part.end * unit).min(len) - start }
}

/// The definition that [`matmul`] equals bit for bit.
fn matmul_naive<A: Arith, B: Operand<A::T>>(
    a: Weight<'_, A::T>,
    b: B,
    depth: usize,
    mut c: MatMut<'_, A::T>,
    epilogue: Epilogue<'_, A::T>,
) {
    for row in 0..c.rows {
        for column in 0..c.columns {
            let mut sum = [(0..depth).fold(A::T::ZERO, |sum, k| A::mul_add(a.at(row, k), b.at(k, column), sum))];
            epilogue.apply::<A, 1>(row, column, 1, &mut sum);
            c.put::<Baseline, 1, 1>([row, column], [1, 1], &[sum]);
        }
    }
}

thread_local! {
    static PACK: ThreadBuffer = const { ThreadBuffer::new(None) };
}

/// The register tile: sums[r][c], or 0 where nothing `goes_on`, goes on with a(r, k) * b[k][c], k ascending, for the first `WIDTH`
/// of its `NR` columns, `STEP` columns at a time.
///
/// Steps and rows are written out, one statement each, because the compiler keeps `registers` in registers only where it
/// unrolls the loops around it, and a loop over many rows it does not. `STEP` is what it turns into whole registers.
#[inline(always)]
pub(crate) fn tile<A: Arith, const MR: usize, const NR: usize, const WIDTH: usize, const STEP: usize>(
    a: Rows<'_, A::T, MR>,
    b: &[A::T],
    goes_on: bool,
    sums: &mut [[A::T; NR]; MR],
) {
    let mut registers = [[A::T::ZERO; WIDTH]; MR];
    if goes_on {
        for (registers, line) in registers.iter_mut().zip(&*sums) {
            registers.copy_from_slice(&line[..WIDTH]);
        }
    }
    for (k, b) in b.as_chunks::<NR>().0[..a.len()].iter().enumerate() {
        macro_rules! rows {
            ($step:literal: $($r:literal)*) => {$(
                if const { $step * STEP < WIDTH && $r < MR } {
                    // SAFETY: k is below the length of the rows.
                    let a = unsafe { a.at($r % MR, k) };
                    let first = $step * STEP % WIDTH;
                    for (sum, &b) in registers[$r % MR][first..first + STEP].iter_mut().zip(&b[first..first + STEP]) {
                        *sum = A::mul_add(a, b, *sum);
                    }
                }
            )*};
        }
        rows!(0: 0 1 2 3 4 5 6 7);
        rows!(1: 0 1 2 3 4 5 6 7);
    }
    for (line, registers) in sums.iter_mut().zip(registers) {
        line[..WIDTH].copy_from_slice(&registers);
    }
}

/// `0..len` in spans of `size`, the last one shorter where `size` does not divide `len`.
#[inline(always)]
pub(crate) fn blocks(len: usize, size: usize) -> impl Iterator<Item = Span> {
    (0..len).step_by(size).map(move |start| Span { start, len: size.min(len - start) })
}

#[cfg(test)]
mod tests;
