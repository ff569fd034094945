//! Infers every shape and gathers every error of meaning.

use std::collections::{HashMap, HashSet};

use proc_macro2::Ident;
use syn::ext::IdentExt;

use crate::ast::{Call, Form, Generic, Input, InputShape, Struct};
use crate::consts::Consts;
use crate::entry::{Shape, keeps_values, product};
use crate::expr::Function;
use crate::layers::part_of_input;
use crate::report::Errors;
use crate::size::{Dims, MAX, values};

mod axes;
mod blocks;
mod combine;
mod expression;
mod flow;
mod foreign;
mod losses;
mod model;
mod resolve;
mod shared;
mod split;
mod stack;
mod values;
mod walk;

use flow::{Body, Bound, Flow, INPUT, Outcome, Scope, Use};
pub(crate) use model::{Combine, Compares, Item, Kind, Model, Network, Port, Share};

/// The most layers that a network may have once its repetitions are written out.
const MAX_LAYERS: usize = 10_000;

/// How deep structs, blocks and combinators may nest, all together. The checker and the planner call themselves at each.
const MAX_DEPTH: usize = 64;

/// The most combinators and uses of blocks that are looked at, those of which several copies are alike once.
const MAX_WALKED: usize = 2 * MAX_LAYERS;

/// One of the values that a sample consists of.
struct Part<'a> {
    name: String,
    ident: &'a Ident,
    shape: Option<Shape>,
    /// Whether there is a value for it.
    is_read: bool,
}

/// What stands in front of a struct's braces.
struct Inputs<'a> {
    /// The shape of one sample, where it is written.
    declared: Option<Shape>,
    /// The values that its stacks may begin with, of which the first is the whole sample.
    values: Vec<Bound<'a>>,
    /// What gives the others.
    items: Vec<Item>,
    /// The inputs, where there are several.
    ports: Vec<Port>,
    /// What a loss compares.
    compares: Option<Compares>,
}

/// A value as an input or an output.
fn port(value: &Bound<'_>) -> Port {
    Port { name: value.name.clone(), shape: value.flow.shape.clone() }
}

/// The value of this name as an output.
fn output(name: &Ident, values: &[Bound<'_>]) -> Port {
    let name = name.unraw().to_string();
    let value = values.iter().rfind(|value| value.name == name);
    value.map_or(Port { name, shape: None }, port)
}

/// Checks one call of `network!`. The model is complete when `errors` is still empty afterwards.
pub(crate) fn check(input: &Input, errors: &mut Errors) -> Model {
    let consts = Consts::new(&input.consts, errors);
    let decls = input.structs.iter().enumerate();
    let names = decls.map(|(index, decl)| (decl.name.unraw().to_string(), index)).collect();
    let networks = input.structs.iter().map(|_| None).collect();
    let mut checker = Checker {
        input,
        globals: consts.clone(),
        consts,
        names,
        networks,
        errors,
        blocks: HashMap::new(),
        functions: HashMap::new(),
        uses: HashMap::new(),
        declared: HashSet::new(),
        level: 0,
        walked: 0,
        broken: HashSet::new(),
        broken_blocks: Errors::default(),
        waiting: Vec::new(),
        path: Vec::new(),
        scopes: Vec::new(),
    };
    checker.declare_functions();
    checker.declare_blocks();
    let broken = std::mem::take(&mut checker.broken_blocks);
    checker.errors.append(broken);
    for index in 0..input.structs.len() {
        checker.network(index);
    }
    checker.sample_types();
    if checker.walked > MAX_WALKED
        && let Some(last) = input.structs.last()
    {
        let message = format!("more than {MAX_WALKED} combinators and uses of blocks, with repetitions written out");
        checker.errors.at(&last.name, message);
    }
    let networks = checker.networks.into_iter().map(Option::unwrap_or_default).collect();
    Model { consts: checker.globals, networks, struct_count: input.structs.len() }
}

struct Checker<'a> {
    input: &'a Input,
    consts: Consts,
    /// Structs by name.
    names: HashMap<String, usize>,
    /// Blocks by name.
    blocks: HashMap<String, &'a Generic>,
    /// Functions by name.
    functions: HashMap<String, &'a Function>,
    /// What is known of each use of a block.
    uses: HashMap<Use, Outcome>,
    /// Blocks that were looked at without their sizes.
    declared: HashSet<String>,
    /// Blocks and functions that are wrong wherever they are used.
    broken: HashSet<String>,
    /// What is wrong with them.
    broken_blocks: Errors,
    /// The blocks that wait for the present one, which is the last.
    waiting: Vec<String>,
    /// What is checked already.
    networks: Vec<Option<Network>>,
    /// The structs that wait for the present one, which is the last.
    path: Vec<usize>,
    /// The values of each struct and block that waits.
    scopes: Vec<Scope<'a>>,
    /// The constants of the `network!`, without the sizes of a block.
    globals: Consts,
    /// How many structs, blocks and combinators wait for the present one.
    level: usize,
    /// Combinators and uses of blocks that were looked at so far.
    walked: usize,
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
        self.level += 1;
        // A block that uses the struct has sizes of its own.
        let outer = std::mem::replace(&mut self.consts, self.globals.clone());
        let waiting = std::mem::take(&mut self.waiting);
        let Inputs { declared, values, items, ports, compares } = self.inputs(decl);
        let is_lost = declared.is_none() && !values[0].flow.is_open;
        let body = self.block(&decl.body, values, items);
        (self.consts, self.waiting) = (outer, waiting);
        self.path.pop();
        self.level -= 1;
        let network = self.finish(decl, (declared, is_lost), ports, body);
        self.networks[index] = Some(Network { compares, ..network });
    }

    /// A struct whose body is checked. It is not a part of [`network`](Self::network), which calls itself, so that this takes little of the
    /// call stack.
    fn finish(
        &mut self,
        decl: &Struct,
        (declared, is_lost): (Option<Shape>, bool),
        ports: Vec<Port>,
        body: Body<'a>,
    ) -> Network {
        let Body { items, takes_tokens, flow, values } = body;
        let mut network = self.describe(items, takes_tokens);
        // network_c5: a network has at most `MAX_LAYERS` layers.
        if network.layers > MAX_LAYERS {
            let message = format!(
                "`{}` has {} layers with its repetitions written out; at most {MAX_LAYERS} are possible",
                decl.name, network.layers
            );
            self.errors.at(&decl.name, message);
            // The structs that use this one shall not repeat the complaint.
            network.layers = 1;
        }
        // network_c8: structs, blocks and combinators nest at most `MAX_DEPTH` deep.
        if network.depth > MAX_DEPTH {
            let message = format!("structs, blocks and combinators nest more than {MAX_DEPTH} deep in `{}`", decl.name);
            self.errors.at(&decl.name, message);
            network.depth = 0;
        }
        (network.input, network.output) = (declared.or(flow.fixed), flow.shape);
        // network_c1: the input shape is written, or the first layer fixes it.
        if network.input.is_none() && !is_lost && self.errors.is_empty() && self.broken_blocks.is_empty() {
            let name = &decl.name;
            let message =
                format!("the layers do not tell the input shape of `{name}`; write `struct {name}: [n] {{ .. }}`");
            self.errors.at(name, message);
        }
        network.inputs = match ports.as_slice() {
            [] => vec![Port { name: values[0].name.clone(), shape: network.input.clone() }],
            _ => ports,
        };
        if decl.is_loss() {
            self.loss(decl, &network);
        }
        network.outputs = match decl.outputs.as_slice() {
            [_, _, ..] => decl.outputs.iter().map(|name| output(name, &values)).collect(),
            [name] => vec![Port { name: name.unraw().to_string(), shape: network.output.clone() }],
            [] => vec![Port { name: "output".to_owned(), shape: network.output.clone() }],
        };
        network
    }

    /// Reports structs that have the name of a type which is written for the samples of another.
    fn sample_types(&mut self) {
        let structs = self.input.structs.iter().zip(&mut self.networks);
        for (decl, network) in structs {
            let Some(network) = network.as_mut().filter(|_| !decl.is_loss()) else { continue };
            for (ports, suffix) in [(&mut network.inputs, "Input"), (&mut network.outputs, "Output")] {
                let name = format!("{}{suffix}", decl.name.unraw());
                // port_c4: the structs of samples have names of their own.
                if let (true, Some(other)) = (ports.len() > 1, self.names.get(&name)) {
                    let message =
                        format!("`{name}` is the struct of the {}s of `{}`", suffix.to_lowercase(), decl.name);
                    self.errors.at(&self.input.structs[*other].name, format!("{message}; write another name"));
                    // It is not written, and so cannot raise another error.
                    *ports = vec![Port { name: String::new(), shape: None }];
                }
            }
        }
    }

    /// What others ask of a stack, but for its shapes.
    fn describe(&self, stack: Vec<Item>, takes_tokens: bool) -> Network {
        Network {
            layers: self.count_layers(&stack),
            depth: self.depth(&stack),
            is_view: stack.iter().all(|item| self.is_view(item)),
            keeps_values: stack.iter().all(|item| self.keeps_values(item)),
            takes_tokens,
            stack,
            ..Network::default()
        }
    }

    /// What a struct takes.
    fn inputs(&mut self, decl: &'a Struct) -> Inputs<'a> {
        let one = |name: &str, flow: Flow<'a>| Inputs {
            declared: flow.shape.clone(),
            values: vec![Bound::input(name, flow)],
            items: Vec::new(),
            ports: Vec::new(),
            compares: None,
        };
        let declared = |shape: Option<Shape>| shape.map_or_else(Flow::lost, |shape| Flow::input(shape, decl));
        match &decl.input {
            InputShape::Absent => one(INPUT, Flow::open()),
            InputShape::Broken => one(INPUT, Flow::lost()),
            InputShape::Dims(dims) => one(INPUT, declared(self.input_shape(decl, dims))),
            InputShape::Named(inputs) => match inputs.as_slice() {
                [(name, dims)] => {
                    let shape = dims.as_ref().and_then(|dims| self.input_shape(decl, dims));
                    one(&name.unraw().to_string(), declared(shape))
                }
                inputs => {
                    let part = |(name, dims): &'a (Ident, Option<Dims>)| {
                        // port_c1: each input and each output has a name of its own.
                        if name.unraw() == INPUT {
                            let message = format!("`{INPUT}` is the name of an only input; write another");
                            self.errors.at(name, message);
                        }
                        let shape = dims.as_ref().and_then(|dims| self.input_shape(decl, dims));
                        Part { name: name.unraw().to_string(), ident: name, shape, is_read: true }
                    };
                    let parts = inputs.iter().map(part).collect();
                    self.several(decl, parts, None)
                }
            },
            InputShape::Compared(parts) => {
                let (parts, compares) = self.compared(decl, parts);
                self.several(decl, parts, Some(compares))
            }
        }
    }

    /// A sample of several parts.
    fn several(&mut self, decl: &'a Struct, parts: Vec<Part<'a>>, compares: Option<Compares>) -> Inputs<'a> {
        let len = |shape: &Option<Shape>| shape.as_deref().map(product);
        let total: Option<usize> =
            parts.iter().map(|part| len(&part.shape)).try_fold(0, |sum: usize, len| sum.checked_add(len?));
        let total = total.filter(|total| {
            let fits = *total <= MAX;
            if !fits {
                self.errors.at(&decl.name, format!("a sample of `{}` has more than {MAX} values", decl.name));
            }
            fits
        });
        let (mut values, mut items, mut start) = (vec![Bound::input("", Flow::several(decl))], Vec::new(), 0);
        let mut ports = Vec::new();
        for Part { name, ident, shape, is_read } in parts {
            ports.push(Port { name: name.clone(), shape: shape.clone() });
            if let (Some(total), Some(shape)) = (total, &shape) {
                let end = start + product(shape);
                let item = |kind| Item::new(String::new(), ident, kind);
                let (spec, input) = (part_of_input(start, end), vec![total]);
                let layer = Kind::Layer { spec, input, output: shape.clone() };
                if is_read {
                    items.extend([Kind::Value(0), layer, Kind::Bind].map(item));
                }
                start = end;
            }
            if is_read {
                values.push(Bound { name, flow: Flow { shape, ..Flow::lost() }, is_read: false });
            }
        }
        Inputs { declared: total.map(|total| vec![total]), values, items, ports, compares }
    }

    /// The shape of an input; nothing after an error.
    fn input_shape(&mut self, decl: &Struct, Dims { group, sizes }: &Dims) -> Option<Shape> {
        let errors = &mut *self.errors;
        let shape: Vec<_> = sizes.iter().map(|size| (size, self.consts.evaluate(size, errors))).collect();
        for (size, _) in shape.iter().filter(|(_, value)| *value == Some(0)) {
            // size_c5: sizes are at least 1.
            let name = &decl.name;
            errors.at(size, format!("a dimension of the input shape of `{name}` is 0, but must be at least 1"));
        }
        let shape: Option<Shape> = shape.into_iter().map(|(_, value)| value).collect();
        let shape = shape.filter(|shape| !shape.contains(&0))?;
        if values(&shape).is_none() {
            errors.at(group, format!("a sample has at most {MAX} values"));
            return None;
        }
        Some(shape)
    }

    /// Reports that the first layer of the present struct takes any shape.
    fn unknown_input(&mut self, call: &Call, hint: &str) {
        let Some(index) = self.path.last() else {
            return;
        };
        // One complaint is enough.
        if let Some(input) = self.scopes.last_mut().and_then(|scope| scope.values.first_mut()) {
            input.flow.is_open = false;
        }
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

    /// How deep structs, blocks and combinators nest.
    fn depth(&self, stack: &[Item]) -> usize {
        let depth = |item: &Item| match &item.kind {
            Kind::Layer { .. } | Kind::Expression(_) | Kind::Value(_) | Kind::Bind => 0,
            Kind::Combine(Combine { arms, .. }) => arms.iter().map(|arm| self.depth(arm)).max().unwrap_or(0) + 1,
            Kind::Network(index) => self.used(*index, |used| used.depth) + 1,
        };
        stack.iter().filter(|item| !item.is_copy).map(depth).max().unwrap_or(0)
    }

    /// Number of layers with all repetitions written out.
    fn count_layers(&self, stack: &[Item]) -> usize {
        let (mut total, mut count) = (0_usize, 0);
        for item in stack {
            // A copy has as many as what it is a copy of, which stands before it.
            if !item.is_copy {
                count = match &item.kind {
                    Kind::Layer { spec, input, .. } => spec.parts(input, 0).len().max(1),
                    Kind::Expression(expression) => expression.operations.len().max(1),
                    Kind::Value(_) | Kind::Bind => 0,
                    Kind::Combine(Combine { arms, .. }) => {
                        arms.iter().fold(1, |sum: usize, arm| sum.saturating_add(self.count_layers(arm)))
                    }
                    Kind::Network(index) => self.used(*index, |used| used.layers).max(1),
                };
            }
            total = total.saturating_add(count);
        }
        total
    }

    /// Whether nothing runs for an element.
    fn is_view(&self, item: &Item) -> bool {
        match &item.kind {
            Kind::Layer { spec, input, .. } => spec.parts(input, 0).is_empty(),
            Kind::Combine(_) | Kind::Expression(_) => false,
            Kind::Value(_) | Kind::Bind => true,
            Kind::Network(index) => self.used(*index, |used| used.is_view),
        }
    }

    /// Whether an element gives values of its input as they are.
    fn keeps_values(&self, item: &Item) -> bool {
        match &item.kind {
            Kind::Layer { spec, input, .. } => keeps_values(&spec.parts(input, 0)),
            Kind::Combine(_) | Kind::Expression(_) => false,
            Kind::Value(_) | Kind::Bind => true,
            Kind::Network(index) => self.used(*index, |used| used.keeps_values),
        }
    }

    /// What is known of a struct that is checked already, as each is that stands in a model.
    fn used<T: Default>(&self, index: usize, answer: impl Fn(&Network) -> T) -> T {
        self.networks[index].as_ref().map(answer).unwrap_or_default()
    }
}
