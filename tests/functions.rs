//! Random functions against an evaluation of their own: what they compute, and the gradients that the macro derives.
//!
//! The functions are those of `common/functions.rs`, each a network. What they are is known here as a list of operations, which is
//! evaluated in binary64, without anything of Loom's.
//!
//! **Kinks.** An evaluation notes which way each `max`, comparison, index and so on goes. Samples are drawn anew while one of these
//! choices is close. A difference along which a choice changes is left out, as is one whose bound is wide, and few are.
//!
//! **Bounds.** Beside each value stands a bound of its rounding errors, in units in the last place of 1, to first order: what the errors
//! of the operands become, and some roundings of its own. The same bound, times 2^-53 or 2^-24, is what binary64 and binary32 may differ
//! by from the exact value.

mod common;

use bytemuck::cast_slice;
use common::functions::{Function, Op, function};
use common::networks::for_each_network;
use common::{Check, Random, assert_close, assert_same_bits, dot, samples, widen};
use loom::Sample;
use loom::dtype::F32;
use loom::prelude::*;
use loom::private::{Passes, f64_pass::Forward};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Samples in a batch.
const BATCH: usize = 3;
/// How many samples are drawn at most.
const DRAWS: usize = 1_000;
/// How close a choice may be.
const MARGIN: f64 = 1.0 / (1 << 10) as f64;
/// The step of a difference.
const STEP: f64 = 1.0 / (1 << 12) as f64;
/// The most that a bound may be, as a share of a slope and 1.
const SHARP: f64 = 4e-6;
/// About how many numbers of a tensor are moved.
const MOVED: usize = 40;
/// The error of an operand is taken for this many times itself, so that what it becomes is seen in binary64.
const SEEN: f64 = 1.0 / (1_u64 << 32) as f64;
/// Roundings of a function of numbers: `softplus` and `erf` have the most.
const ROUNDINGS: f64 = 8.0;
/// What a flush to zero changes, 2^-60, in units of binary32.
const FLUSH: f64 = 1.0 / (1_u64 << 36) as f64;

/// The values of a function for one sample.
#[derive(Default)]
struct Values {
    /// Of each node.
    values: Vec<Vec<f64>>,
    /// The bounds of their errors.
    errors: Vec<Vec<f64>>,
    /// Which way each choice went.
    choices: Vec<usize>,
    /// How close the closest was, but for what is equal.
    margin: f64,
}

impl Values {
    /// The function for these inputs and learned tensors. `base` has the values that `detach` keeps, and those that the slopes of `erf`
    /// and `normal_cdf` begin at: the constants of their derivatives are rounded to binary32.
    fn of(function: &Function, inputs: &[f64], params: &[Vec<f64>], base: Option<&Values>) -> Self {
        let mut all = Values { margin: f64::INFINITY, ..Values::default() };
        let (mut inputs, mut params) = (inputs, params.iter());
        for (id, node) in function.nodes.iter().enumerate() {
            let len = node.shape.iter().product();
            let exact = |values: Vec<f64>| (vec![0.0; values.len()], values);
            let (errors, values) = match node.op {
                Op::Input => {
                    let (own, rest) = inputs.split_at(len);
                    inputs = rest;
                    exact(own.to_vec())
                }
                Op::Param => exact(params.next().expect("there is one for each").clone()),
                Op::Number(number) => exact(vec![number]),
                Op::Each("detach") if base.is_some() => exact(base.expect("it is there").values[id].clone()),
                Op::Each(name) => (0..len).map(|i| all.each(function, (id, i), name, base)).unzip(),
                Op::Reduce(name, axis, _) => all.reduce(function, id, name, axis),
                Op::Transpose => {
                    let [.., rows, columns] = node.shape[..] else { unreachable!("a matrix has two axes") };
                    let place =
                        |i: usize| i / (rows * columns) * rows * columns + i % columns * rows + i / columns % rows;
                    all.moved(node.of[0], (0..len).map(place))
                }
                Op::Reshape => all.moved(node.of[0], 0..len),
                Op::MatMul => all.product(function, id),
                Op::OneHot(classes) => {
                    let numbers: Vec<usize> = (0..len / classes).map(|i| all.index(node.of[0], i, classes)).collect();
                    exact((0..len).map(|i| f64::from(u8::from(numbers[i / classes] == i % classes))).collect())
                }
                Op::Gather(axis) => {
                    let shape = &function.nodes[node.of[0]].shape;
                    let inner: usize = shape[axis + 1..].iter().product();
                    let outer = node.shape[axis] * inner;
                    let places: Vec<usize> = (0..len)
                        .map(|i| (i / outer * shape[axis] + all.index(node.of[1], i, shape[axis])) * inner + i % inner)
                        .collect();
                    all.moved(node.of[0], places.into_iter())
                }
            };
            all.values.push(values);
            all.errors.push(errors);
        }
        all
    }

    fn result(&self) -> (&[f64], &[f64]) {
        (self.values.last().expect("there is a result"), self.errors.last().expect("there is a result"))
    }

    /// Notes a choice between values so far apart.
    fn choose(&mut self, choice: usize, distance: f64) {
        self.choices.push(choice);
        // What is equal stays so, as nothing here is by chance.
        if distance != 0.0 {
            self.margin = self.margin.min(distance.abs());
        }
    }

    /// Values of a node in other places.
    fn moved(&self, of: usize, places: impl Iterator<Item = usize>) -> (Vec<f64>, Vec<f64>) {
        places.map(|place| (self.errors[of][place], self.values[of][place])).unzip()
    }

    /// The whole part of a value, as an index of so many.
    fn index(&mut self, of: usize, i: usize, count: usize) -> usize {
        let value = self.values[of][i];
        let index = (value.max(0.0) as usize).min(count - 1);
        let borders = (1..count).map(|border| value - border as f64);
        let nearest = borders
            .fold(f64::INFINITY, |nearest, distance| if distance.abs() < nearest.abs() { distance } else { nearest });
        self.choose(index, nearest);
        index
    }

    /// One value of a function of numbers.
    fn each(&mut self, function: &Function, (id, i): (usize, usize), name: &str, base: Option<&Values>) -> (f64, f64) {
        let node = &function.nodes[id];
        let place = |of: usize| place(&function.nodes[of].shape, &node.shape, i);
        let a: Vec<f64> = node.of.iter().map(|&of| self.values[of][place(of)]).collect();
        match name {
            "abs" | "relu" => self.choose(usize::from(a[0] > 0.0), a[0]),
            "max" | "min" | "<" | "<=" | ">" | ">=" | "==" | "!=" => self.choose(usize::from(a[0] > a[1]), a[0] - a[1]),
            "clamp" => {
                self.choose(usize::from(a[0] > a[1]), a[0] - a[1]);
                self.choose(usize::from(a[0] > a[2]), a[0] - a[2]);
            }
            "select" => self.choose(usize::from(a[0] != 0.0), 0.0),
            _ => {}
        }
        let mut y = formula(name, &a);
        if let (Some(base), Some([exact, rounded])) = (base, density(name)) {
            let first = base.values[id][i];
            y = first + (y - first) * (rounded / exact);
        }
        // A choice that is not close is right. Bounds are for the values that differences begin at.
        let is_exact = base.is_some() || ["<", "<=", ">", ">=", "==", "!="].contains(&name);
        if is_exact {
            return (0.0, y);
        }
        let mut error = ROUNDINGS * if name == "normal_cdf" { 1.0 } else { y.abs() } + FLUSH;
        for (number, &of) in node.of.iter().enumerate().skip(usize::from(name == "select")) {
            let own = self.errors[of][place(of)] * SEEN;
            let moved = |step: f64| {
                let mut a = a.clone();
                a[number] += step;
                (formula(name, &a) - y).abs()
            };
            error += moved(own).max(moved(-own)) / SEEN;
        }
        (error, y)
    }

    fn reduce(&mut self, function: &Function, id: usize, name: &str, axis: Option<usize>) -> (Vec<f64>, Vec<f64>) {
        let of = function.nodes[id].of[0];
        let shape = &function.nodes[of].shape;
        let (len, inner) = match axis {
            None => (shape.iter().product(), 1),
            Some(axis) => (shape[axis], shape[axis + 1..].iter().product()),
        };
        let count = self.values[of].len() / len;
        let (mut values, mut errors) = (vec![0.0; count], vec![0.0; count]);
        if name == "softmax" {
            (values, errors) = (vec![0.0; count * len], vec![0.0; count * len]);
        }
        for row in 0..count {
            let place = |k: usize| (row / inner * len + k) * inner + row % inner;
            let x: Vec<f64> = (0..len).map(|k| self.values[of][place(k)]).collect();
            let e: Vec<f64> = (0..len).map(|k| self.errors[of][place(k)]).collect();
            let roundings = len as f64 + ROUNDINGS;
            let magnitudes = x.iter().map(|x| x.abs()).sum::<f64>();
            let (total, total_error) = (x.iter().sum::<f64>(), e.iter().sum::<f64>() + roundings * magnitudes);
            match name {
                "sum" => (values[row], errors[row]) = (total, total_error),
                // The constant is rounded to binary32.
                "mean" => {
                    let factor = f64::from((1.0 / len as f64) as f32);
                    (values[row], errors[row]) =
                        (total * factor, total_error * factor + ROUNDINGS * (total * factor).abs());
                }
                "norm" => {
                    let norm = dot(&x, &x).sqrt();
                    (values[row], errors[row]) =
                        (norm, dot(&x.iter().map(|x| x.abs()).collect::<Vec<_>>(), &e) / norm + roundings * norm);
                }
                "max" | "min" | "argmax" => {
                    let sign = if name == "min" { -1.0 } else { 1.0 };
                    let best = (1..len).fold(0, |best, k| if sign * x[k] > sign * x[best] { k } else { best });
                    let rest = x.iter().map(|other| x[best] - other).filter(|distance| *distance != 0.0);
                    let nearest = rest.fold(f64::INFINITY, |nearest, distance| nearest.min(distance.abs()));
                    self.choose(best, nearest);
                    (values[row], errors[row]) = if name == "argmax" { (best as f64, 0.0) } else { (x[best], e[best]) };
                }
                _ => {
                    let greatest = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let terms: Vec<f64> = x.iter().map(|x| (x - greatest).exp()).collect();
                    let total: f64 = terms.iter().sum();
                    // Of each exponent, and of the logarithm of their sum.
                    let own: Vec<f64> =
                        x.iter().zip(&e).map(|(x, e)| e + 2.0 * (x - greatest).abs() + roundings).collect();
                    let sum = dot(&terms, &own) / total;
                    if name == "logsumexp" {
                        let y = greatest + total.ln();
                        (values[row], errors[row]) = (y, sum + ROUNDINGS * (greatest.abs() + y.abs() + total.ln()));
                    } else {
                        for k in 0..len {
                            let y = terms[k] / total;
                            (values[place(k)], errors[place(k)]) = (y, y * (own[k] + sum));
                        }
                    }
                }
            }
        }
        (errors, values)
    }

    fn product(&self, function: &Function, id: usize) -> (Vec<f64>, Vec<f64>) {
        let [a, b] = function.nodes[id].of[..] else { unreachable!("a product has two factors") };
        let ([.., rows, inner], [others @ .., _, columns]) =
            (&function.nodes[a].shape[..], &function.nodes[b].shape[..])
        else {
            unreachable!("a matrix has two axes")
        };
        let len: usize = function.nodes[id].shape.iter().product();
        let entry = |i: usize| {
            let (matrix, row, column) = (i / (rows * columns), i / columns, i % columns);
            let first = if others.is_empty() { 0 } else { matrix * inner * columns };
            let (mut sum, mut error) = (0.0, 0.0);
            for k in 0..*inner {
                let (p, q) = (row * inner + k, first + k * columns + column);
                let (x, y) = (self.values[a][p], self.values[b][q]);
                sum += x * y;
                error +=
                    x.abs() * self.errors[b][q] + y.abs() * self.errors[a][p] + (*inner as f64 + 1.0) * (x * y).abs();
            }
            (error + FLUSH, sum)
        };
        (0..len).map(entry).unzip()
    }
}

/// Where the value of a shape lies that goes with number i of a shape that it is broadcast to.
fn place(shape: &[usize], output: &[usize], mut i: usize) -> usize {
    let (mut place, mut stride) = (0, 1);
    for (back, size) in output.iter().rev().enumerate() {
        if let Some(axis) = shape.len().checked_sub(back + 1)
            && shape[axis] > 1
        {
            place += i % size * stride;
            stride *= shape[axis];
        }
        i /= size;
    }
    place
}

/// The functions of numbers, as mathematics has them.
fn formula(name: &str, a: &[f64]) -> f64 {
    let truth = |is: bool| f64::from(u8::from(is));
    let sigmoid = |x: f64| (1.0 + (-x).exp()).recip();
    match (name, a) {
        ("neg", [a]) => -a,
        ("abs", [a]) => a.abs(),
        ("relu", [a]) => a.max(0.0),
        ("square", [a]) => a * a,
        ("exp", [a]) => a.exp(),
        ("log", [a]) => a.ln(),
        ("log1p", [a]) => a.ln_1p(),
        ("tanh", [a]) => a.tanh(),
        ("sigmoid", [a]) => sigmoid(*a),
        ("softplus", [a]) => a.max(0.0) + (-a.abs()).exp().ln_1p(),
        ("erf", [a]) => erf(*a),
        ("normal_cdf", [a]) => 0.5 + 0.5 * erf(a / std::f64::consts::SQRT_2),
        ("sin", [a]) => a.sin(),
        ("cos", [a]) => a.cos(),
        ("sqrt", [a]) => a.sqrt(),
        ("rsqrt", [a]) => a.sqrt().recip(),
        ("recip", [a]) => a.recip(),
        ("detach", [a]) => *a,
        ("+", [a, b]) => a + b,
        ("-", [a, b]) => a - b,
        ("*", [a, b]) => a * b,
        ("/", [a, b]) => a / b,
        ("max", [a, b]) => a.max(*b),
        ("min", [a, b]) => a.min(*b),
        ("<", [a, b]) => truth(a < b),
        ("<=", [a, b]) => truth(a <= b),
        (">", [a, b]) => truth(a > b),
        (">=", [a, b]) => truth(a >= b),
        ("==", [a, b]) => truth(a == b),
        ("!=", [a, b]) => truth(a != b),
        ("mul_add", [a, b, c]) => a * b + c,
        ("select", [a, b, c]) => {
            if *a != 0.0 {
                *b
            } else {
                *c
            }
        }
        ("clamp", [a, low, high]) => a.min(*high).max(*low),
        _ => panic!("`{name}` of {} values is not known here", a.len()),
    }
}

/// 2/√π e^(-x²) Σ x (2 x²)^n / (1 · 3 · .. (2n + 1)), whose terms have one sign.
fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    let (mut term, mut sum, mut n) = (x, x, 1.0);
    while term.abs() > 1e-18 * sum.abs() {
        term *= 2.0 * x * x / (2.0 * n + 1.0);
        sum += term;
        n += 1.0;
    }
    std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

/// The slope at 0 of a function whose derivative has it as a constant, and the constant.
fn density(name: &str) -> Option<[f64; 2]> {
    let exact = match name {
        "erf" => std::f64::consts::FRAC_2_SQRT_PI,
        "normal_cdf" => 0.5 * std::f64::consts::FRAC_2_SQRT_PI / std::f64::consts::SQRT_2,
        _ => return None,
    };
    Some([exact, f64::from(exact as f32)])
}

/// A network of one function, and what the function is.
struct Case<N: Network<Precision = F32>> {
    net: N,
    function: Function,
    inputs: Vec<N::Input>,
    params: Vec<Vec<f64>>,
    /// Of each sample.
    values: Vec<Values>,
    d_outputs: Vec<f32>,
}

impl<N: Network<Precision = F32>> Case<N> {
    /// Nothing, for a network that is something else.
    fn new() -> Option<Self> {
        let (seed, index) = N::PLAN.name.strip_prefix("Seed")?.split_once("Function")?;
        let function = function(seed.parse().ok()?, index.parse().ok()?);
        let (mut net, mut random) = (N::new(Seed(1)), Random(11));
        assert_eq!(N::PLAN.params.len(), function.params().len(), "{}", N::PLAN.name);
        let (mut inputs, mut values, mut params) = (Vec::new(), Vec::new(), Vec::new());
        for draw in 0..DRAWS {
            // A choice may be between learned tensors alone.
            if draw % (DRAWS / 10) == 0 {
                inputs.clear();
                values.clear();
                for param in N::PLAN.params {
                    let values: Vec<f32> = (0..param.len()).map(|_| random.between(-1.5, 1.5) as f32).collect();
                    net.weights_mut().set(param, values.into_iter()).expect("the values are finite");
                }
                let tensor = |number| widen(&net.weights().values()[param(N::PLAN, number)]);
                params = (0..N::PLAN.params.len()).map(tensor).collect();
            }
            let sample: Vec<N::Input> = samples(1, || random.between(-2.0, 2.0) as f32);
            let own = Values::of(&function, &widen(cast_slice(&sample)), &params, None);
            if own.margin >= MARGIN {
                inputs.extend(sample);
                values.push(own);
            }
            if inputs.len() == BATCH {
                break;
            }
        }
        assert_eq!(inputs.len(), BATCH, "{}: samples away from kinks", N::PLAN.name);
        let d_outputs = (0..BATCH * N::Output::LEN).map(|_| random.between(-1.0, 1.0) as f32).collect();
        Some(Case { net, function, inputs, params, values, d_outputs })
    }

    /// What the outputs of a sample add to the linear function of them, where no choice changes.
    fn value(&self, sample: usize, inputs: &[f64], params: &[Vec<f64>]) -> Option<f64> {
        let base = &self.values[sample];
        let values = Values::of(&self.function, inputs, params, Some(base));
        let d_outputs = widen(&self.d_outputs[sample * N::Output::LEN..][..N::Output::LEN]);
        (values.choices == base.choices).then(|| dot(values.result().0, &d_outputs))
    }

    /// The bound of its errors, twice, since a step moves it a little.
    fn bound(&self, sample: usize) -> f64 {
        let (outputs, errors) = self.values[sample].result();
        let d_outputs = &self.d_outputs[sample * N::Output::LEN..];
        let own = outputs.iter().zip(errors).map(|(y, error)| error + N::Output::LEN as f64 * y.abs());
        2.0 * own.zip(d_outputs).map(|(error, d)| error * f64::from(d.abs())).sum::<f64>()
    }

    /// The derivative along one number, by differences of the fourth order, and a bound of its error; nothing where a choice changes.
    ///
    /// (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h misses by a multiple of h^4. So the one with half the step misses by about a 15th of
    /// what both differ by. Rounding leaves of it at most 18/12 of the bound of f, over that step.
    fn slope(&self, samples: &[usize], moved: impl Fn(usize, f64) -> (Vec<f64>, Vec<Vec<f64>>)) -> Option<(f64, f64)> {
        let (mut slopes, mut rounding) = ([0.0; 2], 0.0);
        for &sample in samples {
            let difference = |step: f64| {
                let [after, before] = [step, -step].map(|step| moved(sample, step));
                Some(self.value(sample, &after.0, &after.1)? - self.value(sample, &before.0, &before.1)?)
            };
            let [two, one, half] = [2.0 * STEP, STEP, 0.5 * STEP].map(difference);
            let (two, one, half) = (two?, one?, half?);
            slopes[0] += (8.0 * one - two) / (12.0 * STEP);
            slopes[1] += (8.0 * half - one) / (6.0 * STEP);
            rounding += 18.0 / 12.0 * self.bound(sample) * f64::EPSILON / (0.5 * STEP);
        }
        Some((slopes[1], (slopes[0] - slopes[1]).abs() + rounding))
    }
}

/// Where the learned tensor of this number lies.
fn param(plan: &loom::plan::Plan, number: usize) -> std::ops::Range<usize> {
    let name = format!("w{number}");
    let found = plan.params.iter().find(|param| param.name.rsplit('.').next() == Some(&name));
    found.expect("it is in the plan").range()
}

#[derive(Default)]
struct Functions {
    checked: AtomicUsize,
    left_out: AtomicUsize,
}

impl Check for Functions {
    fn check<N: Network<Precision = F32>>(&self) {
        let Some(case) = Case::<N>::new() else { return };
        let (name, mode) = (N::PLAN.name, Mode::Training { seed: Seed(3), step: 5 });
        let (expected, errors): (Vec<&[f64]>, Vec<&[f64]>) = case.values.iter().map(Values::result).unzip();
        let (expected, errors) = (expected.concat(), errors.concat());
        let compare = |what: &str, found: &[f64], expected: &[f64], bounds: &[f64]| {
            for (i, ((found, expected), bound)) in found.iter().zip(expected).zip(bounds).enumerate() {
                let what = || format!("{name}: {what} {i}");
                assert_close(what, &[*expected], &[*found], |_| *bound);
            }
        };
        let scaled = |unit: f64| errors.iter().map(|error| error * unit).collect::<Vec<f64>>();

        let (weights, inputs) = (widen(case.net.weights().values()), widen(cast_slice(&case.inputs)));
        let forward = Forward::new(N::PLAN, &weights, &inputs, mode);
        compare("output in binary64", forward.outputs(), &expected, &scaled(f64::EPSILON));
        let mut tape = Tape::new(case.net.clone(), &Cpu::new());
        tape.forward(&case.inputs, mode).expect("there is memory");
        let found = widen(cast_slice(tape.outputs().expect("the CPU has them")));
        compare("output in binary32", &found, &expected, &scaled(f32::EPSILON.into()));

        let (d_weights, d_inputs) = forward.backward(&weights, &widen(&case.d_outputs));
        let slope = |what: &str, found: f64, slope: Option<(f64, f64)>| {
            self.checked.fetch_add(1, Relaxed);
            match slope.filter(|(slope, bound)| *bound <= SHARP * (1.0 + slope.abs())) {
                Some((slope, bound)) => compare(what, &[found], &[slope], &[bound]),
                None => drop(self.left_out.fetch_add(1, Relaxed)),
            }
        };
        let sample = |sample: usize| &inputs[sample * N::Input::LEN..][..N::Input::LEN];
        let some = |gradient: &[f64]| {
            let every = gradient.len().div_ceil(MOVED);
            Vec::from_iter(gradient.iter().copied().enumerate().step_by(every))
        };
        for (i, d) in some(&d_inputs) {
            let own = i / N::Input::LEN;
            let moved = |sample_: usize, step: f64| {
                let mut inputs = sample(sample_).to_vec();
                inputs[i % N::Input::LEN] += step;
                (inputs, case.params.clone())
            };
            slope(&format!("slope along input {i}"), d, case.slope(&[own], moved));
        }
        for number in 0..case.params.len() {
            for (i, d) in some(&d_weights[param(N::PLAN, number)]) {
                let moved = |sample_: usize, step: f64| {
                    let mut params = case.params.clone();
                    params[number][i] += step;
                    (sample(sample_).to_vec(), params)
                };
                let all: Vec<usize> = (0..BATCH).collect();
                slope(&format!("slope along w{number}, {i}"), d, case.slope(&all, moved));
            }
        }
    }
}

#[test]
fn values_and_gradients() {
    let functions = Functions::default();
    for_each_network(&functions);
    let [checked, left_out] = [functions.checked, functions.left_out].map(AtomicUsize::into_inner);
    assert!(checked > 1_000 && left_out * 50 < checked, "{left_out} of {checked} slopes are not known sharply");
}

// Every function of numbers and operator, for special values.
network! {
    struct Neg(a: [1]) { -a }
    struct Abs(a: [1]) { abs(a) }
    struct Exp(a: [1]) { exp(a) }
    struct Log(a: [1]) { log(a) }
    struct Log1p(a: [1]) { log1p(a) }
    struct Sqrt(a: [1]) { sqrt(a) }
    struct Rsqrt(a: [1]) { rsqrt(a) }
    struct Recip(a: [1]) { recip(a) }
    struct Square(a: [1]) { square(a) }
    struct TanhOf(a: [1]) { tanh(a) }
    struct SigmoidOf(a: [1]) { sigmoid(a) }
    struct Softplus(a: [1]) { softplus(a) }
    struct ReluOf(a: [1]) { relu(a) }
    struct Erf(a: [1]) { erf(a) }
    struct NormalCdf(a: [1]) { normal_cdf(a) }
    struct Sin(a: [1]) { sin(a) }
    struct Cos(a: [1]) { cos(a) }
    struct Detach(a: [1]) { detach(a) }
    struct Plus(a: [1], b: [1]) { a + b }
    struct Minus(a: [1], b: [1]) { a - b }
    struct Times(a: [1], b: [1]) { a * b }
    struct Over(a: [1], b: [1]) { a / b }
    struct Max(a: [1], b: [1]) { max(a, b) }
    struct Min(a: [1], b: [1]) { min(a, b) }
    struct Less(a: [1], b: [1]) { a < b }
    struct LessEqual(a: [1], b: [1]) { a <= b }
    struct Greater(a: [1], b: [1]) { a > b }
    struct GreaterEqual(a: [1], b: [1]) { a >= b }
    struct Equal(a: [1], b: [1]) { a == b }
    struct NotEqual(a: [1], b: [1]) { a != b }
    struct MulAdd(a: [1], b: [1], c: [1]) { mul_add(a, b, c) }
    struct Select(a: [1], b: [1], c: [1]) { select(a, b, c) }
    struct Clamp(a: [1], b: [1], c: [1]) { clamp(a, b, c) }
}

/// NaNs, infinities, zeros, subnormals, the flush threshold, the largest and smallest numbers, and some about the ends of functions.
fn special() -> Vec<f32> {
    let threshold = 2.0_f32.powi(-60);
    let positive = [
        f32::from_bits(0x7fc0_0000),
        f32::from_bits(0x7f80_0001),
        f32::INFINITY,
        f32::MAX,
        2.0_f32.powi(126) * 1.5,
        1e19,
        2e9,
        88.8,
        42.0,
        9.5,
        1.0,
        0.25,
        1e-7,
        threshold,
        f32::from_bits(threshold.to_bits() - 1),
        f32::MIN_POSITIVE,
        f32::from_bits(1),
        0.0,
    ];
    positive.into_iter().chain(positive.map(|x| -x)).collect()
}

/// What is read and what is stored: NaN has one pattern, and what is below 2^-60, or -0, is +0.
fn flush(x: f32) -> f32 {
    if x.is_nan() {
        f32::from_bits(0x7fc0_0000)
    } else if x.abs() < 2.0_f32.powi(-60) {
        0.0
    } else {
        x
    }
}

/// Outputs and input gradients, for an output gradient of 1.
type Found = [Vec<f32>; 2];

/// For all samples of these values, `values` long.
fn run<N: Network<Precision = F32>>(inputs: &[f32], fma_mode: FmaMode) -> Found {
    let mut values = inputs.iter().copied();
    let inputs: Vec<N::Input> = samples(inputs.len() / N::Input::LEN, || values.next().expect("there is one for each"));
    let mut tape = Tape::new(N::new(Seed(0)), &Cpu::new().fma_mode(fma_mode));
    tape.forward(&inputs, Mode::Inference).expect("there is memory");
    let outputs = cast_slice(tape.outputs().expect("the CPU has them")).to_vec();
    tape.set_d_outputs(&samples(inputs.len(), || 1.0)).expect("there are outputs");
    tape.backward_to_inputs().expect("there is a gradient of the outputs");
    [outputs, cast_slice(tape.d_inputs().expect("the CPU has them")).to_vec()]
}

/// The same on a GPU.
fn run_on<N: Network<Precision = F32>>(gpu: &Gpu, inputs: &[f32]) -> Found {
    let batch = inputs.len() / N::Input::LEN;
    let passes = Passes::new(gpu, N::PLAN, &[], batch).expect("the GPU takes the network");
    let flushed: Vec<f32> = inputs.iter().copied().map(flush).collect();
    let found = passes.run(&flushed, Mode::Inference, &vec![1.0; batch]).expect("the pass runs");
    [found.outputs, found.d_inputs]
}

/// Checks an output against the rules: exactly where the operation is exact, and else what mathematics gives, as far as f32 goes.
fn assert_rule(what: &str, name: &str, a: &[f32], found: f32, fma_mode: FmaMode) {
    let a: Vec<f32> = a.iter().copied().map(flush).collect();
    let truth = |is: bool| f32::from(u8::from(is));
    let greater = |a: f32, b: f32, sign: f32| if a.is_nan() || sign * a > sign * b { a } else { b };
    let exact = match (name, a.as_slice()) {
        ("neg", [a]) => Some(-a),
        ("abs", [a]) => Some(a.abs()),
        ("square", [a]) => Some(a * a),
        ("relu", [a]) => Some(if *a < 0.0 { 0.0 } else { *a }),
        ("detach", [a]) => Some(*a),
        ("+", [a, b]) => Some(a + b),
        ("-", [a, b]) => Some(a - b),
        ("*", [a, b]) => Some(a * b),
        ("max", [a, b]) => Some(greater(*a, *b, 1.0)),
        ("min", [a, b]) => Some(greater(*a, *b, -1.0)),
        // NaN is neither less nor greater, and equals nothing.
        ("<", [a, b]) => Some(truth(a < b)),
        ("<=", [a, b]) => Some(truth(a <= b)),
        (">", [a, b]) => Some(truth(a > b)),
        (">=", [a, b]) => Some(truth(a >= b)),
        ("==", [a, b]) => Some(truth(a == b)),
        ("!=", [a, b]) => Some(truth(a != b)),
        ("mul_add", [a, b, c]) => Some(if fma_mode == FmaMode::Fused { a.mul_add(*b, *c) } else { a * b + c }),
        ("select", [a, b, c]) => Some(if *a != 0.0 { *b } else { *c }),
        ("clamp", [a, low, high]) => Some(if a < low {
            *low
        } else if a > high {
            *high
        } else {
            *a
        }),
        _ => None,
    };
    if let Some(exact) = exact.map(flush) {
        assert_eq!(found.to_bits(), exact.to_bits(), "{what} is {found:e}, not {exact:e}");
        return;
    }
    let exact = formula(name, &a.iter().copied().map(f64::from).collect::<Vec<_>>());
    let is_right = if exact.is_nan() {
        found.to_bits() == 0x7fc0_0000
    } else if exact == 0.0 || exact.abs() < 0.999 * 2.0_f64.powi(-60) {
        found.to_bits() == 0
    } else if exact.abs() > f32::MAX.into() {
        f64::from(found) == f64::INFINITY.copysign(exact)
    } else {
        (f64::from(found) - exact).abs() <= 1e-6 * exact.abs()
    };
    assert!(is_right, "{what} is {found:e}, not {exact:e}");
}

#[test]
fn special_values() {
    let gpu = common::gpu::gpu();
    let special = special();
    macro_rules! check {
        ($($network:ident $name:literal)*) => {$(
            let count = <$network as Model>::Input::LEN;
            let inputs: Vec<f32> = match count {
                1 => special.clone(),
                2 => special.iter().flat_map(|&a| special.iter().flat_map(move |&b| [a, b])).collect(),
                _ => {
                    let pairs = || special.iter().flat_map(|&a| special.iter().map(move |&b| (a, b)));
                    pairs().flat_map(|(a, b)| special.iter().flat_map(move |&c| [a, b, c])).collect()
                }
            };
            for fma_mode in [FmaMode::Fused, FmaMode::Split] {
                let found = run::<$network>(&inputs, fma_mode);
                for (a, &found) in inputs.chunks_exact(count).zip(&found[0]) {
                    let what = format!("`{}` of {a:?} in {fma_mode:?}", $name);
                    if $name == "/" {
                        // a / b is a * recip(b).
                        let recip = run::<Recip>(&a[1..], fma_mode)[0][0];
                        assert_eq!(found.to_bits(), flush(flush(a[0]) * recip).to_bits(), "{what} is {found:e}");
                    } else {
                        assert_rule(&what, $name, a, found, fma_mode);
                    }
                }
                if let Some(gpu) = gpu.as_ref().filter(|gpu| gpu.fma_mode() == Some(fma_mode)) {
                    let on_gpu = run_on::<$network>(gpu, &inputs);
                    for (what, cpu, gpu) in [("outputs", 0, 0), ("input gradients", 1, 1)].map(|(what, a, b)| (what, &found[a], &on_gpu[b])) {
                        let cpu: &[[f32; 1]] = cast_slice(cpu);
                        assert_same_bits(|| format!("`{}`, {what}", $name), cpu, cast_slice(gpu));
                    }
                }
            }
        )*};
    }
    check! {
        Neg "neg" Abs "abs" Exp "exp" Log "log" Log1p "log1p" Sqrt "sqrt" Rsqrt "rsqrt" Recip "recip" Square "square" TanhOf "tanh"
        SigmoidOf "sigmoid" Softplus "softplus" ReluOf "relu" Erf "erf" NormalCdf "normal_cdf" Sin "sin" Cos "cos" Detach "detach"
        Plus "+" Minus "-" Times "*" Over "/" Max "max" Min "min" Less "<" LessEqual "<=" Greater ">" GreaterEqual ">="
        Equal "==" NotEqual "!=" MulAdd "mul_add" Select "select" Clamp "clamp"
    }
}

/// Where a function has a bend, the gradient is the one that the documentation says.
#[test]
fn gradients_at_bends() {
    let of_one = |found: fn(&[f32], FmaMode) -> Found, a: f32| found(&[a], FmaMode::Fused)[1].clone();
    assert_eq!([-1.0, -0.0, 0.0, 1.0].map(|a| of_one(run::<Abs>, a)[0]), [-1.0, 0.0, 0.0, 1.0]);
    assert_eq!([-1.0, -0.0, 0.0, 1.0].map(|a| of_one(run::<ReluOf>, a)[0]), [0.0, 0.0, 0.0, 1.0]);
    let of = |found: fn(&[f32], FmaMode) -> Found, a: &[f32]| found(a, FmaMode::Fused)[1].clone();
    for (a, max, min) in [
        ([1.0, 2.0], [0.0, 1.0], [1.0, 0.0]),
        ([2.0, 2.0], [0.5, 0.5], [0.5, 0.5]),
        ([0.0, -0.0], [0.5, 0.5], [0.5, 0.5]),
    ] {
        assert_eq!((of(run::<Max>, &a), of(run::<Min>, &a)), (max.to_vec(), min.to_vec()), "{a:?}");
    }
    // At a bound, the gradient is that of x.
    for (a, d) in [
        ([0.5, 0.0, 1.0], [1.0, 0.0, 0.0]),
        ([0.0, 0.0, 1.0], [1.0, 0.0, 0.0]),
        ([1.0, 0.0, 1.0], [1.0, 0.0, 0.0]),
        ([-1.0, 0.0, 1.0], [0.0, 1.0, 0.0]),
        ([2.0, 0.0, 1.0], [0.0, 0.0, 1.0]),
    ] {
        assert_eq!(of(run::<Clamp>, &a), d, "{a:?}");
    }
    assert_eq!(of(run::<Select>, &[f32::NAN, 3.0, 4.0]), [0.0, 1.0, 0.0]);
    assert_eq!(of(run::<Less>, &[1.0, 2.0]), [0.0, 0.0]);
}
