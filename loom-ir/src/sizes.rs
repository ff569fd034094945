//! How much a layer reads and writes.

/// What a layer reads and writes for each sample, by its own sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Values of each input.
    pub inputs: Inputs,
    /// Values of the output.
    pub output: usize,
    /// Values that forward leaves for backward.
    pub work: usize,
    /// Values of scratch that backward needs, on a CPU or on a GPU, whichever is more.
    pub scratch: usize,
    /// Rows and columns of the table that it reads, if it reads one.
    pub table: Option<[usize; 2]>,
    /// Multiply-adds of its matrix products in forward; 0 where it has none.
    pub multiply_adds: usize,
}

impl Sizes {
    /// A layer of one input, without work, scratch and a table.
    pub fn new(input: usize, output: usize) -> Self {
        Sizes::of(Inputs::One(input), output)
    }

    /// A layer without work, scratch and a table.
    pub fn of(inputs: Inputs, output: usize) -> Self {
        Sizes { inputs, output, work: 0, scratch: 0, table: None, multiply_adds: 0 }
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

    /// The same, with as many multiply-adds as the product of these numbers.
    #[must_use]
    pub fn multiply_adds(self, factors: &[usize]) -> Self {
        let multiply_adds = factors.iter().fold(1, |product: usize, &factor| product.saturating_mul(factor));
        Sizes { multiply_adds, ..self }
    }
}

/// How many inputs a layer reads, and how many values each has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inputs {
    /// None.
    None,
    /// One, of so many values.
    One(usize),
    /// Two, the first and the second of so many values.
    Two(usize, usize),
    /// Two or more, of so many values each.
    Alike(usize),
    /// Two or more, each so many rows of any length; together their rows are as long as the second number says.
    Rows(usize, usize),
    /// As many, and as many values of each, as the step's program says.
    Program,
}

impl Inputs {
    /// Whether inputs of these lengths are what the layer reads.
    pub fn are(self, lens: impl Iterator<Item = usize>) -> bool {
        let (mut count, mut total, mut are_alike, mut are_rows) = (0, Some(0_usize), true, true);
        let (mut are_two, pair) = (true, if let Inputs::Two(first, second) = self { [first, second] } else { [0; 2] });
        let (one, rows) = match self {
            Inputs::One(len) | Inputs::Alike(len) => (len, 1),
            Inputs::Rows(rows, _) => (0, rows),
            Inputs::None | Inputs::Program | Inputs::Two(..) => (0, 1),
        };
        for len in lens {
            are_two &= pair.get(count) == Some(&len);
            count += 1;
            total = total.and_then(|total| total.checked_add(len));
            are_alike &= len == one;
            are_rows &= len.checked_rem(rows) == Some(0);
        }
        match self {
            Inputs::None => count == 0,
            Inputs::Program => true,
            Inputs::One(_) => count == 1 && are_alike,
            Inputs::Two(..) => count == 2 && are_two,
            Inputs::Alike(_) => count > 1 && are_alike,
            Inputs::Rows(rows, len) => count > 1 && are_rows && total.is_some() && total == rows.checked_mul(len),
        }
    }
}

/// The product of sizes, if all are at least 1 and a buffer can be as long.
pub fn count(sizes: &[usize]) -> Option<usize> {
    let product = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size))?;
    (!sizes.is_empty() && (1..=isize::MAX as usize).contains(&product)).then_some(product)
}
