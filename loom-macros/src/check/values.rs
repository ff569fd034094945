//! The named values of a struct: its input, and what each `let` gives.

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::Checker;
use super::flow::{Bound, Flow, Scope};
use super::model::{Item, Kind};
use crate::ast::{Block, Body, Call, Node, Stack};
use crate::entry::{Origin, Shape};
use crate::layers::find;
use crate::report::nearest;

/// The name of a struct's input.
const INPUT: &str = "input";

impl<'a> Checker<'a> {
    /// What stands in a struct's braces; whether a layer looks up tokens in its input; what it gives.
    pub(super) fn block(&mut self, block: &'a Block, input: Flow<'a>) -> (Vec<Item>, bool, Flow<'a>) {
        let input = Bound { name: INPUT.to_owned(), flow: input, is_read: true };
        self.scopes.push(Scope { body: block, values: vec![input], labels: Vec::new(), takes_tokens: false });
        let mut items = Vec::new();
        for statement in &block.lets {
            let (mut own, flow) = self.statement(&statement.stack);
            rename(&statement.name, &statement.stack, &mut own);
            own.push(Item::new(String::new(), &statement.name, Kind::Bind));
            items.append(&mut own);
            self.bind(&statement.name, flow);
        }
        let (mut own, mut flow) = self.statement(&block.stack);
        items.append(&mut own);
        let Some(Scope { values, takes_tokens, .. }) = self.scopes.pop() else { return (items, false, flow) };
        let mut stacks = block.lets.iter().map(|statement| &statement.stack).chain([&block.stack]);
        // value_c3: each value is read.
        if !stacks.any(is_broken) {
            for (statement, value) in block.lets.iter().zip(&values[1..]).filter(|(_, value)| !value.is_read) {
                self.errors.at(&statement.name, format!("nothing reads `{}`; leave it out", value.name));
            }
        }
        flow.fixed = flow.fixed.or_else(|| values.into_iter().next().and_then(|input| input.flow.fixed));
        (items, takes_tokens, flow)
    }

    /// A stack of a struct, which begins with the input where it does not say otherwise.
    fn statement(&mut self, stack: &'a Stack) -> (Vec<Item>, Flow<'a>) {
        let input = self.scopes.last().and_then(|scope| scope.values.first());
        let start = input.map_or_else(Flow::lost, |input| input.flow.clone());
        self.stack(stack, start)
    }

    /// Tells the values of the present struct the shape of its input, which a layer fixed.
    pub(super) fn fix_input(&mut self, shape: &Shape) {
        let values = self.scopes.last_mut().map(|scope| &mut scope.values).into_iter().flatten();
        values.filter(|value| value.flow.is_open).for_each(|value| value.flow.fix(shape));
    }

    /// Notes that a layer looks up tokens in the present struct's input.
    pub(super) fn look_up_input(&mut self) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.takes_tokens = true;
        }
    }

    /// Gives a value its name.
    fn bind(&mut self, name: &Ident, flow: Flow<'a>) {
        let text = name.unraw().to_string();
        let Some(Scope { values, labels, .. }) = self.scopes.last_mut() else { return };
        // network_c3: a name is a layer's or a value's.
        if labels.iter().any(|label| label.name == text) {
            self.errors.at(name, format!("a layer of this struct has the name `{text}`; write another"));
        }
        // value_c1: each value has a name of its own.
        if values.iter().any(|other| other.name == text) {
            let message = match text.as_str() {
                INPUT => "`input` is the name of the struct's input; write another".to_owned(),
                _ => format!("two values of this struct have the name `{text}`"),
            };
            self.errors.at(name, message);
        }
        values.push(Bound { name: text, flow, is_read: false });
    }

    /// The value that a stack begins with, where it begins with one.
    pub(super) fn first_value(&mut self, stack: &'a Stack) -> Option<(Item, Flow<'a>)> {
        let call = value_call(stack.nodes.first()?)?;
        let name = call.name.unraw().to_string();
        let values = &mut self.scopes.last_mut()?.values;
        let index = values.iter().rposition(|value| value.name == name)?;
        values[index].is_read = true;
        let flow = values[index].flow.clone();
        let origin = if index == 0 { flow.origin } else { Some(Origin::Value(&call.name)) };
        let item = Item::new(String::new(), &call.name, Kind::Value(index));
        Some((item, Flow { origin, ..flow }))
    }

    /// Reports a value's name where a layer should be, or a name like one. Whether it did.
    pub(super) fn misplaced_value(&mut self, node: &Node, is_first: bool) -> bool {
        let Some(call) = value_call(node) else { return false };
        let name = call.name.unraw().to_string();
        let Some(Scope { values, .. }) = self.scopes.last().filter(|scope| scope.values.len() > 1) else {
            return false;
        };
        let names = values.iter().map(|value| value.name.as_str());
        if !is_first && names.clone().any(|value| value == name) {
            // value_c2: a value stands at the start of a stack.
            let message = format!(
                "`{name}` is a value, and a stack begins with it; to add it here, write `Sum {{ | {name} }}`, to append it \
                 `Concat {{ | {name} }}`"
            );
            self.errors.at(&call.name, message);
            return true;
        }
        let is_known = self.names.contains_key(&name) || self.blocks.contains_key(&name) || find(&name).is_some();
        let is_like_a_value = !is_known && name.starts_with(|first: char| first.is_lowercase());
        let near = nearest(&name, names.clone());
        if !is_like_a_value || near.is_empty() && !is_first {
            return false;
        }
        let cure = match near.as_slice() {
            [] => format!("the values here are {}", names.collect::<Vec<_>>().join(", ")),
            near => format!("did you mean `{}`?", near.join("` or `")),
        };
        self.errors.at(&call.name, format!("no value `{name}`; {cure}"));
        true
    }
}

/// A node that may be a value: a name alone.
fn value_call(node: &Node) -> Option<&Call> {
    node.bare_call().filter(|_| node.name.is_none() && node.repeat.is_none())
}

/// Whether a stack has a syntax error.
fn is_broken(stack: &Stack) -> bool {
    stack.nodes.iter().any(|node| match &node.body {
        Body::Broken => true,
        Body::Combine(_, arms) => arms.iter().any(is_broken),
        Body::Call(_) => false,
    })
}

/// Names the layers of a `let` in PyTorch's manner: a layer alone has the value's name, several are its parts.
fn rename(value: &Ident, stack: &Stack, items: &mut [Item]) {
    let value = value.unraw();
    let layers = items.iter_mut().filter(|item| !matches!(item.kind, Kind::Value(_)));
    let is_one = stack.nodes.iter().all(|node| node.name.is_none() && node.repeat.is_none());
    let mut layers: Vec<_> = layers.collect();
    match layers.as_mut_slice() {
        [layer] if is_one => layer.name = value.to_string(),
        layers => layers.iter_mut().for_each(|layer| layer.name = format!("{value}.{}", layer.name)),
    }
}
