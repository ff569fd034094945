//! Losses that `loss` writes, whose values and gradients are PyTorch's.

use super::{Golden, loss_is_pytorchs};
use loom::prelude::*;

network! {
    fn log_softmax(x) { x - logsumexp(x) }

    struct Scores: [5] { Reshape<5> }

    struct Triple(x: [12]) -> (anchor, positive, negative) {
        let (anchor, positive, negative) = x -> Split<4, 4, 4>;
    }

    struct Vae(x: [9]) -> (mean, logvar, image) {
        let (mean, logvar, image) = x -> Split<2, 2, 5>;
    }

    struct Actor(x: [6]) -> (logits, value) {
        let (logits, value) = x -> Split<5, 1>;
    }

    loss Absolute(out: [5], target: [5]) { mean(abs(out - target)) }
    loss Divergence(out: [5], target: [5]) { sum(target * (log(target) - log_softmax(out))) }
    loss Smoothed(out: [5], class: Label<5>) { -sum((class * 0.9 + 0.1 / 5) * log_softmax(out)) }
    loss Weighed(out: [5], class: Label<5>, weight: [1]) { -weight * sum(class * log_softmax(out)) }
    loss Focal(out: [5], class: Label<5>) {
        let entropy = -sum(class * log_softmax(out));
        square(1.0 - exp(-entropy)) * entropy
    }
    loss Hinge(out: [5], class: Label<5>) { mean((1.0 - class) * relu(1.0 - sum(class * out) + out)) }
    loss Margin(out: TripleOutput) {
        relu(norm(out.anchor - out.positive) - norm(out.anchor - out.negative) + 1.0)
    }
    loss Elbo(out: VaeOutput, image: [5]) {
        let divergence = 1.0 + out.logvar - square(out.mean) - exp(out.logvar);
        sum(square(out.image - image)) - 0.5 * sum(divergence)
    }
    /// The clipped objective of Schulman et al., arXiv:1707.06347, with a value and an entropy term.
    loss Ppo(out: ActorOutput, action: Label<5>, advantage: [1], gain: [1], before: [1]) {
        let log_p = log_softmax(out.logits);
        let ratio = exp(sum(action * log_p) - before);
        let gained = min(ratio * advantage, clamp(ratio, 0.8, 1.2) * advantage);
        let entropy = -sum(exp(log_p) * log_p);
        0.5 * square(out.value - gain) - gained - 0.01 * entropy
    }
}

fn golden() -> Golden {
    Golden::read("custom_losses")
}

#[test]
fn of_values() {
    let golden = golden();
    loss_is_pytorchs::<Scores, _>(&golden, "absolute", &Absolute, &golden.samples::<[f32; 5]>("absolute/target"));
    loss_is_pytorchs::<Scores, _>(&golden, "divergence", &Divergence, &golden.samples::<[f32; 5]>("divergence/target"));
    loss_is_pytorchs::<Vae, _>(&golden, "elbo", &Elbo, &golden.samples::<[f32; 5]>("elbo/target"));
    loss_is_pytorchs::<Triple, _>(&golden, "triplet", &Margin, &[(); 7]);
}

#[test]
fn of_classes() {
    let golden = golden();
    loss_is_pytorchs::<Scores, _>(&golden, "smoothed", &Smoothed, &golden.classes("smoothed/target"));
    loss_is_pytorchs::<Scores, _>(&golden, "focal", &Focal, &golden.classes("focal/target"));
    loss_is_pytorchs::<Scores, _>(&golden, "hinge", &Hinge, &golden.classes("hinge/target"));
}

#[test]
fn of_several_parts() {
    let golden = golden();
    for case in ["class_weights", "ignored"] {
        let classes = golden.classes(&format!("{case}/target"));
        let weights = golden.samples::<[f32; 1]>(&format!("{case}/weight"));
        let targets: Vec<_> = classes.into_iter().zip(weights).collect();
        loss_is_pytorchs::<Scores, _>(&golden, case, &Weighed, &targets);
    }
    let [advantages, gains, before] =
        ["advantage", "gain", "before"].map(|part| golden.samples(&format!("ppo/{part}")));
    let actions = golden.classes("ppo/target").into_iter().enumerate();
    let targets = actions
        .map(|(i, action)| -> (u8, [f32; 1], [f32; 1], [f32; 1]) { (action, advantages[i], gains[i], before[i]) });
    loss_is_pytorchs::<Actor, _>(&golden, "ppo", &Ppo, &targets.collect::<Vec<_>>());
}
