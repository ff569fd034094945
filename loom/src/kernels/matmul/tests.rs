//! Every algorithm for products gives the bits of the reference kernel.

use super::*;
use crate::dtype::{Encoded, Format};
use crate::kernels::packed::Packed;
use crate::kernels::run_on;
use crate::numerics::arith::{Binary64, Fused, Split};
use crate::numerics::random::{Purpose, Seed, Stream};
use loom_ir::layers::Activation;

/// Values of both signs and of magnitudes that lose bits when added.
fn values<T: Element>(stream: &mut Stream, len: usize) -> Vec<T> {
    (0..len).map(|_| T::from_f32(stream.uniform(-1.0, 1.0) * [1.0, 1e-4, 3e5][stream.below(3)])).collect()
}

fn bits<T: Element>(values: &[T]) -> Vec<u64> {
    values.iter().map(|x| x.to_f64().to_bits()).collect()
}

/// The tiled product equals the naive one, from plain and transposed operands, on any number of threads.
fn check<A: Arith>(rows: usize, columns: usize, depth: usize) {
    let mut stream = Stream::new(Seed((rows * 1_000_000 + columns * 1000 + depth) as u64), Purpose::Init, 0);
    let (a, b) = (values::<A::T>(&mut stream, rows * depth), values::<A::T>(&mut stream, depth * columns));
    let offset = values::<A::T>(&mut stream, rows.max(columns));
    for (a, b) in [
        (Matrix::rows(&a, depth), Matrix::rows(&b, columns)),
        (Matrix::rows(&a, rows).transposed(), Matrix::rows(&b, depth).transposed()),
        (Matrix::rows(&a, depth), Matrix::rows(&b, depth).transposed()),
        (Matrix::rows(&a, rows).transposed(), Matrix::rows(&b, columns)),
    ] {
        for (offset, activation) in [
            (Offset::Zero, Activation::Identity),
            (Offset::PerRow(&offset[..rows]), Activation::Relu),
            (Offset::PerColumn(&offset[..columns]), Activation::Tanh),
        ] {
            let epilogue = Epilogue { offset, activation };
            let mut naive = vec![A::T::ONE; rows * columns];
            matmul_naive::<A, _>(a.into(), b, depth, MatMut::rows(&mut naive, columns), epilogue);
            for threads in [1, 2, 5] {
                let mut tiled = vec![A::T::ONE; rows * columns];
                let threads = Threads::new(threads);
                matmul::<A>(&threads, a, b, depth, MatMut::rows(&mut tiled, columns), epilogue);
                assert_eq!(bits(&naive), bits(&tiled), "{rows} x {columns} x {depth}, {threads:?}, {activation:?}");
                if depth == 0 {
                    continue;
                }
                let mut room = vec![A::T::ONE; columns.next_multiple_of(PANEL) * depth];
                let weight = Weight::Panels(Panels::new::<A>(b, columns, &mut room));
                linear::<A>(&threads, a, weight, depth, MatMut::rows(&mut tiled, columns), epilogue);
                assert_eq!(bits(&naive), bits(&tiled), "{rows} x {columns} x {depth}, {threads:?}, packed once");
            }
        }
    }
}

#[test]
fn tiled_equals_naive() {
    for rows in [1, 3, 17, 97] {
        for columns in [1, 3, 17, 257, 513] {
            for depth in [1, 3, 17, 257] {
                check::<Fused>(rows, columns, depth);
                check::<Split>(rows, columns, depth);
            }
        }
    }
    check::<Fused>(257, 33, 513);
    // Blocks of each kind: of k, of A and of B, with rows of A that compete.
    check::<Fused>(130, 135, 1024);
    check::<Fused>(90, 131, 1536);
    check::<Fused>(64, 530, 512);
    check::<Fused>(290, 131, 516);
    check::<Fused>(3, 513, 1536);
    check::<Fused>(3, 5, 0);
    check::<Fused>(33, 1, 513);
    check::<Binary64>(17, 257, 300);
    check::<Binary64>(1, 67, 300);
}

/// One product, compiled for one instruction set: by blocks, of few columns, or of one row; of a B that is packed once, or not.
fn product_on(
    isa: usize,
    (a, b): (&[f32], &[f32]),
    [rows, columns, depth]: [usize; 3],
    epilogue: Epilogue<'_, f32>,
    is_packed: bool,
) -> Option<Vec<f32>> {
    let (mut c, mut pack) = (vec![0.0; rows * columns], vec![0.0; room(depth, columns)]);
    let b = Matrix::rows(b, depth).transposed();
    let mut panels = vec![f32::NAN; columns.next_multiple_of(PANEL) * depth];
    let panels = Panels::new_on::<Fused>(isa, b, columns, &mut panels)?;
    let (a, rows, columns) = (Matrix::rows(a, depth), Span::all(rows), Span::all(columns));
    let right = if is_packed { Right::Panels(panels) } else { Right::Plain(b) };
    let product = Product { a: a.into(), b: right, depth, rows, columns, epilogue };
    let (mut to, pack) = (MatMut::rows(&mut c, columns.len), &mut pack[..]);
    // Of one row, an instruction set without vectors has panels by blocks.
    if rows.len > 1 || (is_packed && isa == 0) {
        if is_small(rows.len, columns.len, depth) {
            run_on(isa, Small::<Fused, _> { product: &product, a, c: &mut to, pack })?;
        } else {
            run_on(isa, Blocked::<Fused, _> { product, c: to, pack, shared: None })?;
        }
    } else {
        let row = a.line(0, Span::all(depth));
        if is_packed {
            run_on(isa, panels::Thin::<Fused> { a: row, b: panels, first: 0, c: to, epilogue })?;
        } else {
            run_on(isa, thin::Thin::<Fused> { a: row, b: b.transposed(), columns, c: to, epilogue })?;
        }
        epilogue.follow::<Fused>(&mut c);
    }
    Some(c)
}

/// No instruction set changes a bit.
#[test]
fn instruction_sets_agree() {
    for [rows, columns, depth] in [
        [57, 101, 300],
        [57, 135, 300],
        [130, 17, 1024],
        [7, 5, 13],
        [4, 8, 8],
        [9, 8, 5],
        [5, 40, 1100],
        [1, 90, 9],
        [1, 77, 301],
        [1, 8, 1024],
        [1, 300, 65],
    ] {
        let mut stream = Stream::new(Seed(2), Purpose::Init, 0);
        let (a, b): (Vec<f32>, Vec<f32>) = (values(&mut stream, rows * depth), values(&mut stream, depth * columns));
        let offsets: Vec<f32> = values(&mut stream, rows.max(columns));
        for (offset, activation) in [
            (Offset::Zero, Activation::Tanh),
            (Offset::PerRow(&offsets[..rows]), Activation::Relu),
            (Offset::PerColumn(&offsets[..columns]), Activation::Tanh),
        ] {
            let epilogue = Epilogue { offset, activation };
            let product = |isa, is_packed| product_on(isa, (&a, &b), [rows, columns, depth], epilogue, is_packed);
            let baseline = product(0, false).expect("every machine has the baseline");
            for (isa, is_packed) in [(0, true), (1, false), (1, true), (2, false), (2, true)] {
                if let Some(c) = product(isa, is_packed) {
                    let case =
                        format!("{rows} x {columns} x {depth}, {epilogue:?}, instruction set {isa}, {is_packed}");
                    assert_eq!(bits(&baseline), bits(&c), "{case}");
                }
            }
        }
    }
}

/// Packed once, B gives the sums of the definition.
fn check_panels<const MR: usize, const NR: usize, const STEP: usize>(columns: usize, depth: usize) {
    let mut stream = Stream::new(Seed((columns * 1000 + depth) as u64), Purpose::Init, 0);
    let (a, b) = (values::<f32>(&mut stream, MR * depth), values::<f32>(&mut stream, depth * columns));
    let (a, b) = (Matrix::rows(&a, depth), Matrix::rows(&b, columns));
    let mut naive = vec![0.0; MR * columns];
    matmul_naive::<Fused, _>(a.into(), b, depth, MatMut::rows(&mut naive, columns), Epilogue::NONE);
    let stride = columns.next_multiple_of(NR);
    let [mut panels, mut c] = [depth * stride, MR * stride].map(|len| vec![1.0; len]);
    pack_panels::<crate::kernels::Baseline, _, NR>(b, columns, &mut panels);
    for rows in [1, MR - 1, MR] {
        multiply_panels::<Fused, MR, NR, STEP>(a, rows, &panels, &mut c);
    }
    for (row, naive) in c.chunks(stride).zip(naive.chunks(columns)) {
        let row: Vec<f32> = row[..columns].iter().map(|&x| Fused::snap(x)).collect();
        assert_eq!(bits(naive), bits(&row), "{columns} columns, {depth} deep, tile {MR} x {NR}");
    }
}

#[test]
fn panels_equal_naive() {
    for columns in [1, 17, 33, 96] {
        for depth in [1, 3, 300] {
            check_panels::<4, 8, 8>(columns, depth);
            check_panels::<6, 16, 16>(columns, depth);
            check_panels::<8, 32, 16>(columns, depth);
        }
    }
}

/// The product in two threads, rows up to one and from it on, which share the panels of B; some of those another thread has begun
/// to pack and never ends.
fn shared_on(
    isa: usize,
    (a, b): (Matrix<'_, f32>, Matrix<'_, f32>),
    [rows, columns, depth]: [usize; 3],
    middle: usize,
) -> Option<Vec<f32>> {
    let mut c = vec![0.0; rows * columns];
    let [mut above, mut below] = [(); 2].map(|()| vec![f32::NAN; room(depth, PANEL)]);
    let mut runs = true;
    let blocks = most_blocks(columns, depth);
    Shared::with(columns.next_multiple_of(PANEL) * depth, blocks, |shared| {
        (0..blocks).step_by(3).for_each(|block| assert_eq!(shared.take(block), shared::State::Free));
        let (first, second) = c.split_at_mut(middle * columns);
        let part = |rows_from: usize, c, pack| {
            let (c, rows_of_all) = (MatMut::rows(c, columns), rows);
            let rows = Span { start: rows_from, len: c.rows };
            let epilogue = Epilogue::NONE;
            let product = Product { a: a.into(), b, depth, rows, columns: Span::all(columns), epilogue };
            let shared = Some(shared.beginning_at(rows_from, rows_of_all));
            run_on(isa, Blocked::<Fused, _> { product, c, pack, shared }).is_some()
        };
        runs = std::thread::scope(|scope| {
            let second = scope.spawn(|| part(middle, second, &mut below[..]));
            part(0, first, &mut above[..]) & second.join().expect("a product does not panic")
        });
    });
    runs.then_some(c)
}

#[test]
fn threads_share_panels() {
    for [rows, columns, depth, middle] in
        [[60, 101, 1100, 28], [600, 140, 514, 14], [40, 300, 500, 14], [17, 257, 17, 3]]
    {
        let mut stream = Stream::new(Seed(rows as u64), Purpose::Init, 0);
        let (a, b) = (values::<f32>(&mut stream, rows * depth), values::<f32>(&mut stream, depth * columns));
        let a = Matrix::rows(&a, depth);
        for b in [Matrix::rows(&b, columns), Matrix::rows(&b, depth).transposed()] {
            let mut naive = vec![0.0; rows * columns];
            matmul_naive::<Fused, _>(a.into(), b, depth, MatMut::rows(&mut naive, columns), Epilogue::NONE);
            for c in (0..3).filter_map(|isa| shared_on(isa, (a, b), [rows, columns, depth], middle)) {
                assert!(bits(&naive) == bits(&c), "{rows} x {columns} x {depth}");
            }
        }
    }
}

/// So many rows that threads share panels.
#[test]
fn chunks_of_rows_agree() {
    let [rows, columns, depth] = [1800, 65, 520];
    let mut stream = Stream::new(Seed(3), Purpose::Init, 0);
    let (a, b) = (values::<f32>(&mut stream, rows * depth), values::<f32>(&mut stream, depth * columns));
    let (a, b) = (Matrix::rows(&a, depth), Matrix::rows(&b, columns));
    let offsets: Vec<f32> = values(&mut stream, columns);
    let product = |threads| {
        let mut c = vec![0.0; rows * columns];
        let epilogue = Epilogue { offset: Offset::PerColumn(&offsets), activation: Activation::Relu };
        matmul::<Fused>(&Threads::new(threads), a, b, depth, MatMut::rows(&mut c, columns), epilogue);
        bits(&c)
    };
    let alone = product(1);
    for threads in [2, 3] {
        assert!(alone == product(threads), "{threads} threads");
    }
}

/// A I = A, so that the naive product is no less wrong than the tiled one.
#[test]
fn identity() {
    let mut stream = Stream::new(Seed(1), Purpose::Init, 0);
    let a: Vec<f32> = values(&mut stream, 40 * 70);
    let identity: Vec<f32> = (0..70 * 70).map(|i| if i / 70 == i % 70 { 1.0 } else { 0.0 }).collect();
    let mut c = vec![0.0; 40 * 70];
    let (matrix, identity) = (Matrix::rows(&a, 70), Matrix::rows(&identity, 70));
    matmul::<Fused>(&Threads::new(1), matrix, identity, 70, MatMut::rows(&mut c, 70), Epilogue::NONE);
    assert_eq!(a, c);
}

/// One row times the codes of a weight, on each instruction set: as with the values that they decode to.
#[test]
fn one_row_of_packed_weights() {
    fn check(format: Format, [rows, columns]: [usize; 2]) {
        let values: Vec<f32> = (0..rows * columns).map(|i| ((i * 37 + 11) % 101) as f32 - 50.0).collect();
        let encoded = Encoded::encode(format, rows, columns, &values);
        let weight = Packed::new(&encoded);
        let mut decoded = vec![0.0; rows * columns];
        encoded.decode(&mut decoded);
        let x: Vec<f32> = (0..columns).map(|i| ((i * 29) % 31) as f32 / 7.0 - 2.0).collect();
        let (mut expected, mut found) = (vec![0.0; rows], vec![0.0; rows]);
        let (a, b) = (Matrix::rows(&x, columns), Matrix::rows(&decoded, columns).transposed());
        matmul_naive::<Fused, _>(a.into(), b, columns, MatMut::rows(&mut expected, rows), Epilogue::NONE);
        for isa in 1..3 {
            let (c, epilogue) = (MatMut::rows(&mut found, rows), Epilogue::NONE);
            let row = packed::Thin { x: &x, weight: &weight, first: 0, c, epilogue };
            if run_on(isa, row).is_some() {
                assert_eq!(found, expected, "{format}, {rows} x {columns}, instruction set {isa}");
            }
        }
    }
    for &format in Format::ALL.iter().filter(|format| format.bits() <= 16) {
        for shape in [[1, 1], [10, 65], [16, 16], [40, 7], [67, 33], [130, 40]] {
            check(format, shape);
        }
    }
}
