//! Expressions and functions in stacks.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;

use super::Checker;
use super::flow::Flow;
use super::model::Kind;
use super::walk::{Walk, is_shaped};
use crate::ast::{Call, Spelling, Value};
use crate::calculus::{BUILTINS, Input, What};
use crate::entry::{Origin, count};
use crate::expr::{Code, Expr, Function};
use crate::layers::find;
use crate::report::Errors;

impl<'a> Checker<'a> {
    /// Declares the functions: their names, and what is wrong with them wherever they are used.
    pub(super) fn declare_functions(&mut self) {
        let functions = &self.input.functions;
        for function in functions {
            let name = function.name.unraw().to_string();
            // fn_c3: each function has a name of its own.
            let is_layer = find(&name).is_some();
            if self.names.contains_key(&name)
                || self.input.blocks.iter().any(|block| block.name == function.name)
                || is_layer
            {
                self.errors.at(&function.name, format!("`{name}` is the name of a layer or a loss; write another"));
            } else if BUILTINS.iter().any(|(other, _)| *other == name) || is_shaped(&name) {
                self.errors.at(&function.name, format!("`{name}` is a function that is there already; write another"));
                // Its uses as a layer say nothing more.
                self.functions.insert(name.clone(), function);
                self.broken.insert(name);
            } else if self.functions.insert(name.clone(), function).is_some() {
                self.errors.at(&function.name, format!("two functions have the name `{name}`"));
            }
        }
        self.declare_bodies();
    }

    /// Finds what is wrong with each function wherever it may be used. Its values have no shapes here.
    fn declare_bodies(&mut self) {
        let Checker { functions, broken, errors, consts, input, .. } = self;
        for function in
            callees_first(&input.functions, functions).into_iter().filter(|function| function.body.is_some())
        {
            let before = errors.len();
            let mut outside = |_: &str| None;
            let mut walk = Walk::new((functions, broken), errors, Vec::new(), &mut outside);
            walk.is_declaration = true;
            let arguments = vec![walk.graph.unknown(); function.values().count()];
            let result = walk.body(function, &vec![None; function.sizes.len()], &arguments, consts, String::new());
            if result.is_err() || errors.len() > before {
                // Its uses shall not repeat the complaint.
                broken.insert(function.name.unraw().to_string());
            }
        }
    }

    /// An expression that a stack begins with.
    pub(super) fn expression(&mut self, code: &'a Code, flow: Flow<'a>) -> (Option<Kind>, Flow<'a>) {
        let Checker { functions, broken, errors, consts, scopes, path, input, .. } = self;
        let expr = &code.result;
        let loss = path.last().map(|index| &input.structs[*index]).filter(|decl| decl.is_loss());
        let mut empty = Vec::new();
        let bound = scopes.last_mut().map_or(&mut empty, |scope| &mut scope.values);
        let names = bound.iter().map(|value| value.name.clone()).collect();
        let mut is_open = false;
        let mut outside = |name: &str| {
            let index = bound.iter().rposition(|value| value.name == name)?;
            bound[index].is_read = true;
            is_open |= bound[index].flow.is_open;
            let shape = bound[index].flow.shape.clone().filter(|_| bound[index].flow.several.is_none());
            Some((Input::Value(index), shape))
        };
        let mut walk = Walk::new((functions, broken), errors, names, &mut outside);
        walk.is_loss = loss.is_some();
        let result = walk.outermost(code, consts).and_then(|id| walk.finish(id, &expr.place()));
        // loss_c5: a loss has no learned tensors, which a network has.
        if let (Some(decl), Ok(_), true) = (loss, &result, walk.graph.has_learned()) {
            let message = "a loss has no learned tensors; use the function in the network";
            walk.errors.at(&decl.name, message);
        }
        // loss_c8: a loss has a gradient, for the output to learn from.
        if let (Some(decl), Ok(id)) = (loss, &result)
            && let Some(output) = decl.output_of_loss()
            && !walk.passes_to(*id, output)
        {
            let message = format!(
                "no gradient of `{}` reaches `{output}`: comparisons, `argmax`, indices and `detach` pass none back; write something smooth, such as `sum(square({output} - target))`",
                decl.name
            );
            walk.errors.at(expr.place(), message);
        }
        let Walk { graph, reads, .. } = walk;
        if is_open {
            let message = "the layers do not tell the input shape; write it behind the struct's name";
            self.errors.at(expr.place(), message);
            scopes.last_mut().into_iter().for_each(|scope| scope.values[0].flow.is_open = false);
            return (None, flow.unknown());
        }
        let Ok(id) = result else {
            // Whether a value is read is not known.
            bound.iter_mut().for_each(|value| value.is_read = true);
            return (None, flow.unknown());
        };
        if graph.is_unknown(id) {
            return (None, flow.unknown());
        }
        let expression = graph.steps(id, reads);
        let origin = Origin::Expression(expr);
        let (shape, computed) = (expression.shape.clone(), Some(origin));
        let next = Flow { computed, last: None, ..flow.then(Some(shape), Some(origin)) };
        (Some(Kind::Expression(expression.into())), next)
    }

    /// A function as a layer of a stack.
    pub(super) fn function(
        &mut self,
        call: &'a Call,
        function: &'a Function,
        sizes: &[usize],
        flow: Flow<'a>,
        own: &mut Errors,
    ) -> (Option<Kind>, Flow<'a>) {
        let origin = Origin::Call(call, None);
        let is_right = function.body.is_some() && !self.broken.contains(&function.name.unraw().to_string());
        let Some(shape) = flow.shape.clone().filter(|_| is_right) else {
            return (None, flow.then(None, Some(origin)));
        };
        let mut errors = Errors::default();
        let mut outside = |_: &str| None;
        let mut walk = Walk::new((&self.functions, &self.broken), &mut errors, Vec::new(), &mut outside);
        walk.reads.push(Input::Flow);
        let input = walk.graph.part(What::Read(0), shape.clone());
        let place = call.name.to_token_stream();
        let sizes = Vec::from_iter(sizes.iter().map(|&size| Some(size)));
        let result = walk.body(function, &sizes, &[input], &self.consts, String::new());
        let result = result.and_then(|id| walk.finish(id, &place));
        let Walk { graph, reads, .. } = walk;
        if let Some(error) = errors.first() {
            // fn_c8: a function is used for shapes that its parts go with.
            let line = error.span().start().line;
            own.at(&call.name, format!("`{call}` cannot be used with {shape:?}: in line {line}, {error}"));
        }
        let Some(id) = result.ok().filter(|&id| !graph.is_unknown(id)) else { return (None, flow.unknown()) };
        let expression = graph.steps(id, reads);
        let last = Some(Rc::new((origin, shape)));
        let next = Flow { computed: Some(origin), last, ..flow.then(Some(expression.shape.clone()), Some(origin)) };
        (Some(Kind::Expression(expression.into())), next)
    }

    /// The sizes that a use of a function as a layer gives; nothing where it cannot be one, which is reported.
    pub(super) fn function_sizes(&mut self, call: &Call, function: &Function) -> Option<Vec<usize>> {
        let name = &call.name;
        function.body.as_ref()?;
        if let Some(Spelling { place, .. }) = &call.spelling {
            let cure = "write its name alone, or begin a stack with the call";
            self.errors.at(place, format!("in a stack, a function takes what flows in; {cure}"));
            return None;
        }
        if let Some((option, _)) = call.options.first() {
            self.errors.at(option, format!("`{name}` is a function and takes no options"));
            return None;
        }
        // fn_c4: a layer takes one value.
        let taken = function.values().count();
        if taken != 1 {
            let message = format!(
                "`{name}` takes {taken} values, but a layer of a stack takes what flows in; begin the stack with `{}`",
                function.usage()
            );
            self.errors.at(name, message);
            return None;
        }
        let (given, taken) = (call.positional.len(), function.sizes.len());
        // fn_c5: a use gives each size of the function.
        if given != taken {
            let sizes = Vec::from_iter(function.sizes.iter().map(Ident::to_string)).join(", ");
            let cure = if taken == 0 { name.to_string() } else { format!("{name}<{sizes}>") };
            let message = format!("`{call}` has {}; write `{cure}`", count(given, "size"));
            match call.positional.get(taken) {
                Some(surplus) => self.errors.at(surplus, message),
                None => self.errors.at(name, message),
            }
            return None;
        }
        let mut sizes = Vec::new();
        for value in &call.positional {
            let Value::Size(size) = value else {
                self.errors.at(value, format!("a function takes sizes here, not `{value}`"));
                return None;
            };
            let number = self.consts.evaluate(size, self.errors)?;
            if number == 0 {
                // size_c5: sizes are at least 1.
                self.errors.at(value, format!("a size of `{name}` is 0, but must be at least 1"));
                return None;
            }
            sizes.push(number);
        }
        Some(sizes)
    }
}

/// Each function behind those that it calls, as far as none calls itself.
fn callees_first<'a>(all: &'a [Function], by_name: &HashMap<String, &'a Function>) -> Vec<&'a Function> {
    let (mut ordered, mut seen) = (Vec::new(), HashSet::new());
    let mut waiting: Vec<_> = all.iter().rev().map(|function| (function, false)).collect();
    while let Some((function, has_callees)) = waiting.pop() {
        if has_callees {
            ordered.push(function);
        } else if seen.insert(&raw const *function) {
            waiting.push((function, true));
            function.walk(&mut |expr| {
                if let Expr::Call(call) = expr {
                    waiting.extend(by_name.get(&call.name.unraw().to_string()).map(|callee| (*callee, false)));
                }
            });
        }
    }
    ordered
}
