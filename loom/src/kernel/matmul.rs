//! C = A B, k ascending: C[i, j] = mul_add(A[i, k], B[k, j], ..) for k = 0, 1, .., from +0 on, then the epilogue.
//!
//! [`matmul`] is the tiled product that every layer uses. It equals [`matmul_naive`] to the bit: tiles, blocks of k that
//! go on from what C holds, and threads keep each output's order of operations.

use super::buffer::{ThreadBuffer, with_thread_buffer};
use super::threads::Parts;
use super::{Isa, Task, Threads, Tile, dispatch};
use crate::arith::{Arith, Element};
use crate::layers::Activation;
use core::marker::PhantomData;

/// Depth of a block: how many k are packed at a time.
const BLOCK_K: usize = 256;
/// Rows of A packed at a time, a multiple of every tile's rows.
const BLOCK_M: usize = 96;
/// Columns of B packed at a time, a multiple of every tile's columns.
const BLOCK_N: usize = 512;
/// Products of fewer multiply-adds than this go without packing.
const SMALL: usize = 16 * 1024;

/// `len` indices from `start`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) len: usize,
}

/// A matrix in memory, by strides in elements; a transpose is a swap of the two.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    data: &'a [T],
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// Row after row of `columns` elements each.
    pub(crate) fn rows(data: &'a [T], columns: usize) -> Self {
        Matrix { data, row_stride: columns, column_stride: 1 }
    }

    /// The matrix with rows and columns exchanged.
    pub(crate) fn transposed(self) -> Self {
        Matrix { data: self.data, row_stride: self.column_stride, column_stride: self.row_stride }
    }
}

impl<T: Element> Matrix<'_, T> {
    #[inline(always)]
    fn at(&self, row: usize, column: usize) -> T {
        self.data[row * self.row_stride + column * self.column_stride]
    }

    /// Writes the given columns of the given rows, row by row, each padded to `WIDTH` columns.
    #[inline(always)]
    pub(crate) fn pack<const WIDTH: usize>(&self, rows: Span, columns: Span, into: &mut [T]) {
        let lines = &mut into.as_chunks_mut::<WIDTH>().0[..rows.len];
        let start = rows.start * self.row_stride + columns.start * self.column_stride;
        if self.column_stride == 1 {
            for (r, line) in lines.iter_mut().enumerate() {
                let source = &self.data[start + r * self.row_stride..][..columns.len];
                if columns.len == WIDTH {
                    line.copy_from_slice(source);
                } else {
                    *line = [T::ZERO; WIDTH];
                    line[..columns.len].copy_from_slice(source);
                }
            }
        } else if self.row_stride == 1 {
            // Memory runs along each column. A column of padding repeats the last one, whose sums nobody reads.
            let column = |c: usize| &self.data[start + c.min(columns.len - 1) * self.column_stride..][..rows.len];
            let sources: [&[T]; WIDTH] = core::array::from_fn(column);
            for (r, line) in lines.iter_mut().enumerate() {
                for (value, source) in line.iter_mut().zip(&sources) {
                    *value = source[r];
                }
            }
        } else {
            for (r, line) in lines.iter_mut().enumerate() {
                *line = core::array::from_fn(|c| {
                    if c < columns.len { self.at(rows.start + r, columns.start + c) } else { T::ZERO }
                });
            }
        }
    }
}

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
}

impl<T: Element> Epilogue<'_, T> {
    /// The stored value of each sum in `line`, which is part of row `row` of C from column `column` on.
    #[inline(always)]
    fn apply<A: Arith<T = T>>(&self, row: usize, column: usize, line: &mut [T]) {
        match self.offset {
            Offset::Zero => line.iter_mut().for_each(|y| *y = A::snap(*y)),
            Offset::PerRow(offset) => {
                let offset = offset[row];
                line.iter_mut().for_each(|y| *y = A::snap(*y + offset));
            }
            Offset::PerColumn(offset) => {
                let offset = &offset[column..column + line.len()];
                line.iter_mut().zip(offset).for_each(|(y, &o)| *y = A::snap(*y + o));
            }
        }
        if self.activation != Activation::Identity {
            self.activation.apply_in_place::<A>(line);
        }
    }
}

/// C, `columns` elements to a row, of which a part may be written.
pub(crate) struct MatMut<'a, T> {
    start: *mut T,
    row_stride: usize,
    rows: usize,
    columns: usize,
    data: PhantomData<&'a mut [T]>,
}

impl<'a, T> MatMut<'a, T> {
    /// All of `data`, row after row of `columns` elements.
    pub(crate) fn rows(data: &'a mut [T], columns: usize) -> Self {
        assert!(columns > 0 && data.len().is_multiple_of(columns), "C is whole rows");
        let rows = data.len() / columns;
        MatMut { start: data.as_mut_ptr(), row_stride: columns, rows, columns, data: PhantomData }
    }

    /// `len` elements of row `row` from column `column` on.
    #[inline(always)]
    fn line(&mut self, row: usize, column: usize, len: usize) -> &mut [T] {
        assert!(row < self.rows && column + len <= self.columns);
        // SAFETY: the assertion holds the line inside the matrix, which `self` borrows exclusively.
        unsafe { core::slice::from_raw_parts_mut(self.start.wrapping_add(row * self.row_stride + column), len) }
    }
}

/// One product: what it reads, how deep it is, and where it begins in C.
#[derive(Clone, Copy)]
struct Product<'a, T> {
    a: Matrix<'a, T>,
    b: Matrix<'a, T>,
    depth: usize,
    rows: Span,
    columns: Span,
    epilogue: Epilogue<'a, T>,
}

/// C = epilogue(A B), where `depth` is the number of columns of A and rows of B. The threads share the rows or the
/// columns of C, whichever there are more of.
pub(crate) fn matmul<A: Arith>(
    threads: &Threads,
    a: Matrix<'_, A::T>,
    b: Matrix<'_, A::T>,
    depth: usize,
    c: MatMut<'_, A::T>,
    epilogue: Epilogue<'_, A::T>,
) {
    if threads.is_naive {
        return matmul_naive::<A>(a, b, depth, c, epilogue);
    }
    let (rows, columns, row_stride) = (c.rows, c.columns, c.row_stride);
    let start = Parts::new(c.start);
    let whole =
        Product { a, b, depth, rows: Span { start: 0, len: rows }, columns: Span { start: 0, len: columns }, epilogue };
    let compute = |rows: Span, columns: Span| {
        let product = Product { rows, columns, ..whole };
        let start = start.at(rows.start * row_stride + columns.start);
        let c = MatMut { start, row_stride, rows: rows.len, columns: columns.len, data: PhantomData };
        if rows.len * columns.len * depth < SMALL {
            return dispatch(Small::<A> { product, c });
        }
        // The buffer is borrowed out here: a closure inside a task would not be compiled for the task's instruction set.
        with_thread_buffer(&PACK, BLOCK_K * (BLOCK_M + BLOCK_N), |pack| {
            dispatch(Blocked::<A> { product, c, pack });
        });
    };
    // Whole tiles to each thread: 32 columns and 24 rows are multiples of every tile.
    if columns >= rows {
        let tiles = columns.div_ceil(32);
        threads.split(tiles, rows * depth * 32, |part| compute(whole.rows, span(part, 32, columns)));
    } else {
        let tiles = rows.div_ceil(24);
        threads.split(tiles, columns * depth * 24, |part| compute(span(part, 24, rows), whole.columns));
    }
}

/// The elements of the units in `part`, of which the last may be cut short by `len`.
fn span(part: core::ops::Range<usize>, unit: usize, len: usize) -> Span {
    let start = part.start * unit;
    Span { start, len: (part.end * unit).min(len) - start }
}

/// The definition that [`matmul`] equals bit for bit.
pub(crate) fn matmul_naive<A: Arith>(
    a: Matrix<'_, A::T>,
    b: Matrix<'_, A::T>,
    depth: usize,
    mut c: MatMut<'_, A::T>,
    epilogue: Epilogue<'_, A::T>,
) {
    for row in 0..c.rows {
        for column in 0..c.columns {
            let sum = (0..depth).fold(A::T::ZERO, |sum, k| A::mul_add(a.at(row, k), b.at(k, column), sum));
            let line = c.line(row, column, 1);
            line[0] = sum;
            epilogue.apply::<A>(row, column, line);
        }
    }
}

thread_local! {
    static PACK: ThreadBuffer = const { ThreadBuffer::new(None) };
}

/// The product without packing, eight columns at a time.
struct Small<'a, A: Arith> {
    product: Product<'a, A::T>,
    c: MatMut<'a, A::T>,
}

impl<A: Arith> Task for Small<'_, A> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Small { product: p, mut c } = self;
        for row in 0..p.rows.len {
            for column in (0..p.columns.len).step_by(8) {
                let (i, j, width) = (p.rows.start + row, p.columns.start + column, (p.columns.len - column).min(8));
                let mut sums = [A::T::ZERO; 8];
                for k in 0..p.depth {
                    let x = p.a.at(i, k);
                    for (lane, sum) in sums[..width].iter_mut().enumerate() {
                        *sum = A::mul_add(x, p.b.at(k, j + lane), *sum);
                    }
                }
                p.epilogue.apply::<A>(i, j, &mut sums[..width]);
                c.line(row, column, width).copy_from_slice(&sums[..width]);
            }
        }
    }
}

/// The product by blocks that fit the caches (Goto and van de Geijn, "Anatomy of High-Performance Matrix
/// Multiplication", 2008).
struct Blocked<'a, A: Arith> {
    product: Product<'a, A::T>,
    c: MatMut<'a, A::T>,
    /// Room for one packed block of each operand.
    pack: &'a mut [A::T],
}

impl<A: Arith> Task for Blocked<'_, A> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        match I::TILE {
            Tile::Small => blocked::<A, 4, 8>(self),
            Tile::Medium => blocked::<A, 6, 16>(self),
            Tile::Large => blocked::<A, 8, 32>(self),
        }
    }
}

/// The product with a register tile of `MR` x `NR`.
#[inline(always)]
fn blocked<A: Arith, const MR: usize, const NR: usize>(call: Blocked<'_, A>) {
    let Blocked { product: p, mut c, pack } = call;
    let (pack_a, pack_b) = pack.split_at_mut(BLOCK_K * BLOCK_M);
    for columns in blocks(p.columns.len, BLOCK_N) {
        for depth in blocks(p.depth, BLOCK_K) {
            for (tile, to) in blocks(columns.len, NR).zip(pack_b.chunks_exact_mut(NR * depth.len)) {
                let from = Span { start: p.columns.start + columns.start + tile.start, len: tile.len };
                p.b.pack::<NR>(depth, from, to);
            }
            for rows in blocks(p.rows.len, BLOCK_M) {
                for (tile, to) in blocks(rows.len, MR).zip(pack_a.chunks_exact_mut(MR * depth.len)) {
                    let from = Span { start: p.rows.start + rows.start + tile.start, len: tile.len };
                    p.a.transposed().pack::<MR>(depth, from, to);
                }
                tiles::<A, MR, NR>(&p, &mut c, [rows, columns, depth], pack_a, pack_b);
            }
        }
    }
}

/// Every tile of one block of C, from packed operands.
#[inline(always)]
fn tiles<A: Arith, const MR: usize, const NR: usize>(
    p: &Product<'_, A::T>,
    c: &mut MatMut<'_, A::T>,
    [rows, columns, depth]: [Span; 3],
    pack_a: &[A::T],
    pack_b: &[A::T],
) {
    let (first, last) = (depth.start == 0, depth.start + depth.len == p.depth);
    for (across, b) in blocks(columns.len, NR).zip(pack_b.chunks_exact(NR * depth.len)) {
        for (down, a) in blocks(rows.len, MR).zip(pack_a.chunks_exact(MR * depth.len)) {
            let (row, column) = (rows.start + down.start, columns.start + across.start);
            let mut sums = [[A::T::ZERO; NR]; MR];
            if !first {
                for (r, line) in sums.iter_mut().take(down.len).enumerate() {
                    line[..across.len].copy_from_slice(c.line(row + r, column, across.len));
                }
            }
            tile::<A, MR, NR>(a, b, &mut sums);
            for (r, line) in sums.iter_mut().take(down.len).enumerate() {
                if last {
                    p.epilogue.apply::<A>(p.rows.start + row + r, p.columns.start + column, &mut line[..across.len]);
                }
                c.line(row + r, column, across.len).copy_from_slice(&line[..across.len]);
            }
        }
    }
}

/// The register tile: sums[r][c] goes on with a[k][r] * b[k][c], k ascending.
///
/// The rows are written out, one statement each, because the compiler keeps `registers` in registers only where it
/// unrolls the loops around it, and a loop over many rows it does not.
#[inline(always)]
fn tile<A: Arith, const MR: usize, const NR: usize>(a: &[A::T], b: &[A::T], sums: &mut [[A::T; NR]; MR]) {
    let mut registers = *sums;
    for (a, b) in a.as_chunks::<MR>().0.iter().zip(b.as_chunks::<NR>().0) {
        macro_rules! rows {
            ($($r:literal)*) => {$(
                if $r < MR {
                    for (sum, &b) in registers[$r % MR].iter_mut().zip(b) {
                        *sum = A::mul_add(a[$r % MR], b, *sum);
                    }
                }
            )*};
        }
        rows!(0 1 2 3 4 5 6 7);
    }
    *sums = registers;
}

/// Packs B, [depth, columns], for [`multiply_panels`]: into `panels`, [columns / NR, depth, NR].
#[inline(always)]
pub(crate) fn pack_panels<T: Element, const NR: usize>(b: Matrix<'_, T>, columns: usize, panels: &mut [T]) {
    let tiles = columns.div_ceil(NR);
    let depth = panels.len() / (tiles * NR);
    for (tile, panel) in blocks(columns, NR).zip(panels.chunks_exact_mut(depth * NR)) {
        b.pack::<NR>(Span { start: 0, len: depth }, tile, panel);
    }
}

/// C = A B for `MR` rows, without an epilogue: `a` is [depth, MR], `panels` are those of [`pack_panels`], and C is
/// [MR, columns] with the columns a multiple of `NR`. For products of one B with A after A.
#[inline(always)]
pub(crate) fn multiply_panels<A: Arith, const MR: usize, const NR: usize>(a: &[A::T], panels: &[A::T], c: &mut [A::T]) {
    let stride = c.len() / MR;
    for (column, panel) in panels.chunks_exact(a.len() / MR * NR).enumerate() {
        let mut sums = [[A::T::ZERO; NR]; MR];
        tile::<A, MR, NR>(a, panel, &mut sums);
        for (line, sums) in c.chunks_exact_mut(stride).zip(&sums) {
            line[column * NR..][..NR].copy_from_slice(sums);
        }
    }
}

/// `0..len` in spans of `size`, the last one shorter where `size` does not divide `len`.
#[inline(always)]
fn blocks(len: usize, size: usize) -> impl Iterator<Item = Span> {
    (0..len).step_by(size).map(move |start| Span { start, len: size.min(len - start) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arith::{F64, Fused, Split};
    use crate::random::{Purpose, Seed, Stream};

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
        ] {
            for (offset, activation) in [
                (Offset::Zero, Activation::Identity),
                (Offset::PerRow(&offset[..rows]), Activation::Relu),
                (Offset::PerColumn(&offset[..columns]), Activation::Tanh),
            ] {
                let epilogue = Epilogue { offset, activation };
                let mut naive = vec![A::T::ONE; rows * columns];
                matmul_naive::<A>(a, b, depth, MatMut::rows(&mut naive, columns), epilogue);
                for threads in [1, 2, 5] {
                    let mut tiled = vec![A::T::ONE; rows * columns];
                    let threads = Threads::new(threads);
                    matmul::<A>(&threads, a, b, depth, MatMut::rows(&mut tiled, columns), epilogue);
                    assert_eq!(bits(&naive), bits(&tiled), "{rows} x {columns} x {depth}, {threads:?}, {activation:?}");
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
        check::<F64>(17, 257, 300);
    }

    /// The blocks of one product, compiled for one instruction set.
    fn blocked_on(isa: usize, (a, b): (&[f32], &[f32]), [rows, columns, depth]: [usize; 3]) -> Option<Vec<f32>> {
        let mut c = vec![0.0; rows * columns];
        let mut pack = vec![0.0; BLOCK_K * (BLOCK_M + BLOCK_N)];
        let span = |len| Span { start: 0, len };
        let product = Product {
            a: Matrix::rows(a, depth),
            b: Matrix::rows(b, columns),
            depth,
            rows: span(rows),
            columns: span(columns),
            epilogue: Epilogue { offset: Offset::Zero, activation: Activation::Tanh },
        };
        let task = Blocked::<Fused> { product, c: MatMut::rows(&mut c, columns), pack: &mut pack };
        crate::kernel::run_on(isa, task).map(|()| c)
    }

    /// No instruction set changes a bit.
    #[test]
    fn instruction_sets_agree() {
        let mut stream = Stream::new(Seed(2), Purpose::Init, 0);
        let (a, b): (Vec<f32>, Vec<f32>) = (values(&mut stream, 57 * 300), values(&mut stream, 300 * 101));
        let baseline = blocked_on(0, (&a, &b), [57, 101, 300]).expect("every machine has the baseline");
        for isa in 1..3 {
            if let Some(c) = blocked_on(isa, (&a, &b), [57, 101, 300]) {
                assert_eq!(bits(&baseline), bits(&c), "instruction set {isa}");
            }
        }
    }

    /// Packed once, B gives the sums of the definition.
    fn check_panels<const MR: usize, const NR: usize>(columns: usize, depth: usize) {
        let mut stream = Stream::new(Seed((columns * 1000 + depth) as u64), Purpose::Init, 0);
        let (a, b) = (values::<f32>(&mut stream, MR * depth), values::<f32>(&mut stream, depth * columns));
        let (a, b) = (Matrix::rows(&a, depth), Matrix::rows(&b, columns));
        let mut naive = vec![0.0; MR * columns];
        matmul_naive::<Fused>(a, b, depth, MatMut::rows(&mut naive, columns), Epilogue::NONE);
        let stride = columns.next_multiple_of(NR);
        let [mut packed, mut panels, mut c] = [MR * depth, depth * stride, MR * stride].map(|len| vec![1.0; len]);
        a.transposed().pack::<MR>(Span { start: 0, len: depth }, Span { start: 0, len: MR }, &mut packed);
        pack_panels::<_, NR>(b, columns, &mut panels);
        multiply_panels::<Fused, MR, NR>(&packed, &panels, &mut c);
        for (row, naive) in c.chunks(stride).zip(naive.chunks(columns)) {
            let row: Vec<f32> = row[..columns].iter().map(|&x| Fused::snap(x)).collect();
            assert_eq!(bits(naive), bits(&row), "{columns} columns, {depth} deep, tile {MR} x {NR}");
        }
    }

    #[test]
    fn panels_equal_naive() {
        for columns in [1, 17, 33, 96] {
            for depth in [1, 3, 300] {
                check_panels::<4, 8>(columns, depth);
                check_panels::<6, 16>(columns, depth);
                check_panels::<8, 32>(columns, depth);
            }
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
}
