//! Weights of networks, in every number format: what is accepted computes, and comes back from a file that it is saved to.
#![no_main]

use bytemuck::Zeroable;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use loom::dtype::{DType, F4, F16, F32, Format, Mixed, Visitor};
use loom::{Cpu, Error, Network};
use loom_fuzz::networks::{Graph, Image, Steps, Words};
use loom_fuzz::{files, safetensors};
use std::marker::PhantomData;

fuzz_target!(|data: &[u8]| {
    every_format::<Image>(data);
    every_format::<Words>(data);
    every_format::<Steps>(data);
    every_format::<Graph>(data);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    safetensors::mutate(data, size, max_size, seed, fuzzer_mutate)
});

/// Loads in the format that the file is in, as far as its first matrix tells, and in another.
fn every_format<N: Network<Precision = F32>>(data: &[u8]) {
    struct Check<'a, N>(&'a [u8], PhantomData<N>);
    impl<N: Network<Precision = F32>> Visitor for Check<'_, N> {
        type Output = ();
        fn visit<D: DType>(self) {
            check::<N::In<D>>(self.0);
        }
    }
    if let Some(Error::DType { found, .. }) = check::<N>(data) {
        Format::from_name(found).inspect(|format| format.visit(Check(data, PhantomData::<N>)));
        check::<N::In<Mixed<F4, F16>>>(data);
    }
}

fn check<N: Network>(data: &[u8]) -> Option<Error> {
    let net = match N::load(files::write("input", data)) {
        Ok(net) => net,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return Some(error);
        }
    };
    net.on(&Cpu::new().threads(1)).forward(&N::Input::zeroed()).expect("there is memory");
    let (one, two) = (files::path("one"), files::path("two"));
    net.save(&one).expect("a network that was loaded can be saved");
    let again = N::load(&one).expect("what was saved can be loaded");
    assert_eq!(again.weights(), net.weights());
    again.save(&two).expect("a network that was loaded can be saved");
    assert!(files::read(&one) == files::read(&two), "the same weights give the same bytes");
    None
}
