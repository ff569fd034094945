//! A training step and inference allocate nothing after the first of their batch size.
//!
//! One test, because the counter counts every thread of the process.

mod common;

use common::Random;
use common::networks::recurrence::GruSteps;
use common::networks::stacks::{Digits, Perceptron, Pooled, Transformer};
use loom::data::Target;
use loom::dtype::{F4, F32};
use loom::loss::Loss;
use loom::optim::Optimizer;
use loom::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, which counts what it is asked for.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, len: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { System.realloc(place, layout, len) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations, by any thread, while `f` runs.
fn allocations(f: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.load(Ordering::SeqCst);
    f();
    ALLOCATIONS.load(Ordering::SeqCst) - before
}

network! {
    struct Xor { Dense<2, 8> -> Relu -> Dense<8, 8> -> Relu -> Dense<8, 1> -> Sigmoid }
}

network! {
    struct Narrow { Dense<200_000, 1> }
}

/// A device whose threads have all worked once: a thread allocates when it starts, which may be after the call that
/// starts it.
fn started(cpu: Cpu) -> Cpu {
    Digits::new(Seed(0)).on(&cpu).forward_batch(&[[[[0.5; 28]; 28]; 1]; 64]).expect("there is memory");
    cpu
}

/// Steps that are watched after the first.
const STEPS: u64 = 5;

/// A whole step: forward, loss, backward, clipping, optimizer; then a short batch in the same buffers.
fn check_steps<N, L, Y>(threads: usize, optimizer: impl Optimizer, loss: L, inputs: &[N::Input], targets: &[Y])
where
    N: Network<Precision = F32>,
    L: Loss<N::Output, Y>,
    Y: Target,
{
    let name = format!("{}, {threads} threads, {}", N::PLAN.name, std::any::type_name_of_val(&optimizer));
    let mut tape = Tape::new(N::new(Seed(1)), &started(Cpu::new().threads(threads))).optimizer(optimizer);
    let mut step = |number: u64, samples: usize| {
        tape.forward(&inputs[..samples], Mode::Training { seed: Seed(1), step: number }).expect("there is memory");
        tape.loss(&loss, &targets[..samples]).expect("the targets are sound");
        assert!(tape.score().expect("there is a loss").loss_sum > 0.0);
        tape.backward().expect("there is a gradient of the outputs");
        tape.clip(Clip::Norm(0.1)).expect("there are gradients");
        tape.clip(Clip::Value(0.1)).expect("there are gradients");
        tape.step().expect("there are gradients");
    };
    let first = allocations(|| step(0, inputs.len()));
    assert!(first > 0, "{name}: the counter counts");
    for number in 1..=STEPS {
        assert_eq!(allocations(|| step(number, inputs.len())), 0, "{name}: allocations of step {number}");
    }
    assert_eq!(allocations(|| step(9, 1)), 0, "{name}: allocations of a short batch");
}

/// Inference after the first call of its batch size.
fn check_inference<N: Network<Precision = F32>>(threads: usize) {
    let (net, cpu) = (N::new(Seed(1)), started(Cpu::new().threads(threads)));
    let inputs: Vec<N::Input> = Random(3).samples(2, 0.0, 1.0);
    let mut outputs = Vec::with_capacity(STEPS as usize + 1);
    outputs.push(net.on(&cpu).forward(&inputs[0]).expect("there is memory"));
    for _ in 0..STEPS {
        let count = allocations(|| outputs.push(net.on(&cpu).forward(&inputs[1]).expect("there is memory")));
        assert_eq!(count, 0, "{}, {threads} threads: allocations of inference", N::PLAN.name);
    }
    let handle = net.on(&cpu);
    for number in 0..STEPS {
        let count = allocations(|| outputs[0] = handle.forward(&inputs[1]).expect("there is memory"));
        assert!(number <= 1 || count == 0, "{}, {threads} threads: allocations of a handle", N::PLAN.name);
    }
    started(Cpu::new());
    net.forward(&inputs[0]);
    let count = allocations(|| outputs[0] = net.forward(&inputs[1]));
    assert_eq!(count, 0, "{}: allocations of `forward`", N::PLAN.name);
}

/// A layer of one output would be 25 MiB of panels: a handle that is asked again keeps no copy of its 800 kB.
fn check_narrow() {
    let (net, cpu) = (Narrow::new(Seed(1)), started(Cpu::new().threads(1)));
    let (handle, input) = (net.on(&cpu), bytemuck::zeroed_vec::<[f32; 200_000]>(2));
    let mut outputs = Vec::with_capacity(2);
    outputs.push(handle.forward(&input[0]).expect("there is memory"));
    let count = allocations(|| outputs.push(handle.forward(&input[1]).expect("there is memory")));
    assert_eq!(count, 0, "allocations of a second call");
}

/// What a trainer allocates does not depend on the number of its steps.
fn check_trainer() {
    let fit = |samples: usize| {
        let data = Dataset::new(vec![[0.5_f32; 17]; samples], vec![1_u8; samples]).expect("the data are sound");
        let trainer = Trainer::new(Adam::new(0.01), CrossEntropy).batch(8).epochs(3).clip(Clip::Norm(0.1));
        let mut net = Perceptron::new(Seed(1));
        allocations(|| {
            trainer.fit(&mut net, &data).expect("training succeeds");
        })
    };
    let fine_tune = |samples: usize| {
        let data = Dataset::new(vec![[0.5_f32; 17]; samples], vec![1_u8; samples]).expect("the data are sound");
        let trainer = Trainer::new(Adam::new(0.01), CrossEntropy).batch(8).epochs(3).clip(Clip::Norm(0.1));
        let mut net: Perceptron<F4> = Perceptron::new(Seed(1)).quantize().expect("the weights are finite");
        allocations(|| {
            trainer.fine_tune(&mut net, &data).expect("training succeeds");
        })
    };
    // The first run of a thread makes its buffers.
    fit(8);
    assert_eq!(fit(16), fit(800), "allocations of 2 and of 100 steps an epoch");
    assert_eq!(fine_tune(16), fine_tune(800), "allocations of 2 and of 100 steps an epoch of fine-tuning");
}

#[test]
fn nothing_is_allocated_after_the_first_step() {
    let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let targets = [[0.0_f32], [1.0], [1.0], [0.0]];
    for threads in [1, 2] {
        check_steps::<Xor, _, _>(threads, Adam::new(0.02), Mse, &inputs, &targets);
        check_steps::<Xor, _, _>(threads, Sgd::new(0.02), Huber::default(), &inputs, &targets);
        check_steps::<Xor, _, _>(threads, RmsProp::new(0.02), BinaryCrossEntropy, &inputs, &targets);

        let images: Vec<<Digits as Model>::Input> = Random(1).samples(64, 0.0, 1.0);
        let labels: Vec<u8> = (0..64).map(|i| i % 10).collect();
        check_steps::<Digits, _, _>(threads, AdamW::new(2e-3), CrossEntropy, &images, &labels);

        let images: Vec<<Pooled as Model>::Input> = Random(2).samples(9, 0.0, 1.0);
        let shares = vec![[0.25, 0.25, 0.5]; 9];
        check_steps::<Pooled, _, _>(threads, Sgd::new(0.1).nesterov(0.9), CrossEntropy, &images, &shares);

        let series: Vec<<GruSteps as Model>::Input> = Random(4).samples(9, -1.0, 1.0);
        check_steps::<GruSteps, _, _>(threads, Sgd::new(0.1), CrossEntropy, &series, &shares);

        let series: Vec<<Transformer as Model>::Input> = Random(5).samples(9, -1.0, 1.0);
        check_steps::<Transformer, _, _>(threads, Adam::new(0.01), CrossEntropy, &series, &shares);

        check_inference::<GruSteps>(threads);
        check_inference::<Transformer>(threads);
        check_inference::<Xor>(threads);
        check_inference::<Digits>(threads);
        check_inference::<Pooled>(threads);
    }
    check_narrow();
    check_trainer();
}
