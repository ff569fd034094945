//! Matrix products of tensors.

use super::{Shape, Tensor, kernel};
use crate::run::cpu::Cpu;

/// Shapes of which there is a matrix product: `Self` times `R`.
#[diagnostic::on_unimplemented(
    message = "a tensor of shape `{Self}` cannot be multiplied by one of shape `{R}`",
    label = "the sizes of K, or of B, differ, or these are not the ranks of a product",
    note = "`matmul` takes [M, K] x [K, N], [M, K] x [K], [K] x [K, N], [B, M, K] x [B, K, N] and [B, M, K] x [K, N]",
    note = "a matrix [M, K] is a `[[f32; K]; M]`; `transpose` exchanges its rows and columns"
)]
pub trait MatMul<R: Shape>: Shape {
    /// The product's shape.
    type Output: Shape;
    /// B, M, K and N of B products [M, K] x [K, N].
    const SIZES: [usize; 4];
}

/// `[M, K] x [K, N] = [M, N]`
impl<const M: usize, const K: usize, const N: usize> MatMul<[[f32; N]; K]> for [[f32; K]; M] {
    type Output = [[f32; N]; M];
    const SIZES: [usize; 4] = [1, M, K, N];
}

/// `[M, K] x [K] = [M]`
impl<const M: usize, const K: usize> MatMul<[f32; K]> for [[f32; K]; M] {
    type Output = [f32; M];
    const SIZES: [usize; 4] = [1, M, K, 1];
}

/// `[K] x [K, N] = [N]`
impl<const K: usize, const N: usize> MatMul<[[f32; N]; K]> for [f32; K] {
    type Output = [f32; N];
    const SIZES: [usize; 4] = [1, 1, K, N];
}

/// `[B, M, K] x [B, K, N] = [B, M, N]`
impl<const B: usize, const M: usize, const K: usize, const N: usize> MatMul<[[[f32; N]; K]; B]> for [[[f32; K]; M]; B] {
    type Output = [[[f32; N]; M]; B];
    const SIZES: [usize; 4] = [B, M, K, N];
}

/// `[B, M, K] x [K, N] = [B, M, N]`: every matrix times the same one.
impl<const B: usize, const M: usize, const K: usize, const N: usize> MatMul<[[f32; N]; K]> for [[[f32; K]; M]; B] {
    type Output = [[[f32; N]; M]; B];
    const SIZES: [usize; 4] = [1, B * M, K, N];
}

/// Matrices.
impl<S: Shape> Tensor<S> {
    /// The matrix product: C\[i, j\] = Σ_k A\[i, k\] B\[k, j\], added up in the order of k by fused multiply-adds.
    ///
    /// | `self` | `other` | product |
    /// |---|---|---|
    /// | `[M, K]` | `[K, N]` | `[M, N]` |
    /// | `[M, K]` | `[K]` | `[M]` |
    /// | `[K]` | `[K, N]` | `[N]` |
    /// | `[B, M, K]` | `[B, K, N]` | `[B, M, N]`: B products |
    /// | `[B, M, K]` | `[K, N]` | `[B, M, N]` |
    ///
    /// ```
    /// use loom::Tensor;
    ///
    /// let a = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let b = Tensor::from([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
    /// assert_eq!(a.matmul(&b).as_array(), &[[4.0, 5.0], [10.0, 11.0]]);
    ///
    /// let v = Tensor::from([1.0, 0.0, -1.0]);
    /// assert_eq!(a.matmul(&v).as_array(), &[-2.0, -2.0]);
    /// ```
    #[must_use]
    pub fn matmul<R: Shape>(&self, other: &Tensor<R>) -> Tensor<S::Output>
    where
        S: MatMul<R>,
    {
        Tensor::fill_with(|to| kernel::matmul(&Cpu::new().threads, &self.values, &other.values, S::SIZES, to))
    }
}

impl<const M: usize, const N: usize> Tensor<[[f32; N]; M]> {
    /// Rows and columns exchanged: B\[j, i\] = A\[i, j\].
    ///
    /// ```
    /// use loom::Tensor;
    ///
    /// let a = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(a.transpose().as_array(), &[[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]);
    /// ```
    #[must_use]
    pub fn transpose(&self) -> Tensor<[[f32; M]; N]> {
        Tensor::fill_with(|to| kernel::transpose(&Cpu::new().threads, &self.values, M, N, to))
    }
}

impl<const B: usize, const M: usize, const N: usize> Tensor<[[[f32; N]; M]; B]> {
    /// The last two axes exchanged, that is each matrix transposed.
    ///
    /// ```
    /// let a = loom::Tensor::from([[[1.0, 2.0]], [[3.0, 4.0]]]);
    /// assert_eq!(a.transpose().as_array(), &[[[1.0], [2.0]], [[3.0], [4.0]]]);
    /// ```
    #[must_use]
    pub fn transpose(&self) -> Tensor<[[[f32; M]; N]; B]> {
        Tensor::fill_with(|to| kernel::transpose(&Cpu::new().threads, &self.values, M, N, to))
    }
}

impl<const N: usize> Tensor<[f32; N]> {
    /// The scalar product Σ_i x_i y_i.
    ///
    /// Chunks of 4096 products, each in 16 strided sums; then the chunks' sums likewise.
    ///
    /// ```
    /// use loom::Tensor;
    ///
    /// assert_eq!(Tensor::from([1.0, 2.0, 3.0]).dot(&Tensor::from([4.0, 5.0, 6.0])), 32.0);
    /// ```
    #[must_use]
    pub fn dot(&self, other: &Self) -> f32 {
        kernel::dot(&Cpu::new().threads, &self.values, &other.values)
    }
}
