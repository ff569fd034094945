//! The walk along a stack: each layer takes the shape that the one before it gives.

use std::collections::HashSet;
use std::rc::Rc;

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::flow::Flow;
use super::resolve::Target;
use super::{Checker, Item, Kind, MAX_LAYERS, Origin, Site};
use crate::ast::{Body, Call, Node, Stack};
use crate::layers::{self, LayerSpec, join, product};
use crate::report::Errors;
use crate::size::{MAX, values};

impl<'a> Checker<'a> {
    pub(super) fn stack(&mut self, stack: &'a Stack, mut flow: Flow<'a>) -> (Vec<Item>, Flow<'a>) {
        let (mut items, mut position, mut used) = (Vec::new(), 0, HashSet::new());
        for node in &stack.nodes {
            // network_c3: each layer name occurs once in its stack.
            let is_new = |name: &&Ident| !used.insert(name.unraw().to_string());
            if let Some(name) = node.name.as_ref().filter(is_new) {
                self.errors.at(name, format!("two layers of this stack have the name `{name}`"));
            }
            let copies = self.copies(node);
            let names = copy_names(node, copies, &mut position);
            flow = match &node.body {
                Body::Broken => Flow { fixed: flow.fixed, ..Flow::lost() },
                Body::Residual(ident, inner) => {
                    let (kind, flow) = self.residual(ident, inner, flow);
                    let copies = names.into_iter().enumerate();
                    items.extend(copies.map(|copy| item(copy, ident, kind.clone())));
                    flow
                }
                Body::Call(call) => self.call(call, node, names, flow, &mut items),
            };
        }
        (items, flow)
    }

    /// How often a node is repeated.
    fn copies(&mut self, node: &Node) -> usize {
        let Some(repeat) = &node.repeat else { return 1 };
        match self.consts.evaluate(repeat, self.errors) {
            None => 1,
            // repeat_c2: a layer is repeated between 1 and `MAX_LAYERS` times.
            Some(0) => {
                let message = "a layer is repeated at least once; leave it out, or write `* 1`";
                self.errors.at(repeat, message);
                1
            }
            Some(copies) if copies > MAX_LAYERS => {
                self.errors.at(repeat, format!("a network has at most {MAX_LAYERS} layers"));
                1
            }
            Some(copies) => copies,
        }
    }

    /// A layer or another struct, once for each of `names`.
    fn call(
        &mut self,
        call: &'a Call,
        node: &'a Node,
        names: Vec<String>,
        mut flow: Flow<'a>,
        items: &mut Vec<Item>,
    ) -> Flow<'a> {
        let target = self.resolve(call);
        if flow.is_open {
            self.open(call, &target, &mut flow);
        }
        for (copy, name) in names.into_iter().enumerate() {
            // Errors of the first copy are the layer's own. Those of a later one come from the repetition.
            let mut errors = Errors::default();
            let before = flow.clone();
            let (kind, next) = match &target {
                Target::Unknown => (None, after_unknown(call, flow)),
                Target::Struct(index) => self.use_struct(*index, call, flow, &mut errors),
                Target::Layer(spec) => apply(spec, call, flow, &mut errors),
            };
            flow = next;
            if copy > 0 && !errors.is_empty() {
                self.repeat_ends(call, node, copy, &before);
                break;
            }
            self.errors.append(errors);
            items.extend(kind.map(|kind| item((copy, name), &call.name, kind)));
        }
        flow
    }

    /// Reports that a copy of a repeated layer cannot take what the copy before it gives.
    fn repeat_ends(&mut self, call: &Call, node: &Node, copy: usize, before: &Flow<'_>) {
        let (Some(repeat), Some(shape)) = (&node.repeat, &before.shape) else {
            return;
        };
        let cure = match copy {
            1 => format!("write `{call}` once, or give it an output like its input"),
            _ => format!("write `{call} * {copy}`"),
        };
        // repeat_c1: each copy takes what the copy before it gives.
        let message = format!(
            "copy {} of `{call} * {repeat}` cannot take the {shape:?} that copy {copy} gives; {cure}",
            copy + 1
        );
        self.errors.at(repeat, message);
    }

    /// Lets the first layer fix the input shape.
    fn open(&mut self, call: &'a Call, target: &Target, flow: &mut Flow<'a>) {
        flow.is_open = false;
        let fixed = match target {
            Target::Unknown => None,
            Target::Struct(index) => self.networks[*index].as_ref().and_then(|used| used.input.clone()),
            Target::Layer(spec) => {
                let fixed = spec.fixed_input();
                if fixed.is_none() {
                    self.unknown_input(call, &spec.input_hint());
                }
                fixed
            }
        };
        if let Some(shape) = fixed {
            flow.fix(&shape);
        }
    }

    /// Another struct of this `network!`.
    fn use_struct(
        &mut self,
        index: usize,
        call: &'a Call,
        flow: Flow<'a>,
        errors: &mut Errors,
    ) -> (Option<Kind>, Flow<'a>) {
        let Some(network) = &self.networks[index] else {
            return (None, flow.then(None, None));
        };
        if let (Some(wanted), Some(shape), Some(origin)) = (&network.input, &flow.shape, &flow.origin)
            && wanted != shape
        {
            // struct_c1: a struct is used with its own input shape.
            let cure = if product(wanted) != product(shape) {
                format!("declare `struct {}: {shape:?}`, or change what is before it", call.name)
            } else if wanted.len() == 1 {
                "insert `Flatten ->` before it".to_owned()
            } else {
                format!("insert `Reshape<{}> ->` before it", join(wanted))
            };
            let found = origin.found(shape);
            errors.at(&call.name, format!("`{call}` takes {wanted:?}, but {found}; {cure}"));
        }
        let next = flow.then(network.output.clone(), Some(Origin::Call(call, None)));
        (Some(Kind::Network(index)), next)
    }
}

/// One layer of a stack.
fn apply<'a>(
    spec: &Rc<dyn LayerSpec>,
    call: &'a Call,
    flow: Flow<'a>,
    errors: &mut Errors,
) -> (Option<Kind>, Flow<'a>) {
    let here = Origin::Call(call, spec.width_argument());
    let Some(input) = flow.shape.clone() else {
        return (None, flow.then(spec.declared_output(), Some(here)));
    };
    // A first layer that fixes the input shape agrees with it, so that its origin is not asked for.
    let origin = flow.origin.unwrap_or(here);
    let output = spec.infer(&input, &mut Site { call, input: &input, origin, errors });
    if output.as_ref().is_some_and(|output| values(output).is_none()) {
        errors.at(&call.name, format!("`{call}` gives more than {MAX} values a sample"));
        return (None, flow.then(None, None));
    }
    if output.is_some() && !has_countable_params(&**spec, &input) {
        // size_c6: a tensor has at most `size::MAX` values.
        errors.at(&call.name, format!("`{call}` has more than {MAX} values"));
    }
    // A layer that leaves the shape alone is not the one to name in a later error.
    let origin = if output.as_ref() == Some(&input) { origin } else { here };
    let kind = output.clone().map(|output| Kind::Layer { spec: spec.clone(), input, output });
    (kind, flow.then(output, Some(origin)))
}

/// Whether each parameter tensor of a layer, and what its parts give, has a number of values that can be counted.
fn has_countable_params(spec: &dyn LayerSpec, input: &[usize]) -> bool {
    let mut input = input.to_vec();
    let fits = |spec: &dyn LayerSpec, input: &[usize]| spec.params(input).iter().all(|p| values(&p.shape).is_some());
    fits(spec, &input)
        && spec.parts(&input.clone()).into_iter().all(|part| {
            let fits = fits(part.spec, &input) && values(&part.output).is_some();
            input = part.output;
            fits
        })
}

/// What follows a call that is not understood: a name that is no layer's, without arguments, most likely is meant to be an
/// activation, which leaves the shape alone.
fn after_unknown<'a>(call: &Call, flow: Flow<'a>) -> Flow<'a> {
    let is_plain = call.positional.is_empty() && call.options.is_empty();
    let is_layer = layers::find(&call.name.to_string()).is_some();
    if is_plain && !is_layer { flow } else { flow.then(None, None) }
}

/// The element for one of a node's copies.
fn item((copy, name): (usize, String), ident: &Ident, kind: Kind) -> Item {
    Item { name, ident: ident.clone(), kind, is_copy: copy > 0 }
}

/// The names of a node's copies in PyTorch's manner: what has no name is called by its position, every copy counting;
/// a named repetition is a list, which has one position.
fn copy_names(node: &Node, copies: usize, position: &mut usize) -> Vec<String> {
    let start = *position;
    *position += if node.name.is_some() { 1 } else { copies };
    match &node.name {
        None => (start..start + copies).map(|index| index.to_string()).collect(),
        Some(name) if node.repeat.is_none() => vec![name.unraw().to_string()],
        Some(name) => (0..copies).map(|copy| format!("{}.{copy}", name.unraw())).collect(),
    }
}
