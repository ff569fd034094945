//! What becomes of a product's sums before they are stored.

use super::MatMut;
#[cfg(target_arch = "x86_64")]
use super::tile;
use crate::kernels::Isa;
use crate::kernels::activation::{apply, apply_in_place};
use crate::numerics::arith::{Arith, Element};
use loom_ir::layers::Activation;

/// What is added to each output.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Offset<'a, T> {
    /// Nothing.
    Zero,
    /// One value for each row of C.
    PerRow(&'a [T]),
    /// One value for each column of C.
    PerColumn(&'a [T]),
}

/// What happens to each sum before it is stored: the offset is added, the result snapped; then the activation, unless it
/// is the identity, and the result snapped again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Epilogue<'a, T> {
    pub(crate) offset: Offset<'a, T>,
    pub(crate) activation: Activation,
}

impl<T> Epilogue<'_, T> {
    /// Snap alone.
    pub(crate) const NONE: Self = Epilogue { offset: Offset::Zero, activation: Activation::Identity };

    /// The same for Cᵀ.
    pub(super) fn transposed(self) -> Self {
        let offset = match self.offset {
            Offset::Zero => Offset::Zero,
            Offset::PerRow(offset) => Offset::PerColumn(offset),
            Offset::PerColumn(offset) => Offset::PerRow(offset),
        };
        Epilogue { offset, ..self }
    }
}

impl<'a, T: Element> Epilogue<'a, T> {
    /// The same epilogue, of a rounding mode that is known to be `Fused`.
    #[inline(always)]
    pub(super) fn of_fused<A: Arith<T = T>>(&self) -> Epilogue<'a, f32> {
        assert!(A::IS_FUSED);
        // SAFETY: `Fused` computes in `f32`, so that this is the type that it already has.
        unsafe { core::mem::transmute_copy(self) }
    }

    /// Whether vectors have its activation; others follow.
    #[inline(always)]
    pub(super) fn is_in_lanes(&self) -> bool {
        matches!(self.activation, Activation::Identity | Activation::Relu)
    }

    /// Writes the stored values of a row's sums, from `column` on, at column `at` of C, which has one row, whose values lie side by
    /// side; but for an activation that is left to [`follow`](Self::follow), once for the row.
    #[inline(always)]
    pub(super) fn finish<A: Arith<T = T>, I: Isa, const N: usize>(
        &self,
        column: usize,
        sums: &mut [T; N],
        c: &mut MatMut<'_, T>,
        at: usize,
    ) {
        let len = N.min(c.columns - at);
        #[cfg(target_arch = "x86_64")]
        if I::HAS_AVX2 && A::IS_FUSED {
            use core::arch::x86_64::{__m256, __m512};
            debug_assert_eq!(c.strides[1], 1);
            let (epilogue, to) = (self.of_fused::<A>(), c.corner(0, at, 1, len).cast());
            let sums = &bytemuck::cast_slice(sums)[..len];
            // SAFETY: the machine has the features, as the instruction set says, and `corner` holds as many values inside C.
            unsafe {
                if I::HAS_AVX512 {
                    tile::finish::<__m512>(&epilogue, column, sums, to);
                } else {
                    tile::finish::<__m256>(&epilogue, column, sums, to);
                }
            }
            return;
        }
        let activation = if self.is_in_lanes() { self.activation } else { Activation::Identity };
        Epilogue { activation, ..*self }.apply::<A, N>(0, column, len, sums);
        c.put::<I, 1, N>([0, at], [1, len], core::array::from_ref(sums));
    }

    /// Applies the activation that [`finish`](Self::finish) leaves out.
    pub(super) fn follow<A: Arith<T = T>>(&self, row: &mut [T]) {
        if !self.is_in_lanes() {
            apply::<A>(self.activation, row);
        }
    }

    /// Applies the activation that vectors leave out to rows of C.
    ///
    /// # Safety
    /// The columns of the rows, which lie side by side, may be read and written.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    pub(super) unsafe fn follow_rows<A: Arith<T = T>>(&self, c: *mut T, stride: usize, [rows, columns]: [usize; 2]) {
        if self.is_in_lanes() {
            return;
        }
        let (rows, len) = if stride == columns { (1, rows * columns) } else { (rows, columns) };
        for row in 0..rows {
            // SAFETY: the caller's.
            let line = unsafe { core::slice::from_raw_parts_mut(c.wrapping_add(row * stride), len) };
            apply_in_place::<A>(self.activation, line);
        }
    }

    /// The stored value of each of the first `len` sums in `line`, which is part of row `row` of C from column `column` on. The
    /// others may become anything.
    #[inline(always)]
    pub(super) fn apply<A: Arith<T = T>, const N: usize>(
        &self,
        row: usize,
        column: usize,
        len: usize,
        line: &mut [T; N],
    ) {
        match self.offset {
            Offset::Zero => line.iter_mut().for_each(|y| *y = A::snap(*y)),
            Offset::PerRow(offset) => {
                let offset = offset[row];
                line.iter_mut().for_each(|y| *y = A::snap(*y + offset));
            }
            Offset::PerColumn(offset) => match offset[column..].first_chunk::<N>() {
                Some(offset) => line.iter_mut().zip(offset).for_each(|(y, &o)| *y = A::snap(*y + o)),
                None => {
                    let offset = &offset[column..column + len];
                    line[..len].iter_mut().zip(offset).for_each(|(y, &o)| *y = A::snap(*y + o));
                }
            },
        }
        if self.activation != Activation::Identity {
            // Whole vectors, but by a length that is not a constant: a loop of few steps would be unrolled instead of vectorised.
            apply_in_place::<A>(self.activation, &mut line[..len.next_multiple_of(8).min(N)]);
        }
    }
}
