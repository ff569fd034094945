//! What `network!` knows of a network: plain numbers, constants of the user's crate.
//!
//! All lengths and offsets count elements (not bytes) and are **per sample**; the executor multiplies them by the batch, the
//! one number that is known only at run time. The macro has checked every size; a plan may also be written by hand, and so
//! each is checked once more before it runs ([`Plan::check`]).

mod check;
#[cfg(test)]
mod tests;

pub use check::PlanError;
#[doc(inline)]
pub use loom_ir::plan::{Role, Slot, Start, Table};

use crate::fingerprint::Fingerprint;
use hmac_sha256::Hash as Sha256;
use loom_ir::Layer;

/// A network as the macro planned it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// The struct's name.
    pub name: &'static str,
    /// Shape of one input sample.
    pub input: &'static [usize],
    /// Shape of one output sample.
    pub output: &'static [usize],
    /// The parameter tensors, in the order of the stack.
    pub params: &'static [Param],
    /// The part of the flat parameter buffer that optimizers move, from its start on. Statistics and tables lie behind it.
    pub trained_len: usize,
    /// Tables of positions, which are constant.
    pub tables: &'static [Table],
    /// Length of the flat parameter buffer, padding and tables included.
    pub weights_len: usize,
    /// What to run, first to last. Backward runs it last to first.
    pub steps: &'static [Step],
    /// Where the input is copied to.
    pub input_slot: Slot,
    /// Where the output is found; the input's slot when there are no steps.
    pub output_slot: Slot,
    /// Activations to hold per sample while training: every slot has its own place.
    pub train_len: usize,
    /// Activations to hold per sample for inference: slots share places once they are no longer read.
    pub infer_len: usize,
    /// Gradients of activations to hold per sample: slots share places once they are no longer read.
    pub grad_len: usize,
}

impl Plan {
    /// SHA-256 of all that the plan says: equal for networks that compute the same.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Sha256::hash(format!("{self:?}").as_bytes()))
    }

    /// Length of the part of the flat parameter buffer behind the trained one that holds running means.
    pub(crate) fn statistics_len(&self) -> usize {
        let end = self.tables.first().map_or(self.weights_len, |table| table.offset);
        end - self.trained_len
    }

    /// Elements of scratch that backward needs for each sample.
    pub(crate) fn scratch_len(&self) -> usize {
        self.steps.iter().map(|step| step.layer.description().scratch()).max().unwrap_or(0)
    }

    /// Number of trainable values, padding not counted.
    pub const fn parameters(&self) -> usize {
        let (mut total, mut i) = (0, 0);
        while i < self.params.len() {
            if !matches!(self.params[i].role, Role::Statistic) {
                total += self.params[i].len();
            }
            i += 1;
        }
        total
    }
}

/// One parameter tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param {
    /// Its name in a safetensors file, as PyTorch would name it: `conv1.weight`, `4.bias`.
    pub name: &'static str,
    /// Its shape in PyTorch's layout: `[out, in]` for `Dense`, `[out, in, k]` for `Conv1d`, `[out, in, kh, kw]` for `Conv2d`.
    pub shape: &'static [usize],
    /// Where it starts in the flat parameter buffer; a multiple of 4 elements (16 bytes).
    pub offset: usize,
    /// What it does.
    pub role: Role,
    /// What it begins with, where [`Init`](crate::Init) does not say otherwise.
    pub start: Start,
    /// Inputs that one output sums over (PyTorch's `fan_in`); a bias carries its layer's.
    pub fan_in: usize,
    /// Outputs that one input reaches (PyTorch's `fan_out`); a bias carries its layer's.
    pub fan_out: usize,
}

impl Param {
    /// Number of values in the tensor.
    pub const fn len(&self) -> usize {
        let (mut len, mut i) = (1, 0);
        while i < self.shape.len() {
            len *= self.shape[i];
            i += 1;
        }
        len
    }

    /// Whether the tensor has no values; never so in a plan, whose sizes are all at least 1.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Outputs of the layer that the tensor belongs to: its first dimension.
    pub const fn rows(&self) -> usize {
        self.shape[0]
    }

    /// Values for each output: the product of its other dimensions.
    pub const fn columns(&self) -> usize {
        self.len() / self.shape[0]
    }

    /// The elements of the flat parameter buffer that the tensor takes.
    pub const fn range(&self) -> core::ops::Range<usize> {
        self.offset..self.offset + self.len()
    }
}

/// One layer of the plan, with where it reads and writes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The layer's name, as in its parameters' names: `conv1`, `4`, `3.0`.
    pub name: &'static str,
    /// What to compute.
    pub layer: Layer,
    /// What it reads.
    pub input: Slot,
    /// What it writes.
    pub output: Slot,
    /// The other end of a `Residual`: for its `Fork`, the `Join`'s output (whose gradient the fork adds); for its
    /// `Join`, the fork's input (which the join adds). Equal to `input` in every other layer.
    pub skip: Slot,
    /// What forward leaves for backward beside the output; of length 0 in most layers.
    pub work: Slot,
}
