//! C = A B, k ascending: C[i, j] = mul_add(A[i, k], B[k, j], ..) for k = 0, 1, .., from +0 on, then the epilogue.
//!
//! [`matmul`] is the tiled product that every layer uses. It equals [`matmul_naive`] to the bit: tiles, blocks of k that
//! go on from what C holds, and threads keep each output's order of operations.

mod epilogue;
mod matrix;
mod packed;
mod thin;
#[cfg(target_arch = "x86_64")]
mod tile;
mod transpose;
mod weight;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use epilogue::{Epilogue, Offset};
pub(crate) use matrix::{MatMut, Matrix, Operand, Span, Window};
pub(crate) use transpose::transpose;
pub(crate) use weight::{PANEL, Right, Weight};
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::lines_of_runs;

use super::buffer::{ThreadBuffer, with_thread_buffer};
use super::threads::Parts;
use super::{Baseline, Isa, Task, Threads, by_isa, dispatch};
use crate::arith::{Arith, Element};
use crate::packed::Transposed;
use core::marker::PhantomData;
use matrix::{Rows, Source};

/// Depth of a block at most: how many k are packed at a time.
const BLOCK_K: usize = 1024;
/// Elements of B packed at a time, where A is read as it lies or packed once: what a core's own cache holds.
const NEAR_B: usize = 128 * 1024;
/// Columns of B packed at a time, where A is packed anew for each block.
const BLOCK_N: usize = 512;
/// Up to so many columns A is read where it lies: packing pays once each of its elements is read often.
const UNPACKED: usize = 128;
/// So many rows of C pay for turning B, so that C is computed as it lies.
const MANY_ROWS: usize = 128;
/// Rows of A that are a multiple of so many elements apart compete for the same lines of a cache.
const ALIASED: usize = 512;
/// Elements of a line of a cache, of `f32`.
const LINE: usize = 16;
/// Products of fewer multiply-adds than this, with at most eight columns, are too small for a register tile.
const SMALL: usize = 1024;
/// The row length of a packed tile of A, at least the rows of every register tile.
const A_WIDTH: usize = 8;

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
        Weight::Packed(weight)
            if c.rows == 1 && c.strides[1] == 1 && !threads.is_naive && packed::serves::<A>(weight) =>
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
    c: MatMut<'_, A::T>,
    epilogue: Epilogue<'_, A::T>,
) {
    let a = a.into();
    if threads.is_naive || c.rows.min(c.columns).min(depth) == 0 {
        return matmul_naive::<A, B>(a, b, depth, c, epilogue);
    }
    let (rows, columns, strides) = (c.rows, c.columns, c.strides);
    let start = Parts::new(c.start);
    let whole = Product { a, b, depth, rows: Span::all(rows), columns: Span::all(columns), epilogue };
    let compute = |rows: Span, columns: Span| {
        let product = Product { rows, columns, ..whole };
        let start = start.at(rows.start * strides[0] + columns.start * strides[1]);
        let c = MatMut { start, strides, rows: rows.len, columns: columns.len, data: PhantomData };
        // The buffer is borrowed out here: a closure inside a task would not be compiled for the task's instruction set.
        with_thread_buffer(&PACK, room(depth, columns.len), |pack| {
            if let Weight::Plain(a) = a
                && is_small(rows.len, columns.len, depth)
            {
                return dispatch(Small::<A, B> { product, a, c, pack });
            }
            dispatch(Blocked::<A, B> { product, c, pack });
        });
    };
    // Whole tiles to each thread: 32 columns and 24 rows are multiples of every tile.
    if columns >= rows {
        let tiles = columns.div_ceil(32);
        threads.split(tiles, rows * depth * 32, |part| compute(whole.rows, span(part, 32, columns)));
    } else {
        let tiles = rows.div_ceil(24);
        threads.split(tiles, columns * depth * 24, |part| compute(span(part, 24, rows), whole.columns));
    }
}

/// Whether a product is for [`Small`].
fn is_small(rows: usize, columns: usize, depth: usize) -> bool {
    columns <= 8 && rows * columns * depth < SMALL
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

/// Elements of a packed block of A.
const PACK_A: usize = 64 * 1024;
/// Elements of a packed block of B, at most.
const PACK_B: usize = BLOCK_K * BLOCK_N;
const _: () = assert!(NEAR_B <= PACK_B && NEAR_B / BLOCK_K >= PANEL);

/// Room for a packed block of each operand.
fn room(depth: usize, columns: usize) -> usize {
    PACK_A + PACK_B.min(depth.saturating_mul(columns.next_multiple_of(PANEL)))
}

thread_local! {
    static PACK: ThreadBuffer = const { ThreadBuffer::new(None) };
}

/// The product row by row, eight columns at a time.
struct Small<'a, A: Arith, B> {
    product: Product<'a, A::T, B>,
    /// The product's A.
    a: Matrix<'a, A::T>,
    c: MatMut<'a, A::T>,
    /// Room for eight columns of B.
    pack: &'a mut [A::T],
}

impl<A: Arith, B: Operand<A::T>> Task for Small<'_, A, B> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Small { product: p, a, mut c, pack } = self;
        let a = a.window(p.rows, Span::all(p.depth));
        for block in blocks(p.columns.len, 8) {
            let from = Span { start: p.columns.start + block.start, len: block.len };
            p.b.pack::<I, 8>(Span::all(p.depth), from, pack);
            let lines = &pack.as_chunks::<8>().0[..p.depth];
            for row in 0..p.rows.len {
                let a = a.tile::<1>(row);
                let mut sums = [A::T::ZERO; 8];
                for (k, line) in lines.iter().enumerate() {
                    // SAFETY: k is below the depth.
                    let a = unsafe { a.at(0, k) };
                    for (sum, &b) in sums.iter_mut().zip(line) {
                        *sum = A::mul_add(a, b, *sum);
                    }
                }
                p.epilogue.apply::<A, 8>(p.rows.start + row, from.start, block.len, &mut sums);
                c.put::<I, 1, 8>([row, block.start], [1, block.len], &[sums]);
            }
        }
    }
}

/// The product by blocks that fit the caches (Goto and van de Geijn, "Anatomy of High-Performance Matrix
/// Multiplication", 2008).
struct Blocked<'a, A: Arith, B> {
    product: Product<'a, A::T, B>,
    c: MatMut<'a, A::T>,
    /// Room for one packed block of each operand.
    pack: &'a mut [A::T],
}

impl<A: Arith, B: Operand<A::T>> Task for Blocked<'_, A, B> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        by_isa!(
            I,
            blocked::<A, B, I, 8, 32, 16, 16>(self),
            blocked::<A, B, I, 6, 16, 16, 8>(self),
            blocked::<A, B, I, 4, 8, 8, 4>(self)
        )
    }
}

/// How a product reads its A.
#[derive(Clone, Copy)]
enum Reading<'a, T> {
    /// Where it is.
    AsItLies(Matrix<'a, T>),
    /// Rows that lie along k, but compete for lines of a cache, copied to lie apart.
    Spread(Matrix<'a, T>),
    /// Packed, tile after tile.
    Packed,
}

impl<'a, T: Copy> Reading<'a, T> {
    fn of<B>(p: &Product<'a, T, B>) -> Self {
        match p.a {
            Weight::Plain(a) if p.columns.len <= UNPACKED => Reading::AsItLies(a),
            Weight::Plain(a) if a.column_stride == 1 && !a.row_stride.is_multiple_of(ALIASED) => Reading::AsItLies(a),
            Weight::Plain(a) if a.column_stride == 1 => Reading::Spread(a),
            _ => Reading::Packed,
        }
    }
}

/// The product with a register tile of `MR` x `NR`, and of `MR` x `HALF` where so few columns are left.
#[inline(always)]
fn blocked<
    A: Arith,
    B: Operand<A::T>,
    I: Isa,
    const MR: usize,
    const NR: usize,
    const STEP: usize,
    const HALF: usize,
>(
    call: Blocked<'_, A, B>,
) {
    let Blocked { product: p, mut c, pack } = call;
    let (pack_a, pack_b) = pack.split_at_mut(PACK_A);
    let reading = Reading::of(&p);
    // Of an A that is not read as it lies, as many rows at a time as there is room for: all of a small A, once.
    let block_depth = depth_of_block(p.depth);
    let spread = block_depth.next_multiple_of(LINE) + LINE;
    let block_rows = match reading {
        Reading::AsItLies(_) => p.rows.len,
        Reading::Spread(_) => PACK_A / spread / MR * MR,
        Reading::Packed => PACK_A / (A_WIDTH * block_depth) * MR,
    };
    let is_one_block = block_depth == p.depth && p.rows.len <= block_rows;
    let is_near = is_one_block || matches!(reading, Reading::AsItLies(_));
    let block_columns = if is_near { NEAR_B / block_depth / NR * NR } else { BLOCK_N };
    let mut is_ready = false;
    for columns in blocks(p.columns.len, block_columns) {
        for depth in blocks(p.depth, block_depth) {
            let panels = match p.b.panels(NR) {
                Some(panels) if depth.len == p.depth => &panels[(p.columns.start + columns.start) * p.depth..],
                _ => {
                    for (tile, to) in blocks(columns.len, NR).zip(pack_b.chunks_exact_mut(NR * depth.len)) {
                        let from = Span { start: p.columns.start + columns.start + tile.start, len: tile.len };
                        p.b.pack::<I, NR>(depth, from, to);
                    }
                    &*pack_b
                }
            };
            for rows in blocks(p.rows.len, block_rows) {
                let own = Span { start: p.rows.start + rows.start, len: rows.len };
                if !is_ready {
                    match reading {
                        Reading::AsItLies(_) => {}
                        Reading::Spread(a) => {
                            for (row, to) in pack_a.chunks_exact_mut(spread).take(rows.len).enumerate() {
                                to[..depth.len].copy_from_slice(a.line(own.start + row, depth));
                            }
                        }
                        Reading::Packed => {
                            for (tile, to) in blocks(rows.len, MR).zip(pack_a.chunks_exact_mut(A_WIDTH * depth.len)) {
                                let from = Span { start: own.start + tile.start, len: tile.len };
                                p.a.pack_rows::<I, A_WIDTH>(depth, from, to);
                            }
                        }
                    }
                    is_ready = is_one_block;
                }
                let a = match reading {
                    Reading::AsItLies(a) => Source::Rows(a.window(own, depth)),
                    Reading::Spread(_) => Source::Rows(Window::new(pack_a, [spread, 1], rows.len, depth.len)),
                    Reading::Packed => Source::Tiles { packed: pack_a, depth: depth.len },
                };
                tiles::<A, B, I, MR, NR, STEP, HALF>(&p, &mut c, [rows, columns, depth], a, panels);
            }
        }
    }
}

/// Every tile of one block of C, from the panels of B and the rows of A.
#[inline(always)]
fn tiles<A: Arith, B: Operand<A::T>, I: Isa, const MR: usize, const NR: usize, const STEP: usize, const HALF: usize>(
    p: &Product<'_, A::T, B>,
    c: &mut MatMut<'_, A::T>,
    [rows, columns, depth]: [Span; 3],
    a: Source<'_, A::T>,
    panels: &[A::T],
) {
    let is_last = depth.start + depth.len == p.depth;
    for (across, b) in blocks(columns.len, NR).zip(panels.chunks_exact(NR * depth.len)) {
        #[cfg(target_arch = "x86_64")]
        if I::HAS_AVX2 && A::IS_FUSED && c.strides[1] == 1 {
            let columns = Span { start: columns.start + across.start, ..across };
            in_lanes::<A, B, I, MR, NR>(p, c, [rows, columns, depth], a, b);
            continue;
        }
        for down in blocks(rows.len, MR) {
            let (at, size) = ([rows.start + down.start, columns.start + across.start], [down.len, across.len]);
            let (a, goes_on) = (a.tile::<MR>(down.start), depth.start > 0);
            let mut sums = [[A::T::ZERO; NR]; MR];
            if goes_on {
                c.get(at, size, &mut sums);
            }
            if across.len <= HALF {
                tile::<A, MR, NR, HALF, HALF>(a, b, goes_on, &mut sums);
            } else {
                tile::<A, MR, NR, NR, STEP>(a, b, goes_on, &mut sums);
            }
            if is_last {
                let (row, column) = (p.rows.start + at[0], p.columns.start + at[1]);
                for (r, line) in sums.iter_mut().take(down.len).enumerate() {
                    p.epilogue.apply::<A, NR>(row + r, column, across.len, line);
                }
            }
            c.put::<I, MR, NR>(at, size, &sums);
        }
    }
}

/// The tiles of one panel in vectors, for a C that lies in rows.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn in_lanes<A: Arith, B: Operand<A::T>, I: Isa, const MR: usize, const NR: usize>(
    p: &Product<'_, A::T, B>,
    c: &mut MatMut<'_, A::T>,
    [rows, columns, depth]: [Span; 3],
    a: Source<'_, A::T>,
    b: &[A::T],
) {
    use tile::{Ends, Place, panel_avx2, panel_avx512};
    debug_assert!(A::IS_FUSED && c.strides[1] == 1);
    let epilogue = p.epilogue.of_fused::<A>();
    let is_last = depth.start + depth.len == p.depth;
    // SAFETY: `Fused` computes in `f32`, so that this is the type that it already has.
    let a: Source<'_, f32> = unsafe { core::mem::transmute_copy(&a) };
    let start = c.corner(rows.start, columns.start, rows.len, columns.len);
    let place = Place { start: start.cast(), row_stride: c.strides[0], rows: rows.len, columns: columns.len };
    let ends = Ends {
        goes_on: depth.start > 0,
        epilogue: is_last.then_some(&epilogue),
        corner: [p.rows.start + rows.start, p.columns.start + columns.start],
    };
    let b = bytemuck::cast_slice(b);
    // SAFETY: the machine has the features, as the instruction set says, and `corner` holds the place inside C.
    unsafe {
        if I::HAS_AVX512 {
            panel_avx512::<MR, NR>(a, b, place, ends);
        } else {
            panel_avx2::<MR, NR>(a, b, place, ends);
        }
    }
    if is_last && !epilogue.is_in_lanes() {
        for r in 0..rows.len {
            // SAFETY: as above.
            let line = unsafe { core::slice::from_raw_parts_mut(start.wrapping_add(r * c.strides[0]), columns.len) };
            p.epilogue.activation.apply_in_place::<A>(line);
        }
    }
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

/// Packs B, [depth, columns], for [`multiply_panels`]: into `panels`, [columns / NR, depth, NR].
#[inline(always)]
pub(crate) fn pack_panels<I: Isa, T: Element, const NR: usize>(b: impl Operand<T>, columns: usize, panels: &mut [T]) {
    let tiles = columns.div_ceil(NR);
    let depth = panels.len() / (tiles * NR);
    for (tile, panel) in blocks(columns, NR).zip(panels.chunks_exact_mut(depth * NR)) {
        b.pack::<I, NR>(Span::all(depth), tile, panel);
    }
}

/// C = A B for the first `rows` rows of A, at most `MR`, without an epilogue: `panels` are those of [`pack_panels`], and C is
/// [MR, columns] with the columns a multiple of `NR`. For products of one B with A after A.
#[inline(always)]
pub(crate) fn multiply_panels<A: Arith, const MR: usize, const NR: usize, const STEP: usize>(
    a: Matrix<'_, A::T>,
    rows: usize,
    panels: &[A::T],
    c: &mut [A::T],
) {
    let stride = c.len() / MR;
    let depth = panels.len() / stride;
    let a = a.window(Span::all(rows), Span::all(depth));
    if rows == 1 {
        return multiply_row::<A, NR, STEP>(a.tile(0), panels, c);
    }
    for (column, panel) in panels.chunks_exact(depth * NR).enumerate() {
        let mut sums = [[A::T::ZERO; NR]; MR];
        tile::<A, MR, NR, NR, STEP>(a.tile(0), panel, false, &mut sums);
        for (line, sums) in c.chunks_exact_mut(stride).zip(&sums).take(rows) {
            line[column * NR..][..NR].copy_from_slice(sums);
        }
    }
}

/// [`multiply_panels`] of one row: one panel would leave the multiplier waiting for its own sums, so four go side by side.
#[inline(always)]
fn multiply_row<A: Arith, const NR: usize, const STEP: usize>(a: Rows<'_, A::T, 1>, panels: &[A::T], c: &mut [A::T]) {
    let panel = a.len() * NR;
    for (panels, c) in panels.chunks(4 * panel).zip(c.chunks_mut(4 * NR)) {
        if panels.len() == 4 * panel {
            row::<A, NR, STEP, 4>(a, panels, c);
        } else {
            for (panel, c) in panels.chunks_exact(panel).zip(c.chunks_exact_mut(NR)) {
                row::<A, NR, STEP, 1>(a, panel, c);
            }
        }
    }
}

/// One row of A times `PANELS` panels. Written out as [`tile`] is.
#[inline(always)]
fn row<A: Arith, const NR: usize, const STEP: usize, const PANELS: usize>(
    a: Rows<'_, A::T, 1>,
    panels: &[A::T],
    c: &mut [A::T],
) {
    let lines = panels.as_chunks::<NR>().0;
    let panels = core::array::from_fn::<_, PANELS, _>(|p| &lines[p * a.len()..][..a.len()]);
    let mut registers = [[A::T::ZERO; NR]; PANELS];
    #[expect(clippy::needless_range_loop, reason = "k counts in each panel")]
    for k in 0..a.len() {
        // SAFETY: k is below the length of the row.
        let a = unsafe { a.at(0, k) };
        macro_rules! panels {
            ($step:literal: $($p:literal)*) => {$(
                if const { $step * STEP < NR && $p < PANELS } {
                    let (b, first) = (&panels[$p % PANELS][k], $step * STEP % NR);
                    for (sum, &b) in registers[$p % PANELS][first..first + STEP].iter_mut().zip(&b[first..first + STEP]) {
                        *sum = A::mul_add(a, b, *sum);
                    }
                }
            )*};
        }
        panels!(0: 0 1 2 3);
        panels!(1: 0 1 2 3);
    }
    for (c, registers) in c.chunks_exact_mut(NR).zip(registers) {
        c.copy_from_slice(&registers);
    }
}

/// The depth of each block but the last, so that they are all about as deep.
fn depth_of_block(depth: usize) -> usize {
    depth.div_ceil(depth.div_ceil(BLOCK_K).max(1)).max(1)
}

/// `0..len` in spans of `size`, the last one shorter where `size` does not divide `len`.
#[inline(always)]
pub(crate) fn blocks(len: usize, size: usize) -> impl Iterator<Item = Span> {
    (0..len).step_by(size).map(move |start| Span { start, len: size.min(len - start) })
}

#[cfg(test)]
mod tests;
