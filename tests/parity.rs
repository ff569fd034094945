//! CPU and GPU give the same bits: outputs, gradients of inputs and of weights, for every layer and odd sizes.

mod common;

use bytemuck::{cast_slice, cast_vec};
use common::Check;
use common::cases::{BATCHES, MODE, Pass, Values, d_outputs};
use common::gpu::gpu;
use common::networks::for_each_network;
use loom::dtype::F32;
use loom::prelude::*;
use loom::private::{Passes, naive_cpu};
use loom::{Sample, Scalar};

/// A network on the CPU, by plain loops and by tiles, and on a GPU.
struct Parity {
    gpu: Gpu,
    values: Values,
}

impl Check for Parity {
    fn check<N: Network<Precision = F32>>(&self) {
        let Parity { gpu, values } = self;
        let flavour = gpu.flavour().expect("the adapter is exact");
        let (net, inputs) = values.case::<N>(BATCHES[0]);
        let passes = Passes::new(gpu, N::PLAN, net.weights().values(), BATCHES[0]).expect("the GPU takes the network");
        for batch in BATCHES {
            let (inputs, name) = (&inputs[..batch], format!("{values:?} {flavour:?}, batch {batch}"));
            let tiled = Pass::new(&mut Tape::new(&Cpu::new().flavour(flavour)), &net, inputs);
            if batch < BATCHES[0] {
                let naive = Pass::new(&mut Tape::new(&naive_cpu().flavour(flavour)), &net, inputs);
                naive.assert_same(&tiled, &format!("{name}, tiled against naive"));
            }
            let mut snapped = vec![0.0; batch * N::Input::LEN];
            f32::load(cast_slice(inputs), 1.0, &mut snapped);
            let found = passes.run(&snapped, MODE, &d_outputs(batch * N::Output::LEN)).expect("the pass runs");
            let found = Pass::<N> {
                outputs: cast_vec(found.outputs),
                d_inputs: cast_vec(found.d_inputs),
                d_weights: found.d_weights,
            };
            tiled.assert_same(&found, &format!("{name}, {} against the CPU", gpu.name()));
        }
    }
}

fn check(values: Values) {
    if let Some(gpu) = gpu() {
        for_each_network(&Parity { gpu, values });
    }
}

#[test]
fn ordinary_values() {
    check(Values::Ordinary);
}

#[test]
fn adversarial_values() {
    check(Values::Adversarial);
}

#[test]
fn values_that_are_not_finite() {
    check(Values::NotFinite);
}
