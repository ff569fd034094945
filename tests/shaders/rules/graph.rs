//! Symbols for values: equal symbols are equal values.

use naga::{BinaryOperator, MathFunction, ScalarKind, Span, UnaryOperator};
use std::collections::{HashMap, HashSet};

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(usize);

/// A variable: of a module, of one call of a function, or one that a function was given the address of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Variable {
    Global(usize),
    Local { call: usize, local: usize },
    Given(Value),
}

/// What a value is made of.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Node {
    /// A number that is written in the source: whether it is a float, and its bits.
    Constant(bool, u64),
    /// Equal to itself alone.
    Unknown(usize),
    Negate(Value),
    /// The magnitude of a float.
    Absolute(Value),
    Product(Value, Value),
    /// A sum, or the difference where the flag is set.
    Sum(Value, Value, bool),
    /// a b + c.
    Fma(Value, Value, Value),
    Compose(Vec<Value>),
    Splat(Value),
    Element(Value, Value),
    Select(Value, Value, Value),
    /// One of these, after branches that meet; the number tells meetings apart.
    OneOf(usize, Vec<Value>),
    /// What a variable holds: one of the first, unless one of the others was stored at the same place.
    Read(Vec<Value>, Vec<Value>),
    /// A place in a variable.
    Pointer(Variable, Vec<Value>),
    /// The bits of anything, integers, comparisons, loads: no product or sum to a driver.
    Other(Operation, Vec<Value>),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    Load,
    /// A constant that a function was given.
    Argument,
    Swizzle([u8; 4]),
    Unary(UnaryOperator),
    Binary(BinaryOperator),
    Math(MathFunction),
    As(ScalarKind, Option<u8>),
}

/// How far to look for what an operand is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// All that it may be.
    Maybe,
    /// What it is on some path through the program.
    Surely,
}

#[derive(Default)]
pub struct Graph {
    nodes: Vec<Node>,
    values: HashMap<Node, Value>,
    origins: HashMap<Value, Span>,
    unknowns: usize,
}

impl Graph {
    pub fn value(&mut self, node: Node) -> Value {
        if let Some(&value) = self.values.get(&node) {
            return value;
        }
        let value = Value(self.nodes.len());
        self.nodes.push(node.clone());
        self.values.insert(node, value);
        value
    }

    /// The same, for an operation at a place of the source.
    pub fn operation(&mut self, node: Node, span: Span) -> Value {
        let value = self.value(node);
        self.origins.entry(value).or_insert(span);
        value
    }

    pub fn unknown(&mut self) -> Value {
        let number = self.number();
        self.value(Node::Unknown(number))
    }

    pub fn number(&mut self) -> usize {
        self.unknowns += 1;
        self.unknowns
    }

    pub fn one_of(&mut self, mut values: Vec<Value>) -> Value {
        values.sort_unstable();
        values.dedup();
        if let [value] = values[..] {
            return value;
        }
        let number = self.number();
        self.value(Node::OneOf(number, values))
    }

    pub fn node(&self, value: Value) -> &Node {
        &self.nodes[value.0]
    }

    pub fn origin(&self, value: Value) -> Option<Span> {
        self.origins.get(&value).copied()
    }

    /// Component `index` of a value whose node has so many, if that is known.
    pub fn element(&mut self, base: Value, index: Value, components: Option<usize>) -> Value {
        let known = match (self.node(base), self.node(index)) {
            (&Node::Splat(value), _) => Some(value),
            (Node::Constant(..), _) => Some(base),
            (Node::Compose(values), &Node::Constant(_, i)) if components == Some(values.len()) => {
                values.get(i as usize).copied()
            }
            _ => None,
        };
        known.unwrap_or_else(|| self.value(Node::Element(base, index)))
    }

    /// The operations that an operand is, each with whether it is negated: through choices, vectors and variables.
    pub fn sources(&self, value: Value, look: Look) -> Vec<(bool, Value)> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut left = vec![(false, value)];
        while let Some(next) = left.pop() {
            if !seen.insert(next) {
                continue;
            }
            let (minus, value) = next;
            match self.node(value) {
                &Node::Negate(of) => left.push((!minus, of)),
                &Node::Absolute(of) if look == Look::Maybe => left.push((minus, of)),
                &Node::Splat(of) | &Node::Element(of, _) => left.push((minus, of)),
                &Node::Select(_, a, b) => left.extend([(minus, a), (minus, b)]),
                Node::Compose(values) | Node::OneOf(_, values) => left.extend(values.iter().map(|&v| (minus, v))),
                Node::Read(surely, maybe) => {
                    left.extend(surely.iter().map(|&v| (minus, v)));
                    if look == Look::Maybe {
                        left.extend(maybe.iter().map(|&v| (minus, v)));
                    }
                }
                _ => found.push(next),
            }
        }
        found
    }

    /// A value without its signs and copies, for comparisons of factors; constants lose their sign too.
    pub fn bare(&mut self, value: Value) -> Value {
        match *self.node(value) {
            Node::Negate(of) | Node::Splat(of) => self.bare(of),
            Node::Constant(true, bits) => self.value(Node::Constant(true, bits & 0x7fff_ffff)),
            _ => value,
        }
    }

    /// Whether a value is written in the source.
    pub fn is_constant(&self, value: Value) -> bool {
        match self.node(value) {
            Node::Constant(..) => true,
            &Node::Negate(of) | &Node::Splat(of) => self.is_constant(of),
            Node::Compose(values) => values.iter().all(|&v| self.is_constant(v)),
            _ => false,
        }
    }

    /// Whether a value is this constant, up to its sign: 0 changes no sum, and 1 no product.
    pub fn is_neutral(&mut self, value: Value, neutral: f32) -> bool {
        let bare = self.bare(value);
        *self.node(bare) == Node::Constant(true, u64::from(neutral.to_bits()))
    }
}
