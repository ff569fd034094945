//! `+`, `-`, `*` and `/`, with tensors of the same shape and with numbers. The result of a tensor taken by value is
//! written in its place.

use super::kernel::{self, Binary, Unary};
use super::{SameShape, Shape, Tensor};
use crate::run::cpu::Cpu;
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

macro_rules! operators {
    ($($operator:ident $method:ident, $assign:ident $assign_method:ident;)*) => {$(
        impl<S: Shape + SameShape<R>, R: Shape> $assign<&Tensor<R>> for Tensor<S> {
            fn $assign_method(&mut self, other: &Tensor<R>) {
                kernel::combine(&Cpu::new().threads, Binary::$operator, &mut self.values, &other.values);
            }
        }

        impl<S: Shape + SameShape<R>, R: Shape> $assign<Tensor<R>> for Tensor<S> {
            fn $assign_method(&mut self, other: Tensor<R>) {
                self.$assign_method(&other);
            }
        }

        impl<S: Shape> $assign<f32> for Tensor<S> {
            fn $assign_method(&mut self, number: f32) {
                kernel::apply(&Cpu::new().threads, Binary::$operator.by(number), &mut self.values);
            }
        }

        operators!(@ $operator $method, $assign_method, [S, R] Tensor<S>, &Tensor<R>, into);
        operators!(@ $operator $method, $assign_method, [S, R] Tensor<S>, Tensor<R>, into);
        operators!(@ $operator $method, $assign_method, [S, R] &Tensor<S>, &Tensor<R>, clone);
        operators!(@ $operator $method, $assign_method, [S, R] &Tensor<S>, Tensor<R>, clone);
        operators!(@ $operator $method, $assign_method, [S] Tensor<S>, f32, into);
        operators!(@ $operator $method, $assign_method, [S] &Tensor<S>, f32, clone);

        impl<S: Shape> $operator<Tensor<S>> for f32 {
            type Output = Tensor<S>;

            fn $method(self, tensor: Tensor<S>) -> Tensor<S> {
                tensor.apply(Binary::$operator.of(self))
            }
        }

        impl<S: Shape> $operator<&Tensor<S>> for f32 {
            type Output = Tensor<S>;

            fn $method(self, tensor: &Tensor<S>) -> Tensor<S> {
                self.$method(tensor.clone())
            }
        }
    )*};
    (@ $operator:ident $method:ident, $assign_method:ident, [S $(, $r:ident)?] $left:ty, $right:ty, $own:ident) => {
        impl<S: Shape $(+ SameShape<$r>, $r: Shape)?> $operator<$right> for $left {
            type Output = Tensor<S>;

            fn $method(self, other: $right) -> Tensor<S> {
                let mut result: Tensor<S> = self.$own();
                result.$assign_method(other);
                result
            }
        }
    };
}
operators! {
    Add add, AddAssign add_assign;
    Sub sub, SubAssign sub_assign;
    Mul mul, MulAssign mul_assign;
    Div div, DivAssign div_assign;
}

impl<S: Shape> Neg for Tensor<S> {
    type Output = Tensor<S>;

    fn neg(self) -> Tensor<S> {
        self.apply(Unary::Affine { scale: -1.0, offset: 0.0 })
    }
}

impl<S: Shape> Neg for &Tensor<S> {
    type Output = Tensor<S>;

    fn neg(self) -> Tensor<S> {
        -self.clone()
    }
}
