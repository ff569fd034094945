//! Writes out repetitions, residuals and nested structs as one list of steps.

use super::{Item, Kind, Layer, Model, Network, Op, Param, Place, Step, padded};
use crate::layers::{LayerSpec, product};

/// A network as a list of steps whose activations and gradients are numbered.
pub(super) struct Unrolled<'a> {
    pub(super) steps: Vec<Step<'a, Place>>,
    pub(super) params: Vec<Param>,
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
        weights_len: 0,
        input: start,
        output: start,
        values: vec![len],
        grads: vec![len],
    };
    let mut unroller = Unroller { networks: &model.networks, list, streams: 0 };
    unroller.stack("", &network.stack);
    unroller.list
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
                Kind::Layer { spec, input, output } => {
                    self.layer(path, item, &**spec, input, product(output));
                }
                Kind::Residual(inner) => self.residual(path, item, inner),
                Kind::Network(index) => self.stack(&path, &self.networks[*index].stack),
            }
        }
    }

    fn layer(&mut self, name: String, item: &'a Item, spec: &'a dyn LayerSpec, input: &'a [usize], output_len: usize) {
        if self.fuse(item, spec) {
            return;
        }
        let params = spec.params().into_iter().map(|param| {
            let offset = self.list.weights_len;
            self.list.weights_len += padded(product(&param.shape));
            self.list.params.push(Param {
                name: format!("{name}.{}", param.name),
                shape: param.shape,
                offset,
                role: param.role,
                fan_in: param.fan_in,
                fan_out: param.fan_out,
            });
            offset
        });
        let params = params.collect();
        let stream = self.streams;
        self.streams += u32::from(spec.is_random());
        let layer = Layer { spec, ident: &item.ident, input, params, epilogue: None, stream };
        let output = self.place(output_len);
        self.step(name, Op::Layer(layer), output);
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
        self.list.steps.push(Step { name, op, input, output, skip: input });
        self.list.output = output;
    }
}
