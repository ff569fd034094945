//! Which rules a shader breaks, and where.

use naga::Span;
use std::collections::{BTreeMap, HashSet};

/// A rule: a word to find it by, what it forbids, and the cure.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rule {
    pub word: &'static str,
    pub text: &'static str,
}

macro_rules! rules {
    ($($name:ident $word:literal: $text:literal)*) => {
        $(pub const $name: Rule = Rule { word: $word, text: $text };)*
    };
}

rules! {
    DIVIDE "divide": "devices round a division of floats differently: multiply by `recip`, or by a constant of the header"
    FUNCTION "function": "devices differ in this function of floats: use those of arith.wgsl, a select on a comparison, \
        or integers on the bits"
    CONVERT "convert": "only u32 to f32, below 2^24, is the same everywhere (i32 to f32 in exp_bits and loom_log alone): \
        work on the bits by bitcast"
    COMPARE "compare": "equality of floats is decided differently for NaN and flushed numbers: test the bits, compare with \
        a constant 0, or use <"
    LITERAL "literal": "a float constant that is infinite, NaN or subnormal may be flushed or refused: hold its bits as \
        u32, and select on bits"
    FOLDED "folded": "compilers fold arithmetic between constants in their own rounding: compute it in Rust and print \
        the result"
    CHAIN "chain": "drivers fold two constants in a chain into one: write one constant, or put the value's bits in between"
    CANCEL "cancel": "drivers drop what is added and taken away again: go through the bits"
    CONTRACT "contract": "some drivers contract a product that meets a sum, some do not: write fma, or flush the product"
    ADDEND "addend": "drivers refold an fma whose addend is a bare product where its result feeds a sum: write nested \
        fma, or flush in between"
    SHORT "short": "drivers refold a sum of one or two products from 0, as a short loop's, where it feeds a sum: put \
        `rounded` in between"
    FACTOR "factor": "drivers refold two fmas in a chain with a common factor: sum the other factors first, or change \
        one factor's form"
}

/// The places of a module that break rules.
pub struct Report<'a> {
    name: &'a str,
    source: &'a str,
    seen: HashSet<(Rule, Option<std::ops::Range<usize>>)>,
    sentences: BTreeMap<(usize, usize), String>,
}

impl<'a> Report<'a> {
    pub fn new(name: &'a str, source: &'a str) -> Self {
        Self { name, source, seen: HashSet::new(), sentences: BTreeMap::new() }
    }

    /// The source of a span; that of a call of a built-in function is its name, to which this adds the parenthesis.
    pub fn text(&self, span: Span) -> &'a str {
        let Some(range) = span.to_range() else { return "" };
        let call = self.source[range.end..].starts_with('(');
        &self.source[range.start..range.end + usize::from(call)]
    }

    /// The line where a span begins.
    fn place(&self, span: Span) -> String {
        let number = span.location(self.source).line_number as usize;
        format!("line {number} `{}`", self.source.lines().nth(number.saturating_sub(1)).unwrap_or_default().trim())
    }

    /// Adds a place, once for each rule; `because` says where an operand comes from.
    pub fn add(&mut self, rule: Rule, function: &str, span: Span, because: Option<Span>) {
        if !self.seen.insert((rule, span.to_range())) {
            return;
        }
        let because = because.map(|from| format!(", with {}", self.place(from))).unwrap_or_default();
        let place = self.place(span);
        let sentence = format!("kernel `{}`, {function}, {place}{because}: [{}] {}", self.name, rule.word, rule.text);
        let start = span.to_range().map_or(0, |range| range.start);
        self.sentences.insert((start, self.sentences.len()), sentence);
    }

    pub fn finish(self) -> Result<(), Vec<String>> {
        if self.sentences.is_empty() { Ok(()) } else { Err(self.sentences.into_values().collect()) }
    }
}

/// What a function is called in a sentence.
pub fn function_name(name: Option<&str>) -> String {
    format!("function `{}`", name.unwrap_or("?"))
}
