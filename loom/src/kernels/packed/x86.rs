//! What the compiler does not find by itself: binary16 by the machine's conversion, sixteen values looked up at once, and
//! sixteen scales without taking them apart.

use super::LANES;
use super::codes::{E2M1_VALUES, E4M3_BIAS};
use core::arch::x86_64::*;

/// Sixteen numbers of binary16.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn halves_512(line: &[[u8; 2]; LANES]) -> [f32; LANES] {
    let mut values = [0.0; LANES];
    // SAFETY: the line and the values are of 16 elements each.
    unsafe { _mm512_storeu_ps(values.as_mut_ptr(), _mm512_cvtph_ps(_mm256_loadu_si256(line.as_ptr().cast()))) };
    values
}

/// Sixteen numbers of binary16.
#[target_feature(enable = "avx2,f16c")]
#[inline]
pub(super) fn halves_256(line: &[[u8; 2]; LANES]) -> [f32; LANES] {
    let mut values = [0.0; LANES];
    for (to, from) in values.as_chunks_mut::<8>().0.iter_mut().zip(line.as_chunks::<8>().0) {
        // SAFETY: the chunks are of 8 elements each.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), _mm256_cvtph_ps(_mm_loadu_si128(from.as_ptr().cast()))) };
    }
    values
}

/// The numbers of E2M1 in the four bits of each word from `shift` on.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn quarters_512(line: &[[u8; 4]; LANES], shift: i32) -> [f32; LANES] {
    let mut values = [0.0; LANES];
    // SAFETY: the line, the table and the values are of 16 elements each.
    unsafe {
        let codes = _mm512_srl_epi32(_mm512_loadu_si512(line.as_ptr().cast()), _mm_cvtsi32_si128(shift));
        // The lookup takes an index's lowest four bits.
        let found = _mm512_permutexvar_ps(codes, _mm512_loadu_ps(E2M1_VALUES.as_ptr()));
        _mm512_storeu_ps(values.as_mut_ptr(), found);
    }
    values
}

/// The numbers of E2M1 in the four bits of each word from `shift` on.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn quarters_256(line: &[[u8; 4]; LANES], shift: i32) -> [f32; LANES] {
    let mut values = [0.0; LANES];
    for (to, from) in values.as_chunks_mut::<8>().0.iter_mut().zip(line.as_chunks::<8>().0) {
        // SAFETY: the chunks are of 8 elements each, and the table has more.
        unsafe {
            let codes = _mm256_srl_epi32(_mm256_loadu_si256(from.as_ptr().cast()), _mm_cvtsi32_si128(shift));
            // The lookup takes an index's lowest three bits; the fourth is the sign.
            let found = _mm256_permutevar8x32_ps(_mm256_loadu_ps(E2M1_VALUES.as_ptr()), codes);
            let sign = _mm256_slli_epi32::<28>(_mm256_and_si256(codes, _mm256_set1_epi32(8)));
            _mm256_storeu_ps(to.as_mut_ptr(), _mm256_xor_ps(found, _mm256_castsi256_ps(sign)));
        }
    }
    values
}

/// Sixteen numbers of E4M3 without a sign.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn e4m3_512(patterns: &[u8; LANES]) -> [f32; LANES] {
    let mut values = [0.0; LANES];
    // SAFETY: the patterns and the values are of 16 elements each.
    unsafe {
        let digits = _mm512_slli_epi32::<20>(_mm512_cvtepu8_epi32(_mm_loadu_si128(patterns.as_ptr().cast())));
        let found = _mm512_mul_ps(_mm512_castsi512_ps(digits), _mm512_set1_ps(E4M3_BIAS));
        _mm512_storeu_ps(values.as_mut_ptr(), found);
    }
    values
}

/// Sixteen numbers of E4M3 without a sign.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn e4m3_256(patterns: &[u8; LANES]) -> [f32; LANES] {
    let mut values = [0.0; LANES];
    for (to, from) in values.as_chunks_mut::<8>().0.iter_mut().zip(patterns.as_chunks::<8>().0) {
        // SAFETY: the chunks are of 8 elements each.
        unsafe {
            let digits = _mm256_slli_epi32::<20>(_mm256_cvtepu8_epi32(_mm_loadl_epi64(from.as_ptr().cast())));
            let found = _mm256_mul_ps(_mm256_castsi256_ps(digits), _mm256_set1_ps(E4M3_BIAS));
            _mm256_storeu_ps(to.as_mut_ptr(), found);
        }
    }
    values
}
