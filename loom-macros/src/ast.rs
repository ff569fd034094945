//! What the user wrote, every token's place kept. `Display` prints it in one canonical form, for error messages.

use std::fmt::{self, Display, Formatter};

use proc_macro2::{Group, Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, LitBool, LitFloat, Token, Visibility};

use crate::expr::{Code, Function};
use crate::size::{Dims, Size};

/// One call of `network!`.
pub(crate) struct Input {
    /// The path of the `loom` crate, which starts every path of the expansion.
    pub(crate) krate: TokenStream,
    pub(crate) consts: Vec<Const>,
    pub(crate) form: Form,
    pub(crate) blocks: Vec<Generic>,
    pub(crate) functions: Vec<Function>,
    /// The one anonymous struct of `Form::Expression`, or all structs and losses of `Form::Items`.
    pub(crate) structs: Vec<Struct>,
}

/// The names of what takes stacks in braces.
pub(crate) const COMBINATORS: [&str; 4] = ["Residual", "Sum", "Product", "Concat"];
/// The name of what gives each name of a `let` its part of a value.
pub(crate) const SPLIT: &str = "Split";
/// What other libraries call them.
pub(crate) const FOREIGN_COMBINATORS: [(&str, &str); 4] =
    [("Add", "Sum"), ("Multiply", "Product"), ("Cat", "Concat"), ("Concatenate", "Concat")];

/// Where the call stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `network! { struct .. }`, which becomes items.
    Items,
    /// `network![Dense<2, 1>]`, which becomes an expression.
    Expression,
}

/// `const NAME: usize = size;`
pub(crate) struct Const {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    /// Absent after a syntax error.
    pub(crate) value: Option<Size>,
}

/// `struct Name: [dims] { let name = stack; stack }`, or `struct Name(input: [dims], ..) -> (output, ..) { .. }`; or
/// `loss Name(output: [dims], target: [dims]) { let name = expression; expression }`, whose inputs are what it compares.
pub(crate) struct Struct {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    pub(crate) input: InputShape,
    /// The values that are its outputs, where it names them. Its last stack joins them.
    pub(crate) outputs: Vec<Ident>,
    pub(crate) body: Block,
}

impl Struct {
    /// The name of the output that a loss compares with its target.
    pub(crate) fn output_of_loss(&self) -> Option<&Ident> {
        match &self.input {
            InputShape::Compared(parts) => parts.first().map(|(name, _)| name),
            _ => None,
        }
    }

    /// Whether it is a loss.
    pub(crate) fn is_loss(&self) -> bool {
        matches!(self.input, InputShape::Compared(_))
    }

    /// Whether a name is that of the output that it compares, as a loss.
    pub(crate) fn is_output(&self, name: &Ident) -> bool {
        matches!(&self.input, InputShape::Compared(parts) if parts.first().is_some_and(|(output, _)| output == name))
    }
}

/// `block Name<A, B> { let name = stack; stack }`
pub(crate) struct Generic {
    pub(crate) name: Ident,
    /// Names of the sizes that a use gives.
    pub(crate) params: Vec<Ident>,
    pub(crate) body: Block,
}

impl Generic {
    /// How it is used.
    pub(crate) fn usage(&self) -> String {
        let params: Vec<String> = self.params.iter().map(Ident::to_string).collect();
        text(&self.name, &params)
    }
}

/// What stands in the braces of a struct or a block.
pub(crate) struct Block {
    pub(crate) lets: Vec<Let>,
    /// It gives the output.
    pub(crate) stack: Stack,
}

/// `let name = stack;`, or `let (name, ..) = stack -> Split<size, ..>;`
pub(crate) struct Let {
    /// At least one.
    pub(crate) names: Vec<Ident>,
    pub(crate) stack: Stack,
    /// What gives each of several names its part of what the stack gives.
    pub(crate) split: Option<Call>,
}

impl Let {
    /// What stands before the `=`: `name`, or `(name, ..)`.
    pub(crate) fn pattern(&self) -> String {
        match self.names.as_slice() {
            [name] => name.to_string(),
            names => format!("({})", Vec::from_iter(names.iter().map(Ident::to_string)).join(", ")),
        }
    }
}

/// The part between a struct's name and its stack.
pub(crate) enum InputShape {
    /// Not written: the first layer has to fix it.
    Absent,
    /// Written with a syntax error, which is reported already.
    Broken,
    /// `[dims]`
    Dims(Dims),
    /// `(name: [dims], ..)`, at least one; without dimensions after an error.
    Named(Vec<(Ident, Option<Dims>)>),
    /// What a loss compares: a network's output, and the parts of a target.
    Compared(Vec<(Ident, Compared)>),
}

/// What a loss compares.
pub(crate) enum Compared {
    /// `[dims]`
    Dims(Dims),
    /// `DetectorOutput`, all outputs of a struct.
    Outputs(Ident),
    /// `Label<10>`, a class of so many.
    Label(Size),
}

/// Layers joined by `->`; none for an empty arm of a combinator.
pub(crate) struct Stack {
    pub(crate) nodes: Vec<Node>,
}

/// `name: body * repeat`
pub(crate) struct Node {
    pub(crate) name: Option<Ident>,
    pub(crate) body: Body,
    pub(crate) repeat: Option<Size>,
}

impl Stack {
    /// Stands for a stack with a syntax error, which is reported already.
    pub(crate) fn broken() -> Self {
        Stack { nodes: vec![Node::BROKEN] }
    }
}

impl Node {
    /// Stands for a layer with a syntax error, which is reported already.
    pub(crate) const BROKEN: Self = Self::of(Body::Broken);

    /// An element without a name of its own.
    pub(crate) const fn of(body: Body) -> Self {
        Self { name: None, body, repeat: None }
    }

    /// Its call, if that is a name without arguments.
    pub(crate) fn bare_call(&self) -> Option<&Call> {
        match &self.body {
            Body::Call(call) if call.positional.is_empty() && call.options.is_empty() && call.spelling.is_none() => {
                Some(call)
            }
            _ => None,
        }
    }
}

/// One element of a stack.
pub(crate) enum Body {
    /// A layer or another struct, which look alike.
    Call(Call),
    /// `Sum { stack | stack }`; without arguments it looks like a layer.
    Combine(Call, Vec<Stack>),
    /// What a stack begins with: `square(x - y)`; of a loss, all that stands in its braces.
    Expression(Code),
    /// A syntax error, which is reported already.
    Broken,
}

/// `Conv2d<1, 8, 3, padding = 1>`
pub(crate) struct Call {
    pub(crate) name: Ident,
    pub(crate) positional: Vec<Value>,
    pub(crate) options: Vec<(Ident, Value)>,
    /// What is not in Loom's grammar but understood, to be reported where the layer is found.
    pub(crate) spelling: Option<Spelling>,
}

/// A spelling of another library or of Rust: `nn.Linear(2, 8)`, `Dense::<2, 8>`.
pub(crate) struct Spelling {
    pub(crate) place: TokenStream,
    pub(crate) reason: &'static str,
}

impl Call {
    /// A name without arguments.
    pub(crate) fn of(name: Ident) -> Self {
        Self { name, positional: Vec::new(), options: Vec::new(), spelling: None }
    }

    /// The call as text with one positional argument replaced: the cure that an error proposes.
    pub(crate) fn with(&self, index: usize, argument: impl Display) -> String {
        let mut arguments = self.arguments();
        arguments[index] = argument.to_string();
        text(&self.name, &arguments)
    }

    /// The call as text with numbers for sizes, where they are known.
    pub(crate) fn with_sizes(&self, evaluate: impl Fn(&Size) -> Option<usize>) -> String {
        let size = |size: &Size| evaluate(size).map_or_else(|| size.to_string(), |value| value.to_string());
        let value = |value: &Value| match value {
            Value::Size(own) => size(own),
            Value::Pair(_, rows, columns) => format!("({}, {})", size(rows), size(columns)),
            Value::Float(..) | Value::Bool(_) => value.to_string(),
        };
        let options = self.options.iter().map(|(name, own)| format!("{name} = {}", value(own)));
        let arguments: Vec<_> = self.positional.iter().map(value).chain(options).collect();
        text(&self.name, &arguments)
    }

    /// The call as text without its first arguments.
    pub(crate) fn without(&self, count: usize) -> String {
        text(&self.name, &self.arguments()[count..])
    }

    /// The call as text with several positional arguments replaced.
    pub(crate) fn with_each<const N: usize>(&self, arguments: [(usize, usize); N]) -> String {
        let mut texts = self.arguments();
        arguments.into_iter().for_each(|(index, argument)| texts[index] = argument.to_string());
        text(&self.name, &texts)
    }

    /// The call as text with another value of an option, which it may lack.
    pub(crate) fn with_option(&self, name: &str, value: impl Display) -> String {
        self.with_options(&[(name, value)])
    }

    /// The same for several options.
    pub(crate) fn with_options(&self, options: &[(&str, impl Display)]) -> String {
        let mut arguments = self.arguments();
        for (name, value) in options {
            let option = format!("{name} = {value}");
            match self.options.iter().position(|(other, _)| other == name) {
                Some(index) => arguments[self.positional.len() + index] = option,
                None => arguments.push(option),
            }
        }
        text(&self.name, &arguments)
    }

    /// The call as text with another layer's name.
    pub(crate) fn named(&self, name: &str) -> String {
        text(name, &self.arguments())
    }

    fn arguments(&self) -> Vec<String> {
        let options = self.options.iter().map(|(name, value)| format!("{name} = {value}"));
        self.positional.iter().map(Value::to_string).chain(options).collect()
    }
}

/// A layer with its arguments.
fn text(name: impl Display, arguments: &[String]) -> String {
    match arguments {
        [] => name.to_string(),
        _ => format!("{name}<{}>", arguments.join(", ")),
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&text(&self.name, &self.arguments()))
    }
}

/// An argument or an option's value.
pub(crate) enum Value {
    Size(Size),
    /// `(rows, columns)`
    Pair(Group, Size, Size),
    Float(Option<Token![-]>, LitFloat),
    Bool(LitBool),
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Value::Size(size) => size.fmt(f),
            Value::Pair(_, rows, columns) => write!(f, "({rows}, {columns})"),
            Value::Float(Some(_), literal) => write!(f, "-{literal}"),
            Value::Float(None, literal) => literal.fmt(f),
            Value::Bool(literal) => literal.value.fmt(f),
        }
    }
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Value::Size(size) => quote!(#size),
            Value::Pair(group, ..) => quote!(#group),
            Value::Float(minus, literal) => quote!(#minus #literal),
            Value::Bool(literal) => quote!(#literal),
        });
    }
}
