//! Activation functions against binary64, far from 0 too.

mod common;

use loom::dtype::F32;
use loom::prelude::*;
use loom::{FmaMode, Network};

network! {
    struct Exact: [1] { Gelu }
    struct Approximate: [1] { GeluTanh }
}

/// A function and its derivative.
type Formula = fn(f64) -> [f64; 2];

/// x Φ(x).
fn gelu(x: f64) -> [f64; 2] {
    let normal = 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2);
    let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    [x * normal, normal + x * density]
}

/// x (1 + tanh u) / 2 = x / (1 + e^-2u).
fn gelu_tanh(x: f64) -> [f64; 2] {
    let scale = (2.0 / std::f64::consts::PI).sqrt();
    let u = scale * (x + 0.044_715 * x.powi(3));
    let d_u = scale * (1.0 + 3.0 * 0.044_715 * x * x);
    let gate = 1.0 / (1.0 + (-2.0 * u).exp());
    [x * gate, gate + 2.0 * x * gate * (1.0 / (1.0 + (2.0 * u).exp())) * d_u]
}

/// The function and its derivative as a network computes them.
fn found<N: Network<Input = [f32; 1], Output = [f32; 1], Precision = F32>>(
    fma_mode: FmaMode,
    x: &[f32],
) -> Vec<[f32; 2]> {
    let mut tape = Tape::new(N::new(Seed(0)), &Cpu::new().fma_mode(fma_mode));
    let inputs: Vec<[f32; 1]> = x.iter().map(|&x| [x]).collect();
    tape.forward(&inputs, Mode::Inference).expect("there is memory");
    let y = tape.outputs().expect("the CPU has them").to_vec();
    tape.set_d_outputs(&vec![[1.0]; x.len()]).expect("there are outputs");
    tape.backward_to_inputs().expect("there is a gradient of the outputs");
    let d = tape.d_inputs().expect("the CPU has them");
    y.iter().zip(d).map(|(&[y], &[d])| [y, d]).collect()
}

/// The greatest relative errors of the function and of its derivative over a range, where the exact results do not flush to 0.
fn errors<N: Network<Input = [f32; 1], Output = [f32; 1], Precision = F32>>(
    fma_mode: FmaMode,
    formula: Formula,
    [first, last]: [f32; 2],
) -> [f64; 2] {
    let count = 100_000;
    let x: Vec<f32> = (0..=count).map(|i| first + (last - first) * (i as f32 / count as f32)).collect();
    let mut greatest = [0.0_f64; 2];
    for (x, found) in x.iter().zip(found::<N>(fma_mode, &x)) {
        let exact = formula((*x).into());
        for ((greatest, exact), found) in greatest.iter_mut().zip(exact).zip(found) {
            if exact.abs() > 1.01 * 2.0_f64.powi(-60) {
                *greatest = greatest.max((f64::from(found) / exact - 1.0).abs());
            }
        }
    }
    greatest
}

/// Below 0 both are differences of numbers that grow equal, and keep their digits all the same. The derivative passes through
/// 0 between -1 and -0.5.
#[test]
fn tails_keep_their_digits() {
    type Errors = fn(FmaMode, Formula, [f32; 2]) -> [f64; 2];
    let functions: [(&str, Errors, Formula, f32); 2] =
        [("Gelu", errors::<Exact>, gelu, -9.06), ("GeluTanh", errors::<Approximate>, gelu_tanh, -7.6)];
    for (name, errors, formula, end) in functions {
        for fma_mode in [FmaMode::Fused, FmaMode::Split] {
            for (range, bounds) in [
                ([0.0, 12.0], [4e-7, 1e-6]),
                ([-0.5, -1e-3], [4e-7, 2e-6]),
                ([-2.0, -1.0], [2.5e-6, 2.5e-6]),
                ([-3.5, -2.0], [2.5e-6, 4e-6]),
                ([end, -3.5], [1e-5, 1e-5]),
            ] {
                let found = errors(fma_mode, formula, range);
                for (found, bound) in found.into_iter().zip(bounds) {
                    assert!(found < bound, "{name} in {fma_mode:?}, {range:?}: off by {found:e}, more than {bound:e}");
                }
            }
        }
    }
}

#[test]
fn values_far_from_0() {
    let x = [-5.5, -6.0, -8.0, -9.5, -1e10, f32::MIN, f32::NEG_INFINITY, 9.5, 1e10, f32::MAX];
    let bits = |values: Vec<[f32; 2]>| values.into_iter().map(|[y, d]| (y, d)).collect::<Vec<_>>();
    let exact = bits(found::<Exact>(FmaMode::Fused, &x));
    let near = |found: f32, exact: f64| (f64::from(found) / exact - 1.0).abs() < 1e-5;
    assert!(near(exact[0].0, -1.044_425_936e-7), "{exact:?}");
    assert!(near(exact[1].0, -5.919_525_870e-9), "{exact:?}");
    assert!(near(exact[2].0, -4.976_768_459e-15), "{exact:?}");
    for values in [exact, bits(found::<Approximate>(FmaMode::Fused, &x))] {
        assert_eq!(values[3..6], [(0.0, 0.0); 3], "{values:?}");
        assert!(values[6].0.is_nan(), "-inf times 0");
        assert_eq!(values[7..].iter().map(|v| v.0).collect::<Vec<_>>(), [9.5, 1e10, f32::MAX]);
        assert_eq!(values[7..].iter().map(|v| v.1).collect::<Vec<_>>(), [1.0; 3]);
    }
}
