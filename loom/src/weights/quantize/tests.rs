//! The factor, the dampings and the errors of GPTQ.

use super::factor::factor;
use super::{Rounding, Search, compensate};
use crate::dtype::{Encoded, Format};
use crate::error::Error;
use crate::kernels::Threads;
use crate::weights::quantize::RoundingError;

/// Numbers between -1 and 1 that look random.
fn numbers(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1 << 23) as f64 - 1.0
    };
    core::iter::repeat_with(next).take(count).collect()
}

/// Σ x xᵀ of some inputs, whose values have something in common.
fn hessian(seed: u64, inputs: usize, columns: usize) -> Vec<f64> {
    let (own, common) = (numbers(seed, inputs * columns), numbers(seed + 1, inputs));
    let mut sums = vec![0.0; columns * columns];
    for (own, common) in own.chunks(columns).zip(common) {
        let x: Vec<f64> = own.iter().map(|own| own + 2.0 * common).collect();
        for i in 0..columns {
            for j in 0..columns {
                sums[i * columns + j] += x[i] * x[j];
            }
        }
    }
    sums
}

#[test]
fn factors_give_the_matrix_with_any_number_of_threads() {
    for n in [1, 2, 3, 63, 64, 65, 150] {
        let h = hessian(n as u64, n + 20, n);
        let (mut m, mut others) = (h.clone(), h.clone());
        let d = factor(&Threads::new(1), &mut m, n).expect("positive definite");
        let other = factor(&Threads::new(3), &mut others, n).expect("positive definite");
        assert!(d == other && m == others, "{n}");
        let scale = (0..n).map(|i| h[i * n + i]).fold(0.0, f64::max);
        for i in 0..n {
            assert_eq!(m[i * n + i], 1.0, "{n} at {i}");
            for j in 0..=i {
                let found: f64 = (0..=j).map(|k| m[i * n + k] * d[k] * m[j * n + k]).sum();
                assert!((found - h[i * n + j]).abs() < 1e-12 * scale, "{n} at {i}, {j}: {found} for {}", h[i * n + j]);
            }
        }
    }
}

#[test]
fn what_is_no_hessian_is_refused() {
    for bad in [f64::NAN, f64::INFINITY, -5.0] {
        let found = compensate(Format::I8, [1, 2], &[1.0, 0.5], &[1.0, 0.0, 0.0, bad], &Rounding::new());
        assert!(matches!(found, Err(Error::Rounding(RoundingError::Hessian { columns: 2 }))), "{bad}: {found:?}");
    }
    for len in [0, 2, 5] {
        let found = compensate(Format::I8, [1, 2], &[1.0, 0.5], &vec![1.0; len], &Rounding::new());
        assert!(matches!(found, Err(Error::Rounding(RoundingError::Hessian { columns: 2 }))), "{len}: {found:?}");
    }
    let found = compensate(Format::I32, [1, 1], &[1.0], &[1.0], &Rounding::new());
    assert!(matches!(found, Err(Error::Rounding(RoundingError::Unused { format: Format::I32, .. }))), "{found:?}");
    let found = compensate(Format::I8, [1, 1], &[1.0], &[1.0], &Rounding::new().damping(0.0));
    assert!(matches!(found, Err(Error::Setting { name: "damping", .. })), "{found:?}");
}

/// Inputs that depend on each other need a damping that can be seen; which they are, and not that they are too great, is said.
#[test]
fn dampings_that_are_too_small() {
    let equal = |columns: usize, value: f64| vec![value; columns * columns];
    for (columns, value) in [(2, 1.0), (3, 0.1), (130, 1e30)] {
        let round = |damping: f64| {
            let rounding = Rounding::new().damping(damping);
            compensate(Format::I8, [1, columns], &vec![0.5; columns], &equal(columns, value), &rounding).map(drop)
        };
        let error = round(1e-17).expect_err("nothing is added");
        let expected =
            format!("the damping 1e-17 is too small for the Hessian of {columns} columns; the default is 0.01");
        assert_eq!(error.to_string(), expected);
        assert!(round(0.01).is_ok(), "{columns}");
    }
}

fn decode(encoded: &Encoded) -> Vec<f32> {
    let mut values = vec![0.0; encoded.parts().rows * encoded.parts().columns];
    encoded.decode(&mut values);
    values
}

/// (w - ŵ)ᵀ H (w - ŵ) of each row, with the damping.
fn errors(encoded: &Encoded, weight: &[f32], hessian: &[f64], damping: f64) -> Vec<f64> {
    let n = encoded.parts().columns;
    let mean = (0..n).map(|i| hessian[i * n + i]).sum::<f64>() / n as f64;
    let of_row = |(found, weight): (&[f32], &[f32])| {
        let e: Vec<f64> = found.iter().zip(weight).map(|(&f, &w)| f64::from(w) - f64::from(f)).collect();
        let product =
            |i: usize| -> f64 { (0..n).map(|j| hessian[i * n + j] * e[j]).sum::<f64>() + damping * mean * e[i] };
        (0..n).map(|i| e[i] * product(i)).sum()
    };
    decode(encoded).chunks(n).zip(weight.chunks(n)).map(of_row).collect()
}

/// With the same scales, no row is worse than rounded to nearest, and all together are much better.
#[test]
fn compensation_is_never_worse_than_nearest() {
    for format in [Format::F4, Format::I8, Format::U8, Format::I16, Format::F16, Format::BF16] {
        let (mut before, mut after) = (0.0, 0.0);
        for (case, &columns) in [1, 3, 17, 40, 257].iter().cycle().take(15).enumerate() {
            let seed = 100 * case as u64;
            let hessian = hessian(seed, 2 * columns, columns);
            let weight: Vec<f32> = numbers(seed + 7, 5 * columns).iter().map(|&w| w as f32).collect();
            let scaled = matches!(format, Format::F4 | Format::I8 | Format::U8 | Format::I16);
            let rounding = if scaled { Rounding::new().search(Search::Greatest) } else { Rounding::new() };
            let plain = rounding.encode(format, [5, columns], &weight).unwrap();
            let found = compensate(format, [5, columns], &weight, &hessian, &rounding).unwrap();
            assert_eq!(found.parts().scale, plain.parts().scale);
            assert_eq!(Encoded::from_parts(found.parts().clone()).as_ref(), Ok(&found));
            let [plain, found] = [plain, found].map(|encoded| errors(&encoded, &weight, &hessian, 0.01));
            for (row, (plain, found)) in plain.iter().zip(&found).enumerate() {
                assert!(*found <= plain * (1.0 + 1e-9), "{format} {columns} row {row}: {found:e} > {plain:e}");
            }
            before += plain.iter().sum::<f64>();
            after += found.iter().sum::<f64>();
        }
        assert!(after < 0.5 * before, "{format}: {after:e} of {before:e}");
    }
}

/// Codes that `tests/fixtures/quantize/gptq.py` gives, which follows the paper's algorithm and not the code here.
#[test]
fn codes_are_the_papers() {
    let mut lines = include_str!("../../../tests/fixtures/quantize/gptq.txt").lines();
    let mut checked = 0;
    while let Some(head) = lines.next() {
        let &[rows, columns] = &head.split(' ').map(|n| n.parse().unwrap()).collect::<Vec<usize>>()[..] else {
            panic!("{head}")
        };
        let mut numbers = || -> Vec<f64> { lines.next().unwrap().split(' ').map(|x| x.parse().unwrap()).collect() };
        let (weight, hessian, codes) = (numbers(), numbers(), numbers());
        let weight: Vec<f32> = weight.iter().map(|&w| w as f32).collect();
        let rounding = Rounding::new().search(Search::Greatest);
        let encoded = compensate(Format::I8, [rows, columns], &weight, &hessian, &rounding).unwrap();
        let found: Vec<f64> = encoded.parts().data.iter().map(|&code| f64::from(code as i8)).collect();
        assert_eq!(found, codes, "{head}");
        checked += 1;
    }
    assert_eq!(checked, 6);
}
