//! Random networks with named values, as text for `network!`.
//!
//! No parameter of them is without effect. A constant that a normalisation subtracts again is such a parameter, so an activation comes
//! between a bias and a normalisation of other axes than the bias has, and between a normalisation and a mean.

use super::functions::{Function, Parts};
use super::random::Random;

/// Sizes that no tile, vector or chunk divides.
const SIZES: [usize; 5] = [1, 2, 3, 5, 17];
/// A size that is rare, because layers between two of it are slow.
const WIDE: usize = 257;
/// The most values of a sample.
const MAX_LEN: usize = 600;
/// The most products of a layer for a sample.
const MAX_WORK: usize = 60_000;
/// How deep combinators nest.
const MAX_DEPTH: usize = 2;
/// What functions may have: each gradient is that of what is computed.
const PARTS: Parts = Parts { has_params: true, detaches: false };
/// Activations with a bend everywhere.
const SMOOTH: [&str; 5] = ["Tanh", "Sigmoid", "Silu", "Gelu", "GeluTanh"];

/// The structs of a network, without `struct`: its own, and one that it uses. They are the same for the same seed and index.
pub fn graph(seed: u64, index: u64, name: &str) -> Vec<String> {
    let mut random = Random(seed);
    random.0 = random.word() ^ index;
    write(random, name, None).0
}

/// The structs of a network with expressions and functions, and the functions.
pub fn graph_of_functions(seed: u64, index: u64, name: &str) -> (Vec<String>, Vec<String>) {
    let mut random = Random(seed);
    random.0 = random.word() ^ (index << 16);
    write(random, name, Some(Functions { name: name.to_lowercase(), texts: Vec::new() }))
}

fn write(mut random: Random, name: &str, functions: Option<Functions>) -> (Vec<String>, Vec<String>) {
    let inputs: Vec<_> = ["x", "y", "z"][..[1, 1, 2, 3][random.below(4)]]
        .iter()
        .map(|&name| {
            (
                name,
                match random.below(3) {
                    0 => vec![random_size(&mut random)],
                    1 => vec![small(&mut random), small(&mut random)],
                    _ => vec![1 + random.below(3), 3 + random.below(5), 3 + random.below(5)],
                },
            )
        })
        .collect();
    let (is_named, outputs) = (inputs.len() > 1 || random.below(2) == 0, [0, 0, 1, 2, 3][random.below(5)]);
    let (lets, shares) = (3 + random.below(8), random.below(2) == 0);
    let flow = |shape| Flow { shape, is_bent: true, is_mixed: true };
    let values = inputs
        .iter()
        .map(|(name, shape)| Value::new(if is_named { name } else { "input" }, flow(shape.clone())))
        .collect();
    let tower = if shares { Tower::Possible(format!("{name}Tower")) } else { Tower::None };
    let mut graph = Graph {
        random,
        inputs: inputs.len(),
        values,
        layers: shares.then(Vec::new),
        tower,
        functions,
        is_shared: false,
    };
    let (statements, outputs) = graph.body(lets, outputs);
    let inputs = if is_named {
        let inputs = inputs.iter().map(|(name, shape)| format!("{name}: [{}]", join(shape)));
        format!("({})", Vec::from_iter(inputs).join(", "))
    } else {
        format!(": [{}]", join(&inputs[0].1))
    };
    let outputs = if outputs.is_empty() { String::new() } else { format!(" -> ({})", outputs.join(", ")) };
    let own = format!("{name}{inputs}{outputs} {{{statements}\n}}");
    let structs = match graph.tower {
        Tower::There { text, .. } => vec![own, text],
        Tower::None | Tower::Possible(_) => vec![own],
    };
    (structs, graph.functions.map_or(Vec::new(), |functions| functions.texts))
}

/// A statement in lines of about the length of the others here.
fn wrap(statement: &str) -> String {
    let mut text = "\n   ".to_owned();
    let mut room = 100;
    for piece in statement.replace(" -> ", "\n-> ").replace(" | ", "\n| ").lines() {
        if piece.len() > room {
            text += "\n       ";
            room = 100;
        }
        text += &format!(" {piece}");
        room = room.saturating_sub(piece.len() + 1);
    }
    text
}

/// A value on its way through a stack.
#[derive(Clone)]
struct Flow {
    shape: Vec<usize>,
    /// Whether no bias has been added since the last smooth activation.
    is_bent: bool,
    /// Whether a mean over any axes depends on the input, unlike after a normalisation.
    is_mixed: bool,
}

impl Flow {
    fn len(&self) -> usize {
        self.shape.iter().product()
    }

    fn width(&self) -> usize {
        *self.shape.last().expect("no shape is empty")
    }

    /// Channels, height and width.
    fn image(&self) -> [usize; 3] {
        self.shape[..].try_into().expect("there are three dimensions")
    }
}

struct Value {
    name: String,
    flow: Flow,
    is_read: bool,
}

impl Value {
    fn new(name: impl Into<String>, flow: Flow) -> Self {
        Value { name: name.into(), flow, is_read: false }
    }
}

/// Layers one after the other, and what they give.
struct Stack {
    layers: Vec<String>,
    flow: Flow,
}

impl Stack {
    fn push(&mut self, layer: impl Into<String>) {
        self.layers.push(layer.into());
    }

    /// A layer that only moves values.
    fn view(&mut self, layer: impl Into<String>, shape: Vec<usize>) {
        self.push(layer);
        self.flow.shape = shape;
    }

    /// A layer with a bias, or without.
    fn weights(&mut self, layer: impl Into<String>, shape: Vec<usize>, bias: bool) {
        self.view(layer, shape);
        self.flow.is_bent &= !bias;
        self.flow.is_mixed = true;
    }

    /// A layer that normalises, and adds a bias.
    fn norm(&mut self, layer: impl Into<String>) {
        self.push(layer);
        self.flow.is_bent = false;
        self.flow.is_mixed = false;
    }

    fn flatten(&mut self) {
        if self.flow.shape.len() > 1 {
            self.view("Flatten", vec![self.flow.len()]);
        }
    }
}

/// A layer that may be used again.
#[derive(Clone, PartialEq)]
struct Dense {
    from: usize,
    to: usize,
    bias: bool,
}

/// A struct that is used again under the name `tower`.
enum Tower {
    None,
    /// One that may come, of this name.
    Possible(String),
    There {
        text: String,
        input: Vec<usize>,
        output: Flow,
        uses: usize,
    },
}

/// The functions of a network.
struct Functions {
    /// Stands in front of the number of each.
    name: String,
    texts: Vec<String>,
}

impl Functions {
    /// The name of one more.
    fn define(&mut self, function: &Function) -> String {
        let name = format!("{}_{}", self.name, self.texts.len());
        self.texts.push(function.definition(&name));
        name
    }
}

struct Graph {
    random: Random,
    /// How many of the values are inputs.
    inputs: usize,
    /// The inputs, and what has been named.
    values: Vec<Value>,
    /// The layers with a name, `w0` and so on, where some are used again.
    layers: Option<Vec<Dense>>,
    tower: Tower,
    /// Those of a network that has some.
    functions: Option<Functions>,
    /// Whether this is a tower.
    is_shared: bool,
}

impl Graph {
    fn one_in(&mut self, count: usize) -> bool {
        self.random.below(count) == 0
    }

    /// A value to begin a stack with: mostly one that nothing has read yet.
    fn pick(&mut self) -> usize {
        let unread: Vec<usize> = (0..self.values.len()).filter(|&i| !self.values[i].is_read).collect();
        let from = if self.one_in(2) { unread } else { Vec::new() };
        let index = match from.len() {
            0 => self.random.below(self.values.len()),
            len => from[self.random.below(len)],
        };
        self.values[index].is_read = true;
        index
    }

    /// A stack that begins with a value.
    fn begin(&mut self) -> Stack {
        let index = self.pick();
        self.begin_with(index)
    }

    fn begin_with(&mut self, index: usize) -> Stack {
        let value = &mut self.values[index];
        value.is_read = true;
        Stack { layers: vec![value.name.clone()], flow: value.flow.clone() }
    }

    /// So many values, and so many outputs, of which none are an output without a name: the statements, and the outputs' names.
    fn body(&mut self, lets: usize, outputs: usize) -> (String, Vec<String>) {
        let mut text = String::new();
        for _ in 0..lets {
            let mut stack = self.expression().unwrap_or_else(|| self.begin());
            for _ in 0..=self.random.below(2) {
                self.layer(&mut stack, 0);
            }
            // A stack without a value's name begins with the only input.
            if self.inputs == 1 && stack.layers[0] == self.values[0].name && self.one_in(2) {
                stack.layers.remove(0);
            }
            text += &self.bind(stack);
        }
        if matches!(self.tower, Tower::There { uses: 1, .. }) {
            let mut stack = self.begin();
            self.tower(&mut stack);
            text += &self.bind(stack);
        }
        let mut names = Vec::new();
        for _ in 1..outputs {
            let index = self.random.below(self.values.len());
            let Value { name, is_read, .. } = &mut self.values[index];
            if name != "input" && !names.contains(name) {
                *is_read = true;
                names.push(name.clone());
            }
        }
        let last = self.output();
        if outputs == 0 {
            self.values.push(Value::new("", last.flow));
            return (text + &wrap(&last.layers.join(" -> ")), names);
        }
        text += &self.bind(last);
        let at = self.random.below(names.len() + 1);
        names.insert(at, self.values.last().expect("it was bound").name.clone());
        (text, names)
    }

    /// Gives what a stack gives the next name.
    fn bind(&mut self, stack: Stack) -> String {
        let name = ('a'..).nth(self.values.len() - self.inputs).expect("there are names").to_string();
        let text = wrap(&format!("let {name} = {};", stack.layers.join(" -> ")));
        self.values.push(Value::new(name, stack.flow));
        text
    }

    /// The last stack, which reads what nothing has read.
    fn output(&mut self) -> Stack {
        let unread: Vec<usize> = (0..self.values.len()).filter(|&i| !self.values[i].is_read).collect();
        let mut stack = match unread.as_slice() {
            [] => self.begin(),
            [one] => self.begin_with(*one),
            several => {
                let ends = several.iter().map(|&index| {
                    let mut stack = self.begin_with(index);
                    match stack.flow.shape.len() {
                        3 if self.one_in(2) => self.mean(&mut stack, "GlobalAvgPool"),
                        2 if self.one_in(2) => self.mean(&mut stack, "Mean"),
                        _ => stack.flatten(),
                    }
                    stack
                });
                combine("Concat", ends.collect(), |ends| vec![ends.iter().map(Flow::len).sum()])
            }
        };
        self.dense(&mut stack, true);
        stack
    }

    /// A layer, or some that belong together.
    fn layer(&mut self, stack: &mut Stack, depth: usize) {
        if self.functions.is_some() && self.one_in(3) {
            return self.function(stack);
        }
        if depth < MAX_DEPTH && self.one_in(3) {
            return self.combinator(stack, depth + 1);
        }
        if !matches!(self.tower, Tower::None) && self.one_in(5) {
            return self.tower(stack);
        }
        match (stack.flow.shape.len(), self.random.below(8)) {
            (_, 0) => self.activation(stack),
            (_, 1) if stack.flow.len() >= 17 && self.one_in(2) => stack.push("Dropout<0.5>"),
            (1, 2) => self.fold(stack),
            (1, _) => self.rows(stack),
            (2, 2) => self.mean(stack, "Mean"),
            (2, 3) => {
                let [rows, columns] = stack.flow.shape[..] else { unreachable!("there are two dimensions") };
                stack.view("Transpose", vec![columns, rows]);
            }
            (2, 4) => stack.flatten(),
            (2, 5) => self.conv1d(stack),
            (2, _) => self.rows(stack),
            (_, 2) => self.mean(stack, "GlobalAvgPool"),
            (_, 3) => stack.flatten(),
            (_, 4) => self.pool(stack),
            (_, 5) => self.rows(stack),
            _ => self.conv2d(stack),
        }
    }

    /// The struct that is used again, for the first time or another.
    fn tower(&mut self, stack: &mut Stack) {
        if let Tower::Possible(name) = &self.tower {
            let (name, input) = (name.clone(), stack.flow.shape.clone());
            // It may stand behind anything.
            let flow = Flow { shape: input.clone(), is_bent: false, is_mixed: false };
            let mut graph = Graph {
                random: Random(self.random.word()),
                inputs: 1,
                values: vec![Value::new("input", flow)],
                layers: Some(Vec::new()),
                tower: Tower::None,
                functions: None,
                is_shared: true,
            };
            let (statements, _) = graph.body(1, 0);
            let text = format!("{name}: [{}] {{{statements}\n}}", join(&input));
            let output = graph.values.pop().expect("the output is the last").flow;
            stack.push(format!("tower: {name}"));
            stack.flow = output.clone();
            self.tower = Tower::There { text, input, output, uses: 1 };
        } else if let Tower::There { input, output, uses, .. } = &mut self.tower {
            *uses += 1;
            let (input, output) = (input.clone(), output.clone());
            self.lead_to(stack, &input);
            stack.push("tower");
            stack.flow = output;
        }
    }

    /// A function as a layer.
    fn function(&mut self, stack: &mut Stack) {
        // Nothing is told of how a function treats what is added to all values.
        if !stack.flow.is_bent || !stack.flow.is_mixed {
            self.bend(stack);
        }
        let operations = 1 + self.random.below(4);
        let function = Function::new(&mut self.random, std::slice::from_ref(&stack.flow.shape), operations, PARTS);
        let name = self.functions.as_mut().expect("there are some").define(&function);
        stack.push(function.layer(&name));
        stack.flow = flow_of(&function);
    }

    /// A stack that begins with an expression of up to three values, or with a call.
    fn expression(&mut self) -> Option<Stack> {
        if self.functions.is_none() || !self.one_in(2) {
            return None;
        }
        let mut picked = Vec::new();
        for _ in 0..=self.random.below(3) {
            let index = self.pick();
            if !picked.contains(&index) {
                picked.push(index);
            }
        }
        let shapes = Vec::from_iter(picked.iter().map(|&index| self.values[index].flow.shape.clone()));
        // A function may add all values up.
        let names = Vec::from_iter(picked.iter().map(|&index| {
            let Value { name, flow, .. } = &self.values[index];
            if flow.is_mixed { name.clone() } else { format!("tanh({name})") }
        }));
        let is_call = self.one_in(2);
        let operations = 1 + self.random.below(if is_call { 5 } else { 2 });
        let function = Function::new(&mut self.random, &shapes, operations, Parts { has_params: is_call, ..PARTS });
        let text = if is_call {
            let name = self.functions.as_mut().expect("there are some").define(&function);
            function.call(&name, &Vec::from_iter(names.iter().map(String::as_str)))
        } else {
            function.expression(&names)
        };
        Some(Stack { layers: vec![text], flow: flow_of(&function) })
    }

    fn activation(&mut self, stack: &mut Stack) {
        match self.random.below(4) {
            // Few values may all be dead.
            0 if stack.flow.len() >= 17 => stack.push("Relu"),
            1 => stack.push("LeakyRelu<slope = 0.3>"),
            _ => self.bend(stack),
        }
    }

    fn bend(&mut self, stack: &mut Stack) {
        stack.push(SMOOTH[self.random.below(SMOOTH.len())]);
        stack.flow.is_bent = true;
        stack.flow.is_mixed = true;
    }

    /// `Mean` over the first dimension, or `GlobalAvgPool` over all others.
    fn mean(&mut self, stack: &mut Stack, layer: &str) {
        if !stack.flow.is_mixed {
            self.bend(stack);
        }
        let left = if layer == "Mean" { stack.flow.width() } else { stack.flow.shape[0] };
        stack.view(layer, vec![left]);
    }

    /// Something along the last axis.
    fn rows(&mut self, stack: &mut Stack) {
        let bias = !self.one_in(4);
        self.dense(stack, bias);
        match (self.random.below(8), stack.flow.width()) {
            (0, 3..) if bias => stack.norm("LayerNorm"),
            (1, 3..) if bias => stack.norm("RmsNorm"),
            (2, 2..) if bias => stack.norm("Softmax"),
            (3 | 4, _) => {}
            _ => self.activation(stack),
        }
    }

    fn dense(&mut self, stack: &mut Stack, bias: bool) {
        let (len, width) = (stack.flow.len(), stack.flow.width());
        let other = random_size(&mut self.random);
        let is_small = len * other <= MAX_WORK && len / width * other <= MAX_LEN;
        let other = if is_small { other } else { small(&mut self.random).min(5) };
        let is_known = |layer: &&Dense| layer.from == width && layer.to <= other;
        let known = self.layers.iter().flatten().find(is_known).map(|layer| layer.to);
        self.dense_to(stack, known.unwrap_or(other), bias);
    }

    fn dense_to(&mut self, stack: &mut Stack, width: usize, bias: bool) {
        let option = if bias { "" } else { ", bias = false" };
        let dense = Dense { from: stack.flow.width(), to: width, bias };
        let layer = format!("Dense<{}, {width}{option}>", dense.from);
        let rest = stack.flow.shape[..stack.flow.shape.len() - 1].to_vec();
        let shape = |last: usize| [&rest[..], &[last]].concat();
        let Some(layers) = &mut self.layers else { return stack.weights(layer, shape(width), bias) };
        match layers.iter().position(|other| [other.from, other.to] == [dense.from, dense.to]) {
            Some(number) => {
                let layer = match self.random.below(4) {
                    0 => layer,
                    2.. if layers[number] == dense => format!("w{number}"),
                    _ => format!("Dense<{}, {width}{option}, tied = w{number}>", dense.from),
                };
                stack.weights(layer, shape(width), bias);
            }
            None => {
                let (number, from) = (layers.len(), dense.from);
                layers.push(dense);
                stack.weights(format!("w{number}: {layer}"), shape(width), bias);
                if self.one_in(2) {
                    self.bend(stack);
                    stack.weights(format!("Dense<{width}, {from}>"), shape(from), true);
                    self.bend(stack);
                    stack.weights(format!("w{number}"), shape(width), bias);
                }
            }
        }
    }

    /// Gives a vector two or three dimensions.
    fn fold(&mut self, stack: &mut Stack) {
        let len = stack.flow.len();
        let mut shape = vec![divisor(&mut self.random, len)];
        if self.one_in(2) {
            shape.push(divisor(&mut self.random, len / shape[0]));
        }
        shape.push(len / shape.iter().product::<usize>());
        stack.view(format!("Reshape<{}>", join(&shape)), shape);
    }

    fn conv1d(&mut self, stack: &mut Stack) {
        let [channels, len] = stack.flow.shape[..] else { unreachable!("there are two dimensions") };
        let (mut to, work) = (small(&mut self.random), channels * len * 3);
        if work * to > MAX_WORK || len * to > MAX_LEN {
            to = 1;
        }
        match self.random.below(3) {
            0 if len >= 3 => stack.weights(format!("Conv1d<{channels}, {to}, 2>"), vec![to, len - 1], true),
            1 => stack.weights(format!("Conv1d<{channels}, {to}, 1>"), vec![to, len], true),
            _ => stack.weights(format!("Conv1d<{channels}, {to}, 3, padding = 1>"), vec![to, len], true),
        }
        // Each row depends on all of the rows before the convolution.
        if self.one_in(3) {
            stack.view("Last", vec![stack.flow.width()]);
        }
    }

    fn conv2d(&mut self, stack: &mut Stack) {
        let [channels, height, width] = stack.flow.image();
        let (mut to, work) = (small(&mut self.random), stack.flow.len() * 9);
        if work * to > MAX_WORK || height * width * to > MAX_LEN {
            to = 1 + self.random.below(2);
        }
        let norm = self.random.below(4);
        let bias = if norm == 0 { ", bias = false" } else { "" };
        let (layer, [height, width]) = match self.random.below(4) {
            // Of one weight, a norm leaves the sign.
            0 if channels > 1 => (format!("Conv2d<{channels}, {to}, 1{bias}>"), [height, width]),
            1 => (
                format!("Conv2d<{channels}, {to}, 3, stride = 2, padding = 1{bias}>"),
                [height.div_ceil(2), width.div_ceil(2)],
            ),
            _ => (format!("Conv2d<{channels}, {to}, 3, padding = 1{bias}>"), [height, width]),
        };
        // A norm undoes a bias of its channels, and hides the scale of what it normalises.
        if norm == 0 && !stack.flow.is_bent {
            self.bend(stack);
        }
        stack.weights(layer, vec![to, height, width], norm != 0);
        match norm {
            // Its running means follow one use.
            0 if stack.flow.len() > to && !self.is_shared => stack.norm(format!("BatchNorm2d<{to}>")),
            1 if to > 2 => {
                self.bend(stack);
                let groups = [1, to / 3][usize::from(to.is_multiple_of(3))];
                stack.norm(format!("GroupNorm<{groups}, {to}>"));
            }
            _ => {}
        }
        if !self.one_in(3) {
            self.activation(stack);
        }
    }

    /// A pool behind a convolution, which hands on what the pool drops.
    fn pool(&mut self, stack: &mut Stack) {
        let [from, height, width] = stack.flow.image();
        let channels = 1 + self.random.below(3);
        let layer = format!("Conv2d<{from}, {channels}, 3, padding = 1>");
        stack.weights(layer, vec![channels, height, width], true);
        match self.random.below(3) {
            0 if height > 1 && width > 1 => stack.view("MaxPool2d<2>", vec![channels, height / 2, width / 2]),
            1 if height > 2 && width > 2 => {
                stack.view("AvgPool2d<3, stride = 1>", vec![channels, height - 2, width - 2]);
            }
            _ => stack.view("MaxPool2d<3, stride = 1, padding = 1>", vec![channels, height, width]),
        }
    }

    /// `Sum`, `Product`, `Concat` or `Residual`.
    fn combinator(&mut self, stack: &mut Stack, depth: usize) {
        let here = stack.flow.clone();
        let shape = if self.one_in(2) { here.shape.clone() } else { self.any_shape() };
        let name = ["Residual", "Sum", "Product", "Concat"][self.random.below(4)];
        let count = 2 + usize::from(name != "Residual" && self.one_in(3));
        // The stack that reads what stands before, as others may; the macro wants one.
        let reader = self.random.below(count);
        let combined = match name {
            "Concat" => {
                let axis = self.random.below(shape.len());
                let arms = (0..count).map(|i| {
                    let mut shape = shape.clone();
                    if self.one_in(2) {
                        shape[axis] = small(&mut self.random).min(5);
                    }
                    self.arm(&here, &shape, depth, i == reader)
                });
                let name = if axis == 0 { "Concat".to_owned() } else { format!("Concat<axis = {axis}>") };
                combine(&name, arms.collect(), |ends| {
                    let mut whole = shape.clone();
                    whole[axis] = ends.iter().map(|end| end.shape[axis]).sum();
                    whole
                })
            }
            "Residual" => {
                let mut branch = self.arm(&here, &shape, depth, reader == 0);
                // A branch that computes nothing is refused.
                self.bend(&mut branch);
                let shortcut = self.arm(&here, &shape, depth, reader == 1);
                combine("Residual", vec![branch, shortcut], |_| shape.clone())
            }
            _ => {
                let mut ends: Vec<Stack> = (0..count).map(|i| self.arm(&here, &shape, depth, i == reader)).collect();
                if name == "Product" {
                    // All factors but one are below 1, so that products of products stay so.
                    for end in &mut ends[1..] {
                        end.push(if self.one_in(2) { "Tanh" } else { "Sigmoid" });
                        end.flow.is_bent = true;
                        end.flow.is_mixed = true;
                    }
                }
                combine(name, ends, |_| shape.clone())
            }
        };
        stack.layers.extend(combined.layers);
        stack.flow = combined.flow;
    }

    /// A stack of a combinator: what gives a shape.
    fn arm(&mut self, here: &Flow, shape: &[usize], depth: usize, reads_here: bool) -> Stack {
        let mut stack = Stack { layers: Vec::new(), flow: here.clone() };
        if !reads_here && self.one_in(2) {
            stack = self.begin();
        }
        if self.one_in(2) {
            self.layer(&mut stack, depth);
        }
        self.lead_to(&mut stack, shape);
        stack
    }

    /// A shape that some value has.
    fn any_shape(&mut self) -> Vec<usize> {
        let index = self.random.below(self.values.len());
        self.values[index].flow.shape.clone()
    }

    /// Gives a stack an end of this shape.
    fn lead_to(&mut self, stack: &mut Stack, shape: &[usize]) {
        let [.., width] = *shape else { unreachable!("no shape is empty") };
        let found = stack.flow.shape.clone();
        if found == shape {
            return;
        }
        if found[..found.len() - 1] == shape[..shape.len() - 1] {
            return self.dense_to(stack, width, true);
        }
        match (&found[..], shape) {
            (&[from, height, width], &[to, ..]) if [height, width] == shape[1..] => {
                return stack.weights(format!("Conv2d<{from}, {to}, 1>"), shape.to_vec(), true);
            }
            (&[rows, columns], &[to_rows, to_columns]) if rows == to_columns && columns == to_rows => {
                return stack.view("Transpose", shape.to_vec());
            }
            _ => {}
        }
        let len = shape.iter().product();
        if stack.flow.len() * len > MAX_WORK {
            match found.len() {
                1 => {}
                2 => self.mean(stack, "Mean"),
                _ => self.mean(stack, "GlobalAvgPool"),
            }
        }
        stack.flatten();
        if stack.flow.len() != len {
            self.dense_to(stack, len, true);
        }
        if shape.len() > 1 {
            stack.view(format!("Reshape<{}>", join(shape)), shape.to_vec());
        }
    }
}

/// What a function gives.
fn flow_of(function: &Function) -> Flow {
    let result = function.result();
    Flow { shape: result.shape.clone(), is_bent: result.is_bent, is_mixed: result.is_mixed }
}

/// A combinator, whose shape is what its stacks' results say.
fn combine(name: &str, arms: Vec<Stack>, shape: impl Fn(&[Flow]) -> Vec<usize>) -> Stack {
    let mut text: Vec<String> =
        arms.iter().map(|arm| arm.layers.iter().map(|layer| format!(" -> {layer}")).collect()).collect();
    // The shortcut of a residual is its input where it says nothing else.
    if name == "Residual" && text[1].is_empty() {
        text.pop();
    }
    let text: Vec<&str> = text.iter().map(|arm| arm.trim_start_matches(" ->")).collect();
    let ends: Vec<Flow> = arms.into_iter().map(|arm| arm.flow).collect();
    let flow = Flow {
        shape: shape(&ends),
        is_bent: ends.iter().all(|end| end.is_bent),
        is_mixed: ends.iter().all(|end| end.is_mixed),
    };
    Stack { layers: vec![format!("{name} {{{} }}", text.join(" |"))], flow }
}

fn small(random: &mut Random) -> usize {
    SIZES[random.below(SIZES.len())]
}

fn random_size(random: &mut Random) -> usize {
    if random.below(12) == 0 { WIDE } else { small(random) }
}

fn divisor(random: &mut Random, len: usize) -> usize {
    let divisors: Vec<usize> = (1..=len).filter(|divisor| len.is_multiple_of(*divisor)).collect();
    divisors[random.below(divisors.len())]
}

fn join(sizes: &[usize]) -> String {
    sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}
