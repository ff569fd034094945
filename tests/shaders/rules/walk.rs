//! Runs a module on symbols.

use super::graph::{Graph, Node, Operation, Value, Variable};
use super::memory::Memory;
use super::report::{Report, function_name};
use super::values;
use naga::valid::{FunctionInfo, ModuleInfo};
use naga::{Block, Expression, Function, Handle, Module, Statement};
use std::collections::HashMap;

/// Rounds of a loop, in a function by itself and in a kernel: each meets what the one before left behind, and the first
/// round of a kernel's may have skipped a part.
const ROUNDS: [usize; 2] = [2, 3];

pub fn check(module: &Module, info: &ModuleInfo, report: &mut Report) {
    let mut walk = Walk { module, info, report, graph: Graph::default(), calls: 0, whole: false, rounds: ROUNDS[0] };
    // Every function by itself, all of its branches, and whatever its arguments may be.
    for (handle, function) in module.functions.iter() {
        let name = function.name.as_deref();
        let arguments = function.arguments.iter().map(|_| walk.graph.unknown()).collect();
        walk.call(function, &info[handle], name, arguments, Memory::default());
    }
    // Every kernel as a driver sees it: calls inlined, branches on constants decided.
    walk.whole = true;
    walk.rounds = ROUNDS[1];
    for (i, entry) in module.entry_points.iter().enumerate() {
        let arguments = entry.function.arguments.iter().map(|_| walk.graph.unknown()).collect();
        walk.call(&entry.function, info.get_entry_point(i), Some(&entry.name), arguments, Memory::default());
    }
}

pub struct Walk<'a, 'r, 's> {
    pub module: &'a Module,
    pub info: &'a ModuleInfo,
    pub report: &'r mut Report<'s>,
    pub graph: Graph,
    calls: usize,
    /// Whether a kernel is walked, and not a function by itself.
    pub whole: bool,
    pub rounds: usize,
}

/// One call of a function.
pub struct Call<'a> {
    pub function: &'a Function,
    pub info: &'a FunctionInfo,
    pub name: String,
    pub arguments: Vec<Value>,
    pub values: HashMap<Handle<Expression>, Value>,
    pub number: usize,
    returned: Vec<(Option<Value>, Memory)>,
}

/// Where control leaves a block other than at its end.
#[derive(Default)]
pub struct Exits {
    pub breaks: Vec<Memory>,
    pub continues: Vec<Memory>,
}

impl<'a> Walk<'a, '_, '_> {
    fn call(
        &mut self,
        function: &'a Function,
        info: &'a FunctionInfo,
        name: Option<&str>,
        arguments: Vec<Value>,
        mut memory: Memory,
    ) -> (Option<Value>, Memory) {
        self.calls += 1;
        let (number, name) = (self.calls, function_name(name));
        let mut call = Call { function, info, name, arguments, values: HashMap::new(), number, returned: Vec::new() };
        for (local, variable) in function.local_variables.iter() {
            let value = match variable.init {
                Some(init) => values::of(self, &mut call, init, &memory),
                None => values::zero(self, variable.ty),
            };
            memory.store(&mut self.graph, Variable::Local { call: number, local: local.index() }, Vec::new(), value);
        }
        if let Some(end) = self.block(&mut call, &function.body, memory, &mut Exits::default()) {
            call.returned.push((None, end));
        }
        let (values, memories): (Vec<_>, Vec<_>) = call.returned.into_iter().unzip();
        let values: Vec<Value> = values.into_iter().flatten().collect();
        let value = if values.is_empty() { None } else { Some(self.graph.one_of(values)) };
        let mut memory = Memory::meet(&mut self.graph, memories).unwrap_or_default();
        memory.leave(number);
        (value, memory)
    }

    /// Runs a block, and gives what holds at its end if that is reached.
    pub fn block(
        &mut self,
        call: &mut Call<'a>,
        block: &'a Block,
        mut memory: Memory,
        exits: &mut Exits,
    ) -> Option<Memory> {
        for statement in block {
            memory = self.statement(call, statement, memory, exits)?;
        }
        Some(memory)
    }

    fn statement(
        &mut self,
        call: &mut Call<'a>,
        statement: &'a Statement,
        mut memory: Memory,
        exits: &mut Exits,
    ) -> Option<Memory> {
        match statement {
            Statement::Emit(range) => {
                for expression in range.clone() {
                    call.values.remove(&expression);
                    values::of(self, call, expression, &memory);
                }
            }
            Statement::Block(block) => return self.block(call, block, memory, exits),
            Statement::If { condition, accept, reject } => {
                let decided = self.decided(call, *condition, &memory);
                let mut ends = Vec::new();
                for (block, taken) in [(accept, 1), (reject, 0)] {
                    if decided.is_none_or(|bits| bits == taken) {
                        ends.extend(self.block(call, block, memory.clone(), exits));
                    }
                }
                return Memory::meet(&mut self.graph, ends);
            }
            Statement::Switch { selector, cases } => {
                let decided = self.decided(call, *selector, &memory);
                return self.switch(call, decided, cases, memory, exits);
            }
            Statement::Loop { body, continuing, break_if } => {
                return self.repeat(call, body, continuing, break_if.is_some(), memory);
            }
            Statement::Break => {
                exits.breaks.push(memory);
                return None;
            }
            Statement::Continue => {
                exits.continues.push(memory);
                return None;
            }
            Statement::Return { value } => {
                let value = value.map(|value| values::of(self, call, value, &memory));
                call.returned.push((value, memory));
                return None;
            }
            Statement::Kill => return None,
            Statement::Store { pointer, value } => {
                let value = values::of(self, call, *value, &memory);
                let (variable, path) = values::place(self, call, *pointer, &memory);
                memory.store(&mut self.graph, variable, path, value);
            }
            Statement::WorkGroupUniformLoad { pointer, result } => {
                let (variable, path) = values::place(self, call, *pointer, &memory);
                let value = memory.load(&mut self.graph, variable, &path);
                call.values.insert(*result, value);
            }
            Statement::Call { function, arguments, result } => {
                let arguments = arguments.iter().map(|&a| self.argument(call, a, &memory)).collect();
                let called = &self.module.functions[*function];
                let name = called.name.as_deref();
                let (value, after) = self.call(called, &self.info[*function], name, arguments, memory);
                if let Some(result) = *result {
                    let value = value.unwrap_or_else(|| self.graph.unknown());
                    call.values.insert(result, value);
                }
                memory = after;
            }
            // The results of all others, such as atomic operations on integers, are unknown.
            _ => {}
        }
        Some(memory)
    }

    /// What a function is given. By itself, a function that calls another with a constant is not the whole story: branches
    /// that the constant was never meant for are walked too.
    fn argument(&mut self, call: &mut Call<'a>, argument: Handle<Expression>, memory: &Memory) -> Value {
        let value = values::of(self, call, argument, memory);
        if self.graph.is_constant(value) && !self.whole {
            return self.graph.value(Node::Other(Operation::Argument, vec![value]));
        }
        value
    }
}
