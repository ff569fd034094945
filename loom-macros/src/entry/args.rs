//! A layer's arguments: how many there may be, what they are called, and their values.

use std::ops::Deref;
use std::rc::Rc;

use proc_macro2::Ident;
use quote::ToTokens;

use super::spec::LayerSpec;
use crate::ast::{Call, Value};
use crate::consts::Consts;
use crate::report::{Errors, nearest};
use crate::size::{ALLOWED, MAX, Size, values};

/// Names of arguments in other libraries, and what Loom calls these.
const ARGUMENTS: &[(&str, &str)] = &[
    ("in_features", "IN"),
    ("in_channels", "IN"),
    ("input_size", "IN"),
    ("out_features", "OUT"),
    ("out_channels", "OUT"),
    ("hidden_size", "HIDDEN"),
    ("kernel_size", "K"),
    ("num_features", "C"),
    ("num_embeddings", "VOCABULARY"),
    ("embedding_dim", "D"),
    ("embed_dim", "D"),
    ("num_heads", "HEADS"),
];

/// A layer's name and the arguments that it takes.
pub(crate) struct Usage {
    pub(crate) name: &'static str,
    /// Names of the positional arguments.
    pub(crate) positional: &'static [&'static str],
    /// Whether the last positional argument may be repeated.
    pub(crate) variadic: bool,
    /// Names and defaults of the options; one without a default is for few, and no error proposes it.
    pub(crate) options: &'static [(&'static str, &'static str)],
}

/// A layer in the registry: its arguments and how they are read.
pub(crate) struct Entry {
    pub(crate) usage: Usage,
    /// Reads the arguments.
    pub(crate) read: fn(&mut Args<'_>) -> Rc<dyn LayerSpec>,
}

impl Deref for Entry {
    type Target = Usage;

    fn deref(&self) -> &Usage {
        &self.usage
    }
}

impl Entry {
    /// `name<positional.., options..>`, with no more arguments than these.
    pub(crate) const fn new(
        name: &'static str,
        positional: &'static [&'static str],
        options: &'static [(&'static str, &'static str)],
        read: fn(&mut Args<'_>) -> Rc<dyn LayerSpec>,
    ) -> Self {
        Entry { usage: Usage { name, positional, variadic: false, options }, read }
    }

    /// The same, whose last positional argument may be repeated.
    pub(crate) const fn variadic(mut self) -> Self {
        self.usage.variadic = true;
        self
    }
}

impl Usage {
    /// The layer's arguments as a sentence names them: "`Dense<IN, OUT, bias = true>`".
    pub(crate) fn usage(&self) -> String {
        let mut arguments: Vec<String> = self.positional.iter().map(|&name| name.into()).collect();
        if self.variadic {
            arguments.push("..".to_owned());
        }
        let options = self.options.iter().filter(|(_, default)| !default.is_empty());
        arguments.extend(options.map(|(name, default)| format!("{name} = {default}")));
        if arguments.is_empty() {
            return format!("none; write `{}`", self.name);
        }
        format!("`{}<{}>`", self.name, arguments.join(", "))
    }

    /// The position of the argument that another library gives this name to.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        let name = argument(name);
        let is_option = self.options.iter().any(|(option, _)| *option == name);
        self.positional.iter().position(|known| !is_option && known.eq_ignore_ascii_case(name))
    }

    /// The name of a positional argument.
    pub(crate) fn argument(&self, index: usize) -> &'static str {
        self.positional[index.min(self.positional.len() - 1)]
    }
}

/// An argument's name here.
fn argument(name: &str) -> &str {
    ARGUMENTS.iter().find(|(other, _)| *other == name).map_or(name, |(_, here)| here)
}

/// Reads the arguments of one layer. An argument that is wrong is reported and read as a placeholder; the caller looks at
/// [`Args::failed`] once.
pub(crate) struct Args<'a> {
    pub(crate) call: &'a Call,
    entry: &'static Usage,
    consts: &'a Consts,
    errors: &'a mut Errors,
    failed: bool,
}

impl<'a> Args<'a> {
    /// Checks the number of arguments and the names of the options.
    pub(crate) fn new(call: &'a Call, entry: &'static Usage, consts: &'a Consts, errors: &'a mut Errors) -> Self {
        let mut args = Self { call, entry, consts, errors, failed: false };
        args.check_names();
        if !args.failed {
            args.check_options();
        }
        if !args.failed {
            args.check_count();
        }
        args
    }

    /// Whether any argument was wrong so far.
    pub(crate) fn failed(&self) -> bool {
        self.failed
    }

    /// Reports a positional argument that is written as an option: `Dense<in = 2, out = 8>`.
    fn check_names(&mut self) {
        let (call, entry) = (self.call, self.entry);
        let position = |name: &Ident| entry.position(&name.to_string());
        let Some((name, _)) = call.options.iter().find(|(name, _)| position(name).is_some()) else {
            return;
        };
        let mut values: Vec<Option<&Value>> = call.positional.iter().map(Some).collect();
        values.resize(entry.positional.len().max(values.len()), None);
        let (named, options): (Vec<_>, Vec<_>) = call.options.iter().partition(|(name, _)| position(name).is_some());
        for (name, value) in named {
            if let Some(index) = position(name) {
                values[index] = Some(value);
            }
        }
        let cure = match values.into_iter().collect::<Option<Vec<_>>>() {
            Some(values) => {
                let values = values.iter().map(ToString::to_string);
                let options = options.iter().map(|(name, value)| format!("{name} = {value}"));
                format!("write `{}<{}>`", entry.name, Vec::from_iter(values.chain(options)).join(", "))
            }
            None => format!("it takes {}", entry.usage()),
        };
        self.error(name, format!("sizes have no names in `{}`; {cure}", entry.name));
    }

    fn check_options(&mut self) {
        let (call, entry) = (self.call, self.entry);
        for (i, (name, _)) in call.options.iter().enumerate() {
            let text = name.to_string();
            if !entry.options.iter().any(|(known, _)| *known == text) {
                // args_c2: an option is one of the layer's.
                let known = entry.options.iter().map(|(known, _)| *known);
                let cure = match nearest(&text, known).as_slice() {
                    [] => format!("it takes {}", entry.usage()),
                    near => format!("did you mean `{}`?", near.join("` or `")),
                };
                self.error(name, format!("`{}` has no option `{text}`; {cure}", entry.name));
            } else if call.options[..i].iter().any(|(other, _)| *other == text) {
                // args_c3: an option is given once.
                self.error(name, format!("`{text}` is given twice"));
            }
        }
    }

    fn check_count(&mut self) {
        // args_c1: the layer has the number of positional arguments that it takes.
        let (given, taken) = (self.call.positional.len(), self.entry.positional.len());
        if given == taken || (self.entry.variadic && given >= taken) {
            return;
        }
        let plural = if given == 1 { "" } else { "s" };
        let message =
            format!("`{}` has {given} argument{plural}; `{}` takes {}", self.call, self.entry.name, self.entry.usage());
        match self.call.positional.get(taken) {
            Some(surplus) => self.error(surplus, message),
            None => self.error(&self.call.name, message),
        }
    }

    /// Reports an error of this layer.
    pub(crate) fn error(&mut self, place: impl ToTokens, message: String) {
        self.errors.at(place, message);
        self.failed = true;
    }

    /// The size at a position, at least 1.
    pub(crate) fn size(&mut self, index: usize) -> usize {
        let value = self.call.positional.get(index);
        value.map_or(1, |value| self.size_value(value, self.entry.argument(index), 1))
    }

    /// The number at a position, which may be 0.
    pub(crate) fn index(&mut self, index: usize) -> usize {
        let value = self.call.positional.get(index);
        value.map_or(0, |value| self.size_value(value, self.entry.argument(index), 0))
    }

    /// An option that is a size.
    pub(crate) fn size_option(&mut self, name: &str, default: usize, least: usize) -> usize {
        self.option(name).map_or(default, |value| self.size_value(value, name, least))
    }

    /// All positional arguments as sizes, each at least 1.
    pub(crate) fn sizes(&mut self) -> Vec<usize> {
        (0..self.call.positional.len()).map(|index| self.size(index)).collect()
    }

    /// Reports a shape with more values than can be counted.
    pub(crate) fn limit(&mut self, shape: &[usize]) {
        // size_c6: a tensor has at most `size::MAX` values.
        if values(shape).is_none() {
            self.error(&self.call.name, format!("`{}` has more than {MAX} values", self.call));
        }
    }

    /// The (rows, columns) at a position, each at least 1; one number stands for both.
    pub(crate) fn pair(&mut self, index: usize) -> [usize; 2] {
        let value = self.call.positional.get(index);
        value.map_or([1, 1], |value| self.pair_value(value, self.entry.argument(index), "(rows, columns)", 1))
    }

    /// All positional arguments as what comes (before, after) an axis; one number stands for both.
    pub(crate) fn sides(&mut self) -> Vec<[usize; 2]> {
        let call = self.call;
        call.positional.iter().map(|value| self.pair_value(value, "padding", "(before, after)", 0)).collect()
    }

    /// An option of type (rows, columns).
    pub(crate) fn pair_option(&mut self, name: &str, default: [usize; 2], least: usize) -> [usize; 2] {
        self.option(name).map_or(default, |value| self.pair_value(value, name, "(rows, columns)", least))
    }

    /// An option that is `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str, default: bool) -> bool {
        match self.option(name) {
            None => default,
            Some(Value::Bool(literal)) => literal.value,
            Some(value) => {
                self.error(value, format!("`{name}` is `true` or `false`, not `{value}`"));
                default
            }
        }
    }

    /// The float literal at a position or of an option, as the nearest f32; `cure` gives a call with one that `is_valid`.
    pub(crate) fn float(
        &mut self,
        name: &str,
        value: &Value,
        (is_valid, range): (fn(f32) -> bool, &str),
        cure: impl Fn(f32) -> String,
    ) -> f32 {
        let (parsed, integer) = match value {
            Value::Float(minus, literal) => match literal.base10_parse::<f32>() {
                Ok(parsed) => (if minus.is_some() { -parsed } else { parsed }, None),
                Err(error) => {
                    self.error(literal, error.to_string());
                    return 0.0;
                }
            },
            Value::Size(Size::Literal(literal, value)) => (*value as f32, Some(literal)),
            value => {
                self.error(value, format!("`{name}` is a float literal such as `0.5`, not `{value}`"));
                return 0.0;
            }
        };
        if !is_valid(parsed) {
            self.error(value, format!("`{name}` is `{value}`, but must be {range}; write `{}`", cure(parsed)));
        } else if let Some(integer) = integer {
            self.error(value, format!("`{name}` is a float; write `{}.0`", integer.base10_digits()));
        }
        parsed
    }

    /// An option that is the name of another layer.
    pub(crate) fn layer_option(&mut self, name: &str) -> Option<Ident> {
        match self.option(name)? {
            Value::Size(Size::Const(layer)) => Some(layer.clone()),
            value => {
                self.error(value, format!("`{name}` is the name of a layer, such as `{name} = tokens`, not `{value}`"));
                None
            }
        }
    }

    /// The value of an option, if it is given.
    pub(crate) fn option(&self, name: &str) -> Option<&'a Value> {
        self.call.options.iter().find(|(option, _)| option == name).map(|(_, value)| value)
    }

    fn size_value(&mut self, value: &Value, name: &str, least: usize) -> usize {
        match value {
            Value::Size(size) => self.evaluate(size, name, least),
            value => {
                // args_c4: an argument is of the kind that the layer takes.
                self.error(value, format!("`{name}` is a size, not `{value}`: {ALLOWED}"));
                1
            }
        }
    }

    fn pair_value(&mut self, value: &Value, name: &str, pair: &str, least: usize) -> [usize; 2] {
        match value {
            Value::Size(size) => [self.evaluate(size, name, least); 2],
            Value::Pair(_, rows, columns) => [self.evaluate(rows, name, least), self.evaluate(columns, name, least)],
            value => {
                self.error(value, format!("`{name}` is a number or a pair `{pair}`, not `{value}`"));
                [1, 1]
            }
        }
    }

    fn evaluate(&mut self, size: &Size, name: &str, least: usize) -> usize {
        let Some(value) = self.consts.evaluate(size, self.errors) else {
            self.failed = true;
            return 1;
        };
        if value < least {
            // size_c5: sizes, kernels and strides are at least 1.
            let message = format!("`{name}` of `{}` is {value}, but must be at least {least}", self.call);
            self.error(size, message);
            return 1;
        }
        value
    }
}
