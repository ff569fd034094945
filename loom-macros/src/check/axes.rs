//! The functions of an expression that look at axes: reductions, and those that change a shape.

use loom_ir::layers::{BatchMatMul, Distribution, Gather, MOST_TOKENS, Noise, OneHot, Permute, Reduction};
use loom_ir::plan::Op;
use proc_macro2::TokenStream;
use quote::ToTokens;

use super::walk::{Result, Scope, Walk};
use crate::calculus::{Builtin, Id, What};
use crate::entry::{Shape, count, join, product};
use crate::expr::{Expr, FnCall, Setting};
use crate::report::Reported;
use crate::size::{MAX, MAX_DIMS, Size, values};

impl Walk<'_> {
    /// `sum(x)`, `mean(x, axis = 1)` and so on.
    pub(super) fn reduction(&mut self, call: &FnCall, name: &str, scope: &Scope<'_>) -> Result<Id> {
        if let [_, second @ Expr::Number(_, number)] = call.arguments.as_slice()
            && number.fract() == 0.0
        {
            // expr_c8: a call gives each argument.
            return self.error(second.place(), format!("`{name}` takes 1 value; write an axis as `axis = {number}`"));
        }
        self.takes(call, 1)?;
        let x = self.value(&call.arguments[0], scope)?;
        let shape = self.graph.shape(x).to_vec();
        let place = call.name.to_token_stream();
        let is_unknown = self.graph.is_unknown(x);
        if shape.is_empty() && !is_unknown {
            return self.error(place, format!("`{name}` takes a value with axes, but this is a constant"));
        }
        let (mut axis, mut keeps) = (None, false);
        let takes_keep = name != "softmax";
        self.options_once(call)?;
        for (option, setting) in &call.options {
            match (option.to_string().as_str(), setting) {
                ("axis", Setting::Size(size)) => match self.axis(name, size, &shape, scope) {
                    Ok(number) => axis = Some(number),
                    Err(Reported) if is_unknown => {}
                    Err(Reported) => return Err(Reported),
                },
                ("keep", Setting::Flag(flag)) if takes_keep => keeps = *flag,
                ("keep", Setting::Size(_)) if takes_keep => {
                    return self.error(option, "`keep` is `keep = true` or `keep = false`");
                }
                ("axis", Setting::Flag(_)) => return self.error(option, "an axis is a number, as in `axis = 0`"),
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

    /// Checks that no option is there twice.
    fn options_once(&mut self, call: &FnCall) -> Result<()> {
        let options = call.options.iter().enumerate();
        let mut again =
            options.filter(|(at, (option, _))| call.options[..*at].iter().any(|(other, _)| other == option));
        match again.next() {
            // args_c3: an option is given once.
            Some((_, (option, _))) => self.error(option, format!("`{option}` is given twice")),
            None => Ok(()),
        }
    }

    /// The number of an axis of a value of this shape. No value that is known is without axes.
    fn axis(&mut self, name: &str, size: &Size, shape: &[usize], scope: &Scope<'_>) -> Result<usize> {
        let number = scope.consts.evaluate(size, self.errors).ok_or(Reported)?;
        if number < shape.len() || shape.is_empty() {
            return Ok(number);
        }
        // expr_c9: an axis is one of the value's.
        let last = shape.len() - 1;
        self.error(size, format!("`{name}` goes along axis {number}, but the value is {shape:?}, whose last axis is {last}; write `axis = {last}`"))
    }

    /// A value, which has axes; none are told of one that is unknown.
    fn with_axes(&mut self, call: &FnCall, argument: usize, scope: &Scope<'_>) -> Result<(Id, Shape)> {
        let id = self.value(&call.arguments[argument], scope)?;
        let shape = self.graph.shape(id).to_vec();
        if shape.is_empty() && !self.graph.is_unknown(id) {
            let place = call.arguments[argument].place();
            return self.error(place, format!("`{}` takes a value with axes, but this is a constant", call.name));
        }
        Ok((id, shape))
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
                .error(&call.name, format!("`transpose` takes a value of two axes or more, but this is {shape:?}; for a row, write `reshape(x, 1, {})`", product(&shape)));
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
            let message = format!(
                "`matmul` takes values of two axes or more, but these are {:?} and {:?}; give a vector an axis of 1 by `reshape`",
                shapes[0], shapes[1]
            );
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

    /// `one_hot(x, 10)`
    pub(super) fn one_hot(&mut self, call: &FnCall, scope: &Scope<'_>) -> Result<Id> {
        self.takes(call, 2)?;
        if let Some((option, _)) = call.options.first() {
            return self.error(option, "`one_hot` takes no options: the classes are the last axis");
        }
        let (x, mut shape) = self.with_axes(call, 0, scope)?;
        let id = self.value(&call.arguments[1], scope)?;
        if self.graph.is_unknown(id) {
            return Ok(id);
        }
        let classes = self.graph.constant(id).filter(|number| *number >= 1.0 && number.fract() == 0.0);
        let Some(classes) = classes.filter(|number| *number <= MOST_TOKENS as f64) else {
            // expr_c15: the number of classes is known, and an f32 counts them.
            let message = format!("a number of classes is a whole number from 1 to {MOST_TOKENS}");
            return self.error(call.arguments[1].place(), message);
        };
        if self.graph.is_unknown(x) {
            return Ok(x);
        }
        let layer = OneHot { steps: product(&shape), classes: classes as usize };
        shape.push(layer.classes);
        if shape.len() > MAX_DIMS || values(&shape).is_none() {
            let message = format!("`one_hot` gives more than {MAX_DIMS} axes, or more than {MAX} values a sample");
            return self.error(&call.name, message);
        }
        self.part(call.name.to_token_stream(), What::Layer(layer.into(), vec![x]), shape)
    }

    /// `gather(x, indices, axis = 1)`
    pub(super) fn gather(&mut self, call: &FnCall, scope: &Scope<'_>) -> Result<Id> {
        self.takes(call, 2)?;
        let ((x, shape), (indices, found)) = (self.with_axes(call, 0, scope)?, self.with_axes(call, 1, scope)?);
        self.options_once(call)?;
        let mut axis = None;
        for (option, setting) in &call.options {
            match (option.to_string().as_str(), setting) {
                ("axis", Setting::Size(size)) => axis = Some(self.axis("gather", size, &shape, scope)?),
                // expr_c10: each option is there.
                _ => return self.error(option, "`gather` has no such option; it takes `axis = 0`"),
            }
        }
        let Some(axis) = axis else {
            let last = shape.len().saturating_sub(1);
            return self
                .error(&call.name, format!("`gather` goes along one axis; write `axis = {last}` behind the indices"));
        };
        if let Some(unknown) = [x, indices].into_iter().find(|&id| self.graph.is_unknown(id)) {
            return Ok(unknown);
        }
        let (outer, inner) = (product(&shape[..axis]), product(&shape[axis + 1..]));
        let count = found.get(axis).copied().unwrap_or(1);
        let mut wanted = shape.clone();
        wanted[axis] = count;
        if found != wanted {
            // expr_c16: the indices have the value's shape, but along the axis.
            let mut one = shape.clone();
            one[axis] = 1;
            let names: Vec<_> = shape
                .iter()
                .enumerate()
                .map(|(at, size)| if at == axis { "N".to_owned() } else { size.to_string() })
                .collect();
            let names = names.join(", ");
            let cure = match product(&found) == product(&one) {
                true => format!("`reshape` them to {}", join(&one)),
                false => "make the other axes alike".to_owned(),
            };
            return self.error(call.arguments[1].place(), format!("`gather` along axis {axis} of {shape:?} takes indices of shape [{names}], with any N, but these are {found:?}; {cure}"));
        }
        if shape[axis] > MOST_TOKENS {
            return self.error(
                &call.name,
                format!("`gather` along an axis of more than {MOST_TOKENS}, which no `f32` counts"),
            );
        }
        let layer = Gather { outer, len: shape[axis], count, inner };
        self.part(call.name.to_token_stream(), What::Layer(layer.into(), vec![x, indices]), found)
    }

    /// `normal(x)`, `uniform(x)`
    pub(super) fn noise(&mut self, call: &FnCall, distribution: Distribution, scope: &Scope<'_>) -> Result<Id> {
        let name = &call.name;
        self.takes(call, 1)?;
        if let Some((option, _)) = call.options.first() {
            let numbers = match distribution {
                Distribution::Normal => "of mean 0 and deviation 1",
                Distribution::Uniform => "from 0 to 1",
            };
            return self.error(
                option,
                format!("`{name}` takes no options: its numbers are {numbers}; scale them, as in `2.0 * {name}(x)`"),
            );
        }
        if self.is_loss {
            // loss_c7: a loss gives the same for the same.
            let cure = "draw them in the network, and give them out";
            return self.error(name, format!("a loss draws no random numbers; {cure}"));
        }
        let (x, shape) = self.with_axes(call, 0, scope)?;
        if self.graph.is_unknown(x) {
            return Ok(x);
        }
        // Each call draws numbers of its own. Within the expression, it is told from others by how many parts come before.
        let layer = Noise { len: product(&shape), distribution, stream: self.graph.len() as u32 };
        self.part(name.to_token_stream(), What::Layer(layer.into(), vec![x]), shape)
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
