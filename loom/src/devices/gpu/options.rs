//! Settings of a GPU that change no bit of a result.

use super::{AdapterKind, Gpu, GpuError};
use crate::shaders::Tuning;

impl Gpu {
    /// Cuts all kernels up in this way, where Loom would choose by their sizes and the adapter. It changes no bit. What is not
    /// [possible](Tuning::is_possible) is [`GpuError::Tuning`] once kernels are made.
    #[must_use]
    pub fn tuning(self, tuning: Tuning) -> Self {
        Gpu { tuning: Some(tuning), ..self }
    }

    /// Keeps data sets of at most so many bytes on the GPU while it trains; a larger one goes there a few batches at a
    /// time. Unless chosen, the limit is what the adapter allows. It changes no bit.
    #[must_use]
    pub fn data_limit(self, bytes: u64) -> Self {
        Gpu { data_limit: bytes, ..self }
    }

    pub(crate) fn is_software(&self) -> bool {
        self.adapter().kind == AdapterKind::Software
    }

    /// Submits recorded work and waits for it.
    pub(crate) fn submit(&self, encoder: wgpu::CommandEncoder) -> Result<(), GpuError> {
        self.device().queue.submit([encoder.finish()]);
        self.device().wait()
    }
}
