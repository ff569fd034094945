//! The named values of a struct: its input, and what each `let` gives.

use std::collections::HashSet;
use std::rc::Rc;

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::Checker;
use super::flow::{Body, Bound, Flow, INPUT, Scope};
use super::model::{Item, Kind};
use crate::ast::{self, Block, COMBINATORS, Call, InputShape, Let, Node, SPLIT, Stack, Struct};
use crate::entry::{Origin, Shape};
use crate::layers::find;
use crate::report::nearest;

impl<'a> Checker<'a> {
    /// What stands in a struct's braces, after the values and elements that its inputs are.
    pub(super) fn block(&mut self, block: &'a Block, values: Vec<Bound<'a>>, mut items: Vec<Item>) -> Body<'a> {
        let inputs = values.len();
        let (awaited, labels) = (HashSet::new(), Vec::new());
        self.scopes.push(Scope { body: block, values, inputs, lets: 0, awaited, labels, takes_tokens: false });
        for statement in &block.lets {
            self.bind_let(statement, &mut items);
            self.scopes.last_mut().into_iter().for_each(|scope| scope.lets += 1);
        }
        let (mut own, mut flow) = self.statement(&block.stack);
        items.append(&mut own);
        let Scope { values, takes_tokens, .. } = self.scopes.pop().expect("it was pushed above");
        let mut stacks = block.lets.iter().map(|statement| &statement.stack).chain([&block.stack]);
        if !stacks.any(is_broken) {
            self.unread(block, &values, &items);
        }
        flow.fixed = flow.fixed.or_else(|| values[0].flow.fixed.clone());
        Body { items, takes_tokens, flow, values }
    }

    /// Reports values that nothing reads.
    fn unread(&mut self, block: &Block, values: &[Bound<'_>], items: &[Item]) {
        let bound = items.iter().enumerate().filter(|(_, item)| matches!(item.kind, Kind::Bind));
        let bound: Vec<_> = bound.zip(&values[1..]).collect();
        let is_only = |value: &Bound<'_>| values.iter().filter(|other| other.name == value.name).count() == 1;
        for ((_, Item { ident, .. }), value) in bound.iter().filter(|(_, value)| !value.is_read && is_only(value)) {
            let parts =
                block.lets.iter().find(|statement| statement.split.is_some() && statement.names.contains(ident));
            let is_other = |name: &Ident| parts.is_some_and(|statement| statement.names.contains(name));
            let others = bound.iter().filter(|((_, item), value)| value.is_read && is_other(&item.ident));
            let slices = others.map(|((at, item), _)| {
                // The sizes of a block are not known where it stands.
                let text = items[..*at].last().map(|item| &*item.text).filter(|text| !text.is_empty());
                let slice = text.unwrap_or("Slice<..>");
                format!("`let {} = .. -> {slice};`", item.ident)
            });
            let is_output = self.path.last().is_some_and(|index| self.input.structs[*index].is_output(ident));
            let cure = match slices.collect::<Vec<_>>().as_slice() {
                [] if is_output => "a loss depends on the output".to_owned(),
                [] => "leave it out".to_owned(),
                slices => format!("write {}", slices.join(" and ")),
            };
            // value_c3: each value is read.
            self.errors.at(ident, format!("nothing reads `{}`; {cure}", value.name));
        }
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

    /// What a `let` computes, and its names.
    fn bind_let(&mut self, statement: &'a Let, items: &mut Vec<Item>) {
        let errors = self.errors.len();
        let (mut own, flow) = self.statement(&statement.stack);
        rename(&statement.names[0], &statement.stack, &mut own);
        items.append(&mut own);
        match (statement.names.as_slice(), &statement.split) {
            ([name], _) => self.bind(name, flow, items),
            (_, Some(split)) => self.split(statement, split, &flow, items),
            (names, None) => {
                if self.errors.len() == errors && !is_broken(&statement.stack) {
                    self.not_split(statement, &flow);
                }
                names.iter().for_each(|name| self.bind(name, Flow::lost(), items));
            }
        }
    }

    /// Gives a value its name.
    pub(super) fn bind(&mut self, name: &Ident, flow: Flow<'a>, items: &mut Vec<Item>) {
        items.push(Item::new(String::new(), name, Kind::Bind));
        let text = name.unraw().to_string();
        let Some(Scope { values, awaited, labels, .. }) = self.scopes.last_mut() else { return };
        // network_c3: a name is a layer's or a value's.
        if labels.iter().any(|label| label.name == text) {
            self.errors.at(name, format!("a layer of this struct has the name `{text}`; write another"));
        }
        // value_c1: each value has a name of its own.
        if find(&text).is_some() || COMBINATORS.contains(&text.as_str()) || text == SPLIT {
            self.errors.at(name, format!("`{text}` is the name of a layer; write another"));
        } else if let Some(at) = values.iter().position(|other| other.name == text) {
            let message = match at {
                0 => format!("`{text}` is the name of the struct's input; write another"),
                _ => format!("two values of this struct have the name `{text}`"),
            };
            self.errors.at(name, message);
        }
        let is_read = awaited.contains(&text);
        values.push(Bound { name: text, flow, is_read });
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
        let last = Some(Rc::new((Origin::Value(&call.name), flow.shape.clone().unwrap_or_default())));
        Some((item, Flow { origin, last, ..flow }))
    }

    /// Reports a value that is repeated, or has arguments as a layer. Whether it did.
    fn changed_value(&mut self, node: &Node) -> bool {
        let Some(call) = changed_call(node) else { return false };
        let name = call.name.unraw().to_string();
        let values = self.scopes.last_mut().map_or(&mut [][..], |scope| &mut scope.values);
        let Some(value) = values.iter_mut().rfind(|value| value.name == name) else { return false };
        value.is_read = true;
        if find(&name).is_some() {
            // Its `let` is reported.
            return false;
        }
        // value_c5: a value is there once, and takes no arguments.
        match &node.repeat {
            Some(repeat) => {
                let factor = repeat.to_string();
                let cure = match factor.parse::<usize>() {
                    Ok(_) => format!("its product with a number is `{name} * {factor}.0`"),
                    Err(_) => format!("leave out `* {factor}`"),
                };
                self.errors.at(repeat, format!("`{name}` is a value, and only layers are repeated; {cure}"));
            }
            None => self.errors.at(&call.name, format!("`{name}` is a value and takes no arguments; write `{name}`")),
        }
        true
    }

    /// Reports a value's name where a layer should be, or a name like one. Whether it did.
    pub(super) fn misplaced_value(&mut self, node: &Node, is_first: bool) -> bool {
        if self.changed_value(node) {
            return true;
        }
        let Some(call) = value_call(node) else { return false };
        let name = call.name.unraw().to_string();
        let is_graph = |scope: &&mut Scope<'_>| scope.inputs > 1 || !scope.body.lets.is_empty();
        let Some(Scope { body, values, lets, awaited, .. }) = self.scopes.last_mut().filter(is_graph) else {
            return false;
        };
        // What is split has no name, nor has the sample as a whole where it has several parts.
        let names = values.iter().map(|value| value.name.as_str()).filter(|name| !name.is_empty());
        let (bound, later) = body.lets.split_at(*lets);
        let gives = |statement: &Let| statement.names.contains(&call.name);
        if !bound.iter().any(gives)
            && let Some(index) = later.iter().position(gives)
        {
            // value_c4: a value is read after its `let`.
            let cure = match index {
                0 => format!("begin with another value, such as `{}`", names.clone().next().unwrap_or(INPUT)),
                _ => format!("move `let {} = ..;` before `let {} = ..;`", later[index].pattern(), later[0].pattern()),
            };
            let complaint = if index == 0 { "would be made of itself" } else { "is declared below" };
            self.errors.at(&call.name, format!("`{name}` {complaint}; {cure}"));
            awaited.insert(name);
            return true;
        }
        if !is_first && names.clone().any(|value| value == name) {
            // value_c2: a value stands at the start of a stack.
            let message = format!(
                "`{name}` is a value, and a stack begins with it; to add it here, write `Sum {{ | {name} }}`, to append it \
                 `Concat {{ | {name} }}`"
            );
            self.errors.at(&call.name, message);
            return true;
        }
        let is_known = self.names.contains_key(&name)
            || self.blocks.contains_key(&name)
            || self.functions.contains_key(&name)
            || find(&name).is_some();
        let is_like_a_value = !is_known && name.starts_with(|first: char| first.is_lowercase());
        let near: Vec<String> = nearest(&name, names.clone()).into_iter().map(str::to_owned).collect();
        if !is_like_a_value || near.is_empty() && !is_first {
            return false;
        }
        let cure = match near.as_slice() {
            [] => format!("the values here are {}", names.collect::<Vec<_>>().join(", ")),
            near => format!("did you mean `{}`?", near.join("` or `")),
        };
        // It shall not be said of what is meant that nothing reads it.
        values.iter_mut().filter(|value| near.contains(&value.name)).for_each(|value| value.is_read = true);
        self.errors.at(&call.name, format!("no value `{name}`; {cure}"));
        true
    }
}

/// The name of a node that has arguments or is repeated.
fn changed_call(node: &Node) -> Option<&Call> {
    let Node { name: None, body: ast::Body::Call(call), .. } = node else { return None };
    value_call(node).is_none().then_some(call)
}

/// A node that may be a value: a name alone.
fn value_call(node: &Node) -> Option<&Call> {
    node.bare_call().filter(|_| node.name.is_none() && node.repeat.is_none())
}

/// Why no layer takes all inputs of a struct, and the cure.
pub(super) fn several(decl: &Struct) -> String {
    let InputShape::Named(inputs) = &decl.input else { unreachable!("several inputs have names") };
    let names = Vec::from_iter(inputs.iter().map(|(name, _)| format!("`{name}`"))).join(" or ");
    format!("`{}` has several inputs; begin the stack with {names}", decl.name)
}

/// Whether a stack has a syntax error.
fn is_broken(stack: &Stack) -> bool {
    stack.nodes.iter().any(|node| match &node.body {
        ast::Body::Broken => true,
        ast::Body::Combine(_, arms) => arms.iter().any(is_broken),
        ast::Body::Call(_) | ast::Body::Expression(_) => false,
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
