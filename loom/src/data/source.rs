//! A data set without its types.

use super::{Dataset, Target, TargetBatch};
use crate::run::sample::Sample;

/// A data set without its types, from which devices take their batches.
pub(crate) trait Source {
    /// How many samples there are.
    fn samples(&self) -> usize;

    /// As [`Dataset::gather_inputs`].
    fn gather_inputs(&self, indices: &[u32], to: &mut [f32]);

    /// As [`Dataset::gather_targets`].
    fn gather_targets(&self, indices: &[u32], to: &mut TargetBatch);

    /// All inputs, for a device that gathers them itself.
    #[cfg(feature = "gpu")]
    fn inputs(&self) -> Inputs<'_>;
}

/// The inputs of a data set as they lie in memory.
#[cfg(feature = "gpu")]
pub(crate) struct Inputs<'a> {
    /// Bytes, or binary32.
    pub(crate) bytes: &'a [u8],
    /// Whether the values are bytes.
    pub(crate) is_bytes: bool,
    /// What each value is multiplied by.
    pub(crate) scale: f32,
}

impl<X: Sample, Y: Target> Source for Dataset<X, Y> {
    fn samples(&self) -> usize {
        self.len()
    }

    fn gather_inputs(&self, indices: &[u32], to: &mut [f32]) {
        self.gather_inputs(indices, to);
    }

    fn gather_targets(&self, indices: &[u32], to: &mut TargetBatch) {
        self.gather_targets(indices, to);
    }

    #[cfg(feature = "gpu")]
    fn inputs(&self) -> Inputs<'_> {
        Inputs {
            bytes: bytemuck::cast_slice(X::flat(self.inputs())),
            is_bytes: size_of::<X::Element>() == 1,
            scale: self.scale(),
        }
    }
}
