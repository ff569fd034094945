//! Recurrent layers.

use super::{Constants, Describe};
use crate::facts::{Factors, Facts, Input, Kind, MatrixProduct, Output, Saved};
use crate::fields::{choice, fields};
use crate::params::{Read, Shape};
use crate::plan::{Role, Start};
use crate::sizes::{Sizes, count};

/// `Rnn<IN, HIDDEN, relu = false>`: `h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh)` (Elman, "Finding structure in time",
/// Cognitive Science 14, 1990), with relu in place of tanh for `relu = true`.
///
/// Shapes: input `[steps, IN]`, output `[steps, HIDDEN]`, `weight_ih_l0` `[HIDDEN, IN]`, `weight_hh_l0` `[HIDDEN, HIDDEN]`,
/// `bias_ih_l0` and `bias_hh_l0` `[HIDDEN]`; h begins with 0. PyTorch's `nn.RNN(IN, HIDDEN, batch_first=True)`. Computed as a
/// [`Dense`](super::Dense) and a [`Recurrence`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rnn;

/// `Lstm<IN, HIDDEN>`: long short-term memory (Hochreiter and Schmidhuber, Neural Computation 9, 1997) with forget gates
/// (Gers et al., 2000).
///
/// `i, f, o = sigmoid(p)` and `g = tanh(p)` of `p = W_ih x_t + b_ih + W_hh h_(t-1) + b_hh`, whose rows are i, f, g, o one after
/// the other; `c_t = f c_(t-1) + i g` and `h_t = o tanh(c_t)`.
///
/// Shapes: input `[steps, IN]`, output `[steps, HIDDEN]`, `weight_ih_l0` `[4 · HIDDEN, IN]`, `weight_hh_l0`
/// `[4 · HIDDEN, HIDDEN]`, `bias_ih_l0` and `bias_hh_l0` `[4 · HIDDEN]`; h and c begin with 0. PyTorch's
/// `nn.LSTM(IN, HIDDEN, batch_first=True)`. Computed as a [`Dense`](super::Dense) and a [`Recurrence`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lstm;

/// `Gru<IN, HIDDEN>`: gated recurrent units (Cho et al., arXiv:1406.1078).
///
/// With `z = W_ih x_t + b_ih` and `a = W_hh h_(t-1) + b_hh`, whose rows are r, u, n one after the other:
/// `r = sigmoid(z_r + a_r)`, `u = sigmoid(z_u + a_u)`, `n = tanh(z_n + r a_n)` and `h_t = (1 - u) n + u h_(t-1)`. (PyTorch calls
/// u z.)
///
/// Shapes: input `[steps, IN]`, output `[steps, HIDDEN]`, `weight_ih_l0` `[3 · HIDDEN, IN]`, `weight_hh_l0`
/// `[3 · HIDDEN, HIDDEN]`, `bias_ih_l0` and `bias_hh_l0` `[3 · HIDDEN]`; h begins with 0. PyTorch's
/// `nn.GRU(IN, HIDDEN, batch_first=True)`. Computed as a [`Dense`](super::Dense) and a [`Recurrence`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gru;

/// What a [`Recurrence`] computes at each step, unit by unit, from z, a and what was before.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// `h = tanh(z + a)`.
    Tanh,
    /// `h = relu(z + a)`.
    Relu,
    /// [`Lstm`]'s.
    Lstm,
    /// [`Gru`]'s.
    Gru,
}

choice!("layers" Cell: Tanh Relu Lstm Gru);

impl Cell {
    /// Rows of z and a for each unit.
    pub const fn gates(self) -> usize {
        match self {
            Cell::Tanh | Cell::Relu => 1,
            Cell::Lstm => 4,
            Cell::Gru => 3,
        }
    }

    /// Values that a step leaves for backward, for each unit: i, f, g, o and c; or r, u, n and a_n.
    pub const fn work(self) -> usize {
        match self {
            Cell::Tanh | Cell::Relu => 0,
            Cell::Lstm => 5,
            Cell::Gru => 4,
        }
    }
}

/// The part of `Rnn`, `Lstm` and `Gru` that goes from step to step: h from z, the inputs' share of what the cells see.
///
/// `a_t[j] = flush(Σ_k W[j, k] h_(t-1)[k] + b[j])`, the sum by `mul_add`, k ascending from +0, and empty for the first step; then
/// the [`Cell`], in which each sum, product and function is flushed.
///
/// Shapes: input (z) `[steps, gates · hidden]`, output (h) `[steps, hidden]`, weight `[gates · hidden, hidden]`, bias
/// `[gates · hidden]`.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recurrence {
    /// What a step computes.
    pub cell: Cell,
    /// Steps of a sample.
    pub steps: usize,
    /// HIDDEN.
    pub hidden: usize,
}

impl Recurrence {
    /// Values of z and a at one step.
    #[inline]
    pub fn width(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    /// Values that one step leaves for backward.
    #[inline]
    pub fn work_width(&self) -> usize {
        self.cell.work() * self.hidden
    }

    /// How much of d_a is beside d_z, for one sample: only in a GRU are they not the same.
    #[inline]
    pub fn d_recurrent_len(&self) -> usize {
        if self.cell == Cell::Gru { self.steps * self.width() } else { 0 }
    }
}

fields!(Recurrence: cell steps hidden);

impl Describe for Recurrence {
    #[inline]
    fn facts(&self) -> Facts {
        let product = MatrixProduct { has_bias: true, factors: Factors::Outputs, activation: None, wants_panels: true };
        Facts { input: Input::Computed, output: Output::New, kind: Kind::MatrixProduct(product), saved: Saved::OUTPUT }
    }

    fn params(&self, to: &mut dyn FnMut(Read)) {
        let (width, start) = (self.width(), Start::FanIn);
        let (shape, fans) = (Shape::of(&[width, self.hidden]), [self.hidden, width]);
        to(Read { name: "weight_hh_l0", role: Role::Weight, start, shape, fans });
        to(Read { name: "bias_hh_l0", role: Role::Bias, start, shape: Shape::of(&[width]), fans });
    }

    fn constants(&self, to: &mut dyn Constants) {
        to.size("STEPS", self.steps);
        to.size("HIDDEN", self.hidden);
        to.param("WEIGHT", 0);
        to.param("BIAS", 1);
        match self.cell {
            Cell::Tanh => to.flag("RELU", false),
            Cell::Relu => to.flag("RELU", true),
            Cell::Lstm | Cell::Gru => {}
        }
    }

    fn sizes(&self) -> Option<Sizes> {
        let Recurrence { cell, steps, hidden } = *self;
        let width = count(&[cell.gates(), hidden])?;
        let work = if cell.work() == 0 { 0 } else { count(&[steps, cell.work(), hidden])? };
        count(&[width, hidden])?;
        let (input, output) = (count(&[steps, width])?, count(&[steps, hidden])?);
        // There is nothing to multiply at the first step.
        let sizes = Sizes::new(input, output).multiply_adds(&[steps - 1, width, hidden]);
        Some(sizes.work(work).scratch(output + self.d_recurrent_len()))
    }
}
