//! The plan of a list of steps.

use loom_ir::plan::{Param, Plan, Role, Step, Table};

use super::model::{self, List, padded};

/// What a plan borrows, in its order.
pub(crate) struct Layout<'a> {
    list: &'a List<'a>,
    params: Vec<Param<'a>>,
    tables: Vec<Table>,
    steps: Vec<Step<'a>>,
    trained_len: usize,
    weights_len: usize,
}

impl<'a> Layout<'a> {
    /// Gives everything its place. Parameters and tables lie in three parts: what is trained, what training only counts, what is
    /// constant.
    pub(crate) fn of(list: &'a List<'a>) -> Self {
        let mut weights_len = 0;
        let mut place = |size: usize| {
            let offset = weights_len;
            weights_len += padded(size);
            offset
        };
        let mut offsets = vec![0; list.params.len()];
        let mut trained_len = 0;
        for is_trained in [true, false] {
            let params = list.params.iter().zip(&mut offsets);
            for (param, offset) in params.filter(|(param, _)| (param.read.role != Role::Statistic) == is_trained) {
                *offset = place(param.len());
                if is_trained {
                    trained_len = *offset + padded(param.len());
                }
            }
        }
        let tables = list.tables.iter().map(|&[steps, features]| {
            let offset = place(steps * features);
            Table { offset, steps, features }
        });
        let tables = tables.collect();
        let params = list.params.iter().zip(offsets).map(|(param, offset)| param_at(param, offset)).collect();
        let steps = list.steps.iter().map(step).collect();
        Self { list, params, tables, steps, trained_len, weights_len }
    }

    /// The plan of the network of this name.
    pub(crate) fn plan<'p>(&'p self, name: &'p str) -> Plan<'p> {
        let [train_len, infer_len, grad_len] = self.list.lens;
        Plan {
            name,
            inputs: &self.list.inputs,
            outputs: &self.list.outputs,
            params: &self.params,
            trained_len: self.trained_len,
            tables: &self.tables,
            weights_len: self.weights_len,
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

fn param_at(param: &model::Param, offset: usize) -> Param<'_> {
    let model::Param { name, read } = param;
    let [fan_in, fan_out] = read.fans;
    Param { name, shape: &read.shape, offset, role: read.role, start: read.start, fan_in, fan_out }
}

fn step<'a>(step: &'a model::Step<'_>) -> Step<'a> {
    let model::Step { name, layer, source: _, shape: _, operands, output, work, params, table } = step;
    Step { name, layer: *layer, operands, output: *output, work: *work, params, table: *table }
}
