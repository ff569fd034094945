//! Every layer's and every loss's gradient against differences of what it computes.

mod common;

use bytemuck::cast_slice;
use common::networks::for_each_network;
use common::{Check, Random, assert_close, dot, norm, reach, vocabulary, widen};
use loom::dtype::F32;
use loom::loss::{Accuracy, BatchScore, Loss};
use loom::plan::{Param, Role};
use loom::prelude::*;
use loom::private::f64_pass::Forward;
use loom::{Sample, data::Target};

/// Dropout draws masks in every check.
const MODE: Mode = Mode::Training { seed: Seed(3), step: 5 };
/// Samples in a batch.
const BATCH: usize = 3;
/// The step of a central difference. The error of the formula is of the order of its square, 1e-12, that of rounding
/// of the order of 2^-53 / STEP, 1e-10.
const STEP: f64 = 1.0 / (1 << 20) as f64;
/// What the two ways may differ by, as a share of what a product of the gradient with a random direction is of the order
/// of: the product of the norms over the root of their length.
const TOLERANCE: f64 = 3e-7;
/// What rounding leaves of a difference, as a share of the products of outputs and their gradients: some roundings in each output.
const ROUNDING: f64 = 2.0 * f64::EPSILON / STEP;

/// A batch for a network: parameters, inputs, and the gradient of a random linear function of the outputs.
///
/// A difference across a kink of `Relu`, `LeakyRelu` or `MaxPool2d` would be wrong, but with steps of 1e-6 and at most
/// 17,000 random values before a kink, few seeds in a hundred have one; this seed has none.
struct Case<N: Network<Precision = F32>> {
    net: N,
    inputs: Vec<N::Input>,
    weights: Vec<f64>,
    flat_inputs: Vec<f64>,
    d_outputs: Vec<f32>,
}

impl<N: Network<Precision = F32>> Case<N> {
    fn new() -> Self {
        let mut random = Random(1);
        let mut net = N::new(Seed(1));
        // A factor that begins with 1, and an offset that begins with 0, would hide that backward forgets it. The learned tensors of
        // functions have the role of a bias, and begin with one number, so that all comparisons would be of equal values.
        let begins_alike = |param: &Param| param.shape.len() == 1 || param.role == Role::Bias;
        for param in N::PLAN.params.iter().filter(|param| param.role != Role::Statistic && begins_alike(param)) {
            let values: Vec<f32> = (0..param.len()).map(|_| random.between(0.25, 0.75) as f32).collect();
            net.weights_mut().set(param, values.into_iter()).expect("the values are finite");
        }
        let inputs: Vec<N::Input> = random.samples(BATCH, -2.0 * reach(N::PLAN), 2.0 * reach(N::PLAN));
        let d_outputs = (0..BATCH * N::Output::LEN).map(|_| random.between(-1.0, 1.0) as f32).collect();
        let (weights, flat_inputs) = (widen(net.weights().values()), widen(cast_slice(&inputs)));
        Case { net, inputs, weights, flat_inputs, d_outputs }
    }

    /// The gradients of the parameters and of the inputs, in binary64.
    fn gradients(&self) -> (Vec<f64>, Vec<f64>) {
        Forward::new(N::PLAN, &self.weights, &self.flat_inputs, MODE).backward(&self.weights, &widen(&self.d_outputs))
    }

    /// The outputs for other parameters and inputs.
    fn outputs(&self, weights: &[f64], inputs: &[f64]) -> Vec<f64> {
        Forward::new(N::PLAN, weights, inputs, MODE).outputs().to_vec()
    }

    /// The linear function of them.
    fn value(&self, weights: &[f64], inputs: &[f64]) -> f64 {
        dot(&self.outputs(weights, inputs), &widen(&self.d_outputs))
    }
}

/// The central difference of f at x along a direction.
fn slope(x: &[f64], direction: &[f64], f: impl Fn(&[f64]) -> f64) -> f64 {
    let moved = |step: f64| -> Vec<f64> { x.iter().zip(direction).map(|(x, d)| x + step * d).collect() };
    (f(&moved(STEP)) - f(&moved(-STEP))) / (2.0 * STEP)
}

/// The gradient of each parameter tensor and of the inputs, along one random direction each.
struct Differences;

impl Check for Differences {
    fn check<N: Network<Precision = F32>>(&self) {
        // One value, normalised, is 0: of what differences have to show nothing is left but the gradient of the bias.
        if N::PLAN.name == "LayerNormOne" {
            return;
        }
        // `tests/functions.rs` checks the random functions, of which some detach values.
        if N::PLAN.name.starts_with("Seed") && N::PLAN.name.contains("Function") {
            return;
        }
        let (case, mut random) = (Case::<N>::new(), Random(2));
        let (d_weights, d_inputs) = case.gradients();
        // Random graphs are deep, and some of their gradients so small that a difference is all rounding.
        let rounding = match N::PLAN.name.starts_with("Seed") {
            true => ROUNDING * norm(&widen(&case.d_outputs)) * norm(&case.outputs(&case.weights, &case.flat_inputs)),
            false => 0.0,
        };
        let compare = |what: &str, gradient: &[f64], direction: &[f64], slope: f64| {
            assert!(norm(gradient) > 0.0, "{}: the gradient of {what} is 0", N::PLAN.name);
            let order = norm(gradient) * norm(direction) / (direction.len() as f64).sqrt();
            let name = || format!("{}: slope along {what}", N::PLAN.name);
            assert_close(name, &[slope], &[dot(gradient, direction)], |_| TOLERANCE * order + rounding);
        };

        let mut outside = d_weights.clone();
        // What goes from step to step has no part in a sequence of one.
        let is_single = ["LstmStep", "GruStep"].contains(&N::PLAN.name);
        for param in N::PLAN.params.iter().filter(|param| !(is_single && param.name.ends_with("weight_hh_l0"))) {
            // No derivative, but what the batch had.
            if param.role == Role::Statistic {
                outside[param.range()].fill(0.0);
                continue;
            }
            // As initialisation does, this moves the outputs by the order of a step, however many inputs they add up.
            let reach = 1.0 / (param.fan_in as f64).sqrt();
            let mut direction = vec![0.0; case.weights.len()];
            direction[param.range()].fill_with(|| random.between(-reach, reach));
            let slope = slope(&case.weights, &direction, |weights| case.value(weights, &case.flat_inputs));
            compare(param.name, &d_weights[param.range()], &direction[param.range()], slope);
            outside[param.range()].fill(0.0);
        }
        assert_eq!(norm(&outside), 0.0, "{}: the gradient of padding", N::PLAN.name);

        // The sum of a softmax of one value does not depend on it, and a token has no neighbours.
        let is_flat = N::PLAN.name == "SoftmaxOne" || vocabulary(N::PLAN).is_some();
        if is_flat {
            assert_eq!(norm(&d_inputs), 0.0, "{}: the gradient of the inputs", N::PLAN.name);
        } else {
            let direction = random.direction(d_inputs.len());
            let slope = slope(&case.flat_inputs, &direction, |inputs| case.value(&case.weights, inputs));
            compare("the inputs", &d_inputs, &direction, slope);
        }
    }
}

#[test]
fn every_layer_against_differences() {
    for_each_network(&Differences);
}

/// The binary32 passes that train against the binary64 ones that are checked above.
struct SameInBinary32;

impl Check for SameInBinary32 {
    fn check<N: Network<Precision = F32>>(&self) {
        let case = Case::<N>::new();
        let forward = Forward::new(N::PLAN, &case.weights, &case.flat_inputs, MODE);
        let (d_weights, d_inputs) = case.gradients();
        for fma_mode in [FmaMode::Fused, FmaMode::Split] {
            let mut tape = Tape::new(case.net.clone(), &Cpu::new().fma_mode(fma_mode));
            tape.forward(&case.inputs, MODE).expect("there is memory");
            let outputs = widen(cast_slice(tape.outputs().expect("the CPU has them")));
            tape.set_d_outputs(cast_slice(&case.d_outputs)).expect("there are outputs");
            tape.backward_to_inputs().expect("there is a gradient of the outputs");
            let found_inputs = widen(cast_slice(tape.d_inputs().expect("the CPU has them")));
            let pairs = [
                ("outputs", forward.outputs(), outputs),
                ("input gradients", &d_inputs[..], found_inputs),
                ("weight gradients", &d_weights[..], widen(tape.gradients().expect("the CPU has them"))),
            ];
            for (what, expected, found) in pairs {
                // Sums of some thousand terms of order 1, each off by half an ulp at most.
                let greatest = expected.iter().fold(0.0_f64, |greatest, x| greatest.max(x.abs()));
                let name = || format!("{} {fma_mode:?}: {what}", N::PLAN.name);
                assert_close(name, expected, &found, |_| 4e-6 * (1.0 + greatest));
            }
        }
    }
}

#[test]
fn binary32_against_binary64() {
    for_each_network(&SameInBinary32);
}

network! {
    struct Drop: [100, 100] { Dropout<0.3> }
    struct DropTwice: [100, 100] { Dropout<0.5> -> Dropout<0.5> }
}

/// The check above takes the masks as given; this is what they are.
#[test]
fn masks() {
    let (net, twice) = (Drop::new(Seed(0)), DropTwice::new(Seed(0)));
    let ones = [[[1.0; 100]; 100]];
    let mut tape = Tape::new(net, &Cpu::new());
    let mut masked = |seed: u64, step: u64| {
        tape.forward(&ones, Mode::Training { seed: Seed(seed), step }).expect("there is memory");
        tape.outputs().expect("the CPU has them").to_vec()
    };
    let mask = masked(1, 0);
    let kept = mask[0].as_flattened().iter().filter(|&&y| y != 0.0).count();
    // Five standard deviations of a binomial distribution.
    assert!(kept.abs_diff(7000) < 5 * 46, "{kept} of 10,000 values are kept");
    assert!(mask[0].as_flattened().iter().all(|&y| y == 0.0 || y == 1.0 / (1.0 - 0.3)));
    assert_eq!(mask, masked(1, 0));
    let others = [
        ("step", masked(1, 1)),
        ("late step", masked(1, 1 << 32)),
        ("seed", masked(2, 0)),
        ("late seed", masked(1 | 1 << 32, 0)),
    ];
    for (what, other) in others {
        let both = mask[0].as_flattened().iter().zip(other[0].as_flattened()).filter(|(a, b)| **a != 0.0 && **b != 0.0);
        assert!(both.count().abs_diff(4900) < 5 * 50, "the masks of another {what} are independent");
    }
    let mut tape = Tape::new(twice.clone(), &Cpu::new());
    tape.forward(&ones, MODE).expect("there is memory");
    let outputs = tape.outputs().expect("the CPU has them");
    let kept = outputs[0].as_flattened().iter().filter(|&&y| y == 4.0).count();
    assert!(kept.abs_diff(2500) < 5 * 44, "two layers draw masks of their own: {kept}");
    assert_eq!(twice.forward(&ones[0]), ones[0], "inference passes values on");
}

network! {
    fn drawn(x) { 0.0 * x + normal(x) }
    struct Normals: [100, 100] { drawn }
    struct Uniforms: [100, 100] { 0.0 * input + uniform(input) }
    /// Of the same values, two of a function, two of an expression, and two of a struct that is used twice.
    struct Six: [100, 100] {
        let twice = normal(input) - normal(input);
        Concat { drawn | drawn | twice | Normals | Normals | Dropout<0.5> }
    }
}

/// Moments of so many independent numbers, each within five of its standard deviations.
fn check_moments(name: &str, values: &[f32], mean: f64, moments: [(i32, f64, f64); 3]) {
    let count = values.len() as f64;
    let found = values.iter().copied().map(f64::from).sum::<f64>() / count;
    let (_, variance, _) = moments[0];
    assert!((found - mean).abs() < 5.0 * (variance / count).sqrt(), "{name}: mean {found}");
    for (power, expected, deviation) in moments {
        let found = values.iter().map(|&x| (f64::from(x) - mean).powi(power)).sum::<f64>() / count;
        assert!((found - expected).abs() < 5.0 * deviation / count.sqrt(), "{name}: moment {power}: {found}");
    }
}

#[test]
fn noise() {
    const SAMPLES: usize = 10;
    let zeros = vec![[[0.0_f32; 100]; 100]; SAMPLES];
    fn draw<N: Network<Input = [[f32; 100]; 100], Precision = F32>>(inputs: &[N::Input], mode: Mode) -> Vec<f32> {
        let mut tape = Tape::new(N::new(Seed(0)), &Cpu::new());
        tape.forward(inputs, mode).expect("there is memory");
        cast_slice(tape.outputs().expect("the CPU has them")).to_vec()
    }
    let mode = |seed: u64, step: u64| Mode::Training { seed: Seed(seed), step };
    let normals = draw::<Normals>(&zeros, mode(1, 0));
    // The variance of z^n is that of its moment 2n: 3 - 1, 15, 105 - 9.
    let moments = [(2, 1.0, 2.0_f64.sqrt()), (3, 0.0, 15.0_f64.sqrt()), (4, 3.0, 96.0_f64.sqrt())];
    check_moments("normal", &normals, 0.0, moments);
    assert!(normals.iter().all(|z| z.abs() < 5.78));
    let tail = normals.iter().filter(|z| z.abs() > 3.0).count() as f64;
    // 0.27 % of them.
    assert!((tail - 269.98).abs() < 5.0 * 16.5, "{tail} of 100,000 are beyond 3");
    let uniforms = draw::<Uniforms>(&zeros, mode(1, 0));
    // The moments 2n of u - 1/2 are 1/12, 1/80, 1/448 and 1/2304.
    let deviation = |power: f64, moment: f64| (power - moment * moment).sqrt();
    let [a, b, c, d] = [12.0_f64, 80.0, 448.0, 2304.0].map(f64::recip);
    check_moments("uniform", &uniforms, 0.5, [(2, a, deviation(b, a)), (3, 0.0, c.sqrt()), (4, b, deviation(d, b))]);
    assert!(uniforms.iter().all(|u| (0.0..1.0).contains(u)));

    // Others at another step or seed, or in another call; neighbours are independent.
    let correlation = |a: &[f32], b: &[f32]| {
        let products = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
        products / (a.len().min(b.len()) as f64).sqrt()
    };
    assert_eq!(normals, draw::<Normals>(&zeros, mode(1, 0)));
    let others = [mode(1, 1), mode(1, 1 << 32), mode(2, 0), mode(1 | 1 << 32, 0)];
    for (number, other) in others.into_iter().enumerate() {
        let found = correlation(&normals, &draw::<Normals>(&zeros, other));
        assert!(found.abs() < 5.0, "{number}: {found}");
    }
    for distance in 1..=8 {
        let found = correlation(&normals, &normals[distance..]);
        assert!(found.abs() < 5.0, "{distance} apart: {found}");
    }
    let six = draw::<Six>(&zeros[..1], mode(1, 0));
    let parts: Vec<_> = six.chunks_exact(10_000).collect();
    check_moments(
        "a difference",
        parts[2],
        0.0,
        [(2, 2.0, 8.0_f64.sqrt()), (3, 0.0, 120.0_f64.sqrt()), (4, 12.0, 1536.0_f64.sqrt())],
    );
    for (i, a) in parts[..5].iter().enumerate() {
        for b in &parts[i + 1..5] {
            let found = correlation(a, b);
            // One of them has a variance of 2.
            assert!(found.abs() < 5.0 * 2.0_f64.sqrt(), "{found}");
        }
    }
    for (found, mean) in
        [(draw::<Normals>(&zeros, Mode::Inference), 0.0), (draw::<Uniforms>(&zeros, Mode::Inference), 0.5)]
    {
        assert!(found.iter().all(|&x| x == mean), "inference has the mean");
    }
}

// Losses. The networks give their inputs back, so that the outputs are chosen freely.
network! {
    struct Five: [5] { Flatten }
    struct Steps: [3, 5] { Reshape<3, 5> }
    struct Single: [1] { Flatten }
}

/// A loss of one row by the formula in its documentation.
type Formula<T> = fn(&[f64], &T) -> f64;

/// Samples in a batch of losses: more than the 16 lanes of a sum.
const SAMPLES: usize = 19;

/// Compares the loss and its gradient with a formula of a whole sample's loss: the mean over samples for all losses.
fn check_loss<N, L, Y>(name: &str, loss: &L, inputs: &[N::Input], targets: &[Y], formula: Formula<Y>)
where
    N: Network<Output = <N as Model>::Input, Precision = F32>,
    L: Loss<N::Output, Y>,
    Y: Target,
{
    let mut tape = Tape::new(N::new(Seed(0)), &Cpu::new());
    tape.forward(inputs, Mode::Inference).expect("there is memory");
    tape.loss(loss, targets).unwrap_or_else(|error| panic!("{name}: {error}"));
    let score = tape.score().expect("there is a loss");
    let found = widen(cast_slice(tape.d_outputs().expect("the CPU has them")));

    let len = N::Input::LEN;
    let flat = widen(cast_slice(inputs));
    let sample_loss = |s: usize, y: &[f64]| formula(y, &targets[s]) / targets.len() as f64;
    let expected_loss: f64 = flat.chunks(len).enumerate().map(|(s, y)| sample_loss(s, y)).sum();
    let found_loss = f64::from(score.loss_sum) / score.rows as f64;
    assert_close(|| format!("{name}: loss"), &[expected_loss], &[found_loss], |loss| 1e-7 + 1e-6 * loss);

    let mut expected = Vec::new();
    for (s, y) in flat.chunks(len).enumerate() {
        for i in 0..len {
            let direction: Vec<f64> = (0..len).map(|j| f64::from(u8::from(i == j))).collect();
            expected.push(slope(y, &direction, |y| sample_loss(s, y)));
        }
    }
    // A gradient is at most about 1 / samples; a Huber loss has a kink in its slope, which costs STEP.
    assert_close(|| format!("{name}: gradient"), &expected, &found, |d| 1e-7 + 1e-6 * d.abs());
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let len = values.len() as f64;
    values.sum::<f64>() / len
}

fn squared(y: &[f64], t: &[f32]) -> f64 {
    mean(y.iter().zip(t).map(|(y, &t)| (y - f64::from(t)).powi(2)))
}

fn huber(y: &[f64], t: &[f32], delta: f64) -> f64 {
    mean(y.iter().zip(t).map(|(y, &t)| {
        let e = (y - f64::from(t)).abs();
        if e <= delta { 0.5 * e * e } else { delta * (e - 0.5 * delta) }
    }))
}

/// -t log σ(y) - (1 - t) log(1 - σ(y)), where -log σ(y) = log(1 + e^-y).
fn binary(y: &[f64], t: &[f32]) -> f64 {
    mean(y.iter().zip(t).map(|(y, &t)| {
        let t = f64::from(t);
        t * (-y).exp().ln_1p() + (1.0 - t) * y.exp().ln_1p()
    }))
}

/// -Σ t log(e^y / Σ e^y).
fn cross_entropy(y: &[f64], t: impl Fn(usize) -> f64) -> f64 {
    let total: f64 = y.iter().map(|y| y.exp()).sum();
    y.iter().enumerate().map(|(i, y)| t(i) * (total.ln() - y)).sum()
}

fn one_class(y: &[f64], class: usize) -> f64 {
    cross_entropy(y, |i| f64::from(u8::from(i == class)))
}

/// The mean over the steps.
fn class_of_each_step(y: &[f64], classes: &[u16; 3]) -> f64 {
    mean(y.chunks(5).zip(classes).map(|(y, &class)| one_class(y, class.into())))
}

#[test]
fn losses_of_values() {
    let mut random = Random(4);
    for reach in [1.0, 3.0, 50.0] {
        let name = |loss: &str| format!("{loss} within {reach}");
        let vectors: Vec<[f32; 5]> = random.samples(SAMPLES, -reach, reach);
        let tables: Vec<[[f32; 5]; 3]> = random.samples(SAMPLES, -reach, reach);
        let singles: Vec<[f32; 1]> = random.samples(SAMPLES, -reach, reach);
        let targets: Vec<[f32; 5]> = random.samples(SAMPLES, -1.0, 1.0);
        let table_targets: Vec<[[f32; 5]; 3]> = random.samples(SAMPLES, -1.0, 1.0);
        check_loss::<Five, _, _>(&name("mse"), &Mse, &vectors, &targets, |y, t| squared(y, t));
        check_loss::<Steps, _, _>(&name("mse of rows"), &Mse, &tables, &table_targets, |y, t| {
            squared(y, t.as_flattened())
        });
        check_loss::<Five, _, _>(&name("huber"), &Huber::default(), &vectors, &targets, |y, t| huber(y, t, 1.0));
        let quarter = Huber { delta: 0.25 };
        check_loss::<Five, _, _>(&name("huber 0.25"), &quarter, &vectors, &targets, |y, t| huber(y, t, 0.25));
        check_loss::<Steps, _, _>(&name("huber of rows"), &quarter, &tables, &table_targets, |y, t| {
            huber(y, t.as_flattened(), 0.25)
        });

        let shares: Vec<[f32; 5]> = random.samples(SAMPLES, 0.0, 1.0);
        let bits: Vec<[f32; 1]> = common::samples(SAMPLES, || random.below(2) as f32);
        check_loss::<Five, _, _>(&name("binary"), &BinaryCrossEntropy, &vectors, &shares, |y, t| binary(y, t));
        check_loss::<Single, _, _>(&name("binary of bits"), &BinaryCrossEntropy, &singles, &bits, |y, t| binary(y, t));
    }
}

#[test]
fn losses_of_classes() {
    let mut random = Random(5);
    for reach in [1.0, 3.0, 50.0] {
        let name = |loss: &str| format!("{loss} within {reach}");
        let vectors: Vec<[f32; 5]> = random.samples(SAMPLES, -reach, reach);
        let classes: Vec<usize> = (0..SAMPLES).map(|_| random.below(5)).collect();
        macro_rules! check_classes {
            ($($class:ty),*) => {$(
                let labels: Vec<$class> = classes.iter().map(|&class| class as $class).collect();
                let title = name(concat!("cross-entropy of ", stringify!($class)));
                check_loss::<Five, _, _>(&title, &CrossEntropy, &vectors, &labels, |y, &class| {
                    one_class(y, class as usize)
                });
            )*};
        }
        check_classes!(u8, u16, u32, u64, usize);

        // Rows that sum to 1, as probabilities do, and rows that do not, which the formula takes as well.
        let loose: Vec<[f32; 5]> = random.samples(SAMPLES, 0.0, 1.0);
        let shares: Vec<[f32; 5]> = loose.iter().map(|row| row.map(|t| t / row.iter().sum::<f32>())).collect();
        for (what, targets) in [("probabilities", &shares), ("loose probabilities", &loose)] {
            let title = name(&format!("cross-entropy of {what}"));
            check_loss::<Five, _, _>(&title, &CrossEntropy, &vectors, targets, |y, t| {
                cross_entropy(y, |i| f64::from(t[i]))
            });
        }

        let tables: Vec<[[f32; 5]; 3]> = random.samples(SAMPLES, -reach, reach);
        let sequences: Vec<[u16; 3]> = (0..SAMPLES).map(|_| std::array::from_fn(|_| random.below(5) as u16)).collect();
        let title = name("cross-entropy of a sequence");
        check_loss::<Steps, _, _>(&title, &CrossEntropy, &tables, &sequences, class_of_each_step);
    }
}

/// What the outputs of the last forward score.
fn score_of<L: Loss<[f32; 5], Y>, Y: Target>(tape: &mut Tape<Five>, loss: &L, targets: &[Y]) -> BatchScore {
    tape.loss(loss, targets).expect("targets that the loss takes");
    tape.score().expect("there is a loss")
}

/// Far out the formulas above overflow, and the losses must not.
#[test]
fn losses_of_huge_outputs() {
    let far = [1e30_f32, -1e30, 0.0, 1.0, -1.0];
    let mut tape = Tape::new(Five::new(Seed(0)), &Cpu::new());
    tape.forward(&[far], Mode::Inference).expect("there is memory");
    let cross_entropy: [(u8, f32, [f32; 5]); 3] =
        [(0, 0.0, [0.0; 5]), (1, 2e30, [1.0, -1.0, 0.0, 0.0, 0.0]), (2, 1e30, [1.0, 0.0, -1.0, 0.0, 0.0])];
    for (class, loss, gradient) in cross_entropy {
        let score = score_of(&mut tape, &CrossEntropy, &[class]);
        assert_eq!(
            (score.loss_sum, tape.d_outputs().expect("the CPU has them")[0]),
            (loss, gradient),
            "cross-entropy of class {class}"
        );
    }
    let score = score_of(&mut tape, &BinaryCrossEntropy, &[[1.0, 0.0, 0.5, 0.5, 0.5]]);
    let tail = [0.0_f64, 1.0, -1.0].map(|y| 0.5 * ((-y).exp().ln_1p() + y.exp().ln_1p())).iter().sum::<f64>() / 5.0;
    assert!((f64::from(score.loss_sum) - tail).abs() < 1e-6, "binary cross-entropy: {} {tail}", score.loss_sum);
    let score = score_of(&mut tape, &Huber::default(), &[[0.0, 0.0, 0.0, 1.0, -1.0]]);
    assert_eq!(score.loss_sum, 4e29, "huber");
}

#[test]
fn what_counts_as_correct() {
    let mut tape = Tape::new(Five::new(Seed(0)), &Cpu::new());
    // Two greatest values: the first counts.
    let tie = [0.0, 7.0, -1.0, 7.0, 6.9];
    tape.forward(&[tie, tie, tie], Mode::Inference).expect("there is memory");
    let classes = score_of(&mut tape, &CrossEntropy, &[1_u8, 3, 4]);
    assert_eq!((classes.rows, classes.correct), (3, 1));
    let probabilities = [[0.1, 0.6, 0.1, 0.1, 0.1], [0.0, 0.2, 0.0, 0.8, 0.0], [0.0, 0.5, 0.0, 0.5, 0.0]];
    assert_eq!(score_of(&mut tape, &CrossEntropy, &probabilities).correct, 2);
    let sides = [[0.0, 1.0, 0.0, 1.0, 1.0], [1.0, 1.0, 0.0, 1.0, 1.0], [0.4, 0.6, 0.5, 0.7, 0.9]];
    assert_eq!(score_of(&mut tape, &BinaryCrossEntropy, &sides).correct, 2, "an output of 0 is the lower side");
    assert_eq!(score_of(&mut tape, &Mse, &sides).correct, 0);

    let data = Dataset::new(vec![[0.3, 0.6, 0.2, 0.9, 0.51]], vec![[0.0, 1.0, 0.0, 1.0, 1.0]]).unwrap();
    let (net, trainer) = (Five::new(Seed(0)), Trainer::new(Sgd::new(0.1), Mse));
    assert_eq!(trainer.evaluate(&net, &data).unwrap().accuracy, None);
    for (threshold, accuracy) in [(0.5, 1.0), (0.55, 0.0)] {
        let score = trainer.clone().accuracy(Accuracy::Threshold(threshold)).evaluate(&net, &data).unwrap();
        assert_eq!(score.accuracy, Some(accuracy), "threshold {threshold}");
    }
}
