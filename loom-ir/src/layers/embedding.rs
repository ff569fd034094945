//! Embeddings of tokens.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::{Read, Shape};
use crate::plan::{Role, Start};
use crate::sizes::{Sizes, count};

/// `Embedding<VOCABULARY, D>`: `y[t] = weight[x[t]]`, the row of the token at each step.
///
/// Shapes: input `[steps]` of token numbers, output `[steps, D]`, weight `[VOCABULARY, D]`, which begins with N(1). PyTorch's
/// `nn.Embedding`. A network whose first layer it is takes samples of `u8`, which stay bytes in memory, or `f32`.
///
/// Any value has a token: the whole part, as `as usize` gives it, and the last token where that is beyond the vocabulary; NaN
/// and what is below 0 are token 0. A `Trainer` refuses data that is not all tokens
/// (`Error::Token`) where `Embedding` is the first layer. There is no gradient of the input: it is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedding {
    /// Values of the input.
    pub steps: usize,
    /// VOCABULARY.
    pub vocabulary: usize,
    /// D.
    pub features: usize,
}

/// As many tokens as an `f32` can count without a gap.
pub const MOST_TOKENS: usize = 1 << 24;

fields!(Embedding: steps vocabulary features);

impl Describe for Embedding {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Tokens(self.vocabulary), output: Output::New, kind: Kind::Plain, saved: Saved::INPUTS }
    }

    fn params(&self, to: &mut dyn FnMut(Read)) {
        let (shape, fans) = (Shape::of(&[self.vocabulary, self.features]), [1, self.features]);
        to(Read { name: "weight", role: Role::Weight, start: Start::Normal, shape, fans });
    }

    fn constants(&self, to: &mut dyn Constants) {
        to.size("VOCABULARY", self.vocabulary);
        to.size("FEATURES", self.features);
        to.param("WEIGHT", 0);
    }

    fn sizes(&self) -> Option<Sizes> {
        let Embedding { steps, vocabulary, features } = *self;
        let input = count(&[steps]).filter(|_| vocabulary <= MOST_TOKENS)?;
        count(&[vocabulary, features])?;
        Some(Sizes::new(input, count(&[steps, features])?))
    }
}
