//! CPU and GPU give the same bits: outputs, gradients of inputs and of weights, for every layer and odd sizes.

mod common;

use bytemuck::{cast_slice, cast_vec};
use common::cases::{BATCHES, MODE, Pass, Values, d_outputs};
use common::gpu::gpu;
use common::networks::for_each_network;
use common::{Check, Random, assert_same_bits};
use loom::dtype::F32;
use loom::optim::Optimizer;
use loom::prelude::*;
use loom::private::{Passes, naive_cpu};
use loom::shaders::{Tile, Tuning};
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

/// How kernels are cut up changes no bit.
#[test]
fn any_tuning() {
    let Some(gpu) = gpu() else { return };
    let tiled = |threads, row_quads, depth| Tile::Tiled { threads, row_quads, depth };
    for (workgroup, tile) in [(32, Tile::Single), (256, tiled(8, 1, 32)), (64, tiled(16, 1, 16)), (64, tiled(16, 2, 8))]
    {
        let parity = Parity { gpu: gpu.clone().tuning(Tuning { workgroup, tile }), values: Values::Adversarial };
        parity.check::<common::networks::Perceptron>();
        parity.check::<common::networks::Pooled>();
        parity.check::<common::networks::ConvTall>();
        parity.check::<common::networks::DenseDeep>();
        parity.check::<common::networks::SoftmaxRows>();
        parity.check::<common::networks::Transformer>();
    }
}

network! {
    struct Learner: [17] {
        Dense<17, 33> -> Tanh -> Dropout<0.25> -> Residual { Dense<33, 33> -> LeakyRelu } -> Dense<33, 3>
    }
}

/// 37 samples: batches of 8 and a short one of 5.
fn learnable() -> Dataset<[f32; 17], u8> {
    let mut random = Random(11);
    let inputs: Vec<[f32; 17]> = random.samples(37, -1.0, 1.0);
    let labels = inputs.iter().map(|x| u8::from(x[0] > 0.3) + u8::from(x[1] * x[2] > 0.0)).collect();
    Dataset::new(inputs, labels).expect("the data are sound")
}

/// Trains on CPU and GPU, with validation; the weights and every score must be equal.
fn assert_training<O: Optimizer>(name: &str, gpu: &Gpu, trainer: Trainer<O, CrossEntropy>) {
    let data = learnable();
    let cpu = Cpu::new().flavour(gpu.flavour().expect("the adapter is exact"));
    let train = |trainer: Trainer<O, CrossEntropy>| {
        let mut net = Learner::new(Seed(1));
        let trainer = trainer.batch(8).epochs(2).seed(Seed(5));
        let history = trainer.fit_validated(&mut net, &data, &data).expect("training succeeds");
        let scores: Vec<_> = history.epochs.iter().map(|epoch| (epoch.training, epoch.validation)).collect();
        (net.fingerprint(), scores, trainer.evaluate(&net, &data).expect("the data are sound"))
    };
    assert_eq!(train(trainer.clone().on(gpu)), train(trainer.on(&cpu)), "{name}");
}

#[test]
fn training_with_every_optimizer() {
    let Some(gpu) = gpu() else { return };
    let plain = |optimizer| Trainer::new(optimizer, CrossEntropy);
    assert_training("adam", &gpu, plain(Adam::new(0.01)));
    assert_training("adam with decay", &gpu, plain(Adam::new(0.01).weight_decay(0.1)).clip(Clip::Norm(0.01)));
    let adamw = || Trainer::new(AdamW::new(0.01), CrossEntropy);
    assert_training("one cycle", &gpu, adamw().schedule(Schedule::one_cycle(10, 0.5)));
    assert_training("clip by norm", &gpu, adamw().clip(Clip::Norm(1e3)));
    let sgd = |sgd| Trainer::new(sgd, CrossEntropy);
    assert_training("sgd", &gpu, sgd(Sgd::new(0.1)).shuffle(false));
    assert_training("momentum", &gpu, sgd(Sgd::new(0.05).momentum(0.9).weight_decay(0.01)));
    assert_training("nesterov", &gpu, sgd(Sgd::new(0.05).nesterov(0.9)).clip(Clip::Value(0.001)));
    assert_training("rmsprop", &gpu, Trainer::new(RmsProp::new(0.001).momentum(0.5), CrossEntropy));
    // Data that does not fit is streamed.
    assert_training("streamed", &gpu.clone().data_limit(100), adamw());
}

/// A run that begins on one device ends on the other with the bits of one that stayed.
#[test]
fn a_checkpoint_changes_devices() {
    let Some(gpu) = gpu() else { return };
    let (data, folder) = (learnable(), tempfile::tempdir().expect("a temporary folder"));
    let file = folder.path().join("run.safetensors");
    let cpu = Cpu::new().flavour(gpu.flavour().expect("the adapter is exact"));
    let trainer = || Trainer::new(Adam::new(0.01), CrossEntropy).batch(8).seed(Seed(5));
    let run = |trainer: Trainer<Adam, CrossEntropy>| {
        let mut net = Learner::new(Seed(1));
        trainer.fit(&mut net, &data).expect("training succeeds");
        net.fingerprint()
    };
    let whole = run(trainer().epochs(3).on(&cpu));
    run(trainer().epochs(1).checkpoint(&file, 3).on(&gpu));
    assert_eq!(run(trainer().epochs(3).resume(&file).on(&cpu)), whole, "from the GPU to the CPU");
    run(trainer().epochs(1).checkpoint(&file, 3).on(&cpu));
    assert_eq!(run(trainer().epochs(3).resume(&file).on(&gpu)), whole, "from the CPU to the GPU");
}

/// Inference in calls of several sizes, and of none.
#[test]
fn inference() {
    let Some(gpu) = gpu() else { return };
    let cpu = Cpu::new().flavour(gpu.flavour().expect("the adapter is exact"));
    let net = Learner::new(Seed(1));
    let inputs: Vec<[f32; 17]> = Random(3).samples(70, -3.0, 3.0);
    let on_gpu = net.on(&gpu);
    for count in [1, 0, 70, 3] {
        let found = on_gpu.forward_batch(&inputs[..count]).expect("the GPU computes");
        assert_same_bits(|| format!("{count} samples"), &net.on(&cpu).forward_batch(&inputs[..count]), &found);
    }
    assert_eq!(on_gpu.forward(&inputs[0]).expect("the GPU computes"), net.on(&cpu).forward(&inputs[0]));
}
