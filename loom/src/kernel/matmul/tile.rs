//! The register tile of `f32` products in vectors, from the sums' start to their place in C: the compiler takes arrays of sums
//! through memory before and after the loop, which costs short sums half their time.

use super::x86::unknown;
use super::{Epilogue, LINE, Offset, Rows, Source, Window};
use crate::kernel::lanes::Lanes;
use crate::layers::Activation;
use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

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
pub(super) struct Place {
    pub(super) start: *mut f32,
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

/// Rows of a tile where there are 32 registers.
const TALL: usize = 12;
/// So many k ahead of their use, lines of B are fetched into the nearest cache, where each vector is a line of it.
const AHEAD: usize = 8;

/// A loop over rows, of which there are at most twelve, written out: the compiler keeps sums in registers only where it knows their
/// indices, and long loops it unrolls too late for that.
macro_rules! each {
    ($row:ident in $rows:ident $body:block) => { each!($row in $rows $body, 0 1 2 3 4 5 6 7 8 9 10 11) };
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
    /// Element `k` of row `r`.
    ///
    /// # Safety
    /// They are there.
    unsafe fn at(&self, r: usize, k: usize) -> f32;
}

impl<const MR: usize> Read for Rows<'_, f32, MR> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline(always)]
    unsafe fn at(&self, r: usize, k: usize) -> f32 {
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
    /// `rows` of the window, which has as many from `first` on.
    fn of(window: Window<'_, f32>, first: usize, rows: usize) -> Self {
        let (start, strides, len) = window.rows_from(first, rows);
        Even { start, strides, len }
    }
}

impl Read for Even {
    #[inline(always)]
    fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    unsafe fn at(&self, r: usize, k: usize) -> f32 {
        let [row_stride, stride] = self.strides;
        // SAFETY: the caller's.
        unsafe { *unknown(self.start.add(k * stride + r / 3 * 3 * row_stride)).add(r % 3 * row_stride) }
    }
}

/// [`tile`](super::tile()) from C and to C, in the flavour `Fused`: `MR` rows of `VECTORS` vectors, for panels of `NR` columns.
///
/// # Safety
/// The machine has the vectors' instruction set, and the rows and columns of the place, at most a tile's, may be read and written.
#[inline(always)]
unsafe fn tile<L: Lanes, A: Read, const MR: usize, const NR: usize, const VECTORS: usize>(
    a: &A,
    b: &[f32],
    c: Place,
    ends: Ends<'_>,
) {
    let lines = &b.as_chunks::<NR>().0[..a.len()];
    // Values of vector v.
    let len = |v: usize| c.columns.saturating_sub(v * L::N);
    // SAFETY: the caller's. `row` and the vectors stay inside the place by their lengths; k is below the length of the rows.
    unsafe {
        let at = |r: usize, v: usize| c.start.wrapping_add(r * c.row_stride + v * L::N);
        // What is written at the end may come from far away by then; what the next tile reads at its start, too.
        let first = if ends.goes_on { MR } else { 0 };
        for r in first..first + MR {
            for v in (0..VECTORS).step_by(LINE / L::N) {
                _mm_prefetch::<_MM_HINT_T0>(at(r, v).cast());
            }
        }
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
        // Two at a time: what the loop itself takes competes with the multiplier's work where a core runs two threads.
        let (pairs, last) = lines.as_chunks();
        for (i, [line0, line1]) in pairs.iter().enumerate() {
            step::<L, _, MR, NR, VECTORS>(a, 2 * i, line0, &mut sums);
            step::<L, _, MR, NR, VECTORS>(a, 2 * i + 1, line1, &mut sums);
        }
        if let [line] = last {
            step::<L, _, MR, NR, VECTORS>(a, lines.len() - 1, line, &mut sums);
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
unsafe fn step<L: Lanes, A: Read, const MR: usize, const NR: usize, const VECTORS: usize>(
    a: &A,
    k: usize,
    line: &[f32; NR],
    sums: &mut [[L; VECTORS]; MR],
) {
    // SAFETY: the caller's; a line has as many values as the vectors.
    unsafe {
        if const { L::N == LINE } {
            for v in 0..VECTORS {
                _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().wrapping_add(AHEAD * NR + v * L::N).cast());
            }
        }
        let mut b = [L::splat(0.0); VECTORS];
        for (v, b) in b.iter_mut().enumerate() {
            *b = L::load(line.as_ptr().add(v * L::N), L::N);
        }
        each!(r in MR {
            let a = L::splat(a.at(r, k));
            for (sum, &b) in sums[r].iter_mut().zip(&b) {
                *sum = a.mul_add(b, *sum);
            }
        });
    }
}

macro_rules! panel {
    ($name:ident: $tile:ident: $lanes:ident, $features:literal) => {
        /// C goes on with, or becomes, A times one panel of at most `NR` columns, in the flavour `Fused`, in tiles of `MR` rows, or of
        /// `TALL` where there are registers for that.
        ///
        /// # Safety
        /// The machine has the features, and the rows and columns of the place, at most a panel's, may be read and written.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $name<const MR: usize, const NR: usize>(
            a: Source<'_, f32>,
            b: &[f32],
            c: Place,
            ends: Ends<'_>,
        ) {
            let is_wide = c.columns * 2 > NR;
            let mut row = 0;
            while row < c.rows {
                let (left, start) = (c.rows - row, c.start.wrapping_add(row * c.row_stride));
                let ends = Ends { corner: [ends.corner[0] + row, ends.corner[1]], ..ends };
                if const { core::arch::x86_64::$lanes::N == LINE }
                    && left >= TALL
                    && is_wide
                    && let Source::Rows(window) = a
                {
                    let (a, place) = (Even::of(window, row, TALL), Place { start, rows: TALL, ..c });
                    // SAFETY: the caller's.
                    unsafe { $tile::<_, TALL, NR, 2>(&a, b, place, ends) };
                    row += TALL;
                    continue;
                }
                let (a, place) = (a.tile::<MR>(row), Place { start, rows: left.min(MR), ..c });
                // SAFETY: the caller's.
                unsafe {
                    if is_wide {
                        $tile::<_, MR, NR, 2>(&a, b, place, ends);
                    } else {
                        $tile::<_, MR, NR, 1>(&a, b, place, ends);
                    }
                }
                row += MR;
            }
        }

        /// [`tile`]. A function of its own: inlined, the loop around it would count along with every address in it.
        ///
        /// # Safety
        /// The machine has the features; else as [`tile`].
        #[target_feature(enable = $features)]
        #[inline(never)]
        unsafe fn $tile<A: Read, const MR: usize, const NR: usize, const VECTORS: usize>(
            a: &A,
            b: &[f32],
            c: Place,
            ends: Ends<'_>,
        ) {
            // SAFETY: the caller's.
            unsafe { tile::<core::arch::x86_64::$lanes, _, MR, NR, VECTORS>(a, b, c, ends) }
        }
    };
}
panel!(panel_avx2: tile_avx2: __m256, "avx2,fma");
panel!(panel_avx512: tile_avx512: __m512, "avx512f,avx2,fma");
