//! Elements that have a name, and others of their struct that share their parameters.

use std::collections::HashSet;

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::Checker;
use super::flow::{Count, Flow, Label, Scope};
use super::model::{Item, Kind, Share};
use super::values::several;
use crate::ast::{Block, Body, Call, Node, Stack};
use crate::calculus::Expression;
use crate::entry::{Origin, Part, Shape};
use crate::layers::find;
use crate::report::{Errors, Reported};

impl<'a> Checker<'a> {
    /// How many names there are so far.
    pub(super) fn label_count(&self) -> usize {
        self.scopes.last().map_or(0, |scope| scope.labels.len())
    }

    /// Notes the name of an element that has one. All names from `first` on stand within it.
    /// One with an error of its own cannot be used again, which would repeat the error.
    pub(super) fn label(
        &mut self,
        node: &'a Node,
        items: &mut [Item],
        input: Option<Shape>,
        (first, is_right): (usize, bool),
    ) {
        let Some(Scope { values, labels, .. }) = self.scopes.last_mut() else { return };
        if node.repeat.is_some() {
            labels[first..].iter_mut().for_each(|label| label.count = Count::Many);
        }
        let Some(ident) = &node.name else { return };
        let name = ident.unraw().to_string();
        // network_c3: a name is a layer's or a value's.
        if values[1..].iter().any(|value| value.name == name) {
            self.errors.at(ident, format!("a value of this struct has the name `{name}`; write another"));
        }
        let mut label = Label { name: name.clone(), node, element: None, count: Count::One };
        match items {
            [] => {}
            [item] if node.repeat.is_none() => {
                item.label = Some(name.clone());
                let input = match &item.kind {
                    Kind::Layer { input, .. } => Some(input.clone()),
                    Kind::Network(index) => self.networks[*index].as_ref().and_then(|used| used.input.clone()),
                    Kind::Combine(_) | Kind::Expression(_) | Kind::Value(_) | Kind::Bind => input,
                };
                label.element = input.filter(|_| is_right).map(|input| (item.kind.clone(), input));
            }
            _ => label.count = Count::Many,
        }
        match labels.iter_mut().find(|other| other.name == name) {
            // What is used again is walked again.
            Some(other) if std::ptr::eq(other.node, node) => *other = label,
            Some(other) => other.count = Count::Two,
            None => labels.push(label),
        }
    }

    /// An element that is an earlier one of the same struct, whose parameters it shares, and what it gives; nothing where it is none.
    pub(super) fn again(
        &mut self,
        node: &'a Node,
        flow: &Flow<'a>,
        position: &mut usize,
        items: &mut Vec<Item>,
    ) -> Option<Flow<'a>> {
        let call = node.bare_call()?;
        let name = call.name.unraw().to_string();
        let is_known = self.names.contains_key(&name) || self.blocks.contains_key(&name) || find(&name).is_some();
        if is_known || self.scopes.last().is_none_or(|scope| scope.values.iter().any(|value| value.name == name)) {
            return None;
        }
        let label = match self.find_label(&call.name) {
            Ok(label) => label?,
            Err(Reported) => return Some(flow.clone().unknown()),
        };
        // shared_c4: what is used again has one name.
        if let Some(second) = &node.name {
            let message = format!("`{name}` is used again, and has its name already; leave out `{second}:`");
            self.errors.at(second, message);
            return Some(flow.clone().unknown());
        }
        if let Some(decl) = flow.several {
            self.errors.at(&call.name, format!("`{name}` takes one value, but {}", several(decl)));
            return Some(flow.clone().unknown());
        }
        let Some((kind, wanted)) = &label.element else { return Some(flow.clone().unknown()) };
        let mut flow = flow.clone();
        let copies = self.copies(node);
        *position += copies;
        for copy in 0..copies {
            let (before, outer, mut own) = (flow.clone(), std::mem::take(self.errors), Vec::new());
            // The names within it stand for what they stood for.
            let labels = self.scopes.last().map(|scope| scope.labels.clone());
            let names = vec![String::new()];
            flow = match &label.node.body {
                Body::Call(first) => self.call(first, label.node, names, flow, &mut own),
                Body::Expression(_) => flow.unknown(),
                Body::Combine(first, arms) => self.combinator(first, arms, label.node, names, flow, &mut own),
                Body::Broken => flow.unknown(),
            };
            let errors = std::mem::replace(self.errors, outer);
            self.scopes.last_mut().into_iter().zip(labels).for_each(|(scope, labels)| scope.labels = labels);
            let fits = own.iter().all(|item| self.are_alike(&item.kind, kind, &mut HashSet::new()));
            if errors.is_empty() && fits {
                let shares = || Some(Share::All(name.clone()));
                items.extend(own.into_iter().map(|item| Item { label: None, shares: shares(), ..item }));
                continue;
            }
            match copy {
                0 => self.does_not_fit(call, &label, wanted, &before, &errors),
                _ => self.repeat_ends(call, node, copy, &before),
            }
            return Some(flow.unknown());
        }
        Some(flow)
    }

    /// Reports that an element cannot be used again for a shape.
    fn does_not_fit(&mut self, call: &Call, label: &Label<'_>, wanted: &[usize], flow: &Flow<'_>, errors: &Errors) {
        let Some(shape) = flow.shape.as_deref().filter(|shape| *shape != wanted) else {
            // What else can be wrong is said as at a first use.
            errors.first().into_iter().for_each(|error| self.errors.at(&call.name, error));
            return;
        };
        let (name, own) = (&label.name, label.declaration());
        let found = flow.origin.map_or_else(|| format!("gets {shape:?}"), |origin| origin.found(shape));
        let other = match errors.is_empty() {
            true => format!("write `{own}` for parameters of its own"),
            false => format!("give it {wanted:?}"),
        };
        let cure = flow.origin.filter(|_| !errors.is_empty()).and_then(|origin| origin.before(wanted, shape));
        // shared_c1: an element is used again for shapes for which its parameters are the same.
        let message = format!(
            "`{name}` shares the parameters of `{name}: {own}`, which takes {wanted:?}, but {found}; {}",
            cure.unwrap_or(other)
        );
        self.errors.at(&call.name, message);
    }

    /// The weight that a layer is tied to, which is as large as its own.
    pub(super) fn tie(&mut self, tied: Option<&Ident>, call: &Call, kind: &Kind) -> Option<Share> {
        let name = tied?;
        let label = match self.find_label(name) {
            Ok(label) => label,
            Err(Reported) => return None,
        };
        let Some(label) = label else {
            // tied_c1: a weight is that of an earlier layer.
            let cure = "name the layer whose weight it shares, as in `tokens: Embedding<..>`";
            self.errors.at(name, format!("no layer here has the name `{name}`; {cure}"));
            return None;
        };
        let (other, _) = label.element.as_ref()?;
        let (Some(own), found) = (weight_of(kind), weight_of(other)) else { return None };
        let Some(found) = found else {
            // tied_c3: the other layer has a weight.
            let message =
                format!("`{name}: {}` has no `weight` to share; name a layer that has one", label.declaration());
            self.errors.at(name, message);
            return None;
        };
        if own == found {
            return Some(Share::Weight(label.name.clone()));
        }
        // tied_c2: both weights have one shape.
        let last = match kind {
            Kind::Layer { input, .. } => input.last().copied(),
            _ => None,
        };
        let cure = match (&found[..], last) {
            (&[outputs, inputs], Some(last)) => {
                let before = if last == inputs { String::new() } else { format!("Dense<{last}, {inputs}> -> ") };
                format!("write `{before}{}`", call.with_each([(0, inputs), (1, outputs)]))
            }
            _ => "tie it to a layer whose weight is as large".to_owned(),
        };
        let message = format!("`{call}` has a weight of {own:?}, but that of `{name}` is {found:?}; {cure}");
        self.errors.at(name, message);
        None
    }

    /// The element of a name, if there is one that can be shared. What is wrong with it is reported.
    fn find_label(&mut self, ident: &Ident) -> Result<Option<Label<'a>>, Reported> {
        let name = ident.unraw().to_string();
        let Some(Scope { body, labels, .. }) = self.scopes.last() else { return Ok(None) };
        let body: &'a Block = body;
        let message = match labels.iter().find(|label| label.name == name) {
            Some(label) if label.count == Count::One => return Ok(Some(label.clone())),
            // shared_c3: the name stands for one element.
            Some(Label { count: Count::Two, .. }) => {
                format!("two layers have the name `{name}`; give one of them another to share its parameters")
            }
            Some(_) => format!(
                "`{name}` is repeated and stands for several layers; to use them again, make them a `block` and name its use"
            ),
            // shared_c2: the element stands before, in the same struct.
            None => match named(body, &name) {
                Some(node) => {
                    let own = declaration(node);
                    format!("`{name}: {own}` comes later; write `{name}: {own}` here, and `{name}` there")
                }
                None => {
                    let structs = self.input.structs.iter().map(|decl| (&decl.name, &decl.body));
                    let blocks = self.input.blocks.iter().map(|block| (&block.name, &block.body));
                    let mut found = structs.chain(blocks).filter_map(|(of, body)| Some((of, named(body, &name)?)));
                    let Some((of, node)) = found.next() else { return Ok(None) };
                    let own = declaration(node);
                    format!("`{name}` is a layer of `{of}`, and is shared there alone; write `{name}: {own}` here")
                }
            },
        };
        self.errors.at(ident, message);
        Err(Reported)
    }

    /// Whether two elements that come from the same tokens read parameters of the same shapes. No two stacks are compared twice.
    fn are_alike(&self, a: &Kind, b: &Kind, seen: &mut HashSet<[*const Item; 2]>) -> bool {
        let mut all = |a: &[Item], b: &[Item]| {
            let is_seen = !a.is_empty() && !seen.insert([a.as_ptr(), b.as_ptr()]);
            is_seen || a.iter().zip(b).all(|(a, b)| self.are_alike(&a.kind, &b.kind, seen))
        };
        match (a, b) {
            (Kind::Layer { spec: a, input: a_input, .. }, Kind::Layer { spec: b, input: b_input, .. }) => {
                let params = |parts: Vec<Part>| parts.into_iter().flat_map(|part| part.params);
                params(a.parts(a_input, 0)).eq(params(b.parts(b_input, 0)))
            }
            (Kind::Expression(a), Kind::Expression(b)) => {
                let params =
                    |of: &Expression| of.operations.iter().flat_map(|step| step.params.clone()).collect::<Vec<_>>();
                params(a) == params(b)
            }
            (Kind::Combine(a), Kind::Combine(b)) => a.arms.iter().zip(&*b.arms).all(|(a, b)| all(a, b)),
            (Kind::Network(a), Kind::Network(b)) => {
                let stack = |index: usize| self.networks[index].as_ref().map_or(&[][..], |network| &network.stack);
                a == b || all(stack(*a), stack(*b))
            }
            _ => true,
        }
    }
}

impl Label<'_> {
    /// What stands behind the name where it is first written.
    fn declaration(&self) -> String {
        declaration(self.node)
    }
}

fn declaration(node: &Node) -> String {
    match &node.body {
        Body::Call(call) => call.to_string(),
        Body::Combine(call, _) => Origin::Combine(call).name().replace('`', ""),
        Body::Expression(_) | Body::Broken => "..".to_owned(),
    }
}

/// The element of that name in a struct or block.
fn named<'a>(body: &'a Block, name: &str) -> Option<&'a Node> {
    fn in_stack<'a>(stack: &'a Stack, name: &str) -> Option<&'a Node> {
        stack.nodes.iter().find_map(|node| match (&node.name, &node.body) {
            (Some(ident), _) if ident.unraw() == name => Some(node),
            (_, Body::Combine(_, arms)) => arms.iter().find_map(|arm| in_stack(arm, name)),
            _ => None,
        })
    }
    body.lets.iter().map(|statement| &statement.stack).chain([&body.stack]).find_map(|stack| in_stack(stack, name))
}

/// The shape of a layer's weight.
fn weight_of(kind: &Kind) -> Option<Shape> {
    let Kind::Layer { spec, input, .. } = kind else { return None };
    let params = spec.parts(input, 0).into_iter().flat_map(|part| part.params);
    params.filter(|param| param.name == "weight").map(|param| param.shape.to_vec()).next()
}
