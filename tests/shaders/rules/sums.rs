//! What may not meet: the rules on products, sums and fmas, where each is computed.

use super::graph::{Graph, Look, Node, Value};
use super::report::{ADDEND, CANCEL, CHAIN, CONTRACT, FACTOR, FOLDED, Rule, SHORT};
use naga::Span;

/// A broken rule, and the place of the operand that breaks it.
pub type Broken = (Rule, Option<Span>);

pub fn product(graph: &mut Graph, [a, b]: [Value; 2]) -> Vec<Broken> {
    let mut broken = Vec::new();
    if both_constant(graph, [a, b], 1.0) {
        broken.push((FOLDED, None));
    }
    scaled_twice(graph, [a, b], &mut broken);
    broken
}

pub fn sum(graph: &mut Graph, [a, b]: [Value; 2], minus: bool) -> Vec<Broken> {
    let mut broken = Vec::new();
    if both_constant(graph, [a, b], 0.0) {
        broken.push((FOLDED, None));
    }
    for operand in [a, b] {
        broken.extend(bare_product(graph, operand).map(|span| (CONTRACT, span)));
        broken.extend(fma_of_product(graph, operand).map(|span| (ADDEND, span)));
        broken.extend(short_sum(graph, operand).map(|span| (SHORT, span)));
    }
    for (operand, other, other_minus, operand_minus) in [(a, b, minus, false), (b, a, false, minus)] {
        let is_constant = real_constant(graph, other, 0.0);
        for (negated, inner) in graph.sources(operand, Look::Surely) {
            let terms: &[(Value, bool)] = match *graph.node(inner) {
                Node::Sum(x, y, minus) => &[(x, false), (y, minus)],
                Node::Fma(_, _, addend) => &[(addend, false)],
                _ => continue,
            };
            let span = graph.origin(inner);
            for &(term, term_minus) in terms {
                if is_constant && real_constant(graph, term, 0.0) {
                    broken.push((CHAIN, span));
                }
                let signs = [term_minus, negated, operand_minus, other_minus];
                if opposite(graph, term, other, signs) {
                    broken.push((CANCEL, span));
                }
            }
        }
    }
    broken
}

pub fn fma(graph: &mut Graph, [a, b, c]: [Value; 3]) -> Vec<Broken> {
    let mut broken = Vec::new();
    if [a, b, c].into_iter().all(|operand| graph.is_constant(operand)) {
        broken.push((FOLDED, None));
    }
    // A software driver's fma is a product and a sum.
    scaled_twice(graph, [a, b], &mut broken);
    broken.extend(fma_of_product(graph, c).map(|span| (ADDEND, span)));
    let outer = factors(graph, [a, b]);
    for (_, inner) in graph.sources(c, Look::Surely) {
        if let Node::Fma(x, y, _) = *graph.node(inner)
            && factors(graph, [x, y]).iter().any(|factor| outer.contains(factor))
        {
            broken.push((FACTOR, graph.origin(inner)));
        }
    }
    broken
}

/// All that two factors may be, without signs; but 0, which many a branch gives in place of a value.
fn factors(graph: &mut Graph, operands: [Value; 2]) -> Vec<Value> {
    let sources = operands.map(|operand| graph.sources(operand, Look::Surely));
    let bare: Vec<Value> = sources.concat().into_iter().map(|(_, source)| graph.bare(source)).collect();
    bare.into_iter().filter(|&factor| !graph.is_neutral(factor, 0.0)).collect()
}

/// (x c1) c2.
fn scaled_twice(graph: &mut Graph, [a, b]: [Value; 2], broken: &mut Vec<Broken>) {
    for (operand, scale) in [(a, b), (b, a)] {
        if !real_constant(graph, scale, 1.0) {
            continue;
        }
        for (_, inner) in graph.sources(operand, Look::Surely) {
            if let Node::Product(x, y) = *graph.node(inner)
                && [x, y].into_iter().any(|factor| real_constant(graph, factor, 1.0))
            {
                broken.push((CHAIN, graph.origin(inner)));
            }
        }
    }
}

/// A constant that is not neutral to the operation.
fn real_constant(graph: &mut Graph, value: Value, neutral: f32) -> bool {
    graph.is_constant(value) && !graph.is_neutral(value, neutral)
}

fn both_constant(graph: &mut Graph, operands: [Value; 2], neutral: f32) -> bool {
    operands.into_iter().all(|operand| real_constant(graph, operand, neutral))
}

/// The place of a product that an operand may be.
fn bare_product(graph: &Graph, operand: Value) -> Option<Option<Span>> {
    let sources = graph.sources(operand, Look::Maybe);
    let product = sources.into_iter().find(|&(_, source)| matches!(graph.node(source), Node::Product(..)));
    product.map(|(_, source)| graph.origin(source))
}

/// The place of an fma with a bare product as its addend that an operand may be.
fn fma_of_product(graph: &Graph, operand: Value) -> Option<Option<Span>> {
    let sources = graph.sources(operand, Look::Maybe);
    let fma = sources.into_iter().find(
        |&(_, source)| matches!(*graph.node(source), Node::Fma(_, _, addend) if bare_product(graph, addend).is_some()),
    );
    fma.map(|(_, source)| graph.origin(source))
}

/// The place of a sum of one or two products from 0 that an operand may be: what a loop that adds products gives where there
/// are not more.
fn short_sum(graph: &Graph, operand: Value) -> Option<Option<Span>> {
    let addends = |value: Value| {
        let sources = graph.sources(value, Look::Maybe).into_iter();
        sources.filter_map(|(_, source)| match *graph.node(source) {
            Node::Fma(_, _, addend) => Some((source, addend)),
            _ => None,
        })
    };
    let is_zero = |value: Value| {
        let sources = graph.sources(value, Look::Maybe);
        sources.into_iter().any(|(_, source)| *graph.node(source) == Node::Constant(true, 0))
    };
    let short =
        addends(operand).find(|&(_, first)| is_zero(first) || addends(first).any(|(_, second)| is_zero(second)));
    short.map(|(source, _)| graph.origin(source))
}

/// Whether two terms are the same value with opposite signs, each sign being that of the value and of what it is in.
fn opposite(graph: &mut Graph, term: Value, other: Value, signs: [bool; 4]) -> bool {
    let (mut a, mut b) = (term, other);
    let mut minus = signs.into_iter().fold(false, |minus, sign| minus ^ sign);
    while let Node::Negate(of) = *graph.node(a) {
        (a, minus) = (of, !minus);
    }
    while let Node::Negate(of) = *graph.node(b) {
        (b, minus) = (of, !minus);
    }
    minus && a == b && !graph.is_constant(a)
}
