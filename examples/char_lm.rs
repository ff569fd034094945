//! A language model: a small transformer that learns a novel character by character, and goes on writing it.

use harness::text::{self, Markov};
use harness::{Data, Defaults, Demo, Failure, Options, Random};
use loom::prelude::*;
use std::array;
use std::process::ExitCode;

/// Characters that the model sees at a time.
const WINDOW: usize = 64;

network! {
    /// The characters of a window in, at each the scores of the one that comes next out.
    pub struct Writer: [64] {
        Embedding<64, 64> -> LearnedPositions -> Dropout<0.1> -> Block * 2 -> RmsNorm -> Dropout<0.1> -> Dense<64, 64>
    }

    /// Attention to what came before, then a gated layer for each character, both added to what comes in.
    pub struct Block: [64, 64] {
        Residual { RmsNorm -> MultiHeadAttention<64, 4, causal = true> -> Dropout<0.1> }
            -> Residual { RmsNorm -> SwiGlu<64> -> Dropout<0.1> }
    }
}

const DEFAULTS: Defaults = Defaults {
    name: "char_lm",
    about: "learns a novel character by character, and goes on writing",
    epochs: 5,
    batch: 16,
    fine_tune: 0,
};

/// What this demo takes beside the options of all.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// What the text that the model writes begins with
    #[arg(long, value_name = "TEXT", default_value = "She had been")]
    pub prompt: String,
    /// Characters to write
    #[arg(long, value_name = "N", default_value_t = 400)]
    pub length: usize,
    /// How daring the writing is: at 0.1 it takes what is likeliest almost always, at 1 by its probability
    #[arg(long, value_name = "T", default_value_t = 0.7, value_parser = temperature)]
    pub temperature: f64,
}

fn temperature(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.01..=100.0).contains(&value) => Ok(value),
        _ => Err("it is a number from 0.01 to 100".to_owned()),
    }
}

fn main() -> ExitCode {
    harness::main(DEFAULTS, demo)
}

/// Trains on nine tenths of the novel, and compares with a Markov model on the rest.
pub fn demo(options: Options, arguments: Arguments) -> Result<(), Failure> {
    let prompt = text::encode(&arguments.prompt)?;
    if prompt.is_empty() {
        return Err("an empty prompt gives nothing to go on from: write `--prompt` with a character at least".into());
    }
    let novel = text::novel()?;
    let data = Data {
        training: text::windows::<WINDOW>(&novel.training, WINDOW / 2)?,
        test: text::windows::<WINDOW>(&novel.held_out, WINDOW)?,
    };
    let trainer = options.trainer(AdamW::new(3e-3).weight_decay(0.3), CrossEntropy).clip(Clip::Norm(1.0));
    let steps = trainer.steps(data.training.len());
    let trainer = trainer.schedule(Schedule::one_cycle(steps, 0.1));

    let mut demo = Demo::new(DEFAULTS, &options)?;
    let trained = demo.train::<Writer, _, _, _, _>("", &data, &trainer)?;
    let bits = trained.score.loss / std::f64::consts::LN_2;
    let markov = Markov::fit(&novel.training).bits_per_character(&novel.held_out);
    println!("  bits       {bits:.3} a character; {markov:.3} for a Markov model of the two before");

    let net = trained.net.on(demo.cpu());
    let written =
        text::write(&mut Random::new(options.seed), &prompt, arguments.length, arguments.temperature, |tokens| {
            let seen = &tokens[tokens.len().saturating_sub(WINDOW)..];
            // What stands behind the last character is seen by none before it.
            let window: [f32; WINDOW] = array::from_fn(|i| seen.get(i).copied().map_or(0.0, f32::from));
            net.forward(&window).expect("there is memory")[seen.len() - 1]
        });
    println!("\n{}{}\n", arguments.prompt, text::decode(&written));
    demo.finish()
}
