//! Fine-tuning of quantised networks: the results are values of their formats, and the same on every device.

mod common;

use common::Random;
use loom::dtype::{DType, F4, F16, F32, F64, Format, I8, I64, U8, Visitor};
use loom::optim::Optimizer;
use loom::plan::Role;
use loom::prelude::*;
use loom::{EarlyStopping, Error, History, Score};
use std::sync::OnceLock;

network! {
    /// Vectors, convolutions, running means, and rows that no block divides.
    struct Mixed: [17] {
        Dense<17, 30> -> Reshape<2, 3, 5> -> BatchNorm2d<2> -> Relu
            -> Conv2d<2, 3, 2, bias = false> -> Flatten -> Dropout<0.25>
            -> LayerNorm -> Residual { Dense<24, 24> -> Tanh } -> Dense<24, 3>
    }

    struct Recurrent: [17] { Reshape<17, 1> -> Gru<1, 19> -> MultiHeadAttention<19, 1> -> Last -> Dense<19, 3> }
}

/// 37 samples: batches of 8 and a short one of 5.
fn data() -> Dataset<[f32; 17], u8> {
    let mut random = Random(11);
    let inputs: Vec<[f32; 17]> = random.samples(37, -1.0, 1.0);
    let labels = inputs.iter().map(|x| u8::from(x[0] > 0.3) + u8::from(x[1] * x[2] > 0.0)).collect();
    Dataset::new(inputs, labels).expect("the data are sound")
}

fn trainer<O: Optimizer>(optimizer: O) -> Trainer<O, CrossEntropy> {
    Trainer::new(optimizer, CrossEntropy).batch(8).epochs(2).seed(Seed(5))
}

/// One device for all tests, so that each kernel is compiled once.
fn gpu() -> Option<Gpu> {
    static GPU: OnceLock<Option<Gpu>> = OnceLock::new();
    GPU.get_or_init(common::gpu::gpu).clone()
}

fn scores(history: &History) -> Vec<(Score, Option<Score>)> {
    history.epochs.iter().map(|epoch| (epoch.training.clone(), epoch.validation.clone())).collect()
}

/// The F32 network of the values that a network decodes to.
fn decoded<N, P>(small: &N::In<P>) -> N
where
    N: Network<Precision = F32>,
    P: DType,
{
    let mut net = N::new(Seed(0));
    for (param, values) in small.weights().tensors() {
        let values = values.to_vec();
        net.weights_mut().set(param, values.into_iter()).expect("what was decoded is finite");
    }
    net
}

/// Something to do with a network in every format.
fn for_each_format(visitor: impl Visitor<Output = ()> + Copy) {
    Format::ALL.iter().for_each(|format| format.visit(visitor));
}

/// The same weights and scores with any number of threads and on a GPU; and the last validation is of the codes that the
/// network ends with.
#[derive(Clone, Copy)]
struct SameEverywhere;

impl SameEverywhere {
    fn check<N, P, O>(what: &str, trainer: &Trainer<O, CrossEntropy>)
    where
        N: Network<Input = [f32; 17], Output = [f32; 3], Precision = F32>,
        P: DType,
        O: Optimizer,
    {
        let (name, data, gpu) = (format!("{} in {}, {what}", N::PLAN.name, P::NAME), data(), gpu());
        let fma_mode = gpu.as_ref().map_or(FmaMode::Fused, |gpu| gpu.fma_mode().expect("the adapter is exact"));
        let before: N::In<P> = N::new(Seed(1)).quantize().expect("the weights are finite");
        let tune = |trainer: Trainer<O, CrossEntropy>| {
            let mut small = before.clone();
            let history = trainer.fine_tune_validated(&mut small, &data, &data);
            let history = history.unwrap_or_else(|error| panic!("{name}: {error}"));
            (small, scores(&history))
        };
        let cpu = Cpu::new().fma_mode(fma_mode).threads(1);
        let (expected, history) = tune(trainer.clone().on(&cpu));
        assert_ne!(expected.fingerprint(), before.fingerprint(), "{name}: something was learnt");
        let score = trainer.clone().on(&cpu).evaluate(&decoded::<N, P>(&expected), &data).expect("the data are sound");
        assert_eq!(
            history.last().expect("there are epochs").1,
            Some(score),
            "{name}: the codes are those of the last step"
        );
        let same = |(found, scores): (N::In<P>, Vec<_>), on: &str| {
            for ((param, a), (_, b)) in expected.weights().tensors().zip(found.weights().tensors()) {
                common::assert_same_bits(|| format!("{name} on {on}: `{}`", param.name), &a[..], &b[..]);
            }
            assert_eq!(found.weights(), expected.weights(), "{name} on {on}: codes");
            assert_eq!(scores, history, "{name} on {on}");
        };
        same(tune(trainer.clone().on(&cpu.threads(5))), "five threads");
        if let Some(gpu) = gpu {
            same(tune(trainer.clone().on(&gpu)), gpu.name());
        }
    }
}

impl Visitor for SameEverywhere {
    type Output = ();

    fn visit<P: DType>(self) {
        Self::check::<Mixed, P, _>("Adam", &trainer(Adam::new(0.02)).clip(Clip::Norm(0.5)));
    }
}

#[test]
fn every_format_gives_the_same_bits_everywhere() {
    for_each_format(SameEverywhere);
}

#[test]
fn every_optimizer_gives_the_same_bits_everywhere() {
    let sgd = Sgd::new(0.3).nesterov(0.9).weight_decay(0.01);
    SameEverywhere::check::<Recurrent, F4, _>("Sgd", &trainer(sgd.clone()));
    SameEverywhere::check::<Recurrent, U8, _>("Sgd", &trainer(sgd));
    SameEverywhere::check::<Recurrent, I8, _>("AdamW", &trainer(AdamW::new(0.02)).batch(1));
    SameEverywhere::check::<Mixed, F4, _>("RmsProp", &trainer(RmsProp::new(0.01).momentum(0.5)));
}

/// Where nothing moves the masters, the codes stay what they are.
#[derive(Clone, Copy)]
struct Fixed;

impl Visitor for Fixed {
    type Output = ();

    fn visit<P: DType>(self) {
        let before: Recurrent<P> = Recurrent::new(Seed(3)).quantize().expect("the weights are finite");
        let mut after = before.clone();
        trainer(Sgd::new(0.0)).fine_tune(&mut after, &data()).expect("training succeeds");
        assert_eq!(after.weights(), before.weights(), "{}", P::NAME);
    }
}

#[test]
fn masters_that_stay_keep_their_codes() {
    for_each_format(Fixed);
}

/// From the F32 network the codes are those of rounding to nearest.
#[test]
fn masters_of_the_original_round_to_nearest() {
    fn check<P: DType>() {
        let net = Recurrent::new(Seed(3));
        let nearest: Recurrent<P> = net.quantize().expect("the weights are finite");
        let mut small = nearest.clone();
        trainer(Sgd::new(0.0)).fine_tune_from(&net, &mut small, &data()).expect("training succeeds");
        assert_eq!(small.weights(), nearest.weights(), "{}", P::NAME);
    }
    check::<F16>();
    check::<F64>();
    check::<I8>();
    check::<U8>();
    check::<I64>();
}

/// Masters far beyond their scales have the greatest codes, on both sides of 0; rows and blocks of zeros stay zeros.
#[derive(Clone, Copy)]
struct Saturated;

impl Visitor for Saturated {
    type Output = ();

    fn visit<P: DType>(self) {
        let mut net = Mixed::new(Seed(3));
        let param = &Mixed::PLAN.params[0];
        let values: Vec<f32> = net.weights().tensors().next().expect("there are weights").1.to_vec();
        let zeros = |i: usize| i / 17 == 4;
        let set = |net: &mut Mixed, factor: f32| {
            let values = values.iter().enumerate().map(|(i, w)| if zeros(i) { 0.0 } else { w * factor });
            net.weights_mut().set(param, values.collect::<Vec<_>>().into_iter()).expect("the weights are finite");
        };
        set(&mut net, 1.0);
        let before: Mixed<P> = net.quantize().expect("the weights are finite");
        set(&mut net, 1000.0);
        let mut small = before.clone();
        trainer(Sgd::new(0.0)).fine_tune_from(&net, &mut small, &data()).expect("training succeeds");
        let [before, after] = [&before, &small].map(|net| net.weights().tensors().next().expect("there are weights").1);
        let is_limited = !matches!(P::FORMAT, Format::F64 | Format::F32 | Format::BF16 | Format::F16);
        for (i, (before, after)) in before.iter().zip(&*after).enumerate() {
            let row = &before_row(&values, i);
            let name = format!("{}: weight {i}, {before} before, {after} after", P::NAME);
            assert!(
                after.is_finite() && (zeros(i) == (*after == 0.0) || values[i].abs() * 1000.0 < row / 100.0),
                "{name}"
            );
            assert!(!is_limited || after.abs() <= 2.1 * row, "{name}, {row} in its row");
            assert!(after * values[i] >= 0.0, "{name}");
        }
    }
}

/// The greatest magnitude of a weight's row.
fn before_row(values: &[f32], i: usize) -> f32 {
    values[i / 17 * 17..][..17].iter().fold(0.0, |greatest, value| greatest.max(value.abs()))
}

#[test]
fn codes_saturate() {
    for_each_format(Saturated);
}

#[test]
fn early_stopping_gives_the_codes_of_the_best_epoch() {
    let data = data();
    let trainer =
        trainer(Adam::new(0.2)).epochs(12).early_stopping(EarlyStopping { patience: 12, ..EarlyStopping::new(0) });
    let mut small: Mixed<F4> = Mixed::new(Seed(1)).quantize().expect("the weights are finite");
    let history = trainer.fine_tune_validated(&mut small, &data, &data).expect("training succeeds");
    let losses: Vec<f64> =
        history.epochs.iter().map(|e| e.validation.as_ref().expect("it is validated").loss).collect();
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(losses[losses.len() - 1] > best, "the last epoch is not the best: {losses:?}");
    let score = trainer.evaluate(&decoded::<Mixed, F4>(&small), &data).expect("the data are sound");
    assert_eq!(score.loss, best, "{losses:?}");
}

#[test]
fn a_resumed_run_ends_like_one_that_never_stopped() {
    let (data, folder) = (data(), tempfile::tempdir().expect("a temporary folder"));
    let file = folder.path().join("run.safetensors");
    let before: Mixed<F4> = Mixed::new(Seed(1)).quantize().expect("the weights are finite");
    let run = |trainer: Trainer<Adam, CrossEntropy>| {
        let mut small = before.clone();
        trainer.fine_tune(&mut small, &data).map(|_| small)
    };
    let whole = run(trainer(Adam::new(0.02)).epochs(3)).expect("training succeeds");
    run(trainer(Adam::new(0.02)).epochs(1).checkpoint(&file, 3)).expect("training succeeds");
    let resumed = run(trainer(Adam::new(0.02)).epochs(3).resume(&file)).expect("training goes on");
    assert_eq!(resumed.weights(), whole.weights());

    // A checkpoint names formats and scales: a run with others, or with none, refuses it.
    let resume = trainer(Adam::new(0.02)).epochs(3).resume(&file);
    let mut other: Mixed<F4> = Mixed::new(Seed(2)).quantize().expect("the weights are finite");
    let error = resume.fine_tune(&mut other, &data).expect_err("the scales differ");
    assert!(matches!(error, Error::Checkpoint { .. }), "{error}");
    let error = resume.fit(&mut Mixed::new(Seed(1)), &data).expect_err("nothing is quantised");
    assert!(matches!(error, Error::Checkpoint { .. }), "{error}");
}

#[test]
fn a_network_stays_as_it_was_where_training_diverges() {
    let before: Mixed<F4> = Mixed::new(Seed(1)).quantize().expect("the weights are finite");
    let mut small = before.clone();
    let error = trainer(Sgd::new(1e38)).fine_tune(&mut small, &data()).expect_err("training diverges");
    assert!(matches!(error, Error::Diverged { .. }), "{error}");
    assert_eq!(small.weights(), before.weights());
}

/// What rounding lost of the outputs comes back for the most part.
#[test]
fn distillation_brings_the_outputs_nearer() {
    let net = Recurrent::new(Seed(3));
    let inputs: Vec<[f32; 17]> = Random(7).samples(512, -1.0, 1.0);
    let outputs = net.forward_batch(&inputs);
    let data = Dataset::new(inputs, outputs).expect("the data are sound");
    let trainer = Trainer::new(Adam::new(1e-3), Mse).batch(16).epochs(6);
    let loss = |small: &Recurrent<F4>| {
        trainer.evaluate(&decoded::<Recurrent, F4>(small), &data).expect("the data are sound").loss
    };
    let mut small: Recurrent<F4> = net.quantize().expect("the weights are finite");
    let before = loss(&small);
    trainer.fine_tune(&mut small, &data).expect("training succeeds");
    assert!(loss(&small) < 0.2 * before, "{} after {before}", loss(&small));
    assert!(Mixed::PLAN.params.iter().any(|param| param.role == Role::Statistic), "running means are tested");
}
