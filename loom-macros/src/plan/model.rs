//! A network on its way to a plan: a list of steps whose values have no places yet.

use loom_ir::plan::{ALIGNMENT, Operand, Port, Slot, Table};
use loom_ir::{Layer, Read};
use proc_macro2::Ident;

use crate::calculus::ProgramBuf;
use crate::entry::product;

/// A network as a list of steps.
pub(crate) struct List<'a> {
    pub(crate) inputs: Vec<Port<'a>>,
    pub(crate) outputs: Vec<Port<'a>>,
    pub(crate) steps: Vec<Step<'a>>,
    pub(crate) params: Vec<Param>,
    pub(crate) tables: Vec<Table>,
    pub(crate) programs: Vec<ProgramBuf>,
    /// What steps read and write, with their places once `slots` has given them. The network's input is value 0.
    pub(crate) values: Vec<Slot>,
    /// The value that comes out of the last step.
    pub(super) last: usize,
    /// Lengths of the activations in training and in inference, and of the gradients.
    pub(super) lens: [usize; 3],
    /// Lengths of the parameters that are trained, and of all parameters and tables.
    pub(super) weights_lens: [usize; 2],
}

/// One layer with what it reads and writes, by their indices in the [`List`].
pub(crate) struct Step<'a> {
    pub(crate) name: String,
    pub(crate) layer: Layer,
    pub(crate) source: Source<'a>,
    /// The shape of its output, unless it is a part of a layer before the last.
    pub(crate) shape: Option<&'a [usize]>,
    pub(crate) operands: Vec<Operand>,
    pub(crate) output: usize,
    pub(crate) work: Option<usize>,
    pub(crate) params: Vec<usize>,
    /// Where it leaves their gradients, once `layout` has said so; none where it sets all of them.
    pub(crate) d_params: Vec<usize>,
    pub(crate) table: Option<usize>,
    pub(crate) program: Option<usize>,
}

/// Where the user wrote a step.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) ident: &'a Ident,
    /// The layer with its arguments; nothing for a part of it.
    pub(crate) text: &'a str,
    /// The type that documents the layer, where it is not its own.
    pub(crate) alias: Option<&'static str>,
    /// The activation function that became part of the layer.
    pub(crate) activation: Option<&'a Ident>,
}

/// A parameter tensor under its full name.
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) read: Read,
    /// Its place, once `layout` has given it.
    pub(super) offset: usize,
}

impl Param {
    pub(super) fn len(&self) -> usize {
        product(&self.read.shape)
    }
}

/// The next multiple of [`ALIGNMENT`].
pub(super) fn padded(len: usize) -> usize {
    len.next_multiple_of(ALIGNMENT)
}
