//! When the dispatches of a training step are done, by the GPU's own clock.

use super::session::Dispatch;
use super::{Gpu, GpuError};
use crate::training::trainer::backend::Timing;
use wgpu::{Buffer, BufferUsages, Features, QuerySet};

/// Moments that a [`Timer`] takes at most.
const MOMENTS: u32 = 4096;

/// Takes the moments at which dispatches are done.
#[derive(Debug)]
pub(crate) struct Timer {
    moments: QuerySet,
    taken: u32,
    resolved: Buffer,
}

impl Timer {
    pub(super) fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        if !gpu.device().raw.features().contains(Features::TIMESTAMP_QUERY_INSIDE_PASSES) {
            return Err(GpuError::Internal { message: "the adapter does not tell when a dispatch is done".to_owned() });
        }
        let moments = gpu.device().raw.create_query_set(&wgpu::QuerySetDescriptor {
            label: None,
            ty: wgpu::QueryType::Timestamp,
            count: MOMENTS,
        });
        let usage = BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC;
        let resolved = gpu.device().buffer("moments", 8 * u64::from(MOMENTS), usage)?;
        Ok(Timer { moments, taken: 0, resolved })
    }

    /// Takes the moment at which all before it in the pass is done.
    pub(super) fn write(&mut self, pass: &mut wgpu::ComputePass<'_>) {
        if self.taken < MOMENTS {
            pass.write_timestamp(&self.moments, self.taken);
            self.taken += 1;
        }
    }

    pub(super) fn resolve(&mut self, encoder: &mut wgpu::CommandEncoder) {
        encoder.resolve_query_set(&self.moments, 0..self.taken, &self.resolved, 0);
    }

    /// The times between the moments, which are those of these dispatches.
    pub(super) fn read<'a>(
        &self,
        gpu: &Gpu,
        dispatches: impl Iterator<Item = &'a Dispatch>,
    ) -> Result<Vec<Timing>, GpuError> {
        let ticks: Vec<u64> =
            bytemuck::pod_collect_to_vec(&gpu.device().read(&self.resolved, 0..8 * u64::from(self.taken))?);
        let microseconds = f64::from(gpu.device().queue.get_timestamp_period()) / 1e3;
        let timing = |(dispatch, ticks): (&Dispatch, &[u64; 2])| Timing {
            layer: dispatch.layer,
            kernel: dispatch.launch.kernel.name,
            microseconds: ticks[1].saturating_sub(ticks[0]) as f64 * microseconds,
        };
        Ok(dispatches.zip(ticks.array_windows()).map(timing).collect())
    }
}
