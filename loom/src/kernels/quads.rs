//! Windows of 2 x 2 values that lie side by side, eight at a time, for max-pooling.

use super::lanes::Lanes;
use core::arch::x86_64::*;

/// Windows of a vector.
const EIGHT: usize = 8;

/// The values of eight windows: those at (0, 0) of each, at (0, 1), (1, 0) and (1, 1). Their windows come in the order
/// 0 1 4 5 2 3 6 7, which [`reorder`] makes, and takes back.
type Quads = [__m256; 4];

#[target_feature(enable = "avx2")]
fn reorder(x: __m256) -> __m256 {
    _mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(_mm256_castps_pd(x)))
}

#[target_feature(enable = "avx2")]
fn load(values: &[f32; EIGHT]) -> __m256 {
    // SAFETY: there are eight values.
    unsafe { _mm256_loadu_ps(values.as_ptr()) }
}

/// The values of eight windows, from a row of each.
#[target_feature(enable = "avx2")]
fn quads([top, bottom]: [&[[f32; 2]; EIGHT]; 2]) -> Quads {
    let pair = |row: &[[f32; 2]; EIGHT]| {
        let (halves, _) = row.as_flattened().as_chunks();
        let (low, high) = (load(&halves[0]), load(&halves[1]));
        [_mm256_shuffle_ps::<0b10_00_10_00>(low, high), _mm256_shuffle_ps::<0b11_01_11_01>(low, high)]
    };
    let ([a, b], [c, d]) = (pair(top), pair(bottom));
    [a, b, c, d]
}

/// [`order_key`](crate::numerics::arith::order_key) of eight values.
#[target_feature(enable = "avx2")]
fn order_keys(x: __m256) -> __m256i {
    let bits = _mm256_castps_si256(x);
    let magnitude = _mm256_and_si256(bits, _mm256_set1_epi32(0x7fff_ffff));
    let is_nan = _mm256_cmpgt_epi32(magnitude, _mm256_set1_epi32(0x7f80_0000));
    let key = _mm256_xor_si256(bits, _mm256_srli_epi32::<1>(_mm256_srai_epi32::<31>(bits)));
    _mm256_blendv_epi8(key, _mm256_set1_epi32(0x7fc0_0000), is_nan)
}

/// For each value of eight windows but the first, whether it orders after all that come before it.
#[target_feature(enable = "avx2")]
fn better(quads: Quads) -> [__m256i; 3] {
    let keys = quads.map(|x| order_keys(x));
    let mut best = keys[0];
    core::array::from_fn(|i| {
        let is_better = _mm256_cmpgt_epi32(keys[i + 1], best);
        best = _mm256_max_epi32(best, keys[i + 1]);
        is_better
    })
}

/// The greatest value of each of eight windows, the first of those that order alike.
#[target_feature(enable = "avx2")]
fn greatest(rows: [&[[f32; 2]; EIGHT]; 2], to: &mut [f32; EIGHT]) {
    let quads = quads(rows);
    let mut best = quads[0];
    for (x, is_better) in quads[1..].iter().zip(better(quads)) {
        best = _mm256_blendv_ps(best, *x, _mm256_castsi256_ps(is_better));
    }
    // SAFETY: there is room for eight values.
    unsafe { _mm256_storeu_ps(to.as_mut_ptr(), reorder(best)) };
}

/// Each window's gradient at the value that [`greatest`] takes, and 0 at the others.
#[target_feature(enable = "avx2")]
fn hand_back(rows: [&[[f32; 2]; EIGHT]; 2], d: &[f32; EIGHT], to: [&mut [[f32; 2]; EIGHT]; 2]) {
    let is_better = better(quads(rows)).map(|mask| _mm256_castsi256_ps(mask));
    let mut left = reorder(load(d));
    // SAFETY: the machine has AVX2, as the caller's.
    left = unsafe { left.snap() };
    let mut d_quads = [_mm256_setzero_ps(); 4];
    for (i, is_better) in is_better.into_iter().enumerate().rev() {
        d_quads[i + 1] = _mm256_and_ps(is_better, left);
        left = _mm256_andnot_ps(is_better, left);
    }
    d_quads[0] = left;
    for (row, [even, odd]) in to.into_iter().zip([[d_quads[0], d_quads[1]], [d_quads[2], d_quads[3]]]) {
        let to = row.as_flattened_mut().as_mut_ptr();
        // SAFETY: there is room for sixteen values.
        unsafe {
            _mm256_storeu_ps(to, _mm256_unpacklo_ps(even, odd));
            _mm256_storeu_ps(to.add(EIGHT), _mm256_unpackhi_ps(even, odd));
        }
    }
}

/// Where to take eight of `len` at a time: the last eight reach back over some of those before them.
fn eights(len: usize) -> impl Iterator<Item = usize> {
    (0..len).step_by(EIGHT).map(move |start| start.min(len - EIGHT))
}

/// to[i] = the greatest value of window i, of which the rows hold two values each. Of NaNs, it is the first.
#[target_feature(enable = "avx2")]
pub(crate) fn greatest_of_quads(rows: [&[[f32; 2]]; 2], to: &mut [f32]) {
    if to.len() < EIGHT {
        let (rows, mut padded) = (rows.map(padded), [0.0; EIGHT]);
        greatest(rows.each_ref(), &mut padded);
        return to.copy_from_slice(&padded[..to.len()]);
    }
    for start in eights(to.len()) {
        greatest(rows.map(|row| part(row, start)), part_mut(to, start));
    }
}

/// d_rows = at the value that [`greatest_of_quads`] takes of window i, `d[i]`, snapped, and 0 at its others.
#[target_feature(enable = "avx2")]
pub(crate) fn hand_back_to_quads(rows: [&[[f32; 2]]; 2], d: &[f32], d_rows: [&mut [[f32; 2]]; 2]) {
    if d.len() < EIGHT {
        let (rows, mut d_padded) = (rows.map(padded), [[[0.0; 2]; EIGHT]; 2]);
        hand_back(rows.each_ref(), &padded(d), d_padded.each_mut());
        return d_rows.into_iter().zip(&d_padded).for_each(|(to, from)| to.copy_from_slice(&from[..to.len()]));
    }
    let [top, bottom] = d_rows;
    for start in eights(d.len()) {
        hand_back(rows.map(|row| part(row, start)), part(d, start), [part_mut(top, start), part_mut(bottom, start)]);
    }
}

/// Less than eight elements, and more of anything.
fn padded<T: Copy + Default>(few: &[T]) -> [T; EIGHT] {
    core::array::from_fn(|i| few.get(i).copied().unwrap_or_default())
}

/// Eight elements.
fn part<T>(all: &[T], start: usize) -> &[T; EIGHT] {
    all[start..].first_chunk().expect("the last eight begin eight before the end")
}

/// Eight elements.
fn part_mut<T>(all: &mut [T], start: usize) -> &mut [T; EIGHT] {
    all[start..].first_chunk_mut().expect("the last eight begin eight before the end")
}
