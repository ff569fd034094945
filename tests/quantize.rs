//! Rounding with options and by calibration: the same bits with any number of threads, files that come back, smaller errors.

mod common;

use common::networks::for_each_network;
use common::{Check, Random, assert_close, assert_same_bits, reach, widen};
use loom::data::Target;
use loom::dtype::{BF16, DType, Encoded, F4, F32, Format, I8, I32, U8};
use loom::layers::Activation;
use loom::plan::Role;
use loom::prelude::*;
use loom::private::ir::facts::{Factors, Kind};
use loom::quantize::{Calibration, Granularity, Rounding, RoundingError, Search};
use loom::{Error, Sample};
use std::fs;
use tempfile::TempDir;

network! {
    /// Rows of 9, 45, 17 columns; matrices inside other layers; a recurrence.
    struct Many: [1, 5, 7] {
        conv: Conv2d<1, 5, 3> -> Relu -> point: Conv2d<5, 3, 1, bias = false> -> Flatten -> Dense<45, 32> -> Tanh
            -> Reshape<4, 8> -> MultiHeadAttention<8, 2> -> Residual { SwiGlu<8, hidden = 17> } -> Lstm<8, 17> -> Flatten
            -> fc: Dense<68, 5>
    }
}

fn inputs<N: Network>(count: usize) -> Vec<N::Input> {
    let reach = reach(N::PLAN);
    Random(5).samples(count, -reach, reach)
}

/// Any network, calibrated by few samples, on one thread and on five.
struct Threads;

impl Check for Threads {
    fn check<N: Network<Precision = F32, Output: Target>>(&self) {
        let (net, inputs, name) = (N::new(Seed(3)), inputs::<N>(9), N::PLAN.name);
        // A learned tensor of an expression is no weight.
        if !N::PLAN.params.iter().any(|param| param.role == Role::Weight && param.shape.len() > 1) {
            return;
        }
        let on = |threads: usize| {
            let cpu = Cpu::new().threads(threads);
            net.on(&cpu).quantize_calibrated::<F4>(&Rounding::new(), &inputs, 1.0).expect("the inputs are finite")
        };
        let (one, five) = (on(1), on(5));
        assert!(one.weights() == five.weights(), "{name}: weights differ with the number of threads");
        let plain = net.quantize::<F4>().expect("the weights are finite");
        assert_eq!(one.weights().bits_per_weight(), plain.weights().bits_per_weight(), "{name}");
    }
}

#[test]
fn threads_change_no_bit() {
    for_each_network(&Threads);
}

/// Of a network that is one product, W H Wᵀ is what its outputs, without the bias, give: Σ y yᵀ.
struct Hessians;

impl Check for Hessians {
    fn check<N: Network<Precision = F32, Output: Target>>(&self) {
        let [step] = N::PLAN.steps else { return };
        let Kind::MatrixProduct(product) = step.layer.facts().kind else { return };
        let is_plain = product.activation == Some(Activation::Identity);
        let [weight, rest @ ..] = N::PLAN.params else { return };
        if !is_plain {
            return;
        }
        let (mut net, inputs) = (N::new(Seed(3)), inputs::<N>(5));
        for bias in rest {
            net.weights_mut().set(bias, vec![0.0; bias.len()].into_iter()).expect("0 is finite");
        }
        let calibration = net.on(&Cpu::new()).calibration(&inputs, 1.0).expect("the inputs are finite");
        let hessian = calibration.hessian(weight.name).expect("there is one product");
        let w = widen(&net.weights().get(weight.name).expect("there is one weight"));
        let (rows, columns) = (weight.rows(), weight.columns());
        let mut expected = vec![0.0; rows * rows];
        for output in net.forward_batch(&inputs) {
            let y = N::Output::flat(core::slice::from_ref(&output));
            // A convolution has its channels first, a product its outputs last.
            let at = |channel: usize, place: usize| match product.factors {
                Factors::Windows(_) => f64::from(y[channel * (y.len() / rows) + place]),
                Factors::Rows | Factors::Outputs => f64::from(y[place * rows + channel]),
            };
            for (i, sum) in expected.iter_mut().enumerate() {
                *sum += (0..y.len() / rows).map(|place| at(i / rows, place) * at(i % rows, place)).sum::<f64>();
            }
        }
        // H is symmetric.
        let product = |w: &[f64]| hessian.chunks(columns).map(|h| common::dot(h, w)).collect::<Vec<_>>();
        let products: Vec<Vec<f64>> = w.chunks(columns).map(product).collect();
        let sums = w.chunks(columns).flat_map(|w| products.iter().map(move |product| common::dot(w, product)));
        let found: Vec<f64> = sums.collect();
        let greatest = expected.iter().fold(0.0_f64, |greatest, sum| greatest.max(sum.abs()));
        assert_close(|| N::PLAN.name.to_owned(), &expected, &found, |_| 1e-5 * greatest);
    }
}

#[test]
fn hessians_are_the_inputs() {
    for_each_network(&Hessians);
}

/// Σ of the squared differences of the outputs from those in F32.
fn error<N: Network<Precision = F32>, D: DType>(net: &N, small: &N::In<D>, inputs: &[N::Input]) -> f64 {
    let (expected, found) = (net.forward_batch(inputs), small.forward_batch(inputs));
    let pairs = N::Output::flat(&expected).iter().zip(N::Output::flat(&found));
    pairs.map(|(e, f)| (f64::from(*e) - f64::from(*f)).powi(2)).sum()
}

#[test]
fn calibration_keeps_the_outputs() {
    fn check<D: DType>(net: &Many, most: f64) {
        let all: Vec<<Many as Model>::Input> = inputs::<Many>(600);
        let (seen, fresh) = all.split_at(400);
        let plain = net.quantize::<D>().expect("the weights are finite");
        let calibrated = net.quantize_calibrated::<D>(&Rounding::new(), seen, 1.0).expect("the inputs are finite");
        let (plain, calibrated) = (error::<Many, D>(net, &plain, fresh), error::<Many, D>(net, &calibrated, fresh));
        assert!(calibrated < most * plain, "{}: {calibrated:e} against {plain:e}", D::NAME);
    }
    let net = Many::new(Seed(7));
    check::<F4>(&net, 0.8);
    check::<I8>(&net, 0.8);
    check::<U8>(&net, 0.8);
    check::<BF16>(&net, 0.8);
}

network! {
    struct Shared { step: Dense<7, 7> -> Tanh -> step -> wide: Dense<7, 9> -> Tanh -> Dense<9, 7> -> Dense<7, 9, tied = wide> }
    /// The same without sharing.
    struct Separate { step: Dense<7, 7> -> Tanh -> again: Dense<7, 7> -> wide: Dense<7, 9> -> Tanh -> Dense<9, 7> -> Dense<7, 9> }
}

/// A weight that several steps read is rounded once, for the inputs of all of them.
#[test]
fn shared_weights_are_calibrated_by_all_their_inputs() {
    let net = Shared::new(Seed(7));
    let mut separate = Separate::new(Seed(0));
    for param in Separate::PLAN.params {
        let name = match param.name {
            "again.weight" => "step.weight",
            "again.bias" => "step.bias",
            "6.weight" => "wide.weight",
            name => name,
        };
        let values = net.weights().get(name).expect("the networks are the same").into_owned();
        separate.weights_mut().set(param, values.into_iter()).expect("the values are finite");
    }
    let inputs = inputs::<Shared>(300);
    assert_eq!(net.forward_batch(&inputs), separate.forward_batch(&inputs));

    let cpu = Cpu::new();
    let shared = net.on(&cpu).calibration(&inputs, 1.0).expect("the inputs are finite");
    let own = separate.on(&cpu).calibration(&inputs, 1.0).expect("the inputs are finite");
    assert_eq!(shared.weights().collect::<Vec<_>>(), ["5.weight", "step.weight", "wide.weight"]);
    for (weight, first, second) in
        [("step.weight", "step.weight", "again.weight"), ("wide.weight", "wide.weight", "6.weight")]
    {
        let of = |name: &str| own.hessian(name).expect("each product has one").iter();
        let sums: Vec<f64> = of(first).zip(of(second)).map(|(a, b)| a + b).collect();
        assert_eq!(shared.hessian(weight), Some(&sums[..]), "{weight}");
    }

    let (seen, fresh) = inputs.split_at(200);
    let plain = net.quantize::<F4>().expect("the weights are finite");
    let calibrated =
        net.on(&cpu).quantize_calibrated::<F4>(&Rounding::new(), seen, 1.0).expect("the inputs are finite");
    let errors = (error::<Shared, F4>(&net, &plain, fresh), error::<Shared, F4>(&net, &calibrated, fresh));
    assert!(errors.1 < 0.8 * errors.0, "{errors:?}");

    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("w");
    calibrated.save(&path).expect("the file can be written");
    let loaded = Shared::load_as::<F4>(&path).expect("the file is sound");
    assert!(loaded.weights() == calibrated.weights());
    assert_same_bits(|| "loaded".to_owned(), &calibrated.forward_batch(fresh), &loaded.forward_batch(fresh));
}

#[test]
fn files_of_every_granularity_come_back() {
    fn check<D: DType>(net: &Many, rounding: Rounding) {
        let dir = TempDir::new().expect("a temporary folder");
        let path = dir.path().join("w");
        let small = net.quantize_with::<D>(&rounding).expect("the options fit");
        small.save(&path).expect("the file can be written");
        let loaded = Many::load_as::<D>(&path).expect("the file is sound");
        assert!(loaded.weights() == small.weights(), "{} {rounding:?}", D::NAME);
        let inputs = inputs::<Many>(3);
        assert_same_bits(|| format!("{rounding:?}"), &small.forward_batch(&inputs), &loaded.forward_batch(&inputs));
    }
    let net = Many::new(Seed(7));
    for granularity in [Granularity::PerTensor, Granularity::PerChannel, Granularity::Block16, Granularity::Block32] {
        for search in [Search::Greatest, Search::LeastSquares] {
            let rounding = Rounding::new().granularity(granularity).search(search);
            check::<F4>(&net, rounding);
            check::<I8>(&net, rounding);
            check::<U8>(&net, rounding);
        }
        check::<I32>(&net, Rounding::new().granularity(granularity));
    }
}

/// Scales in a shape that no groups have.
#[test]
fn files_with_other_groups_are_refused() {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("w");
    let net = Many::new(Seed(7));
    let small = net.quantize_with::<I8>(&Rounding::new().granularity(Granularity::Block16)).expect("the options fit");
    small.save(&path).expect("the file can be written");
    let file = fs::read(&path).expect("the file was written");
    // `fc.weight_scale` is [5, 5]: 68 columns in blocks of 16.
    let text = String::from_utf8_lossy(&file[8..]).into_owned();
    let at = text.find("\"fc.weight_scale\"").expect("the tensor is there");
    let shape = 8 + at + text[at..].find("[5,5]").expect("its shape is there");
    let mut damaged = file.clone();
    damaged.splice(shape..shape + 5, *b"[25,1]");
    let length = u64::from_le_bytes(*file.first_chunk().expect("a length")) + 1;
    damaged[..8].copy_from_slice(&length.to_le_bytes());
    fs::write(&path, &damaged).expect("the file can be written");
    match Many::load_as::<I8>(&path) {
        Err(Error::Shape { tensor, found, .. }) => assert_eq!((&*tensor, &*found), ("fc.weight_scale", &[25, 1][..])),
        other => panic!("{:?}", other.map(|_| ())),
    }
}

#[test]
fn options_without_a_use_are_refused() {
    let (net, inputs) = (Many::new(Seed(7)), inputs::<Many>(3));
    let block = Rounding::new().granularity(Granularity::Block16);
    let squares = Rounding::new().search(Search::LeastSquares);
    let unused = |found: Result<(), Error>, format: Format| {
        let fits = matches!(&found, Err(Error::Rounding(RoundingError::Unused { format: f, .. })) if *f == format);
        assert!(fits, "{format}: {found:?}");
    };
    unused(net.quantize_with::<F32>(&block).map(drop), Format::F32);
    unused(net.quantize_with::<BF16>(&block).map(drop), Format::BF16);
    unused(net.quantize_with::<I32>(&squares).map(drop), Format::I32);
    unused(net.quantize_calibrated::<I32>(&Rounding::new(), &inputs, 1.0).map(drop), Format::I32);
    unused(net.quantize_calibrated::<F32>(&Rounding::new(), &inputs, 1.0).map(drop), Format::F32);
    let none = net.quantize_calibrated::<F4>(&Rounding::new(), &inputs[..0], 1.0);
    assert!(matches!(none, Err(Error::EmptyData)));
    let mut bad = inputs.clone();
    bad[1][0][0][2] = f32::NAN;
    let found = net.quantize_calibrated::<F4>(&Rounding::new(), &bad, 1.0);
    assert!(matches!(found, Err(Error::Input { sample: 1, index: 2, .. })));
}

/// Inputs that depend on each other are not called too great. Whether their matrix is singular depends on how it rounds.
#[test]
fn a_damping_that_is_too_small() {
    let (rounding, mut random) = (Rounding::new().damping(1e-16), Random(3));
    let mut refused = 0;
    for _ in 0..20 {
        let inputs: Vec<[f32; 4]> = (0..8).map(|_| [random.between(-1.0, 1.0) as f32; 4]).collect();
        match network![Dense<4, 2>].quantize_calibrated::<F4>(&rounding, &inputs, 1.0) {
            Ok(_) => {}
            Err(Error::Rounding(RoundingError::Damping { columns: 4, .. })) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused > 0, "some matrix is singular");
}

#[test]
fn calibrations_come_back() {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("calibration");
    let calibration = Many::new(Seed(7)).on(&Cpu::new()).calibration(&inputs::<Many>(9), 1.0).expect("finite");
    calibration.save(&path).expect("the file can be written");
    assert_eq!(Calibration::load(&path).expect("the file is sound"), calibration);
    assert!(calibration.weights().any(|name| name == "fc.weight"));
    assert!(matches!(Calibration::load(dir.path().join("none")), Err(Error::File { .. })));
}

/// What nothing is chosen for is as it was.
#[test]
fn the_default_is_to_nearest() {
    let net = Many::new(Seed(7));
    let small = net.quantize_with::<F4>(&Rounding::new()).expect("the weights are finite");
    assert!(small.weights() == net.quantize::<F4>().expect("the weights are finite").weights());
    let weight = net.weights().get("fc.weight").expect("a layer's weight");
    let encoded = Encoded::encode(Format::F4, 5, 68, &weight);
    assert_eq!(Rounding::new().encode(Format::F4, [5, 68], &weight).expect("the options fit"), encoded);
}
