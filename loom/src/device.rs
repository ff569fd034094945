//! The trait of devices.

use crate::cpu::{Cpu, Flavour};
#[cfg(feature = "gpu")]
use crate::gpu::{Gpu, OnGpu};
use crate::infer::On;
use crate::model::Model;

/// Where a network is trained and runs: the [`Cpu`], or a GPU. Both give the same bits.
pub trait Device: sealed::Sealed {
    /// A network on the device, for inference: [`Network::on`](crate::Network::on).
    type On<'a, N: Model + 'a>
    where
        Self: 'a;

    #[doc(hidden)]
    fn run<'a, N: Model>(&'a self, network: &'a N) -> Self::On<'a, N>;

    #[doc(hidden)]
    fn place(&self) -> Place;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::Cpu {}
    #[cfg(feature = "gpu")]
    impl Sealed for crate::Gpu {}
}

/// A device as data.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub enum Place {
    Cpu(Cpu),
    #[cfg(feature = "gpu")]
    Gpu(Gpu),
}

impl Place {
    /// Its arithmetic, as checkpoints name it.
    pub(crate) fn arithmetic(&self) -> String {
        let name = |flavour: Flavour| format!("{flavour:?}");
        match self {
            Place::Cpu(cpu) => name(cpu.flavour),
            #[cfg(feature = "gpu")]
            Place::Gpu(gpu) => gpu.flavour().map_or_else(|| gpu.name().to_owned(), name),
        }
    }
}

impl Device for Cpu {
    type On<'a, N: Model + 'a> = On<'a, N>;

    fn run<'a, N: Model>(&'a self, network: &'a N) -> On<'a, N> {
        On::new(network, self)
    }

    fn place(&self) -> Place {
        Place::Cpu(self.clone())
    }
}

#[cfg(feature = "gpu")]
impl Device for Gpu {
    type On<'a, N: Model + 'a> = OnGpu<'a, N>;

    fn run<'a, N: Model>(&'a self, network: &'a N) -> OnGpu<'a, N> {
        OnGpu::new(network, self)
    }

    fn place(&self) -> Place {
        Place::Gpu(self.clone())
    }
}
