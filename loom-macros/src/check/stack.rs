//! The walk along a stack: each layer takes the shape that the one before it gives.

use std::collections::HashSet;
use std::fmt::Display;
use std::rc::Rc;

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::flow::Flow;
use super::model::{Combine, Item, Kind};
use super::resolve::Target;
use super::values::several;
use super::{Checker, MAX_LAYERS};
use crate::ast::{Body, Call, Node, Stack};
use crate::calculus::Input;
use crate::entry::{LayerSpec, Origin, Part, Shape, Site, keeps_values, takes_tokens};
use crate::expr::Code;
use crate::report::Errors;
use crate::size::{MAX, values};

impl<'a> Checker<'a> {
    pub(super) fn stack(&mut self, stack: &'a Stack, mut flow: Flow<'a>) -> (Vec<Item>, Flow<'a>) {
        let (mut items, mut position, mut used) = (Vec::new(), 0, HashSet::new());
        let mut nodes = stack.nodes.as_slice();
        if let Some((value, start)) = self.first_value(stack) {
            items.push(value);
            (flow, nodes) = (start, &nodes[1..]);
        }
        for node in nodes {
            if let Some(next) = self.again(node, &flow, &mut position, &mut items) {
                flow = next;
                continue;
            }
            if self.misplaced_value(node, std::ptr::eq(node, &raw const stack.nodes[0])) {
                flow = flow.unknown();
                continue;
            }
            // port_c3: a stack of a struct with several inputs begins with one of them.
            if let (Some(decl), Body::Call(call)) = (flow.several, &node.body) {
                self.errors.at(&call.name, format!("`{call}` takes one value, but {}", several(decl)));
                // It is not known which of them it should read.
                self.scopes
                    .iter_mut()
                    .flat_map(|scope| &mut scope.values[..scope.inputs])
                    .for_each(|input| input.is_read = true);
                flow = flow.unknown();
                continue;
            }
            // network_c3: each layer name occurs once in its stack.
            let is_new = |name: &&Ident| !used.insert(name.unraw().to_string());
            if let Some(name) = node.name.as_ref().filter(is_new) {
                self.errors.at(name, format!("two layers of this stack have the name `{name}`"));
            }
            let copies = self.copies(node);
            let names = copy_names(node, copies, &mut position);
            let (start, labels, shape, errors) =
                (items.len(), self.label_count(), flow.shape.clone(), self.errors.len());
            flow = match &node.body {
                Body::Broken => flow.unknown(),
                Body::Expression(code) => self.element(code, names, flow, &mut items),
                Body::Combine(call, arms) => self.combinator(call, arms, node, names, flow, &mut items),
                Body::Call(call) => self.call(call, node, names, flow, &mut items),
            };
            let is_right = self.errors.len() == errors;
            self.label(node, &mut items[start..], shape.or_else(|| flow.fixed.clone()), (labels, is_right));
        }
        (items, flow)
    }

    /// A layer with its arguments, whose sizes are numbers.
    fn text(&self, call: &Call) -> String {
        call.with_sizes(|size| self.consts.evaluate(size, &mut Errors::default()))
    }

    /// How often a node is repeated.
    pub(super) fn copies(&mut self, node: &Node) -> usize {
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
    pub(super) fn call(
        &mut self,
        call: &'a Call,
        node: &'a Node,
        names: Vec<String>,
        mut flow: Flow<'a>,
        items: &mut Vec<Item>,
    ) -> Flow<'a> {
        let target = self.resolve(call, flow.shape.as_deref());
        let text: Rc<str> = self.text(call).into();
        if flow.is_open && !matches!(target, Target::Block(..)) {
            self.open(call, &target, &mut flow);
        }
        let mut shares = None;
        for (copy, name) in names.into_iter().enumerate() {
            // Errors of the first copy are the layer's own. Those of a later one come from the repetition.
            let mut errors = Errors::default();
            let before = flow.clone();
            let (kind, next) = self.one(call, &target, flow, &mut errors);
            flow = next;
            if copy > 0 && !errors.is_empty() {
                self.repeat_ends(call, node, copy, &before);
                return flow.unknown();
            }
            let is_right = errors.is_empty();
            self.errors.append(errors);
            let takes_tokens = match &kind {
                Some(Kind::Layer { spec, input, .. }) => takes_tokens(&spec.parts(input, 0)),
                Some(Kind::Network(index)) => self.used(*index, |used| used.takes_tokens),
                Some(Kind::Combine(_) | Kind::Expression(_) | Kind::Value(_) | Kind::Bind) | None => false,
            };
            if takes_tokens && before.computed.is_none() {
                self.look_up_input();
            }
            if let (Target::Layer(spec), Some(kind), 0) = (&target, &kind, copy)
                && is_right
            {
                shares = self.tie(spec.tied(), call, kind);
            }
            let shares = shares.clone();
            items.extend(kind.map(|kind| Item { shares, ..item((copy, name), &call.name, &text, kind) }));
        }
        flow
    }

    /// One copy of what a name stands for. Its errors go to `errors`.
    fn one(
        &mut self,
        call: &'a Call,
        target: &Target<'a>,
        mut flow: Flow<'a>,
        errors: &mut Errors,
    ) -> (Option<Kind>, Flow<'a>) {
        match target {
            Target::Unknown => (None, flow.unknown()),
            Target::Guess(spec) => (None, guess(spec, call, flow)),
            Target::Struct(index) => self.use_struct(*index, call, flow, errors),
            Target::Block(block, sizes) => {
                let outer = std::mem::take(self.errors);
                let index = self.use_block(call, block, sizes, &flow);
                *errors = std::mem::replace(self.errors, outer);
                match index {
                    Some(index) => {
                        let input = self.networks[index].as_ref().and_then(|used| used.input.clone());
                        if let (true, Some(shape)) = (flow.is_open, input) {
                            self.fix_input(&shape);
                            flow.fix(&shape);
                        }
                        self.use_struct(index, call, flow, errors)
                    }
                    None => (None, flow.unknown()),
                }
            }
            Target::Function(function, sizes) => self.function(call, function, sizes, flow, errors),
            Target::Layer(spec) => apply(spec, call, flow, errors),
        }
    }

    /// An expression that a stack begins with.
    fn element(&mut self, code: &'a Code, names: Vec<String>, flow: Flow<'a>, items: &mut Vec<Item>) -> Flow<'a> {
        let (kind, flow) = self.expression(code, flow);
        let ident = code.result.ident();
        items.extend(names.into_iter().zip(kind).map(|(name, kind)| Item::new(name, &ident, kind)));
        flow
    }

    /// A combinator, once for each of `names`.
    pub(super) fn combinator(
        &mut self,
        call: &'a Call,
        arms: &'a [Stack],
        node: &'a Node,
        names: Vec<String>,
        mut flow: Flow<'a>,
        items: &mut Vec<Item>,
    ) -> Flow<'a> {
        let mut made: Option<(Option<Shape>, bool, Kind)> = None;
        let text: Rc<str> = self.text(call).into();
        for (copy, name) in names.into_iter().enumerate() {
            // A copy that takes what the copy before it took is the same.
            let kind = match &made {
                Some((input, is_computed, kind)) if *input == flow.shape && *is_computed == flow.computed.is_some() => {
                    Some(kind.clone())
                }
                _ => {
                    let (before, errors) = (flow.clone(), std::mem::take(self.errors));
                    let (kind, next) = self.combine(call, arms, flow);
                    let own = std::mem::replace(self.errors, errors);
                    flow = next;
                    if copy > 0 && !own.is_empty() {
                        self.repeat_ends(call, node, copy, &before);
                        return flow.unknown();
                    }
                    self.errors.append(own);
                    let is_computed = before.computed.is_some();
                    let input = before.shape.or_else(|| flow.fixed.clone());
                    made = kind.clone().map(|kind| (input, is_computed, kind));
                    kind
                }
            };
            // combine_c3: what stands before is read.
            if kind.as_ref().is_some_and(|kind| !reads_before(kind)) {
                if let (1.., Some(repeat)) = (copy, &node.repeat) {
                    let message = format!("no stack of `{call}` reads the copy before it; leave out the repetition");
                    self.errors.at(repeat, message);
                    return flow;
                }
                if !items.is_empty() {
                    let message = format!(
                        "no stack of `{call}` reads what stands before it; leave that out, or begin a stack without a value"
                    );
                    self.errors.at(&call.name, message);
                }
            }
            items.extend(kind.map(|kind| item((copy, name), &call.name, &text, kind)));
        }
        flow
    }

    /// Reports that a copy of a repeated layer cannot take what the copy before it gives.
    pub(super) fn repeat_ends(&mut self, call: &impl Display, node: &Node, copy: usize, before: &Flow<'_>) {
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
    fn open(&mut self, call: &'a Call, target: &Target<'a>, flow: &mut Flow<'a>) {
        flow.is_open = false;
        let fixed = match target {
            Target::Unknown | Target::Block(..) => None,
            Target::Function(..) => {
                self.unknown_input(call, "[n]");
                None
            }
            Target::Guess(spec) => spec.fixed_input(),
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
            self.fix_input(&shape);
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
            let cure = origin
                .before(wanted, shape)
                .unwrap_or_else(|| format!("declare `struct {}: {shape:?}`, or give it {wanted:?}", call.name));
            let found = origin.found(shape);
            errors.at(&call.name, format!("`{call}` takes {wanted:?}, but {found}; {cure}"));
        }
        let here = Origin::Call(call, None);
        if let (Some(before), true) = (&flow.computed, network.takes_tokens) {
            let message = format!(
                "`{call}` begins with an `Embedding`, which takes the network's input, but {} computes what it gets; \
                 start the network with `{call}`",
                before.name()
            );
            errors.at(&call.name, message);
        }
        let computed = if network.keeps_values { flow.computed } else { Some(here) };
        let last = flow.shape.clone().map(|shape| Rc::new((here, shape)));
        let next = Flow { computed, last, ..flow.then(network.output.clone(), Some(here)) };
        (Some(Kind::Network(index)), next)
    }
}

/// Whether an element reads what stands before it, as all do but combinators whose stacks begin with values.
fn reads_before(kind: &Kind) -> bool {
    match kind {
        Kind::Combine(Combine { arms, adds_input, .. }) => {
            *adds_input || arms.iter().any(|arm| arm.first().is_none_or(|first| reads_before(&first.kind)))
        }
        Kind::Expression(expression) => expression.reads.contains(&Input::Flow),
        Kind::Value(_) => false,
        Kind::Layer { .. } | Kind::Network(_) | Kind::Bind => true,
    }
}

/// One layer of a stack.
pub(super) fn apply<'a>(
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
    let infer = |input: &[usize], remedy: Option<&str>| {
        let mut errors = Errors::default();
        (spec.infer(input, &mut Site { call, input, origin, remedy, errors: &mut errors }), errors)
    };
    let (mut output, mut complaints) = infer(&input, None);
    if !complaints.is_empty()
        && let Origin::Call(flatten, _) = origin
        && flatten.name == "Flatten"
        && spec.fixed_input().is_none()
        && let Some(before) = &flow.before
        && let (Some(after), complaints_before) = infer(before, None)
        && complaints_before.is_empty()
    {
        let remedy = if after.len() == 1 { "leave out the `Flatten`" } else { "move it before the `Flatten`" };
        (output, complaints) = infer(&input, Some(remedy));
    }
    let is_wrong = !complaints.is_empty();
    errors.append(complaints);
    if output.as_ref().is_some_and(|output| values(output).is_none()) {
        errors.at(&call.name, format!("`{call}` gives more than {MAX} values a sample"));
        return (None, flow.unknown());
    }
    // What a layer would run after an error of its own is not looked at.
    let parts = if output.is_some() && !is_wrong { spec.parts(&input, 0) } else { Vec::new() };
    if let (Some(before), true) = (&flow.computed, takes_tokens(&parts)) {
        let (name, last) = (before.name(), input[input.len() - 1]);
        // embedding_c3: tokens are the network's input.
        let complaint =
            format!("`{call}` takes token numbers, which no gradient reaches, but {name} computes what it gets");
        let cure = format!("start the network with it, or write `Dense<{last}, {}>`", call.positional[1]);
        errors.at(&call.name, format!("{complaint}; {cure}"));
        return (None, flow.unknown());
    }
    if !has_countable_values(&parts) {
        // size_c6: a tensor has at most `size::MAX` values.
        errors.at(&call.name, format!("`{call}` has more than {MAX} values"));
    }
    // A layer that leaves the shape alone is not the one to name in a later error.
    let (origin, before) = match output.as_ref() == Some(&input) {
        true => (origin, flow.before.clone()),
        false => (here, Some(input.clone())),
    };
    // The layers that keep values have no output after an error of their own.
    let keeps = if is_wrong { output.is_none() } else { keeps_values(&parts) };
    let computed = if keeps { flow.computed } else { Some(here) };
    let is_same = output.as_ref() == Some(&input);
    let has_sizes = |last: &Origin<'_>| matches!(last, Origin::Call(last, _) if !last.positional.is_empty());
    let last = flow.last.clone().filter(|last| is_same && (call.positional.is_empty() || has_sizes(&last.0)));
    let last = last.or_else(|| Some(Rc::new((here, input.clone()))));
    let kind = output.clone().map(|output| Kind::Layer { spec: spec.clone(), input, output });
    (kind, Flow { before, computed, last, ..flow.then(output, Some(origin)) })
}

/// The flow after the layer that a misspelt name means, where that layer fits.
fn guess<'a>(spec: &Rc<dyn LayerSpec>, call: &'a Call, flow: Flow<'a>) -> Flow<'a> {
    let mut errors = Errors::default();
    let (_, next) = apply(spec, call, flow, &mut errors);
    // No cure shall repeat the misspelt name.
    let nameless = |origin| match origin {
        Origin::Call(last, _) if std::ptr::eq(last, call) => Origin::Call(call, None),
        origin => origin,
    };
    let (origin, last) = (next.origin.map(nameless), next.last.clone());
    let last = last.map(|last| Rc::new((nameless(last.0), last.1.clone())));
    if errors.is_empty() { Flow { origin, last, ..next } } else { next.unknown() }
}

/// Whether the values of each parameter, and those that kernels go through for a sample, can be counted.
fn has_countable_values(parts: &[Part]) -> bool {
    parts.iter().all(|part| {
        part.params.iter().all(|param| values(&param.shape).is_some())
            && part.layer.description().sizes().is_some_and(|sizes| sizes.output <= MAX)
    })
}

/// The element for one of a node's copies.
fn item((copy, name): (usize, String), ident: &Ident, text: &Rc<str>, kind: Kind) -> Item {
    Item { text: text.clone(), is_copy: copy > 0, ..Item::new(name, ident, kind) }
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
