//! The WGSL of a plan's steps.

use crate::layers::operator::Operator;
use crate::plan::{Plan, Step, assert_runs};
use crate::run::program::functions;
use crate::shaders::{Kernel, Tuning};
use loom_ir::Constants;
use loom_ir::plan::ALIGNMENT;
use std::fmt::{Arguments, Write};

/// The WGSL of one step: kernels, and the constants that specialise them for this network.
///
/// ```
/// use loom::prelude::*;
/// use loom::shaders::{Tile, Tuning};
///
/// network! { struct Xor { Dense<2, 8> -> Tanh -> fc2: Dense<8, 1> } }
///
/// let tuning = Tuning { workgroup: 64, tile: Tile::Direct };
/// let shaders = Xor::PLAN.shaders();
/// for shader in &shaders {
///     for kernel in &shader.kernels {
///         println!("// {} {}\n{}", shader.name, kernel.name, shader.source(kernel, tuning));
///     }
/// }
/// assert_eq!(shaders[1].name, "fc2");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shader {
    /// The step's name.
    pub name: &'static str,
    /// WGSL constants: the layer's sizes, and the offsets of the activations that it reads and writes.
    #[doc(hidden)]
    pub header: String,
    /// The WGSL names of the parameters and tables that it reads, each with its offset in the flat parameter buffer.
    #[doc(hidden)]
    pub params: Vec<(&'static str, usize)>,
    /// The kernels that the step launches, forward and backward, in order; the name of each is its entry point.
    pub kernels: Vec<&'static Kernel>,
    /// See [`cannot_wrap`](Self::cannot_wrap).
    largest: usize,
}

/// Where the values of a plan begin that runs behind another one, in the same buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Base {
    /// Among the activations of a training pass.
    pub(crate) train: usize,
    /// Among their gradients.
    pub(crate) grad: usize,
}

impl Base {
    /// Where the values of a plan end.
    #[cfg(feature = "gpu")]
    pub(crate) fn end_of(plan: &Plan) -> Self {
        Base { train: plan.train_len, grad: plan.grad_len }
    }

    /// What follows a plan that begins at `self`.
    pub(crate) fn behind(self, plan: &Plan) -> Self {
        let next = |at: usize, len: usize| at.saturating_add(len).next_multiple_of(ALIGNMENT);
        Base { train: next(self.train, plan.train_len), grad: next(self.grad, plan.grad_len) }
    }
}

/// The WGSL of a [`Plan`].
pub trait Shaders {
    /// The WGSL of each step, in order.
    ///
    /// # Panics
    /// Where the plan cannot run: see [`PlanExt::check`](crate::plan::PlanExt::check).
    fn shaders(&self) -> Vec<Shader>;
}

impl Shaders for Plan {
    fn shaders(&self) -> Vec<Shader> {
        assert_runs(self);
        self.steps.iter().map(|step| Shader::of(self, step, Base::default())).collect()
    }
}

impl Shader {
    /// That of a step of a plan whose values begin at `base`.
    pub(crate) fn of(plan: &Plan, step: &Step, base: Base) -> Self {
        let kernels = step.layer.launches().into_iter().map(|launch| launch.kernel).collect();
        let shader = Shader { name: step.name, header: String::new(), params: Vec::new(), kernels, largest: 0 };
        let mut writer = Writer { shader, plan, step };
        step.layer.description().constants(&mut writer);
        let inputs: Vec<_> = step.operands.iter().map(|operand| (operand, &plan.values[operand.value])).collect();
        let output = &plan.values[step.output];
        let first = inputs.first().map(|(operand, input)| {
            let d_input = operand.addend.unwrap_or(input.grad);
            [("INPUT", base.train + input.train), ("INPUT_LEN", input.len), ("D_INPUT", base.grad + d_input)]
        });
        let places = [
            ("OUTPUT", base.train + output.train),
            ("OUTPUT_LEN", output.len),
            ("WORK", step.work.map_or(0, |work| base.train + plan.values[work].train)),
            ("D_OUTPUT", base.grad + output.grad),
        ];
        places.into_iter().chain(first.into_iter().flatten()).for_each(|(name, place)| writer.size(name, place));
        // The kernel that adds the addends reads these.
        let own = inputs.iter().map(|(_, slot)| base.grad + slot.grad).max().unwrap_or(0);
        writer.shader.largest = writer.shader.largest.max(own);
        if inputs.len() > 1 || step.program.is_some() {
            writer.size("OPERANDS", inputs.len());
            writer.choice("operand", inputs.iter().map(|(_, slot)| base.train + slot.train));
            writer.choice("operand_len", inputs.iter().map(|(_, slot)| slot.len));
            let d_operands = inputs.iter().map(|(operand, slot)| base.grad + operand.addend.unwrap_or(slot.grad));
            writer.choice("d_operand", d_operands);
        }
        if let Some(program) = step.program {
            writer.shader.header.push_str(&functions(plan, step, &plan.programs[program]));
        }
        writer.shader
    }

    /// The module of one of the kernels, for parameters that lie as the plan says.
    pub fn source(&self, kernel: &Kernel, tuning: Tuning) -> String {
        kernel.source(&self.constants(), tuning)
    }

    /// All constants of its modules, for parameters and tables that lie as the plan says.
    #[doc(hidden)]
    pub fn constants(&self) -> String {
        self.header_at(|offset| offset)
    }

    /// All constants, for parameters and tables that lie where `place` says for the offset of each in the plan.
    pub(crate) fn header_at(&self, place: impl Fn(usize) -> usize) -> String {
        let params = self.params.iter();
        let params = params.map(|&(name, offset)| format!("const {name}: u32 = {}u;\n", place(offset)));
        params.chain([self.header.clone()]).collect()
    }

    /// The kernel of that name.
    pub fn kernel(&self, name: &str) -> Option<&'static Kernel> {
        self.kernels.iter().copied().find(|kernel| kernel.name == name)
    }

    /// Whether all sizes are so small that no index at which a kernel reads or writes wraps in 32 bits.
    #[cfg(any(test, feature = "gpu"))]
    pub(crate) fn cannot_wrap(&self) -> bool {
        // At most, a kernel adds an image's side, two paddings and a stride.
        self.largest < 1 << 30
    }
}

/// Writes the shader of a step.
struct Writer<'a> {
    shader: Shader,
    plan: &'a Plan,
    step: &'a Step,
}

impl Writer<'_> {
    fn line(&mut self, name: &str, kind: &str, value: Arguments<'_>) {
        writeln!(self.shader.header, "const {name}: {kind} = {value};").expect("a string has room");
    }

    /// A function that gives a size for each number from 0 on.
    fn choice(&mut self, name: &str, sizes: impl Iterator<Item = usize>) {
        let header = &mut self.shader.header;
        let mut cases = String::new();
        for (number, size) in sizes.enumerate() {
            self.shader.largest = self.shader.largest.max(size);
            write!(cases, " case {number}u: {{ return {size}u; }}").expect("a string has room");
        }
        writeln!(header, "fn {name}(number: u32) -> u32 {{ switch number {{{cases} default: {{ return 0u; }} }} }}")
            .expect("a string has room");
    }

    /// Where backward leaves a parameter's gradient.
    fn gradient(&mut self, name: &str, offset: usize) {
        self.shader.largest = self.shader.largest.max(offset);
        self.line(&format!("D_{name}"), "u32", format_args!("{offset}u"));
    }

    fn place(&mut self, name: &'static str, offset: usize) {
        self.shader.largest = self.shader.largest.max(offset);
        self.shader.params.push((name, offset));
    }
}

impl Constants for Writer<'_> {
    fn size(&mut self, name: &'static str, value: usize) {
        self.shader.largest = self.shader.largest.max(value);
        self.line(name, "u32", format_args!("{value}u"));
    }

    fn word(&mut self, name: &'static str, value: u32) {
        self.line(name, "u32", format_args!("{value}u"));
    }

    /// Its text is the shortest that rounds to it.
    fn number(&mut self, name: &'static str, value: f32) {
        self.line(name, "f32", format_args!("{value:?}f"));
    }

    fn flag(&mut self, name: &'static str, value: bool) {
        self.line(name, "bool", format_args!("{value}"));
    }

    fn param(&mut self, name: &'static str, number: usize) {
        let offset = self.plan.params[self.step.params[number]].offset;
        self.place(name, offset);
        self.gradient(name, self.step.d_params.get(number).copied().unwrap_or(offset));
    }

    fn table(&mut self, name: &'static str) {
        let table = self.step.table.expect("a layer with a table has one in its plan");
        self.place(name, self.plan.tables[table].offset);
    }
}
