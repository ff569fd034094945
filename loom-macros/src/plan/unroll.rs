//! Writes out repetitions, combinators, blocks and nested structs as one list of steps.

use std::collections::{BTreeSet, HashMap};

use loom_ir::facts::{self, Output};
use loom_ir::plan::{Operand, Slot, Table};
use loom_ir::{Layer, Read, Sizes};

use super::model::{List, Param, Source, Step};
use crate::calculus::{Expression, Input};
use crate::check::{Combine, Item, Kind, Model, Network, Port, Share};
use crate::entry::{LayerSpec, Part, product};

pub(super) fn unroll<'a>(model: &'a Model, network: &'a Network) -> List<'a> {
    let list = List {
        inputs: network.inputs.iter().map(Port::planned).collect(),
        outputs: network.outputs.iter().map(Port::planned).collect(),
        steps: Vec::new(),
        params: Vec::new(),
        tables: Vec::new(),
        programs: Vec::new(),
        values: Vec::new(),
        last: 0,
        lens: [0; 3],
        weights_lens: [0; 2],
    };
    let mut unroller = Unroller {
        networks: &model.networks,
        list,
        streams: 0,
        scope: Vec::new(),
        forked: BTreeSet::new(),
        labels: HashMap::new(),
        params: HashMap::new(),
        is_shared: false,
    };
    unroller.value(product(network.input.as_deref().unwrap_or_default()));
    unroller.network("", network);
    unroller.list
}

struct Unroller<'a> {
    networks: &'a [Network],
    /// The list so far; its last value is what the next step reads.
    list: List<'a>,
    /// Random layers so far.
    streams: u32,
    /// The values of the present struct: its input, and what each `let` gives.
    scope: Vec<usize>,
    /// The values that several steps may read.
    forked: BTreeSet<usize>,
    /// The paths of the elements of the present struct that have a label.
    labels: HashMap<&'a str, String>,
    /// The parameters by their full names, of which a tied one has two.
    params: HashMap<String, usize>,
    /// Whether all parameters are those of an earlier element.
    is_shared: bool,
}

impl<'a> Unroller<'a> {
    fn stack(&mut self, path: &str, items: &'a [Item]) {
        for item in items {
            let path = match &item.shares {
                Some(Share::All(label)) => self.labels[label.as_str()].clone(),
                _ if path.is_empty() => item.name.clone(),
                _ => format!("{path}.{}", item.name),
            };
            if let Some(label) = &item.label {
                self.labels.insert(label, path.clone());
            }
            let is_shared = self.is_shared || matches!(item.shares, Some(Share::All(_)));
            let outer = std::mem::replace(&mut self.is_shared, is_shared);
            match &item.kind {
                Kind::Layer { spec, input, output } => self.layer(&path, item, &**spec, [input, output]),
                Kind::Expression(expression) => self.expression(&path, item, expression),
                Kind::Combine(combine) => self.combine(path, item, combine),
                Kind::Network(index) => self.network(&path, &self.networks[*index]),
                Kind::Value(value) => self.list.last = self.scope[*value],
                Kind::Bind => {
                    self.forked.insert(self.list.last);
                    self.scope.push(self.list.last);
                    self.list.last = self.scope[0];
                }
            }
            self.is_shared = outer;
        }
    }

    /// A struct, whose values are its own.
    fn network(&mut self, path: &str, network: &'a Network) {
        let start = self.list.last;
        self.forked.extend(reads_input_by_name(&network.stack).then_some(start));
        let outer = (std::mem::replace(&mut self.scope, vec![start]), std::mem::take(&mut self.labels));
        self.stack(path, &network.stack);
        (self.scope, self.labels) = outer;
    }

    fn layer(&mut self, path: &str, item: &'a Item, spec: &dyn LayerSpec, [input, output]: [&'a [usize]; 2]) {
        let source = Source { ident: &item.ident, text: &item.text, alias: spec.alias(), activation: None };
        let tied = match &item.shares {
            Some(Share::Weight(label)) => Some(self.params[&format!("{}.weight", self.labels[label.as_str()])]),
            _ => None,
        };
        let mut parts = spec.parts(input, self.streams).into_iter().peekable();
        while let Some(part) = parts.next() {
            let shape = parts.peek().is_none().then_some(output);
            self.part(path, source, shape, (part, tied));
        }
    }

    /// A part of a layer, whose parameters' names begin with the layer's. Its weight may be that of another layer.
    fn part(
        &mut self,
        path: &str,
        source: Source<'a>,
        shape: Option<&'a [usize]>,
        (part, tied): (Part, Option<usize>),
    ) {
        if self.fuse(&source, &part.layer) {
            return;
        }
        let params = part.params.into_iter().map(|read| {
            let tied = tied.filter(|_| read.name == "weight");
            self.param(format!("{path}.{}", read.name), read, tied)
        });
        let params = params.collect();
        self.streams += u32::from(part.layer.facts().output == Output::Random);
        let name = part.name.map_or_else(|| path.to_owned(), |name| format!("{path}.{name}"));
        let Sizes { output, work, table, .. } = part.layer.description().sizes().expect("the layer's rules hold");
        let table = table.map(|shape| self.table(shape));
        let source = if part.name.is_some() { Source { text: "", ..source } } else { source };
        let work = (work > 0).then(|| self.value(work));
        let (output, operands) = (self.value(output), vec![operand(self.list.last)]);
        self.step(Step {
            name,
            layer: part.layer,
            source,
            shape,
            operands,
            output,
            work,
            params,
            d_params: Vec::new(),
            table,
            program: None,
        });
    }

    /// The number of a parameter: a new one, that of an earlier element, or the one that it is tied to.
    fn param(&mut self, name: String, read: Read, tied: Option<usize>) -> usize {
        let shared = if self.is_shared { self.params.get(&name).copied() } else { tied };
        let number = shared.unwrap_or(self.list.params.len());
        if shared.is_none() {
            self.list.params.push(Param { name: name.clone(), read, offset: 0 });
        }
        self.params.insert(name, number);
        number
    }

    /// The number of a table, which layers share.
    fn table(&mut self, shape: [usize; 2]) -> usize {
        let (tables, [steps, features]) = (&mut self.list.tables, shape);
        tables.iter().position(|other| [other.steps, other.features] == shape).unwrap_or_else(|| {
            tables.push(Table { offset: 0, steps, features });
            tables.len() - 1
        })
    }

    /// Makes an activation function part of the layer before it, if it can be: nothing else reads what that layer gives.
    fn fuse(&mut self, source: &Source<'a>, layer: &Layer) -> bool {
        let last = self.list.last;
        let before = self.list.steps.last_mut().filter(|step| step.output == last && !self.forked.contains(&last));
        let (Some(before), facts::Kind::Activation(activation)) = (before, layer.facts().kind) else {
            return false;
        };
        let fits = before.layer.fuse(activation);
        if fits {
            before.source.activation = Some(source.ident);
        }
        fits
    }

    fn combine(&mut self, name: String, item: &'a Item, combine: &'a Combine) {
        let source = Source { ident: &item.ident, text: &item.text, alias: None, activation: None };
        let start = self.list.last;
        self.forked.insert(start);
        let mut operands: Vec<_> = combine
            .arms
            .iter()
            .enumerate()
            .map(|(arm, items)| {
                self.list.last = start;
                match combine.arms.len() {
                    1 => self.stack(&name, items),
                    _ => self.stack(&format!("{name}.{arm}"), items),
                }
                operand(self.list.last)
            })
            .collect();
        operands.extend(combine.adds_input.then(|| operand(start)));
        let Sizes { output, .. } = combine.layer.description().sizes().expect("the checker made it");
        let (output, params, d_params) = (self.value(output), Vec::new(), Vec::new());
        let (layer, shape) = (combine.layer, Some(&*combine.output));
        self.step(Step {
            name,
            layer,
            source,
            shape,
            operands,
            output,
            work: None,
            params,
            d_params,
            table: None,
            program: None,
        });
    }

    /// The steps of an expression, of which several may read a value.
    fn expression(&mut self, path: &str, item: &'a Item, expression: &'a Expression) {
        let start = self.list.last;
        let mut values: Vec<usize> = Vec::new();
        for read in &expression.reads {
            values.push(match read {
                Input::Flow => start,
                Input::Value(value) => self.scope[*value],
            });
        }
        self.forked.extend(&values);
        let last = expression.operations.len().saturating_sub(1);
        for (number, operation) in expression.operations.iter().enumerate() {
            let text = if number == last { &*item.text } else { "" };
            let source = Source { ident: &item.ident, text, alias: None, activation: None };
            let params = operation.params.iter().map(|read| {
                let name = operation.name.as_deref().unwrap_or_default();
                self.param(format!("{path}.{name}"), *read, None)
            });
            let params = params.collect();
            let operands = operation.operands.iter().map(|&value| operand(values[value])).collect();
            let mut layer = operation.layer;
            if let Layer::Noise(noise) = &mut layer {
                noise.stream = self.streams;
                self.streams += 1;
            }
            let Sizes { output, .. } = layer.description().sizes().expect("the checker made it");
            let output = self.value(output);
            values.push(output);
            let program = operation.program.as_ref().map(|program| {
                let programs = &mut self.list.programs;
                programs.iter().position(|other| other == program).unwrap_or_else(|| {
                    programs.push(program.clone());
                    programs.len() - 1
                })
            });
            let name = match (&operation.name, number == last) {
                (Some(name), _) => format!("{path}.{name}"),
                (None, true) => path.to_owned(),
                (None, false) => format!("{path}.{number}"),
            };
            let shape = (number == last).then_some(&*expression.shape);
            self.step(Step {
                name,
                layer,
                source,
                shape,
                operands,
                output,
                work: None,
                params,
                d_params: Vec::new(),
                table: None,
                program,
            });
        }
        self.list.last = values[expression.result];
    }

    /// A new value, whose place is not known yet.
    fn value(&mut self, len: usize) -> usize {
        self.list.values.push(Slot { len, train: 0, infer: 0, grad: 0 });
        self.list.values.len() - 1
    }

    fn step(&mut self, step: Step<'a>) {
        self.list.last = step.output;
        self.list.steps.push(step);
    }
}

/// Whether more than the first layer of a struct may read its input.
fn reads_input_by_name(items: &[Item]) -> bool {
    items.iter().any(|item| match &item.kind {
        Kind::Value(0) | Kind::Bind => true,
        Kind::Combine(Combine { arms, .. }) => arms.iter().any(|arm| reads_input_by_name(arm)),
        Kind::Expression(expression) => expression.reads.contains(&Input::Value(0)),
        Kind::Layer { .. } | Kind::Network(_) | Kind::Value(_) => false,
    })
}

/// A value that a step reads, of which it is not known yet whether the step sets its gradient.
fn operand(value: usize) -> Operand {
    Operand { value, addend: None }
}
