//! Constants: that each can be held, and that none was computed.
//!
//! naga folds arithmetic between constants while it parses, and keeps only the result. It keeps the place of what it
//! folded, however, so that the text shows it: the text of a literal is a number, a name, or one of these with a minus,
//! inside parentheses, a conversion or a choice.

use super::report::{FOLDED, LITERAL, Report, function_name};
use naga::{Arena, Expression, Literal, Module, ScalarKind};
use std::num::FpCategory;

pub fn check(module: &Module, report: &mut Report) {
    expressions(module, &module.global_expressions, "the module's constants", report);
    for (_, function) in module.functions.iter() {
        expressions(module, &function.expressions, &function_name(function.name.as_deref()), report);
    }
    for entry in &module.entry_points {
        expressions(module, &entry.function.expressions, &function_name(Some(&entry.name)), report);
    }
}

fn expressions(module: &Module, expressions: &Arena<Expression>, function: &str, report: &mut Report) {
    for (handle, expression) in expressions.iter() {
        let value = match *expression {
            Expression::Literal(Literal::F32(value)) => f64::from(value),
            Expression::Literal(Literal::AbstractFloat(value)) => value,
            _ => continue,
        };
        let span = expressions.get_span(handle);
        if unsafe_to_hold(value as f32) {
            report.add(LITERAL, function, span, None);
        }
        if span.is_defined() && is_computed(module, report.text(span)) {
            report.add(FOLDED, function, span, None);
        }
    }
}

/// Whether devices may disagree on the value of a constant.
pub fn unsafe_to_hold(value: f32) -> bool {
    !matches!(value.classify(), FpCategory::Normal | FpCategory::Zero)
}

/// Whether the text of a float constant computes with floats.
fn is_computed(module: &Module, text: &str) -> bool {
    let words = words(text);
    // Integers may be computed with inside a conversion.
    if let ["f32", "(", inner @ .., ")"] = words.as_slice() {
        return inner.iter().any(|word| mentions_float(module, word));
    }
    let mut index = 0;
    for (i, &word) in words.iter().enumerate() {
        let after_operand = i > 0 && (words[i - 1] == ")" || words[i - 1] == "]" || is_word(words[i - 1]));
        match word {
            "[" => index += 1,
            "]" => index -= 1,
            "+" | "*" | "/" | "%" if index == 0 => return true,
            "-" if index == 0 && after_operand => return true,
            _ => {}
        }
        let called = words.get(i + 1) == Some(&"(") && is_word(word);
        if called && !matches!(word, "f32" | "vec2" | "vec3" | "vec4" | "vec2f" | "vec3f" | "vec4f" | "select") {
            return true;
        }
    }
    false
}

fn is_word(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.')
}

/// Whether a word inside a conversion is a float, or may be one.
fn mentions_float(module: &Module, word: &str) -> bool {
    if word.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        let hexadecimal = word.starts_with("0x");
        return word.contains('.') || !hexadecimal && word.contains(['e', 'f']);
    }
    let named = |name: &Option<String>| name.as_deref() == Some(word);
    match module.constants.iter().find(|(_, constant)| named(&constant.name)) {
        Some((_, constant)) => module.types[constant.ty].inner.scalar_kind() == Some(ScalarKind::Float),
        None => is_word(word) && word != "u32" && word != "i32",
    }
}

/// The words, numbers and signs of a text. The exponent's sign belongs to its number, and `vec4<f32>` is one word.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let number = first.is_ascii_digit() || first == '.';
        let hexadecimal = rest.starts_with("0x");
        let mut previous = ' ';
        let end = rest.find(|c: char| {
            let exponent = number && !hexadecimal && matches!(previous, 'e' | 'E') && matches!(c, '+' | '-');
            previous = c;
            !(c.is_alphanumeric() || c == '_' || c == '.' || exponent)
        });
        let end = end.unwrap_or(rest.len()).max(first.len_utf8());
        words.push(&rest[..end]);
        rest = rest[end..].trim_start();
        if words.last().is_some_and(|word| word.starts_with("vec")) && rest.starts_with('<') {
            rest = rest.split_once('>').map_or("", |(_, after)| after).trim_start();
        }
    }
    words
}
