//! The functions of an expression that look at axes: reductions, and those that change a shape.

use loom_ir::layers::{BatchMatMul, Permute, Reduction};
use loom_ir::plan::Op;
use proc_macro2::TokenStream;
use quote::ToTokens;

use super::walk::{Result, Scope, Walk};
use crate::calculus::{Builtin, Id, What};
use crate::entry::{Shape, count, join, product};
use crate::expr::{FnCall, Setting};
use crate::size::{MAX, MAX_DIMS, values};

impl Walk<'_> {
    /// `sum(x)`, `mean(x, axis = 1)` and so on.
    pub(super) fn reduction(&mut self, call: &FnCall, name: &str, scope: &Scope<'_>) -> Result<Id> {
        self.takes(call, 1)?;
        let x = self.value(&call.arguments[0], scope)?;
        let shape = self.graph.shape(x).to_vec();
        let place = call.name.to_token_stream();
        let mut is_unknown = self.graph.is_unknown(x);
        if shape.is_empty() && !is_unknown {
            return self.error(place, format!("`{name}` takes a value with axes, but this is a constant"));
        }
        let (mut axis, mut keeps) = (None, false);
        let takes_keep = name != "softmax";
        for (at, (option, setting)) in call.options.iter().enumerate() {
            if call.options[..at].iter().any(|(other, _)| other == option) {
                // args_c3: an option is given once.
                return self.error(option, format!("`{option}` is given twice"));
            }
            match (option.to_string().as_str(), setting) {
                ("axis", Setting::Size(size)) => match scope.consts.evaluate(size, self.errors) {
                    Some(number) if number >= shape.len() && !is_unknown => {
                        // expr_c9: an axis is one of the value's.
                        let last = shape.len() - 1;
                        return self.error(size, format!("`{name}` goes along axis {number}, but the value is {shape:?}, whose last axis is {last}; write `axis = {last}`"));
                    }
                    Some(number) => axis = Some(number),
                    None => is_unknown = true,
                },
                ("keep", Setting::Flag(flag)) if takes_keep => keeps = *flag,
                _ => {
                    let options = if takes_keep { "`axis = 0` and `keep = true`" } else { "`axis = 0`" };
                    // expr_c10: each option is there.
                    return self.error(option, format!("`{name}` has no such option; it takes {options}"));
                }
            }
        }
        if is_unknown {
            return Ok(self.graph.unknown());
        }
        let (dims, rest) = match axis {
            None => ([1, product(&shape), 1], if keeps { vec![1; shape.len()] } else { vec![1] }),
            Some(axis) => {
                let mut rest = shape.clone();
                if keeps || shape.len() == 1 {
                    rest[axis] = 1;
                } else {
                    rest.remove(axis);
                }
                ([product(&shape[..axis]), shape[axis], product(&shape[axis + 1..])], rest)
            }
        };
        // With an axis of 1 in the place of the one that is reduced, it goes with the value.
        let mut kept = shape.clone();
        match axis {
            None => kept.iter_mut().for_each(|size| *size = 1),
            Some(axis) => kept[axis] = 1,
        }
        let mut steps = Reducer { walk: self, place, dims, kept };
        let result = match name {
            "sum" => steps.reduce(Reduction::Sum, x)?,
            "mean" => {
                let (sum, scale) = (steps.reduce(Reduction::Sum, x)?, 1.0 / dims[1] as f64);
                steps.times(sum, scale)?
            }
            "max" => steps.reduce(Reduction::Max, x)?,
            "min" => {
                let minus = steps.apply(Builtin::Op(Op::Negate), vec![x])?;
                let max = steps.reduce(Reduction::Max, minus)?;
                steps.apply(Builtin::Op(Op::Negate), vec![max])?
            }
            "argmax" => steps.reduce(Reduction::ArgMax, x)?,
            "norm" => {
                let square = steps.apply(Builtin::Square, vec![x])?;
                let sum = steps.reduce(Reduction::Sum, square)?;
                steps.apply(Builtin::Op(Op::Sqrt), vec![sum])?
            }
            _ => {
                // What is subtracted changes no result, and so has no gradient.
                let max = steps.reduce(Reduction::Max, x)?;
                let max = steps.apply(Builtin::Detach, vec![max])?;
                let distance = steps.apply(Builtin::Op(Op::Minus), vec![x, max])?;
                let exp = steps.apply(Builtin::Op(Op::Exp), vec![distance])?;
                let sum = steps.reduce(Reduction::Sum, exp)?;
                if name == "softmax" {
                    return steps.apply(Builtin::Div, vec![exp, sum]);
                }
                let log = steps.apply(Builtin::Op(Op::Log), vec![sum])?;
                steps.apply(Builtin::Op(Op::Plus), vec![max, log])?
            }
        };
        Ok(self.graph.part(What::View(result), rest))
    }

    /// The last two axes change places.
    pub(super) fn transpose(&mut self, call: &FnCall, scope: &Scope<'_>) -> Result<Id> {
        self.takes(call, 1)?;
        if let Some((option, _)) = call.options.first() {
            return self.error(option, "`transpose` takes no options: the last two axes change places");
        }
        let x = self.value(&call.arguments[0], scope)?;
        if self.graph.is_unknown(x) {
            return Ok(x);
        }
        let shape = self.graph.shape(x).to_vec();
        let [outer @ .., rows, columns] = shape.as_slice() else {
            // expr_c11: a matrix has two axes.
            return self
                .error(&call.name, format!("`transpose` takes a value of two axes or more, but this is {shape:?}"));
        };
        let layer = Permute { outer: product(outer), rows: *rows, columns: *columns, inner: 1 };
        let output = outer.iter().copied().chain([*columns, *rows]).collect();
        self.part(call.name.to_token_stream(), What::Layer(layer.into(), vec![x]), output)
    }

    /// `matmul(a, b)` along the last two axes.
    pub(super) fn matmul(&mut self, call: &FnCall, scope: &Scope<'_>) -> Result<Id> {
        self.takes(call, 2)?;
        if let Some((option, _)) = call.options.first() {
            return self.error(option, "`matmul` takes no options: it goes along the last two axes");
        }
        let of = self.arguments(call, scope)?;
        if of.iter().any(|&id| self.graph.is_unknown(id)) {
            return Ok(self.graph.unknown());
        }
        let shapes = [of[0], of[1]].map(|id| self.graph.shape(id).to_vec());
        let place = call.name.to_token_stream();
        let ([outer @ .., rows, inner], [others @ .., depth, columns]) = (shapes[0].as_slice(), shapes[1].as_slice())
        else {
            // expr_c11: a matrix has two axes.
            let message =
                format!("`matmul` takes values of two axes or more, but these are {:?} and {:?}", shapes[0], shapes[1]);
            return self.error(place, message);
        };
        if inner != depth {
            // expr_c14: the axes that a product sums over are as long.
            let message = format!(
                "`matmul` of {:?} and {:?} sums over axes of {inner} and {depth}; make both {inner}, or `transpose` one of them",
                shapes[0], shapes[1]
            );
            return self.error(place, message);
        }
        // One matrix for all those of the first value is one product with more rows.
        let matrices = if others.is_empty() { 1 } else { product(outer) };
        if !others.is_empty() && outer != others {
            let message = format!(
                "`matmul` of {:?} and {:?} takes pairs of matrices, but the axes in front of them are {outer:?} and {others:?}; make them alike, or leave those of the second out",
                shapes[0], shapes[1]
            );
            return self.error(place, message);
        }
        let layer = BatchMatMul { matrices, rows: product(outer) / matrices * rows, inner: *inner, columns: *columns };
        let output: Shape = outer.iter().copied().chain([*rows, *columns]).collect();
        if values(&output).is_none() {
            return self.error(place, format!("`matmul` gives more than {MAX} values a sample"));
        }
        self.part(place, What::Layer(layer.into(), of), output)
    }

    /// `reshape(x, 4, 8)`
    pub(super) fn reshape(&mut self, call: &FnCall, scope: &Scope<'_>) -> Result<Id> {
        let [x, _, ..] = call.arguments.as_slice() else {
            return self.error(&call.name, "`reshape` takes a value and a shape: `reshape(x, 4, 8)`");
        };
        if let Some((option, _)) = call.options.first() {
            return self.error(option, "`reshape` takes no options: `reshape(x, 4, 8)`");
        }
        let x = self.value(x, scope)?;
        let (mut shape, mut is_unknown) = (Shape::new(), self.graph.is_unknown(x));
        for size in &call.arguments[1..] {
            let id = self.value(size, scope)?;
            if self.graph.is_unknown(id) {
                is_unknown = true;
                continue;
            }
            let number = self.graph.constant(id).filter(|number| *number >= 1.0 && number.fract() == 0.0);
            let Some(number) = number else {
                return self.error(size.place(), "a size is a whole number of 1 or more");
            };
            shape.push(number as usize);
        }
        if is_unknown {
            return Ok(self.graph.unknown());
        }
        let own = self.graph.shape(x).to_vec();
        if shape.len() > MAX_DIMS || values(&shape) != values(&own) || own.is_empty() {
            // expr_c12: a reshape keeps all values.
            let (values, wanted) = (product(&own), values(&shape).unwrap_or(MAX));
            return self.error(&call.name, format!("`reshape` to {shape:?} takes {}, but this is {own:?} with {values}; write sizes whose product is {values}, such as `{}`", count(wanted, "value"), join(&own)));
        }
        Ok(self.graph.part(What::View(x), shape))
    }
}

/// The steps of a reduction, which keep an axis of 1.
struct Reducer<'r, 'w> {
    walk: &'r mut Walk<'w>,
    place: TokenStream,
    dims: [usize; 3],
    kept: Shape,
}

impl Reducer<'_, '_> {
    fn reduce(&mut self, reduction: Reduction, of: Id) -> Result<Id> {
        self.walk.part(self.place.clone(), What::Reduce(reduction, of, self.dims), self.kept.clone())
    }

    fn apply(&mut self, builtin: Builtin, of: Vec<Id>) -> Result<Id> {
        self.walk.apply(self.place.clone(), "", builtin, of)
    }

    fn times(&mut self, of: Id, factor: f64) -> Result<Id> {
        let factor = self.walk.constant(factor);
        self.apply(Builtin::Op(Op::Times), vec![of, factor])
    }
}
