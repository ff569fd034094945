//! CPU and GPU give the same bits: outputs, gradients of inputs and of weights, for every layer and odd sizes.

mod common;

use bytemuck::{cast_slice, cast_vec};
use common::cases::{BATCHES, MODE, Pass, Values, d_outputs};
use common::networks::{conv2d, dense, for_each, for_each_network, recurrence, tuned};
use common::{Check, Random, assert_same_bits, samples, vocabulary};
use loom::data::Target;
use loom::dtype::F32;
use loom::loss::Loss;
use loom::optim::Optimizer;
use loom::plan::Role;
use loom::prelude::*;
use loom::private::{Passes, naive_cpu};
use loom::shaders::{Tile, Tuning};
use loom::{Error, Sample, Scalar};
use std::sync::OnceLock;

/// Samples of a step.
const BATCH: usize = 19;

/// One device for all tests, so that each kernel is compiled once.
fn gpu() -> Option<Gpu> {
    static GPU: OnceLock<Option<Gpu>> = OnceLock::new();
    GPU.get_or_init(common::gpu::gpu).clone()
}

/// A network on the CPU, by plain loops and by tiles, and on a GPU.
struct Parity<'a> {
    gpu: Gpu,
    values: &'a [Values],
}

impl Check for Parity<'_> {
    fn check<N: Network<Precision = F32>>(&self) {
        self.values.iter().for_each(|&values| self.check_values::<N>(values));
    }
}

impl Parity<'_> {
    fn check_values<N: Network<Precision = F32>>(&self, values: Values) {
        self.check_case::<N>(&format!("{values:?}"), values.case::<N>(BATCHES[0]));
    }

    fn check_case<N: Network<Precision = F32>>(&self, values: &str, (net, inputs): (N, Vec<N::Input>)) {
        let gpu = &self.gpu;
        let fma_mode = gpu.fma_mode().expect("the adapter is exact");
        let passes = Passes::new(gpu, N::PLAN, net.weights().values(), BATCHES[0]).expect("the GPU takes the network");
        for batch in BATCHES {
            let (inputs, name) = (&inputs[..batch], format!("{values} {fma_mode:?}, batch {batch}"));
            let tiled = Pass::new(&mut Tape::new(net.clone(), &Cpu::new().fma_mode(fma_mode)), inputs);
            if batch < BATCHES[0] {
                let naive = Pass::new(&mut Tape::new(net.clone(), &naive_cpu().fma_mode(fma_mode)), inputs);
                naive.assert_same(&tiled, &format!("{name}, tiled against naive"));
            }
            let mut flushed = vec![0.0; batch * N::Input::LEN];
            f32::load(cast_slice(inputs), 1.0, &mut flushed);
            let found = passes.run(&flushed, MODE, &d_outputs(batch * N::Output::LEN)).expect("the pass runs");
            let found = Pass::<N> {
                outputs: cast_vec(found.outputs),
                d_inputs: cast_vec(found.d_inputs),
                d_weights: found.d_weights,
            };
            tiled.assert_same(&found, &format!("{name}, {} against the CPU", gpu.name()));
        }
    }
}

#[test]
fn every_network() {
    if let Some(gpu) = gpu() {
        for_each_network(&Parity { gpu, values: &[Values::Ordinary, Values::Adversarial, Values::NotFinite] });
    }
}

network! {
    struct FarGelu: [257] { Gelu }
    struct FarGeluTanh: [257] { GeluTanh }
    struct FarLayerNorm: [3, 17] { LayerNorm }
    struct FarRmsNorm: [3, 17] { RmsNorm }
    struct FarBatchNorm: [3, 5, 7] { BatchNorm2d<3> }
}

/// The tails of activations, and rows whose deviations are beyond 2^60, or whose squares overflow.
#[test]
fn values_far_out() {
    let Some(gpu) = gpu() else { return };
    let parity = Parity { gpu, values: &[] };
    let tails = || Random(7).samples(BATCHES[0], -14.0, 0.0);
    parity.check_case::<FarGelu>("tails", (FarGelu::new(Seed(1)), tails()));
    parity.check_case::<FarGeluTanh>("tails", (FarGeluTanh::new(Seed(1)), tails()));
    for exponent in [58, 60, 61, 62, 64, 90] {
        let (case, scale) = (format!("2^{exponent}"), 2.0_f64.powi(exponent));
        let rows = || Random(7).samples(BATCHES[0], -scale, 2.0 * scale);
        parity.check_case::<FarLayerNorm>(&case, (FarLayerNorm::new(Seed(1)), rows()));
        parity.check_case::<FarRmsNorm>(&case, (FarRmsNorm::new(Seed(1)), rows()));
        let images = Random(7).samples(BATCHES[0], -scale, 2.0 * scale);
        parity.check_case::<FarBatchNorm>(&case, (FarBatchNorm::new(Seed(1)), images));
    }
}

/// How kernels are cut up changes no bit: all kernels by other workgroups, and matrix products by tiles, which SwiftShader takes a second
/// to compile.
#[test]
fn any_tuning() {
    let Some(gpu) = gpu() else { return };
    let tiled = |threads, row_quads, depth| Tile::Tiled { threads, row_quads, depth };
    let products = || [dense::tuned(), conv2d::tuned(), recurrence::tuned()].concat();
    for (workgroup, tile, checks) in [
        (32, Tile::Single, tuned()),
        (256, Tile::Single, tuned()),
        (64, tiled(8, 1, 32), products()),
        (64, tiled(16, 1, 16), products()),
        (64, tiled(16, 2, 3), products()),
    ] {
        let parity = Parity { gpu: gpu.clone().tuning(Tuning { workgroup, tile }), values: &[Values::Adversarial] };
        for_each(&checks, &parity);
    }
}

/// One step of training on the CPU, and on a GPU where there is one.
struct Step {
    gpu: Option<Gpu>,
}

impl Check for Step {
    fn check<N: Network<Precision = F32, Output: Target>>(&self) {
        let (name, params) = (N::PLAN.name, N::PLAN.params);
        if params.is_empty() {
            return;
        }
        let mut random = Random(9);
        let inputs: Vec<N::Input> = match vocabulary(N::PLAN) {
            Some(tokens) => samples(BATCH, || random.below(tokens) as f32),
            None => random.samples(BATCH, -2.0, 2.0),
        };
        let targets: Vec<N::Output> = random.samples(BATCH, -2.0, 2.0);
        let data = Dataset::new(inputs, targets).expect("the data are sound");
        let trainer = Trainer::new(Adam::new(0.01), Mse).batch(BATCH).seed(Seed(5));
        let step = |trainer: Trainer<Adam, Mse>| {
            let mut net = N::new(Seed(1));
            trainer.fit(&mut net, &data).unwrap_or_else(|error| panic!("{name}: {error}"));
            net
        };
        let fma_mode = self.gpu.as_ref().map_or(FmaMode::Fused, |gpu| gpu.fma_mode().expect("the adapter is exact"));
        let (before, after) = (N::new(Seed(1)), step(trainer.clone().on(&Cpu::new().fma_mode(fma_mode))));
        // A gradient of 0 moves nothing: rows of an embedding whose tokens do not occur stay, but some tokens do occur. What
        // goes from step to step has no part in a sequence of one, and a row of one value is its own mean.
        let stays = |tensor: &str| {
            let still = [("LstmStep", "weight_hh_l0"), ("GruStep", "weight_hh_l0"), ("LayerNormOne", "weight")];
            still.iter().any(|&(network, end)| network == name && tensor.ends_with(end))
        };
        for param in params.iter().filter(|param| param.role != Role::Statistic && !stays(param.name)) {
            let [before, after] = [&before, &after].map(|net| &net.weights().values()[param.range()]);
            assert_ne!(before, after, "{name}: `{}` after a step", param.name);
        }
        if let Some(gpu) = &self.gpu {
            let [expected, found] = [after, step(trainer.on(gpu))].map(|net| net.weights().values().to_vec());
            assert_same_bits(|| format!("{name}: weights after a step on {}", gpu.name()), &expected, &found);
        }
    }
}

/// No network has a tensor that training leaves alone: the one whose gradient is 0, a softmax of one value, has no parameters.
#[test]
fn one_step_moves_every_tensor() {
    for_each_network(&Step { gpu: gpu() });
}

network! {
    struct Learner: [17] {
        Dense<17, 33> -> Tanh -> Dropout<0.25> -> Residual { Dense<33, 33> -> LeakyRelu } -> Dense<33, 3>
    }

    struct Normed: [17] {
        Dense<17, 30> -> Reshape<2, 3, 5> -> norm: BatchNorm2d<2> -> Relu -> norm
            -> Conv2d<2, 3, 2, bias = false> -> BatchNorm2d<3> -> Flatten
            -> LayerNorm -> Residual { RmsNorm -> Dense<24, 24> } -> Dense<24, 3>
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
    assert_trains::<Learner, O>(name, gpu, trainer);
}

fn assert_trains<N, O>(name: &str, gpu: &Gpu, trainer: Trainer<O, CrossEntropy>)
where
    N: Network<Input = [f32; 17], Output = [f32; 3], Precision = F32>,
    O: Optimizer,
{
    let data = learnable();
    let cpu = Cpu::new().fma_mode(gpu.fma_mode().expect("the adapter is exact"));
    let train = |trainer: Trainer<O, CrossEntropy>| {
        let mut net = N::new(Seed(1));
        let trainer = trainer.batch(8).epochs(2).seed(Seed(5));
        let history = trainer.fit_validated(&mut net, &data, &data).expect("training succeeds");
        let scores: Vec<_> =
            history.epochs.iter().map(|epoch| (epoch.training.clone(), epoch.validation.clone())).collect();
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
    assert_training("adam, small epsilon", &gpu, plain(Adam::new(0.01).epsilon(1e-15)));
    assert_training("rmsprop, least epsilon", &gpu, Trainer::new(RmsProp::new(0.001).epsilon(1e-21), CrossEntropy));
    // Data that does not fit is streamed.
    assert_training("streamed", &gpu.clone().data_limit(100), adamw());
}

/// Values, probabilities and classes, for the losses that take them.
#[test]
fn training_with_every_loss() {
    let Some(gpu) = gpu() else { return };
    let mut random = Random(13);
    let inputs: Vec<[f32; 17]> = random.samples(37, -1.0, 1.0);
    let values: Vec<[f32; 3]> = random.samples(37, -3.0, 3.0);
    let shares = values.iter().map(|values| values.map(|value| value.abs() / 9.0)).collect();
    let bits = values.iter().map(|values| values.map(|value| f32::from(value > 0.0))).collect();
    let with = |targets| Dataset::new(inputs.clone(), targets).expect("the data are sound");
    let (values, shares, bits) = (with(values), with(shares), with(bits));

    fn check<L: Loss<[f32; 3], [f32; 3]>>(name: &str, gpu: &Gpu, loss: L, data: &Dataset<[f32; 17], [f32; 3]>) {
        let cpu = Cpu::new().fma_mode(gpu.fma_mode().expect("the adapter is exact"));
        let train = |trainer: Trainer<Adam, L>| {
            let mut net = Learner::new(Seed(1));
            let trainer = trainer.batch(8).epochs(2).seed(Seed(5));
            let history = trainer.fit_validated(&mut net, data, data).expect("training succeeds");
            let scores: Vec<_> =
                history.epochs.iter().map(|epoch| (epoch.training.clone(), epoch.validation.clone())).collect();
            (net.fingerprint(), scores)
        };
        let trainer = || Trainer::new(Adam::new(0.01), loss.clone());
        assert_eq!(train(trainer().on(gpu)), train(trainer().on(&cpu)), "{name}");
    }
    check("mean squared error", &gpu, Mse, &values);
    check("Huber", &gpu, Huber::default(), &values);
    check("Huber, narrow", &gpu, Huber { delta: 0.25 }, &values);
    check("binary cross-entropy", &gpu, BinaryCrossEntropy, &bits);
    check("cross-entropy of probabilities", &gpu, CrossEntropy, &shares);
}

network! {
    struct Loud: [17] { Dense<17, 3> }
}

/// Gradients beyond 2^64, whose squares overflow.
#[test]
fn training_on_great_gradients() {
    let Some(gpu) = gpu() else { return };
    fn check<O: Optimizer>(name: &str, gpu: &Gpu, trainer: Trainer<O, Mse>) {
        let inputs: Vec<[f32; 17]> = Random(2).samples(2, -8.0, 8.0);
        let data = Dataset::new(inputs, vec![[8e18_f32, -7e18, 6e18]; 2]).expect("the data are sound");
        let cpu = Cpu::new().fma_mode(gpu.fma_mode().expect("the adapter is exact"));
        let train = |trainer: Trainer<O, Mse>| {
            let mut net = Loud::new(Seed(1));
            trainer.batch(1).epochs(2).fit(&mut net, &data).unwrap_or_else(|error| panic!("{name}: {error}"));
            net.weights().values().to_vec()
        };
        let (expected, found) = (train(trainer.clone().on(&cpu)), train(trainer.on(gpu)));
        assert_ne!(expected, Loud::new(Seed(1)).weights().values(), "{name}");
        assert_same_bits(|| name.to_owned(), &expected, &found);
    }
    check("adam", &gpu, Trainer::new(Adam::new(0.01), Mse));
    check("rmsprop", &gpu, Trainer::new(RmsProp::new(0.01), Mse));
    check("clip by norm", &gpu, Trainer::new(Sgd::new(0.01), Mse).clip(Clip::Norm(3.0)));
}

network! {
    struct Speller: [6] { Dense<6, 33> -> Tanh -> Dense<33, 66> -> Reshape<6, 11> }
}

/// A class for each step of a sequence, from bytes: of 37 samples, in batches of 8 and a short one of 5.
#[test]
fn training_on_sequences_of_classes() {
    let Some(gpu) = gpu() else { return };
    let mut random = Random(12);
    let tokens: Vec<[u8; 6]> = (0..37).map(|_| std::array::from_fn(|_| random.below(11) as u8)).collect();
    let next = tokens.iter().map(|tokens| tokens.map(|token| (token + 1) % 11)).collect();
    let data = Dataset::new(tokens, next).and_then(|data| data.scaled(0.1)).expect("the data are sound");
    let train = |trainer: Trainer<Adam, CrossEntropy>| {
        let mut net = Speller::new(Seed(1));
        let trainer = trainer.batch(8).epochs(3).seed(Seed(5));
        let history = trainer.fit_validated(&mut net, &data, &data).expect("training succeeds");
        let scores: Vec<_> =
            history.epochs.iter().map(|epoch| (epoch.training.clone(), epoch.validation.clone())).collect();
        (net.fingerprint(), scores)
    };
    let trainer = || Trainer::new(Adam::new(0.01), CrossEntropy);
    let cpu = Cpu::new().fma_mode(gpu.fma_mode().expect("the adapter is exact"));
    let expected = train(trainer().on(&cpu));
    assert_eq!(train(trainer().on(&gpu)), expected);
    assert_eq!(train(trainer().on(&gpu.clone().data_limit(100))), expected, "streamed");
}

/// Running means move with the weights, and neither weight decay nor clipping knows of them.
#[test]
fn training_with_norms() {
    let Some(gpu) = gpu() else { return };
    let plain = |optimizer| Trainer::new(optimizer, CrossEntropy);
    assert_trains::<Normed, _>("adam", &gpu, plain(Adam::new(0.01).weight_decay(0.1)).clip(Clip::Norm(0.01)));
    assert_trains::<Normed, _>("sgd", &gpu, Trainer::new(Sgd::new(0.1).momentum(0.9), CrossEntropy));
}

/// A run that begins on one device ends on the other with the bits of one that stayed.
#[test]
fn a_checkpoint_changes_devices() {
    let Some(gpu) = gpu() else { return };
    let (data, folder) = (learnable(), tempfile::tempdir().expect("a temporary folder"));
    let file = folder.path().join("run.safetensors");
    let cpu = Cpu::new().fma_mode(gpu.fma_mode().expect("the adapter is exact"));
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
fn assert_infers<N>(gpu: &Gpu)
where
    N: Network<Input = [f32; 17], Output = [f32; 3], Precision = F32>,
{
    let cpu = Cpu::new().fma_mode(gpu.fma_mode().expect("the adapter is exact"));
    let mut net = N::new(Seed(1));
    for param in N::PLAN.params.iter().filter(|param| param.role == Role::Statistic) {
        let mut random = Random(4);
        let values: Vec<f32> = (0..param.len()).map(|_| random.between(0.1, 3.0) as f32).collect();
        net.weights_mut().set(param, values.into_iter()).expect("the values are finite");
    }
    let inputs: Vec<[f32; 17]> = Random(3).samples(70, -3.0, 3.0);
    let (expected, found) = (all_calls(&net, &cpu, &inputs), all_calls(&net, gpu, &inputs));
    assert_same_bits(
        || N::PLAN.name.to_owned(),
        &expected.expect("there is memory"),
        &found.expect("the GPU computes"),
    );
}

/// The outputs of every call for inference, on whatever device.
fn all_calls<N, D>(net: &N, device: &D, inputs: &[N::Input]) -> Result<Vec<N::Output>, Error>
where
    N: Network<Output = [f32; 3]>,
    D: Device,
{
    let handle = net.on(device);
    let mut outputs = Vec::new();
    for count in [1, 0, inputs.len(), 3] {
        outputs.extend(handle.forward_batch(&inputs[..count])?);
    }
    outputs.push(handle.forward(&inputs[0])?);
    outputs.push(*handle.forward_boxed(&inputs[1])?);
    outputs.extend(handle.forward_scaled(inputs, 0.5)?);
    let mut last = [[0.0; 3]; 2];
    handle.forward_into(&inputs[..2], &mut last)?;
    outputs.extend(last);
    Ok(outputs)
}

#[test]
fn inference() {
    let Some(gpu) = gpu() else { return };
    assert_infers::<Learner>(&gpu);
    assert_infers::<Normed>(&gpu);
}
