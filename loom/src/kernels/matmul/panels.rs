//! A matrix that is packed once, as the panels that products read their second operand in, and products of few rows with it.
//!
//! Two users read a B more than once: the gradients of a convolution's outputs, which a product for each block of channels reads;
//! and the weights of a `Dense` or a recurrence, in a network whose handle (`On`) is used again. The panels are a second copy of
//! the weights, so 16 MiB is the limit. Blocked products read the lines in place, whatever the block; one row takes two or four
//! panels at a time.

use super::matrix::Rows;
use super::{Epilogue, MatMut, Matrix, Operand, Span, blocks, row_in_parts, tile};
use crate::kernels::{Buffer, Isa, Task, Threads, by_isa, dispatch, has_vectors};
use crate::numerics::arith::{Arith, Element, Fused};

/// A multiple of every tile's columns.
pub(crate) const PANEL: usize = 32;
/// Outputs that a thread takes at a time of one row.
const COLUMNS: usize = 2 * PANEL;

/// Columns of a matrix, as many in each panel as a tile of the machine has: panel after panel, and row after row of each. The last
/// panel is as wide as the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Panels<V> {
    pub(super) values: V,
    depth: usize,
    columns: usize,
    pub(super) width: usize,
}

impl<'a, T: Element> Panels<&'a [T]> {
    /// Packs B, which has so many columns, into `room` for a multiple of [`PANEL`] of them, for products in a rounding mode.
    pub(crate) fn new<A: Arith<T = T>>(b: Matrix<'_, T>, columns: usize, room: &'a mut [T]) -> Self {
        let depth = room.len() / columns.next_multiple_of(PANEL);
        let width = dispatch(Pack::<A> { b, columns, depth, panels: room });
        Panels { values: room, depth, columns, width }
    }
}

#[cfg(test)]
impl<'a, T: Element> Panels<&'a [T]> {
    /// [`new`](Self::new) for one instruction set.
    pub(super) fn new_on<A: Arith<T = T>>(
        isa: usize,
        b: Matrix<'_, T>,
        columns: usize,
        room: &'a mut [T],
    ) -> Option<Self> {
        let depth = room.len() / columns.next_multiple_of(PANEL);
        let width = crate::kernels::run_on(isa, Pack::<A> { b, columns, depth, panels: room })?;
        Some(Panels { values: room, depth, columns, width })
    }
}

impl<'a, T> Panels<&'a [T]> {
    /// What follows a column of the first row, and how far apart rows are.
    pub(super) fn lines(&self, column: usize) -> (&'a [T], usize) {
        (&self.values[column / self.width * self.depth * self.width + column % self.width..], self.width)
    }
}

impl Panels<Buffer<f32>> {
    /// Values of a weight's panels.
    pub(crate) fn len(outputs: usize, inputs: usize) -> usize {
        outputs.next_multiple_of(PANEL) * inputs
    }

    /// The panels of the transpose of a weight, whose rows lie one after the other, for products in the rounding mode `Fused`.
    pub(crate) fn of_weight(weight: &[f32], inputs: usize) -> Self {
        let outputs = weight.len() / inputs;
        let mut values = Buffer::zeroed(Panels::len(outputs, inputs));
        let Panels { depth, columns, width, .. } =
            Panels::new::<Fused>(Matrix::rows(weight, inputs).transposed(), outputs, &mut values);
        Panels { values, depth, columns, width }
    }

    /// The same panels, of the type that they have in the rounding mode `Fused`.
    pub(crate) fn view<T: Element>(&self) -> Panels<&[T]> {
        assert_eq!(size_of::<T>(), size_of::<f32>());
        let Panels { depth, columns, width, .. } = *self;
        Panels { values: bytemuck::cast_slice(&self.values), depth, columns, width }
    }
}

impl<T: Element> Operand<T> for Panels<&[T]> {
    fn at(&self, row: usize, column: usize) -> T {
        self.values[(column / self.width * self.depth + row) * self.width + column % self.width]
    }

    fn pack<I: Isa, const WIDTH: usize>(&self, _: Span, _: Span, _: &mut [T]) {
        unreachable!("panels are read where they lie");
    }

    fn panels(&self) -> Option<Self> {
        Some(*self)
    }
}

struct Pack<'a, A: Arith> {
    b: Matrix<'a, A::T>,
    columns: usize,
    depth: usize,
    panels: &'a mut [A::T],
}

impl<A: Arith> Task<A, usize> for Pack<'_, A> {
    /// Gives the columns of a panel.
    #[inline(always)]
    fn run<I: Isa>(self) -> usize {
        by_isa!(I, self.pack::<I, 32>(), self.pack::<I, 16>(), self.pack::<I, 8>())
    }
}

impl<A: Arith> Pack<'_, A> {
    #[inline(always)]
    fn pack<I: Isa, const NR: usize>(self) -> usize {
        let len = self.columns.next_multiple_of(NR) * self.depth;
        pack_panels::<I, A::T, NR>(self.b, self.columns, &mut self.panels[..len]);
        NR
    }
}

/// Packs B, [depth, columns], for [`multiply_panels`]: into `panels`, [columns / NR, depth, NR].
#[inline(always)]
pub(crate) fn pack_panels<I: Isa, T: Element, const NR: usize>(b: impl Operand<T>, columns: usize, panels: &mut [T]) {
    let tiles = columns.div_ceil(NR);
    let depth = panels.len() / (tiles * NR);
    for (tile, panel) in blocks(columns, NR).zip(panels.chunks_exact_mut(depth * NR)) {
        b.pack::<I, NR>(Span::all(depth), tile, panel);
    }
}

/// C = A B for the first `rows` rows of A, at most `MR`, without an epilogue: `panels` are those of [`pack_panels`], and C is
/// [MR, columns] with the columns a multiple of `NR`. For products of one B with A after A.
#[inline(always)]
pub(crate) fn multiply_panels<A: Arith, const MR: usize, const NR: usize, const STEP: usize>(
    a: Matrix<'_, A::T>,
    rows: usize,
    panels: &[A::T],
    c: &mut [A::T],
) {
    let stride = c.len() / MR;
    let depth = panels.len() / stride;
    let a = a.window(Span::all(rows), Span::all(depth));
    if rows == 1 {
        return multiply_row::<A, NR, STEP>(a.tile(0), panels, c);
    }
    for (column, panel) in panels.chunks_exact(depth * NR).enumerate() {
        let mut sums = [[A::T::ZERO; NR]; MR];
        tile::<A, MR, NR, NR, STEP>(a.tile(0), panel, false, &mut sums);
        for (line, sums) in c.chunks_exact_mut(stride).zip(&sums).take(rows) {
            line[column * NR..][..NR].copy_from_slice(sums);
        }
    }
}

/// [`multiply_panels`] of one row.
#[inline(always)]
fn multiply_row<A: Arith, const NR: usize, const STEP: usize>(a: Rows<'_, A::T, 1>, panels: &[A::T], c: &mut [A::T]) {
    let panel = a.len() * NR;
    for (panels, c) in panels.chunks(4 * panel).zip(c.chunks_mut(4 * NR)) {
        if panels.len() == 4 * panel {
            c.copy_from_slice(row::<A, NR, NR, STEP, 4>(a, panels).as_flattened());
        } else {
            for (panel, c) in panels.chunks_exact(panel).zip(c.chunks_exact_mut(NR)) {
                c.copy_from_slice(row::<A, NR, NR, STEP, 1>(a, panel).as_flattened());
            }
        }
    }
}

/// One row of A times the first `WIDTH` columns of `PANELS` panels: one would leave the multiplier waiting for its own sums.
/// Written out as [`tile`](super::tile()) is.
#[inline(always)]
fn row<A: Arith, const NR: usize, const WIDTH: usize, const STEP: usize, const PANELS: usize>(
    a: Rows<'_, A::T, 1>,
    panels: &[A::T],
) -> [[A::T; WIDTH]; PANELS] {
    let lines = panels.as_chunks::<NR>().0;
    let panels = core::array::from_fn::<_, PANELS, _>(|p| &lines[p * a.len()..][..a.len()]);
    let mut registers = [[A::T::ZERO; WIDTH]; PANELS];
    #[expect(clippy::needless_range_loop, reason = "k counts in each panel")]
    for k in 0..a.len() {
        // SAFETY: k is below the length of the row.
        let a = unsafe { a.at(0, k) };
        macro_rules! panels {
            ($step:literal: $($p:literal)*) => {$(
                if const { $step * STEP < WIDTH && $p < PANELS } {
                    let (b, first) = (&panels[$p % PANELS][k], $step * STEP % WIDTH);
                    for (sum, &b) in registers[$p % PANELS][first..first + STEP].iter_mut().zip(&b[first..first + STEP]) {
                        *sum = A::mul_add(a, b, *sum);
                    }
                }
            )*};
        }
        panels!(0: 0 1 2 3);
        panels!(1: 0 1 2 3);
    }
    registers
}

/// Whether [`thin`] computes products: in the instruction sets that are worth it.
pub(super) fn serves(threads: &Threads) -> bool {
    has_vectors() && !threads.is_naive
}

/// C = epilogue(a B) for one row, whose values lie side by side, in the rounding mode `Fused`.
pub(super) fn thin<A: Arith>(
    threads: &Threads,
    a: &[A::T],
    b: Panels<&[A::T]>,
    c: MatMut<'_, A::T>,
    epilogue: Epilogue<'_, A::T>,
) {
    assert!(c.columns == b.columns && a.len() == b.depth);
    row_in_parts::<A>(threads, [COLUMNS, a.len()], c, epilogue, |outputs, c| {
        dispatch(Thin::<A> { a, b, first: outputs.start, c, epilogue });
    });
}

/// The outputs from `first` on, a multiple of [`PANEL`], that C holds, but for what [`Epilogue::follow`] does.
pub(super) struct Thin<'a, A: Arith> {
    pub(super) a: &'a [A::T],
    pub(super) b: Panels<&'a [A::T]>,
    pub(super) first: usize,
    pub(super) c: MatMut<'a, A::T>,
    pub(super) epilogue: Epilogue<'a, A::T>,
}

impl<A: Arith> Task<A> for Thin<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(mut self) {
        let mut done = 0;
        while done < self.c.columns {
            done += by_isa!(
                I,
                self.next::<I, 32, 16>(done),
                self.next::<I, 16, 16>(done),
                unreachable!("`serves` asks for vectors")
            );
        }
    }
}

impl<A: Arith> Thin<'_, A> {
    /// 64 columns, or as many as are left, of whole panels or of half of one; how many they are.
    #[inline(always)]
    fn next<I: Isa, const NR: usize, const STEP: usize>(&mut self, done: usize) -> usize {
        assert_eq!(self.b.width, NR);
        match self.c.columns - done {
            left if 4 * NR <= COLUMNS && left > 3 * NR => self.write::<I, NR, NR, STEP, 4>(done),
            left if left > NR => self.write::<I, NR, NR, STEP, 2>(done),
            left if left > STEP => self.write::<I, NR, NR, STEP, 1>(done),
            _ => self.write::<I, NR, STEP, STEP, 1>(done),
        }
    }

    #[inline(always)]
    fn write<I: Isa, const NR: usize, const WIDTH: usize, const STEP: usize, const PANELS: usize>(
        &mut self,
        done: usize,
    ) -> usize {
        let a = Matrix::rows(self.a, self.a.len()).window(Span::all(1), Span::all(self.a.len()));
        let sums = row::<A, NR, WIDTH, STEP, PANELS>(a.tile(0), &self.b.values[(self.first + done) * self.a.len()..]);
        for (panel, mut sums) in sums.into_iter().enumerate() {
            let done = done + panel * NR;
            self.epilogue.finish::<A, I, WIDTH>(self.first + done, &mut sums, &mut self.c, done);
        }
        (PANELS * NR).min(self.c.columns - done)
    }
}
