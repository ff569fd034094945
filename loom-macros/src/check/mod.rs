//! Infers every shape and gathers every error of meaning.

use std::collections::HashMap;

use syn::ext::IdentExt;

use crate::ast::{Call, Form, Input, InputShape, Struct};
use crate::consts::Consts;
use crate::layers::Shape;
use crate::report::Errors;
use crate::size::{MAX, values};

mod flow;
mod model;
mod residual;
mod resolve;
mod site;
mod stack;

use flow::Flow;
pub(crate) use model::{Item, Kind, Model, Network};
pub(crate) use site::{Origin, Site};

/// The most layers that a network may have once its repetitions are written out.
const MAX_LAYERS: usize = 10_000;

/// Checks one call of `network!`. The model is complete when `errors` is still empty afterwards.
pub(crate) fn check(input: &Input, errors: &mut Errors) -> Model {
    let consts = Consts::new(&input.consts, errors);
    let decls = input.structs.iter().enumerate();
    let names = decls.map(|(index, decl)| (decl.name.unraw().to_string(), index)).collect();
    let networks = input.structs.iter().map(|_| None).collect();
    let mut checker = Checker { input, consts, names, networks, path: Vec::new(), errors };
    for index in 0..input.structs.len() {
        checker.network(index);
    }
    let networks = checker.networks.into_iter().map(Option::unwrap_or_default).collect();
    Model { consts: checker.consts, networks }
}

struct Checker<'a> {
    input: &'a Input,
    consts: Consts,
    /// Structs by name.
    names: HashMap<String, usize>,
    /// What is checked already.
    networks: Vec<Option<Network>>,
    /// The structs that wait for the present one, which is the last.
    path: Vec<usize>,
    errors: &'a mut Errors,
}

impl<'a> Checker<'a> {
    /// Checks one struct, unless that is done.
    fn network(&mut self, index: usize) {
        if self.networks[index].is_some() {
            return;
        }
        let decl = &self.input.structs[index];
        self.path.push(index);
        let flow = self.input_flow(decl);
        let declared = flow.shape.clone();
        let (stack, flow) = self.stack(&decl.stack, flow);
        self.path.pop();
        let mut layers = self.count_layers(&stack);
        // network_c5: a network has at most `MAX_LAYERS` layers.
        if layers > MAX_LAYERS {
            let message = format!(
                "`{}` has {layers} layers with its repetitions written out; at most {MAX_LAYERS} are possible",
                decl.name
            );
            self.errors.at(&decl.name, message);
            // The structs that use this one shall not repeat the complaint.
            layers = 1;
        }
        let network = Network { input: declared.or(flow.fixed), output: flow.shape, stack, layers };
        self.networks[index] = Some(network);
    }

    /// What reaches the first layer of a struct.
    fn input_flow(&mut self, decl: &'a Struct) -> Flow<'a> {
        match &decl.input {
            InputShape::Absent => Flow::open(),
            InputShape::Broken => Flow::lost(),
            InputShape::Dims(group, dims) => {
                let errors = &mut *self.errors;
                let shape: Vec<_> = dims.iter().map(|dim| (dim, self.consts.evaluate(dim, errors))).collect();
                for (dim, _) in shape.iter().filter(|(_, value)| *value == Some(0)) {
                    // size_c5: sizes are at least 1.
                    let name = &decl.name;
                    errors.at(dim, format!("a dimension of the input shape of `{name}` is 0, but must be at least 1"));
                }
                let shape: Option<Shape> = shape.into_iter().map(|(_, value)| value).collect();
                match shape.filter(|shape| !shape.contains(&0)) {
                    None => Flow::lost(),
                    Some(shape) if values(&shape).is_none() => {
                        self.errors.at(group, format!("a sample has at most {MAX} values"));
                        Flow::lost()
                    }
                    Some(shape) => Flow::input(shape, decl),
                }
            }
        }
    }

    /// Reports that the first layer of the present struct takes any shape.
    fn unknown_input(&mut self, call: &Call, hint: &str) {
        let Some(index) = self.path.last() else {
            return;
        };
        let name = &self.input.structs[*index].name;
        // network_c1: the input shape is written, or the first layer fixes it.
        match self.input.form {
            Form::Items => {
                let cure = format!("write `struct {name}: {hint} {{ .. }}`");
                let message = format!("`{call}` alone does not tell the input shape of `{name}`; {cure}");
                self.errors.at(name, message);
            }
            Form::Expression => {
                let cure = format!("start with `Dense`, or declare `struct Name: {hint} {{ .. }}`");
                let message = format!("`{call}` alone does not tell the input shape; {cure}");
                self.errors.at(&call.name, message);
            }
        }
    }

    /// Number of layers with all repetitions written out.
    fn count_layers(&self, stack: &[Item]) -> usize {
        let count = |item: &Item| match &item.kind {
            Kind::Layer { .. } => 1,
            Kind::Residual(inner) => self.count_layers(inner).saturating_add(2),
            Kind::Network(index) => self.networks[*index].as_ref().map_or(1, |used| used.layers),
        };
        stack.iter().map(count).fold(0, usize::saturating_add)
    }
}
