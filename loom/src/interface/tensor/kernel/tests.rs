//! Kernels of tensors: the same bits on any number of threads, and transposes of odd sizes.

use super::*;
use crate::layers::Activation;
use crate::numerics::random::{Purpose, Seed, Stream};

fn values(index: u64, len: usize) -> Vec<f32> {
    let mut stream = Stream::new(Seed(1), Purpose::Tensor, index);
    (0..len).map(|_| stream.uniform(-1.0, 1.0) * [1.0, 1e-4, 3e5][stream.below(3)]).collect()
}

/// Every kernel that threads share gives the same bits on one thread, on two and on five.
#[test]
fn threads_change_no_bit() {
    let (x, y) = (values(0, 12 * 65 * 257), values(1, 12 * 65 * 257));
    let in_place = |f: &dyn Fn(&mut [f32])| {
        let mut to = x.clone();
        f(&mut to);
        to
    };
    let filled = |len: usize, f: &dyn Fn(&mut [f32])| {
        let mut to = vec![0.0; len];
        f(&mut to);
        to
    };
    let results = |threads: &Threads| {
        [
            ("apply", in_place(&|x| apply(threads, Unary::Activation(Activation::Gelu), x))),
            ("powi", in_place(&|x| apply(threads, Unary::Powi(-3), x))),
            ("combine", in_place(&|x| combine(threads, Binary::Div, x, &y))),
            ("combine rows", in_place(&|x| combine(threads, Binary::Sub, x, &y[..257]))),
            ("matmul", filled(65 * 65, &|to| matmul(threads, &x, &y, [1, 65, 3084, 65], to))),
            ("matmul, batch", filled(12 * 65 * 65, &|to| matmul(threads, &x, &y, [12, 65, 257, 65], to))),
            ("transpose", filled(x.len(), &|to| transpose(threads, &x, 65, 257, to))),
            ("sum", vec![sum(threads, &x)]),
            ("dot", vec![dot(threads, &x, &y)]),
            ("sum of the first axis", filled(65 * 257, &|to| sum_axis(threads, &x, [1, 12, 65 * 257], to))),
            ("sum of a middle axis", filled(12 * 257, &|to| sum_axis(threads, &x, [12, 65, 257], to))),
            ("mean of the last axis", filled(12, &|to| mean_axis(threads, &x, [12, 65 * 257, 1], to))),
            ("softmax", filled(x.len(), &|to| softmax(threads, &x, 257, to))),
        ]
    };
    let expected = results(&Threads::new(1));
    for threads in [2, 5] {
        for ((name, expected), (_, found)) in expected.iter().zip(results(&Threads::new(threads))) {
            let first = expected.iter().zip(&found).position(|(a, b)| a.to_bits() != b.to_bits());
            assert_eq!(first, None, "`{name}` differs on {threads} threads at the index on the left");
        }
    }
}

/// Transposes whose sizes are below, at and beyond a tile's.
#[test]
fn transpose_of_odd_sizes() {
    for (rows, columns) in [(1, 1), (1, 33), (32, 64), (33, 31), (65, 257)] {
        let from = values(2, 3 * rows * columns);
        let mut to = vec![0.0; from.len()];
        transpose(&Threads::new(1), &from, rows, columns, &mut to);
        for (i, &x) in to.iter().enumerate() {
            let (matrix, column, row) = (i / (rows * columns), i / rows % columns, i % rows);
            assert_eq!(x, from[(matrix * rows + row) * columns + column], "{rows} x {columns}: {i}");
        }
    }
}
