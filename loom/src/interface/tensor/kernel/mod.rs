//! What tensors are computed with: the layers' kernels over flat slices, in [`Fused`] arithmetic.
//!
//! Nothing here is generic over a shape, so that all of it is compiled in this crate and not in the user's.

mod functions;
#[cfg(test)]
mod tests;

pub(super) use functions::{Binary, Unary, apply, combine};

use crate::kernels::parameters::Parameters;
use crate::kernels::{self, Buffer, Epilogue, MatMut, Matrix, Threads, column_sums, run_kernel};
use crate::layers::Softmax;
use crate::layers::operator::{Forward, Mode, Offsets, Operands, Operator};
use crate::numerics::arith::{Arith, Fused};
use crate::numerics::environment::in_default_environment;
use crate::numerics::random::{Purpose, Seed, Stream};
use crate::run::sample::Scalar;
use core::ops::Range;

/// Values that a sum over a whole tensor adds up at a time.
const CHUNK: usize = 4096;
/// Rows and columns that a transpose copies at a time.
const TILE: usize = 32;

/// `len` zeros.
pub(super) fn zeros(len: usize) -> Buffer<f32> {
    Buffer::zeroed(len)
}

/// All `value`, flushed.
pub(super) fn fill(values: &mut [f32], value: f32) {
    values.fill(Fused::flush(value));
}

/// The values of `from`, flushed.
pub(super) fn load(from: &[f32], to: &mut [f32]) {
    f32::load(from, 1.0, to);
}

/// Flushes each value.
pub(super) fn flush(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x = Fused::flush(*x));
}

/// Draws each value, in order, and flushes it.
pub(super) fn draw(values: &mut [f32], seed: Seed, value: impl Fn(&mut Stream) -> f32) {
    in_default_environment(|| {
        let mut stream = Stream::new(seed, Purpose::Tensor, 0);
        values.iter_mut().for_each(|x| *x = Fused::flush(value(&mut stream)));
    });
}

/// C = A B for each of a batch of A [rows, depth] and B [depth, columns].
pub(super) fn matmul(threads: &Threads, a: &[f32], b: &[f32], [_, rows, depth, columns]: [usize; 4], c: &mut [f32]) {
    each_block(threads, c, rows * columns, rows * depth * columns, |i, c| {
        let a = Matrix::rows(&a[i * rows * depth..][..rows * depth], depth);
        let b = Matrix::rows(&b[i * depth * columns..][..depth * columns], columns);
        kernels::matmul::<Fused>(threads, a, b, depth, MatMut::rows(c, columns), Epilogue::NONE);
    });
}

/// Calls `f` with the index of each block of `block` values of `to`, and the block. Where there are blocks for all
/// threads, the threads share the blocks; else `f` may use the threads inside each.
fn each_block(threads: &Threads, to: &mut [f32], block: usize, cost: usize, f: impl Fn(usize, &mut [f32]) + Sync) {
    let each = |first: usize, to: &mut [f32]| {
        to.chunks_exact_mut(block).enumerate().for_each(|(i, to)| f(first + i, to));
    };
    in_default_environment(|| match to.len() / block < threads.count() {
        true => each(0, to),
        false => threads.split_mut(to, block, cost, each),
    });
}

/// Every matrix [rows, columns] of `from`, transposed.
pub(super) fn transpose(threads: &Threads, from: &[f32], rows: usize, columns: usize, to: &mut [f32]) {
    let len = rows * columns;
    each_block(threads, to, len, len, |i, to| {
        let from = &from[i * len..][..len];
        for (top, left) in (0..rows).step_by(TILE).flat_map(|top| (0..columns).step_by(TILE).map(move |l| (top, l))) {
            for column in left..columns.min(left + TILE) {
                for row in top..rows.min(top + TILE) {
                    to[column * rows + row] = from[row * columns + column];
                }
            }
        }
    });
}

/// Σ x_i.
pub(super) fn sum(threads: &Threads, values: &[f32]) -> f32 {
    in_default_environment(|| {
        chunked(threads, values.len(), |chunk| {
            let values = &values[chunk];
            run_kernel!(Fused, move || kernels::sum::<Fused>(values))
        })
    })
}

/// Σ x_i y_i.
pub(super) fn dot(threads: &Threads, x: &[f32], y: &[f32]) -> f32 {
    in_default_environment(|| {
        chunked(threads, x.len(), |chunk| {
            let (x, y) = (&x[chunk.clone()], &y[chunk]);
            run_kernel!(Fused, move || kernels::dot::<Fused>(x, y))
        })
    })
}

/// Σ f(chunk) over chunks of 4096.
fn chunked(threads: &Threads, len: usize, f: impl Fn(Range<usize>) -> f32 + Sync) -> f32 {
    if len <= CHUNK {
        return Fused::flush(f(0..len));
    }
    let mut sums = vec![0.0; len.div_ceil(CHUNK)];
    threads.split_mut(&mut sums, 1, CHUNK, |first, sums| {
        for (sum, start) in sums.iter_mut().zip((first * CHUNK..).step_by(CHUNK)) {
            *sum = Fused::flush(f(start..len.min(start + CHUNK)));
        }
    });
    Fused::flush(kernels::sum::<Fused>(&sums))
}

/// The mean of all values.
pub(super) fn mean(threads: &Threads, values: &[f32]) -> f32 {
    in_default_environment(|| Fused::flush(sum(threads, values) * reciprocal(values.len())))
}

/// 1 / len, rounded to nearest.
fn reciprocal(len: usize) -> f32 {
    (1.0 / len as f64) as f32
}

/// Σ over the middle axis of `[outer, len, inner]`.
pub(super) fn sum_axis(threads: &Threads, values: &[f32], [_, len, inner]: [usize; 3], to: &mut [f32]) {
    let block = len * inner;
    each_block(threads, to, inner, block, |i, to| {
        let from = &values[i * block..][..block];
        match to {
            [to] => *to = sum(threads, from),
            _ => column_sums::<Fused>(threads, from, to),
        }
    });
}

/// The mean over the middle axis of `[outer, len, inner]`.
pub(super) fn mean_axis(threads: &Threads, values: &[f32], sizes: [usize; 3], to: &mut [f32]) {
    in_default_environment(|| {
        sum_axis(threads, values, sizes, to);
        apply(threads, Unary::Affine { scale: reciprocal(sizes[1]), offset: 0.0 }, to);
    });
}

/// Repeats `[outer, inner]` along the middle axis of `[outer, len, inner]`.
pub(super) fn expand_axis(from: &[f32], [_, len, inner]: [usize; 3], to: &mut [f32]) {
    for (from, to) in from.chunks_exact(inner).zip(to.chunks_exact_mut(len * inner)) {
        to.chunks_exact_mut(inner).for_each(|to| to.copy_from_slice(from));
    }
}

/// The index of the value that orders after all others, the first of equal ones. See [`Arith::orders_after`].
pub(super) fn argmax(values: &[f32]) -> usize {
    (1..values.len()).fold(0, |best, i| if Fused::orders_after(values[i], values[best]) { i } else { best })
}

/// Softmax of each row.
pub(super) fn softmax(threads: &Threads, input: &[f32], row: usize, output: &mut [f32]) {
    let layer = Softmax { rows: input.len() / row, len: row };
    in_default_environment(|| {
        layer.forward::<Fused>(&mut Forward {
            mode: Mode::Inference,
            weights: Parameters::flat(&[]),
            offsets: Offsets::NONE,
            input,
            operands: Operands::NONE,
            program: None,
            output,
            work: &mut [],
            threads,
        });
    });
}
