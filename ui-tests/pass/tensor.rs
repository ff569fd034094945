//! Every operation of the typed tensor, with as few types written as there can be.

use loom::prelude::*;
use loom::tensor::{MatMul, Shape};

/// Generic code names the traits.
fn twice<S: Shape, R: Shape>(a: &Tensor<S>, b: &Tensor<R>) -> Tensor<S::Output>
where
    S: MatMul<R>,
{
    a.matmul(b) * 2.0
}

fn layer_norm<const N: usize, const M: usize>(x: &Tensor<[[f32; N]; M]>) -> Tensor<[[f32; N]; M]> {
    let centred = x - x.mean_axis::<1>().expand_axis::<1, _>();
    let variance = (&centred * &centred).mean_axis::<1>();
    centred / (variance + 1e-5).sqrt().expand_axis::<1, _>()
}

fn main() {
    let a = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let b = a.clone().reshape::<[[f32; 2]; 3]>();
    let c: Tensor<[[f32; 2]; 2]> = a.matmul(&b);
    assert_eq!(twice(&a, &b), &c * 2.0);
    let d: Tensor<[[f32; 2]; 2]> = 1.0 - 2.0 / (&c + 1.0) * c.exp() - &c;
    assert_eq!(d.shape(), [2, 2]);
    let e: Tensor<[f32; 6]> = a.clone().reshape();
    assert_eq!(e.dot(&e), (&a * &a).sum());
    assert_eq!(a.add_row(&Tensor::ones()), &a + 1.0);
    assert_eq!(&a + Tensor::zeros(), a);
    assert!(layer_norm(&a).sum().abs() < 1e-5);

    let batch = Tensor::<[[[f32; 5]; 4]; 3]>::normal(Seed(1));
    let products: Tensor<[[[f32; 4]; 4]; 3]> = batch.matmul(&batch.transpose());
    assert_eq!(products.sum_axis::<2>().sum_axis::<0>().shape(), [4]);
}
