//! Compiled kernels, each kept after its first use.

use super::GpuError;
use super::device::{Device, lock};
use super::error::one_line;
use crate::run::shader::Shader;
use crate::shaders::{CALL_BYTES, Phase};
use core::num::NonZeroU64;
use hmac_sha256::Hash as Sha256;
use std::collections::HashMap;
use std::sync::Mutex;

/// Whether a kernel runs without checks at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Its text is Loom's own, for buffers that Loom made for it: it indexes inside of them, and its loops end.
    Unchecked,
    /// It may say anything.
    Checked,
}

impl Trust {
    /// That of a step's shader, of a plan that [`PlanExt::check`](crate::plan::PlanExt::check) has passed.
    pub(crate) fn of(shader: &Shader) -> Self {
        if shader.cannot_wrap() { Trust::Unchecked } else { Trust::Checked }
    }
}

/// The compiled kernels of a device, and the layouts of the phases.
#[derive(Debug)]
pub(super) struct Pipelines {
    phases: HashMap<Phase, BindingLayout>,
    compiled: Mutex<HashMap<[u8; 32], wgpu::ComputePipeline>>,
}

/// The bindings of a kernel.
#[derive(Debug)]
pub(super) struct BindingLayout {
    pub(super) group: wgpu::BindGroupLayout,
    pipeline: wgpu::PipelineLayout,
}

impl Pipelines {
    pub(super) fn new(device: &Device) -> Result<Self, GpuError> {
        let layout = |&phase: &Phase| Ok((phase, BindingLayout::new(device, &phase_entries(phase))?));
        let phases = Phase::ALL.iter().map(layout).collect::<Result<_, GpuError>>()?;
        Ok(Pipelines { phases, compiled: Mutex::default() })
    }

    pub(super) fn layout(&self, phase: Phase) -> &BindingLayout {
        &self.phases[&phase]
    }

    /// The pipeline of an entry point of a module, compiled at its first use.
    pub(super) fn get(
        &self,
        device: &Device,
        source: &str,
        entry: &str,
        phase: Phase,
        trust: Trust,
    ) -> Result<wgpu::ComputePipeline, GpuError> {
        let key = Sha256::hash(format!("{trust:?} {phase:?} {entry}\n{source}").as_bytes());
        if let Some(pipeline) = lock(&self.compiled).get(&key) {
            return Ok(pipeline.clone());
        }
        let pipeline = compile(device, source, entry, self.layout(phase), trust)?;
        Ok(lock(&self.compiled).entry(key).or_insert(pipeline).clone())
    }
}

impl BindingLayout {
    pub(super) fn new(device: &Device, entries: &[wgpu::BindGroupLayoutEntry]) -> Result<Self, GpuError> {
        device
            .scoped(&[wgpu::ErrorFilter::Validation], || {
                let descriptor = wgpu::BindGroupLayoutDescriptor { label: None, entries };
                let group = device.raw.create_bind_group_layout(&descriptor);
                let pipeline = device.raw.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                    label: None,
                    bind_group_layouts: &[Some(&group)],
                    immediate_size: 0,
                });
                BindingLayout { group, pipeline }
            })
            .map_err(|error| GpuError::uncaptured(&error))
    }
}

/// Compiles an entry point of a module.
pub(super) fn compile(
    device: &Device,
    source: &str,
    entry: &str,
    layout: &BindingLayout,
    trust: Trust,
) -> Result<wgpu::ComputePipeline, GpuError> {
    device.check()?;
    let make = || {
        let descriptor =
            wgpu::ShaderModuleDescriptor { label: Some(entry), source: wgpu::ShaderSource::Wgsl(source.into()) };
        let module = match trust {
            // SAFETY: Loom's shaders index inside the bindings that Loom gives them, by the numbers of a plan that was checked, which
            // do not wrap; and their loops end.
            Trust::Unchecked => unsafe {
                device.raw.create_shader_module_trusted(descriptor, wgpu::ShaderRuntimeChecks::unchecked())
            },
            Trust::Checked => device.raw.create_shader_module(descriptor),
        };
        device.raw.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(entry),
            layout: Some(&layout.pipeline),
            module: &module,
            entry_point: Some(entry),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        })
    };
    let kinds = [wgpu::ErrorFilter::OutOfMemory, wgpu::ErrorFilter::Internal, wgpu::ErrorFilter::Validation];
    let pipeline = device.scoped(&kinds, make).map_err(|error| match error {
        wgpu::Error::OutOfMemory { .. } => GpuError::OutOfMemory { what: format!("kernel `{entry}`"), bytes: 0 },
        error => GpuError::Shader { kernel: entry.to_owned(), message: one_line(&error.to_string()) },
    })?;
    device.check()?;
    Ok(pipeline)
}

/// A binding of a storage buffer.
pub(super) fn storage(binding: u32, written: bool) -> wgpu::BindGroupLayoutEntry {
    let ty = wgpu::BufferBindingType::Storage { read_only: !written };
    entry(binding, wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None })
}

fn entry(binding: u32, ty: wgpu::BindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry { binding, visibility: wgpu::ShaderStages::COMPUTE, ty, count: None }
}

/// The uniform `call`, whose place is chosen for each dispatch, and the buffers of a phase.
fn phase_entries(phase: Phase) -> Vec<wgpu::BindGroupLayoutEntry> {
    let call = wgpu::BindingType::Buffer {
        ty: wgpu::BufferBindingType::Uniform,
        has_dynamic_offset: true,
        min_binding_size: NonZeroU64::new(CALL_BYTES as u64),
    };
    let buffers = phase.bindings().iter().map(|&(binding, written)| storage(binding as u32, written));
    core::iter::once(entry(0, call)).chain(buffers).collect()
}
