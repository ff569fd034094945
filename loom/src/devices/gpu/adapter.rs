//! GPU adapters: which there are, and which one is opened.

use super::GpuError;
use super::device::lock;
use core::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock};

/// A GPU of the machine, or a driver that imitates one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterInfo {
    /// Its place in [`Gpu::adapters`](super::Gpu::adapters).
    pub index: usize,
    /// Its name.
    pub name: String,
    /// The driver, with its version where it tells.
    pub driver: String,
    /// The interface that it is driven by: `Vulkan`, `Metal` or `DirectX 12`.
    pub backend: String,
    /// What it is.
    pub kind: AdapterKind,
}

/// What an adapter is, in the order in which Loom prefers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdapterKind {
    /// A GPU with memory of its own.
    Discrete,
    /// A GPU that shares the processor's memory.
    Integrated,
    /// A part of a GPU, lent to a virtual machine.
    Virtual,
    /// What the driver does not tell.
    Other,
    /// The processor, imitating a GPU.
    Software,
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            AdapterKind::Discrete => "discrete",
            AdapterKind::Integrated => "integrated",
            AdapterKind::Virtual => "virtual",
            AdapterKind::Other => "other",
            AdapterKind::Software => "software",
        })
    }
}

/// `0: NVIDIA H200 (discrete, Vulkan, NVIDIA 580.159)`.
impl fmt::Display for AdapterInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({}, {}", self.index, self.name, self.kind, self.backend)?;
        if !self.driver.is_empty() {
            write!(f, ", {}", self.driver)?;
        }
        f.write_str(")")
    }
}

impl AdapterInfo {
    fn new(index: usize, info: wgpu::AdapterInfo) -> Self {
        AdapterInfo {
            index,
            driver: [info.driver, info.driver_info].join(" ").trim().to_owned(),
            backend: match info.backend {
                wgpu::Backend::Dx12 => "DirectX 12".to_owned(),
                backend => format!("{backend:?}"),
            },
            kind: match info.device_type {
                wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
                wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
                wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
                wgpu::DeviceType::Other => AdapterKind::Other,
                wgpu::DeviceType::Cpu => AdapterKind::Software,
            },
            name: info.name,
        }
    }
}

/// An adapter that can be opened.
pub(super) struct Found {
    pub(super) adapter: wgpu::Adapter,
    pub(super) info: AdapterInfo,
}

/// What drives GPUs natively.
const BACKENDS: wgpu::Backends = wgpu::Backends::VULKAN.union(wgpu::Backends::METAL).union(wgpu::Backends::DX12);

/// The process's one way to the drivers, made at its first use and kept; whoever opens an adapter holds it meanwhile. None on
/// a platform without these back ends.
///
/// NVIDIA's driver for Linux crashes or hangs where threads load or unload it at once (wgpu's issues 5930 and 8365), and
/// hangs now and then where they open adapters at once. It does take kernels that are compiled side by side: 12 runs of the GPU's
/// unit tests and 4 of parity on an H200 did not hang. SwiftShader compiles them one after the other all the same.
pub(super) fn drivers() -> Option<MutexGuard<'static, wgpu::Instance>> {
    static DRIVERS: OnceLock<Mutex<wgpu::Instance>> = OnceLock::new();
    if wgpu::Instance::enabled_backend_features().intersection(BACKENDS).is_empty() {
        return None;
    }
    Some(lock(DRIVERS.get_or_init(|| {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = BACKENDS;
        descriptor.flags = wgpu::InstanceFlags::empty();
        Mutex::new(wgpu::Instance::new(descriptor))
    })))
}

/// The adapters of the machine, the most preferred first.
pub(super) fn find(drivers: Option<&wgpu::Instance>) -> Vec<Found> {
    let Some(drivers) = drivers else { return Vec::new() };
    let adapters = pollster::block_on(drivers.enumerate_adapters(BACKENDS));
    let mut found: Vec<_> =
        adapters.into_iter().map(|adapter| Found { info: AdapterInfo::new(0, adapter.get_info()), adapter }).collect();
    found.sort_by_key(|found| found.info.kind);
    for (index, found) in found.iter_mut().enumerate() {
        found.info.index = index;
    }
    found
}

/// The adapter of this index or with this in its name, or the most preferred.
pub(super) fn choose(mut found: Vec<Found>, wanted: Option<&str>) -> Result<Found, GpuError> {
    let index = match wanted {
        _ if found.is_empty() => return Err(GpuError::NoAdapter),
        None => 0,
        Some(wanted) => {
            position(found.iter().map(|found| &found.info), wanted).ok_or_else(|| GpuError::UnknownAdapter {
                wanted: wanted.to_owned(),
                found: found.iter().map(|found| found.info.to_string()).collect(),
            })?
        }
    };
    Ok(found.swap_remove(index))
}

/// A number is an index if there is such an adapter, else a part of a name, as in `4090`.
fn position<'a>(adapters: impl ExactSizeIterator<Item = &'a AdapterInfo>, wanted: &str) -> Option<usize> {
    let wanted = wanted.trim().to_lowercase();
    match wanted.parse() {
        Ok(index) if index < adapters.len() => Some(index),
        _ if wanted.is_empty() => None,
        _ => adapters.into_iter().position(|info| info.name.to_lowercase().contains(&wanted)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adapters_are_found_by_index_and_by_any_part_of_their_name() {
        let adapter = |index, name: &str| AdapterInfo {
            index,
            name: name.to_owned(),
            driver: "driver 1.0".to_owned(),
            backend: "Vulkan".to_owned(),
            kind: AdapterKind::Discrete,
        };
        let adapters = [adapter(0, "Maker 1080"), adapter(1, "Maker 4090"), adapter(2, "llvmpipe (LLVM 15)")];
        let cases = [
            ("0", Some(0)),
            (" 2 ", Some(2)),
            ("3", None),
            ("4090", Some(1)),
            ("maker", Some(0)),
            ("LLVMpipe", Some(2)),
            ("15", Some(2)),
            ("other", None),
            ("", None),
        ];
        for (wanted, expected) in cases {
            assert_eq!(position(adapters.iter(), wanted), expected, "`{wanted}`");
        }
        assert_eq!(adapters[1].to_string(), "1: Maker 4090 (discrete, Vulkan, driver 1.0)");
    }
}
