//! Layers joined by `->`. A syntax error costs one layer, up to the next `->`, so that the others are checked.

use proc_macro2::{Delimiter, Group, Ident, Punct, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Error, LitFloat, LitInt, Result, Token, token};

use super::call::parse_call;
use super::function::{begins_expression, parse_expression};
use super::shape::parse_ident;
use crate::ast::{Block, Body, COMBINATORS, Call, FOREIGN_COMBINATORS, Let, Node, SPLIT, Spelling, Stack};
use crate::expr::Code;
use crate::group::{parse_group, peek_group};
use crate::report::{Errors, nearest};
use crate::size::Size;

/// `{ let name = stack; stack }`, without the last stack where the outputs are named.
pub(super) fn parse_body(input: ParseStream<'_>, outputs: &[Ident], errors: &mut Errors) -> Block {
    parse_statements(input, outputs, errors).unwrap_or_else(|error| {
        errors.push(error);
        Block { lets: Vec::new(), stack: Stack::broken() }
    })
}

fn parse_statements(input: ParseStream<'_>, outputs: &[Ident], errors: &mut Errors) -> Result<Block> {
    if let Some(stack) = parse_nothing(input, errors)? {
        return Ok(Block { lets: Vec::new(), stack });
    }
    parse_group(input, |input| {
        let (mut lets, before) = (Vec::new(), errors.len());
        while input.peek(Token![let]) || lacks_let(input, &mut lets, before, errors) {
            let statement = parse_let(input, errors)?;
            if input.is_empty() {
                if !outputs.is_empty() {
                    lets.push(statement);
                    return Ok(Block { lets, stack: join_outputs(outputs) });
                }
                if errors.len() == before {
                    let (name, pattern) = (&statement.names[0], statement.pattern());
                    errors.at(name, format!("the stack that gives the output is missing behind `let {pattern} = ..;`"));
                }
                lets.push(statement);
                return Ok(Block { lets, stack: Stack::broken() });
            }
            lets.push(statement);
        }
        let (at, mut stack) = (input.span(), parse_stack(input, errors));
        // port_c2: named outputs are values.
        if let Some(name) = outputs.first().filter(|_| errors.len() == before) {
            let message = format!("the outputs are named in front of the braces; write `let {name} = ..;`");
            errors.push(Error::new(at, message));
            stack = Stack::broken();
        }
        Ok(Block { lets, stack })
    })
}

/// The stack that joins the values which are outputs: `Concat { class -> Flatten | boxes -> Flatten }`, or the only one.
fn join_outputs(outputs: &[Ident]) -> Stack {
    let node = |name: &Ident| Node::of(Body::Call(Call::of(name.clone())));
    match outputs {
        [output] => Stack { nodes: vec![node(output)] },
        _ => {
            let layer = |name: &str| Ident::new(name, Span::call_site());
            let arm = |output| Stack { nodes: vec![node(output), node(&layer("Flatten"))] };
            let arms = outputs.iter().map(arm).collect();
            Stack { nodes: vec![Node::of(Body::Combine(Call::of(layer("Concat")), arms))] }
        }
    }
}

/// `let name = stack;`, or `let (name, ..) = stack -> Split<size, ..>;`
fn parse_let(input: ParseStream<'_>, errors: &mut Errors) -> Result<Let> {
    input.parse::<Option<Token![let]>>()?;
    let before = errors.len();
    let mut statement = Let { names: parse_names(input, errors)?, stack: Stack::broken(), split: None };
    let pattern = statement.pattern();
    if input.peek(Token![:]) {
        errors.push(input.error(format!("the shape of a value follows from its layers; write `let {pattern} = ..;`")));
    } else if input.parse::<Option<Token![=]>>()?.is_none() || is_end(input, Some(';')) {
        let example = if statement.names.len() > 1 { "Dense<2, 8> -> Split<..>" } else { "Dense<2, 1>" };
        errors.push(input.error(format!("the layers of `{pattern}` are missing: `let {pattern} = {example};`")));
    }
    if errors.len() == before {
        statement.stack = parse_nodes(input, Some(';'), errors);
    }
    while !is_end(input, Some(';')) && input.parse::<TokenTree>().is_ok() {}
    if input.parse::<Option<Token![;]>>()?.is_none() && errors.len() == before {
        errors.at(&statement.names[0], format!("`let {pattern} = ..` ends with a `;`"));
    }
    if statement.names.len() > 1
        && let Some(Node { body: Body::Call(call), .. }) = statement.stack.nodes.pop_if(|node| is_split(node))
    {
        statement.split = Some(call);
    }
    Ok(statement)
}

/// Whether `name = stack;` stands here, which is reported, once where there were no more errors `before`. Of one whose name is there
/// already, nothing is left but that the value is not known.
fn lacks_let(input: ParseStream<'_>, lets: &mut [Let], before: usize, errors: &mut Errors) -> bool {
    loop {
        let fork = input.fork();
        let Ok(name) = fork.parse::<Ident>() else { return false };
        if !fork.peek(Token![=]) || fork.peek(Token![==]) || fork.peek(Token![=>]) {
            return false;
        }
        while !fork.is_empty() && !fork.peek(Token![;]) && fork.parse::<TokenTree>().is_ok() {}
        if !fork.peek(Token![;]) {
            return false;
        }
        let known = lets.iter_mut().find(|other| other.names.contains(&name));
        if errors.len() == before || known.is_none() {
            let message = match known {
                Some(_) => format!(
                    "`{name}` is there already, and values do not change; write another name, as in `let {name}2 = ..;`"
                ),
                None => format!("a value is declared by `let`; write `let {name} = ..;`"),
            };
            errors.at(&name, message);
        }
        let Some(known) = known else { return true };
        known.stack = Stack::broken();
        while !is_end(input, Some(';')) && input.parse::<TokenTree>().is_ok() {}
        if input.parse::<Token![;]>().is_err() || input.peek(Token![let]) {
            return input.peek(Token![let]);
        }
    }
}

/// `name`, or `(name, name, ..)`
fn parse_names(input: ParseStream<'_>, errors: &mut Errors) -> Result<Vec<Ident>> {
    type Names = Punctuated<Ident, Token![,]>;
    let name = |input: ParseStream<'_>| {
        if input.peek(Token![_]) {
            let cure = "leave out what nothing reads, or take the other parts by `Slice`";
            return Err(input.error(format!("a value has a name; {cure}")));
        }
        parse_ident(input)
    };
    let is_list = |group: &Group| matches!(group.delimiter(), Delimiter::Parenthesis | Delimiter::Bracket);
    let group = peek_group(input).filter(is_list);
    let names = match group {
        Some(_) => parse_group(input, |input| Names::parse_terminated_with(input, name))?,
        None => Names::parse_separated_nonempty_with(input, name)?,
    };
    let text = Vec::from_iter(names.iter().map(Ident::to_string)).join(", ");
    match (names.len(), group.as_ref().map(Group::delimiter)) {
        (0, _) => return Err(Error::new_spanned(group, "a name is missing here; several are written `(a, b)`")),
        (1, None) | (2.., Some(Delimiter::Parenthesis)) => {}
        (1, _) => errors.at(group, format!("one name stands without parentheses; write `let {text} = ..`")),
        (_, None) => errors.at(&names, format!("several names stand in parentheses; write `let ({text}) = ..`")),
        _ => errors.at(group, format!("several names stand in parentheses; write `let ({text}) = ..`")),
    }
    Ok(names.into_iter().collect())
}

/// Whether an element gives several values their parts.
fn is_split(node: &Node) -> bool {
    matches!(&node.body, Body::Call(call) if call.name == SPLIT) && node.name.is_none() && node.repeat.is_none()
}

/// Braces with nothing in them, which is an error.
fn parse_nothing(input: ParseStream<'_>, errors: &mut Errors) -> Result<Option<Stack>> {
    let Some(group) = peek_group(input).filter(|group| group.stream().is_empty()) else { return Ok(None) };
    input.parse::<Group>()?;
    errors.at(group, "no layers between the braces; write at least one, such as `Dense<2, 1>`");
    Ok(Some(Stack::broken()))
}

/// `{ stack | stack | .. }`; an arm may be empty, but not all that stands in the braces.
fn parse_arms(input: ParseStream<'_>, errors: &mut Errors) -> Result<Vec<Stack>> {
    if let Some(stack) = parse_nothing(input, errors)? {
        return Ok(vec![stack]);
    }
    parse_group(input, |input| {
        let mut arms = Vec::new();
        loop {
            let is_empty = input.is_empty() || input.peek(Token![|]);
            let before = errors.len();
            arms.push(if is_empty { Stack { nodes: Vec::new() } } else { parse_nodes(input, Some('|'), errors) });
            if let Ok(comma) = input.parse::<Token![,]>() {
                errors.at(comma, "stacks are separated by `|`, but this is `,`; write `|`");
            } else if let Ok(semicolon) = input.parse::<Token![;]>() {
                if errors.len() == before {
                    errors.at(semicolon, "stacks are separated by `|`, but this is `;`; write `|`");
                }
            } else if input.parse::<Option<Token![|]>>()?.is_none() {
                return Ok(arms);
            }
        }
    })
}

/// `node -> node -> ..` up to the end of the tokens.
pub(super) fn parse_stack(input: ParseStream<'_>, errors: &mut Errors) -> Stack {
    parse_nodes(input, None, errors)
}

/// Whether a stack ends here.
fn is_end(input: ParseStream<'_>, end: Option<char>) -> bool {
    input.is_empty() || input.cursor().punct().is_some_and(|(punct, _)| Some(punct.as_char()) == end)
}

/// The same after a whole layer: a comma or semicolon behind an arm is meant to end it.
fn is_end_of_stack(input: ParseStream<'_>, end: Option<char>) -> bool {
    is_end(input, end) || end == Some('|') && (input.peek(Token![,]) || input.peek(Token![;]))
}

/// `node -> node -> ..` up to a character or the end of the tokens.
fn parse_nodes(input: ParseStream<'_>, end: Option<char>, errors: &mut Errors) -> Stack {
    let (mut nodes, mut is_joined_otherwise) = (Vec::new(), false);
    loop {
        let node = parse_node(input, nodes.is_empty(), errors).and_then(|node| {
            let goes_on = is_end_of_stack(input, end) || input.peek(Token![->]) || is_foreign_arrow(input, &node);
            if goes_on { Ok(node) } else { Err(after_node(input)) }
        });
        nodes.push(node.unwrap_or_else(|error| {
            errors.push(error);
            skip_to_arrow(input, end);
            Node::BROKEN
        }));
        match input.parse::<Token![->]>() {
            Ok(arrow) if is_end(input, end) => errors.at(arrow, "a layer is missing after this `->`"),
            Ok(_) => continue,
            Err(_) if is_end_of_stack(input, end) => {}
            Err(_) => {
                let arrow = parse_foreign_arrow(input);
                // One who joins layers otherwise does so everywhere.
                if !is_joined_otherwise {
                    errors.push(foreign_arrow(&arrow, is_end(input, end)));
                    is_joined_otherwise = true;
                }
                // What is added need not be a layer.
                if matches!(arrow.as_slice(), [plus] if plus.as_char() == '+') {
                    skip_to_arrow(input, end);
                    nodes.push(Node::BROKEN);
                    if input.parse::<Option<Token![->]>>().is_ok_and(|arrow| arrow.is_some()) {
                        continue;
                    }
                }
                if !is_end(input, end) {
                    continue;
                }
            }
        }
        return Stack { nodes };
    }
}

/// Whether what follows a layer is meant to join it to the next one: `=>`, `-->`, `|`, `,`.
fn is_foreign_arrow(input: ParseStream<'_>, node: &Node) -> bool {
    let Some((punct, _)) = input.cursor().punct() else { return false };
    match punct.as_char() {
        '=' | '|' | ',' | ';' | '>' | '~' | '&' | '.' => true,
        '-' | '+' => node.repeat.is_none(),
        _ => false,
    }
}

fn parse_foreign_arrow(input: ParseStream<'_>) -> Vec<Punct> {
    let mut puncts = Vec::new();
    while input.cursor().punct().is_some()
        && let Ok(punct) = input.parse()
    {
        puncts.push(punct);
    }
    puncts
}

fn foreign_arrow(arrow: &[Punct], is_last: bool) -> Error {
    let text: String = arrow.iter().map(Punct::as_char).collect();
    let cure = match text.as_str() {
        _ if is_last => "leave out this last one",
        "+" => "write `->`; a sum is `Sum { .. | .. }`, or `Residual { .. }`, which adds its own input",
        "|" => "write `->`; `|` stands between the stacks of `Sum { .. | .. }` and the like",
        _ => "write `->`",
    };
    Error::new_spanned(quote!(#(#arrow)*), format!("layers are joined by `->`, but this is `{text}`; {cure}"))
}

/// The error for a token after a layer that neither continues nor ends it.
fn after_node(input: ParseStream<'_>) -> Error {
    let next = input.cursor().token_tree().map_or_else(String::new, |(token, _)| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => "{".to_owned(),
        token => token.to_string(),
    });
    match next.as_str() {
        ":" => input.error("write a layer's name as `name: Layer`, one name for each layer"),
        call if call.starts_with('(') => input.error(
            "a layer takes what stands in front of it, as in `x -> Dense<4, 4>`; a function with sizes is called as `f::<4>(x)`",
        ),
        "+" | "-" | "/" | "%" => input.error("put the number of repetitions in braces: `* {2 + 1}`"),
        _ => input.error(format!("layers are joined by `->`, but this is `{next}`; write `->` before it")),
    }
}

fn skip_to_arrow(input: ParseStream<'_>, end: Option<char>) {
    while !is_end(input, end) && !input.peek(Token![->]) && input.parse::<TokenTree>().is_ok() {}
}

/// `name: Layer<..> * repeat`
fn parse_node(input: ParseStream<'_>, is_first: bool, errors: &mut Errors) -> Result<Node> {
    if input.peek(Token![->]) {
        return Err(input.error("a layer is missing before this `->`"));
    }
    let name = parse_name(input, errors)?;
    if is_first && begins_expression(input) {
        return Ok(Node {
            name,
            body: Body::Expression(Code { lets: Vec::new(), result: parse_expression(input)? }),
            repeat: None,
        });
    }
    if input.peek(LitFloat) || input.peek(LitInt) {
        let message =
            "an expression begins a stack; give what stands before it a name, `let y = ..;`, and begin with that";
        return Err(input.error(message));
    }
    let (layer, spelling) = parse_layer_name(input)?;
    let call = parse_call(layer, spelling, input, errors)?;
    let body = if input.peek(token::Brace) {
        if !COMBINATORS.iter().any(|name| call.name == name) {
            let lower = call.name.to_string().to_lowercase();
            let foreign = FOREIGN_COMBINATORS.iter().find(|(name, _)| name.to_lowercase() == lower);
            if let Some(name) = foreign.map(|(_, name)| *name).or_else(|| nearest(&lower, COMBINATORS).pop()) {
                let message = format!("no `{}` takes layers in braces; did you mean `{name}`?", call.name);
                errors.at(call.name, message);
                parse_arms(input, errors)?;
                return Ok(Node::BROKEN);
            }
            let names = COMBINATORS.map(|name| format!("`{name}`"));
            return Err(input.error(format!("only {} take layers in braces", names.join(", "))));
        }
        Body::Combine(call, parse_arms(input, errors)?)
    } else if COMBINATORS.iter().any(|name| call.name == name) {
        let example = if call.name == "Residual" { "Dense<8, 8> -> Relu" } else { "Dense<8, 8> | Relu" };
        let message = format!("`{0}` takes layers in braces: `{0} {{ {example} }}`", call.name);
        return Err(Error::new_spanned(call.name, message));
    } else {
        Body::Call(call)
    };
    let repeat = match input.parse::<Option<Token![*]>>()? {
        Some(_) if input.peek(LitFloat) => {
            let message = "a layer is repeated a whole number of times; to scale what it gives, give that a name, `let y = ..;`, and begin a stack with `2.0 * y`";
            return Err(input.error(message));
        }
        Some(_) => Some(Size::primary(input)?),
        None => None,
    };
    Ok(Node { name, body, repeat })
}

/// `name:` where a layer has a name.
fn parse_name(input: ParseStream<'_>, errors: &mut Errors) -> Result<Option<Ident>> {
    let is_ident = input.peek(syn::Ident::peek_any);
    let is_assignment = input.peek2(Token![=]) && !input.peek2(Token![=>]) && !input.peek2(Token![==]);
    if is_ident && is_assignment {
        let (name, equals) = (input.call(syn::Ident::parse_any)?, input.parse::<Token![=]>()?);
        let Ok(layer) = input.fork().parse::<Ident>() else {
            let message = format!("an option stands behind its layer's name: `Concat<{name} = 1> {{ .. }}`");
            return Err(Error::new_spanned(name, message));
        };
        errors.at(equals, format!("a layer has its name before a `:`; write `{name}: {layer}`"));
        return Ok(Some(name));
    }
    if !is_ident || !input.peek2(Token![:]) || input.peek2(Token![::]) {
        return Ok(None);
    }
    let name = input.call(syn::Ident::parse_any)?;
    input.parse::<Token![:]>()?;
    Ok(Some(name))
}

/// A layer's name. Of a path as another library has it, the last part.
fn parse_layer_name(input: ParseStream<'_>) -> Result<(Ident, Option<Spelling>)> {
    let (mut path, mut is_path) = (TokenStream::new(), false);
    if input.peek(Token![::]) {
        input.parse::<Token![::]>()?.to_tokens(&mut path);
    }
    loop {
        let is_first = input.peek(syn::Ident::peek_any) && (input.peek2(Token![::]) || input.peek2(Token![.]));
        if input.peek(Token![let]) {
            return Err(
                input.error("a `let` stands before the layers of a struct or block, not among them; move it there")
            );
        }
        if !input.peek(syn::Ident) && !is_first {
            return Err(input.error("expected a layer, such as `Dense<2, 1>`"));
        }
        let layer = input.call(syn::Ident::parse_any)?;
        layer.to_tokens(&mut path);
        let goes_on = (input.peek(Token![::]) && input.peek3(syn::Ident::peek_any))
            || (input.peek(Token![.]) && input.peek2(syn::Ident::peek_any));
        if !goes_on {
            let spelling = is_path.then(|| Spelling { place: path, reason: "a layer is one name, not a path" });
            return Ok((layer, spelling));
        }
        is_path = true;
        input.parse::<TokenTree>()?.to_tokens(&mut path);
        if input.peek(Token![:]) {
            input.parse::<TokenTree>()?.to_tokens(&mut path);
        }
    }
}
