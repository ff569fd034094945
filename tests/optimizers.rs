//! Optimizers against PyTorch's published formulas in binary64; schedules, clipping, early stopping, history,
//! initialisation and shuffling.

mod common;

use common::{Random, assert_close, norm, widen};
use loom::History;
use loom::dtype::F32;
use loom::optim::Optimizer;
use loom::plan::Role;
use loom::prelude::*;
use std::collections::BTreeSet;

/// Values in the vector that is optimised: one full vector of 16, and a rest.
const LEN: usize = 19;
const STEPS: usize = 20;
const RATE: f64 = 0.03;

/// One parameter's step: from its value, its gradient and the number of the step, counted from 1, to the new value. The
/// two states begin at 0.
type Formula<'a> = &'a dyn Fn(f64, f64, i32, f64, &mut [f64; 2]) -> f64;

/// Gradients of every size that training sees, and zeros.
fn gradients(random: &mut Random) -> Vec<f32> {
    let sizes = [1.0, 1.0, 0.0, 1e-3, 1e3, 1e-7, 30.0];
    (0..LEN).map(|i| (random.between(-1.0, 1.0) * sizes[i % sizes.len()]) as f32).collect()
}

fn check(name: &str, mut optimizer: impl Optimizer, formula: Formula<'_>) {
    let mut random = Random(1);
    let mut weights: Vec<f32> = (0..LEN).map(|_| random.between(-1.0, 1.0) as f32).collect();
    let (mut expected, mut states) = (widen(&weights), [[0.0; 2]; LEN]);
    for step in 1..=STEPS {
        let (gradients, rate) = (gradients(&mut random), RATE / step as f64);
        optimizer.step(&Cpu::new(), rate, &mut weights, &gradients);
        for (i, w) in expected.iter_mut().enumerate() {
            *w = formula(*w, gradients[i].into(), step as i32, rate, &mut states[i]);
        }
        // Each step rounds the weight once, and the direction by a few ulp.
        let tolerance = |w: f64| step as f64 * 1e-7 * (1.0 + w.abs());
        assert_close(|| format!("{name}, step {step}"), &expected, &widen(&weights), tolerance);
    }
}

/// `torch.optim.SGD` with dampening 0. The first velocity is the gradient, which a start from 0 gives as well.
fn sgd(momentum: f64, nesterov: bool, decay: f64) -> impl Fn(f64, f64, i32, f64, &mut [f64; 2]) -> f64 {
    move |w, g, _, rate, state| {
        let g = g + decay * w;
        state[0] = momentum * state[0] + g;
        let direction = if nesterov { g + momentum * state[0] } else { state[0] };
        w - rate * direction
    }
}

/// `torch.optim.Adam`; decoupled, `torch.optim.AdamW`.
fn adam(betas: [f64; 2], eps: f64, decay: f64, decoupled: bool) -> impl Fn(f64, f64, i32, f64, &mut [f64; 2]) -> f64 {
    move |w, g, step, rate, state| {
        let (w, g) = if decoupled { (w - rate * decay * w, g) } else { (w, g + decay * w) };
        state[0] = betas[0] * state[0] + (1.0 - betas[0]) * g;
        state[1] = betas[1] * state[1] + (1.0 - betas[1]) * g * g;
        let mean = state[0] / (1.0 - betas[0].powi(step));
        let square = state[1] / (1.0 - betas[1].powi(step));
        w - rate * mean / (square.sqrt() + eps)
    }
}

/// `torch.optim.RMSprop`, not centred.
fn rmsprop(alpha: f64, eps: f64, momentum: f64, decay: f64) -> impl Fn(f64, f64, i32, f64, &mut [f64; 2]) -> f64 {
    move |w, g, _, rate, state| {
        let g = g + decay * w;
        state[0] = alpha * state[0] + (1.0 - alpha) * g * g;
        state[1] = momentum * state[1] + g / (state[0].sqrt() + eps);
        w - rate * state[1]
    }
}

#[test]
fn optimizers_against_their_formulas() {
    check("sgd", Sgd::new(RATE), &sgd(0.0, false, 0.0));
    check("sgd with decay", Sgd::new(RATE).weight_decay(0.1), &sgd(0.0, false, 0.1));
    check("momentum", Sgd::new(RATE).momentum(0.9), &sgd(0.9, false, 0.0));
    check("momentum with decay", Sgd::new(RATE).momentum(0.9).weight_decay(0.1), &sgd(0.9, false, 0.1));
    check("nesterov", Sgd::new(RATE).nesterov(0.9), &sgd(0.9, true, 0.0));
    check("nesterov with decay", Sgd::new(RATE).nesterov(0.5).weight_decay(0.1), &sgd(0.5, true, 0.1));

    check("adam", Adam::new(RATE), &adam([0.9, 0.999], 1e-8, 0.0, false));
    check("adam, other betas", Adam::new(RATE).betas(0.5, 0.9), &adam([0.5, 0.9], 1e-8, 0.0, false));
    check("adam, betas of 0", Adam::new(RATE).betas(0.0, 0.0).epsilon(0.1), &adam([0.0, 0.0], 0.1, 0.0, false));
    check("adam, great epsilon", Adam::new(RATE).epsilon(0.1), &adam([0.9, 0.999], 0.1, 0.0, false));
    check("adam with decay", Adam::new(RATE).weight_decay(0.1), &adam([0.9, 0.999], 1e-8, 0.1, false));
    check("adamw", AdamW::new(RATE), &adam([0.9, 0.999], 1e-8, 0.01, true));
    check("adamw with decay", AdamW::new(RATE).weight_decay(0.5), &adam([0.9, 0.999], 1e-8, 0.5, true));
    check("adamw without", AdamW::new(RATE).weight_decay(0.0), &adam([0.9, 0.999], 1e-8, 0.0, true));

    check("rmsprop", RmsProp::new(RATE), &rmsprop(0.99, 1e-8, 0.0, 0.0));
    check("rmsprop, other alpha", RmsProp::new(RATE).alpha(0.5).epsilon(1e-3), &rmsprop(0.5, 1e-3, 0.0, 0.0));
    check("rmsprop with momentum", RmsProp::new(RATE).momentum(0.9), &rmsprop(0.99, 1e-8, 0.9, 0.0));
    check("rmsprop with decay", RmsProp::new(RATE).weight_decay(0.1), &rmsprop(0.99, 1e-8, 0.0, 0.1));
}

/// Ten steps of 1e-3 from 0.5 with the same gradient, and what they end at in binary64.
fn ten_steps(mut optimizer: impl Optimizer, gradient: f32, formula: Formula<'_>) -> [f64; 2] {
    let (mut weights, mut expected, mut states) = ([0.5_f32], 0.5_f64, [0.0; 2]);
    for step in 1..=10 {
        optimizer.step(&Cpu::new(), 1e-3, &mut weights, &[gradient]);
        expected = formula(expected, gradient.into(), step, 1e-3, &mut states);
    }
    [weights[0].into(), expected]
}

/// The mean square of small gradients is not flushed where an epsilon does not outweigh it.
#[test]
fn small_epsilons() {
    let adam = |eps| adam([0.9, 0.999], eps, 0.0, false);
    let table = [
        (1e-8, 2e-14, 0.5),
        (1e-9, 2e-14, 0.5),
        (9e-10, 2e-12, 0.499_978),
        (1e-12, 2e-14, 0.499_804),
        (1e-15, 2e-14, 0.490_476),
        (1e-16, 1e-16, 0.495),
        (1e-20, 1e-16, 0.490_001),
        (1e-21, 1e-18, 0.490_01),
    ];
    for (eps, gradient, end) in table {
        for [found, expected] in [
            ten_steps(Adam::new(1e-3).epsilon(eps), gradient, &adam(eps)),
            ten_steps(AdamW::new(1e-3).epsilon(eps).weight_decay(0.0), gradient, &adam(eps)),
        ] {
            assert!((found - expected).abs() < 5e-7, "{eps:e}, {gradient:e}: {found}, not {expected}");
            assert!((found - end).abs() < 1e-6, "{eps:e}, {gradient:e}: {found}, not {end}");
        }
    }
    for (eps, gradient, end) in [(1e-15, 2e-14, 0.460_509), (1e-20, 1e-16, 0.449_381)] {
        let [found, expected] = ten_steps(RmsProp::new(1e-3).epsilon(eps), gradient, &rmsprop(0.99, eps, 0.0, 0.0));
        assert!((found - expected).abs() < 5e-7, "{eps:e}, {gradient:e}: {found}, not {expected}");
        assert!((found - end).abs() < 1e-6, "{eps:e}, {gradient:e}: {found}, not {end}");
    }
}

/// Gradients of every size from 2^-59 on beside each epsilon that is taken, from either side of what it is scaled by.
#[test]
fn every_epsilon_against_the_formulas() {
    for eps in [1e-21, 1.1e-18, 1e-15, 1e-12, 2e-10, 9.3e-10, 9.4e-10, 1e-9, 1e-8] {
        let mut random = Random(11);
        for exponent in (-59..10).step_by(3) {
            let [mut w, mut w_prop] = [[0.25_f32]; 2];
            let (mut expected, mut states) = ([0.25_f64; 2], [[0.0; 2]; 2]);
            let mut adam_ = Adam::new(RATE).epsilon(eps);
            let mut prop = RmsProp::new(RATE).epsilon(eps).momentum(0.5);
            let formulas: [Formula<'_>; 2] = [&adam([0.9, 0.999], eps, 0.0, false), &rmsprop(0.99, eps, 0.5, 0.0)];
            for step in 1..=STEPS {
                let gradient = (random.between(-0.2, 2.0) * 2.0_f64.powi(exponent)) as f32;
                let gradient = if gradient.abs() < 2.0_f32.powi(-60) { 0.0 } else { gradient };
                let rate = RATE / step as f64;
                adam_.step(&Cpu::new(), rate, &mut w, &[gradient]);
                prop.step(&Cpu::new(), rate, &mut w_prop, &[gradient]);
                for ((expected, states), formula) in expected.iter_mut().zip(&mut states).zip(formulas) {
                    *expected = formula(*expected, gradient.into(), step as i32, rate, states);
                }
                for (name, found, expected) in [("adam", w[0], expected[0]), ("rmsprop", w_prop[0], expected[1])] {
                    let off = (f64::from(found) - expected).abs();
                    let bound = step as f64 * 1e-7 * (1.0 + expected.abs());
                    assert!(off < bound, "{name}, {eps:e}, 2^{exponent}, step {step}: {found}, not {expected}");
                }
            }
        }
    }
}

/// Squares of gradients beyond 2^64 are infinite, but what they add to the mean square is not.
#[test]
fn great_gradients() {
    for gradient in [1.84e19, 1.85e19, -3e19, 1e20, -3e20] {
        let mut weights = [0.5_f32];
        let mut adam = Adam::new(1e-3);
        (0..3).for_each(|_| adam.step(&Cpu::new(), 1e-3, &mut weights, &[gradient]));
        let end = 0.5 - 3e-3_f32.copysign(gradient);
        assert!((weights[0] - end).abs() < 1e-6, "{gradient:e}: {}, not {end}", weights[0]);
    }
    let gradients = |random: &mut Random| random.between(-1.0, 1.0) * 2.0_f64.powi(60 + random.below(7) as i32);
    let mut random = Random(3);
    let (mut weights, mut expected, mut states) = ([0.25_f32; 2], [0.25_f64; 2], [[0.0; 2]; 2]);
    let (mut adam_, mut prop) = (Adam::new(RATE), RmsProp::new(RATE));
    for step in 1..=STEPS {
        let gradient = gradients(&mut random) as f32;
        adam_.step(&Cpu::new(), RATE, &mut weights[..1], &[gradient]);
        prop.step(&Cpu::new(), RATE, &mut weights[1..], &[gradient]);
        let formulas: [Formula<'_>; 2] = [&adam([0.9, 0.999], 1e-8, 0.0, false), &rmsprop(0.99, 1e-8, 0.0, 0.0)];
        for (i, formula) in formulas.into_iter().enumerate() {
            expected[i] = formula(expected[i], gradient.into(), step as i32, RATE, &mut states[i]);
        }
        assert_close(|| format!("step {step}"), &expected, &widen(&weights), |w| step as f64 * 1e-7 * (1.0 + w.abs()));
    }

    // A mean square that binary32 does not hold is seen.
    let mut weights = [0.5_f32; 2];
    let (mut adam, mut prop) = (Adam::new(1e-3), RmsProp::new(1e-3));
    for _ in 0..2 {
        adam.step(&Cpu::new(), 1e-3, &mut weights[..1], &[6e20]);
        prop.step(&Cpu::new(), 1e-3, &mut weights[1..], &[2e20]);
    }
    assert!(weights.iter().all(|w| w.is_nan()), "{weights:?}");
}

/// A checkpoint of gradients that are scaled is not one of gradients as they are.
#[test]
fn settings_name_the_scale() {
    let settings = |eps| (Adam::new(0.1).epsilon(eps).settings(), RmsProp::new(0.1).epsilon(eps).settings());
    let (adam, rmsprop) = settings(1e-15);
    assert!(adam.ends_with("} of gradients times 1048576"), "{adam}");
    assert!(rmsprop.ends_with("} of gradients times 1048576"), "{rmsprop}");
    let (adam, rmsprop) = settings(1e-8);
    assert!(adam.ends_with('}') && rmsprop.ends_with('}'), "{adam} {rmsprop}");
}

/// Schedules as sums and cases that say it another way than the library.
#[test]
fn schedules() {
    let cosine = |step: f64, steps: f64| (std::f64::consts::PI * step / steps / 2.0).cos().powi(2);
    type Factor<'a> = &'a dyn Fn(u64) -> f64;
    let table: [(Schedule, Factor); 9] = [
        (Schedule::Constant, &|_| 1.0),
        (Schedule::step(7, 0.5), &|step| 0.5_f64.powi((step / 7) as i32)),
        (Schedule::exponential(0.9), &|step| 0.9_f64.powi(step as i32)),
        (Schedule::cosine(30), &|step| if step < 30 { cosine(step as f64, 30.0) } else { 0.0 }),
        (Schedule::Cosine { steps: 30, floor: 0.2 }, &|step| {
            0.2 + 0.8 * if step < 30 { cosine(step as f64, 30.0) } else { 0.0 }
        }),
        (Schedule::warmup(8), &|step| (step + 1).min(8) as f64 / 8.0),
        (Schedule::warmup(8).then(8, Schedule::cosine(20)), &|step| match step {
            0..8 => (step + 1) as f64 / 8.0,
            8..28 => cosine(step as f64 - 8.0, 20.0),
            _ => 0.0,
        }),
        // Three in a row, joined from either end.
        (Schedule::warmup(4).then(4, Schedule::Constant.then(6, Schedule::exponential(0.5))), &|step| match step {
            0..4 => (step + 1) as f64 / 4.0,
            4..10 => 1.0,
            _ => 0.5_f64.powi(step as i32 - 10),
        }),
        (Schedule::warmup(4).then(4, Schedule::Constant).then(10, Schedule::step(2, 0.1)), &|step| match step {
            0..4 => (step + 1) as f64 / 4.0,
            4..10 => 1.0,
            _ => 0.1_f64.powi((step as i32 - 10) / 2),
        }),
    ];
    for (schedule, factor) in table {
        schedule.check().expect("the settings are in their ranges");
        let expected: Vec<f64> = (0..40).map(factor).collect();
        let found: Vec<f64> = (0..40).map(|step| schedule.factor(step)).collect();
        assert_close(|| format!("{schedule:?}"), &expected, &found, |_| 1e-14);
    }
}

network! {
    /// y = w x, so that a gradient is what a test wants it to be.
    struct Line { Dense<1, 1, bias = false> }
    struct Plane { Dense<3, 2, bias = false> }
    struct Wide { Dense<300, 200> -> Relu -> Dense<200, 100> }
    struct Image: [16, 9, 9] { conv: Conv2d<16, 32, (3, 5), bias = true> }
}

/// A tape with these gradients of `Plane`'s six weights.
fn tape_with(gradients: [f32; 6]) -> Tape<Plane> {
    let mut tape = Tape::new(Plane::new(Seed(0)), &Cpu::new());
    tape.forward(&[[0.0; 3]], Mode::Inference).expect("there is memory");
    tape.set_d_outputs(&[[0.0; 2]]).expect("there are outputs");
    tape.backward().expect("there is a gradient of the outputs");
    let mut all = tape.gradients().expect("the CPU has them").to_vec();
    all[..6].copy_from_slice(&gradients);
    tape.set_gradients(&all).expect("there are gradients");
    tape
}

/// The gradients of the six weights.
fn gradients_of(tape: &mut Tape<Plane>) -> [f32; 6] {
    *tape.gradients().expect("the CPU has them").first_chunk().expect("there are six")
}

#[test]
fn clipping() {
    let gradients = [3.0, -4.0, 0.0, 12.0, 0.5, -0.25];
    let length = norm(&widen(&gradients));
    for bound in [1e-3, 1.0, 13.0, 14.0, 1e6] {
        let mut tape = tape_with(gradients);
        tape.clip(Clip::Norm(bound)).expect("there are gradients");
        // `clip_grad_norm_`'s own 1e-6 included.
        let scale = (f64::from(bound) / (length + 1e-6)).min(1.0);
        let expected: Vec<f64> = gradients.iter().map(|&g| f64::from(g) * scale).collect();
        let found = widen(&gradients_of(&mut tape));
        assert_close(|| format!("norm {bound}"), &expected, &found, |g| 3e-7 * g.abs());
        if scale == 1.0 {
            assert_eq!(gradients_of(&mut tape), gradients, "gradients within the bound stay as they are");
        }
    }
    for bound in [0.1, 0.5, 3.5, 100.0_f32] {
        let mut tape = tape_with(gradients);
        tape.clip(Clip::Value(bound)).expect("there are gradients");
        assert_eq!(gradients_of(&mut tape), gradients.map(|g| g.clamp(-bound, bound)), "value {bound}");
    }
    // The sum of squares is infinite from a norm of 1.8e19 on.
    let factors: [f32; 4] = [1e17, 1e18, 1e19, 2e37];
    for (factor, bound) in factors.into_iter().flat_map(|factor| [1e-3, 1.0, 50.0, 3e38].map(|bound| (factor, bound))) {
        let great = gradients.map(|g| g * factor);
        let mut tape = tape_with(great);
        tape.clip(Clip::Norm(bound)).expect("there are gradients");
        let scale = (f64::from(bound) / norm(&widen(&great))).min(1.0);
        let expected: Vec<f64> = great.iter().map(|&g| f64::from(g) * scale).collect();
        let found = widen(&gradients_of(&mut tape));
        assert_close(|| format!("norm {bound} of {factor:e}"), &expected, &found, |g| 3e-7 * g.abs());
    }
    let mut infinite = tape_with([1.0, f32::INFINITY, 0.0, 0.0, 0.0, 0.0]);
    infinite.clip(Clip::Norm(1.0)).expect("there are gradients");
    assert!(gradients_of(&mut infinite)[1].is_nan());
    let mut zeros = tape_with([0.0; 6]);
    zeros.clip(Clip::Norm(1.0)).expect("there are gradients");
    assert_eq!(gradients_of(&mut zeros), [0.0; 6]);
}

/// One sample x = 1 with target t: the loss is (w - t)².
fn line(target: f32) -> Dataset<[f32; 1], [f32; 1]> {
    Dataset::new(vec![[1.0]], vec![[target]]).expect("the data are sound")
}

/// `Line` with a weight of so much.
fn line_at(weight: f32) -> Line {
    let mut net = Line::new(Seed(0));
    net.weights_mut().set(&Line::PLAN.params[0], [weight].into_iter()).expect("the weight is finite");
    net
}

/// SGD with a rate of 1/8 takes w from 0 towards 8 by a quarter of the way in each epoch, past the validation target.
fn descend(early: EarlyStopping, validation: f32, epochs: usize) -> (History, f32) {
    let mut net = line_at(0.0);
    let trainer = Trainer::new(Sgd::new(0.125), Mse).epochs(epochs).early_stopping(early);
    let history = trainer.fit_validated(&mut net, &line(8.0), &line(validation)).expect("training succeeds");
    (history, net.weights().values()[0])
}

#[test]
fn early_stopping() {
    // The weight after each epoch.
    let path: Vec<f32> = (0..)
        .scan(0.0, |w, _| {
            *w += (8.0 - *w) / 4.0;
            Some(*w)
        })
        .take(20)
        .collect();
    assert_eq!(path[..4], [2.0, 3.5, 4.625, 5.46875]);
    let early = |patience, min_delta, restore_best| EarlyStopping { patience, min_delta, restore_best };
    // Validation losses against 4: 4, 0.25, 0.39, 2.2, ...; the second is the least.
    let table = [
        ("no patience", early(0, 0.0, true), 4.0, 3, true, 3.5),
        ("patience 1", early(1, 0.0, true), 4.0, 4, true, 3.5),
        ("patience 2", early(2, 0.0, true), 4.0, 5, true, 3.5),
        ("not restored", early(2, 0.0, false), 4.0, 5, true, path[4]),
        ("out of epochs", early(19, 0.0, true), 4.0, 20, false, 3.5),
        ("out of epochs, not restored", early(19, 0.0, false), 4.0, 20, false, path[19]),
        // A fall from 4 to 0.25 is too small for 3.8, not for 3.7.
        ("delta 3.7", early(0, 3.7, true), 4.0, 3, true, 3.5),
        ("delta 3.8", early(0, 3.8, true), 4.0, 2, true, 2.0),
        // Falls as long as it trains.
        ("always better", EarlyStopping::new(0), 8.0, 20, false, path[19]),
    ];
    for (name, early, validation, epochs, stopped, weight) in table {
        let (history, found) = descend(early, validation, 20);
        assert_eq!((history.epochs.len(), history.stopped_early, found), (epochs, stopped, weight), "{name}");
    }
}

#[test]
fn history() {
    let (history, _) = descend(EarlyStopping::new(9), 4.0, 3);
    let mut weight = 0.0_f64;
    for (epoch, number) in history.epochs.iter().zip(1..) {
        assert_eq!(epoch.number, number);
        assert_eq!(epoch.training.loss, (8.0 - weight).powi(2), "before the step of epoch {number}");
        weight += (8.0 - weight) / 4.0;
        assert_eq!(epoch.validation.as_ref().map(|score| score.loss), Some((4.0 - weight).powi(2)), "after it");
        assert_eq!((epoch.training.accuracy, epoch.learning_rate), (None, 0.125));
    }
    assert_eq!(history.epochs.len(), 3);
    assert_eq!(history.last(), &history.epochs[2]);

    // Means over samples and not over batches, and the rate of an epoch's last step.
    let data = Dataset::new(vec![[1.0_f32]; 5], vec![[3.0], [3.0], [3.0], [3.0], [7.0]]).expect("the data are sound");
    let trainer = Trainer::new(Sgd::new(1e-30), Mse).batch(2).epochs(2).shuffle(false);
    assert_eq!(trainer.steps(data.len()), 6);
    let trainer = trainer.schedule(Schedule::exponential(0.5));
    let history = trainer.fit(&mut line_at(1.0), &data).expect("training succeeds");
    let [first, second] = &history.epochs[..] else { panic!("two epochs") };
    assert_eq!((first.training.loss, &first.validation), ((4.0 * 4.0 + 36.0) / 5.0, &None));
    assert_eq!((first.learning_rate, second.learning_rate), (1e-30 / 4.0, 1e-30 / 32.0));
    let score = trainer.evaluate(&line_at(1.0), &data).expect("the data are sound");
    assert_eq!(score.loss, first.training.loss);
}

/// A network's tensors by initialisation: their bound and standard deviation.
fn check_init<N: Network<Precision = F32>>(init: Init) {
    let net = N::with_init(init, Seed(1));
    for (param, values) in net.weights().tensors() {
        let name = format!("{init:?}, {} of {}", param.name, N::PLAN.name);
        let (fan_in, fan_out) = (param.fan_in as f64, param.fan_out as f64);
        let bound = match (init, param.role) {
            (Init::Default, _) => fan_in.powf(-0.5),
            (_, Role::Bias) => {
                assert!(values.iter().all(|&w| w == 0.0), "{name} is 0");
                continue;
            }
            (Init::KaimingUniform, _) => (6.0 / fan_in).sqrt(),
            (Init::XavierUniform, _) => (6.0 / (fan_in + fan_out)).sqrt(),
            (Init::KaimingNormal, _) => (2.0 / fan_in).sqrt() * 6.67,
            (Init::XavierNormal, _) => (2.0 / (fan_in + fan_out)).sqrt() * 6.67,
        };
        let normal = matches!(init, Init::KaimingNormal | Init::XavierNormal);
        let deviation = if normal { bound / 6.67 } else { bound / 3.0_f64.sqrt() };
        let (values, len) = (widen(&values), values.len() as f64);
        let mean = values.iter().sum::<f64>() / len;
        let found = (values.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / len).sqrt();
        let greatest = values.iter().fold(0.0_f64, |greatest, w| greatest.max(w.abs()));
        assert!(greatest <= bound * (1.0 + 1e-6), "{name}: {greatest} is beyond {bound}");
        // Five standard errors.
        assert!(mean.abs() < 5.0 * deviation / len.sqrt(), "{name}: mean {mean}");
        let error = if normal { 0.5_f64.sqrt() } else { 0.2_f64.sqrt() } / len.sqrt();
        assert!((found / deviation - 1.0).abs() < 5.0 * error, "{name}: deviation {found}, not {deviation}");
    }
}

const INITS: [Init; 5] =
    [Init::Default, Init::KaimingUniform, Init::KaimingNormal, Init::XavierUniform, Init::XavierNormal];

#[test]
fn initialisation() {
    for init in INITS {
        check_init::<Wide>(init);
        check_init::<Image>(init);
        assert_eq!(Wide::with_init(init, Seed(1)).fingerprint(), Wide::with_init(init, Seed(1)).fingerprint());
        assert_ne!(Wide::with_init(init, Seed(1)).fingerprint(), Wide::with_init(init, Seed(2)).fingerprint());
    }
    assert_eq!(Wide::new(Seed(1)).fingerprint(), Wide::with_init(Init::Default, Seed(1)).fingerprint());

    // What PyTorch calls fan_in and fan_out, of a weight and of its bias.
    let fans = |plan: &loom::plan::Plan| -> Vec<_> { plan.params.iter().map(|p| (p.fan_in, p.fan_out)).collect() };
    assert_eq!(fans(Wide::PLAN), [(300, 200), (300, 200), (200, 100), (200, 100)]);
    assert_eq!(fans(Image::PLAN), [(16 * 15, 32 * 15), (16 * 15, 32 * 15)]);
}

/// Sample i has a 1 at place i alone, so a step of a batch of one moves column i by its rate. With a rate that halves
/// from step to step, the columns tell the order of the samples.
#[test]
fn shuffling() {
    let inputs: Vec<[f32; 3]> = (0..3).map(|i| std::array::from_fn(|j| f32::from(u8::from(i == j)))).collect();
    let data = Dataset::new(inputs, vec![[1.0, 1.0]; 3]).expect("the data are sound");
    let order = |seed: u64, shuffle: bool, epoch: usize| {
        let trainer = Trainer::new(Sgd::new(1.0), Mse).batch(1).seed(Seed(seed)).shuffle(shuffle);
        let trainer = trainer.epochs(epoch).schedule(still_then_falling(3 * (epoch as u64 - 1)));
        let mut net = Plane::new(Seed(0));
        net.weights_mut().set(&Plane::PLAN.params[0], [0.0; 6].into_iter()).expect("zeros are finite");
        trainer.fit(&mut net, &data).expect("training succeeds");
        let columns = &net.weights().values()[..3];
        let mut order = [0, 1, 2];
        order.sort_by(|&a, &b| columns[b].total_cmp(&columns[a]));
        order
    };
    let orders = |seed, shuffle| -> Vec<[usize; 3]> { (1..=24).map(|epoch| order(seed, shuffle, epoch)).collect() };
    assert!(orders(1, false).iter().all(|order| *order == [0, 1, 2]), "in the data's order");
    let [one, again, two] = [1, 1, 2].map(|seed| orders(seed, true));
    assert_eq!(one, again);
    assert_ne!(one, two, "another seed has other orders");
    let distinct: BTreeSet<_> = one.iter().collect();
    assert_eq!(distinct.len(), 6, "every order comes up: {one:?}");
}

/// A rate of 0 for so many steps; then 1, 1/2, 1/4, ...
fn still_then_falling(still: u64) -> Schedule {
    Schedule::Cosine { steps: 0, floor: 0.0 }.then(still, Schedule::exponential(0.5))
}
