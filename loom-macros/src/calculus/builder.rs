//! The operations of a program, while they are gathered.

use std::collections::HashMap;

use loom_ir::plan::Op;

/// A value of a program: an argument, the output, its gradient, a constant, or what an operation gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Value {
    Argument(usize),
    Output,
    DOutput,
    Constant(usize),
    Result(usize),
}

/// Gathers the operations of a program. Equal ones are one.
#[derive(Default)]
pub(super) struct Builder {
    pub(super) constants: Vec<f32>,
    pub(super) results: Vec<(Op, Vec<Value>)>,
    known: HashMap<(Op, Vec<Value>), usize>,
}

impl Builder {
    /// A constant, as the nearest number of binary32, flushed.
    pub(super) fn constant(&mut self, number: f64) -> Value {
        let number = if number.abs() < (1.0 / (1_u64 << 60) as f64) { 0.0 } else { number as f32 };
        let found = self.constants.iter().position(|constant| constant.to_bits() == number.to_bits());
        Value::Constant(found.unwrap_or_else(|| {
            self.constants.push(number);
            self.constants.len() - 1
        }))
    }

    pub(super) fn op(&mut self, op: Op, of: &[Value]) -> Value {
        let key = (op, of.to_vec());
        let Some(&known) = self.known.get(&key) else {
            self.known.insert(key.clone(), self.results.len());
            self.results.push(key);
            return Value::Result(self.results.len() - 1);
        };
        Value::Result(known)
    }
}
