//! Training steps of the user's own: on a GPU to the same bits as on the CPU, with one network and with several.

mod common;

use common::gpu::gpu;
use common::{Random, assert_same_bits};
use loom::dtype::F32;
use loom::loss::{BinaryCrossEntropy, Huber, Loss, Weighted};
use loom::optim::Optimizer;
use loom::prelude::*;
use loom::{BackwardOptions, Gpu, data::Target};

network! {
    struct Image: [2, 6, 6] {
        Conv2d<2, 5, 3> -> BatchNorm2d<5> -> Relu -> Dropout<0.25> -> Flatten -> Dense<80, 17> -> Tanh -> Dense<17, 3>
    }

    /// The size of a batch decides whether its norm has a variance.
    struct Point: [3] { Dense<3, 4> -> Reshape<4, 1, 1> -> BatchNorm2d<4> -> Flatten -> Dense<4, 3> }

    struct Heads(x: [4]) -> (scores, place) {
        let code = x -> Dense<4, 7> -> Tanh;
        let scores = code -> Dense<7, 3>;
        let place = code -> Dense<7, 2>;
    }

    loss Focal(out: [3], class: Label<3>) {
        let p = sum(class * softmax(out));
        -square(1.0 - p) * log(p)
    }
    loss Both(out: HeadsOutput, class: Label<3>, place: [2]) {
        logsumexp(out.scores) - sum(class * out.scores) + 0.5 * norm(out.place - place)
    }

    struct Generator { Dense<5, 17> -> Relu -> Dense<17, 3> }
    struct Discriminator { Dense<3, 33> -> Relu -> Dense<33, 1> }
    struct Pass: [3] { Reshape<3> }
}

const ADDING: BackwardOptions = BackwardOptions { to_inputs: false, accumulate: true };

/// All that a tape tells, as bits.
#[derive(Debug, Default, PartialEq)]
struct Bits(Vec<(String, Vec<u32>)>);

impl Bits {
    fn add(&mut self, what: impl Into<String>, values: &[f32]) {
        self.0.push((what.into(), values.iter().map(|value| value.to_bits()).collect()));
    }

    fn add_all<N: Network<Precision = F32>, O>(&mut self, step: usize, tape: &mut Tape<N, O>) {
        let name = |what: &str| format!("{} step {step}: {what}", N::PLAN.name);
        self.add(name("outputs"), bytemuck::cast_slice(tape.outputs().expect("they come back")));
        self.add(name("gradients"), tape.gradients().expect("they come back"));
        self.add(name("weights"), tape.network().expect("it comes back").weights().values());
    }

    fn assert_same(&self, other: &Self) {
        for ((what, bits), (_, others)) in self.0.iter().zip(&other.0) {
            assert_eq!(bits.len(), others.len(), "{what}");
            let place = bits.iter().zip(others).position(|(a, b)| a != b);
            if let Some(i) = place {
                panic!("{what}: value {i} is {:08x} and {:08x}", bits[i], others[i]);
            }
        }
        assert_eq!(self.0.len(), other.0.len());
    }
}

fn training(step: usize) -> Mode {
    Mode::Training { seed: Seed(7), step: step as u64 }
}

/// Steps with batches that grow and shrink, with clipping, another learning rate, and weights that are changed by hand.
fn steps<N, L, Y>(device: &impl Device, optimizer: impl Optimizer, loss: &L, target: impl Fn(usize) -> Y) -> Bits
where
    N: Network<Precision = F32>,
    L: Loss<N::Output, Y>,
    Y: Target,
{
    let mut bits = Bits::default();
    let mut tape = Tape::new(N::new(Seed(1)), device).optimizer(optimizer);
    for (step, batch) in [3, 17, 1, 17, 40, 2].into_iter().enumerate() {
        let inputs: Vec<N::Input> = Random(step as u64).samples(batch, -1.0, 1.0);
        let targets: Vec<Y> = (0..batch).map(&target).collect();
        tape.forward(&inputs, training(step)).expect("there is memory");
        tape.loss(loss, &targets).expect("targets that the loss takes");
        let score = tape.score().expect("there is a loss");
        bits.add("score", &[score.loss_sum, score.rows as f32, score.correct as f32]);
        for score in tape.output_scores().expect("there is a loss") {
            bits.add("score of an output", &[score.loss_sum, score.correct as f32]);
        }
        bits.add("d_outputs", bytemuck::cast_slice(tape.d_outputs().expect("they come back")));
        if step % 2 == 0 {
            tape.backward_to_inputs().expect("there is a loss");
            bits.add("d_inputs", bytemuck::cast_slice(tape.d_inputs().expect("they come back")));
        } else {
            tape.backward().expect("there is a loss");
        }
        // They stay when backward has used its scratch.
        bits.add("losses", tape.losses().expect("there is a loss"));
        match step {
            1 => tape.clip(Clip::Norm(0.05)).expect("there are gradients"),
            2 | 4 => tape.clip(Clip::Value(0.01)).expect("there are gradients"),
            3 => {
                let inputs: Vec<N::Input> = Random(9).samples(5, -1.0, 1.0);
                tape.forward(&inputs, training(90)).expect("there is memory");
                tape.loss(loss, &targets[..5]).expect("targets that the loss takes");
                tape.backward_with(ADDING).expect("there are gradients to add to");
            }
            _ => {}
        }
        tape.step_with(0.01 * (step + 1) as f64).expect("there are gradients");
        bits.add_all(step, &mut tape);
        if step == 2 {
            let weights = tape.network_mut().expect("it comes back").weights_mut();
            let param = &N::PLAN.params[0];
            weights.set(param, (0..param.len()).map(|i| i as f32 * 0.01 - 0.1)).expect("the values are finite");
        }
    }
    // Another step from the same gradients; and in inference.
    tape.step().expect("there are gradients");
    bits.add_all(6, &mut tape);
    let inputs: Vec<N::Input> = Random(11).samples(7, -1.0, 1.0);
    tape.forward(&inputs, Mode::Inference).expect("there is memory");
    let d_outputs: Vec<N::Output> = Random(12).samples(7, -1.0, 1.0);
    tape.set_d_outputs(&d_outputs).expect("there are outputs");
    tape.backward().expect("there is a gradient");
    let mut gradients = tape.gradients().expect("they come back").to_vec();
    gradients[0] = 0.5;
    tape.set_gradients(&gradients).expect("as many");
    tape.step().expect("there are gradients");
    bits.add_all(7, &mut tape);
    let (net, mut optimizer) = tape.into_parts().expect("they come back");
    bits.add("weights", net.weights().values());
    for (name, values) in optimizer.state(N::PLAN.trained_len).tensors {
        bits.add(name, values);
    }
    bits
}

/// The CPU that computes as a GPU does.
fn same_as(gpu: &Gpu) -> Cpu {
    Cpu::new().fma_mode(gpu.fma_mode().expect("the adapter is exact"))
}

#[test]
fn one_network() {
    let Some(gpu) = gpu() else { return };
    let cpu = same_as(&gpu);
    let label = |i: usize| (i % 3) as u8;
    let values = |i: usize| [i as f32 * 0.1, -0.5, 1.0];
    let heads = |i: usize| ((i % 3) as u8, [0.25, i as f32 * 0.1]);
    macro_rules! check {
        ($($net:ident $optimizer:expr, $loss:expr, $targets:expr;)*) => {$(
            let on_cpu = steps::<$net, _, _>(&cpu, $optimizer, &$loss, $targets);
            on_cpu.assert_same(&steps::<$net, _, _>(&gpu, $optimizer, &$loss, $targets));
        )*};
    }
    check! {
        Image Adam::new(0.01), CrossEntropy, label;
        Image Sgd::new(0.1).momentum(0.9), Focal, label;
        Point AdamW::new(0.01), Mse, values;
        Point RmsProp::new(0.01), Weighted::new(Huber::default(), 0.37), values;
        Heads Sgd::new(0.1), (CrossEntropy, Weighted::new(Mse, 0.25)), heads;
        Heads Adam::new(0.01), Both, heads;
    }
}

/// Two losses in turn: the second needs more room, while the outputs stay.
fn losses_in_turn(device: &impl Device) -> Bits {
    let mut bits = Bits::default();
    let mut tape = Tape::new(Heads::new(Seed(1)), device);
    let targets: Vec<_> = (0..9_u8).map(|i| (i % 3, [0.25, f32::from(i) * 0.1])).collect();
    tape.forward(&Random(1).samples(9, -1.0, 1.0), training(0)).expect("there is memory");
    for weight in [1.0, 0.5, 2.0] {
        tape.loss(&(CrossEntropy, Weighted::new(Mse, weight)), &targets).expect("targets that the loss takes");
        tape.backward().expect("there is a loss");
        bits.add_all(0, &mut tape);
        tape.loss(&Weighted::new(Both, weight), &targets).expect("targets that the loss takes");
        tape.backward_with(ADDING).expect("there is a loss");
        bits.add("score", &[tape.score().expect("there is a loss").loss_sum]);
        bits.add_all(1, &mut tape);
    }
    bits
}

#[test]
fn several_losses() {
    let Some(gpu) = gpu() else { return };
    losses_in_turn(&same_as(&gpu)).assert_same(&losses_in_turn(&gpu));
}

/// Steps of a GAN, with a second loss on what the generator makes.
fn gan(device: &impl Device, other: &impl Device) -> Bits {
    let mut bits = Bits::default();
    let mut generator = Tape::new(Generator::new(Seed(1)), device).optimizer(Adam::new(0.01));
    let mut discriminator = Tape::new(Discriminator::new(Seed(2)), other).optimizer(Adam::new(0.01));
    let mut pass = Tape::new(Pass::new(Seed(3)), other);
    for (step, batch) in [8, 3, 11].into_iter().enumerate() {
        let noise: Vec<[f32; 5]> = Random(step as u64).samples(batch, -1.0, 1.0);
        let real: Vec<[f32; 3]> = Random(step as u64 + 10).samples(batch, 1.0, 2.0);
        let [ones, zeros] = [1.0, 0.0].map(|target| vec![[target]; batch]);
        let mode = training(step);
        generator.forward(&noise, mode).expect("there is memory");
        discriminator.forward(&real, mode).expect("there is memory");
        discriminator.loss(&BinaryCrossEntropy, &ones).expect("sound targets");
        discriminator.backward().expect("there is a loss");
        discriminator.forward_from(&generator, mode).expect("there are outputs");
        discriminator.loss(&BinaryCrossEntropy, &zeros).expect("sound targets");
        discriminator.backward_with(ADDING).expect("there is a loss");
        discriminator.step().expect("there are gradients");
        bits.add_all(step, &mut discriminator);

        discriminator.forward_from(&generator, mode).expect("there are outputs");
        discriminator.loss(&BinaryCrossEntropy, &ones).expect("sound targets");
        discriminator.backward_to_inputs().expect("there is a loss");
        pass.forward_from(&generator, mode).expect("there are outputs");
        pass.loss(&Mse, &real).expect("sound targets");
        pass.backward_to_inputs().expect("there is a loss");
        generator.set_d_outputs_from(&discriminator).expect("there are gradients of the inputs");
        generator.add_d_outputs_from(&pass).expect("there are gradients of the inputs");
        bits.add("d_outputs", bytemuck::cast_slice(generator.d_outputs().expect("they come back")));
        generator.backward().expect("there is a gradient");
        generator.step().expect("there are gradients");
        bits.add_all(step, &mut generator);
    }
    let mut copy = Tape::new(Generator::new(Seed(9)), other);
    copy.copy_weights(&mut generator).expect("they come back");
    copy.forward(&[[0.5; 5]], Mode::Inference).expect("there is memory");
    bits.add_all(9, &mut copy);
    bits
}

#[test]
fn several_networks() {
    let Some(gpu) = gpu() else { return };
    let cpu = same_as(&gpu);
    let expected = gan(&cpu, &cpu);
    expected.assert_same(&gan(&gpu, &gpu));
    // Between devices values go through the host.
    expected.assert_same(&gan(&cpu, &gpu));
    expected.assert_same(&gan(&gpu, &cpu));
}

/// A gradient that is handed on is that of one network which is both.
#[test]
fn two_networks_are_one() {
    network! {
        struct First { Dense<3, 7> -> Tanh -> Dense<7, 4> }
        struct Second { Dense<4, 5> -> Relu -> Dense<5, 2> }
        struct Whole { first: First -> second: Second }
    }
    let whole = Whole::new(Seed(3));
    let (mut first, mut second) = (First::new(Seed(0)), Second::new(Seed(0)));
    for (i, (_, values)) in whole.weights().tensors().enumerate() {
        let values = values.iter().copied();
        match First::PLAN.params.get(i) {
            Some(param) => first.weights_mut().set(param, values).expect("the values are finite"),
            None => {
                let param = &Second::PLAN.params[i - First::PLAN.params.len()];
                second.weights_mut().set(param, values).expect("the values are finite");
            }
        }
    }
    let cpu = Cpu::new();
    let (inputs, targets) = (Random(1).samples::<[f32; 3]>(9, -1.0, 1.0), [[0.5, -0.25]; 9]);
    let mut whole = Tape::new(whole, &cpu);
    whole.forward(&inputs, training(0)).expect("there is memory");
    whole.loss(&Mse, &targets).expect("sound targets");
    whole.backward_to_inputs().expect("there is a loss");

    let (mut first, mut second) = (Tape::new(first, &cpu), Tape::new(second, &cpu));
    first.forward(&inputs, training(0)).expect("there is memory");
    second.forward_from(&first, training(0)).expect("there are outputs");
    second.loss(&Mse, &targets).expect("sound targets");
    second.backward_to_inputs().expect("there is a loss");
    first.set_d_outputs_from(&second).expect("there are gradients of the inputs");
    first.backward_to_inputs().expect("there is a gradient");
    assert_same_bits(
        || "gradients of inputs".to_owned(),
        whole.d_inputs().expect("the CPU has them"),
        first.d_inputs().expect("the CPU has them"),
    );
}

#[test]
fn empty_and_refused_batches() {
    fn check(device: &impl Device) {
        let mut tape = Tape::new(Image::new(Seed(1)), device).optimizer(Sgd::new(0.1));
        assert!(tape.outputs().expect("there are none").is_empty());
        tape.forward(&[], training(0)).expect("nothing to do");
        assert!(tape.outputs().expect("there are none").is_empty());
        assert!(tape.loss(&CrossEntropy, &[0_u8; 0]).is_err() && tape.backward().is_err() && tape.step().is_err());
        tape.forward(&Random(1).samples(4, -1.0, 1.0), training(0)).expect("there is memory");
        assert!(tape.loss(&CrossEntropy, &[0_u8, 1, 2, 3]).is_err(), "there is no class 3");
        assert!(tape.backward().is_err() && tape.score().is_err());
        for batch in [1 << 50, 1 << 49] {
            assert!(tape.reserve(batch).is_err(), "what was refused is not there");
        }
        tape.reserve(2).expect("there is memory");
        assert!(tape.loss(&CrossEntropy, &[0_u8; 4]).is_err(), "the outputs are forgotten");
        let before = Image::new(Seed(1)).fingerprint();
        assert_eq!(tape.into_network().expect("it comes back").fingerprint(), before);
    }
    check(&Cpu::new());
    if let Some(gpu) = gpu() {
        check(&gpu);
    }
}
