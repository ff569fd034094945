//! The text of a `network!` as tokens, and mutations of it token by token.

use crate::Random;
use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

/// One token, so that what follows needs no recursion however deep groups are nested.
#[derive(Clone)]
enum Token {
    Leaf(TokenTree),
    Open(Delimiter),
    Close,
}

/// The tokens of a text, if it can be split into tokens. `$(..)` stands for what a `macro_rules!` puts around its
/// expressions: a group without delimiters.
///
/// A literal of more than [`LONGEST_LITERAL`] letters is none: the time in which `syn` reads a number grows with its square.
pub fn tokens(text: &str) -> Option<TokenStream> {
    let tokens = flatten(text.parse().ok()?);
    let is_long = |token: &Token| matches!(token, Token::Leaf(TokenTree::Literal(literal)) if literal.to_string().len() > LONGEST_LITERAL);
    (!tokens.iter().any(is_long)).then(|| nest(tokens))
}

/// See [`tokens`].
const LONGEST_LITERAL: usize = 1000;

fn flatten(stream: TokenStream) -> Vec<Token> {
    let (mut tokens, mut open) = (Vec::new(), vec![stream.into_iter()]);
    while let Some(innermost) = open.last_mut() {
        match innermost.next() {
            Some(TokenTree::Group(group)) => {
                let is_invisible = |token: &Token| matches!(token, Token::Leaf(leaf) if leaf.to_string() == "$");
                let delimiter = match tokens.last() {
                    Some(token) if group.delimiter() == Delimiter::Parenthesis && is_invisible(token) => {
                        tokens.pop();
                        Delimiter::None
                    }
                    _ => group.delimiter(),
                };
                tokens.push(Token::Open(delimiter));
                open.push(group.stream().into_iter());
            }
            Some(leaf) => tokens.push(Token::Leaf(leaf)),
            None => {
                open.pop();
                tokens.push(Token::Close);
            }
        }
    }
    tokens.pop();
    tokens
}

fn nest(tokens: Vec<Token>) -> TokenStream {
    let mut open = vec![(Delimiter::None, Vec::new())];
    for token in tokens {
        let tree = match token {
            Token::Leaf(leaf) => leaf,
            Token::Open(delimiter) => {
                open.push((delimiter, Vec::new()));
                continue;
            }
            Token::Close => {
                let (delimiter, trees) = open.pop().expect("tokens are balanced");
                TokenTree::Group(Group::new(delimiter, trees.into_iter().collect()))
            }
        };
        open.last_mut().expect("tokens are balanced").1.push(tree);
    }
    open.pop().expect("tokens are balanced").1.into_iter().collect()
}

fn print(tokens: &[Token]) -> String {
    let (mut text, mut open) = (String::new(), Vec::new());
    for token in tokens {
        match token {
            Token::Leaf(leaf) => text += &leaf.to_string(),
            Token::Open(delimiter) => {
                let (start, end) = match delimiter {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("$(", ")"),
                };
                text += start;
                open.push(end);
            }
            Token::Close => text += open.pop().expect("tokens are balanced"),
        }
        if !matches!(token, Token::Leaf(TokenTree::Punct(punct)) if punct.spacing() == Spacing::Joint) {
            text.push(' ');
        }
    }
    text
}

thread_local! {
    /// The entries of the dictionary, each as tokens.
    static VOCABULARY: Vec<Vec<Token>> = {
        let lines = include_str!("../dict/parser.dict").lines().filter(|line| !line.starts_with('#'));
        let text = |line: &str| line[1..line.len() - 1].replace("\\\"", "\"");
        lines.map(|line| flatten(text(line).parse().expect("an entry can be split into tokens"))).collect()
    };
}

/// Mutates the text in `data[..size]` and gives its new length, at most `max_size`. `mutate` is libFuzzer's own mutation.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    mutate: fn(&mut [u8], usize, usize) -> usize,
) -> usize {
    let mut random = Random::new(seed);
    let stream = str::from_utf8(&data[..size]).ok().and_then(|text| text.parse::<TokenStream>().ok());
    let Some(mut tokens) = stream.map(flatten).filter(|_| random.below(6) > 0) else {
        return mutate(data, size, max_size);
    };
    for _ in 0..=random.below(3) {
        change(&mut tokens, &mut random);
    }
    let text = print(&tokens);
    if text.len() > max_size {
        return mutate(data, size, max_size);
    }
    data[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
}

fn change(tokens: &mut Vec<Token>, random: &mut Random) {
    let word = VOCABULARY.with(|words| words[random.below(words.len())].clone());
    let range = range(tokens, random);
    let part = tokens[range.clone()].to_vec();
    match random.below(8) {
        0 => drop(tokens.drain(range)),
        1 | 2 => drop(tokens.splice(range, word)),
        3 | 4 => drop(tokens.splice(range.start..range.start, word)),
        5 => {
            // A few times, and seldom very often.
            let times = 1 << random.below(4) << random.below(3).pow(2);
            let copies = part.iter().cloned().cycle().take(part.len() * times);
            tokens.splice(range, copies.collect::<Vec<_>>());
        }
        6 => {
            let times = if random.below(4) > 0 { 1 } else { 1 << random.below(12) };
            let delimiters = [Delimiter::Parenthesis, Delimiter::Bracket, Delimiter::Brace, Delimiter::None];
            let mut around = vec![Token::Open(delimiters[random.below(4)])];
            if random.below(2) == 0 {
                around = flatten("Residual {}".parse().expect("these are tokens"));
                around.pop();
            }
            let open = around.iter().cloned().cycle().take(around.len() * times);
            let close = vec![Token::Close; times];
            tokens.splice(range, open.chain(part).chain(close).collect::<Vec<_>>());
        }
        _ => {
            let to = self::range(tokens, random).start;
            tokens.splice(to..to, part);
        }
    }
}

/// A token, or a group with all that is in it; empty where a group or the text ends.
fn range(tokens: &[Token], random: &mut Random) -> std::ops::Range<usize> {
    let start = random.below(tokens.len() + 1);
    let mut depth = 0;
    for (i, token) in tokens[start..].iter().enumerate() {
        match token {
            Token::Open(_) => depth += 1,
            Token::Close if depth == 0 => return start..start,
            Token::Close => depth -= 1,
            Token::Leaf(_) => {}
        }
        if depth == 0 {
            // At times with what follows it.
            let end = start + i + 1;
            if random.below(2) == 0 || matches!(tokens.get(end), None | Some(Token::Close)) {
                return start..end;
            }
        }
    }
    start..start
}
