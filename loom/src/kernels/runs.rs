//! Runs of values that lie side by side, put together to vectors of sixteen places, some of which a run has a part of.

use super::lanes::Lanes;
use core::arch::x86_64::*;

/// Places of a vector.
pub(crate) const WIDE: usize = 16;

/// A run's part of a vector: where the vector would begin if all of it were the run's, and its lanes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Part {
    from: usize,
    lanes: __mmask16,
}

impl Part {
    /// What a run, whose `len` values from `from` on have the places from `first` on, has of the vector of the places from `start` on.
    pub(crate) fn of([from, first, len]: [usize; 3], start: usize) -> Option<Part> {
        let own = first.max(start)..(first + len).min(start + WIDE);
        if own.is_empty() {
            return None;
        }
        let lanes = ((1_u32 << own.len()) - 1) << (own.start - start);
        Some(Part { from: from.wrapping_sub(first).wrapping_add(start), lanes: lanes as __mmask16 })
    }
}

/// Lines of `WIDTH` values, a multiple of 16, for each tap: `lines[k][first + i] = values[tap_k + from + i]` for each run
/// `[from, first, len]` and i below its `len`. The runs follow one another from 0 on. What is behind the last is 0.
///
/// # Safety
/// Each run's values may be read at each tap, and as many lines written as there are taps.
#[target_feature(enable = "avx512f")]
#[inline]
pub(crate) unsafe fn lines_of_runs<const WIDTH: usize>(
    values: *const f32,
    taps: &[u32],
    runs: &[[usize; 3]],
    lines: *mut f32,
) {
    for start in (0..WIDTH).step_by(WIDE) {
        // Each has a lane at least.
        let (mut parts, mut count) = ([Part::default(); WIDE], 0);
        for part in runs.iter().filter_map(|&run| Part::of(run, start)) {
            parts[count] = part;
            count += 1;
        }
        for (k, &tap) in taps.iter().enumerate() {
            let mut line = _mm512_setzero_ps();
            for part in &parts[..count] {
                let from = values.wrapping_add(part.from.wrapping_add(tap as usize));
                // SAFETY: the caller's; the lanes are the run's.
                line = unsafe { _mm512_mask_loadu_ps(line, part.lanes, from) };
            }
            // SAFETY: the caller's.
            unsafe { _mm512_storeu_ps(lines.add(k * WIDTH + start), line) };
        }
    }
}

/// The first `len` places of a vector, all sixteen if `len` is more: the sum of the parts' values from `from` on, one part after the
/// other, snapped.
///
/// # Safety
/// Each part's values may be read, and the places written.
#[target_feature(enable = "avx512f")]
#[inline]
pub(crate) unsafe fn sum_of_parts(parts: &[Part], from: *const f32, to: *mut f32, len: usize) {
    let mut sum = _mm512_setzero_ps();
    for part in parts {
        // SAFETY: the caller's; the lanes are the run's.
        let values = unsafe { _mm512_maskz_loadu_ps(part.lanes, from.wrapping_add(part.from)) };
        sum = _mm512_mask_add_ps(sum, part.lanes, sum, values);
    }
    // SAFETY: the machine has AVX-512; else the caller's.
    unsafe { sum.snap().store(to, len) };
}
