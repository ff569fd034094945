//! Functions and expressions as the user wrote them, every token's place kept.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Token;

use crate::size::{Dims, Size};

/// `fn name<C>(x, scale: Param<[C]> = 1.0) { let y = x * scale; exp(y) }`
pub(crate) struct Function {
    pub(crate) name: Ident,
    /// Names of the sizes that a use gives.
    pub(crate) sizes: Vec<Ident>,
    pub(crate) params: Vec<Parameter>,
    /// Absent after a syntax error.
    pub(crate) body: Option<Code>,
}

impl Function {
    /// The parameters that a call gives values for.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Parameter> {
        self.params.iter().filter(|param| param.learned.is_none())
    }

    /// Visits each expression in its body.
    pub(crate) fn walk(&self, visit: &mut dyn FnMut(&Expr)) {
        let Some(code) = &self.body else { return };
        code.lets.iter().map(|(_, value)| value).chain([&code.result]).for_each(|expr| expr.walk(visit));
    }

    /// How it is called.
    pub(crate) fn usage(&self) -> String {
        let names = |names: &mut dyn Iterator<Item = &Ident>| Vec::from_iter(names.map(Ident::to_string)).join(", ");
        let sizes = names(&mut self.sizes.iter());
        let sizes = if sizes.is_empty() { sizes } else { format!("::<{sizes}>") };
        format!("{}{sizes}({})", self.name, names(&mut self.values().map(|param| &param.name)))
    }
}

/// `x`, or `scale: Param<[C]> = 1.0`
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    /// Of a learned tensor its shape, and the number that it begins with.
    pub(crate) learned: Option<(Dims, f64)>,
}

/// What stands in the braces of a function.
pub(crate) struct Code {
    pub(crate) lets: Vec<(Ident, Expr)>,
    pub(crate) result: Expr,
}

/// An expression of values.
pub(crate) enum Expr {
    /// A literal.
    Number(Span, f64),
    /// A value of the function or struct, or a size.
    Name(Ident),
    /// A part of what a loss compares: `out.mean`.
    Field(Ident, Ident),
    Call(FnCall),
    /// `-a`
    Neg(Token![-], Box<Expr>),
    /// `a + b`; the operator is one of `+ - * / < <= > >= == !=`.
    Binary(Operator, Box<Expr>, Box<Expr>),
}

/// An operator between two expressions.
#[derive(Clone, Copy)]
pub(crate) struct Operator {
    pub(crate) text: &'static str,
    pub(crate) span: Span,
}

/// `name::<8>(x, y, axis = 0)`
pub(crate) struct FnCall {
    pub(crate) name: Ident,
    pub(crate) sizes: Vec<Size>,
    pub(crate) arguments: Vec<Expr>,
    pub(crate) options: Vec<(Ident, Setting)>,
}

/// What stands behind an option's `=`, or what a shape is.
pub(crate) enum Setting {
    Size(Size),
    Flag(bool),
}

impl Expr {
    /// A name for it, at its place.
    pub(crate) fn ident(&self) -> Ident {
        match self {
            Expr::Name(name) | Expr::Field(name, _) => name.clone(),
            Expr::Call(call) => call.name.clone(),
            Expr::Number(span, _) => Ident::new("expression", *span),
            Expr::Neg(minus, _) => Ident::new("expression", minus.span),
            Expr::Binary(operator, ..) => Ident::new("expression", operator.span),
        }
    }

    /// Visits it and all expressions in it.
    pub(crate) fn walk(&self, visit: &mut dyn FnMut(&Expr)) {
        visit(self);
        match self {
            Expr::Number(..) | Expr::Name(_) | Expr::Field(..) => {}
            Expr::Neg(_, inner) => inner.walk(visit),
            Expr::Binary(_, left, right) => [left, right].into_iter().for_each(|side| side.walk(visit)),
            Expr::Call(call) => call.arguments.iter().for_each(|argument| argument.walk(visit)),
        }
    }

    /// The place of an error about it: its first token, or its operator.
    pub(crate) fn place(&self) -> TokenStream {
        match self {
            Expr::Number(span, _) => at(*span),
            Expr::Name(name) => quote!(#name),
            Expr::Field(name, field) => quote!(#name.#field),
            Expr::Call(call) => call.name.to_token_stream(),
            Expr::Neg(minus, _) => quote!(#minus),
            Expr::Binary(operator, ..) => at(operator.span),
        }
    }
}

/// A token for its place.
pub(crate) fn at(span: Span) -> TokenStream {
    Ident::new("_place", span).to_token_stream()
}
