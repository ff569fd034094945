//! Operations on each value of a tensor.

use super::kernel::{self, Binary, Unary};
use super::{Rows, Shape, Tensor};
use crate::layers::Activation;
use crate::numerics::arith::{Arith, Fused};
use crate::run::cpu::Cpu;

/// A method for each function, which takes its formula, its implementation, and an argument with its result.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident: $function:expr, $x:literal => $y:literal;)*) => {
        /// Functions of each value.
        impl<S: Shape> Tensor<S> {$(
            $(#[$doc])*
            ///
            /// ```
            #[doc = concat!("let y = loom::Tensor::from([", $x, "]).", stringify!($name), "();")]
            #[doc = concat!("assert!((y[[0]] - ", $y, ").abs() < 1e-6);")]
            /// ```
            #[must_use]
            pub fn $name(&self) -> Self {
                self.clone().apply($function)
            }
        )*}
    };
}
functions! {
    /// |x|.
    abs: Unary::Abs, "-2.0" => "2.0";
    /// e^x.
    exp: Unary::Exp, "1.0" => "2.718_281_8";
    /// The natural logarithm of x; NaN for x < 0.
    log: Unary::Log, "2.0" => "0.693_147_2";
    /// √x; NaN for x < 0.
    sqrt: Unary::Sqrt, "9.0" => "3.0";
    /// 1 / x; 0 for |x| > 2^60, as every value below 2^-60.
    recip: Unary::Over(1.0), "4.0" => "0.25";
    /// max(x, 0).
    relu: Unary::Activation(Activation::Relu), "-1.0" => "0.0";
    /// 1 / (1 + e^-x).
    sigmoid: Unary::Activation(Activation::Sigmoid), "0.0" => "0.5";
    /// (e^x - e^-x) / (e^x + e^-x).
    tanh: Unary::Activation(Activation::Tanh), "1.0" => "0.761_594_2";
    /// x · sigmoid(x).
    silu: Unary::Activation(Activation::Silu), "1.0" => "0.731_058_6";
    /// x/2 · (1 + erf(x / √2)): PyTorch's default form. [`gelu_tanh`](Tensor::gelu_tanh) is the other.
    gelu: Unary::Activation(Activation::Gelu), "1.0" => "0.841_344_7";
    /// x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).
    gelu_tanh: Unary::Activation(Activation::GeluTanh), "1.0" => "0.841_192";
}

impl<S: Shape> Tensor<S> {
    /// Each value by a function, in place.
    pub(super) fn apply(mut self, function: Unary) -> Self {
        kernel::apply(&Cpu::new().threads, function, &mut self.values);
        self
    }

    /// x^n, by squaring: |n| bits from the lowest, every product rounded and snapped; 1 / x^|n| for negative n.
    ///
    /// ```
    /// assert_eq!(loom::Tensor::from([2.0, -3.0]).powi(3).as_array(), &[8.0, -27.0]);
    /// ```
    #[must_use]
    pub fn powi(&self, n: i32) -> Self {
        self.clone().apply(Unary::Powi(n))
    }

    /// Each value by a function of your own, called in order on this thread.
    ///
    /// The bits are the same everywhere only where the function's are: `f32::exp` is the system's, `Fused::exp` of
    /// [`arith`](crate::arith) is not.
    ///
    /// ```
    /// let clamped = loom::Tensor::from([-3.0, 0.5, 3.0]).map(|x| x.clamp(-1.0, 1.0));
    /// assert_eq!(clamped.as_array(), &[-1.0, 0.5, 1.0]);
    /// ```
    #[must_use]
    pub fn map(&self, mut f: impl FnMut(f32) -> f32) -> Self {
        Tensor::fill_with(|to| to.iter_mut().zip(self.as_slice()).for_each(|(y, &x)| *y = Fused::snap(f(x))))
    }
}

/// A method for each operation with a row.
macro_rules! row_operations {
    ($($name:ident, $operation:ident, $sign:literal => $result:literal;)*) => {
        /// Operations of each row with a vector. A row runs along the last axis, of two to four.
        impl<S: Shape> Tensor<S> {$(
            #[doc = concat!("y\\[.., n\\] = x\\[.., n\\] ", $sign, " row\\[n\\].")]
            ///
            /// ```
            /// use loom::Tensor;
            ///
            /// let a = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
            #[doc = concat!("let b = a.", stringify!($name), "(&Tensor::from([2.0, 4.0]));")]
            #[doc = concat!("assert_eq!(b.as_array(), &", $result, ");")]
            /// ```
            #[must_use]
            pub fn $name<const N: usize>(&self, row: &Tensor<[f32; N]>) -> Self
            where
                S: Rows<N>,
            {
                let mut result = self.clone();
                kernel::combine(&Cpu::new().threads, Binary::$operation, &mut result.values, &row.values);
                result
            }
        )*}
    };
}
row_operations! {
    add_row, Add, "+" => "[[3.0, 6.0], [5.0, 8.0]]";
    sub_row, Sub, "-" => "[[-1.0, -2.0], [1.0, 0.0]]";
    mul_row, Mul, "·" => "[[2.0, 8.0], [6.0, 16.0]]";
    div_row, Div, "/" => "[[0.5, 0.5], [1.5, 1.0]]";
}
