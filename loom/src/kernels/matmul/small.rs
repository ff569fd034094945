//! Products that are too small for blocks.

use super::{MatMut, Matrix, Operand, Product, Span};
use crate::kernels::{Isa, Task};
use crate::numerics::arith::{Arith, Element};

/// Multiply-adds that pay for blocks.
const SMALL: usize = 1024;
/// Columns at most.
pub(super) const NARROW: usize = 8;

/// Whether a product is for [`Small`], if its C lies in rows.
pub(super) fn is_small(rows: usize, columns: usize, depth: usize) -> bool {
    columns <= NARROW && rows * columns * depth < SMALL
}

/// The product of few columns, four rows at a time in vectors, or row by row.
pub(super) struct Small<'a, 'c, A: Arith, B> {
    pub(super) product: &'a Product<'a, A::T, B>,
    /// The product's A.
    pub(super) a: Matrix<'a, A::T>,
    pub(super) c: &'a mut MatMut<'c, A::T>,
    /// Room for B.
    pub(super) pack: &'a mut [A::T],
}

impl<A: Arith, B: Operand<A::T>> Task<A> for Small<'_, '_, A, B> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let Small { product: p, a, c, pack } = self;
        let a = a.window(p.rows, Span::all(p.depth));
        let (lines, stride) = match p.b.panels() {
            Some(panels) => panels.lines(p.columns.start),
            None => {
                p.b.pack::<I, NARROW>(Span::all(p.depth), p.columns, pack);
                (&*pack, NARROW)
            }
        };
        assert!((p.depth - 1) * stride + NARROW <= lines.len());
        let corner = [p.rows.start, p.columns.start];
        #[cfg(target_arch = "x86_64")]
        if I::HAS_AVX2 && A::IS_FUSED {
            use super::panel::Spaced;
            use super::tile::{Ends, Target, narrow};
            assert_eq!(c.strides[1], 1);
            let epilogue = p.epilogue.of_fused::<A>();
            let (start, row_stride) = (c.corner(0, 0, c.rows, c.columns), c.strides[0]);
            let first = start.cast();
            let place = Target { start: first, next: first, row_stride, rows: c.rows, columns: c.columns };
            let ends = Ends { goes_on: false, epilogue: Some(&epilogue), corner };
            // SAFETY: `Fused` computes in `f32`, so that this is the type that it already has. The machine has the features, as the
            // instruction set says; the lines are there, as just seen, and `corner` holds the place inside C.
            unsafe {
                let a = core::mem::transmute_copy(&a);
                narrow(a, Spaced { start: lines.as_ptr().cast(), stride }, place, ends);
                p.epilogue.follow_rows::<A>(start, row_stride, [c.rows, c.columns]);
            }
            return;
        }
        for row in 0..p.rows.len {
            let a = a.tile::<1>(row);
            let mut sums = [A::T::ZERO; NARROW];
            for (k, line) in lines.chunks(stride).enumerate().take(p.depth) {
                // SAFETY: k is below the depth.
                let a = unsafe { a.at(0, k) };
                for (sum, &b) in sums.iter_mut().zip(line) {
                    *sum = A::mul_add(a, b, *sum);
                }
            }
            p.epilogue.apply::<A, NARROW>(corner[0] + row, corner[1], p.columns.len, &mut sums);
            c.put::<I, 1, NARROW>([row, 0], [1, p.columns.len], &[sums]);
        }
    }
}
