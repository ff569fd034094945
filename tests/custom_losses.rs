//! Losses of the user's own: on the CPU as those of the library, and on the GPU to the same bits.

mod common;

use common::gpu::gpu;
use loom::data::Target;
use loom::loss::{Accuracy, Loss, Weighted};
use loom::prelude::*;

network! {
    fn log_softmax(x) { x - logsumexp(x) }

    struct Net { Dense<4, 9> -> Tanh -> Dense<9, 3> }

    struct Vae(x: [4]) -> (mean, logvar, image) {
        let code = x -> Dense<4, 7> -> Tanh;
        let mean = code -> Dense<7, 2>;
        let logvar = code -> Dense<7, 2>;
        let image = mean -> Dense<2, 5> -> Tanh -> Dense<5, 4>;
    }

    loss Entropy(out: [3], class: Label<3>) { -sum(class * log_softmax(out)) }
    loss Smoothed(out: [3], class: Label<3>) { -sum((class * 0.9 + 0.1 / 3) * log_softmax(out)) }
    loss Focal(out: [3], class: Label<3>) {
        let p = sum(class * softmax(out));
        -square(1.0 - p) * log(p)
    }
    loss Weighed(out: [3], class: Label<3>, weight: [1]) { -sum(class * log_softmax(out)) * weight }
    loss Hinge(out: [3], class: Label<3>) { sum(relu(out - sum(class * out) + 1.0) * (1.0 - class)) }
    loss Squared(out: [3], target: [3]) { mean(square(out - target)) }
    loss Absolute(out: [3], target: [3]) { mean(abs(out - target)) }
    loss Kl(out: [3], target: [3]) { sum(target * (select(target > 0.0, log(target), 0.0) - log_softmax(out))) }
    struct Heads(x: [4]) -> (scores, place) {
        let code = x -> Dense<4, 7> -> Tanh;
        let scores = code -> Dense<7, 3>;
        let place = code -> Dense<7, 2>;
    }
    /// The error of a value that an action has. The action is a label, or an index.
    loss OfLabel(out: [3], action: Label<3>, gain: [1]) { square(sum(action * out) - gain) }
    loss OfIndex(out: [3], action: [1], gain: [1]) { square(gather(out, action, axis = 0) - gain) }
    loss Near(out: [2], target: [2], weight: [1]) { weight * norm(out - target) }

    loss Small(out: [3]) { mean(softplus(out)) }

    /// Reconstruction and the divergence from a normal distribution.
    loss Elbo(out: VaeOutput, image: [4]) {
        let kl = 1.0 + out.logvar - square(out.mean) - exp(out.logvar);
        sum(square(out.image - image)) - 0.5 * sum(kl)
    }
    /// It leaves an output out.
    loss Part(out: VaeOutput, target: [4]) { sum(abs(out.image - target)) + 0.1 * norm(out.mean) }
}

const SAMPLES: usize = 17;

fn inputs() -> Vec<[f32; 4]> {
    let value = |i: usize| ((i * 37 % 101) as f32 - 50.0) / 40.0;
    (0..SAMPLES).map(|i| [value(i), value(i + 5), value(i * 3), value(i * 7 + 1)]).collect()
}

fn classes() -> Vec<u8> {
    (0..SAMPLES).map(|i| (i * i % 3) as u8).collect()
}

fn values() -> Vec<[f32; 3]> {
    (0..SAMPLES).map(|i| [0.25, (i % 4) as f32 * 0.25, 0.75 - (i % 4) as f32 * 0.25]).collect()
}

/// Actions and what they gained.
fn gains() -> Vec<([f32; 1], [f32; 1])> {
    classes().into_iter().enumerate().map(|(i, action)| ([action.into()], [i as f32 * 0.1 - 0.7])).collect()
}

/// A place and its weight.
type Place = ([f32; 2], [f32; 1]);

/// A class, and a place.
fn heads() -> Vec<(u8, Place)> {
    let place = |i: usize| ([i as f32 * 0.1 - 0.8, 0.3], [1.0 + (i % 3) as f32]);
    classes().into_iter().enumerate().map(|(i, class)| (class, place(i))).collect()
}

/// The score and the outputs' gradient of a batch.
fn evaluate<L: Loss<[f32; 3], Y>, Y: Target>(loss: &L, targets: &[Y]) -> (f32, Vec<f32>) {
    let mut tape = Tape::new(Net::new(Seed(1)), &Cpu::new());
    tape.forward(&inputs(), Mode::Inference).expect("there is memory");
    tape.loss(loss, targets).expect("the targets are right");
    let score = tape.score().expect("there is a loss");
    let sum: f32 = tape.losses().expect("there is a loss").iter().sum();
    assert!((sum - score.loss_sum).abs() <= 1e-5 * sum.abs(), "{sum} {score:?}");
    (score.loss_sum, tape.d_outputs().expect("the CPU has them").as_flattened().to_vec())
}

fn near((loss, d): (f32, Vec<f32>), (other, e): (f32, Vec<f32>)) {
    assert!((loss - other).abs() <= 1e-5 * other.abs(), "{loss} {other}");
    for (a, b) in d.iter().zip(&e) {
        assert!((a - b).abs() <= 1e-6, "{a} {b}");
    }
}

#[test]
fn they_are_those_of_the_library() {
    near(evaluate(&Entropy, &classes()), evaluate(&CrossEntropy, &classes()));
    near(evaluate(&Squared, &values()), evaluate(&Mse, &values()));
    let ones: Vec<_> = classes().into_iter().map(|class| (class, [1.0])).collect();
    near(evaluate(&Weighed, &ones), evaluate(&CrossEntropy, &classes()));
}

#[test]
fn an_index_is_a_label() {
    let labels: Vec<_> = gains().into_iter().map(|([action], gain)| (action as u8, gain)).collect();
    assert_eq!(evaluate(&OfIndex, &gains()), evaluate(&OfLabel, &labels));
    for value in [3.0, -1.0, 0.5] {
        let mut targets = gains();
        targets[4].0 = [value];
        let data = Dataset::new(inputs(), targets).expect("the values are finite");
        let trainer = Trainer::new(Adam::new(0.1), OfIndex);
        let error = trainer.fit(&mut Net::new(Seed(1)), &data).expect_err("it is no index").to_string();
        let takes = "OfIndex takes indices there, whole numbers from 0 up to the length of the axis";
        assert_eq!(error, format!("target 4 of the data set has {value} at index 0; {takes}"));
    }
}

/// The gradient of a loss is that of differences.
#[test]
fn gradients_are_those_of_differences() {
    fn check<L: Loss<[f32; 3], Y>, Y: Target>(name: &str, loss: &L, targets: &[Y]) {
        network! { struct Same: [3] { Reshape<3> } }
        let same = Same::new(Seed(1));
        let outputs: Vec<[f32; 3]> =
            (0..SAMPLES).map(|i| [i as f32 * 0.11 - 0.83, 0.37 - i as f32 * 0.05, 0.21]).collect();
        let mut tape = Tape::new(same, &Cpu::new());
        let mut run = |outputs: &[[f32; 3]]| {
            tape.forward(outputs, Mode::Inference).expect("there is memory");
            tape.loss(loss, targets).expect("the targets are right");
            let loss = tape.score().expect("there is a loss").loss_sum;
            (f64::from(loss), tape.d_outputs().expect("the CPU has them").to_vec())
        };
        let (_, gradients) = run(&outputs);
        for sample in [0, 7, SAMPLES - 1] {
            for i in 0..3 {
                let mut at = |step: f32| {
                    let mut outputs = outputs.clone();
                    outputs[sample][i] += step;
                    run(&outputs).0
                };
                let difference = (at(0.01) - at(-0.01)) / 0.02;
                let gradient = f64::from(gradients[sample][i]) * SAMPLES as f64;
                assert!((difference - gradient).abs() < 3e-3, "{name} {sample} {i}: {difference} {gradient}");
            }
        }
    }
    check("Smoothed", &Smoothed, &classes());
    check("Focal", &Focal, &classes());
    check("Hinge", &Hinge, &classes());
    check("Absolute", &Absolute, &values());
    check("Kl", &Kl, &values());
    check("Small", &Small, &[(); SAMPLES]);
}

/// What comes of a training with a short last batch.
fn train<N: Network<Input = [f32; 4], Precision = loom::dtype::F32>, L: Loss<N::Output, Y>, Y: Target>(
    device: &impl Device,
    loss: L,
    targets: Vec<Y>,
) -> String {
    let data = Dataset::new(inputs(), targets).expect("the data are right");
    let mut net = N::new(Seed(3));
    let trainer = Trainer::new(Adam::new(0.02), loss).on(device).epochs(3).batch(5).seed(Seed(2));
    let history = trainer.fit(&mut net, &data).expect("it trains");
    let score = trainer.evaluate(&net, &data).expect("it is scored");
    assert!(score.loss.is_finite() && score.loss < history.epochs[0].training.loss, "{score:?} {history:?}");
    format!("{} {:?} {score:?}", net.fingerprint(), history.last().training)
}

fn all(device: &impl Device) -> Vec<String> {
    let weighed = classes().into_iter().enumerate().map(|(i, class)| (class, [0.5 + i as f32 * 0.1])).collect();
    vec![
        train::<Net, _, _>(device, Entropy, classes()),
        train::<Net, _, _>(device, Smoothed, classes()),
        train::<Net, _, _>(device, Focal, classes()),
        train::<Net, _, _>(device, Weighed, weighed),
        train::<Net, _, _>(device, Hinge, classes()),
        train::<Net, _, _>(device, OfIndex, gains()),
        train::<Net, _, _>(device, Absolute, values()),
        train::<Net, _, _>(device, Kl, values()),
        train::<Net, _, _>(device, Small, vec![(); SAMPLES]),
        train::<Net, _, _>(device, Weighted::new(Entropy, 0.25), classes()),
        train::<Vae, _, _>(device, Elbo, inputs()),
        train::<Heads, _, _>(device, (Focal, Weighted::new(Near, 0.5)), heads()),
        train::<Heads, _, _>(
            device,
            (Weighted::new(Entropy, 2.0), Mse),
            heads().iter().map(|x| (x.0, x.1.0)).collect(),
        ),
        train::<Vae, _, _>(device, Part, inputs()),
    ]
}

#[test]
fn devices_agree() {
    let Some(gpu) = gpu() else { return };
    let cpu = Cpu::new().fma_mode(gpu.fma_mode().expect("the adapter is exact"));
    let (expected, streamed) = (all(&cpu), gpu.clone().data_limit(100));
    assert_eq!(all(&gpu), expected, "{}", gpu.name());
    assert_eq!(all(&streamed), expected, "streamed");
}

#[test]
fn accuracy_is_counted_where_targets_match_the_output() {
    fn score<L: Loss<[f32; 3], Y>, Y: Target>(
        trainer: Trainer<Adam, L>,
        targets: Vec<Y>,
    ) -> Result<Option<f64>, String> {
        let data = Dataset::new(inputs(), targets).expect("the data are right");
        let score = trainer.evaluate(&Net::new(Seed(1)), &data).map_err(|error| error.to_string())?;
        Ok(score.accuracy)
    }
    fn trainer<L>(loss: L) -> Trainer<Adam, L> {
        Trainer::new(Adam::new(0.1), loss)
    }
    let expected = score(trainer(CrossEntropy), classes());
    assert!(matches!(expected, Ok(Some(_))), "{expected:?}");
    assert_eq!(score(trainer(Entropy), classes()), expected);
    assert_eq!(score(trainer(Squared), values()), Ok(None));
    let arg_max = |loss| trainer(loss).accuracy(Accuracy::ArgMax);
    assert_eq!(score(arg_max(Squared), values()), score(trainer(Mse).accuracy(Accuracy::ArgMax), values()));
    let error = score(trainer(Small).accuracy(Accuracy::ArgMax), vec![(); SAMPLES]).expect_err("there is no target");
    let name = "length of the target's first part";
    assert_eq!(error, format!("`{name}` is 0, but must be that of the only output where `accuracy` is set"));
}
