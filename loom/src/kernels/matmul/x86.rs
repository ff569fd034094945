//! Transposes in registers, by intrinsics: the compiler does not find them by itself.

use core::arch::x86_64::*;

/// 8 values from each address, as the 8 columns that they are side by side. Rows i and i + 4 share a register at first, so
/// that no value crosses its halves.
///
/// # Safety
/// The addresses are of 8 values each, which may be read.
#[target_feature(enable = "avx")]
#[inline]
unsafe fn columns(rows: [*const f32; 8]) -> [__m256; 8] {
    // SAFETY: the caller's.
    let four = |half: usize| unsafe {
        let pair = |i: usize| {
            let low = _mm256_castps128_ps256(_mm_loadu_ps(rows[i].add(half)));
            _mm256_insertf128_ps::<1>(low, _mm_loadu_ps(rows[i + 4].add(half)))
        };
        let rows = [pair(0), pair(1), pair(2), pair(3)];
        let (low01, high01) = (_mm256_unpacklo_ps(rows[0], rows[1]), _mm256_unpackhi_ps(rows[0], rows[1]));
        let (low23, high23) = (_mm256_unpacklo_ps(rows[2], rows[3]), _mm256_unpackhi_ps(rows[2], rows[3]));
        [
            _mm256_shuffle_ps::<0x44>(low01, low23),
            _mm256_shuffle_ps::<0xee>(low01, low23),
            _mm256_shuffle_ps::<0x44>(high01, high23),
            _mm256_shuffle_ps::<0xee>(high01, high23),
        ]
    };
    let ([c0, c1, c2, c3], [c4, c5, c6, c7]) = (four(0), four(4));
    [c0, c1, c2, c3, c4, c5, c6, c7]
}

/// 8 values from each address, turned into 8 lines that lie `stride` values apart, of which the first `LEN`, 6 or 8, are
/// written.
///
/// # Safety
/// The addresses are of 8 values each, which may be read, and the lines may be written.
#[target_feature(enable = "avx")]
#[inline]
pub(super) unsafe fn transpose_8x8<const LEN: usize>(from: [*const f32; 8], to: *mut f32, stride: usize) {
    // SAFETY: the caller's.
    unsafe {
        for (k, line) in columns(from).into_iter().enumerate() {
            let to = to.add(k * stride);
            if LEN == 8 {
                _mm256_storeu_ps(to, line);
            } else {
                _mm_storeu_ps(to, _mm256_castps256_ps128(line));
                _mm_storel_pd(to.add(4).cast(), _mm_castps_pd(_mm256_extractf128_ps::<1>(line)));
            }
        }
    }
}

/// An address that the compiler knows nothing of. Of many rows' addresses it would otherwise keep a running copy each, in memory.
#[inline(always)]
#[expect(clippy::pointers_in_nomem_asm_block, reason = "nothing is read there")]
pub(super) fn unknown(mut address: *const f32) -> *const f32 {
    // SAFETY: there is no instruction in it.
    unsafe {
        core::arch::asm!("/* {} */", inout(reg) address, options(pure, nomem, nostack, preserves_flags));
    }
    address
}

macro_rules! dots {
    ($(#[$doc:meta])* $name:ident: $features:literal) => { dots! { $(#[$doc])* $name: $features, 0 1 2 3 4 5 6 7 } };
    ($(#[$doc:meta])* $name:ident: $features:literal, $($i:literal)*) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// Each row and b have `len` values, which may be read.
        #[target_feature(enable = $features)]
        #[inline]
        pub(super) unsafe fn $name<const EIGHTS: usize>(
            rows: *const f32,
            [stride, step, lag]: [usize; 3],
            b: *const f32,
            len: usize,
        ) -> [[f32; 8]; EIGHTS] {
            const { assert!(EIGHTS <= [$($i),*].len()) };
            let mut sums = [_mm256_setzero_ps(); EIGHTS];
            for k in (0..len + (EIGHTS - 1) * lag).step_by(8) {
                // Written out, since the compiler keeps sums in registers only where it knows their indices.
                $(
                    if const { $i < EIGHTS } {
                        let (i, k) = ($i % EIGHTS, k.wrapping_sub($i * lag));
                        if k < len {
                            // SAFETY: the caller's: k + 8 is at most `len`, as both are multiples of 8.
                            unsafe {
                                let row = unknown(rows.add(i * step + k));
                                let rows = core::array::from_fn(|r| row.add(r * stride));
                                for (c, column) in columns(rows).into_iter().enumerate() {
                                    sums[i] = _mm256_fmadd_ps(column, _mm256_set1_ps(*b.add(k + c)), sums[i]);
                                }
                            }
                        }
                    }
                )*
            }
            let mut found = [[0.0; 8]; EIGHTS];
            for (found, sum) in found.iter_mut().zip(sums) {
                // SAFETY: there is room for 8 values.
                unsafe { _mm256_storeu_ps(found.as_mut_ptr(), sum) };
            }
            found
        }
    };
}

dots! {
    /// sums[i][r] = Σ_k rows[i step + r stride + k] b[k], k ascending below `len`, a multiple of 8. The eight rows of i + 1 are read
    /// `lag` values, a multiple of 8, behind those of i.
    dots: "avx2,fma"
}

dots! {
    /// [`dots`] of more rows, for which there are registers enough.
    dots_avx512: "avx512f,avx512vl,avx2,fma"
}
