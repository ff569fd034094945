//! The trait of devices.

use crate::inference::{CpuRunner, Runner};
use crate::run::cpu::Cpu;
use crate::training::trainer::backend::AnyDevice;
use crate::weights::model::Model;
use std::sync::Arc;

/// Where a network is trained and runs: the [`Cpu`], or a GPU. Both give the same bits.
pub trait Device: sealed::Sealed {
    #[doc(hidden)]
    type Runner<'a, N: Model + 'a>: Runner<N>
    where
        Self: 'a;

    #[doc(hidden)]
    fn run<'a, N: Model>(&'a self, network: &'a N) -> Self::Runner<'a, N>;

    #[doc(hidden)]
    fn any_device(&self) -> AnyDevice;
}

pub(crate) mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::Cpu {}
}

impl Device for Cpu {
    type Runner<'a, N: Model + 'a> = CpuRunner<'a, N>;

    fn run<'a, N: Model>(&'a self, network: &'a N) -> CpuRunner<'a, N> {
        CpuRunner::new(network, self)
    }

    fn any_device(&self) -> AnyDevice {
        AnyDevice(Arc::new(self.clone()))
    }
}
