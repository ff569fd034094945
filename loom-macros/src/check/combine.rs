//! `Residual`, `Sum`, `Product` and `Concat`: stacks that read one value, and what becomes of their results.

use std::rc::Rc;

use loom_ir::Layer;
use loom_ir::layers as ir;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::flow::Flow;
use super::model::{Combine, Item, Kind};
use super::values::several;
use super::{Checker, MAX_DEPTH, MAX_WALKED};
use crate::ast::{Body, Call, Stack, Value};
use crate::entry::{Args, Origin, Shape, Usage, join, pair_text, product};
use crate::report::Errors;
use crate::size::{MAX, values};

/// The arguments of each combinator.
const USAGES: &[Usage] =
    &[usage("Residual", &[]), usage("Sum", &[]), usage("Product", &[]), usage("Concat", &[("axis", "0")])];

const fn usage(name: &'static str, options: &'static [(&'static str, &'static str)]) -> Usage {
    Usage { name, positional: &[], variadic: false, options }
}

/// What one arm gives.
struct End<'a> {
    shape: Option<Shape>,
    /// The layer to change for another shape, and the shape in front of it; none where the arm is the input itself.
    last: Option<Rc<(Origin<'a>, Shape)>>,
}

impl<'a> Checker<'a> {
    /// A combinator with its arms. After an error, the shape is what it would be if the arms fitted.
    pub(super) fn combine(
        &mut self,
        call: &'a Call,
        stacks: &'a [Stack],
        mut flow: Flow<'a>,
    ) -> (Option<Kind>, Flow<'a>) {
        let usage = USAGES.iter().find(|usage| call.name == usage.name).expect("the parser knows the same names");
        if self.is_beyond_limits(call) {
            return (None, flow.unknown());
        }
        self.spelling(call, usage.name);
        let adds_input = usage.name == "Residual" && stacks.len() == 1;
        // port_c3: a stack of a struct with several inputs begins with one of them.
        if let Some(decl) = flow.several
            && (adds_input || stacks.iter().any(|stack| stack.nodes.is_empty()))
        {
            self.errors.at(&call.name, format!("`{call}` takes its input as it is, but {}", several(decl)));
            flow = flow.unknown();
        }
        self.level += 1;
        if flow.is_open {
            // The arm that tells the shape may not be the first: they are walked once to find it.
            let errors = std::mem::take(self.errors);
            let fixed = stacks.iter().find_map(|stack| {
                let scope = self.scopes.last().cloned();
                let fixed = self.stack(stack, flow.clone()).1.fixed;
                // Nothing else of it stays.
                self.scopes.last_mut().into_iter().zip(scope).for_each(|(own, before)| *own = before);
                fixed
            });
            *self.errors = errors;
            match &fixed {
                Some(shape) => {
                    self.fix_input(shape);
                    flow.fix(shape);
                }
                None => {
                    self.unknown_input(call, "[n]");
                    flow = flow.unknown();
                }
            }
        }
        let errors = self.errors.len();
        let mut args = Args::new(call, usage, &self.consts, self.errors);
        let axis = args.size_option("axis", 0, 0);
        let (mut arms, mut ends) = (Vec::new(), Vec::new());
        for stack in stacks {
            let (items, after) = self.stack(stack, Flow { last: None, ..flow.clone() });
            let last = || after.last.unwrap_or_else(|| Rc::new((Origin::Combine(call), Vec::new())));
            ends.push(End { shape: after.shape, last: (!stack.nodes.is_empty()).then(last) });
            arms.push(items);
        }
        self.level -= 1;
        if adds_input {
            ends.push(End { shape: flow.shape.clone(), last: None });
        }
        self.check_arms(call, stacks, &arms, ends.len(), errors);
        let output = match usage.name {
            "Concat" => self.concat(call, axis, &ends),
            _ => self.alike(call, &ends, adds_input),
        };
        let layer = output.as_deref().and_then(|shape| layer(usage.name, axis, shape));
        let kind = layer
            .zip(output.clone())
            .map(|(layer, output)| Kind::Combine(Combine { layer, arms: arms.into(), adds_input, output }));
        let here = Some(Origin::Combine(call));
        // A residual leaves the shape alone, and is not the one to name in a later error.
        let (origin, before) = if adds_input { (flow.origin.or(here), flow.before) } else { (here, None) };
        let last = here.map(|here| Rc::new((here, flow.shape.unwrap_or_default())));
        let last = if adds_input { flow.last.or(last) } else { last };
        let next = Flow { shape: output, origin, before, last, computed: here, fixed: flow.fixed, ..Flow::lost() };
        (kind, next)
    }

    /// Whether a combinator or a use of a block is one too many. What is too deep is reported here, what is too many at the end.
    pub(super) fn is_beyond_limits(&mut self, call: &Call) -> bool {
        self.walked += 1;
        self.is_too_deep(call) || self.walked > MAX_WALKED
    }

    /// Whether what a name stands for would nest too deep, which is reported.
    pub(super) fn is_too_deep(&mut self, call: &Call) -> bool {
        // network_c8: structs, blocks and combinators nest at most `MAX_DEPTH` deep.
        if self.level > MAX_DEPTH {
            let name = &call.name;
            let message =
                format!("structs, blocks and combinators nest more than {MAX_DEPTH} deep where `{name}` is used");
            self.errors.at(name, message);
        }
        self.level > MAX_DEPTH
    }

    /// How many arms there are, and whether they compute something.
    fn check_arms(&mut self, call: &Call, stacks: &[Stack], arms: &[Vec<Item>], results: usize, errors: usize) {
        let name = &call.name;
        if stacks.iter().flat_map(|stack| &stack.nodes).any(|node| matches!(node.body, Body::Broken)) {
            return;
        }
        // combine_c1: two or more values are combined; a residual has at most two arms.
        if results < 2 {
            let message =
                format!("`{name}` combines two stacks or more; write `{name} {{ .. | .. }}`, or leave it out");
            self.errors.at(name, message);
        } else if name == "Residual" && results > 2 {
            let message = "`Residual` has a branch and a shortcut, but here are more stacks; write `Sum { .. }`";
            self.errors.at(name, message);
        }
        // residual_c2: at least one layer computes.
        let is_known = arms.iter().zip(stacks).all(|(arm, stack)| arm.len() >= stack.nodes.len());
        let is_value = |item: &Item| matches!(item.kind, Kind::Value(value) if value > 0);
        let computes = arms.iter().flatten().any(|item| is_value(item) || !self.is_view(item));
        if name == "Residual" && errors == self.errors.len() && is_known && !computes {
            let message = "`Residual` holds no layer that computes, so it would only double its input; leave it out";
            self.errors.at(name, message);
        }
    }

    /// The one shape of all arms.
    fn alike(&mut self, call: &Call, ends: &[End<'a>], adds_input: bool) -> Option<Shape> {
        // What the others are to have is a shape that is given beforehand, or else the first.
        let known = |end: &&End<'_>| end.shape.is_some();
        let reference = match ends.iter().find(|end| end.last.is_none()) {
            Some(input) => Some(input).filter(known),
            None => ends.iter().find(known),
        };
        let reference = reference?;
        let wanted = reference.shape.clone()?;
        let mut output = wanted.clone();
        for end in ends {
            let (Some(found), Some(last)) = (&end.shape, &end.last) else { continue };
            if *found == wanted {
                continue;
            }
            let name = in_it(last.0);
            // residual_c1, combine_c2: all arms give one shape.
            let complaint = match &reference.last {
                None if adds_input => {
                    format!("`Residual` adds its input to its output, but takes {wanted:?} and {name} gives {found:?}")
                }
                None => format!(
                    "the stacks of `{call}` give one shape, but its input is {wanted:?} and {name} gives {found:?}"
                ),
                Some(other) => format!(
                    "the stacks of `{call}` give one shape, but {} gives {wanted:?} and {name} gives {found:?}",
                    in_it(other.0)
                ),
            };
            let shortcut = if adds_input { shortcut(&wanted, found) } else { None };
            let (place, cure) = self.cure(&wanted, found, last, shortcut.as_deref());
            if shortcut.is_some_and(|shortcut| cure.contains(&shortcut)) {
                output.clone_from(found);
            }
            self.errors.at(place, format!("{complaint}; {cure}"));
        }
        Some(output)
    }

    /// The shape of the arms' results one behind the other along an axis.
    fn concat(&mut self, call: &Call, axis: usize, ends: &[End<'a>]) -> Option<Shape> {
        let shapes: Vec<&Shape> = ends.iter().map(|end| end.shape.as_ref()).collect::<Option<_>>()?;
        let wanted = *shapes.first()?;
        let first = |end: &End<'a>| end.last.as_ref().map_or_else(|| "its input".to_owned(), |last| in_it(last.0));
        // concat_c1: the axis is one of the shapes'.
        if axis >= wanted.len() {
            let place = call.options.first().map_or_else(|| call.name.to_token_stream(), |(_, value)| quote!(#value));
            let last = wanted.len() - 1;
            let message = format!(
                "`{call}` joins along axis {axis}, but {} gives {wanted:?}, whose last axis is {last}; write `{}`",
                first(&ends[0]),
                call.with_option("axis", last)
            );
            self.errors.at(place, message);
            return None;
        }
        let (mut output, mut fits) = (wanted.clone(), true);
        for (end, shape) in ends.iter().zip(&shapes).skip(1) {
            // concat_c2: the shapes are alike but for the axis.
            let mut own = wanted.clone();
            if let Some(size) = shape.get(axis) {
                own[axis] = *size;
            }
            if **shape == own {
                output[axis] = output[axis].saturating_add(own[axis]);
                continue;
            }
            fits = false;
            let complaint = format!(
                "the stacks of `{call}` give shapes that differ in axis {axis} alone, but {} gives {wanted:?} and {} gives {shape:?}",
                first(&ends[0]),
                first(end)
            );
            let (place, cure) = match (&end.last, &ends[0].last) {
                (Some(last), _) => self.cure(&own, shape, last, None),
                (None, Some(last)) => {
                    let mut other = (*shape).clone();
                    if let (Some(to), Some(size)) = (other.get_mut(axis), wanted.get(axis)) {
                        *to = *size;
                    }
                    self.cure(&other, wanted, last, None)
                }
                (None, None) => continue,
            };
            self.errors.at(place, format!("{complaint}; {cure}"));
        }
        if fits && values(&output).is_none() {
            // size_c6: a tensor has at most `size::MAX` values.
            self.errors.at(&call.name, format!("`{call}` gives more than {MAX} values a sample"));
            return None;
        }
        fits.then_some(output)
    }

    /// What to change where an arm gives another shape than it should, and the change.
    fn cure(
        &self,
        wanted: &[usize],
        found: &[usize],
        (last, before): &(Origin<'_>, Shape),
        shortcut: Option<&str>,
    ) -> (TokenStream, String) {
        let (mut place, rows) = (last.place(), &wanted[..wanted.len() - 1]);
        let cure = match (*last, wanted, found) {
            (Origin::Call(call, Some(width)), [.., wanted], [other_rows @ .., _]) if rows == other_rows => {
                place = call.positional[width].to_token_stream();
                format!("write `{}`", call.with(width, wanted))
            }
            _ if product(wanted) == product(found) => {
                format!("end it with `Reshape<{}>`", join(wanted))
            }
            (Origin::Call(call, _), ..) if let Some(window) = self.window(call, wanted, found, before) => {
                format!("write `{window}`")
            }
            (Origin::Call(call, _), [channels, image @ ..], [_, same @ ..])
                if is_conv2d(call) && image == same && image.len() == 2 =>
            {
                place = call.positional[1].to_token_stream();
                format!("write `{}`", call.with(1, channels))
            }
            _ if let Some(shortcut) = shortcut => format!("give it the shortcut `{shortcut}`"),
            _ => {
                let (flatten, reshape) = (if found.len() > 1 { "Flatten -> " } else { "" }, join(wanted));
                let reshape = if wanted.len() > 1 { format!(" -> Reshape<{reshape}>") } else { String::new() };
                format!("end it with `{flatten}Dense<{}, {}>{reshape}`", product(found), product(wanted))
            }
        };
        (place, cure)
    }

    /// A convolution or a pool with the padding or the stride by which it gives an image of the size that is wanted.
    fn window(&self, call: &Call, wanted: &[usize], found: &[usize], before: &[usize]) -> Option<String> {
        let ([channels, wanted @ ..], [same, _, _], [_, image @ ..]) = (wanted, found, before) else { return None };
        let is_pool = (call.name == "MaxPool2d" || call.name == "AvgPool2d") && call.positional.len() == 1;
        if channels != same || wanted.len() != 2 || image.len() != 2 || !is_pool && !is_conv2d(call) {
            return None;
        }
        let pair = |value: &Value| {
            let mut quiet = Errors::default();
            match value {
                Value::Size(size) => self.consts.evaluate(size, &mut quiet).map(|size| [size; 2]),
                Value::Pair(_, rows, columns) => {
                    Some([self.consts.evaluate(rows, &mut quiet)?, self.consts.evaluate(columns, &mut quiet)?])
                }
                _ => None,
            }
        };
        let option = |name: &str, default: [usize; 2]| match call.options.iter().find(|(other, _)| other == name) {
            Some((_, value)) => pair(value),
            None => Some(default),
        };
        let kernel = pair(call.positional.last()?)?;
        let stride = option("stride", if is_pool { kernel } else { [1; 2] })?;
        let (padding, dilation) = (option("padding", [0; 2])?, option("dilation", [1; 2])?);
        let span = [0, 1].map(|axis| dilation[axis].saturating_mul(kernel[axis].saturating_sub(1)).saturating_add(1));
        let gives = |axis: usize, stride: usize, padding: usize| {
            let padded = image[axis].saturating_add(padding.saturating_mul(2));
            let rest = padded.checked_sub(span[axis]).and_then(|rest| rest.checked_div(stride));
            rest.is_some_and(|steps| steps + 1 == wanted[axis])
        };
        // A wider padding would be windows that lie in it altogether. Nobody means one of hundreds.
        let widest = |axis: usize| (if is_pool { kernel[axis] / 2 } else { span[axis] - 1 }).min(100);
        let other_padding = |axis: usize| (0..=widest(axis)).find(|padding| gives(axis, stride[axis], *padding));
        let other_stride = |axis: usize, padding| (1..=8).find(|stride| gives(axis, *stride, padding));
        let both = |of: &dyn Fn(usize) -> Option<usize>| Some([of(0)?, of(1)?]);
        if let Some(padding) = both(&other_padding) {
            return Some(call.with_option("padding", pair_text(padding)));
        }
        if let Some(stride) = both(&|axis| other_stride(axis, padding[axis])) {
            return Some(call.with_option("stride", pair_text(stride)));
        }
        let padding = [0, 1].map(|axis| (span[axis] - 1) / 2);
        let stride = both(&|axis| other_stride(axis, padding[axis]))?;
        Some(call.with_options(&[("stride", pair_text(stride)), ("padding", pair_text(padding))]))
    }
}

/// What is computed of the arms' results, which give this shape together.
fn layer(name: &str, axis: usize, output: &[usize]) -> Option<Layer> {
    let len = values(output)?;
    Some(match name {
        "Concat" => {
            let rows = product(&output[..axis]);
            ir::Concat { rows, len: len / rows }.into()
        }
        "Product" => ir::Product { len }.into(),
        _ => ir::Sum { len }.into(),
    })
}

/// Whether a call is that layer, and no struct or block of its name.
fn is_conv2d(call: &Call) -> bool {
    call.name == "Conv2d" && call.positional.len() == 3
}

/// The last layer of an arm, as a sentence names it.
fn in_it(origin: Origin<'_>) -> String {
    match origin {
        Origin::Value(name) => format!("`{name}`"),
        other => format!("{} in it", other.name()),
    }
}

/// What makes a residual's input a smaller image of as many channels as its branch gives.
fn shortcut(input: &[usize], branch: &[usize]) -> Option<String> {
    let ([channels, image @ ..], [outputs, smaller @ ..]) = (input, branch) else { return None };
    let stride = pair_text(strides(image, smaller)?);
    Some(format!("| Conv2d<{channels}, {outputs}, 1, stride = {stride}>"))
}

/// A stride by which a window of one pixel makes an image that small.
fn strides(image: &[usize], smaller: &[usize]) -> Option<[usize; 2]> {
    let ([rows, columns], [fewer_rows, fewer_columns]) = (image, smaller) else { return None };
    let stride = |size: usize, smaller: usize| (1..=8).find(|stride| (size - 1) / stride + 1 == smaller);
    Some([stride(*rows, *fewer_rows)?, stride(*columns, *fewer_columns)?])
}
