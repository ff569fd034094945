//! What evaluates the losses of a batch on a GPU.

use super::GpuError;
use super::session::{Dispatch, Session};
use crate::plan::Plan;
use crate::plan::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::run::shader::Base;
use crate::shaders::{COMPARE, D_OUTPUTS, Storage, TOTAL};
use crate::training::custom::{CustomShaders, custom_shaders};
use crate::training::loss::{Term, shaders};

/// What evaluates the terms of a loss, in this order.
#[derive(Debug)]
pub(super) struct Losses {
    pub(super) custom: Vec<CustomLoss>,
    /// The losses, their gradients and the totals.
    pub(super) evaluate: Vec<Dispatch>,
    /// Brings the gradients of custom losses to the network's output.
    pub(super) custom_backward: Vec<Dispatch>,
}

/// A loss that `network!` wrote: a plan that runs behind the network's.
#[derive(Debug)]
pub(super) struct CustomLoss {
    /// Brings what it compares into its input.
    pub(super) compare: Dispatch,
    pub(super) forward: Vec<Dispatch>,
}

/// What the buffers of a session need for the terms of a loss.
pub(super) struct LossRoom {
    /// Where the values of the last custom loss end, or those of the network.
    pub(super) end: Base,
    /// Losses of a sample, of the term that has most.
    pub(super) rows: usize,
    /// Scratch that the steps of a custom loss need, of the one that needs most.
    pub(super) steps: usize,
}

impl LossRoom {
    /// For batches of at most `capacity` samples.
    pub(super) fn new(terms: &[Term], plan: &Plan, capacity: usize) -> Self {
        let custom = custom_shaders(terms, plan);
        let steps = custom.iter().map(|custom| custom.loss.plan.scratch_len().saturating_mul(capacity));
        LossRoom {
            end: custom.last().map_or_else(|| Base::end_of(plan), |custom| custom.end),
            rows: terms.iter().map(Term::rows).max().unwrap_or(0),
            steps: steps.max().unwrap_or(0),
        }
    }

    /// Elements of scratch that the kernels of the losses need: a loss and a hit for each row.
    pub(super) fn scratch(&self, capacity: usize) -> usize {
        (2 * self.rows).saturating_mul(capacity)
    }
}

impl Losses {
    pub(super) fn new(session: &Session, terms: &[Term]) -> Result<Self, GpuError> {
        let mut losses = Losses { custom: Vec::new(), evaluate: Vec::new(), custom_backward: Vec::new() };
        for shaders in custom_shaders(terms, session.plan) {
            let CustomShaders { loss, base, compare, d_outputs, .. } = &shaders;
            let compare = session.dispatch(compare, Launch::new(&COMPARE, PerSample(loss.plan.input_slot().len)))?;
            let forward = session.forward_of(loss.plan, *base, |shader| (Storage::Values, shader.constants()))?;
            losses.custom.push(CustomLoss { compare, forward });
            losses.custom_backward.extend(session.backward(loss.plan, *base, true)?);
            losses.custom_backward.push(session.dispatch(d_outputs, Launch::new(&D_OUTPUTS, PerSample(loss.outputs)))?);
        }
        for ((kernel, header), term) in shaders(terms, session.plan).iter().zip(terms) {
            losses.evaluate.push(session.dispatch(header, Launch::new(kernel, PerSample(term.rows())))?);
            losses.evaluate.push(session.dispatch(header, Launch::new(&TOTAL, Fixed(1)))?);
        }
        Ok(losses)
    }
}
