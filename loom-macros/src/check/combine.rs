//! `Residual`, `Sum`, `Product` and `Concat`: stacks that read one value, and what becomes of their results.

use loom_ir::Layer;
use loom_ir::layers as ir;
use quote::{ToTokens, quote};

use super::flow::Flow;
use super::model::{Combine, Item, Kind};
use super::values::several;
use super::{Checker, MAX_DEPTH, MAX_WALKED};
use crate::ast::{Body, Call, Stack};
use crate::entry::{Args, Origin, Shape, Usage, join, pair_text, product};
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
    /// Who gave the shape; nobody where the arm is the input itself.
    origin: Option<Origin<'a>>,
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
            let fixed = stacks.iter().find_map(|stack| self.stack(stack, flow.clone()).1.fixed);
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
            let (items, after) = self.stack(stack, flow.clone());
            let origin = (!stack.nodes.is_empty()).then(|| after.origin.unwrap_or(Origin::Combine(call)));
            ends.push(End { shape: after.shape, origin });
            arms.push(items);
        }
        self.level -= 1;
        if adds_input {
            ends.push(End { shape: flow.shape.clone(), origin: None });
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
        (kind, Flow { shape: output, origin, is_open: false, fixed: flow.fixed, before, several: None, computed: here })
    }

    /// Whether a combinator or a use of a block is one too many. What is too deep is reported here, what is too many at the end.
    pub(super) fn is_beyond_limits(&mut self, call: &Call) -> bool {
        self.walked += 1;
        // network_c8: structs and combinators nest at most `MAX_DEPTH` deep.
        if self.level > MAX_DEPTH {
            let message =
                format!("structs and combinators nest more than {MAX_DEPTH} deep where `{}` is used", call.name);
            self.errors.at(&call.name, message);
        }
        self.level > MAX_DEPTH || self.walked > MAX_WALKED
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
        let reference = match ends.iter().find(|end| end.origin.is_none()) {
            Some(input) => Some(input).filter(known),
            None => ends.iter().find(known),
        };
        let reference = reference?;
        let wanted = reference.shape.clone()?;
        for end in ends {
            let (Some(found), Some(origin)) = (&end.shape, end.origin) else { continue };
            if *found == wanted {
                continue;
            }
            let name = in_it(origin);
            // residual_c1, combine_c2: all arms give one shape.
            let complaint = match reference.origin {
                None if adds_input => {
                    format!("`Residual` adds its input to its output, but takes {wanted:?} and {name} gives {found:?}")
                }
                None => format!(
                    "the stacks of `{call}` give one shape, but its input is {wanted:?} and {name} gives {found:?}"
                ),
                Some(other) => format!(
                    "the stacks of `{call}` give one shape, but {} gives {wanted:?} and {name} gives {found:?}",
                    in_it(other)
                ),
            };
            let (place, cure) = cure(&wanted, found, origin);
            self.errors.at(place, format!("{complaint}; {cure}"));
        }
        Some(wanted)
    }

    /// The shape of the arms' results one behind the other along an axis.
    fn concat(&mut self, call: &Call, axis: usize, ends: &[End<'a>]) -> Option<Shape> {
        let shapes: Vec<&Shape> = ends.iter().map(|end| end.shape.as_ref()).collect::<Option<_>>()?;
        let wanted = *shapes.first()?;
        let first = |end: &End<'a>| end.origin.map_or_else(|| "its input".to_owned(), in_it);
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
            let (place, cure) = match (end.origin, ends[0].origin) {
                (Some(origin), _) => cure(&own, shape, origin),
                (None, Some(origin)) => {
                    let mut other = (*shape).clone();
                    if let (Some(to), Some(size)) = (other.get_mut(axis), wanted.get(axis)) {
                        *to = *size;
                    }
                    cure(&other, wanted, origin)
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

/// The last layer of an arm, as a sentence names it.
fn in_it(origin: Origin<'_>) -> String {
    match origin {
        Origin::Call(call, _) => format!("`{call}` in it"),
        Origin::Value(name) => format!("`{name}`"),
        Origin::Combine(_) | Origin::Input(_) => "its last layer".to_owned(),
    }
}

/// What to change where an arm gives another shape than it should, and the change.
fn cure(wanted: &[usize], found: &[usize], last: Origin<'_>) -> (proc_macro2::TokenStream, String) {
    let (mut place, rows) = (last.place(), &wanted[..wanted.len() - 1]);
    let cure = match (last, wanted, found) {
        (Origin::Call(call, Some(width)), [.., wanted], [other_rows @ .., _]) if rows == other_rows => {
            place = call.positional[width].to_token_stream();
            format!("write `{}`", call.with(width, wanted))
        }
        _ if product(wanted) == product(found) => {
            format!("end it with `Reshape<{}>`", join(wanted))
        }
        (Origin::Call(call, _), ..) if let Some(padding) = padding(call, wanted, found) => {
            format!("write `{}`", call.with_option("padding", pair_text(padding)))
        }
        (Origin::Call(call, _), ..) if let Some(stride) = stride(call, wanted, found) => {
            format!("write `{}`", call.with_option("stride", pair_text(stride)))
        }
        (Origin::Call(call, _), [channels, image @ ..], [_, same @ ..])
            if is_conv2d(call) && image == same && image.len() == 2 =>
        {
            place = call.positional[1].to_token_stream();
            format!("write `{}`", call.with(1, channels))
        }
        _ => {
            let (flatten, reshape) = (if found.len() > 1 { "Flatten -> " } else { "" }, join(wanted));
            let reshape = if wanted.len() > 1 { format!(" -> Reshape<{reshape}>") } else { String::new() };
            format!("end it with `{flatten}Dense<{}, {}>{reshape}`", product(found), product(wanted))
        }
    };
    (place, cure)
}

/// Whether a call is that layer, and no struct or block of its name.
fn is_conv2d(call: &Call) -> bool {
    call.name == "Conv2d" && call.positional.len() == 3
}

/// The padding by which a convolution that moves by single pixels gives an image as large as is wanted.
fn padding(call: &Call, wanted: &[usize], found: &[usize]) -> Option<[usize; 2]> {
    let ([channels, rows, columns], [same, out_rows, out_columns]) = (wanted, found) else { return None };
    let lacks = |wanted: &usize, found: &usize| wanted.checked_sub(*found).filter(|lacks| lacks.is_multiple_of(2));
    let (down, across) = (lacks(rows, out_rows)?, lacks(columns, out_columns)?);
    let fits = channels == same && is_conv2d(call);
    let is_plain = !call.options.iter().any(|(name, _)| name == "stride" || name == "padding");
    (fits && is_plain).then_some([down / 2, across / 2])
}

/// The stride by which a convolution that moves by single pixels gives an image as small as is wanted.
fn stride(call: &Call, wanted: &[usize], found: &[usize]) -> Option<[usize; 2]> {
    let ([channels, rows, columns], [same, out_rows, out_columns]) = (wanted, found) else { return None };
    let stride = |wanted: usize, found: usize| (1..=8).find(|stride| (found - 1) / stride + 1 == wanted);
    let fits = channels == same && is_conv2d(call) && call.options.iter().all(|(name, _)| name != "stride");
    fits.then_some([stride(*rows, *out_rows)?, stride(*columns, *out_columns)?])
}
