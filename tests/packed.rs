//! Inference from packed weights has the bits of inference in F32 with the values that they decode to.

mod common;

use common::cases::BATCHES;
use common::networks::for_each_network;
use common::{Check, Random, assert_same_bits, reach};
use loom::dtype::{DType, F4, F16, F32, Format, I8, Mixed, Precision, Visitor};
use loom::prelude::*;
use loom::{Error, FmaMode};
use tempfile::TempDir;

/// The F32 network whose weights are what those of a quantised one decode to.
fn decoded<N: Network<Precision = F32>, P: Precision>(net: &N, quantized: &N::In<P>) -> N {
    let mut decoded = net.clone();
    for (param, values) in quantized.weights().tensors() {
        decoded.weights_mut().set(param, values.iter().copied()).expect("the weights are finite");
    }
    decoded
}

struct Compare<'a, N: Network> {
    net: &'a N,
    inputs: &'a [N::Input],
}

impl<N: Network<Precision = F32>> Visitor for Compare<'_, N> {
    type Output = ();

    fn visit<D: DType>(self) {
        let quantized = self.net.quantize::<D>().expect("the weights are finite");
        let plain = decoded::<N, D>(self.net, &quantized);
        assert_eq!(quantized.fingerprint(), plain.fingerprint(), "{} in {}", N::PLAN.name, D::NAME);
        for fma_mode in [FmaMode::Fused, FmaMode::Split] {
            for (threads, batch) in BATCHES.map(|batch| (1, batch)).into_iter().chain([(5, BATCHES[0]), (5, 1)]) {
                let cpu = Cpu::new().threads(threads).fma_mode(fma_mode);
                let expected = plain.on(&cpu).forward_batch(&self.inputs[..batch]).expect("there is memory");
                let found = quantized.on(&cpu).forward_batch(&self.inputs[..batch]).expect("there is memory");
                let what =
                    || format!("{} in {}, {batch} samples, {fma_mode:?}, {threads} threads", N::PLAN.name, D::NAME);
                assert_same_bits(what, &expected, &found);
            }
        }
    }
}

struct Packed;

impl Check for Packed {
    fn check<N: Network<Precision = F32>>(&self) {
        let net = N::new(Seed(5));
        let reach = 2.0 * reach(N::PLAN);
        let inputs: Vec<N::Input> = Random(11).samples(BATCHES[0], -reach, reach);
        for &format in Format::ALL {
            format.visit(Compare { net: &net, inputs: &inputs });
        }
    }
}

#[test]
fn every_network_in_every_format() {
    for_each_network(&Packed);
}

network! {
    struct Net: [1, 8, 8] { conv: Conv2d<1, 5, 3> -> Relu -> Flatten -> fc: Dense<180, 33> -> Tanh -> last: Dense<33, 3> }
}

#[test]
fn formats_are_mixed() {
    type Small = Mixed<F4, F16>;
    let net = Net::new(Seed(3));
    let small: Net<Small> = net.quantize().expect("the weights are finite");
    let formats: Vec<_> = small.weights().formats().map(|(_, format)| format).collect();
    assert_eq!(formats, [Format::F16, Format::F32, Format::F4, Format::F32, Format::F4, Format::F32]);

    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("w");
    small.save(&path).expect("the file can be written");
    let loaded = Net::load_as::<Small>(&path).expect("the file is sound");
    assert!(loaded.weights() == small.weights());
    let inputs: Vec<[[[f32; 8]; 8]; 1]> = Random(1).samples(5, -1.0, 1.0);
    let expected = decoded::<Net, Small>(&net, &small).forward_batch(&inputs);
    assert_same_bits(|| "mixed".to_owned(), &expected, &loaded.forward_batch(&inputs));

    let error = Net::load_as::<Mixed<F4, I8>>(&path).expect_err("the kernel is of another format");
    assert!(
        matches!(&error, Error::DType { tensor, found, wanted, .. }
        if tensor == "conv.weight" && *found == "F16" && *wanted == "I8"),
        "{error}"
    );
    let error = Net::load_as::<F16>(&path).expect_err("the matrices are of another format");
    assert!(
        matches!(&error, Error::DType { tensor, found, wanted, .. }
        if tensor == "conv.bias" && *found == "F32" && *wanted == "F16"),
        "{error}"
    );
}

/// Every answer of a user's choice goes through what a format does to a parameter: a bias is F32 under I8.
#[derive(Debug, Clone, Copy)]
struct LastInFull;

impl Precision for LastInFull {
    fn format(param: &loom::plan::Param) -> Format {
        if param.name.starts_with("last.") { Format::F32 } else { Format::I8 }
    }
}

#[test]
fn a_choice_of_ones_own() {
    let net = Net::new(Seed(3));
    let small: Net<LastInFull> = net.quantize().expect("the weights are finite");
    let formats: Vec<_> = small.weights().formats().map(|(_, format)| format).collect();
    assert_eq!(formats, [Format::I8, Format::F32, Format::I8, Format::F32, Format::F32, Format::F32]);
    let inputs: Vec<[[[f32; 8]; 8]; 1]> = Random(1).samples(5, -1.0, 1.0);
    let expected = decoded::<Net, LastInFull>(&net, &small).forward_batch(&inputs);
    assert_same_bits(|| "of one's own".to_owned(), &expected, &small.forward_batch(&inputs));
}
