//! The register tile of `f32` products in vectors, from the sums' start to their place in C: the compiler takes arrays of sums
//! through memory before and after the loop, which costs short sums half their time.

use super::{Epilogue, LINE, Offset, Rows, Source, blocks};
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

/// [`tile`](super::tile()) from C and to C, in the flavour `Fused`: `MR` rows of `VECTORS` vectors, for panels of `NR` columns.
///
/// # Safety
/// The machine has the vectors' instruction set, and the rows and columns of the place, at most a tile's, may be read and written.
#[inline(always)]
unsafe fn tile<L: Lanes, const MR: usize, const NR: usize, const VECTORS: usize>(
    a: &Rows<'_, f32, MR>,
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
            for (r, sums) in sums.iter_mut().enumerate() {
                if r < c.rows {
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = L::load(at(r, v), len(v));
                    }
                }
            }
        }
        // Two at a time: what the loop itself takes competes with the multiplier's work where a core runs two threads.
        let (pairs, last) = lines.as_chunks();
        for (i, [line0, line1]) in pairs.iter().enumerate() {
            step::<L, MR, NR, VECTORS>(a, 2 * i, line0, &mut sums);
            step::<L, MR, NR, VECTORS>(a, 2 * i + 1, line1, &mut sums);
        }
        if let [line] = last {
            step::<L, MR, NR, VECTORS>(a, lines.len() - 1, line, &mut sums);
        }
        if let Some(epilogue) = ends.epilogue {
            let [row, column] = ends.corner;
            match epilogue.offset {
                Offset::Zero => {}
                Offset::PerRow(offset) => {
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let offset = L::splat(offset[row + r.min(c.rows - 1)]);
                        for sum in sums {
                            *sum = sum.add(offset);
                        }
                    }
                }
                Offset::PerColumn(offset) => {
                    let offset = &offset[column..column + c.columns];
                    for v in 0..VECTORS {
                        let offset = L::load(offset.as_ptr().wrapping_add(v * L::N), len(v));
                        for sums in &mut sums {
                            sums[v] = sums[v].add(offset);
                        }
                    }
                }
            }
            let is_relu = epilogue.activation == Activation::Relu;
            for sum in sums.as_flattened_mut() {
                *sum = sum.snap();
                if is_relu {
                    *sum = sum.relu();
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            if r < c.rows {
                for (v, sum) in sums.iter().enumerate() {
                    sum.store(at(r, v), len(v));
                }
            }
        }
    }
}

/// One k of a [`tile`].
///
/// # Safety
/// The machine has the vectors' instruction set, and k is below the length of the rows.
#[inline(always)]
unsafe fn step<L: Lanes, const MR: usize, const NR: usize, const VECTORS: usize>(
    a: &Rows<'_, f32, MR>,
    k: usize,
    line: &[f32; NR],
    sums: &mut [[L; VECTORS]; MR],
) {
    // SAFETY: the caller's; a line has as many values as the vectors.
    unsafe {
        let mut b = [L::splat(0.0); VECTORS];
        for (v, b) in b.iter_mut().enumerate() {
            *b = L::load(line.as_ptr().add(v * L::N), L::N);
        }
        for (r, sums) in sums.iter_mut().enumerate() {
            let a = L::splat(a.at(r, k));
            for (sum, &b) in sums.iter_mut().zip(&b) {
                *sum = a.mul_add(b, *sum);
            }
        }
    }
}

macro_rules! panel {
    ($name:ident: $tile:ident: $lanes:ident, $features:literal) => {
        /// C goes on with, or becomes, A times one panel of at most `NR` columns, in the flavour `Fused`, in tiles of `MR` rows.
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
            for down in blocks(c.rows, MR) {
                let (a, start) = (a.tile::<MR>(down.start), c.start.wrapping_add(down.start * c.row_stride));
                let place = Place { start, rows: down.len, ..c };
                let ends = Ends { corner: [ends.corner[0] + down.start, ends.corner[1]], ..ends };
                // SAFETY: the caller's.
                unsafe {
                    if c.columns * 2 > NR {
                        $tile::<MR, NR, 2>(&a, b, place, ends);
                    } else {
                        $tile::<MR, NR, 1>(&a, b, place, ends);
                    }
                }
            }
        }

        /// [`tile`]. A function of its own: inlined, the loop around it would count along with every address in it.
        ///
        /// # Safety
        /// The machine has the features; else as [`tile`].
        #[target_feature(enable = $features)]
        #[inline(never)]
        unsafe fn $tile<const MR: usize, const NR: usize, const VECTORS: usize>(
            a: &Rows<'_, f32, MR>,
            b: &[f32],
            c: Place,
            ends: Ends<'_>,
        ) {
            // SAFETY: the caller's.
            unsafe { tile::<core::arch::x86_64::$lanes, MR, NR, VECTORS>(a, b, c, ends) }
        }
    };
}
panel!(panel_avx2: tile_avx2: __m256, "avx2,fma");
panel!(panel_avx512: tile_avx512: __m512, "avx512f,avx2,fma");
