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
    /// The parameters by their offsets, in the order of the plan; the last ones are absent.
    pub params: [Option<(usize, Needs)>; 4],
    /// The offset of a table, and its length.
    pub table: Option<(usize, usize)>,
}

/// What a layer reads a parameter as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A weight of so many rows and columns.
    Matrix([usize; 2]),
    /// A trained vector.
    Vector(usize),
    /// A running mean for each channel.
    Statistic(usize),
}

impl Sizes {
    /// A layer without parameters.
    pub fn new(input: usize, output: usize) -> Self {
        Sizes { input, output, work: 0, params: [None; 4], table: None }
    }

    /// The same, with so much work.
    #[must_use]
    pub fn work(self, work: usize) -> Self {
        Sizes { work, ..self }
    }

    /// The same, with the next parameter, if there is one.
    ///
    /// # Panics
    /// At the fifth.
    #[must_use]
    pub fn reads(mut self, offset: impl Into<Option<usize>>, needs: Needs) -> Self {
        if let Some(offset) = offset.into() {
            let free = self.params.iter_mut().find(|param| param.is_none());
            *free.expect("a layer reads four parameters at most") = Some((offset, needs));
        }
        self
    }

    /// The same, with a table of so many values, if there is one.
    #[must_use]
    pub fn table(self, offset: impl Into<Option<usize>>, len: usize) -> Self {
        Sizes { table: offset.into().map(|offset| (offset, len)), ..self }
    }
}

/// The product of sizes, if all are at least 1 and a buffer can be as long.
pub fn count(sizes: &[usize]) -> Option<usize> {
    let product = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size))?;
    (!sizes.is_empty() && (1..=isize::MAX as usize).contains(&product)).then_some(product)
}
