//! The values and the shape of a tensor.

use super::{Shape, Tensor};
use crate::run::sample::assert_by_value;
use core::fmt;
use core::ops::Index;

/// What is said of an array that is too large.
const TO_BOXED: &str = "the array is too large to be passed by value on the stack: \
    take `as_array` or `to_boxed_array` instead of `to_array`";

/// Values that `Debug` prints before it leaves the rest out.
const SHOWN: usize = 8;

/// Access to the values.
impl<S: Shape> Tensor<S> {
    /// The size of each axis, the outermost first.
    ///
    /// ```
    /// assert_eq!(loom::Tensor::<[[[f32; 28]; 14]; 3]>::zeros().shape(), [3, 14, 28]);
    /// ```
    pub fn shape(&self) -> &'static [usize] {
        S::SHAPE
    }

    /// The tensor as the array that its type says.
    ///
    /// ```
    /// let a = loom::Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(a.as_array()[1], [3.0, 4.0]);
    /// ```
    pub fn as_array(&self) -> &S {
        bytemuck::from_bytes(bytemuck::cast_slice(&self.values))
    }

    /// The tensor as the array that its type says, to change it.
    ///
    /// Values are stored as they are written; magnitudes below 2^-60 that are written here are not snapped.
    ///
    /// ```
    /// let mut a = loom::Tensor::<[[f32; 2]; 2]>::zeros();
    /// a.as_mut_array()[1][0] = 3.0;
    /// assert_eq!(a.as_slice(), [0.0, 0.0, 3.0, 0.0]);
    /// ```
    pub fn as_mut_array(&mut self) -> &mut S {
        bytemuck::from_bytes_mut(bytemuck::cast_slice_mut(&mut self.values))
    }

    /// The values, the last axis fastest.
    ///
    /// ```
    /// let a = loom::Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(a.as_slice(), [1.0, 2.0, 3.0, 4.0]);
    /// ```
    pub fn as_slice(&self) -> &[f32] {
        &self.values
    }

    /// The values, to change them; see [`as_mut_array`](Tensor::as_mut_array).
    ///
    /// ```
    /// let mut a = loom::Tensor::<[[f32; 2]; 2]>::ones();
    /// a.as_mut_slice().fill(2.0);
    /// assert_eq!(a.sum(), 8.0);
    /// ```
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The array by value, that is on the stack. An array of more than [`MAX_BY_VALUE`](crate::MAX_BY_VALUE) bytes does not
    /// compile: take [`as_array`](Tensor::as_array) or [`to_boxed_array`](Tensor::to_boxed_array).
    ///
    /// ```
    /// let [first, second] = loom::Tensor::from([1.0, 2.0]).to_array();
    /// assert_eq!(second - first, 1.0);
    /// ```
    pub fn to_array(self) -> S {
        const { assert_by_value::<S>(TO_BOXED) };
        *self.as_array()
    }

    /// A copy of the array on the heap.
    ///
    /// ```
    /// use loom::{Seed, Tensor};
    ///
    /// let image = Tensor::<[[[f32; 224]; 224]; 3]>::uniform(Seed(1), 0.0, 1.0);
    /// assert_eq!(image.to_boxed_array()[2][7], image.as_array()[2][7]);
    /// ```
    ///
    /// # Panics
    /// Where there is no memory for it.
    pub fn to_boxed_array(&self) -> Box<S> {
        let mut array = S::zeroed_box();
        S::flat_mut(core::slice::from_mut(&mut *array)).copy_from_slice(&self.values);
        array
    }

    /// Whether all values have the same bits, so that NaN equals NaN.
    ///
    /// ```
    /// let a = loom::Tensor::from([f32::NAN]);
    /// assert!(a.bits_eq(&a) && a != a);
    /// ```
    pub fn bits_eq(&self, other: &Self) -> bool {
        bytemuck::cast_slice::<f32, u32>(&self.values) == bytemuck::cast_slice::<f32, u32>(&other.values)
    }
}

impl Tensor<f32> {
    /// The only value.
    ///
    /// ```
    /// assert_eq!(loom::Tensor::from([1.0, 2.0]).sum_axis::<0>().item(), 3.0);
    /// ```
    pub fn item(&self) -> f32 {
        self.values[0]
    }
}

/// The value at an index for each axis: `a[[row, column]]`.
///
/// # Panics
/// Where an index is not below its axis's size.
impl<S: Shape> Index<S::Index> for Tensor<S> {
    type Output = f32;

    fn index(&self, index: S::Index) -> &f32 {
        &self.values[offset(index.as_ref(), S::SHAPE)]
    }
}

/// Where the value at an index lies.
fn offset(index: &[usize], shape: &[usize]) -> usize {
    let inside = index.iter().zip(shape).all(|(i, size)| i < size);
    assert!(inside, "index {index:?} is outside a tensor of shape {shape:?}");
    index.iter().zip(shape).fold(0, |offset, (i, size)| offset * size + i)
}

/// Equal values, as IEEE-754 has it: NaN equals nothing. See [`bits_eq`](Tensor::bits_eq).
impl<S: Shape> PartialEq for Tensor<S> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

/// The shape and the first values: `Tensor [2, 3] [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]`.
impl<S: Shape> fmt::Debug for Tensor<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor {:?} ", S::SHAPE)?;
        let shown = &self.values[..S::LEN.min(SHOWN)];
        let mut list = f.debug_list();
        list.entries(shown);
        if shown.len() < S::LEN { list.finish_non_exhaustive() } else { list.finish() }
    }
}

impl<S: Shape> Default for Tensor<S> {
    /// [`zeros`](Tensor::zeros).
    fn default() -> Self {
        Tensor::zeros()
    }
}

impl<S: Shape> AsRef<[f32]> for Tensor<S> {
    fn as_ref(&self) -> &[f32] {
        self.as_slice()
    }
}
