//! A plan on a GPU: its buffers, pipelines and bind groups, made once, and the recording of its dispatches.

use super::packed::Locations;
use super::pipeline::Trust;
use super::profile::Timer;
use super::{Gpu, GpuError};
use crate::kernels::Threads;
use crate::layers::operator::Operator;
use crate::plan::launch::Launch;
use crate::plan::{Plan, assert_runs};
use crate::run::shader::{Base, Shader};
use crate::shaders::{Binding, CALL_BYTES, Phase, Storage, Tile, Tuning};
use bytemuck::{Pod, Zeroable};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::OnceLock;
use wgpu::{BindGroup, Buffer, BufferUsages, ComputePipeline};

/// Outputs that may have losses of their own: the longest tuple of losses. `call.wgsl` has room for their scales.
const MAX_TERMS: usize = 8;

/// What `call` in the shaders holds.
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Call {
    pub(crate) batch: u32,
    pub(crate) first: u32,
    pub(crate) training: u32,
    pub(crate) unused: u32,
    pub(crate) seed: [u32; 2],
    pub(crate) step: [u32; 2],
    pub(crate) optimizer: [f32; 8],
    pub(crate) loss_scales: [f32; MAX_TERMS],
}

const _: () = assert!(size_of::<Call>() == CALL_BYTES);

/// Bytes from one [`Call`] to the next: the alignment that WebGPU demands of a dynamic offset at most.
const CALL_STRIDE: u64 = 256;

/// Calls that are uploaded, and batches that are submitted, at a time.
pub(crate) const CALLS: usize = 64;

/// A kernel that is ready to run.
#[derive(Debug)]
pub(crate) struct Dispatch {
    /// The layer's name; empty for what is no layer's.
    pub(crate) layer: &'static str,
    pub(crate) launch: Launch,
    tuning: Tuning,
    pipeline: ComputePipeline,
}

/// A kernel to be compiled.
pub(crate) struct Request {
    /// As in [`Dispatch`].
    pub(crate) layer: &'static str,
    /// Where the kernel reads weights from.
    pub(crate) storage: Storage,
    /// Whether it reaches nothing but its buffers without checks.
    pub(crate) trust: Trust,
    /// The kernel's constants.
    pub(crate) header: String,
    pub(crate) launch: Launch,
}

/// The buffers of a plan, by their bindings.
#[derive(Debug, Default)]
pub(crate) struct Buffers([Option<Buffer>; 14]);

impl Buffers {
    pub(crate) fn get(&self, binding: Binding) -> &Buffer {
        self.0[binding as usize].as_ref().expect("the buffers of a session's phases are made with it")
    }

    pub(crate) fn set(&mut self, binding: Binding, buffer: Buffer) {
        self.0[binding as usize] = Some(buffer);
    }
}

/// A plan on a GPU, for batches of at most `capacity` samples.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) gpu: Gpu,
    pub(crate) plan: &'static Plan,
    /// Where the values of the plan end, and of what runs behind it.
    pub(crate) end: Base,
    pub(crate) capacity: usize,
    pub(crate) buffers: Buffers,
    calls: Buffer,
    pub(crate) forward: Vec<Dispatch>,
}

/// So many `f32`, at least one `vec4`, in bytes.
pub(crate) fn bytes(len: usize) -> u64 {
    (len.max(4) as u64).saturating_mul(4)
}

const STORAGE: BufferUsages = BufferUsages::STORAGE.union(BufferUsages::COPY_DST).union(BufferUsages::COPY_SRC);

/// A buffer that kernels read or write, and the host too.
pub(crate) fn storage(gpu: &Gpu, what: &'static str, len: usize) -> Result<Buffer, GpuError> {
    gpu.device().buffer(what, bytes(len), STORAGE)
}

impl Session {
    /// A plan with the values of its weights, ready for forward passes.
    pub(crate) fn new(gpu: &Gpu, plan: &'static Plan, weights: &[f32], capacity: usize) -> Result<Self, GpuError> {
        Session::with_room(gpu, plan, weights, Base::end_of(plan), capacity)
    }

    /// The same, with room for values up to `end`.
    pub(crate) fn with_room(
        gpu: &Gpu,
        plan: &'static Plan,
        weights: &[f32],
        end: Base,
        capacity: usize,
    ) -> Result<Self, GpuError> {
        Session::with(gpu, plan, weights, (capacity, end), |shader| (Storage::Values, shader.constants()))
    }

    /// A plan with its weights as they are stored, for forward passes alone.
    pub(crate) fn packed(
        gpu: &Gpu,
        plan: &'static Plan,
        (words, places): (&[u32], &Locations),
        capacity: usize,
    ) -> Result<Self, GpuError> {
        Session::with(gpu, plan, bytemuck::cast_slice(words), (capacity, Base::end_of(plan)), |shader| {
            places.of(shader)
        })
    }

    /// A plan with its weights, of which `header` says how a step finds them.
    fn with(
        gpu: &Gpu,
        plan: &'static Plan,
        weights: &[f32],
        (capacity, end): (usize, Base),
        header: impl Fn(&Shader) -> (Storage, String),
    ) -> Result<Self, GpuError> {
        let mut buffers = Buffers::default();
        buffers.set(Binding::Weights, storage(gpu, "weights", weights.len())?);
        buffers.set(Binding::Activations, storage(gpu, "activations", end.train.saturating_mul(capacity))?);
        let calls =
            gpu.device().buffer("calls", CALL_STRIDE * CALLS as u64, BufferUsages::UNIFORM | BufferUsages::COPY_DST)?;
        let mut session = Session { gpu: gpu.clone(), plan, end, capacity, buffers, calls, forward: Vec::new() };
        session.write(Binding::Weights, 0, weights);
        session.forward = session.forward_of(plan, Base::default(), header)?;
        Ok(session)
    }

    /// Makes room for batches of up to `capacity` samples, for values up to `end` in each, and for so much scratch. What the buffers hold
    /// stays. Gives whether there are new ones, for which groups are to be made anew. Where one cannot be made, all is as it was.
    pub(crate) fn grow(&mut self, capacity: usize, end: Base, scratch: usize) -> Result<bool, GpuError> {
        let end = Base { train: self.end.train.max(end.train), grad: self.end.grad.max(end.grad) };
        let lens = [
            (Binding::Activations, "activations", end.train.saturating_mul(capacity)),
            (Binding::Gradients, "gradients of the activations", end.grad.saturating_mul(capacity)),
            (Binding::Scratch, "scratch", scratch),
        ];
        let mut new = Vec::new();
        for (binding, what, len) in lens {
            if self.buffers.get(binding).size() < bytes(len) {
                new.push((binding, storage(&self.gpu, what, len)?));
            }
        }
        let has_new = !new.is_empty();
        let mut encoder = self.gpu.device().raw.create_command_encoder(&Default::default());
        for (binding, buffer) in new {
            let old = self.buffers.get(binding);
            encoder.copy_buffer_to_buffer(old, 0, &buffer, 0, old.size());
            self.buffers.set(binding, buffer);
        }
        self.gpu.device().queue.submit([encoder.finish()]);
        let has_larger = capacity > self.capacity;
        (self.end, self.capacity) = (end, capacity);
        if has_larger {
            // Tuned for them.
            self.forward =
                self.forward_of(self.plan, Base::default(), |shader| (Storage::Values, shader.constants()))?;
        }
        Ok(has_new)
    }

    /// The dispatches of a forward pass of a plan whose values begin at `base`; `header` says how a step finds its weights.
    pub(crate) fn forward_of(
        &self,
        plan: &'static Plan,
        base: Base,
        header: impl Fn(&Shader) -> (Storage, String),
    ) -> Result<Vec<Dispatch>, GpuError> {
        assert_runs(plan);
        let mut steps = Vec::new();
        for step in plan.steps {
            let shader = Shader::of(plan, step, base);
            let (trust, (storage, header)) = (Trust::of(&shader), header(&shader));
            for launch in step.layer.launches_of(Phase::Forward) {
                steps.push(Request { layer: step.name, storage, trust, header: header.clone(), launch });
            }
        }
        self.dispatches(&steps)
    }

    /// A kernel of Loom's own with the constants of a header.
    pub(crate) fn dispatch(&self, header: &str, launch: Launch) -> Result<Dispatch, GpuError> {
        self.dispatch_with(Trust::Unchecked, header, launch)
    }

    /// A kernel with the constants of a header.
    pub(crate) fn dispatch_with(&self, trust: Trust, header: &str, launch: Launch) -> Result<Dispatch, GpuError> {
        self.compile(&Request { layer: "", storage: Storage::Values, trust, header: header.to_owned(), launch })
    }

    /// Many kernels, which the machine's threads compile side by side: that takes most of the time in which a session is made.
    pub(crate) fn dispatches(&self, requests: &[Request]) -> Result<Vec<Dispatch>, GpuError> {
        let threads = Threads::available();
        let (next, made) = (AtomicUsize::new(0), requests.iter().map(|_| OnceLock::new()).collect::<Vec<_>>());
        threads.run(threads.count().min(requests.len()), &|_| {
            while let Some((request, made)) = requests.iter().zip(&made).nth(next.fetch_add(1, Relaxed)) {
                made.get_or_init(|| self.compile(request));
            }
        });
        made.into_iter().map(|made| made.into_inner().expect("the threads make all")).collect()
    }

    fn compile(&self, request: &Request) -> Result<Dispatch, GpuError> {
        let &Request { layer, storage, trust, ref header, launch } = request;
        let kernel = launch.kernel;
        let tuning = match self.gpu.tuning {
            Some(tuning) if !tuning.is_possible() => return Err(GpuError::Tuning { tuning }),
            Some(tuning) => tuning,
            None if self.gpu.is_software() => Tuning { workgroup: 64, tile: Tile::Direct },
            None => launch.tuning(self.capacity),
        };
        let source = kernel.source_from(storage, header, tuning);
        let pipeline = self.gpu.pipeline(&source, kernel.name, kernel.phase, trust)?;
        Ok(Dispatch { layer, launch, tuning, pipeline })
    }

    /// The bind group of a phase, with buffers of `own` in place of the session's.
    pub(crate) fn group(&self, phase: Phase, own: &[(Binding, &Buffer)]) -> BindGroup {
        let call = wgpu::BufferBinding {
            buffer: &self.calls,
            offset: 0,
            size: core::num::NonZero::new(size_of::<Call>() as u64),
        };
        let mut entries = vec![wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::Buffer(call) }];
        for &(binding, _) in phase.bindings() {
            let own = own.iter().find(|(other, _)| *other == binding).map(|(_, buffer)| *buffer);
            let buffer = own.unwrap_or_else(|| self.buffers.get(binding));
            entries.push(wgpu::BindGroupEntry { binding: binding as u32, resource: buffer.as_entire_binding() });
        }
        self.gpu.device().raw.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.gpu.open.pipelines.layout(phase).group,
            entries: &entries,
        })
    }

    /// Writes values into a buffer, `offset` elements from its start.
    pub(crate) fn write(&self, binding: Binding, offset: usize, values: &[f32]) {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        self.gpu.device().queue.write_buffer(self.buffers.get(binding), 4 * offset as u64, bytes);
    }

    /// Reads values of a buffer.
    pub(crate) fn read(&self, binding: Binding, range: core::ops::Range<usize>) -> Result<Vec<f32>, GpuError> {
        let bytes = self.gpu.device().read(self.buffers.get(binding), 4 * range.start as u64..4 * range.end as u64)?;
        Ok(bytemuck::pod_collect_to_vec(&bytes))
    }

    /// Uploads the calls that [`Recording`]s of the next submission refer to by their index: at most [`CALLS`].
    pub(crate) fn write_calls(&self, calls: &[Call]) {
        let mut bytes = vec![0; calls.len() * CALL_STRIDE as usize];
        for (bytes, call) in bytes.chunks_exact_mut(CALL_STRIDE as usize).zip(calls) {
            bytes[..size_of::<Call>()].copy_from_slice(bytemuck::bytes_of(call));
        }
        self.gpu.device().queue.write_buffer(&self.calls, 0, &bytes);
    }
}

impl Dispatch {
    /// Records the dispatch into a pass whose bind group is set.
    pub(crate) fn record(&self, pass: &mut wgpu::ComputePass<'_>, batch: usize) {
        let [x, y, z] = self.launch.workgroups(self.tuning, batch);
        pass.set_pipeline(&self.pipeline);
        pass.dispatch_workgroups(x, y, z);
    }
}

/// Records the dispatches of one call into a pass, and the moments at which they are done, where those are wanted.
pub(crate) fn record(
    pass: &mut wgpu::ComputePass<'_>,
    group: &BindGroup,
    (call, batch): (usize, usize),
    dispatches: &[Dispatch],
    mut timer: Option<&mut Timer>,
) {
    pass.set_bind_group(0, group, &[call as u32 * CALL_STRIDE as u32]);
    for dispatch in dispatches {
        dispatch.record(pass, batch);
        if let Some(timer) = &mut timer {
            timer.write(pass);
        }
    }
}
