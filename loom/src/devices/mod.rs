//! GPUs, and networks for other WebGPU hosts.

pub(crate) mod export;
#[cfg(feature = "gpu")]
pub(crate) mod gpu;
