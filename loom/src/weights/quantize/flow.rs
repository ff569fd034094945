//! The inputs of each layer for the calibration samples, step by step.
//!
//! Two flows of the calibration samples go through the plan: one with the weights as they were, one with those that were rounded
//! so far. Only the sums Σ z zᵀ and Σ y zᵀ of a layer's inputs, after and before, are kept of them. Where there is a bias, the
//! constant 1 is among the inputs: the bias then takes part as a column that is not rounded. All sums are products in binary64,
//! or loops over outputs: threads change no bit.

use crate::error::{Error, no_memory};
use crate::kernels::columns::for_each_position;
use crate::kernels::parameters::Parameters;
use crate::kernels::{Buffer, Epilogue, MatMut, Matrix, Threads, matmul};
use crate::layers::operator::Mode;
use crate::numerics::arith::Binary64;
use crate::plan::{Plan, Step};
use crate::run::cpu::{Cpu, with_fma_mode};
use crate::run::exec::{Keep, Pass, forward_step};
use core::ops::Range;
use loom_ir::facts::{Factors, Kind};

/// Rows of inputs that are added to the sums at a time.
const ROWS: usize = 1024;

/// A matrix product of a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Product {
    /// Which of the plan's parameters is the matrix.
    pub(super) weight: usize,
    /// Which is added.
    pub(super) bias: Option<usize>,
    /// Values of an input.
    pub(super) inputs: usize,
    /// Where they are found.
    factors: Factors,
}

impl Product {
    /// The product of a step that has one.
    pub(super) fn of(plan: &Plan, step: &Step) -> Option<Product> {
        let Kind::MatrixProduct(product) = step.layer.facts().kind else { return None };
        let (weight, bias) = (step.params[0], product.has_bias.then(|| step.params[1]));
        Some(Product { weight, bias, inputs: plan.params[weight].columns(), factors: product.factors })
    }

    /// The same, without the bias where another step adds another one to products of the weight: no single bias makes up for all of them.
    pub(super) fn with_common_bias(self, plan: &Plan) -> Product {
        let mut others = plan.steps.iter().filter_map(|step| Product::of(plan, step));
        let differs = others.any(|other| other.weight == self.weight && other.bias != self.bias);
        self.with_bias(self.bias.filter(|_| !differs))
    }

    /// The same with another bias.
    pub(super) fn with_bias(self, bias: Option<usize>) -> Product {
        Product { bias, ..self }
    }

    /// Whether the inputs are found among the step's outputs, after it has run.
    pub(super) fn follows_step(&self) -> bool {
        match self.factors {
            Factors::Rows | Factors::Windows(_) => false,
            Factors::Outputs => true,
        }
    }
}

/// All samples at one place between two steps.
#[derive(Clone)]
pub(super) struct Flow<'a> {
    pub(super) weights: Vec<f32>,
    activations: Buffer<f32>,
    pub(super) plan: &'static Plan,
    samples: usize,
    cpu: &'a Cpu,
}

impl<'a> Flow<'a> {
    /// Samples before the first step: `load` writes the inputs of a range of them.
    pub(super) fn new(
        plan: &'static Plan,
        weights: &[f32],
        cpu: &'a Cpu,
        samples: usize,
        load: &mut dyn FnMut(Range<usize>, &mut [f32]),
    ) -> Result<Self, Error> {
        if samples == 0 {
            return Err(Error::EmptyData);
        }
        let len = Keep::Live.len(plan, samples);
        let mut activations = Buffer::try_zeroed(len).ok_or_else(|| no_memory::<f32>(len, "activations"))?;
        let inputs = &mut activations[Keep::Live.input(plan, samples)];
        load(0..samples, inputs);
        if let Some((index, &value)) = inputs.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            let len = plan.input_slot().len;
            return Err(Error::Input { sample: index / len, index: index % len, value });
        }
        Ok(Flow { weights: weights.to_vec(), activations, plan, samples, cpu })
    }

    /// Takes the samples through a step.
    pub(super) fn advance(&mut self, step: &Step) {
        let Flow { weights, activations, plan, samples, cpu } = self;
        let pass = Pass { plan, batch: *samples, mode: Mode::Inference, threads: &cpu.threads };
        with_fma_mode!(cpu.fma_mode, forward_step(pass, Keep::Live, step, Parameters::flat(weights), activations));
    }

    /// Appends the inputs that one sample gives to a step's product.
    fn append(&self, step: &Step, product: &Product, sample: usize, constant: bool, to: &mut Vec<f64>) {
        let of = |value: usize| {
            let slot = &self.plan.values[value];
            &self.activations[Keep::Live.region(slot, self.samples).start + sample * slot.len..][..slot.len]
        };
        let input = of(step.operands[0].value);
        let mut row = |x: &[f32]| {
            to.extend(constant.then_some(1.0));
            to.extend(x.iter().map(|&x| f64::from(x)));
        };
        match product.factors {
            Factors::Rows => input.chunks_exact(product.inputs).for_each(row),
            Factors::Windows(conv) => for_each_position(&conv, input, row),
            Factors::Outputs => {
                let output = of(step.output);
                row(&vec![0.0; product.inputs]);
                output[..output.len() - product.inputs].chunks_exact(product.inputs).for_each(row);
            }
        }
    }

    /// Σ y zᵀ over the inputs of a step's product, with a 1 before each where there is a `constant`: z are those here, y those
    /// of `others`, one after the other in each sample.
    pub(super) fn sums(&self, others: &[&Flow<'_>], step: &Step, product: &Product, constant: bool) -> Vec<Vec<f64>> {
        let len = product.inputs + usize::from(constant);
        let mut sums = vec![vec![0.0; len * len]; others.len()];
        let (mut z, mut y) = (Vec::new(), vec![Vec::new(); others.len()]);
        for sample in 0..self.samples {
            self.append(step, product, sample, constant, &mut z);
            others.iter().zip(&mut y).for_each(|(other, y)| other.append(step, product, sample, constant, y));
            if z.len() >= ROWS * len || sample + 1 == self.samples {
                for (y, sums) in y.iter_mut().zip(&mut sums) {
                    add_products(&self.cpu.threads, y, &z, len, sums);
                    y.clear();
                }
                z.clear();
            }
        }
        sums
    }
}

/// sums += yᵀ z of rows of `len` values.
fn add_products(threads: &Threads, y: &[f64], z: &[f64], len: usize, sums: &mut [f64]) {
    let mut products = vec![0.0; len * len];
    let (y, rows) = (Matrix::rows(y, len).transposed(), z.len() / len);
    matmul::<Binary64>(threads, y, Matrix::rows(z, len), rows, MatMut::rows(&mut products, len), Epilogue::NONE);
    add(sums, &products);
}

/// sums += others.
pub(super) fn add(sums: &mut [f64], others: &[f64]) {
    sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
}
