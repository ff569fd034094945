//! Parts of a plan.

/// What a parameter tensor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Multiplies inputs.
    Weight,
    /// Is added.
    Bias,
    /// Is not trained, but a running mean of what the batches had: backward leaves a batch's value in its gradient.
    Statistic,
}

/// What a parameter tensor begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// The place of one activation and of its gradient, per sample.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Slot {
    /// Elements per sample.
    pub len: usize,
    /// Offset among the activations of a training pass.
    pub train: usize,
    /// Offset among the activations of inference.
    pub infer: usize,
    /// Offset among the gradients of activations.
    pub grad: usize,
}

impl Slot {
    /// The slot of what is not there.
    pub const NOWHERE: Slot = Slot { len: 0, train: 0, infer: 0, grad: 0 };
}

/// Slots, parameters and tables begin at multiples of so many elements: 16 bytes, a `vec4<f32>` of a GPU.
pub const ALIGNMENT: usize = 4;
