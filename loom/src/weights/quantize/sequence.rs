//! The rounding of all weights of a network.

use super::compensate::{Inputs, encode};
use super::factor::NoFactor;
use super::flow::{Flow, Product, add};
use super::{Rounding, RoundingError};
use crate::dtype::{Encoded, Format};
use crate::error::Error;
use crate::plan::{Param, Plan, Step};
use crate::run::cpu::Cpu;
use core::ops::Range;

/// The format of each parameter; none for those that stay as they are.
pub(crate) type Formats<'a> = &'a dyn Fn(&Param) -> Option<Format>;

/// A network's parameters after rounding.
pub(crate) struct Rounded {
    /// The flat buffer.
    pub(crate) values: Vec<f32>,
    /// The encodings.
    pub(crate) encoded: Vec<Option<Encoded>>,
}

impl Rounded {
    /// Nothing rounded yet.
    fn new(plan: &Plan, values: &[f32]) -> Self {
        Rounded { values: values.to_vec(), encoded: vec![None; plan.params.len()] }
    }

    /// Rounds a parameter to nearest, if it is to be.
    fn round(&mut self, plan: &Plan, index: usize, formats: Formats<'_>, rounding: &Rounding) {
        let param = &plan.params[index];
        if let Some(format) = formats(param) {
            let (shape, values) = ([param.rows(), param.columns()], &mut self.values[param.range()]);
            let encoded = rounding.applicable(format).encode_plain(format, shape, values);
            encoded.decode(values);
            self.encoded[index] = Some(encoded);
        }
    }
}

/// Rounds each weight on its own.
pub(crate) fn round(
    plan: &'static Plan,
    values: &[f32],
    formats: Formats<'_>,
    rounding: &Rounding,
) -> Result<Rounded, Error> {
    check(plan, formats, &|format| rounding.check(format))?;
    let mut rounded = Rounded::new(plan, values);
    (0..plan.params.len()).for_each(|index| rounded.round(plan, index, formats, rounding));
    Ok(rounded)
}

/// Rounds the layers in their order, each so that it makes up for the errors of those before. A weight that several of them read is rounded
/// at the first.
pub(crate) fn round_calibrated(
    plan: &'static Plan,
    values: &[f32],
    formats: Formats<'_>,
    rounding: &Rounding,
    cpu: &Cpu,
    samples: usize,
    load: &mut dyn FnMut(Range<usize>, &mut [f32]),
) -> Result<Rounded, Error> {
    check(plan, formats, &|format| rounding.check(format))?;
    check(plan, formats, &|format| rounding.check_compensated(format))?;
    let mut before = Flow::new(plan, values, cpu, samples, load)?;
    let mut after = Flow::new(plan, values, cpu, samples, load)?;
    let mut rounded = Rounded::new(plan, values);
    for (at, step) in plan.steps.iter().enumerate() {
        let product = Product::of(plan, step);
        let runs_first = product.as_ref().is_some_and(Product::follows_step);
        let is_new = |product: &Product| rounded.encoded[product.weight].is_none();
        let product = product.filter(is_new).and_then(|product| {
            let format = formats(&plan.params[product.weight])?;
            rounding.check_compensated(format).is_ok().then_some((product.with_common_bias(plan), format))
        });
        if runs_first {
            before.advance(step);
            after.advance(step);
        }
        if let Some((product, format)) = product {
            let is_first = rounded.encoded.iter().all(Option::is_none);
            let inputs = inputs_of_all(&before, &after, at, product, is_first);
            encode_product(&mut rounded, plan, product, format, inputs, rounding, cpu)?;
            if let Some(bias) = product.bias {
                rounded.round(plan, bias, formats, rounding);
            }
            after.weights.copy_from_slice(&rounded.values);
        }
        if !runs_first {
            before.advance(step);
        }
        if !runs_first || product.is_some() {
            after.advance(step);
        }
    }
    for index in 0..plan.params.len() {
        if rounded.encoded[index].is_none() {
            rounded.round(plan, index, formats, rounding);
        }
    }
    Ok(rounded)
}

/// What the product of a step gets, and those of later steps that read the same weight, before it is rounded.
fn inputs_of_all(before: &Flow<'_>, after: &Flow<'_>, at: usize, product: Product, is_first: bool) -> Inputs {
    let (plan, mut all) = (before.plan, inputs(before, after, &before.plan.steps[at], product, is_first));
    let later = |step: &Step| Product::of(plan, step).filter(|later| later.weight == product.weight);
    let last = plan.steps.iter().rposition(|step| later(step).is_some()).unwrap_or(at);
    if last == at {
        return all;
    }
    let (mut before, mut after) = (before.clone(), after.clone());
    let advance = |step: &Step, before: &mut Flow<'_>, after: &mut Flow<'_>| {
        before.advance(step);
        after.advance(step);
    };
    if !product.follows_step() {
        advance(&plan.steps[at], &mut before, &mut after);
    }
    for step in &plan.steps[at + 1..=last] {
        let Some(later) = later(step) else {
            advance(step, &mut before, &mut after);
            continue;
        };
        if later.follows_step() {
            advance(step, &mut before, &mut after);
        }
        let own = inputs(&before, &after, step, later.with_bias(product.bias), is_first);
        add(&mut all.sums, &own.sums);
        all.cross.iter_mut().zip(&own.cross).for_each(|(sums, own)| add(sums, own));
        if !later.follows_step() {
            advance(step, &mut before, &mut after);
        }
    }
    all
}

/// What a step's product gets.
fn inputs(before: &Flow<'_>, after: &Flow<'_>, step: &Step, product: Product, is_first: bool) -> Inputs {
    let constant = product.bias.is_some();
    let both = [after, before];
    let mut sums = after.sums(if is_first { &both[..1] } else { &both }, step, &product, constant);
    let cross = if is_first { None } else { sums.pop() };
    Inputs { len: product.inputs + usize::from(constant), sums: sums.remove(0), cross }
}

/// Rounds the matrix of a product, and moves its bias.
fn encode_product(
    rounded: &mut Rounded,
    plan: &Plan,
    product: Product,
    format: Format,
    inputs: Inputs,
    rounding: &Rounding,
    cpu: &Cpu,
) -> Result<(), Error> {
    let (param, values) = (&plan.params[product.weight], &mut rounded.values);
    let shape = [param.rows(), param.columns()];
    let bias_range = product.bias.map_or(0..0, |bias| plan.params[bias].range());
    let mut bias = values[bias_range.clone()].to_vec();
    let rounding = rounding.applicable(format);
    let encoded =
        encode(&cpu.threads, format, shape, &values[param.range()], &mut bias, inputs, &rounding).map_err(|error| {
            match error {
                NoFactor::Singular => RoundingError::Damping { damping: rounding.damping, columns: shape[1] },
                NoFactor::Indefinite => RoundingError::Inputs { tensor: param.name },
            }
        })?;
    encoded.decode(&mut values[param.range()]);
    values[bias_range].copy_from_slice(&bias);
    rounded.encoded[product.weight] = Some(encoded);
    Ok(())
}

/// An option must mean something to the format of a tensor at least; to the others it does not apply.
fn check(plan: &Plan, formats: Formats<'_>, check: &dyn Fn(Format) -> Result<(), Error>) -> Result<(), Error> {
    let mut outcomes = plan.params.iter().map(|param| check(formats(param).unwrap_or(Format::F32)));
    let first = outcomes.next().unwrap_or(Ok(()));
    if first.is_ok() || outcomes.any(|outcome| outcome.is_ok()) { Ok(()) } else { first }
}
