//! How much a layer reads and writes.

/// What a layer reads and writes for each sample, by its own sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Values of the input.
    pub input: usize,
    /// Values of the output.
    pub output: usize,
    /// Values that forward leaves for backward.
    pub work: usize,
    /// Values of scratch that backward needs, on a CPU or on a GPU, whichever is more.
    pub scratch: usize,
    /// Rows and columns of the table that it reads, if it reads one.
    pub table: Option<[usize; 2]>,
}

impl Sizes {
    /// A layer without work, scratch and a table.
    pub fn new(input: usize, output: usize) -> Self {
        Sizes { input, output, work: 0, scratch: 0, table: None }
    }

    /// The same, with so much work.
    #[must_use]
    pub fn work(self, work: usize) -> Self {
        Sizes { work, ..self }
    }

    /// The same, with so much scratch.
    #[must_use]
    pub fn scratch(self, scratch: usize) -> Self {
        Sizes { scratch, ..self }
    }

    /// The same, with a table of so many rows and columns.
    #[must_use]
    pub fn table(self, shape: [usize; 2]) -> Self {
        Sizes { table: Some(shape), ..self }
    }
}

/// The product of sizes, if all are at least 1 and a buffer can be as long.
pub fn count(sizes: &[usize]) -> Option<usize> {
    let product = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size))?;
    (!sizes.is_empty() && (1..=isize::MAX as usize).contains(&product)).then_some(product)
}
