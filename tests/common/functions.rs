//! Random functions of values, as text for `network!` and as a list of operations that a test evaluates.
//!
//! Values stay of order 1, and no logarithm, root or reciprocal comes near 0. Each input and each learned tensor has a gradient other
//! than 0: where only functions read it that may pass none back, such as `max`, a smooth function of it is added to the result.

use super::random::Random;

/// Sizes that no tile, vector or chunk divides.
const SIZES: [usize; 5] = [1, 2, 3, 5, 17];
/// The most values of a sample.
const MAX_LEN: usize = 300;
/// The most axes of a value.
const MAX_AXES: usize = 3;
/// The most learned tensors.
const MAX_PARAMS: usize = 3;
/// What bounded values are scaled to.
const MAX_BOUND: f64 = 8.0;
/// The greatest power of the inputs that a value grows with.
const MAX_DEGREE: usize = 2;
/// Smooth functions with bounded values, and without a place where all that they pass back is 0.
const BENDS: [&str; 4] = ["tanh", "sin", "sigmoid", "erf"];

/// How a value follows from others. Functions have the names that `network!` has for them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Op {
    Input,
    Param,
    Number(f64),
    /// Value by value, of values that are broadcast; `neg` is `-x`.
    Each(&'static str),
    /// Along an axis, or along all; whether an axis of 1 is left.
    Reduce(&'static str, Option<usize>, bool),
    Transpose,
    Reshape,
    MatMul,
    OneHot(usize),
    Gather(usize),
}

#[derive(Debug)]
pub struct Node {
    pub op: Op,
    /// The values that it reads, by their numbers.
    pub of: Vec<usize>,
    pub shape: Vec<usize>,
    /// What its values lie between, whatever the inputs are.
    bounds: [f64; 2],
    /// The power of the inputs that it grows with.
    degree: usize,
    /// The inputs and learned tensors that it passes a gradient to, by their numbers.
    reaches: Vec<usize>,
    /// Whether it may be 0 for all samples.
    may_vanish: bool,
    /// Whether nothing has been added since the last function that is not linear.
    pub is_bent: bool,
    /// Whether a sum along any axis depends on the input, unlike that of a softmax.
    pub is_mixed: bool,
}

/// A function: its inputs come first, and its result last.
#[derive(Debug)]
pub struct Function {
    pub nodes: Vec<Node>,
    /// The number of inputs.
    pub inputs: usize,
    /// Whether the last size of the first learned tensor is one that a use gives.
    is_sized: bool,
}

/// What a function may have.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// Learned tensors.
    pub has_params: bool,
    /// `detach`, with which a gradient is not that of what is computed.
    pub detaches: bool,
}

/// The function of a network of its own, the same for the same seed and index.
pub fn function(seed: u64, index: u64) -> Function {
    let mut random = Random(seed);
    random.0 = random.word() ^ (index << 32);
    let inputs = Vec::from_iter((0..[1, 1, 2, 3][random.below(4)]).map(|_| {
        let axes = 1 + random.below(MAX_AXES);
        let mut shape = Vec::from_iter((0..axes).map(|_| SIZES[random.below(SIZES.len())]));
        while len(&shape) > MAX_LEN / 2 {
            *shape.iter_mut().max().expect("there is an axis") = 3;
        }
        shape
    }));
    let operations = 4 + random.below(8);
    Function::new(&mut random, &inputs, operations, Parts { has_params: true, detaches: true })
}

/// The definition of a function, and a network that gives what it gives, without `struct`.
pub fn network(seed: u64, index: u64) -> [String; 2] {
    let function = function(seed, index);
    let (own, name) = (format!("seed{seed}_function{index}"), format!("Seed{seed}Function{index}"));
    let names = &["x", "y", "z"][..function.inputs];
    let inputs = names.iter().zip(&function.nodes).map(|(name, node)| format!("{name}: {:?}", node.shape));
    let inputs = Vec::from_iter(inputs).join(", ");
    [function.definition(&own), format!("{name}({inputs}) {{\n    {}\n}}", function.call(&own, names))]
}

impl Function {
    /// A function of values of these shapes, with about so many operations.
    pub fn new(random: &mut Random, inputs: &[Vec<usize>], operations: usize, parts: Parts) -> Self {
        let mut maker = Maker { random, nodes: Vec::new(), parts };
        for shape in inputs {
            maker.leaf(Op::Input, shape.clone());
        }
        for _ in 0..operations {
            maker.operation();
        }
        maker.finish();
        let nodes = maker.nodes;
        let is_sized = nodes.iter().any(|node| node.op == Op::Param) && random.below(2) == 0;
        Function { nodes, inputs: inputs.len(), is_sized }
    }

    pub fn result(&self) -> &Node {
        self.nodes.last().expect("there is a result")
    }

    /// The learned tensors, by their numbers.
    pub fn params(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|&id| self.nodes[id].op == Op::Param).collect()
    }

    fn size(&self) -> Option<usize> {
        let first = *self.params().first().filter(|_| self.is_sized)?;
        self.nodes[first].shape.last().copied()
    }

    /// `fn name<C>(x, w0: Param<[C]> = 0.5) { .. }`
    pub fn definition(&self, name: &str) -> String {
        let names = ["x", "y", "z"].map(str::to_owned);
        let mut params = names[..self.inputs].to_vec();
        for (number, id) in self.params().into_iter().enumerate() {
            let mut shape = format!("{:?}", self.nodes[id].shape);
            if let (0, Some(size)) = (number, self.size()) {
                shape = format!("{}C]", &shape[..shape.len() - 1 - size.to_string().len()]);
            }
            params.push(format!("w{number}: Param<{shape}> = 0.5"));
        }
        let mut uses = vec![0; self.nodes.len()];
        self.nodes.iter().flat_map(|node| &node.of).for_each(|&id| uses[id] += 1);
        let (mut lets, mut texts) = (String::new(), Vec::new());
        for (id, node) in self.nodes.iter().enumerate() {
            let is_leaf = matches!(node.op, Op::Input | Op::Param | Op::Number(_));
            let mut text = self.text(id, &names, &texts);
            if uses[id] > 1 && !is_leaf {
                lets += &format!("    let v{id} = {text};\n");
                text = format!("v{id}");
            }
            texts.push(text);
        }
        let sizes = if self.is_sized { "<C>" } else { "" };
        format!("fn {name}{sizes}({}) {{\n{lets}    {}\n}}", params.join(", "), texts[self.nodes.len() - 1])
    }

    /// A call of it.
    pub fn call(&self, name: &str, arguments: &[&str]) -> String {
        let sizes = self.size().map_or(String::new(), |size| format!("::<{size}>"));
        format!("{name}{sizes}({})", arguments.join(", "))
    }

    /// It as a layer.
    pub fn layer(&self, name: &str) -> String {
        format!("{name}{}", self.size().map_or(String::new(), |size| format!("<{size}>")))
    }

    /// Its body as one expression.
    pub fn expression(&self, arguments: &[String]) -> String {
        let mut texts: Vec<String> = Vec::new();
        for id in 0..self.nodes.len() {
            texts.push(self.text(id, arguments, &texts));
        }
        texts.pop().expect("there is a result")
    }

    /// One operation, of values with these texts.
    fn text(&self, id: usize, inputs: &[String], texts: &[String]) -> String {
        let node = &self.nodes[id];
        let of = Vec::from_iter(node.of.iter().map(|&id| texts[id].as_str()));
        let sizes = || Vec::from_iter(node.shape.iter().map(usize::to_string)).join(", ");
        match node.op {
            Op::Input => inputs[id].clone(),
            Op::Param => format!("w{}", self.params().iter().position(|&param| param == id).expect("it is one")),
            Op::Number(number) => format!("{number:?}"),
            Op::Each("neg") => format!("(-{})", of[0]),
            Op::Each(name) if !name.starts_with(char::is_alphabetic) => format!("({} {name} {})", of[0], of[1]),
            Op::Each(name) => format!("{name}({})", of.join(", ")),
            Op::Reduce(name, axis, keep) => {
                let axis = axis.map_or(String::new(), |axis| format!(", axis = {axis}"));
                format!("{name}({}{axis}{})", of[0], if keep { ", keep = true" } else { "" })
            }
            Op::Transpose => format!("transpose({})", of[0]),
            Op::Reshape => format!("reshape({}, {})", of[0], sizes()),
            Op::MatMul => format!("matmul({}, {})", of[0], of[1]),
            Op::OneHot(classes) => format!("one_hot({}, {classes})", of[0]),
            Op::Gather(axis) => format!("gather({}, {}, axis = {axis})", of[0], of[1]),
        }
    }
}

/// The shape of values that are broadcast together.
fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let axes = a.len().max(b.len());
    let size = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(axes).map_or(1, |axis| shape[axis]);
    let both = (0..axes).map(|axis| match [size(a, axis), size(b, axis)] {
        [a, b] if a == b || b == 1 => Some(a),
        [1, b] => Some(b),
        _ => None,
    });
    both.collect()
}

fn len(shape: &[usize]) -> usize {
    shape.iter().product()
}

struct Maker<'r> {
    random: &'r mut Random,
    nodes: Vec<Node>,
    parts: Parts,
}

impl Maker<'_> {
    fn one_in(&mut self, count: usize) -> bool {
        self.random.below(count) == 0
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.random.below(all.len())]
    }

    fn shape(&self, id: usize) -> Vec<usize> {
        self.nodes[id].shape.clone()
    }

    fn leaf(&mut self, op: Op, shape: Vec<usize>) -> usize {
        let (id, bounds) = (self.nodes.len(), [f64::NEG_INFINITY, f64::INFINITY]);
        let node = Node {
            op,
            of: Vec::new(),
            shape,
            bounds,
            degree: 1,
            reaches: vec![id],
            may_vanish: false,
            is_bent: false,
            is_mixed: true,
        };
        self.nodes.push(node);
        id
    }

    fn number(&mut self, number: f64) -> usize {
        let id = self.leaf(Op::Number(number), Vec::new());
        let node = &mut self.nodes[id];
        (node.bounds, node.degree, node.is_bent) = ([number; 2], 0, true);
        node.reaches.clear();
        id
    }

    /// A function value by value.
    fn each(&mut self, name: &'static str, of: &[usize]) -> usize {
        let mut shape = Vec::new();
        for &id in of {
            shape = broadcast(&shape, &self.nodes[id].shape).expect("the shapes go together");
        }
        let nodes = Vec::from_iter(of.iter().map(|&id| &self.nodes[id]));
        let bounds = bounds(name, &Vec::from_iter(nodes.iter().map(|node| node.bounds)));
        let degrees = Vec::from_iter(nodes.iter().map(|node| node.degree));
        let most = degrees.iter().copied().max().unwrap_or(0);
        let degree = match name {
            _ if bounds.iter().all(|bound| bound.is_finite()) => 0,
            "*" | "mul_add" => (degrees[0] + degrees[1]).max(most),
            "square" => 2 * most,
            "log" | "log1p" | "sqrt" => 1,
            _ => most,
        };
        let (is_sum, is_product) = (["+", "-"].contains(&name), name == "*");
        let others = |id: usize| of.iter().filter(move |&&other| other != id).map(|&other| &self.nodes[other]);
        let mut reaches = Vec::new();
        for &id in of {
            let passes = match name {
                "max" | "min" | "clamp" | "select" | "relu" | "detach" => false,
                "<" | "<=" | ">" | ">=" | "==" | "!=" => false,
                "*" | "/" | "mul_add" => others(id).all(|other| !other.may_vanish),
                _ => true,
            };
            if passes {
                reaches.extend(&self.nodes[id].reaches);
            }
        }
        let may_vanish = match name {
            "relu" | "max" | "min" | "clamp" | "<" | "<=" | ">" | ">=" | "==" | "!=" => true,
            "+" | "-" | "exp" | "cos" | "sigmoid" | "softplus" | "normal_cdf" => false,
            _ => nodes.iter().any(|node| node.may_vanish),
        };
        let is_linear = is_sum || ["neg", "detach"].contains(&name) || is_product && degrees.contains(&0);
        let is_bent = !is_linear || nodes.iter().all(|node| node.is_bent);
        let is_mixed = !is_linear || nodes.iter().all(|node| node.is_mixed);
        let of = of.to_vec();
        self.nodes.push(Node { op: Op::Each(name), of, shape, bounds, degree, reaches, may_vanish, is_bent, is_mixed });
        self.nodes.len() - 1
    }

    /// What moves or chooses values of the first.
    fn moved(&mut self, op: Op, of: &[usize], shape: Vec<usize>) -> usize {
        let Node { bounds, degree, may_vanish, is_bent, is_mixed, .. } = self.nodes[of[0]];
        let (of, reaches) = (of.to_vec(), self.nodes[of[0]].reaches.clone());
        self.nodes.push(Node { op, of, shape, bounds, degree, reaches, may_vanish, is_bent, is_mixed });
        self.nodes.len() - 1
    }

    fn reduce(&mut self, name: &'static str, of: usize, axis: Option<usize>, keep: bool) -> usize {
        let own = self.shape(of);
        let mut shape = own.clone();
        match axis {
            None if keep => shape.fill(1),
            None => shape = vec![1],
            Some(axis) if keep || shape.len() == 1 => shape[axis] = 1,
            Some(axis) => drop(shape.remove(axis)),
        }
        if name == "softmax" {
            shape.clone_from(&own);
        }
        let count = axis.map_or(len(&own), |axis| own[axis]) as f64;
        let id = self.moved(Op::Reduce(name, axis, keep), &[of], shape);
        let node = &mut self.nodes[id];
        let [low, high] = node.bounds;
        match name {
            "sum" => node.bounds = [low * count, high * count],
            "norm" => node.bounds = [0.0, low.abs().max(high.abs()) * count.sqrt()],
            "logsumexp" => node.bounds = [low + count.ln(), high + count.ln()],
            "softmax" => (node.bounds, node.degree, node.is_mixed) = ([0.0, 1.0], 0, false),
            "argmax" => {
                (node.bounds, node.degree, node.may_vanish) = ([0.0, count - 1.0], 0, true);
                node.reaches.clear();
            }
            _ => {}
        }
        if ["max", "min"].contains(&name) && count > 1.0 {
            node.may_vanish = true;
            node.reaches.clear();
        }
        id
    }

    /// A bounded function of a value.
    fn bend(&mut self, id: usize) -> usize {
        let name = self.one_of(&BENDS);
        self.each(name, &[id])
    }

    /// A value of order 1.
    fn tame(&mut self, id: usize) -> usize {
        let Node { bounds: [low, high], degree, .. } = self.nodes[id];
        let greatest = low.abs().max(high.abs());
        if degree > MAX_DEGREE {
            return self.bend(id);
        }
        if degree > 0 || greatest <= MAX_BOUND {
            return id;
        }
        let factor = self.number((1.0 / greatest).log2().ceil().exp2());
        self.each("*", &[id, factor])
    }

    /// A value of 1/4 or more.
    fn positive(&mut self, id: usize) -> usize {
        if self.nodes[id].bounds[0] >= 0.25 {
            return id;
        }
        let (name, offset) = match self.random.below(3) {
            0 => ("abs", 0.5),
            1 => (self.one_of(&["tanh", "cos", "sin"]), 1.5),
            _ if self.nodes[id].degree <= 1 => ("square", 0.75),
            _ => ("softplus", 0.25),
        };
        let (offset, value) = (self.number(offset), self.each(name, &[id]));
        self.each("+", &[offset, value])
    }

    /// A value of 2 or less.
    fn below_two(&mut self, id: usize) -> usize {
        match self.random.below(3) {
            _ if self.nodes[id].bounds[1] <= 2.0 => id,
            0 => self.bend(id),
            number => {
                let name = if number == 1 || self.nodes[id].degree > 1 { "abs" } else { "square" };
                let value = self.each(name, &[id]);
                self.each("neg", &[value])
            }
        }
    }

    /// A value that has axes, mostly one that nothing has read yet.
    fn pick(&mut self) -> usize {
        let all = Vec::from_iter((0..self.nodes.len()).filter(|&id| !self.nodes[id].shape.is_empty()));
        let unread = Vec::from_iter(all.iter().copied().filter(|id| !self.is_read(*id)));
        let id = if unread.is_empty() || self.one_in(3) { self.one_of(&all) } else { self.one_of(&unread) };
        self.tame(id)
    }

    fn is_read(&self, id: usize) -> bool {
        self.nodes.iter().any(|node| node.of.contains(&id))
    }

    /// Something that goes with a value: another, a learned tensor, or a number.
    fn partner(&mut self, id: usize) -> usize {
        if self.one_in(6) {
            let number = self.one_of(&[0.25, 0.5, 1.0, 1.5, 3.0]);
            return self.number(number);
        }
        let shape = self.shape(id);
        let fits = |other: usize| {
            let both = broadcast(&shape, &self.nodes[other].shape);
            other != id && !self.nodes[other].shape.is_empty() && both.is_some_and(|both| len(&both) <= MAX_LEN)
        };
        let others = Vec::from_iter((0..self.nodes.len()).filter(|&other| fits(other)));
        if others.is_empty() || self.one_in(3) {
            let mut own = Vec::from_iter(shape.iter().map(|&size| if self.one_in(3) { 1 } else { size }));
            while own.len() > 1 && own[0] == 1 {
                own.remove(0);
            }
            if let Some(param) = self.param(own) {
                return param;
            }
        }
        match others.as_slice() {
            [] => self.number(0.5),
            others => {
                let other = self.one_of(others);
                self.tame(other)
            }
        }
    }

    fn param(&mut self, shape: Vec<usize>) -> Option<usize> {
        let count = self.nodes.iter().filter(|node| node.op == Op::Param).count();
        (self.parts.has_params && count < MAX_PARAMS).then(|| self.leaf(Op::Param, shape))
    }

    /// 1 or 0 for each value, and what it compares.
    fn comparison(&mut self) -> usize {
        let a = self.pick();
        let b = self.partner(a);
        let name = self.one_of(&["<", "<=", ">", ">=", "<", ">", "==", "!="]);
        self.each(name, &[a, b])
    }

    /// An operation, with what has to come before it and behind it.
    fn operation(&mut self) {
        match self.random.below(22) {
            0..=3 => self.smooth(),
            4 => {
                let (a, name) = (self.pick(), self.one_of(&["abs", "relu", "abs"]));
                self.each(name, &[a]);
            }
            5..=7 => self.arithmetic(),
            8 | 9 => {
                let a = self.pick();
                let (b, name) = (self.partner(a), self.one_of(&["max", "min"]));
                self.each(name, &[a, b]);
            }
            10 | 11 => self.choice(),
            12 | 13 => self.sum(),
            14 => {
                let a = self.pick();
                let (name, a) = (self.one_of(&["max", "min", "argmax"]), self.tame(a));
                let (axis, keep) = self.axis(a);
                self.reduce(name, a, axis, keep);
            }
            15 => self.softmax(),
            16 | 17 => self.product(),
            18 => self.turn(),
            19 => self.gather(),
            20 => self.one_hot(),
            _ if self.parts.detaches => {
                let a = self.pick();
                let (b, a) = (self.partner(a), self.each("detach", &[a]));
                self.each("*", &[a, b]);
            }
            _ => {}
        }
    }

    fn smooth(&mut self) {
        let a = self.pick();
        let names = [
            "exp",
            "log",
            "log1p",
            "tanh",
            "sigmoid",
            "erf",
            "normal_cdf",
            "sin",
            "cos",
            "sqrt",
            "rsqrt",
            "recip",
            "square",
            "softplus",
            "neg",
        ];
        let name = self.one_of(&names);
        let a = match name {
            "exp" => self.below_two(a),
            "log" | "log1p" | "sqrt" | "rsqrt" | "recip" => self.positive(a),
            "square" if self.nodes[a].degree > 1 => self.bend(a),
            _ => a,
        };
        self.each(name, &[a]);
    }

    fn arithmetic(&mut self) {
        let a = self.pick();
        let b = self.partner(a);
        match self.random.below(5) {
            0 => self.each("+", &[a, b]),
            // What has been added is not taken away again.
            1 => {
                let b = self.bend_of(b);
                self.each("-", &[a, b])
            }
            2 => {
                let b = self.positive(b);
                self.each("/", &[a, b])
            }
            3 => {
                let (a, b) = (self.bend(a), self.bend_of(b));
                let c = self.shape(a).len().min(self.shape(b).len());
                let c = if c == 0 { self.number(0.5) } else { self.partner_of_both(a, b) };
                self.each("mul_add", &[a, b, c])
            }
            _ => self.each("*", &[a, b]),
        };
    }

    /// A bounded function of a value, or the number.
    fn bend_of(&mut self, id: usize) -> usize {
        if self.nodes[id].shape.is_empty() { id } else { self.bend(id) }
    }

    /// One of two values, to go with both of them.
    fn partner_of_both(&mut self, a: usize, b: usize) -> usize {
        let id = self.one_of(&[a, b]);
        self.bend(id)
    }

    /// `select`, `clamp`, or a value times 1 or 0.
    fn choice(&mut self) {
        match self.random.below(3) {
            0 => {
                let condition = self.comparison();
                let a = self.partner(condition);
                let b = if self.nodes[a].shape.is_empty() { condition } else { self.each("neg", &[a]) };
                self.each("select", &[condition, a, b]);
            }
            1 => {
                let a = self.pick();
                let low = self.partner(a);
                let (width, low) = (self.number(0.5), self.bend_of(low));
                let high = self.each("+", &[low, width]);
                self.each("clamp", &[a, low, high]);
            }
            _ => {
                let condition = self.comparison();
                let a = self.partner(condition);
                self.each("*", &[condition, a]);
            }
        }
    }

    fn axis(&mut self, id: usize) -> (Option<usize>, bool) {
        let axes = self.nodes[id].shape.len();
        let axis = (!self.one_in(4)).then(|| self.random.below(axes));
        (axis, self.one_in(2))
    }

    /// A value whose sums depend on the inputs.
    fn mixed(&mut self, id: usize) -> usize {
        if self.nodes[id].is_mixed { id } else { self.bend(id) }
    }

    fn sum(&mut self) {
        let a = self.pick();
        let (a, name) = (self.mixed(a), self.one_of(&["sum", "mean", "norm", "sum", "mean"]));
        // At 0 a norm has no gradient.
        let a = if name == "norm" { self.positive(a) } else { a };
        let (axis, keep) = self.axis(a);
        let sum = self.reduce(name, a, axis, keep);
        if name == "sum" && len(&self.shape(a)) > 8 {
            let factor = self.number(0.125);
            self.each("*", &[sum, factor]);
        }
    }

    fn softmax(&mut self) {
        let a = self.pick();
        let a = if self.nodes[a].is_bent && self.nodes[a].is_mixed { a } else { self.bend(a) };
        let shape = self.shape(a);
        let (axis, keep) = self.axis(a);
        if self.one_in(3) {
            self.reduce("logsumexp", a, axis, keep);
        } else if axis.map_or(len(&shape), |axis| shape[axis]) > 1 {
            self.reduce("softmax", a, axis, false);
        }
    }

    /// A matrix product, scaled by about the number of its terms.
    fn product(&mut self) {
        let a = self.pick();
        let shape = self.shape(a);
        let [outer @ .., rows, inner] = shape.as_slice() else { return };
        let columns = self.one_of(&SIZES);
        let narrow = if len(outer) * rows * columns > MAX_LEN { 1 } else { columns };
        let learned = if self.one_in(2) { self.param(vec![*inner, narrow]) } else { None };
        let (a, b, columns) = match learned {
            Some(b) => (a, b, narrow),
            None if len(outer) * rows * rows > MAX_LEN => return,
            None => {
                let (a, b) = (if self.nodes[a].degree > 1 { self.bend(a) } else { a }, self.bend(a));
                let turned = [outer, &[*inner, *rows]].concat();
                (a, self.moved(Op::Transpose, &[b], turned), *rows)
            }
        };
        let degree = self.nodes[a].degree + self.nodes[b].degree;
        let reaches = [&self.nodes[a], &self.nodes[b]].map(|node| node.reaches.clone()).concat();
        let is_bent = self.nodes[a].is_bent && self.nodes[b].is_bent;
        let may_vanish = self.nodes[a].may_vanish || self.nodes[b].may_vanish;
        let product = self.moved(Op::MatMul, &[a, b], [outer, &[*rows, columns]].concat());
        let node = &mut self.nodes[product];
        let reaches = if may_vanish { Vec::new() } else { reaches };
        (node.degree, node.reaches, node.is_bent, node.may_vanish) = (degree, reaches, is_bent, may_vanish);
        // Sums are not bounded by what bounds their terms.
        node.bounds = [f64::NEG_INFINITY, f64::INFINITY];
        node.degree = degree.max(1);
        if *inner > 1 {
            let factor = self.number((1.0 / *inner as f64).log2().ceil().exp2() * 0.5);
            self.each("*", &[product, factor]);
        }
    }

    /// Other axes for the same values.
    fn turn(&mut self) {
        let a = self.pick();
        let mut shape = self.shape(a);
        if shape.len() > 1 && self.one_in(2) {
            let last = shape.len() - 1;
            shape.swap(last - 1, last);
            self.moved(Op::Transpose, &[a], shape);
            return;
        }
        let all = len(&shape);
        let divisors = Vec::from_iter((1..=all).filter(|divisor| all.is_multiple_of(*divisor)));
        let rows = self.one_of(&divisors);
        let shape = if self.one_in(3) { vec![all] } else { vec![rows, all / rows] };
        self.moved(Op::Reshape, &[a], shape);
    }

    /// Numbers from 0 on to about this bound: those of greatest values, or parts of values.
    fn indices(&mut self, of: usize, bound: usize) -> usize {
        let (value, factor) = (self.each("abs", &[of]), self.number(0.5 * bound as f64));
        self.each("*", &[value, factor])
    }

    fn gather(&mut self) {
        let a = self.pick();
        let shape = self.shape(a);
        let axis = self.random.below(shape.len());
        let indices = if self.one_in(2) {
            self.reduce("argmax", a, Some(axis), true)
        } else {
            let fits = |other: &Node| {
                let mut found = other.shape.clone();
                found.len() == shape.len() && {
                    found[axis] = shape[axis];
                    found == shape && len(&other.shape) <= MAX_LEN
                }
            };
            let all = Vec::from_iter((0..self.nodes.len()).filter(|&id| fits(&self.nodes[id])));
            let of = self.one_of(&all);
            self.indices(of, shape[axis])
        };
        let found = self.shape(indices);
        let gathered = self.moved(Op::Gather(axis), &[a, indices], found);
        // It may leave a value out.
        self.nodes[gathered].may_vanish = true;
        self.nodes[gathered].reaches.clear();
    }

    fn one_hot(&mut self) {
        let a = self.pick();
        let classes = 2 + self.random.below(4);
        let mut shape = self.shape(a);
        if shape.len() >= MAX_AXES || len(&shape) * classes > MAX_LEN {
            return;
        }
        let indices = self.indices(a, classes);
        shape.push(classes);
        let one_hot = self.moved(Op::OneHot(classes), &[indices], shape);
        let node = &mut self.nodes[one_hot];
        (node.bounds, node.degree, node.may_vanish, node.is_bent) = ([0.0, 1.0], 0, true, true);
        node.reaches.clear();
    }

    /// Two values as one, whatever their shapes are.
    fn join(&mut self, name: &'static str, a: usize, b: usize) -> usize {
        let both = broadcast(&self.nodes[a].shape, &self.nodes[b].shape).filter(|both| len(both) <= MAX_LEN);
        if both.is_some() {
            return self.each(name, &[a, b]);
        }
        let b = self.mixed(b);
        let b = self.reduce("mean", b, None, false);
        self.each(name, &[a, b])
    }

    /// Puts what nothing has read into the result, and smooth functions of what has no gradient yet.
    fn finish(&mut self) {
        let is_leaf = |node: &Node| matches!(node.op, Op::Input | Op::Param);
        let count = self.nodes.len();
        let unread = Vec::from_iter((0..count).filter(|&id| !self.is_read(id) && !is_leaf(&self.nodes[id])));
        let mut result = None;
        for id in unread {
            let id = self.tame(id);
            let name = self.one_of(&["+", "-", "+"]);
            let id = if name == "-" { self.bend(id) } else { id };
            result = Some(match result {
                None => id,
                Some(result) => self.join(name, result, id),
            });
        }
        let leaves = Vec::from_iter((0..count).filter(|&id| is_leaf(&self.nodes[id])));
        let mut result = result.unwrap_or(0);
        for leaf in leaves {
            if !self.nodes[result].reaches.contains(&leaf) || result == leaf {
                let bent = self.bend(leaf);
                result = self.join("+", result, bent);
            }
        }
    }
}

/// What the values of a function lie between.
fn bounds(name: &str, of: &[[f64; 2]]) -> [f64; 2] {
    const ALL: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];
    let [low, high] = of[0];
    let around = |points: &[f64]| {
        let points = points.iter().map(|x| if x.is_nan() { 0.0 } else { *x });
        points.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)])
    };
    let least = if low <= 0.0 && high >= 0.0 { 0.0 } else { low.abs().min(high.abs()) };
    let rising = |f: fn(f64) -> f64| [f(low), f(high)];
    match (name, of) {
        ("neg", _) => [-high, -low],
        ("abs", _) => [least, low.abs().max(high.abs())],
        ("square", _) => [least * least, (low * low).max(high * high)],
        ("exp", _) => rising(f64::exp),
        ("log", _) => rising(f64::ln),
        ("log1p", _) => rising(f64::ln_1p),
        ("sqrt", _) => rising(f64::sqrt),
        ("rsqrt", _) => [high.sqrt().recip(), low.sqrt().recip()],
        ("recip", _) => [high.recip(), low.recip()],
        ("tanh", _) => rising(f64::tanh),
        ("sigmoid", _) => rising(|x| (1.0 + (-x).exp()).recip()),
        ("softplus", _) => rising(|x| x.max(0.0) + (-x.abs()).exp().ln_1p()),
        ("relu", _) => [low.max(0.0), high.max(0.0)],
        ("erf" | "sin" | "cos", _) => [-1.0, 1.0],
        ("normal_cdf" | "<" | "<=" | ">" | ">=" | "==" | "!=", _) => [0.0, 1.0],
        ("detach", _) => of[0],
        ("+", [_, [a, b]]) => [low + a, high + b],
        ("-", [_, [a, b]]) => [low - b, high - a],
        ("*", [_, [a, b]]) => around(&[low * a, low * b, high * a, high * b]),
        ("/", [_, [a, b]]) => around(&[low / a, low / b, high / a, high / b]),
        ("max", [_, [a, b]]) => [low.max(*a), high.max(*b)],
        ("min", [_, [a, b]]) => [low.min(*a), high.min(*b)],
        ("clamp", [_, [a, _], [_, b]]) => [*a, *b],
        ("select", [_, [a, b], [c, d]]) => [a.min(*c), b.max(*d)],
        ("mul_add", [_, b, c]) => {
            let [low, high] = bounds("*", &[of[0], *b]);
            [low + c[0], high + c[1]]
        }
        _ => ALL,
    }
}
