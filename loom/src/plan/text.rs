//! A plan as text, of which its fingerprint is the hash.

use super::Plan;
use loom_ir::plan::VERSION;
use loom_ir::{Fields, Value};
use std::fmt::{Display, Write};

/// What a plan of `network!` says of the computation: its version, then a line `name=value` for each field. A field of a struct
/// within the plan has the names on the way to it in front: `steps.0.layer`. Numbers of binary32 are their bits. A list is its length
/// and then its items.
///
/// Where values and gradients have their places in memory is left out, which changes no result.
pub(super) fn text(plan: &Plan) -> String {
    let mut text = Text(format!("loom plan {VERSION}\n"));
    text.fields("", plan);
    text.0
}

/// The fields that are places in memory, each with its struct.
const PLACES: [(&str, &str); 8] = [
    ("Plan", "train_len"),
    ("Plan", "infer_len"),
    ("Plan", "grad_len"),
    ("Slot", "train"),
    ("Slot", "infer"),
    ("Slot", "grad"),
    ("Operand", "addend"),
    ("Step", "d_params"),
];

struct Text(String);

impl Text {
    fn line(&mut self, path: &str, value: impl Display) {
        writeln!(self.0, "{path}={value}").expect("a string has room");
    }

    fn fields(&mut self, path: &str, of: &dyn Fields) {
        of.for_each(&mut |name, value| {
            if !PLACES.contains(&(of.name(), name)) {
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                self.value(&path, value);
            }
        });
    }

    fn value(&mut self, path: &str, value: Value<'_>) {
        match value {
            Value::Size(size) => self.line(path, size),
            Value::Index(Some(index)) => self.line(path, index),
            Value::Index(None) => self.line(path, "none"),
            Value::Pair(pair) => self.value(path, Value::Sizes(&pair)),
            Value::Sizes(sizes) => {
                self.line(path, sizes.len());
                sizes.iter().enumerate().for_each(|(i, size)| self.line(&format!("{path}.{i}"), size));
            }
            Value::Word(word) => self.line(path, word),
            Value::Number(number) => self.line(path, format_args!("{:08x}", number.to_bits())),
            Value::Flag(flag) => self.line(path, flag),
            // A name may have any characters, line ends too.
            Value::Text(text) => self.line(path, format_args!("{}:{text}", text.len())),
            Value::Numbers(numbers) => {
                self.line(path, numbers.len());
                numbers
                    .iter()
                    .enumerate()
                    .for_each(|(i, number)| self.value(&format!("{path}.{i}"), Value::Number(*number)));
            }
            Value::Choice([_, _, name]) => self.line(path, name),
            Value::ChoiceOf([_, _, name], number) => {
                self.line(path, name);
                self.value(&format!("{path}.{name}"), Value::Number(number));
            }
            Value::Activation(activation) => {
                self.line(path, activation.name());
                if let Some((name, number)) = activation.constant() {
                    self.value(&format!("{path}.{name}"), Value::Number(number));
                }
            }
            Value::Layer(layer) => self.value(path, Value::Struct(layer.description())),
            Value::Struct(of) => {
                self.line(path, of.name());
                self.fields(path, of);
            }
            Value::List(list) => {
                self.line(path, list.count());
                let mut i = 0;
                list.for_each(&mut |item| {
                    self.fields(&format!("{path}.{i}"), item);
                    i += 1;
                });
            }
        }
    }
}
