//! C = x Wᵀ for one row, from the codes of W as they lie in memory.

use super::{Epilogue, MatMut, row_in_parts};
use crate::kernels::packed::{Codes, LANES, Lines, Packed, View, Visit, visit_light};
use crate::kernels::{Isa, Task, Threads, dispatch, has_vectors};
use crate::numerics::arith::{Arith, Fused};
use core::marker::PhantomData;

/// Outputs that a thread takes at a time.
const COLUMNS: usize = 4 * LANES;

/// Whether [`thin`] computes products with a weight: in the instruction sets that are worth a kernel for each format.
pub(super) fn serves(weight: &Packed) -> bool {
    has_vectors() && weight.is_light()
}

/// C = epilogue(x Wᵀ) for one row, whose values lie side by side, in the rounding mode `Fused`. Each lane of a vector has one output, whose
/// sum goes through the columns of W in order.
pub(super) fn thin<A: Arith>(
    threads: &Threads,
    x: &[A::T],
    weight: &Packed,
    c: MatMut<'_, A::T>,
    epilogue: Epilogue<'_, A::T>,
) {
    let (x, of_fused) = (bytemuck::cast_slice(x), epilogue.of_fused::<A>());
    row_in_parts::<A>(threads, [COLUMNS, x.len()], c, epilogue, |outputs, c| {
        let c = MatMut { start: c.start.cast(), strides: c.strides, rows: 1, columns: c.columns, data: PhantomData };
        dispatch(Thin { x, weight, first: outputs.start, c, epilogue: of_fused });
    });
}

/// The outputs from `first` on, a multiple of [`LANES`], that C holds, but for what [`Epilogue::follow`] does.
pub(super) struct Thin<'a> {
    pub(super) x: &'a [f32],
    pub(super) weight: &'a Packed,
    pub(super) first: usize,
    pub(super) c: MatMut<'a, f32>,
    pub(super) epilogue: Epilogue<'a, f32>,
}

impl Task for Thin<'_> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        if I::HAS_AVX2 {
            visit_light::<I, _>(self.weight, self);
        } else {
            unreachable!("`serves` asks for vectors");
        }
    }
}

impl Visit for Thin<'_> {
    type Output = ();

    #[inline(always)]
    fn visit<I: Isa, C: Codes>(mut self) {
        let (view, mut done) = (self.weight.view(), 0);
        while done < self.c.columns {
            done += match (self.c.columns - done).div_ceil(LANES) {
                4.. => self.groups::<I, C, 4>(view, done),
                2..4 => self.groups::<I, C, 2>(view, done),
                _ => self.groups::<I, C, 1>(view, done),
            };
        }
    }
}

impl Thin<'_> {
    /// `GROUPS` groups from output `done` on: one would leave the multiplier waiting for its own sums.
    #[inline(always)]
    fn groups<I: Isa, C: Codes, const GROUPS: usize>(&mut self, view: View<'_>, done: usize) -> usize {
        let sums = sums::<I, C, GROUPS>(self.weight, view, (self.first + done) / LANES, self.x);
        for (group, mut sums) in sums.into_iter().enumerate() {
            let done = done + group * LANES;
            self.epilogue.finish::<Fused, I, LANES>(self.first + done, &mut sums, &mut self.c, done);
        }
        (GROUPS * LANES).min(self.c.columns - done)
    }
}

/// sums[g][r] = Σ_k W[row r of group `first + g`, k] x[k], k ascending.
///
/// Groups are written out, one statement each, because the compiler keeps sums in registers only where it knows their indices.
#[inline(always)]
fn sums<I: Isa, C: Codes, const GROUPS: usize>(
    weight: &Packed,
    view: View<'_>,
    first: usize,
    x: &[f32],
) -> [[f32; LANES]; GROUPS] {
    assert_eq!(x.len(), weight.columns());
    const { assert!(GROUPS <= 4) };
    let mut lines = [Lines::<C>::within(view, weight, first); GROUPS];
    // Not in closures, which would be compiled for the baseline.
    macro_rules! others {
        ($all:ident, $g:ident => $value:expr) => { others!($all, $g => $value, 1 2 3) };
        ($all:ident, $g:ident => $value:expr, $($index:literal)*) => {$(
            if const { $index < GROUPS } {
                let $g = $index % GROUPS;
                $all[$g] = $value;
            }
        )*};
    }
    others!(lines, g => Lines::<C>::within(view, weight, first + g));
    let mut sums = [[0.0; LANES]; GROUPS];
    for (block, columns) in weight.by_scale(0..x.len()) {
        let mut scales = [lines[0].scales::<I>(block); GROUPS];
        others!(scales, g => lines[g].scales::<I>(block));
        for start in columns.clone().step_by(C::COLUMNS) {
            // A unit's columns one after the other.
            // SAFETY: the column is one of the weight's.
            let mut units = [unsafe { *lines[0].at(start) }; GROUPS];
            // SAFETY: likewise.
            others!(units, g => unsafe { *lines[g].at(start) });
            for (column, &x) in x[start..columns.end].iter().enumerate().take(C::COLUMNS) {
                macro_rules! groups {
                    ($($g:literal)*) => {$(
                        if const { $g < GROUPS } {
                            let weights = C::decode::<I>(&units[$g % GROUPS], column, &scales[$g % GROUPS]);
                            for (sum, weight) in sums[$g % GROUPS].iter_mut().zip(weights) {
                                *sum = Fused::mul_add(weight, x, *sum);
                            }
                        }
                    )*};
                }
                groups!(0 1 2 3);
            }
        }
    }
    sums
}
