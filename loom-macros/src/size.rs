//! Sizes: integer literals, the macro's constants, and arithmetic on them.
//!
//! Not `syn::Expr`, which would read the `>` that closes a layer's arguments as a comparison.

use std::fmt::{self, Display, Formatter};

use proc_macro2::{Delimiter, Group, Ident, Punct, TokenStream};
use quote::{ToTokens, TokenStreamExt};
use syn::parse::{Parse, ParseStream};
use syn::{Error, LitInt, Result, Token, token};

use crate::parse::{parse_group, peek_group};
use crate::report::Errors;

/// What a size may consist of, for error messages.
pub(crate) const ALLOWED: &str = "a size is an integer literal, a `const` of this `network!`, or `+ - * / %` on these";

/// The largest size and the largest number of values in a tensor: what a 32-bit index of a GPU reaches.
pub(crate) const MAX: usize = u32::MAX as usize;

/// Number of values in a shape, if it is at most [`MAX`].
pub(crate) fn values(shape: &[usize]) -> Option<usize> {
    let product = shape.iter().try_fold(1_usize, |product, dim| product.checked_mul(*dim));
    product.filter(|product| *product <= MAX)
}

/// `4 * (D + 1)`
pub(crate) enum Size {
    Literal(LitInt, usize),
    Const(Ident),
    Binary(Box<Size>, Punct, Box<Size>),
    /// In parentheses or braces, or in the invisible delimiters that another macro's `$size:expr` leaves.
    Group(Group, Box<Size>),
}

impl Parse for Size {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut left = product(input)?;
        while input.peek(Token![+]) || (input.peek(Token![-]) && !input.peek(Token![->])) {
            left = Size::Binary(Box::new(left), input.parse()?, Box::new(product(input)?));
        }
        Ok(left)
    }
}

/// Factors joined by `*`, `/` and `%`.
fn product(input: ParseStream<'_>) -> Result<Size> {
    let mut left = Size::primary(input)?;
    while input.peek(Token![*]) || input.peek(Token![/]) || input.peek(Token![%]) {
        left = Size::Binary(Box::new(left), input.parse()?, Box::new(Size::primary(input)?));
    }
    Ok(left)
}

impl Size {
    /// A literal, a constant, or a size in delimiters.
    pub(crate) fn primary(input: ParseStream<'_>) -> Result<Self> {
        if let Some(group) = peek_group(input).filter(|group| group.delimiter() != Delimiter::Bracket) {
            if group.stream().is_empty() {
                return Err(Error::new_spanned(group, format!("a size is missing here; {ALLOWED}")));
            }
            let inner = parse_group(input, |input| Self::parse_until(input, |input| input.is_empty()))?;
            return Ok(Size::Group(group, Box::new(inner)));
        }
        if input.peek(Token![-]) && !input.peek(Token![->]) {
            return Err(input.error(format!("a size is not negative; {ALLOWED}")));
        }
        if input.peek(LitInt) {
            let literal: LitInt = input.parse()?;
            if !matches!(literal.suffix(), "" | "usize") {
                let message = format!("a size is a `usize`; write `{}`", literal.base10_digits());
                return Err(Error::new_spanned(literal, message));
            }
            let too_large = |_| Error::new_spanned(&literal, format!("a size is at most {MAX}"));
            let value = literal.base10_parse().map_err(too_large)?;
            return Ok(Size::Literal(literal, value));
        }
        if input.peek(syn::Ident) {
            let name: Ident = input.parse()?;
            let what = if input.peek(Token![::]) {
                "a path"
            } else if input.peek(token::Paren) || input.peek(Token![!]) {
                "a call"
            } else {
                return Ok(Size::Const(name));
            };
            return Err(Error::new_spanned(name, format!("{what} cannot be a size; {ALLOWED}")));
        }
        Err(not_a_size(input))
    }

    /// A size after which `is_end` holds.
    pub(crate) fn parse_until(input: ParseStream<'_>, is_end: fn(ParseStream<'_>) -> bool) -> Result<Self> {
        let size = input.parse()?;
        if is_end(input) { Ok(size) } else { Err(not_a_size(input)) }
    }

    /// The value, or nothing when the reason is in `errors`, or was when a constant was declared.
    pub(crate) fn evaluate(
        &self,
        lookup: &mut dyn FnMut(&Ident, &mut Errors) -> Option<usize>,
        errors: &mut Errors,
    ) -> Option<usize> {
        match self {
            Size::Literal(_, value) => Some(*value),
            Size::Const(name) => lookup(name, errors),
            Size::Group(_, inner) => inner.evaluate(lookup, errors),
            Size::Binary(left, operator, right) => {
                let (l, r) = (left.evaluate(lookup, errors), right.evaluate(lookup, errors));
                let (l, r) = (l?, r?);
                let result = match operator.as_char() {
                    '+' => l.checked_add(r),
                    '-' => l.checked_sub(r),
                    '*' => l.checked_mul(r),
                    '/' => l.checked_div(r),
                    _ => l.checked_rem(r),
                };
                // size_c2: a difference is not negative; size_c3: nothing is divided by 0; size_c4: nothing overflows.
                if result.is_none() {
                    let reason = match operator.as_char() {
                        '-' => format!("is negative: {l} - {r}"),
                        '/' | '%' => "divides by 0".to_owned(),
                        operator => format!("is too large: {l} {operator} {r}"),
                    };
                    errors.at(self, format!("`{self}` {reason}"));
                }
                result
            }
        }
    }
}

/// The error for a token that cannot stand in a size.
pub(crate) fn not_a_size(input: ParseStream<'_>) -> Error {
    let message = match input.cursor().token_tree() {
        None => format!("a size is missing here; {ALLOWED}"),
        Some((token, _)) => format!("`{token}` cannot stand in a size; {ALLOWED}"),
    };
    input.error(message)
}

impl Display for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Size::Literal(literal, _) => literal.fmt(f),
            Size::Const(name) => name.fmt(f),
            Size::Binary(left, operator, right) => write!(f, "{left} {operator} {right}"),
            Size::Group(group, inner) => match group.delimiter() {
                Delimiter::Parenthesis => write!(f, "({inner})"),
                Delimiter::Brace => write!(f, "{{{inner}}}"),
                Delimiter::Bracket | Delimiter::None => inner.fmt(f),
            },
        }
    }
}

impl ToTokens for Size {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Size::Literal(literal, _) => literal.to_tokens(tokens),
            Size::Const(name) => name.to_tokens(tokens),
            Size::Group(group, _) => tokens.append(group.clone()),
            Size::Binary(left, operator, right) => {
                left.to_tokens(tokens);
                tokens.append(operator.clone());
                right.to_tokens(tokens);
            }
        }
    }
}
