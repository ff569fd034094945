//! Vectors of `f32`, for kernels that the compiler does not turn into vectors by itself.

use core::arch::x86_64::*;

/// A vector of `f32`.
///
/// # Safety of all functions
/// The machine has the vector's instruction set, and addresses are of as many values as are read or written.
pub(crate) trait Lanes: Copy {
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
    /// [`Arith::snap`](crate::numerics::arith::Arith::snap).
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
