//! Data sets: inputs with their targets, and batches of them.

use super::{Target, TargetBatch};
use crate::error::{Error, require};
use crate::numerics::environment::in_default_environment;
use crate::run::sample::{Sample, Scalar};

/// Inputs with a target for each, in memory. Inputs may be smaller than the `f32` that the network takes: bytes stay bytes.
///
/// ```
/// use loom::prelude::*;
///
/// let images: Vec<[[[u8; 28]; 28]; 1]> = vec![[[[0; 28]; 28]; 1]; 3];
/// let labels: Vec<u8> = vec![7, 2, 1];
/// let data = Dataset::new(images, labels)?.scaled(1.0 / 255.0)?;
/// assert_eq!(data.len(), 3);
/// # Ok::<(), loom::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset<X, Y> {
    inputs: Vec<X>,
    targets: Vec<Y>,
    scale: f32,
}

impl<X: Sample, Y: Target> Dataset<X, Y> {
    /// A data set of inputs and their targets. What a loss demands of the targets is checked when training starts.
    ///
    /// # Errors
    /// [`Error::EmptyData`], [`Error::Unpaired`], [`Error::TooManySamples`] and, for an infinity or NaN,
    /// [`Error::Input`].
    pub fn new(inputs: Vec<X>, targets: Vec<Y>) -> Result<Self, Error> {
        if inputs.len() != targets.len() {
            return Err(Error::Unpaired { inputs: inputs.len(), targets: targets.len() });
        }
        if inputs.is_empty() {
            return Err(Error::EmptyData);
        }
        if u32::try_from(inputs.len()).is_err() {
            return Err(Error::TooManySamples { samples: inputs.len() });
        }
        if let Some((at, value)) = X::Element::find_non_finite(X::flat(&inputs)) {
            return Err(Error::Input { sample: at / X::LEN, index: at % X::LEN, value });
        }
        Ok(Dataset { inputs, targets, scale: 1.0 })
    }

    /// A data set of flat inputs, one sample after the other, the last dimension fastest. No sample lies on the
    /// stack, and nothing is copied unless the vector has room to grow. Targets that are arrays come from flat values by [`Sample::vec_from_flat`].
    ///
    /// ```
    /// use loom::prelude::*;
    ///
    /// type Image = [[[f32; 224]; 224]; 3];
    ///
    /// let pixels = vec![0.5; 2 * 3 * 224 * 224];
    /// let data = Dataset::<Image, u8>::from_flat(pixels, vec![7, 2])?;
    /// assert_eq!(data.len(), 2);
    ///
    /// let error = Dataset::<Image, u8>::from_flat(vec![0.5; 1000], vec![7, 2]).unwrap_err();
    /// assert_eq!(error.to_string(), "1000 values do not divide into samples of 150528 values each");
    /// # Ok::<(), loom::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::FlatLen`] where the values do not divide into samples, and as [`new`](Dataset::new).
    pub fn from_flat(inputs: Vec<X::Element>, targets: Vec<Y>) -> Result<Self, Error> {
        Dataset::new(X::vec_from_flat(inputs)?, targets)
    }

    /// The same data with each input value multiplied by `scale` on its way into the network: 1/255 takes bytes to 0..1.
    ///
    /// # Errors
    /// [`Error::Setting`] where the scale is infinite or not a number, [`Error::ScaledInput`] where it makes an input infinite.
    pub fn scaled(self, scale: f32) -> Result<Self, Error> {
        require(scale.is_finite(), "scale", scale.into(), "finite")?;
        // What is finite stays so when it becomes no greater.
        let mut values = X::flat(&self.inputs).iter().map(|value| value.to_f32()).enumerate();
        let mut first_infinite = || in_default_environment(|| values.find(|(_, value)| !(value * scale).is_finite()));
        if scale.abs() > 1.0
            && let Some((at, value)) = first_infinite()
        {
            return Err(Error::ScaledInput { sample: at / X::LEN, index: at % X::LEN, value, scale });
        }
        Ok(Dataset { scale, ..self })
    }

    /// The first `len` samples and the others.
    ///
    /// # Errors
    /// [`Error::EmptyData`] where one of the two would have none.
    pub fn split_at(mut self, len: usize) -> Result<(Self, Self), Error> {
        if len == 0 || len >= self.len() {
            return Err(Error::EmptyData);
        }
        let rest =
            Dataset { inputs: self.inputs.split_off(len), targets: self.targets.split_off(len), scale: self.scale };
        Ok((self, rest))
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    /// Never so: [`new`](Dataset::new) refuses an empty data set.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// The inputs as they were given.
    pub fn inputs(&self) -> &[X] {
        &self.inputs
    }

    /// The targets as they were given.
    pub fn targets(&self) -> &[Y] {
        &self.targets
    }

    /// What each input value is multiplied by.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// Writes the inputs of the samples at `indices`, one after the other, scaled and snapped.
    ///
    /// # Panics
    /// Where an index is not a sample's, or `to` is not of `indices.len()` samples' length.
    pub fn gather_inputs(&self, indices: &[u32], to: &mut [f32]) {
        assert_eq!(to.len(), indices.len() * X::LEN);
        in_default_environment(|| {
            for (&index, to) in indices.iter().zip(to.chunks_exact_mut(X::LEN.max(1))) {
                X::Element::load(X::flat(core::slice::from_ref(&self.inputs[index as usize])), self.scale, to);
            }
        });
    }

    /// Replaces the batch by the targets of the samples at `indices`.
    ///
    /// # Panics
    /// Where an index is not a sample's.
    pub fn gather_targets(&self, indices: &[u32], to: &mut TargetBatch) {
        to.clear();
        for &index in indices {
            Y::append(core::slice::from_ref(&self.targets[index as usize]), to);
        }
    }
}
