//! What goes wrong on a GPU is an error, and the network keeps the last weights that came back.

mod common;

use common::gpu::gpu;
use loom::arith::{Arith, Fused};
use loom::optim::{Optimizer, OptimizerState};
use loom::prelude::*;
use loom::private::lose;
use loom::shaders::{Kernel, Tile, Tuning};
use loom::{Error, GpuError};
use std::thread;
use std::time::Duration;

network! {
    struct Net { Dense<3, 8> -> Tanh -> Dense<8, 1> }
    struct Line { Dense<1, 1> }
    struct Wide { Dense<1, 16384> -> Relu -> Dense<16384, 1> }
}

fn data() -> Dataset<[f32; 3], [f32; 1]> {
    let inputs: Vec<_> = (0..40).map(|i| [i as f32 / 40.0, (i % 3) as f32, (i % 7) as f32 - 3.0]).collect();
    let targets = inputs.iter().map(|[a, b, c]| [a * b + c]).collect();
    Dataset::new(inputs, targets).expect("as many targets as inputs")
}

fn trainer() -> Trainer<Adam, Mse> {
    Trainer::new(Adam::new(0.01), Mse).batch(16)
}

#[track_caller]
fn assert_lost<T>(result: Result<T, Error>) {
    let error = result.err().expect("the device is lost");
    assert!(matches!(error, Error::Gpu(GpuError::Lost { .. })), "{error:?}");
    let sentence = error.to_string();
    assert!(sentence.starts_with("the GPU was lost: "), "{sentence}");
    assert!(sentence.ends_with("; open it again and resume from the last checkpoint"), "{sentence}");
}

#[test]
fn a_device_that_is_lost_while_training() {
    let (Some(gpu), folder) = (gpu(), tempfile::tempdir().expect("a temporary folder")) else { return };
    let file = folder.path().join("net.safetensors");
    let (written, lost) = (file.clone(), gpu.clone());
    let loser = thread::spawn(move || {
        while !written.exists() {
            thread::sleep(Duration::from_millis(1));
        }
        lose(&lost);
    });
    let (start, data) = (Net::new(Seed(1)), data());
    let mut net = start.clone();
    assert_lost(trainer().epochs(usize::MAX).checkpoint(&file, 2).on(&gpu).fit(&mut net, &data));
    loser.join().expect("the device is lost");
    assert_ne!(net.fingerprint(), start.fingerprint(), "the steps before were not for nothing");
    assert!(net.forward(&[0.5, 1.0, 2.0])[0].is_finite());
    assert_lost(net.on(&gpu).forward(&[0.5, 1.0, 2.0]));

    // The run goes on from the checkpoint, on a device that is opened anew, and ends like one that was never disturbed.
    let Ok(again) = Gpu::new() else { panic!("there is a GPU") };
    let saved = Net::load(&file).expect("a whole checkpoint");
    assert!(saved.forward(&[0.5, 1.0, 2.0])[0].is_finite());
    let mut resumed = start.clone();
    let history = trainer().epochs(300).resume(&file).on(&again).fit(&mut resumed, &data).expect("the GPU trains");
    let mut whole = start.clone();
    trainer().epochs(history.epochs.len()).on(&again).fit(&mut whole, &data).expect("the GPU trains");
    assert_eq!(resumed.fingerprint(), whole.fingerprint());
}

#[test]
fn a_device_that_was_lost_before() {
    let Some(gpu) = gpu() else { return };
    lose(&gpu);
    let start = Net::new(Seed(1));
    let mut net = start.clone();
    assert_lost(trainer().on(&gpu).fit(&mut net, &data()));
    assert_lost(trainer().on(&gpu).evaluate(&net, &data()));
    assert_lost(net.on(&gpu).forward(&[0.0; 3]));
    assert_eq!(net.fingerprint(), start.fingerprint());
}

#[test]
fn a_trainer_keeps_its_device() {
    let Some(gpu) = gpu() else { return };
    let fma_mode = gpu.fma_mode().expect("the adapter is exact");
    let (mut found, mut expected) = (Net::new(Seed(1)), Net::new(Seed(1)));
    let on_gpu = trainer().on(&gpu);
    drop(gpu);
    on_gpu.fit(&mut found, &data()).expect("the GPU trains");
    trainer().on(&Cpu::new().fma_mode(fma_mode)).fit(&mut expected, &data()).expect("the CPU trains");
    assert_eq!(found.fingerprint(), expected.fingerprint());
}

#[test]
fn a_batch_that_no_buffer_holds() {
    let Some(gpu) = gpu() else { return };
    let count = 80_000;
    let data = Dataset::new(vec![[1.0]; count], vec![[1.0]; count]).expect("as many targets as inputs");
    let start = Wide::new(Seed(1));
    let mut net = start.clone();
    let error = trainer().batch(count).on(&gpu).fit(&mut net, &data).expect_err("it is too large");
    let Error::Gpu(GpuError::TooLarge { what, bytes, limit }) = &error else { panic!("{error:?}") };
    assert!(what == "activations" && bytes > limit, "{error}");
    assert!(error.to_string().ends_with("in one buffer; try a smaller batch"), "{error}");
    assert_eq!(net.fingerprint(), start.fingerprint());
    trainer()
        .batch(8)
        .on(&gpu)
        .evaluate(&net, &Dataset::new(vec![[1.0]], vec![[1.0]]).expect("one of each"))
        .expect("the device still works");
}

/// What a shader reaches is checked where safe code wrote it: an array that is too short and a division by 0 have the values that
/// WGSL gives them.
const REACHES_FAR: &str = "
fn reach(zero: u32) -> f32 {
    var four = array<f32, 4>(1.0f, 2.0f, 3.0f, 4.0f);
    return four[zero + 4000000u] + f32(70u / zero);
}
";

const FAR: f32 = 4.0 + 70.0;

/// Plain descent, with a kernel and a state of one's own.
#[derive(Debug, Clone)]
struct Own {
    kernel: Option<&'static Kernel>,
    state: Vec<(&'static str, Vec<f32>)>,
    /// How much too short the states are.
    short: usize,
}

impl Optimizer for Own {
    fn learning_rate(&self) -> f64 {
        0.5
    }

    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    fn settings(&self) -> String {
        "Own".into()
    }

    fn state(&mut self, len: usize) -> OptimizerState<'_> {
        self.state.iter_mut().for_each(|(_, values)| values.resize(len - self.short, 0.0));
        let tensors = self.state.iter_mut().map(|(name, values)| (*name, values.as_mut_slice()));
        OptimizerState { tensors: tensors.collect(), scalars: Vec::new() }
    }

    fn shader(&self) -> Option<&'static Kernel> {
        self.kernel
    }

    fn step(&mut self, _: &Cpu, learning_rate: f64, weights: &mut [f32], gradients: &[f32]) {
        let rate = learning_rate as f32;
        weights.iter_mut().zip(gradients).for_each(|(weight, d)| *weight = Fused::flush(*weight - rate * d));
    }
}

static DESCENT: Kernel = Kernel::optimizer(
    "descent",
    &["fn run(i: u32) {
    if i < LEN {
        weights[i] = flush(weights[i] - rounded(call.optimizer[0].x * d_weights[i]));
    }
}"],
);

static FAR_KERNEL: Kernel = Kernel::optimizer(
    "far",
    &[
        REACHES_FAR,
        "fn run(i: u32) {
    if i < LEN {
        weights[i] = reach(call.seed.x);
        state1[i + 500000000u] = 1.0f;
    }
}",
    ],
);

static UNBOUND: Kernel = Kernel::optimizer(
    "unbound",
    &["@group(0) @binding(5) var<storage, read_write> scratch: array<f32>;
fn run(i: u32) { scratch[i] = 1.0f; }"],
);

#[test]
fn an_optimizer_of_ones_own() {
    let Some(gpu) = gpu() else { return };
    let trainer = |optimizer: Own| Trainer::new(optimizer, Mse).batch(16).epochs(2).seed(Seed(0));
    let own = |kernel| Own { kernel: Some(kernel), state: Vec::new(), short: 0 };
    let named = |names: &[&'static str]| names.iter().map(|&name| (name, Vec::new())).collect::<Vec<_>>();

    let (mut found, mut expected) = (Net::new(Seed(1)), Net::new(Seed(1)));
    trainer(own(&DESCENT)).on(&gpu).fit(&mut found, &data()).expect("the GPU trains");
    let cpu = Cpu::new().fma_mode(gpu.fma_mode().expect("the adapter is exact"));
    trainer(own(&DESCENT)).on(&cpu).fit(&mut expected, &data()).expect("the CPU trains");
    assert_eq!(found.fingerprint(), expected.fingerprint());

    trainer(own(&FAR_KERNEL)).on(&gpu).fit(&mut found, &data()).expect("what it reaches is checked");
    assert_eq!(found.weights().get("2.bias").as_deref(), Some(&[FAR][..]));

    let len = Net::PLAN.trained_len;
    let on_gpu = "the optimizer cannot run on a GPU";
    let cases = [
        (
            own(Net::PLAN.shaders()[0].kernels[0]),
            format!("{on_gpu}: its kernel `forward` is one of the phase Forward, not Optimizer"),
        ),
        (
            Own { state: named(&["a", "b", "c"]), ..own(&DESCENT) },
            format!("{on_gpu}: it has 3 tensors of state, of which a kernel sees 2"),
        ),
        (
            Own { state: named(&["a", "b"]), short: 3, ..own(&loom::shaders::ADAM) },
            format!("{on_gpu}: its state `a` has {} values for {len} weights", len - 3),
        ),
        (Own { kernel: None, ..own(&DESCENT) }, format!("{on_gpu}: it has no kernel")),
        (own(&UNBOUND), "the kernel `unbound` does not compile on this GPU: ".into()),
    ];
    for (optimizer, expected) in cases {
        let mut net = Net::new(Seed(1));
        let error = trainer(optimizer).on(&gpu).fit(&mut net, &data()).expect_err(&expected).to_string();
        assert!(error.starts_with(&expected), "{error}\n{expected}");
        assert_eq!(net.fingerprint(), Net::new(Seed(1)).fingerprint());
    }
    trainer(own(&DESCENT)).on(&gpu).fit(&mut found, &data()).expect("the device still works");

    // An optimizer that a GPU cannot run is refused before a checkpoint is loaded.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("own.safetensors");
    let none = Own { kernel: None, ..own(&DESCENT) };
    let cpu_trainer = trainer(none.clone()).on(&cpu);
    cpu_trainer.checkpoint(&file, 1).fit(&mut Net::new(Seed(1)), &data()).expect("the CPU trains");
    let mut net = Net::new(Seed(1));
    let error = trainer(none).resume(&file).on(&gpu).fit(&mut net, &data()).expect_err("it has no kernel");
    assert_eq!(error.to_string(), format!("{on_gpu}: it has no kernel"));
    assert_eq!(net.fingerprint(), Net::new(Seed(1)).fingerprint());
}

#[test]
fn tunings_that_no_kernel_has() {
    let Some(gpu) = gpu() else { return };
    let tiled = |threads, row_quads, depth| Tile::Tiled { threads, row_quads, depth };
    let cases = [
        (0, Tile::Single),
        (24, Tile::Direct),
        (u32::MAX, Tile::Single),
        (64, tiled(0, 1, 16)),
        (64, tiled(u32::MAX, 1, 16)),
        (64, tiled(8, 0, 16)),
        (64, tiled(8, 1, 0)),
    ];
    for (workgroup, tile) in cases {
        let tuning = Tuning { workgroup, tile };
        let result = Net::new(Seed(1)).on(&gpu.clone().tuning(tuning)).forward(&[0.5, 1.0, 2.0]);
        assert!(matches!(result, Err(Error::Gpu(GpuError::Tuning { .. }))), "{tuning:?}: {result:?}");
    }
}
