//! What a layer computes: forward, and backward from the gradient of its output.

use crate::arith::Arith;
use crate::kernel::Threads;
use crate::launch::Launch;
use crate::parameters::Parameters;
use crate::random::Seed;

/// A layer's work: on the CPU, and as a list of dispatches on a GPU. Buffers are flat, sample after sample; sizes are the
/// layer's own, per sample.
///
/// Every value written is snapped (see [`Arith::snap`]).
pub(crate) trait Operator {
    /// output = layer(input).
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>);

    /// Sets the gradients of the layer's parameters in d_weights and, where it is wanted, d_input. May overwrite d_output.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>);

    /// The dispatches of a forward pass on a GPU, in order.
    fn forward_launches(&self) -> Vec<Launch>;

    /// The dispatches of a backward pass on a GPU, in order; `d_input` is left out where the gradient of the input is not
    /// wanted.
    #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "an exported network only runs forward"))]
    fn backward_launches(&self) -> Vec<Launch>;

    /// Elements of scratch that backward needs for each sample, here or on a GPU, whichever is more.
    fn scratch(&self) -> usize {
        0
    }

    /// How much the layer reads and writes, and which parameters; none where its sizes are no layer's: where one is 0 or larger
    /// than kernels can count with, or contradicts another. Kernels rely on what is checked here and, of the plan that holds
    /// the layer, by [`Plan::check`](crate::plan::Plan::check).
    fn sizes(&self) -> Option<Sizes>;
}

/// What a layer reads and writes for each sample, by its own sizes.
pub(crate) struct Sizes {
    /// Values of the input.
    pub(crate) input: usize,
    /// Values of the output.
    pub(crate) output: usize,
    /// Values that forward leaves for backward.
    pub(crate) work: usize,
    /// The parameters by their offsets, in the order of the plan.
    pub(crate) params: Vec<(usize, Needs)>,
    /// The offset of a table, and its length.
    pub(crate) table: Option<(usize, usize)>,
}

/// What a layer reads a parameter as.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Needs {
    /// A weight of so many rows and columns.
    Matrix([usize; 2]),
    /// A weight of so many values.
    Values(usize),
    /// A trained vector.
    Vector(usize),
    /// A running mean for each channel.
    Statistic(usize),
}

impl Sizes {
    /// A layer without parameters.
    pub(crate) fn new(input: usize, output: usize) -> Self {
        Sizes { input, output, work: 0, params: Vec::new(), table: None }
    }

    /// The same, with so much work.
    pub(crate) fn work(self, work: usize) -> Self {
        Sizes { work, ..self }
    }

    /// The same, with the next parameter, if there is one.
    pub(crate) fn reads(mut self, offset: impl Into<Option<usize>>, needs: Needs) -> Self {
        self.params.extend(offset.into().map(|offset| (offset, needs)));
        self
    }

    /// The same, with a table of so many values, if there is one.
    pub(crate) fn table(self, offset: impl Into<Option<usize>>, len: usize) -> Self {
        Sizes { table: offset.into().map(|offset| (offset, len)), ..self }
    }
}

/// The product of sizes, if all are at least 1 and a buffer can be as long.
pub(crate) fn count(sizes: &[usize]) -> Option<usize> {
    let product = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size))?;
    (!sizes.is_empty() && (1..=isize::MAX as usize).contains(&product)).then_some(product)
}

/// Whether a pass trains, and if so, which masks `Dropout` draws. `BatchNorm2d` normalises by the batch where it trains, else by
/// its running means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `Dropout` lets everything through.
    Inference,
    /// `Dropout` draws the masks of this seed and step.
    Training {
        /// The masks' key.
        seed: Seed,
        /// The masks' counter: the number of the training step.
        step: u64,
    },
}

/// What a forward pass hands to a layer.
pub(crate) struct Forward<'a, A: Arith> {
    pub(crate) mode: Mode,
    /// The network's parameters.
    pub(crate) weights: Parameters<'a, A::T>,
    /// [batch, input]
    pub(crate) input: &'a [A::T],
    /// [batch, input] of the fork, for a join; else empty.
    pub(crate) skip: &'a [A::T],
    /// [batch, output]
    pub(crate) output: &'a mut [A::T],
    /// [batch, work], for backward.
    pub(crate) work: &'a mut [A::T],
    pub(crate) threads: &'a Threads,
}

/// What a backward pass hands to a layer.
pub(crate) struct Backward<'a, A: Arith> {
    pub(crate) mode: Mode,
    pub(crate) batch: usize,
    /// The network's flat parameter buffer.
    pub(crate) weights: &'a [A::T],
    /// [batch, input]
    pub(crate) input: &'a [A::T],
    /// [batch, output]
    pub(crate) output: &'a [A::T],
    /// [batch, work], as forward left it.
    pub(crate) work: &'a [A::T],
    /// [batch, output]; a layer may use it as scratch.
    pub(crate) d_output: &'a mut [A::T],
    /// [batch, output of the join], for a fork; else empty.
    pub(crate) d_skip: &'a [A::T],
    /// [batch, input], or none for the first layer of a network whose input needs no gradient.
    pub(crate) d_input: Option<&'a mut [A::T]>,
    /// As long as `weights`.
    pub(crate) d_weights: &'a mut [A::T],
    pub(crate) scratch: &'a mut [A::T],
    pub(crate) threads: &'a Threads,
}
