//! The trait of devices.

use crate::run::cpu::Cpu;
use crate::training::infer::{CpuRunner, Runner};
use crate::training::trainer::backend::Place;
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
    fn place(&self) -> Place;
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

    fn place(&self) -> Place {
        Place(Arc::new(self.clone()))
    }
}
