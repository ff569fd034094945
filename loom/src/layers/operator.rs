//! What a layer computes: forward, and backward from the gradient of its output.

use crate::kernels::Threads;
use crate::kernels::parameters::Parameters;
use crate::numerics::arith::Arith;
use crate::numerics::random::Seed;
use crate::plan::launch::Launch;
use crate::plan::{Operand, Param, Plan, Slot, Step, Table};
use crate::shaders::Phase;
use loom_ir::plan::Program;

/// A layer's work: on the CPU, and as a list of dispatches on a GPU. Buffers are flat, sample after sample; sizes are the
/// layer's own, per sample.
///
/// Every value written is flushed (see [`Arith::flush`]).
pub(crate) trait Operator {
    /// output = layer(input).
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>);

    /// Sets the gradients of the layer's parameters in d_weights and, where it is wanted, d_input. A layer of one input may overwrite
    /// d_output. One of several inputs is called once for each, in order;
    /// one of none is called once.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>);

    /// The dispatches of a forward pass on a GPU, in order, and then those of a backward pass; the kernel `d_input` is left out where
    /// the gradient of the input is not wanted. The kernel says which pass it is.
    fn launches(&self) -> Vec<Launch>;

    /// The dispatches of one pass.
    fn launches_of(&self, phase: Phase) -> impl Iterator<Item = Launch> {
        self.launches().into_iter().filter(move |launch| launch.kernel.phase == phase)
    }
}

/// Whether a pass trains, and if so, which random numbers it draws: the masks of `Dropout`, and those of `normal` and `uniform`.
/// `BatchNorm2d` normalises by the batch where it trains, else by its running means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `Dropout` lets everything through, and random numbers are their means.
    Inference,
    /// Random numbers are those of this seed and step.
    Training {
        /// Their key.
        seed: Seed,
        /// Their counter: the number of the training step.
        step: u64,
    },
}

/// Where the parameters and the table of a step lie in the network's flat parameter buffer, and the gradients of these parameters in
/// theirs.
#[derive(Clone, Copy)]
pub(crate) struct Offsets<'a> {
    params: &'a [Param],
    own: &'a [usize],
    gradients: &'a [usize],
    table: Option<&'a Table>,
}

impl<'a> Offsets<'a> {
    /// Those of a layer without parameters.
    pub(crate) const NONE: Self = Offsets { params: &[], own: &[], gradients: &[], table: None };

    #[inline]
    pub(crate) fn of(plan: &'a Plan, step: &'a Step) -> Self {
        let table = step.table.map(|table| &plan.tables[table]);
        Offsets { params: plan.params, own: step.params, gradients: step.d_params, table }
    }

    /// That of the parameter of this number, counted as the layer's description tells them.
    #[inline]
    pub(crate) fn param(&self, number: usize) -> usize {
        self.params[self.own[number]].offset
    }

    /// Where the step leaves the gradient of the parameter of this number.
    #[inline]
    pub(crate) fn gradient(&self, number: usize) -> usize {
        self.gradients.get(number).copied().unwrap_or_else(|| self.param(number))
    }

    /// That of the table.
    #[inline]
    pub(crate) fn table(&self) -> usize {
        self.table.expect("a layer with a table has one in its plan").offset
    }
}

/// Parts of a buffer, each with its offset.
pub(crate) type Parts<'a, T> = [(usize, &'a [T]); 3];

/// What a step reads, by the number of the input.
#[derive(Clone, Copy)]
pub(crate) struct Operands<'a, T> {
    /// The activations: all but what the step writes.
    pub(crate) parts: Parts<'a, T>,
    pub(crate) operands: &'a [Operand],
    /// Where the input of so many values lies.
    pub(crate) slots: &'a [Slot],
    pub(crate) place: fn(&Slot) -> usize,
    pub(crate) batch: usize,
}

impl<'a, T> Operands<'a, T> {
    /// Those of a layer of one input that stands alone.
    pub(crate) const NONE: &'a Self =
        &Operands { parts: [(0, &[]); 3], operands: &[], slots: &[], place: |slot| slot.train, batch: 0 };

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.operands.len()
    }

    /// Values per sample.
    #[inline]
    pub(crate) fn len(&self, number: usize) -> usize {
        self.slots[self.operands[number].value].len
    }

    /// [batch, input]
    ///
    /// # Panics
    /// Where the step writes to it, which no plan that passes its check has.
    pub(crate) fn get(&self, number: usize) -> &'a [T] {
        let slot = &self.slots[self.operands[number].value];
        let (start, len) = ((self.place)(slot) * self.batch, slot.len * self.batch);
        let part = self.parts.iter().find_map(|(offset, part)| {
            let start = start.checked_sub(*offset)?;
            part.get(start..start + len)
        });
        part.expect("the plan keeps what a step reads and writes apart")
    }
}

/// What a forward pass hands to a layer.
pub(crate) struct Forward<'a, A: Arith> {
    pub(crate) mode: Mode,
    /// The network's parameters.
    pub(crate) weights: Parameters<'a, A::T>,
    /// Where the layer's are.
    pub(crate) offsets: Offsets<'a>,
    /// [batch, input], the first where there are several.
    pub(crate) input: &'a [A::T],
    /// All inputs, of a layer of several or of an expression.
    pub(crate) operands: &'a Operands<'a, A::T>,
    /// What an expression computes.
    pub(crate) program: Option<&'a Program<'static>>,
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
    /// Where the layer's parameters are.
    pub(crate) offsets: Offsets<'a>,
    /// [batch, input], the one whose gradient is asked for.
    pub(crate) input: &'a [A::T],
    /// Its number.
    pub(crate) operand: usize,
    /// All inputs, of a layer of several or of an expression.
    pub(crate) operands: &'a Operands<'a, A::T>,
    /// What an expression computes.
    pub(crate) program: Option<&'a Program<'static>>,
    /// [batch, output]
    pub(crate) output: &'a [A::T],
    /// [batch, work], as forward left it.
    pub(crate) work: &'a [A::T],
    /// [batch, output]; a layer may use it as scratch.
    pub(crate) d_output: &'a mut [A::T],
    /// [batch, input], or none where the input is the network's and needs no gradient.
    pub(crate) d_input: Option<&'a mut [A::T]>,
    /// The gradients of the network's parameters.
    pub(crate) d_weights: &'a mut [A::T],
    pub(crate) scratch: &'a mut [A::T],
    pub(crate) threads: &'a Threads,
}
