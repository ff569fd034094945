//! The register tile of `f32` products in vectors, from the sums' start to their place in C: the compiler takes arrays of sums
//! through memory before and after the loop, which costs short sums half their time.
//!
//! - The tile is a function that is called. Inlined, the loops around it would update each of its addresses too.
//! - It takes two k at a time: with SMT, the loop's own instructions are lost time.
//! - With AVX-512 a tile has twelve rows where the rows of A are evenly spaced: twelve rows need four addresses. B is prefetched
//!   eight k ahead, since a panel is larger than the nearest cache.
//! - Loops over rows are written out (`each`). The compiler unrolls them too late to keep the sums in registers.
//! - The epilogue of one row is in vectors ([`finish`]). An activation other than `Relu` goes over the finished row: inside of
//!   the kernels of one row there would be a copy of every activation for each number format.

use super::matrix::Source;
use super::panel::{Copied, Far, Lines, Near, PART, Panel, Spaced};
use super::small::NARROW;
use super::x86::unknown;
use super::{Epilogue, LINE, Offset, Rows, TALL, Window};
use crate::kernels::lanes::Lanes;
use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
use loom_ir::layers::Activation;

/// Writes the values of row 0 from the column on, side by side, from their sums; but for the activations that [`Ends`] leaves out.
///
/// # Safety
/// The machine has the vector's instruction set, and there is room for as many values as there are sums.
#[inline(always)]
pub(super) unsafe fn finish<L: Lanes>(epilogue: &Epilogue<'_, f32>, column: usize, sums: &[f32], to: *mut f32) {
    let is_relu = epilogue.activation == Activation::Relu;
    for start in (0..sums.len()).step_by(L::N) {
        let len = sums.len() - start;
        // SAFETY: the caller's; each vector has the first `len` values at most.
        unsafe {
            let mut sum = L::load(sums.as_ptr().add(start), len);
            match epilogue.offset {
                Offset::Zero => {}
                Offset::PerRow(offset) => sum = sum.add(L::splat(offset[0])),
                Offset::PerColumn(offset) => {
                    let offset = &offset[column + start..column + sums.len()];
                    sum = sum.add(L::load(offset.as_ptr(), len));
                }
            }
            sum = sum.snap();
            if is_relu {
                sum = sum.relu();
            }
            sum.store(to.add(start), len);
        }
    }
}

/// A part of C, rows of values side by side.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) start: *mut f32,
    /// Where the part begins that comes next.
    pub(super) next: *mut f32,
    pub(super) row_stride: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// What a [`tile`] does before the sums, and after them.
#[derive(Clone, Copy)]
pub(super) struct Ends<'a> {
    /// Whether the sums go on from what C holds.
    pub(super) goes_on: bool,
    /// What they become: at the end of the last block of k alone. The activation is the identity or `Relu`.
    pub(super) epilogue: Option<&'a Epilogue<'a, f32>>,
    /// The tile's first row and column in C.
    pub(super) corner: [usize; 2],
}

/// So many k ahead of their use, elements of a packed A are fetched into the nearest cache.
const AHEAD: usize = 32;
/// Rows of a tile where there are 32 registers and A is not packed.
const EVEN: usize = 12;

/// A loop over rows, of which there are at most fourteen, written out: the compiler keeps sums in registers only where it knows their
/// indices, and long loops it unrolls too late for that.
macro_rules! each {
    ($row:ident in $rows:ident $body:block) => { each!($row in $rows $body, 0 1 2 3 4 5 6 7 8 9 10 11 12 13) };
    ($row:ident in $rows:ident $body:block, $($r:literal)*) => {$(
        if const { $r < $rows } {
            let $row = $r % $rows;
            $body
        }
    )*};
}

/// Rows of A.
trait Read {
    /// How many elements a row has.
    fn len(&self) -> usize;
    /// Element `k` of row `r`, for vector `v` of B.
    ///
    /// # Safety
    /// They are there.
    unsafe fn at(&self, r: usize, k: usize, v: usize) -> f32;

    /// Fetches what comes a while after `k`.
    #[inline(always)]
    fn fetch(&self, _k: usize) {}
}

impl<const MR: usize> Read for Rows<'_, f32, MR> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline(always)]
    unsafe fn at(&self, r: usize, k: usize, _: usize) -> f32 {
        // SAFETY: the caller's.
        unsafe { self.at(r, k) }
    }
}

/// Rows that lie as far apart as each other, so that few registers have their addresses: three rows are within what an instruction
/// reaches from one.
struct Even {
    start: *const f32,
    strides: [usize; 2],
    len: usize,
}

impl Even {
    /// The rows of the window from `first` on.
    fn of(window: Window<'_, f32>, first: usize) -> Self {
        let (start, strides, len) = window.rows_from(first, EVEN);
        Even { start, strides, len }
    }
}

impl Read for Even {
    #[inline(always)]
    fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    unsafe fn at(&self, r: usize, k: usize, _: usize) -> f32 {
        let [row_stride, stride] = self.strides;
        // SAFETY: the caller's.
        unsafe { *unknown(self.start.add(k * stride + r / 3 * 3 * row_stride)).add(r % 3 * row_stride) }
    }
}

/// Rows of a packed tile, side by side for each k. Each vector of B has an address of its own, so that the compiler reads a value
/// anew for each, which multiply-adds do by themselves, and does not keep it, which takes an instruction more.
struct Interleaved {
    starts: [*const f32; 2],
    len: usize,
}

impl Interleaved {
    /// The rows from `first` on of its tile.
    #[inline(always)]
    fn of(a: Source<'_, f32>, first: usize, len: usize) -> Self {
        let start = a.interleaved(first);
        Interleaved { starts: [unknown(start), unknown(start)], len }
    }
}

impl Read for Interleaved {
    #[inline(always)]
    fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    unsafe fn at(&self, r: usize, k: usize, v: usize) -> f32 {
        // SAFETY: the caller's.
        unsafe { *unknown(self.starts[v].add(k * TALL)).add(r) }
    }

    #[inline(always)]
    fn fetch(&self, k: usize) {
        // SAFETY: a prefetch reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(self.starts[0].wrapping_add((k + AHEAD) * TALL).cast()) };
    }
}

/// [`tile`](super::tile()) from C and to C, in the rounding mode `Fused`: `MR` rows of `VECTORS` vectors, for panels of `NR` columns.
///
/// # Safety
/// The machine has the vectors' instruction set, and the rows and columns of the place, at most a tile's, may be read and written.
#[inline(always)]
unsafe fn tile<L: Lanes, A: Read, B: Lines, const MR: usize, const NR: usize, const VECTORS: usize>(
    a: &A,
    b: &B,
    c: Target,
    ends: Ends<'_>,
) {
    // Values of vector v.
    let len = |v: usize| c.columns.saturating_sub(v * L::N);
    // SAFETY: the caller's. `row` and the vectors stay inside the place by their lengths; k is below the length of the rows.
    unsafe {
        let at = |r: usize, v: usize| c.start.wrapping_add(r * c.row_stride + v * L::N);
        let mut sums = [[L::splat(0.0); VECTORS]; MR];
        if ends.goes_on {
            each!(r in MR {
                if r < c.rows {
                    for (v, sum) in sums[r].iter_mut().enumerate() {
                        *sum = L::load(at(r, v), len(v));
                    }
                }
            });
        }
        let depth = a.len();
        let parts = if const { B::FETCHES } { depth / PART } else { 0 };
        // What is written at the end may come from far away by then; what the next tile reads at its start, too. Rows of C compete for
        // lines of the cache with each other and with what the sums read, so that they are fetched as late as there are parts for.
        let fetched = if ends.goes_on { c.next } else { c.start };
        let fetch = |r: usize| {
            for v in (0..VECTORS).step_by(LINE / L::N) {
                _mm_prefetch::<_MM_HINT_T0>(fetched.wrapping_add(r * c.row_stride + v * L::N).cast());
            }
        };
        for r in parts.min(MR)..MR {
            fetch(r);
        }
        let first = parts.saturating_sub(MR);
        // Two k at a time: what the loop itself takes competes with the multiplier's work where a core runs two threads.
        for part in 0..parts {
            b.fetch(part);
            if part >= first {
                fetch(part - first);
            }
            for k in (part * PART..(part + 1) * PART).step_by(2) {
                step::<L, _, _, MR, NR, VECTORS>(a, b, k, &mut sums);
                step::<L, _, _, MR, NR, VECTORS>(a, b, k + 1, &mut sums);
            }
        }
        for k in (parts * PART..depth / 2 * 2).step_by(2) {
            step::<L, _, _, MR, NR, VECTORS>(a, b, k, &mut sums);
            step::<L, _, _, MR, NR, VECTORS>(a, b, k + 1, &mut sums);
        }
        if depth % 2 == 1 {
            step::<L, _, _, MR, NR, VECTORS>(a, b, depth - 1, &mut sums);
        }
        if let Some(epilogue) = ends.epilogue {
            let [row, column] = ends.corner;
            match epilogue.offset {
                Offset::Zero => {}
                Offset::PerRow(offset) => {
                    each!(r in MR {
                        let offset = L::splat(offset[row + r.min(c.rows - 1)]);
                        for sum in &mut sums[r] {
                            *sum = sum.add(offset);
                        }
                    });
                }
                Offset::PerColumn(offset) => {
                    let offset = &offset[column..column + c.columns];
                    let mut offsets = [L::splat(0.0); VECTORS];
                    for (v, to) in offsets.iter_mut().enumerate() {
                        *to = L::load(offset.as_ptr().wrapping_add(v * L::N), len(v));
                    }
                    each!(r in MR {
                        for (sum, &offset) in sums[r].iter_mut().zip(&offsets) {
                            *sum = sum.add(offset);
                        }
                    });
                }
            }
            let is_relu = epilogue.activation == Activation::Relu;
            each!(r in MR {
                for sum in &mut sums[r] {
                    *sum = sum.snap();
                    if is_relu {
                        *sum = sum.relu();
                    }
                }
            });
        }
        each!(r in MR {
            if r < c.rows {
                for (v, sum) in sums[r].iter().enumerate() {
                    sum.store(at(r, v), len(v));
                }
            }
        });
    }
}

/// One k of a [`tile`].
///
/// # Safety
/// The machine has the vectors' instruction set, and k is below the length of the rows.
#[inline(always)]
unsafe fn step<L: Lanes, A: Read, B: Lines, const MR: usize, const NR: usize, const VECTORS: usize>(
    a: &A,
    b: &B,
    k: usize,
    sums: &mut [[L; VECTORS]; MR],
) {
    a.fetch(k);
    // SAFETY: the caller's.
    unsafe {
        let b = b.line::<L, NR, VECTORS>(k);
        each!(r in MR {
            for (v, (sum, &b)) in sums[r].iter_mut().zip(&b).enumerate() {
                *sum = L::splat(a.at(r, k, v)).mul_add(b, *sum);
            }
        });
    }
}

/// Rows of a tile of a product that is too small for blocks.
const FEW: usize = 4;

/// C, of at most eight columns, becomes A times B, in the rounding mode `Fused`.
///
/// # Safety
/// The machine has the features; B has eight values in each line, as many lines as a row of A has values, and the rows and columns
/// of the place may be written.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn narrow(a: Window<'_, f32>, b: Spaced, c: Target, ends: Ends<'_>) {
    for row in (0..c.rows).step_by(FEW) {
        let place = Target { start: c.start.wrapping_add(row * c.row_stride), rows: (c.rows - row).min(FEW), ..c };
        let ends = Ends { corner: [ends.corner[0] + row, ends.corner[1]], ..ends };
        // SAFETY: the caller's.
        unsafe { tile_avx2::<_, _, FEW, NARROW, 1>(&a.tile::<FEW>(row), &b, place, ends) };
    }
}

macro_rules! panel {
    ($name:ident: $tile:ident: $lanes:ident, $features:literal) => {
        /// C goes on with, or becomes, A times one panel of at most `NR` columns, in the rounding mode `Fused`, in tiles of `MR` rows, or of
        /// `TALL` where there are registers for that. Only where A is packed does a panel have a source, which has all `NR` columns.
        ///
        /// # Safety
        /// The machine has the features; the lines of the panel, or those of its source, may be read, and the rows and columns of the
        /// place, at most a panel's, be read and written. Of a panel with a source, nobody else reads or writes the lines.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $name<const MR: usize, const NR: usize>(
            a: Source<'_, f32>,
            b: Panel,
            c: Target,
            ends: Ends<'_>,
        ) {
            let is_wide = c.columns * 2 > NR;
            let is_large = const { core::arch::x86_64::$lanes::N == LINE };
            let mut row = 0;
            while row < c.rows {
                let (left, start) = (c.rows - row, c.start.wrapping_add(row * c.row_stride));
                let ends = Ends { corner: [ends.corner[0] + row, ends.corner[1]], ..ends };
                let place = |rows: usize| {
                    let next = if left > rows { start.wrapping_add(rows * c.row_stride) } else { c.next };
                    Target { start, next, rows: left.min(rows), ..c }
                };
                // SAFETY: the caller's.
                row += unsafe {
                    match a {
                        Source::Tiles { .. } if is_large => {
                            let next = b.next.after([row / TALL, c.rows.div_ceil(TALL)], b.depth);
                            let (a, lines) = (Interleaved::of(a, row, b.depth), &Near(b.lines, next));
                            match (left, is_wide) {
                                (_, true)
                                    if row == 0
                                        && let Some((from, stride)) = b.source =>
                                {
                                    let lines = &Copied { from, stride, to: b.lines, next };
                                    $tile::<_, _, TALL, NR, 2>(&a, lines, place(TALL), ends)
                                }
                                (9.., true) => $tile::<_, _, TALL, NR, 2>(&a, lines, place(TALL), ends),
                                (5.., true) => $tile::<_, _, 8, NR, 2>(&a, lines, place(8), ends),
                                (_, true) => $tile::<_, _, 4, NR, 2>(&a, lines, place(4), ends),
                                (_, false) => $tile::<_, _, TALL, NR, 1>(&a, lines, place(TALL), ends),
                            }
                        }
                        Source::Rows(rows) if is_large && is_wide && left >= EVEN => {
                            $tile::<_, _, EVEN, NR, 2>(&Even::of(rows, row), &Far(b.lines), place(EVEN), ends)
                        }
                        Source::Rows(rows) if is_large && is_wide && left <= 4 => {
                            $tile::<_, _, 4, NR, 2>(&rows.tile::<4>(row), &Far(b.lines), place(4), ends)
                        }
                        _ => {
                            let (a, lines) = (a.tile::<MR>(row), &Far(b.lines));
                            match is_wide {
                                true => $tile::<_, _, MR, NR, 2>(&a, lines, place(MR), ends),
                                false => $tile::<_, _, MR, NR, 1>(&a, lines, place(MR), ends),
                            }
                        }
                    }
                };
            }
        }

        /// [`tile`], which tells how many rows it has at most. A function of its own: inlined, the loop around it would count along with
        /// every address in it.
        ///
        /// # Safety
        /// The machine has the features; else as [`tile`].
        #[target_feature(enable = $features)]
        #[inline(never)]
        unsafe fn $tile<A: Read, B: Lines, const MR: usize, const NR: usize, const VECTORS: usize>(
            a: &A,
            b: &B,
            c: Target,
            ends: Ends<'_>,
        ) -> usize {
            // SAFETY: the caller's.
            unsafe { tile::<core::arch::x86_64::$lanes, _, _, MR, NR, VECTORS>(a, b, c, ends) };
            MR
        }
    };
}
panel!(panel_avx2: tile_avx2: __m256, "avx2,fma");
panel!(panel_avx512: tile_avx512: __m512, "avx512f,avx2,fma");
