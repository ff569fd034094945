//! The WGSL of a plan's steps.

use crate::layers::operator::Operator;
use crate::plan::{Plan, Step, assert_runs};
use crate::shaders::{Kernel, Tuning};
use loom_ir::Constants;
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
        self.steps.iter().map(|step| Shader::of(self, step)).collect()
    }
}

/// Sizes below this cannot wrap in 32 bits: at most, a kernel adds an image's side, two paddings and a stride.
const SMALL: usize = 1 << 30;

impl Shader {
    /// That of a step of a plan.
    pub(crate) fn of(plan: &Plan, step: &Step) -> Self {
        let launches = step.layer.forward_launches().into_iter().chain(step.layer.backward_launches());
        let kernels = launches.map(|launch| launch.kernel).collect();
        let shader = Shader { name: step.name, header: String::new(), params: Vec::new(), kernels, largest: 0 };
        let mut writer = Writer { shader, plan, step };
        step.layer.description().constants(&mut writer);
        let [input, output] = [step.input, step.output].map(|value| plan.values[value]);
        // No kernel of a step reads what the step has not.
        let skip = step.skip.map_or(input, |skip| plan.values[skip]);
        let places = [
            ("INPUT", input.train),
            ("INPUT_LEN", input.len),
            ("OUTPUT", output.train),
            ("OUTPUT_LEN", output.len),
            ("SKIP", skip.train),
            ("WORK", step.work.map_or(0, |work| plan.values[work].train)),
            ("D_INPUT", input.grad),
            ("D_OUTPUT", output.grad),
            ("D_SKIP", skip.grad),
        ];
        places.into_iter().for_each(|(name, place)| writer.size(name, place));
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
    #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "a GPU runs shaders"))]
    pub(crate) fn cannot_wrap(&self) -> bool {
        self.largest < SMALL
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
        self.place(name, self.plan.params[self.step.params[number]].offset);
    }

    fn table(&mut self, name: &'static str) {
        let table = self.step.table.expect("a layer with a table has one in its plan");
        self.place(name, self.plan.tables[table].offset);
    }
}
