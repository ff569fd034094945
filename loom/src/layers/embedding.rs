//! `Embedding`: forward, backward and its GPU launches.

use super::Embedding;
use crate::kernels::{CHUNK_ROWS, LANES, run_kernel};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

pub(super) const TOKEN: &str = include_str!("embedding/token.wgsl");
const FORWARD: Kernel = Kernel::weighted(Form::Items, &[TOKEN, include_str!("embedding/forward.wgsl")]);
/// A column is a value of the weight; a row is a token of the batch.
const D_WEIGHT: Kernel =
    Kernel::backward("d_weight", Form::ColumnSums, &[TOKEN, include_str!("embedding/d_weight.wgsl")]);
/// That of what has no gradient.
pub(super) const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[include_str!("embedding/d_input.wgsl")]);

/// The number of one of so many tokens: the whole part of x, the last where that is beyond, 0 for NaN and below 0.
#[inline(always)]
pub(super) fn token_of<T: Element>(vocabulary: usize, x: T) -> usize {
    (x.to_f64() as usize).min(vocabulary - 1)
}

impl Operator for Embedding {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let weight = cx.weights.matrix(cx.offsets.param(0), [self.vocabulary, self.features]);
        cx.threads.split_mut(cx.output, self.features, self.features, |first, output| {
            for (y, &x) in output.chunks_exact_mut(self.features).zip(&cx.input[first..]) {
                weight.read_row(token_of(self.vocabulary, x), y);
            }
        });
    }

    /// `d_weight[v]` = Σ of `d_y[t]` over the steps t of all samples whose token is v.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let d_weight = &mut cx.d_weights[cx.offsets.gradient(0)..][..self.vocabulary * self.features];
        let (input, d_output) = (cx.input, &*cx.d_output);
        // Each looks at all tokens.
        let cost = input.len() + d_output.len() / self.vocabulary;
        cx.threads.split_all_mut([d_weight], [self.features], cost, 1, |first, [sums]| {
            run_kernel!(A, move || token_sums::<A>(self, first, input, d_output, sums));
        });
        if let Some(d_input) = cx.d_input.as_deref_mut() {
            d_input.fill(A::T::ZERO);
        }
    }

    fn launches(&self) -> Vec<Launch> {
        vec![
            Launch::new(&FORWARD, PerSample(self.steps * self.features)),
            Launch::new(&D_WEIGHT, Fixed(self.vocabulary * self.features)),
            Launch::new(&D_INPUT, PerSample(self.steps)),
        ]
    }
}

/// The sum of the rows of `d_output` of each token, for those from token `first` on: chunks of 64 rows, each added up in order from +0;
/// then the chunks in order. Rows of other tokens would add +0, which changes no sum that begins with it.
#[inline(always)]
fn token_sums<A: Arith>(embedding: &Embedding, first: usize, input: &[A::T], d_output: &[A::T], sums: &mut [A::T]) {
    let features = embedding.features;
    let own = first..first + sums.len() / features;
    sums.fill(A::T::ZERO);
    for (x, d_y) in input.chunks(CHUNK_ROWS).zip(d_output.chunks(CHUNK_ROWS * features)) {
        let mut tokens = [0; CHUNK_ROWS];
        tokens.iter_mut().zip(x).for_each(|(token, &x)| *token = token_of(embedding.vocabulary, x));
        let tokens = &tokens[..x.len()];
        for (row, token) in tokens.iter().enumerate() {
            // The first row of a token adds up all of the chunk.
            if !own.contains(token) || tokens[..row].contains(token) {
                continue;
            }
            let total = &mut sums[(token - first) * features..][..features];
            for (block, total) in total.chunks_mut(LANES).enumerate() {
                let mut partial = [A::T::ZERO; LANES];
                for (row, other) in tokens.iter().enumerate().skip(row) {
                    if other == token {
                        let d_y = &d_y[row * features + block * LANES..][..total.len()];
                        partial.iter_mut().zip(d_y).for_each(|(sum, &d_y)| *sum = *sum + d_y);
                    }
                }
                total.iter_mut().zip(partial).for_each(|(total, partial)| *total = *total + partial);
            }
        }
    }
    sums.iter_mut().for_each(|sum| *sum = A::flush(*sum));
}
