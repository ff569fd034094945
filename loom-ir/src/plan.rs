//! A network as `network!` planned it: constants of the user's crate.

use crate::fields::{Field, Value, choice, fields};
use crate::layers::Layer;
#[doc(hidden)]
pub use crate::program::{Argument, Gradient, Instruction, Op, Program};

/// The version of what a plan says. It is another one where the same fields mean something else, or some are new.
pub const VERSION: u32 = 4;

/// A network as the macro planned it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan<'a> {
    /// The struct's name.
    pub name: &'a str,
    /// What one input sample consists of: the numbers of the first input, then those of the second, and so on. At least one.
    pub inputs: &'a [Port<'a>],
    /// What one output sample consists of, as the inputs.
    pub outputs: &'a [Port<'a>],
    /// The parameter tensors, in the order of the stack.
    pub params: &'a [Param<'a>],
    /// The part of the flat parameter buffer that optimizers move, from its start on. Statistics and tables lie behind it.
    pub trained_len: usize,
    /// Tables of positions, which are constant.
    #[doc(hidden)]
    pub tables: &'a [Table],
    /// What the steps that are expressions compute.
    #[doc(hidden)]
    pub programs: &'a [Program<'a>],
    /// Length of the flat parameter buffer, padding and tables included.
    pub weights_len: usize,
    /// The places of all that steps read and write.
    #[doc(hidden)]
    pub values: &'a [Slot],
    /// What to run, first to last: each step reads what earlier ones write. Backward runs them last to first.
    #[doc(hidden)]
    pub steps: &'a [Step<'a>],
    /// Which value the input is copied to.
    #[doc(hidden)]
    pub input_value: usize,
    /// Which value is the output; the input's when there are no steps.
    #[doc(hidden)]
    pub output_value: usize,
    /// Activations to hold per sample while training: a value that backward does not read shares its place once it is no longer read.
    #[doc(hidden)]
    pub train_len: usize,
    /// Activations to hold per sample for inference: values share places once they are no longer read.
    #[doc(hidden)]
    pub infer_len: usize,
    /// Gradients of activations to hold per sample: they share places once they are no longer read.
    #[doc(hidden)]
    pub grad_len: usize,
}

impl Plan<'_> {
    /// Where the input is copied to.
    #[doc(hidden)]
    #[inline]
    pub fn input_slot(&self) -> &Slot {
        &self.values[self.input_value]
    }

    /// Where the output is found.
    #[doc(hidden)]
    #[inline]
    pub fn output_slot(&self) -> &Slot {
        &self.values[self.output_value]
    }

    /// The values that backward reads, one more than once where several steps read it.
    #[doc(hidden)]
    pub fn saved(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().flat_map(|step| {
            let saved = step.layer.facts().saved;
            let inputs = step.operands.iter().map(|operand| operand.value).filter(move |_| saved.inputs);
            inputs.chain(Some(step.output).filter(|_| saved.output)).chain(step.work)
        })
    }

    /// Number of trainable values, padding not counted.
    pub const fn parameters(&self) -> usize {
        let (mut total, mut i) = (0, 0);
        while i < self.params.len() {
            if !matches!(self.params[i].role, Role::Statistic) {
                total += self.params[i].len();
            }
            i += 1;
        }
        total
    }

    /// Elements of scratch that backward needs for each sample.
    #[doc(hidden)]
    pub fn scratch_len(&self) -> usize {
        self.steps
            .iter()
            .filter_map(|step| step.layer.description().sizes())
            .map(|sizes| sizes.scratch)
            .max()
            .unwrap_or(0)
    }

    /// Length of the buffer of parameters' gradients: behind those that are laid out as the parameters, there is room for what steps leave
    /// elsewhere.
    #[doc(hidden)]
    pub fn d_weights_len(&self) -> usize {
        let ends = self.steps.iter().flat_map(|step| {
            step.params.iter().zip(step.d_params).map(|(&param, &place)| place + self.params[param].len())
        });
        ends.max().unwrap_or(0).max(self.weights_len)
    }
}

fields!(Plan<'_>: name inputs outputs params trained_len tables programs weights_len values steps input_value output_value train_len infer_len grad_len);

/// An input or an output of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port<'a> {
    /// Its name; `input` or `output` where the network gives it none.
    pub name: &'a str,
    /// Its shape for one sample.
    pub shape: &'a [usize],
}

fields!(Port<'_>: name shape);

/// One parameter tensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Param<'a> {
    /// Its name in a safetensors file, as PyTorch would name it: `conv1.weight`, `4.bias`.
    pub name: &'a str,
    /// Its shape in PyTorch's layout: `[out, in]` for `Dense`, `[out, in, k]` for `Conv1d`, `[out, in, kh, kw]` for `Conv2d`.
    pub shape: &'a [usize],
    /// Where it starts in the flat parameter buffer; a multiple of 4 elements (16 bytes).
    pub offset: usize,
    /// What it does.
    pub role: Role,
    /// What it begins with, where `Init` does not say otherwise.
    #[doc(hidden)]
    pub start: Start,
    /// Inputs that one output sums over (PyTorch's `fan_in`); a bias carries its layer's.
    pub fan_in: usize,
    /// Outputs that one input reaches (PyTorch's `fan_out`); a bias carries its layer's.
    pub fan_out: usize,
}

impl Param<'_> {
    /// Number of values in the tensor.
    pub const fn len(&self) -> usize {
        let (mut len, mut i) = (1, 0);
        while i < self.shape.len() {
            len *= self.shape[i];
            i += 1;
        }
        len
    }

    /// Whether the tensor has no values; never so in a plan, whose sizes are all at least 1.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Outputs of the layer that the tensor belongs to: its first dimension.
    pub const fn rows(&self) -> usize {
        self.shape[0]
    }

    /// Values for each output: the product of its other dimensions.
    pub const fn columns(&self) -> usize {
        self.len() / self.shape[0]
    }

    /// The elements of the flat parameter buffer that the tensor takes.
    pub const fn range(&self) -> core::ops::Range<usize> {
        self.offset..self.offset + self.len()
    }
}

fields!(Param<'_>: name shape offset role start fan_in fan_out);

/// What a parameter tensor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Multiplies inputs.
    Weight,
    /// Is added.
    Bias,
    /// Is not trained, but a running mean of what the batches had: backward leaves a batch's value in its gradient. Where several steps
    /// read it, each moves it, from the first to the last.
    Statistic,
}

choice!("plan" Role: Weight Bias Statistic);

/// What a parameter tensor begins with.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Start {
    /// U(1 / √fan_in), uniform from minus that to that.
    FanIn,
    /// U(√(6 / (fan_in + fan_out))).
    Xavier,
    /// N(1), normal with standard deviation 1.
    Normal,
    /// 0.
    Zeros,
    /// 1.
    Ones,
    /// A number.
    Value(f32),
}

impl Field for Start {
    fn value(&self) -> Value<'_> {
        let name = match self {
            Start::FanIn => "FanIn",
            Start::Xavier => "Xavier",
            Start::Normal => "Normal",
            Start::Zeros => "Zeros",
            Start::Ones => "Ones",
            Start::Value(number) => return Value::ChoiceOf(["plan", "Start", "Value"], *number),
        };
        Value::Choice(["plan", "Start", name])
    }
}

/// The table P of sinusoidal positions (Vaswani et al., arXiv:1706.03762), which follows the parameters in their buffer:
/// `P[t, 2i] = sin(t / 10000^(2i / features))`, `P[t, 2i + 1] = cos(t / 10000^(2i / features))`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Where it starts in the flat parameter buffer.
    pub offset: usize,
    /// Rows.
    pub steps: usize,
    /// Columns.
    pub features: usize,
}

impl Table {
    /// Number of values.
    pub const fn values(&self) -> usize {
        self.steps * self.features
    }
}

fields!(Table: offset steps features);

/// The place of one value and of its gradient, per sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Elements per sample.
    pub len: usize,
    /// Offset among the activations of a training pass, where what backward reads is kept to its end.
    pub train: usize,
    /// Offset among the activations of inference.
    pub infer: usize,
    /// Offset among the gradients of activations; 0 for what has none.
    pub grad: usize,
}

fields!(Slot: len train infer grad);

/// One layer of the plan, with what it reads and writes: values, parameters and tables by their indices in the plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step<'a> {
    /// The layer's name, as in its parameters' names: `conv1`, `4`, `3.0`.
    pub name: &'a str,
    /// What to compute.
    pub layer: Layer,
    /// The values that it reads, in the layer's order.
    pub operands: &'a [Operand],
    /// The value that it writes, which no other step does.
    pub output: usize,
    /// What forward leaves for backward beside the output, which few layers do.
    pub work: Option<usize>,
    /// The parameters that it reads, in the order of its description. Several steps may read one.
    pub params: &'a [usize],
    /// Where it leaves their gradients, among those of all parameters; none where it sets the gradient of each, at the parameter's own
    /// offset. A gradient that it leaves elsewhere is then added to the parameter's; what a running mean moves towards stays there.
    ///
    /// A parameter that several steps read gets the sum of their gradients, in the order in which a value does: see [`Operand`].
    pub d_params: &'a [usize],
    /// The table that it reads.
    pub table: Option<usize>,
    /// What it computes, of an expression.
    pub program: Option<usize>,
}

impl<'a> Step<'a> {
    /// The parameters to whose gradients it adds, each with the place of what it adds.
    #[doc(hidden)]
    pub fn added_params<'p>(&self, plan: &Plan<'p>) -> impl Iterator<Item = (&'p Param<'p>, usize)> + use<'a, 'p> {
        self.gradients(plan).filter(|(param, place)| param.role != Role::Statistic && *place != param.offset)
    }

    /// The running means that it moves, each with the place of what it moves towards.
    #[doc(hidden)]
    pub fn statistics<'p>(&self, plan: &Plan<'p>) -> impl Iterator<Item = (&'p Param<'p>, usize)> + use<'a, 'p> {
        self.gradients(plan).filter(|(param, _)| param.role == Role::Statistic)
    }

    /// The parameters that it reads, each with the place of its gradient.
    fn gradients<'p>(&self, plan: &Plan<'p>) -> impl Iterator<Item = (&'p Param<'p>, usize)> + use<'a, 'p> {
        let (params, places) = (plan.params, self.d_params);
        self.params.iter().enumerate().map(move |(at, &param)| {
            let param = &params[param];
            (param, places.get(at).copied().unwrap_or(param.offset))
        })
    }
}

fields!(Step<'_>: name layer operands output work params d_params table program);

/// A value that a step reads.
///
/// A value that several steps read gets the sum of their gradients. The last of them runs first in backward, and sets the gradient; the
/// others add theirs to it, from the last to the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operand {
    /// Which value.
    pub value: usize,
    /// None where the step sets the value's gradient. Where the step adds to it: the offset, among the gradients, of what it adds.
    pub addend: Option<usize>,
}

fields!(Operand: value addend);

/// Values, parameters and tables begin at multiples of so many elements: 16 bytes, a `vec4<f32>` of a GPU.
pub const ALIGNMENT: usize = 4;
