//! The walk along an expression, which makes it a graph of parts with shapes.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use loom_ir::layers::Distribution;
use loom_ir::plan::{Op, Start};
use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;

use crate::calculus::{BUILTINS, Builtin, Graph, Id, Input, What, argument, broadcast};
use crate::consts::Consts;
use crate::entry::{Shape, count};
use crate::expr::{Code, Expr, FnCall, Function, Operator, Parameter, at};
use crate::report::{Errors, Reported, nearest};
use crate::size::{Dims, MAX, values};

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
/// Functions that look at shapes.
const SHAPES: [&str; 7] = ["matmul", "transpose", "reshape", "one_hot", "gather", "normal", "uniform"];

pub(super) type Result<T> = std::result::Result<T, Reported>;

/// A value of the struct: what an expression reads, and its shape where that is known.
pub(super) type Outside = (Input, Option<Shape>);

/// Walks an expression.
pub(super) struct Walk<'w> {
    pub(super) functions: &'w HashMap<String, &'w Function>,
    /// Those that are wrong wherever they are used, which is reported.
    broken: &'w HashSet<String>,
    pub(super) errors: &'w mut Errors,
    pub(super) graph: Graph,
    /// What the names of the struct stand for, with their shapes.
    pub(super) outside: &'w mut dyn FnMut(&str) -> Option<Outside>,
    /// Those names.
    pub(super) names: Vec<String>,
    pub(super) reads: Vec<Input>,
    /// Whether this is the body of a function, without a use.
    pub(super) is_declaration: bool,
    /// Whether it is that of a loss.
    pub(super) is_loss: bool,
    /// The functions that wait for the present one.
    calls: Vec<String>,
    /// Expressions that wait for the present one.
    nested: usize,
    /// Expressions that were looked at so far.
    walked: usize,
    /// What stands in front of the names of learned tensors, of each call so far.
    prefixes: HashSet<String>,
}

/// A value of a function.
pub(super) struct Named {
    name: String,
    id: Id,
    is_read: Cell<bool>,
}

/// The names of a function.
pub(super) struct Scope<'s> {
    values: Vec<Named>,
    pub(super) consts: &'s Consts,
    /// Stands in front of the names of learned tensors.
    prefix: String,
    /// Whether the names of the struct are there too.
    is_outermost: bool,
}

impl<'s> Scope<'s> {
    /// The names of a struct, with its sizes.
    fn outermost(consts: &'s Consts) -> Self {
        Scope { values: Vec::new(), consts, prefix: String::new(), is_outermost: true }
    }

    fn bind(&mut self, name: &Ident, id: Id) {
        self.values.push(Named { name: name.unraw().to_string(), id, is_read: Cell::new(false) });
    }
}

/// Whether a name is one of those that look at shapes.
pub(super) fn is_shaped(name: &str) -> bool {
    REDUCTIONS.contains(&name) || SHAPES.contains(&name)
}

impl<'w> Walk<'w> {
    pub(super) fn new(
        (functions, broken): (&'w HashMap<String, &'w Function>, &'w HashSet<String>),
        errors: &'w mut Errors,
        names: Vec<String>,
        outside: &'w mut dyn FnMut(&str) -> Option<Outside>,
    ) -> Self {
        Walk {
            functions,
            broken,
            errors,
            graph: Graph::default(),
            outside,
            names,
            reads: Vec::new(),
            is_declaration: false,
            is_loss: false,
            calls: Vec::new(),
            nested: 0,
            walked: 0,
            prefixes: HashSet::new(),
        }
    }

    pub(super) fn error<T>(&mut self, place: impl ToTokens, message: impl std::fmt::Display) -> Result<T> {
        self.errors.at(place, message);
        Err(Reported)
    }

    /// What a stack begins with, or what stands in the braces of a loss. A call that is all of it has no name of its own in those of
    /// learned tensors.
    pub(super) fn outermost(&mut self, code: &Code, consts: &Consts) -> Result<Id> {
        let mut scope = Scope::outermost(consts);
        match (&code.result, code.lets.as_slice()) {
            (Expr::Call(call), []) if self.functions.contains_key(&call.name.unraw().to_string()) => {
                self.call_function(call, &scope, Some(String::new()))
            }
            _ => self.code(code, &mut scope, &[]),
        }
    }

    /// What an expression gives has axes, and depends on what it reads.
    pub(super) fn finish(&mut self, id: Id, place: &TokenStream) -> Result<Id> {
        if self.graph.is_unknown(id) {
            return Ok(id);
        }
        if self.graph.shape(id).is_empty() || self.reads.is_empty() {
            // expr_c2: an expression reads a value.
            let first = self.names.iter().find(|name| !name.is_empty()).map_or("input", String::as_str);
            let message = format!("this reads no value; an expression reads one that is there, such as `{first}`");
            return self.error(place, message);
        }
        if values(self.graph.shape(id)).is_none() {
            return self.error(place, format!("this has more than {MAX} values a sample"));
        }
        if let Some(name) = self.graph.unlearned(id) {
            // expr_c17: what is learned has a gradient, unless `detach` says otherwise.
            let message = format!(
                "`{name}` is learned, but no gradient reaches it: comparisons, `argmax` and indices pass none back; let the result depend on it in another way too, or `detach` it"
            );
            return self.error(place, message);
        }
        Ok(id)
    }

    /// Whether a gradient reaches a value of the struct of this name or any part of it, where the expression reads some.
    pub(super) fn passes_to(&self, id: Id, name: &Ident) -> bool {
        let name = name.unraw().to_string();
        let is_part = |part: Id| match self.graph.what(part) {
            What::Read(number) => matches!(self.reads[*number], Input::Value(index)
                if self.names[index].split('.').next() == Some(&name)),
            _ => false,
        };
        let reached = self.graph.reached(id, false);
        let is_unknown = (0..self.graph.len()).any(|part| self.graph.is_unknown(part));
        is_unknown || !(0..=id).any(is_part) || (0..=id).any(|part| reached[part] && is_part(part))
    }

    pub(super) fn value(&mut self, expr: &Expr, scope: &Scope<'_>) -> Result<Id> {
        // expr_c13: an expression has an end, with its calls written out.
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
            Expr::Name(name) => self.name(name.unraw().to_string(), expr, scope),
            Expr::Field(base, field) => self.name(format!("{}.{}", base.unraw(), field.unraw()), expr, scope),
            Expr::Neg(minus, value) => {
                let value = self.value(value, scope)?;
                match self.graph.constant(value) {
                    Some(number) => Ok(self.constant(-number)),
                    None => self.apply(minus.to_token_stream(), "-", Builtin::Op(Op::Negate), vec![value]),
                }
            }
            Expr::Binary(operator, left, right) => {
                let (left, right) = (self.value(left, scope)?, self.value(right, scope)?);
                self.binary(*operator, [left, right])
            }
            Expr::Call(call) => self.call(call, scope),
        }
    }

    pub(super) fn constant(&mut self, number: f64) -> Id {
        self.graph.part(What::Constant(number), Shape::new())
    }

    fn name(&mut self, text: String, expr: &Expr, scope: &Scope<'_>) -> Result<Id> {
        if let Some(value) = scope.values.iter().rfind(|value| value.name == text) {
            value.is_read.set(true);
            return Ok(value.id);
        }
        if scope.is_outermost
            && let Some((input, shape)) = (self.outside)(&text)
        {
            let number = self.reads.iter().position(|known| *known == input).unwrap_or_else(|| {
                self.reads.push(input);
                self.reads.len() - 1
            });
            return Ok(match shape {
                Some(shape) => self.graph.part(What::Read(number), shape),
                None => self.graph.unknown(),
            });
        }
        if let Expr::Name(name) = expr
            && let Some(size) = scope.consts.get(name)
        {
            return Ok(match size {
                Some(size) => self.constant(size as f64),
                None => self.graph.unknown(),
            });
        }
        // expr_c3: each name stands for a value, a constant or a size.
        let inner = scope.values.iter().map(|value| value.name.as_str());
        let outer = self.names.iter().map(String::as_str).filter(|name| scope.is_outermost && !name.is_empty());
        let names: Vec<&str> = inner.chain(outer).collect();
        let near = nearest(&text, names.iter().copied());
        let cure = match near.as_slice() {
            _ if names.iter().any(|name| name.starts_with(&format!("{text}."))) => {
                let parts = names.iter().filter(|name| name.starts_with(&format!("{text}.")));
                format!("its parts are {}", Vec::from_iter(parts.copied()).join(", "))
            }
            [] if self.functions.contains_key(&text) => format!("`{text}` is a function; write `{text}(..)`"),
            [] => format!("the values here are {}", names.join(", ")),
            near => format!("did you mean `{}`?", near.join("` or `")),
        };
        self.error(expr.place(), format!("no value `{text}`; {cure}"))
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
            "+" => (Builtin::Op(Op::Plus), [left, right]),
            "-" => (Builtin::Op(Op::Minus), [left, right]),
            "*" => (Builtin::Op(Op::Times), [left, right]),
            "/" => (Builtin::Div, [left, right]),
            "<" => (Builtin::Op(Op::Less), [left, right]),
            ">" => (Builtin::Op(Op::Less), [right, left]),
            "<=" => (Builtin::Op(Op::LessEqual), [left, right]),
            ">=" => (Builtin::Op(Op::LessEqual), [right, left]),
            "==" => (Builtin::Op(Op::Equal), [left, right]),
            _ => {
                let equal = self.apply(place.clone(), "!=", Builtin::Op(Op::Equal), vec![left, right])?;
                let one = self.constant(1.0);
                return self.apply(place, "!=", Builtin::Op(Op::Minus), vec![one, equal]);
            }
        };
        self.apply(place, operator.text, builtin, of.to_vec())
    }

    /// A function of numbers, whose arguments are broadcast to one shape.
    pub(super) fn apply(&mut self, place: TokenStream, name: &str, builtin: Builtin, of: Vec<Id>) -> Result<Id> {
        if of.iter().any(|&id| self.graph.is_unknown(id)) {
            return Ok(self.graph.unknown());
        }
        let mut shape = Shape::new();
        for &id in &of {
            let own = self.graph.shape(id).to_vec();
            let Some(both) = broadcast(&shape, &own) else {
                // expr_c5: shapes can be broadcast together.
                let cure = mismatch(&shape, &own);
                return self.error(place, format!("`{name}` cannot broadcast {shape:?} and {own:?} together; {cure}"));
            };
            shape = both;
        }
        if values(&shape).is_none() {
            return self.error(place, format!("`{name}` gives more than {MAX} values a sample"));
        }
        if of.iter().any(|&id| argument(self.graph.shape(id), &shape).is_none()) {
            // expr_c6: a value that is broadcast has at most two groups of axes of its own.
            return self.error(
                place,
                format!("`{name}` broadcasts a value to {shape:?} along too many groups of axes; `reshape` both to fewer axes"),
            );
        }
        self.part(place, What::Apply(builtin, of), shape)
    }

    pub(super) fn part(&mut self, place: TokenStream, what: What, shape: Shape) -> Result<Id> {
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
            "matmul" => return self.matmul(call, scope),
            "transpose" => return self.transpose(call, scope),
            "reshape" => return self.reshape(call, scope),
            "one_hot" => return self.one_hot(call, scope),
            "gather" => return self.gather(call, scope),
            "normal" => return self.noise(call, Distribution::Normal, scope),
            "uniform" => return self.noise(call, Distribution::Uniform, scope),
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
        self.takes(call, builtin.arity())?;
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
    pub(super) fn takes(&mut self, call: &FnCall, taken: usize) -> Result<()> {
        let given = call.arguments.len();
        if given == taken {
            return Ok(());
        }
        // expr_c8: a call gives each argument.
        let usage = match self.functions.get(&call.name.unraw().to_string()) {
            Some(function) => function.usage(),
            None => usage(&call.name, taken),
        };
        let message =
            format!("`{}` takes {}, but this call has {given}; write `{usage}`", call.name, count(taken, "value"));
        match call.arguments.get(taken) {
            Some(surplus) => self.error(surplus.place(), message),
            None => self.error(&call.name, message),
        }
    }

    pub(super) fn arguments(&mut self, call: &FnCall, scope: &Scope<'_>) -> Result<Vec<Id>> {
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
            // What it takes is not known.
            self.arguments(call, scope)?;
            return Ok(self.graph.unknown());
        }
        if let Some((option, _)) = call.options.first() {
            return self.error(option, format!("`{name}` takes no options; call it as `{}`", function.usage()));
        }
        let taken = function.values().count();
        self.takes(call, taken)?;
        // fn_c5: a use gives each size of the function.
        if call.sizes.len() != function.sizes.len() {
            let message =
                format!("`{name}` takes {}; call it as `{}`", count(function.sizes.len(), "size"), function.usage());
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
            let number = scope.consts.evaluate(size, self.errors);
            if number == Some(0) {
                // size_c5: sizes are at least 1.
                return self.error(size, format!("a size of `{name}` is 0, but must be at least 1"));
            }
            sizes.push(number);
        }
        let arguments = self.arguments(call, scope)?;
        if self.broken.contains(&name) {
            return Ok(self.graph.unknown());
        }
        let prefix = match prefix {
            Some(prefix) => prefix,
            None if function.params.len() == taken => String::new(),
            // The second call of `prelu` has `prelu2`, unless a function has that name.
            None => {
                let own = |number: usize| if number == 1 { String::new() } else { number.to_string() };
                let mut prefixes = (1..).map(|number| format!("{}{name}{}.", scope.prefix, own(number)));
                prefixes.find(|prefix| self.prefixes.insert(prefix.clone())).unwrap_or_default()
            }
        };
        let prefix = if prefix.is_empty() { scope.prefix.clone() } else { prefix };
        let outer = std::mem::take(self.errors);
        let result = self.body(function, &sizes, &arguments, scope.consts, prefix);
        let own = std::mem::replace(self.errors, outer);
        match own.first() {
            // The first of the calls that wait says what is wrong with one of them.
            _ if !(scope.is_outermost || self.is_declaration && self.calls.len() == 1) => self.errors.append(own),
            None => {}
            Some(error) => {
                // fn_c8: a function is used for shapes that its parts go with.
                let shapes = arguments.iter().map(|&id| self.graph.shape(id)).filter(|shape| !shape.is_empty());
                let shapes = Vec::from_iter(shapes.map(|shape| format!("{shape:?}"))).join(" and ");
                let with = if shapes.is_empty() { shapes } else { format!(" with {shapes}") };
                let line = error.span().start().line;
                let message = format!("`{name}` cannot be used{with}: in line {line}, {error}");
                self.errors.at(&call.name, message);
            }
        }
        result
    }

    /// What a function gives, with its sizes as far as they are known.
    pub(super) fn body(
        &mut self,
        function: &Function,
        sizes: &[Option<usize>],
        arguments: &[Id],
        consts: &Consts,
        prefix: String,
    ) -> Result<Id> {
        let consts = consts.with(function.sizes.iter().zip(sizes.iter().copied()));
        let mut arguments = arguments.iter();
        let mut scope = Scope { values: Vec::new(), consts: &consts, prefix, is_outermost: false };
        for param in &function.params {
            let id = match &param.learned {
                None => *arguments.next().ok_or(Reported)?,
                Some((dims, start)) => match self.learned_shape(&param.name, dims, &consts)? {
                    Some(shape) => {
                        let name = format!("{}{}", scope.prefix, param.name.unraw());
                        let what = What::Learned(name, Start::Value(*start as f32));
                        self.part(param.name.to_token_stream(), what, shape)?
                    }
                    None => self.graph.unknown(),
                },
            };
            scope.bind(&param.name, id);
        }
        self.calls.push(function.name.unraw().to_string());
        let result =
            function.body.as_ref().ok_or(Reported).and_then(|code| self.code(code, &mut scope, &function.params));
        self.calls.pop();
        result
    }

    /// The shape of a learned tensor, where its sizes are known.
    fn learned_shape(&mut self, name: &Ident, dims: &Dims, consts: &Consts) -> Result<Option<Shape>> {
        let sizes: Vec<_> = dims.sizes.iter().map(|size| (size, consts.evaluate(size, self.errors))).collect();
        if let Some((size, _)) = sizes.iter().find(|(_, number)| *number == Some(0)) {
            // size_c5: sizes are at least 1.
            return self.error(size, format!("a dimension of `{name}` is 0, but must be at least 1"));
        }
        if sizes.len() > 4 {
            // fn_c7: a learned tensor has at most four dimensions.
            return self.error(&dims.group, format!("`{name}` has more than 4 dimensions"));
        }
        let shape: Option<Shape> = sizes.into_iter().map(|(_, number)| number).collect();
        if shape.as_ref().is_some_and(|shape| values(shape).is_none()) {
            return self.error(&dims.group, format!("`{name}` has more than {MAX} values"));
        }
        Ok(shape)
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
}

/// How a function that is there is called.
fn usage(name: &Ident, taken: usize) -> String {
    let arguments = match (name.to_string().as_str(), taken) {
        ("select", _) => "c, a, b",
        ("clamp", _) => "x, low, high",
        ("one_hot", _) => "x, 10",
        ("gather", _) => "x, indices, axis = 0",
        (_, 1) => "x",
        (_, 2) => "a, b",
        _ => "a, b, c",
    };
    format!("{name}({arguments})")
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
            format!("to go along the axis of {}, `reshape` the second to {shape:?}", b[0])
        }
        Some((1, a, b)) => format!("their last axes are {a} and {b}: make both {a}, or one of them 1"),
        Some((back, a, b)) => {
            format!("their axes in place {back} from the end are {a} and {b}: make both {a}, or one of them 1")
        }
        None => "reshape one of them".to_owned(),
    }
}
