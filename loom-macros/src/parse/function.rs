//! Functions of values: `fn mish(x) { x * tanh(softplus(x)) }`.

use proc_macro2::{Delimiter, Group, Ident, TokenTree};
use syn::parse::ParseStream;
use syn::{Error, LitBool, LitFloat, LitInt, Result, Token, token};

use super::shape::{parse_dims, skip_item};
use crate::expr::{Code, Expr, FnCall, Function, Operator, Parameter, Setting};
use crate::group::{parse_group, peek_group};
use crate::report::Errors;
use crate::size::{Dims, Size};

/// The most operators of an expression that stand in one another.
const MAX_NESTED: usize = 200;

/// `fn name<C>(x, scale: Param<[C]> = 1.0) { let y = ..; .. }`
pub(super) fn parse_function(input: ParseStream<'_>, errors: &mut Errors) -> Result<Function> {
    input.parse::<Token![fn]>()?;
    let name: Ident = input.parse()?;
    let (mut sizes, mut params) = (Vec::new(), Vec::new());
    let body = parse_head(&name, input, (&mut sizes, &mut params), errors).unwrap_or_else(|error| {
        errors.push(error);
        None
    });
    // What is left of the head after an error.
    if body.is_none() && !input.peek(token::Brace) {
        skip_item(input, |tree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace));
        return Ok(Function { name, sizes, params, body: None });
    }
    let Some(is_right) = body else {
        input.parse::<Group>()?;
        return Ok(Function { name, sizes, params, body: None });
    };
    let code = parse_group(input, |input| parse_code(&name, input));
    let code = code.map_err(|error| errors.push(error)).ok().filter(|_| is_right);
    Ok(Function { name, sizes, params, body: code })
}

/// What stands between a function's name and its braces. Whether nothing was wrong with it, if the braces follow.
fn parse_head(
    name: &Ident,
    input: ParseStream<'_>,
    (sizes, params): (&mut Vec<Ident>, &mut Vec<Parameter>),
    errors: &mut Errors,
) -> Result<Option<bool>> {
    let before = errors.len();
    if input.parse::<Option<Token![<]>>()?.is_some() {
        while !input.peek(Token![>]) {
            let size: Ident = input.parse()?;
            if sizes.contains(&size) {
                errors.at(&size, format!("two sizes of this function have the name `{size}`"));
            }
            sizes.push(size);
            if !input.peek(Token![>]) {
                input.parse::<Token![,]>()?;
            }
        }
        input.parse::<Token![>]>()?;
    }
    if !input.peek(token::Paren) {
        return Err(input.error(format!("expected what the function takes: `fn {name}(x) {{ .. }}`")));
    }
    parse_group(input, |input| parse_parameters(input, params, errors))?;
    if let Some(arrow) = input.parse::<Option<Token![->]>>()? {
        let message = format!("the shape of the result follows from the body; write `fn {name}(..) {{ .. }}`");
        return Err(Error::new_spanned(arrow, message));
    }
    if !input.peek(token::Brace) {
        return Err(input.error(format!("expected the body of the function: `fn {name}(x) {{ x * 2.0 }}`")));
    }
    Ok(Some(errors.len() == before))
}

fn parse_parameters(input: ParseStream<'_>, params: &mut Vec<Parameter>, errors: &mut Errors) -> Result<()> {
    while !input.is_empty() {
        if !input.peek(syn::Ident) {
            return Err(input.error("expected the name of what the function takes, such as `x`"));
        }
        let name: Ident = input.parse()?;
        let learned = match input.parse::<Option<Token![:]>>()? {
            None => None,
            Some(_) => {
                let learned = parse_learned(&name, input, errors);
                let learned = learned.unwrap_or_else(|error| {
                    errors.push(error);
                    None
                });
                while learned.is_none() && !input.is_empty() && !input.peek(Token![,]) {
                    input.parse::<TokenTree>()?;
                }
                learned
            }
        };
        // fn_c1: each parameter has a name of its own.
        if params.iter().any(|other| other.name == name) {
            errors.at(&name, format!("two parameters of this function have the name `{name}`"));
        } else {
            params.push(Parameter { name, learned });
        }
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(())
}

/// `Param<[C]> = 1.0`; nothing after an error that is reported.
fn parse_learned(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Result<Option<(Dims, f64)>> {
    let kind: Ident = input.parse()?;
    let example = format!("a learned tensor is written `{name}: Param<[64]>`; what a call gives has no type");
    if kind != "Param" {
        return Err(Error::new_spanned(kind, example));
    }
    if !(input.peek(Token![<]) && input.peek2(token::Bracket)) {
        return Err(Error::new_spanned(kind, example));
    }
    input.parse::<Token![<]>()?;
    let Some(dims) = parse_dims(input, errors) else { return Ok(None) };
    input.parse::<Token![>]>()?;
    let start = match input.parse::<Option<Token![=]>>()? {
        None => 0.0,
        Some(_) => {
            let minus = input.parse::<Option<Token![-]>>()?.is_some();
            if !input.peek(LitFloat) && !input.peek(LitInt) {
                return Err(input.error(format!("`{name}` begins with a number, as in `{name}: Param<..> = 0.5`")));
            }
            let (_, number) = parse_number(input)?;
            if minus { -number } else { number }
        }
    };
    Ok(Some((dims, start)))
}

/// `let name = expression; .. expression`
pub(super) fn parse_code(function: &Ident, input: ParseStream<'_>) -> Result<Code> {
    let mut lets = Vec::new();
    while input.parse::<Option<Token![let]>>()?.is_some() {
        if input.peek(Token![mut]) {
            return Err(input.error("values do not change here; leave out `mut`"));
        }
        let name: Ident = input.parse()?;
        if input.peek(Token![:]) {
            return Err(
                input.error(format!("the shape of a value follows from the expression; write `let {name} = ..;`"))
            );
        }
        input.parse::<Token![=]>()?;
        let value = parse_expression(input)?;
        if input.parse::<Option<Token![;]>>()?.is_none() {
            return Err(input.error(format!("`let {name} = ..` ends with a `;`")));
        }
        lets.push((name, value));
    }
    if input.is_empty() {
        return Err(input.error(format!("the result of `{function}` is missing: an expression without a `;`")));
    }
    let result = parse_expression(input)?;
    if !input.is_empty() {
        let message = if input.peek(Token![->]) {
            "layers stand in a struct; here, values are computed with"
        } else if input.peek(Token![=]) {
            "a value is declared by `let`, and does not change; write `let y = ..;`"
        } else if input.peek(Token![;]) {
            "the result stands last, without a `;`"
        } else {
            "expected an operator, or the end of the expression"
        };
        return Err(input.error(message));
    }
    Ok(Code { lets, result })
}

/// An expression, as long as it goes.
pub(super) fn parse_expression(input: ParseStream<'_>) -> Result<Expr> {
    let left = parse_sum(input)?;
    let Some(operator) = comparison(input)? else { return Ok(left) };
    let right = parse_sum(input)?;
    if let Some(second) = comparison(input)? {
        let message = "comparisons do not follow one another; put one in parentheses";
        return Err(Error::new(second.span, message));
    }
    Ok(Expr::Binary(operator, Box::new(left), Box::new(right)))
}

fn comparison(input: ParseStream<'_>) -> Result<Option<Operator>> {
    macro_rules! operators {
        ($($text:literal $token:tt)*) => {
            $(if input.peek(Token![$token]) {
                let token = input.parse::<Token![$token]>()?;
                return Ok(Some(Operator { text: $text, span: token.spans[0] }));
            })*
        };
    }
    operators!("<=" <= ">=" >= "==" == "!=" != "<" < ">" >);
    Ok(None)
}

fn parse_sum(input: ParseStream<'_>) -> Result<Expr> {
    let (mut left, mut count) = (parse_product(input)?, 0);
    loop {
        let operator = if input.peek(Token![+]) {
            Operator { text: "+", span: input.parse::<Token![+]>()?.spans[0] }
        } else if input.peek(Token![-]) && !input.peek(Token![->]) {
            Operator { text: "-", span: input.parse::<Token![-]>()?.spans[0] }
        } else {
            return Ok(left);
        };
        count += 1;
        limit(count, operator)?;
        left = Expr::Binary(operator, Box::new(left), Box::new(parse_product(input)?));
    }
}

fn parse_product(input: ParseStream<'_>) -> Result<Expr> {
    let (mut left, mut count) = (parse_unary(input)?, 0);
    loop {
        let operator = if input.peek(Token![*]) {
            Operator { text: "*", span: input.parse::<Token![*]>()?.spans[0] }
        } else if input.peek(Token![/]) {
            Operator { text: "/", span: input.parse::<Token![/]>()?.spans[0] }
        } else {
            return Ok(left);
        };
        if input.peek(Token![*]) {
            let message =
                "there is no `**` here; write `square(x)`, or `exp(p * log(x))` for a power p of what is above 0";
            return Err(input.error(message));
        }
        count += 1;
        limit(count, operator)?;
        left = Expr::Binary(operator, Box::new(left), Box::new(parse_unary(input)?));
    }
}

/// The checker calls itself for each operand.
fn limit(count: usize, operator: Operator) -> Result<()> {
    if count <= MAX_NESTED {
        return Ok(());
    }
    let message = format!("more than {MAX_NESTED} operators in a row; give a part of them a name with `let`");
    Err(Error::new(operator.span, message))
}

fn parse_unary(input: ParseStream<'_>) -> Result<Expr> {
    let mut signs = Vec::new();
    while input.peek(Token![-]) && !input.peek(Token![->]) && signs.len() <= MAX_NESTED {
        signs.push(input.parse::<Token![-]>()?);
    }
    let value = parse_primary(input)?;
    refuse_postfix(input)?;
    Ok(signs.into_iter().rev().fold(value, |value, sign| Expr::Neg(sign, Box::new(value))))
}

/// Refuses what Rust may have behind a value.
fn refuse_postfix(input: ParseStream<'_>) -> Result<()> {
    let message = if input.peek(Token![.]) {
        "there are no methods here; write `f(x)` for `x.f()`"
    } else if input.peek(Token![%]) {
        "there is no `%` here; the operators are `+ - * /` and comparisons"
    } else if input.peek(Token![^]) {
        "there is no `^` here; write `square(x)`, or `exp(p * log(x))` for a power p of what is above 0"
    } else if input.peek(Token![&&]) {
        "there is no `&&` here; multiply the comparisons, as in `(x > 0.0) * (x < 1.0)`"
    } else if input.peek(Token![as]) {
        "all values are `f32`; leave out `as` and the type"
    } else if input.peek(token::Bracket) {
        "values have no indices in brackets; take parts by `gather`, or by `Slice` in a stack"
    } else {
        return Ok(());
    };
    Err(input.error(message))
}

/// Refuses what Rust may have in the place of a value.
fn refuse_prefix(input: ParseStream<'_>) -> Result<()> {
    let message = if input.peek(Token![if]) || input.peek(Token![match]) {
        "there are no branches here; write `select(c, a, b)`, which is a where c is not 0, else b"
    } else if input.peek(Token![for]) || input.peek(Token![while]) || input.peek(Token![loop]) {
        "there are no loops here; functions go along whole axes, as `sum(x, axis = 0)`"
    } else if input.peek(Token![return]) {
        "the result stands last, without `return`"
    } else if input.peek(Token![!]) {
        "there is no `!` here; write `1.0 - c`, which is 1 where a comparison c is 0"
    } else if input.peek(Token![=]) {
        "values do not change here; give the new one a name, `let y = ..;`"
    } else if input.peek(LitBool) {
        "a truth value is a number here: `1.0` or `0.0`"
    } else if input.peek(token::Bracket) {
        "expected a value; sizes stand without brackets, as in `reshape(x, 4, 8)`"
    } else {
        return Ok(());
    };
    Err(input.error(message))
}

fn parse_primary(input: ParseStream<'_>) -> Result<Expr> {
    refuse_prefix(input)?;
    if input.peek(LitFloat) || input.peek(LitInt) {
        let (token, number) = parse_number(input)?;
        return Ok(Expr::Number(token.span(), number));
    }
    if let Some(group) = peek_group(input) {
        return match group.delimiter() {
            Delimiter::Parenthesis | Delimiter::None => parse_group(input, |input| {
                let value = parse_expression(input)?;
                if input.is_empty() {
                    Ok(value)
                } else {
                    Err(input.error(in_parentheses(input, "expected an operator, or `)`")))
                }
            }),
            _ => Err(Error::new_spanned(group, "expected a value; parentheses group, and axes stand in `axis = 0`")),
        };
    }
    if !input.peek(syn::Ident) {
        return Err(input.error("expected a value, a number or a call"));
    }
    let name: Ident = input.parse()?;
    if is_layer(&name, input) {
        let message =
            format!("`{name}<..>` is a layer; give what it gives a name, `let y = {name}<..>;`, and compute with `y`");
        return Err(Error::new_spanned(name, message));
    }
    let mut sizes = Vec::new();
    if input.peek(Token![::]) {
        input.parse::<Token![::]>()?;
        input.parse::<Token![<]>()?;
        while !input.peek(Token![>]) {
            sizes.push(input.parse::<Size>()?);
            if !input.peek(Token![>]) {
                input.parse::<Token![,]>()?;
            }
        }
        input.parse::<Token![>]>()?;
        if !input.peek(token::Paren) {
            return Err(input.error("the arguments of the call are missing"));
        }
    }
    if sizes.is_empty() && input.peek(Token![.]) && !input.peek3(token::Paren) {
        input.parse::<Token![.]>()?;
        return Ok(Expr::Field(name, input.parse()?));
    }
    if !input.peek(token::Paren) {
        return Ok(Expr::Name(name));
    }
    let (arguments, options) = parse_group(input, parse_arguments)?;
    Ok(Expr::Call(FnCall { name, sizes, arguments, options }))
}

/// The message for what stands behind a value in parentheses.
fn in_parentheses(input: ParseStream<'_>, otherwise: &'static str) -> &'static str {
    match input.peek(Token![->]) {
        true => "layers stand in a stack; give what it gives a name, `let y = .. -> ..;`, and compute with `y`",
        false => otherwise,
    }
}

/// Whether a name with the arguments behind it is a layer.
fn is_layer(name: &Ident, input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    is_capital(name) && fork.parse::<Token![<]>().is_ok() && closes(&fork)
}

/// Whether a name is one as layers have.
fn is_capital(name: &Ident) -> bool {
    !name.to_string().starts_with(|first: char| first.is_lowercase() || first == '_')
}

type Arguments = (Vec<Expr>, Vec<(Ident, Setting)>);

fn parse_arguments(input: ParseStream<'_>) -> Result<Arguments> {
    let (mut arguments, mut options) = (Vec::new(), Vec::new());
    while !input.is_empty() {
        if input.peek(syn::Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
            let name: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            if name == "axis" && input.peek(Token![-]) {
                return Err(
                    input.error("axes are counted from the front, from 0 on; of two axes the last is `axis = 1`")
                );
            }
            if name == "axis" && input.peek(token::Paren) && !input.peek(LitInt) {
                let message = "a function goes along one axis, `axis = 1`; for several, call it once for each";
                return Err(input.error(message));
            }
            let value = match input.peek(LitBool) {
                true => Setting::Flag(input.parse::<LitBool>()?.value),
                false => Setting::Size(input.parse()?),
            };
            options.push((name, value));
        } else if options.is_empty() {
            arguments.push(parse_expression(input)?);
        } else {
            return Err(input.error("arguments stand before the options"));
        }
        if !input.is_empty() {
            if !input.peek(Token![,]) {
                return Err(input.error(in_parentheses(input, "expected an operator, or a `,`")));
            }
            input.parse::<Token![,]>()?;
        }
    }
    Ok((arguments, options))
}

/// A literal and its value.
fn parse_number(input: ParseStream<'_>) -> Result<(TokenTree, f64)> {
    let token: TokenTree = input.fork().parse()?;
    let (value, suffix) = if input.peek(LitFloat) {
        let literal: LitFloat = input.parse()?;
        (literal.base10_parse::<f64>()?, literal.suffix().to_owned())
    } else {
        let literal: LitInt = input.parse()?;
        (literal.base10_parse::<u64>()? as f64, literal.suffix().to_owned())
    };
    // expr_c1: a number is one of binary32.
    if !matches!(suffix.as_str(), "" | "f32") {
        return Err(Error::new_spanned(token, format!("numbers here are `f32`; leave out `{suffix}`")));
    }
    if !(value as f32).is_finite() {
        return Err(Error::new_spanned(token, "this number is beyond those of `f32`"));
    }
    Ok((token, value))
}

/// Whether a `>` ends a list of arguments that begins here.
fn closes(input: ParseStream<'_>) -> bool {
    while !input.is_empty() && !input.peek(Token![->]) && !input.peek(Token![;]) && !input.peek(Token![|]) {
        if input.peek(Token![>]) {
            return true;
        }
        if input.parse::<TokenTree>().is_err() {
            break;
        }
    }
    false
}

/// Whether a stack begins with an expression here: a number, `(`, `-`, a call, or a name that an operator follows. `a < b` is one, and
/// `a<b>` a layer.
pub(super) fn begins_expression(input: ParseStream<'_>) -> bool {
    if input.peek(LitFloat) || input.peek(LitInt) || (input.peek(Token![-]) && !input.peek(Token![->])) {
        return true;
    }
    // What is no expression, but meant to be one.
    if input.peek(Token![if]) || input.peek(Token![!]) {
        return true;
    }
    if peek_group(input).is_some_and(|group: Group| group.delimiter() == Delimiter::Parenthesis) {
        return true;
    }
    let fork = input.fork();
    let Ok(name) = fork.parse::<Ident>() else { return false };
    // The names of layers begin with capitals.
    if is_capital(&name) {
        return false;
    }
    if fork.peek(Token![%]) || fork.peek(Token![^]) || fork.peek(Token![as]) || fork.peek(token::Bracket) {
        return true;
    }
    if fork.peek(token::Paren) || fork.peek(Token![+]) || fork.peek(Token![/]) {
        return true;
    }
    if fork.peek(Token![::]) && fork.peek3(Token![<]) {
        return true;
    }
    let behind = fork.fork();
    if let Ok(Some(operator)) = comparison(&behind) {
        return operator.text != "<" || !closes(&behind);
    }
    if fork.peek(Token![-]) && !fork.peek(Token![->]) {
        return fork.parse::<Token![-]>().is_ok() && !fork.peek(Token![->]) && !fork.peek(Token![>]);
    }
    if fork.parse::<Option<Token![*]>>().is_ok_and(|star| star.is_some()) {
        let is_power = fork.peek(Token![*]);
        let is_value = |name: Ident| !is_capital(&name) || is_layer(&name, &fork);
        return is_power || fork.peek(LitFloat) || fork.peek(token::Paren) || fork.parse::<Ident>().is_ok_and(is_value);
    }
    false
}
