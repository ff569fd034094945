//! The trait of devices.

use crate::cpu::Cpu;
use crate::infer::On;
use crate::model::Model;
use crate::trainer::backend::Place;
use std::sync::Arc;

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

pub(crate) mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::Cpu {}
}

impl Device for Cpu {
    type On<'a, N: Model + 'a> = On<'a, N>;

    fn run<'a, N: Model>(&'a self, network: &'a N) -> On<'a, N> {
        On::new(network, self)
    }

    fn place(&self) -> Place {
        Place(Arc::new(self.clone()))
    }
}
