//! What an expression is made of, with the shape of each part.

use loom_ir::Layer;
use loom_ir::layers::Reduction;
use loom_ir::plan::{Argument, Op, Start};

use super::builtin::Builtin;
use crate::entry::{Shape, product};

/// The number of a part.
pub(crate) type Id = usize;

/// The parts of an expression. Each is made of earlier ones.
#[derive(Default)]
pub(crate) struct Graph {
    parts: Vec<(What, Shape)>,
}

/// One part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// What the expression reads, by its number.
    Read(usize),
    /// A learned tensor, by its name.
    Learned(String, Start),
    Constant(f64),
    /// A value whose shape is not known: before a use gives it, and after an error. So is all that is made of it.
    Unknown,
    Apply(Builtin, Vec<Id>),
    /// Along an axis: the dimensions in front of it, its own, and those behind.
    Reduce(Reduction, Id, [usize; 3]),
    /// The same values in another shape.
    View(Id),
    /// What a layer makes of some.
    Layer(Layer, Vec<Id>),
}

impl Graph {
    /// A part of this shape; an equal one that is there already.
    pub(crate) fn part(&mut self, what: What, shape: Shape) -> Id {
        let found = self.parts.iter().position(|(other, known)| *other == what && *known == shape);
        found.unwrap_or_else(|| {
            self.parts.push((what, shape));
            self.parts.len() - 1
        })
    }

    pub(crate) fn shape(&self, id: Id) -> &[usize] {
        &self.parts[id].1
    }

    pub(crate) fn what(&self, id: Id) -> &What {
        &self.parts[id].0
    }

    /// The number, where a part is a constant.
    pub(crate) fn constant(&self, id: Id) -> Option<f64> {
        match self.parts[id].0 {
            What::Constant(number) => Some(number),
            _ => None,
        }
    }

    /// A value whose shape is not known.
    pub(crate) fn unknown(&mut self) -> Id {
        self.part(What::Unknown, Shape::new())
    }

    /// Whether the shape of a part is not known.
    pub(crate) fn is_unknown(&self, id: Id) -> bool {
        matches!(self.what(id), What::Unknown)
    }

    /// What a part is made of.
    pub(super) fn of(&self, id: Id) -> Vec<Id> {
        match self.what(id) {
            What::Read(_) | What::Learned(..) | What::Constant(_) | What::Unknown => Vec::new(),
            What::Apply(_, of) | What::Layer(_, of) => of.clone(),
            What::Reduce(_, of, _) | What::View(of) => vec![*of],
        }
    }

    /// Of each part whether the gradient of this one reaches it, through `detach` too where that is asked.
    pub(crate) fn reached(&self, id: Id, through_detach: bool) -> Vec<bool> {
        let mut reached = vec![false; self.len()];
        reached[id] = true;
        for part in (0..=id).rev() {
            if reached[part] {
                self.passes(part, through_detach).into_iter().for_each(|of| reached[of] = true);
            }
        }
        reached
    }

    /// The parts that one passes its gradient to.
    fn passes(&self, part: Id, through_detach: bool) -> Vec<Id> {
        let of = self.of(part);
        match self.what(part) {
            What::Apply(Builtin::Op(Op::Less | Op::LessEqual | Op::Equal), _) | What::Reduce(Reduction::ArgMax, ..) => {
                Vec::new()
            }
            What::Apply(Builtin::Detach, _) if !through_detach => Vec::new(),
            What::Apply(Builtin::Op(Op::Select), _) => of[1..].to_vec(),
            What::Layer(Layer::OneHot(_) | Layer::Noise(_), _) => Vec::new(),
            What::Layer(Layer::Gather(_), _) => of[..1].to_vec(),
            _ => of,
        }
    }

    /// The name of a learned tensor that this part is made of, and that no gradient of it reaches.
    pub(crate) fn unlearned(&self, id: Id) -> Option<&str> {
        let reached = self.reached(id, true);
        let mut is_needed = vec![false; self.len()];
        is_needed[id] = true;
        for part in (0..=id).rev() {
            if is_needed[part] {
                self.of(part).into_iter().for_each(|of| is_needed[of] = true);
            }
        }
        (0..=id).find_map(|part| match self.what(part) {
            What::Learned(name, _) if is_needed[part] && !reached[part] => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether a learned tensor is one of the parts.
    pub(crate) fn has_learned(&self) -> bool {
        self.parts.iter().any(|(what, _)| matches!(what, What::Learned(..)))
    }

    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }
}

/// The shape of values that go with one another, as in NumPy: shapes are aligned at their last axes, and a size of 1, or none, goes with
/// any.
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Option<Shape> {
    let dims = a.len().max(b.len());
    let size = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(dims).map_or(1, |axis| shape[axis]);
    (0..dims)
        .map(|axis| match (size(a, axis), size(b, axis)) {
            (a, b) if a == b => Some(a),
            (1, other) | (other, 1) => Some(other),
            _ => None,
        })
        .collect()
}

/// How the values of a shape are repeated for another; nothing where it repeats along more than two groups of axes.
pub(crate) fn argument(shape: &[usize], output: &[usize]) -> Option<Argument> {
    // The output's dimensions, the last one first, with whether the shape has them; neighbours of a kind are one.
    let mut runs: Vec<(bool, usize)> = Vec::new();
    for (at, &size) in output.iter().rev().enumerate().filter(|(_, size)| **size > 1) {
        let is_own = shape.len().checked_sub(at + 1).is_some_and(|axis| shape[axis] == size);
        match runs.last_mut() {
            Some((other, total)) if *other == is_own => *total *= size,
            _ => runs.push((is_own, size)),
        }
    }
    let mut runs = runs.into_iter().peekable();
    let mut next = |wanted: bool| runs.next_if(|(is_own, _)| *is_own == wanted).map_or(1, |(_, size)| size);
    let [inner, len, middle, outer, _] = [false, true, false, true, false].map(&mut next);
    if runs.next().is_some() {
        return None;
    }
    let whole = product(output);
    // What is repeated as a whole has one form.
    let inner = if len == 1 { whole } else { inner };
    let span = if outer == 1 { inner * len } else { inner * len * middle };
    Some(Argument { inner, len, span, outer })
}
