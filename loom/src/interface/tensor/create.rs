//! New tensors.

use super::{LenError, Shape, Tensor, kernel};
use crate::numerics::random::{Seed, Stream};
use crate::run::sample::assert_by_value;

/// What is said of an array that is too large.
const FROM_SLICE: &str = "the array is too large to be passed by value on the stack: \
    take `Tensor::from_slice`, `Tensor::from_fn` or `Tensor::from(&array)`";

/// Creation. The values are on the heap; only [`from_array`](Tensor::from_array) takes some that lie on the stack.
///
/// # Panics
/// Where there is no memory for the values.
impl<S: Shape> Tensor<S> {
    /// All 0.
    ///
    /// ```
    /// let image = loom::Tensor::<[[[f32; 28]; 28]; 1]>::zeros();
    /// assert_eq!(image.as_slice(), [0.0; 784]);
    /// ```
    pub fn zeros() -> Self {
        Tensor::fill_with(|_| {})
    }

    /// All 1.
    ///
    /// ```
    /// assert_eq!(loom::Tensor::<[[f32; 3]; 2]>::ones().as_array(), &[[1.0; 3]; 2]);
    /// ```
    pub fn ones() -> Self {
        Tensor::full(1.0)
    }

    /// All `value`.
    ///
    /// ```
    /// assert_eq!(loom::Tensor::<[[f32; 3]; 2]>::full(0.5).as_array(), &[[0.5; 3]; 2]);
    /// ```
    pub fn full(value: f32) -> Self {
        Tensor::fill_with(|values| kernel::fill(values, value))
    }

    /// The values of an array, which is passed by value, on the stack. An array of more than
    /// [`MAX_BY_VALUE`](crate::MAX_BY_VALUE) bytes does not compile: take [`from_slice`](Tensor::from_slice),
    /// [`from_fn`](Tensor::from_fn), or `Tensor::from` of a reference to an array on the heap.
    ///
    /// ```
    /// let a = loom::Tensor::from_array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(a.shape(), [2, 3]);
    /// ```
    pub fn from_array(array: S) -> Self {
        const { assert_by_value::<S>(FROM_SLICE) };
        Tensor::from(&array)
    }

    /// The values of a slice, the last axis fastest.
    ///
    /// ```
    /// use loom::Tensor;
    ///
    /// let a = Tensor::<[[f32; 2]; 2]>::from_slice(&[1.0, 2.0, 3.0, 4.0])?;
    /// assert_eq!(a.as_array(), &[[1.0, 2.0], [3.0, 4.0]]);
    ///
    /// let error = Tensor::<[[f32; 2]; 2]>::from_slice(&[1.0; 5]).unwrap_err();
    /// assert_eq!(error.to_string(), "a tensor of shape [2, 2] has 4 values, not 5");
    /// # Ok::<(), loom::tensor::LenError>(())
    /// ```
    ///
    /// # Errors
    /// Where the slice has not as many values as the shape.
    pub fn from_slice(values: &[f32]) -> Result<Self, LenError> {
        if values.len() != S::LEN {
            return Err(LenError { shape: S::SHAPE, expected: S::LEN, found: values.len() });
        }
        Ok(Tensor::fill_with(|to| kernel::load(values, to)))
    }

    /// The value of `f` at each index, called in order, the last axis fastest.
    ///
    /// ```
    /// use loom::Tensor;
    ///
    /// let identity = Tensor::<[[f32; 3]; 3]>::from_fn(|[row, column]| if row == column { 1.0 } else { 0.0 });
    /// assert_eq!(identity.as_array(), &[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    /// ```
    pub fn from_fn(mut f: impl FnMut(S::Index) -> f32) -> Self {
        let mut index = S::Index::default();
        Tensor::fill_with(|values| {
            for value in &mut *values {
                *value = f(index);
                advance(index.as_mut(), S::SHAPE);
            }
            kernel::snap(values);
        })
    }

    /// Values from `low` up to `high`, each as likely; `high` itself comes only by rounding.
    ///
    /// The numbers follow from the seed alone, on every machine. Tensors of one seed share their first numbers, so take
    /// a seed of its own for each.
    ///
    /// ```
    /// use loom::{Seed, Tensor};
    ///
    /// let a = Tensor::<[f32; 100]>::uniform(Seed(1), -2.0, 2.0);
    /// assert!(a.as_slice().iter().all(|x| (-2.0..2.0).contains(x)));
    /// assert!(a.bits_eq(&Tensor::uniform(Seed(1), -2.0, 2.0)));
    /// ```
    pub fn uniform(seed: Seed, low: f32, high: f32) -> Self {
        Tensor::fill_with(|values| kernel::draw(values, seed, |stream| stream.uniform(low, high)))
    }

    /// Values of the normal distribution of mean 0 and variance 1, as PyTorch's `randn`; see
    /// [`uniform`](Tensor::uniform) for the seed.
    ///
    /// ```
    /// use loom::{Seed, Tensor};
    ///
    /// let noise = Tensor::<[f32; 1000]>::normal(Seed(1)) * 0.1 + 5.0;
    /// assert!((noise.mean() - 5.0).abs() < 0.01);
    /// ```
    pub fn normal(seed: Seed) -> Self {
        Tensor::fill_with(|values| kernel::draw(values, seed, Stream::normal))
    }
}

/// The next index, the last axis fastest.
fn advance(index: &mut [usize], shape: &[usize]) {
    for (i, &size) in index.iter_mut().zip(shape).rev() {
        *i += 1;
        if *i < size {
            return;
        }
        *i = 0;
    }
}

/// [`from_array`](Tensor::from_array).
impl<S: Shape> From<S> for Tensor<S> {
    fn from(array: S) -> Self {
        const { assert_by_value::<S>(FROM_SLICE) };
        Tensor::from(&array)
    }
}

/// The values of an array, which may be on the heap: `Tensor::from(&*boxed)`.
impl<S: Shape> From<&S> for Tensor<S> {
    fn from(array: &S) -> Self {
        Tensor::fill_with(|to| kernel::load(S::flat(core::slice::from_ref(array)), to))
    }
}

/// [`from_slice`](Tensor::from_slice).
impl<S: Shape> TryFrom<Vec<f32>> for Tensor<S> {
    type Error = LenError;

    fn try_from(values: Vec<f32>) -> Result<Self, LenError> {
        Tensor::from_slice(&values)
    }
}
