//! What calibration keeps of a layer's inputs, to save and to use without the network.

use super::flow::{Flow, Product, add};
use crate::dtype::Dtype;
use crate::error::Error;
use crate::files::file::{self, floats, read, write};
use crate::numerics::environment::in_default_environment;
use crate::plan::Plan;
use crate::run::cpu::Cpu;
use core::ops::Range;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

/// What the name of a Hessian's tensor ends with; before it is the weight's name.
const SUFFIX: &str = ".hessian";

/// The Hessians H = Σ x xᵀ of the inputs of a network's matrix products, for [`compensate`](super::compensate).
///
/// ```
/// use loom::dtype::Format;
/// use loom::prelude::*;
/// use loom::quantize::{Rounding, compensate};
///
/// let net = network![Dense<2, 3> -> Tanh -> Dense<3, 1>];
/// let calibration = net.on(&Cpu::new()).calibration(&[[0.5, 1.0], [1.0, -1.0]], 1.0)?;
/// let hessian = calibration.hessian("0.weight").expect("a layer's weight");
/// assert_eq!(hessian, [1.25, -0.5, -0.5, 2.0]);
///
/// let weight = net.weights().get("0.weight").expect("a layer's weight");
/// let encoded = compensate(Format::F4, [3, 2], &weight, hessian, &Rounding::new())?;
/// assert_eq!(encoded.parts().rows, 3);
/// # Ok::<(), loom::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calibration(BTreeMap<String, Vec<f64>>);

impl Calibration {
    pub(crate) fn of(
        plan: &'static Plan,
        values: &[f32],
        cpu: &Cpu,
        samples: usize,
        load: &mut dyn FnMut(Range<usize>, &mut [f32]),
    ) -> Result<Self, Error> {
        in_default_environment(|| Calibration::of_flow(plan, Flow::new(plan, values, cpu, samples, load)?))
    }

    fn of_flow(plan: &'static Plan, mut flow: Flow<'_>) -> Result<Self, Error> {
        let mut hessians = BTreeMap::new();
        for step in plan.steps {
            let product = Product::of(plan, step);
            let runs_first = product.as_ref().is_some_and(Product::follows_step);
            if runs_first {
                flow.advance(step);
            }
            if let Some(product) = product {
                let hessian = flow.sums(&[&flow], step, &product, false).remove(0);
                // A weight that several steps read has the inputs of all of them.
                match hessians.entry(plan.params[product.weight].name.to_owned()) {
                    Entry::Vacant(entry) => drop(entry.insert(hessian)),
                    Entry::Occupied(mut sums) => add(sums.get_mut(), &hessian),
                }
            }
            if !runs_first {
                flow.advance(step);
            }
        }
        Ok(Calibration(hessians))
    }

    /// The Hessian `[columns, columns]` of the inputs of the weight of that name.
    pub fn hessian(&self, weight: &str) -> Option<&[f64]> {
        self.0.get(weight).map(Vec::as_slice)
    }

    /// The names of the weights.
    pub fn weights(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Writes a safetensors file, with a tensor `NAME.hessian` of F64 `[columns, columns]` for each weight.
    ///
    /// # Errors
    /// [`Error::File`] where the file cannot be written; a file that was there stays as it was.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let entry = |(name, hessian): (&String, &Vec<f64>)| file::Entry {
            name: format!("{name}{SUFFIX}").into(),
            dtype: Dtype::F64,
            shape: vec![columns(hessian.len()); 2],
            bytes: hessian.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>().into(),
        };
        write(path.as_ref(), &self.0.iter().map(entry).collect::<Vec<_>>(), &BTreeMap::new())
    }

    /// Reads a file, whose tensors `NAME.hessian` may be F64 or F32. Others are passed over.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::NotSafetensors`] where the file cannot be read, also where a Hessian is no square matrix of
    /// these formats.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        read(path, |file| {
            let mut hessians = BTreeMap::new();
            for tensor in file.tensors() {
                let (name, dtype, shape) = (&tensor.name, tensor.dtype, &tensor.shape);
                let Some(weight) = name.strip_suffix(SUFFIX) else { continue };
                let is_square = matches!(shape[..], [rows, columns] if rows == columns && rows > 0);
                let hessian: Vec<f64> = match dtype {
                    Dtype::F64 if is_square => {
                        file.bytes(&tensor)?.as_chunks().0.iter().map(|&x| f64::from_le_bytes(x)).collect()
                    }
                    Dtype::F32 if is_square => floats(&file.bytes(&tensor)?).map(f64::from).collect(),
                    _ => {
                        let reason = format!("`{name}` is {dtype} {shape:?}, but a Hessian is a square of F64 or F32");
                        return Err(Error::NotSafetensors { path: path.to_owned(), reason });
                    }
                };
                hessians.insert(weight.to_owned(), hessian);
            }
            Ok(Calibration(hessians))
        })
    }
}

/// The side of a square of so many values.
fn columns(values: usize) -> usize {
    values.isqrt()
}
