//! The WGSL of an expression's program.

use crate::plan::{Plan, Step};
use crate::shaders::TRIGONOMETRY;
use loom_ir::plan::{Argument, Instruction, Op, Program};
use std::fmt::Write;

/// The functions that the kernels of an expression call: `expression(i)`, the value of number i of the output in the batch;
/// `gradient(number, i, d)`, what the gradient d of that value adds to the gradient of an argument's value; and, where arguments are
/// repeated, `repeated` and `use_of`.
pub(super) fn functions(plan: &Plan, step: &Step, program: &Program<'_>) -> String {
    let mut text = String::new();
    let instructions = program.gradients.iter().flat_map(|gradient| gradient.instructions).chain(program.forward);
    if instructions.into_iter().any(|instruction| matches!(instruction.op, Op::Sin | Op::Cos)) {
        text.push_str(TRIGONOMETRY);
    }
    let len = plan.values[step.output].len;
    for (number, argument) in program.arguments.iter().enumerate() {
        let place = match argument.is_whole(len) {
            true => "i".to_owned(),
            false => format!("i / {len}u * {}u + {}", argument.values(), place(argument, &format!("i % {len}u"))),
        };
        line(
            &mut text,
            &format!(
                "fn argument_{number}(i: u32) -> f32 {{ return activations[operand({number}u) * call.batch + {place}]; }}"
            ),
        );
    }
    function(&mut text, program, "expression(i: u32)", program.forward);
    for (number, gradient) in program.gradients.iter().enumerate() {
        function(&mut text, program, &format!("gradient_{number}(i: u32, d: f32)"), gradient.instructions);
    }
    let cases: String = (0..program.arguments.len())
        .map(|number| format!(" case {number}u: {{ return gradient_{number}(i, d); }}"))
        .collect();
    line(
        &mut text,
        &format!(
            "fn gradient(number: u32, i: u32, d: f32) -> f32 {{ switch number {{{cases} default: {{ return 0.0f; }} }} }}"
        ),
    );
    repeated(&mut text, program, len);
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// Where the argument's value lies that goes with number j of a sample's output.
fn place(argument: &Argument, j: &str) -> String {
    let Argument { inner, len, span, outer } = argument;
    match (len, outer) {
        (1, 1) => "0u".to_owned(),
        (_, 1) => format!("({j}) / {inner}u % {len}u"),
        _ => format!("(({j}) / {inner}u % {len}u + ({j}) / {span}u % {outer}u * {len}u)"),
    }
}

/// One program as a function, of which each result is flushed, as [`kernels::program`](crate::kernels) does it.
fn function(text: &mut String, program: &Program<'_>, head: &str, instructions: &[Instruction<'_>]) {
    line(text, &format!("fn {head} -> f32 {{"));
    let mut names: Vec<String> = Vec::new();
    let arguments = (0..program.arguments.len()).map(|number| format!("a{number}"));
    names.extend(arguments.chain(["y".into(), "d".into()]));
    names.extend(program.constants.iter().map(|constant| format!("{constant:?}f")));
    names.extend((0..program.registers).map(|number| format!("r{number}")));
    let reads = |source: usize| instructions.iter().any(|instruction| instruction.of.contains(&source));
    for number in (0..program.arguments.len()).filter(|&number| reads(number)) {
        line(text, &format!("    let a{number} = argument_{number}(i);"));
    }
    if reads(program.output()) {
        line(text, "    let y = activations[OUTPUT * call.batch + i];");
    }
    for register in 0..program.registers {
        if instructions.iter().any(|instruction| instruction.to == program.first_register() + register) {
            line(text, &format!("    var r{register}: f32;"));
        }
    }
    for (number, instruction) in instructions.iter().enumerate() {
        let of: Vec<&str> = instruction.of.iter().map(|&source| names[source].as_str()).collect();
        let result = operation(instruction.op, &of);
        if number + 1 == instructions.len() {
            line(text, &format!("    return {result};"));
        } else {
            line(text, &format!("    {} = {result};", names[instruction.to]));
        }
    }
    if instructions.is_empty() {
        line(text, "    return 0.0f;");
    }
    line(text, "}");
}

/// An operation on flushed values, with a flushed result.
fn operation(op: Op, of: &[&str]) -> String {
    if let Some([first, second]) = op.joins() {
        let (own, others) = of.split_at(first.arity());
        let inner = operation(first, own);
        return operation(second, &[&[inner.as_str()], others].concat());
    }
    let get = |number: usize| of.get(number).copied().unwrap_or_default();
    let (a, b, c) = (get(0), get(1), get(2));
    match op {
        Op::Same => a.to_owned(),
        Op::Negate => format!("flush(-{a})"),
        Op::Abs => format!("bitcast<f32>(magnitude({a}))"),
        Op::Exp => format!("flush(loom_exp({a}))"),
        Op::Log => format!("flush(loom_log({a}))"),
        Op::Tanh => format!("flush(loom_tanh({a}))"),
        Op::Sigmoid => format!("flush(sigmoid({a}))"),
        Op::Erf => format!("flush(erf({a}))"),
        Op::NormalCdf => format!("flush(normal_distribution({a}))"),
        Op::Sqrt => format!("flush(loom_sqrt({a}))"),
        Op::Rsqrt => format!("flush(rsqrt({a}))"),
        Op::Sin => format!("flush(loom_sin({a}))"),
        Op::Cos => format!("flush(loom_cos({a}))"),
        Op::Recip => format!("flush(recip({a}))"),
        Op::Plus => format!("flush({a} + {b})"),
        Op::Minus => format!("flush({a} - {b})"),
        Op::Times => format!("flush({a} * {b})"),
        Op::Max => {
            format!("bitcast<f32>(select(bitcast<u32>({b}), bitcast<u32>({a}), order_key({a}) > order_key({b})))")
        }
        Op::Min => {
            format!("bitcast<f32>(select(bitcast<u32>({b}), bitcast<u32>({a}), order_key(-{a}) > order_key(-{b})))")
        }
        Op::Less => format!("is_less({a}, {b})"),
        Op::LessEqual => format!("is_less_or_equal({a}, {b})"),
        Op::Equal => format!("is_equal({a}, {b})"),
        Op::MulAdd => format!("flush(fma({a}, {b}, {c}))"),
        Op::Select => format!("bitcast<f32>(select(bitcast<u32>({c}), bitcast<u32>({b}), bitcast<u32>({a}) != 0u))"),
        Op::SelectLess
        | Op::SelectLessEqual
        | Op::SelectEqual
        | Op::TimesTimes
        | Op::TimesPlus
        | Op::PlusTimes
        | Op::NegateMulAdd => unreachable!("it joins two operations"),
    }
}

/// A value of the arguments that are repeated, by its number among those of all of them; and where its uses are.
fn repeated(text: &mut String, program: &Program<'_>, len: usize) {
    let arguments = || program.arguments.iter().enumerate().filter(|(_, argument)| !argument.is_whole(len));
    if arguments().next().is_none() {
        return;
    }
    line(text, "struct Repeated { number: u32, value: u32, uses: u32 }");
    line(text, "fn repeated(row: u32) -> Repeated {");
    let mut first = 0;
    for (number, argument) in arguments() {
        let (end, uses) = (first + argument.values(), argument.uses(len));
        line(text, &format!("    if row < {end}u {{ return Repeated({number}u, row - {first}u, {uses}u); }}"));
        first = end;
    }
    line(text, "    return Repeated(0u, 0u, 0u);\n}");
    let mut cases = String::new();
    for (number, argument) in arguments() {
        let Argument { inner, len, span, outer } = *argument;
        let (middle, run) = (span / (len * inner), len * inner);
        write!(
            cases,
            "\n        case {number}u: {{ return t / {}u * {}u + i / {len}u * {span}u + t / {inner}u % {middle}u * {run}u + i % {len}u * {inner}u + t % {inner}u; }}",
            inner * middle,
            outer * span
        )
        .expect("a string has room");
    }
    line(text, "fn use_of(found: Repeated, t: u32) -> u32 {");
    line(text, "    let i = found.value;");
    line(text, &format!("    switch found.number {{{cases}\n        default: {{ return 0u; }}\n    }}\n}}"));
}
