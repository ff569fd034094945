//! A data set on a GPU: uploaded once, or a part at a time where it does not fit.

use super::session::{CALLS, Dispatch, Session, storage};
use super::{Gpu, GpuError};
use crate::data::{Inputs, Source, TargetBatch};
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Binding, GATHER, Phase};
use wgpu::{BindGroup, Buffer};

/// Samples that a part of a data set holds at most, but for a single batch of more.
const PART: usize = 65_536;

/// A data set, or a part of one, with what takes batches from it.
#[derive(Debug)]
pub(super) struct Resident {
    /// Where the data set lies on the host, which tells it from others.
    source: (usize, usize),
    /// Whether all of it is on the GPU.
    is_whole: bool,
    samples: Buffer,
    order: Buffer,
    targets: Buffer,
    pub(super) gather: Dispatch,
    pub(super) gather_group: BindGroup,
    /// As those of a gathering, but with the targets for samples.
    pub(super) compare_group: BindGroup,
    pub(super) loss_group: BindGroup,
}

/// Which data set it is.
fn identity(source: &dyn Source) -> (usize, usize) {
    let bytes = source.inputs().bytes;
    (bytes.as_ptr() as usize, bytes.len())
}

/// The targets of the samples at `indices`, sample after sample: class indices, or the bits of values.
fn target_words(source: &dyn Source, indices: &[u32]) -> Vec<u32> {
    let mut targets = TargetBatch::default();
    source.gather_targets(indices, &mut targets);
    words_of(&targets, indices.len())
}

/// The words of a batch of so many samples.
pub(super) fn words_of(targets: &TargetBatch, samples: usize) -> Vec<u32> {
    match (targets.parts(), targets.values.as_slice()) {
        ([], []) => targets.classes.clone(),
        ([], values) => values.iter().map(|value| value.to_bits()).collect(),
        (parts, _) => {
            let parts: Vec<Vec<u32>> = parts.iter().map(|part| words_of(part, samples)).collect();
            let sample = |sample: usize| {
                parts.iter().flat_map(move |part| {
                    let len = part.len() / samples;
                    part[sample * len..][..len].iter().copied()
                })
            };
            (0..samples).flat_map(sample).collect()
        }
    }
}

/// Batches that are taken at a time.
pub(super) fn batches_at_once(batch: usize) -> usize {
    (PART / batch).clamp(1, CALLS)
}

impl Resident {
    /// Brings a data set to the GPU, for batches of at most so many samples.
    pub(super) fn new(session: &Session, source: &dyn Source, batch: usize) -> Result<Self, GpuError> {
        let Inputs { bytes, is_bytes, scale } = source.inputs();
        let (gpu, samples) = (&session.gpu, source.samples());
        let part = samples.min(batch * batches_at_once(batch));
        let target_len = target_words(source, &[0]).len();
        let input_bytes = bytes.len();
        let make = |part: usize| -> Result<[Buffer; 2], GpuError> {
            let input_words = (input_bytes / samples * part).div_ceil(4);
            Ok([storage(gpu, "inputs", input_words)?, storage(gpu, "targets", target_len * part)?])
        };
        let whole = if input_bytes as u64 <= gpu.data_limit { make(samples) } else { make(part) };
        let (is_whole, [samples_buffer, targets]) = match whole {
            Ok(buffers) => (input_bytes as u64 <= gpu.data_limit, buffers),
            // What is too much as a whole may fit in parts.
            Err(GpuError::TooLarge { .. } | GpuError::OutOfMemory { .. }) => (false, make(part)?),
            Err(error) => return Err(error),
        };
        let order = storage(gpu, "order of samples", part)?;
        let slot = session.plan.input_slot();
        let header = format!(
            "const INPUT: u32 = {}u;\nconst INPUT_LEN: u32 = {}u;\nconst SCALE: f32 = {:?}f;\nconst BYTES: bool = {};\n",
            slot.train, slot.len, scale, is_bytes,
        );
        let gather = session.dispatch(&header, Launch::new(&GATHER, PerSample(slot.len)))?;
        let own = [(Binding::Samples, &samples_buffer), (Binding::Order, &order), (Binding::Targets, &targets)];
        let (gather_group, loss_group) = (session.group(Phase::Gather, &own), session.group(Phase::Loss, &own));
        let compare_group = session.group(Phase::Gather, &[(Binding::Samples, &targets), (Binding::Order, &order)]);
        let identity = identity(source);
        let resident = Resident {
            source: identity,
            is_whole,
            samples: samples_buffer,
            order,
            targets,
            gather,
            gather_group,
            compare_group,
            loss_group,
        };
        if is_whole {
            let all: Vec<u32> = (0..samples as u32).collect();
            resident.upload(gpu, bytes, &target_words(source, &all));
        }
        Ok(resident)
    }

    /// Whether it holds this data set.
    pub(super) fn is_of(&self, source: &dyn Source) -> bool {
        self.source == identity(source)
    }

    /// Makes ready the samples at `indices`, of at most as many batches as are taken at a time: the first of them is then
    /// number 0 of the order.
    pub(super) fn select(&self, gpu: &Gpu, source: &dyn Source, indices: &[u32]) {
        if self.is_whole {
            gpu.device().queue.write_buffer(&self.order, 0, bytemuck::cast_slice(indices));
            return;
        }
        let all = source.inputs().bytes;
        let len = all.len() / source.samples();
        let mut bytes = Vec::with_capacity(len * indices.len() + 3);
        for &index in indices {
            bytes.extend_from_slice(&all[index as usize * len..][..len]);
        }
        self.upload(gpu, &bytes, &target_words(source, indices));
        let order: Vec<u32> = (0..indices.len() as u32).collect();
        gpu.device().queue.write_buffer(&self.order, 0, bytemuck::cast_slice(&order));
    }

    /// Writes inputs and targets from the start of their buffers on.
    fn upload(&self, gpu: &Gpu, inputs: &[u8], targets: &[u32]) {
        // A write has a whole number of words.
        let (words, rest) = inputs.split_at(inputs.len() / 4 * 4);
        gpu.device().queue.write_buffer(&self.samples, 0, words);
        if !rest.is_empty() {
            let mut last = [0; 4];
            last[..rest.len()].copy_from_slice(rest);
            gpu.device().queue.write_buffer(&self.samples, words.len() as u64, &last);
        }
        gpu.device().queue.write_buffer(&self.targets, 0, bytemuck::cast_slice(targets));
    }
}
