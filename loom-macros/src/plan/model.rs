//! A plan as the macro holds it, before it becomes the constant `loom::plan::Plan`.

use loom_ir as ir;
use loom_ir::plan::ALIGNMENT;
pub(crate) use loom_ir::plan::{Slot, Table};
use proc_macro2::Ident;

use crate::entry::{LayerSpec, Places, Role, Shape, Start, product};

/// The constant that becomes `loom::plan::Plan`.
#[derive(Default)]
pub(crate) struct Plan<'a> {
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    pub(crate) params: Vec<Param>,
    pub(crate) trained_len: usize,
    pub(crate) tables: Vec<Table>,
    pub(crate) weights_len: usize,
    pub(crate) steps: Vec<Step<'a, Slot>>,
    pub(crate) input_slot: Slot,
    pub(crate) output_slot: Slot,
    pub(crate) train_len: usize,
    pub(crate) infer_len: usize,
    pub(crate) grad_len: usize,
}

impl Plan<'_> {
    /// Number of trainable values, padding not counted.
    pub(crate) fn parameters(&self) -> usize {
        let trained = self.params.iter().filter(|param| param.role != Role::Statistic);
        trained.map(|param| product(&param.shape)).sum()
    }
}

/// One parameter tensor.
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) offset: usize,
    pub(crate) role: Role,
    pub(crate) start: Start,
    pub(crate) fan_in: usize,
    pub(crate) fan_out: usize,
}

/// One layer with where it reads and writes: `P` is a [`Place`] first and a [`Slot`] in the end.
pub(crate) struct Step<'a, P> {
    pub(crate) name: String,
    pub(crate) op: Op<'a>,
    pub(crate) input: P,
    pub(crate) output: P,
    pub(crate) skip: P,
    /// What forward leaves for backward beside the output.
    pub(crate) work: P,
}

/// An activation and its gradient before they have places, each by its number.
///
/// The two differ after a fork, whose output is its input but has a gradient of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(super) value: usize,
    pub(super) grad: usize,
}

/// Where a step leaves what it does not leave.
pub(super) const NOWHERE: Place = Place { value: usize::MAX, grad: usize::MAX };

/// What a step computes.
pub(crate) enum Op<'a> {
    Layer(Layer<'a>),
    /// The start of a `Residual` on this many values; the identifier is the user's `Residual`.
    Fork(usize, &'a Ident),
    /// Its end.
    Join(usize, &'a Ident),
}

/// A layer with all that its constant is made of.
pub(crate) struct Layer<'a> {
    pub(crate) spec: &'a dyn LayerSpec,
    pub(crate) ident: &'a Ident,
    pub(crate) input: Shape,
    /// Offsets of its parameters, and of its table of positions behind them; in a list that is not laid out yet, their numbers.
    pub(crate) params: Vec<usize>,
    pub(crate) has_table: bool,
    /// The activation that it applies to its result.
    pub(crate) epilogue: Option<(&'a dyn LayerSpec, &'a Ident)>,
    /// Which of the network's random layers it is.
    pub(crate) stream: u32,
}

impl Op<'_> {
    /// The layer as the library runs it.
    pub(crate) fn description(&self) -> ir::Layer {
        match self {
            Op::Layer(layer) => layer.description(),
            Op::Fork(len, _) => ir::layers::Fork { len: *len }.into(),
            Op::Join(len, _) => ir::layers::Join { len: *len }.into(),
        }
    }
}

impl Layer<'_> {
    /// The layer as the library runs it.
    pub(crate) fn description(&self) -> ir::Layer {
        let epilogue = self.epilogue.and_then(|(spec, _)| spec.activation());
        let places = Places {
            input: &self.input,
            params: &self.params,
            activation: epilogue.unwrap_or(ir::layers::Activation::Identity),
            stream: self.stream,
        };
        self.spec.layer(&places).expect("a step computes")
    }
}

/// The next multiple of [`ALIGNMENT`].
pub(super) fn padded(len: usize) -> usize {
    len.next_multiple_of(ALIGNMENT)
}
