//! Losses: what training makes small, each with its gradient.
//!
//! A loss is the mean over the batch. Sums run in a fixed order: 16 lanes and a tree over a sample's values, and the same
//! over the samples of a batch.

use crate::data::{Class, Target, TargetBatch};
use crate::error::{Error, require};
use crate::kernels::{dot, greatest, lane_sum, run_kernel, sum};
use crate::numerics::arith::{Arith, Element, Fused};
use crate::plan::tokens::{Tokens, tokens};
use crate::plan::{Plan, PlanExt};
use crate::run::sample::Sample;
use crate::run::shader::Base;
use crate::shaders::{self, Kernel};
use core::fmt::{self, Display, Formatter};

/// A loss between outputs and targets of the given types: one of those here, or a `loss` of
/// [`network!`](crate::network#losses-of-your-own).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not compare outputs `{Output}` with targets `{Target}`",
    note = "`Mse`, `Huber` and `BinaryCrossEntropy` take targets of the output's own type",
    note = "`CrossEntropy` takes a class index such as `u8` or `usize` for each output `[f32; CLASSES]`, or probabilities",
    note = "a `loss` of `network!` compares what stands in its parentheses: the first is the output, the others are the target, several in a tuple",
    note = "a network with several outputs takes a tuple of losses, one for each output in order, and targets that are tuples too"
)]
pub trait Loss<Output, Target>: sealed::Sealed + Clone + core::fmt::Debug + Send + Sync {
    /// An array of [`Term`]s.
    #[doc(hidden)]
    type Terms: AsRef<[Term]> + AsMut<[Term]>;

    /// What to compute: a term for each loss, in order.
    #[doc(hidden)]
    fn terms(&self) -> Self::Terms;
}

pub(crate) mod sealed {
    /// What generated code implements, and nobody else.
    pub trait Sealed {}
}

/// The output of a network with several outputs. [`network!`](crate::network) implements it.
#[doc(hidden)]
pub trait Outputs: Sample<Scalar = f32> {
    /// The outputs' types, in order.
    type Parts;
}

/// A loss times a weight. In a tuple of losses, weights say how much each output counts: the loss of the whole is the sum of the weighted
/// losses. See [`Trainer`](crate::Trainer#several-outputs).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Weighted<L> {
    /// The loss.
    pub loss: L,
    /// Finite, and above 0.
    pub weight: f32,
}

impl<L> Weighted<L> {
    /// A loss times a weight.
    pub fn new(loss: L, weight: f32) -> Self {
        Weighted { loss, weight }
    }
}

impl<L: sealed::Sealed> sealed::Sealed for Weighted<L> {}

impl<O, Y, L: Loss<O, Y>> Loss<O, Y> for Weighted<L> {
    type Terms = L::Terms;

    fn terms(&self) -> L::Terms {
        let mut terms = self.loss.terms();
        terms.as_mut().iter_mut().for_each(|term| term.weight *= self.weight);
        terms
    }
}

macro_rules! tuple_loss {
    ($count:literal: $($loss:ident $part:ident $target:ident $number:tt),*) => {
        impl<$($loss: sealed::Sealed),*> sealed::Sealed for ($($loss,)*) {}

        impl<O, $($loss, $part, $target),*> Loss<O, ($($target,)*)> for ($($loss,)*)
        where
            O: Outputs<Parts = ($($part,)*)>,
            $($loss: Loss<$part, $target, Terms = [Term; 1]>, $part: Sample<Scalar = f32>,)*
        {
            type Terms = [Term; $count];

            fn terms(&self) -> [Term; $count] {
                let mut at = 0;
                [$({
                    let [term] = self.$number.terms();
                    at += $part::LEN;
                    Term { at: at - $part::LEN, ..term }
                }),*]
            }
        }
    };
}
tuple_loss!(2: L0 O0 Y0 0, L1 O1 Y1 1);
tuple_loss!(3: L0 O0 Y0 0, L1 O1 Y1 1, L2 O2 Y2 2);
tuple_loss!(4: L0 O0 Y0 0, L1 O1 Y1 1, L2 O2 Y2 2, L3 O3 Y3 3);
tuple_loss!(5: L0 O0 Y0 0, L1 O1 Y1 1, L2 O2 Y2 2, L3 O3 Y3 3, L4 O4 Y4 4);
tuple_loss!(6: L0 O0 Y0 0, L1 O1 Y1 1, L2 O2 Y2 2, L3 O3 Y3 3, L4 O4 Y4 4, L5 O5 Y5 5);
tuple_loss!(7: L0 O0 Y0 0, L1 O1 Y1 1, L2 O2 Y2 2, L3 O3 Y3 3, L4 O4 Y4 4, L5 O5 Y5 5, L6 O6 Y6 6);
tuple_loss!(8: L0 O0 Y0 0, L1 O1 Y1 1, L2 O2 Y2 2, L3 O3 Y3 3, L4 O4 Y4 4, L5 O5 Y5 5, L6 O6 Y6 6, L7 O7 Y7 7);

/// Mean squared error: the mean of (y - t)² over all values. PyTorch's `nn.MSELoss`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mse;

/// Cross-entropy from logits: -log softmax(y) at the target class, or -Σ t · log softmax(y) for targets that are
/// probabilities. PyTorch's `nn.CrossEntropyLoss`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CrossEntropy;

/// Binary cross-entropy from logits: the mean of -t · log σ(y) - (1 - t) · log(1 - σ(y)), targets from 0 to 1. PyTorch's
/// `nn.BCEWithLogitsLoss`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BinaryCrossEntropy;

/// Huber's loss: the mean of e²/2 where |e| ≤ delta, delta · (|e| - delta/2) elsewhere, with e = y - t. PyTorch's
/// `nn.HuberLoss`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Huber {
    /// Where the parabola becomes a line; above 0.
    pub delta: f32,
}

impl Default for Huber {
    fn default() -> Self {
        Huber { delta: 1.0 }
    }
}

macro_rules! same_type_loss {
    ($($loss:ident => $objective:expr),*) => {$(
        impl sealed::Sealed for $loss {}
        impl<O: Sample<Scalar = f32>> Loss<O, O> for $loss {
            type Terms = [Term; 1];

            fn terms(&self) -> [Term; 1] {
                let objective: fn(&$loss) -> Objective = $objective;
                Term::whole::<O>(objective(self))
            }
        }
    )*};
}
same_type_loss!(
    Mse => |_| Objective::Mse,
    BinaryCrossEntropy => |_| Objective::BinaryCrossEntropy,
    Huber => |huber| Objective::Huber { delta: huber.delta }
);

impl sealed::Sealed for CrossEntropy {}

/// One class for each sample.
impl<const CLASSES: usize, Y: Class> Loss<[f32; CLASSES], Y> for CrossEntropy {
    type Terms = [Term; 1];

    fn terms(&self) -> [Term; 1] {
        Term::whole::<[f32; CLASSES]>(Objective::CrossEntropy { classes: CLASSES, probabilities: false })
    }
}

/// One class for each step of a sequence.
impl<const CLASSES: usize, const STEPS: usize, Y: Class> Loss<[[f32; CLASSES]; STEPS], [Y; STEPS]> for CrossEntropy {
    type Terms = [Term; 1];

    fn terms(&self) -> [Term; 1] {
        let objective = Objective::CrossEntropy { classes: CLASSES, probabilities: false };
        Term::whole::<[[f32; CLASSES]; STEPS]>(objective)
    }
}

/// Probabilities of the classes for each sample.
impl<const CLASSES: usize> Loss<[f32; CLASSES], [f32; CLASSES]> for CrossEntropy {
    type Terms = [Term; 1];

    fn terms(&self) -> [Term; 1] {
        Term::whole::<[f32; CLASSES]>(Objective::CrossEntropy { classes: CLASSES, probabilities: true })
    }
}

/// How outputs are counted as correct.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Accuracy {
    /// The greatest output is at the target class; on ties the lowest index counts. `CrossEntropy`'s default.
    ArgMax,
    /// Every output of the sample lies on its target's side of this threshold, where a target above 1/2 is the upper
    /// side. `BinaryCrossEntropy`'s default is 0, a probability of 1/2.
    Threshold(f32),
}

/// A loss as data, with its settings.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Objective {
    Mse,
    CrossEntropy { classes: usize, probabilities: bool },
    BinaryCrossEntropy,
    Huber { delta: f32 },
    Custom(Custom),
}

/// A loss that `network!` wrote: a plan, whose inputs are those outputs of a network that it compares, and then the parts of a target. It
/// gives one number.
#[doc(hidden)]
#[derive(Clone, Copy, PartialEq)]
pub struct Custom {
    pub(crate) plan: &'static Plan,
    /// Values of the outputs.
    pub(crate) outputs: usize,
    /// For each part of the target, whether it is a class index. It becomes a one-hot vector.
    pub(crate) labels: &'static [bool],
}

impl Custom {
    /// The parts of the target, each with its length and whether it is a class index.
    pub(crate) fn parts(self) -> impl Iterator<Item = (usize, bool)> {
        let targets = &self.plan.inputs[self.plan.inputs.len() - self.labels.len()..];
        targets.iter().map(|port| port.shape.iter().product()).zip(self.labels.iter().copied())
    }

    /// Whether it compares one output of classes with one of them.
    fn is_of_classes(self) -> bool {
        self.compares_one_output() && self.parts().next() == Some((self.outputs, true))
    }

    /// Whether it compares one output with as many values.
    fn is_of_values(self) -> bool {
        self.compares_one_output() && self.parts().next() == Some((self.outputs, false))
    }

    fn compares_one_output(self) -> bool {
        self.plan.inputs.len() == self.labels.len() + 1
    }
}

/// Its name and what it computes.
impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.plan.name, self.plan.fingerprint())
    }
}

/// The loss of one output.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    pub(crate) objective: Objective,
    pub(crate) accuracy: Option<Accuracy>,
    pub(crate) weight: f32,
    /// The output's values among those of a sample.
    pub(crate) at: usize,
    pub(crate) len: usize,
}

impl Term {
    /// The loss of an output that is the values from `at` on of a sample, so many.
    pub fn new(objective: Objective, accuracy: Option<Accuracy>, at: usize, len: usize) -> Self {
        Term { objective, accuracy, weight: 1.0, at, len }
    }

    /// A loss that `network!` wrote, for all outputs of a network: those are the first `outputs` inputs of its plan.
    pub fn custom(plan: &'static Plan, outputs: usize, labels: &'static [bool]) -> Self {
        let outputs = plan.inputs[..outputs].iter().map(|port| port.shape.iter().product::<usize>()).sum();
        let objective = Objective::Custom(Custom { plan, outputs, labels });
        Term::new(objective, objective.accuracy(), 0, outputs)
    }

    /// That of a network with one output.
    fn whole<O: Sample>(objective: Objective) -> [Term; 1] {
        [Term::new(objective, objective.accuracy(), 0, O::LEN)]
    }

    /// The same without its weight, which no kernel knows.
    #[cfg(feature = "gpu")]
    pub(crate) fn unweighted(&self) -> Self {
        Term { weight: 1.0, ..*self }
    }

    /// Values that one loss is computed from: the output's, or the classes of one step.
    fn row_len(&self) -> usize {
        match self.objective {
            Objective::CrossEntropy { classes, .. } => classes,
            Objective::Mse | Objective::BinaryCrossEntropy | Objective::Huber { .. } | Objective::Custom(_) => self.len,
        }
    }

    /// Losses that a sample has.
    pub(crate) fn rows(&self) -> usize {
        match self.row_len() {
            // Mostly, which spares a division.
            len if len == self.len => 1,
            len => self.len / len,
        }
    }

    /// What the gradient of each row's loss is multiplied by: the weight, for a mean of the losses of so many samples, each of which is
    /// itself a mean but for the cross-entropy.
    pub(crate) fn scale(&self, samples: usize) -> f64 {
        let losses = samples * self.rows();
        let values = match self.objective {
            Objective::CrossEntropy { .. } | Objective::Custom(_) => losses,
            Objective::Mse | Objective::BinaryCrossEntropy | Objective::Huber { .. } => losses * self.row_len(),
        };
        f64::from(self.weight) / values as f64
    }

    /// The kernel that evaluates the loss of this number, and its constants, which serve [`shaders::TOTAL`] too.
    fn shader(&self, number: usize, targets: TargetWords, plan: &Plan, base: Base) -> (&'static Kernel, String) {
        let (output, row_len) = (plan.output_slot(), self.row_len());
        let mut header = shaders::constants([
            ("TERM", number),
            ("OUTPUT", output.train),
            ("D_OUTPUT", output.grad),
            ("OUTPUT_LEN", output.len),
            ("FIRST", self.at),
            ("LEN", self.len),
            ("ROW_LEN", row_len),
            ("TARGET", targets.at),
            ("TARGET_LEN", targets.len),
        ]);
        header.push_str(&format!("const MEAN: f32 = {:?}f;\n", mean(row_len) as f32));
        let (code, threshold) = match self.accuracy {
            None => (0, 0.0),
            Some(Accuracy::ArgMax) => (1, 0.0),
            Some(Accuracy::Threshold(threshold)) => (2, Fused::flush(threshold)),
        };
        header.push_str(&format!("const ACCURACY: u32 = {code}u;\nconst THRESHOLD: f32 = {threshold:?}f;\n"));
        let kernel = match self.objective {
            Objective::Mse => &shaders::MSE,
            Objective::BinaryCrossEntropy => &shaders::BINARY_CROSS_ENTROPY,
            Objective::CrossEntropy { probabilities: true, .. } => &shaders::SOFT_CROSS_ENTROPY,
            Objective::CrossEntropy { probabilities: false, .. } => &shaders::CROSS_ENTROPY,
            Objective::Huber { delta } => {
                let delta = huber_delta(delta);
                header.push_str(&format!(
                    "const DELTA: f32 = {delta:?}f;\nconst HALF_DELTA: f32 = {:?}f;\n",
                    0.5 * delta
                ));
                &shaders::HUBER
            }
            Objective::Custom(custom) => {
                let loss = custom.plan.output_slot();
                let places = [("LOSS", base.train + loss.train), ("D_LOSS", base.grad + loss.grad)];
                header.push_str(&shaders::constants(places));
                match custom.labels.first() {
                    Some(true) => &shaders::CUSTOM_LABEL_LOSS,
                    Some(false) | None => &shaders::CUSTOM_LOSS,
                }
            }
        };
        (kernel, header)
    }

    /// Words that the targets of a sample take on a GPU.
    pub(crate) fn target_words(&self) -> usize {
        match self.objective {
            Objective::CrossEntropy { probabilities: false, .. } => self.rows(),
            Objective::Custom(custom) => custom.parts().map(|(len, is_label)| if is_label { 1 } else { len }).sum(),
            _ => self.len,
        }
    }

    /// Whether the outputs of a sample are correct, for a loss that `network!` wrote.
    pub(crate) fn is_custom_correct<A: Arith<T = f32>>(
        &self,
        custom: Custom,
        y: &[f32],
        targets: &TargetBatch,
        sample: usize,
    ) -> bool {
        let Some((len, is_label)) = custom.parts().next().filter(|_| self.accuracy.is_some()) else { return false };
        let target = targets.part(0, custom.labels.len());
        match is_label {
            true => first_greatest::<A>(y) == target.classes[sample] as usize,
            false => is_correct::<A>(self.accuracy, y, &target.values[sample * len..][..len]),
        }
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Term { objective, weight, .. } = self;
        if *weight == 1.0 { write!(f, "{objective:?}") } else { write!(f, "{weight:?} * {objective:?}") }
    }
}

/// Where the targets of an output are on a GPU, among the words of a sample's targets.
#[derive(Clone, Copy)]
pub(crate) struct TargetWords {
    pub(crate) at: usize,
    pub(crate) len: usize,
}

/// For each term where its targets are.
pub(crate) fn target_words(terms: &[Term]) -> Vec<TargetWords> {
    let len = terms.iter().map(Term::target_words).sum();
    let mut at = 0;
    let words = |term: &Term| {
        at += term.target_words();
        TargetWords { at: at - term.target_words(), len }
    };
    terms.iter().map(words).collect()
}

/// For each term the place of its own plan behind the network's, and at the end that of what would follow.
pub(crate) fn bases(terms: &[Term], plan: &Plan) -> Vec<Base> {
    let mut bases = vec![Base::behind(Base::default(), plan)];
    for term in terms {
        let last = bases[bases.len() - 1];
        bases.push(match term.objective {
            Objective::Custom(custom) => Base::behind(last, custom.plan),
            _ => last,
        });
    }
    bases
}

/// For each term the kernel that evaluates it, and its constants.
#[doc(hidden)]
pub fn shaders(terms: &[Term], plan: &Plan) -> Vec<(&'static Kernel, String)> {
    let places = target_words(terms).into_iter().zip(bases(terms, plan));
    let terms = terms.iter().zip(places).enumerate();
    terms.map(|(number, (term, (words, base)))| term.shader(number, words, plan, base)).collect()
}

/// Samples whose targets are flattened at a time to be checked.
const CHECKED_AT_ONCE: usize = 1024;

/// What a batch scored.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BatchScore {
    /// The sum of the losses of the rows: of the samples, or of their steps for a sequence of classes. Of a network with several
    /// outputs, the sum over the samples of the outputs' mean losses, each times its weight.
    pub loss_sum: f32,
    /// How many rows there are.
    pub rows: usize,
    /// How many of them are correct; 0 for a network with several outputs, each of which has its own.
    pub correct: usize,
}

impl BatchScore {
    /// The score of a batch of so many samples, from those of the terms: of several, the sum of the mean losses, each times its weight.
    pub(crate) fn of(scores: &[BatchScore], terms: &[Term], samples: usize) -> Self {
        match (scores, terms) {
            ([score], [term]) => BatchScore { loss_sum: score.loss_sum * term.weight, ..*score },
            _ => {
                let mean = |score: &BatchScore| f64::from(score.loss_sum) / score.rows as f64;
                let loss: f64 =
                    scores.iter().zip(terms).map(|(score, term)| f64::from(term.weight) * mean(score)).sum();
                BatchScore { loss_sum: (loss * samples as f64) as f32, rows: samples, correct: 0 }
            }
        }
    }
}

impl Objective {
    /// The accuracy that goes with the loss unless the user chooses another.
    pub(crate) fn accuracy(self) -> Option<Accuracy> {
        match self {
            Objective::CrossEntropy { .. } => Some(Accuracy::ArgMax),
            Objective::BinaryCrossEntropy => Some(Accuracy::Threshold(0.0)),
            Objective::Custom(custom) if custom.is_of_classes() => Some(Accuracy::ArgMax),
            Objective::Mse | Objective::Huber { .. } | Objective::Custom(_) => None,
        }
    }

    /// Checks an accuracy that the user chose.
    fn check_accuracy(self, accuracy: Option<Accuracy>) -> Result<(), Error> {
        let threshold = match (accuracy, self) {
            (Some(Accuracy::ArgMax), Objective::Custom(custom)) => {
                let (name, takes) =
                    ("length of the target's first part", "that of the only output where `accuracy` is set");
                let len = custom.parts().next().map_or(0, |(len, _)| len);
                return require(custom.is_of_classes() || custom.is_of_values(), name, len as f64, takes);
            }
            (None | Some(Accuracy::ArgMax), _) => return Ok(()),
            (Some(Accuracy::Threshold(threshold)), _) => threshold,
        };
        require(threshold.is_finite(), "accuracy threshold", threshold.into(), "finite")?;
        let takes_values = match self {
            Objective::CrossEntropy { probabilities, .. } => probabilities,
            Objective::Custom(custom) => custom.is_of_values(),
            Objective::Mse | Objective::BinaryCrossEntropy | Objective::Huber { .. } => true,
        };
        let takes = match self {
            Objective::Custom(_) => "left out where the target does not begin with as many values as the only output",
            _ => "left out where targets are class indices",
        };
        require(takes_values, "accuracy threshold", threshold.into(), takes)
    }

    /// Checks the loss's settings and the targets of so many samples, of which the first has the number `first`.
    fn check_batch(self, first: usize, samples: usize, batch: &TargetBatch) -> Result<(), Error> {
        if let Objective::Huber { delta } = self {
            require(delta.is_finite() && delta > 0.0, "delta", delta.into(), "finite and above 0")?;
        }
        let (loss, takes, bounded): (_, &'static str, _) = match self {
            Objective::Mse => ("Mse", "finite values", false),
            Objective::Huber { .. } => ("Huber", "finite values", false),
            Objective::BinaryCrossEntropy => ("BinaryCrossEntropy", "values from 0 to 1", true),
            Objective::CrossEntropy { .. } => ("CrossEntropy", "probabilities, from 0 to 1", true),
            Objective::Custom(custom) => return custom.check_batch(first, samples, batch),
        };
        check_values((first, 0), samples, batch, (loss, takes), bounded)?;
        match self {
            Objective::CrossEntropy { classes, .. } => check_labels(first, samples, batch, classes),
            _ => Ok(()),
        }
    }
}

impl Custom {
    /// Checks the targets of so many samples, of which the first has the number `first`.
    fn check_batch(self, first: usize, samples: usize, batch: &TargetBatch) -> Result<(), Error> {
        let (indices, mut at, mut start) = (tokens(self.plan), 0, self.outputs);
        for (number, (len, is_label)) in self.parts().enumerate() {
            let part = batch.part(number, self.labels.len());
            match is_label {
                true => check_labels(first, samples, part, len)?,
                false => {
                    check_values((first, at), samples, part, (self.plan.name, "finite values"), false)?;
                    self.check_indices((first, at), start, (&part.values, len), &indices)?;
                }
            }
            at += if is_label { 1 } else { len };
            start += len;
        }
        Ok(())
    }

    /// Checks a part of the target where the loss reads indices in it. It begins at value `at` of a sample's target, and at value `start` of
    /// what the loss compares.
    fn check_indices(
        self,
        (first, at): (usize, usize),
        start: usize,
        (values, len): (&[f32], usize),
        indices: &[Tokens],
    ) -> Result<(), Error> {
        for (sample, values) in values.chunks_exact(len).enumerate() {
            let wrong = indices.iter().find_map(|token| {
                let mut own = token.values.iter().filter_map(|at| at.checked_sub(start).filter(|&i| i < len));
                own.find(|&i| !token.is_one(values[i]))
            });
            if let Some(i) = wrong {
                let value = values[i];
                let (loss, takes) =
                    (self.plan.name, "indices there, whole numbers from 0 up to the length of the axis");
                return Err(Error::Target { sample: first + sample, index: at + i, value, loss, takes });
            }
        }
        Ok(())
    }
}

/// Checks that targets are finite, and from 0 to 1 where they are bounded. They begin at value `at` of a sample's.
fn check_values(
    (first, at): (usize, usize),
    samples: usize,
    batch: &TargetBatch,
    (loss, takes): (&'static str, &'static str),
    bounded: bool,
) -> Result<(), Error> {
    let values = batch.values.len() / samples;
    let is_wrong = |value: &f32| !value.is_finite() || (bounded && !(0.0..=1.0).contains(value));
    match batch.values.iter().position(is_wrong) {
        Some(i) => {
            let value = batch.values[i];
            Err(Error::Target { sample: first + i / values, index: at + i % values, value, loss, takes })
        }
        None => Ok(()),
    }
}

/// Checks that class indices are some of so many.
fn check_labels(first: usize, samples: usize, batch: &TargetBatch, classes: usize) -> Result<(), Error> {
    let labels = batch.classes.len() / samples;
    match batch.classes.iter().position(|&label| label as usize >= classes) {
        Some(i) => Err(Error::Label { sample: first + i / labels, label: batch.class(i), classes }),
        None => Ok(()),
    }
}

/// Checks the losses' settings and every target of a data set.
pub(crate) fn check<Y: Target>(terms: &[Term], targets: &[Y]) -> Result<(), Error> {
    let mut batch = TargetBatch::default();
    for (chunk, targets) in targets.chunks(CHECKED_AT_ONCE).enumerate() {
        batch.clear();
        Y::append(targets, &mut batch);
        check_batch(terms, chunk * CHECKED_AT_ONCE, targets.len(), &batch)?;
    }
    Ok(())
}

/// Checks the losses' settings and the targets of so many samples, of which the first has the number `first`.
pub(crate) fn check_batch(terms: &[Term], first: usize, samples: usize, batch: &TargetBatch) -> Result<(), Error> {
    for (output, term) in terms.iter().enumerate() {
        require(term.weight.is_finite() && term.weight > 0.0, "weight", term.weight.into(), "finite and above 0")?;
        term.objective.check_accuracy(term.accuracy)?;
        term.objective.check_batch(first, samples, batch.part(output, terms.len()))?;
    }
    Ok(())
}

/// One evaluation of a loss over a batch.
#[derive(Debug)]
pub(crate) struct Evaluate<'a, T> {
    pub(crate) term: &'a Term,
    pub(crate) batch: usize,
    /// Values of the network's output for a sample.
    pub(crate) output_len: usize,
    /// [batch, output]
    pub(crate) outputs: &'a [T],
    pub(crate) targets: &'a TargetBatch,
    /// [batch, output]: becomes the gradient of the mean loss, in the part that the term is about.
    pub(crate) d_outputs: &'a mut [T],
    /// At least one value for each row, for the losses.
    pub(crate) losses: &'a mut [T],
}

/// Evaluates a loss and its gradient.
pub(crate) fn evaluate<A: Arith>(call: Evaluate<'_, A::T>) -> BatchScore {
    run_kernel!(A, move || {
        let Evaluate { term, batch, output_len, outputs, targets, d_outputs, losses } = call;
        let Term { objective, accuracy, at, len, .. } = *term;
        let (row_len, rows) = (term.row_len(), batch * term.rows());
        let scale = A::T::from_f64(term.scale(batch));
        let row = Row::<A> { scale, mean: A::T::from_f64(mean(row_len)), accuracy };
        let losses = &mut losses[..rows];
        let (mut r, mut correct) = (0, 0);
        for (y, d) in outputs.chunks_exact(output_len).zip(d_outputs.chunks_exact_mut(output_len)) {
            let (y, d) = (&y[at..at + len], &mut d[at..at + len]);
            for (y, d) in y.chunks_exact(row_len).zip(d.chunks_exact_mut(row_len)) {
                let values = || &targets.values[r * row_len..(r + 1) * row_len];
                let (loss, hit) = match objective {
                    Objective::Mse => (row.squared(y, values(), d), row.is_correct(y, values())),
                    Objective::Huber { delta } => (row.huber(y, values(), d, delta), row.is_correct(y, values())),
                    Objective::BinaryCrossEntropy => (row.binary(y, values(), d), row.is_correct(y, values())),
                    Objective::Custom(_) => unreachable!("a plan evaluates it"),
                    Objective::CrossEntropy { probabilities: true, .. } => row.soft_class(y, values(), d),
                    Objective::CrossEntropy { probabilities: false, .. } => {
                        row.class(y, targets.classes[r] as usize, d)
                    }
                };
                losses[r] = A::flush(loss);
                correct += usize::from(hit);
                r += 1;
            }
        }
        BatchScore { loss_sum: A::flush(sum::<A>(losses)).to_f64() as f32, rows, correct }
    })
}

/// Huber's delta, which is at least 2^-60, as all that a kernel stores.
fn huber_delta(delta: f32) -> f32 {
    const LEAST: f32 = 1.0 / (1_u64 << 60) as f32;
    delta.max(LEAST)
}

/// What a sum over a row is multiplied by for its mean.
fn mean(row_len: usize) -> f64 {
    1.0 / row_len as f64
}

/// The losses of one row: y its outputs, t its targets, d its gradient.
struct Row<A: Arith> {
    /// What a row's gradient is multiplied by for the mean over the batch.
    scale: A::T,
    /// 1 / (values in a row).
    mean: A::T,
    accuracy: Option<Accuracy>,
}

impl<A: Arith> Row<A> {
    /// Mean of e², with d = 2 e.
    #[inline(always)]
    fn squared(&self, y: &[A::T], t: &[f32], d: &mut [A::T]) -> A::T {
        // The same for one value, which does not go through memory to vectors.
        if let ([y], [t], [d]) = (y, t, &mut *d) {
            let e = *y - A::T::from_f32(*t);
            *d = A::flush(e * (self.scale + self.scale));
            return A::mul_add(e, e, A::T::ZERO) * self.mean;
        }
        for ((d, &y), &t) in d.iter_mut().zip(y).zip(t) {
            *d = y - A::T::from_f32(t);
        }
        let loss = dot::<A>(d, d) * self.mean;
        let scale = self.scale + self.scale;
        d.iter_mut().for_each(|d| *d = A::flush(*d * scale));
        loss
    }

    /// Mean of e²/2 or delta · (|e| - delta/2), with d = e held within ±delta.
    #[inline(always)]
    fn huber(&self, y: &[A::T], t: &[f32], d: &mut [A::T], delta: f32) -> A::T {
        let (half, delta) = (A::T::from_f64(0.5), A::T::from_f32(huber_delta(delta)));
        let half_delta = half * delta;
        // The losses stand in d until they are summed. They are flushed, so that no compiler makes a mul_add of product and
        // sum.
        for ((d, &y), &t) in d.iter_mut().zip(y).zip(t) {
            let e = y - A::T::from_f32(t);
            *d = A::flush(if e.abs() > delta { delta * (e.abs() - half_delta) } else { (half * e) * e });
        }
        let loss = sum::<A>(d) * self.mean;
        for ((d, &y), &t) in d.iter_mut().zip(y).zip(t) {
            let e = y - A::T::from_f32(t);
            let e = if e > delta { delta } else { e };
            *d = A::flush(if e < -delta { -delta } else { e } * self.scale);
        }
        loss
    }

    /// Mean of max(y, 0) - y t + log(1 + e^-|y|), with d = σ(y) - t.
    #[inline(always)]
    fn binary(&self, y: &[A::T], t: &[f32], d: &mut [A::T]) -> A::T {
        for ((d, &y), &t) in d.iter_mut().zip(y).zip(t) {
            let positive = if y < A::T::ZERO { A::T::ZERO } else { y };
            let tail = A::log(A::T::ONE + A::exp(-y.abs()));
            *d = A::mul_add(-y, A::T::from_f32(t), positive) + tail;
        }
        let loss = sum::<A>(d) * self.mean;
        for ((d, &y), &t) in d.iter_mut().zip(y).zip(t) {
            *d = A::flush((A::sigmoid(y) - A::T::from_f32(t)) * self.scale);
        }
        loss
    }

    /// d = e^(y - max y); gives its sum and max y.
    #[inline(always)]
    fn exponentials(&self, y: &[A::T], d: &mut [A::T]) -> (A::T, A::T) {
        let max = greatest::<A>(y);
        d.iter_mut().zip(y).for_each(|(d, &y)| *d = A::exp(y - max));
        (sum::<A>(d), max)
    }

    /// log Σ e^y - y_class, with d = softmax(y) - [class].
    #[inline(always)]
    fn class(&self, y: &[A::T], class: usize, d: &mut [A::T]) -> (A::T, bool) {
        let (total, max) = self.exponentials(y, d);
        let recip = A::recip(total);
        for (i, d) in d.iter_mut().enumerate() {
            let target = if i == class { A::T::ONE } else { A::T::ZERO };
            *d = A::flush(A::mul_add(*d, recip, -target) * self.scale);
        }
        ((max - y[class]) + A::log(total), first_greatest::<A>(y) == class)
    }

    /// Σ t · (log Σ e^y - y), with d = softmax(y) · Σ t - t.
    #[inline(always)]
    fn soft_class(&self, y: &[A::T], t: &[f32], d: &mut [A::T]) -> (A::T, bool) {
        let (total, max) = self.exponentials(y, d);
        let (recip, log_total) = (A::recip(total), A::log(total));
        let loss = lane_sum::<A>(t.len(), |i, sum| A::mul_add(A::T::from_f32(t[i]), (max - y[i]) + log_total, sum));
        let mass = lane_sum::<A>(t.len(), |i, sum| sum + A::T::from_f32(t[i]));
        for (d, &t) in d.iter_mut().zip(t) {
            *d = A::flush(A::mul_add(*d * recip, mass, -A::T::from_f32(t)) * self.scale);
        }
        (loss, self.is_correct(y, t))
    }

    #[inline(always)]
    fn is_correct(&self, y: &[A::T], t: &[f32]) -> bool {
        is_correct::<A>(self.accuracy, y, t)
    }
}

/// Whether the outputs are correct for values or probabilities.
#[inline(always)]
fn is_correct<A: Arith>(accuracy: Option<Accuracy>, y: &[A::T], t: &[f32]) -> bool {
    match accuracy {
        Some(Accuracy::ArgMax) => {
            let target = (1..t.len()).fold(0, |best, i| if t[i] > t[best] { i } else { best });
            first_greatest::<A>(y) == target
        }
        Some(Accuracy::Threshold(threshold)) => {
            let threshold = A::flush(A::T::from_f32(threshold));
            y.iter().zip(t).all(|(&y, &t)| (y > threshold) == (t > 0.5))
        }
        None => false,
    }
}

/// The lowest index of the greatest value.
#[inline(always)]
fn first_greatest<A: Arith>(values: &[A::T]) -> usize {
    (1..values.len()).fold(0, |best, i| if A::orders_after(values[i], values[best]) { i } else { best })
}
