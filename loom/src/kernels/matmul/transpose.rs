//! Transposes of matrices in memory.

use crate::kernels::Isa;
use crate::numerics::arith::Element;

/// `lines[r][c]` = element r of source c.
///
/// # Safety
/// Each source is the address of as many elements as there are lines, which may be read.
#[inline(always)]
pub(crate) unsafe fn transpose<I: Isa, T: Element, const WIDTH: usize>(
    sources: &[*const T; WIDTH],
    lines: &mut [[T; WIDTH]],
) {
    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "vectors begin with others"))]
    let mut first = 0;
    #[cfg(target_arch = "x86_64")]
    if I::HAS_AVX2 && const { size_of::<T>() == 4 && matches!(WIDTH % 8, 0 | 6) } {
        first = lines.len() / 8 * 8;
        // Two blocks of eight elements of a source at a time: they are in one line of a cache, for which sources that lie far apart
        // may compete.
        for r in (0..first).step_by(16) {
            for c in (0..WIDTH).step_by(8) {
                for r in (r..first.min(r + 16)).step_by(8) {
                    let from = core::array::from_fn(|i| sources[(c + i).min(WIDTH - 1)].wrapping_add(r).cast());
                    let to = lines[r..r + 8].as_flattened_mut()[c..].as_mut_ptr().cast();
                    // SAFETY: the machine has AVX, as the instruction set says; each source has 8 elements of 4 bytes there, by the
                    // caller, and each of the 8 lines has 8 or 6 from c on.
                    unsafe {
                        if c + 8 <= WIDTH {
                            super::x86::transpose_8x8::<8>(from, to, WIDTH);
                        } else {
                            super::x86::transpose_8x8::<6>(from, to, WIDTH);
                        }
                    }
                }
            }
        }
    }
    for (r, line) in lines.iter_mut().enumerate().skip(first) {
        for (value, source) in line.iter_mut().zip(sources) {
            // SAFETY: the caller's.
            *value = unsafe { *source.add(r) };
        }
    }
}
