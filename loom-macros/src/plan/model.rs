//! A network on its way to a plan: a list of steps whose values have no places yet.

use loom_ir::plan::ALIGNMENT;
use loom_ir::{Layer, Read};
use proc_macro2::Ident;

use crate::entry::product;

/// A network as a list of steps.
pub(crate) struct List<'a> {
    pub(crate) input: &'a [usize],
    pub(crate) output: &'a [usize],
    pub(crate) steps: Vec<Step<'a>>,
    pub(crate) params: Vec<Param>,
    /// Shapes of the tables.
    pub(crate) tables: Vec<[usize; 2]>,
    /// What steps read and write.
    pub(crate) values: Vec<Value>,
    /// Length of each activation.
    pub(super) activations: Vec<usize>,
    /// Length of each gradient.
    pub(super) grads: Vec<usize>,
    /// The value that comes out of the last step; the network's input is value 0.
    pub(super) last: usize,
}

/// One layer with what it reads and writes, by their indices in the [`List`].
pub(crate) struct Step<'a> {
    pub(crate) name: String,
    pub(crate) layer: Layer,
    pub(crate) source: Source<'a>,
    pub(crate) input: usize,
    pub(crate) output: usize,
    pub(crate) skip: Option<usize>,
    pub(crate) work: Option<usize>,
    pub(crate) params: Vec<usize>,
    pub(crate) table: Option<usize>,
}

/// Where the user wrote a step.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) ident: &'a Ident,
    /// The type that documents the layer, where it is not its own.
    pub(crate) alias: Option<&'static str>,
    /// The activation function that became part of the layer.
    pub(crate) activation: Option<&'a Ident>,
}

/// A parameter tensor under its full name.
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) read: Read,
}

impl Param {
    pub(super) fn len(&self) -> usize {
        product(&self.read.shape)
    }
}

/// An activation and its gradient, each by its number.
///
/// The two differ after a fork, whose output is its input but has a gradient of its own. What a step leaves for backward beside
/// its output has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value {
    pub(super) activation: usize,
    pub(super) grad: Option<usize>,
}

/// The next multiple of [`ALIGNMENT`].
pub(super) fn padded(len: usize) -> usize {
    len.next_multiple_of(ALIGNMENT)
}
