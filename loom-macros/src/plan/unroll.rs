//! Writes out repetitions, residuals and nested structs as one list of steps.

use loom_ir::facts::{self, Output};
use loom_ir::layers::{Fork, Join};
use loom_ir::{Layer, Sizes};

use super::model::{List, Param, Source, Step, Value};
use crate::check::{Item, Kind, Model, Network};
use crate::entry::{LayerSpec, Part, product};

pub(super) fn unroll<'a>(model: &'a Model, network: &'a Network) -> List<'a> {
    let (input, output) = (network.input.as_deref(), network.output.as_deref());
    let input = input.unwrap_or_default();
    let list = List {
        input,
        output: output.unwrap_or_default(),
        steps: Vec::new(),
        params: Vec::new(),
        tables: Vec::new(),
        values: Vec::new(),
        activations: Vec::new(),
        grads: Vec::new(),
        last: 0,
    };
    let mut unroller = Unroller { networks: &model.networks, list, streams: 0 };
    unroller.value(product(input));
    unroller.stack("", &network.stack);
    unroller.list
}

struct Unroller<'a> {
    networks: &'a [Network],
    /// The list so far; its last value is what the next step reads.
    list: List<'a>,
    /// Random layers so far.
    streams: u32,
}

impl<'a> Unroller<'a> {
    fn stack(&mut self, path: &str, items: &'a [Item]) {
        for item in items {
            let path = if path.is_empty() { item.name.clone() } else { format!("{path}.{}", item.name) };
            match &item.kind {
                Kind::Layer { spec, input, .. } => self.layer(&path, item, &**spec, input),
                Kind::Residual(inner) => self.residual(path, item, inner),
                Kind::Network(index) => self.stack(&path, &self.networks[*index].stack),
            }
        }
    }

    fn layer(&mut self, path: &str, item: &'a Item, spec: &dyn LayerSpec, input: &[usize]) {
        let source = Source { ident: &item.ident, alias: spec.alias(), activation: None };
        for part in spec.parts(input, self.streams) {
            self.part(path, source, part);
        }
    }

    /// A part of a layer, whose parameters' names begin with the layer's.
    fn part(&mut self, path: &str, source: Source<'a>, part: Part) {
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
        let work = (work > 0).then(|| self.activation(work));
        let output = self.value(output);
        self.step(name, part.layer, source, output);
        if let Some(step) = self.list.steps.last_mut() {
            (step.work, step.params, step.table) = (work, params, table);
        }
    }

    /// The number of a table, which layers share.
    fn table(&mut self, shape: [usize; 2]) -> usize {
        let tables = &mut self.list.tables;
        tables.iter().position(|other| *other == shape).unwrap_or_else(|| {
            tables.push(shape);
            tables.len() - 1
        })
    }

    /// Makes an activation function part of the layer before it, if it can be.
    fn fuse(&mut self, source: &Source<'a>, layer: &Layer) -> bool {
        let (Some(before), facts::Kind::Activation(activation)) = (self.list.steps.last_mut(), layer.facts().kind)
        else {
            return false;
        };
        let fits = before.layer.fuse(activation);
        if fits {
            before.source.activation = Some(source.ident);
        }
        fits
    }

    fn residual(&mut self, name: String, item: &'a Item, inner: &'a [Item]) {
        let source = Source { ident: &item.ident, alias: None, activation: None };
        let start = self.list.last;
        let activation = self.list.values[start].activation;
        let len = self.list.activations[activation];
        let fork = self.list.steps.len();
        let forked = self.with_gradient(activation, len);
        self.step(name.clone(), Fork { len }.into(), source, forked);
        self.stack(&name, inner);
        let join = self.list.steps.len();
        let joined = self.value(len);
        self.step(name, Join { len }.into(), source, joined);
        self.list.steps[fork].skip = Some(joined);
        self.list.steps[join].skip = Some(start);
    }

    /// A new activation without a gradient.
    fn activation(&mut self, len: usize) -> usize {
        self.list.activations.push(len);
        self.list.values.push(Value { activation: self.list.activations.len() - 1, grad: None });
        self.list.values.len() - 1
    }

    /// A new activation with a gradient.
    fn value(&mut self, len: usize) -> usize {
        self.list.activations.push(len);
        self.with_gradient(self.list.activations.len() - 1, len)
    }

    /// An activation with a new gradient.
    fn with_gradient(&mut self, activation: usize, len: usize) -> usize {
        self.list.grads.push(len);
        self.list.values.push(Value { activation, grad: Some(self.list.grads.len() - 1) });
        self.list.values.len() - 1
    }

    /// Adds a step that reads the last value.
    fn step(&mut self, name: String, layer: Layer, source: Source<'a>, output: usize) {
        let input = self.list.last;
        let (skip, work, params, table) = (None, None, Vec::new(), None);
        self.list.steps.push(Step { name, layer, source, input, output, skip, work, params, table });
        self.list.last = output;
    }
}
