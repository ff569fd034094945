//! A data set without its types, for devices that gather batches themselves.

use super::{Dataset, Target, TargetBatch};
use crate::sample::Sample;

/// A data set without its types, for a device that gathers its batches itself.
pub(crate) trait Source {
    /// How many samples there are.
    fn samples(&self) -> usize;

    /// The inputs of all samples, as they lie in memory: bytes, or binary32.
    fn input_bytes(&self) -> &[u8];

    /// Whether the inputs are bytes.
    fn is_bytes(&self) -> bool;

    /// What each input value is multiplied by.
    fn input_scale(&self) -> f32;

    /// Appends the targets of the samples at `indices`: class indices, or the bits of values.
    fn append_targets(&self, indices: &mut dyn Iterator<Item = u32>, words: &mut Vec<u32>);
}

impl<X: Sample, Y: Target> Source for Dataset<X, Y> {
    fn samples(&self) -> usize {
        self.len()
    }

    fn input_bytes(&self) -> &[u8] {
        bytemuck::cast_slice(X::flat(self.inputs()))
    }

    fn is_bytes(&self) -> bool {
        size_of::<X::Element>() == 1
    }

    fn input_scale(&self) -> f32 {
        self.scale()
    }

    fn append_targets(&self, indices: &mut dyn Iterator<Item = u32>, words: &mut Vec<u32>) {
        let mut batch = TargetBatch::default();
        for index in indices {
            batch.clear();
            Y::append(core::slice::from_ref(&self.targets()[index as usize]), &mut batch);
            words.extend(&batch.classes);
            words.extend(batch.values.iter().map(|value| value.to_bits()));
        }
    }
}
