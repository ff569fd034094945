//! The networks that every check runs: those of `tests/layers`, found by the build script.
//!
//! Sizes are odd (1, 3, 17, 257), so that no tile, vector or chunk divides them, and large enough that a batch of 65 is
//! worth five threads in every kernel.

use super::Check;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// The file of a layer. `functions`: those that its networks use; `networks`: all of them; `tuned`: those that a GPU runs with other sizes of tiles and workgroups too;
/// `packed`: those that a GPU runs in every number format; `pytorch`: what `tests/pytorch.rs` compares.
macro_rules! layer {
    (
        $(functions { $($function:tt)* })?
        networks {
            $($name:ident $(: [$($shape:tt)*])? $(($($inputs:tt)*))? $(-> ($($outputs:tt)*))? { $($stack:tt)* })*
        }
        tuned { $($tuned:ident)* }
        packed { $($packed:ident)* }
        pytorch { $($pytorch:tt)* }
    ) => {
        loom::network! {
            $($($function)*)?
            $(pub struct $name $(: [$($shape)*])? $(($($inputs)*))? $(-> ($($outputs)*))? { $($stack)* })*
        }

        pub fn networks<C: $crate::common::Check>() -> Vec<fn(&C)> {
            vec![$(C::check::<$name>),*]
        }

        pub fn tuned<C: $crate::common::Check>() -> Vec<fn(&C)> {
            vec![$(C::check::<$tuned>),*]
        }

        pub fn packed<C: $crate::common::Check>() -> Vec<fn(&C)> {
            vec![$(C::check::<$packed>),*]
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/layers.rs"));

macro_rules! lists {
    ($($layer:ident)*) => {
        /// A check of every network.
        pub fn networks<C: Check>() -> Vec<fn(&C)> {
            [$($layer::networks::<C>()),*].concat()
        }

        /// A check of the networks that depend on how kernels are cut up.
        pub fn tuned<C: Check>() -> Vec<fn(&C)> {
            [$($layer::tuned::<C>()),*].concat()
        }

        /// A check of the networks that read weights, by each kind of layer.
        pub fn packed<C: Check>() -> Vec<fn(&C)> {
            [$($layer::packed::<C>()),*].concat()
        }
    };
}
layers!(lists);

/// Does something with every network, by all of the machine's threads.
pub fn for_each_network<C: Check + Sync>(check: &C) {
    for_each(&networks(), check);
}

/// The same with the networks of a list.
pub fn for_each<C: Sync>(checks: &[fn(&C)], check: &C) {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(one) = checks.get(next.fetch_add(1, Relaxed)) {
            one(check);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(work);
        }
    });
}
