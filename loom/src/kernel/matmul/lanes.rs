//! The register tile of `f32` products in vectors, from the sums' start to their place in C: the compiler takes arrays of sums
//! through memory before and after the loop, which costs short sums half their time.

use super::{Epilogue, Offset, Rows};
use crate::layers::Activation;
use core::arch::x86_64::*;

/// A vector of `f32`.
///
/// # Safety of all functions
/// The machine has the vector's instruction set, and addresses are of as many values as are read or written.
pub(super) trait Lanes: Copy {
    /// Values of a vector.
    const N: usize;
    /// `N` times a value.
    unsafe fn splat(x: f32) -> Self;
    /// The first `len` values at an address, at most `N`; the others are 0.
    unsafe fn load(from: *const f32, len: usize) -> Self;
    /// Writes the first `len` values.
    unsafe fn store(self, to: *mut f32, len: usize);
    /// self · b + c, rounded once.
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;
    /// self + b.
    unsafe fn add(self, b: Self) -> Self;
    /// [`Arith::snap`](crate::arith::Arith::snap).
    unsafe fn snap(self) -> Self;
    /// 0 in place of what is below 0.
    unsafe fn relu(self) -> Self;
}

const MAGNITUDE: i32 = 0x7fff_ffff;
const SNAP: i32 = 0x2180_0000;
const INFINITY: i32 = 0x7f80_0000;
const CANONICAL_NAN: i32 = 0x7fc0_0000;

impl Lanes for __m512 {
    const N: usize = 16;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        unsafe { _mm512_set1_ps(x) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32, len: usize) -> Self {
        unsafe { if len >= 16 { _mm512_loadu_ps(from) } else { _mm512_maskz_loadu_ps((1 << len) - 1, from) } }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32, len: usize) {
        unsafe { if len >= 16 { _mm512_storeu_ps(to, self) } else { _mm512_mask_storeu_ps(to, (1 << len) - 1, self) } }
    }

    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        unsafe { _mm512_fmadd_ps(self, b, c) }
    }

    #[inline(always)]
    unsafe fn add(self, b: Self) -> Self {
        unsafe { _mm512_add_ps(self, b) }
    }

    #[inline(always)]
    unsafe fn snap(self) -> Self {
        unsafe {
            let magnitude = _mm512_and_epi32(_mm512_castps_si512(self), _mm512_set1_epi32(MAGNITUDE));
            let kept = _mm512_cmpge_epi32_mask(magnitude, _mm512_set1_epi32(SNAP));
            let nan = _mm512_cmpgt_epi32_mask(magnitude, _mm512_set1_epi32(INFINITY));
            let canonical = _mm512_castsi512_ps(_mm512_set1_epi32(CANONICAL_NAN));
            _mm512_mask_mov_ps(_mm512_maskz_mov_ps(kept, self), nan, canonical)
        }
    }

    #[inline(always)]
    unsafe fn relu(self) -> Self {
        unsafe {
            let below = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self, _mm512_setzero_ps());
            _mm512_mask_mov_ps(self, below, _mm512_setzero_ps())
        }
    }
}

/// The first `len` of eight lanes.
#[inline(always)]
unsafe fn first(len: usize) -> __m256i {
    unsafe { _mm256_cmpgt_epi32(_mm256_set1_epi32(len as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)) }
}

impl Lanes for __m256 {
    const N: usize = 8;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        unsafe { _mm256_set1_ps(x) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32, len: usize) -> Self {
        unsafe { if len >= 8 { _mm256_loadu_ps(from) } else { _mm256_maskload_ps(from, first(len)) } }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32, len: usize) {
        unsafe { if len >= 8 { _mm256_storeu_ps(to, self) } else { _mm256_maskstore_ps(to, first(len), self) } }
    }

    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        unsafe { _mm256_fmadd_ps(self, b, c) }
    }

    #[inline(always)]
    unsafe fn add(self, b: Self) -> Self {
        unsafe { _mm256_add_ps(self, b) }
    }

    #[inline(always)]
    unsafe fn snap(self) -> Self {
        unsafe {
            let magnitude = _mm256_and_si256(_mm256_castps_si256(self), _mm256_set1_epi32(MAGNITUDE));
            let small = _mm256_cmpgt_epi32(_mm256_set1_epi32(SNAP), magnitude);
            let nan = _mm256_cmpgt_epi32(magnitude, _mm256_set1_epi32(INFINITY));
            let canonical = _mm256_castsi256_ps(_mm256_set1_epi32(CANONICAL_NAN));
            let kept = _mm256_andnot_ps(_mm256_castsi256_ps(small), self);
            _mm256_blendv_ps(kept, canonical, _mm256_castsi256_ps(nan))
        }
    }

    #[inline(always)]
    unsafe fn relu(self) -> Self {
        unsafe { _mm256_andnot_ps(_mm256_cmp_ps::<_CMP_LT_OQ>(self, _mm256_setzero_ps()), self) }
    }
}

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

/// What [`lanes_tile`] does before the sums, and after them.
#[derive(Clone, Copy)]
pub(super) struct Ends<'a> {
    /// Whether the sums go on from what C holds.
    pub(super) goes_on: bool,
    /// What they become: at the end of the last block of k alone. The activation is the identity or `Relu`.
    pub(super) epilogue: Option<&'a Epilogue<'a, f32>>,
    /// The tile's first row and column in C.
    pub(super) corner: [usize; 2],
}

/// [`tile`](super::tile) from C and to C, in the flavour `Fused`: `MR` rows of `VECTORS` vectors, for panels of `NR` columns.
///
/// # Safety
/// The machine has the vectors' instruction set, and the rows and columns of the place, at most a tile's, may be read and written.
#[inline(always)]
pub(super) unsafe fn lanes_tile<L: Lanes, const MR: usize, const NR: usize, const VECTORS: usize>(
    a: Rows<'_, f32, MR>,
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
        // What is written at the end may come from far away by then.
        for r in 0..MR {
            for v in 0..VECTORS {
                _mm_prefetch::<_MM_HINT_T0>(at(r.min(c.rows - 1), v).cast());
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
        for (k, line) in lines.iter().enumerate() {
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
