//! Programs: operations on numbers, in an order, with their registers.

use std::collections::HashMap;

use loom_ir::plan::{Argument, Gradient, Instruction, Op, Program};

use super::builder::{Builder, Value};
use super::builtin::Builtin;

/// An elementwise expression: functions of arguments, constants, and earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Formula {
    pub(super) arguments: Vec<Argument>,
    /// The last is the result.
    pub(super) terms: Vec<(Builtin, Vec<Leaf>)>,
}

/// What a function of a formula takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Leaf {
    Argument(usize),
    Constant(f64),
    /// An earlier one, by its number.
    Term(usize),
}

/// A program that owns what it consists of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ProgramBuf {
    pub(crate) arguments: Vec<Argument>,
    constants: Vec<f32>,
    registers: usize,
    forward: Vec<Line>,
    gradients: Vec<Vec<Line>>,
}

/// An instruction that owns its sources.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    op: Op,
    of: Vec<usize>,
    to: usize,
}

impl ProgramBuf {
    /// The program of a formula, and those of its derivatives.
    pub(super) fn of(formula: &Formula) -> Self {
        let mut builder = Builder::default();
        let forward = values(formula, &mut builder);
        let results = (0..formula.arguments.len()).map(|argument| derivative(formula, &mut builder, argument));
        let results: Vec<_> = [forward.last().copied()].into_iter().chain(results).collect();
        let mut programs = results.iter().map(|&result| {
            let mut writer = Writer { builder: &builder, first: formula.arguments.len() + 2, registers: 0 };
            let lines = result.map_or_else(Vec::new, |result| writer.lines(result));
            (lines, writer.registers)
        });
        let (forward, most) = programs.next().expect("there is a forward program");
        let (gradients, registers): (Vec<_>, Vec<_>) = programs.unzip();
        let registers = registers.into_iter().fold(most, usize::max);
        ProgramBuf { arguments: formula.arguments.clone(), constants: builder.constants, registers, forward, gradients }
    }

    /// How many registers it needs.
    pub(super) fn registers(&self) -> usize {
        self.registers
    }

    /// Lends the parts of the program as a plan has them.
    pub(crate) fn lend(&self) -> Lent<'_> {
        let gradients = self.gradients.iter().map(|lines| lend(lines)).collect();
        Lent { program: self, forward: lend(&self.forward), gradients }
    }
}

fn lend(lines: &[Line]) -> Vec<Instruction<'_>> {
    lines.iter().map(|line| Instruction { op: line.op, of: &line.of, to: line.to }).collect()
}

/// A program whose instructions are lent.
pub(crate) struct Lent<'a> {
    program: &'a ProgramBuf,
    forward: Vec<Instruction<'a>>,
    gradients: Vec<Vec<Instruction<'a>>>,
}

impl Lent<'_> {
    pub(crate) fn gradients(&self) -> Vec<Gradient<'_>> {
        self.gradients.iter().map(|instructions| Gradient { instructions }).collect()
    }

    pub(crate) fn program<'p>(&'p self, gradients: &'p [Gradient<'p>]) -> Program<'p> {
        let ProgramBuf { arguments, constants, registers, .. } = self.program;
        Program { arguments, constants, registers: *registers, forward: &self.forward, gradients }
    }
}

/// The value of each term.
fn values(formula: &Formula, to: &mut Builder) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    for (builtin, of) in &formula.terms {
        let of = leaves(of, &values, to);
        let value = builtin.value(to, &of);
        values.push(value);
    }
    values
}

fn leaves(of: &[Leaf], values: &[Value], to: &mut Builder) -> Vec<Value> {
    let value = |leaf: &Leaf| match *leaf {
        Leaf::Argument(number) => Value::Argument(number),
        Leaf::Constant(number) => to.constant(number),
        Leaf::Term(number) => values[number],
    };
    of.iter().map(value).collect()
}

/// The gradient of an argument: that of each term, from the last to the first, goes on to what the term is made of.
fn derivative(formula: &Formula, to: &mut Builder, argument: usize) -> Option<Value> {
    // Terms that the argument reaches.
    let mut reaches: Vec<bool> = Vec::new();
    for (_, of) in &formula.terms {
        reaches.push(of.iter().any(|leaf| match *leaf {
            Leaf::Argument(number) => number == argument,
            Leaf::Constant(_) => false,
            Leaf::Term(number) => reaches[number],
        }));
    }
    let mut values = values(formula, to);
    // The last one's value is at hand.
    *values.last_mut()? = Value::Output;
    let mut gradients = vec![None; formula.terms.len()];
    *gradients.last_mut()? = Some(Value::DOutput);
    let mut sum = None;
    for (number, (builtin, of)) in formula.terms.iter().enumerate().rev() {
        let Some(d) = gradients[number] else { continue };
        let own = leaves(of, &values, to);
        for (at, leaf) in of.iter().enumerate() {
            let place = match *leaf {
                Leaf::Argument(number) if number == argument => &mut sum,
                Leaf::Term(number) if reaches[number] => &mut gradients[number],
                _ => continue,
            };
            let Some(part) = builtin.gradient(to, &own, values[number], d, at) else { continue };
            *place = Some(match *place {
                None => part,
                Some(before) => to.op(Op::Plus, &[before, part]),
            });
        }
    }
    sum
}

/// Writes the operations that a result is made of, as instructions.
struct Writer<'a> {
    builder: &'a Builder,
    /// The number of the first source that is a constant.
    first: usize,
    registers: usize,
}

impl Writer<'_> {
    fn lines(&mut self, result: Value) -> Vec<Line> {
        let Value::Result(last) = result else {
            // What is there already is copied.
            self.registers = 1;
            let of = vec![self.source(result, &HashMap::new())];
            return vec![Line { op: Op::Same, of, to: self.first + self.builder.constants.len() }];
        };
        let operations = self.joined(last);
        let mut last_use = vec![0; last + 1];
        for (number, _, values) in &operations {
            for value in values {
                if let Value::Result(of) = *value {
                    last_use[of] = *number;
                }
            }
        }
        let (mut lines, mut places, mut free) = (Vec::new(), HashMap::new(), Vec::new());
        let mut constant: Vec<usize> = Vec::new();
        for (number, op, values) in operations {
            let of: Vec<_> = values.iter().map(|value| self.source(*value, &places)).collect();
            // What is made of constants is made once, and so has a register of its own.
            let is_constant = values.iter().all(|value| match value {
                Value::Constant(_) => true,
                Value::Result(of) => constant.contains(of),
                Value::Argument(_) | Value::Output | Value::DOutput => false,
            });
            if is_constant {
                constant.push(number);
            }
            let known = if is_constant { None } else { free.pop() };
            let register = known.unwrap_or_else(|| {
                self.registers += 1;
                self.registers - 1
            });
            let mut ended: Vec<usize> = Vec::new();
            for value in &values {
                if let Value::Result(of) = *value
                    && last_use[of] == number
                    && !constant.contains(&of)
                    && !ended.contains(&places[&of])
                {
                    ended.push(places[&of]);
                }
            }
            places.insert(number, register);
            free.extend(ended);
            lines.push(Line { op, of, to: self.first + self.builder.constants.len() + register });
        }
        lines
    }

    /// The operations that a result is made of, with their numbers. Two are joined into one where there is an operation for both.
    fn joined(&self, last: usize) -> Vec<(usize, Op, Vec<Value>)> {
        let mut results: Vec<Option<(Op, Vec<Value>)>> = vec![None; last + 1];
        // What reads each.
        let mut uses: Vec<Vec<usize>> = vec![Vec::new(); last + 1];
        for number in (0..=last).rev() {
            if number != last && uses[number].is_empty() {
                continue;
            }
            let result = &self.builder.results[number];
            for value in &result.1 {
                if let Value::Result(of) = *value {
                    uses[of].push(number);
                }
            }
            results[number] = Some(result.clone());
        }
        for (number, uses) in uses.iter().enumerate() {
            // A comparison costs little, and may be made again for each use.
            let is_comparison = matches!(results[number], Some((Op::Less | Op::LessEqual | Op::Equal, _)));
            if uses.len() != 1 && !is_comparison {
                continue;
            }
            let joined: Option<Vec<_>> =
                uses.iter().map(|&user| join(number, results[number].as_ref()?, results[user].as_ref()?)).collect();
            if let Some(joined) = joined.filter(|joined| !joined.is_empty()) {
                uses.iter().zip(joined).for_each(|(&user, joined)| results[user] = Some(joined));
                results[number] = None;
            }
        }
        let left = results.into_iter().enumerate();
        left.filter_map(|(number, result)| result.map(|(op, of)| (number, op, of))).collect()
    }

    /// The number of a value's source.
    fn source(&self, value: Value, places: &HashMap<usize, usize>) -> usize {
        match value {
            Value::Argument(number) => number,
            Value::Output => self.first - 2,
            Value::DOutput => self.first - 1,
            Value::Constant(number) => self.first + number,
            Value::Result(number) => self.first + self.builder.constants.len() + places[&number],
        }
    }
}

/// A result and an operation that reads it as one operation, if there is one.
fn join(number: usize, (first, own): &(Op, Vec<Value>), (second, of): &(Op, Vec<Value>)) -> Option<(Op, Vec<Value>)> {
    let op = Op::ALL.iter().find(|op| op.joins() == Some([*first, *second]))?;
    let at = of.iter().position(|value| *value == Value::Result(number))?;
    // The order of what is multiplied or added changes no flushed result.
    let is_first = at == 0 || matches!(second, Op::Times | Op::Plus);
    let others = [&of[..at], &of[at + 1..]].concat();
    let reads_it_once = !others.contains(&Value::Result(number));
    (is_first && reads_it_once).then(|| (*op, [own.as_slice(), &others].concat()))
}
