//! What the checker hands on: networks whose shapes are known and fit.

use std::rc::Rc;

use loom_ir::{Layer, plan};
use proc_macro2::Ident;

use crate::calculus::Expression;
use crate::consts::Consts;
use crate::entry::{LayerSpec, Shape};

/// One call of `network!`, checked.
pub(crate) struct Model {
    pub(crate) consts: Consts,
    /// Those of the structs, in their order, and then uses of blocks.
    pub(crate) networks: Vec<Network>,
    pub(crate) struct_count: usize,
}

impl Model {
    /// The networks that become types.
    pub(crate) fn structs(&self) -> &[Network] {
        &self.networks[..self.struct_count]
    }
}

/// One struct. The shapes are absent only after an error.
#[derive(Default)]
pub(crate) struct Network {
    /// What one sample is where others use it: of several inputs, all their values.
    pub(crate) input: Option<Shape>,
    pub(crate) output: Option<Shape>,
    /// What it is made of, at least one; none of a use of a block.
    pub(crate) inputs: Vec<Port>,
    pub(crate) outputs: Vec<Port>,
    pub(crate) stack: Vec<Item>,
    /// Number of layers with all repetitions written out.
    pub(crate) layers: usize,
    /// How deep structs, blocks and combinators nest in it.
    pub(crate) depth: usize,
    /// Whether nothing runs for it.
    pub(crate) is_view: bool,
    /// Whether it gives values of its input as they are.
    pub(crate) keeps_values: bool,
    /// Whether the first of its elements that computes is an `Embedding`.
    pub(crate) takes_tokens: bool,
    /// What it compares, where it is a loss.
    pub(crate) compares: Option<Compares>,
}

/// What the inputs of a loss are.
#[derive(Default)]
pub(crate) struct Compares {
    /// The struct of the network's outputs, where there are several.
    pub(crate) outputs: Option<Ident>,
    /// How many inputs are outputs of the network; the others are parts of the target.
    pub(crate) count: usize,
    /// For each part of the target, whether it is a label.
    pub(crate) labels: Vec<bool>,
}

/// An input or an output of a struct.
pub(crate) struct Port {
    pub(crate) name: String,
    pub(crate) shape: Option<Shape>,
}

impl Port {
    /// As a plan tells it.
    pub(crate) fn planned(&self) -> plan::Port<'_> {
        plan::Port { name: &self.name, shape: self.shape.as_deref().unwrap_or_default() }
    }
}

/// One element of a stack; a repeated one stands here once for each copy.
#[derive(Clone)]
pub(crate) struct Item {
    /// The path below the stack: `conv1`, `4`, `blocks.0`.
    pub(crate) name: String,
    /// The layer's name where the user wrote it.
    pub(crate) ident: Ident,
    /// The layer with its arguments, whose sizes are numbers.
    pub(crate) text: Rc<str>,
    pub(crate) kind: Kind,
    /// Whether the user's token stands for an earlier element already.
    pub(crate) is_copy: bool,
    /// The name by which others of its struct share its parameters.
    pub(crate) label: Option<String>,
    pub(crate) shares: Option<Share>,
}

impl Item {
    /// An element that reads parameters of its own.
    pub(super) fn new(name: String, ident: &Ident, kind: Kind) -> Self {
        Item { name, ident: ident.clone(), text: "".into(), kind, is_copy: false, label: None, shares: None }
    }
}

/// Parameters that an element reads of another one, by that one's label.
#[derive(Clone)]
pub(crate) enum Share {
    /// All.
    All(String),
    /// The one called `weight`.
    Weight(String),
}

/// Stacks that read one value, and what their results become.
#[derive(Clone)]
pub(crate) struct Combine {
    /// What is computed of the arms' results.
    pub(crate) layer: Layer,
    /// What the user wrote in braces.
    pub(crate) arms: Rc<[Vec<Item>]>,
    /// Whether the value that the arms read is one more result, as in `Residual { stack }`.
    pub(crate) adds_input: bool,
    pub(crate) output: Shape,
}

/// What an element of a stack is.
#[derive(Clone)]
pub(crate) enum Kind {
    Layer {
        spec: Rc<dyn LayerSpec>,
        input: Shape,
        output: Shape,
    },
    Combine(Combine),
    /// Steps that an expression or a function is.
    Expression(Rc<Expression>),
    /// Another struct, by its index in the model.
    Network(usize),
    /// A value of the struct, with which its stack begins; the input is the first, and each [`Kind::Bind`] makes the next.
    Value(usize),
    /// The end of a `let`. What follows begins with the struct's input again.
    Bind,
}
