//! Writes out repetitions, residuals and nested structs as one list of steps.

use super::model::{Layer, NOWHERE, Op, Param, Place, Step, Table, padded};
use crate::check::{Item, Kind, Model, Network};
use crate::entry::{LayerSpec, Role, Shape, product};

/// A network as a list of steps whose activations and gradients are numbered.
pub(super) struct Unrolled<'a> {
    pub(super) steps: Vec<Step<'a, Place>>,
    pub(super) params: Vec<Param>,
    pub(super) trained_len: usize,
    pub(super) tables: Vec<Table>,
    pub(super) weights_len: usize,
    pub(super) input: Place,
    pub(super) output: Place,
    /// Length of each activation.
    pub(super) values: Vec<usize>,
    /// Length of each gradient.
    pub(super) grads: Vec<usize>,
}

pub(super) fn unroll<'a>(model: &'a Model, network: &'a Network) -> Unrolled<'a> {
    let len = product(network.input.as_deref().unwrap_or_default());
    let start = Place { value: 0, grad: 0 };
    let list = Unrolled {
        steps: Vec::new(),
        params: Vec::new(),
        trained_len: 0,
        tables: Vec::new(),
        weights_len: 0,
        input: start,
        output: start,
        values: vec![len],
        grads: vec![len],
    };
    let mut unroller = Unroller { networks: &model.networks, list, streams: 0 };
    unroller.stack("", &network.stack);
    unroller.list.lay_out();
    unroller.list
}

impl Unrolled<'_> {
    /// Gives parameters and tables their places: what is trained, what training only counts, what is constant.
    fn lay_out(&mut self) {
        let mut len = 0;
        let mut place = |size: usize| {
            let offset = len;
            len += padded(size);
            (offset, len)
        };
        for param in self.params.iter_mut().filter(|param| param.role != Role::Statistic) {
            (param.offset, self.trained_len) = place(product(&param.shape));
        }
        for param in self.params.iter_mut().filter(|param| param.role == Role::Statistic) {
            param.offset = place(product(&param.shape)).0;
        }
        for table in &mut self.tables {
            table.offset = place(table.steps * table.features).0;
        }
        self.weights_len = len;
        for step in &mut self.steps {
            let Op::Layer(layer) = &mut step.op else { continue };
            let tensors = layer.params.len() - usize::from(layer.has_table);
            let (params, table) = layer.params.split_at_mut(tensors);
            params.iter_mut().for_each(|number| *number = self.params[*number].offset);
            table.iter_mut().for_each(|number| *number = self.tables[*number].offset);
        }
    }
}

struct Unroller<'a> {
    networks: &'a [Network],
    /// The list so far; its output is where the next step reads.
    list: Unrolled<'a>,
    /// Random layers so far.
    streams: u32,
}

impl<'a> Unroller<'a> {
    fn stack(&mut self, path: &str, items: &'a [Item]) {
        for item in items {
            let path = if path.is_empty() { item.name.clone() } else { format!("{path}.{}", item.name) };
            match &item.kind {
                Kind::Layer { spec, .. } if spec.is_view() => {}
                Kind::Layer { spec, input, output } => self.layer(path, item, &**spec, input, product(output)),
                Kind::Residual(inner) => self.residual(path, item, inner),
                Kind::Network(index) => self.stack(&path, &self.networks[*index].stack),
            }
        }
    }

    fn layer(&mut self, name: String, item: &'a Item, spec: &'a dyn LayerSpec, input: &[usize], output_len: usize) {
        let parts = spec.parts(input);
        if parts.is_empty() {
            return self.single((&name, &name), item, spec, input.to_vec(), output_len);
        }
        let mut input = input.to_vec();
        for part in parts {
            let len = product(&part.output);
            self.single((&format!("{name}.{}", part.name), &name), item, part.spec, input, len);
            input = part.output;
        }
    }

    /// A layer that is one step, whose parameters' names begin with `owner`.
    fn single(
        &mut self,
        (name, owner): (&str, &str),
        item: &'a Item,
        spec: &'a dyn LayerSpec,
        input: Shape,
        output_len: usize,
    ) {
        if self.fuse(item, spec) {
            return;
        }
        let mut params = Vec::new();
        for param in spec.params(&input) {
            params.push(self.list.params.len());
            self.list.params.push(Param {
                name: format!("{owner}.{}", param.name),
                shape: param.shape,
                offset: 0,
                role: param.role,
                start: param.start,
                fan_in: param.fan_in,
                fan_out: param.fan_out,
            });
        }
        let table = spec.table(&input).map(|[steps, features]| self.table(steps, features));
        params.extend(table);
        let stream = self.streams;
        self.streams += u32::from(spec.is_random());
        let layer =
            Layer { spec, ident: &item.ident, input, params, has_table: table.is_some(), epilogue: None, stream };
        // Its parameters have numbers yet in place of offsets, on which its sizes do not depend.
        let work_len = layer.description().description().sizes().map_or(0, |sizes| sizes.work);
        let work = if work_len == 0 { NOWHERE } else { self.value(work_len) };
        let output = self.place(output_len);
        self.step(name.to_owned(), Op::Layer(layer), output);
        if let Some(step) = self.list.steps.last_mut() {
            step.work = work;
        }
    }

    /// The number of a table, which layers share.
    fn table(&mut self, steps: usize, features: usize) -> usize {
        let table = Table { offset: 0, steps, features };
        let tables = &mut self.list.tables;
        tables.iter().position(|other| *other == table).unwrap_or_else(|| {
            tables.push(table);
            tables.len() - 1
        })
    }

    /// A new activation without a gradient.
    fn value(&mut self, len: usize) -> Place {
        self.list.values.push(len);
        Place { value: self.list.values.len() - 1, grad: usize::MAX }
    }

    /// Makes an activation part of the layer before it, if it can be.
    fn fuse(&mut self, item: &'a Item, spec: &'a dyn LayerSpec) -> bool {
        let Some(Step { op: Op::Layer(before), .. }) = self.list.steps.last_mut() else {
            return false;
        };
        let fits = spec.is_epilogue() && before.spec.fuses() && before.epilogue.is_none();
        if fits {
            before.epilogue = Some((spec, &item.ident));
        }
        fits
    }

    fn residual(&mut self, name: String, item: &'a Item, inner: &'a [Item]) {
        let start = self.list.output;
        let len = self.list.values[start.value];
        let fork = self.list.steps.len();
        self.list.grads.push(len);
        let forked = Place { value: start.value, grad: self.list.grads.len() - 1 };
        self.step(name.clone(), Op::Fork(len, &item.ident), forked);
        self.stack(&name, inner);
        let join = self.list.steps.len();
        let joined = self.place(len);
        self.step(name, Op::Join(len, &item.ident), joined);
        self.list.steps[fork].skip = joined;
        self.list.steps[join].skip = start;
    }

    /// A new activation with a gradient.
    fn place(&mut self, len: usize) -> Place {
        self.list.values.push(len);
        self.list.grads.push(len);
        Place { value: self.list.values.len() - 1, grad: self.list.grads.len() - 1 }
    }

    /// Adds a step that reads the present output.
    fn step(&mut self, name: String, op: Op<'a>, output: Place) {
        let input = self.list.output;
        self.list.steps.push(Step { name, op, input, output, skip: input, work: NOWHERE });
        self.list.output = output;
    }
}
