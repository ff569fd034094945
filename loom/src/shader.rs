//! The WGSL of a plan's steps.

use crate::operator::Operator;
use crate::plan::{Plan, Step};
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
/// assert!(shaders[1].header.contains("const IN: u32 = 8u;"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shader {
    /// The step's name.
    pub name: &'static str,
    /// WGSL constants: the layer's sizes, and the offsets of the activations that it reads and writes.
    pub header: String,
    /// The WGSL names of the parameters and tables that it reads, each with its offset in the flat parameter buffer.
    pub params: Vec<(&'static str, usize)>,
    /// The kernels that the step launches, forward and backward, in order; the name of each is its entry point.
    pub kernels: Vec<&'static Kernel>,
    /// See [`cannot_wrap`](Self::cannot_wrap).
    largest: usize,
}

impl Plan {
    /// The WGSL of each step, in order.
    pub fn shaders(&self) -> Vec<Shader> {
        self.steps.iter().map(Shader::of).collect()
    }
}

/// Sizes below this cannot wrap in 32 bits: at most, a kernel adds an image's side, two paddings and a stride.
const SMALL: usize = 1 << 30;

impl Shader {
    /// That of a step.
    pub(crate) fn of(step: &Step) -> Self {
        let launches = step.layer.forward_launches().into_iter().chain(step.layer.backward_launches());
        let kernels = launches.map(|launch| launch.kernel).collect();
        let mut shader = Shader { name: step.name, header: String::new(), params: Vec::new(), kernels, largest: 0 };
        step.layer.description().constants(&mut shader);
        let places = [
            ("INPUT", step.input.train),
            ("INPUT_LEN", step.input.len),
            ("OUTPUT", step.output.train),
            ("OUTPUT_LEN", step.output.len),
            ("SKIP", step.skip.train),
            ("WORK", step.work.train),
            ("D_INPUT", step.input.grad),
            ("D_OUTPUT", step.output.grad),
            ("D_SKIP", step.skip.grad),
        ];
        places.into_iter().for_each(|(name, place)| shader.size(name, place));
        shader
    }

    /// The module of one of the kernels, for parameters that lie as the plan says.
    pub fn source(&self, kernel: &Kernel, tuning: Tuning) -> String {
        kernel.source(&self.constants(), tuning)
    }

    /// All constants of its modules, for parameters and tables that lie as the plan says.
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

    fn line(&mut self, name: &str, kind: &str, value: Arguments<'_>) {
        writeln!(self.header, "const {name}: {kind} = {value};").expect("a string has room");
    }
}

impl Constants for Shader {
    fn size(&mut self, name: &'static str, value: usize) {
        self.largest = self.largest.max(value);
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

    fn param(&mut self, name: &'static str, offset: usize) {
        self.largest = self.largest.max(offset);
        self.params.push((name, offset));
    }
}
