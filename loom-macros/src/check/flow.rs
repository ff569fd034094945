//! The shape between two layers, and what has a shape.

use std::collections::HashSet;
use std::rc::Rc;

use super::model::{Item, Kind};
use crate::ast::{Block, Node, Struct};
use crate::entry::{Origin, Shape};

/// The shape between two layers, and who gave it.
#[derive(Clone)]
pub(super) struct Flow<'a> {
    /// Not known before the first layer fixes it, and after some errors.
    pub(super) shape: Option<Shape>,
    pub(super) origin: Option<Origin<'a>>,
    /// Whether the next layer shall fix the input shape.
    pub(super) is_open: bool,
    /// The input shape that the first layer fixed.
    pub(super) fixed: Option<Shape>,
    /// The shape in front of the layer that gave this one.
    pub(super) before: Option<Shape>,
    /// The struct whose several inputs this is: no layer takes them together.
    pub(super) several: Option<&'a Struct>,
    /// The layer of this stack to change for another shape: the one that gave it, or else the last that has sizes. With the shape
    /// in front of it.
    pub(super) last: Option<Rc<(Origin<'a>, Shape)>>,
    /// The last layer that computed something, so that the values are no longer those of the network's input.
    pub(super) computed: Option<Origin<'a>>,
}

impl<'a> Flow<'a> {
    /// The declared input shape of a struct.
    pub(super) fn input(shape: Shape, decl: &'a Struct) -> Self {
        Self { shape: Some(shape), origin: Some(Origin::Input(decl)), ..Self::lost() }
    }

    /// An input shape that the first layer has to fix.
    pub(super) fn open() -> Self {
        Self { is_open: true, ..Self::lost() }
    }

    /// All inputs of a struct that has several.
    pub(super) fn several(decl: &'a Struct) -> Self {
        Self { several: Some(decl), ..Self::lost() }
    }

    /// A shape that an error, reported already, made unknown. No layer says anything of it.
    pub(super) fn lost() -> Self {
        Self {
            shape: None,
            origin: None,
            is_open: false,
            fixed: None,
            before: None,
            several: None,
            last: None,
            computed: None,
        }
    }

    /// The flow after a layer: another shape, or an unknown one after an error.
    pub(super) fn then(self, shape: Option<Shape>, origin: Option<Origin<'a>>) -> Self {
        Self { shape, origin, is_open: false, before: None, several: None, ..self }
    }

    /// The flow after a layer whose output is unknown.
    pub(super) fn unknown(self) -> Self {
        self.then(None, None)
    }

    /// Fixes the input shape.
    pub(super) fn fix(&mut self, shape: &Shape) {
        self.is_open = false;
        self.shape = Some(shape.clone());
        self.fixed = Some(shape.clone());
    }
}

/// A value that stacks may begin with.
#[derive(Clone)]
pub(super) struct Bound<'a> {
    pub(super) name: String,
    pub(super) flow: Flow<'a>,
    pub(super) is_read: bool,
}

impl<'a> Bound<'a> {
    /// The input of a struct or a block.
    pub(super) fn input(name: &str, flow: Flow<'a>) -> Self {
        Self { name: name.to_owned(), flow, is_read: true }
    }
}

/// An element that has a name, by which it may be used again.
#[derive(Clone)]
pub(super) struct Label<'a> {
    pub(super) name: String,
    pub(super) node: &'a Node,
    /// What it is and takes; nothing after an error.
    pub(super) element: Option<(Kind, Shape)>,
    pub(super) count: Count,
}

/// How many elements a name stands for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Count {
    One,
    /// Another element has the same name.
    Two,
    /// It is repeated, or something around it is.
    Many,
}

/// The values of a struct or a block, of which the input is the first.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    pub(super) body: &'a Block,
    pub(super) values: Vec<Bound<'a>>,
    /// How many of them are inputs, of which the first is the whole sample.
    pub(super) inputs: usize,
    /// How many `let`s have given theirs.
    pub(super) lets: usize,
    /// Values that were read before they were there.
    pub(super) awaited: HashSet<String>,
    /// The elements that have a name so far.
    pub(super) labels: Vec<Label<'a>>,
    /// Whether a layer looks up tokens in the input.
    pub(super) takes_tokens: bool,
}

/// A use of a block, as far as it decides what the block is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Use {
    pub(super) block: String,
    pub(super) sizes: Vec<usize>,
    /// The shape that it takes.
    pub(super) shape: Option<Shape>,
    /// Whether it is to fix that shape.
    pub(super) is_open: bool,
    /// Whether a layer computes what it takes.
    pub(super) is_computed: bool,
}

/// What came of a use of a block.
pub(super) struct Outcome {
    /// The network that it is.
    pub(super) index: usize,
    pub(super) misfit: Option<Misfit>,
}

/// Why a use of a block is wrong.
pub(super) struct Misfit {
    /// What the layer in the block says, and its line.
    pub(super) text: String,
    pub(super) line: usize,
    /// The size that would fit: its position, its value, and the network that the use would be.
    pub(super) change: Option<(usize, usize, usize)>,
}

/// The name of a struct's input.
pub(super) const INPUT: &str = "input";

/// What stands in the braces of a struct or a block, checked.
pub(super) struct Body<'a> {
    pub(super) items: Vec<Item>,
    /// Whether a layer looks up tokens in the input.
    pub(super) takes_tokens: bool,
    /// What it gives.
    pub(super) flow: Flow<'a>,
    pub(super) values: Vec<Bound<'a>>,
}
