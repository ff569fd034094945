//! Columns in memory turned into rows.

use crate::arith::Element;
use crate::kernel::Isa;

/// lines[r][c] = sources[c][r]; every source is as long as there are lines.
#[inline(always)]
pub(crate) fn transpose<I: Isa, T: Element, const WIDTH: usize>(sources: &[&[T]; WIDTH], lines: &mut [[T; WIDTH]]) {
    let len = lines.len();
    assert!(sources.iter().all(|source| source.len() == len));
    let mut first = 0;
    #[cfg(target_arch = "x86_64")]
    if I::HAS_AVX2 && const { size_of::<T>() == 4 && matches!(WIDTH % 8, 0 | 6) } {
        for r in (0..len / 8 * 8).step_by(8) {
            for c in (0..WIDTH).step_by(8) {
                let from = core::array::from_fn(|i| sources[(c + i).min(WIDTH - 1)][r..r + 8].as_ptr().cast());
                let to = lines[r..r + 8].as_flattened_mut()[c..].as_mut_ptr().cast();
                // SAFETY: the machine has AVX, as the instruction set says; each source has 8 elements of 4 bytes there, and each
                // of the 8 lines has 8 or 6 from c on.
                unsafe {
                    if c + 8 <= WIDTH {
                        super::x86::transpose_8x8::<8>(from, to, WIDTH);
                    } else {
                        super::x86::transpose_8x8::<6>(from, to, WIDTH);
                    }
                }
            }
        }
        first = len / 8 * 8;
    }
    for (r, line) in lines.iter_mut().enumerate().skip(first) {
        for (value, source) in line.iter_mut().zip(sources) {
            *value = source[r];
        }
    }
}
