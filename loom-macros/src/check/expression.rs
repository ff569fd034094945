//! Expressions: what they compute, and the shapes of it.

use std::cell::Cell;
use std::collections::HashMap;

use loom_ir::layers::{Permute, Reduction};
use loom_ir::plan::{Op, Start};
use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;

use super::Checker;
use super::flow::Flow;
use super::model::Kind;
use crate::ast::{Call, Spelling, Value};
use crate::calculus::{BUILTINS, Builtin, Graph, Id, Input, What, broadcast};
use crate::consts::Consts;
use crate::entry::{Origin, Shape, join, product};
use crate::expr::{Code, Expr, FnCall, Function, Operator, Parameter, Setting, at};
use crate::report::{Errors, nearest};
use crate::size::{MAX, MAX_DIMS, values};

/// How deep functions may call one another.
const MAX_CALLS: usize = 32;

/// The most parts of an expression, with all calls written out.
const MAX_PARTS: usize = 2_000;

/// How deep expressions may nest, with all calls written out. The checker calls itself at each.
const MAX_NESTED: usize = 300;

/// How many expressions are looked at, with all calls written out: equal parts are one part, but each is looked at.
const MAX_WALKED: usize = 20_000;

/// Functions of one value that go along axes.
const REDUCTIONS: [&str; 8] = ["sum", "mean", "max", "min", "argmax", "softmax", "logsumexp", "norm"];
/// Functions that change a shape.
const SHAPES: [&str; 2] = ["transpose", "reshape"];

/// An error that is reported.
pub(super) struct Reported;

type Result<T> = std::result::Result<T, Reported>;

/// A value of the struct: what an expression reads, and its shape.
type Outside = Result<(Input, Shape)>;

/// Walks an expression.
struct Walk<'w> {
    functions: &'w HashMap<String, &'w Function>,
    errors: &'w mut Errors,
    graph: Graph,
    /// What the names of the struct stand for, with their shapes.
    outside: &'w mut dyn FnMut(&Ident) -> Option<Outside>,
    /// Those names.
    names: Vec<String>,
    reads: Vec<Input>,
    /// The functions that wait for the present one.
    calls: Vec<String>,
    /// Expressions that wait for the present one.
    nested: usize,
    /// Expressions that were looked at so far.
    walked: usize,
    /// How often each function with learned tensors was called.
    counts: HashMap<String, usize>,
}

/// A value of a function.
struct Named {
    name: String,
    id: Id,
    is_read: Cell<bool>,
}

/// The names of a function.
struct Scope<'s> {
    values: Vec<Named>,
    consts: &'s Consts,
    /// Stands in front of the names of learned tensors.
    prefix: String,
    /// Whether the names of the struct are there too.
    is_outermost: bool,
}

impl<'a> Checker<'a> {
    /// Declares the functions: their names, and what is wrong with them wherever they are used.
    pub(super) fn declare_functions(&mut self) {
        let functions = &self.input.functions;
        for function in functions {
            let name = function.name.unraw().to_string();
            // fn_c3: each function has a name of its own.
            let is_layer = crate::layers::find(&name).is_some();
            if self.names.contains_key(&name) || self.blocks.contains_key(&name) || is_layer {
                self.errors.at(&function.name, format!("`{name}` is a layer's name; write another"));
            } else if BUILTINS.iter().any(|(other, _)| *other == name) || is_shaped(&name) {
                self.errors.at(&function.name, format!("`{name}` is a function that is there already; write another"));
            } else if self.functions.insert(name.clone(), function).is_some() {
                self.errors.at(&function.name, format!("two functions have the name `{name}`"));
            }
        }
    }

    /// An expression that a stack begins with.
    pub(super) fn expression(&mut self, expr: &'a Expr, flow: Flow<'a>) -> (Option<Kind>, Flow<'a>) {
        let Checker { functions, errors, consts, scopes, .. } = self;
        let mut empty = Vec::new();
        let bound = scopes.last_mut().map_or(&mut empty, |scope| &mut scope.values);
        let names = bound.iter().map(|value| value.name.clone()).collect();
        let mut is_open = false;
        let mut outside = |name: &Ident| {
            let text = name.unraw().to_string();
            let index = bound.iter().rposition(|value| value.name == text)?;
            bound[index].is_read = true;
            is_open |= bound[index].flow.is_open;
            let shape = bound[index].flow.shape.clone().filter(|_| bound[index].flow.several.is_none());
            Some(shape.map(|shape| (Input::Value(index), shape)).ok_or(Reported))
        };
        let mut walk = Walk {
            functions,
            errors,
            graph: Graph::default(),
            outside: &mut outside,
            names,
            reads: Vec::new(),
            calls: Vec::new(),
            nested: 0,
            walked: 0,
            counts: HashMap::new(),
        };
        let scope = Scope { values: Vec::new(), consts, prefix: String::new(), is_outermost: true };
        let result = walk.outermost(expr, &scope).and_then(|id| walk.finish(id, &expr.place()));
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
        let Some(shape) = flow.shape.clone() else { return (None, flow.then(None, Some(origin))) };
        let mut errors = Errors::default();
        let mut walk = Walk {
            functions: &self.functions,
            errors: &mut errors,
            graph: Graph::default(),
            outside: &mut |_| None,
            names: Vec::new(),
            reads: vec![Input::Flow],
            calls: Vec::new(),
            nested: 0,
            walked: 0,
            counts: HashMap::new(),
        };
        let input = walk.graph.part(What::Read(0), shape.clone());
        let place = call.name.to_token_stream();
        let result = walk.body(function, sizes, &[input], &self.consts, String::new());
        let result = result.and_then(|id| walk.finish(id, &place));
        let Walk { graph, reads, .. } = walk;
        if let Some(error) = errors.first() {
            // fn_c8: a function is used for shapes that its parts go with.
            let line = error.span().start().line;
            own.at(&call.name, format!("`{call}` cannot be used with {shape:?}: in line {line}, {error}"));
        }
        let Ok(id) = result else { return (None, flow.unknown()) };
        let expression = graph.steps(id, reads);
        let last = Some(std::rc::Rc::new((origin, shape)));
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
        let count = function.values().count();
        if count != 1 {
            let message = format!(
                "`{name}` takes {count} values, but a layer of a stack takes what flows in; begin the stack with `{}`",
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
            let message = format!("`{call}` has {}; write `{cure}`", crate::entry::count(given, "size"));
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

impl Scope<'_> {
    fn bind(&mut self, name: &Ident, id: Id) {
        self.values.push(Named { name: name.unraw().to_string(), id, is_read: Cell::new(false) });
    }
}

/// Whether a name is one of those that look at shapes.
fn is_shaped(name: &str) -> bool {
    REDUCTIONS.contains(&name) || SHAPES.contains(&name)
}

impl Walk<'_> {
    fn error<T>(&mut self, place: impl ToTokens, message: impl std::fmt::Display) -> Result<T> {
        self.errors.at(place, message);
        Err(Reported)
    }

    /// The outermost expression: a call there has no name of its own in those of learned tensors.
    fn outermost(&mut self, expr: &Expr, scope: &Scope<'_>) -> Result<Id> {
        match expr {
            Expr::Call(call) if self.functions.contains_key(&call.name.unraw().to_string()) => {
                self.call_function(call, scope, Some(String::new()))
            }
            expr => self.value(expr, scope),
        }
    }

    /// What an expression gives has axes, and depends on what it reads.
    fn finish(&mut self, id: Id, place: &TokenStream) -> Result<Id> {
        if self.graph.shape(id).is_empty() || self.reads.is_empty() {
            // expr_c2: an expression reads a value.
            return self.error(place, "this reads no value; an expression reads one of the struct, such as `input`");
        }
        if values(self.graph.shape(id)).is_none() {
            return self.error(place, format!("this has more than {MAX} values a sample"));
        }
        Ok(id)
    }

    fn value(&mut self, expr: &Expr, scope: &Scope<'_>) -> Result<Id> {
        // expr_c13: expressions nest and call one another with an end.
        if self.nested >= MAX_NESTED || self.walked >= MAX_WALKED {
            let message = "this expression is too large, with its calls written out; give parts of it names with `let`";
            return self.error(expr.place(), message);
        }
        self.walked += 1;
        self.nested += 1;
        let value = self.part_of(expr, scope);
        self.nested -= 1;
        value
    }

    fn part_of(&mut self, expr: &Expr, scope: &Scope<'_>) -> Result<Id> {
        match expr {
            Expr::Number(_, number) => Ok(self.constant(*number)),
            Expr::Name(name) => self.name(name, scope),
            Expr::Neg(minus, value) => {
                let value = self.value(value, scope)?;
                match self.graph.constant(value) {
                    Some(number) => Ok(self.constant(-number)),
                    None => self.apply(minus.to_token_stream(), "-", Builtin::Op(Op::Neg), vec![value]),
                }
            }
            Expr::Binary(operator, left, right) => {
                let (left, right) = (self.value(left, scope)?, self.value(right, scope)?);
                self.binary(*operator, [left, right])
            }
            Expr::Call(call) => self.call(call, scope),
        }
    }

    fn constant(&mut self, number: f64) -> Id {
        self.graph.part(What::Constant(number), Shape::new())
    }

    fn name(&mut self, name: &Ident, scope: &Scope<'_>) -> Result<Id> {
        let text = name.unraw().to_string();
        if let Some(value) = scope.values.iter().rfind(|value| value.name == text) {
            value.is_read.set(true);
            return Ok(value.id);
        }
        if scope.is_outermost
            && let Some(found) = (self.outside)(name)
        {
            let (input, shape) = found?;
            let number = self.reads.iter().position(|known| *known == input).unwrap_or_else(|| {
                self.reads.push(input);
                self.reads.len() - 1
            });
            return Ok(self.graph.part(What::Read(number), shape));
        }
        if let Some(size) = scope.consts.get(name) {
            return Ok(self.constant(size as f64));
        }
        // expr_c3: each name stands for a value, a constant or a size.
        let inner = scope.values.iter().map(|value| value.name.as_str());
        let outer = self.names.iter().map(String::as_str).filter(|name| scope.is_outermost && !name.is_empty());
        let names: Vec<&str> = inner.chain(outer).collect();
        let near = nearest(&text, names.iter().copied());
        let cure = match near.as_slice() {
            [] if self.functions.contains_key(&text) => format!("`{text}` is a function; write `{text}(..)`"),
            [] => format!("the values here are {}", names.join(", ")),
            near => format!("did you mean `{}`?", near.join("` or `")),
        };
        self.error(name, format!("no value `{text}`; {cure}"))
    }

    fn binary(&mut self, operator: Operator, [left, right]: [Id; 2]) -> Result<Id> {
        if let (Some(a), Some(b)) = (self.graph.constant(left), self.graph.constant(right)) {
            let folded = match operator.text {
                "+" => Some(a + b),
                "-" => Some(a - b),
                "*" => Some(a * b),
                "/" => Some(a / b),
                _ => None,
            };
            if let Some(number) = folded {
                if !(number as f32).is_finite() {
                    // expr_c4: constants are numbers of binary32.
                    return self.error(at(operator.span), format!("this constant is {number:e}, which is no `f32`"));
                }
                return Ok(self.constant(number));
            }
        }
        let place = at(operator.span);
        let (builtin, of) = match operator.text {
            "+" => (Builtin::Op(Op::Add), [left, right]),
            "-" => (Builtin::Op(Op::Sub), [left, right]),
            "*" => (Builtin::Op(Op::Mul), [left, right]),
            "/" => (Builtin::Div, [left, right]),
            "<" => (Builtin::Op(Op::Less), [left, right]),
            ">" => (Builtin::Op(Op::Less), [right, left]),
            "<=" => (Builtin::Op(Op::LessEqual), [left, right]),
            ">=" => (Builtin::Op(Op::LessEqual), [right, left]),
            "==" => (Builtin::Op(Op::Equal), [left, right]),
            _ => {
                let equal = self.apply(place.clone(), "!=", Builtin::Op(Op::Equal), vec![left, right])?;
                let (one, shape) = (self.constant(1.0), self.graph.shape(equal).to_vec());
                return Ok(self.graph.part(What::Apply(Builtin::Op(Op::Sub), vec![one, equal]), shape));
            }
        };
        self.apply(place, operator.text, builtin, of.to_vec())
    }

    /// A function of numbers, whose arguments are repeated to one shape.
    fn apply(&mut self, place: TokenStream, name: &str, builtin: Builtin, of: Vec<Id>) -> Result<Id> {
        let mut shape = Shape::new();
        for &id in &of {
            let own = self.graph.shape(id).to_vec();
            let Some(both) = broadcast(&shape, &own) else {
                // expr_c5: values go with one another.
                let cure = mismatch(&shape, &own);
                return self.error(place, format!("`{name}` takes values of shapes that go with one another, but these are {shape:?} and {own:?}; {cure}"));
            };
            shape = both;
        }
        if values(&shape).is_none() {
            return self.error(place, format!("`{name}` gives more than {MAX} values a sample"));
        }
        if of.iter().any(|&id| crate::calculus::argument(self.graph.shape(id), &shape).is_none()) {
            // expr_c6: a value is repeated along at most three groups of axes.
            return self.error(
                place,
                format!("`{name}` repeats a value to {shape:?} along too many axes; `reshape` both to fewer"),
            );
        }
        self.part(place, What::Apply(builtin, of), shape)
    }

    fn part(&mut self, place: TokenStream, what: What, shape: Shape) -> Result<Id> {
        if self.graph.len() >= MAX_PARTS {
            return self
                .error(place, format!("an expression has at most {MAX_PARTS} parts, with its calls written out"));
        }
        Ok(self.graph.part(what, shape))
    }

    fn call(&mut self, call: &FnCall, scope: &Scope<'_>) -> Result<Id> {
        let name = call.name.unraw().to_string();
        if self.functions.contains_key(&name) {
            return self.call_function(call, scope, None);
        }
        if let Some(size) = call.sizes.first() {
            return self.error(size, format!("`{name}` takes no sizes"));
        }
        let is_reduction = REDUCTIONS.contains(&name.as_str())
            && (call.arguments.len() == 1 || !BUILTINS.iter().any(|(other, _)| *other == name));
        if is_reduction {
            return self.reduction(call, &name, scope);
        }
        match name.as_str() {
            "transpose" => return self.transpose(call, scope),
            "reshape" => return self.reshape(call, scope),
            _ => {}
        }
        let Some((_, builtin)) = BUILTINS.iter().find(|(other, _)| *other == name) else {
            // expr_c7: each function is there.
            let known = BUILTINS.iter().map(|(name, _)| *name).chain(REDUCTIONS).chain(SHAPES);
            let own = self.functions.keys().map(String::as_str);
            let near = nearest(&name, known.chain(own));
            let cure = match near.as_slice() {
                [] => "write `fn` for one of your own".to_owned(),
                near => format!("did you mean `{}`?", near.join("` or `")),
            };
            return self.error(&call.name, format!("no function `{name}`; {cure}"));
        };
        if let Some((option, _)) = call.options.first() {
            return self.error(option, format!("`{name}` takes no options"));
        }
        self.count(call, builtin.arity())?;
        let of = self.arguments(call, scope)?;
        if let [only] = of.as_slice()
            && let Some(number) = self.graph.constant(*only)
            && *builtin == Builtin::Op(Op::Sqrt)
            && number >= 0.0
        {
            return Ok(self.constant(number.sqrt()));
        }
        self.apply(call.name.to_token_stream(), &name, *builtin, of)
    }

    /// Reports a call with another number of arguments.
    fn count(&mut self, call: &FnCall, taken: usize) -> Result<()> {
        let given = call.arguments.len();
        if given == taken {
            return Ok(());
        }
        // expr_c8: a call gives each argument.
        let message =
            format!("`{}` takes {}, but this call has {given}", call.name, crate::entry::count(taken, "value"));
        match call.arguments.get(taken) {
            Some(surplus) => self.error(surplus.place(), message),
            None => self.error(&call.name, message),
        }
    }

    fn arguments(&mut self, call: &FnCall, scope: &Scope<'_>) -> Result<Vec<Id>> {
        let mut ids = Vec::new();
        for argument in &call.arguments {
            ids.push(self.value(argument, scope)?);
        }
        Ok(ids)
    }

    /// A call of one of the user's functions.
    fn call_function(&mut self, call: &FnCall, scope: &Scope<'_>, prefix: Option<String>) -> Result<Id> {
        let name = call.name.unraw().to_string();
        let function = self.functions[&name];
        if function.body.is_none() {
            return Err(Reported);
        }
        if let Some((option, _)) = call.options.first() {
            return self.error(option, format!("`{name}` takes no options; call it as `{}`", function.usage()));
        }
        let taken = function.values().count();
        self.count(call, taken)?;
        // fn_c5: a use gives each size of the function.
        if call.sizes.len() != function.sizes.len() {
            let message = format!(
                "`{name}` takes {}; call it as `{}`",
                crate::entry::count(function.sizes.len(), "size"),
                function.usage()
            );
            return match call.sizes.get(function.sizes.len()) {
                Some(surplus) => self.error(surplus, message),
                None => self.error(&call.name, message),
            };
        }
        // fn_c6: no function calls itself.
        if self.calls.contains(&name) {
            return self.error(
                &call.name,
                format!("`{name}` would call itself; a function is written out where it is called"),
            );
        }
        if self.calls.len() >= MAX_CALLS {
            return self.error(&call.name, format!("functions call one another more than {MAX_CALLS} deep"));
        }
        let mut sizes = Vec::new();
        for size in &call.sizes {
            let number = scope.consts.evaluate(size, self.errors).ok_or(Reported)?;
            if number == 0 {
                // size_c5: sizes are at least 1.
                return self.error(size, format!("a size of `{name}` is 0, but must be at least 1"));
            }
            sizes.push(number);
        }
        let arguments = self.arguments(call, scope)?;
        let prefix = match prefix {
            Some(prefix) => prefix,
            None if function.params.len() == taken => String::new(),
            None => {
                let count = self.counts.entry(format!("{}{name}", scope.prefix)).or_default();
                *count += 1;
                match *count {
                    1 => format!("{}{name}.", scope.prefix),
                    count => format!("{}{name}{count}.", scope.prefix),
                }
            }
        };
        let prefix = if prefix.is_empty() { scope.prefix.clone() } else { prefix };
        self.body(function, &sizes, &arguments, scope.consts, prefix)
    }

    /// What a function gives.
    fn body(
        &mut self,
        function: &Function,
        sizes: &[usize],
        arguments: &[Id],
        consts: &Consts,
        prefix: String,
    ) -> Result<Id> {
        let consts = consts.with(function.sizes.iter().zip(sizes.iter().map(|&size| Some(size))));
        let mut arguments = arguments.iter();
        let mut scope = Scope { values: Vec::new(), consts: &consts, prefix, is_outermost: false };
        for param in &function.params {
            let id = match &param.learned {
                None => *arguments.next().ok_or(Reported)?,
                Some((dims, start)) => {
                    let mut shape = Shape::new();
                    for size in &dims.sizes {
                        let number = consts.evaluate(size, self.errors).ok_or(Reported)?;
                        if number == 0 {
                            return self
                                .error(size, format!("a dimension of `{}` is 0, but must be at least 1", param.name));
                        }
                        shape.push(number);
                    }
                    if shape.len() > 4 {
                        // fn_c7: a learned tensor has at most four dimensions.
                        return self.error(&dims.group, format!("`{}` has more than 4 dimensions", param.name));
                    }
                    if values(&shape).is_none() {
                        return self.error(&dims.group, format!("`{}` has more than {MAX} values", param.name));
                    }
                    let name = format!("{}{}", scope.prefix, param.name.unraw());
                    self.part(param.name.to_token_stream(), What::Learned(name, Start::Value(*start as f32)), shape)?
                }
            };
            scope.bind(&param.name, id);
        }
        self.calls.push(function.name.unraw().to_string());
        let result =
            function.body.as_ref().ok_or(Reported).and_then(|code| self.code(code, &mut scope, &function.params));
        self.calls.pop();
        result
    }

    fn code(&mut self, code: &Code, scope: &mut Scope<'_>, params: &[Parameter]) -> Result<Id> {
        for (name, value) in &code.lets {
            let id = self.value(value, scope)?;
            scope.bind(name, id);
        }
        let result = self.value(&code.result, scope)?;
        let names = params.iter().map(|param| &param.name).chain(code.lets.iter().map(|(name, _)| name));
        // fn_c9: a function reads what it takes and what it computes.
        match names.zip(&scope.values).find(|(_, value)| !value.is_read.get()) {
            Some((name, _)) => self.error(name, format!("nothing reads `{name}`; leave it out")),
            None => Ok(result),
        }
    }

    /// `sum(x)`, `mean(x, axis = 1)` and so on.
    fn reduction(&mut self, call: &FnCall, name: &str, scope: &Scope<'_>) -> Result<Id> {
        self.count(call, 1)?;
        let x = self.value(&call.arguments[0], scope)?;
        let shape = self.graph.shape(x).to_vec();
        let place = call.name.to_token_stream();
        if shape.is_empty() {
            return self.error(place, format!("`{name}` takes a value with axes, but this is a constant"));
        }
        let (mut axis, mut keeps) = (None, false);
        let takes_keep = name != "softmax";
        for (option, setting) in &call.options {
            match (option.to_string().as_str(), setting) {
                ("axis", Setting::Size(size)) => {
                    let number = scope.consts.evaluate(size, self.errors).ok_or(Reported)?;
                    if number >= shape.len() {
                        // expr_c9: an axis is one of the value's.
                        let last = shape.len() - 1;
                        return self.error(size, format!("`{name}` goes along axis {number}, but the value is {shape:?}, whose last axis is {last}; write `axis = {last}`"));
                    }
                    axis = Some(number);
                }
                ("keep", Setting::Flag(flag)) if takes_keep => keeps = *flag,
                _ => {
                    let options = if takes_keep { "`axis = 0` and `keep = true`" } else { "`axis = 0`" };
                    // expr_c10: each option is there.
                    return self.error(option, format!("`{name}` has no such option; it takes {options}"));
                }
            }
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
                let minus = steps.apply(Builtin::Op(Op::Neg), vec![x])?;
                let max = steps.reduce(Reduction::Max, minus)?;
                steps.apply(Builtin::Op(Op::Neg), vec![max])?
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
                let distance = steps.apply(Builtin::Op(Op::Sub), vec![x, max])?;
                let exp = steps.apply(Builtin::Op(Op::Exp), vec![distance])?;
                let sum = steps.reduce(Reduction::Sum, exp)?;
                if name == "softmax" {
                    return steps.apply(Builtin::Div, vec![exp, sum]);
                }
                let log = steps.apply(Builtin::Op(Op::Log), vec![sum])?;
                steps.apply(Builtin::Op(Op::Add), vec![max, log])?
            }
        };
        Ok(self.graph.part(What::View(result), rest))
    }

    /// The last two axes change places.
    fn transpose(&mut self, call: &FnCall, scope: &Scope<'_>) -> Result<Id> {
        self.count(call, 1)?;
        if let Some((option, _)) = call.options.first() {
            return self.error(option, "`transpose` takes no options: the last two axes change places");
        }
        let x = self.value(&call.arguments[0], scope)?;
        let shape = self.graph.shape(x).to_vec();
        let [outer @ .., rows, columns] = shape.as_slice() else {
            // expr_c11: a matrix has two axes.
            return self
                .error(&call.name, format!("`transpose` takes a value of two axes or more, but this is {shape:?}"));
        };
        let layer = Permute { outer: product(outer), rows: *rows, columns: *columns, inner: 1 };
        let output = outer.iter().copied().chain([*columns, *rows]).collect();
        self.part(call.name.to_token_stream(), What::Layer(layer.into(), x), output)
    }

    /// `reshape(x, 4, 8)`
    fn reshape(&mut self, call: &FnCall, scope: &Scope<'_>) -> Result<Id> {
        let [x, dims @ ..] = call.arguments.as_slice() else {
            return self.error(&call.name, "`reshape` takes a value and a shape: `reshape(x, 4, 8)`");
        };
        let x = self.value(x, scope)?;
        let mut shape = Shape::new();
        for size in dims {
            let id = self.value(size, scope)?;
            let number = self.graph.constant(id).filter(|number| *number >= 1.0 && number.fract() == 0.0);
            let Some(number) = number else {
                return self.error(size.place(), "a size is a whole number of 1 or more");
            };
            shape.push(number as usize);
        }
        let own = self.graph.shape(x).to_vec();
        if shape.is_empty() || shape.len() > MAX_DIMS || values(&shape) != values(&own) || own.is_empty() {
            // expr_c12: a reshape keeps all values.
            let (values, wanted) = (product(&own), values(&shape).unwrap_or(MAX));
            return self.error(&call.name, format!("`reshape` to {shape:?} takes {}, but this is {own:?} with {values}; write sizes whose product is {values}, such as `{}`", crate::entry::count(wanted, "value"), join(&own)));
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
        self.apply(Builtin::Op(Op::Mul), vec![of, factor])
    }
}

/// What to change where two shapes do not go with one another.
fn mismatch(a: &[usize], b: &[usize]) -> String {
    let size = |shape: &[usize], back: usize| shape.len().checked_sub(back).map(|axis| shape[axis]);
    let wrong = (1..=a.len().min(b.len())).find(|&back| match (size(a, back), size(b, back)) {
        (Some(a), Some(b)) => a != b && a != 1 && b != 1,
        _ => false,
    });
    match wrong.and_then(|back| Some((back, size(a, back)?, size(b, back)?))) {
        // A vector of channels lacks the axes behind.
        Some(_) if b.len() == 1 && a.contains(&b[0]) => {
            let behind = a.len() - a.iter().position(|size| *size == b[0]).unwrap_or(0);
            let shape: Vec<usize> = std::iter::once(b[0]).chain(vec![1; behind - 1]).collect();
            format!("to go along the axis of {}, the second has to be {shape:?}", b[0])
        }
        Some((back, a, b)) => {
            format!("their axes {back} from the end are {a} and {b}: make both {a}, or one of them 1")
        }
        None => "reshape one of them".to_owned(),
    }
}
