//! The same bits on any number of threads and in any batch.

mod common;

use bytemuck::{Zeroable, cast_slice, cast_slice_mut};
use common::cases::{BATCHES, MODE, Pass, Values};
use common::networks::for_each_network;
use common::networks::stacks::{Digits, Perceptron};
use common::{Check, Random, assert_same_bits, samples};
use loom::dtype::F32;
use loom::optim::Optimizer;
use loom::prelude::*;
use loom::{Error, Fingerprint};

/// Thread counts that must agree with one thread.
const THREADS: [usize; 2] = [2, 5];
const FMA_MODES: [FmaMode; 2] = [FmaMode::Fused, FmaMode::Split];

/// Outputs and gradients of a training pass, with any number of threads, in fresh and in used buffers.
struct AnyThreads(Values);

impl Check for AnyThreads {
    fn check<N: Network<Precision = F32>>(&self) {
        let (net, inputs) = self.0.case::<N>(BATCHES[0]);
        for fma_mode in FMA_MODES {
            let cpu = Cpu::new().fma_mode(fma_mode);
            let alone =
                BATCHES.map(|batch| Pass::new(&mut Tape::new(net.clone(), &cpu.clone().threads(1)), &inputs[..batch]));
            for threads in THREADS {
                let mut tape = Tape::new(net.clone(), &cpu.clone().threads(threads));
                for (batch, alone) in BATCHES.into_iter().zip(&alone) {
                    let case = format!("{:?} {fma_mode:?}, {threads} threads, batch {batch}", self.0);
                    alone.assert_same(&Pass::new(&mut tape, &inputs[..batch]), &case);
                }
            }
        }
    }
}

#[test]
fn any_number_of_threads() {
    for_each_network(&AnyThreads(Values::Ordinary));
}

#[test]
fn any_number_of_threads_with_adversarial_values() {
    for_each_network(&AnyThreads(Values::Adversarial));
}

/// A sample's output in a batch, alone, and in a training batch that does not train.
struct AnyBatch(Values);

impl Check for AnyBatch {
    fn check<N: Network<Precision = F32>>(&self) {
        let (net, inputs) = self.0.case::<N>(130);
        for fma_mode in FMA_MODES {
            let cpu = Cpu::new().fma_mode(fma_mode).threads(2);
            let name = |what: &str| format!("{} {:?} {fma_mode:?}: {what}", N::PLAN.name, self.0);
            let mut tape = Tape::new(net.clone(), &cpu);
            tape.forward(&inputs, Mode::Inference).expect("there is memory");
            let expected: Vec<N::Output> = tape.outputs().expect("the CPU has them").to_vec();
            // From its second call on, a handle has a copy of the weights.
            let again = net.on(&cpu);
            for batch in [1, 2, 64, 65, 130] {
                let mut found = N::Output::zeroed_vec(batch).expect("there is memory");
                again.forward_into(&inputs[..batch], &mut found).expect("there is room");
                let first = net.on(&cpu).forward_batch(&inputs[..batch]).expect("there is memory");
                for found in [first, found] {
                    assert_same_bits(|| name(&format!("the first {batch}")), &expected[..batch], &found);
                }
            }
            let shared = net.on(&cpu);
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        let found = shared.forward_batch(&inputs[..17]).expect("there is memory");
                        assert_same_bits(|| name("a shared handle"), &expected[..17], &found);
                    });
                }
            });
            let one = cpu.clone().threads(1);
            let again_on_one = net.on(&one);
            for s in [0, 1, 63, 64, 129] {
                let found = [&net.on(&one), &again, &again_on_one]
                    .map(|handle| handle.forward(&inputs[s]).expect("there is memory"));
                assert_same_bits(|| name(&format!("sample {s} alone")), &[expected[s]; 3], &found);
            }
        }
    }
}

#[test]
fn any_batch() {
    for_each_network(&AnyBatch(Values::Ordinary));
}

#[test]
fn any_batch_with_adversarial_values() {
    for_each_network(&AnyBatch(Values::Adversarial));
}

#[test]
fn any_batch_with_infinities() {
    for_each_network(&AnyBatch(Values::NotFinite));
}

/// Inference takes so many samples some at a time.
#[test]
fn more_samples_than_go_at_a_time() {
    let (net, inputs) = Values::Ordinary.case::<Perceptron>(2050);
    let outputs = net.forward_batch(&inputs);
    for s in [0, 1023, 1024, 2047, 2048, 2049] {
        assert_same_bits(|| format!("sample {s}"), &outputs[s..=s], &[net.forward(&inputs[s])]);
    }
}

/// What a kernel stores is +0 or at least 2^-60, and its only NaN is the canonical one; so devices can agree on it.
struct AllFlushed(Values);

impl Check for AllFlushed {
    fn check<N: Network<Precision = F32>>(&self) {
        let (net, inputs) = self.0.case::<N>(5);
        for fma_mode in FMA_MODES {
            let pass = Pass::new(&mut Tape::new(net.clone(), &Cpu::new().fma_mode(fma_mode)), &inputs);
            let stored: [&[f32]; 3] = [cast_slice(&pass.outputs), cast_slice(&pass.d_inputs), &pass.d_weights];
            for (what, values) in ["outputs", "input gradients", "weight gradients"].into_iter().zip(stored) {
                let flushed = |x: f32| match x {
                    x if x.is_nan() => x.to_bits() == 0x7fc0_0000,
                    x if x == 0.0 => x.is_sign_positive(),
                    x => x.abs() >= 2.0_f32.powi(-60),
                };
                if let Some(i) = values.iter().position(|&x| !flushed(x)) {
                    let (x, name) = (values[i], N::PLAN.name);
                    panic!("{name} {:?} {fma_mode:?}: {what}: value {i} is {x:e} ({:08x})", self.0, x.to_bits());
                }
            }
        }
    }
}

#[test]
fn stored_values_are_flushed() {
    for values in [Values::Ordinary, Values::Adversarial, Values::NotFinite] {
        for_each_network(&AllFlushed(values));
    }
}

/// A batch of none is nothing, and no panic.
struct NoSamples;

impl Check for NoSamples {
    fn check<N: Network<Precision = F32>>(&self) {
        let (net, inputs) = Values::Ordinary.case::<N>(2);
        let mut tape = Tape::new(net.clone(), &Cpu::new().threads(2));
        // In fresh buffers, and in those of a batch.
        for _ in 0..2 {
            tape.forward(&[], MODE).expect("there is memory");
            assert!(
                tape.outputs().expect("the CPU has them").is_empty()
                    && tape.d_outputs().expect("the CPU has them").is_empty(),
                "{}",
                N::PLAN.name
            );
            assert!(matches!(tape.set_d_outputs(&[]), Err(Error::Order { .. })), "{}", N::PLAN.name);
            Pass::new(&mut tape, &inputs);
        }
        assert!(net.forward_batch(&[]).is_empty());
        let cpu = Cpu::new();
        let refused = net.on(&cpu).forward_into(&inputs, &mut [N::Output::zeroed(); 3]);
        assert_eq!(refused.unwrap_err().to_string(), "there are 2 inputs but room for 3 outputs");
    }
}

#[test]
fn no_samples() {
    for_each_network(&NoSamples);
}

/// The checks above would prove nothing about a rounding mode that is not used, or values that all end as NaN.
#[test]
fn the_checks_have_something_to_see() {
    let (net, inputs) = Values::Ordinary.case::<Digits>(3);
    let outputs = |fma_mode| net.on(&Cpu::new().fma_mode(fma_mode)).forward_batch(&inputs);
    let [fused, split] = FMA_MODES.map(|fma_mode| outputs(fma_mode).expect("there is memory"));
    assert_ne!(fused, split, "the modes differ");

    let (net, inputs) = Values::Adversarial.case::<common::networks::dense::DenseNoBias>(65);
    let outputs = net.forward_batch(&inputs);
    let finite = outputs.as_flattened().iter().filter(|y| y.is_finite()).count();
    assert!(finite * 2 > outputs.len() * 257, "{finite} of the adversarial outputs are finite");
}

/// Bytes and the scale of a data set give the bits of the same values as binary32.
#[test]
fn bytes_and_values() {
    let (net, mut random) = (Digits::new(Seed(1)), Random(9));
    let mut bytes = vec![[[[0_u8; 28]; 28]; 1]; 3];
    cast_slice_mut::<_, u8>(&mut bytes).fill_with(|| random.word() as u8);
    let flat: &[u8] = cast_slice(&bytes);
    let mut values = flat.iter().map(|&byte| f32::from(byte) * (1.0 / 255.0));
    let values: Vec<<Digits as Model>::Input> = samples(3, || values.next().expect("as many as bytes"));
    let found = net.on(&Cpu::new()).forward_scaled(&bytes, 1.0 / 255.0).expect("there is memory");
    assert_same_bits(|| "bytes".to_owned(), &net.forward_batch(&values), &found);
}

network! {
    /// Large enough that its products, its optimizer and its `Dropout` are worth five threads in a batch of 32.
    struct Learner: [17] {
        Dense<17, 257> -> Tanh -> Dropout<0.25> -> Residual { Dense<257, 257> -> LeakyRelu } -> Dense<257, 3>
    }
}

/// 37 samples: a batch of 32 and a short one of 5.
fn learnable() -> Dataset<[f32; 17], u8> {
    let mut random = Random(11);
    let inputs: Vec<[f32; 17]> = random.samples(37, -1.0, 1.0);
    let labels = inputs.iter().map(|x| u8::from(x[0] > 0.3) + u8::from(x[1] * x[2] > 0.0)).collect();
    Dataset::new(inputs, labels).expect("the data are sound")
}

/// Trains a learner on so many threads.
fn train<O: Optimizer>(trainer: &Trainer<O, CrossEntropy>, cpu: &Cpu, threads: usize) -> Fingerprint {
    let mut net = Learner::new(Seed(1));
    let untrained = net.fingerprint();
    let history = trainer.clone().on(&cpu.clone().threads(threads)).fit(&mut net, &learnable());
    history.expect("training succeeds");
    assert_ne!(net.fingerprint(), untrained);
    net.fingerprint()
}

fn assert_one_fingerprint<O: Optimizer>(name: &str, optimizer: O, set: fn(Setup<O>) -> Setup<O>) {
    for fma_mode in FMA_MODES {
        let cpu = Cpu::new().fma_mode(fma_mode);
        let trainer = set(Trainer::new(optimizer.clone(), CrossEntropy).batch(32).epochs(2).seed(Seed(5)));
        let alone = train(&trainer, &cpu, 1);
        for threads in THREADS {
            assert_eq!(train(&trainer, &cpu, threads), alone, "{name}, {fma_mode:?}, {threads} threads");
        }
    }
}

type Setup<O> = Trainer<O, CrossEntropy>;

#[test]
fn training_on_any_number_of_threads() {
    fn plain<O>(trainer: Setup<O>) -> Setup<O> {
        trainer
    }
    assert_one_fingerprint("sgd", Sgd::new(0.1), plain);
    assert_one_fingerprint("momentum", Sgd::new(0.05).momentum(0.9).weight_decay(0.01), plain);
    assert_one_fingerprint("nesterov", Sgd::new(0.05).nesterov(0.9), plain);
    assert_one_fingerprint("adam", Adam::new(0.01), plain);
    assert_one_fingerprint("adam with decay", Adam::new(0.01).weight_decay(0.1), plain);
    assert_one_fingerprint("adamw", AdamW::new(0.01), plain);
    assert_one_fingerprint("rmsprop", RmsProp::new(0.001).momentum(0.5), plain);
    assert_one_fingerprint("clip by norm", Adam::new(0.01), |trainer| trainer.clip(Clip::Norm(0.01)));
    assert_one_fingerprint("clip by value", Sgd::new(0.1), |trainer| trainer.clip(Clip::Value(0.001)));
    assert_one_fingerprint("one cycle", AdamW::new(0.01), |trainer| trainer.schedule(Schedule::one_cycle(4, 0.5)));
    assert_one_fingerprint("in order", Sgd::new(0.1), |trainer| trainer.shuffle(false));
}

/// Callers that share a device's threads, at the same time, get what they get alone.
#[test]
fn training_side_by_side() {
    let trainer = Trainer::new(Adam::new(0.01), CrossEntropy).batch(32).epochs(4).seed(Seed(5));
    let alone = train(&trainer, &Cpu::new(), 1);
    let shared = trainer.on(&Cpu::new().threads(3));
    std::thread::scope(|scope| {
        let train = || {
            let mut net = Learner::new(Seed(1));
            shared.fit(&mut net, &learnable()).expect("training succeeds");
            net.fingerprint()
        };
        let others = [(); 8].map(|()| scope.spawn(train));
        for other in others {
            assert_eq!(other.join().expect("no panic"), alone);
        }
    });
}

/// A seed says everything, and says something.
#[test]
fn seeds() {
    let trainer = |seed| Trainer::new(Adam::new(0.01), CrossEntropy).batch(8).epochs(2).seed(Seed(seed));
    let run = |init: u64, seed: u64| {
        let mut net = Learner::new(Seed(init));
        trainer(seed).fit(&mut net, &learnable()).expect("training succeeds");
        net.fingerprint()
    };
    assert_eq!(run(1, 1), run(1, 1));
    assert_ne!(run(1, 1), run(1, 2), "another order and other masks");
    assert_ne!(run(1, 1), run(2, 1), "other initial weights");

    // A trainer's optimizer starts afresh at each call.
    let (trainer, data) = (trainer(1), learnable());
    let [first, second] = [(); 2].map(|()| {
        let mut net = Learner::new(Seed(1));
        trainer.fit(&mut net, &data).expect("training succeeds");
        net.fingerprint()
    });
    assert_eq!(first, second);
}

/// A trainer is the loop that its documentation says.
#[test]
fn trainer_is_a_loop_around_a_tape() {
    let data = learnable();
    let mut by_trainer = Learner::new(Seed(1));
    let schedule = Schedule::warmup(3);
    let trainer = Trainer::new(Adam::new(0.01), CrossEntropy).batch(8).epochs(2).seed(Seed(5));
    let trainer = trainer.shuffle(false).clip(Clip::Norm(0.5)).schedule(schedule.clone());
    trainer.fit(&mut by_trainer, &data).expect("training succeeds");

    let mut tape = Tape::new(Learner::new(Seed(1)), &Cpu::new()).optimizer(Adam::new(0.01));
    let mut step = 0;
    for _ in 0..2 {
        for (inputs, targets) in data.inputs().chunks(8).zip(data.targets().chunks(8)) {
            tape.forward(inputs, Mode::Training { seed: Seed(5), step }).expect("there is memory");
            tape.loss(&CrossEntropy, targets).expect("the targets are classes");
            tape.backward().expect("there is a gradient of the outputs");
            tape.clip(Clip::Norm(0.5)).expect("there are gradients");
            tape.step_with(0.01 * schedule.factor(step)).expect("there are gradients");
            step += 1;
        }
    }
    let by_hand = tape.into_network().expect("the CPU has them");
    assert_same_bits(|| "weights".to_owned(), by_trainer.weights().values(), by_hand.weights().values());
}

/// The network and the settings of the demo `conv2d_mnist`, on the first images.
#[test]
fn mnist_on_any_number_of_threads() {
    const IMAGES: usize = 544;
    let [training, test] = harness::mnist::load(None).expect("MNIST lies in the repository");
    assert_eq!((training.len(), test.len()), (60_000, 10_000));
    let (training, _) = training.split_at(IMAGES).expect("there are more");
    let (test, _) = test.split_at(100).expect("there are more");
    let trainer = Trainer::new(AdamW::new(2e-3), CrossEntropy).batch(64).seed(Seed(42));
    let trainer = trainer.schedule(Schedule::one_cycle(IMAGES.div_ceil(64) as u64, 0.3));
    let [one, two] = [1, 2].map(|threads| {
        let mut net = Digits::new(Seed(42));
        let trainer = trainer.clone().on(&Cpu::new().threads(threads));
        trainer.fit(&mut net, &training).expect("training succeeds");
        (net.fingerprint(), trainer.evaluate(&net, &test).expect("the test data are sound"))
    });
    assert_eq!(one, two);
    assert!(one.1.accuracy > Some(0.3), "the network has learned something: {:?}", one.1);
}
