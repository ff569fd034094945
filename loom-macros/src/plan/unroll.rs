//! Writes out repetitions, combinators, blocks and nested structs as one list of steps.

use std::collections::BTreeSet;

use loom_ir::facts::{self, Output};
use loom_ir::plan::{Operand, Slot};
use loom_ir::{Layer, Sizes};

use super::model::{List, Param, Source, Step};
use crate::check::{Combine, Item, Kind, Model, Network, Port};
use crate::entry::{LayerSpec, Part, product};

pub(super) fn unroll<'a>(model: &'a Model, network: &'a Network) -> List<'a> {
    let list = List {
        inputs: network.inputs.iter().map(Port::planned).collect(),
        outputs: network.outputs.iter().map(Port::planned).collect(),
        steps: Vec::new(),
        params: Vec::new(),
        tables: Vec::new(),
        values: Vec::new(),
        last: 0,
        lens: [0; 3],
    };
    let mut unroller =
        Unroller { networks: &model.networks, list, streams: 0, scope: Vec::new(), forked: BTreeSet::new() };
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
}

impl<'a> Unroller<'a> {
    fn stack(&mut self, path: &str, items: &'a [Item]) {
        for item in items {
            let path = if path.is_empty() { item.name.clone() } else { format!("{path}.{}", item.name) };
            match &item.kind {
                Kind::Layer { spec, input, output } => self.layer(&path, item, &**spec, [input, output]),
                Kind::Combine(combine) => self.combine(path, item, combine),
                Kind::Network(index) => self.network(&path, &self.networks[*index]),
                Kind::Value(value) => self.list.last = self.scope[*value],
                Kind::Bind => {
                    self.forked.insert(self.list.last);
                    self.scope.push(self.list.last);
                    self.list.last = self.scope[0];
                }
            }
        }
    }

    /// A struct, whose values are its own.
    fn network(&mut self, path: &str, network: &'a Network) {
        let start = self.list.last;
        self.forked.extend(reads_input_by_name(&network.stack).then_some(start));
        let outer = std::mem::replace(&mut self.scope, vec![start]);
        self.stack(path, &network.stack);
        self.scope = outer;
    }

    fn layer(&mut self, path: &str, item: &'a Item, spec: &dyn LayerSpec, [input, output]: [&'a [usize]; 2]) {
        let source = Source { ident: &item.ident, text: &item.text, alias: spec.alias(), activation: None };
        let mut parts = spec.parts(input, self.streams).into_iter().peekable();
        while let Some(part) = parts.next() {
            let shape = parts.peek().is_none().then_some(output);
            self.part(path, source, shape, part);
        }
    }

    /// A part of a layer, whose parameters' names begin with the layer's.
    fn part(&mut self, path: &str, source: Source<'a>, shape: Option<&'a [usize]>, part: Part) {
        if self.fuse(&source, &part.layer) {
            return;
        }
        let params = part.params.into_iter().map(|read| {
            self.list.params.push(Param { name: format!("{path}.{}", read.name), read });
            self.list.params.len() - 1
        });
        let params = params.collect();
        self.streams += u32::from(part.layer.facts().output == Output::Random);
        let name = part.name.map_or_else(|| path.to_owned(), |name| format!("{path}.{name}"));
        let Sizes { output, work, table, .. } = part.layer.description().sizes().expect("the layer's rules hold");
        let table = table.map(|shape| self.table(shape));
        let source = if part.name.is_some() { Source { text: "", ..source } } else { source };
        let work = (work > 0).then(|| self.value(work));
        let (output, operands) = (self.value(output), vec![operand(self.list.last)]);
        self.step(Step { name, layer: part.layer, source, shape, operands, output, work, params, table });
    }

    /// The number of a table, which layers share.
    fn table(&mut self, shape: [usize; 2]) -> usize {
        let tables = &mut self.list.tables;
        tables.iter().position(|other| *other == shape).unwrap_or_else(|| {
            tables.push(shape);
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
        let (output, params) = (self.value(output), Vec::new());
        let (layer, shape) = (combine.layer, Some(&*combine.output));
        self.step(Step { name, layer, source, shape, operands, output, work: None, params, table: None });
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
        Kind::Layer { .. } | Kind::Network(_) | Kind::Value(_) => false,
    })
}

/// A value that a step reads, of which it is not known yet whether the step sets its gradient.
fn operand(value: usize) -> Operand {
    Operand { value, addend: None }
}
