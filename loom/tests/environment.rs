//! The caller's floating-point environment - rounding, flushing, traps - changes no bit, and is the caller's again after each call.
#![cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]

use bytemuck::cast_slice;
use loom::dtype::{Encoded, F4, F16, Format, I8, U8};
use loom::optim::Optimizer;
use loom::prelude::*;
use loom::quantize::{Rounding, compensate};
use loom::{Error, Tensor};
use std::panic::{AssertUnwindSafe, catch_unwind};

network! {
    /// Large enough that products, the optimizer and `Dropout` are worth three threads in a batch of 64.
    struct Learner: [17] {
        Dense<17, 257> -> Tanh -> Dropout<0.25> -> Residual { Dense<257, 257> -> Gelu } -> LayerNorm -> Dense<257, 3>
    }
    struct Speller: [5] { Embedding<11, 12> -> SinusoidalPositions -> MultiHeadAttention<12, 3> -> Gru<12, 9> -> Last }
}

/// The register that holds the environment, with modes that it can have.
#[cfg(target_arch = "x86_64")]
mod register {
    use std::arch::asm;

    pub const MODES: &[(&str, u32)] = &[
        ("down", 0x3f80),
        ("up", 0x5f80),
        ("to zero", 0x7f80),
        ("flushed", 0x9fc0),
        ("down and flushed", 0xbfc0),
        ("up and flushed", 0xdfc0),
        ("to zero and flushed", 0xffc0),
        // Whatever is inexact outside of the default environment ends the process.
        ("with traps", 0x0f80),
    ];

    pub fn read() -> u32 {
        let mut word = 0;
        // SAFETY: the instruction writes four bytes, to a local variable.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut word) };
        // The flags tell what has happened.
        word & !0x3f | word & 0x40
    }

    pub fn write(word: u32) {
        // SAFETY: the instruction reads four bytes, of a local variable. Nothing is computed in the test before it is set back.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const word) };
    }
}

#[cfg(target_arch = "aarch64")]
mod register {
    use std::arch::asm;

    pub const MODES: &[(&str, u64)] = &[
        ("up", 1 << 22),
        ("down", 2 << 22),
        ("to zero", 3 << 22),
        ("flushed", 1 << 24),
        ("down and flushed", 6 << 22),
        ("default NaN", 1 << 25),
    ];

    pub fn read() -> u64 {
        let word;
        // SAFETY: the instruction reads a register.
        unsafe { asm!("mrs {}, fpcr", out(reg) word) };
        word
    }

    pub fn write(word: u64) {
        // SAFETY: nothing is computed in the test before it is set back.
        unsafe { asm!("msr fpcr, {}", in(reg) word) };
    }
}

/// What is computed with, made beforehand.
struct Data {
    inputs: Vec<[f32; 17]>,
    bytes: Vec<[u8; 17]>,
    tokens: Vec<[f32; 5]>,
    labels: Dataset<[u8; 17], u8>,
    matrix: [[f32; 33]; 29],
    hessian: Vec<f64>,
    sgd: Sgd,
    adam: Adam,
    rmsprop: RmsProp,
    trainer: Trainer<AdamW, CrossEntropy>,
    file: std::path::PathBuf,
}

impl Data {
    fn new(file: &str) -> Self {
        let byte = |i: usize| (i * i * 31 + i * 7) as u8;
        let bytes: Vec<[u8; 17]> = (0..90).map(|s| std::array::from_fn(|i| byte(s * 17 + i))).collect();
        let inputs = bytes.iter().map(|sample| sample.map(|byte| f32::from(byte) / 77.0 - 1.5)).collect();
        let tokens = (0..90).map(|s| std::array::from_fn(|i| ((s * 3 + i * 5) % 11) as f32)).collect();
        let labels = bytes.iter().map(|sample| sample[0] % 3).collect();
        let weight = std::array::from_fn(|i| std::array::from_fn(|j| f32::from(byte(i * 33 + j)) / 91.0 - 1.3));
        let hessian = (0..33 * 33).map(|i| if i % 34 == 0 { 2.3 } else { 0.07 }).collect();
        let trainer = Trainer::new(AdamW::new(0.01), CrossEntropy).batch(64).epochs(2).seed(Seed(5));
        Data {
            inputs,
            labels: Dataset::new(bytes.clone(), labels).and_then(|data| data.scaled(1.0 / 77.0)).expect("sound data"),
            bytes,
            tokens,
            matrix: weight,
            hessian,
            sgd: Sgd::new(0.07).nesterov(0.9).weight_decay(0.01),
            adam: Adam::new(0.013),
            rmsprop: RmsProp::new(0.003).momentum(0.5),
            trainer: trainer.clip(Clip::Norm(0.7)).schedule(Schedule::one_cycle(4, 0.3)),
            file: std::env::temp_dir().join(format!("loom-{}-{file}.safetensors", std::process::id())),
        }
    }

    /// The bits of all that Loom computes, by name.
    fn results(&self, threads: usize) -> Vec<(&'static str, Vec<u32>)> {
        let cpu = Cpu::new().threads(threads);
        let mut all = Vec::new();
        let mut add = |name, values: &[f32]| all.push((name, cast_slice(values).to_vec()));
        let net = Learner::new(Seed(1));
        add("initial weights", net.weights().values());
        let handle = net.on(&cpu);
        add("one sample", &handle.forward(&self.inputs[0]).expect("there is memory"));
        add("a batch", cast_slice(&handle.forward_batch(&self.inputs).expect("there is memory")));
        add("bytes", cast_slice(&handle.forward_scaled(&self.bytes, 1.0 / 77.0).expect("there is memory")));
        let speller = Speller::new(Seed(2));
        add(
            "a table, attention and a recurrence",
            cast_slice(&speller.on(&cpu).forward_batch(&self.tokens).expect("there is memory")),
        );

        let mut tape = Tape::new(net.clone(), &cpu).optimizer(self.rmsprop.clone());
        tape.forward(&self.inputs, Mode::Training { seed: Seed(3), step: 7 }).expect("there is memory");
        add("the forward of a tape", cast_slice(tape.outputs().expect("they are here")));
        tape.loss(&CrossEntropy, self.labels.targets()).expect("classes");
        add("a loss", &[tape.score().expect("there is a loss").loss_sum]);
        tape.backward_to_inputs().expect("a gradient");
        add("gradients of inputs", cast_slice(tape.d_inputs().expect("they are here")));
        tape.clip(Clip::Norm(0.3)).expect("there are gradients");
        let gradients = tape.gradients().expect("they are here").to_vec();
        add("clipped gradients", &gradients);
        tape.step_with(0.01).expect("there are gradients");
        add("a step of a tape", tape.into_network().expect("it is here").weights().values());
        let gradients = &gradients[..Learner::PLAN.trained_len];
        let mut step = |name, optimizer: &mut dyn FnMut(&mut [f32])| {
            let mut weights = net.weights().values()[..gradients.len()].to_vec();
            (0..3).for_each(|_| optimizer(&mut weights));
            add(name, &weights);
        };
        let (mut sgd, mut adam, mut rmsprop) = (self.sgd.clone(), self.adam.clone(), self.rmsprop.clone());
        step("sgd", &mut |weights| sgd.step(&cpu, 0.07, weights, gradients));
        step("adam", &mut |weights| adam.step(&cpu, 0.013, weights, gradients));
        step("rmsprop", &mut |weights| rmsprop.step(&cpu, 0.003, weights, gradients));

        let trainer = self.trainer.clone().on(&cpu);
        let mut trained = net.clone();
        let history = trainer.fit_validated(&mut trained, &self.labels, &self.labels).expect("training succeeds");
        let bits = |value: f64| [value.to_bits() as u32, (value.to_bits() >> 32) as u32].map(f32::from_bits);
        add("trained weights", trained.weights().values());
        add("losses", &history.epochs.iter().flat_map(|epoch| bits(epoch.training.loss)).collect::<Vec<_>>());
        let score = trainer.evaluate(&trained, &self.labels).expect("sound data");
        add("a score", &[score.loss, score.accuracy.unwrap_or_default()].map(bits).concat());

        let mut gathered = vec![0.0; 3 * 17];
        self.labels.gather_inputs(&[5, 0, 88], &mut gathered);
        add("gathered inputs", &gathered);

        fn quantised<P: loom::dtype::Precision>(net: &Learner<P>, cpu: &Cpu, inputs: &[[f32; 17]]) -> Vec<f32> {
            let values = net.weights().tensors().flat_map(|(_, values)| values.into_owned());
            let outputs = net.on(cpu).forward_batch(inputs).expect("there is memory");
            values.chain(outputs.into_iter().flatten()).collect()
        }
        let sound = "finite weights";
        add("F16", &quantised(&net.quantize::<F16>().expect(sound), &cpu, &self.inputs));
        add("U8", &quantised(&net.quantize::<U8>().expect(sound), &cpu, &self.inputs));
        let mut small: Learner<F4> = net.quantize().expect(sound);
        add("F4", &quantised(&small, &cpu, &self.inputs));
        small.save(&self.file).expect("a file");
        add(
            "a file of F4",
            &quantised(&Learner::load_as::<F4>(&self.file).expect("what was saved"), &cpu, &self.inputs),
        );
        let calibrated: Learner<I8> =
            net.on(&cpu).quantize_calibrated(&Rounding::new(), &self.inputs, 1.0).expect("sound inputs");
        add("I8 calibrated", &quantised(&calibrated, &cpu, &self.inputs));
        let calibration = net.on(&cpu).calibration(&self.inputs, 1.0).expect("sound inputs");
        let hessian = calibration.hessian("0.weight").expect("a layer's weight");
        add("a Hessian", &hessian.iter().copied().flat_map(bits).collect::<Vec<_>>());
        trainer.fine_tune(&mut small, &self.labels).expect("training succeeds");
        add("F4 fine-tuned", &quantised(&small, &cpu, &self.inputs));
        let weight: &[f32] = cast_slice(&self.matrix);
        let encoded = compensate(Format::F4, [29, 33], weight, &self.hessian, &Rounding::new()).expect("a Hessian");
        let mut decoded = vec![0.0; weight.len()];
        encoded.decode(&mut decoded);
        add("compensated", &decoded);
        Encoded::encode(Format::U16, 29, 33, weight).decode_row(28, 1, &mut decoded[..32]);
        add("a row of U16", &decoded[..32]);

        let three = Encoded::encode(Format::I8, 1, 3, &weight[..3]);
        add(
            "bits for each weight",
            &[three.bits_per_weight(), calibrated.weights().bits_per_weight()].map(bits).concat(),
        );
        // Rounded to nearest, the first product is the greatest finite number and the second infinite: up, both are infinite, and
        // down, neither is.
        let scaled = [(16_773_216.0 * 2.0_f32.powi(80), 16_781_216.0), (f32::MAX, 1.0 + f32::EPSILON)];
        add(
            "an infinite product",
            &scaled.map(|(input, scale)| {
                let data = Dataset::new(vec![[input]], vec![0_u8]).expect("sound data");
                f32::from(u8::from(data.scaled(scale).is_ok()))
            }),
        );
        let Schedule::Then { rest, .. } = Schedule::one_cycle(10, 0.3) else { panic!("a line, then half a cosine") };
        add("the end of a warm-up", &[rest[0].0 as f32]);

        let a = Tensor::from_array(self.matrix);
        add("a product of tensors", a.matmul(&a.transpose()).as_slice());
        add("a softmax", (&a / 3.0).exp().softmax().as_slice());
        add("sums", &[a.sum(), a.mean(), a.mean_axis::<0>().max(), a.sum_axis::<1>().dot(&Tensor::full(0.3))]);
        add("functions", (a.powi(3) * &a - 0.1 / a.gelu()).as_slice());
        add("uniform", Tensor::<[f32; 99]>::uniform(Seed(8), -0.3, 0.7).as_slice());
        add("normal", Tensor::<[f32; 99]>::normal(Seed(9)).as_slice());
        all
    }
}

/// Compares what is computed in an environment, and checks that the environment stays.
fn assert_same_in(name: &str, enter: &dyn Fn(), leave: &dyn Fn(), data: &Data, expected: &[(&str, Vec<u32>)]) {
    for threads in [1, 3] {
        enter();
        let found = data.results(threads);
        leave();
        for ((what, expected), (_, found)) in expected.iter().zip(&found) {
            assert!(expected == found, "{name}, {threads} threads: {what} has other bits");
        }
    }
}

#[test]
fn no_environment_changes_a_bit() {
    let data = Data::new("environment");
    let expected = data.results(1);
    let before = register::read();
    for &(name, mode) in register::MODES {
        let leave = || {
            let after = register::read();
            register::write(before);
            assert_eq!(after, mode, "{name} is restored");
        };
        assert_same_in(name, &|| register::write(mode), &leave, &data, &expected);
    }
    std::fs::remove_file(&data.file).ok();
}

/// A pool that was started in one environment has threads of the default one, and so has one that is used in another.
#[test]
fn threads_have_the_default_environment() {
    let (data, net, before) = (Data::new("threads"), Learner::new(Seed(1)), register::read());
    let expected = net.on(&Cpu::new().threads(1)).forward_batch(&data.inputs).expect("there is memory");
    for &(name, mode) in register::MODES {
        register::write(mode);
        let cpu = Cpu::new().threads(3);
        let found = net.on(&cpu).forward_batch(&data.inputs).expect("there is memory");
        register::write(before);
        let later = net.on(&cpu).forward_batch(&data.inputs).expect("there is memory");
        assert!(found == expected && later == expected, "{name}");
    }
}

#[test]
fn the_environment_comes_back_after_errors_and_panics() {
    let (data, before) = (Data::new("errors"), register::read());
    let mut broken = Learner::new(Seed(1));
    broken.weights_mut().values_mut()[3] = f32::NAN;
    let mut diverging = Trainer::new(Sgd::new(1e30), CrossEntropy).batch(64).epochs(3);
    diverging = diverging.on(&Cpu::new().threads(2));
    for &(name, mode) in register::MODES {
        let mut net = Learner::new(Seed(1));
        register::write(mode);
        let calibrated = broken.quantize_calibrated::<F4>(&Rounding::new(), &data.inputs, 1.0).map(drop);
        let trained = diverging.fit(&mut net, &data.labels).map(drop);
        let after_errors = register::read();
        let panicked = catch_unwind(AssertUnwindSafe(|| data.labels.gather_inputs(&[90], &mut [0.0; 17])));
        let after_panic = register::read();
        register::write(before);
        assert!(matches!(calibrated, Err(Error::Weight { .. })), "{calibrated:?}");
        assert!(matches!(trained, Err(Error::Diverged { .. })), "{trained:?}");
        assert!(panicked.is_err());
        assert_eq!([after_errors, after_panic], [mode; 2], "{name}");
    }
}

/// The x87 unit's precision and rounding, which C programs may have changed, are nothing to Loom.
#[cfg(target_arch = "x86_64")]
#[test]
fn the_x87_control_word_changes_no_bit() {
    use std::arch::asm;

    fn control(word: u16) {
        // SAFETY: the instruction reads two bytes, of a local variable; compiled code does not use the unit.
        unsafe { asm!("fldcw [{}]", in(reg) &raw const word) };
    }
    let data = Data::new("x87");
    let expected = data.results(1);
    // Binary32 and down, binary64 and up, the extended format and to zero.
    for word in [0x047f, 0x0a7f, 0x0f7f] {
        assert_same_in("x87", &|| control(word), &|| control(0x037f), &data, &expected);
    }
    std::fs::remove_file(&data.file).ok();
}

/// The test would prove nothing if a mode did nothing.
#[test]
fn modes_change_arithmetic() {
    use std::hint::black_box;

    let before = register::read();
    let thirds = || [1.0_f32, -1.0, 2.0, -2.0].map(|x| black_box(black_box(x) / black_box(3.0)));
    let halved = || black_box(black_box(f32::MIN_POSITIVE) * black_box(0.5));
    let expected = (thirds(), halved());
    for &(name, mode) in register::MODES.iter().filter(|(name, _)| !name.contains("traps") && !name.contains("NaN")) {
        register::write(mode);
        // Computed before the mode is set back.
        let found = black_box((thirds(), halved()));
        register::write(before);
        assert!(found != expected, "{name}");
    }
}
