//! The plan of a list of steps.

use loom_ir::plan::{Param, Plan, Program, Role, Step};

use super::model::{self, List, padded};

/// Gives parameters, their gradients and tables their places. Parameters and tables lie in three parts: what is trained, what training
/// only counts, what is constant.
pub(super) fn assign(list: &mut List<'_>) {
    let mut end = 0;
    let mut place = |size: usize| {
        let offset = end;
        end += padded(size);
        offset
    };
    for is_trained in [true, false] {
        let params = list.params.iter_mut().filter(|param| (param.read.role != Role::Statistic) == is_trained);
        params.for_each(|param| param.offset = place(param.len()));
        if is_trained {
            list.weights_lens[0] = place(0);
        }
    }
    list.tables.iter_mut().for_each(|table| table.offset = place(table.values()));
    list.weights_lens[1] = end;
    assign_gradients(list);
}

/// The last step that reads a parameter sets its gradient. The others leave theirs behind all parameters: first what running means move
/// towards, each in a place of its own, and then what is added, each step's from the same place on.
fn assign_gradients(list: &mut List<'_>) {
    let mut last = vec![0; list.params.len()];
    for (at, step) in list.steps.iter().enumerate() {
        step.params.iter().for_each(|&index| last[index] = at);
    }
    let mut end = list.weights_lens[1];
    for is_kept in [true, false] {
        let start = end;
        for (at, step) in list.steps.iter_mut().enumerate() {
            end = if is_kept { end } else { start };
            for (number, &index) in step.params.iter().enumerate() {
                let param = &list.params[index];
                if last[index] == at || (param.read.role == Role::Statistic) != is_kept {
                    continue;
                }
                if step.d_params.is_empty() {
                    step.d_params = step.params.iter().map(|&index| list.params[index].offset).collect();
                }
                step.d_params[number] = end;
                end += padded(param.len());
            }
        }
    }
}

/// What a plan borrows, in its order.
pub(crate) struct Layout<'a> {
    list: &'a List<'a>,
    params: Vec<Param<'a>>,
    steps: Vec<Step<'a>>,
    programs: &'a [Program<'a>],
}

impl<'a> Layout<'a> {
    pub(crate) fn of(list: &'a List<'a>, programs: &'a [Program<'a>]) -> Self {
        let (params, steps) = (list.params.iter().map(param), list.steps.iter().map(step));
        Self { list, params: params.collect(), steps: steps.collect(), programs }
    }

    /// The plan of the network of this name.
    pub(crate) fn plan<'p>(&'p self, name: &'p str) -> Plan<'p> {
        let ([train_len, infer_len, grad_len], [trained_len, weights_len]) = (self.list.lens, self.list.weights_lens);
        Plan {
            name,
            inputs: &self.list.inputs,
            outputs: &self.list.outputs,
            params: &self.params,
            trained_len,
            tables: &self.list.tables,
            weights_len,
            programs: self.programs,
            values: &self.list.values,
            steps: &self.steps,
            input_value: 0,
            output_value: self.list.last,
            train_len,
            infer_len,
            grad_len,
        }
    }
}

fn param(param: &model::Param) -> Param<'_> {
    let model::Param { name, read, offset } = param;
    let [fan_in, fan_out] = read.fans;
    Param { name, shape: &read.shape, offset: *offset, role: read.role, start: read.start, fan_in, fan_out }
}

fn step<'a>(step: &'a model::Step<'_>) -> Step<'a> {
    let model::Step { name, layer, source: _, shape: _, operands, output, work, params, d_params, table, program } =
        step;
    Step {
        name,
        layer: *layer,
        operands,
        output: *output,
        work: *work,
        params,
        d_params,
        table: *table,
        program: *program,
    }
}
