//! Deep Q-learning: a network learns to balance a pole on a cart, from what it remembers of its attempts.

use harness::{Defaults, Failure, Learned, NoArguments, Options, Random, Training};
use loom::Score;
use loom::arith::{Arith, Fused};
use loom::prelude::*;
use std::process::ExitCode;

network! {
    /// The state of cart and pole in, what pushing left and right is worth out.
    pub struct Values { Dense<4, 64> -> Relu -> Dense<64, 64> -> Relu -> Dense<64, 2> }

    /// Huber's loss of the value of the action that was taken.
    loss Difference(values: [2], action: Label<2>, wanted: [1]) {
        let error = abs(sum(values * action) - wanted);
        select(error < 1.0, 0.5 * square(error), error - 0.5)
    }
}

const DEFAULTS: Defaults = Defaults {
    name: "dqn_cartpole",
    about: "learns to balance a pole on a cart by Q-learning",
    epochs: 30,
    batch: 64,
    fine_tune: 0,
};

/// Steps of an epoch, in each of so many attempts side by side.
const STEPS: u64 = 250;
const CARTS: usize = 4;
/// Steps that an attempt has at most.
const LONGEST: usize = 500;
const REMEMBERED: usize = 50_000;
const DISCOUNT: f32 = 0.99;

fn main() -> ExitCode {
    harness::main(DEFAULTS, demo)
}

/// Trains on attempts of its own.
pub fn demo(options: Options, _: NoArguments) -> Result<(), Failure> {
    harness::run_steps(DEFAULTS, &options, &Balance)
}

struct Balance;

/// A step that was taken.
struct Memory {
    state: [f32; 4],
    action: u8,
    next: [f32; 4],
    fell: bool,
}

impl Training for Balance {
    const HAS_DATA: bool = false;

    fn train(&self, options: &Options, device: &impl Device) -> Result<Learned, Failure> {
        let (mut random, net) = (Random::new(options.seed), Values::new(Seed(options.seed)));
        let (mut best, mut longest) = (net.clone(), 0);
        let mut target = Tape::new(net.clone(), device);
        let mut learner = Tape::new(net, device).optimizer(Adam::new(2e-3));
        let mut carts: Vec<_> = (0..CARTS).map(|_| (start(&mut random), 0)).collect();
        let (mut memory, mut scores) = (Vec::<Memory>::new(), Vec::new());
        for epoch in 0..options.epochs as u64 {
            let (mut loss, mut falls) = (0.0, 0);
            for step in epoch * STEPS..(epoch + 1) * STEPS {
                let mode = Mode::Training { seed: Seed(options.seed), step };
                let states: Vec<[f32; 4]> = carts.iter().map(|(state, _)| *state).collect();
                learner.forward(&states, Mode::Inference)?;
                let values = learner.outputs()?.to_vec();
                // Less and less is tried at random.
                let chance = (1.0 - step as f64 / 2000.0).max(0.05);
                for ((state, age), values) in carts.iter_mut().zip(values) {
                    let is_random = random.unit() < chance;
                    let action = if is_random { random.below(2) as u8 } else { u8::from(values[1] > values[0]) };
                    let (next, fell) = pushed(*state, action);
                    let taken = Memory { state: *state, action, next, fell };
                    match memory.len() < REMEMBERED {
                        true => memory.push(taken),
                        false => memory[random.below(REMEMBERED)] = taken,
                    }
                    (*state, *age) = (next, *age + 1);
                    if fell || *age == LONGEST {
                        falls += usize::from(fell);
                        (*state, *age) = (start(&mut random), 0);
                    }
                }
                // What an action is worth: its reward, and what an older network says that the best action after it is worth.
                let batch: Vec<&Memory> = (0..options.batch).map(|_| &memory[random.below(memory.len())]).collect();
                let next: Vec<[f32; 4]> = batch.iter().map(|taken| taken.next).collect();
                target.forward(&next, Mode::Inference)?;
                learner.forward(&next, Mode::Inference)?;
                let values = target.outputs()?.iter().zip(learner.outputs()?);
                let later = values.zip(&batch).map(|((values, [left, right]), taken)| match taken.fell {
                    true => 0.0,
                    false => 1.0 + DISCOUNT * values[usize::from(right > left)],
                });
                let wanted: Vec<_> = later.zip(&batch).map(|(later, taken)| (taken.action, [later])).collect();
                learner.forward(&batch.iter().map(|taken| taken.state).collect::<Vec<_>>(), mode)?;
                learner.loss(&Difference, &wanted)?;
                learner.backward()?;
                learner.clip(Clip::Norm(10.0))?;
                learner.step()?;
                loss = f64::from(learner.score()?.loss_sum) / options.batch as f64;
                if step % 25 == 24 {
                    target.copy_weights(&mut learner)?;
                }
            }
            let accuracy = 1.0 - falls as f64 / (STEPS * CARTS as u64) as f64;
            scores.push(Score { loss, accuracy: Some(accuracy), outputs: Vec::new() });
            // Q-learning is unsteady: the network of the best epoch counts.
            let net = learner.network()?;
            let balanced = (0..20).map(|_| attempt(net, start(&mut random))).sum::<usize>() / 20;
            if balanced > longest {
                (longest, best) = (balanced, net.clone());
            }
        }
        let result = format!("the pole stands for {longest} of {LONGEST} steps");
        Learned::new(scores, result).with("Values", &best)
    }
}

/// The steps for which a pole stands.
fn attempt(net: &Values, mut state: [f32; 4]) -> usize {
    let is_standing = |_: &usize| {
        let [left, right] = net.forward(&state);
        let (next, fell) = pushed(state, u8::from(right > left));
        state = next;
        !fell
    };
    (0..LONGEST).take_while(is_standing).count()
}

fn start(random: &mut Random) -> [f32; 4] {
    [0; 4].map(|_| random.uniform(-0.05, 0.05) as f32)
}

/// A fiftieth of a second of the cart and the pole of Barto, Sutton and Anderson (1983): place and speed, angle and its speed; and
/// whether the pole fell, or the cart left its track.
fn pushed([x, v, angle, turn]: [f32; 4], action: u8) -> ([f32; 4], bool) {
    let (sin, cos, force) = (Fused::sin(angle), Fused::cos(angle), if action == 1 { 10.0 } else { -10.0 });
    let push = (force + 0.05 * turn * turn * sin) / 1.1;
    let turning = (9.8 * sin - cos * push) / (0.5 * (4.0 / 3.0 - 0.1 * cos * cos / 1.1));
    let speeding = push - 0.05 * turning * cos / 1.1;
    let next = [x + 0.02 * v, v + 0.02 * speeding, angle + 0.02 * turn, turn + 0.02 * turning];
    (next, next[0].abs() > 2.4 || next[2].abs() > 0.209)
}
