//! A GPU as a device: which one, and whether it computes Loom arithmetic.

mod adapter;
mod device;
mod engine;
mod error;
mod exactness;
mod infer;
mod losses;
mod options;
mod packed;
mod pass;
mod pipeline;
mod probe;
mod profile;
mod resident;
mod session;
#[cfg(test)]
mod tests;
mod training;
mod updates;

pub use crate::error::GpuError;
pub use adapter::{AdapterInfo, AdapterKind};
pub use exactness::{Deviation, Exactness};
pub use pass::{PassResult, Passes};

use crate::numerics::environment::in_default_environment;
use crate::run::cpu::FmaMode;
use crate::shaders::{Phase, Tuning};
use crate::training::device::Device;
use crate::training::device::sealed::Sealed;
use crate::training::trainer::backend::AnyDevice;
use crate::weights::model::Model;
use adapter::{choose, drivers, find};
use infer::GpuRunner;
use pipeline::{Pipelines, Trust};
use std::sync::Arc;

/// A GPU. Clones are the same device.
///
/// Opening one takes some tenths of a second, in which a probe compares its arithmetic with the CPU's, bit for bit: see
/// [`exactness`](Gpu::exactness). Threads that open one at once do so one after the other.
///
/// A GPU belongs to the process that opened it. It does not survive a `fork`: a child must not use its parent's, not even drop it
/// or open another, since drivers do not work in a process that was forked behind their back. Open GPUs in the child before the parent has
/// opened any, or start the child as a program of its own.
///
/// ```
/// use loom::prelude::*;
///
/// match Gpu::new() {
///     Ok(gpu) => println!("{}, {}", gpu.name(), gpu.exactness()),
///     Err(error) => println!("{error}"),
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Gpu {
    open: Arc<Open>,
    tuning: Option<Tuning>,
    data_limit: u64,
}

#[derive(Debug)]
struct Open {
    device: device::Device,
    pipelines: Pipelines,
    adapter: AdapterInfo,
    exactness: Exactness,
}

impl Gpu {
    /// Opens the adapter that the environment variable `LOOM_GPU` names, as [`select`](Gpu::select) does, else the first
    /// of [`adapters`](Gpu::adapters).
    ///
    /// # Errors
    ///
    /// There is no adapter, or none of that name, or the adapter does not open.
    pub fn new() -> Result<Gpu, GpuError> {
        let wanted = std::env::var_os("LOOM_GPU").filter(|wanted| !wanted.is_empty());
        in_default_environment(|| Gpu::open(wanted.as_ref().map(|wanted| wanted.to_string_lossy()).as_deref()))
    }

    /// Opens the adapter of this index among [`adapters`](Gpu::adapters), or else the first with this in its name, in
    /// capitals or not.
    ///
    /// # Errors
    ///
    /// As [`new`](Gpu::new).
    pub fn select(wanted: &str) -> Result<Gpu, GpuError> {
        in_default_environment(|| Gpu::open(Some(wanted)))
    }

    /// The adapters of the machine: discrete ones first, then integrated, virtual, unknown, and software.
    pub fn adapters() -> Vec<AdapterInfo> {
        in_default_environment(|| find(drivers().as_deref()).into_iter().map(|found| found.info).collect())
    }

    /// In the default environment, which threads inherit that a driver in software starts.
    fn open(wanted: Option<&str>) -> Result<Gpu, GpuError> {
        let drivers = drivers();
        let found = choose(find(drivers.as_deref()), wanted)?;
        let device = device::Device::open(&found.adapter)?;
        let pipelines = Pipelines::new(&device)?;
        let exactness = probe::run(&device)?;
        let open = Arc::new(Open { device, pipelines, adapter: found.info, exactness });
        Ok(Gpu { open, tuning: None, data_limit: u64::MAX })
    }

    /// The adapter's name.
    pub fn name(&self) -> &str {
        &self.open.adapter.name
    }

    /// The adapter.
    pub fn adapter(&self) -> &AdapterInfo {
        &self.open.adapter
    }

    /// Whether the adapter computes Loom arithmetic to the bit, by the probe that ran when it was opened.
    pub fn exactness(&self) -> &Exactness {
        &self.open.exactness
    }

    /// The rounding mode in which the adapter is exact: a [`Cpu`](crate::Cpu) of this rounding mode gives the same bits.
    pub fn fma_mode(&self) -> Option<FmaMode> {
        match self.open.exactness {
            Exactness::Exact(fma_mode) => Some(fma_mode),
            Exactness::Deviates(_) => None,
        }
    }
}

/// What runs networks. All of it returns what fails, and nothing panics.
impl Gpu {
    /// The open adapter.
    pub(crate) fn device(&self) -> &device::Device {
        &self.open.device
    }

    /// The pipeline of an entry point of a module, compiled at its first use.
    pub(crate) fn pipeline(
        &self,
        source: &str,
        entry: &str,
        phase: Phase,
        trust: Trust,
    ) -> Result<wgpu::ComputePipeline, GpuError> {
        self.open.pipelines.get(&self.open.device, source, entry, phase, trust)
    }
}

impl Sealed for Gpu {}

impl Device for Gpu {
    type Runner<'a, N: Model + 'a> = GpuRunner<'a, N>;

    fn run<'a, N: Model>(&'a self, network: &'a N) -> GpuRunner<'a, N> {
        GpuRunner::new(network, self)
    }

    fn any_device(&self) -> AnyDevice {
        AnyDevice(Arc::new(self.clone()))
    }
}
