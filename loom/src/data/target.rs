//! Targets: class indices, or values.

use crate::numerics::arith::{Arith, Fused};
use crate::run::sample::sealed::Sealed;
use core::slice;

/// A class index: any unsigned integer. Only Loom implements it.
pub trait Class: Sealed + Copy + Send + Sync {
    /// The index; `u32::MAX`, which no network has, where it does not fit.
    fn index(self) -> u32;
}

macro_rules! class {
    ($($t:ty),*) => {$(
        impl Sealed for $t {}
        impl Class for $t {
            fn index(self) -> u32 { u32::try_from(self).unwrap_or(u32::MAX) }
        }
        impl Target for $t {
            fn append(targets: &[Self], batch: &mut TargetBatch) {
                let first = batch.classes.len();
                batch.classes.extend(targets.iter().map(|target| target.index()));
                let beyond = targets.iter().enumerate().filter(|(_, target)| u32::try_from(**target).is_err());
                batch.beyond.extend(beyond.map(|(i, &target)| (first + i, target as u64)));
            }
        }
    )*};
}
impl Sealed for () {}

class!(u8, u16, u32, u64, usize);

/// What a sample's output is compared with: a class index, or a nested array of class indices or of `f32`. A network with several
/// outputs has a tuple of them, one for each output in order, and a loss of your own one for each part of its target, or `()` for none. Only Loom implements it.
pub trait Target: Sealed + Copy + Send + Sync {
    /// Appends the flattened targets to a batch.
    fn append(targets: &[Self], batch: &mut TargetBatch);
}

impl Target for f32 {
    fn append(targets: &[Self], batch: &mut TargetBatch) {
        batch.values.extend(targets.iter().map(|&target| Fused::flush(target)));
    }
}

/// No target, for a loss that looks at the output alone.
impl Target for () {
    fn append(_: &[Self], _: &mut TargetBatch) {}
}

impl<T: Target, const N: usize> Target for [T; N] {
    fn append(targets: &[Self], batch: &mut TargetBatch) {
        T::append(targets.as_flattened(), batch);
    }
}

macro_rules! tuple {
    ($($part:ident $number:tt),*) => {
        impl<$($part: Target),*> Sealed for ($($part,)*) {}
        impl<$($part: Target),*> Target for ($($part,)*) {
            fn append(targets: &[Self], batch: &mut TargetBatch) {
                const COUNT: usize = [$($number),*].len();
                batch.parts.resize_with(COUNT, TargetBatch::default);
                for target in targets {
                    $($part::append(slice::from_ref(&target.$number), &mut batch.parts[$number]);)*
                }
            }
        }
    };
}
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

/// The targets of a batch, flattened: class indices or values, whichever the loss takes.
#[derive(Debug, Clone, Default)]
pub struct TargetBatch {
    pub(crate) classes: Vec<u32>,
    pub(crate) values: Vec<f32>,
    /// The places of the classes that do not fit into 32 bits, and what they are.
    beyond: Vec<(usize, u64)>,
    /// Those of each output, where targets are tuples.
    parts: Vec<TargetBatch>,
}

impl TargetBatch {
    /// Empties the batch; its memory stays.
    pub fn clear(&mut self) {
        self.classes.clear();
        self.values.clear();
        self.beyond.clear();
        self.parts.iter_mut().for_each(TargetBatch::clear);
    }

    /// The targets of one of so many outputs.
    pub(crate) fn part(&self, output: usize, outputs: usize) -> &TargetBatch {
        if outputs == 1 { self } else { &self.parts[output] }
    }

    /// Those of each output or part, where targets are tuples.
    #[cfg(feature = "gpu")]
    pub(crate) fn parts(&self) -> &[TargetBatch] {
        &self.parts
    }

    /// The class at a place, as it was given.
    pub(crate) fn class(&self, place: usize) -> u64 {
        let beyond = self.beyond.iter().find(|(at, _)| *at == place);
        beyond.map_or_else(|| self.classes[place].into(), |(_, class)| *class)
    }
}
