//! Weights in safetensors files, under PyTorch's names and layouts.

use crate::arith::{Arith, Fused};
use crate::checkpoint::PREFIX;
use crate::error::Error;
use crate::file::{Entry, File, little_endian, read, write};
use crate::plan::Plan;
use crate::weights::Weights;
use ::safetensors::Dtype;
use std::collections::HashMap;
use std::path::Path;

pub(crate) fn save(weights: &Weights, path: &Path) -> Result<(), Error> {
    write(path, &entries(weights).collect::<Vec<_>>(), metadata())
}

/// The weights' tensors.
pub(crate) fn entries(weights: &Weights) -> impl Iterator<Item = Entry<'_>> {
    weights.tensors().map(|(param, values)| Entry {
        name: param.name.into(),
        dtype: Dtype::F32,
        shape: param.shape.to_vec(),
        bytes: little_endian(values),
    })
}

/// Says that names and layouts are PyTorch's, as some of its loaders demand.
pub(crate) fn metadata() -> HashMap<String, String> {
    HashMap::from([("format".to_owned(), "pt".to_owned())])
}

/// The weights of a file, whose tensors must be those of the plan. A checkpoint's own tensors are passed over.
pub(crate) fn load(plan: &'static Plan, path: &Path) -> Result<Weights, Error> {
    read(path, |file| {
        let known = |name: &str| name.starts_with(PREFIX) || plan.params.iter().any(|param| param.name == name);
        if let Some(tensor) = file.tensors.names().into_iter().find(|name| !known(name)) {
            return Err(Error::UnknownTensor { path: path.to_owned(), network: plan.name, tensor: tensor.to_owned() });
        }
        take(plan, "", file)
    })
}

/// The weights whose names in the file begin with `prefix`.
pub(crate) fn take(plan: &'static Plan, prefix: &str, file: &File<'_>) -> Result<Weights, Error> {
    let path = file.path;
    let mut weights = Weights::zeroed(plan);
    for param in plan.params {
        let (network, tensor) = (plan.name, param.name);
        let Ok(view) = file.tensors.tensor(&format!("{prefix}{tensor}")) else {
            return Err(Error::MissingTensor { path: path.to_owned(), network, tensor, shape: param.shape });
        };
        if view.dtype() != Dtype::F32 {
            let found = format!("{:?}", view.dtype());
            return Err(Error::DType { path: path.to_owned(), network, tensor, found });
        }
        if view.shape() != param.shape {
            let (found, wanted) = (view.shape().to_vec(), param.shape);
            return Err(Error::Shape { path: path.to_owned(), network, tensor, found, wanted });
        }
        let values = view.data().as_chunks::<4>().0.iter().map(|&bytes| Fused::snap(f32::from_le_bytes(bytes)));
        weights.set(param, values)?;
    }
    Ok(weights)
}
