//! Tensors outside a network: [`Tensor<S>`](Tensor), whose shape is the nested array type `S`.
//!
//! ```
//! use loom::{Seed, Tensor};
//!
//! let images = Tensor::<[[f32; 784]; 32]>::uniform(Seed(1), 0.0, 1.0);
//! let weight = Tensor::<[[f32; 784]; 10]>::normal(Seed(2)) * 0.05;
//! let bias = Tensor::<[f32; 10]>::zeros();
//!
//! let scores = images.matmul(&weight.transpose()).add_row(&bias).softmax();
//! assert_eq!(scores.shape(), [32, 10]);
//! assert!((scores.sum() - 32.0).abs() < 1e-4);
//! ```
//!
//! An operation whose shapes do not fit does not compile:
//!
//! ```compile_fail,E0277
//! # use loom::Tensor;
//! let a = Tensor::<[[f32; 3]; 2]>::ones();
//! let b = Tensor::<[[f32; 5]; 4]>::ones();
//! let c = a.matmul(&b); // a tensor of shape `[[f32; 3]; 2]` cannot be multiplied by one of shape `[[f32; 5]; 4]`
//! ```
//!
//! # What it computes
//!
//! The kernels and the arithmetic are the layers': [`Fused`](crate::numerics::arith::Fused), on the threads of the default
//! [`Cpu`](crate::Cpu), with the same bits for any number of them. Every value that enters and every value that an
//! operation stores is snapped (see [`arith`](crate::arith)): magnitudes below 2^-60, and -0, become +0.
//!
//! Loom arithmetic has no division: `x / y` is `x * recip(y)`, rounded twice, within 1.6 units in the last place. A
//! divisor beyond 2^126 in magnitude gives 0.

mod access;
mod create;
mod elementwise;
mod kernel;
mod matmul;
mod operators;
mod reduce;
mod reshape;
mod shape;

pub use crate::error::LenError;
pub use matmul::MatMul;
pub use reduce::Axis;
pub use shape::{Rows, SameShape, Shape};

use crate::kernels::Buffer;
use core::marker::PhantomData;

/// A tensor on the heap, contiguous, whose shape is in its type: a `Tensor<[[f32; 3]; 2]>` is a matrix of 2 rows and 3
/// columns.
///
/// ```
/// use loom::Tensor;
///
/// let a = Tensor::from_array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// let b = a.matmul(&a.transpose());
/// assert_eq!(b.as_array(), &[[14.0, 32.0], [32.0, 77.0]]);
/// ```
///
/// It has at least one value: a size of 0 is an error where the tensor is made, which `cargo build` reports and
/// `cargo check` does not.
///
/// See [the module](self) for the arithmetic.
#[derive(Clone)]
pub struct Tensor<S: Shape> {
    /// The values, the last axis fastest.
    values: Buffer<f32>,
    shape: PhantomData<S>,
}

impl<S: Shape> Tensor<S> {
    const NOT_EMPTY: () = assert!(S::LEN > 0, "a tensor has at least one value, so no size of its shape is 0");

    /// The tensor of `S::LEN` values.
    fn new(values: Buffer<f32>) -> Self {
        let () = Self::NOT_EMPTY;
        debug_assert_eq!(values.len(), S::LEN);
        Tensor { values, shape: PhantomData }
    }

    /// The tensor that `fill` writes over zeros.
    fn fill_with(fill: impl FnOnce(&mut [f32])) -> Self {
        let mut tensor = Tensor::new(kernel::zeros(S::LEN));
        fill(&mut tensor.values);
        tensor
    }
}
