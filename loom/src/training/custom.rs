//! Custom losses, which `network!` wrote: a plan that runs behind the network's. On the CPU it has buffers of its own, on a GPU a place behind the
//! network's values.

use crate::data::TargetBatch;
use crate::error::{Error, no_memory};
use crate::kernels::parameters::Parameters;
use crate::kernels::{Buffer, Threads, sum};
use crate::layers::operator::Mode;
use crate::numerics::arith::{Arith, Element};
use crate::plan::{Plan, assert_runs};
use crate::run::exec::{Gradients, Keep, Pass, backward, forward};
use crate::run::shader::Base;
use crate::shaders::constants;
use crate::training::loss::{BatchScore, Custom, Evaluate, Objective, Term, bases, target_words};

/// The buffers of such a loss.
#[derive(Debug, Clone, Default)]
pub(crate) struct CustomBuffers {
    /// The plans that were checked.
    plans: Vec<&'static Plan>,
    activations: Buffer<f32>,
    gradients: Gradients<f32>,
}

impl CustomBuffers {
    /// Makes room for a batch.
    pub(crate) fn reserve(&mut self, custom: Custom, batch: usize) -> Result<(), Error> {
        if !self.plans.iter().any(|plan| core::ptr::eq(*plan, custom.plan)) {
            assert_runs(custom.plan);
            self.plans.push(custom.plan);
        }
        let len = Keep::All.len(custom.plan, batch);
        self.activations.try_grow(len).ok_or_else(|| no_memory::<f32>(len, "activations of the loss"))?;
        self.gradients.grow(custom.plan, batch).map_err(|len| no_memory::<f32>(len, "gradients of the loss"))
    }
}

/// Evaluates a loss and its gradient.
pub(crate) fn evaluate_custom<A: Arith<T = f32>>(
    buffers: &mut CustomBuffers,
    custom: Custom,
    threads: &Threads,
    call: Evaluate<'_, f32>,
) -> BatchScore {
    let Evaluate { term, batch, output_len, outputs, targets, d_outputs, losses } = call;
    let plan = custom.plan;
    let inputs = &mut buffers.activations[Keep::All.input(plan, batch)];
    let len = plan.input_slot().len;
    for (sample, (input, output)) in inputs.chunks_exact_mut(len).zip(outputs.chunks_exact(output_len)).enumerate() {
        let (output_part, target) = input.split_at_mut(term.len);
        output_part.copy_from_slice(&output[term.at..][..term.len]);
        custom.fill(targets, sample, target);
    }
    let pass = Pass { plan, batch, mode: Mode::Inference, threads };
    forward::<A>(pass, Keep::All, Parameters::flat(&[]), &mut buffers.activations);
    let losses = &mut losses[..batch];
    losses.copy_from_slice(&buffers.activations[Keep::All.output(plan, batch)]);
    let scale = A::flush(f32::from_f64(term.scale(batch)));
    buffers.gradients.slots[Gradients::<f32>::output(plan, batch)].fill(scale);
    backward::<A>(pass, &[], &buffers.activations, &mut buffers.gradients, true);
    let d_inputs = &buffers.gradients.slots[Gradients::<f32>::input(plan, batch)];
    for (d_input, d_output) in d_inputs.chunks_exact(len).zip(d_outputs.chunks_exact_mut(output_len)) {
        d_output[term.at..][..term.len].copy_from_slice(&d_input[..term.len]);
    }
    let correct = outputs.chunks_exact(output_len).enumerate();
    let correct = correct.filter(|(sample, output)| {
        term.is_custom_correct::<A>(custom, &output[term.at..][..term.len], targets, *sample)
    });
    BatchScore { loss_sum: A::flush(sum::<A>(losses)), rows: batch, correct: correct.count() }
}

impl Custom {
    /// The target of a sample as values.
    fn fill(self, targets: &TargetBatch, sample: usize, mut values: &mut [f32]) {
        for (number, (len, is_label)) in self.parts().enumerate() {
            let part = targets.part(number, self.labels.len());
            let (part_values, rest) = values.split_at_mut(len);
            if is_label {
                part_values.fill(0.0);
                part_values[part.classes[sample] as usize] = 1.0;
            } else {
                part_values.copy_from_slice(&part.values[sample * len..][..len]);
            }
            values = rest;
        }
    }

    /// The WGSL function that gives a value of a sample's target, whose words begin at `at`: a label is one word, and becomes a one-hot
    /// vector.
    fn target_value(self) -> String {
        let (mut first, mut word, mut cases) = (0, 0, String::new());
        for (len, is_label) in self.parts() {
            let value = match is_label {
                true => format!("select(0.0f, 1.0f, samples[at + {word}u] == i - {first}u)"),
                false => format!("bitcast<f32>(samples[at + {word}u + (i - {first}u)])"),
            };
            first += len;
            word += if is_label { 1 } else { len };
            cases.push_str(&format!("    if i < {first}u {{ return {value}; }}\n"));
        }
        format!("fn target_value(at: u32, i: u32) -> f32 {{\n{cases}    return 0.0f;\n}}\n")
    }
}

/// What a GPU runs around the plan of such a loss.
#[doc(hidden)]
#[derive(Debug)]
#[cfg_attr(not(feature = "gpu"), expect(dead_code, reason = "a GPU reads them"))]
pub struct CustomShaders {
    pub(crate) loss: Custom,
    /// Where the plan's values begin, and where they end.
    pub(crate) base: Base,
    pub(crate) end: Base,
    /// The constants of [`COMPARE`](crate::shaders::COMPARE).
    pub compare: String,
    /// The constants of [`D_OUTPUTS`](crate::shaders::D_OUTPUTS).
    pub d_outputs: String,
}

/// Those of each term that has a plan.
#[doc(hidden)]
pub fn custom_shaders(terms: &[Term], network: &Plan) -> Vec<CustomShaders> {
    let bases = bases(terms, network);
    let ends = bases.iter().skip(1).copied();
    let places = target_words(terms).into_iter().zip(bases.iter().copied().zip(ends));
    let shaders = terms.iter().zip(places).filter_map(|(term, (words, (base, end)))| {
        let Objective::Custom(loss) = term.objective else { return None };
        let (input, output) = (loss.plan.input_slot(), network.output_slot());
        let lens =
            constants([("INPUT_LEN", input.len), ("OUTPUT_LEN", output.len), ("FIRST", term.at), ("LEN", term.len)]);
        let places = constants([
            ("INPUT", base.train + input.train),
            ("OUTPUT", output.train),
            ("TARGET", words.at),
            ("TARGET_LEN", words.len),
        ]);
        let compare = format!("{lens}{places}{}", loss.target_value());
        let d_outputs = lens + &constants([("D_INPUT", base.grad + input.grad), ("D_OUTPUT", output.grad)]);
        Some(CustomShaders { loss, base, end, compare, d_outputs })
    });
    shaders.collect()
}
