//! Sizes: integer literals, the macro's constants, and arithmetic on them.
//!
//! Not `syn::Expr`, which would read the `>` that closes a layer's arguments as a comparison.

use std::fmt::{self, Display, Formatter};

use proc_macro2::{Delimiter, Group, Ident, Punct, TokenStream};
use quote::{ToTokens, TokenStreamExt};
use syn::parse::{Parse, ParseStream};
use syn::{Error, LitInt, Result, Token, token};

use crate::group::{parse_group, peek_group};
use crate::report::Errors;

/// What a size may consist of, for error messages.
pub(crate) const ALLOWED: &str = "a size is an integer literal, a `const` of this `network!`, or `+ - * / %` on these";

/// The largest size and the largest number of values in a tensor: what a 32-bit index of a GPU reaches.
pub(crate) const MAX: usize = u32::MAX as usize;

/// The most dimensions of a shape, which becomes as many nested arrays.
pub(crate) const MAX_DIMS: usize = 64;

/// Number of values in a shape, if it is at most [`MAX`].
pub(crate) fn values(shape: &[usize]) -> Option<usize> {
    let product = shape.iter().try_fold(1_usize, |product, dim| product.checked_mul(*dim));
    product.filter(|product| *product <= MAX)
}

/// The most terms of a sum, and the most factors of a product.
const MAX_TERMS: usize = 1000;

/// `4 * (D + 1)`
pub(crate) enum Size {
    Literal(LitInt, usize),
    Const(Ident),
    /// Terms or factors, which are evaluated from the left: a list and no tree, so that its length is no depth.
    Chain(Box<Size>, Vec<(Punct, Size)>),
    /// In parentheses or braces, or in the invisible delimiters that another macro's `$size:expr` leaves.
    Group(Group, Box<Size>),
}

/// `[dims]`
pub(crate) struct Dims {
    pub(crate) group: Group,
    pub(crate) sizes: Vec<Size>,
}

/// Terms joined by `+` and `-`.
impl Parse for Size {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let is_operator = |input: ParseStream<'_>| input.peek(Token![+]) || is_minus(input);
        chain(input, is_operator, product)
    }
}

/// Factors joined by `*`, `/` and `%`.
fn product(input: ParseStream<'_>) -> Result<Size> {
    let is_operator = |input: ParseStream<'_>| input.peek(Token![*]) || input.peek(Token![/]) || input.peek(Token![%]);
    chain(input, is_operator, Size::primary)
}

/// A `-` that begins no arrow.
fn is_minus(input: ParseStream<'_>) -> bool {
    input.peek(Token![-]) && !input.peek(Token![->])
}

/// One part, or several that are joined by operators.
fn chain(
    input: ParseStream<'_>,
    is_operator: impl Fn(ParseStream<'_>) -> bool,
    part: fn(ParseStream<'_>) -> Result<Size>,
) -> Result<Size> {
    let (first, mut rest) = (part(input)?, Vec::new());
    while is_operator(input) {
        // size_c7: a size has at most `MAX_TERMS` terms.
        if rest.len() + 1 == MAX_TERMS {
            return Err(
                input.error(format!("a size has at most {MAX_TERMS} terms; give a part of it a name by `const`"))
            );
        }
        rest.push((input.parse()?, part(input)?));
    }
    Ok(if rest.is_empty() { first } else { Size::Chain(Box::new(first), rest) })
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
        if is_minus(input) {
            return Err(input.error(format!("a size is not negative; {ALLOWED}")));
        }
        if input.peek(LitInt) {
            let literal: LitInt = input.parse()?;
            if !matches!(literal.suffix(), "" | "usize") {
                let message = match sides(&literal) {
                    Some([rows, columns]) => format!("`{literal}` is two sizes; write `{rows}, {columns}`"),
                    None => format!("a size is a `usize`; write `{}`", literal.base10_digits()),
                };
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
            Size::Chain(first, rest) => {
                let first_value = first.evaluate(lookup, errors);
                // Every name is looked up, so that all that are unknown are reported.
                let values: Vec<_> = rest.iter().map(|(_, size)| size.evaluate(lookup, errors)).collect();
                let mut left = first_value?;
                for (index, right) in values.iter().enumerate() {
                    let (operator, right) = (rest[index].0.as_char(), (*right)?);
                    let part = Part(first, &rest[..=index]);
                    left = apply(left, operator, right)
                        .map_err(|reason| errors.at(part, format!("`{part}` {reason}")))
                        .ok()?;
                }
                Some(left)
            }
        }
    }
}

/// What an operator gives, or why it gives nothing.
fn apply(left: usize, operator: char, right: usize) -> core::result::Result<usize, String> {
    let result = match operator {
        '+' => left.checked_add(right),
        '-' => left.checked_sub(right),
        '*' => left.checked_mul(right),
        '/' => left.checked_div(right),
        _ => left.checked_rem(right),
    };
    // size_c2: a difference is not negative; size_c3: nothing is divided by 0; size_c4: nothing overflows.
    result.ok_or_else(|| match operator {
        '-' => format!("is negative: {left} - {right}"),
        '/' | '%' => "divides by 0".to_owned(),
        operator => format!("is too large: {left} {operator} {right}"),
    })
}

/// The first parts of a [`Size::Chain`].
#[derive(Clone, Copy)]
struct Part<'a>(&'a Size, &'a [(Punct, Size)]);

/// The numbers of `3x5`, which is one literal with a strange suffix.
pub(crate) fn sides(literal: &LitInt) -> Option<[usize; 2]> {
    let rows = literal.base10_digits().parse().ok()?;
    let columns = literal.suffix().strip_prefix('x')?.parse().ok()?;
    Some([rows, columns])
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
            Size::Chain(first, rest) => Part(first, rest).fmt(f),
            Size::Group(group, inner) => match group.delimiter() {
                Delimiter::Parenthesis => write!(f, "({inner})"),
                Delimiter::Brace => write!(f, "{{{inner}}}"),
                Delimiter::Bracket | Delimiter::None => inner.fmt(f),
            },
        }
    }
}

impl Display for Part<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        self.1.iter().try_for_each(|(operator, size)| write!(f, " {operator} {size}"))
    }
}

impl ToTokens for Size {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Size::Literal(literal, _) => literal.to_tokens(tokens),
            Size::Const(name) => name.to_tokens(tokens),
            // Invisible delimiters have their place in the macro that passes the size on, and not where it is written.
            Size::Group(group, inner) if group.delimiter() == Delimiter::None => inner.to_tokens(tokens),
            Size::Group(group, _) => tokens.append(group.clone()),
            Size::Chain(first, rest) => Part(first, rest).to_tokens(tokens),
        }
    }
}

impl ToTokens for Part<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
        for (operator, size) in self.1 {
            operator.to_tokens(tokens);
            size.to_tokens(tokens);
        }
    }
}
