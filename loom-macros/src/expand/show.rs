//! A network as text: a table of its steps, and its graph in the language of Graphviz.

use std::fmt::Write;

use loom_ir::facts::Kind;
use loom_ir::layers::Activation;
use loom_ir::plan::{Plan, Port, Role};

use crate::plan::{List, Step};

/// What `Net::summary()` and `Net::dot()` give.
#[derive(Default)]
pub(crate) struct Texts {
    pub(crate) summary: String,
    pub(crate) dot: String,
}

impl Texts {
    pub(crate) fn of(plan: &Plan<'_>, list: &List<'_>) -> Self {
        let shapes = shapes(plan, list);
        Self { summary: summary(plan, list, &shapes), dot: dot(plan, list, &shapes) }
    }
}

/// A row for each step, and what all come to.
fn summary(plan: &Plan<'_>, list: &List<'_>, shapes: &[String]) -> String {
    let mut rows = vec![["step", "layer", "output", "parameters", "multiply-adds"].map(str::to_owned)];
    let mut total: usize = 0;
    for step in &list.steps {
        let params = step.params.iter().map(|param| &plan.params[*param]);
        let parameters = params.filter(|param| param.role != Role::Statistic).map(|param| param.len()).sum();
        let multiply_adds = step.layer.description().sizes().map_or(0, |sizes| sizes.multiply_adds);
        total = total.saturating_add(multiply_adds);
        rows.push([
            step.name.clone(),
            layer(step),
            shapes[step.output].clone(),
            count(parameters),
            count(multiply_adds),
        ]);
    }
    rows.push(["total".to_owned(), String::new(), String::new(), grouped(plan.parameters()), grouped(total)]);
    let widths: [usize; 5] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    let mut text = format!("{}: {} -> {}\n\n", plan.name, ports(plan.inputs), ports(plan.outputs));
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            let gap = if column == 0 { "" } else { "  " };
            let written = match column {
                0..3 => write!(line, "{gap}{cell:width$}"),
                _ => write!(line, "{gap}{cell:>width$}"),
            };
            written.expect("a string has room");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let [inference, training, weights] =
        [plan.infer_len, plan.train_len.saturating_add(plan.grad_len), plan.weights_len].map(bytes);
    write!(
        text,
        "\nmemory of a sample: {inference} in inference, {training} in training\nmemory of the weights: {weights}\n"
    )
    .expect("a string has room");
    text
}

/// Values as edges, steps as nodes.
fn dot(plan: &Plan<'_>, list: &List<'_>, shapes: &[String]) -> String {
    // A node has the number of the value that it gives.
    let mut text = format!("digraph \"{}\" {{\n  node [shape=box]\n  0 [label=input]\n", plan.name);
    let mut line = |args: std::fmt::Arguments<'_>| text.write_fmt(args).expect("a string has room");
    for step in &list.steps {
        line(format_args!("  {} [label=\"{}\\n{}\"]\n", step.output, step.name, layer(step)));
        for operand in &step.operands {
            line(format_args!("  {} -> {} [label=\"{}\"]\n", operand.value, step.output, shapes[operand.value]));
        }
    }
    line(format_args!("  output\n  {} -> output [label=\"{}\"]\n}}\n", plan.output_value, ports(plan.outputs)));
    text
}

/// The layer as the user wrote it, with the activation function that became part of it.
fn layer(step: &Step<'_>) -> String {
    let facts = step.layer.facts();
    let own = match step.source.text {
        "" => step.layer.description().name().to_owned(),
        text => text.to_owned(),
    };
    match facts.kind {
        Kind::MatrixProduct(product) => match product.activation {
            None | Some(Activation::Identity) => own,
            Some(activation) => match activation.constant() {
                None => format!("{own} -> {}", activation.name()),
                Some((name, number)) => format!("{own} -> {}<{name} = {number}>", activation.name()),
            },
        },
        _ => own,
    }
}

/// The shape of each value as text; of what a part of a layer gives to the next, its length.
fn shapes(plan: &Plan<'_>, list: &List<'_>) -> Vec<String> {
    let mut shapes: Vec<_> = plan.values.iter().map(|slot| format!("[{}]", slot.len)).collect();
    let known = list.steps.iter().filter_map(|step| step.shape.map(|shape| (step.output, shape)));
    for (value, shape) in known {
        shapes[value] = format!("{shape:?}");
    }
    shapes[plan.input_value] = ports(plan.inputs);
    shapes
}

/// The shape of a sample: of several inputs or outputs, each with its name.
pub(super) fn ports(ports: &[Port<'_>]) -> String {
    match ports {
        [port] => format!("{:?}", port.shape),
        _ => {
            let texts = ports.iter().map(|port| format!("{}: {:?}", port.name, port.shape));
            format!("({})", Vec::from_iter(texts).join(", "))
        }
    }
}

/// A number, or nothing for 0.
fn count(number: usize) -> String {
    if number == 0 { String::new() } else { grouped(number) }
}

/// The bytes of so many values.
fn bytes(values: usize) -> String {
    format!("{} bytes", grouped(values.saturating_mul(4)))
}

/// `12,345`
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
