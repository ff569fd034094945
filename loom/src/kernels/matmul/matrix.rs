//! Where the operands of a product come from, and where its results go.

use super::Panels;
use super::transpose::transpose;
use crate::kernels::Isa;
use crate::numerics::arith::Element;
use core::marker::PhantomData;

/// `len` indices from `start`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) len: usize,
}

impl Span {
    /// All of `len` indices.
    pub(crate) fn all(len: usize) -> Self {
        Span { start: 0, len }
    }
}

/// What a product can have as its B: anything that can write a part of itself row by row.
pub(crate) trait Operand<T>: Copy + Sync {
    /// One element, by the definition.
    fn at(&self, row: usize, column: usize) -> T;

    /// Writes the given columns of the given rows, row by row, each padded to `WIDTH` columns. What the padding holds does
    /// not matter.
    fn pack<I: Isa, const WIDTH: usize>(&self, rows: Span, columns: Span, into: &mut [T]);

    /// A part of it, where it lies in memory.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "vectors read it"))]
    fn window(&self, rows: Span, columns: Span) -> Option<Window<'_, T>> {
        let _ = (rows, columns);
        None
    }

    /// Its panels, where it is packed already.
    fn panels(&self) -> Option<Panels<&[T]>> {
        None
    }
}

/// A matrix in memory, by strides in elements; a transpose is a swap of the two.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    data: &'a [T],
    pub(super) row_stride: usize,
    pub(super) column_stride: usize,
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

    /// `rows` x `columns` elements from a corner on, which are inside the matrix.
    #[inline(always)]
    pub(crate) fn window(&self, rows: Span, columns: Span) -> Window<'a, T>
    where
        T: Copy,
    {
        let Matrix { data, row_stride, column_stride } = *self;
        let data = &data[rows.start * row_stride + columns.start * column_stride..];
        Window::new(data, [row_stride, column_stride], rows.len, columns.len)
    }

    /// Some columns of a row, where memory runs along it.
    #[inline(always)]
    pub(super) fn line(&self, row: usize, columns: Span) -> &'a [T] {
        debug_assert_eq!(self.column_stride, 1);
        &self.data[row * self.row_stride + columns.start..][..columns.len]
    }
}

impl<T: Element> Operand<T> for Matrix<'_, T> {
    #[inline(always)]
    fn window(&self, rows: Span, columns: Span) -> Option<Window<'_, T>> {
        Some(Matrix::window(self, rows, columns))
    }

    #[inline(always)]
    fn at(&self, row: usize, column: usize) -> T {
        self.data[row * self.row_stride + column * self.column_stride]
    }

    #[inline(always)]
    fn pack<I: Isa, const WIDTH: usize>(&self, rows: Span, columns: Span, into: &mut [T]) {
        let lines = &mut into.as_chunks_mut::<WIDTH>().0[..rows.len];
        let start = rows.start * self.row_stride + columns.start * self.column_stride;
        if self.column_stride == 1 {
            for (r, line) in lines.iter_mut().enumerate() {
                let source = &self.data[start + r * self.row_stride..];
                // The next columns are likely to be packed next, and each of their rows may be on a page of its own, where no
                // processor foresees it.
                prefetch(source.as_ptr().wrapping_add(WIDTH));
                // A whole line is quicker to copy than a part of it, where there is one.
                match source.first_chunk() {
                    Some(source) => *line = *source,
                    None => line[..columns.len].copy_from_slice(&source[..columns.len]),
                }
            }
        } else if self.row_stride == 1 {
            // Memory runs along each column. Those that are not there repeat the last.
            let last = columns.len - 1;
            let source = &self.data[start..];
            assert!(last < WIDTH && last * self.column_stride + rows.len <= source.len());
            let mut sources = [source.as_ptr(); WIDTH];
            for (c, source) in sources.iter_mut().enumerate() {
                *source = source.wrapping_add(c.min(last) * self.column_stride);
            }
            // SAFETY: `rows.len` elements from each are inside the data, as just seen of the last.
            unsafe { transpose::<I, T, WIDTH>(&sources, lines) };
        } else {
            for (r, line) in lines.iter_mut().enumerate() {
                for (c, value) in line[..columns.len].iter_mut().enumerate() {
                    *value = self.at(rows.start + r, columns.start + c);
                }
            }
        }
    }
}

/// Brings what an address holds, if it is one, nearer.
#[inline(always)]
fn prefetch<T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing; every x86-64 has it.
    unsafe {
        core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// A part of a matrix, whose rows are read tile by tile.
#[derive(Clone, Copy)]
pub(crate) struct Window<'a, T> {
    data: &'a [T],
    strides: [usize; 2],
    rows: usize,
    columns: usize,
}

impl<'a, T: Copy> Window<'a, T> {
    /// Element (row, column) at `row * strides[0] + column * strides[1]` of the data.
    #[inline(always)]
    pub(crate) fn new(data: &'a [T], strides: [usize; 2], rows: usize, columns: usize) -> Self {
        assert!(rows > 0 && columns > 0 && (rows - 1) * strides[0] + (columns - 1) * strides[1] < data.len());
        Window { data, strides, rows, columns }
    }

    /// The address of the first row and how far apart the rows begin: `rows` of them, each `len` elements side by side.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    pub(super) fn rows_side_by_side(self, rows: usize, len: usize) -> (*const T, usize) {
        assert!(rows <= self.rows && len <= self.columns && self.strides[1] == 1);
        (self.data.as_ptr(), self.strides[0])
    }

    /// The address of row `first`, which `rows - 1` others follow, how far apart elements are, and how many a row has.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    pub(super) fn rows_from(self, first: usize, rows: usize) -> (*const T, [usize; 2], usize) {
        assert!(first + rows <= self.rows);
        (self.data.as_ptr().wrapping_add(first * self.strides[0]), self.strides, self.columns)
    }

    /// Its values as runs of those that lie side by side, if they do.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    pub(super) fn runs(self) -> Option<Runs<T>> {
        let start = self.data.as_ptr();
        match self.strides {
            [stride, 1] => Some(Runs { start, stride, len: self.columns, are_rows: true }),
            [1, stride] => Some(Runs { start, stride, len: self.rows, are_rows: false }),
            _ => None,
        }
    }

    /// `MR` rows from `first` on; one beyond the last repeats it.
    #[inline(always)]
    pub(crate) fn tile<const MR: usize>(self, first: usize) -> Rows<'a, T, MR> {
        let starts = core::array::from_fn(|r| (first + r).min(self.rows - 1) * self.strides[0]);
        Rows { data: self.data, starts, stride: self.strides[1], len: self.columns }
    }
}

/// The rows or the columns of a window.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(super) struct Runs<T> {
    pub(super) start: *const T,
    /// How far apart they begin.
    pub(super) stride: usize,
    pub(super) len: usize,
    pub(super) are_rows: bool,
}

/// The rows of a tile of A.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a, T, const MR: usize> {
    data: &'a [T],
    starts: [usize; MR],
    stride: usize,
    len: usize,
}

impl<T: Copy, const MR: usize> Rows<'_, T, MR> {
    /// How many elements a row has.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Element `k` of row `r`.
    ///
    /// # Safety
    /// `k` is below `len`.
    #[inline(always)]
    pub(super) unsafe fn at(&self, r: usize, k: usize) -> T {
        // SAFETY: `Window::new` holds the first `len` elements of each of its rows inside the data, and these rows are its.
        unsafe { *self.data.get_unchecked(self.starts[r] + k * self.stride) }
    }
}

/// Where the rows of A are read from.
#[derive(Clone, Copy)]
pub(super) enum Source<'a, T> {
    /// Rows.
    Rows(Window<'a, T>),
    /// Packed, tile after tile of so many k.
    Tiles { packed: &'a [T], depth: usize, width: usize },
}

impl<'a, T: Copy> Source<'a, T> {
    /// `MR` rows from `first` on.
    #[inline(always)]
    pub(super) fn tile<const MR: usize>(&self, first: usize) -> Rows<'a, T, MR> {
        match *self {
            Source::Rows(window) => window.tile(first),
            Source::Tiles { packed, depth, width } => {
                Window::new(&packed[first / MR * width * depth..], [1, width], MR, depth).tile(0)
            }
        }
    }

    /// The address of row `first` of a packed tile, which the others of its tile follow, and those for the next k them.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    pub(super) fn interleaved(&self, first: usize) -> *const T {
        match *self {
            Source::Rows(_) => unreachable!("rows are not packed"),
            Source::Tiles { packed, depth, width } => {
                packed[first / width * width * depth..][..width * depth][first % width..].as_ptr()
            }
        }
    }
}

/// C, by strides in elements, of which a part may be written.
pub(crate) struct MatMut<'a, T> {
    pub(super) start: *mut T,
    pub(super) strides: [usize; 2],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) data: PhantomData<&'a mut [T]>,
}

impl<'a, T: Copy> MatMut<'a, T> {
    /// All of `data`, row after row of `columns` elements.
    pub(crate) fn rows(data: &'a mut [T], columns: usize) -> Self {
        assert!(columns > 0 && data.len().is_multiple_of(columns), "C is whole rows");
        let rows = data.len() / columns;
        MatMut { start: data.as_mut_ptr(), strides: [columns, 1], rows, columns, data: PhantomData }
    }

    /// `rows` x `columns` elements, element (row, column) at `start + row * row_stride + column`.
    ///
    /// # Safety
    /// All of them may be written for as long as the matrix lives, and nobody else reads or writes them.
    pub(crate) unsafe fn within(start: *mut T, row_stride: usize, [rows, columns]: [usize; 2]) -> Self {
        MatMut { start, strides: [row_stride, 1], rows, columns, data: PhantomData }
    }

    /// The matrix with rows and columns exchanged.
    pub(super) fn transposed(self) -> Self {
        let [row_stride, column_stride] = self.strides;
        MatMut { strides: [column_stride, row_stride], rows: self.columns, columns: self.rows, ..self }
    }

    /// The address of an element; those of `rows` x `columns` elements from it on are inside the matrix.
    #[inline(always)]
    pub(super) fn corner(&mut self, row: usize, column: usize, rows: usize, columns: usize) -> *mut T {
        assert!(row + rows <= self.rows && column + columns <= self.columns);
        self.start.wrapping_add(row * self.strides[0] + column * self.strides[1])
    }

    /// Writes the first `rows` x `columns` sums of a tile.
    #[inline(always)]
    pub(crate) fn put<I: Isa, const MR: usize, const NR: usize>(
        &mut self,
        [row, column]: [usize; 2],
        [rows, columns]: [usize; 2],
        sums: &[[T; NR]; MR],
    ) {
        let (corner, [row_stride, column_stride]) = (self.corner(row, column, rows, columns), self.strides);
        if column_stride == 1 && columns == NR {
            for (r, line) in sums.iter().take(rows).enumerate() {
                // SAFETY: `corner` holds the line inside the matrix, which `self` borrows exclusively.
                unsafe { *corner.wrapping_add(r * row_stride).cast::<[T; NR]>() = *line };
            }
            return;
        }
        // Along the lines of the memory: those of a column may all compete for one place in the cache.
        if row_stride < column_stride {
            #[allow(unused_mut, reason = "only x86 turns tiles in registers")]
            let mut first = 0;
            #[cfg(target_arch = "x86_64")]
            if I::HAS_AVX2 && const { size_of::<T>() == 4 && (MR == 6 || MR == 8) } && row_stride == 1 && rows == MR {
                first = columns / 8 * 8;
                for c in (0..first).step_by(8) {
                    let from = core::array::from_fn(|r| sums[r % MR][c..c + 8].as_ptr().cast());
                    let to = corner.wrapping_add(c * column_stride).cast();
                    // SAFETY: the machine has AVX, as the instruction set says; each line has 8 sums of 4 bytes from c on, and
                    // `corner` holds `MR` elements of each of 8 columns inside the matrix.
                    unsafe { super::x86::transpose_8x8::<MR>(from, to, column_stride) };
                }
            }
            for c in first..columns {
                for (r, line) in sums.iter().take(rows).enumerate() {
                    // SAFETY: as above.
                    unsafe { *corner.wrapping_add(r * row_stride + c * column_stride) = line[c] };
                }
            }
            return;
        }
        for (r, line) in sums.iter().take(rows).enumerate() {
            for (c, &sum) in line[..columns].iter().enumerate() {
                // SAFETY: as above.
                unsafe { *corner.wrapping_add(r * row_stride + c * column_stride) = sum };
            }
        }
    }

    /// Reads the first `rows` x `columns` sums of a tile.
    #[inline(always)]
    pub(super) fn get<const MR: usize, const NR: usize>(
        &mut self,
        [row, column]: [usize; 2],
        [rows, columns]: [usize; 2],
        sums: &mut [[T; NR]; MR],
    ) {
        let (corner, [row_stride, column_stride]) = (self.corner(row, column, rows, columns), self.strides);
        for (r, line) in sums.iter_mut().take(rows).enumerate() {
            for (c, sum) in line[..columns].iter_mut().enumerate() {
                // SAFETY: `corner` holds the element inside the matrix.
                *sum = unsafe { *corner.wrapping_add(r * row_stride + c * column_stride) };
            }
        }
    }
}
