//! The steps of an expression: neighbouring functions of numbers are one program.

use loom_ir::layers as ir;
use loom_ir::plan::{Argument, Program, Role};
use loom_ir::{Layer, Read, Shape as ReadShape};

use super::builtin::Builtin;
use super::graph::{Graph, Id, What, argument};
use super::program::{Formula, Leaf, ProgramBuf};
use crate::entry::{Shape, product};

/// An expression as steps. Its values are what it reads, and then what each operation gives.
#[derive(Clone)]
pub(crate) struct Expression {
    pub(crate) reads: Vec<Input>,
    pub(crate) operations: Vec<Operation>,
    /// The value that it gives.
    pub(crate) result: usize,
    pub(crate) shape: Shape,
}

/// What an expression reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// What stands before it.
    Flow,
    /// A value of the struct.
    Value(usize),
}

/// One step.
#[derive(Clone)]
pub(crate) struct Operation {
    /// The name of the learned tensor that it is.
    pub(crate) name: Option<String>,
    pub(crate) layer: Layer,
    pub(crate) program: Option<ProgramBuf>,
    pub(crate) operands: Vec<usize>,
    pub(crate) params: Vec<Read>,
}

impl Graph {
    /// The steps that give a part, for so many values that are read.
    pub(crate) fn steps(&self, result: Id, reads: Vec<Input>) -> Expression {
        let mut roots = vec![false; self.len()];
        roots[result] = true;
        let mut is_needed = vec![false; self.len()];
        is_needed[result] = true;
        for id in (0..self.len()).rev().filter(|&id| id <= result) {
            if !is_needed[id] {
                continue;
            }
            let is_apply = matches!(self.what(id), What::Apply(..));
            for of in self.of(id) {
                is_needed[of] = true;
                // What is not a function of numbers takes values that are there.
                roots[of] |= !is_apply;
            }
        }
        self.mark_roots(&is_needed, &mut roots);
        let mut steps =
            Steps { graph: self, roots, values: vec![None; self.len()], count: reads.len(), operations: Vec::new() };
        for id in (0..=result).filter(|&id| is_needed[id]) {
            steps.add(id);
        }
        let result_value = steps.values[result].expect("the result is a value");
        Expression { reads, operations: steps.operations, result: result_value, shape: self.shape(result).to_vec() }
    }

    /// A function is part of the program that reads it, where one program alone does, for an output of the same shape.
    fn mark_roots(&self, is_needed: &[bool], roots: &mut [bool]) {
        // The program that each function is part of, by its last function.
        let mut programs: Vec<Option<Id>> = vec![None; self.len()];
        for id in (0..self.len()).rev().filter(|&id| is_needed[id]) {
            let What::Apply(_, _) = self.what(id) else { continue };
            if roots[id] || programs[id].is_none() {
                roots[id] = true;
                programs[id] = Some(id);
            }
            let own = programs[id].unwrap_or(id);
            for of in self.of(id) {
                if !matches!(self.what(of), What::Apply(..)) {
                    continue;
                }
                // Only constants have no axes.
                let is_alike = self.shape(of) == self.shape(own) || self.shape(of).is_empty();
                let fits = is_alike && programs[of].is_none_or(|other| other == own);
                programs[of] = Some(own);
                roots[of] |= !fits;
            }
        }
    }
}

struct Steps<'a> {
    graph: &'a Graph,
    /// The parts that become values.
    roots: Vec<bool>,
    /// The value that each part is.
    values: Vec<Option<usize>>,
    count: usize,
    operations: Vec<Operation>,
}

impl Steps<'_> {
    fn add(&mut self, id: Id) {
        let graph = self.graph;
        match graph.what(id) {
            What::Read(number) => self.values[id] = Some(*number),
            What::View(of) => self.values[id] = self.values[*of],
            What::Constant(_) | What::Unknown => {}
            What::Learned(name, start) => {
                let shape = graph.shape(id);
                let layer = ir::Parameter { rows: shape[0], columns: product(&shape[1..]) };
                let read =
                    Read { name: "", role: Role::Bias, start: *start, shape: ReadShape::of(shape), fans: [1, 1] };
                self.operation(id, Some(name.clone()), layer, None, (Vec::new(), vec![read]));
            }
            What::Reduce(reduction, of, [outer, len, inner]) => {
                let layer = ir::Reduce { reduction: *reduction, outer: *outer, len: *len, inner: *inner };
                let of = self.value(*of);
                self.operation(id, None, layer, None, (vec![of], Vec::new()));
            }
            What::Layer(layer, of) => {
                let of = of.iter().map(|&of| self.value(of)).collect();
                self.operation(id, None, *layer, None, (of, Vec::new()));
            }
            What::Apply(..) => {
                if self.roots[id] {
                    self.program(id);
                }
            }
        }
    }

    fn value(&self, id: Id) -> usize {
        self.values[id].expect("what is read is a value")
    }

    fn operation(
        &mut self,
        id: Id,
        name: Option<String>,
        layer: impl Into<Layer>,
        program: Option<ProgramBuf>,
        (operands, params): (Vec<usize>, Vec<Read>),
    ) {
        self.operations.push(Operation { name, layer: layer.into(), program, operands, params });
        self.values[id] = Some(self.count);
        self.count += 1;
    }

    /// The program whose last function this is.
    fn program(&mut self, id: Id) {
        let (program, operands) = loop {
            let formula = Formula { arguments: Vec::new(), terms: Vec::new() };
            let mut writer = Writer { steps: self, root: id, formula, operands: Vec::new(), terms: Vec::new() };
            writer.term(id);
            let (program, operands) = (ProgramBuf::of(&writer.formula), writer.operands);
            let is_small =
                program.arguments.len() <= Program::MAX_ARGUMENTS && program.registers() <= Program::MAX_REGISTERS;
            // Else a part of it becomes a program of its own.
            let part = if is_small { None } else { self.largest_part(id) };
            let Some(part) = part else { break (program, operands) };
            self.roots[part] = true;
            self.program(part);
        };
        let len = product(self.graph.shape(id));
        let layer = program.layer(len);
        self.operation(id, None, layer, Some(program), (operands, Vec::new()));
    }

    /// Of the functions that a program consists of, one about half as large.
    fn largest_part(&self, root: Id) -> Option<Id> {
        fn size(steps: &Steps<'_>, root: Id, id: Id, sizes: &mut Vec<(Id, usize)>) -> usize {
            if let Some((_, size)) = sizes.iter().find(|(known, _)| *known == id) {
                return *size;
            }
            let is_own = matches!(steps.graph.what(id), What::Apply(..)) && (id == root || !steps.roots[id]);
            let own = if is_own {
                1 + steps.graph.of(id).into_iter().map(|of| size(steps, root, of, sizes)).sum::<usize>()
            } else {
                0
            };
            sizes.push((id, own));
            own
        }
        let mut sizes = Vec::new();
        let total = size(self, root, root, &mut sizes);
        let parts = sizes.into_iter().filter(|(id, size)| *id != root && *size > 0);
        parts.min_by_key(|(_, size)| size.abs_diff(total / 2)).map(|(id, _)| id)
    }
}

/// Writes the functions of a program, the first one first.
struct Writer<'a, 'g> {
    steps: &'a Steps<'g>,
    root: Id,
    formula: Formula,
    operands: Vec<usize>,
    /// The functions that are written.
    terms: Vec<Id>,
}

impl Writer<'_, '_> {
    fn term(&mut self, id: Id) -> usize {
        if let Some(at) = self.terms.iter().position(|&term| term == id) {
            return at;
        }
        let What::Apply(builtin, of) = self.steps.graph.what(id) else { unreachable!("only functions are terms") };
        let of: Vec<Leaf> = of.iter().map(|&of| self.leaf(of)).collect();
        let builtin: Builtin = *builtin;
        self.formula.terms.push((builtin, of));
        self.terms.push(id);
        self.terms.len() - 1
    }

    fn leaf(&mut self, id: Id) -> Leaf {
        let graph = self.steps.graph;
        match graph.what(id) {
            What::Constant(number) => return Leaf::Constant(*number),
            What::Apply(..) if !self.steps.roots[id] => return Leaf::Term(self.term(id)),
            _ => {}
        }
        let value = self.steps.value(id);
        let place = argument(graph.shape(id), graph.shape(self.root)).expect("the checker refuses others");
        let known = self.operands.iter().zip(&self.formula.arguments).position(|known| known == (&value, &place));
        Leaf::Argument(known.unwrap_or_else(|| {
            self.operands.push(value);
            self.formula.arguments.push(place);
            self.operands.len() - 1
        }))
    }
}

impl ProgramBuf {
    /// The layer that runs it, for an output of so many values.
    fn layer(&self, len: usize) -> ir::Expression {
        let lent = self.lend();
        let gradients = lent.gradients();
        let program = lent.program(&gradients);
        let repeated = self.arguments.iter().filter(|argument| !argument.is_whole(len));
        ir::Expression {
            len,
            repeated: repeated.map(Argument::values).sum(),
            reads_inputs: program.backward_reads(|source| source < program.output()),
            reads_output: program.backward_reads(|source| source == program.output()),
        }
    }
}
