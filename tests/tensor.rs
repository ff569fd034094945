//! The typed tensor: values against binary64, and its products against the layers'.

use loom::prelude::*;
use loom::tensor::{LenError, Shape};

/// Fails with the first value that is further from the expected one than `tolerance`, relative to it or to 1.
#[track_caller]
fn assert_near<S: Shape>(name: &str, found: &Tensor<S>, tolerance: f64, expected: impl Fn(usize) -> f64) {
    for (i, &found) in found.as_slice().iter().enumerate() {
        let expected = expected(i);
        let error = (f64::from(found) - expected).abs();
        let near = error <= tolerance * expected.abs().max(1.0);
        assert!(near, "{name}: index {i} is {found} ({:08x}), not {expected}", found.to_bits());
    }
}

fn wide<S: Shape>(tensor: &Tensor<S>) -> Vec<f64> {
    tensor.as_slice().iter().map(|&x| f64::from(x)).collect()
}

#[test]
fn functions() {
    type S = [[f32; 257]; 3];
    let x = Tensor::<S>::uniform(Seed(1), 0.1, 4.0);
    let signed = Tensor::<S>::uniform(Seed(2), -4.0, 4.0);
    type Case = (&'static str, fn(&Tensor<S>) -> Tensor<S>, fn(f64) -> f64);
    let positive: [Case; 6] = [
        ("log", |x| x.log(), f64::ln),
        ("sqrt", |x| x.sqrt(), f64::sqrt),
        ("recip", |x| x.recip(), f64::recip),
        ("powi(-2)", |x| x.powi(-2), |x| x.powi(-2)),
        ("2 / x", |x| 2.0 / x, |x| 2.0 / x),
        ("x / 3", |x| x / 3.0, |x| x / 3.0),
    ];
    let any: [Case; 15] = [
        ("abs", |x| x.abs(), f64::abs),
        ("exp", |x| x.exp(), f64::exp),
        ("tanh", |x| x.tanh(), f64::tanh),
        ("sigmoid", |x| x.sigmoid(), |x| 1.0 / (1.0 + (-x).exp())),
        ("relu", |x| x.relu(), |x| x.max(0.0)),
        ("silu", |x| x.silu(), |x| x / (1.0 + (-x).exp())),
        ("gelu_tanh", |x| x.gelu_tanh(), |x| x / 2.0 * (1.0 + (0.797_884_560_8 * (x + 0.044_715 * x.powi(3))).tanh())),
        ("powi(0)", |x| x.powi(0), |_| 1.0),
        ("powi(5)", |x| x.powi(5), |x| x.powi(5)),
        ("-x", |x| -x, |x| -x),
        ("x + 1.5", |x| x + 1.5, |x| x + 1.5),
        ("x - 1.5", |x| x - 1.5, |x| x - 1.5),
        ("1.5 - x", |x| 1.5 - x, |x| 1.5 - x),
        ("1.5 * x", |x| 1.5 * x, |x| 1.5 * x),
        ("map", |x| x.map(|x| x * x), |x| x * x),
    ];
    for (x, cases) in [(&x, &positive[..]), (&signed, &any[..])] {
        let exact = wide(x);
        for (name, function, expected) in cases {
            assert_near(name, &function(x), 1e-6, |i| expected(exact[i]));
        }
    }
    let gelu = Tensor::from([-3.0, -1.0, 0.0, 0.5, 2.0]).gelu();
    let expected = [-0.004_049_694, -0.158_655_254, 0.0, 0.345_731_23, 1.954_499_7];
    assert_near("gelu", &gelu, 1e-6, |i| expected[i]);
}

#[test]
fn operators() {
    let a = Tensor::<[[f32; 17]; 3]>::uniform(Seed(1), -2.0, 2.0);
    let b = Tensor::<[[f32; 17]; 3]>::uniform(Seed(2), 0.5, 2.0);
    let (x, y) = (wide(&a), wide(&b));
    assert_near("+", &(&a + &b), 1e-6, |i| x[i] + y[i]);
    assert_near("-", &(&a - &b), 1e-6, |i| x[i] - y[i]);
    assert_near("*", &(&a * &b), 1e-6, |i| x[i] * y[i]);
    assert_near("/", &(&a / &b), 1e-6, |i| x[i] / y[i]);

    let sum = &a + &b;
    assert_eq!(a.clone() + &b, sum);
    assert_eq!(a.clone() + b.clone(), sum);
    assert_eq!(&a + b.clone(), sum);
    let mut c = a.clone();
    c += &b;
    assert_eq!(c, sum);
    c -= b.clone();
    c *= 2.0;
    c /= 4.0;
    assert_near("in place", &c, 1e-6, |i| x[i] / 2.0);
}

#[test]
fn rows() {
    let a = Tensor::<[[[f32; 3]; 17]; 5]>::uniform(Seed(1), -2.0, 2.0);
    let row = Tensor::<[f32; 3]>::uniform(Seed(2), 0.5, 2.0);
    let (x, r) = (wide(&a), wide(&row));
    assert_near("add_row", &a.add_row(&row), 1e-6, |i| x[i] + r[i % 3]);
    assert_near("sub_row", &a.sub_row(&row), 1e-6, |i| x[i] - r[i % 3]);
    assert_near("mul_row", &a.mul_row(&row), 1e-6, |i| x[i] * r[i % 3]);
    assert_near("div_row", &a.div_row(&row), 1e-6, |i| x[i] / r[i % 3]);
}

fn check_matmul<const M: usize, const K: usize, const N: usize>() {
    let a = Tensor::<[[f32; K]; M]>::normal(Seed(1));
    let b = Tensor::<[[f32; N]; K]>::normal(Seed(2));
    let (x, y) = (wide(&a), wide(&b));
    let c = a.matmul(&b);
    let name = format!("{M} x {K} x {N}");
    assert_near(&name, &c, 1e-4, |i| (0..K).map(|k| x[i / N * K + k] * y[k * N + i % N]).sum());

    // C^T = B^T A^T, to the bit: each output adds up the same products in the same order.
    assert!(c.transpose().bits_eq(&b.transpose().matmul(&a.transpose())), "{name}");
    // A vector is a matrix of one row, or of one column.
    let v = Tensor::<[f32; K]>::normal(Seed(3));
    assert!(a.matmul(&v).bits_eq(&a.matmul(&v.clone().reshape::<[[f32; 1]; K]>()).reshape()), "{name}");
    assert!(v.matmul(&b).bits_eq(&v.clone().reshape::<[[f32; K]; 1]>().matmul(&b).reshape()), "{name}");
    // A batch is its matrices.
    let batch = Tensor::<[[[f32; K]; M]; 2]>::from_fn(|[n, i, k]| if n == 1 { a[[i, k]] } else { 1.0 });
    let others = Tensor::<[[[f32; N]; K]; 2]>::from_fn(|[n, k, j]| if n == 1 { b[[k, j]] } else { 2.0 });
    assert_eq!(batch.matmul(&others).as_array()[1], *c.as_array(), "{name}");
    assert_eq!(batch.matmul(&b).as_array()[1], *c.as_array(), "{name}");
    assert_eq!(batch.transpose().as_array()[1], *a.transpose().as_array(), "{name}");
}

#[test]
fn matmul() {
    check_matmul::<1, 1, 1>();
    check_matmul::<3, 1, 17>();
    check_matmul::<1, 257, 3>();
    check_matmul::<17, 3, 257>();
    check_matmul::<257, 17, 33>();
}

/// The same bits as the layer `Dense` for the same numbers.
#[test]
fn matmul_is_dense() {
    const BATCH: usize = 100;
    let net = network![Dense<257, 17, bias = false>];
    let weight = Tensor::<[[f32; 257]; 17]>::from_slice(&net.weights().get("0.weight").unwrap()).unwrap();
    let input = Tensor::<[[f32; 257]; BATCH]>::normal(Seed(1));
    let expected = net.forward_batch(input.as_array());
    let found = input.matmul(&weight.transpose());
    assert_eq!(found.as_array()[..], expected[..]);
}

#[test]
fn sums() {
    let a = Tensor::<[[[[f32; 5]; 17]; 3]; 65]>::uniform(Seed(1), -1.0, 3.0);
    let x = wide(&a);
    let sum = |name: &str, found: &[f32], indices: &dyn Fn(usize) -> Vec<usize>| {
        for (i, &found) in found.iter().enumerate() {
            let exact: f64 = indices(i).into_iter().map(|j| x[j]).sum();
            assert!((f64::from(found) - exact).abs() < 1e-5 * exact.abs(), "{name} {i}: {found}, not {exact}");
        }
    };
    sum("all", &[a.sum()], &|_| (0..x.len()).collect());
    for (axis, found, len, inner) in [
        (0, a.sum_axis::<0>().as_slice(), 65, 255),
        (1, a.sum_axis::<1>().as_slice(), 3, 85),
        (2, a.sum_axis::<2>().as_slice(), 17, 5),
        (3, a.sum_axis::<3>().as_slice(), 5, 1),
    ] {
        let first = |i: usize| i / inner * inner * len + i % inner;
        sum(&format!("axis {axis}"), found, &|i| (0..len).map(|n| first(i) + n * inner).collect());
    }
    assert_near("mean_axis", &a.mean_axis::<2>(), 1e-6, |i| f64::from(a.sum_axis::<2>().as_slice()[i]) / 17.0);
    assert!((a.mean() - 1.0).abs() < 0.05);

    let v = a.reshape::<[f32; 16_575]>();
    assert_eq!(v.sum_axis::<0>().item(), v.sum());
    let exact: f64 = x.iter().map(|x| x * x).sum();
    assert!((f64::from(v.dot(&v)) - exact).abs() < 1e-6 * exact);
}

#[test]
fn greatest() {
    let a = Tensor::from([[1.0, -2.0, 7.0], [7.0, 0.0, 3.0]]);
    assert_eq!((a.max(), a.argmax()), (7.0, 2));
    let b = Tensor::from([1.0, f32::NAN, f32::INFINITY, f32::NAN]);
    assert!(b.max().is_nan());
    assert_eq!(b.argmax(), 1);
}

#[test]
fn softmax() {
    let a = Tensor::<[[f32; 10]; 17]>::normal(Seed(1)) * 5.0;
    let p = a.softmax();
    assert_near("sum", &p.sum_axis::<1>(), 1e-6, |_| 1.0);
    let x = wide(&a);
    let total = |i: usize| x[i / 10 * 10..][..10].iter().map(|x| x.exp()).sum::<f64>();
    assert_near("softmax", &p, 1e-6, |i| x[i].exp() / total(i));
    assert_eq!(Tensor::from(3.0).softmax().item(), 1.0);
}

#[test]
fn creation() {
    type S = [[f32; 3]; 2];
    let a = Tensor::<S>::from_array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    assert_eq!(a, Tensor::from(a.as_array()));
    assert_eq!(a, Tensor::try_from(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap());
    assert_eq!(a, Tensor::<S>::from_fn(|[row, column]| (3 * row + column + 1) as f32));
    assert_eq!(a[[1, 0]], 4.0);
    assert_eq!(a.clone().to_array()[1], [4.0, 5.0, 6.0]);
    assert_eq!(format!("{a:?}"), "Tensor [2, 3] [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]");
    assert_eq!(format!("{:?}", Tensor::<[f32; 9]>::ones()), "Tensor [9] [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, ..]");
    for found in [0, 5, 7] {
        let error = LenError { shape: &[2, 3], expected: 6, found };
        assert_eq!(Tensor::<S>::from_slice(&vec![0.0; found]), Err(error.clone()));
        assert_eq!(Tensor::<S>::try_from(vec![0.0; found]), Err(error));
    }
    let normal = Tensor::<[[f32; 100]; 100]>::normal(Seed(3));
    assert!(normal.mean().abs() < 0.04 && ((&normal * &normal).mean() - 1.0).abs() < 0.06);
    assert!(!normal.bits_eq(&Tensor::normal(Seed(4))));
}

#[test]
#[should_panic(expected = "index [2, 0] is outside a tensor of shape [2, 3]")]
fn index_outside() {
    let _ = Tensor::<[[f32; 3]; 2]>::zeros()[[2, 0]];
}

/// What enters and what is stored is flushed.
#[test]
fn flush() {
    let a = Tensor::from([-0.0, 1e-30, -1e-30, -f32::NAN]);
    let expected = [0, 0, 0, 0x7fc0_0000];
    assert_eq!(a.as_slice().iter().map(|x| x.to_bits()).collect::<Vec<_>>(), expected);
    assert_eq!((-Tensor::from([0.0]))[[0]].to_bits(), 0);
    assert_eq!(Tensor::from([1e-10]).powi(2)[[0]], 0.0);
    assert_eq!(Tensor::full(-0.0).item().to_bits(), 0);
    assert_eq!(Tensor::from([1.0]).map(|_| 1e-30)[[0]], 0.0);
    let mut written = Tensor::<[f32; 4]>::zeros();
    written.as_mut_slice().copy_from_slice(&[-0.0, 1e-30, -1e-30, f32::from_bits(0x7fc0_1234)]);
    for y in [written.clone().relu(), written.tanh()] {
        assert_eq!(y.as_slice().iter().map(|x| x.to_bits()).collect::<Vec<_>>(), expected);
    }
}

/// 16 MB each, on a thread of 2 MB of stack, in a debug build.
#[test]
fn large() {
    type Large = [[f32; 1024]; 4096];
    let a = Tensor::<Large>::full(0.1);
    let b = Tensor::<Large>::from_fn(|[row, _]| row as f32);
    let c = &a * 2.0 + &b;
    assert_eq!(c[[4095, 1023]], 4095.2);
    assert!((a.mean() - 0.1).abs() < 1e-6, "{}", a.mean());
    assert_eq!(b.transpose()[[1000, 4000]], 4000.0);
    assert_eq!(b.sum_axis::<0>().as_slice(), [4095.0 * 2048.0; 1024]);
    let copy = Tensor::<Large>::from_slice(c.as_slice()).unwrap();
    assert!(copy == c && copy.bits_eq(&c.clone()));
    assert_eq!(Tensor::from(c.as_array()).reshape::<[f32; 4_194_304]>().softmax().as_slice().len(), 4_194_304);
    assert_eq!(Tensor::<Large>::normal(Seed(1)).relu().shape(), [4096, 1024]);
}
