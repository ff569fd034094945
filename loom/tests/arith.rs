//! Accuracy, special values and symmetries of Loom arithmetic.

use loom::arith::{Arith, Binary64, Fused, Split};

type Function = fn(f32) -> f32;

const NAN: u32 = 0x7fc0_0000;
const INF: u32 = 0x7f80_0000;
const SIGN: u32 = 0x8000_0000;
const ONE: u32 = 0x3f80_0000;
const FLUSH: u32 = 0x2180_0000;
const FLUSH_SQUARE: u32 = 0x0d80_0000;

/// NaNs of either sign, quiet and signalling, with small and large payloads.
const NANS: [u32; 6] = [NAN, 0xffc0_0000, 0x7f80_0001, 0xff80_0001, 0x7fff_ffff, 0xffff_ffff];

struct Case {
    name: &'static str,
    fused: Function,
    split: Function,
    exact: fn(f64) -> f64,
    /// The greatest error over all arguments, in units in the last place, as `Arith`'s documentation states it, and an
    /// argument that has it: for Fused, for Split.
    worst: [(f64, u32); 2],
}

impl Case {
    fn fma_modes(&self) -> [(&'static str, Function); 2] {
        [("Fused", self.fused), ("Split", self.split)]
    }
}

macro_rules! case {
    ($name:ident, $fused:expr, $split:expr) => {
        Case {
            name: stringify!($name),
            fused: Fused::$name,
            split: Split::$name,
            exact: Binary64::$name,
            worst: [$fused, $split],
        }
    };
}

const CASES: [Case; 10] = [
    case!(recip, (0.51, 0x4000_4e46), (1.15, 0x4015_9186)),
    case!(rsqrt, (0.86, 0x3ffd_a28d), (1.03, 0x3ffb_ba37)),
    case!(sqrt, (0.51, 0x406f_b74c), (0.85, 0x4002_9a7d)),
    case!(exp, (0.90, 0xc0bb_2813), (1.17, 0xc219_bd6a)),
    case!(log, (0.93, 0x402a_b0c6), (0.93, 0x3faa_f8b4)),
    case!(tanh, (1.25, 0x3f0b_3469), (1.41, 0x3f21_e03b)),
    case!(sigmoid, (1.96, 0xc0c7_97bc), (2.02, 0xbffa_360e)),
    case!(erf, (1.12, 0x3f5f_0daa), (1.41, 0x3f58_67c6)),
    case!(sin, (1.58, 0x6b67_2b9c), (1.58, 0x73a7_0c73)),
    case!(cos, (1.58, 0x4ee8_160a), (1.59, 0x47ff_31ce)),
];

/// |actual - exact| in units of the last place of `exact`; none where `exact` has no normal binary32 neighbour.
fn ulps(actual: f32, exact: f64) -> Option<f64> {
    let magnitude = exact.abs();
    if !(f64::from(f32::MIN_POSITIVE)..=f64::from(f32::MAX)).contains(&magnitude) {
        return None;
    }
    let power_of_two = f64::from_bits(magnitude.to_bits() & (0x7ff << 52));
    Some((f64::from(actual) - exact).abs() / power_of_two * f64::from(1 << 23))
}

/// A 32-bit mix (the finaliser of MurmurHash3), as a source of mantissas.
fn mix(mut h: u32) -> u32 {
    h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

/// Every exponent with mantissas at both ends and mixed ones, then every 509th number from 2^-12 to 128; both signs.
fn arguments() -> impl Iterator<Item = f32> {
    let all_exponents = (1..255).flat_map(|exponent| {
        (0..2000).map(move |i| {
            let mantissa = match i {
                0..4 => i,
                4..8 => 0x7f_fff8 + i,
                _ => mix(exponent * 2000 + i) & 0x7f_ffff,
            };
            exponent << 23 | mantissa
        })
    });
    let dense = (0x3980_0000..0x4300_0000).step_by(509);
    let bits = all_exponents.chain(dense);
    bits.flat_map(|bits| [f32::from_bits(bits), f32::from_bits(bits | SIGN)])
}

/// The greatest error over `arguments`, and the bits of the argument that has it.
fn worst(f: Function, exact: fn(f64) -> f64, arguments: impl Iterator<Item = f32>) -> (f64, u32) {
    let mut worst = (0.0, 0);
    for x in arguments {
        let error = ulps(f(x), exact(f64::from(x))).unwrap_or(0.0);
        // A NaN is the worst of errors.
        if error.is_nan() || error > worst.0 {
            worst = (error, x.to_bits());
        }
    }
    worst
}

#[test]
fn errors_stay_within_the_documented_bounds() {
    for case in &CASES {
        for ((fma_mode, f), (bound, _)) in case.fma_modes().into_iter().zip(case.worst) {
            let (error, x) = worst(f, case.exact, arguments());
            assert!(
                error <= bound,
                "{fma_mode}::{} at {:e} ({x:08x}): {error} ulp, documented as {bound}",
                case.name,
                f32::from_bits(x)
            );
        }
    }
}

#[test]
fn documented_bounds_are_the_maxima_rounded_up() {
    for case in &CASES {
        for ((fma_mode, f), (bound, x)) in case.fma_modes().into_iter().zip(case.worst) {
            let x = f32::from_bits(x);
            let error = ulps(f(x), (case.exact)(f64::from(x))).unwrap();
            assert_eq!((error * 100.0).ceil() / 100.0, bound, "{fma_mode}::{} at {x:e}: {error} ulp", case.name);
        }
    }
}

#[test]
#[ignore = "all 2^32 arguments: about half an hour"]
fn errors_over_all_arguments() {
    for case in &CASES {
        for ((fma_mode, f), (bound, _)) in case.fma_modes().into_iter().zip(case.worst) {
            let normal = 0x0080_0000..INF;
            let arguments = normal.flat_map(|bits| [f32::from_bits(bits), f32::from_bits(bits | SIGN)]);
            let (error, x) = worst(f, case.exact, arguments);
            println!("{fma_mode}::{}: {error:.4} ulp at {:e} ({x:08x})", case.name, f32::from_bits(x));
            assert!(error <= bound, "{fma_mode}::{}: {error} ulp, documented as {bound}", case.name);
        }
    }
}

/// Bits in, bits out, in both rounding modes.
fn assert_values(name: &str, fused: Function, split: Function, table: &[(u32, u32)]) {
    for (fma_mode, f) in [("Fused", fused), ("Split", split)] {
        for &(x, expected) in table {
            let actual = f(f32::from_bits(x)).to_bits();
            assert_eq!(actual, expected, "{fma_mode}::{name}({x:08x}) = {actual:08x}, not {expected:08x}");
        }
        for nan in NANS {
            assert_eq!(f(f32::from_bits(nan)).to_bits(), NAN, "{fma_mode}::{name}({nan:08x})");
        }
    }
}

macro_rules! assert_values {
    ($name:ident, $table:expr) => {
        assert_values(stringify!($name), Fused::$name, Split::$name, &$table)
    };
}

const MINUS_ONE: u32 = ONE | SIGN;
const MINUS_INF: u32 = INF | SIGN;
const MIN_NORMAL: u32 = 0x0080_0000;
const MAX: u32 = 0x7f7f_ffff;
/// The least and the greatest subnormal.
const TINY: [u32; 2] = [1, MIN_NORMAL - 1];

#[test]
fn special_values_of_recip() {
    let table = [
        (0, INF),
        (SIGN, MINUS_INF),
        (TINY[0], INF),
        (TINY[1], INF),
        (TINY[1] | SIGN, MINUS_INF),
        (MIN_NORMAL, 0x7e80_0000),
        (0x7e80_0000, MIN_NORMAL),
        (0x7e80_0001, 0),
        (MAX, 0),
        (MAX | SIGN, SIGN),
        (INF, 0),
        (MINUS_INF, SIGN),
        (ONE, ONE),
        (MINUS_ONE, MINUS_ONE),
    ];
    assert_values!(recip, table);
}

#[test]
fn special_values_of_rsqrt() {
    let table = [
        (0, INF),
        (SIGN, INF),
        (TINY[0], INF),
        (TINY[1], INF),
        (TINY[1] | SIGN, INF),
        (MIN_NORMAL, 0x5f00_0000),
        (MIN_NORMAL | SIGN, NAN),
        (MAX, 0x1f80_0000),
        (MAX | SIGN, NAN),
        (INF, 0),
        (MINUS_INF, NAN),
        (ONE, ONE),
        (MINUS_ONE, NAN),
    ];
    assert_values!(rsqrt, table);
}

#[test]
fn special_values_of_sqrt() {
    let table = [
        (0, 0),
        (SIGN, 0),
        (TINY[0], 0),
        (TINY[1], 0),
        (TINY[1] | SIGN, 0),
        (MIN_NORMAL, 0x2000_0000),
        (MIN_NORMAL | SIGN, NAN),
        (MAX, 0x5f7f_ffff),
        (INF, INF),
        (MINUS_INF, NAN),
        (ONE, ONE),
        (0x4110_0000, 0x4040_0000),
        (MINUS_ONE, NAN),
    ];
    assert_values!(sqrt, table);
}

#[test]
fn special_values_of_exp() {
    let table = [
        (0, ONE),
        (SIGN, ONE),
        (TINY[1], ONE),
        (TINY[1] | SIGN, ONE),
        (FLUSH, ONE),
        (0x42b1_7217, 0x7f7f_ff84),
        (0x42b1_7218, INF),
        (MAX, INF),
        (INF, INF),
        (0xc2ae_ac4f, 0x0080_0026),
        (0xc2ae_ac50, 0),
        (MAX | SIGN, 0),
        (MINUS_INF, 0),
    ];
    assert_values!(exp, table);
}

#[test]
fn special_values_of_log() {
    let table = [
        (0, MINUS_INF),
        (SIGN, MINUS_INF),
        (TINY[0], MINUS_INF),
        (TINY[1] | SIGN, MINUS_INF),
        (MIN_NORMAL, 0xc2ae_ac50),
        (MIN_NORMAL | SIGN, NAN),
        (ONE, 0),
        (MAX, 0x42b1_7218),
        (INF, INF),
        (MINUS_INF, NAN),
        (MINUS_ONE, NAN),
    ];
    assert_values!(log, table);
}

#[test]
fn special_values_of_tanh_and_erf() {
    let table = [
        (0, 0),
        (SIGN, SIGN),
        (TINY[0], 0),
        (TINY[1], 0),
        (TINY[1] | SIGN, SIGN),
        (0x4120_0000, ONE),
        (MAX, ONE),
        (MAX | SIGN, MINUS_ONE),
        (INF, ONE),
        (MINUS_INF, MINUS_ONE),
    ];
    assert_values!(tanh, table);
    assert_values!(tanh, [(MIN_NORMAL, MIN_NORMAL), (FLUSH, FLUSH)]);
    assert_values!(erf, table);
}

#[test]
fn special_values_of_sin_and_cos() {
    let zeros = [0, SIGN, TINY[0], TINY[1], TINY[1] | SIGN];
    assert_values!(sin, zeros.map(|bits| (bits, bits & SIGN)));
    assert_values!(sin, [(MIN_NORMAL, MIN_NORMAL), (FLUSH | SIGN, FLUSH | SIGN), (INF, NAN), (MINUS_INF, NAN)]);
    assert_values!(cos, zeros.map(|bits| (bits, ONE)));
    assert_values!(cos, [(MIN_NORMAL, ONE), (FLUSH | SIGN, ONE), (INF, NAN), (MINUS_INF, NAN)]);
    // The number of binary32 that is nearest to a multiple of pi/2 beyond 1.
    let near = 16_367_173.0 * 2_f32.powi(72);
    assert_eq!(
        [Fused::cos(near), Split::cos(near)].map(f32::to_bits),
        [Binary64::cos(near.into()) as f32; 2].map(f32::to_bits)
    );
}

/// Those that are for numbers below 2^31 have the same bits there.
#[test]
fn sines_and_cosines_of_near_numbers() {
    let last = f32::from_bits(2_f32.powi(31).to_bits() - 1);
    for x in arguments().filter(|x| x.abs() <= last).chain([0.0, -0.0, last, -last]) {
        for (name, near, any) in [
            ("Fused::sin", Fused::sin_of_near(x), Fused::sin(x)),
            ("Split::sin", Split::sin_of_near(x), Split::sin(x)),
            ("Fused::cos", Fused::cos_of_near(x), Fused::cos(x)),
            ("Split::cos", Split::cos_of_near(x), Split::cos(x)),
        ] {
            assert_eq!(near.to_bits(), any.to_bits(), "{name} of {x:e}: {near:e} and {any:e}");
        }
    }
}

#[test]
fn special_values_of_sigmoid() {
    let half = 0x3f00_0000;
    let table = [
        (0, half),
        (SIGN, half),
        (TINY[1], half),
        (TINY[1] | SIGN, half),
        (FLUSH, half),
        (0x42b0_0000, ONE),
        (MAX, ONE),
        (INF, ONE),
        (0xc2ae_ac4f, 0x0080_0026),
        (0xc2ae_ac50, 0),
        (MAX | SIGN, 0),
        (MINUS_INF, 0),
    ];
    assert_values!(sigmoid, table);
}

#[test]
fn flushes_of_interesting_bits() {
    let kept = [ONE, MINUS_ONE, MAX, MAX | SIGN, INF, MINUS_INF, FLUSH, FLUSH | SIGN, FLUSH + 1];
    let table: Vec<_> = kept.iter().map(|&bits| (bits, bits)).collect();
    assert_values!(flush, table);
    assert_values!(flush_square, table);
    let zeroed = [0, SIGN, TINY[0], TINY[1], TINY[1] | SIGN, MIN_NORMAL, FLUSH_SQUARE - 1, (FLUSH_SQUARE - 1) | SIGN];
    assert_values!(flush, zeroed.map(|bits| (bits, 0)));
    assert_values!(flush_square, zeroed.map(|bits| (bits, 0)));
    let between = [FLUSH_SQUARE, FLUSH_SQUARE | SIGN, FLUSH - 1, (FLUSH - 1) | SIGN];
    assert_values!(flush, between.map(|bits| (bits, 0)));
    assert_values!(flush_square, between.map(|bits| (bits, bits)));
}

#[test]
fn flush_is_idempotent() {
    for bits in (0..=u32::MAX).step_by(509) {
        let once = Fused::flush(f32::from_bits(bits));
        assert_eq!(Fused::flush(once).to_bits(), once.to_bits(), "flush of {bits:08x}");
        let once = Fused::flush_square(f32::from_bits(bits));
        assert_eq!(Fused::flush_square(once).to_bits(), once.to_bits(), "flush_square of {bits:08x}");
    }
}

#[test]
fn order_is_total_with_nan_greatest() {
    let ascending =
        [MINUS_INF, MAX | SIGN, MINUS_ONE, MIN_NORMAL | SIGN, SIGN, 0, TINY[0], MIN_NORMAL, ONE, MAX, INF, NAN];
    for (i, &a) in ascending.iter().enumerate() {
        for (j, &b) in ascending.iter().enumerate() {
            let (a, b) = (f32::from_bits(a), f32::from_bits(b));
            assert_eq!(Fused::orders_after(a, b), i > j, "{a:e} after {b:e}");
            assert_eq!(Split::orders_after(a, b), i > j, "{a:e} after {b:e}");
            assert_eq!(Binary64::orders_after(a.into(), b.into()), i > j, "{a:e} after {b:e} in Binary64");
        }
    }
    for a in NANS.map(f32::from_bits) {
        assert!(Fused::orders_after(a, f32::INFINITY));
        assert!(NANS.iter().all(|&b| !Fused::orders_after(a, f32::from_bits(b))));
    }
}

#[test]
fn tanh_and_erf_are_odd() {
    for f in [Fused::tanh, Split::tanh, Fused::erf, Split::erf] {
        for bits in (0..=INF).step_by(1021) {
            let (plus, minus) = (f(f32::from_bits(bits)), f(f32::from_bits(bits | SIGN)));
            assert_eq!(plus.to_bits() | SIGN, minus.to_bits(), "at {bits:08x}");
        }
    }
}

#[test]
fn ranges_hold() {
    for x in arguments() {
        for sigmoid in [Fused::sigmoid(x), Split::sigmoid(x)] {
            assert!((0.0..=1.0).contains(&sigmoid), "sigmoid({x:e}) = {sigmoid:e}");
        }
        for odd in [Fused::tanh(x), Split::tanh(x), Fused::erf(x), Split::erf(x)] {
            assert!((-1.0..=1.0).contains(&odd), "tanh or erf({x:e}) = {odd:e}");
        }
    }
}

/// The 200 numbers around `x`, ascending.
fn neighbourhood(x: f32) -> Vec<f32> {
    let bits = x.to_bits();
    let mut numbers: Vec<_> = (bits - 100..bits + 100).map(f32::from_bits).collect();
    numbers.sort_by(f32::total_cmp);
    numbers
}

/// Where a function changes from one formula, or one exponent, to the next, it must not step back by more than a unit.
fn assert_no_step_back(name: &str, f: Function, x: f32) {
    for pair in neighbourhood(x).windows(2) {
        let (low, high) = (f(pair[0]), f(pair[1]));
        assert!(high >= low.next_down(), "{name}({:e}) = {low:e}, {name}({:e}) = {high:e}", pair[0], pair[1]);
    }
}

#[test]
fn exp_climbs_across_reduction_boundaries() {
    for n in -125..=127 {
        let boundary = ((f64::from(n) + 0.5) * core::f64::consts::LN_2) as f32;
        assert_no_step_back("Fused::exp", Fused::exp, boundary);
        assert_no_step_back("Split::exp", Split::exp, boundary);
    }
}

#[test]
fn tanh_erf_and_log_climb_across_their_boundaries() {
    for x in [0.625, -0.625, 9.01, 10.0] {
        assert_no_step_back("Fused::tanh", Fused::tanh, x);
        assert_no_step_back("Split::tanh", Split::tanh, x);
    }
    for x in [0.843_75, -0.843_75, 3.83, 4.0] {
        assert_no_step_back("Fused::erf", Fused::erf, x);
        assert_no_step_back("Split::erf", Split::erf, x);
    }
    for exponent in -125..=126 {
        for m in [1.0, 4.0 / 3.0] {
            assert_no_step_back("Fused::log", Fused::log, m * 2f32.powi(exponent));
            assert_no_step_back("Split::log", Split::log, m * 2f32.powi(exponent));
        }
    }
}

/// 2 / sqrt(pi) times the sum of (-1)^k x^(2k+1) / (k! (2k+1)).
fn erf_series(x: f64) -> f64 {
    let mut power = x;
    let mut sum = x;
    for k in 1..60 {
        power *= -x * x / f64::from(k);
        sum += power / f64::from(2 * k + 1);
    }
    sum * core::f64::consts::FRAC_2_SQRT_PI
}

/// The reference of the other tests, against references of its own.
#[test]
fn f64_functions_agree_with_the_standard_library() {
    for i in 1..=2000 {
        let x = f64::from(i) * 0.01;
        let table = [
            ("recip", Binary64::recip(x), 1.0 / x),
            ("rsqrt", Binary64::rsqrt(x), 1.0 / x.sqrt()),
            ("sqrt", Binary64::sqrt(x), x.sqrt()),
            ("exp", Binary64::exp(x), x.exp()),
            ("log", Binary64::log(x), x.ln()),
            ("tanh", Binary64::tanh(x), x.tanh()),
            ("sigmoid", Binary64::sigmoid(x), 1.0 / (1.0 + (-x).exp())),
            ("sigmoid", Binary64::sigmoid(-x), 1.0 / (1.0 + x.exp())),
        ];
        for (name, actual, expected) in table {
            let tolerance = 4.0 * f64::EPSILON * expected.abs();
            assert!((actual - expected).abs() <= tolerance, "Binary64::{name}({x}) = {actual}, not {expected}");
        }
        if x <= 3.0 {
            let (actual, expected) = (Binary64::erf(x), erf_series(x));
            assert!((actual - expected).abs() < 1e-12, "Binary64::erf({x}) = {actual}, not {expected}");
        }
    }
}

#[test]
fn mul_add_rounds_once_or_twice() {
    // (1 + e)(1 - e) - 1 = -e^2, which the rounded product loses.
    let e = 2f32.powi(-20);
    assert_eq!(Fused::mul_add(1.0 + e, 1.0 - e, -1.0), -e * e);
    assert_eq!(Split::mul_add(1.0 + e, 1.0 - e, -1.0), 0.0);
    let e = 2f64.powi(-40);
    assert_eq!(Binary64::mul_add(1.0 + e, 1.0 - e, -1.0), -e * e);
}

/// The functions of flushed arguments give what the others give, flushed.
fn assert_agree_on_flushed<A: Arith<T = f32>>(arguments: impl Iterator<Item = f32>) {
    for x in arguments.map(A::flush) {
        assert_eq!(A::tanh_of_flushed(x).to_bits(), A::flush(A::tanh(x)).to_bits(), "tanh of {:08x}", x.to_bits());
        assert_eq!(
            A::sigmoid_of_flushed(x).to_bits(),
            A::flush(A::sigmoid(x)).to_bits(),
            "sigmoid of {:08x}",
            x.to_bits()
        );
    }
}

#[test]
fn functions_of_flushed_arguments() {
    // The last has where sigmoid begins to flush.
    let dense = 0xc226_0000..0xc227_0000;
    let special = || [0, SIGN, INF, MINUS_INF, FLUSH, FLUSH | SIGN].into_iter().chain(NANS).chain(dense.clone());
    assert_agree_on_flushed::<Fused>(arguments().chain(special().map(f32::from_bits)));
    assert_agree_on_flushed::<Split>(arguments().chain(special().map(f32::from_bits)));
}

#[test]
#[ignore = "all 2^32 arguments"]
fn functions_of_all_flushed_arguments() {
    assert_agree_on_flushed::<Fused>((0..=u32::MAX).map(f32::from_bits));
    assert_agree_on_flushed::<Split>((0..=u32::MAX).map(f32::from_bits));
}
