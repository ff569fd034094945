//! Expressions, value by value.

use super::Expression;
use crate::kernels::program::{Sources, run, sum_uses};
use crate::layers::operator::{Backward, Forward, Operands, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};
use loom_ir::plan::Program;

const COMPARE: &str = include_str!("expression/compare.wgsl");
const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[COMPARE, include_str!("expression/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[COMPARE, include_str!("expression/d_input.wgsl")]);
/// The gradients of arguments that are repeated.
const D_REPEATED: Kernel =
    Kernel::backward("d_input_repeated", Form::Rows, &[COMPARE, include_str!("expression/d_input_repeated.wgsl")]);

/// What the program of an expression of so many values reads.
fn sources<'a, T>(
    len: usize,
    program: Option<&'a Program<'static>>,
    operands: &Operands<'a, T>,
    [output, d_output]: [&'a [T]; 2],
) -> Sources<'a, T> {
    let program = program.expect("an expression has a program");
    let mut arguments = [&[][..]; Program::MAX_ARGUMENTS];
    (0..operands.count()).zip(&mut arguments).for_each(|(k, argument)| *argument = operands.get(k));
    Sources { program, len, arguments, output, d_output }
}

impl Operator for Expression {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let sources = sources(self.len, cx.program, cx.operands, [&[]; 2]);
        run::<A>(cx.threads, sources, sources.program.forward, cx.output);
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let sources = sources(self.len, cx.program, cx.operands, [cx.output, cx.d_output]);
        let argument = &sources.program.arguments[cx.operand];
        let instructions = sources.program.gradients[cx.operand].instructions;
        if argument.is_whole(self.len) || instructions.is_empty() {
            return run::<A>(cx.threads, sources, instructions, d_input);
        }
        let terms = &mut cx.scratch[..cx.batch * self.len];
        run::<A>(cx.threads, sources, instructions, terms);
        sum_uses::<A>(cx.threads, argument, self.len, terms, d_input);
    }

    fn launches(&self) -> Vec<Launch> {
        let mut launches = vec![Launch::new(&FORWARD, PerSample(self.len)), Launch::new(&D_INPUT, PerSample(self.len))];
        launches.extend((self.repeated > 0).then(|| Launch::new(&D_REPEATED, PerSample(self.repeated))));
        launches
    }
}
