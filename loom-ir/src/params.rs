//! The parameters that a layer reads.

use crate::layers::Constants;
use crate::plan::{Role, Start};
use core::ops::Deref;

/// A parameter as its layer reads it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Read {
    /// What PyTorch calls it within the layer.
    pub name: &'static str,
    /// What it does.
    pub role: Role,
    /// What it begins with.
    pub start: Start,
    /// Its shape in PyTorch's layout.
    pub shape: Shape,
    /// Inputs that one output sums over, and outputs that one input reaches; a bias carries those of its layer.
    pub fans: [usize; 2],
}

impl Read {
    /// A value for each channel or column.
    pub(crate) fn vector(name: &'static str, len: usize, role: Role, start: Start) -> Self {
        Read { name, role, start, shape: Shape::of(&[len]), fans: [1, 1] }
    }
}

/// A shape of at most four dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    sizes: [usize; 4],
    dims: usize,
}

impl Shape {
    /// The shape of these dimensions.
    ///
    /// # Panics
    /// Where there are more than four.
    pub fn of(shape: &[usize]) -> Self {
        let mut sizes = [1; 4];
        sizes[..shape.len()].copy_from_slice(shape);
        Shape { sizes, dims: shape.len() }
    }
}

impl Deref for Shape {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.sizes[..self.dims]
    }
}

/// A weight, and a bias of its first dimension where there is one.
pub(crate) fn weight_and_bias(shape: &[usize], fans: [usize; 2], bias: bool, to: &mut dyn FnMut(Read)) {
    let start = Start::FanIn;
    to(Read { name: "weight", role: Role::Weight, start, shape: Shape::of(shape), fans });
    if bias {
        to(Read { name: "bias", role: Role::Bias, start, shape: Shape::of(&shape[..1]), fans });
    }
}

/// Where both lie.
pub(crate) fn weight_and_bias_constants(bias: bool, to: &mut dyn Constants) {
    to.param("WEIGHT", 0);
    match bias {
        true => to.param("BIAS", 1),
        false => ["BIAS", "D_BIAS"].into_iter().for_each(|name| to.size(name, 0)),
    }
    to.flag("HAS_BIAS", bias);
}
