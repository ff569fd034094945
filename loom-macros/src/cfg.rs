//! `#[cfg]` and `#[cfg_attr]` on constants and structs.
//!
//! A macro cannot tell what they answer; the compiler can. At the first one the call becomes two calls, one for each answer,
//! of which the compiler expands the one that holds. So no later phase meets an item that is switched off, and two items of
//! one name under opposite predicates never meet each other.

use std::ops::Range;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

/// The two calls, where an item has such an attribute.
///
/// Their first group, the path of the `loom` crate, is in brackets: a call without a network is no error then, since its
/// networks may be switched off.
pub(crate) fn split(tokens: &TokenStream) -> Option<TokenStream> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    if !trees.iter().any(|tree| is_punct(Some(tree), '#')) {
        return None;
    }
    let (items, end) = items(&trees);
    let predicate =
        items.iter().flat_map(|item| attributes(&trees, item)).find_map(|(_, group)| Some(read(group)?.1))?;
    let krate = match trees.first() {
        Some(TokenTree::Group(group)) => group.stream(),
        _ => return None,
    };
    let call = |answer: bool| {
        let items = items.iter().map(|item| resolve(&trees, item, &predicate, answer));
        let rest = &trees[end..];
        let tokens = quote!([#krate] #(#items)* #(#rest)*);
        let condition = if answer { predicate.clone() } else { quote!(not(#predicate)) };
        (condition, tokens)
    };
    let [(holds, on), (fails, off)] = [true, false].map(call);
    Some(match trees.get(end) {
        // Layers without a struct: an expression.
        Some(_) => quote!({
            #[cfg(#holds)]
            { #krate::private::network!(#on) }
            #[cfg(#fails)]
            { #krate::private::network!(#off) }
        }),
        None => quote! {
            #[cfg(#holds)]
            #krate::private::network! { #on }
            #[cfg(#fails)]
            #krate::private::network! { #off }
        },
    })
}

/// The ranges of the items behind the path of the `loom` crate, and where they end.
fn items(trees: &[TokenTree]) -> (Vec<Range<usize>>, usize) {
    let (mut items, mut start) = (Vec::new(), 1);
    loop {
        let mut index = start;
        while is_punct(trees.get(index), '#') {
            index += 2;
        }
        let rest = trees.get(index..).unwrap_or_default();
        let mut words = rest.iter().skip_while(|tree| is_visibility(tree));
        let is_end: fn(&TokenTree) -> bool = match words.next() {
            Some(TokenTree::Ident(keyword)) if keyword == "const" => |tree| is_punct(Some(tree), ';'),
            Some(TokenTree::Ident(keyword))
                if keyword == "struct"
                    || ["block", "fn", "loss"].iter().any(|other| keyword == other)
                        && matches!(words.next(), Some(TokenTree::Ident(_))) =>
            {
                |tree| is_punct(Some(tree), ';') || is_braces(tree)
            }
            _ => return (items, start.min(trees.len())),
        };
        let end = rest.iter().position(is_end).map_or(trees.len(), |last| index + last + 1);
        items.push(start..end);
        start = end;
    }
}

/// The attributes of an item, each with where its two tokens stand.
fn attributes<'a>(trees: &'a [TokenTree], item: &Range<usize>) -> impl Iterator<Item = (usize, &'a Group)> {
    let pairs = trees[item.clone()].chunks_exact(2).take_while(|pair| is_punct(pair.first(), '#'));
    pairs.zip((item.start..).step_by(2)).filter_map(|(pair, index)| match &pair[1] {
        TokenTree::Group(group) => Some((index, group)),
        _ => None,
    })
}

/// Whether an attribute is `cfg`, and not `cfg_attr`; its predicate; and the attributes behind that. Nothing for another
/// attribute, and for one that the compiler will refuse.
fn read(attribute: &Group) -> Option<(bool, TokenStream, Vec<TokenStream>)> {
    let mut tokens = visible(attribute.stream()).into_iter();
    let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(group)), None) =
        (tokens.next(), tokens.next(), tokens.next())
    else {
        return None;
    };
    let is_cfg = name == "cfg";
    let trees: Vec<TokenTree> = group.stream().into_iter().collect();
    let parts = trees.split(|tree| is_punct(Some(tree), ',')).map(|part| part.iter().cloned().collect::<TokenStream>());
    let mut parts = parts.filter(|part| !part.is_empty());
    let (predicate, attributes) = (parts.next()?, parts.collect::<Vec<_>>());
    let fits = (is_cfg && attributes.is_empty()) || name == "cfg_attr";
    (fits && group.delimiter() == Delimiter::Parenthesis).then_some((is_cfg, predicate, attributes))
}

/// An item when `predicate` answers so: without the attributes that ask it, and nothing at all where it is switched off.
fn resolve(trees: &[TokenTree], item: &Range<usize>, predicate: &TokenStream, answer: bool) -> TokenStream {
    let (predicate, opposite) = (predicate.to_string(), quote!(not(#predicate)).to_string());
    let (mut tokens, mut start) = (TokenStream::new(), item.start);
    for (index, group) in attributes(trees, item) {
        let Some((is_cfg, asked, added)) = read(group) else { continue };
        let holds = match asked.to_string() {
            asked if asked == predicate => answer,
            asked if asked == opposite => !answer,
            _ => continue,
        };
        if is_cfg && !holds {
            return TokenStream::new();
        }
        tokens.extend(trees[start..index].iter().cloned());
        if holds {
            tokens.extend(added.iter().map(|attribute| quote!(#[#attribute])));
        }
        start = index + 2;
    }
    tokens.extend(trees[start..item.end].iter().cloned());
    tokens
}

/// The tokens inside the invisible delimiters that another macro's `$attribute:meta` leaves.
fn visible(tokens: TokenStream) -> TokenStream {
    let mut trees = tokens.clone().into_iter();
    match (trees.next(), trees.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::None => visible(group.stream()),
        _ => tokens,
    }
}

fn is_punct(tree: Option<&TokenTree>, wanted: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn is_braces(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// `pub`, and the parentheses behind it.
fn is_visibility(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Ident(ident) => ident == "pub",
        TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
        _ => false,
    }
}
