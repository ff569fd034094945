//! A novel as characters, what a model of them is compared with, and how it writes.

use crate::{Failure, Random};
use loom::prelude::*;

/// How many characters there are.
pub const SYMBOLS: usize = 64;

/// The characters, in ASCII order; a token is a place in it.
pub const ALPHABET: &[u8; SYMBOLS] = b"\n !\"',-.0:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Jane Austen's "Persuasion"; see `examples/data/text/README.md`.
const NOVEL: &str = include_str!("../data/text/persuasion.txt");

/// The tokens of a text.
pub struct Text {
    /// Its first nine tenths.
    pub training: Vec<u8>,
    /// Its end, which is not seen in training.
    pub held_out: Vec<u8>,
}

/// The novel.
pub fn novel() -> Result<Text, Failure> {
    let mut training = encode(NOVEL)?;
    let held_out = training.split_off(training.len() / 10 * 9);
    Ok(Text { training, held_out })
}

/// The tokens of a text.
pub fn encode(text: &str) -> Result<Vec<u8>, Failure> {
    let token = |c: char| {
        let place = u8::try_from(c).ok().and_then(|byte| ALPHABET.binary_search(&byte).ok());
        let signs = "line feed, space, ! \" ' , - . 0 : ; ?";
        place.map(|place| place as u8).ok_or_else(|| {
            format!(
                "{c:?} is none of the {SYMBOLS} characters that the model knows: the letters A to Z and a to z, {signs}"
            )
        })
    };
    Ok(text.chars().map(token).collect::<Result<_, _>>()?)
}

/// The text of tokens.
pub fn decode(tokens: &[u8]) -> String {
    tokens.iter().map(|&token| char::from(ALPHABET[usize::from(token)])).collect()
}

/// Windows of `T` tokens, one every `stride`, each with the tokens that come next.
pub fn windows<const T: usize>(tokens: &[u8], stride: usize) -> Result<Dataset<[u8; T], [u8; T]>, Failure> {
    let starts = || (0..tokens.len().saturating_sub(T)).step_by(stride);
    let from = |start: usize| tokens[start..start + T].try_into().expect("a window has T tokens");
    Ok(Dataset::new(starts().map(from).collect(), starts().map(|start| from(start + 1)).collect())?)
}

/// A model that knows the next token by the two before it: how often it followed them in a text. What it has seldom seen
/// it takes from the token before, and from how common each token is (Witten and Bell, 1991).
pub struct Markov {
    /// How often each token came.
    alone: Followers,
    /// .. after each.
    after_one: Vec<Followers>,
    /// .. after each two.
    after_two: Vec<Followers>,
}

type Followers = [u32; SYMBOLS];

impl Markov {
    /// Counts what follows what in a text.
    pub fn fit(tokens: &[u8]) -> Self {
        let none = [0; SYMBOLS];
        let mut model =
            Markov { alone: none, after_one: vec![none; SYMBOLS], after_two: vec![none; SYMBOLS * SYMBOLS] };
        for window in tokens.windows(3) {
            let [a, b, c] = [0, 1, 2].map(|i| usize::from(window[i]));
            model.alone[c] += 1;
            model.after_one[b][c] += 1;
            model.after_two[SYMBOLS * a + b][c] += 1;
        }
        model
    }

    /// The probability of a token after two others.
    pub fn probability(&self, [a, b]: [u8; 2], c: u8) -> f64 {
        let [a, b, c] = [a, b, c].map(usize::from);
        let levels = [&self.alone, &self.after_one[b], &self.after_two[SYMBOLS * a + b]];
        levels.into_iter().fold(1.0 / SYMBOLS as f64, |shorter, followers| {
            let total: u32 = followers.iter().sum();
            // A token that never came here before has as much weight as there are different ones that did.
            let new = followers.iter().filter(|&&count| count > 0).count() as f64;
            if total == 0 { shorter } else { (f64::from(followers[c]) + new * shorter) / (f64::from(total) + new) }
        })
    }

    /// The mean of -log2 p over the tokens from the third on.
    pub fn bits_per_character(&self, tokens: &[u8]) -> f64 {
        let bits: f64 = tokens.windows(3).map(|w| -self.probability([w[0], w[1]], w[2]).log2()).sum();
        bits / tokens.len().saturating_sub(2).max(1) as f64
    }
}

/// Goes on from a prompt by so many tokens, each drawn by the logits that `logits` gives for all tokens before it, divided
/// by the temperature. Logits of the same bits give the same text on every machine.
pub fn write(
    random: &mut Random,
    prompt: &[u8],
    len: usize,
    temperature: f64,
    mut logits: impl FnMut(&[u8]) -> [f32; SYMBOLS],
) -> Vec<u8> {
    let mut tokens = prompt.to_vec();
    for _ in 0..len {
        let logits = logits(&tokens);
        tokens.push(draw(random, &logits, temperature));
    }
    tokens.split_off(prompt.len())
}

/// A token, each with the probability that the softmax gives it. `libm`'s exponential has the same bits everywhere.
fn draw(random: &mut Random, logits: &[f32; SYMBOLS], temperature: f64) -> u8 {
    let greatest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let weights = logits.map(|logit| libm::exp((f64::from(logit) - greatest) / temperature));
    let mut left = random.unit() * weights.iter().sum::<f64>();
    let chosen = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    // Rounding may leave a trace of the sum.
    chosen.unwrap_or(SYMBOLS - 1) as u8
}
